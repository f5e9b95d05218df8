import { describe, expect, it } from "vitest";
import {
  AccessProgram,
  KVM_MEM_LOG_DIRTY_PAGES,
  KVM_MEM_READONLY,
  slotId,
  type Vcpu,
  type VcpuStats,
  type Vm,
  type VmStats,
} from "../../src/kvm/index.js";
import { addMemory, MIB, PAGE, runProgram, runToHalt, sleep, withSystem, withVm } from "./support.js";

const PAGES = 64;
const EVERY = { gpa: 0, count: PAGES, stride: PAGE } as const;

type Counters = Omit<VcpuStats, "accesses" | "last_value" | "mismatches" | "first_mismatch" | "fault_latency">;
const NOTHING: Counters = {
  pf_taken: 0,
  pf_fixed: 0,
  pf_emulate: 0,
  pf_spurious: 0,
  pf_retry: 0,
  pf_fast: 0,
  pf_mmio_spte_created: 0,
  tlb_flush: 0,
  exits: 0,
  mmio_exits: 0,
  dirty_ring_exits: 0,
  pml_full_exits: 0,
  pager_waits: 0,
  async_pf_not_present: 0,
  async_pf_ready: 0,
  async_pf_repeated: 0,
};

async function counters(vcpu: Vcpu): Promise<Counters> {
  const stats = await vcpu.stats();
  const { accesses: _a, last_value: _l, mismatches: _m, first_mismatch: _f, fault_latency: _t, ...rest } = stats;
  return rest;
}

/** How much `body` adds to each counter of `vcpu`; what it does not add is left out. */
async function added(vcpu: Vcpu, body: () => Promise<unknown>): Promise<Partial<Counters>> {
  const before = await counters(vcpu);
  await body();
  const after = await counters(vcpu);
  const names = Object.keys(after) as (keyof Counters)[];
  return Object.fromEntries(names.map((name) => [name, after[name] - before[name]]).filter(([, n]) => n !== 0));
}

async function addedToVm(vm: Vm, body: () => Promise<unknown>): Promise<Partial<VmStats>> {
  const before = await vm.stats();
  await body();
  const after = await vm.stats();
  const names = Object.keys(after) as (keyof VmStats)[];
  return Object.fromEntries(names.map((name) => [name, after[name] - before[name]]).filter(([, n]) => n !== 0));
}

describe("a vCPU's statistics", () => {
  it("count exactly what a script does", () =>
    withVm({ eptad: "off" }, async (vm) => {
      const userspaceAddr = await addMemory(vm, 0, 0, PAGES * PAGE);
      const vcpu = await vm.createVcpu(0);
      expect(await counters(vcpu)).toEqual(NOTHING);
      const run = (program: AccessProgram): Promise<Partial<Counters>> => added(vcpu, () => runProgram(vcpu, program));
      // The first run loads a root, which is a flush.
      expect(await run(new AccessProgram().write(EVERY))).toEqual({
        pf_taken: PAGES,
        pf_fixed: PAGES,
        exits: PAGES,
        tlb_flush: 1,
      });
      expect(await run(new AccessProgram().write(EVERY).read(EVERY))).toEqual({});
      // Write-protected for the dirty log: fixed without the lock, once.
      const region = { slot: 0, guestPhysAddr: 0, memorySize: PAGES * PAGE, userspaceAddr };
      await vm.setUserMemoryRegion({ ...region, flags: KVM_MEM_LOG_DIRTY_PAGES });
      const logged = await run(new AccessProgram().write({ ...EVERY, count: 10 }).write({ ...EVERY, count: 10 }));
      expect(logged).toEqual({ pf_taken: 10, pf_fixed: 10, pf_fast: 10, exits: 10, tlb_flush: 1 });
    }));

  it("tell MMIO from memory", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, PAGES * PAGE, KVM_MEM_READONLY);
      const vcpu = await vm.createVcpu(0);
      const run = (program: AccessProgram): Promise<Partial<Counters>> => added(vcpu, () => runProgram(vcpu, program));
      const device = new AccessProgram().write({ gpa: 0xfee00000n, size: 4 });
      const first = { pf_taken: 1, pf_emulate: 1, pf_mmio_spte_created: 1, mmio_exits: 1, exits: 1, tlb_flush: 1 };
      expect(await run(device)).toEqual(first);
      // Now the MMIO SPTE answers.
      expect(await run(device)).toEqual({ pf_emulate: 1, mmio_exits: 1, exits: 1 });
      // A write to a read-only slot is MMIO without a SPTE of its own: each time a fault.
      await runToHalt(vcpu, new AccessProgram().read({ gpa: PAGE }));
      const readOnly = new AccessProgram().write({ gpa: PAGE });
      for (let i = 0; i < 2; i++)
        expect(await run(readOnly)).toEqual({ pf_taken: 1, pf_emulate: 1, mmio_exits: 1, exits: 1 });
    }));

  it("do not count pre-faults, and count waits for pagers", () =>
    withVm({}, async (vm) => {
      const pager = { read: async () => new Uint8Array(PAGE) };
      const userspaceAddr = await vm.addressSpace.mmap({ length: MIB, backing: { type: "pager", pager } });
      await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: MIB, userspaceAddr });
      const vcpu = await vm.createVcpu(0);
      expect(await added(vcpu, () => vcpu.preFault({ gpa: 0, size: 4 * PAGE }))).toEqual({});
      const run = await added(vcpu, () => runToHalt(vcpu, new AccessProgram().read({ ...EVERY, count: 6 })));
      expect(run).toMatchObject({ pager_waits: 2, pf_fixed: 2 });
    }));

  it("count what stops for the dirty log's sake", () =>
    withVm({}, async (vm) => {
      await vm.enableCapability("KVM_CAP_DIRTY_LOG_RING", 16384);
      await addMemory(vm, 0, 0, 4 * MIB, KVM_MEM_LOG_DIRTY_PAGES);
      const vcpu = await vm.createVcpu(0);
      // Soft limit: 1024 entries less 64 and 512.
      const program = new AccessProgram().write({ gpa: 0, count: 1024, stride: PAGE });
      await vcpu.loadProgram(program);
      expect(await vcpu.run()).toEqual({ reason: "dirtyRingFull" });
      expect((await vcpu.stats()).dirty_ring_exits).toBe(1);
      expect(await vcpu.run()).toEqual({ reason: "dirtyRingFull" });
      expect((await vcpu.stats()).dirty_ring_exits).toBe(2);
    }));

  it("count the exits of a full page-modification log", () =>
    withVm({}, async (vm) => {
      const pages = 2048;
      await addMemory(vm, 0, 0, pages * PAGE, KVM_MEM_LOG_DIRTY_PAGES);
      const vcpu = await vm.createVcpu(0);
      const program = new AccessProgram().write({ gpa: 0, count: pages, stride: PAGE });
      await runToHalt(vcpu, program);
      await vm.getDirtyLog(0);
      // Dirty bits alone, no page faults; the log of 512 addresses is found full three times by the next.
      const { exits, pml_full_exits, ...rest } = await added(vcpu, () => runToHalt(vcpu, program));
      expect({ exits, pml_full_exits }).toEqual({ exits: 3, pml_full_exits: 3 });
      expect(rest).toEqual({ tlb_flush: 1 });
      expect((await vm.getDirtyLog(0)).count()).toBe(pages);
    }));
});

describe("a VM's statistics", () => {
  it("count exactly what is mapped", () =>
    withVm({}, async (vm) => {
      const hva = await addMemory(vm, 0, 0, PAGES * PAGE);
      await addMemory(vm, slotId(0, 1), 0, PAGES * PAGE);
      const vcpu = await vm.createVcpu(0);
      const run = (program: AccessProgram): Promise<Partial<VmStats>> => addedToVm(vm, () => runToHalt(vcpu, program));
      // Four levels: one table each of levels 3, 2 and 1 below the root.
      expect(await run(new AccessProgram().write(EVERY))).toEqual({ pages_4k: PAGES, tdp_mmu_pages: 3 });
      expect(await run(new AccessProgram().read(EVERY))).toEqual({});
      const smm = new AccessProgram().role({ smm: true }).read({ ...EVERY, count: 5 });
      expect(await run(smm)).toEqual({ pages_4k: 5, tdp_mmu_pages: 3 });
      const unmap = await addedToVm(vm, () => vm.addressSpace.munmap(hva, 4 * PAGE));
      expect(unmap).toEqual({ pages_4k: -4, remote_tlb_flush_requests: 1 });
      // What is not mapped needs no flush.
      expect(await addedToVm(vm, () => vm.addressSpace.munmap(hva, 4 * PAGE))).toEqual({});
      await vm.zapAll();
      expect(await vm.stats()).toMatchObject({ pages_4k: 0, pages_2m: 0, pages_1g: 0, tdp_mmu_pages: 0 });
    }));

  it("tell page sizes apart", () =>
    withSystem({ memory: 64 * MIB }, async (system) => {
      const vm = await system.createVm();
      const GIB = 2 ** 30;
      for (const [slot, pageSize] of (["4k", "2m", "1g"] as const).entries()) {
        const userspaceAddr = await vm.addressSpace.mmap({ length: 2 * GIB, backing: { type: "phantom", pageSize } });
        await vm.setUserMemoryRegion({ slot, guestPhysAddr: slot * 2 * GIB, memorySize: 2 * GIB, userspaceAddr });
      }
      const vcpu = await vm.createVcpu(0);
      const program = new AccessProgram();
      for (const slot of [0, 1, 2]) program.read({ gpa: slot * 2 * GIB, count: 2, stride: GIB });
      await runToHalt(vcpu, program);
      // Below the root: a table of level 3; three of level 2 (two for 4k, and of 2m's two), two of level 1.
      expect(await vm.stats()).toMatchObject({ pages_4k: 2, pages_2m: 2, pages_1g: 2, tdp_mmu_pages: 7 });
      await vm.destroy();
    }));

  it("tell flushes that found nobody in the guest from those that did", () =>
    withVm({}, async (vm) => {
      const hva = await addMemory(vm, 0, 0, PAGES * PAGE);
      const vcpu = await vm.createVcpu(0);
      await vcpu.loadProgram(
        new AccessProgram()
          .write(EVERY)
          .halt()
          .loop(2 ** 32 - 1, (p) => p.add({ gpa: 0 })),
      );
      await vcpu.run();
      const idle = await addedToVm(vm, () => vm.addressSpace.dontNeed(hva + 0x8000n, PAGE));
      expect(idle).toEqual({ pages_4k: -1, remote_tlb_flush_requests: 1 });
      const run = vcpu.run();
      const { accesses } = await vcpu.stats();
      while ((await vcpu.stats()).accesses < accesses + 1000) await sleep(1);
      const busy = await addedToVm(vm, () => vm.addressSpace.dontNeed(hva + 0x9000n, PAGE));
      expect(busy).toEqual({ pages_4k: -1, remote_tlb_flush_requests: 1, remote_tlb_flush: 1 });
      vcpu.kick();
      await run;
    }));
});
