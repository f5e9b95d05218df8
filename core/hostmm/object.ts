/**
 * Shared objects: pages that every address space mapping them sees, in the role of a memfd or a page cache. A page is
 * made, zeroed, when first touched by anybody, and lives as long as the object: unmapping or DONTNEED only drops the
 * mapping. Pages are 4 KiB.
 *
 * Lookup and creation take no lock: the array of frame numbers goes from 0 to a pfn by cmpxchg, once. Frames have one
 * reference of the object and one for each leaf that maps them.
 */

import { BUG_HOST_REFCOUNT } from "../layout/bugs";
import { FRAME_ANON } from "../layout/frame";
import { HOST_OBJECT_BYTES, HostObject, HVA_END } from "../layout/hostmm";
import { PAGE_SHIFT, PAGE_SIZE } from "../layout/types";
import { frameAlloc, frameFree, frameZero } from "../mm/frames";
import { karrayAlloc, karrayAt, karrayFree } from "../mm/karray";
import { kalloc, kfree } from "../mm/slab";
import { aadd32, acas32, aload32 } from "../sync/atomics";
import { bug } from "../trace/bug";
import { singlePut } from "./huge_block";

// @ts-ignore: decorator
@inline
function refsOf(object: usize): usize {
  return object + offsetof<HostObject>("refs");
}

/** A shared object of `sizeBytes`, a multiple of 4096, with one reference. @ret its address; 0 = bad size or out of memory */
export function objectCreate(sizeBytes: u64): usize {
  if (sizeBytes == 0 || sizeBytes > HVA_END || (sizeBytes & (PAGE_SIZE - 1)) != 0) return 0;
  const nPages = sizeBytes >> PAGE_SHIFT;
  const pages = karrayAlloc(nPages * 4);
  if (pages == 0) return 0;
  const p = kalloc(HOST_OBJECT_BYTES);
  if (p == 0) {
    karrayFree(pages);
    return 0;
  }
  const object = changetype<HostObject>(p);
  object.pages = pages;
  object.nPages = nPages;
  object.refs = 1;
  return p;
}

/** Bytes of the object. */
export function objectBytes(object: usize): u64 {
  return changetype<HostObject>(object).nPages << PAGE_SHIFT;
}

export function objectGet(object: usize): void {
  aadd32(refsOf(object), 1);
}

/** One handle or VMA less; with the last, the object and its pages go. */
export function objectPut(object: usize): void {
  const old = aadd32(refsOf(object), <u32>-1);
  if (old == 0) bug(BUG_HOST_REFCOUNT, object, old);
  if (old != 1) return;
  const o = changetype<HostObject>(object);
  for (let i: u64 = 0; i < o.nPages; i++) {
    const pfn = load<u32>(karrayAt(o.pages, i * 4));
    if (pfn != 0) singlePut(pfn);
  }
  karrayFree(o.pages);
  kfree(object);
}

/** Frame of the page at byte `offset`, made if it is not there; 0 = out of memory. The object keeps it. */
export function objectPage(object: usize, offset: u64): u32 {
  const slot = karrayAt(changetype<HostObject>(object).pages, (offset >> PAGE_SHIFT) * 4);
  const pfn = aload32(slot);
  if (pfn != 0) return pfn;
  const made = frameAlloc(FRAME_ANON);
  if (made == 0) return 0;
  frameZero(made);
  const other = acas32(slot, 0, made);
  if (other == 0) return made;
  frameFree(made);
  return other;
}
