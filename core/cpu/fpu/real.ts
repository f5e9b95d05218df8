/**
 * Numbers taken apart and put together: 80-bit, double, single and integer operands to Real and back.
 *
 * Unpacking is exact and judges nothing but the class of the operand; packing expects a number that
 * core/cpu/fpu/round.ts has fitted to the format.
 */

import {
  FLOAT_DAZ,
  FloatEnv,
  FPU_ENV,
  FPU_REALS,
  REAL_BYTES,
  REAL_FINITE,
  REAL_INF,
  REAL_QNAN,
  REAL_SNAN,
  REAL_UNSUPPORTED,
  REAL_ZERO,
  Real,
} from "../../layout/fpu";
import { X86 } from "../../layout/x86";

/** Exponents of the formats: value ranges are those of Real.exp. */
export const EXP80_BIAS: i32 = 16383;
export const EXP80_MIN: i32 = -16382;
export const EXP80_MAX: i32 = 16383;

export const INTEGER_BIT: u64 = (<u64>1) << 63;
/** Of an 80-bit NaN: quiet. */
export const QUIET_BIT: u64 = (<u64>1) << 62;

// @ts-ignore: decorator
@inline
export function floatEnv(c: X86): FloatEnv {
  return changetype<FloatEnv>(changetype<usize>(c) + FPU_ENV);
}

/** The `n`th scratch Real: 0 to 4. */
// @ts-ignore: decorator
@inline
export function scratchReal(c: X86, n: u32): Real {
  return changetype<Real>(changetype<usize>(c) + FPU_REALS + n * REAL_BYTES);
}

/** Significand bits of T's format, the hidden one included. */
// @ts-ignore: decorator
@inline
export function floatBits<T extends number>(): u32 {
  return sizeof<T>() == 4 ? 24 : 53;
}

/** Largest exponent of T's format; the smallest is 1 - this. */
// @ts-ignore: decorator
@inline
export function floatExpMax<T extends number>(): i32 {
  return sizeof<T>() == 4 ? 127 : 1023;
}

export function realCopy(r: Real, a: Real): void {
  memory.copy(changetype<usize>(r), changetype<usize>(a), REAL_BYTES);
}

// @ts-ignore: decorator
@inline
export function realSet(r: Real, kind: u32, sign: u32): void {
  r.kind = kind;
  r.sign = sign;
  r.exp = 0;
  r.denormal = 0;
  r.sig = 0;
  r.low = 0;
}

/** The default NaN ("real indefinite"): quiet, negative, no payload. */
export function realSetIndefinite(r: Real): void {
  realSet(r, REAL_QNAN, 1);
  r.sig = INTEGER_BIT | QUIET_BIT;
}

/** sig * 2^(exp - 63), normalised; sig may be 0. */
export function realSetScaled(r: Real, sign: u32, exp: i32, sig: u64): void {
  realSet(r, REAL_ZERO, sign);
  if (sig == 0) return;
  const shift = <i32>clz(sig);
  r.kind = REAL_FINITE;
  r.exp = exp - shift;
  r.sig = sig << shift;
}

export function realFromInt(r: Real, value: i64): void {
  const sign = <u32>(value < 0);
  realSetScaled(r, sign, 63, sign != 0 ? 0 - <u64>value : <u64>value);
}

/** An 80-bit operand: its significand, and its sign and exponent. */
export function realFrom80(r: Real, sig: u64, signExp: u32): void {
  const biased = <i32>(signExp & 0x7fff);
  const sign = (signExp >> 15) & 1;
  if (biased == 0) {
    // Denormals and pseudo-denormals: the same exponent, with or without the integer bit.
    realSetScaled(r, sign, EXP80_MIN, sig);
    r.denormal = <u32>(sig != 0);
    return;
  }
  realSet(r, REAL_FINITE, sign);
  r.sig = sig;
  r.exp = biased - EXP80_BIAS;
  if ((sig & INTEGER_BIT) == 0) r.kind = REAL_UNSUPPORTED;
  else if (biased == 0x7fff) {
    if (sig << 1 == 0) r.kind = REAL_INF;
    else r.kind = (sig & QUIET_BIT) != 0 ? REAL_QNAN : REAL_SNAN;
  }
}

/** A single (u32) or double (u64) operand. With FLOAT_DAZ a denormal is a zero. */
export function realFromFloat<T extends number>(env: FloatEnv, r: Real, value: T): void {
  const bits = floatBits<T>();
  const wide = <u64>value;
  const fraction = wide & (((<u64>1) << (bits - 1)) - 1);
  const expAll: i32 = 2 * floatExpMax<T>() + 1;
  const biased = <i32>(wide >> (bits - 1)) & expAll;
  const sign = <u32>(wide >> (sizeof<T>() * 8 - 1));
  const sig = fraction << (64 - bits);
  if (biased == 0) {
    realSetScaled(r, sign, 1 - floatExpMax<T>(), sig);
    if (fraction == 0) return;
    r.denormal = 1;
    if ((env.options & FLOAT_DAZ) != 0) realSet(r, REAL_ZERO, sign);
    return;
  }
  realSet(r, REAL_FINITE, sign);
  r.sig = sig | INTEGER_BIT;
  r.exp = biased - floatExpMax<T>();
  if (biased == expAll) {
    if (fraction == 0) r.kind = REAL_INF;
    else r.kind = (sig & QUIET_BIT) != 0 ? REAL_QNAN : REAL_SNAN;
  }
}

/** The sign and exponent of the 80-bit form; the significand is realSig80's. */
export function realSignExp80(r: Real): u32 {
  const sign = r.sign << 15;
  if (r.kind == REAL_ZERO) return sign;
  if (r.kind != REAL_FINITE) return sign | 0x7fff;
  // A denormal is stored with exponent 0, which means that of the smallest normal number.
  if ((r.sig & INTEGER_BIT) == 0) return sign;
  return sign | <u32>(r.exp + EXP80_BIAS);
}

export function realSig80(r: Real): u64 {
  if (r.kind == REAL_ZERO) return 0;
  if (r.kind == REAL_INF) return INTEGER_BIT;
  return r.sig;
}

/** The single (u32) or double (u64) form of a rounded number. A NaN loses the end of its payload. */
export function realToFloat<T extends number>(r: Real): T {
  const bits = floatBits<T>();
  const signPlace = sizeof<T>() * 8 - 1;
  const sign = (<u64>r.sign) << signPlace;
  const infinity = (<u64>(2 * floatExpMax<T>() + 1)) << (bits - 1);
  if (r.kind == REAL_ZERO) return <T>sign;
  if (r.kind == REAL_INF) return <T>(sign | infinity);
  const fraction = (r.sig << 1) >> (65 - bits);
  if (r.kind != REAL_FINITE) return <T>(sign | infinity | fraction);
  const biased: u64 = (r.sig & INTEGER_BIT) == 0 ? 0 : <u64>(r.exp + floatExpMax<T>());
  return <T>(sign | (biased << (bits - 1)) | fraction);
}
