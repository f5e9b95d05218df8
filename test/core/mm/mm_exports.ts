/** The probes of core/mm as the suites see them, and what they share. */
import { type Core, type CoreBuild, openCore } from "../harness.js";

/** FRAME_* of core/layout/frame.ts. */
export const KIND = { reserved: 0, free: 1, cached: 3, kernel: 4, slab: 5, spt: 6, hostTable: 7, anon: 8 };
export const MAX_ORDER = 9;

export interface MmExports {
  systemInit(memFrames: number, nCpus: number): number;
  frameKindCount(kind: number): number;
  frameArenaCount(): number;
  slabObjectCount(): number;
  cpuFramesDrain(): void;
  cpuFramesReclaim(cpuId: number): void;
  traceEnable(cpuId: number, capacityOrder: number): number;
  traceDisable(cpuId: number): number;
  frameAlloc(kind: number): number;
  frameFree(pfn: number): void;
  frameFreeDeferred(pfn: number): void;
  frameGet(pfn: number): void;
  framePut(pfn: number): number;
  framesAlloc(order: number, kind: number): number;
  framesFree(pfn: number, order: number): void;
  framesSplit(pfn: number, order: number): void;
  frameZero(pfn: number): void;
  frameIsArena(pfn: bigint): number;
  frameMetaAddress(pfn: number): number;
  frameInvariantCheck(): void;
  magazineDrain(): void;
  kalloc(bytes: number): number;
  kfree(p: number): void;
  kfreeDeferred(p: number): void;
  kblockAlloc(order: number): number;
  kblockFree(p: number, order: number): void;
  kblockOrder(bytes: number): number;
  karrayAlloc(bytes: bigint): number;
  karrayFree(a: number): void;
  karrayAt(a: number, offset: bigint): number;
  karrayBytes(a: number): bigint;
  mmFrameSum(pfn: number): bigint;
  mmTakeAll(kind: number): number;
  mmGiveBut(list: number, keep: number): number;
  mmMarkCode(pfn: number): void;
  mmCodeReports(): bigint;
}

/** The smallest useful system: an arena of one 2 MiB block (512 frames) and `nCpus` CPUs. */
export function openSmall(build: CoreBuild, nCpus = 1): Promise<Core<MmExports>> {
  return openCore<MmExports>({ build, memMiB: 4, nCpus });
}

/** The first n frames that can be had, or fewer if there are no more. */
export function takeFrames({ x }: Core<MmExports>, n: number, kind = KIND.anon): number[] {
  const pfns: number[] = [];
  while (pfns.length < n) {
    const pfn = x.frameAlloc(kind);
    if (pfn === 0) break;
    pfns.push(pfn);
  }
  return pfns;
}

/** Everything is in the buddy allocator, and the whole arena can be had as 2 MiB blocks. */
export function isWhole(core: Core<MmExports>): boolean {
  const { x } = core;
  x.magazineDrain();
  x.frameInvariantCheck();
  const want = x.frameArenaCount() >>> MAX_ORDER;
  const blocks: number[] = [];
  for (let pfn = x.framesAlloc(MAX_ORDER, KIND.anon); pfn !== 0; pfn = x.framesAlloc(MAX_ORDER, KIND.anon)) {
    blocks.push(pfn);
  }
  for (const pfn of blocks) x.framesFree(pfn, MAX_ORDER);
  return blocks.length === want;
}
