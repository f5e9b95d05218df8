/**
 * The emulation port: one access of the program, served by software instead of through the TLB. That is what
 * RET_PF_EMULATE asks for (MMIO, writes to read-only slots, tracked writes), and ops marked PROG_EMULATE.
 *
 * Guarantee: each byte of the operand is served exactly once, by memory where a slot has it, by userspace where none
 * has or a write meets a read-only slot. An operand that crosses a page is served in two fragments, in order, as KVM
 * splits it; each MMIO fragment is an exit of its own. What is served survives exits in Vcpu.emuOffset and emuData.
 * Fetches and locked operations are not emulated: KVM_EXIT_INTERNAL_ERROR, as for an instruction KVM cannot decode.
 */

import {
  KVM_INTERNAL_ERROR_EMULATION,
  PROG_CHECK,
  PROG_IO,
  PROG_READ,
  PROG_WRITE,
  ProgOp,
} from "../layout/access_program";
import { EAGAIN } from "../layout/errno";
import { KVM_EXIT_INTERNAL_ERROR } from "../layout/exits";
import { Gpa, PAGE_SIZE } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { pagerAwaited } from "../hostmm/pager";
import { guestRead, guestWriteBy } from "../mmu/guest_memory";
import { accessCheck } from "./access";
import { programAdvance, programNextAccess, programOp } from "./interpreter";
import { BY_NOBODY, BY_USERSPACE, mmioExitRead, mmioExitWrite, mmioReader, mmioWriter } from "./mmio";
import { programGpa, programValue, truncateTo } from "./program";
import { STEP_EXIT, STEP_NEXT } from "./steps";

/**
 * Serves the current access to its end, or to an exit. The vCPU is OUTSIDE; no lock, no epoch.
 * @ret STEP_NEXT, STEP_EXIT (Vcpu.exitReason says why), or a negated errno of guestRead and guestWrite
 */
export function emulateStep(vcpu: Vcpu): i32 {
  const op = programOp(vcpu);
  if (op.op != PROG_READ && op.op != PROG_WRITE) return emulationFailed(vcpu);
  const gpa = programGpa(op, vcpu.progIter, vcpu.progState);
  const size: u32 = 1 << op.sizeLog2;
  if (vcpu.emuOffset == 0) vcpu.emuData = op.op == PROG_WRITE ? programValue(op, gpa, vcpu.progStamp) : 0;
  while (vcpu.emuOffset < size) {
    const at = gpa + vcpu.emuOffset;
    const n = fragmentBytes(at, size - vcpu.emuOffset);
    const server = op.op == PROG_WRITE ? mmioWriter(vcpu, at) : mmioReader(vcpu, at);
    if (server == BY_USERSPACE) return mmioFragment(vcpu, op, at, n);
    const r = server == BY_NOBODY ? -EAGAIN : memoryFragment(vcpu, op, at, n);
    if (r < 0) return noteFault(vcpu, at, n, r);
    vcpu.emuOffset += n;
  }
  finishAccess(vcpu, op, gpa);
  return STEP_NEXT;
}

/** Completes the exit that userspace has just served: takes an MMIO or port read's data. First thing of a run. */
export function emulateComplete(vcpu: Vcpu): void {
  const op = programOp(vcpu);
  vcpu.mmioPending = 0;
  if (op.op == PROG_IO) {
    if (vcpu.mmioIsWrite == 0) vcpu.progLastValue = truncateTo(vcpu.mmioData, op.sizeLog2);
    programAdvance(vcpu);
    return;
  }
  if (vcpu.mmioIsWrite == 0)
    memory.copy(operandAt(vcpu), changetype<usize>(vcpu) + offsetof<Vcpu>("mmioData"), vcpu.mmioLen);
  vcpu.emuOffset += vcpu.mmioLen;
  const size: u32 = 1 << op.sizeLog2;
  if (vcpu.emuOffset < size) vcpu.progEmulate = 1;
  else finishAccess(vcpu, op, programGpa(op, vcpu.progIter, vcpu.progState));
}

/** Where the next unserved byte of the operand is kept. */
// @ts-ignore: decorator
@inline
function operandAt(vcpu: Vcpu): usize {
  return changetype<usize>(vcpu) + offsetof<Vcpu>("emuData") + vcpu.emuOffset;
}

/** Bytes up to the page's end, at most `left`. */
function fragmentBytes(gpa: Gpa, left: u32): u32 {
  const room = PAGE_SIZE - (<u32>gpa & (PAGE_SIZE - 1));
  return room < left ? room : left;
}

/** Describes the fragment that memory did not serve, and what it waits for, if anything. */
function noteFault(vcpu: Vcpu, gpa: Gpa, n: u32, error: i32): i32 {
  vcpu.faultGpa = gpa;
  vcpu.faultSize = n;
  vcpu.faultFlags = 0;
  vcpu.progEmulate = 1;
  return error;
}

function memoryFragment(vcpu: Vcpu, op: ProgOp, gpa: Gpa, n: u32): i32 {
  const vm = changetype<Vm>(vcpu.vm);
  const r =
    op.op == PROG_WRITE
      ? guestWriteBy(vm, vcpu, vcpu.asId, gpa, operandAt(vcpu), n)
      : guestRead(vm, vcpu.asId, gpa, operandAt(vcpu), n);
  if (r == -EAGAIN) vcpu.pagerRequest = pagerAwaited();
  return r;
}

function mmioFragment(vcpu: Vcpu, op: ProgOp, gpa: Gpa, n: u32): i32 {
  if (op.op == PROG_WRITE) mmioExitWrite(vcpu, gpa, n, operandAt(vcpu));
  else mmioExitRead(vcpu, gpa, n);
  return STEP_EXIT;
}

/** The whole operand is served: delivers a read, and moves to the next iteration. */
function finishAccess(vcpu: Vcpu, op: ProgOp, gpa: Gpa): void {
  if (op.op == PROG_READ) {
    vcpu.progLastValue = vcpu.emuData;
    if ((op.flags & PROG_CHECK) != 0) accessCheck(vcpu, op, gpa, vcpu.emuData);
  }
  vcpu.progAccesses++;
  vcpu.emuOffset = 0;
  vcpu.progEmulate = 0;
  programNextAccess(vcpu, op);
}

/** The port does not do this. The next run() tries the same op again, as KVM leaves the instruction pointer alone. */
function emulationFailed(vcpu: Vcpu): i32 {
  vcpu.progEmulate = 0;
  vcpu.exitReason = KVM_EXIT_INTERNAL_ERROR;
  vcpu.internalSuberror = KVM_INTERNAL_ERROR_EMULATION;
  return STEP_EXIT;
}
