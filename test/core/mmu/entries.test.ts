/** Single entries that a change of their slot's log, of the slots, or of their page must leave alone, or must not. */
import { describe, expect, it } from "vitest";
import {
  DIRTY_LOG_INITIALLY_SET,
  DIRTY_LOG_MANUAL_PROTECT_ENABLE,
  FRAME_FLAG_ACCESSED,
  KVM_EXIT_HLT,
  KVM_EXIT_MMIO,
  KVM_MEM_LOG_DIRTY_PAGES,
  Memslots,
  PARAM_AD,
  PROG_READ,
  PROG_WRITE,
  TDP_EPT,
  Vcpu,
  Vm,
} from "../../../src/abi/index.js";
import { BUILDS } from "../harness.js";
import { DEFAULT_PARAMS, type MmuExports, VmRig } from "./vm_rig.js";

const GPA = 0x400_000n;
const PAGE = 4096n;
const read = { op: PROG_READ, gpa: GPA };

describe.each(BUILDS)("entries (%s)", (build) => {
  const open = (params = DEFAULT_PARAMS): Promise<VmRig> =>
    VmRig.open({ build, memMiB: 16, nCpus: 1, tdp: TDP_EPT, params });

  it("an MMIO SPTE under a slot that came later is no leaf: its log takes nothing from it", async () => {
    const rig = await open();
    const vcpu = rig.vcpu(0);
    expect(rig.run(vcpu, [read])).toBe(KVM_EXIT_MMIO);
    expect(rig.x.vmSetManualProtect(rig.vm, DIRTY_LOG_MANUAL_PROTECT_ENABLE | DIRTY_LOG_INITIALLY_SET)).toBe(0);
    const hva = rig.map(4096);
    rig.slot(0, GPA, 4096, hva, KVM_MEM_LOG_DIRTY_PAGES);
    const log = rig.x.karrayAlloc(8n) >>> 0;
    rig.memory.view.setBigUint64(rig.x.karrayAt(log, 0n) >>> 0, 1n, true);
    expect(rig.x.dirtyLogClear(rig.vm, 0, 0n, 1n, log)).toBe(0);
    rig.x.karrayFree(log);
    expect(rig.x.mmuInvariants(rig.vm)).toBe(0);
    expect(rig.run(vcpu, [read])).toBe(KVM_EXIT_HLT);
    rig.close();
  });

  it("MMIO SPTEs of the generation that comes round again are gone before", async () => {
    const rig = await open();
    const vcpu = rig.vcpu(0);
    const hva = rig.map(8192);
    rig.slot(0, GPA + PAGE, 4096, hva);
    const made = (): bigint => rig.memory.get(vcpu, Vcpu.pfMmioSpteCreated);
    const generation = (): bigint => rig.memory.get(slots(), Memslots.generation);
    const slots = (): number => rig.memory.get(rig.vm, Vm.memslots0);
    rig.memory.set(slots(), Memslots.generation, 0n);
    expect(rig.run(vcpu, [read])).toBe(KVM_EXIT_MMIO);
    expect(made()).toBe(1n);
    // 19 bits of it are kept in an entry.
    rig.memory.set(slots(), Memslots.generation, (1n << 19n) - 2n);
    rig.slot(1, GPA + 2n * PAGE, 4096, hva + PAGE);
    expect(generation()).toBe(1n << 19n);
    expect(rig.run(vcpu, [{ op: PROG_READ, gpa: GPA + PAGE }, read])).toBe(KVM_EXIT_MMIO);
    expect(made()).toBe(2n);
    rig.close();
  });

  it("without A/D bits, what an access restores to a page that it does not write is not logged", async () => {
    const rig = await open(DEFAULT_PARAMS & ~PARAM_AD);
    const hva = rig.map(4096);
    rig.slot(0, GPA, 4096, hva, KVM_MEM_LOG_DIRTY_PAGES);
    const vcpu = rig.vcpu(0);
    const log = rig.x.karrayAlloc(8n) >>> 0;
    const logged = (): bigint => {
      expect(rig.x.dirtyLogGet(rig.vm, 0, log)).toBe(0);
      return rig.memory.view.getBigUint64(rig.x.karrayAt(log, 0n) >>> 0, true);
    };
    expect(rig.run(vcpu, [{ op: PROG_WRITE, gpa: GPA, value: 1n }])).toBe(KVM_EXIT_HLT);
    expect(logged()).toBe(1n);
    expect(rig.x.mmAge(rig.mm, hva, PAGE)).toBe(1n);
    expect(rig.run(vcpu, [read])).toBe(KVM_EXIT_HLT);
    expect(logged()).toBe(0n);
    rig.x.karrayFree(log);
    rig.close();
  });

  it("a page that was mapped ahead, and never touched, is not handed over as accessed", async () => {
    const rig = await open();
    const x = rig.x as MmuExports & { mmuProbeFrameFlags(mm: number, hva: bigint): number };
    const hva = rig.map(4096);
    rig.slot(0, GPA, 4096, hva);
    const vcpu = rig.vcpu(0);
    expect(x.vcpuPrefault(vcpu, GPA, PAGE)).toBe(PAGE);
    expect(x.mmAge(rig.mm, hva, PAGE)).toBeGreaterThanOrEqual(0n);
    const flags = (): number => x.mmuProbeFrameFlags(rig.mm, hva) & FRAME_FLAG_ACCESSED;
    expect(flags()).toBe(0);
    x.vmZapGfnRange(rig.vm, GPA >> 12n, (GPA >> 12n) + 1n);
    expect(flags()).toBe(0);
    rig.close();
  });
});
