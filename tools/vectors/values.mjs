/**
 * Interesting values: the ends of ranges, powers of two and their neighbours, floating-point numbers of every kind, and
 * random bits between. Each function writes one value at a byte offset of a record.
 */

/** @typedef {import("./random.mjs").Random} Random */
/** @typedef {DataView<ArrayBufferLike>} View */

const CORNERS = [0, 0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/**
 * 64 bits.
 * @param {View} view @param {number} at @param {Random} random
 */
export function putInteger(view, at, random) {
  const kind = random.below(10);
  let low = random.u32();
  let high = random.u32();
  if (kind === 4) {
    low = (low & 0xff) - 128;
    high = low < 0 ? -1 : 0;
  } else if (kind === 5) {
    // A power of two, one less or one more.
    const bit = BigInt(random.below(64));
    view.setBigUint64(at, (1n << bit) + BigInt(random.below(3) - 1), true);
    return;
  } else if (kind === 6) {
    low = random.pick(CORNERS);
    high = random.pick(CORNERS);
  } else if (kind === 7) {
    low = random.pick(CORNERS);
    high = random.oneIn(2) ? low >> 31 : 0;
  } else if (kind === 8) {
    high = low >> 31;
  } else if (kind === 9) {
    const shift = random.below(32);
    high = random.oneIn(2) ? 0 : high >>> shift;
    low = high === 0 ? low >>> shift : low;
  }
  view.setUint32(at, low, true);
  view.setInt32(at + 4, high, true);
}

const F32_CORNERS = [
  0, 1, 0x007fffff, 0x00800000, 0x3f000000, 0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fc00000, 0x40200000, 0x4b000000,
  0x4affffff, 0x4effffff, 0x4f000000, 0x4f7fffff, 0x4f800000, 0x5effffff, 0x5f000000, 0x5f800000, 0x7f7fffff,
  0x7f800000, 0x7f800001, 0x7fbfffff, 0x7fc00000, 0x7fffffff,
];

/** A float. @param {View} view @param {number} at @param {Random} random */
export function putF32(view, at, random) {
  const sign = random.oneIn(2) ? 0x80000000 : 0;
  const kind = random.below(8);
  if (kind === 0) view.setUint32(at, random.u32(), true);
  else if (kind < 3) view.setUint32(at, (sign | random.pick(F32_CORNERS)) >>> 0, true);
  else if (kind === 3) view.setFloat32(at, nearHalf(random), true);
  else if (kind === 4) view.setUint32(at, (sign | (random.u32() >>> (9 + random.below(24)))) >>> 0, true);
  else view.setUint32(at, (sign | ((100 + random.below(56)) << 23) | mantissa(random, 23)) >>> 0, true);
}

/** @type {readonly (readonly [number, number])[]} high and low words */
const F64_CORNERS = [
  [0, 0],
  [0, 1],
  [0x000fffff, 0xffffffff],
  [0x00100000, 0],
  [0x36a00000, 0],
  [0x380fffff, 0xffffffff],
  [0x38100000, 0],
  [0x3fe00000, 0],
  [0x3fefffff, 0xffffffff],
  [0x3ff00000, 0],
  [0x3ff00000, 1],
  [0x3ff80000, 0],
  [0x40040000, 0],
  [0x41dfffff, 0xffc00000],
  [0x41e00000, 0],
  [0x41e00000, 0x00100000],
  [0x41efffff, 0xffe00000],
  [0x43300000, 0],
  [0x43dfffff, 0xffffffff],
  [0x43e00000, 0],
  [0x47efffff, 0xe0000000],
  [0x47efffff, 0xf0000000],
  [0x47f00000, 0],
  [0x7fefffff, 0xffffffff],
  [0x7ff00000, 0],
  [0x7ff00000, 1],
  [0x7ff7ffff, 0xffffffff],
  [0x7ff80000, 0],
  [0x7fffffff, 0xffffffff],
];

/** A double. @param {View} view @param {number} at @param {Random} random */
export function putF64(view, at, random) {
  const sign = random.oneIn(2) ? 0x80000000 : 0;
  const kind = random.below(8);
  if (kind === 3) {
    view.setFloat64(at, nearHalf(random), true);
    return;
  }
  let low = random.u32();
  let high = random.u32();
  if (kind === 1 || kind === 2) {
    [high, low] = random.pick(F64_CORNERS);
    high |= sign;
  } else if (kind === 4) {
    high = sign | (high >>> (12 + random.below(20)));
  } else if (kind > 4) {
    high = sign | ((1023 - 30 + random.below(60)) << 20) | (high >>> 12);
    // Few bits are exact in narrower formats, and make halfway cases.
    if (random.oneIn(3)) low &= random.pick([0, 0xe0000000, 0xf0000000, 0x10000000, 0x20000000]);
  }
  view.setUint32(at, low, true);
  view.setUint32(at + 4, high, true);
}

/** An extended double, of every class, the unsupported ones too. @param {View} view @param {number} at @param {Random} random */
export function putF80(view, at, random) {
  const sign = random.oneIn(2) ? 0x8000 : 0;
  let exponent = 16383 - 40 + random.below(80);
  let low = random.u32();
  let high = random.u32() | 0x80000000;
  const kind = random.below(16);
  if (kind === 0) exponent = 0;
  else if (kind === 1) exponent = 0x7fff;
  else if (kind === 2) exponent = random.below(0x8000);
  else if (kind === 3) exponent = random.pick([1, 2, 0x3c00, 0x3c01, 0x3f80, 0x407e, 0x407f, 0x43fe, 0x43ff, 0x7ffe]);
  if (kind < 4 && random.oneIn(3)) high &= 0x7fffffff;
  if (kind >= 4 && kind < 6) {
    // A small integer or a half of one.
    high = (0x80000000 | (random.u32() & 0x78000000)) >>> 0;
    low = 0;
    exponent = 16383 + random.below(5) - 1;
  } else if (kind === 6) {
    high = random.pick([0, 0x80000000, 0xc0000000, 0xffffffff, 0xbfffffff]);
    low = random.pick([0, 0, 1, 0xffffffff]);
    exponent = random.pick([0, 0, 16383, 0x7fff, 0x7fff]);
  } else if (kind < 10) {
    // Bits that go when rounding to single or double, and halfway cases.
    low &= random.pick([0, 0x7ff, 0x400, 0x800, 0xc00, 0x3ff]);
    if (random.oneIn(2)) high = ((high & 0xffffff00) | random.pick([0, 0x80, 0x100, 0x180, 0x7f])) >>> 0;
  }
  view.setUint32(at, low, true);
  view.setUint32(at + 4, high, true);
  view.setUint16(at + 8, sign | exponent, true);
}

/** Eighteen decimal digits and a sign. @param {View} view @param {number} at @param {Random} random */
export function putBcd(view, at, random) {
  const digits = random.below(19);
  for (let i = 0; i < 9; i++) {
    const low = i * 2 < digits ? random.below(10) : 0;
    const high = i * 2 + 1 < digits ? random.below(10) : 0;
    view.setUint8(at + i, low | (high << 4));
  }
  view.setUint8(at + 9, random.oneIn(2) ? 0x80 : 0);
}

/** 128 bits of packed integers with corners in them. @param {View} view @param {number} at @param {Random} random */
export function putPacked(view, at, random) {
  const kind = random.below(4);
  if (kind === 0) {
    putInteger(view, at, random);
    putInteger(view, at + 8, random);
    return;
  }
  for (let i = 0; i < 16; i += 4) view.setUint32(at + i, random.u32(), true);
  if (kind === 1) return;
  for (let i = 0; i < 16; i += 2)
    if (random.oneIn(3)) view.setUint16(at + i, random.pick([0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff]), true);
  if (kind === 3)
    for (let i = 0; i < 16; i++) if (random.oneIn(4)) view.setUint8(at + i, random.pick([0, 1, 0x7f, 0x80, 0xff]));
}

/** @param {Random} random @param {number} bits */
function mantissa(random, bits) {
  const all = random.u32() >>> (32 - bits);
  return random.oneIn(3) ? all & (-1 << random.below(bits)) : all;
}

/** Integers and halves, around where conversions round and overflow. @param {Random} random */
function nearHalf(random) {
  const magnitude = random.pick([4, 64, 2 ** 15, 2 ** 23, 2 ** 31]);
  return (random.below(magnitude) - Math.floor(magnitude / 2)) / 2 + random.pick([0, 0, 0.25, 0.5]);
}
