/**
 * Scratch areas of a CPU for the MMU: the page fault in hand and two table iterators. They live in the CPU's area
 * because core has no stack memory; a CPU handles one fault, and runs at most two walks (one inside the other), at a time.
 */

import { CPU_MAGAZINE, MAGAZINE_SLOTS } from "./cpu";
import { CPU_STRIDE } from "./system";

/** struct kvm_page_fault. */
@unmanaged
export class Fault {
  gpa: u64;
  gfn: u64;
  errorCode: u64;
  /** Invalidation sequence of the VM, taken before the host page was looked up. Full width on purpose. */
  mmuSeq: u64;
  pfn: u64;
  hva: u64;
  /** Memslot, or 0: no slot, MMIO. */
  slot: u32;
  /** FAULT_* flags. */
  flags: u32;
  /** Highest level the caller allows; level wished by the mapping; level now aimed at. */
  maxLevel: u32;
  reqLevel: u32;
  goalLevel: u32;
  /** Level of the host's own mapping of hva. */
  hostLevel: u32;
}
export const FAULT_WRITE: u32 = 1 << 0;
export const FAULT_EXEC: u32 = 1 << 1;
export const FAULT_PRESENT: u32 = 1 << 2;
export const FAULT_RSVD: u32 = 1 << 3;
export const FAULT_PREFETCH: u32 = 1 << 4;
export const FAULT_NX_WORKAROUND: u32 = 1 << 5; // the NX mitigation is on for this VM
export const FAULT_HUGE_DISALLOWED: u32 = 1 << 6; // exec fault under the mitigation
export const FAULT_MAP_WRITABLE: u32 = 1 << 7; // the host allows writing
export const FAULT_USER: u32 = 1 << 8;

/**
 * State of a walk over one root in ascending gfn order (mmu/tdp_iter.ts). `pt` holds the table of each level on the
 * path; index 0 is unused.
 */
@unmanaged
export class TdpIter {
  nextLastLevelGfn: u64;
  yieldedGfn: u64;
  gfn: u64;
  oldSpte: u64;
  pt0: u32;
  pt1: u32;
  pt2: u32;
  pt3: u32;
  pt4: u32;
  pt5: u32;
  sptep: u32;
  level: u32;
  rootLevel: u32;
  minLevel: u32;
  asId: u32;
  valid: u32;
  yielded: u32;
  vm: u32;
  root: u32;
  work: u32;
}

export const CPU_FAULT: u32 = 1536;
export const CPU_ITER0: u32 = 1664;
export const CPU_ITER1: u32 = 1792;

if (CPU_MAGAZINE + 4 + MAGAZINE_SLOTS * 4 > CPU_FAULT) ERROR("the magazine overlaps the fault area");
if (CPU_FAULT + offsetof<Fault>() > CPU_ITER0) ERROR("the fault area overlaps the iterators");
if (offsetof<TdpIter>() > CPU_ITER1 - CPU_ITER0) ERROR("iterators overlap");
if (CPU_ITER1 + offsetof<TdpIter>() > CPU_STRIDE) ERROR("iterators leave the CPU area");
