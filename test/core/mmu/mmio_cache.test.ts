/** The vCPU's MMIO cache and a nested guest: what guest_mode looked up is not remembered for the normal role. */
import { describe, expect, it } from "vitest";
import {
  KVM_EXIT_HLT,
  KVM_EXIT_MMIO,
  KVM_MEM_LOG_DIRTY_PAGES,
  PROG_READ,
  PROG_ROLE,
  PROG_ROLE_GUEST_MODE,
  PROG_WRITE,
  Vcpu,
} from "../../../src/abi/index.js";
import { BUILDS } from "../harness.js";
import { VmRig } from "./vm_rig.js";

const MMIO = 0x3ff_000n;
const GPA = 0x400_000n;

describe.each(BUILDS)("MMIO cache (%s)", (build) => {
  it("a stale MMIO SPTE is made anew even if guest_mode has just found the same gfn empty", async () => {
    const rig = await VmRig.open({ build, memMiB: 16, nCpus: 1 });
    const hva = rig.map(4096);
    rig.slot(0, GPA, 4096, hva);
    const vcpu = rig.vcpu(0);
    const made = (): bigint => rig.memory.get(vcpu, Vcpu.pfMmioSpteCreated);
    const read = { op: PROG_READ, gpa: MMIO };
    expect(rig.run(vcpu, [read])).toBe(KVM_EXIT_MMIO);
    expect(made()).toBe(1n);
    // Another generation: the entry is stale.
    rig.slot(0, GPA, 4096, hva, KVM_MEM_LOG_DIRTY_PAGES);
    expect(rig.run(vcpu, [{ op: PROG_ROLE, value: PROG_ROLE_GUEST_MODE }, read])).toBe(KVM_EXIT_MMIO);
    expect(made()).toBe(2n);
    expect(rig.run(vcpu, [read])).toBe(KVM_EXIT_MMIO);
    expect(made()).toBe(3n);
    expect(rig.run(vcpu, [{ op: PROG_WRITE, gpa: GPA, value: 1n }])).toBe(KVM_EXIT_HLT);
    rig.close();
  });
});
