/**
 * 2 MiB frames of anonymous memory, shared between address spaces and split when one of them needs less than all.
 *
 * A block is 512 single frames in a row (framesSplit, at birth). Its head's `owner` word counts the 2 MiB leaves that
 * map it; while that is not 0, each of the 512 has one reference on behalf of all of them. A 4 KiB leaf has a
 * reference of its own, inside a block or not. So for whoever looks at one frame, refcount 1 means "mine alone", and
 * splitting one address space's leaf neither copies nor asks the others. The last 2 MiB leaf to go drops the 512
 * references; if no 4 KiB leaf is left, the block goes back whole.
 *
 * Counts are atomic, since address spaces have a lock each. Not here: table entries.
 */

import { DEBUG } from "../layout/build";
import { BUG_HOST_BLOCK } from "../layout/bugs";
import { Frame, FRAME_ANON, FRAME_TAIL } from "../layout/frame";
import { ENTRIES_PER_TABLE, PAGE_SHIFT } from "../layout/types";
import { frameFree, frameGet, frameMeta, framePut, framesAlloc, framesFree, framesSplit } from "../mm/frames";
import { aadd32, aload32, astore32 } from "../sync/atomics";
import { bug } from "../trace/bug";

export const HUGE_ORDER: u32 = 9;
export const HUGE_BYTES: u32 = 1 << (PAGE_SHIFT + HUGE_ORDER);
if (1 << HUGE_ORDER != ENTRIES_PER_TABLE) ERROR("a 2 MiB block is one table's worth of frames");

/** Address of the count of 2 MiB leaves that map the block headed by `pfn`. */
// @ts-ignore: decorator
@inline
function leafCount(pfn: u32): usize {
  return changetype<usize>(frameMeta(pfn)) + offsetof<Frame>("owner");
}

// @ts-ignore: decorator
@inline
function refCount(pfn: u32): u32 {
  return aload32(changetype<usize>(frameMeta(pfn)) + offsetof<Frame>("refcount"));
}

/** A block with one 2 MiB leaf's worth of references, contents undefined. pfn of its head; 0 = none free. */
export function hugeAlloc(): u32 {
  const pfn = framesAlloc(HUGE_ORDER, FRAME_ANON);
  if (pfn == 0) return 0;
  framesSplit(pfn, HUGE_ORDER);
  astore32(leafCount(pfn), 1);
  return pfn;
}

/** One more 2 MiB leaf maps the block; the caller has one. */
export function hugeGet(pfn: u32): void {
  const old = aadd32(leafCount(pfn), 1);
  if (DEBUG && old == 0) bug(BUG_HOST_BLOCK, pfn, old);
}

/** One 2 MiB leaf less. Frees what nobody maps any more. */
export function hugePut(pfn: u32): void {
  const old = aadd32(leafCount(pfn), <u32>-1);
  if (DEBUG && old == 0) bug(BUG_HOST_BLOCK, pfn, old);
  if (old != 1) return;
  // No leaf is left from which a reference could be made: counts can only fall.
  if (allSingle(pfn)) hugeFree(pfn);
  else dropEach(pfn);
}

/** True if nobody but the caller, who has a 2 MiB leaf of it, maps any of the block. */
export function hugeIsExclusive(pfn: u32): bool {
  return aload32(leafCount(pfn)) == 1 && allSingle(pfn);
}

function allSingle(pfn: u32): bool {
  for (let i: u32 = 0; i < ENTRIES_PER_TABLE; i++) if (refCount(pfn + i) != 1) return false;
  return true;
}

/** The caller's 2 MiB leaf becomes 512 leaves of 4 KiB: the references follow. */
export function hugeToSingles(pfn: u32): void {
  if (aload32(leafCount(pfn)) == 1) {
    astore32(leafCount(pfn), 0); // the block's references are now the 4 KiB leaves'
    return;
  }
  for (let i: u32 = 0; i < ENTRIES_PER_TABLE; i++) frameGet(pfn + i);
  if (aadd32(leafCount(pfn), <u32>-1) == 1) dropEach(pfn);
}

/** True if the caller's 4 KiB leaf is the only user of its frame. */
// @ts-ignore: decorator
@inline
export function singleIsExclusive(pfn: u32): bool {
  return refCount(pfn) == 1;
}

function dropEach(pfn: u32): void {
  for (let i: u32 = 0; i < ENTRIES_PER_TABLE; i++) singlePut(pfn + i);
}

/** One 4 KiB leaf, or other user, of a frame less; frees the frame with the last. */
// @ts-ignore: decorator
@inline
export function singlePut(pfn: u32): void {
  if (framePut(pfn)) frameFree(pfn);
}

/** Gives 512 unused frames back as the one block they were allocated as. */
function hugeFree(pfn: u32): void {
  const head = frameMeta(pfn);
  head.order = <u8>HUGE_ORDER;
  head.refcount = 0;
  for (let i: u32 = 1; i < ENTRIES_PER_TABLE; i++) {
    const tail = frameMeta(pfn + i);
    tail.kind = FRAME_TAIL;
    tail.owner = pfn;
  }
  framesFree(pfn, HUGE_ORDER);
}
