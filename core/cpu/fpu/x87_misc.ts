/** x87 instructions of one or two registers that are exact or nearly so: FSQRT, FRNDINT, FSCALE, FXTRACT, FPREM, FPREM1. */

import {
  FE_D,
  FE_I,
  FE_Z,
  FloatEnv,
  FSW_C0,
  FSW_C1,
  FSW_C2,
  FSW_C3,
  FSW_CONDITIONS,
  REAL_FINITE,
  REAL_INF,
  REAL_QNAN,
  REAL_ZERO,
  Real,
} from "../../layout/fpu";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { realSqrt } from "./arithmetic";
import { raiseDenormal } from "./float";
import {
  EXP80_MAX,
  EXP80_MIN,
  floatEnv,
  realCopy,
  realFromInt,
  realSet,
  realSetIndefinite,
  realSetScaled,
  scratchReal,
} from "./real";
import { realRound, realRound80, realRoundIntegral } from "./round";
import {
  x87Begin,
  x87End,
  x87IsEmpty,
  x87IsStopped,
  x87NanOf,
  x87NanOfTwo,
  x87Read,
  x87Overflow,
  x87Underflow,
  x87Write,
} from "./x87_state";

/** More than any difference of two exponents. */
const EXP_FAR: i32 = 0x10000;

/** ST(0) is read into `a`. False: there is none, or it is a NaN; then `a` is the result already. */
function readOperand(c: X86, env: FloatEnv, a: Real): bool {
  if (x87IsEmpty(c, 0)) {
    x87Underflow(c);
    realSetIndefinite(a);
    return false;
  }
  x87Read(c, a, 0);
  if (a.kind < REAL_QNAN) return true;
  x87NanOf(env, a, a);
  return false;
}

/** ST(0) and ST(1) are read into `a` and `b`. False: one is missing or a NaN; then `a` is the result already. */
export function x87ReadPair(c: X86, env: FloatEnv, a: Real, b: Real): bool {
  if (x87IsEmpty(c, 0) || x87IsEmpty(c, 1)) {
    x87Underflow(c);
    realSetIndefinite(a);
    return false;
  }
  x87Read(c, a, 0);
  x87Read(c, b, 1);
  if (a.kind < REAL_QNAN && b.kind < REAL_QNAN) return true;
  x87NanOfTwo(env, a, a, b);
  return false;
}

/** ST(0) = r, unless an unmasked exception forbids it. */
function replaceTop(c: X86, op: Op, r: Real): i32 {
  if (!x87IsStopped(floatEnv(c))) x87Write(c, 0, r);
  return x87End(c, op);
}

function invalid(env: FloatEnv, r: Real): void {
  env.flags |= FE_I;
  realSetIndefinite(r);
}

export function fsqrt(c: X86, op: Op): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  const env = floatEnv(c);
  const a = scratchReal(c, 0);
  const r = scratchReal(c, 2);
  if (!readOperand(c, env, a)) return replaceTop(c, op, a);
  realSqrt(env, r, a);
  raiseDenormal(env, a, a);
  if (!x87IsStopped(env)) realRound80(env, r);
  return replaceTop(c, op, r);
}

export function frndint(c: X86, op: Op): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  const env = floatEnv(c);
  const a = scratchReal(c, 0);
  if (readOperand(c, env, a)) {
    raiseDenormal(env, a, a);
    if (!x87IsStopped(env)) realRoundIntegral(env, a);
  }
  return replaceTop(c, op, a);
}

/** ST(0) * 2^ST(1), the latter cut to an integer. Precision control does not count. */
export function fscale(c: X86, op: Op): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  const env = floatEnv(c);
  const a = scratchReal(c, 0);
  const b = scratchReal(c, 1);
  if (x87ReadPair(c, env, a, b)) {
    const isDenormal = (a.denormal | b.denormal) != 0;
    scale(env, a, b);
    if (isDenormal && (env.flags & FE_I) == 0) env.flags |= FE_D;
    if (!x87IsStopped(env)) realRound(env, a, 64, EXP80_MIN, EXP80_MAX);
  }
  return replaceTop(c, op, a);
}

function scale(env: FloatEnv, a: Real, b: Real): void {
  if (b.kind == REAL_INF) {
    const opposite = b.sign != 0 ? REAL_INF : REAL_ZERO;
    if (a.kind == opposite) invalid(env, a);
    else realSet(a, b.sign != 0 ? REAL_ZERO : REAL_INF, a.sign);
    return;
  }
  if (a.kind != REAL_FINITE || b.kind == REAL_ZERO || b.exp < 0) return;
  const distance = b.exp > 16 ? EXP_FAR : <i32>(b.sig >> (63 - b.exp));
  a.exp += b.sign != 0 ? -distance : distance;
}

/** ST(0) becomes its exponent, then its significand is pushed. */
export function fxtract(c: X86, op: Op): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  const env = floatEnv(c);
  const a = scratchReal(c, 0);
  const e = scratchReal(c, 1);
  if (x87IsEmpty(c, 0)) {
    x87Underflow(c);
    realSetIndefinite(a);
    realCopy(e, a);
  } else if (!x87IsEmpty(c, 7)) {
    x87Overflow(c);
    realSetIndefinite(a);
    realCopy(e, a);
  } else if (readOperand(c, env, a)) extract(env, a, e);
  else realCopy(e, a);
  if (x87IsStopped(env)) return x87End(c, op);
  x87Write(c, 0, e);
  c.fpuTop = (c.fpuTop - 1) & 7;
  x87Write(c, 0, a);
  return x87End(c, op);
}

/** e = the exponent of `a`, a = its significand. */
function extract(env: FloatEnv, a: Real, e: Real): void {
  if (a.kind == REAL_FINITE) {
    raiseDenormal(env, a, a);
    realFromInt(e, a.exp);
    a.exp = 0;
    return;
  }
  realSet(e, REAL_INF, 0);
  if (a.kind == REAL_INF) return;
  e.sign = 1;
  env.flags |= FE_Z;
}

/** The quotient is cut, or rounded to nearest. */
const TRUNCATED: u32 = 0;
const NEAREST: u32 = 1;
/** Quotient bits that one FPREM finds; with more to come it reduces the exponent by them and sets C2. */
const QUOTIENT_BITS: i32 = 63;

function remainder(c: X86, op: Op, kind: u32): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  const env = floatEnv(c);
  const a = scratchReal(c, 0);
  const b = scratchReal(c, 1);
  let conditions = <u32>c.fsw & (FSW_C0 | FSW_C3);
  if (x87ReadPair(c, env, a, b)) {
    if (a.kind == REAL_INF || b.kind == REAL_ZERO) invalid(env, a);
    else {
      raiseDenormal(env, a, b);
      if (!x87IsStopped(env)) {
        conditions = 0;
        if (a.kind == REAL_FINITE && b.kind == REAL_FINITE) conditions = reduce(a, b, kind);
        realRound(env, a, 64, EXP80_MIN, EXP80_MAX);
      }
    }
  }
  replaceTop(c, op, a);
  c.fsw = <u16>((c.fsw & ~FSW_CONDITIONS) | conditions);
  return EXEC_NEXT;
}

/** a = the remainder of a / b, both FINITE. @ret the condition code: the quotient's last bits, or C2 */
function reduce(a: Real, b: Real, kind: u32): u32 {
  const sign = a.sign;
  const distance = a.exp - b.exp;
  if (distance < -1 || (distance < 0 && kind == TRUNCATED)) return 0;
  const isPartial = distance > QUOTIENT_BITS;
  // A partial reduction finds from 32 to 63 bits, so that what is left is a multiple of 32.
  const steps = isPartial ? 32 + (distance & 31) : distance;
  const d = b.sig;
  let rest = a.sig;
  let quotient: u64 = 0;
  if (distance < 0) {
    // a is below b; it takes one b if it is more than half of one.
    if (a.sig <= d) return 0;
    realSetScaled(a, sign ^ 1, a.exp, d - (a.sig - d));
    return quotientConditions(1);
  }
  let carry: u64 = 0;
  for (let i = 0; ; i++) {
    const fits = carry != 0 || rest >= d;
    quotient = (quotient << 1) | u64(fits);
    if (fits) rest -= d;
    if (i == steps) break;
    carry = rest >> 63;
    rest <<= 1;
  }
  const exp = isPartial ? a.exp - steps : b.exp;
  if (isPartial) {
    realSetScaled(a, sign, exp, rest);
    return FSW_C2;
  }
  const half = d - rest;
  if (kind == NEAREST && (rest > half || (rest == half && (quotient & 1) != 0))) {
    realSetScaled(a, sign ^ 1, exp, half);
    return quotientConditions(quotient + 1);
  }
  realSetScaled(a, sign, exp, rest);
  return quotientConditions(quotient);
}

/** Bits 2, 1 and 0 of the quotient are C0, C3 and C1. */
function quotientConditions(quotient: u64): u32 {
  let conditions: u32 = 0;
  if ((quotient & 4) != 0) conditions |= FSW_C0;
  if ((quotient & 2) != 0) conditions |= FSW_C3;
  if ((quotient & 1) != 0) conditions |= FSW_C1;
  return conditions;
}

export function fprem(c: X86, op: Op): i32 {
  return remainder(c, op, TRUNCATED);
}

export function fprem1(c: X86, op: Op): i32 {
  return remainder(c, op, NEAREST);
}
