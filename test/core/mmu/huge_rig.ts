/** What the tests of huge pages share: page counts, memory of each size, and the probes of test/core/exports/mmu_huge.ts. */
import { expect } from "vitest";
import {
  BACKING_PHANTOM,
  KVM_EXIT_HLT,
  MM_MAP_FIXED,
  MM_MAP_HUGE,
  MM_MAP_HUGE_1G,
  NX_HUGE_PAGES_OFF,
  PARAM_AD,
  PARAM_LA57,
  PARAM_PML,
  PROG_CHECK,
  PROG_READ,
  PROG_VALUE_GPA,
  PROG_WRITE,
  TDP_EPT,
  TDP_NPT,
  VmCpu,
  type Wide,
} from "../../../src/abi/index.js";
import { type Core, type CoreBuild, expectBalanced, openCore, snapshotBalance } from "../harness.js";
import { DEFAULT_PARAMS, type MmuExports, RW, VmRig } from "./vm_rig.js";

export interface HugeExports extends MmuExports {
  mmuHugeSplit(vm: number, asId: number, startGfn: bigint, endGfn: bigint, targetLevel: number, mode: number): number;
  mmuHugeRecover(vm: number, asId: number, gfn: bigint): void;
  nxRecover(vm: number): number;
  nxRecoverySet(ratio: number, periodMs: number): void;
  hostExhaust(leave: number): number;
  hostRelease(taken: number): void;
  hostEpochBarrier(): void;
}

export const MIB = 1n << 20n;
export const GIB = 1n << 30n;
/** Where the tests' slot is: aligned to 1 GiB, and so is its hva. */
export const GPA = 4n * GIB;
export const GFN = GPA >> 12n;
export const HVA = 64n * GIB;

export const KINDS = [
  { name: "EPT", tdp: TDP_EPT, params: DEFAULT_PARAMS },
  { name: "EPT without A/D", tdp: TDP_EPT, params: DEFAULT_PARAMS & ~PARAM_AD },
  { name: "EPT with PML, five levels", tdp: TDP_EPT, params: DEFAULT_PARAMS | PARAM_PML | PARAM_LA57 },
  { name: "NPT", tdp: TDP_NPT, params: DEFAULT_PARAMS },
] as const;

/** A rig over `core` with the probes. */
export function hugeRig(core: Core<HugeExports>, kind: { tdp: number; params: number }): VmRig & { x: HugeExports } {
  return VmRig.in(core as Core<MmuExports>, kind) as VmRig & { x: HugeExports };
}

/** What a test of huge pages works with. */
export interface HugeTest {
  rig: VmRig & { x: HugeExports };
  /** The VM's vCPU 0. */
  vcpu: number;
  /** Ends the test: the tables are sound, and all that it took is given back. */
  close: () => void;
}

/** A core, a VM of that kind over it, and a vCPU. */
export async function openHuge(build: CoreBuild, kind: { tdp: number; params: number }): Promise<HugeTest> {
  const core = await openCore<HugeExports>({ build, memMiB: 32, nCpus: 2 });
  const before = snapshotBalance(core);
  const rig = hugeRig(core, kind);
  const close = (): void => {
    expect(rig.x.mmuInvariants(rig.vm)).toBe(0);
    rig.close();
    core.x.nxHugePagesSet(NX_HUGE_PAGES_OFF);
    expectBalanced(core, before);
  };
  return { rig, vcpu: rig.vcpu(0), close };
}

/** Maps `bytes` at HVA: real memory in 2 MiB frames, or frames without contents in 1 GiB units. */
export function mapHuge(rig: VmRig, bytes: bigint, unit: "2M" | "1G"): bigint {
  if (unit === "2M") return rig.map(Number(bytes), MM_MAP_HUGE, HVA);
  const flags = MM_MAP_FIXED | MM_MAP_HUGE_1G;
  expect(rig.x.mmMap(rig.mm, HVA, bytes, BACKING_PHANTOM, RW, flags, 0, 0n)).toBe(HVA);
  return HVA;
}

/** What is mapped, as the VM counts it. */
export function pagesOf(rig: VmRig): { pages_4k: number; pages_2m: number; pages_1g: number; tables: number } {
  const { pages4k, pages2m, pages1g, tdpMmuPages } = VmCpu;
  const [pages_4k, pages_2m, pages_1g, tables] = [pages4k, pages2m, pages1g, tdpMmuPages].map((f) => counter(rig, f));
  return { pages_4k, pages_2m, pages_1g, tables } as Record<"pages_4k" | "pages_2m" | "pages_1g" | "tables", number>;
}

/** [pages_2m, nx_lpage_splits]: what KVM's nx_huge_pages_test looks at. */
export function nxCounters(rig: VmRig): [number, number] {
  return [counter(rig, VmCpu.pages2m), counter(rig, VmCpu.nxLpageSplits)];
}

/** One of the VM's counters. */
export function counter(rig: VmRig, field: Wide): number {
  return Number(BigInt.asIntN(64, rig.x.vmCounter(rig.vm, field.offset)));
}

/** Writes each of `count` pages, `stride` pages apart, with its own address. */
export function fill(rig: VmRig, vcpu: number, count: number, first = 0n): void {
  expect(rig.run(vcpu, [{ op: PROG_WRITE, gpa: GPA + first * 4096n, count, flags: PROG_VALUE_GPA }])).toBe(
    KVM_EXIT_HLT,
  );
}

/** Reads them back and compares. */
export function check(rig: VmRig, vcpu: number, count: number, first = 0n): void {
  const flags = PROG_VALUE_GPA | PROG_CHECK;
  expect(rig.run(vcpu, [{ op: PROG_READ, gpa: GPA + first * 4096n, count, flags }])).toBe(KVM_EXIT_HLT);
}
