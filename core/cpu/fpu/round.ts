/**
 * Rounding: an exact Real is fitted to a format, and what that means is recorded in FloatEnv (Intel SDM volume 1,
 * "Floating-Point Exceptions"). Tininess is judged after rounding, as all x86 processors do.
 */

import {
  FE_I,
  FE_O,
  FE_P,
  FE_U,
  FLOAT_FTZ,
  FLOAT_WRAP,
  FloatEnv,
  REAL_FINITE,
  REAL_INF,
  REAL_ZERO,
  ROUND_DOWN,
  ROUND_NEAREST,
  ROUND_UP,
  ROUND_ZERO,
  Real,
} from "../../layout/fpu";
import { EXP80_MAX, EXP80_MIN, floatBits, floatExpMax, INTEGER_BIT, realSet, realSetScaled } from "./real";

/** What an unmasked overflow subtracts from an 80-bit exponent, and underflow adds. */
export const EXP_WRAP: i32 = 24576;

/** Shifts sig:low right, keeping whether anything was lost in the last bit. */
export function realShiftRight(r: Real, count: u32): void {
  if (count == 0) return;
  const sig = r.sig;
  const low = r.low;
  if (count < 64) {
    r.sig = sig >> count;
    r.low = (sig << (64 - count)) | (low >> count) | u64(low << (64 - count) != 0);
  } else if (count == 64) {
    r.sig = 0;
    r.low = sig | u64(low != 0);
  } else if (count < 128) {
    r.sig = 0;
    r.low = (sig >> (count - 64)) | u64(sig << (128 - count) != 0 || low != 0);
  } else {
    r.sig = 0;
    r.low = u64((sig | low) != 0);
  }
}

/** What is below the last of `bits` bits of sig, left-aligned: the half bit in bit 63, the rest below it. */
// @ts-ignore: decorator
@inline
function below(r: Real, bits: u32): u64 {
  if (bits == 64) return r.low;
  return (r.sig << bits) | u64(r.low != 0);
}

/** Whether a number of this sign whose last kept bit is `last` goes to the next magnitude. */
function isRoundedUp(rounding: u32, sign: u32, last: u64, rest: u64): bool {
  if (rest == 0) return false;
  if (rounding == ROUND_NEAREST) return rest > INTEGER_BIT || (rest == INTEGER_BIT && (last & 1) != 0);
  return rounding == (sign != 0 ? ROUND_DOWN : ROUND_UP);
}

/**
 * Cuts sig to its upper `bits` bits by `rounding`. @ret whether it was inexact; roundedUp says which way. A carry out of
 * bit 63 becomes the exponent's.
 */
function cut(env: FloatEnv, r: Real, bits: u32): bool {
  const rest = below(r, bits);
  const unit = (<u64>1) << (64 - bits);
  const kept = r.sig & ~(unit - 1);
  r.low = 0;
  const isUp = isRoundedUp(env.rounding, r.sign, kept >> (64 - bits), rest);
  env.roundedUp = <u32>isUp;
  r.sig = isUp ? kept + unit : kept;
  if (isUp && r.sig == 0) {
    r.sig = INTEGER_BIT;
    r.exp++;
  }
  return rest != 0;
}

/** Whether cutting to `bits` would carry into the next power of two. */
function carries(env: FloatEnv, r: Real, bits: u32): bool {
  const unit = (<u64>1) << (64 - bits);
  if ((r.sig | (unit - 1)) != u64.MAX_VALUE) return false;
  return isRoundedUp(env.rounding, r.sign, 1, below(r, bits));
}

/** Fits a FINITE `r` to `bits` bits and exponents from expMin to expMax; others stay as they are. */
export function realRound(env: FloatEnv, r: Real, bits: u32, expMin: i32, expMax: i32): void {
  env.roundedUp = 0;
  if (r.kind != REAL_FINITE) return;
  if (r.exp < expMin && !(r.exp == expMin - 1 && carries(env, r, bits))) {
    roundTiny(env, r, bits, expMin);
    return;
  }
  const isInexact = cut(env, r, bits);
  if (isInexact) env.flags |= FE_P;
  if (r.exp > expMax) roundHuge(env, r, bits, expMax);
}

function roundTiny(env: FloatEnv, r: Real, bits: u32, expMin: i32): void {
  if ((env.masks & FE_U) == 0) {
    env.flags |= FE_U;
    if (cut(env, r, bits)) env.flags |= FE_P;
    if ((env.options & FLOAT_WRAP) == 0) return;
    r.exp += EXP_WRAP;
    // FSCALE may go further down than that.
    if (r.exp < expMin) {
      env.flags |= FE_P;
      env.roundedUp = 0;
      realSet(r, REAL_ZERO, r.sign);
    }
    return;
  }
  if ((env.options & FLOAT_FTZ) != 0) {
    env.flags |= FE_U | FE_P;
    realSet(r, REAL_ZERO, r.sign);
    return;
  }
  realShiftRight(r, <u32>(expMin - r.exp));
  r.exp = expMin;
  if (cut(env, r, bits)) env.flags |= FE_U | FE_P;
  if (r.sig == 0) r.kind = REAL_ZERO;
}

function roundHuge(env: FloatEnv, r: Real, bits: u32, expMax: i32): void {
  env.flags |= FE_O;
  if ((env.masks & FE_O) == 0) {
    if ((env.options & FLOAT_WRAP) == 0) return;
    r.exp -= EXP_WRAP;
    if (r.exp > expMax) {
      env.flags |= FE_P;
      env.roundedUp = 1;
      realSet(r, REAL_INF, r.sign);
    }
    return;
  }
  env.flags |= FE_P;
  const toward = r.sign != 0 ? ROUND_DOWN : ROUND_UP;
  if (env.rounding == ROUND_NEAREST || env.rounding == toward) {
    env.roundedUp = 1;
    realSet(r, REAL_INF, r.sign);
    return;
  }
  env.roundedUp = 0;
  r.exp = expMax;
  r.sig = ~(((<u64>1) << (64 - bits)) - 1);
}

/** To an 80-bit register: env.bits of significand, the full exponent. */
export function realRound80(env: FloatEnv, r: Real): void {
  realRound(env, r, env.bits, EXP80_MIN, EXP80_MAX);
}

/** To a single (u32) or double (u64). */
export function realRoundFloat<T extends number>(env: FloatEnv, r: Real): void {
  realRound(env, r, floatBits<T>(), 1 - floatExpMax<T>(), floatExpMax<T>());
}

/** Rounds `r` to an integral number, by `rounding`, in place; P if that changed it. Not for NaNs. */
export function realRoundIntegral(env: FloatEnv, r: Real): void {
  env.roundedUp = 0;
  if (r.kind != REAL_FINITE || r.exp >= 63) return;
  const sign = r.sign;
  realShiftRight(r, <u32>min(63 - r.exp, 200));
  const rest = r.low;
  const whole = r.sig;
  const isUp = isRoundedUp(env.rounding, sign, whole, rest);
  if (rest != 0) env.flags |= FE_P;
  env.roundedUp = <u32>isUp;
  realSetScaled(r, sign, 63, whole + u64(isUp));
}

/**
 * The integer of `size` bytes that `r` rounds to, as two's complement in 64 bits. What does not fit, infinities and
 * NaNs: I (and not P), and the smallest integer.
 */
export function realToInt(env: FloatEnv, r: Real, size: u32): i64 {
  const indefinite: i64 = i64.MIN_VALUE >> (64 - (size << 3));
  if (r.kind > REAL_FINITE) return invalidInt(env, indefinite);
  if (r.kind == REAL_ZERO) {
    env.roundedUp = 0;
    return 0;
  }
  const flags = env.flags;
  realRoundIntegral(env, r);
  if (r.kind == REAL_ZERO) return 0;
  if (r.exp > 63) {
    env.flags = flags;
    return invalidInt(env, indefinite);
  }
  const whole = r.sig >> (63 - r.exp);
  const limit: u64 = ((<u64>1) << ((size << 3) - 1)) - u64(r.sign == 0);
  if (whole > limit) {
    env.flags = flags;
    return invalidInt(env, indefinite);
  }
  return r.sign != 0 ? <i64>(0 - whole) : <i64>whole;
}

function invalidInt(env: FloatEnv, indefinite: i64): i64 {
  env.flags |= FE_I;
  env.roundedUp = 0;
  return indefinite;
}

/** realToInt toward zero, whatever the rounding control says. */
export function realToIntTruncate(env: FloatEnv, r: Real, size: u32): i64 {
  const rounding = env.rounding;
  env.rounding = ROUND_ZERO;
  const result = realToInt(env, r, size);
  env.rounding = rounding;
  return result;
}
