/**
 * Deferred accesses: what an access program does with asynchronous page faults. It plays the guest kernel, which puts
 * the task that met "not present" to sleep, runs others, and wakes it on "ready".
 *
 * An access of an op marked PROG_ASYNC that faults on a page a pager must supply is deferred, and the op goes on with its
 * next access; at most ASYNC_PF_PER_VCPU are, each for another page. A second access to such a page halts the vCPU until
 * the page is there. Guarantees: each access is done once; accesses of one op may overtake deferred ones of the same
 * op, nothing else may, as an op begins only when the one before it is complete, with all its accesses. An exit to
 * userspace, a kick's too, may come with accesses deferred; the next run() resumes them. A new program forgets them.
 *
 * What has ended is looked for before the guest is entered; each deferral leaves it. When the op has nothing else to do,
 * or nothing more can be deferred, the vCPU waits for the oldest request, and then takes whatever has ended.
 */

import { PROG_ASYNC, RUN_WAIT_PAGER } from "../layout/access_program";
import { EBUSY, ENOMEM } from "../layout/errno";
import { PAGER_LOAD, PagerRequest } from "../layout/hostmm";
import { ASYNC_PF_BYTES, ASYNC_PF_PER_VCPU, Vcpu } from "../layout/vcpu";
import { kblockAlloc, kblockFree } from "../mm/kblock";
import {
  asyncPfClear,
  asyncPfComplete,
  asyncPfFinished,
  asyncPfIsFull,
  asyncPfOldest,
  asyncPfSetup,
} from "../mmu/async_pf";
import { aload32 } from "../sync/atomics";
import { thisCpu } from "../sync/this_cpu";
import { faultError, noteFaultPage } from "./fault";
import { faultTimingEnd } from "./histogram";
import { programNextAccess, programOp } from "./interpreter";
import { RUN_AGAIN } from "./steps";

/** The queue is one frame. */
const QUEUE_ORDER: u32 = 0;
if (ASYNC_PF_PER_VCPU * ASYNC_PF_BYTES > 4096) ERROR("the queue is one frame");

/**
 * The guest opts in to asynchronous page faults (`enable` 1), or out (0): then it waits for each page, as at first. What
 * is deferred already stays so. (MSR_KVM_ASYNC_PF_EN bit 0)
 * @ret 0, or -EBUSY (the vCPU runs), -ENOMEM
 */
export function vcpuEnableAsyncPf(vcpu: Vcpu, enable: u32): i32 {
  if (aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("running")) != 0) return -EBUSY;
  if (enable != 0 && vcpu.asyncPfBase == 0) {
    vcpu.asyncPfBase = <u32>kblockAlloc(QUEUE_ORDER);
    if (vcpu.asyncPfBase == 0) return -ENOMEM;
  }
  vcpu.asyncPfEnabled = enable & 1;
  return 0;
}

/** Part of the vCPU's end. */
export function asyncPfFree(vcpu: Vcpu): void {
  asyncPfClear(vcpu);
  if (vcpu.asyncPfBase != 0) kblockFree(vcpu.asyncPfBase, QUEUE_ORDER);
}

/**
 * The access the vCPU is at faulted, and Vcpu.pagerRequest must be waited for; it is OUTSIDE. Defers it if it may be.
 * @ret RUN_AGAIN: the op goes on; RUN_WAIT_PAGER
 */
export function accessDefer(vcpu: Vcpu): i32 {
  if (vcpu.asyncPfEnabled == 0) return RUN_WAIT_PAGER;
  const op = programOp(vcpu);
  // A page-out is waited for when memory is short: that is no page of the guest's.
  if ((op.flags & PROG_ASYNC) == 0 || changetype<PagerRequest>(vcpu.pagerRequest).kind != PAGER_LOAD)
    return RUN_WAIT_PAGER;
  if (!asyncPfSetup(vcpu, vcpu.hwExitGpa, vcpu.progIter, vcpu.pagerRequest)) return RUN_WAIT_PAGER;
  vcpu.pagerRequest = 0;
  if (vcpu.timing != 0) faultTimingEnd(vcpu);
  programNextAccess(vcpu, op);
  return RUN_AGAIN;
}

/**
 * What an op with deferred accesses does next, none of which is being done. The vCPU is OUTSIDE.
 * @ret RUN_AGAIN: enter the guest, for a deferred access or the next one; RUN_WAIT_PAGER; RUN_EXIT: a page was refused
 */
export function deferredNext(vcpu: Vcpu): i32 {
  const index = asyncPfFinished(vcpu);
  if (index >= 0) return deferredBegin(vcpu, index);
  if (vcpu.progIter < programOp(vcpu).count && !asyncPfIsFull(vcpu)) return RUN_AGAIN;
  vcpu.pagerRequest = asyncPfOldest(vcpu);
  vcpu.asyncPfWaiting = 1;
  return RUN_WAIT_PAGER;
}

/** Makes the access that waited for the page the vCPU's current one. */
function deferredBegin(vcpu: Vcpu, index: u32): i32 {
  const r = asyncPfComplete(vcpu, index);
  vcpu.progResumeIter = vcpu.progIter;
  vcpu.progIter = thisCpu().ret0;
  vcpu.progIsDeferred = 1;
  if (r == 0) return RUN_AGAIN;
  noteFaultPage(vcpu, thisCpu().ret1);
  return faultError(vcpu, r);
}
