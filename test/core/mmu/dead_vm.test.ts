/** Two VMs of one address space, one of them dead with its mmu_lock held: the host's calls for the other still end. */
import { describe, expect, it } from "vitest";
import { CPU_BASE, CPU_STRIDE, Cpu, KVM_EXIT_HLT, PROG_READ, PROG_WRITE, Vcpu, Vm } from "../../../src/abi/index.js";
import { BUILDS } from "../harness.js";
import { DEFAULT_PARAMS, VmRig } from "./vm_rig.js";

const GPA = 0x100_0000n;
const PAGE = 4096n;
const REQ_DEAD = 1 << 4;

describe.each(BUILDS)("a dead VM (%s)", (build) => {
  it("holds up no notifier of a live one, and its vCPUs are told", async () => {
    const rig = await VmRig.open({ build, memMiB: 32, nCpus: 2 });
    const hva = rig.map(16 * 4096);
    rig.slot(0, GPA, 16 * 4096, hva);
    const live = rig.vcpu(0);
    const dead = rig.x.vmCreate(rig.mm, 0, DEFAULT_PARAMS) >>> 0;
    expect(rig.x.memslotSet(dead, 0, 0, GPA, 16n * PAGE, hva)).toBe(0);
    const deadVcpu = rig.x.vcpuCreate(dead, 0) >>> 0;
    for (const vcpu of [live, deadVcpu])
      expect(rig.run(vcpu, [{ op: PROG_WRITE, gpa: GPA, value: 7n }])).toBe(KVM_EXIT_HLT);

    // As a worker leaves it that ends in the middle of a zap: the writer's word names a CPU that is gone.
    rig.memory.set(dead, Vm.mmuLock, 2n); // writer: CPU 1
    rig.memory.set(dead, Vm.mmuLock1, 1n << 32n); // ticket 0 is taken
    rig.memory.store32(CPU_BASE + CPU_STRIDE, Cpu.dead, 1);
    rig.memory.store32(dead, Vm.dead, 1);
    const flushes = rig.memory.load32(deadVcpu, Vcpu.flushReq);
    expect(rig.x.mmDontNeed(rig.mm, hva, PAGE)).toBe(0);
    expect(rig.memory.load32(deadVcpu, Vcpu.requests) & REQ_DEAD).toBe(REQ_DEAD);
    // Nor does it come back to the guest with what it has cached, or go on there.
    expect(rig.memory.load32(deadVcpu, Vcpu.flushReq)).not.toBe(flushes);

    // The live VM's page is gone: it reads zeroes now.
    expect(rig.run(live, [{ op: PROG_READ, gpa: GPA }])).toBe(KVM_EXIT_HLT);
    expect(rig.memory.get(live, Vcpu.progLastValue)).toBe(0n);
  });
});
