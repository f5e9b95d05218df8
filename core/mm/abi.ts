/** Host ABI of mm: making the system, statistics, trace rings. */

import { SYSTEM_BASE, System, system } from "../layout/system";
import { aload32 } from "../sync/atomics";
import { traceSetMask } from "../trace/trace";
import { frameCount } from "./accounting";
import { layOutMemory } from "./init";
import { magazineDrain, magazineDrainCpu } from "./magazine";
import { traceRingCreate, traceRingDestroy } from "./trace_ring";

/**
 * karrayAlloc(bytes): a zeroed kernel array, 0 = out of memory; karrayFree(a); karrayAt(a, offset): address of a byte of
 * it, good to the end of its chunk of KARRAY_CHUNK_BYTES. For what the embedder exchanges with core in bulk: dirty bitmaps.
 */
export { karrayAlloc, karrayAt, karrayFree } from "./karray";

/**
 * Makes the system in a fresh linear memory: `memFrames` frames of 4 KiB (at most 2^20, and no more than the memory
 * has) and `nCpus` CPUs (1 to 1024). Once, by the creator, before any cpuInit.
 * @ret 0; -EINVAL: a number out of range; -ENOMEM: no 2 MiB of arena would be left; -EEXIST: there is a system already
 */
export function systemInit(memFrames: u32, nCpus: u32): i32 {
  return layOutMemory(memFrames, nCpus);
}

/** Frames of one kind (FRAME_*), 4 KiB each. The sum over all kinds is the memory when nobody is allocating. */
export function frameKindCount(kind: u32): u32 {
  return frameCount(kind);
}

/** Frames of the arena: all that can be allocated. */
export function frameArenaCount(): u32 {
  return system().arenaEndPfn - system().arenaStartPfn;
}

/** Slab objects in use. */
export function slabObjectCount(): u32 {
  return aload32(SYSTEM_BASE + offsetof<System>("slabObjects"));
}

/** Objects that wait for the end of a grace period. */
export function epochPendingCount(): u32 {
  return aload32(SYSTEM_BASE + offsetof<System>("epochPending"));
}

/** Gives this CPU's cached free frames back, so that others can have them: before a worker idles or ends. */
export function cpuFramesDrain(): void {
  magazineDrain();
}

/** The same for CPU `cpuId`, whose worker is gone. */
export function cpuFramesReclaim(cpuId: u32): void {
  if (cpuId < system().nCpus) magazineDrainCpu(cpuId);
}

/**
 * Gives CPU `cpuId` a trace ring of 2^capacityOrder records (6 to 15; 64 bytes each).
 * @ret 0; -EINVAL: no such CPU or size; -EEXIST: it has one; -ENOMEM
 */
export function traceEnable(cpuId: u32, capacityOrder: u32): i32 {
  return traceRingCreate(cpuId, capacityOrder);
}

/** Takes the ring of CPU `cpuId` away, also while that CPU runs. @ret 0; -EINVAL: no such CPU; -ENOENT: it has none */
export function traceDisable(cpuId: u32): i32 {
  return traceRingDestroy(cpuId);
}

/** Switches exactly those events on whose bit (1 << TRACE_*) is set, for all CPUs. */
export function traceEvents(mask: u64): void {
  traceSetMask(mask);
}
