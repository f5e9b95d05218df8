/**
 * Small kernel objects: kalloc gives 32 to 2048 zeroed bytes, a power of two, aligned to its size. Seven classes; a
 * slab is one frame cut into objects of one class.
 *
 *   frame:     [object 0][object 1] ...      the first word of a free object: index + 1 of the next free one, 0 = last
 *   metadata:  owner = first free (bits 15..0), in use (31..16); link, refcount = next, previous of the partial list
 *
 * A class lists its slabs that have a free object. A slab whose last object is freed goes back at once: the magazine
 * makes that cheap, and what is allocated is always what somebody owns. One lock for all classes, a short section;
 * rooms with more need keep caches of their own (a vCPU's memory caches).
 *
 * Debug: free objects are poisoned beyond their first word and checked; a second free is found in the slab's list.
 */

import { DEBUG } from "../layout/build";
import { BUG_SLAB_DOUBLE_FREE, BUG_SLAB_POINTER, BUG_SLAB_POISON, BUG_SLAB_SIZE } from "../layout/bugs";
import { Frame, FRAME_FLAG_CLASS_SHIFT, FRAME_SLAB } from "../layout/frame";
import { SLAB_CLASSES, SLAB_MIN_SHIFT, SYSTEM_BASE, SYSTEM_SLAB_HEADS, System, system } from "../layout/system";
import { PAGE_SHIFT, PAGE_SIZE } from "../layout/types";
import { epochDefer } from "../sync/epoch";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { bug } from "../trace/bug";
import { frameAlloc, frameFree, frameMeta, framePfn } from "./frames";
import { poisonCheck, poisonFill } from "./poison";

export const SLAB_MIN_BYTES: u32 = 1 << SLAB_MIN_SHIFT;
export const SLAB_MAX_BYTES: u32 = SLAB_MIN_BYTES << (SLAB_CLASSES - 1);
const SLAB_LOCK: usize = SYSTEM_BASE + offsetof<System>("slabLock");

if (SLAB_MAX_BYTES != 2048) ERROR("kalloc's doc says 2048");

// @ts-ignore: decorator
@inline
function headOf(cls: u32): usize {
  return SYSTEM_SLAB_HEADS + cls * 4;
}

// @ts-ignore: decorator
@inline
function classOf(meta: Frame): u32 {
  return <u32>meta.flags >> FRAME_FLAG_CLASS_SHIFT;
}

/** Class of the smallest object of at least `bytes` (1 to 2048). */
// @ts-ignore: decorator
@inline
function classFor(bytes: u32): u32 {
  return bytes <= SLAB_MIN_BYTES ? 0 : 32 - clz(bytes - 1) - SLAB_MIN_SHIFT;
}

/** Puts a slab first in its class's partial list. @holds slabLock */
function partialPush(meta: Frame, cls: u32): void {
  const next = load<u32>(headOf(cls));
  meta.link = next;
  meta.refcount = 0;
  if (next != 0) changetype<Frame>(next).refcount = <u32>changetype<usize>(meta);
  store<u32>(headOf(cls), <u32>changetype<usize>(meta));
}

/** @holds slabLock */
function partialRemove(meta: Frame, cls: u32): void {
  const next = meta.link;
  const prev = meta.refcount;
  if (next != 0) changetype<Frame>(next).refcount = prev;
  if (prev != 0) changetype<Frame>(prev).link = next;
  else store<u32>(headOf(cls), next);
}

/** A fresh slab of the class with all objects free, listed; null if out of memory. @holds slabLock @takes buddyLock */
function slabNew(cls: u32): Frame | null {
  const pfn = frameAlloc(FRAME_SLAB);
  if (pfn == 0) return null;
  const base = (<usize>pfn) << PAGE_SHIFT;
  const shift = SLAB_MIN_SHIFT + cls;
  const count = PAGE_SIZE >> shift;
  if (DEBUG) poisonFill(base, PAGE_SIZE);
  for (let i: u32 = 0; i < count; i++) store<u32>(base + (i << shift), i + 1 == count ? 0 : i + 2);
  const meta = frameMeta(pfn);
  meta.flags = <u16>(cls << FRAME_FLAG_CLASS_SHIFT);
  meta.owner = 1;
  partialPush(meta, cls);
  system().slabFrames++;
  return meta;
}

/**
 * `bytes` (1 to 2048) of zeroed memory, rounded up to a power of two of at least 32 and aligned to that.
 * @ret address, 0 = out of memory
 * @takes slabLock, buddyLock
 */
export function kalloc(bytes: u32): usize {
  if (bytes - 1 >= SLAB_MAX_BYTES) bug(BUG_SLAB_SIZE, bytes, 0);
  const cls = classFor(bytes);
  spinLock(SLAB_LOCK);
  let meta = changetype<Frame | null>(<usize>load<u32>(headOf(cls)));
  if (meta === null) meta = slabNew(cls);
  const p: usize = meta === null ? 0 : takeObject(meta, cls);
  spinUnlock(SLAB_LOCK);
  if (p == 0) return 0;
  const size = SLAB_MIN_BYTES << cls;
  if (DEBUG) poisonCheck(p + 8, size - 8, BUG_SLAB_POISON);
  for (let i: u32 = 0; i < size; i += 8) store<u64>(p + i, 0); // faster than memory.fill below some 500 bytes
  return p;
}

/** @holds slabLock */
function takeObject(meta: Frame, cls: u32): usize {
  const first = meta.owner & 0xffff;
  const p = ((<usize>framePfn(meta)) << PAGE_SHIFT) + ((first - 1) << (SLAB_MIN_SHIFT + cls));
  const next = load<u32>(p);
  meta.owner = meta.owner + 0x10000 - first + next;
  if (next == 0) partialRemove(meta, cls);
  system().slabObjects++;
  return p;
}

/**
 * Frees an object of kalloc. As (usize) => void it also serves as an EpochNode's function.
 * @takes slabLock, buddyLock
 */
export function kfree(p: usize): void {
  const meta = frameMeta(<u32>(p >> PAGE_SHIFT));
  if (meta.kind != FRAME_SLAB) bug(BUG_SLAB_POINTER, p, meta.kind);
  const cls = classOf(meta);
  const shift = SLAB_MIN_SHIFT + cls;
  if ((p & ((1 << shift) - 1)) != 0) bug(BUG_SLAB_POINTER, p, meta.kind);
  spinLock(SLAB_LOCK);
  if (DEBUG) poisonObject(meta, p, shift);
  const first = meta.owner & 0xffff;
  const index = <u32>(p & (PAGE_SIZE - 1)) >> shift;
  store<u32>(p, first);
  meta.owner = meta.owner - 0x10000 - first + index + 1;
  system().slabObjects--;
  if (first == 0) partialPush(meta, cls);
  const isEmpty = meta.owner >> 16 == 0;
  if (isEmpty) slabRelease(meta, cls);
  spinUnlock(SLAB_LOCK);
}

/** Frees, after a grace period, an object that begins with an EpochNode. @takes epochLock */
export function kfreeDeferred(p: usize): void {
  epochDefer(p, load<u32>(changetype<usize>(kfree)));
}

/** Gives an empty slab's frame back. @holds slabLock @takes buddyLock */
function slabRelease(meta: Frame, cls: u32): void {
  partialRemove(meta, cls);
  meta.refcount = 0;
  meta.flags = 0;
  system().slabFrames--;
  frameFree(framePfn(meta));
}

/** Debug: refuses an object that is free already, and poisons it. @holds slabLock */
function poisonObject(meta: Frame, p: usize, shift: u32): void {
  const base = p & ~(<usize>PAGE_SIZE - 1);
  let free = meta.owner & 0xffff;
  while (free != 0) {
    const other = base + ((free - 1) << shift);
    if (other == p) bug(BUG_SLAB_DOUBLE_FREE, p, 1 << shift);
    free = load<u32>(other);
  }
  poisonFill(p + 8, (1 << shift) - 8);
}
