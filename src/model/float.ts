/**
 * Floating point by its definition (IEEE 754, "Rounding-direction attributes", "Underflow"): numbers are exact rationals
 * in BigInt, and each operation is carried out exactly and rounded once. Slow and obvious. NaN operands are not its
 * business; all exceptions are masked, and tininess is found after rounding, as x86 does.
 */

export interface FloatFormat {
  /** Significand bits, the leading one included. */
  bits: number;
  expBits: number;
  /** The leading bit is stored. */
  hasIntegerBit: boolean;
}

export const SINGLE: FloatFormat = { bits: 24, expBits: 8, hasIntegerBit: false };
export const DOUBLE: FloatFormat = { bits: 53, expBits: 11, hasIntegerBit: false };
export const EXTENDED: FloatFormat = { bits: 64, expBits: 15, hasIntegerBit: true };

export type Rounding = "nearest" | "down" | "up" | "zero";

/** sign * numerator / denominator; the sign matters for zero. `isInfinite`: without a numerator. */
export interface Exact {
  isNegative: boolean;
  isInfinite: boolean;
  numerator: bigint;
  denominator: bigint;
  isDenormal: boolean;
}

export interface Rounded {
  pattern: bigint;
  /** x86's exception bits. */
  flags: number;
}

export const FLOAT_INVALID = 1;
export const FLOAT_DENORMAL = 2;
export const FLOAT_ZERO_DIVIDE = 4;
export const FLOAT_OVERFLOW = 8;
export const FLOAT_UNDERFLOW = 16;
export const FLOAT_PRECISION = 32;

/** Bits of root that are surely more than any format has. */
const ROOT_BITS = 200n;

function fractionBits(format: FloatFormat): number {
  return format.hasIntegerBit ? format.bits : format.bits - 1;
}

function bias(format: FloatFormat): number {
  return 2 ** (format.expBits - 1) - 1;
}

/** 2^n as a rational. */
function power(n: number): [bigint, bigint] {
  return n >= 0 ? [1n << BigInt(n), 1n] : [1n, 1n << BigInt(-n)];
}

/** The number that a pattern stands for; undefined for NaNs and what is no number. */
export function floatDecode(format: FloatFormat, pattern: bigint): Exact | undefined {
  const width = BigInt(fractionBits(format));
  const exp = Number((pattern >> width) & ((1n << BigInt(format.expBits)) - 1n));
  const fraction = pattern & ((1n << width) - 1n);
  const isNegative = ((pattern >> (width + BigInt(format.expBits))) & 1n) === 1n;
  const integerBit = 1n << BigInt(format.bits - 1);
  const isTop = exp === 2 ** format.expBits - 1;
  if (format.hasIntegerBit && exp !== 0 && (fraction & integerBit) === 0n) return undefined;
  if (isTop) {
    if ((fraction & (integerBit - 1n)) !== 0n) return undefined;
    return { isNegative, isInfinite: true, numerator: 1n, denominator: 1n, isDenormal: false };
  }
  const significand = exp === 0 || format.hasIntegerBit ? fraction : fraction | integerBit;
  const [up, down] = power(Math.max(exp, 1) - bias(format) - (format.bits - 1));
  return {
    isNegative,
    isInfinite: false,
    numerator: significand * up,
    denominator: down,
    isDenormal: exp === 0 && fraction !== 0n,
  };
}

function infinity(isNegative: boolean): Exact {
  return { isNegative, isInfinite: true, numerator: 1n, denominator: 1n, isDenormal: false };
}

function number(isNegative: boolean, numerator: bigint, denominator: bigint): Exact {
  return { isNegative, isInfinite: false, numerator, denominator, isDenormal: false };
}

function isZero(a: Exact): boolean {
  return !a.isInfinite && a.numerator === 0n;
}

function add(a: Exact, b: Exact, mode: Rounding): Exact | "invalid" {
  if (a.isInfinite && b.isInfinite && a.isNegative !== b.isNegative) return "invalid";
  if (a.isInfinite || b.isInfinite) return a.isInfinite ? a : b;
  const signed = (x: Exact) => (x.isNegative ? -x.numerator : x.numerator);
  const sum = signed(a) * b.denominator + signed(b) * a.denominator;
  const isNegative = sum === 0n ? zeroSign(a, b, mode) : sum < 0n;
  return number(isNegative, sum < 0n ? -sum : sum, a.denominator * b.denominator);
}

/** x - x is +0, but -0 when rounding down; zeros of one sign keep it. */
function zeroSign(a: Exact, b: Exact, mode: Rounding): boolean {
  return a.isNegative === b.isNegative ? a.isNegative : mode === "down";
}

function multiply(a: Exact, b: Exact): Exact | "invalid" {
  const isNegative = a.isNegative !== b.isNegative;
  if (a.isInfinite || b.isInfinite) return isZero(a) || isZero(b) ? "invalid" : infinity(isNegative);
  return number(isNegative, a.numerator * b.numerator, a.denominator * b.denominator);
}

function divide(a: Exact, b: Exact): Exact | "invalid" | "zero divide" {
  const isNegative = a.isNegative !== b.isNegative;
  if ((a.isInfinite && b.isInfinite) || (isZero(a) && isZero(b))) return "invalid";
  if (a.isInfinite) return infinity(isNegative);
  if (b.isInfinite) return number(isNegative, 0n, 1n);
  if (isZero(b)) return "zero divide";
  return number(isNegative, a.numerator * b.denominator, a.denominator * b.numerator);
}

/** The integer part of a square root (Newton's method). */
function integerRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((value.toString(2).length >> 1) + 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** Exact if the root is rational with few bits; otherwise something between it and the next number of any format. */
function squareRoot(a: Exact): Exact | "invalid" {
  if (isZero(a)) return a;
  if (a.isNegative) return "invalid";
  if (a.isInfinite) return a;
  // numerator / denominator = (numerator * denominator) / denominator^2
  const radicand = (a.numerator * a.denominator) << (2n * ROOT_BITS);
  const root = integerRoot(radicand);
  const isExact = root * root === radicand;
  return number(false, 2n * root + (isExact ? 0n : 1n), (2n * a.denominator) << ROOT_BITS);
}

/** The exponent of a positive rational: 2^e <= value < 2^(e + 1). */
function exponentOf(a: Exact): number {
  const length = (value: bigint) => value.toString(2).length;
  const guess = length(a.numerator) - length(a.denominator);
  const [up, down] = power(guess);
  return a.numerator * down >= a.denominator * up ? guess : guess - 1;
}

/** a / 2^unit as an integer, rounded. */
function quantize(a: Exact, unit: number, mode: Rounding): { whole: bigint; isInexact: boolean } {
  const [up, down] = power(unit);
  const numerator = a.numerator * down;
  const denominator = a.denominator * up;
  const whole = numerator / denominator;
  const twice = 2n * (numerator - whole * denominator);
  if (twice === 0n) return { whole, isInexact: false };
  const isNearestUp = twice > denominator || (twice === denominator && (whole & 1n) === 1n);
  const isUp = mode === "nearest" ? isNearestUp : mode === (a.isNegative ? "down" : "up");
  return { whole: whole + (isUp ? 1n : 0n), isInexact: true };
}

function encode(format: FloatFormat, isNegative: boolean, exp: number, significand: bigint): bigint {
  const width = BigInt(fractionBits(format));
  const fraction = significand & ((1n << width) - 1n);
  const sign = isNegative ? 1n : 0n;
  return (((sign << BigInt(format.expBits)) | BigInt(exp)) << width) | fraction;
}

/** Fits an exact number to a format; `bits` may be fewer than the format's (x87's precision control). */
export function floatRound(format: FloatFormat, a: Exact, mode: Rounding, bits = format.bits): Rounded {
  const top = 2 ** format.expBits - 1;
  const integerBit = 1n << BigInt(format.bits - 1);
  if (a.isInfinite) return { pattern: encode(format, a.isNegative, top, integerBit), flags: 0 };
  if (a.numerator === 0n) return { pattern: encode(format, a.isNegative, 0, 0n), flags: 0 };
  const expMin = 1 - bias(format);
  const exp = exponentOf(a);
  // Tiny: rounded as if exponents had no end, it is below the smallest normal number.
  const unbounded = quantize(a, exp - (bits - 1), mode).whole;
  const isTiny = exp < expMin && !(exp === expMin - 1 && unbounded === 1n << BigInt(bits));
  const unit = Math.max(exp, expMin) - (bits - 1);
  const { whole, isInexact } = quantize(a, unit, mode);
  let flags = isInexact ? FLOAT_PRECISION : 0;
  if (isTiny && isInexact) flags |= FLOAT_UNDERFLOW;
  const isCarried = whole === 1n << BigInt(bits);
  const significand = (isCarried ? whole >> 1n : whole) << BigInt(format.bits - bits);
  const finalExp = Math.max(exp, expMin) + (isCarried ? 1 : 0);
  if (finalExp > bias(format)) return overflow(format, a.isNegative, mode, bits);
  const biased = (significand & integerBit) === 0n ? 0 : finalExp + bias(format);
  return { pattern: encode(format, a.isNegative, biased, significand), flags };
}

function overflow(format: FloatFormat, isNegative: boolean, mode: Rounding, bits: number): Rounded {
  const top = 2 ** format.expBits - 1;
  const integerBit = 1n << BigInt(format.bits - 1);
  const flags = FLOAT_OVERFLOW | FLOAT_PRECISION;
  if (mode === "nearest" || mode === (isNegative ? "down" : "up")) {
    return { pattern: encode(format, isNegative, top, integerBit), flags };
  }
  const largest = ((1n << BigInt(bits)) - 1n) << BigInt(format.bits - bits);
  return { pattern: encode(format, isNegative, top - 1, largest), flags };
}

/** x86's default NaN. */
export function floatIndefinite(format: FloatFormat): bigint {
  return encode(format, true, 2 ** format.expBits - 1, 3n << BigInt(format.bits - 2));
}

export type FloatOperation = "add" | "sub" | "mul" | "div" | "sqrt";

/** a op b (of a alone: sqrt), rounded once, with D for denormal operands. */
export function floatCompute(
  format: FloatFormat,
  operation: FloatOperation,
  a: Exact,
  b: Exact,
  mode: Rounding,
  bits = format.bits,
): Rounded {
  const exact = carryOut(operation, a, b, mode);
  if (exact === "invalid") return { pattern: floatIndefinite(format), flags: FLOAT_INVALID };
  if (exact === "zero divide") {
    const { pattern } = floatRound(format, infinity(a.isNegative !== b.isNegative), mode);
    return { pattern, flags: FLOAT_ZERO_DIVIDE };
  }
  const { pattern, flags } = floatRound(format, exact, mode, bits);
  const isDenormal = a.isDenormal || (operation !== "sqrt" && b.isDenormal);
  return { pattern, flags: flags | (isDenormal ? FLOAT_DENORMAL : 0) };
}

function carryOut(operation: FloatOperation, a: Exact, b: Exact, mode: Rounding) {
  if (operation === "add") return add(a, b, mode);
  if (operation === "sub") return add(a, { ...b, isNegative: !b.isNegative }, mode);
  if (operation === "mul") return multiply(a, b);
  return operation === "div" ? divide(a, b) : squareRoot(a);
}

/** The signed integer of `size` bytes nearest by `mode`; what does not fit is invalid and gives the smallest one. */
export function floatToInteger(a: Exact, mode: Rounding, size: number): { value: bigint; flags: number } {
  const smallest = -(1n << BigInt(8 * size - 1));
  if (a.isInfinite) return { value: smallest, flags: FLOAT_INVALID };
  const { whole, isInexact } = quantize(a, 0, mode);
  const value = a.isNegative ? -whole : whole;
  if (value < smallest || value >= -smallest) return { value: smallest, flags: FLOAT_INVALID };
  return { value, flags: isInexact ? FLOAT_PRECISION : 0 };
}
