/**
 * VMAs and their sorted array: lookup, allocation, references. A VMA is immutable once it is published, and the array
 * is replaced whole, so a lookup may run under the mmap lock or in an epoch section and always sees one state of the
 * address space. Both are freed after a grace period; what Vma.source names is only there under the mmap lock. Changes
 * are made by vma_edit.ts.
 *
 * Copying the array makes an mmap or munmap linear in the number of VMAs: there are few, and lookups are many.
 */

import {
  BACKING_ANON,
  BACKING_OBJECT,
  BACKING_PHANTOM,
  HVA_END,
  HVA_MIN,
  HVA_MMAP_BASE,
  Mm,
  MM_MAP_HUGE,
  MM_MAP_HUGE_1G,
  MM_MAP_HUGETLB,
  Vma,
  VMA_ARRAY_HEADER_BYTES,
  VMA_ARRAY_SLAB,
  VMA_BYTES,
  VMA_FLAGS,
  VmaArray,
} from "../layout/hostmm";
import { Hva, LEVEL_1G, LEVEL_2M, LEVEL_4K } from "../layout/types";
import { kblockAlloc, kblockFree, kblockOrder } from "../mm/kblock";
import { kalloc, kfree, SLAB_MAX_BYTES } from "../mm/slab";
import { aload32, astore32 } from "../sync/atomics";
import { epochDefer } from "../sync/epoch";
import { tableSpan } from "./host_table";
import { objectGet, objectPut } from "./object";
import { phantomGet, phantomPut } from "./phantom";

/** The largest array: a 2 MiB block. */
const ARRAY_MAX_BYTES: u32 = 2 << 20;

/** Address of slot i of an array. */
// @ts-ignore: decorator
@inline
function slotOf(array: VmaArray, i: u32): usize {
  return changetype<usize>(array) + VMA_ARRAY_HEADER_BYTES + i * 4;
}

/** The i-th VMA, in address order; i < count. */
// @ts-ignore: decorator
@inline
export function vmaAt(array: VmaArray, i: u32): Vma {
  return changetype<Vma>(load<u32>(slotOf(array, i)));
}

// @ts-ignore: decorator
@inline
export function vmaSetAt(array: VmaArray, i: u32, vma: Vma): void {
  store<u32>(slotOf(array, i), <u32>changetype<usize>(vma));
}

/** The current array, or null (0) for an address space without VMAs. @holds mmapLock, or @epoch */
// @ts-ignore: decorator
@inline
export function vmaArrayOf(mm: Mm): VmaArray {
  return changetype<VmaArray>(aload32(changetype<usize>(mm) + offsetof<Mm>("vmas")));
}

// @ts-ignore: decorator
@inline
export function vmaCount(array: VmaArray): u32 {
  return changetype<usize>(array) == 0 ? 0 : array.count;
}

/** Index of the first VMA that ends above `hva`; the count if there is none. */
export function vmaIndex(array: VmaArray, hva: Hva): u32 {
  let low: u32 = 0;
  let high = vmaCount(array);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (vmaAt(array, middle).end > hva) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The VMA that contains `hva`, or null. @holds mmapLock, or @epoch */
export function vmaFind(mm: Mm, hva: Hva): Vma {
  const array = vmaArrayOf(mm);
  const i = vmaIndex(array, hva);
  if (i == vmaCount(array)) return changetype<Vma>(0);
  const vma = vmaAt(array, i);
  return vma.start <= hva ? vma : changetype<Vma>(0);
}

/** True if no VMA meets [start, end). @holds mmapLock */
export function vmaRangeIsFree(mm: Mm, start: Hva, end: Hva): bool {
  const array = vmaArrayOf(mm);
  const i = vmaIndex(array, start);
  return i == vmaCount(array) || vmaAt(array, i).start >= end;
}

/** True if VMAs cover [start, end) without a hole. @holds mmapLock */
export function vmaRangeIsFull(mm: Mm, start: Hva, end: Hva): bool {
  const array = vmaArrayOf(mm);
  const n = vmaCount(array);
  let at = start;
  for (let i = vmaIndex(array, start); at < end; i++) {
    if (i == n || vmaAt(array, i).start > at) return false;
    at = vmaAt(array, i).end;
  }
  return true;
}

/** The lowest free range of `length` bytes from HVA_MMAP_BASE on, else from HVA_MIN on, aligned to `align`. 0 = none. @holds mmapLock */
export function vmaFindFree(mm: Mm, length: u64, align: u64): Hva {
  const found = findFreeFrom(mm, HVA_MMAP_BASE, length, align);
  return found != 0 ? found : findFreeFrom(mm, HVA_MIN, length, align);
}

function findFreeFrom(mm: Mm, start: Hva, length: u64, align: u64): Hva {
  const array = vmaArrayOf(mm);
  const n = vmaCount(array);
  let at = (start + align - 1) & ~(align - 1);
  for (let i: u32 = 0; i < n; i++) {
    const vma = vmaAt(array, i);
    if (vma.start >= at && vma.start - at >= length) return at;
    const next = (vma.end + align - 1) & ~(align - 1);
    if (next > at) at = next;
  }
  return at <= HVA_END && HVA_END - at >= length ? at : 0;
}

/** End of the last VMA below `hva`, 0 if none: how far down nothing is mapped. @holds mmapLock */
export function vmaFloor(mm: Mm, hva: Hva): Hva {
  const array = vmaArrayOf(mm);
  const i = vmaIndex(array, hva);
  if (i < vmaCount(array) && vmaAt(array, i).start < hva) return hva;
  return i == 0 ? 0 : vmaAt(array, i - 1).end;
}

/** Start of the first VMA at or above `hva`, HVA_END if none. `hva` is not inside a VMA. @holds mmapLock */
export function vmaCeiling(mm: Mm, hva: Hva): Hva {
  const array = vmaArrayOf(mm);
  const i = vmaIndex(array, hva);
  return i == vmaCount(array) ? HVA_END : vmaAt(array, i).start;
}

/** Level of the pieces that a mapping of this kind consists of: its edges are always aligned to their size. */
export function unitLevel(backing: u32, flags: u32): u32 {
  if ((flags & MM_MAP_HUGE_1G) != 0) return LEVEL_1G;
  if ((flags & MM_MAP_HUGETLB) != 0) return LEVEL_2M;
  return backing == BACKING_PHANTOM && (flags & MM_MAP_HUGE) != 0 ? LEVEL_2M : LEVEL_4K;
}

/** True if the VMA that contains `hva`, if any, may be cut there. @holds mmapLock */
export function vmaMayCut(mm: Mm, hva: Hva): bool {
  const vma = vmaFind(mm, hva);
  return changetype<usize>(vma) == 0 || (hva & (tableSpan(unitLevel(vma.backing, vma.flags)) - 1)) == 0;
}

/** True if b's pages could belong to a. b starts where a ends. */
export function vmaIsContinued(a: Vma, b: Vma): bool {
  if (a.backing != b.backing || a.prot != b.prot || a.flags != b.flags || a.source != b.source) return false;
  return a.end == b.start && (a.backing == BACKING_ANON || a.offset + (a.end - a.start) == b.offset);
}

/** Byte offset in the VMA's source of `hva`. */
// @ts-ignore: decorator
@inline
export function vmaOffset(vma: Vma, hva: Hva): u64 {
  return vma.offset + (hva - vma.start);
}

/** A VMA without a range, whose reference on `source` was taken for it; null = out of memory, the reference is dropped. */
export function vmaMake(backing: u32, prot: u32, flags: u32, source: u32, offset: u64): Vma {
  const vma = changetype<Vma>(kalloc(VMA_BYTES));
  if (changetype<usize>(vma) == 0) {
    dropSource(backing, source);
    return vma;
  }
  vma.backing = backing;
  vma.prot = prot;
  vma.flags = flags & VMA_FLAGS;
  vma.source = source;
  vma.offset = offset;
  return vma;
}

/** A VMA like `like` for [start, end), with a reference of its own on the source; null = out of memory. */
export function vmaClone(like: Vma, start: Hva, end: Hva): Vma {
  getSource(like.backing, like.source);
  // Anonymous memory has no source; a constant lets neighbours compare equal.
  const offset = like.backing == BACKING_ANON ? 0 : vmaOffset(like, start);
  const vma = vmaMake(like.backing, like.prot, like.flags, like.source, offset);
  if (changetype<usize>(vma) == 0) return vma;
  vma.start = start;
  vma.end = end;
  return vma;
}

function getSource(backing: u32, source: u32): void {
  if (backing == BACKING_OBJECT) objectGet(source);
  else if (backing == BACKING_PHANTOM) phantomGet(source);
}

function dropSource(backing: u32, source: u32): void {
  if (backing == BACKING_OBJECT) objectPut(source);
  else if (backing == BACKING_PHANTOM) phantomPut(source);
}

/** Frees a VMA that was never published. */
export function vmaFree(vma: Vma): void {
  dropSource(vma.backing, vma.source);
  kfree(changetype<usize>(vma));
}

/** Frees a VMA that no array has any more; its pages are unmapped or belong to others. */
export function vmaFreeDeferred(vma: Vma): void {
  dropSource(vma.backing, vma.source);
  epochDefer(changetype<usize>(vma), load<u32>(changetype<usize>(vmaFreeNode)));
}

function vmaFreeNode(node: usize): void {
  kfree(node);
}

/** An array for up to `capacity` VMAs, count 0; null = out of memory. */
export function vmaArrayAlloc(capacity: u32): VmaArray {
  const bytes = <u64>VMA_ARRAY_HEADER_BYTES + <u64>capacity * 4;
  if (bytes > ARRAY_MAX_BYTES) return changetype<VmaArray>(0);
  const isSmall = bytes <= SLAB_MAX_BYTES;
  const order = isSmall ? VMA_ARRAY_SLAB : kblockOrder(<u32>bytes);
  const p = isSmall ? kalloc(<u32>bytes) : kblockAlloc(order);
  if (p == 0) return changetype<VmaArray>(0);
  const array = changetype<VmaArray>(p);
  array.blockOrder = order;
  return array;
}

/** Frees an array that was never published; its VMAs stay. */
export function vmaArrayFree(array: VmaArray): void {
  const p = changetype<usize>(array);
  if (array.blockOrder == VMA_ARRAY_SLAB) kfree(p);
  else kblockFree(p, array.blockOrder);
}

function vmaArrayFreeNode(node: usize): void {
  vmaArrayFree(changetype<VmaArray>(node));
}

/** Frees an array that lookups may still be in; null is allowed. */
export function vmaArrayFreeDeferred(array: VmaArray): void {
  const p = changetype<usize>(array);
  if (p != 0) epochDefer(p, load<u32>(changetype<usize>(vmaArrayFreeNode)));
}

/** Makes `array` (null: none) the address space's. The old one is the caller's to free. @holds mmapLock:write */
export function vmaArrayPublish(mm: Mm, array: VmaArray): void {
  astore32(changetype<usize>(mm) + offsetof<Mm>("vmas"), <u32>changetype<usize>(array));
}
