/**
 * Requests to pagers as objects: their list in the address space, under its pagerLock, by the page they are for; their
 * references; and who waits for them. What they ask, and what becomes of the answer, is pager.ts's and page_out.ts's.
 */

import { DEBUG } from "../layout/build";
import { BUG_HOST_REFCOUNT } from "../layout/bugs";
import { Cpu, cpuById } from "../layout/cpu";
import { Mm, PAGER_CANCELLED, PAGER_PENDING, PAGER_STORE, PagerRequest, SwapArea } from "../layout/hostmm";
import { SYSTEM_BASE, System } from "../layout/system";
import { Hva, PAGE_SHIFT } from "../layout/types";
import { frameFree } from "../mm/frames";
import { kfree } from "../mm/slab";
import { aadd32, acas32, aload32 } from "../sync/atomics";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { cpuWake } from "../sync/wait";
import { bug } from "../trace/bug";
import { mmPut } from "./mm_ref";
import { swapPut, swapRequestGive, swapSlotPut } from "./swap";

// @ts-ignore: decorator
@inline
export function pagerLock(mm: Mm): void {
  spinLock(changetype<usize>(mm) + offsetof<Mm>("pagerLock"));
}

// @ts-ignore: decorator
@inline
export function pagerUnlock(mm: Mm): void {
  spinUnlock(changetype<usize>(mm) + offsetof<Mm>("pagerLock"));
}

/** PAGER_*: how far it is. */
// @ts-ignore: decorator
@inline
export function requestState(request: PagerRequest): u32 {
  return aload32(changetype<usize>(request) + offsetof<PagerRequest>("state"));
}

// @ts-ignore: decorator
@inline
export function requestGet(request: PagerRequest): void {
  aadd32(changetype<usize>(request) + offsetof<PagerRequest>("refs"), 1);
}

/** One reference less; with the last, the request and the frame it still has go. */
export function requestPut(request: PagerRequest): void {
  const old = aadd32(changetype<usize>(request) + offsetof<PagerRequest>("refs"), <u32>-1);
  if (DEBUG && old == 0) bug(BUG_HOST_REFCOUNT, changetype<usize>(request), old);
  if (old != 1) return;
  if (request.frame != 0) frameFree(request.frame);
  if (request.kind == PAGER_STORE) storeFree(request);
  else kfree(changetype<usize>(request));
}

/** Nobody writes to the slot any more: it is the entry's alone, or free. */
function storeFree(request: PagerRequest): void {
  const area = changetype<SwapArea>(request.area);
  const mm = request.mm;
  swapSlotPut(area, <u32>(request.offset >> PAGE_SHIFT));
  swapRequestGive(area, request);
  swapPut(area);
  mmPut(mm);
}

/** The request for the page at `hva`, or null. @holds pagerLock */
export function requestFind(mm: Mm, hva: Hva): PagerRequest {
  let request = changetype<PagerRequest>(mm.pagerHead);
  while (changetype<usize>(request) != 0 && request.hva != hva) request = changetype<PagerRequest>(request.next);
  return request;
}

/** Puts a request on the list, whose reference it has. @holds pagerLock */
export function requestLink(mm: Mm, request: PagerRequest): void {
  request.next = mm.pagerHead;
  request.linked = 1;
  mm.pagerHead = <u32>changetype<usize>(request);
}

/** Takes a request off the list; the list's reference is the caller's now. @holds pagerLock */
export function requestUnlink(mm: Mm, request: PagerRequest): void {
  const self = <u32>changetype<usize>(request);
  let link = changetype<usize>(mm) + offsetof<Mm>("pagerHead");
  while (load<u32>(link) != self) link = <usize>load<u32>(link) + offsetof<PagerRequest>("next");
  store<u32>(link, request.next);
  request.linked = 0;
}

/**
 * Nobody wants the request, which is off the list, any more: its waiters retry. The list's reference becomes the main
 * thread's, unless that has ended the request before.
 */
export function requestCancel(request: PagerRequest): void {
  const state = changetype<usize>(request) + offsetof<PagerRequest>("state");
  const isCancelled = acas32(state, PAGER_PENDING, PAGER_CANCELLED) == PAGER_PENDING;
  requestWake(request);
  if (!isCancelled) requestPut(request);
}

/** Wakes the CPUs that sleep for the request. */
function requestWake(request: PagerRequest): void {
  const n = aload32(SYSTEM_BASE + offsetof<System>("cpuLimit"));
  for (let id: u32 = 0; id < n; id++) {
    if (aload32(changetype<usize>(cpuById(id)) + offsetof<Cpu>("waitingOn")) == <u32>changetype<usize>(request))
      cpuWake(id);
  }
}
