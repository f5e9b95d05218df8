/**
 * How many frames of each kind exist. At any quiet moment the counts of all kinds add up to the memory's frames; a
 * frame inside a block counts under the block's kind.
 *
 * Each CPU keeps the difference (allocations less frees) it made, without atomics: frames often die on another CPU
 * than they were born on, so a single CPU's figure may wrap below zero, and only the sum over CPUs means something.
 * While others allocate, a sum is off by what is under way.
 */

import { CPU_FRAME_COUNTS, CPU_MAGAZINE, Cpu, cpuById } from "../layout/cpu";
import { FRAME_CACHED, FRAME_FREE, FRAME_KERNEL, FRAME_KINDS, FRAME_RESERVED } from "../layout/frame";
import { SYSTEM_BASE, System, system } from "../layout/system";
import { aload32 } from "../sync/atomics";

if (FRAME_KINDS * 4 > 64) ERROR("layout/cpu.ts keeps 64 bytes for the counts");

/** Adds `frames` (may be negative) to this CPU's count of `kind`. */
// @ts-ignore: decorator
@inline
export function countFrames(cpu: Cpu, kind: u32, frames: i32): void {
  const p = changetype<usize>(cpu) + CPU_FRAME_COUNTS + kind * 4;
  store<u32>(p, load<u32>(p) + <u32>frames);
}

/** Frames of `kind` (FRAME_*), 4 KiB each, all CPUs together. FRAME_TAIL and FRAME_FREE_TAIL count with their heads: 0. */
export function frameCount(kind: u32): u32 {
  const sys = system();
  if (kind == FRAME_RESERVED) return sys.memFrames - (sys.arenaEndPfn - sys.arenaStartPfn);
  if (kind == FRAME_FREE) return aload32(SYSTEM_BASE + offsetof<System>("buddyFree"));
  if (kind == FRAME_CACHED) return sumOverCpus(CPU_MAGAZINE);
  return kind >= FRAME_KERNEL && kind < FRAME_KINDS ? sumOverCpus(CPU_FRAME_COUNTS + kind * 4) : 0;
}

function sumOverCpus(offset: u32): u32 {
  const n = aload32(SYSTEM_BASE + offsetof<System>("cpuLimit"));
  let sum: u32 = 0;
  for (let id: u32 = 0; id < n; id++) sum += aload32(changetype<usize>(cpuById(id)) + offset);
  return sum;
}
