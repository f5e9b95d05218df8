/**
 * x87 transcendental instructions: FSIN, FCOS, FSINCOS, FPTAN, FPATAN, F2XM1, FYL2X, FYL2XP1.
 *
 * Results are within a few units of the last of 64 bits, far inside an ulp of a double; they are not those of a particular
 * processor. Arguments are reduced by identities and exact remainders, then Taylor series are summed in 64-bit
 * arithmetic. Angles are reduced by the 66-bit value of pi (Intel SDM volume 1, "Approximation of Pi"), exactly; from
 * 2^63 on they are refused with C2. An inexact result always raises P.
 */

import {
  FE_I,
  FE_Z,
  FloatEnv,
  FPU_IMAGE,
  FSW_C2,
  REAL_BYTES,
  REAL_FINITE,
  REAL_INF,
  REAL_QNAN,
  REAL_ZERO,
  Real,
} from "../../layout/fpu";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { realAdd, realDiv, realMul, realSub } from "./arithmetic";
import { raiseDenormal } from "./float";
import {
  EXP80_MAX,
  EXP80_MIN,
  floatEnv,
  INTEGER_BIT,
  realCopy,
  realFrom80,
  realFromInt,
  realSet,
  realSetIndefinite,
  realSetScaled,
  scratchReal,
} from "./real";
import { realRound } from "./round";
import {
  ATAN_EIGHTHS,
  ATAN_SERIES,
  ATAN_SERIES_LENGTH,
  ATANH_SERIES,
  ATANH_SERIES_LENGTH,
  CONSTANTS,
  COS_SERIES,
  COS_SERIES_LENGTH,
  EXP_SERIES,
  EXP_SERIES_LENGTH,
  SIN_SERIES,
  SIN_SERIES_LENGTH,
} from "./series";
import { x87ReadPair } from "./x87_misc";
import {
  x87Begin,
  x87End,
  x87IsEmpty,
  x87IsStopped,
  x87NanOf,
  x87Overflow,
  x87Pop,
  x87Push,
  x87Read,
  x87Underflow,
  x87Write,
} from "./x87_state";

/** Entries of CONSTANTS. */
const LN_2: u32 = 0;
const TWO_OVER_LN_2: u32 = 1;
const HALF_PI: u32 = 2;
const PI: u32 = 3;
const THREE_QUARTER_PI: u32 = 4;
const COEFFICIENT_BYTES: u32 = 16;

/** Below 2^this a function of x is x, or 1, to 64 bits. */
const EXP_TINY: i32 = -40;

/** Reals of this file, beside the five of the scratch; nothing else is in the image then. */
// @ts-ignore: decorator
@inline
function local(c: X86, n: u32): Real {
  return changetype<Real>(changetype<usize>(c) + FPU_IMAGE + n * REAL_BYTES);
}

function coefficient(r: Real, table: usize, n: u32): void {
  const p = table + n * COEFFICIENT_BYTES;
  realFrom80(r, load<u64>(p), <u32>load<u64>(p, 8));
}

// --- arithmetic in 64 bits, to nearest ---

function nearest(r: Real): void {
  if (r.kind != REAL_FINITE) return;
  const rest = r.low;
  r.low = 0;
  if (rest < INTEGER_BIT || (rest == INTEGER_BIT && (r.sig & 1) == 0)) return;
  r.sig++;
  if (r.sig != 0) return;
  r.sig = INTEGER_BIT;
  r.exp++;
}

function add(env: FloatEnv, r: Real, a: Real, b: Real): void {
  realAdd(env, r, a, b);
  nearest(r);
}

function sub(env: FloatEnv, r: Real, a: Real, b: Real): void {
  realSub(env, r, a, b);
  nearest(r);
}

function mul(env: FloatEnv, r: Real, a: Real, b: Real): void {
  realMul(env, r, a, b);
  nearest(r);
}

function div(env: FloatEnv, r: Real, a: Real, b: Real): void {
  realDiv(env, r, a, b);
  nearest(r);
}

/** r = the polynomial with the coefficients of `table` at z, by Horner's rule. */
function series(c: X86, r: Real, z: Real, table: usize, length: u32): void {
  const env = floatEnv(c);
  const next = local(c, 0);
  coefficient(r, table, length - 1);
  for (let k = length - 1; k > 0; k--) {
    mul(env, r, r, z);
    coefficient(next, table, k - 1);
    add(env, r, r, next);
  }
}

/** r = x * (the polynomial at x^2). */
function oddSeries(c: X86, r: Real, x: Real, table: usize, length: u32): void {
  const env = floatEnv(c);
  const square = local(c, 1);
  mul(env, square, x, x);
  series(c, r, square, table, length);
  mul(env, r, r, x);
}

// --- results ---

/** r is only approximately the result: it rounds as something slightly larger. */
function markInexact(r: Real): void {
  if (r.kind == REAL_FINITE) r.low |= 1;
}

function round(env: FloatEnv, r: Real): void {
  if (!x87IsStopped(env)) realRound(env, r, 64, EXP80_MIN, EXP80_MAX);
}

function invalid(env: FloatEnv, r: Real): void {
  env.flags |= FE_I;
  realSetIndefinite(r);
}

// --- angles ---

/** pi / 2 to 66 bits, in units of 2^-68: high and low half. */
const HALF_PI_HIGH: u64 = 0x19;
const HALF_PI_LOW: u64 = 0x21fb54442d184698;

/** r = x less the nearest multiple of pi / 2, exactly, then to 64 bits. @ret that multiple, mod 4, of |x|; r has x's sign */
function reduceAngle(r: Real, x: Real): u32 {
  if (x.exp < -1) {
    realCopy(r, x);
    return 0;
  }
  // |x| is high:low in the same units, times 2^steps.
  const steps = max(x.exp, 0);
  const shift: u64 = x.exp < 0 ? 4 : 5;
  let high = x.sig >> (64 - shift);
  let low = x.sig << shift;
  let quotient: u32 = 0;
  for (let i = 0; ; i++) {
    quotient <<= 1;
    if (high > HALF_PI_HIGH || (high == HALF_PI_HIGH && low >= HALF_PI_LOW)) {
      high -= HALF_PI_HIGH + u64(low < HALF_PI_LOW);
      low -= HALF_PI_LOW;
      quotient |= 1;
    }
    if (i == steps) break;
    high = (high << 1) | (low >> 63);
    low <<= 1;
  }
  let sign = x.sign;
  const twiceHigh = (high << 1) | (low >> 63);
  if (twiceHigh > HALF_PI_HIGH || (twiceHigh == HALF_PI_HIGH && low << 1 > HALF_PI_LOW)) {
    high = HALF_PI_HIGH - high - u64(HALF_PI_LOW < low);
    low = HALF_PI_LOW - low;
    sign ^= 1;
    quotient++;
  }
  setWide(r, sign, high, low);
  return quotient & 3;
}

/** r = high:low * 2^-68, to 64 bits; not 0. */
function setWide(r: Real, sign: u32, high: u64, low: u64): void {
  if (high == 0) {
    realSetScaled(r, sign, -5, low);
    return;
  }
  const shift = clz(high);
  realSetScaled(r, sign, 59, high);
  if (shift == 0) r.low = low;
  else {
    r.sig |= low >> (64 - shift);
    r.low = low << shift;
  }
  nearest(r);
}

/** r = sin (0) or cos (1) of x + quadrant * pi / 2, where x is reduced; the sign of -0 and the like is x's. */
function sinCos(c: X86, r: Real, x: Real, quadrant: u32, isTiny: bool): void {
  if ((quadrant & 1) == 0) {
    if (isTiny) realCopy(r, x);
    else oddSeries(c, r, x, SIN_SERIES, SIN_SERIES_LENGTH);
  } else if (isTiny) realSetScaled(r, 0, 0, INTEGER_BIT);
  else {
    const square = local(c, 1);
    mul(floatEnv(c), square, x, x);
    series(c, r, square, COS_SERIES, COS_SERIES_LENGTH);
  }
  if ((quadrant & 2) != 0) r.sign ^= 1;
}

/** What an instruction on an angle does. */
const ANGLE_SIN: u32 = 0;
const ANGLE_COS: u32 = 1;
const ANGLE_SINCOS: u32 = 2;
const ANGLE_TAN: u32 = 3;

function angle(c: X86, op: Op, kind: u32): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  const env = floatEnv(c);
  const a = scratchReal(c, 0);
  const second = scratchReal(c, 3);
  const isPushing = kind >= ANGLE_SINCOS;
  if (x87IsEmpty(c, 0)) x87Underflow(c);
  else if (isPushing && !x87IsEmpty(c, 7)) x87Overflow(c);
  if ((env.flags & FE_I) != 0) {
    realSetIndefinite(a);
    realCopy(second, a);
  } else {
    x87Read(c, a, 0);
    if (a.kind == REAL_FINITE && a.exp >= 63) {
      c.fsw |= <u16>FSW_C2;
      return x87End(c, op);
    }
    evaluateAngle(c, kind, a, second);
  }
  c.fsw &= <u16>~FSW_C2;
  if (x87IsStopped(env)) return x87End(c, op);
  x87Write(c, 0, a);
  if (isPushing) {
    // Both fit: the overflow was looked for. A masked one pushes its NaN over what is there.
    c.fpuTop = (c.fpuTop - 1) & 7;
    x87Write(c, 0, second);
  }
  return x87End(c, op);
}

/** a = the function of a; `second` = what is pushed. */
function evaluateAngle(c: X86, kind: u32, a: Real, second: Real): void {
  const env = floatEnv(c);
  if (a.kind >= REAL_QNAN || a.kind == REAL_INF) {
    if (a.kind == REAL_INF) invalid(env, a);
    else x87NanOf(env, a, a);
    realCopy(second, a);
    return;
  }
  raiseDenormal(env, a, a);
  realSetScaled(second, 0, 0, INTEGER_BIT);
  if (a.kind == REAL_ZERO) {
    if (kind == ANGLE_COS) realCopy(a, second);
    return;
  }
  const sign = a.sign;
  const x = scratchReal(c, 4);
  // Work with |a|: the quadrant is that of |a|.
  a.sign = 0;
  const quadrant = reduceAngle(x, a);
  const isTiny = x.exp < EXP_TINY;
  const cosine = local(c, 2);
  if (kind == ANGLE_COS) sinCos(c, a, x, quadrant + 1, isTiny);
  else {
    sinCos(c, a, x, quadrant, isTiny);
    a.sign ^= sign;
    if (kind != ANGLE_SIN) sinCos(c, cosine, x, quadrant + 1, isTiny);
    if (kind == ANGLE_TAN) div(env, a, a, cosine);
    if (kind == ANGLE_SINCOS) realCopy(second, cosine);
  }
  markInexact(a);
  if (kind == ANGLE_SINCOS) {
    markInexact(second);
    round(env, second);
  }
  round(env, a);
}

export function fsin(c: X86, op: Op): i32 {
  return angle(c, op, ANGLE_SIN);
}

export function fcos(c: X86, op: Op): i32 {
  return angle(c, op, ANGLE_COS);
}

export function fsincos(c: X86, op: Op): i32 {
  return angle(c, op, ANGLE_SINCOS);
}

export function fptan(c: X86, op: Op): i32 {
  return angle(c, op, ANGLE_TAN);
}

// --- FPATAN ---

/** r = arctan(t), 0 <= t <= 1: around the nearest eighth. */
function arctan(c: X86, r: Real, t: Real): void {
  const env = floatEnv(c);
  if (t.kind == REAL_ZERO || t.exp < EXP_TINY) {
    realCopy(r, t);
    return;
  }
  const eighths = t.exp < -4 ? 0 : <u32>((t.sig >> (60 - t.exp - 1)) + 1) >> 1;
  const u = local(c, 2);
  realCopy(u, t);
  if (eighths != 0) {
    const eighth = local(c, 3);
    const divisor = local(c, 4);
    realSetScaled(eighth, 0, 60, eighths);
    mul(env, divisor, t, eighth);
    realSetScaled(u, 0, 0, INTEGER_BIT);
    add(env, divisor, divisor, u);
    sub(env, u, t, eighth);
    div(env, u, u, divisor);
  }
  const base = local(c, 5);
  coefficient(base, ATAN_EIGHTHS, eighths);
  if (u.kind == REAL_ZERO) realCopy(r, u);
  else oddSeries(c, r, u, ATAN_SERIES, ATAN_SERIES_LENGTH);
  add(env, r, r, base);
}

/** r = the angle of the point (x, y). */
function pointAngle(c: X86, r: Real, x: Real, y: Real): void {
  const env = floatEnv(c);
  const isLeft = x.sign != 0;
  const sign = y.sign;
  if (x.kind == REAL_INF && y.kind == REAL_INF) {
    coefficient(r, CONSTANTS, isLeft ? THREE_QUARTER_PI : HALF_PI);
    if (!isLeft) r.exp--;
    r.sign = sign;
    markInexact(r);
    return;
  }
  if (y.kind == REAL_ZERO || x.kind == REAL_INF) {
    if (isLeft) coefficient(r, CONSTANTS, PI);
    else realSet(r, REAL_ZERO, 0);
  } else if (x.kind == REAL_ZERO || y.kind == REAL_INF) coefficient(r, CONSTANTS, HALF_PI);
  else finitePointAngle(c, r, x, y);
  r.sign = sign;
  markInexact(r);
}

function finitePointAngle(c: X86, r: Real, x: Real, y: Real): void {
  const env = floatEnv(c);
  const t = local(c, 6);
  const constant = local(c, 7);
  const isLeft = x.sign != 0;
  const isSteep = y.exp > x.exp || (y.exp == x.exp && y.sig > x.sig);
  if (isSteep) div(env, t, x, y);
  else div(env, t, y, x);
  t.sign = 0;
  arctan(c, r, t);
  if (isSteep) {
    coefficient(constant, CONSTANTS, HALF_PI);
    if (isLeft) add(env, r, constant, r);
    else sub(env, r, constant, r);
  } else if (isLeft) {
    coefficient(constant, CONSTANTS, PI);
    sub(env, r, constant, r);
  }
}

/** ST(1) = r, rounded, and a pop. */
function concludePop(c: X86, op: Op, r: Real): i32 {
  if (!x87IsStopped(floatEnv(c))) {
    x87Write(c, 1, r);
    x87Pop(c);
  }
  return x87End(c, op);
}

export function fpatan(c: X86, op: Op): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  const env = floatEnv(c);
  const x = scratchReal(c, 0);
  const y = scratchReal(c, 1);
  const r = scratchReal(c, 2);
  if (!x87ReadPair(c, env, x, y)) return concludePop(c, op, x);
  raiseDenormal(env, x, y);
  pointAngle(c, r, x, y);
  round(env, r);
  return concludePop(c, op, r);
}

// --- powers and logarithms ---

/** ST(0) = 2^ST(0) - 1, for -1 <= ST(0) <= 1; what is outside, for which the manuals define nothing, stays. */
export function f2xm1(c: X86, op: Op): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  const env = floatEnv(c);
  const a = scratchReal(c, 0);
  const r = scratchReal(c, 2);
  if (x87IsEmpty(c, 0)) {
    x87Underflow(c);
    realSetIndefinite(a);
  } else {
    x87Read(c, a, 0);
    if (a.kind >= REAL_QNAN) x87NanOf(env, a, a);
    else if (a.kind == REAL_INF) {
      if (a.sign != 0) realSetScaled(a, 1, 0, INTEGER_BIT);
    } else if (a.kind == REAL_FINITE) {
      raiseDenormal(env, a, a);
      powerLessOne(c, r, a);
      realCopy(a, r);
      round(env, a);
    }
  }
  if (!x87IsStopped(env)) x87Write(c, 0, a);
  return x87End(c, op);
}

function powerLessOne(c: X86, r: Real, x: Real): void {
  const env = floatEnv(c);
  if (x.exp >= 0) {
    // 2^1 - 1 = 1 and 2^-1 - 1 = -1/2, exactly.
    realCopy(r, x);
    if (x.exp == 0 && x.sig == INTEGER_BIT && x.sign != 0) r.exp = -1;
    return;
  }
  const y = local(c, 1);
  coefficient(y, CONSTANTS, LN_2);
  mul(env, y, y, x);
  if (y.exp < 2 * EXP_TINY) realCopy(r, y);
  else {
    series(c, r, y, EXP_SERIES, EXP_SERIES_LENGTH);
    mul(env, r, r, y);
  }
  markInexact(r);
}

/** r = log2 of (1 + s) / (1 - s), |s| < 0.18. */
function logOfRatio(c: X86, r: Real, s: Real): void {
  const scale = local(c, 2);
  if (s.exp < EXP_TINY) realCopy(r, s);
  else oddSeries(c, r, s, ATANH_SERIES, ATANH_SERIES_LENGTH);
  coefficient(scale, CONSTANTS, TWO_OVER_LN_2);
  mul(floatEnv(c), r, r, scale);
}

/** The square root of 2, 1 to 64 bits. */
const ROOT_2: u64 = 0xb504f333f9de6484;

/** r = log2(x), FINITE and positive, no power of two. */
function log2(c: X86, r: Real, x: Real): void {
  const env = floatEnv(c);
  const one = local(c, 3);
  const m = local(c, 4);
  const s = local(c, 5);
  const divisor = local(c, 6);
  const isUpper = x.sig > ROOT_2;
  const exponent = x.exp + i32(isUpper);
  realCopy(m, x);
  m.exp = isUpper ? -1 : 0;
  realSetScaled(one, 0, 0, INTEGER_BIT);
  sub(env, s, m, one);
  add(env, divisor, m, one);
  div(env, s, s, divisor);
  logOfRatio(c, r, s);
  realFromInt(one, exponent);
  add(env, r, r, one);
}

/** y = y * log2(x), with the special cases (Intel SDM, "FYL2X"). */
function timesLog(c: X86, x: Real, y: Real): void {
  const env = floatEnv(c);
  const r = scratchReal(c, 2);
  if (x.kind != REAL_ZERO && x.sign != 0) {
    invalid(env, y);
    return;
  }
  if (x.kind == REAL_ZERO || x.kind == REAL_INF) {
    if (y.kind == REAL_ZERO) invalid(env, y);
    else {
      if (x.kind == REAL_ZERO && y.kind != REAL_INF) env.flags |= FE_Z;
      realSet(y, REAL_INF, y.sign ^ u32(x.kind == REAL_ZERO));
    }
    return;
  }
  if (x.sig == INTEGER_BIT) {
    realFromInt(r, x.exp);
    realMul(env, y, y, r);
    return;
  }
  log2(c, r, x);
  realMul(env, y, y, r);
  markInexact(y);
}

export function fyl2x(c: X86, op: Op): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  const env = floatEnv(c);
  const x = scratchReal(c, 0);
  const y = scratchReal(c, 1);
  if (!x87ReadPair(c, env, x, y)) return concludePop(c, op, x);
  const isDenormal = x.denormal | y.denormal;
  timesLog(c, x, y);
  x.denormal = isDenormal;
  raiseDenormal(env, x, x);
  round(env, y);
  return concludePop(c, op, y);
}

/** y = y * log2(1 + x). */
function timesLogOfSum(c: X86, x: Real, y: Real): void {
  const env = floatEnv(c);
  const one = local(c, 3);
  const s = local(c, 5);
  const r = scratchReal(c, 2);
  if (x.kind == REAL_ZERO) {
    realMul(env, y, y, x);
    return;
  }
  realSetScaled(one, 0, 0, INTEGER_BIT);
  if (x.kind == REAL_INF || x.exp >= -2) {
    // Beyond the range that the instruction is for, log2 of the sum is as good; below -1 there is none.
    add(env, s, x, one);
    realCopy(x, s);
    timesLog(c, x, y);
    markInexact(y);
    return;
  }
  one.exp = 1;
  add(env, s, x, one);
  div(env, s, x, s);
  logOfRatio(c, r, s);
  realMul(env, y, y, r);
  markInexact(y);
}

export function fyl2xp1(c: X86, op: Op): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  const env = floatEnv(c);
  const x = scratchReal(c, 0);
  const y = scratchReal(c, 1);
  if (!x87ReadPair(c, env, x, y)) return concludePop(c, op, x);
  const isDenormal = x.denormal | y.denormal;
  timesLogOfSum(c, x, y);
  x.denormal = isDenormal;
  raiseDenormal(env, x, x);
  round(env, y);
  return concludePop(c, op, y);
}
