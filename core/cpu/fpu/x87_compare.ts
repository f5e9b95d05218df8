/** x87 comparisons: FCOM, FUCOM, FICOM, FTST with their pops, FCOMI and FUCOMI, FXAM. */

import { HW_READ } from "../../layout/hw";
import {
  FE_I,
  FloatEnv,
  FSW_C0,
  FSW_C1,
  FSW_C2,
  FSW_C3,
  FSW_CONDITIONS,
  REAL_INF,
  REAL_QNAN,
  REAL_SNAN,
  REAL_UNSUPPORTED,
  REAL_ZERO,
  Real,
} from "../../layout/fpu";
import { FLAG_CF, FLAG_PF, FLAG_ZF, X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { opAddress } from "../address";
import { flagsSetStatus } from "../flags";
import { memRead } from "../memory";
import { realCompare } from "./arithmetic";
import { raiseDenormal } from "./float";
import { floatEnv, realFromFloat, realFromInt, realSet, scratchReal } from "./real";
import {
  x87Begin,
  x87End,
  x87EndKeep,
  x87EndMemory,
  x87IsEmpty,
  x87IsStopped,
  x87Pointer,
  x87Pop,
  x87Read,
  x87Underflow,
} from "./x87_state";

/** Which NaNs are invalid: signaling ones only (FUCOM), or all (FCOM). */
const QUIET: u32 = REAL_SNAN;
const SIGNALING: u32 = REAL_QNAN;

/** Results, as C3, C2, C0. */
const GREATER: u32 = 0;
const LESS: u32 = FSW_C0;
const EQUAL: u32 = FSW_C3;
const UNORDERED: u32 = FSW_C3 | FSW_C2 | FSW_C0;

/** Compares a with b; NaNs of kind `invalidFrom` and above raise I. */
function judge(env: FloatEnv, a: Real, b: Real, invalidFrom: u32): u32 {
  if (a.kind >= REAL_QNAN || b.kind >= REAL_QNAN) {
    if (a.kind >= invalidFrom || b.kind >= invalidFrom) env.flags |= FE_I;
    return UNORDERED;
  }
  raiseDenormal(env, a, b);
  const order = realCompare(a, b);
  if (order == 0) return EQUAL;
  return order < 0 ? LESS : GREATER;
}

/** ST(0) with ST(i). */
function judgeRegisters(c: X86, i: u32, invalidFrom: u32): u32 {
  if (x87IsEmpty(c, 0) || x87IsEmpty(c, i)) {
    x87Underflow(c);
    return UNORDERED;
  }
  x87Read(c, scratchReal(c, 0), 0);
  x87Read(c, scratchReal(c, 1), i);
  return judge(floatEnv(c), scratchReal(c, 0), scratchReal(c, 1), invalidFrom);
}

/** ST(0) with scratch 1. */
function judgeScratch(c: X86): u32 {
  if (x87IsEmpty(c, 0)) {
    x87Underflow(c);
    return UNORDERED;
  }
  x87Read(c, scratchReal(c, 0), 0);
  return judge(floatEnv(c), scratchReal(c, 0), scratchReal(c, 1), SIGNALING);
}

/** The result becomes the condition code, whatever was raised; `pops` registers are popped if no exception forbids it. */
function conclude(c: X86, result: u32, pops: u32): void {
  setConditions(c, result);
  if (x87IsStopped(floatEnv(c))) return;
  for (let i: u32 = 0; i < pops; i++) x87Pop(c);
}

// @ts-ignore: decorator
@inline
function setConditions(c: X86, conditions: u32): void {
  c.fsw = <u16>((c.fsw & ~FSW_CONDITIONS) | conditions);
}

function compareRegisters(c: X86, op: Op, i: u32, invalidFrom: u32, pops: u32): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  conclude(c, judgeRegisters(c, i, invalidFrom), pops);
  return x87End(c, op);
}

export function fcomSti(c: X86, op: Op): i32 {
  return compareRegisters(c, op, op.rm, SIGNALING, 0);
}

export function fcompSti(c: X86, op: Op): i32 {
  return compareRegisters(c, op, op.rm, SIGNALING, 1);
}

export function fcompp(c: X86, op: Op): i32 {
  return compareRegisters(c, op, 1, SIGNALING, 2);
}

export function fucomSti(c: X86, op: Op): i32 {
  return compareRegisters(c, op, op.rm, QUIET, 0);
}

export function fucompSti(c: X86, op: Op): i32 {
  return compareRegisters(c, op, op.rm, QUIET, 1);
}

export function fucompp(c: X86, op: Op): i32 {
  return compareRegisters(c, op, 1, QUIET, 2);
}

function compareFloat<T extends number>(c: X86, op: Op, pops: u32): i32 {
  const begun = x87Begin(c);
  if (begun != EXEC_NEXT) return begun;
  const linear = opAddress<T>(c, op, HW_READ);
  const status = memRead<T>(c, op, linear);
  if (status != EXEC_NEXT) return status;
  realFromFloat<T>(floatEnv(c), scratchReal(c, 1), <T>c.value0);
  conclude(c, judgeScratch(c), pops);
  return x87EndMemory(c, op);
}

export function fcomM32(c: X86, op: Op): i32 {
  return compareFloat<u32>(c, op, 0);
}

export function fcompM32(c: X86, op: Op): i32 {
  return compareFloat<u32>(c, op, 1);
}

export function fcomM64(c: X86, op: Op): i32 {
  return compareFloat<u64>(c, op, 0);
}

export function fcompM64(c: X86, op: Op): i32 {
  return compareFloat<u64>(c, op, 1);
}

function compareInt<T extends number>(c: X86, op: Op, pops: u32): i32 {
  const begun = x87Begin(c);
  if (begun != EXEC_NEXT) return begun;
  const linear = opAddress<T>(c, op, HW_READ);
  const status = memRead<T>(c, op, linear);
  if (status != EXEC_NEXT) return status;
  const value: i64 = sizeof<T>() == 2 ? <i64>(<i16>c.value0) : <i64>(<i32>c.value0);
  realFromInt(scratchReal(c, 1), value);
  conclude(c, judgeScratch(c), pops);
  return x87EndMemory(c, op);
}

export function ficomM16(c: X86, op: Op): i32 {
  return compareInt<u16>(c, op, 0);
}

export function ficompM16(c: X86, op: Op): i32 {
  return compareInt<u16>(c, op, 1);
}

export function ficomM32(c: X86, op: Op): i32 {
  return compareInt<u32>(c, op, 0);
}

export function ficompM32(c: X86, op: Op): i32 {
  return compareInt<u32>(c, op, 1);
}

export function ftst(c: X86, op: Op): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  realSet(scratchReal(c, 1), REAL_ZERO, 0);
  conclude(c, judgeScratch(c), 0);
  return x87End(c, op);
}

/** The comparison's result goes to ZF, PF, CF instead. */
function compareToFlags(c: X86, op: Op, invalidFrom: u32, pops: u32): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  const isEmpty = x87IsEmpty(c, 0) || x87IsEmpty(c, op.rm);
  const result = judgeRegisters(c, op.rm, invalidFrom);
  let flags: u64 = 0;
  if ((result & FSW_C3) != 0) flags |= FLAG_ZF;
  if ((result & FSW_C2) != 0) flags |= FLAG_PF;
  if ((result & FSW_C0) != 0) flags |= FLAG_CF;
  flagsSetStatus(c, flags);
  if (pops != 0 && !x87IsStopped(floatEnv(c))) x87Pop(c);
  return isEmpty ? x87End(c, op) : x87EndKeep(c, op);
}

export function fcomi(c: X86, op: Op): i32 {
  return compareToFlags(c, op, SIGNALING, 0);
}

export function fcomip(c: X86, op: Op): i32 {
  return compareToFlags(c, op, SIGNALING, 1);
}

export function fucomi(c: X86, op: Op): i32 {
  return compareToFlags(c, op, QUIET, 0);
}

export function fucomip(c: X86, op: Op): i32 {
  return compareToFlags(c, op, QUIET, 1);
}

/** The class of ST(0), as C3, C2, C0; C1 is its sign. */
export function fxam(c: X86, op: Op): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  const sign: u32 = (load<u16>(x87Pointer(c, 0), 8) & 0x8000) != 0 ? FSW_C1 : 0;
  x87End(c, op);
  setConditions(c, sign | classify(c));
  return EXEC_NEXT;
}

function classify(c: X86): u32 {
  if (x87IsEmpty(c, 0)) return FSW_C3 | FSW_C0;
  const a = scratchReal(c, 0);
  x87Read(c, a, 0);
  if (a.kind == REAL_UNSUPPORTED) return 0;
  if (a.kind >= REAL_QNAN) return FSW_C0;
  if (a.kind == REAL_INF) return FSW_C2 | FSW_C0;
  if (a.kind == REAL_ZERO) return FSW_C3;
  return a.denormal != 0 ? FSW_C3 | FSW_C2 : FSW_C2;
}
