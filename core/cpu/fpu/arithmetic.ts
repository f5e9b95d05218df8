/**
 * Exact arithmetic on Reals: what comes out is the true result, 64 bits of it in sig and enough of the rest in low for
 * any rounding (the last bit of low stands for all that follow). Operands have low = 0 and are no NaNs; invalid
 * operations raise I in FloatEnv and give the default NaN. The result may be one of the operands.
 */

import { FE_I, FE_Z, FloatEnv, REAL_FINITE, REAL_INF, REAL_ZERO, ROUND_DOWN, Real } from "../../layout/fpu";
import { INTEGER_BIT, realCopy, realSet, realSetIndefinite } from "./real";
import { realShiftRight } from "./round";

/** The upper 64 bits of a * b. */
export function mulHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const cross = aHigh * bLow;
  const middle = ((aLow * bLow) >> 32) + (cross & 0xffffffff);
  const other = aLow * bHigh + middle;
  return aHigh * bHigh + (cross >> 32) + (other >> 32);
}

/**
 * floor((high:low) / d) for normalised d and high < d; the remainder is (low - quotient * d), mod 2^64. Long division in
 * base 2^32 with two digits of quotient (Knuth, "The Art of Computer Programming" 4.3.1, algorithm D).
 */
export function divWide(high: u64, low: u64, d: u64): u64 {
  const upper = divDigit(high, low >> 32, d);
  const rest = ((high << 32) | (low >> 32)) - upper * d;
  const lower = divDigit(rest, low & 0xffffffff, d);
  return (upper << 32) | lower;
}

/** floor((high * 2^32 + digit) / d), below 2^32: estimated with d's upper half, at most 2 too large. */
function divDigit(high: u64, digit: u64, d: u64): u64 {
  const dHigh = d >> 32;
  const dLow = d & 0xffffffff;
  let q = high / dHigh;
  let rest = high - q * dHigh;
  while (q >> 32 != 0 || q * dLow > ((rest << 32) | digit)) {
    q--;
    rest += dHigh;
    if (rest >> 32 != 0) break;
  }
  return q;
}

const TWO_64: f64 = 18446744073709551616.0;

function setInvalid(env: FloatEnv, r: Real): void {
  env.flags |= FE_I;
  realSetIndefinite(r);
}

/** r = a + b. */
export function realAdd(env: FloatEnv, r: Real, a: Real, b: Real): void {
  addSigned(env, r, a, b, b.sign);
}

/** r = a - b. */
export function realSub(env: FloatEnv, r: Real, a: Real, b: Real): void {
  addSigned(env, r, a, b, b.sign ^ 1);
}

function addSigned(env: FloatEnv, r: Real, a: Real, b: Real, bSign: u32): void {
  if (a.kind == REAL_INF) {
    if (b.kind == REAL_INF && a.sign != bSign) setInvalid(env, r);
    else realCopy(r, a);
    return;
  }
  if (b.kind == REAL_INF || a.kind == REAL_ZERO) {
    const isZero = b.kind == REAL_ZERO;
    const sign = isZero && a.sign != bSign ? signOfNothing(env) : bSign;
    realCopy(r, b);
    r.sign = sign;
    return;
  }
  if (b.kind == REAL_ZERO) {
    realCopy(r, a);
    return;
  }
  if (a.sign == bSign) addMagnitudes(r, a, b);
  else if (a.exp > b.exp || (a.exp == b.exp && a.sig >= b.sig)) subMagnitudes(env, r, a, b, a.sign);
  else subMagnitudes(env, r, b, a, bSign);
}

/** The sign of x - x. */
function signOfNothing(env: FloatEnv): u32 {
  return <u32>(env.rounding == ROUND_DOWN);
}

function setFinite(r: Real, sign: u32, exp: i32, sig: u64, low: u64): void {
  r.kind = REAL_FINITE;
  r.sign = sign;
  r.denormal = 0;
  r.exp = exp;
  r.sig = sig;
  r.low = low;
}

/** r = the smaller operand's significand moved to the larger one's exponent. */
function align(r: Real, sig: u64, count: i32): void {
  r.sig = sig;
  r.low = 0;
  realShiftRight(r, <u32>min(count, 128));
}

function addMagnitudes(r: Real, a: Real, b: Real): void {
  const aIsLarger = a.exp >= b.exp;
  const large = aIsLarger ? a.sig : b.sig;
  const exp = aIsLarger ? a.exp : b.exp;
  const sign = a.sign;
  align(r, aIsLarger ? b.sig : a.sig, aIsLarger ? a.exp - b.exp : b.exp - a.exp);
  const sum = large + r.sig;
  setFinite(r, sign, exp, sum, r.low);
  if (sum >= large) return;
  realShiftRight(r, 1);
  r.sig |= INTEGER_BIT;
  r.exp = exp + 1;
}

/** r = a - b, |a| >= |b|, with the sign given. */
function subMagnitudes(env: FloatEnv, r: Real, a: Real, b: Real, sign: u32): void {
  const large = a.sig;
  const exp = a.exp;
  align(r, b.sig, exp - b.exp);
  const low: u64 = 0 - r.low;
  const sig = large - r.sig - u64(r.low != 0);
  if ((sig | low) == 0) {
    realSet(r, REAL_ZERO, signOfNothing(env));
    return;
  }
  const shift = sig != 0 ? <i32>clz(sig) : 64 + <i32>clz(low);
  if (shift >= 64) setFinite(r, sign, exp - shift, low << (shift - 64), 0);
  else if (shift == 0) setFinite(r, sign, exp, sig, low);
  else setFinite(r, sign, exp - shift, (sig << shift) | (low >> (64 - shift)), low << shift);
}

/** r = a * b. */
export function realMul(env: FloatEnv, r: Real, a: Real, b: Real): void {
  const sign = a.sign ^ b.sign;
  if (a.kind != REAL_FINITE || b.kind != REAL_FINITE) {
    const isInfinite = a.kind == REAL_INF || b.kind == REAL_INF;
    const isZero = a.kind == REAL_ZERO || b.kind == REAL_ZERO;
    if (isInfinite && isZero) setInvalid(env, r);
    else realSet(r, isInfinite ? REAL_INF : REAL_ZERO, sign);
    return;
  }
  const high = mulHigh(a.sig, b.sig);
  const low = a.sig * b.sig;
  const exp = a.exp + b.exp;
  if ((high & INTEGER_BIT) != 0) setFinite(r, sign, exp + 1, high, low);
  else setFinite(r, sign, exp, (high << 1) | (low >> 63), low << 1);
}

/** r = a / b; Z when a finite number is divided by zero. */
export function realDiv(env: FloatEnv, r: Real, a: Real, b: Real): void {
  const sign = a.sign ^ b.sign;
  if (a.kind != REAL_FINITE || b.kind != REAL_FINITE) {
    if (a.kind == b.kind) setInvalid(env, r);
    else if (a.kind == REAL_INF || b.kind == REAL_ZERO) {
      if (a.kind != REAL_INF) env.flags |= FE_Z;
      realSet(r, REAL_INF, sign);
    } else realSet(r, REAL_ZERO, sign);
    return;
  }
  // The quotient is in (1/2, 2): halve the dividend where it is not below the divisor.
  const isHalved = a.sig >= b.sig;
  const high = isHalved ? a.sig >> 1 : a.sig;
  const low = isHalved ? a.sig << 63 : 0;
  const d = b.sig;
  const exp = a.exp - b.exp - i32(!isHalved);
  const sig = divWide(high, low, d);
  const rest = low - sig * d;
  const more = divWide(rest, 0, d);
  setFinite(r, sign, exp, sig, more | u64(more * d != 0));
}

/** r = the square root of a. */
export function realSqrt(env: FloatEnv, r: Real, a: Real): void {
  if (a.kind == REAL_ZERO) {
    realCopy(r, a);
    return;
  }
  if (a.sign != 0) {
    setInvalid(env, r);
    return;
  }
  if (a.kind == REAL_INF) {
    realCopy(r, a);
    return;
  }
  // An even exponent, and a radicand of 127 or 128 bits: its root has 64.
  const isOdd = (a.exp & 1) != 0;
  const high = isOdd ? a.sig : a.sig >> 1;
  const low: u64 = isOdd ? 0 : a.sig << 63;
  const root = rootWide(high, low);
  const square = root * root;
  const restLow = low - square;
  const restHigh = high - mulHigh(root, root) - u64(low < square);
  // (root + 1/2)^2 = root^2 + root + 1/4: the next bit is set if the rest is more than the root; it is never exact then.
  const isHalf = restHigh != 0 || restLow > root;
  setFinite(r, 0, a.exp >> 1, root, (u64(isHalf) << 63) | u64((restHigh | restLow) != 0));
}

/** floor(sqrt(high:low)) for 2^126 <= high:low. */
function rootWide(high: u64, low: u64): u64 {
  if (high == u64.MAX_VALUE) return high;
  // A double's root is right to about 52 bits; one step of Newton's and a correction by one or two do the rest.
  const estimate = sqrt<f64>(<f64>high * TWO_64);
  let root = estimate >= TWO_64 ? u64.MAX_VALUE : <u64>estimate;
  if (root <= high) root = u64.MAX_VALUE;
  const quotient = divWide(high, low, root);
  root = (root >> 1) + (quotient >> 1) + (root & quotient & 1);
  while (isSquareAbove(root, high, low)) root--;
  while (root != u64.MAX_VALUE && !isSquareAbove(root + 1, high, low)) root++;
  return root;
}

function isSquareAbove(root: u64, high: u64, low: u64): bool {
  const top = mulHigh(root, root);
  return top > high || (top == high && root * root > low);
}

/** -1, 0 or 1: how `a` stands to `b`; neither is a NaN. Zeros are equal whatever their signs. */
export function realCompare(a: Real, b: Real): i32 {
  const aSign: i32 = a.kind == REAL_ZERO ? 0 : 1 - <i32>(a.sign << 1);
  const bSign: i32 = b.kind == REAL_ZERO ? 0 : 1 - <i32>(b.sign << 1);
  if (aSign != bSign) return aSign < bSign ? -1 : 1;
  if (aSign == 0) return 0;
  return aSign * compareMagnitudes(a, b);
}

function compareMagnitudes(a: Real, b: Real): i32 {
  if (a.kind != b.kind) return a.kind == REAL_INF ? 1 : -1;
  if (a.kind == REAL_INF) return 0;
  if (a.exp != b.exp) return a.exp > b.exp ? 1 : -1;
  if (a.sig != b.sig) return a.sig > b.sig ? 1 : -1;
  return 0;
}
