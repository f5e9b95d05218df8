/** Conversions between single, double and integers as SSE does them, one lane at a time; core/cpu/fpu/float.ts has the rules. */

import { FE_D, FE_I, FE_P, FLOAT_DAZ, MXCSR_PM, MXCSR_RC, REAL_QNAN, REAL_SNAN, ROUND_ZERO } from "../../layout/fpu";
import { X86 } from "../../layout/x86";
import { isDenormalBits, isOrdinary, isSnanBits, isZeroBits, quietBit, signBit } from "./float";
import {
  floatBits,
  floatEnv,
  floatExpMax,
  QUIET_BIT,
  realFromFloat,
  realFromInt,
  realToFloat,
  scratchReal,
} from "./real";
import { realRoundFloat, realRoundIntegral, realToInt } from "./round";

/** A signed integer as T. */
export function floatFromInt<T extends number>(c: X86, value: i64): T {
  const env = floatEnv(c);
  const magnitude: u64 = value < 0 ? 0 - <u64>value : <u64>value;
  if (magnitude < (<u64>1) << floatBits<T>()) {
    // Exact, in every rounding mode.
    if (sizeof<T>() == 4) return <T>reinterpret<u32>(<f32>value);
    return <T>reinterpret<u64>(<f64>value);
  }
  const r = scratchReal(c, 0);
  realFromInt(r, value);
  realRoundFloat<T>(env, r);
  return realToFloat<T>(r);
}

/** T as a signed integer of `size` bytes (4, 8), rounded by `rounding`; in 64 bits. */
export function floatToInt<T extends number>(c: X86, bits: T, size: u32, rounding: u32): i64 {
  const env = floatEnv(c);
  const exp = <i32>(<u64>bits >> (floatBits<T>() - 1)) & (2 * floatExpMax<T>() + 1);
  // Below 2^30 no size overflows, and truncation is the machine's own.
  if (exp < floatExpMax<T>() + 30 && rounding == ROUND_ZERO && isOrdinary<T>(bits)) {
    const whole = truncate<T>(bits);
    if (fromWhole<T>(whole) != bits && !isZeroBits<T>(bits)) env.flags |= FE_P;
    return whole;
  }
  const a = scratchReal(c, 0);
  const saved = env.rounding;
  env.rounding = rounding;
  realFromFloat<T>(env, a, bits);
  const result = realToInt(env, a, size);
  env.rounding = saved;
  return result;
}

// @ts-ignore: decorator
@inline
function truncate<T extends number>(bits: T): i64 {
  if (sizeof<T>() == 4) return <i64>(<i32>reinterpret<f32>(<u32>bits));
  return <i64>(<i32>reinterpret<f64>(<u64>bits));
}

// @ts-ignore: decorator
@inline
function fromWhole<T extends number>(value: i64): T {
  if (sizeof<T>() == 4) return <T>reinterpret<u32>(<f32>value);
  return <T>reinterpret<u64>(<f64>value);
}

/** CVTSS2SD: exact. */
export function doubleFromSingle(c: X86, bits: u32): u64 {
  if (isOrdinary<u32>(bits)) return reinterpret<u64>(<f64>reinterpret<f32>(bits));
  return convertSlow<u32, u64>(c, bits);
}

/** CVTSD2SS. */
export function singleFromDouble(c: X86, bits: u64): u32 {
  const exp = <u32>(bits >> 52) & 0x7ff;
  // Well inside the range of singles, and zeros.
  if (exp - 1023 + 125 < 250 && (c.mxcsr & (MXCSR_RC | MXCSR_PM)) == MXCSR_PM) {
    const single = <f32>reinterpret<f64>(bits);
    if ((c.mxcsr & FE_P) != 0 || reinterpret<u64>(<f64>single) == bits) return reinterpret<u32>(single);
  } else if (isZeroBits<u64>(bits)) return <u32>(bits >> 32);
  return convertSlow<u64, u32>(c, bits);
}

function convertSlow<From extends number, To extends number>(c: X86, bits: From): To {
  const env = floatEnv(c);
  const a = scratchReal(c, 0);
  realFromFloat<From>(env, a, bits);
  if (a.kind >= REAL_QNAN) {
    if (a.kind == REAL_SNAN) env.flags |= FE_I;
    a.kind = REAL_QNAN;
    a.sig |= QUIET_BIT;
    return realToFloat<To>(a);
  }
  if (a.denormal != 0 && (env.options & FLOAT_DAZ) == 0) {
    env.flags |= FE_D;
    if ((env.masks & FE_D) == 0) return <To>0;
  }
  realRoundFloat<To>(env, a);
  return realToFloat<To>(a);
}

/** ROUNDSS and kin: to an integral number of the same format. P is the caller's to keep or to drop. */
export function floatRoundIntegral<T extends number>(c: X86, bits: T, rounding: u32): T {
  const env = floatEnv(c);
  if (isSnanBits<T>(bits)) {
    env.flags |= FE_I;
    return <T>(bits | quietBit<T>());
  }
  if (isDenormalBits<T>(bits) && (env.options & FLOAT_DAZ) != 0) return <T>(bits & signBit<T>());
  const a = scratchReal(c, 0);
  const saved = env.rounding;
  env.rounding = rounding;
  realFromFloat<T>(env, a, bits);
  if (a.kind < REAL_QNAN) realRoundIntegral(env, a);
  env.rounding = saved;
  return realToFloat<T>(a);
}
