/** How many remote flushes each operation asks for: what no TLB can hold wrongly needs none, a walk needs one for all. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  KVM_MEM_LOG_DIRTY_PAGES,
  NX_HUGE_PAGES_FORCE,
  PROG_FETCH,
  PROG_WRITE,
  SPTE_MODE_SHARED,
  VmCpu,
} from "../../../src/abi/index.js";
import { BUILDS } from "../harness.js";
import {
  counter,
  fill,
  GFN,
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

const PAGES = 1024;
const BYTES = 4n * MIB;
const END = GFN + BigInt(PAGES);

describe.each(BUILDS)("remote flushes (%s)", (build) => {
  describe.each(KINDS)("$name", (kind) => {
    let rig: HugeTest["rig"];
    let vcpu: number;
    let close: HugeTest["close"];

    beforeEach(async () => {
      ({ rig, vcpu, close } = await openHuge(build, kind));
      rig.slot(0, GPA, Number(BYTES), mapHuge(rig, BYTES, "2M"));
      fill(rig, vcpu, PAGES);
    });
    afterEach(() => close());

    /** Remote flushes that `act` asks for. */
    function flushes(act: () => void): number {
      const requests = counter(rig, VmCpu.remoteTlbFlushRequests);
      act();
      return counter(rig, VmCpu.remoteTlbFlushRequests) - requests;
    }
    const split = (): number => rig.x.mmuHugeSplit(rig.vm, 0, GFN, END, 1, SPTE_MODE_SHARED);
    const setLog = (flags: number): number => rig.x.memslotSet(rig.vm, 0, flags, GPA, BYTES, rig.hvaOfSlot(0));

    it("faults: none where nothing was mapped, none to give W back, one to put a huge page in a table's place", () => {
      rig.x.vmZapAll(rig.vm);
      expect(flushes(() => fill(rig, vcpu, PAGES))).toBe(0);
      setLog(KVM_MEM_LOG_DIRTY_PAGES);
      expect(flushes(() => fill(rig, vcpu, PAGES))).toBe(0);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: PAGES });
      rig.x.vmZapGfnRange(rig.vm, GFN, END);
      setLog(0);
      // The tables are there still, and empty.
      expect(flushes(() => fill(rig, vcpu, PAGES))).toBe(2);
      expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 2 });
    });

    it("zaps: one, if anything was mapped", () => {
      expect(flushes(() => rig.x.vmZapGfnRange(rig.vm, GFN, END))).toBe(1);
      expect(flushes(() => rig.x.vmZapGfnRange(rig.vm, GFN, END))).toBe(0);
      fill(rig, vcpu, PAGES);
      expect(flushes(() => rig.x.mmDontNeed(rig.mm, HVA, BYTES))).toBe(1);
      expect(flushes(() => rig.x.mmDontNeed(rig.mm, HVA, BYTES))).toBe(0);
      fill(rig, vcpu, PAGES);
      expect(flushes(() => rig.x.vmZapAll(rig.vm))).toBe(1);
    });

    it("splitting: none; recovering: one for the whole slot, if anything was recovered", () => {
      expect(flushes(split)).toBe(0);
      expect(flushes(() => rig.x.mmuHugeRecover(rig.vm, 0, GFN))).toBe(1);
      expect(flushes(() => rig.x.mmuHugeRecover(rig.vm, 0, GFN))).toBe(0);
    });

    it("logging: one when it starts; when it stops, one if huge pages come back", () => {
      expect(flushes(() => setLog(KVM_MEM_LOG_DIRTY_PAGES))).toBe(1);
      expect(flushes(() => setLog(0))).toBe(0);
      expect(flushes(() => setLog(KVM_MEM_LOG_DIRTY_PAGES))).toBe(1);
      rig.run(vcpu, [{ op: PROG_WRITE, gpa: GPA, value: 1n }]);
      expect(flushes(() => setLog(0))).toBe(1);
    });

    it("NX recovery: one for each table, none without", () => {
      rig.x.nxHugePagesSet(NX_HUGE_PAGES_FORCE);
      rig.x.nxRecoverySet(1, 0);
      rig.x.vmZapAll(rig.vm);
      rig.run(vcpu, [{ op: PROG_FETCH, gpa: GPA, count: PAGES }]);
      expect(nxCounters(rig)).toEqual([0, 2]);
      expect(flushes(() => rig.x.nxRecover(rig.vm))).toBe(2);
      expect(flushes(() => rig.x.nxRecover(rig.vm))).toBe(0);
    });

    it("write tracking: one if the page was mapped, none to end it", () => {
      expect(flushes(() => rig.x.writeTrackAdd(rig.vm, 0, GFN))).toBe(1);
      expect(flushes(() => rig.x.writeTrackAdd(rig.vm, 0, GFN))).toBe(0);
      expect(flushes(() => rig.x.writeTrackRemove(rig.vm, 0, GFN))).toBe(0);
      expect(flushes(() => rig.x.writeTrackRemove(rig.vm, 0, GFN))).toBe(0);
    });

    it("aging: none", () => {
      expect(flushes(() => rig.x.mmAge(rig.mm, HVA, BYTES))).toBe(0);
    });
  });
});
