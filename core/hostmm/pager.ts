/**
 * Pages that TypeScript supplies. A fault on a missing page of a pager's VMA posts one PagerRequest, shared by all who
 * fault on that page meanwhile, and ends with -EAGAIN; only those faulting threads wait, with no lock and in no epoch
 * section; whoever retries first maps the frame. States and what the main thread does: layout/hostmm.ts.
 *
 * The caller of gup that got -EAGAIN and a request in ret3 has a reference on it:
 *
 *   drop every lock, leave the epoch section
 *   while (pagerWait(request, timeoutMs) == -EAGAIN) look for other work, perhaps give up
 *   error = pagerFinish(request)          always, once; 0: retry the access; -EFAULT: there is no such page
 */

import { DEBUG } from "../layout/build";
import { BUG_HOST_REFCOUNT } from "../layout/bugs";
import { Cpu, cpuById } from "../layout/cpu";
import { EAGAIN, EFAULT, ENOMEM } from "../layout/errno";
import { FRAME_ANON } from "../layout/frame";
import { hostPager } from "../layout/host";
import {
  GUP_NOWAIT,
  GUP_WRITE,
  Mm,
  PAGER_CANCELLED,
  PAGER_DONE,
  PAGER_FAILED,
  PAGER_PENDING,
  PAGER_REQUEST_BYTES,
  PagerRequest,
  Vma,
} from "../layout/hostmm";
import { SYSTEM_BASE, System } from "../layout/system";
import { Hva, PAGE_MASK } from "../layout/types";
import { frameAlloc, frameFree } from "../mm/frames";
import { kalloc, kfree } from "../mm/slab";
import { aadd32, acas32, aload32, aload64, astore32 } from "../sync/atomics";
import { assertNoLocks } from "../sync/lockorder";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { thisCpu } from "../sync/this_cpu";
import { cpuWait, cpuWake, cpuWakeCount } from "../sync/wait";
import { bug } from "../trace/bug";
import { vmaOffset } from "./vma";

/** pagerFind: the page is there by now. */
export const PAGER_MAPPED: i32 = 1;

// @ts-ignore: decorator
@inline
function lockOf(mm: Mm): usize {
  return changetype<usize>(mm) + offsetof<Mm>("pagerLock");
}

// @ts-ignore: decorator
@inline
function stateOf(request: PagerRequest): u32 {
  return aload32(changetype<usize>(request) + offsetof<PagerRequest>("state"));
}

// @ts-ignore: decorator
@inline
function refsOf(request: PagerRequest): usize {
  return changetype<usize>(request) + offsetof<PagerRequest>("refs");
}

/** One reference less; with the last, the request and the frame it still has go. */
function requestPut(request: PagerRequest): void {
  const old = aadd32(refsOf(request), <u32>-1);
  if (DEBUG && old == 0) bug(BUG_HOST_REFCOUNT, changetype<usize>(request), old);
  if (old != 1) return;
  if (request.frame != 0) frameFree(request.frame);
  kfree(changetype<usize>(request));
}

/** @holds pagerLock */
function findLocked(mm: Mm, hva: Hva): PagerRequest {
  let request = changetype<PagerRequest>(mm.pagerHead);
  while (changetype<usize>(request) != 0 && request.hva != hva) request = changetype<PagerRequest>(request.next);
  return request;
}

/** Takes a request off the list; the list's reference is the caller's now. @holds pagerLock */
function unlinkLocked(mm: Mm, request: PagerRequest): void {
  const self = <u32>changetype<usize>(request);
  let link = changetype<usize>(mm) + offsetof<Mm>("pagerHead");
  while (load<u32>(link) != self) link = <usize>load<u32>(link) + offsetof<PagerRequest>("next");
  store<u32>(link, request.next);
  request.linked = 0;
}

/** A pending request for the page at `hva`, on the list; null = out of memory. @holds pagerLock */
function createLocked(mm: Mm, vma: Vma, hva: Hva, flags: u32): PagerRequest {
  const frame = frameAlloc(FRAME_ANON);
  if (frame == 0) return changetype<PagerRequest>(0);
  const p = kalloc(PAGER_REQUEST_BYTES);
  if (p == 0) {
    frameFree(frame);
    return changetype<PagerRequest>(0);
  }
  const request = changetype<PagerRequest>(p);
  request.state = PAGER_PENDING;
  request.pagerId = vma.source;
  request.frame = frame;
  request.write = u32((flags & GUP_WRITE) != 0);
  request.offset = vmaOffset(vma, hva);
  request.hva = hva;
  request.mmId = mm.id;
  request.mm = <u32>changetype<usize>(mm);
  request.refs = 1;
  request.next = mm.pagerHead;
  request.linked = 1;
  mm.pagerHead = <u32>p;
  return request;
}

/**
 * The page at `hva` of a pager's VMA is missing: its entry at `slot` was 0. If it has arrived, ret0 is its frame, and
 * the caller, who still holds pagerLock, installs it and calls pagerInstalled; nobody else does so meanwhile.
 * @ret 0 as above; PAGER_MAPPED: another thread has installed it; or with pagerLock released:
 *   -EAGAIN: asked for, ret3 = the request with a reference for the caller (GUP_NOWAIT: not asked, ret3 = 0);
 *   -EFAULT: the pager has no such page; -ENOMEM
 * @holds mmapLock:read
 */
export function pagerFault(mm: Mm, vma: Vma, slot: usize, address: Hva, flags: u32): i32 {
  const hva = address & PAGE_MASK;
  spinLock(lockOf(mm));
  if (aload64(slot) != 0) {
    spinUnlock(lockOf(mm));
    return PAGER_MAPPED;
  }
  const request = findLocked(mm, hva);
  if (changetype<usize>(request) != 0) {
    const state = stateOf(request);
    if (state != PAGER_PENDING) return takeAnswer(mm, request, state);
    return wait(mm, request, flags);
  }
  if ((flags & GUP_NOWAIT) != 0) return wait(mm, request, flags);
  const posted = createLocked(mm, vma, hva, flags);
  if (changetype<usize>(posted) == 0) {
    spinUnlock(lockOf(mm));
    return -ENOMEM;
  }
  const result = wait(mm, posted, flags);
  // A message, not a wait: the main thread may answer before this returns, our reference keeps the request.
  hostPager(changetype<usize>(posted));
  return result;
}

/** Gives the caller a reference to wait with, unless it does not want to wait. @holds pagerLock, released */
function wait(mm: Mm, request: PagerRequest, flags: u32): i32 {
  if ((flags & GUP_NOWAIT) != 0) {
    thisCpu().ret3 = 0;
  } else {
    aadd32(refsOf(request), 1);
    thisCpu().ret3 = changetype<usize>(request);
  }
  spinUnlock(lockOf(mm));
  return -EAGAIN;
}

/** @holds pagerLock, released unless the result is 0 */
function takeAnswer(mm: Mm, request: PagerRequest, state: u32): i32 {
  unlinkLocked(mm, request);
  if (state == PAGER_DONE) {
    thisCpu().ret0 = request.frame;
    request.frame = 0;
    requestPut(request);
    return 0;
  }
  requestPut(request);
  spinUnlock(lockOf(mm));
  return -EFAULT;
}

/** After pagerFault returned 0: the frame of ret0 is mapped. */
export function pagerInstalled(mm: Mm): void {
  spinUnlock(lockOf(mm));
}

/**
 * Cancels the requests for pages in [start, end): their waiters retry. A frame being filled goes when the main thread
 * has said that it is done with it. @holds mmapLock:write
 */
export function pagerCancelRange(mm: Mm, start: Hva, end: Hva): void {
  if (mm.pagerHead == 0) return; // faults, which add to it, are kept off by the mmap lock
  spinLock(lockOf(mm));
  let next = mm.pagerHead;
  while (next != 0) {
    const request = changetype<PagerRequest>(next);
    next = request.next;
    if (request.hva < start || request.hva >= end) continue;
    unlinkLocked(mm, request);
    const state = changetype<usize>(request) + offsetof<PagerRequest>("state");
    const isCancelled = acas32(state, PAGER_PENDING, PAGER_CANCELLED) == PAGER_PENDING;
    wakeWaiters(request);
    if (!isCancelled) requestPut(request); // else the list's reference is the main thread's
  }
  spinUnlock(lockOf(mm));
}

function wakeWaiters(request: PagerRequest): void {
  const n = aload32(SYSTEM_BASE + offsetof<System>("cpuLimit"));
  for (let id: u32 = 0; id < n; id++) {
    if (aload32(changetype<usize>(cpuById(id)) + offsetof<Cpu>("waitingOn")) == <u32>changetype<usize>(request))
      cpuWake(id);
  }
}

/**
 * Sleeps until the request is answered or cancelled, this CPU is woken for another reason, or `timeoutMs` (0 to 100)
 * passes. Call it in a loop that looks for other work.
 * @ret 0: answered, call pagerFinish; -EAGAIN: not yet
 */
export function pagerWait(address: usize, timeoutMs: f64): i32 {
  assertNoLocks();
  const request = changetype<PagerRequest>(address);
  const waitingOn = changetype<usize>(thisCpu()) + offsetof<Cpu>("waitingOn");
  const seen = cpuWakeCount();
  // Named before the state is read; the other side writes the state before it looks for names.
  astore32(waitingOn, <u32>address);
  if (stateOf(request) == PAGER_PENDING) cpuWait(seen, timeoutMs);
  astore32(waitingOn, 0);
  return stateOf(request) == PAGER_PENDING ? -EAGAIN : 0;
}

/**
 * Ends a wait, answered or given up: drops the reference that came with -EAGAIN.
 * @ret 0: retry the access; -EFAULT: the pager has failed
 */
export function pagerFinish(address: usize): i32 {
  const request = changetype<PagerRequest>(address);
  const isFailed = stateOf(request) == PAGER_FAILED;
  if (isFailed) forgetFailed(request);
  requestPut(request);
  return isFailed ? -EFAULT : 0;
}

/** A failed request leaves the list with the first who knows: the next access to the page asks again. */
function forgetFailed(request: PagerRequest): void {
  const mm = changetype<Mm>(request.mm);
  spinLock(lockOf(mm));
  const wasLinked = request.linked;
  if (wasLinked != 0) unlinkLocked(mm, request);
  spinUnlock(lockOf(mm));
  if (wasLinked != 0) requestPut(request);
}

/** The main thread is done with a request that it found cancelled. */
export function pagerRelease(address: usize): void {
  requestPut(changetype<PagerRequest>(address));
}
