import { describe, expect, it } from "vitest";
import {
  AccessProgram,
  type DirtyGfn,
  type DirtyRing,
  KVM_MEM_LOG_DIRTY_PAGES,
  KvmError,
  type SystemOptions,
  slotId,
  type Vcpu,
  type Vm,
} from "../../src/kvm/index.js";
import { addMemory, expectRefused, MIB, PAGE, runToHalt, withSystem, withVm } from "./support.js";

/** Entries of the smallest rings, and how many are used when the run ends: 64 are kept back, with PML 512 more. */
const WAYS: [string, SystemOptions, number, number][] = [
  ["PML", {}, 1024, 448],
  ["write protection", { pml: "off" }, 256, 192],
  ["write protection, without A/D bits", { eptad: "off" }, 256, 192],
  ["NPT", { tdp: "npt" }, 256, 192],
];
const PAGES = (4 * MIB) / PAGE;

function ringOf(vcpu: Vcpu): DirtyRing {
  if (vcpu.dirtyRing === undefined) throw new Error("the vCPU has no ring");
  return vcpu.dirtyRing;
}

/** Rings of `entries`, a logged slot 0 of PAGES pages at 0, all of them there; the vCPUs' rings are empty. */
async function ringVm(vm: Vm, entries: number): Promise<Vcpu> {
  await vm.enableCapability("KVM_CAP_DIRTY_LOG_RING", entries * 16);
  await addMemory(vm, 0, 0, 4 * MIB, KVM_MEM_LOG_DIRTY_PAGES);
  const vcpu = await vm.createVcpu(0);
  await vcpu.loadProgram(new AccessProgram().write({ gpa: 0, count: PAGES, stride: PAGE }));
  while ((await vcpu.run()).reason === "dirtyRingFull") await drain(vm, vcpu);
  await drain(vm, vcpu);
  return vcpu;
}

async function drain(vm: Vm, vcpu: Vcpu): Promise<DirtyGfn[]> {
  const entries = [...ringOf(vcpu).harvest()];
  expect(await vm.resetDirtyRings()).toBe(entries.length);
  return entries;
}

describe.each(WAYS)("dirty rings, by %s", (_way, options, entries, limit) => {
  it("have exactly the pages written, in their order", () =>
    withVm(options, async (vm) => {
      const vcpu = await ringVm(vm, entries);
      const pages = [5, 1000, 7, 64, 63];
      for (let round = 0; round < 3; round++) {
        const program = new AccessProgram();
        for (const page of pages) program.write({ gpa: page * PAGE }).write({ gpa: page * PAGE + 8 });
        await runToHalt(vcpu, program);
        expect(await drain(vm, vcpu)).toEqual(pages.map((offset) => ({ slot: 0, asId: 0, offset })));
        expect([...ringOf(vcpu).harvest()]).toEqual([]);
        expect(await vm.resetDirtyRings()).toBe(0);
      }
    }));

  it("end the run when they are nearly full, wrap, and lose nothing", () =>
    withVm(options, async (vm) => {
      const vcpu = await ringVm(vm, entries);
      expect(ringOf(vcpu).size).toBe(entries);
      const seen = new Set<number>();
      await vcpu.loadProgram(
        new AccessProgram().loop(4, (p) => p.write({ gpa: 0, count: PAGES, stride: PAGE, order: "shuffled" })),
      );
      let fulls = 0;
      let exit = await vcpu.run();
      for (; exit.reason === "dirtyRingFull"; exit = await vcpu.run()) {
        // Nothing harvested, or nothing reset: no room yet.
        expect(await vcpu.run()).toEqual({ reason: "dirtyRingFull" });
        const harvested = [...ringOf(vcpu).harvest()];
        expect(harvested.length).toBeGreaterThanOrEqual(limit);
        expect(harvested.length).toBeLessThanOrEqual(entries);
        expect(await vcpu.run()).toEqual({ reason: "dirtyRingFull" });
        expect(await vm.resetDirtyRings()).toBe(harvested.length);
        for (const { offset } of harvested) seen.add(offset);
        fulls++;
      }
      expect(exit).toEqual({ reason: "hlt" });
      for (const { offset } of await drain(vm, vcpu)) seen.add(offset);
      // Twice round the ring at least, and every page of the first pass.
      expect(fulls * limit).toBeGreaterThan(2 * entries);
      expect(seen.size).toBe(PAGES);
    }));

  it("are harvested piece by piece", () =>
    withVm(options, async (vm) => {
      const vcpu = await ringVm(vm, entries);
      await runToHalt(vcpu, new AccessProgram().write({ gpa: 0, count: 10, stride: PAGE }));
      const ring = ringOf(vcpu);
      expect([...ring.harvest(3)].map(({ offset }) => offset)).toEqual([0, 1, 2]);
      expect(await vm.resetDirtyRings()).toBe(3);
      for (const { offset } of ring.harvest()) if (offset === 4) break;
      expect([...ring.harvest()].map(({ offset }) => offset)).toEqual([5, 6, 7, 8, 9]);
      expect(await vm.resetDirtyRings()).toBe(7);
      expect(() => ring.harvest(-1).next()).toThrow(/limit is -1/);
    }));

  it("name slots and address spaces, each vCPU its own writes", () =>
    withVm(options, async (vm) => {
      const vcpu = await ringVm(vm, entries);
      await addMemory(vm, slotId(9, 1), 0, MIB, KVM_MEM_LOG_DIRTY_PAGES);
      await addMemory(vm, 32763, 16 * MIB, MIB, KVM_MEM_LOG_DIRTY_PAGES);
      const other = await vm.createVcpu(1);
      await runToHalt(vcpu, new AccessProgram().role({ smm: true }).write({ gpa: 3 * PAGE }));
      await runToHalt(other, new AccessProgram().write({ gpa: 16 * MIB + PAGE }));
      expect([...ringOf(vcpu).harvest()]).toEqual([{ slot: 9, asId: 1, offset: 3 }]);
      expect([...ringOf(other).harvest()]).toEqual([{ slot: 32763, asId: 0, offset: 1 }]);
      expect(await vm.resetDirtyRings()).toBe(2);
    }));
});

describe("dirty rings", () => {
  it("leave what no vCPU writes to the bitmap", () =>
    withVm({}, async (vm) => {
      await vm.enableCapability("KVM_CAP_DIRTY_LOG_RING_ACQ_REL", 16384);
      await vm.enableCapability("KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP");
      await addMemory(vm, 0, 0, MIB, KVM_MEM_LOG_DIRTY_PAGES);
      const vcpu = await vm.createVcpu(0);
      await runToHalt(vcpu, new AccessProgram().write({ gpa: 0 }));
      await vm.memory.fill(9 * PAGE, 1);
      expect([...(await vm.getDirtyLog(0))]).toEqual([9]);
      const bitmap = await vm.getDirtyLog(0);
      expect(bitmap.count()).toBe(0);
      for (const { offset } of ringOf(vcpu).harvest()) bitmap.add(offset);
      expect([...bitmap]).toEqual([0]);
      expect(await vm.resetDirtyRings()).toBe(1);
    }));

  it("are refused late, twice, and where they are not", () =>
    withVm({}, async (vm) => {
      await vm.enableCapability("KVM_CAP_DIRTY_LOG_RING", 16384);
      await expectRefused(
        vm.enableCapability("KVM_CAP_DIRTY_LOG_RING", 16384),
        "EINVAL",
        /before the first vCPU, once/,
      );
      await addMemory(vm, 0, 0, MIB, KVM_MEM_LOG_DIRTY_PAGES);
      await expectRefused(
        vm.getDirtyLog(0),
        "ENXIO",
        /use vcpu.dirtyRing, or enable KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP/,
      );
      const clear = vm.clearDirtyLog({ slot: 0, bitmap: vm.newDirtyBitmap(0) });
      await expectRefused(clear, "ENXIO", /use vcpu.dirtyRing/);
      const late = vm.enableCapability("KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP");
      await expectRefused(late, "EINVAL", /before there are slots/);
    }));

  it("end with their VM", () =>
    withSystem({}, async (system) => {
      const [vm, plain] = await Promise.all([system.createVm(), system.createVm()]);
      const vcpu = await ringVm(vm, 1024);
      expect((await plain.createVcpu(0)).dirtyRing).toBeUndefined();
      await runToHalt(vcpu, new AccessProgram().write({ gpa: 0, count: 2, stride: PAGE }));
      const harvest = ringOf(vcpu).harvest();
      expect(harvest.next().value).toEqual({ slot: 0, asId: 0, offset: 0 });
      await Promise.all([vm.destroy(), plain.destroy()]);
      expect(() => harvest.next()).toThrow(KvmError);
      expect(() => ringOf(vcpu).harvest().next()).toThrow(/VM is destroyed/);
    }));
});
