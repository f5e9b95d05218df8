/**
 * The enter/exit loop of one vCPU: KVM_RUN. Runs the guest on the calling CPU until something concerns userspace.
 *
 * Never waits for a pager or a device: it returns RUN_WAIT_PAGER, the worker waits in JavaScript and calls again, and the
 * access that faulted is repeated. The vCPU is OUTSIDE, in no epoch and without locks whenever this returns.
 */

import { PROG_ROLE_GUEST_MODE, PROG_ROLE_SMM, RUN_DEAD, RUN_EXIT, RUN_WAIT_PAGER } from "../layout/access_program";
import { EAGAIN, EBUSY, EINVAL, ENOMEM } from "../layout/errno";
import { LAB } from "../layout/build";
import { KVM_EXIT_MEMORY_FAULT, KVM_EXIT_UNKNOWN, MODE_IN_GUEST } from "../layout/exits";
import { Gpa } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { pagerFinish } from "../hostmm/pager";
import { asyncPfClear } from "../mmu/async_pf";
import { mmuReload } from "../mmu/mmu";
import { prefault } from "../mmu/prefault";
import { acas32, aload32, astore32 } from "../sync/atomics";
import { guestEnter } from "../sync/guest_mode";
import { thisCpu } from "../sync/this_cpu";
import { accessDefer, deferredNext } from "./deferred";
import { emulateComplete, emulateStep } from "./emulate";
import { exclusiveWait } from "./exclusive";
import { faultError, makeRoom } from "./fault";
import { programAdvance, programOp, programRun } from "./interpreter";
import { vcpuLeave } from "./leave";
import { portComplete, portIsOwing, portOpen, portSettle } from "./port";
import { requestsServe } from "./requests";
import {
  processorExclusive,
  processorFollowRole,
  processorInGuest,
  processorPrepare,
  processorServeCode,
  runsInstructions,
} from "./run_processor";
import {
  RUN_AGAIN,
  STEP_CODE,
  STEP_DEFERRED,
  STEP_EMULATE,
  STEP_EXCLUSIVE,
  STEP_LEFT,
  STEP_NEXT,
  STEP_REQUEST,
  STEP_ROLE,
} from "./steps";
import { roleSet } from "./vcpu_create";

/** Binds the vCPU to the calling CPU. -EBUSY: it is in use by another. */
export function vcpuLoad(vcpu: Vcpu): i32 {
  const p = changetype<usize>(vcpu);
  if (acas32(p + offsetof<Vcpu>("running"), 0, 1) != 0) return -EBUSY;
  const cpu = thisCpu();
  cpu.vm = vcpu.vm;
  cpu.vcpu = <u32>p;
  astore32(p + offsetof<Vcpu>("cpu"), cpu.id + 1);
  return 0;
}

/** Undoes vcpuLoad. */
export function vcpuPut(vcpu: Vcpu): void {
  const p = changetype<usize>(vcpu);
  const cpu = thisCpu();
  cpu.vm = 0;
  cpu.vcpu = 0;
  astore32(p + offsetof<Vcpu>("cpu"), 0);
  astore32(p + offsetof<Vcpu>("running"), 0);
}

/**
 * Runs the vCPU.
 * @ret RUN_EXIT: Vcpu.exitReason says why. RUN_WAIT_PAGER, RUN_DEAD: see layout/access_program.
 *   -EBUSY: it is running already. -EINVAL: it has no program, and the lab's processor knows nothing else.
 */
export function vcpuRun(vcpu: Vcpu): i32 {
  if (LAB && runsInstructions(vcpu)) return -EINVAL;
  const r = vcpuLoad(vcpu);
  if (r != 0) return r;
  vcpu.exitReason = KVM_EXIT_UNKNOWN;
  vcpu.exitError = 0;
  let status = prepare(vcpu);
  while (status == RUN_AGAIN) status = runTurn(vcpu);
  if (status == RUN_WAIT_PAGER) vcpu.pagerWaits++;
  // Time that userspace takes is no fault's.
  else vcpu.faultStartNs = 0;
  if (status == RUN_DEAD) asyncPfClear(vcpu);
  vcpuPut(vcpu);
  return status;
}

/** The first thing of a run. */
function prepare(vcpu: Vcpu): i32 {
  if (!LAB && runsInstructions(vcpu)) {
    const r = processorPrepare(vcpu);
    if (r < 0) return faultError(vcpu, r);
  }
  return resume(vcpu);
}

/** Finishes what the last run left open: an exit that userspace has served, a pager's answer. */
function resume(vcpu: Vcpu): i32 {
  // Whoever declares the VM dead posts REQ_DEAD to all its vCPUs afterwards: the loop looks at requests only.
  if (aload32(vcpu.vm + offsetof<Vm>("dead")) != 0) return RUN_DEAD;
  if (vcpu.mmioPending != 0) {
    if (!LAB && runsInstructions(vcpu)) portComplete(vcpu);
    else emulateComplete(vcpu);
  }
  if (vcpu.asyncPfWaiting != 0) {
    // The turn finds out what has ended.
    vcpu.asyncPfWaiting = 0;
    vcpu.pagerRequest = 0;
  }
  if (vcpu.pagerRequest == 0) return RUN_AGAIN;
  const r = pagerFinish(vcpu.pagerRequest);
  vcpu.pagerRequest = 0;
  return r == 0 ? RUN_AGAIN : faultError(vcpu, r);
}

/** Once through: requests, deferred accesses, root, guest, and what the guest left for. */
function runTurn(vcpu: Vcpu): i32 {
  let status = !LAB && portIsOwing(vcpu) ? portSettle(vcpu) : RUN_AGAIN;
  if (status != RUN_AGAIN) return status;
  status = requestsServe(vcpu);
  if (status != RUN_AGAIN) return status;
  if (!LAB && portIsOwing(vcpu)) return RUN_AGAIN; // memory was not ready for it
  if (vcpu.progEmulate != 0) return emulate(vcpu);
  if (!LAB && runsInstructions(vcpu)) processorFollowRole(vcpu);
  if (vcpu.asyncPfCount != 0 && vcpu.progIsDeferred == 0) {
    status = deferredNext(vcpu);
    if (status != RUN_AGAIN) return status;
  }
  if (vcpu.hwRoot == 0) {
    let r = mmuReload(vcpu);
    if (r == -ENOMEM) r = makeRoom(vcpu);
    if (r == -EAGAIN) return faultError(vcpu, r);
    if (r < 0) return reloadFailed(vcpu, r);
    if (vcpu.hwRoot == 0) return RUN_AGAIN;
  }
  if (!LAB && exclusiveWait(vcpu)) return RUN_AGAIN;
  if (!guestEnter(vcpu)) return RUN_AGAIN;
  const step = !LAB && runsInstructions(vcpu) ? processorInGuest(vcpu) : programRun(vcpu);
  if (step == STEP_LEFT) return leftFor(vcpu, vcpu.runStatus);
  if (vcpu.mode == MODE_IN_GUEST) vcpuLeave(vcpu); // the emulation port may have left it
  return afterGuest(vcpu, step);
}

/** The guest was left for a fault that ended with `status`: operations of a program may be put off until their page comes. */
function leftFor(vcpu: Vcpu, status: i32): i32 {
  return status == RUN_WAIT_PAGER && (LAB || !runsInstructions(vcpu)) ? accessDefer(vcpu) : status;
}

function afterGuest(vcpu: Vcpu, step: i32): i32 {
  if (step == STEP_REQUEST || step == STEP_DEFERRED) return RUN_AGAIN;
  if (step == STEP_EMULATE) return emulate(vcpu);
  if (!LAB && step == STEP_CODE) return processorServeCode(vcpu);
  if (!LAB && step == STEP_EXCLUSIVE) return processorExclusive(vcpu);
  if (step == STEP_ROLE) {
    switchRole(vcpu);
    return RUN_AGAIN;
  }
  return RUN_EXIT;
}

function emulate(vcpu: Vcpu): i32 {
  if (!LAB && runsInstructions(vcpu)) {
    vcpu.progEmulate = 0;
    return portOpen(vcpu);
  }
  const step = emulateStep(vcpu);
  if (step == STEP_NEXT) return RUN_AGAIN;
  return step < 0 ? faultError(vcpu, step) : RUN_EXIT;
}

/** Out of memory for a root: the guest cannot go on, its memory is not at fault. */
function reloadFailed(vcpu: Vcpu, error: i32): i32 {
  vcpu.exitReason = KVM_EXIT_MEMORY_FAULT;
  vcpu.exitError = error;
  vcpu.faultGpa = 0;
  vcpu.faultSize = 0;
  vcpu.faultFlags = 0;
  return RUN_EXIT;
}

/** Enters or leaves SMM and guest_mode. */
function switchRole(vcpu: Vcpu): void {
  const role = programOp(vcpu).value;
  roleSet(vcpu, u32((role & PROG_ROLE_SMM) != 0), u32((role & PROG_ROLE_GUEST_MODE) != 0));
  programAdvance(vcpu);
}

/**
 * Maps guest memory before it is touched (KVM_PRE_FAULT_MEMORY), on a CPU that is not the vCPU's own.
 * @ret bytes mapped, or as mmu/prefault says; -EBUSY: it runs. With -EAGAIN, thisCpu().ret3: a pager's request, or 0
 */
export function vcpuPrefault(vcpu: Vcpu, gpa: Gpa, size: u64): i64 {
  const r = vcpuLoad(vcpu);
  if (r != 0) return r;
  let done = prefault(vcpu, gpa, size);
  while (done == -ENOMEM) {
    done = makeRoom(vcpu);
    if (done == 0) done = prefault(vcpu, gpa, size);
  }
  let request = vcpu.pagerRequest;
  vcpu.pagerRequest = 0;
  if (request != 0 && done > 0) {
    // Not worth waiting for yet: the caller comes back for the rest, and finds the request again.
    pagerFinish(request);
    request = 0;
  }
  thisCpu().ret3 = request;
  vcpuPut(vcpu);
  return done;
}
