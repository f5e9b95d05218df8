/**
 * 128 / 64-bit division by 64-bit ones: schoolbook division in base 2^32 (Knuth, The Art of Computer Programming volume
 * 2, section 4.3.1, algorithm D, for a divisor of two digits and a quotient of two). Dividends that fit 64 bits, which
 * are nearly all that compilers make, take one division.
 */

import { X86 } from "../../layout/x86";

/** One digit of the quotient of (high * 2^32 + next) / divisor, by Knuth's step D3. `divisor` has its upper bit set. */
// @ts-ignore: decorator
@inline
function quotientDigit(high: u64, next: u64, divisor: u64): u64 {
  const divisorHigh = divisor >> 32;
  const divisorLow = divisor & 0xffffffff;
  let digit = high / divisorHigh;
  let rest = high - digit * divisorHigh;
  // The estimate is at most 2 too large.
  while (digit >> 32 != 0 || digit * divisorLow > ((rest << 32) | next)) {
    digit--;
    rest += divisorHigh;
    if (rest >> 32 != 0) break;
  }
  return digit;
}

/** c.value0 = high:low / divisor, c.value1 = the remainder. `high` is less than `divisor`. */
export function divide128(c: X86, high: u64, low: u64, divisor: u64): void {
  if (high == 0) {
    const quotient = low / divisor;
    c.value0 = quotient;
    c.value1 = low - quotient * divisor;
    return;
  }
  const shift = clz(divisor);
  const d = divisor << shift;
  // (low >> 1) >> (63 - shift): the bits that go from low to high, none if shift is 0.
  const upper = (high << shift) | ((low >> 1) >> (63 - shift));
  const lower = low << shift;
  const first = quotientDigit(upper, lower >> 32, d);
  const middle = ((upper << 32) | (lower >> 32)) - first * d;
  const second = quotientDigit(middle, lower & 0xffffffff, d);
  const rest = ((middle << 32) | (lower & 0xffffffff)) - second * d;
  c.value0 = (first << 32) + second;
  c.value1 = rest >> shift;
}

/** As divide128, signed, rounding towards 0; the remainder has the dividend's sign. False: the quotient does not fit. */
export function divide128Signed(c: X86, high: u64, low: u64, divisor: u64): bool {
  const dividendSign = <u64>(<i64>high >> 63);
  const divisorSign = <u64>(<i64>divisor >> 63);
  const quotientSign = dividendSign ^ divisorSign;
  // Negation: complement, and add 1, carrying into the upper half if the lower became 0.
  const absoluteLow = (low ^ dividendSign) - dividendSign;
  const absoluteHigh = (high ^ dividendSign) + (dividendSign & u64(low == 0));
  const absoluteDivisor = (divisor ^ divisorSign) - divisorSign;
  if (absoluteHigh >= absoluteDivisor) return false;
  divide128(c, absoluteHigh, absoluteLow, absoluteDivisor);
  // The largest magnitude: 2^63 - 1, or 2^63 if negative.
  if (c.value0 > <u64>i64.MAX_VALUE - quotientSign) return false;
  c.value0 = (c.value0 ^ quotientSign) - quotientSign;
  c.value1 = (c.value1 ^ dividendSign) - dividendSign;
  return true;
}
