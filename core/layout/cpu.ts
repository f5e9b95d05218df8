/**
 * A CPU of the host: one per worker thread (or per fiber in the lab). Grouped by who writes: the first line is written
 * by the owner and swept by others; the second is how others reach a sleeping owner; the rest is private.
 */

import { CPU_BASE, CPU_STRIDE } from "./system";

export const MAGAZINE_SLOTS: u32 = 128;
export const HELD_LOCKS: u32 = 8;

@unmanaged
export class Cpu {
  // --- line 0: owner writes, writers of rwlocks and the epoch's advance read ---
  /** 0 outside any epoch section, else the global epoch seen on entry. */
  epoch: u32;
  /** The RwLock of each class this CPU holds for read, or 0 (distributed read side). */
  readHeld0: u32;
  readHeld1: u32;
  /** Odd while this CPU runs callbacks of deferred objects: who must know that they are done waits for it to change. */
  epochPolls: u32;
  /** RwLocks whose own words this CPU may have changed (queued, inside for write, counted as a reader), or 0. */
  rwInvolved0: u32;
  rwInvolved1: u32;
  pad2: u64;
  pad3: u64;
  pad4: u64;
  pad5: u64;
  pad6: u64;

  // --- line 1: others write, to wake the owner ---
  /** Bumped and notified by whoever wants this CPU to look around. */
  wake: u32;
  /** Set by the embedder when the worker behind this CPU is gone. */
  dead: u32;
  /** The Vm this CPU now works for, or 0: whose dead word its wait loops poll. */
  vm: u32;
  /** The Vcpu loaded on this CPU, or 0. */
  vcpu: u32;
  /** The PagerRequest the owner sleeps for, or 0: whoever completes it wakes this CPU. Written by the owner. */
  waitingOn: u32;
  pad7: u32;
  pad8: u64;
  pad9: u64;
  pad10: u64;
  pad11: u64;
  pad12: u64;

  // --- private ---
  id: u32;
  online: u32;
  /** Trace ring: base address, capacity in events (power of two), next index. */
  traceBase: u32;
  traceCapacity: u32;
  traceNext: u32;
  /** Debug: the kill hook's countdown; 0 = off. */
  killCountdown: u32;
  /** Debug: protocol accesses so far, so that a test can pick one to kill at. */
  hookCount: u32;
  heldCount: u32;
  /** Lock-wait accounting: waits that slept or spun beyond the fast path, and their time. */
  lockWaits: u64;
  lockWaitNs: u64;

  // --- multi-value results of the last call that says so (AssemblyScript has no tuples) ---
  ret0: u64;
  ret1: u64;
  ret2: u64;
  ret3: u64;

  /** 1 while the owner writes a trace record: the ring may not be freed (trace/trace.ts). */
  traceBusy: u32;
  cpuPad0: u32;
}

/** Debug: addresses of the locks held, innermost last. */
export const CPU_HELD: u32 = 256;
/** Magazine of order-0 frames: a count, then pfns (mm/magazine.ts). */
export const CPU_MAGAZINE: u32 = 512;

/** Frames in use of each kind, as this CPU's difference: u32 per kind, allocations less frees (mm/accounting.ts). */
export const CPU_FRAME_COUNTS: u32 = 1088;

if (offsetof<Cpu>("wake") != 64) ERROR("line 1 starts at 64");
if (offsetof<Cpu>("id") != 128) ERROR("private part starts at 128");
if (offsetof<Cpu>() > CPU_HELD) ERROR("Cpu overlaps the held-lock array");
if (CPU_HELD + HELD_LOCKS * 4 > CPU_MAGAZINE) ERROR("held-lock array overlaps the magazine");
if (CPU_MAGAZINE + 4 + MAGAZINE_SLOTS * 4 > CPU_FRAME_COUNTS) ERROR("the magazine overlaps the frame counts");
if (CPU_FRAME_COUNTS + 64 > CPU_STRIDE) ERROR("the frame counts leave the CPU area");

// @ts-ignore: decorator
@inline
export function cpuById(id: u32): Cpu {
  return changetype<Cpu>(CPU_BASE + id * CPU_STRIDE);
}
