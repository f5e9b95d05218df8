/** The run loop, called directly: statuses, requests, pager waits, leaks. What programs do: test/kvm/run.test.ts. */
import { afterEach, describe, expect, it } from "vitest";
import * as abi from "../../../src/abi/index.js";
import { CPU_BASE, Cpu, PagerRequest, Vcpu, Vm } from "../../../src/abi/index.js";
import { AccessProgram } from "../../../src/kvm/index.js";
import { BUILDS, type CoreBug, expectBalanced, openCore, snapshotBalance } from "../harness.js";
import { DEFAULT_PARAMS, exitReason, openRig, PAGE, type VcpuExports, type VcpuRig } from "./vcpu_rig.js";

describe.each(BUILDS)("vcpuRun, build %s", (build) => {
  let rig: VcpuRig | undefined;
  afterEach(() => rig?.close());

  it("executes instructions where there is no program: from the reset vector, where no memory is", async () => {
    rig = await openRig(build);
    expect(rig.x.vcpuRun(rig.vcpu)).toBe(abi.RUN_EXIT);
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_INTERNAL_ERROR);
    expect(rig.memory.get(rig.vcpu, Vcpu.hwExitGpa)).toBe(0xfffffff0n);
  });

  it("refuses a vCPU that runs", async () => {
    rig = await openRig(build);
    rig.load(new AccessProgram().halt());
    rig.memory.set(rig.vcpu, Vcpu.running, 1);
    expect(rig.x.vcpuRun(rig.vcpu)).toBe(-abi.EBUSY);
    expect(rig.x.vcpuProgramAlloc(rig.vcpu, 1)).toBe(-abi.EBUSY);
    expect(rig.x.vcpuPrefault(rig.vcpu, 0n, 4096n)).toBe(BigInt(-abi.EBUSY));
    expect(rig.x.vmDestroy(rig.vm)).toBe(-abi.EBUSY);
    rig.memory.set(rig.vcpu, Vcpu.running, 0);
    expect(rig.x.vcpuRun(rig.vcpu)).toBe(abi.RUN_EXIT);
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_HLT);
    expect(rig.x.vcpuProgramAlloc(rig.vcpu, abi.PROG_MAX_OPS + 1)).toBe(-abi.EINVAL);
  });

  it("leaves nothing of the vCPU on the CPU, and is OUTSIDE whenever it returns", async () => {
    rig = await openRig(build);
    for (const program of [
      new AccessProgram().write({ gpa: 0 }).halt(),
      new AccessProgram().read({ gpa: 1n << 40n }),
    ]) {
      expect(rig.run(program)).toBe(abi.RUN_EXIT);
      expect(rig.memory.get(CPU_BASE, Cpu.vm)).toBe(0);
      expect(rig.memory.get(CPU_BASE, Cpu.vcpu)).toBe(0);
      expect(rig.memory.get(CPU_BASE, Cpu.epoch)).toBe(0);
      expect(rig.memory.get(CPU_BASE, Cpu.heldCount)).toBe(0);
      expect(rig.memory.get(rig.vcpu, Vcpu.mode)).toBe(abi.MODE_OUTSIDE);
      expect(rig.memory.get(rig.vcpu, Vcpu.running)).toBe(0);
      expect(rig.memory.get(rig.vcpu, Vcpu.cpu)).toBe(0);
    }
  });

  it("serves requests before it enters: work first, the kick last", async () => {
    rig = await openRig(build);
    const { x, memory, vcpu } = rig;
    expect(rig.run(new AccessProgram().write({ gpa: 0 }))).toBe(abi.RUN_EXIT);
    const flushes = memory.get(vcpu, Vcpu.tlbFlush);
    memory.set(vcpu, Vcpu.flushReq, 5);
    for (const bit of [abi.REQ_KICK, abi.REQ_TLB_FLUSH, abi.REQ_MMU_SYNC, abi.REQ_CODE_FLUSH, abi.REQ_BARRIER])
      x.probeRequest(vcpu, bit);
    expect(x.vcpuRun(vcpu)).toBe(abi.RUN_EXIT);
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_INTR);
    expect(memory.get(vcpu, Vcpu.requests)).toBe(0);
    expect(memory.get(vcpu, Vcpu.flushAck)).toBe(5);
    expect(memory.get(vcpu, Vcpu.tlbFlush)).toBe(flushes + 1n);
    expect(x.vcpuRun(vcpu)).toBe(abi.RUN_EXIT);
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_HLT);
  });

  it("ends with the exit that a full dirty ring asks for, before anything else is served", async () => {
    rig = await openRig(build);
    rig.load(new AccessProgram().halt());
    const { memory, vcpu, vm, x } = rig;
    memory.set(vm, abi.Vm.ringEntries, 256);
    memory.set(vm, abi.Vm.ringSoftLimit, 192);
    memory.set(vcpu, Vcpu.ringDirtyIndex, 192);
    x.probeRequest(vcpu, abi.REQ_DIRTY_RING_FULL);
    x.probeRequest(vcpu, abi.REQ_KICK);
    for (let again = 0; again < 2; again++) {
      expect(x.vcpuRun(vcpu)).toBe(abi.RUN_EXIT);
      expect(exitReason(rig)).toBe(abi.KVM_EXIT_DIRTY_RING_FULL);
    }
    memory.set(vcpu, Vcpu.ringResetIndex, 1);
    expect(x.vcpuRun(vcpu)).toBe(abi.RUN_EXIT);
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_INTR);
  });

  it("reloads a root that was dropped", async () => {
    rig = await openRig(build);
    const program = new AccessProgram().write({ gpa: 0 });
    expect(rig.run(program)).toBe(abi.RUN_EXIT);
    for (const bit of [abi.REQ_LOAD_MMU_PGD, abi.REQ_FREE_OBSOLETE_ROOTS]) {
      rig.x.probeRequest(rig.vcpu, bit);
      expect(rig.run(program)).toBe(abi.RUN_EXIT);
      expect(rig.memory.get(rig.vcpu, Vcpu.hwRoot)).not.toBe(0n);
    }
    // The table was kept meanwhile: nothing was faulted in twice.
    expect(rig.memory.get(rig.vcpu, Vcpu.pfTaken)).toBe(1n);
  });

  it("says so when the VM is dead, by its word and by request", async () => {
    rig = await openRig(build);
    rig.load(new AccessProgram().halt());
    rig.memory.set(rig.vm, Vm.dead, 1);
    expect(rig.x.vcpuRun(rig.vcpu)).toBe(abi.RUN_DEAD);
    rig.memory.set(rig.vm, Vm.dead, 0);
    rig.x.probeRequest(rig.vcpu, abi.REQ_DEAD);
    expect(rig.x.vcpuRun(rig.vcpu)).toBe(abi.RUN_DEAD);
    expect(rig.x.vcpuRun(rig.vcpu)).toBe(abi.RUN_EXIT);
  });

  it("reports an op that is none, and stays at it", async () => {
    rig = await openRig(build);
    const base = rig.x.vcpuProgramAlloc(rig.vcpu, 1);
    for (const op of [0, 14, 255]) {
      rig.memory.set(base, abi.ProgOp.op, op);
      expect(rig.x.vcpuRun(rig.vcpu)).toBe(abi.RUN_EXIT);
      expect(exitReason(rig)).toBe(abi.KVM_EXIT_INTERNAL_ERROR);
      expect(rig.memory.get(rig.vcpu, Vcpu.internalSuberror)).toBe(abi.KVM_INTERNAL_ERROR_EMULATION);
    }
  });
});

describe.each(BUILDS)("a wait for a pager, build %s", (build) => {
  const PAGED = 1n << 30n;
  let rig: VcpuRig | undefined;
  let asked: number[] = [];
  afterEach(() => rig?.close());

  async function openPaged(): Promise<VcpuRig> {
    asked = [];
    const opened = await openRig(build, 256, (request) => asked.push(request));
    const { x, mm, vm } = opened;
    const hva = x.mmMap(mm, 0n, 65536n, abi.BACKING_PAGER, abi.PROT_WRITE, 0, 1, 0n);
    expect(x.memslotSet(vm, 1, 0, PAGED, 65536n, hva)).toBe(0);
    return opened;
  }

  function answer(state: number): void {
    const request = asked.shift() ?? 0;
    const { memory } = rig as VcpuRig;
    memory.bytesAt(memory.get(request, PagerRequest.frame) * PAGE, PAGE).fill(0x77);
    memory.store32(request, PagerRequest.state, state);
  }

  it("is the caller's: the access is repeated when the answer is there", async () => {
    rig = await openPaged();
    const program = new AccessProgram().read({
      gpa: PAGED,
      count: 2,
      stride: PAGE,
      value: 0x7777777777777777n,
      check: true,
    });
    expect(rig.run(program)).toBe(abi.RUN_WAIT_PAGER);
    expect(rig.memory.get(rig.vcpu, Vcpu.pagerRequest)).toBe(asked[0]);
    // Too early: it waits again, for the same request, and nothing is asked twice.
    expect(rig.x.vcpuRun(rig.vcpu)).toBe(abi.RUN_WAIT_PAGER);
    expect(asked.length).toBe(1);
    answer(abi.PAGER_DONE);
    expect(rig.x.vcpuRun(rig.vcpu)).toBe(abi.RUN_WAIT_PAGER);
    answer(abi.PAGER_DONE);
    expect(rig.x.vcpuRun(rig.vcpu)).toBe(abi.RUN_EXIT);
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_HLT);
    expect(rig.memory.get(rig.vcpu, Vcpu.progMismatches)).toBe(0n);
    expect(rig.memory.get(rig.vcpu, Vcpu.pagerWaits)).toBe(3n);
  });

  it("ends with a memory fault where the pager fails", async () => {
    rig = await openPaged();
    expect(rig.run(new AccessProgram().write({ gpa: PAGED + 0x3008n }))).toBe(abi.RUN_WAIT_PAGER);
    answer(abi.PAGER_FAILED);
    expect(rig.x.vcpuRun(rig.vcpu)).toBe(abi.RUN_EXIT);
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_MEMORY_FAULT);
    expect(rig.memory.get(rig.vcpu, Vcpu.exitError)).toBe(-abi.EFAULT);
    expect(rig.memory.get(rig.vcpu, Vcpu.faultGpa)).toBe(PAGED + 0x3000n);
    // The next run asks again.
    expect(rig.x.vcpuRun(rig.vcpu)).toBe(abi.RUN_WAIT_PAGER);
    answer(abi.PAGER_DONE);
    expect(rig.x.vcpuRun(rig.vcpu)).toBe(abi.RUN_EXIT);
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_HLT);
  });

  it("ends for a kick, and the request stays", async () => {
    rig = await openPaged();
    expect(rig.run(new AccessProgram().read({ gpa: PAGED, emulate: true }))).toBe(abi.RUN_WAIT_PAGER);
    rig.x.probeRequest(rig.vcpu, abi.REQ_KICK);
    expect(rig.x.vcpuRun(rig.vcpu)).toBe(abi.RUN_EXIT);
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_INTR);
    answer(abi.PAGER_DONE);
    expect(rig.x.vcpuRun(rig.vcpu)).toBe(abi.RUN_EXIT);
    expect(exitReason(rig)).toBe(abi.KVM_EXIT_HLT);
    expect(rig.memory.get(rig.vcpu, Vcpu.progLastValue)).toBe(0x7777777777777777n);
  });
});

describe.each(BUILDS)("making and unmaking, build %s", (build) => {
  it("balances, with programs, faults and MMIO in between", async () => {
    const core = await openCore<VcpuExports>({ build, memMiB: 32, nCpus: 2 });
    const before = snapshotBalance(core);
    const { x } = core;
    const mm = x.mmCreate();
    const vm = x.vmCreate(mm, abi.TDP_NPT, DEFAULT_PARAMS);
    for (const id of [0, 1023, 5]) expect(x.vcpuCreate(vm, id) >>> 0).toBeGreaterThan(4096);
    expect(x.vcpuCreate(vm, 5)).toBe(-abi.EEXIST);
    expect(x.vcpuCreate(vm, 1024)).toBe(-abi.EINVAL);
    expect(x.vmCreate(mm, abi.TDP_OFF, 0)).toBe(-abi.EINVAL);
    expect(x.vmCreate(0, 0, 0)).toBe(-abi.EINVAL);
    expect(x.vmDestroy(vm)).toBe(0);
    x.mmDestroy(mm);
    expectBalanced(core, before);
  });

  it("leaves nothing behind when memory runs out, wherever it does", async () => {
    const core = await openCore<VcpuExports>({ build, memMiB: 8, nCpus: 1 });
    const { x } = core;
    const mm = x.mmCreate();
    const before = snapshotBalance(core);
    const taken: number[] = [];
    for (let pfn = x.framesAlloc(0, abi.FRAME_KERNEL); pfn !== 0; pfn = x.framesAlloc(0, abi.FRAME_KERNEL))
      taken.push(pfn);
    const errors = new Set<number>();
    // Gives one frame more each time, until a VM with a vCPU and a program fits.
    for (let made = false; !made; ) {
      const pfn = taken.pop();
      if (pfn === undefined) throw new Error("memory for a vCPU is more than there is");
      x.framesFree(pfn, 0);
      const vm = x.vmCreate(mm, 0, DEFAULT_PARAMS);
      if (vm < 0 && vm > -256) errors.add(vm);
      else {
        const vcpu = x.vcpuCreate(vm, 0);
        const isVcpu = vcpu >= 0 || vcpu <= -256;
        made = isVcpu && x.vcpuProgramAlloc(vcpu, 1000) > 0;
        if (!isVcpu) errors.add(vcpu);
        expect(x.vmDestroy(vm)).toBe(0);
      }
    }
    expect([...errors]).toEqual([-abi.ENOMEM]);
    for (const pfn of taken) x.framesFree(pfn, 0);
    expectBalanced(core, before);
  });

  it("cpuAbandon frees the CPU of what a cut-short call left, and tells of system-wide locks", async () => {
    const rig = await openRig(build);
    rig.load(new AccessProgram().halt());
    rig.memory.set(rig.vcpu, Vcpu.mode, abi.MODE_IN_GUEST);
    const run = (): number => rig.x.vcpuRun(rig.vcpu);
    if (build === "test") {
      expect(run).toThrow(expect.objectContaining<Partial<CoreBug>>({ codeName: "BUG_GUEST_MODE" }));
      expect(rig.x.cpuAbandon()).toBe(0);
      expect(rig.memory.get(CPU_BASE, Cpu.vm)).toBe(0);
      rig.memory.set(rig.vcpu, Vcpu.mode, abi.MODE_OUTSIDE);
      rig.memory.set(rig.vcpu, Vcpu.running, 0);
    }
    rig.close();
    expect(rig.memory.load32(abi.SYSTEM_BASE, abi.System.dead)).toBe(0);
    const lock = rig.memory.load64(abi.SYSTEM_BASE, abi.System.slabLock);
    rig.memory.store64(abi.SYSTEM_BASE, abi.System.slabLock, lock | 1n); // held by CPU 0
    expect(rig.x.cpuAbandon()).toBe(1);
    expect(rig.memory.load32(abi.SYSTEM_BASE, abi.System.dead)).toBe(1);
  });
});
