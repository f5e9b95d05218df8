/**
 * Instructions that run while no other vCPU of the VM does: locked operations that no wasm atomic does, because they are
 * misaligned, or 16 bytes wide.
 *
 * Vm.exclusive says whose turn it is. Its owner sets it, has everybody leave the guest (guestBarrier), and executes one
 * instruction; whoever else would enter meanwhile waits outside. A vCPU that entered without seeing the word has seen the
 * barrier's request, which is posted behind it. Whatever the instruction gave, the turn is then over: one that faulted
 * begins again when that is mended. So nobody waits for an owner that waits for a lock, a pager or userspace; and if
 * its worker dies, requests end the wait.
 */

import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { STEPPING_EXCLUSIVE } from "../layout/x86_system";
import { processorOf, processorStep } from "../cpu/processor";
import { acas32, aload32, astore32, spinHint } from "../sync/atomics";
import { guestBarrier, guestEnter, hasRequests } from "../sync/guest_mode";
import { SPIN_LIMIT } from "../sync/wait";
import { requestsServe } from "./requests";
import { RUN_AGAIN } from "./steps";

/** Beside RUN_*: the instruction was executed. */
export const EXCLUSIVE_DONE: i32 = 101;

// @ts-ignore: decorator
@inline
function exclusiveOf(vcpu: Vcpu): usize {
  return vcpu.vm + offsetof<Vm>("exclusive");
}

/** Whether another vCPU has the VM to itself: the caller, OUTSIDE, waited a while, and has to look at its requests. */
// @ts-ignore: decorator
@inline
export function exclusiveWait(vcpu: Vcpu): bool {
  return aload32(exclusiveOf(vcpu)) != 0 && waitSlow(vcpu);
}

function waitSlow(vcpu: Vcpu): bool {
  for (let spins: u32 = 0; spins < SPIN_LIMIT; spins++) {
    if (aload32(exclusiveOf(vcpu)) == 0) return false;
    if (hasRequests(vcpu)) return true;
    spinHint(exclusiveOf(vcpu));
  }
  return true;
}

/**
 * Executes the next instruction alone. The vCPU is OUTSIDE, and IN_GUEST afterwards if the answer is EXCLUSIVE_DONE.
 * @ret RUN_AGAIN: somebody else's turn, or requests come first; RUN_*: how the run ends; EXCLUSIVE_DONE: X86.codeStatus
 *   is what it gave
 */
export function exclusiveRun(vcpu: Vcpu): i32 {
  if (acas32(exclusiveOf(vcpu), 0, vcpu.id + 1) != 0) return RUN_AGAIN;
  guestBarrier(changetype<Vm>(vcpu.vm));
  // The barrier was for this vCPU too.
  let status = requestsServe(vcpu);
  if (status == RUN_AGAIN && vcpu.hwRoot != 0 && guestEnter(vcpu)) {
    const c = processorOf(vcpu);
    c.stepping |= STEPPING_EXCLUSIVE;
    c.codeStatus = processorStep(c);
    c.stepping &= ~STEPPING_EXCLUSIVE;
    status = EXCLUSIVE_DONE;
  }
  astore32(exclusiveOf(vcpu), 0);
  return status;
}
