/** The run loop's half of a vCPU that executes instructions: core/vcpu/run.ts calls it where it would run a program. */

import { RUN_EXIT } from "../layout/access_program";
import { CODE_WANTS_CHUNK, CODE_WANTS_NOTHING } from "../layout/code_cache";
import { ENOMEM } from "../layout/errno";
import { MODE_IN_GUEST } from "../layout/exits";
import { Vcpu } from "../layout/vcpu";
import { EXEC_CODE, EXEC_EXCLUSIVE, EXEC_EXIT, EXEC_FAULT, EXEC_NEXT, EXEC_REQUEST, EXEC_STOP } from "../layout/x86_op";
import { codeCacheOf, codeGrow } from "../cpu/code_memory";
import { codePageFlushed } from "../cpu/code_page";
import { eventsDeliver } from "../cpu/events";
import { processorOf, processorRun, processorStart, processorStep } from "../cpu/processor";
import { ioComplete } from "../cpu/system/io";
import { EXCLUSIVE_DONE, exclusiveRun } from "./exclusive";
import { faultError, faultInGuest } from "./fault";
import { vcpuLeave } from "./leave";
import { portClose, portForget, portIsOpen, portPass } from "./port";
import {
  RUN_AGAIN,
  STEP_CODE,
  STEP_EMULATE,
  STEP_EXCLUSIVE,
  STEP_EXIT,
  STEP_LEFT,
  STEP_NEXT,
  STEP_REQUEST,
} from "./steps";
import { roleSet } from "./vcpu_create";
import { vmsFlush } from "./vm_list";

/** Whether `vcpu` executes instructions: it has no access program. */
// @ts-ignore: decorator
@inline
export function runsInstructions(vcpu: Vcpu): bool {
  return vcpu.progBase == 0;
}

/** Before the first turn of a run: userspace has served the last exit. @ret 0 or -ENOMEM */
export function processorPrepare(vcpu: Vcpu): i32 {
  const c = processorOf(vcpu);
  ioComplete(c);
  return c.codeCache != 0 && c.ltlbBlock != 0 ? 0 : processorStart(c);
}

/** The address space that memory is seen through follows SMM; the vCPU is OUTSIDE. */
export function processorFollowRole(vcpu: Vcpu): void {
  roleSet(vcpu, processorOf(vcpu).smm, vcpu.guestMode);
}

/** Runs instructions while the vCPU is IN_GUEST; faults of the second dimension are mended on the way. @ret STEP_* */
export function processorInGuest(vcpu: Vcpu): i32 {
  const c = processorOf(vcpu);
  while (true) {
    if (portIsOpen(vcpu)) {
      const step = emulatedPass(vcpu);
      if (step != STEP_NEXT) return step;
      continue;
    }
    const status = processorRun(c);
    if (status == EXEC_EXIT) {
      const step = faultInGuest(vcpu);
      if (step != STEP_NEXT) return step;
      continue;
    }
    return stepOf(status);
  }
}

function stepOf(status: i32): i32 {
  if (status == EXEC_STOP) return STEP_EXIT;
  if (status == EXEC_CODE) return STEP_CODE;
  if (status == EXEC_EXCLUSIVE) return STEP_EXCLUSIVE;
  return status == EXEC_REQUEST ? STEP_REQUEST : STEP_EMULATE;
}

/** The code cache asked for something, and the vCPU is OUTSIDE. @ret RUN_AGAIN, or how the run ends */
export function processorServeCode(vcpu: Vcpu): i32 {
  const c = processorOf(vcpu);
  const d = codeCacheOf(c);
  const wants = d.wants;
  d.wants = CODE_WANTS_NOTHING;
  if (wants == CODE_WANTS_CHUNK) return codeGrow(c) ? RUN_AGAIN : faultError(vcpu, -ENOMEM);
  // The frame may be in the memory of others too.
  vmsFlush();
  codePageFlushed(c);
  return RUN_AGAIN;
}

/** The next instruction runs alone, and the vCPU is OUTSIDE. @ret RUN_AGAIN, or how the run ends */
export function processorExclusive(vcpu: Vcpu): i32 {
  const status = exclusiveRun(vcpu);
  if (status != EXCLUSIVE_DONE) return status;
  const c = processorOf(vcpu);
  if (c.codeStatus == EXEC_EXIT && faultInGuest(vcpu) != STEP_NEXT) return vcpu.runStatus;
  vcpuLeave(vcpu);
  // Whatever else it was, and an exception that waits for delivery, the next turn meets again.
  return c.codeStatus == EXEC_STOP ? RUN_EXIT : RUN_AGAIN;
}

/**
 * One pass of the emulation port over the instruction at hand; the vCPU is IN_GUEST, and may be OUTSIDE afterwards.
 * @ret STEP_*
 */
function emulatedPass(vcpu: Vcpu): i32 {
  const c = processorOf(vcpu);
  portPass(vcpu);
  // The delivery of an event may be what met the port: then that is repeated, not an instruction.
  let status = eventsDeliver(c);
  if (status == EXEC_NEXT) status = processorStep(c);
  if (status == EXEC_EXIT) {
    // Of the second dimension, for the code or the guest's tables; or the port's own.
    if (vcpu.mode == MODE_IN_GUEST) return faultInGuest(vcpu);
    vcpu.runStatus = vcpu.portStatus;
    return STEP_LEFT;
  }
  if (status == EXEC_CODE) return STEP_CODE;
  portClose(vcpu);
  if (status == EXEC_FAULT) portForget(vcpu);
  // What waits behind the port's writes: an exit, or the exception that X86 holds.
  return status == EXEC_STOP ? STEP_EXIT : STEP_REQUEST;
}
