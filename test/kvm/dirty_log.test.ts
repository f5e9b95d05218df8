import { describe, expect, it } from "vitest";
import {
  AccessProgram,
  ADDRESS_SPACE_SMM,
  type DirtyBitmap,
  KVM_DIRTY_LOG_INITIALLY_SET,
  KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE,
  KVM_MEM_LOG_DIRTY_PAGES,
  type KvmErrorCode,
  type SystemOptions,
  slotId,
  type Vcpu,
  type Vm,
} from "../../src/kvm/index.js";
import { addMemory, expectRefused, MIB, PAGE, runToHalt, sleep, withSystem, withVm } from "./support.js";

const PAGES = MIB / PAGE;
const BOTH = KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE | KVM_DIRTY_LOG_INITIALLY_SET;
const GPA = 0x10_0000;

/** How writes are noticed: by the processor's log of Dirty bits, or by write protection. */
const WAYS: [string, SystemOptions][] = [
  ["PML", {}],
  ["write protection", { pml: "off" }],
  ["write protection, without A/D bits", { eptad: "off" }],
  ["NPT", { tdp: "npt" }],
];

function write(vcpu: Vcpu, pages: readonly number[]): Promise<void> {
  const program = new AccessProgram();
  for (const page of pages) program.write({ gpa: GPA + page * PAGE, value: page });
  return runToHalt(vcpu, program);
}

/** A VM with a logged slot 0 of PAGES pages at GPA, all of them written once and out of the log; `start`: what the first log said. */
async function loggedVm(vm: Vm): Promise<{ vcpu: Vcpu; start: DirtyBitmap }> {
  await addMemory(vm, 0, GPA, MIB, KVM_MEM_LOG_DIRTY_PAGES);
  const vcpu = await vm.createVcpu(0);
  await runToHalt(vcpu, new AccessProgram().write({ gpa: GPA, count: PAGES, stride: PAGE }));
  return { vcpu, start: await vm.getDirtyLog(0) };
}

const sequence = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe.each(WAYS)("the dirty log, by %s", (_way, options) => {
  it("says exactly which pages were written since the last time", () =>
    withVm(options, async (vm) => {
      const { vcpu, start } = await loggedVm(vm);
      expect([...start]).toEqual(sequence(PAGES));
      expect(start).toMatchObject({ slot: 0, asId: 0, guestPhysAddr: BigInt(GPA), numPages: PAGES });
      expect((await vm.getDirtyLog(0)).count()).toBe(0);
      const pages = [0, 1, 63, 64, 65, 128, 200, PAGES - 1];
      for (let round = 0; round < 3; round++) {
        await write(vcpu, pages);
        expect([...(await vm.getDirtyLog(0))]).toEqual(pages);
        await runToHalt(vcpu, new AccessProgram().read({ gpa: GPA, count: PAGES, stride: PAGE }));
        expect((await vm.getDirtyLog(0)).count()).toBe(0);
      }
      await write(vcpu, [5]);
      expect([...(await vm.getDirtyLog(0)).gfns()]).toEqual([BigInt(GPA / PAGE + 5)]);
    }));

  it("has the writes of GuestMemory, and of the emulation port", () =>
    withVm(options, async (vm) => {
      const { vcpu } = await loggedVm(vm);
      await vm.memory.write(GPA + 8 * PAGE - 4, new Uint8Array(8).fill(1));
      await vm.memory.fill(GPA + 20 * PAGE, 2 * PAGE, 7);
      await vm.memory.read(GPA, MIB);
      await runToHalt(vcpu, new AccessProgram().write({ gpa: GPA + 40 * PAGE, emulate: true }));
      expect([...(await vm.getDirtyLog(0))]).toEqual([7, 8, 20, 21, 40]);
    }));

  it("has the writes of a guest that runs on", () =>
    withVm(options, async (vm) => {
      const { vcpu } = await loggedVm(vm);
      const program = new AccessProgram().loop(2 ** 32 - 1, (p) =>
        p.write({ gpa: GPA + 32 * PAGE, count: 64, stride: PAGE, plusStamp: true }).stamp(),
      );
      await vcpu.loadProgram(program);
      const run = vcpu.run();
      for (let round = 0; round < 5; round++) {
        await vm.getDirtyLog(0);
        await sleep(20);
        expect([...(await vm.getDirtyLog(0))]).toEqual(sequence(64).map((i) => 32 + i));
      }
      vcpu.kick();
      expect(await run).toEqual({ reason: "interrupted" });
    }));

  it("of a nested guest is the host's", () =>
    withVm(options, async (vm) => {
      const { vcpu } = await loggedVm(vm);
      const nested = (page: number): AccessProgram =>
        new AccessProgram().role({ guestMode: true }).write({ gpa: GPA + page * PAGE, count: 2, stride: PAGE });
      await runToHalt(vcpu, nested(10));
      expect([...(await vm.getDirtyLog(0))]).toEqual([10, 11]);
      await runToHalt(vcpu, nested(11));
      expect([...(await vm.getDirtyLog(0))]).toEqual([11, 12]);
      await write(vcpu, [11]);
      expect([...(await vm.getDirtyLog(0))]).toEqual([11]);
    }));

  it("with manual protection is read by one call and cleared by another", () =>
    withVm(options, async (vm) => {
      await vm.enableCapability("KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2", KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE);
      const { vcpu } = await loggedVm(vm);
      const all = await vm.getDirtyLog(0);
      expect(all.count()).toBe(PAGES);
      await vm.clearDirtyLog({ slot: 0, bitmap: all });
      expect((await vm.getDirtyLog(0)).count()).toBe(0);
      const pages = [1, 64, 65, 130, PAGES - 1];
      await write(vcpu, pages);
      const log = await vm.getDirtyLog(0);
      expect([...log]).toEqual(pages);
      expect([...(await vm.getDirtyLog(0))]).toEqual(pages);
      // A part: pages 64 to 127; then of the rest only page 130.
      await vm.clearDirtyLog({ slot: 0, bitmap: log, firstPage: 64, numPages: 64 });
      expect([...(await vm.getDirtyLog(0))]).toEqual([1, 130, PAGES - 1]);
      await vm.clearDirtyLog({ slot: 0, bitmap: vm.newDirtyBitmap(0).add(130), firstPage: 128 });
      expect([...(await vm.getDirtyLog(0))]).toEqual([1, PAGES - 1]);
      await write(vcpu, [65, 130]);
      expect([...(await vm.getDirtyLog(0))]).toEqual([1, 65, 130, PAGES - 1]);
    }));

  it("may begin with every page set", () =>
    withVm(options, async (vm) => {
      await vm.enableCapability("KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2", BOTH);
      const userspaceAddr = await addMemory(vm, 0, GPA, MIB);
      const vcpu = await vm.createVcpu(0);
      await runToHalt(vcpu, new AccessProgram().write({ gpa: GPA, count: PAGES, stride: PAGE }));
      const region = { slot: 0, guestPhysAddr: GPA, memorySize: MIB, userspaceAddr };
      await vm.setUserMemoryRegion({ ...region, flags: KVM_MEM_LOG_DIRTY_PAGES });
      const log = await vm.getDirtyLog(0);
      expect(log.count()).toBe(PAGES);
      await vm.clearDirtyLog({ slot: 0, bitmap: log });
      await write(vcpu, [77]);
      expect([...(await vm.getDirtyLog(0))]).toEqual([77]);
    }));

  it("of an SMM slot is its own", () =>
    withVm(options, async (vm) => {
      const { vcpu } = await loggedVm(vm);
      const smm = slotId(0, ADDRESS_SPACE_SMM);
      await addMemory(vm, smm, GPA, MIB / 2, KVM_MEM_LOG_DIRTY_PAGES);
      const program = new AccessProgram()
        .write({ gpa: GPA + 2 * PAGE })
        .role({ smm: true })
        .write({ gpa: GPA + 3 * PAGE });
      await runToHalt(vcpu, program);
      await vm.smmMemory.fill(GPA + 9 * PAGE, 1);
      expect([...(await vm.getDirtyLog(0))]).toEqual([2]);
      const log = await vm.getDirtyLog(smm);
      expect([...log]).toEqual([3, 9]);
      expect(log).toMatchObject({ asId: 1, numPages: PAGES / 2 });
      expect((await vm.getDirtyLog(smm)).count()).toBe(0);
    }));

  it("names single pages of huge ones", () =>
    withSystem({ memory: 64 * MIB, ...options }, async (system) => {
      for (const eager_page_split of ["on", "off"] as const) {
        const vm = await system.createVm({ eager_page_split });
        const userspaceAddr = await vm.addressSpace.mmap({
          length: 8 * MIB,
          backing: { type: "anonymous", huge: "hugetlb" },
        });
        const region = { slot: 0, guestPhysAddr: 0, memorySize: 8 * MIB, userspaceAddr };
        await vm.setUserMemoryRegion(region);
        const vcpu = await vm.createVcpu(0);
        await runToHalt(vcpu, new AccessProgram().write({ gpa: 0, count: 4, stride: 2 * MIB }));
        expect(await vm.stats()).toMatchObject({ pages_2m: 4, pages_4k: 0 });
        await vm.setUserMemoryRegion({ ...region, flags: KVM_MEM_LOG_DIRTY_PAGES });
        await runToHalt(vcpu, new AccessProgram().write({ gpa: 2 * MIB + 5 * PAGE, count: 2, stride: PAGE }));
        const log = await vm.getDirtyLog(0);
        for (const page of [512 + 5, 512 + 6]) expect(log.has(page)).toBe(true);
        await runToHalt(vcpu, new AccessProgram().write({ gpa: 2 * MIB + 7 * PAGE }));
        expect([...(await vm.getDirtyLog(0))]).toEqual([512 + 7]);
        await vm.destroy();
      }
    }));
});

describe("dirty log calls", () => {
  it("take their turns with changes of slots", () =>
    withVm({}, async (vm) => {
      const userspaceAddr = await vm.addressSpace.mmap({ length: 4 * MIB, backing: { type: "anonymous" } });
      const region = { slot: 0, guestPhysAddr: 0, userspaceAddr, flags: KVM_MEM_LOG_DIRTY_PAGES };
      const set = (memorySize: number): Promise<void> => vm.setUserMemoryRegion({ ...region, memorySize });
      const calls = await Promise.allSettled([
        set(MIB),
        vm.getDirtyLog(0),
        set(0),
        vm.getDirtyLog(0),
        set(4 * MIB),
        vm.getDirtyLog(0),
      ]);
      expect(calls.map((call) => (call.status === "fulfilled" ? call.value?.numPages : call.reason.code))).toEqual([
        undefined,
        PAGES,
        undefined,
        "ENOENT",
        undefined,
        4 * PAGES,
      ]);
    }));

  it("follow a slot that is moved, and forget one that is logged no more", () =>
    withVm({}, async (vm) => {
      const { vcpu } = await loggedVm(vm);
      const { guestPhysAddr } = await vm.getDirtyLog(0);
      expect(guestPhysAddr).toBe(BigInt(GPA));
      await write(vcpu, [1]);
      const userspaceAddr = await addMemory(vm, 5, 16 * MIB, MIB, KVM_MEM_LOG_DIRTY_PAGES);
      const region = { slot: 5, memorySize: MIB, userspaceAddr };
      await runToHalt(vcpu, new AccessProgram().write({ gpa: 16 * MIB }));
      await vm.setUserMemoryRegion({ ...region, guestPhysAddr: 20 * MIB, flags: KVM_MEM_LOG_DIRTY_PAGES });
      const moved = await vm.getDirtyLog(5);
      expect(moved.guestPhysAddr).toBe(BigInt(20 * MIB));
      await vm.setUserMemoryRegion({ ...region, guestPhysAddr: 20 * MIB });
      await expectRefused(vm.getDirtyLog(5), "ENOENT", /Slot 0x5 is not logged; set KVM_MEM_LOG_DIRTY_PAGES/);
      await runToHalt(vcpu, new AccessProgram().write({ gpa: 20 * MIB + 3 * PAGE }));
      await vm.setUserMemoryRegion({ ...region, guestPhysAddr: 20 * MIB, flags: KVM_MEM_LOG_DIRTY_PAGES });
      expect([...(await vm.getDirtyLog(5))]).not.toContain(3);
      expect([...(await vm.getDirtyLog(0))]).toEqual([1]);
    }));

  it("are refused with KVM's errno and a reason", () =>
    withVm({}, async (vm) => {
      await loggedVm(vm);
      await addMemory(vm, 1, 8 * MIB, MIB);
      await addMemory(vm, 2, 16 * MIB, 100 * PAGE, KVM_MEM_LOG_DIRTY_PAGES);
      const [zero, two] = [vm.newDirtyBitmap(0), vm.newDirtyBitmap(2)];
      const refused: [() => Promise<unknown>, KvmErrorCode, RegExp][] = [
        [() => vm.getDirtyLog(3), "ENOENT", /no slot 0x3; make it with setUserMemoryRegion/],
        [() => vm.getDirtyLog(slotId(0, 1)), "ENOENT", /no slot 0x10000/],
        [() => vm.getDirtyLog(1), "ENOENT", /Slot 0x1 is not logged/],
        [() => vm.getDirtyLog(slotId(0, 2)), "EINVAL", /address spaces 0 and 1/],
        [() => vm.getDirtyLog(-1), "EINVAL", /slot is -1/],
        [() => vm.clearDirtyLog({ slot: 1, bitmap: vm.newDirtyBitmap(1) }), "ENOENT", /Slot 0x1 is not logged/],
        [
          () => vm.clearDirtyLog({ slot: 2, bitmap: zero }),
          "EINVAL",
          /slot 0x0 with 256 pages, not of slot 0x2 with 100/,
        ],
        [() => vm.clearDirtyLog({ slot: 0, bitmap: zero, firstPage: 32 }), "EINVAL", /must be a multiple of 64/],
        [() => vm.clearDirtyLog({ slot: 0, bitmap: zero, numPages: 100 }), "EINVAL", /the slot's end at 256/],
        [
          () => vm.clearDirtyLog({ slot: 0, bitmap: zero, firstPage: 320 }),
          "EINVAL",
          /firstPage is 320; .*from 0 to 256/,
        ],
        [() => vm.clearDirtyLog({ slot: 2, bitmap: two, firstPage: 64, numPages: 64 }), "EINVAL", /from 0 to 36/],
        [() => vm.resetDirtyRings(), "EINVAL", /no dirty rings; enable KVM_CAP_DIRTY_LOG_RING before/],
      ];
      for (const [call, code, text] of refused) await expectRefused(call(), code, text);
      await vm.clearDirtyLog({ slot: 2, bitmap: two, firstPage: 64, numPages: 36 });
      await vm.clearDirtyLog({ slot: 0, bitmap: zero, firstPage: 256, numPages: 0 });
      expect(() => vm.newDirtyBitmap(3)).toThrow(/no slot 0x3/);
    }));

  it("need memory for a while, say so when there is none, and then lose nothing", () =>
    withVm({ memory: 8 * MIB }, async (vm) => {
      // Nothing is mapped behind most of it. Its 2^21 pages are 256 KiB of bits.
      const large = { slot: 0, guestPhysAddr: 2 ** 33, memorySize: 2 ** 33, flags: KVM_MEM_LOG_DIRTY_PAGES };
      const [logged, filler] = [await addMemory(vm, 1, MIB, PAGE), await addMemory(vm, 2, 2 ** 30, 64 * MIB)];
      const tooLarge = { ...large, slot: 3, guestPhysAddr: 0, memorySize: 2 ** 30 * PAGE, userspaceAddr: logged };
      await expectRefused(vm.setUserMemoryRegion(tooLarge), "EEXIST", /overlaps/);
      const huge = { ...tooLarge, guestPhysAddr: 2n ** 44n };
      await expectRefused(vm.setUserMemoryRegion(huge), "ENOMEM", /no memory left for the slot's arrays/);
      await vm.setUserMemoryRegion({ ...large, userspaceAddr: logged });
      const vcpu = await vm.createVcpu(0);
      await runToHalt(vcpu, new AccessProgram().write({ gpa: large.guestPhysAddr }));
      await vcpu.loadProgram(new AccessProgram().write({ gpa: 2 ** 30, count: 2 ** 14, stride: PAGE }));
      expect(await vcpu.run()).toMatchObject({ reason: "memoryFault", code: "ENOMEM" });
      await expectRefused(vm.getDirtyLog(0), "ENOMEM", /pages of slot 0x0, a bit each; open the System with more/);
      await vm.addressSpace.dontNeed(filler, 64 * MIB);
      expect([...(await vm.getDirtyLog(0))]).toEqual([0]);
    }));
});

describe("enableCapability", () => {
  it("refuses what it cannot do, with KVM's errno and a reason", () =>
    withVm({}, async (vm) => {
      const enable = (name: string, argument?: number): Promise<void> =>
        vm.enableCapability(name as "KVM_CAP_DIRTY_LOG_RING", argument as number);
      const refused: [string, number | undefined, KvmErrorCode, RegExp][] = [
        ["KVM_CAP_SPLIT_IRQCHIP", 0, "EINVAL", /no capability KVM_CAP_SPLIT_IRQCHIP .* there are KVM_CAP_MANUAL_/],
        ["toString", 0, "EINVAL", /no capability toString/],
        ["KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2", KVM_DIRTY_LOG_INITIALLY_SET, "EINVAL", /flags are 0x2; there are/],
        ["KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2", 4, "EINVAL", /flags are 0x4/],
        ["KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2", -1, "EINVAL", /argument of KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 is -1/],
        ["KVM_CAP_VM_DISABLE_NX_HUGE_PAGES", 1, "EINVAL", /takes none \(0\)/],
        ["KVM_CAP_DIRTY_LOG_RING", undefined, "EINVAL", /0x0 bytes: it must be a power of two/],
        ["KVM_CAP_DIRTY_LOG_RING", 5000, "EINVAL", /power of two/],
        ["KVM_CAP_DIRTY_LOG_RING", 2048, "EINVAL", /at least 4096/],
        ["KVM_CAP_DIRTY_LOG_RING", 8192, "EINVAL", /with PML they have at least 16384/],
        ["KVM_CAP_DIRTY_LOG_RING_ACQ_REL", 2 ** 21, "E2BIG", /at most 0x100000 \(1 MiB\)/],
        ["KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP", 0, "EINVAL", /after KVM_CAP_DIRTY_LOG_RING, and before there are slots/],
      ];
      for (const [name, argument, code, text] of refused) await expectRefused(enable(name, argument), code, text);
      await vm.createVcpu(0);
      const late = [enable("KVM_CAP_DIRTY_LOG_RING", 16384), enable("KVM_CAP_VM_DISABLE_NX_HUGE_PAGES")];
      await expectRefused(late[0] ?? Promise.resolve(), "EINVAL", /before the first vCPU/);
      await expectRefused(late[1] ?? Promise.resolve(), "EINVAL", /before it has vCPUs/);
    }));

  it("answers KVM_CHECK_EXTENSION for what it takes", () =>
    withSystem({}, async (system) => {
      expect(system.checkExtension("KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2")).toBe(BOTH);
      expect(system.checkExtension("KVM_CAP_DIRTY_LOG_RING")).toBe(2 ** 20);
      expect(system.checkExtension("KVM_CAP_DIRTY_LOG_RING_ACQ_REL")).toBe(2 ** 20);
      expect(system.checkExtension("KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP")).toBe(1);
    }));

  it("goes back to the classic log", () =>
    withVm({}, async (vm) => {
      await vm.enableCapability("KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2", KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE);
      const { vcpu } = await loggedVm(vm);
      await vm.enableCapability("KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2", 0);
      await write(vcpu, [1]);
      expect((await vm.getDirtyLog(0)).count()).toBe(PAGES);
      expect((await vm.getDirtyLog(0)).count()).toBe(0);
    }));
});
