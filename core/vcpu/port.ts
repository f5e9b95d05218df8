/**
 * The emulation port of the processor: one instruction, its memory operands served by software. That is what
 * RET_PF_EMULATE asks for: MMIO, writes to read-only slots, tracked writes.
 *
 * Guarantee: the instruction takes effect once, and each byte of MMIO is read and written once, whatever it exits for.
 * The instruction is run in passes, each from its start. A read of MMIO that userspace has not answered yet ends the
 * pass with an exit; the answer is kept, and the next pass gets it in the same place. Writes are kept too, and done when
 * the instruction is complete and its registers have changed, as KVM does: so nothing has to be undone.
 *
 * A pass is IN_GUEST, for the guest's page tables are walked by the processor; reading memory leaves the guest and
 * enters it again. LOCKed operations run while no other vCPU does. Instructions are not fetched here: code in MMIO, more
 * operands than the block holds, and guest page tables in read-only slots end in KVM_EXIT_INTERNAL_ERROR.
 */

import { KVM_INTERNAL_ERROR_EMULATION, RUN_EXIT } from "../layout/access_program";
import { EAGAIN } from "../layout/errno";
import { KVM_EXIT_INTERNAL_ERROR } from "../layout/exits";
import { PORT_FRAGMENT_SHIFT, PORT_MAX_READS, PORT_MAX_WRITES, PORT_ORDER, PortFragment } from "../layout/port";
import { OP_PORT_READ, OP_PORT_WRITE, SYSTEM_OPS } from "../layout/system";
import { Gpa, PAGE_SIZE } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { X86 } from "../layout/x86";
import { EXEC_EXIT, EXEC_NEXT } from "../layout/x86_op";
import { STEPPING_EMULATE } from "../layout/x86_system";
import { privilegeChanged } from "../cpu/privilege";
import { pagerAwaited } from "../hostmm/pager";
import { kblockAlloc, kblockFree } from "../mm/kblock";
import { guestRead, guestWriteBy } from "../mmu/guest_memory";
import { guestEnter } from "../sync/guest_mode";
import { faultError, makeRoom, noteFaultPage } from "./fault";
import { vcpuLeave } from "./leave";
import { BY_NOBODY, BY_USERSPACE, mmioExitRead, mmioExitWrite, mmioReader, mmioWriter } from "./mmio";
import { RUN_AGAIN } from "./steps";

/** KVM_EXIT_MMIO carries at most so many bytes. */
const MMIO_BYTES: u32 = 8;

/** Tells the processor's memory helpers where the port is. Before a vCPU runs; repeating it changes nothing. */
export function portRegister(): void {
  store<u32>(SYSTEM_OPS + OP_PORT_READ * 4, portRead.index);
  store<u32>(SYSTEM_OPS + OP_PORT_WRITE * 4, portWrite.index);
}

/** Gives a vCPU's port its block back. */
export function portFree(vcpu: Vcpu): void {
  if (vcpu.portBase != 0) kblockFree(vcpu.portBase, PORT_ORDER);
}

/** Whether writes of a complete instruction wait to be done: before anything else of the vCPU. */
// @ts-ignore: decorator
@inline
export function portIsOwing(vcpu: Vcpu): bool {
  return vcpu.portDone != vcpu.portWrites && !portIsOpen(vcpu);
}

/** Whether the instruction at hand runs through the port. */
// @ts-ignore: decorator
@inline
export function portIsOpen(vcpu: Vcpu): bool {
  return (changetype<X86>(vcpu.x86).stepping & STEPPING_EMULATE) != 0;
}

/** The instruction at hand is to run through the port. @ret RUN_AGAIN, or what the run ends with */
export function portOpen(vcpu: Vcpu): i32 {
  if (portIsOpen(vcpu)) return portFailed(vcpu); // the processor asks again for what the port has no answer to
  if (vcpu.portBase == 0) vcpu.portBase = <u32>kblockAlloc(PORT_ORDER);
  if (vcpu.portBase == 0) {
    const r = makeRoom(vcpu);
    return r == 0 ? RUN_AGAIN : faultError(vcpu, r);
  }
  vcpu.portAnswered = 0;
  const c = changetype<X86>(vcpu.x86);
  c.stepping |= STEPPING_EMULATE;
  privilegeChanged(c);
  return RUN_AGAIN;
}

/** A pass over the instruction begins. */
export function portPass(vcpu: Vcpu): void {
  vcpu.portReads = 0;
  vcpu.portWrites = 0;
  vcpu.portDone = 0;
  vcpu.portDoneBytes = 0;
  vcpu.portStatus = RUN_AGAIN;
}

/** The instruction is complete, or gone: what it reads now is read anew. Its writes are left to portSettle. */
export function portClose(vcpu: Vcpu): void {
  const c = changetype<X86>(vcpu.x86);
  c.stepping &= ~STEPPING_EMULATE;
  privilegeChanged(c);
}

/** The instruction did not complete: nothing it wrote is done. */
export function portForget(vcpu: Vcpu): void {
  vcpu.portWrites = 0;
  vcpu.portDone = 0;
}

/** Userspace has served the MMIO exit: takes a read's data. */
export function portComplete(vcpu: Vcpu): void {
  vcpu.mmioPending = 0;
  if (vcpu.mmioIsWrite != 0) portAdvance(vcpu, vcpu.mmioLen);
  else fragmentOfRead(vcpu, vcpu.portAnswered++).data = vcpu.mmioData;
}

/**
 * Does the writes of an instruction that is complete. The vCPU is OUTSIDE.
 * @ret RUN_AGAIN: done, unless portIsOwing still; or what the run ends with meanwhile
 */
export function portSettle(vcpu: Vcpu): i32 {
  while (vcpu.portDone != vcpu.portWrites) {
    const fragment = fragmentOfWrite(vcpu, vcpu.portDone);
    const gpa = fragment.gpa + vcpu.portDoneBytes;
    const from = dataOf(fragment) + vcpu.portDoneBytes;
    const left = fragment.size - vcpu.portDoneBytes;
    const server = mmioWriter(vcpu, gpa);
    if (server == BY_USERSPACE) {
      mmioExitWrite(vcpu, gpa, left < MMIO_BYTES ? left : MMIO_BYTES, from);
      return RUN_EXIT;
    }
    const vm = changetype<Vm>(vcpu.vm);
    const r = server == BY_NOBODY ? -EAGAIN : guestWriteBy(vm, vcpu, vcpu.asId, gpa, from, left);
    if (r < 0) return memoryFailed(vcpu, gpa, r);
    portAdvance(vcpu, left);
  }
  return RUN_AGAIN;
}

/** `n` bytes of the write at hand are done. */
function portAdvance(vcpu: Vcpu, n: u32): void {
  vcpu.portDoneBytes += n;
  if (vcpu.portDoneBytes < fragmentOfWrite(vcpu, vcpu.portDone).size) return;
  vcpu.portDone++;
  vcpu.portDoneBytes = 0;
}

// @ts-ignore: decorator
@inline
function fragmentOfRead(vcpu: Vcpu, i: u32): PortFragment {
  return changetype<PortFragment>(vcpu.portBase + (i << PORT_FRAGMENT_SHIFT));
}

// @ts-ignore: decorator
@inline
function fragmentOfWrite(vcpu: Vcpu, i: u32): PortFragment {
  return changetype<PortFragment>(vcpu.portBase + PAGE_SIZE + (i << PORT_FRAGMENT_SHIFT));
}

// @ts-ignore: decorator
@inline
function dataOf(fragment: PortFragment): usize {
  return changetype<usize>(fragment) + offsetof<PortFragment>("data");
}

/** OP_PORT_READ: `size` bytes at `gpa`, in one page, to `buffer`. */
function portRead(pointer: usize, gpa: Gpa, buffer: usize, size: u32, _access: u32): i32 {
  const vcpu = changetype<Vcpu>(pointer);
  // Memory is read through locks, which nobody takes IN_GUEST.
  vcpuLeave(vcpu);
  const status = readParts(vcpu, gpa, buffer, size);
  if (status != EXEC_NEXT) return status;
  return guestEnter(vcpu) ? EXEC_NEXT : passEnds(vcpu, RUN_AGAIN);
}

/** OP_PORT_WRITE: `size` bytes from `buffer` to `gpa`, in one page, when the instruction is complete. */
function portWrite(pointer: usize, gpa: Gpa, buffer: usize, size: u32): i32 {
  const vcpu = changetype<Vcpu>(pointer);
  if (vcpu.portWrites == PORT_MAX_WRITES) {
    vcpuLeave(vcpu);
    return passEnds(vcpu, portFailed(vcpu));
  }
  const fragment = fragmentOfWrite(vcpu, vcpu.portWrites++);
  fragment.gpa = gpa;
  fragment.size = size;
  memory.copy(dataOf(fragment), buffer, size);
  return EXEC_NEXT;
}

function readParts(vcpu: Vcpu, gpa: Gpa, buffer: usize, size: u32): i32 {
  const server = mmioReader(vcpu, gpa);
  if (server != BY_USERSPACE) {
    const r = server == BY_NOBODY ? -EAGAIN : guestRead(changetype<Vm>(vcpu.vm), vcpu.asId, gpa, buffer, size);
    return r == 0 ? EXEC_NEXT : passEnds(vcpu, memoryFailed(vcpu, gpa, r));
  }
  for (let at: u32 = 0; at < size; at += MMIO_BYTES) {
    const left = size - at;
    const status = readMmio(vcpu, gpa + at, buffer + at, left < MMIO_BYTES ? left : MMIO_BYTES);
    if (status != EXEC_NEXT) return status;
  }
  return EXEC_NEXT;
}

/** Gives userspace's answer, or asks for it. */
function readMmio(vcpu: Vcpu, gpa: Gpa, buffer: usize, size: u32): i32 {
  const i = vcpu.portReads;
  if (i == PORT_MAX_READS) return passEnds(vcpu, portFailed(vcpu));
  const fragment = fragmentOfRead(vcpu, i);
  if (i < vcpu.portAnswered && fragment.gpa == gpa && fragment.size == size) {
    memory.copy(buffer, dataOf(fragment), size);
    vcpu.portReads++;
    return EXEC_NEXT;
  }
  // Also where the guest's tables have changed since the last pass: what was answered for another place is void.
  vcpu.portAnswered = i;
  fragment.gpa = gpa;
  fragment.size = size;
  mmioExitRead(vcpu, gpa, size);
  return passEnds(vcpu, RUN_EXIT);
}

/** The pass cannot go on, the vCPU is OUTSIDE. The run loop goes on with `status`. @ret EXEC_EXIT */
function passEnds(vcpu: Vcpu, status: i32): i32 {
  vcpu.portStatus = status;
  return EXEC_EXIT;
}

/** What memory's answer `error` means for the run. */
function memoryFailed(vcpu: Vcpu, gpa: Gpa, error: i32): i32 {
  if (error == -EAGAIN) vcpu.pagerRequest = pagerAwaited();
  noteFaultPage(vcpu, gpa);
  return faultError(vcpu, error);
}

/** What the port does not do. The next run tries the instruction again from its start, without the port. */
function portFailed(vcpu: Vcpu): i32 {
  portClose(vcpu);
  portForget(vcpu);
  vcpu.exitReason = KVM_EXIT_INTERNAL_ERROR;
  vcpu.internalSuberror = KVM_INTERNAL_ERROR_EMULATION;
  return RUN_EXIT;
}
