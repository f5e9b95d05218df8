/**
 * The one lock order, outermost first: a lock may be taken only while every lock held has a smaller rank. Debug
 * builds check each acquisition against the locks this CPU holds; docs/locking.md is generated from this table.
 *
 * Each rank's card: protects / taken by / may sleep / forbidden inside.
 */

import { DEBUG } from "../layout/build";
import { BUG_LOCK_HELD, BUG_LOCK_ORDER, BUG_LOCK_OWNER, BUG_LOCK_STACK } from "../layout/bugs";
import { CPU_HELD, HELD_LOCKS } from "../layout/cpu";
import { bug } from "../trace/bug";
import { thisCpu } from "./this_cpu";

/** Lists of VMs and address spaces / create, destroy, notifiers / yes / waiting for a vCPU. */
export const RANK_VM_LIST: u32 = 1;
/** Memslot updates of a VM, roots scheduled to zap / control calls / yes / waiting for a pager. */
export const RANK_SLOTS: u32 = 2;
/** A host address space: VMAs and the right to change its tables / gup for read, mmap calls for write / yes / waiting for a grace period or a pager. */
export const RANK_MMAP: u32 = 3;
/** Count of notifiers in flight against slot updates / notifiers, slot updates / no / anything that sleeps. */
export const RANK_MN_INVALIDATE: u32 = 4;
/** A VM's page tables, shared for faults, exclusive for notifiers / faults, zaps / yes / gup, allocation that may fail, waiting for a grace period. */
export const RANK_MMU: u32 = 5;
/** Roots list and NX list while mmu_lock is held for read / root alloc and put, NX accounting / no / anything that sleeps. */
export const RANK_TDP_PAGES: u32 = 6;
/** Shared objects of the host mm / page-cache insertion and removal / no / anything that sleeps. */
export const RANK_HOST_OBJECT: u32 = 7;
/** Pager requests of an address space / faults, completion / no / anything that sleeps. */
export const RANK_PAGER: u32 = 8;
/** Slots of a swap area, and the requests set aside for it / page-out, page-in, unmapping / no / any other lock. */
export const RANK_SWAP: u32 = 9;
/** The FIFO of objects waiting for a grace period / epochDefer, epochPoll / no / anything else. */
export const RANK_EPOCH: u32 = 10;
/** Slab lists / kalloc, kfree / no / anything but the buddy lock. */
export const RANK_SLAB: u32 = 11;
/** Buddy lists / magazine refill and drain / no / any other lock. */
export const RANK_BUDDY: u32 = 12;

/** System-wide locks: if their owner's worker dies, every VM is dead, not only its own. */
export function isSystemWideRank(rank: u32): u32 {
  return u32(rank == RANK_VM_LIST || rank >= RANK_EPOCH);
}

/** System-wide locks that are taken inside others: their holders wait for nothing but the next of them. */
export function isInnermostRank(rank: u32): bool {
  return rank >= RANK_EPOCH;
}

// @ts-ignore: decorator
@inline
function heldSlot(i: u32): usize {
  return changetype<usize>(thisCpu()) + CPU_HELD + i * 4;
}

/** The i-th held lock, as the address of its rank word. */
function rankOfHeld(i: u32): u32 {
  return load<u32>(load<u32>(heldSlot(i)));
}

/** Debug: checks the order, then notes the lock whose rank word is at `rankPtr` as held. */
export function noteAcquire(rankPtr: usize): void {
  if (!DEBUG) return;
  const cpu = thisCpu();
  const n = cpu.heldCount;
  const rank = load<u32>(rankPtr);
  for (let i: u32 = 0; i < n; i++) {
    if (rankOfHeld(i) >= rank) bug(BUG_LOCK_ORDER, rankOfHeld(i), rank);
  }
  if (n == HELD_LOCKS) bug(BUG_LOCK_STACK, n, rank);
  store<u32>(heldSlot(n), <u32>rankPtr);
  cpu.heldCount = n + 1;
}

/** Debug: forgets a lock; it must be held. Release in any order. */
export function noteRelease(rankPtr: usize): void {
  if (!DEBUG) return;
  const cpu = thisCpu();
  const n = cpu.heldCount;
  let i: u32 = 0;
  while (i < n && load<u32>(heldSlot(i)) != <u32>rankPtr) i++;
  if (i == n) bug(BUG_LOCK_OWNER, load<u32>(rankPtr), n);
  for (; i + 1 < n; i++) store<u32>(heldSlot(i), load<u32>(heldSlot(i + 1)));
  cpu.heldCount = n - 1;
}

/** Debug: the calling CPU holds no lock of a rank beyond `rank`. */
export function assertNoLocksBeyond(rank: u32): void {
  if (!DEBUG) return;
  const n = thisCpu().heldCount;
  for (let i: u32 = 0; i < n; i++) if (rankOfHeld(i) > rank) bug(BUG_LOCK_HELD, rankOfHeld(i), n);
}

/** Debug: the calling CPU holds no lock at all (before a wait for a pager, or a return to JavaScript). */
export function assertNoLocks(): void {
  assertNoLocksBeyond(0);
}

/** Debug: this CPU holds the lock whose rank word is at `rankPtr`. */
export function isNoted(rankPtr: usize): bool {
  const n = thisCpu().heldCount;
  for (let i: u32 = 0; i < n; i++) if (load<u32>(heldSlot(i)) == <u32>rankPtr) return true;
  return false;
}
