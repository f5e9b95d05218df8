/** Bit ranges of 64-bit words as BigInt masks, written as the manuals write them: high bit first, both inclusive. */

/** Bit `n`. */
export function bit(n: number): bigint {
  return 1n << BigInt(n);
}

/** Bits `high`:`low`, inclusive; none if `high` < `low`. */
export function bits(high: number, low: number): bigint {
  return high < low ? 0n : bit(high + 1) - bit(low);
}

/** The value of bits `high`:`low` of `word`. */
export function field(word: bigint, high: number, low: number): bigint {
  return (word & bits(high, low)) >> BigInt(low);
}
