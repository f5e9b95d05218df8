/**
 * The x87 register stack, its exceptions, and how every x87 instruction begins and ends.
 *
 * Exceptions are deferred: an instruction that finds an unmasked one records it and ends; the next waiting instruction
 * raises #MF. ES and B of the status word are not stored: they say whether a recorded exception is unmasked, which the
 * control word decides anew whenever they are asked for.
 */

import {
  FCW_FIXED,
  FCW_PC_SHIFT,
  FCW_RC_SHIFT,
  FCW_RESET,
  FCW_VALID,
  FE_ALL,
  FE_BEFORE,
  FE_I,
  FLOAT_WRAP,
  FloatEnv,
  FSW_B,
  FSW_C1,
  FSW_ES,
  FSW_SF,
  FSW_TOP_SHIFT,
  REAL_QNAN,
  REAL_SNAN,
  REAL_UNSUPPORTED,
  Real,
} from "../../layout/fpu";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { CR0_EM, CR0_NE, CR0_TS, EXC_MF, X86, X86_X87, X87_SHIFT } from "../../layout/x86";
import { opOffset } from "../address";
import { raise, raiseNm } from "../exceptions";
import { opRip } from "../rip";
import { floatEnv, QUIET_BIT, realCopy, realFrom80, realSetIndefinite, realSig80, realSignExp80 } from "./real";

/** Precision control to significand bits; 1 is reserved and behaves as the full width. */
function precisionBits(fcw: u32): u32 {
  const control = (fcw >> FCW_PC_SHIFT) & 3;
  if (control == 0) return 24;
  return control == 2 ? 53 : 64;
}

/** Whether a recorded exception is unmasked. */
// @ts-ignore: decorator
@inline
export function x87IsPending(c: X86): bool {
  return (c.fsw & ~c.fcw & <u16>FE_ALL) != 0;
}

/** The status word as software sees it. */
export function x87StatusWord(c: X86): u32 {
  const status = <u32>c.fsw | ((<u32>c.fpuTop) << FSW_TOP_SHIFT);
  return x87IsPending(c) ? status | FSW_ES | FSW_B : status;
}

export function x87SetStatusWord(c: X86, status: u32): void {
  c.fpuTop = <u16>((status >> FSW_TOP_SHIFT) & 7);
  c.fsw = <u16>(status & ~(FSW_ES | FSW_B | (7 << FSW_TOP_SHIFT)));
}

/** The state FNINIT leaves; registers keep their contents, but are empty. */
export function x87Reset(c: X86): void {
  c.fcw = FCW_RESET;
  c.fsw = 0;
  c.fpuTop = 0;
  c.fpuEmpty = 0xff;
  c.fip = 0;
  c.fdp = 0;
  c.fop = 0;
  c.fcs = 0;
  c.fds = 0;
}

export function x87SetControlWord(c: X86, fcw: u32): void {
  c.fcw = <u16>((fcw & FCW_VALID) | FCW_FIXED);
}

/** Instructions that don't wait: #NM only. */
// @ts-ignore: decorator
@inline
export function x87CheckUsable(c: X86): i32 {
  if ((c.cr0 & (CR0_EM | CR0_TS)) != 0) return raiseNm(c);
  return EXEC_NEXT;
}

/** #MF for an exception left pending. With CR0.NE clear the report is external, and nothing here listens: it is passed over. */
// @ts-ignore: decorator
@inline
export function x87CheckPending(c: X86): i32 {
  if (x87IsPending(c) && (c.cr0 & CR0_NE) != 0) return raise(c, EXC_MF);
  return EXEC_NEXT;
}

/** A waiting instruction: #NM, then #MF. */
export function x87Check(c: X86): i32 {
  const status = x87CheckUsable(c);
  return status != EXEC_NEXT ? status : x87CheckPending(c);
}

/** An instruction that computes starts: its checks, then the rounding control and no exceptions. */
export function x87Begin(c: X86): i32 {
  const status = x87Check(c);
  if (status != EXEC_NEXT) return status;
  const env = floatEnv(c);
  const fcw = <u32>c.fcw;
  env.flags = 0;
  env.masks = fcw & FE_ALL;
  env.rounding = (fcw >> FCW_RC_SHIFT) & 3;
  env.options = FLOAT_WRAP;
  env.roundedUp = 0;
  env.bits = precisionBits(fcw);
  return EXEC_NEXT;
}

/**
 * An instruction ends that may have rounded: its exceptions are recorded, C1 says whether the magnitude grew, FIP where it
 * is. FCS and FDS are deprecated: they read as 0.
 */
export function x87End(c: X86, op: Op): i32 {
  const env = floatEnv(c);
  c.fsw = <u16>((c.fsw & ~FSW_C1) | env.flags | (env.roundedUp != 0 ? FSW_C1 : 0));
  c.fip = opRip(c, op);
  if ((env.flags & ~env.masks) != 0) recordOpcode(c, op);
  return EXEC_NEXT;
}

/** The same for instructions that leave C1 alone unless there was a stack fault. */
export function x87EndKeep(c: X86, op: Op): i32 {
  floatEnv(c).roundedUp = <u32>((c.fsw & FSW_C1) != 0);
  return x87End(c, op);
}

/** The same, after it read or wrote memory: FDP is the operand's offset in its segment. */
export function x87EndMemory(c: X86, op: Op): i32 {
  c.fdp = opOffset(c, op);
  return x87End(c, op);
}

/** FOP, kept for unmasked exceptions only: the instruction's bytes are still where they were fetched from. */
function recordOpcode(c: X86, op: Op): void {
  if (<u32>op.offset + op.length > 4096) return;
  let p = <usize>c.pageHost + op.offset;
  const end = p + op.length - 1;
  while (p < end && (load<u8>(p) & 0xf8) != 0xd8) p++;
  c.fop = <u16>(((load<u8>(p) & 7) << 8) | load<u8>(p, 1));
}

/** Whether operands have raised an unmasked exception, so that the instruction changes no register and no memory. */
// @ts-ignore: decorator
@inline
export function x87IsStopped(env: FloatEnv): bool {
  return (env.flags & ~env.masks & FE_BEFORE) != 0;
}

// @ts-ignore: decorator
@inline
function physical(c: X86, i: u32): u32 {
  return (c.fpuTop + i) & 7;
}

/** Address of ST(i). */
// @ts-ignore: decorator
@inline
export function x87Pointer(c: X86, i: u32): usize {
  return changetype<usize>(c) + X86_X87 + (physical(c, i) << X87_SHIFT);
}

// @ts-ignore: decorator
@inline
export function x87IsEmpty(c: X86, i: u32): bool {
  return ((<u32>c.fpuEmpty >> physical(c, i)) & 1) != 0;
}

export function x87SetEmpty(c: X86, i: u32): void {
  c.fpuEmpty |= <u16>((<u32>1) << physical(c, i));
}

export function x87Read(c: X86, r: Real, i: u32): void {
  const p = x87Pointer(c, i);
  realFrom80(r, load<u64>(p), load<u16>(p, 8));
}

/** ST(i) = r, a number that fits. */
export function x87Write(c: X86, i: u32, r: Real): void {
  x87WriteBits(c, i, realSig80(r), realSignExp80(r));
}

export function x87WriteBits(c: X86, i: u32, sig: u64, signExp: u32): void {
  const p = x87Pointer(c, i);
  store<u64>(p, sig);
  store<u64>(p, signExp, 8);
  c.fpuEmpty &= <u16>~((<u32>1) << physical(c, i));
}

export function x87Pop(c: X86): void {
  x87SetEmpty(c, 0);
  c.fpuTop = (c.fpuTop + 1) & 7;
}

/** Stack underflow: invalid, SF, C1 = 0. */
export function x87Underflow(c: X86): void {
  const env = floatEnv(c);
  env.flags |= FE_I;
  env.roundedUp = 0;
  c.fsw |= <u16>FSW_SF;
}

/** Stack overflow: invalid, SF, C1 = 1. */
export function x87Overflow(c: X86): void {
  const env = floatEnv(c);
  env.flags |= FE_I;
  env.roundedUp = 1;
  c.fsw |= <u16>FSW_SF;
}

/** Pushes `r`; on a full stack the default NaN, if invalid operations are masked. */
export function x87Push(c: X86, r: Real): void {
  if (!x87IsEmpty(c, 7)) {
    x87Overflow(c);
    if (x87IsStopped(floatEnv(c))) return;
    realSetIndefinite(r);
  }
  c.fpuTop = (c.fpuTop - 1) & 7;
  x87Write(c, 0, r);
}

/**
 * r = what an operation on a NaN gives (Intel SDM volume 1, "Rules for Handling NaNs"): the quiet one of a quiet and a
 * signaling NaN, else the one with the larger significand, made quiet; an unsupported operand gives the default NaN.
 */
export function x87NanOfTwo(env: FloatEnv, r: Real, a: Real, b: Real): void {
  if (a.kind >= REAL_SNAN || b.kind >= REAL_SNAN) env.flags |= FE_I;
  if (a.kind == REAL_UNSUPPORTED || b.kind == REAL_UNSUPPORTED) {
    realSetIndefinite(r);
    return;
  }
  realCopy(r, isFirstNan(a, b) ? a : b);
  r.kind = REAL_QNAN;
  r.sig |= QUIET_BIT;
}

function isFirstNan(a: Real, b: Real): bool {
  if (b.kind < REAL_QNAN) return true;
  if (a.kind < REAL_QNAN) return false;
  if (a.kind != b.kind) return a.kind == REAL_QNAN;
  if (a.sig != b.sig) return a.sig > b.sig;
  return a.sign == 0;
}

/** The same for one operand. */
export function x87NanOf(env: FloatEnv, r: Real, a: Real): void {
  x87NanOfTwo(env, r, a, a);
}
