/**
 * Asynchronous page faults: the pages that a vCPU waits for while it goes on with something else.
 *
 * A fault on a page that a pager must supply queues the request here; the guest is told "not present", with a token.
 * Once the request has ended, the page is mapped into the vCPU's tables and the guest is told "ready". What the guest
 * does meanwhile, and when it looks for what has ended, is vcpu/deferred.ts's.
 *
 * The queue holds one reference on each request, at most one request for a gfn, and is touched by the vCPU's own thread
 * only, or by who has it at rest. Unlike KVM's it has no worker: the pager's answer is all there is to wait for, and
 * nobody interrupts a running guest for it. The vCPU's role does not change while anything is queued.
 */

import { PAGER_PENDING, PagerRequest } from "../layout/hostmm";
import { Gpa, PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from "../layout/types";
import { ASYNC_PF_BYTES, ASYNC_PF_PER_VCPU, ASYNC_PF_TOKEN_SHIFT, AsyncPf, Vcpu } from "../layout/vcpu";
import { pagerFinish } from "../hostmm/pager";
import { requestPut, requestState } from "../hostmm/pager_request";
import { thisCpu } from "../sync/this_cpu";
import { prefault } from "./prefault";
import {
  traceAsyncPfCompleted,
  traceAsyncPfNotPresent,
  traceAsyncPfReady,
  traceAsyncPfRepeatedFault,
  traceTryAsyncGetPage,
} from "./tracepoints";

// @ts-ignore: decorator
@inline
function workAt(vcpu: Vcpu, index: u32): AsyncPf {
  return changetype<AsyncPf>(vcpu.asyncPfBase + index * ASYNC_PF_BYTES);
}

/**
 * The vCPU faulted at `gpa`, and `request`, with a reference, is to supply the page: queues it for access `iter`, unless
 * it is queued already. There is room: a full queue is not added to.
 * @ret whether the reference is the queue's now, and the vCPU goes on without the page; else it must wait
 */
export function asyncPfSetup(vcpu: Vcpu, gpa: Gpa, iter: u64, request: u32): bool {
  traceTryAsyncGetPage(vcpu, gpa);
  const n = vcpu.asyncPfCount;
  for (let i: u32 = 0; i < n; i++) {
    if (workAt(vcpu, i).gpa >> PAGE_SHIFT != gpa >> PAGE_SHIFT) continue;
    traceAsyncPfRepeatedFault(vcpu, gpa);
    vcpu.asyncPfRepeated++;
    return false;
  }
  const work = workAt(vcpu, n);
  work.gpa = gpa;
  work.iter = iter;
  work.request = request;
  work.token = newToken(vcpu);
  vcpu.asyncPfCount = n + 1;
  vcpu.asyncPfNotPresent++;
  traceAsyncPfNotPresent(vcpu, work);
  return true;
}

function newToken(vcpu: Vcpu): u32 {
  if (vcpu.asyncPfSeq << ASYNC_PF_TOKEN_SHIFT == 0) vcpu.asyncPfSeq = 1;
  return (vcpu.asyncPfSeq++ << ASYNC_PF_TOKEN_SHIFT) | vcpu.id;
}

/** Whether nothing more can be queued. */
export function asyncPfIsFull(vcpu: Vcpu): bool {
  return vcpu.asyncPfCount == ASYNC_PF_PER_VCPU;
}

/** The request queued first; its reference stays the queue's. There is one. */
export function asyncPfOldest(vcpu: Vcpu): u32 {
  return workAt(vcpu, 0).request;
}

/** The place in the queue of the oldest request that has ended; -1 = none has. */
export function asyncPfFinished(vcpu: Vcpu): i32 {
  const n = vcpu.asyncPfCount;
  for (let i: u32 = 0; i < n; i++) {
    if (requestState(changetype<PagerRequest>(workAt(vcpu, i).request)) != PAGER_PENDING) return i;
  }
  return -1;
}

/**
 * Takes what asyncPfFinished found off the queue, and maps the page if it can. The vCPU is OUTSIDE; no lock, no epoch.
 * @ret 0, or -EFAULT: the pager has no such page. ret0 = the access that waited, ret1 = the gpa where it faulted
 */
export function asyncPfComplete(vcpu: Vcpu, index: u32): i32 {
  const work = workAt(vcpu, index);
  const gpa = work.gpa;
  const iter = work.iter;
  const token = work.token;
  const request = work.request;
  const behind = changetype<usize>(work) + ASYNC_PF_BYTES;
  memory.copy(changetype<usize>(work), behind, (--vcpu.asyncPfCount - index) * ASYNC_PF_BYTES);
  traceAsyncPfCompleted(vcpu, changetype<PagerRequest>(request).hva, gpa);
  const r = pagerFinish(request);
  if (r == 0) mapReady(vcpu, gpa);
  traceAsyncPfReady(vcpu, token, gpa);
  vcpu.asyncPfReady++;
  const cpu = thisCpu();
  cpu.ret0 = iter;
  cpu.ret1 = gpa;
  return r;
}

/** Only saves the access a fault: whatever is in the way, it meets that itself. */
function mapReady(vcpu: Vcpu, gpa: Gpa): void {
  prefault(vcpu, gpa & PAGE_MASK, PAGE_SIZE);
  if (vcpu.pagerRequest == 0) return;
  pagerFinish(vcpu.pagerRequest);
  vcpu.pagerRequest = 0;
}

/** Gives the requests up: nobody waits for them here any more. A failure is left to who asks for the page next. */
export function asyncPfClear(vcpu: Vcpu): void {
  const n = vcpu.asyncPfCount;
  for (let i: u32 = 0; i < n; i++) requestPut(changetype<PagerRequest>(workAt(vcpu, i).request));
  vcpu.asyncPfCount = 0;
  if (vcpu.asyncPfWaiting == 0) return;
  vcpu.asyncPfWaiting = 0;
  vcpu.pagerRequest = 0;
}
