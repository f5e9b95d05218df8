/**
 * The buddy allocator: naturally aligned blocks of 2^order frames, order 0 (4 KiB) to 9 (2 MiB). Freed neighbours merge
 * at once, so whenever everything is free the lists hold the same maximal blocks as at the start.
 *
 * A free block is listed by the metadata of its first frame, doubly linked (link = next, owner = previous). Only the
 * metadata of a block's head decides: the buddy of a block of order k is the head of a block of at most order k, never
 * the inside of a larger one, because that would contain our block as well. So a merge looks at one word.
 *
 * All functions but the seeding take buddyLock, a leaf of the lock order. They move frames between the lists and their
 * caller; kinds other than free, counts and poison are the callers' (frames.ts, magazine.ts).
 */

import { DEBUG } from "../layout/build";
import { FRAME_CACHED, FRAME_FREE, FRAME_FREE_TAIL } from "../layout/frame";
import { BUDDY_ORDERS, SYSTEM_BASE, SYSTEM_BUDDY_HEADS, System, system } from "../layout/system";
import { assertSpinHeld, spinLock, spinUnlock } from "../sync/spinlock";
import { frameMeta } from "./frame_meta";

export const MAX_ORDER: u32 = BUDDY_ORDERS - 1;
export const BUDDY_LOCK: usize = SYSTEM_BASE + offsetof<System>("buddyLock");

/** Address of the list head of `order`: pfn of the first free block, 0 = none. */
// @ts-ignore: decorator
@inline
export function buddyHead(order: u32): usize {
  return SYSTEM_BUDDY_HEADS + order * 4;
}

/** Puts a block on its list. @holds buddyLock */
function listPush(pfn: u32, order: u32): void {
  const meta = frameMeta(pfn);
  const next = load<u32>(buddyHead(order));
  meta.kind = FRAME_FREE;
  meta.order = <u8>order;
  meta.link = next;
  meta.owner = 0;
  if (next != 0) frameMeta(next).owner = pfn;
  store<u32>(buddyHead(order), pfn);
}

/** Takes a block off its list. @holds buddyLock */
function listRemove(pfn: u32, order: u32): void {
  const meta = frameMeta(pfn);
  const next = meta.link;
  const prev = meta.owner;
  if (next != 0) frameMeta(next).owner = prev;
  if (prev != 0) frameMeta(prev).link = next;
  else store<u32>(buddyHead(order), next);
}

/** The first order from `order` up that has a free block, or BUDDY_ORDERS. @holds buddyLock */
function lowestOrder(order: u32): u32 {
  while (order < BUDDY_ORDERS && load<u32>(buddyHead(order)) == 0) order++;
  return order;
}

/** Takes the first block of order `from` off its list and gives the upper parts beyond order `to` back. @holds buddyLock */
function takeAndSplit(from: u32, to: u32): u32 {
  const pfn = load<u32>(buddyHead(from));
  listRemove(pfn, from);
  while (from > to) {
    from--;
    listPush(pfn + (1 << from), from);
  }
  return pfn;
}

/**
 * A block of 2^order frames, or 0 if there is none. Its head's metadata says FRAME_CACHED, so that no other CPU merges
 * with it; the rest of the metadata is the caller's to write. @takes buddyLock
 */
export function buddyTake(order: u32): u32 {
  spinLock(BUDDY_LOCK);
  const from = lowestOrder(order);
  let pfn: u32 = 0;
  if (from < BUDDY_ORDERS) {
    pfn = takeAndSplit(from, order);
    frameMeta(pfn).kind = FRAME_CACHED;
    system().buddyFree -= 1 << order;
  }
  spinUnlock(BUDDY_LOCK);
  return pfn;
}

/**
 * Up to `want` single frames, written to the u32 array at `slots` and marked FRAME_CACHED; returns how many. The
 * smallest blocks go first, which keeps the large ones whole. The array is filled from its end, so that popping from
 * there gives each block's frames in ascending order: neighbours share lines of metadata. @takes buddyLock
 */
export function buddyTakeBatch(slots: usize, want: u32): u32 {
  spinLock(BUDDY_LOCK);
  let got: u32 = 0;
  while (got < want) {
    const from = lowestOrder(0);
    if (from == BUDDY_ORDERS) break;
    const room: u32 = 31 - clz(want - got); // log2, rounded down
    const order = from < room ? from : room;
    const pfn = takeAndSplit(from, order);
    const count: u32 = 1 << order;
    for (let i: u32 = 0; i < count; i++) {
      const meta = frameMeta(pfn + i);
      meta.kind = FRAME_CACHED;
      meta.order = 0;
      store<u32>(slots + (want - got - 1 - i) * 4, pfn + i);
    }
    got += count;
  }
  system().buddyFree -= got;
  spinUnlock(BUDDY_LOCK);
  if (got < want) memory.copy(slots, slots + (want - got) * 4, got * 4);
  return got;
}

/** Lists a block, merged with its free neighbours as far as they go. @holds buddyLock */
function giveLocked(pfn: u32, order: u32): void {
  if (DEBUG) assertSpinHeld(BUDDY_LOCK);
  const end = system().arenaEndPfn;
  while (order < MAX_ORDER) {
    const buddy = pfn ^ (1 << order);
    if (buddy >= end) break; // only at the end of a memory that is no multiple of 2 MiB
    const meta = frameMeta(buddy);
    if (meta.kind != FRAME_FREE || meta.order != order) break;
    listRemove(buddy, order);
    frameMeta(pfn | (1 << order)).kind = FRAME_FREE_TAIL;
    pfn &= ~(1 << order);
    order++;
  }
  listPush(pfn, order);
}

/** Gives a block back; all its frames but the head say FRAME_FREE_TAIL already. @takes buddyLock */
export function buddyGive(pfn: u32, order: u32): void {
  spinLock(BUDDY_LOCK);
  giveLocked(pfn, order);
  system().buddyFree += 1 << order;
  spinUnlock(BUDDY_LOCK);
}

/** Gives `count` single frames back. @takes buddyLock */
export function buddyGiveBatch(slots: usize, count: u32): void {
  spinLock(BUDDY_LOCK);
  for (let i: u32 = 0; i < count; i++) giveLocked(load<u32>(slots + i * 4), 0);
  system().buddyFree += count;
  spinUnlock(BUDDY_LOCK);
}

/** Lists all frames of [startPfn, endPfn) as maximal blocks; startPfn is 2 MiB-aligned. Before any CPU exists: no lock. */
export function buddySeed(startPfn: u32, endPfn: u32): void {
  // From the end, so that the lists begin with the lowest frames.
  let end = endPfn;
  while (end > startPfn) {
    const aligned = ctz(end);
    const order = aligned < MAX_ORDER ? aligned : MAX_ORDER;
    end -= 1 << order;
    for (let i: u32 = 0; i < <u32>(1 << order); i++) frameMeta(end + i).kind = FRAME_FREE_TAIL;
    listPush(end, order);
  }
  system().buddyFree = endPfn - startPfn;
}
