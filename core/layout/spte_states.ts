/**
 * The states of an SPTE and which changes are legal, as data: debug builds check every change against it, and
 * docs/states.md is generated from it. A row is one state before the change; a column's bits say in which modes the
 * change to that state may happen.
 *
 *   from \ to     NONPRESENT       MMIO      FROZEN       TABLE            LEAF
 *   NONPRESENT    -                shared    detached     shared           shared, excl
 *   MMIO          -                shared    detached     shared           shared
 *   FROZEN        -                -         -            -                -
 *   TABLE         shared, excl     -         detached     -                shared
 *   LEAF          shared, excl     -         detached     shared, excl     shared, excl, lockless: same frame, other bits
 *
 * A zap under mmu_lock for read freezes the entry, flushes, and empties it: the funnel sees it once, as X ->
 * NONPRESENT, after the flush. In a detached table every entry ends FROZEN for good.
 *
 * Unused: FROZEN -> anything (a frozen entry belongs to the thread that froze it); MMIO -> NONPRESENT (it goes stale instead);
 * TABLE -> TABLE (a table's address never changes); TABLE or LEAF -> MMIO (an address with memory is emptied first);
 * LEAF -> LEAF of another frame (two frames would be live for one gfn until the flush).
 */

export const SPTE_STATE_NONPRESENT: u32 = 0;
export const SPTE_STATE_MMIO: u32 = 1;
export const SPTE_STATE_FROZEN: u32 = 2;
export const SPTE_STATE_TABLE: u32 = 3;
export const SPTE_STATE_LEAF: u32 = 4;

/** The changing thread holds mmu_lock for read, and changes by compare-and-exchange. */
export const SPTE_MODE_SHARED: u32 = 1;
/** It holds mmu_lock for write. */
export const SPTE_MODE_EXCL: u32 = 2;
/** It owns the detached table that holds the entry. */
export const SPTE_MODE_DETACHED: u32 = 4;
/** It holds no lock: fast page fault and aging, within one leaf's bits. */
export const SPTE_MODE_LOCKLESS: u32 = 8;

const S: u32 = SPTE_MODE_SHARED;
const E: u32 = SPTE_MODE_EXCL;
const D: u32 = SPTE_MODE_DETACHED;
const L: u32 = SPTE_MODE_LOCKLESS;

/** Four bits a column, NONPRESENT lowest. */
export const SPTE_FROM_NONPRESENT: u32 = (0 << 0) | (S << 4) | (D << 8) | (S << 12) | ((S | E) << 16);
export const SPTE_FROM_MMIO: u32 = (0 << 0) | (S << 4) | (D << 8) | (S << 12) | (S << 16);
export const SPTE_FROM_FROZEN: u32 = 0;
export const SPTE_FROM_TABLE: u32 = ((S | E) << 0) | (0 << 4) | (D << 8) | (0 << 12) | (S << 16);
export const SPTE_FROM_LEAF: u32 = ((S | E) << 0) | (0 << 4) | (D << 8) | ((S | E) << 12) | ((S | E | L) << 16);

/** The row of a state before the change. */
export function spteTransitionsFrom(state: u32): u32 {
  if (state == SPTE_STATE_NONPRESENT) return SPTE_FROM_NONPRESENT;
  if (state == SPTE_STATE_MMIO) return SPTE_FROM_MMIO;
  if (state == SPTE_STATE_FROZEN) return SPTE_FROM_FROZEN;
  if (state == SPTE_STATE_TABLE) return SPTE_FROM_TABLE;
  return SPTE_FROM_LEAF;
}

/** Whether `from` -> `to` may happen in `mode`. */
export function isSpteTransitionLegal(from: u32, to: u32, mode: u32): bool {
  return ((spteTransitionsFrom(from) >> (to * 4)) & mode) != 0;
}
