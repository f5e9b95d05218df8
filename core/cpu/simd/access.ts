/**
 * What every MMX and SSE instruction begins with: may it run, where is its source, and for MMX what it does to the x87
 * state.
 *
 * A source is an address: that of the register, or of X86.value0 when the operand came from memory. Where reading it
 * failed, it is a status (EXEC_*) instead, which no address is that small as to equal:
 *
 *   const source = xmmSource(c, op);
 *   if (isStatus(source)) return <i32>source;
 *
 * Order of faults (Intel SDM, "Exceptions and Priority" of legacy SSE and MMX instructions): #UD, #NM, pending x87
 * errors (#MF), misalignment (#GP), then those of the access itself. Nothing is changed before the last of them.
 */

import { opAddress } from "../address";
import { raise, raiseGp, raiseNm, raiseUd } from "../exceptions";
import { x87IsPending } from "../fpu/x87_state";
import { memRead, memRead16, memWrite, memWriteSlow } from "../memory";
import { linHitWrite } from "../../hw/linear_tlb";
import { HW_READ, HW_WRITE } from "../../layout/hw";
import { CR0_EM, CR0_NE, CR0_TS, CR4_OSFXSR, EXC_MF, X86 } from "../../layout/x86";
import { EXEC_NEXT, OP_MEM, Op } from "../../layout/x86_op";

/** Addresses from here on are addresses; below are statuses. */
const STATUS_END: usize = 64;
/** Sign and exponent of an x87 register that MMX has written. */
const MMX_EXPONENT: u16 = 0xffff;

/** Whether a source is a status to return. */
// @ts-ignore: decorator
@inline
export function isStatus(source: usize): bool {
  return source < STATUS_END;
}

// --- may it run ---

/** Whether instructions with XMM registers cannot run now: xmmRefuse says why. */
// @ts-ignore: decorator
@inline
export function xmmIsOff(c: X86): bool {
  return ((c.cr0 & (CR0_EM | CR0_TS)) | (~c.cr4 & CR4_OSFXSR)) != 0;
}

/** @ret EXEC_FAULT: #UD or #NM */
export function xmmRefuse(c: X86): i32 {
  const isUndefined = (c.cr0 & CR0_EM) != 0 || (c.cr4 & CR4_OSFXSR) == 0;
  return isUndefined ? raiseUd(c) : raiseNm(c);
}

/**
 * Whether instructions with MMX registers cannot run now: mmxRefuse says why. With CR0.NE clear a pending x87 error is
 * reported outside of the processor, where nothing listens.
 */
// @ts-ignore: decorator
@inline
export function mmxIsOff(c: X86): bool {
  return (c.cr0 & (CR0_EM | CR0_TS)) != 0 || (x87IsPending(c) && (c.cr0 & CR0_NE) != 0);
}

/** @ret EXEC_FAULT: #UD, #NM or #MF */
export function mmxRefuse(c: X86): i32 {
  if ((c.cr0 & CR0_EM) != 0) return raiseUd(c);
  if ((c.cr0 & CR0_TS) != 0) return raiseNm(c);
  return raise(c, EXC_MF);
}

// --- XMM operands ---

/** The address of an XMM register operand. */
// @ts-ignore: decorator
@inline
export function registerAt(c: X86, offset: u32): usize {
  return changetype<usize>(c) + offset;
}

// @ts-ignore: decorator
@inline
function valueAt(c: X86): usize {
  return changetype<usize>(c) + offsetof<X86>("value0");
}

/** The rm operand, 16 bytes; in memory it must be aligned. */
// @ts-ignore: decorator
@inline
export function xmmSource(c: X86, op: Op): usize {
  if (xmmIsOff(c)) return xmmRefuse(c);
  return (op.flags & OP_MEM) == 0 ? registerAt(c, op.rm) : alignedSource(c, op);
}

/** The rm operand, 16 bytes anywhere. */
// @ts-ignore: decorator
@inline
export function xmmSourceUnaligned(c: X86, op: Op): usize {
  if (xmmIsOff(c)) return xmmRefuse(c);
  return (op.flags & OP_MEM) == 0 ? registerAt(c, op.rm) : unalignedSource(c, op);
}

/** The rm operand, of which the low bytes that make a T count; in memory there are no others. */
// @ts-ignore: decorator
@inline
export function xmmSourceSized<T extends number>(c: X86, op: Op): usize {
  if (xmmIsOff(c)) return xmmRefuse(c);
  return (op.flags & OP_MEM) == 0 ? registerAt(c, op.rm) : sizedSource<T>(c, op);
}

function alignedSource(c: X86, op: Op): usize {
  const linear = opAddress<v128>(c, op, HW_READ);
  if ((linear & 15) != 0) return raiseGp(c, 0);
  const status = memRead16(c, op, linear);
  return status == EXEC_NEXT ? valueAt(c) : status;
}

function unalignedSource(c: X86, op: Op): usize {
  const status = memRead16(c, op, opAddress<v128>(c, op, HW_READ));
  return status == EXEC_NEXT ? valueAt(c) : status;
}

function sizedSource<T extends number>(c: X86, op: Op): usize {
  const status = memRead<T>(c, op, opAddress<T>(c, op, HW_READ));
  return status == EXEC_NEXT ? valueAt(c) : status;
}

/** Stores the 16 bytes at `from` where the memory operand of `op` is, which must be aligned. */
export function storeAligned(c: X86, op: Op, from: usize): i32 {
  const linear = opAddress<v128>(c, op, HW_WRITE);
  if ((linear & 15) != 0) return raiseGp(c, 0);
  return store16(c, op, linear, from);
}

/** As storeAligned, anywhere. */
export function storeUnaligned(c: X86, op: Op, from: usize): i32 {
  return store16(c, op, opAddress<v128>(c, op, HW_WRITE), from);
}

/** In one piece, so that a load of 16 bytes soon after finds them in the host's store buffer. */
// @ts-ignore: decorator
@inline
function store16(c: X86, op: Op, linear: u64, from: usize): i32 {
  const p = linHitWrite<v128>(c, linear);
  if (p == 0) return memWriteSlow(c, op, linear, 16, load<u64>(from), load<u64>(from, 8));
  v128.store(p, v128.load(from));
  return EXEC_NEXT;
}

/** Stores the T at `from` where the memory operand of `op` is. */
export function storeSized<T extends number>(c: X86, op: Op, from: usize): i32 {
  return memWrite<T>(c, op, opAddress<T>(c, op, HW_WRITE), load<T>(from));
}

// --- MMX operands ---

/** The rm operand of an MMX instruction, 8 bytes, or as many as make a T. */
// @ts-ignore: decorator
@inline
export function mmxSource<T extends number>(c: X86, op: Op): usize {
  if (mmxIsOff(c)) return mmxRefuse(c);
  return (op.flags & OP_MEM) == 0 ? registerAt(c, op.rm) : sizedSource<T>(c, op);
}

/**
 * What every MMX instruction but EMMS does to the x87 state (Intel SDM, "Effect of MMX Instructions on x87 FPU Tag
 * Word"): all registers are valid, TOP is 0. To be called when nothing can fail any more.
 */
// @ts-ignore: decorator
@inline
export function mmxEnter(c: X86): void {
  c.fpuTop = 0;
  c.fpuEmpty = 0;
}

/** Writes the MMX register operand at `offset`, and does mmxEnter. */
// @ts-ignore: decorator
@inline
export function mmxWrite(c: X86, offset: u32, value: u64): void {
  mmxEnter(c);
  store<u64>(changetype<usize>(c) + offset, value);
  store<u16>(changetype<usize>(c) + offset, MMX_EXPONENT, 8);
}
