/** Splitting huge pages beforehand: what is mapped stays mapped, as 4 KiB pages, and the statistics say so exactly. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  NX_HUGE_PAGES_FORCE,
  PROG_FETCH,
  PROG_WRITE,
  SPTE_MODE_EXCL,
  SPTE_MODE_SHARED,
  TRACE_EVENTS,
  Vcpu,
} from "../../../src/abi/index.js";
import { formatTraceEvent, readTrace } from "../../../src/abi/trace_decode.js";
import { BUILDS } from "../harness.js";
import { check, fill, GFN, GIB, GPA, type HugeTest, KINDS, MIB, mapHuge, openHuge, pagesOf } from "./huge_rig.js";

const SLOT_PAGES = 1024;
const END = GFN + BigInt(SLOT_PAGES);
const MODES = [
  { mode: SPTE_MODE_SHARED, lock: "for read" },
  { mode: SPTE_MODE_EXCL, lock: "for write" },
];

describe.each(BUILDS)("splitting huge pages (%s)", (build) => {
  describe.each(KINDS)("$name", (kind) => {
    let rig: HugeTest["rig"];
    let vcpu: number;
    let close: HugeTest["close"];

    beforeEach(async () => {
      ({ rig, vcpu, close } = await openHuge(build, kind));
    });
    afterEach(() => close());

    function slot2m(): void {
      rig.slot(0, GPA, SLOT_PAGES * 4096, mapHuge(rig, 4n * MIB, "2M"));
      fill(rig, vcpu, SLOT_PAGES);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 2 });
    }

    it.each(MODES)("2 MiB pages become 4 KiB ones, mmu_lock held $lock", ({ mode }) => {
      slot2m();
      const { tables } = pagesOf(rig);
      expect(rig.x.mmuHugeSplit(rig.vm, 0, GFN, END, 1, mode)).toBe(0);
      expect(pagesOf(rig)).toEqual({ pages_4k: SLOT_PAGES, pages_2m: 0, pages_1g: 0, tables: tables + 2 });
      const faults = rig.memory.get(vcpu, Vcpu.pfTaken);
      check(rig, vcpu, SLOT_PAGES);
      fill(rig, vcpu, SLOT_PAGES);
      check(rig, vcpu, SLOT_PAGES);
      expect(rig.memory.get(vcpu, Vcpu.progMismatches)).toBe(0n);
      expect(rig.memory.get(vcpu, Vcpu.pfTaken)).toBe(faults);
    });

    it.each(MODES)("only what overlaps the range is split, whole pages of it, mmu_lock held $lock", ({ mode }) => {
      slot2m();
      expect(rig.x.mmuHugeSplit(rig.vm, 0, GFN + 700n, GFN + 701n, 1, mode)).toBe(0);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 512, pages_2m: 1 });
      expect(rig.x.mmuHugeSplit(rig.vm, 0, GFN + 511n, GFN + 512n, 1, mode)).toBe(0);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 1024, pages_2m: 0 });
      check(rig, vcpu, SLOT_PAGES);
      expect(rig.memory.get(vcpu, Vcpu.progMismatches)).toBe(0n);
    });

    it.each(MODES)("1 GiB pages go by way of 2 MiB, as far as asked for, mmu_lock held $lock", ({ mode }) => {
      rig.slot(0, GPA, Number(2n * GIB), mapHuge(rig, 2n * GIB, "1G"));
      fill(rig, vcpu, 1);
      fill(rig, vcpu, 1, 0x40000n);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 0, pages_1g: 2 });
      // The second page of the slot down to 2 MiB; of the first, what holds one gfn down to 4 KiB.
      expect(rig.x.mmuHugeSplit(rig.vm, 0, GFN + 0x40000n, GFN + 0x80000n, 2, mode)).toBe(0);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 512, pages_1g: 1 });
      expect(rig.x.mmuHugeSplit(rig.vm, 0, GFN + 0x3ffffn, GFN + 0x40000n, 1, mode)).toBe(0);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 512, pages_2m: 512 + 511, pages_1g: 0 });
      const faults = rig.memory.get(vcpu, Vcpu.pfTaken);
      fill(rig, vcpu, 64, 0x3ffe0n);
      expect(rig.memory.get(vcpu, Vcpu.pfTaken)).toBe(faults);
    });

    it("splits in each root of the address space, and in no other's", () => {
      const hva = mapHuge(rig, 4n * MIB, "2M");
      rig.slot(0, GPA, SLOT_PAGES * 4096, hva);
      rig.slot(1 << 16, GPA, SLOT_PAGES * 4096, hva);
      const ops = [0, 1, 2, 3].flatMap((role) => [
        { op: 5, value: BigInt(role) },
        { op: PROG_WRITE, gpa: GPA, count: SLOT_PAGES },
      ]);
      rig.run(vcpu, ops);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 8 });
      rig.x.mmuHugeSplit(rig.vm, 0, GFN, END, 1, SPTE_MODE_SHARED);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 2 * SLOT_PAGES, pages_2m: 4 });
    });

    it("children of a page that the NX mitigation kept from executing may execute", () => {
      rig.x.nxHugePagesSet(NX_HUGE_PAGES_FORCE);
      slot2m();
      rig.x.mmuHugeSplit(rig.vm, 0, GFN, END, 1, SPTE_MODE_SHARED);
      const faults = rig.memory.get(vcpu, Vcpu.pfTaken);
      rig.run(vcpu, [{ op: PROG_FETCH, gpa: GPA, count: SLOT_PAGES, value: 0n }]);
      expect(rig.memory.get(vcpu, Vcpu.pfTaken)).toBe(faults);
    });

    it.each(MODES)("a shortage of memory leaves the rest huge, and nothing lost, mmu_lock held $lock", ({ mode }) => {
      rig.slot(0, GPA, Number(GIB), mapHuge(rig, GIB, "1G"));
      fill(rig, vcpu, 1);
      for (const leave of [0, 1, 2, 7]) {
        rig.x.hostEpochBarrier();
        const { tables } = pagesOf(rig);
        const taken = rig.x.hostExhaust(leave);
        expect(rig.x.mmuHugeSplit(rig.vm, 0, GFN, GFN + 0x40000n, 1, mode)).toBe(-12);
        rig.x.hostRelease(taken);
        const now = pagesOf(rig);
        expect(now.tables - tables).toBeLessThanOrEqual(leave);
        expect(now.pages_4k + 512 * now.pages_2m + 0x40000 * now.pages_1g).toBe(0x40000);
        expect(rig.x.mmuInvariants(rig.vm)).toBe(0);
      }
      expect(pagesOf(rig).pages_4k).toBeGreaterThan(0);
    });

    it("is traced", () => {
      slot2m();
      expect(rig.x.traceEnable(0, 13)).toBe(0);
      rig.x.traceEvents((1n << BigInt(TRACE_EVENTS)) - 1n);
      rig.x.mmuHugeSplit(rig.vm, 0, GFN, GFN + 1n, 1, SPTE_MODE_SHARED);
      rig.x.traceEvents(0n);
      const lines = readTrace(rig.memory, 1).events.map((event) => formatTraceEvent(event));
      expect(rig.x.traceDisable(0)).toBe(0);
      const split = lines.filter((line) => line.includes("kvm_mmu_split_huge_page"));
      expect(split).toHaveLength(1);
      expect(split[0]).toMatch(/gfn 0*100000\b.*level 2/);
      expect(lines.filter((line) => line.includes("kvm_mmu_get_page"))).toHaveLength(1);
    });
  });
});
