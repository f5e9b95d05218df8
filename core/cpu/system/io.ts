/**
 * Port access: IN, OUT, INS, OUTS. Every port is userspace's: the instruction ends the run with KVM_EXIT_IO, and X86.io*
 * say what is asked for:
 *
 *   ioPort, ioSize (1, 2, 4), ioIn (KVM_EXIT_IO_*), ioCount elements; the data are at X86_SCRATCH, ioCount * ioSize bytes
 *
 * The vCPU's owner calls ioComplete before the next run enters the guest. OUT and OUTS are done when they exit, and IN but
 * for the accumulator, which ioComplete writes. INS asks for its data first (IO_INS), is executed again, and stores them
 * then; so that memory that is not there yet can be waited for. Nothing is delivered in between but the faults of INS.
 */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { KVM_EXIT_IO } from "../../layout/exits";
import { PAGE_SIZE } from "../../layout/types";
import { Vcpu } from "../../layout/vcpu";
import { EXEC_FAULT, EXEC_JUMP, EXEC_NEXT, EXEC_STOP, Op, OP_REP, OP_REPNE } from "../../layout/x86_op";
import { EXC_NONE, FLAG_DF, REG_RAX, SEG_ES, SEG_TR, SEG_UNUSABLE, X86, X86_SCRATCH } from "../../layout/x86";
import {
  IO_DATA_BYTES,
  IO_IN,
  IO_INS,
  IO_NONE,
  IO_OUT,
  KVM_EXIT_IO_IN,
  KVM_EXIT_IO_OUT,
} from "../../layout/x86_system";
import { opSegment, segmentAddress, segmentOf } from "../address";
import { raiseGp } from "../exceptions";
import { memRead, memTranslate, memWrite, sysRead } from "../memory";
import { regRead, regWrite } from "../operands";
import { opNextRip, opRip } from "../rip";
import { debugPort } from "./debug";
import { TYPE_32 } from "./descriptor";
import { iopl, isReal } from "./modes";

/** In the TSS: offset of the I/O permission bit map. */
const TSS_IO_MAP: u32 = 102;
const ADDRESS_SIZE_SHIFT: u32 = 5;

// @ts-ignore: decorator
@inline
function ioData(c: X86): usize {
  return changetype<usize>(c) + X86_SCRATCH;
}

/** IF (PE = 1) and (CPL > IOPL) and a bit of the I/O permission map is set THEN #GP(0). */
function portCheck(c: X86, port: u32, size: u32): i32 {
  debugPort(c, port, size);
  if (isReal(c) || c.cpl <= iopl(c)) return EXEC_NEXT;
  const tr = segmentOf(c, SEG_TR);
  const isTss32 = (tr.attributes & (SEG_UNUSABLE | TYPE_32)) == TYPE_32;
  if (!isTss32 || tr.limit < TSS_IO_MAP + 1) return raiseGp(c, 0);
  let r = sysRead<u16>(c, tr.base + TSS_IO_MAP);
  if (r != EXEC_NEXT) return r;
  // Two bytes are always read: the map ends with a byte of ones.
  const at = <u32>c.value0 + (port >> 3);
  if (at + 1 > tr.limit) return raiseGp(c, 0);
  r = sysRead<u16>(c, tr.base + at);
  if (r != EXEC_NEXT) return r;
  const mask: u32 = (1 << size) - 1;
  return ((<u32>c.value0 >> (port & 7)) & mask) != 0 ? raiseGp(c, 0) : EXEC_NEXT;
}

/** Ends the run for `count` elements; execution goes on at `rip`. */
function portExit(c: X86, state: u32, port: u32, size: u32, count: u32, rip: u64): i32 {
  c.ioState = state;
  c.ioPort = port;
  c.ioSize = size;
  c.ioIn = state == IO_OUT ? KVM_EXIT_IO_OUT : KVM_EXIT_IO_IN;
  c.ioCount = count;
  c.ioDone = 0;
  c.rip = rip;
  changetype<Vcpu>(c.vcpu).exitReason = KVM_EXIT_IO;
  return EXEC_STOP;
}

/** Userspace has answered the last exit. */
export function ioComplete(c: X86): void {
  if (c.ioState == IO_INS) return;
  if (c.ioState == IO_IN) {
    const from = ioData(c);
    if (c.ioSize == 1) regWrite<u8>(c, REG_RAX << 3, load<u8>(from));
    else if (c.ioSize == 2) regWrite<u16>(c, REG_RAX << 3, load<u16>(from));
    else regWrite<u32>(c, REG_RAX << 3, load<u32>(from));
  }
  c.ioState = IO_NONE;
}

function portIn<T extends number>(c: X86, op: Op, port: u32): i32 {
  const r = portCheck(c, port, sizeof<T>());
  return r == EXEC_NEXT ? portExit(c, IO_IN, port, sizeof<T>(), 1, opNextRip(c, op)) : r;
}

function portOut<T extends number>(c: X86, op: Op, port: u32): i32 {
  const r = portCheck(c, port, sizeof<T>());
  if (r != EXEC_NEXT) return r;
  store<T>(ioData(c), regRead<T>(c, REG_RAX << 3));
  return portExit(c, IO_OUT, port, sizeof<T>(), 1, opNextRip(c, op));
}

export function inIb<T extends number>(c: X86, op: Op): i32 {
  return portIn<T>(c, op, <u32>op.imm & 0xff);
}

export function inDx<T extends number>(c: X86, op: Op): i32 {
  return portIn<T>(c, op, <u32>c.rdx & 0xffff);
}

export function outIb<T extends number>(c: X86, op: Op): i32 {
  return portOut<T>(c, op, <u32>op.imm & 0xff);
}

export function outDx<T extends number>(c: X86, op: Op): i32 {
  return portOut<T>(c, op, <u32>c.rdx & 0xffff);
}

/** Bits that rSI, rDI and rCX have under the address size. */
function addressMask(op: Op): u64 {
  const size = <u32>op.addr >> ADDRESS_SIZE_SHIFT;
  return size == 0 ? 0xffff : size == 1 ? 0xffffffff : u64.MAX_VALUE;
}

/** A register as string instructions change it: 16-bit ones keep their upper part. */
function masked(before: u64, after: u64, mask: u64): u64 {
  return mask == 0xffff ? (before & ~mask) | (after & mask) : after & mask;
}

// @ts-ignore: decorator
@inline
function isRepeated(op: Op): bool {
  return (op.flags & (OP_REP | OP_REPNE)) != 0;
}

/** Elements of size `size` that one exit may carry: all that are left to do, one if instructions are stepped through. */
function batch(c: X86, op: Op, size: u32): u32 {
  if (!isRepeated(op)) return 1;
  const left = c.rcx & addressMask(op);
  const most = c.stepping != 0 ? 1 : IO_DATA_BYTES / size;
  return left < <u64>most ? <u32>left : most;
}

/** Counts `n` elements as done: index register at `register`, and rCX under REP. */
function advance(c: X86, op: Op, register: usize, n: u32, step: i64): void {
  const mask = addressMask(op);
  const before = load<u64>(register);
  store<u64>(register, masked(before, before + <u64>(step * <i64>n), mask));
  if (isRepeated(op)) c.rcx = masked(c.rcx, c.rcx - n, mask);
}

// @ts-ignore: decorator
@inline
function stepOf(c: X86, size: u32): i64 {
  return (c.flags & FLAG_DF) != 0 ? -(<i64>size) : <i64>size;
}

/** Whether REP goes on with the same instruction. */
function isUnfinished(c: X86, op: Op): bool {
  return isRepeated(op) && (c.rcx & addressMask(op)) != 0;
}

export function outs<T extends number>(c: X86, op: Op): i32 {
  const size: u32 = sizeof<T>();
  const most = batch(c, op, size);
  if (most == 0) return EXEC_NEXT;
  const port = <u32>c.rdx & 0xffff;
  let r = portCheck(c, port, size);
  if (r != EXEC_NEXT) return r;
  const step = stepOf(c, size);
  const mask = addressMask(op);
  let n: u32 = 0;
  while (n < most) {
    const offset = (c.rsi + <u64>(step * <i64>n)) & mask;
    r = memRead<T>(c, op, segmentAddress(c, opSegment(op), offset, size, HW_READ));
    if (r != EXEC_NEXT) break;
    store<T>(ioData(c) + n * size, <T>c.value0);
    n++;
  }
  if (n == 0) return r;
  // Whatever stopped a later element stops it again when it is the first.
  if (r == EXEC_FAULT) c.excVector = EXC_NONE;
  advance(c, op, changetype<usize>(c) + offsetof<X86>("rsi"), n, step);
  return portExit(c, IO_OUT, port, size, n, isUnfinished(c, op) ? opRip(c, op) : opNextRip(c, op));
}

export function ins<T extends number>(c: X86, op: Op): i32 {
  const size: u32 = sizeof<T>();
  const port = <u32>c.rdx & 0xffff;
  if (c.ioState == IO_INS && c.ioPort == port && c.ioSize == size) return insStore<T>(c, op);
  c.ioState = IO_NONE;
  let most = batch(c, op, size);
  if (most == 0) return EXEC_NEXT;
  let r = portCheck(c, port, size);
  if (r != EXEC_NEXT) return r;
  const linear = segmentAddress(c, SEG_ES, c.rdi & addressMask(op), size, HW_WRITE);
  r = memTranslate(c, op, linear, size, HW_WRITE);
  if (r != EXEC_NEXT) return r;
  // As far as the page that has just been looked at: what is asked for can nearly always be stored.
  const inPage: u32 = (c.flags & FLAG_DF) != 0 ? 1 : (PAGE_SIZE - (<u32>linear & (PAGE_SIZE - 1))) / size;
  if (inPage < most) most = inPage > 1 ? inPage : 1;
  return portExit(c, IO_INS, port, size, most, opRip(c, op));
}

/** The second time: stores what userspace gave. Each element is done when it is stored. */
function insStore<T extends number>(c: X86, op: Op): i32 {
  const size: u32 = sizeof<T>();
  const step = stepOf(c, size);
  while (c.ioDone < c.ioCount) {
    const linear = segmentAddress(c, SEG_ES, c.rdi & addressMask(op), size, HW_WRITE);
    const r = memWrite<T>(c, op, linear, load<T>(ioData(c) + c.ioDone * size));
    if (r != EXEC_NEXT) return r;
    c.ioDone++;
    advance(c, op, changetype<usize>(c) + offsetof<X86>("rdi"), 1, step);
  }
  c.ioState = IO_NONE;
  if (!isUnfinished(c, op)) return EXEC_NEXT;
  c.rip = opRip(c, op);
  return EXEC_JUMP;
}
