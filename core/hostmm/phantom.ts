/**
 * Phantom memory: frame numbers beyond the arena, computed and not stored, so that the lab can map terabytes. A range
 * has a bitmap of the units that were touched, and nothing else: no frames, no contents, no host tables. The frame
 * number of an address never changes and is unique within its address space; whoever dereferences one errs
 * (frameIsArena tells).
 */

import { BUG_HOST_REFCOUNT } from "../layout/bugs";
import { PHANTOM_RANGE_BYTES, PhantomRange } from "../layout/hostmm";
import { HOST_MAXPHYADDR, Hva, PAGE_SHIFT, Pfn, PHANTOM_PFN_BASE, pagesPerLevel } from "../layout/types";
import { karrayAlloc, karrayAt, karrayFree } from "../mm/karray";
import { kalloc, kfree } from "../mm/slab";
import { aadd32, aand32, aload32, aor32 } from "../sync/atomics";
import { bug } from "../trace/bug";

/** Phantom frames of one address space. */
const PHANTOM_PAGES: u64 = ((<u64>1) << (HOST_MAXPHYADDR - PAGE_SHIFT)) - PHANTOM_PFN_BASE;

/**
 * Where a range of `nPages` aligned to `align` pages (a power of two) starts among the phantom frames if `used` of
 * them are handed out. u64.MAX_VALUE = no room.
 */
export function phantomPlace(used: u64, nPages: u64, align: u64): u64 {
  const start = ((PHANTOM_PFN_BASE + used + align - 1) & ~(align - 1)) - PHANTOM_PFN_BASE;
  return nPages > PHANTOM_PAGES || start > PHANTOM_PAGES - nPages ? u64.MAX_VALUE : start;
}

/** A range of `nPages` in units of `level`, nothing present, with one reference; 0 = out of memory. Its basePfn is the caller's to set. */
export function phantomCreate(nPages: u64, level: u32): usize {
  const nUnits = nPages / pagesPerLevel(level);
  const bitmap = karrayAlloc(((nUnits + 31) >> 5) * 4);
  if (bitmap == 0) return 0;
  const p = kalloc(PHANTOM_RANGE_BYTES);
  if (p == 0) {
    karrayFree(bitmap);
    return 0;
  }
  const range = changetype<PhantomRange>(p);
  range.refs = 1;
  range.bitmap = bitmap;
  range.level = level;
  range.nUnits = nUnits;
  return p;
}

export function phantomGet(range: usize): void {
  aadd32(range + offsetof<PhantomRange>("refs"), 1);
}

/** One VMA less; with the last, the range goes. Its frame numbers are not used again. */
export function phantomPut(range: usize): void {
  const old = aadd32(range + offsetof<PhantomRange>("refs"), <u32>-1);
  if (old == 0) bug(BUG_HOST_REFCOUNT, range, old);
  if (old != 1) return;
  karrayFree(changetype<PhantomRange>(range).bitmap);
  kfree(range);
}

// @ts-ignore: decorator
@inline
function wordOf(range: PhantomRange, unit: u64): usize {
  return karrayAt(range.bitmap, (unit >> 5) * 4);
}

/** Touches the page at byte `offset`: its unit is present from now on. Its frame number. */
export function phantomTouch(range: PhantomRange, offset: u64): Pfn {
  const unit = (offset >> PAGE_SHIFT) / pagesPerLevel(range.level);
  const word = wordOf(range, unit);
  const bit = (<u32>1) << (<u32>unit & 31);
  // Looked at first: whole CPUs of vCPUs touch the same words.
  if ((aload32(word) & bit) == 0) aor32(word, bit);
  return range.basePfn + (offset >> PAGE_SHIFT);
}

/** True if the page at byte `offset` was touched since it was mapped or dropped. */
export function phantomIsPresent(range: PhantomRange, offset: u64): bool {
  const unit = (offset >> PAGE_SHIFT) / pagesPerLevel(range.level);
  return (aload32(wordOf(range, unit)) & ((<u32>1) << (<u32>unit & 31))) != 0;
}

/** Drops the units of the bytes [start, end), multiples of the unit. */
export function phantomDrop(range: PhantomRange, start: u64, end: u64): void {
  const perUnit = pagesPerLevel(range.level);
  const last = (end >> PAGE_SHIFT) / perUnit;
  for (let unit = (start >> PAGE_SHIFT) / perUnit; unit < last; ) {
    const bit = <u32>unit & 31;
    const n = min<u64>(32 - bit, last - unit);
    const mask = n == 32 ? u32.MAX_VALUE : (((<u32>1) << (<u32>n)) - 1) << bit;
    aand32(wordOf(range, unit), ~mask);
    unit += n;
  }
}
