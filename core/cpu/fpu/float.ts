/**
 * Single and double arithmetic as SSE does it, one lane at a time: MXCSR's rounding, DAZ and FTZ; exceptions are
 * gathered in FloatEnv.flags, and sseEnd says what becomes of them.
 *
 * Where rounding is to nearest and P is masked, WebAssembly's own instruction computes the result, provided that
 * operands and result are ordinary (normal numbers, exact zeros): then P is the only exception that can be, and it is
 * either set already or the result is proved exact. All else goes through Reals. NaNs never reach WebAssembly, whose NaN
 * bits are not determined.
 */

import {
  FE_ALL,
  FE_BEFORE,
  FE_D,
  FE_I,
  FE_P,
  FLOAT_DAZ,
  FLOAT_FTZ,
  FloatEnv,
  MXCSR_DAZ,
  MXCSR_FTZ,
  MXCSR_MASK_SHIFT,
  MXCSR_PM,
  MXCSR_RC,
  MXCSR_RC_SHIFT,
  REAL_QNAN,
  REAL_SNAN,
  Real,
} from "../../layout/fpu";
import { EXEC_NEXT } from "../../layout/x86_op";
import { CR4_OSXMMEXCPT, EXC_UD, EXC_XM, X86 } from "../../layout/x86";
import { raise } from "../exceptions";
import { realAdd, realDiv, realMul, realSqrt, realSub } from "./arithmetic";
import { floatBits, floatEnv, floatExpMax, QUIET_BIT, realCopy, realFromFloat, realToFloat, scratchReal } from "./real";
import { realRoundFloat } from "./round";

/** Operations of floatBinary. */
export const FLOAT_ADD: u32 = 0;
export const FLOAT_SUB: u32 = 1;
export const FLOAT_MUL: u32 = 2;
export const FLOAT_DIV: u32 = 3;
export const FLOAT_MIN: u32 = 4;
export const FLOAT_MAX: u32 = 5;
/** Of the second operand alone. */
export const FLOAT_SQRT: u32 = 6;

/** An instruction starts: no exceptions yet. */
export function sseBegin(c: X86): FloatEnv {
  const env = floatEnv(c);
  const mxcsr = c.mxcsr;
  env.flags = 0;
  env.masks = (mxcsr >> MXCSR_MASK_SHIFT) & FE_ALL;
  env.rounding = (mxcsr >> MXCSR_RC_SHIFT) & 3;
  env.options = 0;
  if ((mxcsr & MXCSR_DAZ) != 0) env.options |= FLOAT_DAZ;
  if ((mxcsr & MXCSR_FTZ) != 0) env.options |= FLOAT_FTZ;
  return env;
}

/** The exceptions of all lanes become MXCSR's. @ret EXEC_NEXT: write the result; EXEC_FAULT: one is unmasked */
export function sseEnd(c: X86): i32 {
  const env = floatEnv(c);
  // An unmasked exception of one lane's operands keeps all lanes from being computed: nothing else is reported.
  if (isStopped(env)) env.flags &= FE_BEFORE;
  const unmasked = env.flags & ~env.masks;
  c.mxcsr |= env.flags;
  if (unmasked == 0) return EXEC_NEXT;
  return raise(c, (c.cr4 & CR4_OSXMMEXCPT) != 0 ? EXC_XM : EXC_UD);
}

/**
 * One of the operations that an instruction consists of has ended. @ret whether the next is to follow; if not, sseEnd
 * says why
 */
export function sseStep(c: X86): bool {
  const env = floatEnv(c);
  if ((env.flags & ~env.masks) != 0) return false;
  c.mxcsr |= env.flags;
  env.flags = 0;
  return true;
}

/** Whether a lane's operands have raised an unmasked exception: there is no result, and no further exception. */
// @ts-ignore: decorator
@inline
function isStopped(env: FloatEnv): bool {
  return (env.flags & ~env.masks & FE_BEFORE) != 0;
}

/** Whether rounding is to nearest and P is masked. */
// @ts-ignore: decorator
@inline
function isPlain(c: X86): bool {
  return (c.mxcsr & (MXCSR_RC | MXCSR_PM)) == MXCSR_PM;
}

// @ts-ignore: decorator
@inline
function isPrecisionSet(c: X86): bool {
  return (c.mxcsr & FE_P) != 0;
}

/** The smallest normal number, doubled as an integer to be rid of the sign. */
// @ts-ignore: decorator
@inline
function doubledMin<T extends number>(): T {
  return <T>((<u64>1) << floatBits<T>());
}

// @ts-ignore: decorator
@inline
function doubledInfinity<T extends number>(): T {
  return <T>((<u64>(2 * floatExpMax<T>() + 1)) << floatBits<T>());
}

/** Zero or a normal number. */
// @ts-ignore: decorator
@inline
export function isOrdinary<T extends number>(bits: T): bool {
  const doubled = <T>(bits << 1);
  const distance = <T>(doubled - doubledMin<T>());
  const span = <T>(doubledInfinity<T>() - doubledMin<T>());
  return distance < span || doubled == 0;
}

/** A normal number, and not the smallest, which may have been rounded up from a tiny one. */
// @ts-ignore: decorator
@inline
function isClearlyNormal<T extends number>(bits: T): bool {
  const doubled = <T>(bits << 1);
  const distance = <T>(doubled - doubledMin<T>() - 1);
  const span = <T>(doubledInfinity<T>() - doubledMin<T>() - 1);
  return distance < span;
}

// @ts-ignore: decorator
@inline
export function isZeroBits<T extends number>(bits: T): bool {
  return <T>(bits << 1) == 0;
}

// @ts-ignore: decorator
@inline
export function isNanBits<T extends number>(bits: T): bool {
  return <T>(bits << 1) > doubledInfinity<T>();
}

// @ts-ignore: decorator
@inline
export function isSnanBits<T extends number>(bits: T): bool {
  return isNanBits<T>(bits) && (bits & quietBit<T>()) == 0;
}

// @ts-ignore: decorator
@inline
export function isDenormalBits<T extends number>(bits: T): bool {
  const distance = <T>(<T>(bits << 1) - 1);
  const span = <T>(doubledMin<T>() - 1);
  return distance < span;
}

// @ts-ignore: decorator
@inline
export function quietBit<T extends number>(): T {
  const place = floatBits<T>() - 2;
  return <T>((<u64>1) << place);
}

// @ts-ignore: decorator
@inline
export function signBit<T extends number>(): T {
  const place = sizeof<T>() * 8 - 1;
  return <T>((<u64>1) << place);
}

/** a op b by WebAssembly, for bits of type T. */
// @ts-ignore: decorator
@inline
function wasmBinary<T extends number>(kind: u32, a: T, b: T): T {
  if (sizeof<T>() == 4) {
    const x = reinterpret<f32>(<u32>a);
    const y = reinterpret<f32>(<u32>b);
    if (kind == FLOAT_ADD) return <T>reinterpret<u32>(x + y);
    if (kind == FLOAT_SUB) return <T>reinterpret<u32>(x - y);
    if (kind == FLOAT_MUL) return <T>reinterpret<u32>(x * y);
    if (kind == FLOAT_DIV) return <T>reinterpret<u32>(x / y);
    return <T>reinterpret<u32>(sqrt<f32>(y));
  }
  const x = reinterpret<f64>(<u64>a);
  const y = reinterpret<f64>(<u64>b);
  if (kind == FLOAT_ADD) return <T>reinterpret<u64>(x + y);
  if (kind == FLOAT_SUB) return <T>reinterpret<u64>(x - y);
  if (kind == FLOAT_MUL) return <T>reinterpret<u64>(x * y);
  if (kind == FLOAT_DIV) return <T>reinterpret<u64>(x / y);
  return <T>reinterpret<u64>(sqrt<f64>(y));
}

/** Whether a product of ordinary numbers has certainly no bits beyond the format: enough zeros end its factors. */
// @ts-ignore: decorator
@inline
function isProductExact<T extends number>(a: T, b: T): bool {
  const place = floatBits<T>() - 1;
  const hidden = (<u64>1) << place;
  return <u32>ctz(<u64>a | hidden) + <u32>ctz(<u64>b | hidden) >= floatBits<T>();
}

/** Whether `r` is certainly the exact result; all three are ordinary. A no may be wrong. */
function isExact<T extends number>(kind: u32, a: T, b: T, r: T): bool {
  if (kind == FLOAT_ADD || kind == FLOAT_SUB) {
    // Dekker's and Knuth's error-free sum: what r lost is itself a number of the format.
    const y: T = kind == FLOAT_SUB ? <T>(b ^ signBit<T>()) : b;
    const yPart = wasmBinary<T>(FLOAT_SUB, r, a);
    const aPart = wasmBinary<T>(FLOAT_SUB, r, yPart);
    const aLost = wasmBinary<T>(FLOAT_SUB, a, aPart);
    const yLost = wasmBinary<T>(FLOAT_SUB, y, yPart);
    return isZeroBits<T>(aLost) && isZeroBits<T>(yLost);
  }
  if (kind == FLOAT_MUL) return isProductExact<T>(a, b);
  if (kind == FLOAT_DIV) return isProductExact<T>(r, b) && wasmBinary<T>(FLOAT_MUL, r, b) == a;
  return isProductExact<T>(r, r) && wasmBinary<T>(FLOAT_MUL, r, r) == b;
}

/** Whether a zero that WebAssembly gave is exact. */
// @ts-ignore: decorator
@inline
function isZeroExact<T extends number>(kind: u32, a: T, b: T): bool {
  if (kind == FLOAT_MUL) return isZeroBits<T>(a) || isZeroBits<T>(b);
  if (kind == FLOAT_DIV) return isZeroBits<T>(a);
  return true;
}

/** floatQuick's answer when it has none: a pattern that is never its result. */
// @ts-ignore: decorator
@inline
export function notQuick<T extends number>(): T {
  return <T>u64.MAX_VALUE;
}

/** a op b where that is the common case, without exceptions to record; else notQuick. Needs no FloatEnv. */
// @ts-ignore: decorator
@inline
export function floatQuick<T extends number>(c: X86, kind: u32, a: T, b: T): T {
  if (!isPlain(c) || !isOrdinary<T>(a) || !isOrdinary<T>(b)) return notQuick<T>();
  if (kind == FLOAT_MIN) return isLess<T>(a, b) ? a : b;
  if (kind == FLOAT_MAX) return isLess<T>(b, a) ? a : b;
  const r = wasmBinary<T>(kind, a, b);
  if (isClearlyNormal<T>(r)) {
    if (isPrecisionSet(c) || isExact<T>(kind, a, b, r)) return r;
  } else if (isZeroBits<T>(r) && isZeroExact<T>(kind, a, b)) return r;
  return notQuick<T>();
}

/** a op b, whatever they are. */
export function floatBinary<T extends number>(c: X86, kind: u32, a: T, b: T): T {
  const quick = floatQuick<T>(c, kind, a, b);
  if (quick != notQuick<T>()) return quick;
  if (kind == FLOAT_MIN || kind == FLOAT_MAX) return floatMinMax<T>(c, kind, a, b);
  return floatBinarySlow<T>(c, kind, a, b);
}

function floatBinarySlow<T extends number>(c: X86, kind: u32, aBits: T, bBits: T): T {
  const env = floatEnv(c);
  const a = scratchReal(c, 0);
  const b = scratchReal(c, 1);
  const r = scratchReal(c, 2);
  const lane = laneBegin(env);
  realFromFloat<T>(env, b, bBits);
  if (kind == FLOAT_SQRT) realCopy(a, b);
  else realFromFloat<T>(env, a, aBits);
  if (a.kind >= REAL_QNAN || b.kind >= REAL_QNAN) propagateNan(env, r, a, b);
  else {
    if (kind == FLOAT_ADD) realAdd(env, r, a, b);
    else if (kind == FLOAT_SUB) realSub(env, r, a, b);
    else if (kind == FLOAT_MUL) realMul(env, r, a, b);
    else if (kind == FLOAT_DIV) realDiv(env, r, a, b);
    else realSqrt(env, r, a);
    raiseDenormal(env, a, b);
    if (!isStopped(env)) realRoundFloat<T>(env, r);
  }
  env.flags |= lane;
  return realToFloat<T>(r);
}

/** A lane starts with no exceptions of its own. @ret the others', to be added at its end */
// @ts-ignore: decorator
@inline
function laneBegin(env: FloatEnv): u32 {
  const flags = env.flags;
  env.flags = 0;
  return flags;
}

/** D, unless the operation was invalid or a division by zero: those come first. */
export function raiseDenormal(env: FloatEnv, a: Real, b: Real): void {
  if ((env.flags & FE_BEFORE) != 0 || (env.options & FLOAT_DAZ) != 0) return;
  if ((a.denormal | b.denormal) != 0) env.flags |= FE_D;
}

/** SSE's rule: the first operand if that is a NaN, else the second; made quiet. */
function propagateNan(env: FloatEnv, r: Real, a: Real, b: Real): void {
  if (a.kind >= REAL_SNAN || b.kind >= REAL_SNAN) env.flags |= FE_I;
  realCopy(r, a.kind >= REAL_QNAN ? a : b);
  r.kind = REAL_QNAN;
  r.sig |= QUIET_BIT;
}

/** MINPS and kin: the second operand where there is a NaN or both are zeros. */
function floatMinMax<T extends number>(c: X86, kind: u32, aBits: T, bBits: T): T {
  const env = floatEnv(c);
  if (isNanBits<T>(aBits) || isNanBits<T>(bBits)) {
    env.flags |= FE_I;
    return (env.options & FLOAT_DAZ) != 0 && isDenormalBits<T>(bBits) ? <T>(bBits & signBit<T>()) : bBits;
  }
  const a = flushOperand<T>(env, aBits);
  const b = flushOperand<T>(env, bBits);
  const isFirst = kind == FLOAT_MIN ? isLess<T>(a, b) : isLess<T>(b, a);
  return isFirst ? a : b;
}

/** A denormal is zero under DAZ, and raises D otherwise. */
export function flushOperand<T extends number>(env: FloatEnv, bits: T): T {
  if (!isDenormalBits<T>(bits)) return bits;
  if ((env.options & FLOAT_DAZ) != 0) return <T>(bits & signBit<T>());
  env.flags |= FE_D;
  return bits;
}

/** For numbers: zeros of any sign are equal. */
// @ts-ignore: decorator
@inline
export function isLess<T extends number>(a: T, b: T): bool {
  if (sizeof<T>() == 4) return reinterpret<f32>(<u32>a) < reinterpret<f32>(<u32>b);
  return reinterpret<f64>(<u64>a) < reinterpret<f64>(<u64>b);
}

/** Results of floatCompare: bits, so that a predicate is a mask of those it accepts. */
export const COMPARE_EQUAL: u32 = 1;
export const COMPARE_LESS: u32 = 2;
export const COMPARE_GREATER: u32 = 4;
export const COMPARE_UNORDERED: u32 = 8;

/** COMPARE_*: how a stands to b; I for a signaling NaN. Whoever minds quiet ones too looks for UNORDERED. */
export function floatCompare<T extends number>(c: X86, aBits: T, bBits: T): u32 {
  const env = floatEnv(c);
  if (isNanBits<T>(aBits) || isNanBits<T>(bBits)) {
    if (isSnanBits<T>(aBits) || isSnanBits<T>(bBits)) env.flags |= FE_I;
    return COMPARE_UNORDERED;
  }
  const a = flushOperand<T>(env, aBits);
  const b = flushOperand<T>(env, bBits);
  if (isLess<T>(a, b)) return COMPARE_LESS;
  return isLess<T>(b, a) ? COMPARE_GREATER : COMPARE_EQUAL;
}
