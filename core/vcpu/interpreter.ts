/**
 * Runs a vCPU's access program while it is IN_GUEST. Returns when the run loop is needed, with everything in the Vcpu
 * that resuming needs; resuming repeats what was interrupted. Never waits, takes no lock, allocates nothing.
 */

import {
  PROG_ADD,
  PROG_AWAIT,
  PROG_EMULATE,
  PROG_FETCH,
  PROG_FLUSH,
  PROG_HALT,
  PROG_IO,
  PROG_IO_IN,
  PROG_LOOP,
  PROG_OP_SHIFT,
  PROG_PAUSE,
  PROG_READ,
  PROG_ROLE,
  PROG_SHUTDOWN,
  PROG_STAMP,
  PROG_WRITE,
  ProgOp,
  KVM_INTERNAL_ERROR_EMULATION,
} from "../layout/access_program";
import { KVM_EXIT_HLT, KVM_EXIT_INTERNAL_ERROR, KVM_EXIT_IO, KVM_EXIT_SHUTDOWN } from "../layout/exits";
import { hostNow } from "../layout/host";
import { Vcpu } from "../layout/vcpu";
import { tlbFlushAll } from "../hw/tlb";
import { aadd64, aload64, spinHint } from "../sync/atomics";
import { hasRequests } from "../sync/guest_mode";
import { accessAdds, accessEnd, accessFetches, accessReads, accessWrites } from "./access";
import { STEP_DEFERRED, STEP_EMULATE, STEP_EXIT, STEP_NEXT, STEP_REQUEST, STEP_ROLE } from "./steps";

/** Turns of a wait between two looks at the clock. */
const PAUSE_TURNS: u32 = 64;

/** The op the vCPU is at. */
// @ts-ignore: decorator
@inline
export function programOp(vcpu: Vcpu): ProgOp {
  return changetype<ProgOp>(vcpu.progBase + (vcpu.progPc << PROG_OP_SHIFT));
}

/** Moves to the next op. */
// @ts-ignore: decorator
@inline
export function programAdvance(vcpu: Vcpu): void {
  vcpu.progPc++;
  vcpu.progIter = 0;
}

/** The iterations up to accessEnd are done, or deferred. The op is complete when none is deferred. */
function programReachedEnd(vcpu: Vcpu): void {
  if (vcpu.progIsDeferred != 0) {
    vcpu.progIsDeferred = 0;
    vcpu.progIter = vcpu.progResumeIter;
  } else if (vcpu.asyncPfCount == 0) programAdvance(vcpu);
}

/** The access the vCPU is at is done, or deferred. */
export function programNextAccess(vcpu: Vcpu, op: ProgOp): void {
  const end = accessEnd(vcpu, op);
  if (++vcpu.progIter >= end) programReachedEnd(vcpu);
}

/** Runs ops until one needs the run loop. @ret STEP_* other than STEP_NEXT */
export function programRun(vcpu: Vcpu): i32 {
  while (true) {
    if (vcpu.progPc >= vcpu.progCount) return halt(vcpu, 0);
    // Also stops programs that loop without an access.
    if (hasRequests(vcpu)) return STEP_REQUEST;
    const status = runOp(vcpu, programOp(vcpu));
    if (status != STEP_NEXT) return status;
  }
}

function runOp(vcpu: Vcpu, op: ProgOp): i32 {
  if (op.op > PROG_ADD) return runControlOp(vcpu, op);
  if ((op.flags & PROG_EMULATE) != 0 && op.count != 0) return STEP_EMULATE;
  const status = runAccessOp(vcpu, op);
  if (status != STEP_NEXT) return status;
  programReachedEnd(vcpu);
  return vcpu.asyncPfCount == 0 ? STEP_NEXT : STEP_DEFERRED;
}

function runAccessOp(vcpu: Vcpu, op: ProgOp): i32 {
  switch (((<u32>op.op) << 2) | op.sizeLog2) {
    case ((<u32>PROG_READ) << 2) | 0:
      return accessReads<u8>(vcpu, op);
    case ((<u32>PROG_READ) << 2) | 1:
      return accessReads<u16>(vcpu, op);
    case ((<u32>PROG_READ) << 2) | 2:
      return accessReads<u32>(vcpu, op);
    case ((<u32>PROG_READ) << 2) | 3:
      return accessReads<u64>(vcpu, op);
    case ((<u32>PROG_WRITE) << 2) | 0:
      return accessWrites<u8>(vcpu, op);
    case ((<u32>PROG_WRITE) << 2) | 1:
      return accessWrites<u16>(vcpu, op);
    case ((<u32>PROG_WRITE) << 2) | 2:
      return accessWrites<u32>(vcpu, op);
    case ((<u32>PROG_WRITE) << 2) | 3:
      return accessWrites<u64>(vcpu, op);
    case ((<u32>PROG_ADD) << 2) | 0:
      return accessAdds<u8>(vcpu, op);
    case ((<u32>PROG_ADD) << 2) | 1:
      return accessAdds<u16>(vcpu, op);
    case ((<u32>PROG_ADD) << 2) | 2:
      return accessAdds<u32>(vcpu, op);
    case ((<u32>PROG_ADD) << 2) | 3:
      return accessAdds<u64>(vcpu, op);
  }
  return op.op == PROG_FETCH ? accessFetches(vcpu, op) : invalidOp(vcpu);
}

function runControlOp(vcpu: Vcpu, op: ProgOp): i32 {
  switch (<u32>op.op) {
    case PROG_ROLE:
      return STEP_ROLE;
    case PROG_LOOP:
      return loopBack(vcpu, op);
    case PROG_AWAIT:
      return awaitStamp(vcpu, op);
    case PROG_PAUSE:
      return pause(vcpu, op);
    case PROG_HALT:
      return halt(vcpu, vcpu.progPc + 1);
    case PROG_IO:
      return portAccess(vcpu, op);
    case PROG_SHUTDOWN:
      programAdvance(vcpu);
      vcpu.exitReason = KVM_EXIT_SHUTDOWN;
      return STEP_EXIT;
    case PROG_STAMP:
      aadd64(changetype<usize>(vcpu) + offsetof<Vcpu>("progStamp"), op.value);
      break;
    case PROG_FLUSH:
      tlbFlushAll(vcpu);
      break;
    default:
      return invalidOp(vcpu);
  }
  programAdvance(vcpu);
  return STEP_NEXT;
}

function loopBack(vcpu: Vcpu, op: ProgOp): i32 {
  op.gpa++;
  if (op.gpa < op.count) {
    vcpu.progPc = op.stride;
    vcpu.progIter = 0;
    return STEP_NEXT;
  }
  op.gpa = 0;
  programAdvance(vcpu);
  return STEP_NEXT;
}

function awaitStamp(vcpu: Vcpu, op: ProgOp): i32 {
  const stamp = changetype<usize>(vcpu) + offsetof<Vcpu>("progStamp");
  while (aload64(stamp) < op.value) {
    if (hasRequests(vcpu)) return STEP_REQUEST;
    spinHint(stamp);
  }
  programAdvance(vcpu);
  return STEP_NEXT;
}

/** Vcpu.progIter holds the end of the pause, in ns of the host's clock, so that requests do not lengthen it. */
function pause(vcpu: Vcpu, op: ProgOp): i32 {
  if (vcpu.progIter == 0) vcpu.progIter = <u64>hostNow() + op.value;
  while (hostNow() < <f64>vcpu.progIter) {
    for (let i: u32 = 0; i < PAUSE_TURNS; i++) if (hasRequests(vcpu)) return STEP_REQUEST;
  }
  programAdvance(vcpu);
  return STEP_NEXT;
}

/** A program that ends with a halt has one end, not two: after its last op comes its first. */
function halt(vcpu: Vcpu, resumePc: u32): i32 {
  vcpu.progPc = resumePc < vcpu.progCount ? resumePc : 0;
  vcpu.progIter = 0;
  vcpu.exitReason = KVM_EXIT_HLT;
  return STEP_EXIT;
}

/** Port accesses always go to userspace; the next run() completes a read. */
function portAccess(vcpu: Vcpu, op: ProgOp): i32 {
  const isIn = (op.flags & PROG_IO_IN) != 0;
  vcpu.exitReason = KVM_EXIT_IO;
  vcpu.mmioPhysAddr = op.gpa;
  vcpu.mmioLen = 1 << op.sizeLog2;
  vcpu.mmioIsWrite = isIn ? 0 : 1;
  vcpu.mmioData = isIn ? 0 : op.value;
  vcpu.mmioPending = 1;
  return STEP_EXIT;
}

/** An op that is none: what an undefined instruction in the emulator is to KVM. */
function invalidOp(vcpu: Vcpu): i32 {
  vcpu.exitReason = KVM_EXIT_INTERNAL_ERROR;
  vcpu.internalSuberror = KVM_INTERNAL_ERROR_EMULATION;
  return STEP_EXIT;
}
