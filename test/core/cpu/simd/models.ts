/**
 * What packed instructions compute, slowly and obviously: lanes as BigInts, one function for each mnemonic. 64-bit and
 * 128-bit forms share it: the operands' length says which.
 */

export interface Operands {
  /** The reg operand before: 8 or 16 bytes. */
  a: Uint8Array;
  /** The rm operand: as many; of a memory operand that is shorter, the rest is 0. */
  b: Uint8Array;
  imm: number;
  xmm0: Uint8Array;
  isMemory: boolean;
}
/** The bytes of the destination afterwards. */
export type Model = (operands: Operands) => Uint8Array;

type Lane2 = (x: bigint, y: bigint) => bigint;
type Lane1 = (x: bigint) => bigint;

/** The lanes of `bits` bits, from the lowest on. */
export function lanes(bytes: Uint8Array, bits: number, isSigned = false): bigint[] {
  const size = bits / 8;
  return Array.from({ length: bytes.length / size }, (_, i) => {
    let value = 0n;
    for (let k = size - 1; k >= 0; k--) value = (value << 8n) | BigInt(bytes[i * size + k] as number);
    return isSigned ? BigInt.asIntN(bits, value) : value;
  });
}

/** The reverse; lanes are cut to `bits`. */
export function bytesOf(values: bigint[], bits: number): Uint8Array {
  const size = bits / 8;
  const bytes = new Uint8Array(values.length * size);
  for (const [i, value] of values.entries())
    for (let k = 0; k < size; k++) bytes[i * size + k] = Number((value >> BigInt(8 * k)) & 0xffn);
  return bytes;
}

const abs = (x: bigint) => (x < 0n ? -x : x);
const clamp = (x: bigint, least: bigint, most: bigint) => (x < least ? least : x > most ? most : x);
export const saturate = (bits: number, isSigned: boolean, x: bigint) =>
  isSigned
    ? clamp(x, -(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n)
    : clamp(x, 0n, (1n << BigInt(bits)) - 1n);

const each2 =
  (bits: number, isSigned: boolean, f: Lane2): Model =>
  ({ a, b }) => {
    const y = lanes(b, bits, isSigned);
    return bytesOf(
      lanes(a, bits, isSigned).map((x, i) => f(x, y[i] as bigint)),
      bits,
    );
  };
const each1 =
  (bits: number, isSigned: boolean, f: Lane1): Model =>
  ({ b }) =>
    bytesOf(lanes(b, bits, isSigned).map(f), bits);

const add: Lane2 = (x, y) => x + y;
const subtract: Lane2 = (x, y) => x - y;
const ones = (isTrue: boolean) => (isTrue ? -1n : 0n);
const saturated = (bits: number, isSigned: boolean, f: Lane2) =>
  each2(bits, isSigned, (x, y) => saturate(bits, isSigned, f(x, y)));
const least: Lane2 = (x, y) => (x < y ? x : y);
const greatest: Lane2 = (x, y) => (x > y ? x : y);

/** Sums of neighbours, of a then of b. */
const pairs =
  (bits: number, f: Lane2): Model =>
  ({ a, b }) => {
    const all = [...lanes(a, bits, true), ...lanes(b, bits, true)];
    return bytesOf(
      all.filter((_, i) => i % 2 === 0).map((x, i) => f(x, all[2 * i + 1] as bigint)),
      bits,
    );
  };

/** Lanes of a, then of b, saturated to half the width. */
const pack =
  (bits: number, isSigned: boolean): Model =>
  ({ a, b }) =>
    bytesOf(
      [...lanes(a, 2 * bits, true), ...lanes(b, 2 * bits, true)].map((x) => saturate(bits, isSigned, x)),
      bits,
    );

const unpack =
  (bits: number, fromHalf: 0 | 1): Model =>
  ({ a, b }) => {
    const x = lanes(a, bits);
    const y = lanes(b, bits);
    const start = (fromHalf * x.length) / 2;
    return bytesOf(
      Array.from(x, (_, i) => (i % 2 === 0 ? x : y)[start + (i >> 1)] as bigint),
      bits,
    );
  };

const evenProducts =
  (isSigned: boolean): Model =>
  ({ a, b }) => {
    const y = lanes(b, 32, isSigned);
    const products = lanes(a, 32, isSigned).map((x, i) => x * (y[i] as bigint));
    return bytesOf(
      products.filter((_, i) => i % 2 === 0),
      64,
    );
  };

const pmaddwd: Model = ({ a, b }) => {
  const y = lanes(b, 16, true);
  const products = lanes(a, 16, true).map((x, i) => x * (y[i] as bigint));
  return bytesOf(
    products.filter((_, i) => i % 2 === 0).map((x, i) => x + (products[2 * i + 1] as bigint)),
    32,
  );
};

const pmaddubsw: Model = ({ a, b }) => {
  const y = lanes(b, 8, true);
  const products = lanes(a, 8).map((x, i) => x * (y[i] as bigint));
  return bytesOf(
    products.filter((_, i) => i % 2 === 0).map((x, i) => saturate(16, true, x + (products[2 * i + 1] as bigint))),
    16,
  );
};

const psadbw: Model = ({ a, b }) => {
  const sums = Array.from({ length: a.length / 8 }, () => 0n);
  for (const [i, x] of a.entries()) sums[i >> 3] = (sums[i >> 3] as bigint) + BigInt(Math.abs(x - (b[i] as number)));
  return bytesOf(sums, 64);
};

/** Shifts of all lanes by the low 64 bits of b, or by the immediate: shiftImmediate. */
const shift =
  (bits: number, isSigned: boolean, f: (x: bigint, count: bigint) => bigint): Model =>
  ({ a, b }) => {
    const count = lanes(b, 64)[0] as bigint;
    const most = count > BigInt(bits) ? BigInt(bits) : count;
    return bytesOf(
      lanes(a, bits, isSigned).map((x) => f(x, most)),
      bits,
    );
  };
const left = (x: bigint, count: bigint) => x << count;
const right = (x: bigint, count: bigint) => x >> count;

const shiftedBytes =
  (direction: 1 | -1): Model =>
  ({ a, b }) => {
    const count = Number(lanes(b, 64)[0]) * direction;
    return a.map((_, i) => a[i + count] ?? 0);
  };

const widen =
  (from: number, to: number, isSigned: boolean): Model =>
  ({ b }) =>
    bytesOf(lanes(b, from, isSigned).slice(0, 128 / to), to);

const chosen = (imm: number, i: number) => (imm >> (2 * i)) & 3;
const wordsShuffled = (bytes: Uint8Array, imm: number) => {
  const words = lanes(bytes, 16);
  return bytesOf(
    [0, 1, 2, 3].map((i) => words[chosen(imm, i)] as bigint),
    16,
  );
};
const joined = (low: Uint8Array, high: Uint8Array) => Uint8Array.of(...low, ...high);
const low8 = (bytes: Uint8Array) => bytes.subarray(0, 8);
const high8 = (bytes: Uint8Array) => bytes.subarray(8);
const zeros = (n: number) => new Uint8Array(n);

const palignr: Model = ({ a, b, imm }) => {
  const both = joined(b, a);
  return a.map((_, i) => both[i + imm] ?? 0);
};

const blendBySign =
  (bits: number): Model =>
  ({ a, b, xmm0 }) => {
    const mask = lanes(xmm0, bits, true);
    const y = lanes(b, bits);
    return bytesOf(
      lanes(a, bits).map((x, i) => ((mask[i] as bigint) < 0n ? (y[i] as bigint) : x)),
      bits,
    );
  };

const blendByBits =
  (bits: number): Model =>
  ({ a, b, imm }) => {
    const y = lanes(b, bits);
    return bytesOf(
      lanes(a, bits).map((x, i) => ((imm >> i) & 1 ? (y[i] as bigint) : x)),
      bits,
    );
  };

const insertps: Model = ({ a, b, imm, isMemory }) => {
  const result = lanes(a, 32);
  result[(imm >> 4) & 3] = lanes(b, 32)[isMemory ? 0 : imm >> 6] as bigint;
  return bytesOf(
    result.map((x, i) => ((imm >> i) & 1 ? 0n : x)),
    32,
  );
};

const mpsadbw: Model = ({ a, b, imm }) => {
  const block = 4 * (imm & 3);
  const start = imm & 4;
  const sums = Array.from({ length: 8 }, (_, i) =>
    [0, 1, 2, 3].reduce((sum, k) => sum + Math.abs((a[start + i + k] as number) - (b[block + k] as number)), 0),
  );
  return bytesOf(sums.map(BigInt), 16);
};

const phminposuw: Model = ({ b }) => {
  const words = lanes(b, 16);
  const smallest = words.reduce(least);
  return bytesOf([smallest, BigInt(words.indexOf(smallest)), 0n, 0n, 0n, 0n, 0n, 0n], 16);
};

const pclmulqdq: Model = ({ a, b, imm }) => {
  const x = lanes(a, 64)[imm & 1] as bigint;
  const y = lanes(b, 64)[(imm >> 4) & 1] as bigint;
  let product = 0n;
  for (let i = 0n; i < 64n; i++) if ((y >> i) & 1n) product ^= x << i;
  return bytesOf([product], 128);
};

const copy: Model = ({ b }) => b;
const lowOfRegister =
  (n: number): Model =>
  ({ a, b, isMemory }) =>
    joined(b.subarray(0, n), isMemory ? zeros(16 - n) : a.subarray(n));
const lowThenZeros =
  (n: number): Model =>
  ({ a, b }) =>
    joined(b.subarray(0, n), zeros(a.length - n));

/** Moves to a vector register. */
const LOADS: Record<string, Model> = {
  movups: copy,
  movupd: copy,
  movaps: copy,
  movapd: copy,
  movdqa: copy,
  movdqu: copy,
  movntdqa: copy,
  lddqu: copy,
  movss: lowOfRegister(4),
  movsd: lowOfRegister(8),
  movq: lowThenZeros(8),
  movq2dq: lowThenZeros(8),
  movdq2q: copy,
  movlps: ({ a, b, isMemory }) => joined(isMemory ? low8(b) : high8(b), high8(a)),
  movlpd: ({ a, b }) => joined(low8(b), high8(a)),
  movhps: ({ a, b }) => joined(low8(a), low8(b)),
  movhpd: ({ a, b }) => joined(low8(a), low8(b)),
  movddup: ({ b }) => joined(low8(b), low8(b)),
  movsldup: ({ b }) =>
    bytesOf(
      [0, 0, 2, 2].map((i) => lanes(b, 32)[i] as bigint),
      32,
    ),
  movshdup: ({ b }) =>
    bytesOf(
      [1, 1, 3, 3].map((i) => lanes(b, 32)[i] as bigint),
      32,
    ),
};

const LOGIC: Record<string, Model> = {};
for (const [name, f] of Object.entries<Lane2>({
  and: (x, y) => x & y,
  andn: (x, y) => ~x & y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
}))
  for (const full of [`p${name}`, `${name}ps`, `${name}pd`]) LOGIC[full] = each2(64, false, f);

const SIZED: Record<string, Model> = {};
for (const [letter, bits] of [
  ["b", 8],
  ["w", 16],
  ["d", 32],
  ["q", 64],
] as const) {
  SIZED[`padd${letter}`] = each2(bits, false, add);
  SIZED[`psub${letter}`] = each2(bits, false, subtract);
  SIZED[`padds${letter}`] = saturated(bits, true, add);
  SIZED[`paddus${letter}`] = saturated(bits, false, add);
  SIZED[`psubs${letter}`] = saturated(bits, true, subtract);
  SIZED[`psubus${letter}`] = saturated(bits, false, subtract);
  SIZED[`pavg${letter}`] = each2(bits, false, (x, y) => (x + y + 1n) >> 1n);
  SIZED[`pmins${letter}`] = each2(bits, true, least);
  SIZED[`pminu${letter}`] = each2(bits, false, least);
  SIZED[`pmaxs${letter}`] = each2(bits, true, greatest);
  SIZED[`pmaxu${letter}`] = each2(bits, false, greatest);
  SIZED[`pcmpeq${letter}`] = each2(bits, true, (x, y) => ones(x === y));
  SIZED[`pcmpgt${letter}`] = each2(bits, true, (x, y) => ones(x > y));
  SIZED[`pmull${letter}`] = each2(bits, true, (x, y) => x * y);
  SIZED[`psll${letter}`] = shift(bits, false, left);
  SIZED[`psrl${letter}`] = shift(bits, false, right);
  SIZED[`psra${letter}`] = shift(bits, true, right);
  SIZED[`pabs${letter}`] = each1(bits, true, abs);
  SIZED[`psign${letter}`] = each2(bits, true, (x, y) => (y < 0n ? -x : y === 0n ? 0n : x));
  SIZED[`phadd${letter}`] = pairs(bits, add);
  SIZED[`phsub${letter}`] = pairs(bits, subtract);
}
for (const [name, from, to] of [
  ["bw", 8, 16],
  ["bd", 8, 32],
  ["bq", 8, 64],
  ["wd", 16, 32],
  ["wq", 16, 64],
  ["dq", 32, 64],
] as const) {
  SIZED[`pmovsx${name}`] = widen(from, to, true);
  SIZED[`pmovzx${name}`] = widen(from, to, false);
}
for (const [name, bits] of [
  ["punpckXbw", 8],
  ["punpckXwd", 16],
  ["punpckXdq", 32],
  ["punpckXqdq", 64],
  ["unpckXps", 32],
  ["unpckXpd", 64],
] as const) {
  SIZED[name.replace("X", "l")] = unpack(bits, 0);
  SIZED[name.replace("X", "h")] = unpack(bits, 1);
}

/** By mnemonic: those whose destination is a vector register. */
export const MODELS: Record<string, Model> = {
  ...LOADS,
  ...LOGIC,
  ...SIZED,
  pmulhw: each2(16, true, (x, y) => (x * y) >> 16n),
  pmulhuw: each2(16, false, (x, y) => (x * y) >> 16n),
  pmulhrsw: each2(16, true, (x, y) => (((x * y) >> 14n) + 1n) >> 1n),
  pmuludq: evenProducts(false),
  pmuldq: evenProducts(true),
  pmaddwd,
  pmaddubsw,
  psadbw,
  phaddsw: pairs(16, (x, y) => saturate(16, true, x + y)),
  phsubsw: pairs(16, (x, y) => saturate(16, true, x - y)),
  packsswb: pack(8, true),
  packuswb: pack(8, false),
  packssdw: pack(16, true),
  packusdw: pack(16, false),
  pslldq: shiftedBytes(-1),
  psrldq: shiftedBytes(1),
  pshufb: ({ a, b }) => b.map((index) => (index & 0x80 ? 0 : (a[index & (a.length - 1)] as number))),
  pshufd: ({ b, imm }) =>
    bytesOf(
      [0, 1, 2, 3].map((i) => lanes(b, 32)[chosen(imm, i)] as bigint),
      32,
    ),
  pshuflw: ({ b, imm }) => joined(wordsShuffled(low8(b), imm), high8(b)),
  pshufhw: ({ b, imm }) => joined(low8(b), wordsShuffled(high8(b), imm)),
  pshufw: ({ b, imm }) => wordsShuffled(b, imm),
  shufps: ({ a, b, imm }) =>
    bytesOf(
      [a, a, b, b].map((from, i) => lanes(from, 32)[chosen(imm, i)] as bigint),
      32,
    ),
  shufpd: ({ a, b, imm }) =>
    bytesOf(
      [a, b].map((from, i) => lanes(from, 64)[(imm >> i) & 1] as bigint),
      64,
    ),
  palignr,
  pblendvb: blendBySign(8),
  blendvps: blendBySign(32),
  blendvpd: blendBySign(64),
  pblendw: blendByBits(16),
  blendps: blendByBits(32),
  blendpd: blendByBits(64),
  insertps,
  mpsadbw,
  phminposuw,
  pclmulqdq,
};
