/** The dirty log by bitmap: what is written is reported once, what is not is not, in each way a write can be noticed. */
import { afterEach, describe, expect, it } from "vitest";
import {
  DIRTY_LOG_INITIALLY_SET,
  DIRTY_LOG_MANUAL_PROTECT_ENABLE,
  PROG_ROLE,
  PROG_ROLE_GUEST_MODE,
} from "../../../src/abi/index.js";
import { BUILDS } from "../harness.js";
import { BACKINGS, DirtyRig, GPA, KINDS, LOG, writesTo } from "./dirty_rig.js";

const MANUAL = DIRTY_LOG_MANUAL_PROTECT_ENABLE;
const MANUAL_SET = DIRTY_LOG_MANUAL_PROTECT_ENABLE | DIRTY_LOG_INITIALLY_SET;
const SOME = [0, 1, 63, 64, 511, 512, 600, 1023];

let rig: DirtyRig;

describe.each(BUILDS)("dirty bitmap (%s)", (build) => {
  afterEach(() => rig.close());

  describe.each(KINDS)("$name", ({ tdp, params }) => {
    describe.each(BACKINGS)("$backing", ({ mapFlags, eager }) => {
      const open = (options = {}): Promise<DirtyRig> =>
        DirtyRig.open({ build, tdp, params, mapFlags, eager, ...options });

      it("reports what was written since the last call, and nothing else", async () => {
        rig = await open();
        rig.populate();
        rig.setLogging(LOG);
        expect(rig.get()).toEqual([]);
        for (let pass = 0; pass < 3; pass++) {
          rig.write(SOME);
          expect(rig.get()).toEqual(SOME);
          rig.write([5, 5, 700]);
          expect(rig.get()).toEqual([5, 700]);
          expect(rig.get()).toEqual([]);
        }
      });

      it("leaves the log alone under manual protection until it is cleared", async () => {
        rig = await open();
        expect(rig.x.vmSetManualProtect(rig.vm.vm, MANUAL)).toBe(0);
        rig.populate();
        rig.setLogging(LOG);
        rig.write(SOME);
        expect(rig.get()).toEqual(SOME);
        expect(rig.get()).toEqual(SOME);
        // Only what is given and marked goes.
        expect(rig.clear(0, 128, [0, 2, 63])).toEqual([0, 63]);
        expect(rig.get()).toEqual([1, 64, 511, 512, 600, 1023]);
        rig.write([0, 1]);
        expect(rig.get()).toEqual([0, 1, 64, 511, 512, 600, 1023]);
        expect(rig.clear(0, 1024, SOME)).toEqual(SOME.filter((page) => page !== 63));
        expect(rig.get()).toEqual([]);
      });

      it("begins with every page set, and watches those that are cleared", async () => {
        rig = await open({ pages: 1000 });
        expect(rig.x.vmSetManualProtect(rig.vm.vm, MANUAL_SET)).toBe(0);
        rig.populate();
        rig.setLogging(LOG);
        const all = Array.from({ length: 1000 }, (_, page) => page);
        expect(rig.get()).toEqual(all);
        expect(rig.clear(64, 128, all.slice(64, 192))).toEqual(all.slice(64, 192));
        rig.write([3, 70, 100, 200]);
        expect(rig.get()).toEqual(all.filter((page) => page < 64 || page >= 192 || page === 70 || page === 100));
        expect(rig.clear(0, 1000, all).length).toBe(1000 - 126);
        rig.write([3, 999]);
        expect(rig.get()).toEqual([3, 999]);
      });

      it("counts what the host wrote through GuestMemory", async () => {
        rig = await open();
        rig.populate();
        rig.setLogging(LOG);
        const from = rig.x.kblockAlloc(0) >>> 0;
        expect(rig.x.guestWrite(rig.vm.vm, 0, GPA + 4090n, from, 16)).toBe(0);
        (rig.x as unknown as { kblockFree(p: number, order: number): void }).kblockFree(from, 0);
        expect(rig.get()).toEqual([0, 1]);
        expect(rig.get()).toEqual([]);
      });

      it("sees a nested guest's writes, and both guests' of one page", async () => {
        rig = await open();
        rig.populate();
        const inNested = (pages: number[]) => [
          { op: PROG_ROLE, value: PROG_ROLE_GUEST_MODE },
          ...writesTo(pages),
          { op: PROG_ROLE, value: 0n },
        ];
        rig.vm.run(rig.vcpu, inNested(SOME));
        rig.setLogging(LOG);
        expect(rig.get()).toEqual([]);
        for (let pass = 0; pass < 2; pass++) {
          rig.vm.run(rig.vcpu, [...inNested([1, 600]), ...writesTo([1, 2])]);
          expect(rig.get()).toEqual([1, 2, 600]);
        }
      });
    });
  });
});
