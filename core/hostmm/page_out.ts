/**
 * Paging out: a page leaves memory for a slot of the swap area, and comes back when it is touched.
 *
 * Guarantee: a page's bytes are at each moment in a frame that an entry maps, or in a frame that the entry's request
 * has, or in the entry's slot, whose write has ended before. A failed write leaves everything as it was. Whoever touches
 * a page on its way out gets it back at once; nobody waits for a write, unless for the memory it will give back.
 *
 * The entry becomes SWAP(slot) inside a notifier bracket, under the mmap lock for write; the frame's reference becomes
 * the request's. When the write has ended, any of main's caller, a waiter, or reclaim ends the page-out: it frees the
 * frame, or maps it again. States and what the main thread does: layout/hostmm.ts. Which pages go: reclaim.ts.
 */

import { DEBUG } from "../layout/build";
import { BUG_HOST_ENTRY } from "../layout/bugs";
import { frameFree } from "../mm/frames";
import { hostPager } from "../layout/host";
import {
  HPTE_DIRTY,
  HPTE_SWAP,
  Mm,
  PAGER_DONE,
  PAGER_PENDING,
  PAGER_STORE,
  PagerRequest,
  SWAP_NO_SLOT,
  SwapArea,
} from "../layout/hostmm";
import { Hva, LEVEL_4K, PAGE_SHIFT } from "../layout/types";
import { aload64, astore64 } from "../sync/atomics";
import { assertNoLocks } from "../sync/lockorder";
import { bug } from "../trace/bug";
import { mmCpu } from "./counters";
import { entryPfn, makeReadOnly, rootOf, tableFind } from "./host_table";
import { countLeaf, leafWithProt, uncountLeaf } from "./leaf";
import { mmGet } from "./mm_ref";
import { mmapReadLock, mmapReadUnlock } from "./mmap_lock";
import {
  pagerLock,
  pagerUnlock,
  requestCancel,
  requestGet,
  requestLink,
  requestPut,
  requestState,
  requestUnlink,
} from "./pager_request";
import { swapGet, swapNoteEnd, swapRequestGive, swapRequestTake, swapSlotGet, swapSlotPut, swapSlotTake } from "./swap";
import { vmaFind } from "./vma";

/** The entry of a page whose bytes are in `slot`. */
// @ts-ignore: decorator
@inline
function makeSwap(slot: u32): u64 {
  return HPTE_SWAP | ((<u64>slot) << PAGE_SHIFT);
}

/** The slot that a SWAP entry names. */
// @ts-ignore: decorator
@inline
export function swapSlotOf(entry: u64): u32 {
  return entryPfn(entry);
}

/** The address space's swap area, or null. @holds mmapLock */
// @ts-ignore: decorator
@inline
export function swapOf(mm: Mm): SwapArea {
  return changetype<SwapArea>(mm.swap);
}

/**
 * Takes the page of the 4 KiB leaf `entry` at `slot` out of the tables and asks for it to be written. The request is put
 * on Mm.postHead's list.
 * @holds mmapLock:write, between notifyStart and notifyEnd
 * @ret false: the area is full, or too many are under way; nothing happened
 */
export function pageOutBegin(mm: Mm, slot: usize, entry: u64, hva: Hva): bool {
  const area = swapOf(mm);
  const request = swapRequestTake(area);
  if (changetype<usize>(request) == 0) return false;
  const place = swapSlotTake(area);
  if (place == SWAP_NO_SLOT) {
    swapRequestGive(area, request);
    return false;
  }
  swapSlotGet(area, place); // the entry's and the request's
  swapGet(area);
  mmGet(changetype<usize>(mm));
  request.state = PAGER_PENDING;
  request.pagerId = area.pagerId;
  request.frame = entryPfn(entry);
  request.write = 0;
  request.offset = (<u64>place) << PAGE_SHIFT;
  request.hva = hva;
  request.mmId = mm.id;
  request.kind = PAGER_STORE;
  request.mm = <u32>changetype<usize>(mm);
  request.refs = 1;
  request.area = <u32>changetype<usize>(area);
  request.postNext = mm.postHead;
  mm.postHead = <u32>changetype<usize>(request);
  pagerLock(mm);
  requestLink(mm, request);
  astore64(slot, makeSwap(place));
  pagerUnlock(mm);
  uncountLeaf(mm, LEVEL_4K);
  mmCpu(mm).swappedPages++;
  mmCpu(mm).pageOuts++;
  return true;
}

/**
 * Posts the page-outs of the list that began at Mm.postHead. Until main knows one, it can only be cancelled, which leaves
 * main a reference. No lock held.
 */
export function pageOutPost(head: u32): void {
  assertNoLocks();
  for (let p = head; p != 0; ) {
    const next = changetype<PagerRequest>(p).postNext;
    hostPager(p);
    p = next;
  }
}

/** Ends `request` before its time, or after it: its frame, with the reference, is the caller's. @holds pagerLock, mmapLock */
export function pageOutTakeBack(mm: Mm, request: PagerRequest): u32 {
  const frame = request.frame;
  request.frame = 0;
  pageOutCancel(mm, request);
  return frame;
}

/** Ends `request`, whose entry is gone or going; its slot, and a frame that it still has, go when main is done with it. @holds pagerLock */
export function pageOutCancel(mm: Mm, request: PagerRequest): void {
  requestUnlink(mm, request);
  requestCancel(request);
}

/** The write has ended: frees the frame, or maps the page again if it failed. Nothing if that is done. @takes mmapLock:read */
export function pageOutEnd(request: PagerRequest): void {
  const mm = changetype<Mm>(request.mm);
  mmapReadLock(mm);
  pagerLock(mm);
  const isMine = request.linked != 0 && requestState(request) != PAGER_PENDING;
  if (isMine) endLocked(mm, request);
  pagerUnlock(mm);
  mmapReadUnlock(mm);
}

/** @holds mmapLock:read, pagerLock */
function endLocked(mm: Mm, request: PagerRequest): void {
  const isDone = requestState(request) == PAGER_DONE;
  swapNoteEnd(changetype<SwapArea>(request.area), u32(!isDone));
  if (isDone) {
    frameFree(request.frame);
    request.frame = 0;
    requestUnlink(mm, request);
    requestPut(request);
  } else {
    restore(mm, request);
  }
}

/** Maps the page of `request` again, as dirty as it was. @holds mmapLock, pagerLock */
function restore(mm: Mm, request: PagerRequest): void {
  const slot = tableFind(rootOf(mm), request.hva);
  const entry = aload64(slot);
  if (DEBUG && entry != makeSwap(<u32>(request.offset >> PAGE_SHIFT))) bug(BUG_HOST_ENTRY, entry, request.hva);
  const vma = vmaFind(mm, request.hva);
  astore64(slot, leafWithProt(makeReadOnly(pageOutTakeBack(mm, request)) | HPTE_DIRTY, vma.prot));
  swapReturned(mm, entry);
}

/** The page of SWAP entry `entry` is mapped again. @holds mmapLock */
export function swapReturned(mm: Mm, entry: u64): void {
  swapSlotPut(swapOf(mm), swapSlotOf(entry));
  countLeaf(mm, LEVEL_4K);
  mmCpu(mm).swappedPages--;
  mmCpu(mm).pageIns++;
}

/** The SWAP entry `entry` is gone, and nobody wants its page. @holds mmapLock:write */
export function swapDrop(mm: Mm, entry: u64): void {
  swapSlotPut(swapOf(mm), swapSlotOf(entry));
  mmCpu(mm).swappedPages--;
}

/** `child` gets a copy of the SWAP entry `entry`, whose write has ended. @holds mmapLock:write of the parent */
export function swapShare(child: Mm, entry: u64): void {
  swapSlotGet(swapOf(child), swapSlotOf(entry));
  mmCpu(child).swappedPages++;
}

/** Takes every page back that is on its way out: what SWAP entries name is in their slots then. @holds mmapLock:write */
export function pageOutCancelAll(mm: Mm): void {
  pagerLock(mm);
  for (let p = mm.pagerHead; p != 0; ) {
    const request = changetype<PagerRequest>(p);
    p = request.next;
    if (request.kind == PAGER_STORE) restore(mm, request);
  }
  pagerUnlock(mm);
}

/** Ends all page-outs of the address space whose writes have ended: a hint of the main thread's. @takes mmapLock:read */
export function pageOutEndAll(mm: Mm): void {
  while (true) {
    const request = pageOutAny(mm);
    if (changetype<usize>(request) == 0) return;
    const isPending = requestState(request) == PAGER_PENDING;
    if (!isPending) pageOutEnd(request);
    requestPut(request);
    if (isPending) return;
  }
}

/**
 * A page-out under way, or one that has ended and waits for its end to be noticed, with a reference for the caller.
 * Null = none.
 */
export function pageOutAny(mm: Mm): PagerRequest {
  pagerLock(mm);
  let request = changetype<PagerRequest>(mm.pagerHead);
  let found = changetype<PagerRequest>(0);
  while (changetype<usize>(request) != 0) {
    if (request.kind == PAGER_STORE) {
      found = request;
      if (requestState(request) != PAGER_PENDING) break;
    }
    request = changetype<PagerRequest>(request.next);
  }
  if (changetype<usize>(found) != 0) requestGet(found);
  pagerUnlock(mm);
  return found;
}
