/**
 * x87 arithmetic of two operands: FADD, FSUB, FSUBR, FMUL, FDIV, FDIVR with their pop and integer forms. The result has
 * the precision of the control word's PC, the range is always the extended one.
 */

import { HW_READ } from "../../layout/hw";
import { FloatEnv, REAL_QNAN, Real } from "../../layout/fpu";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { opAddress } from "../address";
import { memRead } from "../memory";
import { realAdd, realDiv, realMul, realSub } from "./arithmetic";
import { raiseDenormal } from "./float";
import { floatEnv, realFromFloat, realFromInt, realSetIndefinite, scratchReal } from "./real";
import { realRound80 } from "./round";
import {
  x87Begin,
  x87End,
  x87EndMemory,
  x87IsEmpty,
  x87IsStopped,
  x87NanOfTwo,
  x87Pop,
  x87Read,
  x87Underflow,
  x87Write,
} from "./x87_state";

const ADD: u32 = 0;
const SUB: u32 = 1;
const SUBR: u32 = 2;
const MUL: u32 = 3;
const DIV: u32 = 4;
const DIVR: u32 = 5;

/** r = a op b, rounded; or what a NaN among them gives. The reversed kinds take b first. */
function compute(env: FloatEnv, kind: u32, r: Real, a: Real, b: Real): void {
  if (a.kind >= REAL_QNAN || b.kind >= REAL_QNAN) {
    x87NanOfTwo(env, r, a, b);
    return;
  }
  if (kind == ADD) realAdd(env, r, a, b);
  else if (kind == SUB) realSub(env, r, a, b);
  else if (kind == SUBR) realSub(env, r, b, a);
  else if (kind == MUL) realMul(env, r, a, b);
  else if (kind == DIV) realDiv(env, r, a, b);
  else realDiv(env, r, b, a);
  raiseDenormal(env, a, b);
  if (!x87IsStopped(env)) realRound80(env, r);
}

/** ST(dst) = ST(dst) op ST(src). @ret whether the result was written */
function combine(c: X86, kind: u32, dst: u32, src: u32): bool {
  const env = floatEnv(c);
  const r = scratchReal(c, 2);
  if (x87IsEmpty(c, dst) || x87IsEmpty(c, src)) {
    x87Underflow(c);
    realSetIndefinite(r);
  } else {
    const a = scratchReal(c, 0);
    const b = scratchReal(c, 1);
    x87Read(c, a, dst);
    x87Read(c, b, src);
    compute(env, kind, r, a, b);
  }
  if (x87IsStopped(env)) return false;
  x87Write(c, dst, r);
  return true;
}

/** ST(0) = ST(0) op scratch 1. */
function combineScratch(c: X86, kind: u32): void {
  const env = floatEnv(c);
  const r = scratchReal(c, 2);
  if (x87IsEmpty(c, 0)) {
    x87Underflow(c);
    realSetIndefinite(r);
  } else {
    const a = scratchReal(c, 0);
    x87Read(c, a, 0);
    compute(env, kind, r, a, scratchReal(c, 1));
  }
  if (!x87IsStopped(env)) x87Write(c, 0, r);
}

/** ST(0) = ST(0) op ST(i). */
function toTop(c: X86, op: Op, kind: u32): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  combine(c, kind, 0, op.rm);
  return x87End(c, op);
}

/** ST(i) = ST(i) op ST(0). */
function toRegister(c: X86, op: Op, kind: u32): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  combine(c, kind, op.rm, 0);
  return x87End(c, op);
}

/** The same, then a pop. */
function toRegisterPop(c: X86, op: Op, kind: u32): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  if (combine(c, kind, op.rm, 0)) x87Pop(c);
  return x87End(c, op);
}

/** ST(0) = ST(0) op a single (u32) or double (u64) in memory. */
function withFloat<T extends number>(c: X86, op: Op, kind: u32): i32 {
  const begun = x87Begin(c);
  if (begun != EXEC_NEXT) return begun;
  const linear = opAddress<T>(c, op, HW_READ);
  const status = memRead<T>(c, op, linear);
  if (status != EXEC_NEXT) return status;
  realFromFloat<T>(floatEnv(c), scratchReal(c, 1), <T>c.value0);
  combineScratch(c, kind);
  return x87EndMemory(c, op);
}

/** ST(0) = ST(0) op an integer (u16, u32) in memory. */
function withInt<T extends number>(c: X86, op: Op, kind: u32): i32 {
  const begun = x87Begin(c);
  if (begun != EXEC_NEXT) return begun;
  const linear = opAddress<T>(c, op, HW_READ);
  const status = memRead<T>(c, op, linear);
  if (status != EXEC_NEXT) return status;
  const value: i64 = sizeof<T>() == 2 ? <i64>(<i16>c.value0) : <i64>(<i32>c.value0);
  realFromInt(scratchReal(c, 1), value);
  combineScratch(c, kind);
  return x87EndMemory(c, op);
}

// The instructions: all of a kind, form by form.

export function faddSt0Sti(c: X86, op: Op): i32 {
  return toTop(c, op, ADD);
}

export function faddStiSt0(c: X86, op: Op): i32 {
  return toRegister(c, op, ADD);
}

export function faddpStiSt0(c: X86, op: Op): i32 {
  return toRegisterPop(c, op, ADD);
}

export function faddM32(c: X86, op: Op): i32 {
  return withFloat<u32>(c, op, ADD);
}

export function faddM64(c: X86, op: Op): i32 {
  return withFloat<u64>(c, op, ADD);
}

export function fiaddM16(c: X86, op: Op): i32 {
  return withInt<u16>(c, op, ADD);
}

export function fiaddM32(c: X86, op: Op): i32 {
  return withInt<u32>(c, op, ADD);
}

export function fsubSt0Sti(c: X86, op: Op): i32 {
  return toTop(c, op, SUB);
}

export function fsubStiSt0(c: X86, op: Op): i32 {
  return toRegister(c, op, SUB);
}

export function fsubpStiSt0(c: X86, op: Op): i32 {
  return toRegisterPop(c, op, SUB);
}

export function fsubM32(c: X86, op: Op): i32 {
  return withFloat<u32>(c, op, SUB);
}

export function fsubM64(c: X86, op: Op): i32 {
  return withFloat<u64>(c, op, SUB);
}

export function fisubM16(c: X86, op: Op): i32 {
  return withInt<u16>(c, op, SUB);
}

export function fisubM32(c: X86, op: Op): i32 {
  return withInt<u32>(c, op, SUB);
}

export function fsubrSt0Sti(c: X86, op: Op): i32 {
  return toTop(c, op, SUBR);
}

export function fsubrStiSt0(c: X86, op: Op): i32 {
  return toRegister(c, op, SUBR);
}

export function fsubrpStiSt0(c: X86, op: Op): i32 {
  return toRegisterPop(c, op, SUBR);
}

export function fsubrM32(c: X86, op: Op): i32 {
  return withFloat<u32>(c, op, SUBR);
}

export function fsubrM64(c: X86, op: Op): i32 {
  return withFloat<u64>(c, op, SUBR);
}

export function fisubrM16(c: X86, op: Op): i32 {
  return withInt<u16>(c, op, SUBR);
}

export function fisubrM32(c: X86, op: Op): i32 {
  return withInt<u32>(c, op, SUBR);
}

export function fmulSt0Sti(c: X86, op: Op): i32 {
  return toTop(c, op, MUL);
}

export function fmulStiSt0(c: X86, op: Op): i32 {
  return toRegister(c, op, MUL);
}

export function fmulpStiSt0(c: X86, op: Op): i32 {
  return toRegisterPop(c, op, MUL);
}

export function fmulM32(c: X86, op: Op): i32 {
  return withFloat<u32>(c, op, MUL);
}

export function fmulM64(c: X86, op: Op): i32 {
  return withFloat<u64>(c, op, MUL);
}

export function fimulM16(c: X86, op: Op): i32 {
  return withInt<u16>(c, op, MUL);
}

export function fimulM32(c: X86, op: Op): i32 {
  return withInt<u32>(c, op, MUL);
}

export function fdivSt0Sti(c: X86, op: Op): i32 {
  return toTop(c, op, DIV);
}

export function fdivStiSt0(c: X86, op: Op): i32 {
  return toRegister(c, op, DIV);
}

export function fdivpStiSt0(c: X86, op: Op): i32 {
  return toRegisterPop(c, op, DIV);
}

export function fdivM32(c: X86, op: Op): i32 {
  return withFloat<u32>(c, op, DIV);
}

export function fdivM64(c: X86, op: Op): i32 {
  return withFloat<u64>(c, op, DIV);
}

export function fidivM16(c: X86, op: Op): i32 {
  return withInt<u16>(c, op, DIV);
}

export function fidivM32(c: X86, op: Op): i32 {
  return withInt<u32>(c, op, DIV);
}

export function fdivrSt0Sti(c: X86, op: Op): i32 {
  return toTop(c, op, DIVR);
}

export function fdivrStiSt0(c: X86, op: Op): i32 {
  return toRegister(c, op, DIVR);
}

export function fdivrpStiSt0(c: X86, op: Op): i32 {
  return toRegisterPop(c, op, DIVR);
}

export function fdivrM32(c: X86, op: Op): i32 {
  return withFloat<u32>(c, op, DIVR);
}

export function fdivrM64(c: X86, op: Op): i32 {
  return withFloat<u64>(c, op, DIVR);
}

export function fidivrM16(c: X86, op: Op): i32 {
  return withInt<u16>(c, op, DIVR);
}

export function fidivrM32(c: X86, op: Op): i32 {
  return withInt<u32>(c, op, DIVR);
}
