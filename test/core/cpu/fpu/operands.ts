/** Operands for floating-point tests: the boundaries of each format as often as random bits. Deterministic. */

/** A small random generator (xorshift64*), seeded. */
export class Random {
  #state: bigint;

  constructor(seed: bigint) {
    this.#state = seed | 1n;
  }

  u64(): bigint {
    let x = this.#state;
    x ^= x >> 12n;
    x = BigInt.asUintN(64, x ^ (x << 25n));
    x ^= x >> 27n;
    this.#state = x;
    return BigInt.asUintN(64, x * 0x2545_f491_4f6c_dd1dn);
  }

  below(n: number): number {
    return Number(this.u64() % BigInt(n));
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  /** `bits` bits: random, sparse, a run of ones or zeros, or one off such a run. */
  pattern(bits: number): bigint {
    const width = BigInt(bits);
    const all = (1n << width) - 1n;
    const kind = this.below(8);
    if (kind < 3) return this.u64() & all;
    if (kind === 3) return 0n;
    if (kind === 4) return all;
    const run = (1n << BigInt(this.below(bits + 1))) - 1n;
    if (kind === 5) return run;
    if (kind === 6) return all ^ run;
    return (run + BigInt(this.below(5) - 2)) & all;
  }
}

function exponent(random: Random, bits: number, bias: number): bigint {
  const top = (1 << bits) - 1;
  const kind = random.below(10);
  if (kind === 0) return 0n;
  if (kind === 1) return BigInt(top);
  if (kind === 2) return BigInt(random.below(3) + 1);
  if (kind === 3) return BigInt(top - 1 - random.below(3));
  if (kind < 8) return BigInt(bias - 70 + random.below(140));
  return BigInt(random.below(top + 1));
}

export function single(random: Random): bigint {
  return ((random.u64() & 1n) << 31n) | ((exponent(random, 8, 127) << 23n) & 0x7f80_0000n) | random.pattern(23);
}

export function double(random: Random): bigint {
  return ((random.u64() & 1n) << 63n) | (exponent(random, 11, 1023) << 52n) | random.pattern(52);
}

/** Sign and exponent in the upper 16 bits; one in thirty-two is no number of the format. */
export function extended(random: Random): bigint {
  const exp = exponent(random, 15, 16383);
  const isOdd = random.below(32) === 0;
  const integer = (exp !== 0n) !== isOdd ? 1n : 0n;
  const isZero = random.below(16) === 0;
  const sig = isZero ? 0n : (integer << 63n) | random.pattern(63);
  return ((random.u64() & 1n) << 79n) | ((isZero ? 0n : exp) << 64n) | sig;
}

export function setExtended(view: DataView, at: number, value: bigint): void {
  view.setBigUint64(at, BigInt.asUintN(64, value), true);
  view.setUint16(at + 8, Number(BigInt.asUintN(80, value) >> 64n), true);
}

export function getExtended(view: DataView, at: number): bigint {
  return view.getBigUint64(at, true) | (BigInt(view.getUint16(at + 8, true)) << 64n);
}

const CONVERTER = new DataView(new ArrayBuffer(8));

/** The 80-bit form of a finite double that is 0 or normal. */
export function extendedOf(value: number): bigint {
  CONVERTER.setFloat64(0, value);
  const bits = CONVERTER.getBigUint64(0);
  const sign = (bits >> 63n) << 79n;
  const exp = (bits >> 52n) & 0x7ffn;
  if (exp === 0n) return sign;
  return sign | ((exp + 16383n - 1023n) << 64n) | (1n << 63n) | ((bits & ((1n << 52n) - 1n)) << 11n);
}

/** The double nearest to a finite 80-bit number of a double's range. */
export function doubleOf(value: bigint): number {
  const sign = (value >> 79n) & 1n ? -1 : 1;
  const exp = Number((value >> 64n) & 0x7fffn) - 16383;
  return sign * Number(value & 0xffff_ffff_ffff_ffffn) * 2 ** -63 * 2 ** exp;
}
