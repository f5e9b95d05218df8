/** Recovering huge pages in place: as many as slot, host and mitigation allow, with contents and rights as before. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  NX_HUGE_PAGES_FORCE,
  PROG_FETCH,
  PROG_READ,
  PROG_WRITE,
  PROT_READ,
  SPTE_MODE_SHARED,
  Vcpu,
  VmCpu,
} from "../../../src/abi/index.js";
import { BUILDS } from "../harness.js";
import {
  check,
  counter,
  fill,
  GFN,
  GIB,
  GPA,
  type HugeTest,
  HVA,
  KINDS,
  MIB,
  mapHuge,
  nxCounters,
  openHuge,
  pagesOf,
} from "./huge_rig.js";
import { RW } from "./vm_rig.js";

const SLOT_PAGES = 1024;
const END = GFN + BigInt(SLOT_PAGES);

describe.each(BUILDS)("recovering huge pages (%s)", (build) => {
  describe.each(KINDS)("$name", (kind) => {
    let rig: HugeTest["rig"];
    let vcpu: number;
    let close: HugeTest["close"];

    beforeEach(async () => {
      ({ rig, vcpu, close } = await openHuge(build, kind));
    });
    afterEach(() => close());

    const split = (): number => rig.x.mmuHugeSplit(rig.vm, 0, GFN, END, 1, SPTE_MODE_SHARED);
    const recover = (): void => rig.x.mmuHugeRecover(rig.vm, 0, GFN);

    /** A slot of two 2 MiB pages, filled and split. */
    function splitSlot(): void {
      rig.slot(0, GPA, SLOT_PAGES * 4096, mapHuge(rig, 4n * MIB, "2M"));
      fill(rig, vcpu, SLOT_PAGES);
      split();
      expect(pagesOf(rig)).toMatchObject({ pages_4k: SLOT_PAGES, pages_2m: 0 });
    }

    it("undoes a split: counts, contents, rights; with one flush for all", () => {
      rig.slot(0, GPA, SLOT_PAGES * 4096, mapHuge(rig, 4n * MIB, "2M"));
      fill(rig, vcpu, SLOT_PAGES);
      const whole = pagesOf(rig);
      split();
      const flushes = counter(rig, VmCpu.remoteTlbFlushRequests);
      recover();
      expect(counter(rig, VmCpu.remoteTlbFlushRequests)).toBe(flushes + 1);
      expect(pagesOf(rig)).toEqual(whole);
      const faults = rig.memory.get(vcpu, Vcpu.pfTaken);
      check(rig, vcpu, SLOT_PAGES);
      fill(rig, vcpu, SLOT_PAGES);
      check(rig, vcpu, SLOT_PAGES);
      expect(rig.memory.get(vcpu, Vcpu.progMismatches)).toBe(0n);
      expect(rig.memory.get(vcpu, Vcpu.pfTaken)).toBe(faults);
      // Nothing to do: nothing is flushed.
      recover();
      expect(counter(rig, VmCpu.remoteTlbFlushRequests)).toBe(flushes + 1);
    });

    it("1 GiB pages come back from 4 KiB ones", () => {
      rig.slot(0, GPA, Number(2n * GIB), mapHuge(rig, 2n * GIB, "1G"));
      fill(rig, vcpu, 1);
      fill(rig, vcpu, 1, 0x40000n);
      const whole = pagesOf(rig);
      expect(rig.x.mmuHugeSplit(rig.vm, 0, GFN, GFN + 0x40000n, 2, SPTE_MODE_SHARED)).toBe(0);
      expect(rig.x.mmuHugeSplit(rig.vm, 0, GFN, GFN + 0x400n, 1, SPTE_MODE_SHARED)).toBe(0);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 1024, pages_2m: 510, pages_1g: 1 });
      recover();
      expect(pagesOf(rig)).toEqual(whole);
    });

    it("a table with a single page is enough, one with none is left to faults", () => {
      splitSlot();
      rig.x.vmZapGfnRange(rig.vm, GFN + 1n, GFN + 1024n);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 1, pages_2m: 0 });
      recover();
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 1 });
      check(rig, vcpu, SLOT_PAGES);
      expect(rig.memory.get(vcpu, Vcpu.progMismatches)).toBe(0n);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 2 });
    });

    it("what the host maps small stays small", () => {
      splitSlot();
      // Unmapping one page splits the host's block around it.
      expect(rig.x.mmDontNeed(rig.mm, HVA + 5n * 4096n, 4096n)).toBe(0);
      fill(rig, vcpu, SLOT_PAGES);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: SLOT_PAGES, pages_2m: 0 });
      recover();
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 512, pages_2m: 1 });
      check(rig, vcpu, SLOT_PAGES);
      expect(rig.memory.get(vcpu, Vcpu.progMismatches)).toBe(0n);
    });

    it("a write-tracked page keeps its region small", () => {
      splitSlot();
      expect(rig.x.writeTrackAdd(rig.vm, 0, GFN + 3n)).toBe(0);
      recover();
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 512, pages_2m: 1 });
      expect(rig.x.writeTrackRemove(rig.vm, 0, GFN + 3n)).toBe(0);
      recover();
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 2 });
    });

    it("slots that begin and end within a huge page: only what is wholly inside, and nothing is asked beyond", () => {
      const hva = mapHuge(rig, 8n * MIB, "2M");
      // [half, two whole, half], and a neighbour that has the rest of the first.
      rig.slot(0, GPA + MIB, Number(6n * MIB), hva + MIB);
      rig.slot(1, GPA, Number(MIB), hva);
      fill(rig, vcpu, 7 * 256);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 3 * 256, pages_2m: 2 });
      expect(rig.x.mmuHugeSplit(rig.vm, 0, GFN + 256n, GFN + 7n * 256n, 1, SPTE_MODE_SHARED)).toBe(0);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 7 * 256, pages_2m: 0 });
      rig.x.mmuHugeRecover(rig.vm, 0, GFN);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 7 * 256, pages_2m: 0 });
      rig.x.mmuHugeRecover(rig.vm, 0, GFN + 256n);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 3 * 256, pages_2m: 2 });
      check(rig, vcpu, 7 * 256);
      expect(rig.memory.get(vcpu, Vcpu.progMismatches)).toBe(0n);
    });

    it("read-only memory stays read-only", () => {
      splitSlot();
      rig.x.mmProtect(rig.mm, HVA, 4n * MIB, PROT_READ);
      rig.run(vcpu, [{ op: PROG_READ, gpa: GPA, count: 1 }]);
      expect(split()).toBe(0);
      recover();
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 1 });
      expect(rig.run(vcpu, [{ op: PROG_WRITE, gpa: GPA + 4096n, value: 1n }])).not.toBe(5);
      rig.x.mmProtect(rig.mm, HVA, 4n * MIB, RW);
      check(rig, vcpu, SLOT_PAGES);
      expect(rig.memory.get(vcpu, Vcpu.progMismatches)).toBe(0n);
    });

    it("under the NX mitigation: tables of executed pages stay, huge pages do not execute", () => {
      rig.x.nxHugePagesSet(NX_HUGE_PAGES_FORCE);
      splitSlot();
      rig.x.vmZapAll(rig.vm);
      const fetch = (page: bigint): number =>
        rig.run(vcpu, [{ op: PROG_FETCH, gpa: GPA + page * 4096n, count: 1, value: 0n }]);
      fetch(0n);
      fill(rig, vcpu, SLOT_PAGES);
      expect(nxCounters(rig)).toEqual([1, 1]);
      split();
      recover();
      expect(nxCounters(rig)).toEqual([1, 1]);
      fetch(600n);
      expect(nxCounters(rig)).toEqual([0, 2]);
      check(rig, vcpu, SLOT_PAGES);
      expect(rig.memory.get(vcpu, Vcpu.progMismatches)).toBe(0n);
    });

    it("a 1 GiB page does not swallow a table that the NX mitigation keeps", () => {
      rig.x.nxHugePagesSet(NX_HUGE_PAGES_FORCE);
      rig.slot(0, GPA, Number(GIB), mapHuge(rig, GIB, "1G"));
      fill(rig, vcpu, 1);
      expect(rig.x.mmuHugeSplit(rig.vm, 0, GFN, GFN + 0x40000n, 2, SPTE_MODE_SHARED)).toBe(0);
      rig.run(vcpu, [{ op: PROG_FETCH, gpa: GPA + 4096n, count: 1, value: 0n }]);
      expect(nxCounters(rig)).toEqual([511, 1]);
      recover();
      expect(nxCounters(rig)).toEqual([511, 1]);
    });
  });
});
