/** Memory slots: the VMM's map from gfn to hva. A Memslots is immutable once published; updates publish a new one. */

export const KVM_MEM_LOG_DIRTY_PAGES: u32 = 1 << 0;
export const KVM_MEM_READONLY: u32 = 1 << 1;
/** Internal: being deleted or moved; faults retry. */
export const KVM_MEMSLOT_INVALID: u32 = 1 << 16;

/** Vm.manualProtect (KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2): reading the log leaves it, a call of its own clears it. */
export const DIRTY_LOG_MANUAL_PROTECT_ENABLE: u32 = 1 << 0;
/** With it: a new log is all ones, and enabling it protects nothing. */
export const DIRTY_LOG_INITIALLY_SET: u32 = 1 << 1;

export const KVM_USER_MEM_SLOTS: u32 = 32764;
/** A slot holds at most 2^31 - 1 pages. */
export const KVM_MEM_MAX_NR_PAGES: u64 = 0x7fffffff;

/** Memslots.generation: set while an update is in progress; MMIO SPTEs made then never match. */
export const GEN_UPDATE_IN_PROGRESS: u64 = (<u64>1) << 63;

@unmanaged
export class Memslot {
  epochNext: u32;
  epochStamp: u32;
  epochFn: u32;
  id: u16;
  asId: u16;
  baseGfn: u64;
  nPages: u64;
  userspaceAddr: u64;
  flags: u32;
  /** Kernel array of u32 counters per 2 MiB region: 0 = a huge page may cover it (mm/karray). */
  lpageInfo2m: u32;
  lpageInfo1g: u32;
  /** Dirty bitmap (kernel array), or 0. */
  dirtyBitmap: u32;
  /** SLOT_MOVED_*: arrays that a newer copy of this slot has taken over, and that freeing this copy leaves alone. */
  arraysMoved: u32;
  /** Kernel array of u16 write-track counters per gfn, or 0 while nothing is tracked. */
  writeTrack: u32;
}
/** Memslot.arraysMoved. */
export const SLOT_MOVED_LPAGE: u32 = 1;
export const SLOT_MOVED_BITMAP: u32 = 2;
export const SLOT_MOVED_TRACK: u32 = 4;
export const MEMSLOT_BYTES: u32 = 128;
if (offsetof<Memslot>() > MEMSLOT_BYTES) ERROR("Memslot is allocated as 128 bytes");

/**
 * The slots of one address space, in one allocation: this header, then `count` u32 Memslot addresses sorted by base
 * gfn, then `count` u32 sorted by hva, then (8-aligned) `count` u64: the greatest end hva up to and including that
 * entry of the hva order, which makes it an interval index.
 */
@unmanaged
export class Memslots {
  epochNext: u32;
  epochStamp: u32;
  epochFn: u32;
  count: u32;
  generation: u64;
  byGfn: u32;
  byHva: u32;
  hvaMaxEnd: u32;
  order: u32; // allocation order of the block
}
export const MEMSLOTS_HEADER_BYTES: u32 = 64;
if (offsetof<Memslots>() > MEMSLOTS_HEADER_BYTES) ERROR("Memslots header");
