/** One VM with memory and a vCPU, all on CPU 0 of this thread: vcpuRun is an ordinary call. */
import { expect } from "vitest";
import { BACKING_ANON, CoreMemory, PROT_WRITE, Vcpu } from "../../../src/abi/index.js";
import type { CoreExports } from "../../../src/kvm/core_exports.js";
import type { AccessProgram } from "../../../src/kvm/index.js";
import { type Core, type CoreBuild, expectBalanced, openCore, snapshotBalance } from "../harness.js";

export interface VcpuExports extends CoreExports {
  kblockFree(p: number, order: number): void;
  framesAlloc(order: number, kind: number): number;
  framesFree(pfn: number, order: number): void;
  probeProgramGpa(op: number, i: bigint, seed: bigint): bigint;
  probeProgramValue(op: number, gpa: bigint, stamp: bigint): bigint;
  probeHistogramBucket(value: bigint): number;
  probeRequest(vcpu: number, bit: number): void;
}

export const PAGE = 4096;
/** tdp_mmu, eager_page_split, mmio_caching, pml, eptad. */
export const DEFAULT_PARAMS = 0b11111;

export interface VcpuRig {
  core: Core<VcpuExports>;
  x: VcpuExports;
  memory: CoreMemory;
  mm: number;
  vm: number;
  vcpu: number;
  hva: bigint;
  /** Loads `program` and runs it once. */
  run(program: AccessProgram): number;
  load(program: AccessProgram): void;
  /** Ends all of it; everything must be given back. */
  close(): void;
}

/** `pages` anonymous pages at guest-physical 0. */
export async function openRig(build: CoreBuild, pages = 256, onPager?: (request: number) => void): Promise<VcpuRig> {
  const core = await openCore<VcpuExports>({ build, memMiB: 32, nCpus: 2, ...(onPager && { onPager }) });
  const { x } = core;
  const before = snapshotBalance(core);
  const memory = new CoreMemory(core.memory);
  const mm = x.mmCreate() >>> 0;
  const bytes = BigInt(pages * PAGE);
  const hva = x.mmMap(mm, 0n, bytes, BACKING_ANON, PROT_WRITE, 0, 0, 0n);
  const vm = x.vmCreate(mm, 0, DEFAULT_PARAMS) >>> 0;
  expect(x.memslotSet(vm, 0, 0, 0n, bytes, hva)).toBe(0);
  const vcpu = x.vcpuCreate(vm, 0) >>> 0;
  const load = (program: AccessProgram): void => loadProgram(x, memory, vcpu, program);
  return {
    core,
    x,
    memory,
    mm,
    vm,
    vcpu,
    hva,
    load,
    run: (program) => {
      load(program);
      return x.vcpuRun(vcpu);
    },
    close: () => {
      expect(x.vmDestroy(vm)).toBe(0);
      expect(x.mmDestroy(mm)).toBe(0);
      expectBalanced(core, before);
    },
  };
}

export function loadProgram(x: VcpuExports, memory: CoreMemory, vcpu: number, program: AccessProgram): void {
  const bytes = program.encode();
  const base = x.vcpuProgramAlloc(vcpu, program.length) >>> 0;
  expect(base).not.toBe(0);
  memory.bytesAt(base, bytes.length).set(bytes);
}

export function exitReason({ memory, vcpu }: VcpuRig): number {
  return memory.get(vcpu, Vcpu.exitReason);
}
