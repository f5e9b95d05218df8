/**
 * From an exit of the processor's second dimension to the MMU's fault handler, and from its answer to what the run
 * loop does next. The handler runs in an epoch section, OUTSIDE of the guest.
 */

import { KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON, RUN_EXIT, RUN_WAIT_PAGER } from "../layout/access_program";
import { LAB } from "../layout/build";
import { EAGAIN, EINTR, ENOMEM } from "../layout/errno";
import {
  KVM_EXIT_INTERNAL_ERROR,
  KVM_EXIT_INTR,
  KVM_EXIT_MEMORY_FAULT,
  PFERR_FETCH,
  PFERR_GUEST_FINAL,
  PFERR_GUEST_PAGE,
  PFERR_PRESENT,
  PFERR_RSVD,
  PFERR_USER,
  PFERR_WRITE,
  RET_PF_EMULATE,
  RET_PF_RETRY,
} from "../layout/exits";
import {
  EPT_VIOLATION_FETCH,
  EPT_VIOLATION_LINEAR,
  EPT_VIOLATION_PERMISSIONS_SHIFT,
  EPT_VIOLATION_READ,
  EPT_VIOLATION_TRANSLATED,
  EPT_VIOLATION_WRITE,
  HW_EXIT_EPT_MISCONFIG,
  HW_EXIT_EPT_VIOLATION,
  HW_EXIT_NPF,
  HW_EXIT_PML_FULL,
} from "../layout/hw";
import { Mm } from "../layout/hostmm";
import { LAB_PROMISE } from "../layout/lab";
import { Gpa, PAGE_MASK, PAGE_SIZE } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { pagerAwaited } from "../hostmm/pager";
import { reclaimForFault } from "../hostmm/reclaim";
import { mmuPageFault } from "../mmu/fault";
import { mmuCachesAreShort } from "../mmu/mmu_page";
import { spinHint } from "../sync/atomics";
import { epochEnter, epochExit } from "../sync/epoch";
import { labEvent } from "../trace/lab_event";
import { guestEnter } from "../sync/guest_mode";
import { faultTimingEnd, faultTimingStart } from "./histogram";
import { vcpuLeave } from "./leave";
import { RUN_AGAIN, STEP_LEFT, STEP_NEXT } from "./steps";

const EPT_ANY_PERMISSION: u64 = 7 << EPT_VIOLATION_PERMISSIONS_SHIFT;

/** An EPT violation's qualification as a page-fault error code: read is U, write W, fetch F, any permission P. */
// @ts-ignore: decorator
@inline
function eptPferr(q: u64): u64 {
  let pferr = (q & EPT_VIOLATION_READ) != 0 ? PFERR_USER : 0;
  if ((q & EPT_VIOLATION_WRITE) != 0) pferr |= PFERR_WRITE;
  if ((q & EPT_VIOLATION_FETCH) != 0) pferr |= PFERR_FETCH;
  if ((q & EPT_ANY_PERMISSION) != 0) pferr |= PFERR_PRESENT;
  if ((q & EPT_VIOLATION_LINEAR) != 0)
    pferr |= (q & EPT_VIOLATION_TRANSLATED) != 0 ? PFERR_GUEST_FINAL : PFERR_GUEST_PAGE;
  return pferr;
}

/** Serves the exit recorded in Vcpu.hwExit*. @ret RUN_AGAIN, RUN_EXIT, or a status for vcpuRun's caller */
// @ts-ignore: decorator
@inline
function faultExit(vcpu: Vcpu): i32 {
  vcpu.exits++;
  const reason = vcpu.hwExitReason;
  if (reason == HW_EXIT_EPT_VIOLATION) return pageFault(vcpu, eptPferr(vcpu.hwExitQualification));
  if (reason == HW_EXIT_NPF) return pageFault(vcpu, vcpu.hwExitQualification);
  if (reason == HW_EXIT_EPT_MISCONFIG) return pageFault(vcpu, PFERR_RSVD);
  if (reason == HW_EXIT_PML_FULL) {
    vcpu.pmlFullExits++; // drained on leaving
    return RUN_AGAIN;
  }
  vcpu.exitReason = KVM_EXIT_INTERNAL_ERROR;
  vcpu.internalSuberror = KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON;
  return RUN_EXIT;
}

/**
 * Leaves the guest for the exit recorded in Vcpu.hwExit*, has it served, and enters again if nothing else is to be done
 * first. Nearly every fault ends here, with the caller's state still in its locals.
 * @ret STEP_NEXT: IN_GUEST, repeat the access; STEP_LEFT: OUTSIDE, the run loop goes on with Vcpu.runStatus
 */
export function faultInGuest(vcpu: Vcpu): i32 {
  vcpuLeave(vcpu);
  const status = faultExit(vcpu);
  if (status == RUN_AGAIN && vcpu.progEmulate == 0 && guestEnter(vcpu)) return STEP_NEXT;
  vcpu.runStatus = status;
  return STEP_LEFT;
}

// @ts-ignore: decorator
@inline
function pageFault(vcpu: Vcpu, pferr: u64): i32 {
  if (vcpu.timing != 0) faultTimingStart(vcpu);
  epochEnter();
  const r = mmuPageFault(vcpu, vcpu.hwExitGpa, pferr);
  epochExit();
  if (LAB) labEvent(LAB_PROMISE, 0, 0, 0, 0, 0);
  if (r < 0) return pageFaultFailed(vcpu, r);
  // Somebody else is in the way: the vCPU faults until that is done.
  if (r == RET_PF_RETRY) spinHint(changetype<usize>(vcpu));
  // A fault that must be taken again is not over.
  if (vcpu.timing != 0 && r != RET_PF_RETRY) faultTimingEnd(vcpu);
  if (r == RET_PF_EMULATE) vcpu.progEmulate = 1;
  return RUN_AGAIN;
}

/** No memory for the page, or its tables, or a pager must be waited for. */
function pageFaultFailed(vcpu: Vcpu, error: i32): i32 {
  if (error == -ENOMEM) error = makeRoom(vcpu);
  if (error == 0) return RUN_AGAIN;
  // If the pager fails, the exit says where.
  if (error == -EAGAIN) noteFaultPage(vcpu, vcpu.hwExitGpa);
  return faultError(vcpu, error);
}

/** An allocation failed. The vCPU holds nothing. @ret 0: try again; -EAGAIN: once Vcpu.pagerRequest has ended; -ENOMEM */
export function makeRoom(vcpu: Vcpu): i32 {
  // Then it was the guest's page that found none, and gup has looked for room itself.
  if (!mmuCachesAreShort(vcpu)) return -ENOMEM;
  const r = reclaimForFault(changetype<Mm>(changetype<Vm>(vcpu.vm).mm));
  if (r == -EAGAIN) vcpu.pagerRequest = pagerAwaited();
  return r;
}

/** What a memory-fault exit will tell of: the page at `gpa`. */
export function noteFaultPage(vcpu: Vcpu, gpa: Gpa): void {
  vcpu.faultGpa = gpa & PAGE_MASK;
  vcpu.faultSize = PAGE_SIZE;
  vcpu.faultFlags = 0;
}

/** What a negative answer of the MMU (or of the emulation port's memory accesses) means for the run. */
export function faultError(vcpu: Vcpu, error: i32): i32 {
  if (error == -EAGAIN) {
    // Without a request nobody will answer: something is in flux, the access is tried again.
    if (vcpu.pagerRequest == 0) {
      spinHint(changetype<usize>(vcpu));
      return RUN_AGAIN;
    }
    return RUN_WAIT_PAGER;
  }
  vcpu.faultStartNs = 0;
  vcpu.exitError = error;
  vcpu.exitReason = error == -EINTR ? KVM_EXIT_INTR : KVM_EXIT_MEMORY_FAULT;
  return RUN_EXIT;
}
