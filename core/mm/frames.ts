/**
 * Frames: 4 KiB pieces of linear memory, and naturally aligned blocks of them up to 2 MiB. Whoever allocates owns them
 * until the free; their contents are undefined (frameZero), their metadata is fresh: link 0, owner 0, refcount 1.
 *
 * Single frames go through the CPU's magazine without a locked instruction; blocks go to the buddy allocator. Anything
 * here may be called with every lock held but the buddy's. Out of memory is the result 0, never a trap.
 *
 * Freeing what is not allocated throws CoreBug in every build, since the check shares a load with the accounting.
 * Debug builds also refuse a frame that still has users, poison free frames and check the poison. Not here: flushing
 * TLBs. A frame may be freed only when no TLB can hold it.
 */

import { DEBUG, LAB } from "../layout/build";
import { BUG_FRAME_FREE, BUG_FRAME_IN_USE, BUG_FRAME_KIND, BUG_FRAME_RANGE, BUG_FRAME_REFCOUNT } from "../layout/bugs";
import { MAGAZINE_SLOTS } from "../layout/cpu";
import {
  Frame,
  FRAME_ANON,
  FRAME_CACHED,
  FRAME_FLAG_CODE,
  FRAME_FREE_TAIL,
  FRAME_KERNEL,
  FRAME_TAIL,
} from "../layout/frame";
import { LAB_FRAME_FREE } from "../layout/lab";
import { PAGE_SHIFT, PAGE_SIZE } from "../layout/types";
import { aadd32, aload32 } from "../sync/atomics";
import { epochDefer } from "../sync/epoch";
import { thisCpu } from "../sync/this_cpu";
import { bug } from "../trace/bug";
import { labEvent } from "../trace/lab_event";
import { countFrames } from "./accounting";
import { buddyGive, buddyTake, MAX_ORDER } from "./buddy";
import { codeFrameFreed } from "./code_frame";
import { frameIsArena, frameMeta, framePfn } from "./frame_meta";
import { magazineDrain, magazineOf, magazineRefill, magazineSpill } from "./magazine";
import { poisonCheckFrames, poisonFrames } from "./poison";

export { frameCount } from "./accounting";
export { frameIsArena, frameMeta, framePfn } from "./frame_meta";
export { magazineDrain } from "./magazine";

// The fast paths write and test metadata as two u64 and one u32.
if (offsetof<Frame>("link") != 0 || offsetof<Frame>("refcount") != 4) ERROR("first half: link, refcount");
if (offsetof<Frame>("owner") != 8 || offsetof<Frame>("kind") != 12) ERROR("second half: owner, kind");
if (offsetof<Frame>("order") != 13 || offsetof<Frame>("flags") != 14) ERROR("state word: kind, order, flags");

/** kind | order << 8 | flags << 16. */
// @ts-ignore: decorator
@inline
function stateOf(meta: Frame): u32 {
  return load<u32>(changetype<usize>(meta) + offsetof<Frame>("kind"));
}

/** Kind, order 0, no flags. */
// @ts-ignore: decorator
@inline
function setState(meta: Frame, kind: u32): void {
  store<u32>(changetype<usize>(meta) + offsetof<Frame>("kind"), kind);
}

// @ts-ignore: decorator
@inline
function setFresh(meta: Frame, kind: u32, order: u32): void {
  store<u64>(changetype<usize>(meta), (<u64>1) << 32);
  store<u64>(changetype<usize>(meta) + 8, (<u64>(kind | (order << 8))) << 32);
}

/** What a free looks at: kind, order, and the flag that others must hear of. */
const FREE_MASK: u32 = 0xffff | ((<u32>FRAME_FLAG_CODE) << 16);

/** An allocated frame, or head of a block of `order`, without decoded code. */
// @ts-ignore: decorator
@inline
function isPlainlyAllocated(state: u32, order: u32): bool {
  return (state & FREE_MASK) - (FRAME_KERNEL | (order << 8)) <= FRAME_ANON - FRAME_KERNEL;
}

/**
 * One frame of `kind` (FRAME_KERNEL to FRAME_ANON).
 * @ret its pfn, 0 = out of memory
 * @takes buddyLock when the magazine is empty
 */
export function frameAlloc(kind: u32): u32 {
  if (DEBUG && (kind < FRAME_KERNEL || kind > FRAME_ANON)) bug(BUG_FRAME_KIND, 0, kind);
  const cpu = thisCpu();
  const magazine = magazineOf(cpu);
  let n = load<u32>(magazine);
  if (n == 0) {
    n = magazineRefill();
    if (n == 0) return 0;
  }
  const pfn = load<u32>(magazine + n * 4);
  store<u32>(magazine, n - 1);
  if (DEBUG) poisonCheckFrames(pfn, 1);
  setFresh(frameMeta(pfn), kind, 0);
  countFrames(cpu, kind, 1);
  return pfn;
}

/** Gives a single frame back. Its owner is the only user left. @takes buddyLock when the magazine is full */
export function frameFree(pfn: u32): void {
  if (DEBUG) checkFree(pfn);
  const meta = frameMeta(pfn);
  if (LAB) labEvent(LAB_FRAME_FREE, pfn, meta.kind, 1, 0, 0);
  const state = stateOf(meta);
  if (!isPlainlyAllocated(state, 0)) frameFreeUnusual(pfn, 0);
  const cpu = thisCpu();
  const magazine = magazineOf(cpu);
  if (load<u32>(magazine) == MAGAZINE_SLOTS) magazineSpill();
  setState(meta, FRAME_CACHED);
  if (DEBUG) poisonFrames(pfn, 1);
  const n = load<u32>(magazine) + 1;
  store<u32>(magazine + n * 4, pfn);
  store<u32>(magazine, n); // after the slot: a worker that dies between leaks the frame
  countFrames(cpu, state & 0xff, -1);
}

/** A head with decoded code, or not one at all. */
function frameFreeUnusual(pfn: u32, order: u32): void {
  const state = stateOf(frameMeta(pfn));
  if (!isPlainlyAllocated(state & 0xffff, order)) bug(BUG_FRAME_FREE, pfn, state);
  reportCode(pfn);
}

/** Tells the holder of decoded instructions, if there is one, that the frame's contents go away. */
function reportCode(pfn: u32): void {
  codeFrameFreed(pfn);
}

function checkFree(pfn: u32): void {
  if (!frameIsArena(pfn)) bug(BUG_FRAME_RANGE, pfn, 0);
  const meta = frameMeta(pfn);
  if (meta.kind >= FRAME_KERNEL && meta.refcount > 1) bug(BUG_FRAME_IN_USE, pfn, meta.refcount);
}

/**
 * A block of 2^order frames, aligned to its size. Every frame but the first is FRAME_TAIL with owner = the head's pfn.
 * If none is left, this CPU's magazine is emptied, which may complete one.
 * @ret pfn of the first, 0 = out of memory
 * @takes buddyLock
 */
export function framesAlloc(order: u32, kind: u32): u32 {
  if (order == 0) return frameAlloc(kind);
  if (DEBUG && (kind < FRAME_KERNEL || kind > FRAME_ANON || order > MAX_ORDER)) bug(BUG_FRAME_KIND, order, kind);
  let pfn = buddyTake(order);
  if (pfn == 0) {
    magazineDrain();
    pfn = buddyTake(order);
    if (pfn == 0) return 0;
  }
  const count: u32 = 1 << order;
  if (DEBUG) poisonCheckFrames(pfn, count);
  for (let i: u32 = 1; i < count; i++) {
    const tail = frameMeta(pfn + i);
    setFresh(tail, FRAME_TAIL, 0);
    tail.owner = pfn;
  }
  setFresh(frameMeta(pfn), kind, order);
  countFrames(thisCpu(), kind, count);
  return pfn;
}

/** Gives a block back whole. @takes buddyLock */
export function framesFree(pfn: u32, order: u32): void {
  if (order == 0) return frameFree(pfn);
  if (DEBUG) checkFree(pfn);
  const state = stateOf(frameMeta(pfn));
  if (LAB) labEvent(LAB_FRAME_FREE, pfn, state & 0xff, (<u64>1) << order, 0, 0);
  if (!isPlainlyAllocated(state, order)) frameFreeUnusual(pfn, order);
  const count: u32 = 1 << order;
  countFrames(thisCpu(), state & 0xff, -(<i32>count));
  for (let i: u32 = 1; i < count; i++) {
    const tail = frameMeta(pfn + i);
    reportCode(pfn + i);
    setState(tail, FRAME_FREE_TAIL);
  }
  setState(frameMeta(pfn), FRAME_CACHED); // not allocated any more: a second free of it is caught from here on
  if (DEBUG) poisonFrames(pfn, count);
  buddyGive(pfn, order);
}

/**
 * Makes an allocated block of 2^order frames that many single ones, each with refcount 1 and the head's kind, to be
 * freed one by one. The caller is the block's only user.
 */
export function framesSplit(pfn: u32, order: u32): void {
  const head = frameMeta(pfn);
  if (head.order != order || head.kind < FRAME_KERNEL || head.kind > FRAME_ANON)
    bug(BUG_FRAME_FREE, pfn, stateOf(head));
  const kind = head.kind;
  head.order = 0;
  for (let i: u32 = 1; i < <u32>(1 << order); i++) {
    const tail = frameMeta(pfn + i);
    tail.owner = 0;
    tail.kind = kind; // flags stay: decoded code stays known
  }
}

/** One more user of an allocated frame (of a block: its head). The caller has a reference already. */
export function frameGet(pfn: u32): void {
  const old = aadd32(changetype<usize>(frameMeta(pfn)) + offsetof<Frame>("refcount"), 1);
  if (DEBUG && old == 0) bug(BUG_FRAME_REFCOUNT, pfn, old);
}

/**
 * One user less. True: it was the last, and the frame is the caller's alone, to be freed by frameFree or framesFree.
 * A sole owner pays no locked instruction: nobody else has a reference from which to make one.
 */
export function framePut(pfn: u32): bool {
  const meta = frameMeta(pfn);
  const p = changetype<usize>(meta) + offsetof<Frame>("refcount");
  if (aload32(p) == 1) {
    meta.refcount = 0;
    return true;
  }
  const old = aadd32(p, <u32>-1);
  if (DEBUG && old == 0) bug(BUG_FRAME_REFCOUNT, pfn, old);
  return old == 1;
}

/** Frees a single frame after a grace period: lockless readers may still look at it. Its metadata is the epoch's node. @takes epochLock */
export function frameFreeDeferred(pfn: u32): void {
  epochDefer(changetype<usize>(frameMeta(pfn)), load<u32>(changetype<usize>(frameFreeNode)));
}

/** What a deferred frame's node is given to when its grace period has passed. */
export function frameFreeNode(node: usize): void {
  const meta = changetype<Frame>(node);
  meta.refcount = 0; // was the epoch's stamp
  frameFree(framePfn(meta));
}

/** Fills a frame with zeroes. */
// @ts-ignore: decorator
@inline
export function frameZero(pfn: u32): void {
  memory.fill((<usize>pfn) << PAGE_SHIFT, 0, PAGE_SIZE);
}
