/**
 * Events between instructions: exceptions that an instruction raised, pending debug exceptions, SMI, INIT, NMI, external
 * interrupts, and the exceptions of their own delivery, up to the shutdown that ends them (Intel SDM, "Priority Among
 * Concurrent Events", "Interrupt 8 - Double Fault Exception").
 *
 * eventsDeliver is called with X86.rip exact: after EXEC_FAULT, EXEC_REFETCH and EXEC_JUMP while stepping, and before
 * the guest is entered. What an exit of the second dimension interrupts stays in X86 (delivering, taskPending,
 * smmSwitch), and the next call goes on with it.
 */

import { KVM_EXIT_HLT, KVM_EXIT_IRQ_WINDOW_OPEN, KVM_EXIT_SHUTDOWN } from "../layout/exits";
import { Vcpu } from "../layout/vcpu";
import {
  EXC_DB,
  EXC_DE,
  EXC_DF,
  EXC_GP,
  EXC_NMI,
  EXC_NONE,
  EXC_PF,
  EXC_TS,
  FLAG_IF,
  INHIBIT_MOV_SS,
  KVM_MP_STATE_RUNNABLE,
  X86,
} from "../layout/x86";
import { EXEC_FAULT, EXEC_NEXT, EXEC_REFETCH, EXEC_REQUEST, EXEC_STOP } from "../layout/x86_op";
import {
  DELIVER_HAS_ERROR,
  DR6_BREAKPOINTS,
  DR7_GD,
  EXC_KIND_ABORT,
  EXC_KIND_EXTERNAL,
  EXC_KIND_NMI,
  EXC_KIND_TRAP,
  IO_INS,
  STEPPING_SHADOW,
} from "../layout/x86_system";
import { hasRequests } from "../sync/guest_mode";
import { deliver } from "./system/deliver";
import { taskFinish } from "./system/task";
import { eventsInit, eventsSipi } from "./system/reset";
import { smmEnter, smmSwitched } from "./system/smm";

/** The kind without DELIVER_HAS_ERROR. */
const KIND: u32 = 0xff;

/**
 * Delivers what is due.
 * @ret EXEC_NEXT: nothing was; EXEC_REFETCH: X86.rip and perhaps the mode have changed; EXEC_STOP: exit to userspace
 *   (shutdown, the processor waits for INIT or SIPI, or X86.irqWindow was waited for); EXEC_EXIT, EXEC_EMULATE: as memory helpers give them;
 *   EXEC_REQUEST: the run loop has work first (the address space of SMM, or what others asked for)
 */
// @ts-ignore: decorator
@inline
export function eventsDeliver(c: X86): i32 {
  const none =
    c.irqPending |
    c.irqWindow |
    c.nmiPending |
    c.smiPending |
    c.initPending |
    c.delivering |
    c.taskPending |
    c.smmSwitch |
    c.mpState;
  if (none == 0 && c.excVector == EXC_NONE && c.pendingDb == 0) return EXEC_NEXT;
  return eventsDeliverSlow(c);
}

export function eventsDeliverSlow(c: X86): i32 {
  let status = EXEC_NEXT;
  while (true) {
    const r = eventNext(c);
    if (r == EXEC_NEXT) return status;
    if (r != EXEC_REFETCH) return r;
    // The exceptions of their own delivery need have no end: #AC on a stack that is misaligned, in a handler of ring 3.
    if (hasRequests(changetype<Vcpu>(c.vcpu))) return EXEC_REQUEST;
    status = EXEC_REFETCH;
  }
}

/** One event. @ret EXEC_NEXT: there is none; EXEC_REFETCH: it is dealt with, there may be another; else as eventsDeliver */
function eventNext(c: X86): i32 {
  if (c.smm != changetype<Vcpu>(c.vcpu).asId) return EXEC_REQUEST;
  if (c.smmSwitch != 0) return smmSwitched(c);
  if (c.taskPending != 0) return taskFinish(c);
  if (c.excVector != EXC_NONE && !accept(c)) return shutdown(c);
  if (c.delivering != 0) return deliverAccepted(c);
  if (c.mpState != KVM_MP_STATE_RUNNABLE) return wake(c);
  return unlock(c);
}

/** Events that no instruction under way stands in the way of. */
function unlock(c: X86): i32 {
  if (c.ioState == IO_INS) return EXEC_NEXT; // half done
  const inhibit = c.rip == c.inhibitRip ? c.inhibit : 0;
  if (c.pendingDb != 0 && (inhibit & INHIBIT_MOV_SS) == 0) {
    acceptDebug(c);
    return EXEC_REFETCH;
  }
  if (c.smiPending != 0 && c.smm == 0 && inhibit == 0) return smmEnter(c);
  if (c.initPending != 0 && c.smm == 0) return eventsInit(c);
  if (c.nmiPending != 0 && c.nmiMasked == 0) {
    if ((inhibit & INHIBIT_MOV_SS) != 0) return shadowWait(c);
    c.nmiPending--;
    c.nmiMasked = 1;
    begin(c, EXC_NMI, EXC_KIND_NMI, 0);
    return EXEC_REFETCH;
  }
  if (c.irqPending != 0 && (c.flags & FLAG_IF) != 0) {
    if (inhibit != 0) return shadowWait(c);
    const vector = c.irqPending - 1;
    c.irqPending = 0;
    begin(c, vector, EXC_KIND_EXTERNAL, 0);
    return EXEC_REFETCH;
  }
  if (c.irqWindow != 0 && (c.flags & FLAG_IF) != 0) {
    if (inhibit != 0) return shadowWait(c);
    changetype<Vcpu>(c.vcpu).exitReason = KVM_EXIT_IRQ_WINDOW_OPEN;
    return EXEC_STOP;
  }
  return EXEC_NEXT;
}

/** The next instruction runs alone, and what waits for it is delivered behind it. */
function shadowWait(c: X86): i32 {
  c.stepping |= STEPPING_SHADOW;
  return EXEC_NEXT;
}

/** Waits for INIT or SIPI. */
function wake(c: X86): i32 {
  if (c.initPending != 0) return eventsInit(c);
  if (c.sipiPending != 0) return eventsSipi(c);
  changetype<Vcpu>(c.vcpu).exitReason = KVM_EXIT_HLT;
  return EXEC_STOP;
}

function begin(c: X86, vector: u32, kind: u32, error: u32): void {
  c.delivering = vector + 1;
  c.deliverKind = kind;
  c.deliverError = error;
}

/** A debug trap: see acceptException for DR6. */
function acceptDebug(c: X86): void {
  c.excVector = EXC_DB;
  c.excKind = EXC_KIND_TRAP;
  c.excHasError = 0;
  c.excAddress = c.pendingDb;
  c.pendingDb = 0;
}

/**
 * The exception in X86.exc* becomes the one to deliver: itself, or a double fault, if one was being delivered.
 * @ret false: it was a double fault
 */
function accept(c: X86): bool {
  const vector = c.excVector;
  c.excVector = EXC_NONE;
  if (vector == EXC_PF) c.cr2 = c.excAddress;
  if (vector == EXC_DB) {
    c.dr6 = (c.dr6 & ~DR6_BREAKPOINTS) | c.excAddress;
    c.dr7 &= ~DR7_GD;
  }
  if (c.delivering != 0 && (c.deliverKind & KIND) <= EXC_KIND_ABORT) {
    const first = c.delivering - 1;
    if (first == EXC_DF) return false;
    if (isDouble(first, vector)) {
      begin(c, EXC_DF, EXC_KIND_ABORT | DELIVER_HAS_ERROR, 0);
      return true;
    }
  }
  begin(c, vector, c.excKind | (c.excHasError != 0 ? DELIVER_HAS_ERROR : 0), c.excError);
  return true;
}

/** Whether the second exception, raised while the first was delivered, makes a double fault. */
function isDouble(first: u32, second: u32): bool {
  if (first == EXC_PF) return second == EXC_PF || isContributory(second);
  return isContributory(first) && isContributory(second);
}

function isContributory(vector: u32): bool {
  return vector == EXC_DE || (vector >= EXC_TS && vector <= EXC_GP);
}

function deliverAccepted(c: X86): i32 {
  const r = deliver(c, c.delivering - 1, c.deliverKind, c.deliverError);
  // A fault is the next event; `delivering` says in what.
  if (r == EXEC_FAULT) return EXEC_REFETCH;
  if (r == EXEC_REFETCH) c.delivering = 0;
  return r;
}

/** A third fault: only INIT, NMI or a reset get the processor out of it. Userspace decides. */
function shutdown(c: X86): i32 {
  c.delivering = 0;
  changetype<Vcpu>(c.vcpu).exitReason = KVM_EXIT_SHUTDOWN;
  return EXEC_STOP;
}
