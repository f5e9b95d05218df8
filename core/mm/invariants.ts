/**
 * Checks the allocator against its own rules, in every build; for tests and the lab. All CPUs are idle meanwhile.
 *
 *  1. Every frame of the arena lies in exactly one free block, magazine, or allocated block; blocks are aligned to
 *     their size; the insides of blocks say so and, if allocated, name their head.
 *  2. A free block is on the list of its order, once; lists are linked both ways.
 *  3. No two free buddies of one order exist: merging is complete.
 *  4. The counts of all kinds are what is found, and add up to the memory.
 *  5. Slab: partial lists hold exactly the slabs with a free object; the objects in use add up.
 */

import { BUG_FRAME_INVARIANT } from "../layout/bugs";
import { cpuById } from "../layout/cpu";
import {
  FRAME_ANON,
  FRAME_CACHED,
  FRAME_FLAG_CLASS_SHIFT,
  FRAME_FREE,
  FRAME_FREE_TAIL,
  FRAME_KERNEL,
  FRAME_KINDS,
  FRAME_SLAB,
  FRAME_TAIL,
  Frame,
} from "../layout/frame";
import { BUDDY_ORDERS, SLAB_CLASSES, SLAB_MIN_SHIFT, SYSTEM_SLAB_HEADS, system } from "../layout/system";
import { PAGE_SHIFT, PAGE_SIZE } from "../layout/types";
import { bug } from "../trace/bug";
import { frameCount } from "./accounting";
import { buddyHead, MAX_ORDER } from "./buddy";
import { frameIsArena, frameMeta, framePfn } from "./frame_meta";
import { magazineOf } from "./magazine";

// @ts-ignore: decorator
@inline
function expect(condition: bool, subject: u64, which: u64): void {
  if (!condition) bug(BUG_FRAME_INVARIANT, subject, which);
}

/** Throws CoreBug(BUG_FRAME_INVARIANT, what, which rule) if any rule above is broken. */
export function frameInvariantCheck(): void {
  const sys = system();
  let free: u32 = 0;
  let cached: u32 = 0;
  let objects: u32 = 0;
  let partial: u32 = 0;
  let pfn = sys.arenaStartPfn;
  while (pfn < sys.arenaEndPfn) {
    const meta = frameMeta(pfn);
    if (meta.kind == FRAME_FREE) free += 1 << meta.order;
    if (meta.kind == FRAME_CACHED) cached++;
    if (meta.kind == FRAME_SLAB) {
      objects += checkSlab(meta);
      partial += u32((meta.owner & 0xffff) != 0);
    }
    pfn += checkBlock(pfn);
  }
  expect(free == sys.buddyFree, free, 4);
  expect(checkLists() == free, free, 2);
  expect(objects == sys.slabObjects, objects, 5);
  expect(checkSlabLists() == partial, partial, 5);
  checkMagazines(cached);
  checkCounts();
}

/** Rules 1 and 3 for the block at `pfn`; returns its frames. */
function checkBlock(pfn: u32): u32 {
  const meta = frameMeta(pfn);
  const isFree = meta.kind == FRAME_FREE;
  const isUsed = meta.kind >= FRAME_KERNEL && meta.kind <= FRAME_ANON;
  expect(isFree || isUsed || meta.kind == FRAME_CACHED, pfn, 1);
  const order = <u32>meta.order;
  const count: u32 = 1 << order;
  expect(order <= MAX_ORDER && (pfn & (count - 1)) == 0, pfn, 1);
  expect(pfn + count <= system().arenaEndPfn, pfn, 1);
  expect(meta.kind != FRAME_CACHED || order == 0, pfn, 1);
  for (let i: u32 = 1; i < count; i++) {
    const tail = frameMeta(pfn + i);
    expect(tail.kind == (isFree ? FRAME_FREE_TAIL : FRAME_TAIL), pfn + i, 1);
    expect(isFree || tail.owner == pfn, pfn + i, 1);
  }
  if (isFree && order < MAX_ORDER) {
    const buddy = pfn ^ count;
    const other = frameMeta(buddy);
    expect(!frameIsArena(buddy) || other.kind != FRAME_FREE || other.order != order, pfn, 3);
  }
  return count;
}

/** Rule 2; returns the frames on all lists. */
function checkLists(): u32 {
  let frames: u32 = 0;
  for (let order: u32 = 0; order < BUDDY_ORDERS; order++) {
    let prev: u32 = 0;
    let pfn = load<u32>(buddyHead(order));
    while (pfn != 0) {
      const meta = frameMeta(pfn);
      expect(meta.kind == FRAME_FREE && meta.order == order && meta.owner == prev, pfn, 2);
      frames += 1 << order;
      expect(frames <= system().memFrames, pfn, 2); // a ring
      prev = pfn;
      pfn = meta.link;
    }
  }
  return frames;
}

/** A cached frame is in one magazine. Their `link`, otherwise unused, marks those seen. */
function checkMagazines(cached: u32): void {
  const n = system().nCpus;
  let total: u32 = 0;
  for (let id: u32 = 0; id < n; id++) {
    const magazine = magazineOf(cpuById(id));
    const count = load<u32>(magazine);
    total += count;
    for (let i: u32 = 1; i <= count; i++) {
      const pfn = load<u32>(magazine + i * 4);
      expect(frameIsArena(pfn) && frameMeta(pfn).kind == FRAME_CACHED, pfn, 1);
      frameMeta(pfn).link = 0;
    }
  }
  expect(total == cached, total, 1);
  for (let id: u32 = 0; id < n; id++) {
    const magazine = magazineOf(cpuById(id));
    for (let i: u32 = load<u32>(magazine); i > 0; i--) {
      const meta = frameMeta(load<u32>(magazine + i * 4));
      expect(meta.link == 0, framePfn(meta), 1);
      meta.link = 1;
    }
  }
}

/** Rule 4. */
function checkCounts(): void {
  const sys = system();
  let all: u32 = 0;
  for (let kind: u32 = 0; kind < FRAME_KINDS; kind++) all += frameCount(kind);
  expect(all == sys.memFrames, all, 4);
  for (let kind: u32 = FRAME_KERNEL; kind <= FRAME_ANON; kind++) {
    let found: u32 = 0;
    for (let pfn = sys.arenaStartPfn; pfn < sys.arenaEndPfn; pfn++) {
      const meta = frameMeta(pfn);
      if (meta.kind == kind) found += 1 << meta.order;
    }
    expect(found == frameCount(kind), found, 4);
  }
}

/** Rule 5 for one slab: its free list has no ring and, with the objects in use, covers it. Returns those in use. */
function checkSlab(meta: Frame): u32 {
  const pfn = framePfn(meta);
  const shift = SLAB_MIN_SHIFT + (<u32>meta.flags >> FRAME_FLAG_CLASS_SHIFT);
  const objects: u32 = PAGE_SIZE >> shift;
  const inUse = meta.owner >> 16;
  let next = meta.owner & 0xffff;
  let free: u32 = 0;
  while (next != 0) {
    expect(next <= objects && free < objects, pfn, 5);
    free++;
    next = load<u32>(((<usize>pfn) << PAGE_SHIFT) + ((next - 1) << shift));
  }
  expect(inUse > 0 && inUse + free == objects, pfn, 5);
  return inUse;
}

/** Rule 5: the partial lists; returns how many slabs are on them. */
function checkSlabLists(): u32 {
  let listed: u32 = 0;
  for (let cls: u32 = 0; cls < SLAB_CLASSES; cls++) {
    let prev: u32 = 0;
    let at = load<u32>(SYSTEM_SLAB_HEADS + cls * 4);
    while (at != 0) {
      const meta = changetype<Frame>(at);
      const pfn = framePfn(meta);
      expect(meta.kind == FRAME_SLAB && <u32>meta.flags >> FRAME_FLAG_CLASS_SHIFT == cls, pfn, 5);
      expect(meta.refcount == prev && (meta.owner & 0xffff) != 0, pfn, 5);
      expect(++listed <= system().memFrames, pfn, 5);
      prev = at;
      at = meta.link;
    }
  }
  return listed;
}
