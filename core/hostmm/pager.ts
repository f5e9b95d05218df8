/**
 * Pages that TypeScript supplies: of a pager's VMA, or paged out before. A fault on such a page posts one PagerRequest,
 * shared by all who fault on that page meanwhile, and ends with -EAGAIN; only those faulting threads wait, with no lock
 * and in no epoch section; whoever retries first maps the frame. States and what the main thread does:
 * layout/hostmm.ts. The other direction: page_out.ts.
 *
 * The caller of gup that got -EAGAIN and a request in ret3 has a reference on it:
 *
 *   drop every lock, leave the epoch section
 *   while (pagerWait(request, timeoutMs) == -EAGAIN) look for other work, perhaps give up
 *   error = pagerFinish(request)          always, once; 0: retry the access; -EFAULT: there is no such page
 */

import { Cpu } from "../layout/cpu";
import { EAGAIN, EFAULT, ENOMEM } from "../layout/errno";
import { FRAME_ANON } from "../layout/frame";
import { hostPager } from "../layout/host";
import {
  GUP_LATER,
  GUP_NOWAIT,
  GUP_WRITE,
  Mm,
  PAGER_DONE,
  PAGER_FAILED,
  PAGER_PENDING,
  PAGER_REQUEST_BYTES,
  PAGER_STORE,
  PagerRequest,
} from "../layout/hostmm";
import { Hva, PAGE_MASK } from "../layout/types";
import { frameAlloc, frameFree } from "../mm/frames";
import { kalloc } from "../mm/slab";
import { aload64, astore32 } from "../sync/atomics";
import { assertNoLocks } from "../sync/lockorder";
import { thisCpu } from "../sync/this_cpu";
import { cpuWait, cpuWakeCount } from "../sync/wait";
import { pageOutEnd, pageOutTakeBack } from "./page_out";
import {
  pagerLock,
  pagerUnlock,
  requestCancel,
  requestFind,
  requestGet,
  requestLink,
  requestPut,
  requestState,
  requestUnlink,
} from "./pager_request";

/** pagerFault: something changed meanwhile, look again. */
export const PAGER_CHANGED: i32 = 1;

/** A pending request for the page at `hva`, on the list; null = out of memory. @holds pagerLock */
function createLocked(mm: Mm, hva: Hva, pagerId: u32, offset: u64, flags: u32): PagerRequest {
  const frame = frameAlloc(FRAME_ANON);
  if (frame == 0) return changetype<PagerRequest>(0);
  const p = kalloc(PAGER_REQUEST_BYTES);
  if (p == 0) {
    frameFree(frame);
    return changetype<PagerRequest>(0);
  }
  const request = changetype<PagerRequest>(p);
  request.state = PAGER_PENDING;
  request.pagerId = pagerId;
  request.frame = frame;
  request.write = u32((flags & GUP_WRITE) != 0);
  request.offset = offset;
  request.hva = hva;
  request.mmId = mm.id;
  request.mm = <u32>changetype<usize>(mm);
  request.refs = 1;
  requestLink(mm, request);
  return request;
}

/**
 * The page at `hva` is not there: its entry at `slot` was `entry`, 0 or SWAP, and pager `pagerId` has its bytes at
 * `offset`. If it has arrived, or is still on its way out, ret0 is its frame with a reference, and the caller, who still
 * holds pagerLock, installs it and calls pagerInstalled; nobody else does so meanwhile.
 * @ret 0 as above; PAGER_CHANGED: the entry is another by now; or with pagerLock released:
 *   -EAGAIN: asked for, ret3 = the request with a reference for the caller (GUP_NOWAIT: not asked, ret3 = 0);
 *   -EFAULT: the pager has no such page; -ENOMEM
 * @holds mmapLock:read
 */
export function pagerFault(mm: Mm, slot: usize, entry: u64, address: Hva, pagerId: u32, offset: u64, flags: u32): i32 {
  const hva = address & PAGE_MASK;
  pagerLock(mm);
  if (aload64(slot) != entry) {
    pagerUnlock(mm);
    return PAGER_CHANGED;
  }
  const request = requestFind(mm, hva);
  if (changetype<usize>(request) != 0) return pagerKnown(mm, request, flags);
  if ((flags & GUP_NOWAIT) != 0) return wait(mm, request, flags);
  const posted = createLocked(mm, hva, pagerId, offset, flags);
  if (changetype<usize>(posted) == 0) {
    pagerUnlock(mm);
    return -ENOMEM;
  }
  const result = wait(mm, posted, flags);
  // A message, not a wait: the main thread may answer before this returns, our reference keeps the request.
  hostPager(changetype<usize>(posted));
  return result;
}

/** A request for the page is under way, in either direction. @holds pagerLock, released unless the result is 0 */
function pagerKnown(mm: Mm, request: PagerRequest, flags: u32): i32 {
  if (request.kind == PAGER_STORE) {
    thisCpu().ret0 = pageOutTakeBack(mm, request);
    return 0;
  }
  const state = requestState(request);
  return state == PAGER_PENDING ? wait(mm, request, flags) : takeAnswer(mm, request, state);
}

/** Gives the caller a reference to wait with, unless it does not want to wait. @holds pagerLock, released */
function wait(mm: Mm, request: PagerRequest, flags: u32): i32 {
  if ((flags & GUP_NOWAIT) != 0) {
    thisCpu().ret3 = 0;
  } else {
    requestGet(request);
    thisCpu().ret3 = changetype<usize>(request);
  }
  pagerUnlock(mm);
  return -EAGAIN;
}

/** @holds pagerLock, released unless the result is 0 */
function takeAnswer(mm: Mm, request: PagerRequest, state: u32): i32 {
  requestUnlink(mm, request);
  if (state == PAGER_DONE) {
    thisCpu().ret0 = request.frame;
    request.frame = 0;
    requestPut(request);
    return 0;
  }
  requestPut(request);
  pagerUnlock(mm);
  return -EFAULT;
}

/** After pagerFault returned 0: the frame of ret0 is mapped. */
export function pagerInstalled(mm: Mm): void {
  pagerUnlock(mm);
}

/**
 * Cancels the requests for pages in [start, end): their waiters retry. A frame being filled or written goes when the main
 * thread has said that it is done with it. @holds mmapLock:write
 */
export function pagerCancelRange(mm: Mm, start: Hva, end: Hva): void {
  if (mm.pagerHead == 0) return; // faults, which add to it, are kept off by the mmap lock
  pagerLock(mm);
  let next = mm.pagerHead;
  while (next != 0) {
    const request = changetype<PagerRequest>(next);
    next = request.next;
    if (request.hva < start || request.hva >= end) continue;
    requestUnlink(mm, request);
    requestCancel(request);
  }
  pagerUnlock(mm);
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
  if (requestState(request) == PAGER_PENDING) cpuWait(seen, timeoutMs);
  astore32(waitingOn, 0);
  return requestState(request) == PAGER_PENDING ? -EAGAIN : 0;
}

/** After -EAGAIN: the request to wait for, with a reference; 0 = none, try again at once. */
export function pagerAwaited(): u32 {
  const request = <u32>thisCpu().ret3;
  return request == <u32>GUP_LATER ? 0 : request;
}

/**
 * Ends a wait, answered or given up: drops the reference that came with -EAGAIN. If it was for a page-out, whose frame
 * was waited for, that is ended too.
 * @takes mmapLock:read
 * @ret 0: retry the access; -EFAULT: the pager has no such page
 */
export function pagerFinish(address: usize): i32 {
  const request = changetype<PagerRequest>(address);
  const isStore = request.kind == PAGER_STORE;
  const isFailed = !isStore && requestState(request) == PAGER_FAILED;
  if (isStore) pageOutEnd(request);
  else if (isFailed) forgetFailed(request);
  requestPut(request);
  return isFailed ? -EFAULT : 0;
}

/** A failed request leaves the list with the first who knows: the next access to the page asks again. */
function forgetFailed(request: PagerRequest): void {
  const mm = changetype<Mm>(request.mm);
  pagerLock(mm);
  const wasLinked = request.linked;
  if (wasLinked != 0) requestUnlink(mm, request);
  pagerUnlock(mm);
  if (wasLinked != 0) requestPut(request);
}

/** The main thread is done with a request that it found cancelled. */
export function pagerRelease(address: usize): void {
  requestPut(changetype<PagerRequest>(address));
}
