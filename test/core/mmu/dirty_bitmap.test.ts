/** The dirty log by bitmap: what is written is reported once, what is not is not, in each way a write can be noticed. */
import { afterEach, describe, expect, it } from "vitest";
import {
  DIRTY_LOG_INITIALLY_SET,
  DIRTY_LOG_MANUAL_PROTECT_ENABLE,
  EINVAL,
  ENOENT,
  ENOMEM,
  KVM_USER_MEM_SLOTS,
  MM_MAP_HUGE,
  PROG_ROLE,
  PROG_ROLE_GUEST_MODE,
  Vm,
  VmCpu,
} from "../../../src/abi/index.js";
import { BUILDS } from "../harness.js";
import { BACKINGS, DirtyRig, GPA, KINDS, LOG, writesTo } from "./dirty_rig.js";

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
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
        expect(rig.clear(0, 1000, all)).toHaveLength(1000 - 126);
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

  it.each([
    ["4 KiB pages", 0],
    ["2 MiB pages", MM_MAP_HUGE],
  ])("watches the right pages of a slot that begins anywhere: %s", async (_backing, mapFlags) => {
    rig = await DirtyRig.open({ build, skew: 0x1d7, pages: 1201, mapFlags });
    rig.populate();
    rig.setLogging(LOG);
    const pages = range(0, 1201);
    for (const step of [1, 2, 63, 64, 65, 300]) {
      const some = pages.filter((page) => page % step === 0);
      rig.write(some);
      expect(rig.get()).toEqual(some);
    }
    rig.x.vmSetManualProtect(rig.vm.vm, MANUAL_SET);
    rig.setLogging(0);
    rig.populate();
    rig.setLogging(LOG);
    expect(rig.get()).toEqual(pages);
    expect(rig.clear(1152, 49, range(1152, 1201))).toEqual(range(1152, 1201));
    rig.write([0, 1160, 1200]);
    expect(rig.get()).toEqual([...range(0, 1152), 1160, 1200]);
  });

  it("clears exactly the ranges that the kernel accepts", async () => {
    rig = await DirtyRig.open({ build, pages: 130 });
    rig.x.vmSetManualProtect(rig.vm.vm, MANUAL_SET);
    rig.setLogging(LOG);
    const marked = new Set(range(0, 130));
    for (const first of [0, 1, 63, 64, 65, 127, 128, 129, 130, 131, 192, 2 ** 40]) {
      for (const count of [0, 1, 2, 3, 63, 64, 65, 66, 127, 128, 129, 130, 131, 2 ** 40]) {
        const isInside = first <= 130 && count <= 130 - first;
        const isAligned = first % 64 === 0 && (count % 64 === 0 || first + count === 130);
        const given = isInside ? range(first, first + count) : [];
        const wanted = isInside && isAligned ? given.filter((page) => marked.delete(page)) : -EINVAL;
        expect(rig.clear(first, count, given), `${first} + ${count}`).toEqual(wanted);
      }
    }
    expect(rig.get()).toEqual([...marked]);
  });

  it("refuses what there is no log of, and what its answer does not fit in", async () => {
    rig = await DirtyRig.open({ build, pages: 130 });
    const { x, vm } = rig;
    expect(rig.get()).toBe(-ENOENT);
    expect(rig.clear(0, 64, [])).toBe(-ENOENT);
    rig.setLogging(LOG);
    expect(rig.get(1)).toBe(-ENOENT);
    expect(rig.get(0x1_0000)).toBe(-ENOENT);
    expect(rig.get(0x2_0000)).toBe(-EINVAL);
    expect(rig.get(KVM_USER_MEM_SLOTS)).toBe(-EINVAL);
    expect(rig.clear(0, 64, [], 0x2_0000)).toBe(-EINVAL);
    expect(rig.get(0, 128)).toBe(-EINVAL);
    expect(rig.get(0, 129)).toEqual([]);
    for (const [flags, r] of [
      [2, -EINVAL],
      [4, -EINVAL],
      [5, -EINVAL],
      [3, 0],
      [1, 0],
      [0, 0],
    ] as const) {
      expect(x.vmSetManualProtect(vm.vm, flags), String(flags)).toBe(r);
    }
    rig.setLogging(0);
    expect(rig.get()).toBe(-ENOENT);
  });

  it("begins anew when logging does, and goes where a slot is moved to", async () => {
    rig = await DirtyRig.open({ build, pages: 128 });
    const { vm } = rig;
    const hva = vm.hvaOfSlot(0);
    const to = GPA + 0x100_0000n;
    const loggedSlots = (): number => vm.memory.get(vm.vm, Vm.loggedSlots);
    rig.setLogging(LOG);
    rig.write([1, 2]);
    rig.setLogging(0);
    rig.setLogging(LOG);
    expect(rig.get()).toEqual([]);
    rig.write([3]);
    vm.slot(0, to, 128 * 4096, hva, LOG);
    expect(rig.get()).toEqual([]);
    vm.run(rig.vcpu, writesTo([4], 1n, to));
    expect(rig.get()).toEqual([4]);
    expect(loggedSlots()).toBe(1);
    vm.slot(1, GPA, 128 * 4096, hva, LOG);
    expect(loggedSlots()).toBe(2);
    vm.run(rig.vcpu, writesTo([5], 1n));
    expect(rig.get(1, 128)).toEqual([5]);
    expect(rig.get()).toEqual([]);
    vm.slot(0, to, 128 * 4096, hva, 0);
    expect(loggedSlots()).toBe(1);
    vm.slot(1, to + 0x100_0000n, 128 * 4096, hva, 0);
    expect(loggedSlots()).toBe(0);
    vm.slot(1, GPA, 128 * 4096, hva, LOG);
    vm.slot(1, GPA, 0, hva);
    expect(loggedSlots()).toBe(0);
  });

  it("flushes once for a collection, not at all if nothing is taken", async () => {
    rig = await DirtyRig.open({ build });
    const flushes = (): bigint => rig.x.vmCounter(rig.vm.vm, VmCpu.remoteTlbFlushRequests.offset);
    rig.populate();
    rig.setLogging(LOG);
    rig.write(range(0, 1024));
    const before = flushes();
    expect(rig.get()).toHaveLength(1024);
    expect(flushes()).toBe(before + 1n);
    expect(rig.get()).toEqual([]);
    expect(flushes()).toBe(before + 1n);
  });

  it("leaves nothing behind when there is no memory for it", async () => {
    rig = await DirtyRig.open({ build, memMiB: 8, pages: 512 });
    const { vm, x } = rig;
    rig.populate();
    // A slot whose bitmap does not fit, over memory that need not.
    const hva = vm.map(2 ** 39);
    expect(x.memslotSet(vm.vm, 1, LOG, 1n << 40n, 1n << 39n, hva)).toBe(-ENOMEM);
    rig.setLogging(LOG);
    rig.write([3]);
    expect(rig.get()).toEqual([3]);
  });
});
