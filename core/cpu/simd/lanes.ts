/**
 * Operations on the lanes of one or two vectors, as classes without state, for the templates of packed.ts: a row of the
 * decode table names template and operation, `xmmBinary<Add<i8>>`. T is the lane, its sign that of the arithmetic.
 *
 * Where wasm has the operation exactly, it is used. All are pure; MMX gets by with the lower halves of vectors, except
 * for the few that have a form of their own here.
 */

/** What the templates take: an operation on two vectors, on one, on a vector and a count. */
export interface BinaryLanes {
  apply(a: v128, b: v128): v128;
}
export interface UnaryLanes {
  apply(a: v128): v128;
}
export interface ShiftLanes {
  apply(a: v128, count: u64): v128;
}

/** PADDB, PADDW, PADDD, PADDQ. */
@unmanaged
export class Add<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.add<T>(a, b);
  }
}

/** PSUBB, PSUBW, PSUBD, PSUBQ. */
@unmanaged
export class Subtract<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.sub<T>(a, b);
  }
}

/** PADDSB, PADDSW, PADDUSB, PADDUSW. */
@unmanaged
export class AddSaturated<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.add_sat<T>(a, b);
  }
}

/** PSUBSB, PSUBSW, PSUBUSB, PSUBUSW. */
@unmanaged
export class SubtractSaturated<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.sub_sat<T>(a, b);
  }
}

/** PAVGB, PAVGW. */
@unmanaged
export class Average<T extends number> {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.avgr<T>(a, b);
  }
}

/** PMINxx. */
@unmanaged
export class Minimum<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.min<T>(a, b);
  }
}

/** PMAXxx. */
@unmanaged
export class Maximum<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.max<T>(a, b);
  }
}

/** PCMPEQx. */
@unmanaged
export class Equal<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.eq<T>(a, b);
  }
}

/** PCMPGTx. */
@unmanaged
export class Greater<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.gt<T>(a, b);
  }
}

// --- logic ---

@unmanaged
export class And {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.and(a, b);
  }
}

/** PANDN, ANDNPS: it is the first operand that is inverted. */
@unmanaged
export class AndNot {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.andnot(b, a);
  }
}

@unmanaged
export class Or {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.or(a, b);
  }
}

@unmanaged
export class Xor {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.xor(a, b);
  }
}

// --- products and sums ---

/** PMULLW, PMULLD. */
@unmanaged
export class MultiplyLow<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.mul<T>(a, b);
  }
}

/** PMULHW, PMULHUW: the upper halves of the products. */
@unmanaged
export class MultiplyHigh<T extends number> {
  @inline
  apply(a: v128, b: v128): v128 {
    const low = v128.extmul_low<T>(a, b);
    const high = v128.extmul_high<T>(a, b);
    return i16x8.shuffle(low, high, 1, 3, 5, 7, 9, 11, 13, 15);
  }
}

/** PMULUDQ, PMULDQ: whole products of the even lanes. */
@unmanaged
export class MultiplyEven<T extends number> {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.extmul_low<T>(i32x4.shuffle(a, a, 0, 2, 0, 2), i32x4.shuffle(b, b, 0, 2, 0, 2));
  }
}

/** PMADDWD. */
@unmanaged
export class MultiplyAddWords {
  @inline
  apply(a: v128, b: v128): v128 {
    return i32x4.dot_i16x8_s(a, b);
  }
}

/** PMADDUBSW: unsigned bytes of `a` by signed ones of `b`; no single product leaves a word. */
@unmanaged
export class MultiplyAddBytes {
  @inline
  apply(a: v128, b: v128): v128 {
    const even = i16x8.mul(v128.and(a, i16x8.splat(0xff)), i16x8.shr_s(i16x8.shl(b, 8), 8));
    const odd = i16x8.mul(i16x8.shr_u(a, 8), i16x8.shr_s(b, 8));
    return i16x8.add_sat_s(even, odd);
  }
}

/** PMULHRSW. Of wasm's it differs in -1 times -1, which wraps instead of saturating. */
@unmanaged
export class MultiplyRounded {
  @inline
  apply(a: v128, b: v128): v128 {
    const least = i16x8.splat(-0x8000);
    const isWrapped = v128.and(i16x8.eq(a, least), i16x8.eq(b, least));
    return v128.xor(i16x8.q15mulr_sat_s(a, b), isWrapped);
  }
}

/** PSADBW: the sum of eight absolute differences in each half. */
@unmanaged
export class SumOfDifferences {
  @inline
  apply(a: v128, b: v128): v128 {
    const difference = v128.or(i8x16.sub_sat_u(a, b), i8x16.sub_sat_u(b, a));
    const sums = i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(difference));
    return i64x2.add(v128.and(sums, i64x2.splat(0xffffffff)), i64x2.shr_u(sums, 32));
  }
}

/** PHADDW, PHADDD; of 64-bit operands: `a` and `b` joined, twice. */
@unmanaged
export class AddPairs<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.add<T>(evenLanes<T>(a, b), oddLanes<T>(a, b));
  }
}

/** PHSUBW, PHSUBD. */
@unmanaged
export class SubtractPairs<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.sub<T>(evenLanes<T>(a, b), oddLanes<T>(a, b));
  }
}

/** PHADDSW. */
@unmanaged
export class AddPairsSaturated {
  @inline
  apply(a: v128, b: v128): v128 {
    return i16x8.add_sat_s(evenLanes<i16>(a, b), oddLanes<i16>(a, b));
  }
}

/** PHSUBSW. */
@unmanaged
export class SubtractPairsSaturated {
  @inline
  apply(a: v128, b: v128): v128 {
    return i16x8.sub_sat_s(evenLanes<i16>(a, b), oddLanes<i16>(a, b));
  }
}

// @ts-ignore: decorator
@inline
function evenLanes<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 2) return i16x8.shuffle(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
  return i32x4.shuffle(a, b, 0, 2, 4, 6);
}

// @ts-ignore: decorator
@inline
function oddLanes<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 2) return i16x8.shuffle(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
  return i32x4.shuffle(a, b, 1, 3, 5, 7);
}

/** PSIGNB, PSIGNW, PSIGND: `a`, negated where `b` is negative, 0 where `b` is 0. */
@unmanaged
export class Sign<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    const isNegative = v128.gt<T>(i64x2.splat(0), b);
    const signed = v128.sub<T>(v128.xor(a, isNegative), isNegative);
    return v128.andnot(signed, v128.eq<T>(b, i64x2.splat(0)));
  }
}

/** PABSB, PABSW, PABSD. */
@unmanaged
export class Absolute<T> {
  @inline
  apply(a: v128): v128 {
    if (sizeof<T>() == 1) return i8x16.abs(a);
    if (sizeof<T>() == 2) return i16x8.abs(a);
    return i32x4.abs(a);
  }
}

// --- lanes moved ---

/** PACKSSWB, PACKSSDW, PACKUSWB, PACKUSDW: T is the lane that comes out. */
@unmanaged
export class Pack<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    if (sizeof<T>() == 1) return isSigned<T>() ? i8x16.narrow_i16x8_s(a, b) : i8x16.narrow_i16x8_u(a, b);
    return isSigned<T>() ? i16x8.narrow_i32x4_s(a, b) : i16x8.narrow_i32x4_u(a, b);
  }
}

/** PUNPCKLxx, UNPCKLPS, UNPCKLPD. */
@unmanaged
export class UnpackLow<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    if (sizeof<T>() == 1) return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    if (sizeof<T>() == 2) return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
    if (sizeof<T>() == 4) return i32x4.shuffle(a, b, 0, 4, 1, 5);
    return i64x2.shuffle(a, b, 0, 2);
  }
}

/** PUNPCKHxx, UNPCKHPS, UNPCKHPD. */
@unmanaged
export class UnpackHigh<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    if (sizeof<T>() == 1) return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    if (sizeof<T>() == 2) return i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
    if (sizeof<T>() == 4) return i32x4.shuffle(a, b, 2, 6, 3, 7);
    return i64x2.shuffle(a, b, 1, 3);
  }
}

/** PUNPCKHxx of 64-bit operands: what UnpackLow puts into the upper half. */
@unmanaged
export class UnpackHigh64<T> {
  @inline
  apply(a: v128, b: v128): v128 {
    const all = changetype<UnpackLow<T>>(0).apply(a, b);
    return i64x2.shuffle(all, all, 1, 1);
  }
}

/** PSHUFB. An index with bit 7 selects 0: wasm gives that for all from 16 on. */
@unmanaged
export class ShuffleBytes {
  @inline
  apply(a: v128, b: v128): v128 {
    return i8x16.swizzle(a, v128.and(b, i8x16.splat(-0x71)));
  }
}

/** PSHUFB of 64-bit operands. */
@unmanaged
export class ShuffleBytes64 {
  @inline
  apply(a: v128, b: v128): v128 {
    return i8x16.swizzle(a, v128.and(b, i8x16.splat(-0x79)));
  }
}

/** PMOVSXBW to PMOVZXDQ: the lower lanes From, widened to To. */
@unmanaged
export class Widen<From, To> {
  @inline
  apply(a: v128): v128 {
    let wide = a;
    if (sizeof<From>() == 1) wide = isSigned<From>() ? i16x8.extend_low_i8x16_s(wide) : i16x8.extend_low_i8x16_u(wide);
    if (sizeof<From>() <= 2 && sizeof<To>() >= 4)
      wide = isSigned<From>() ? i32x4.extend_low_i16x8_s(wide) : i32x4.extend_low_i16x8_u(wide);
    if (sizeof<To>() == 8) wide = isSigned<From>() ? i64x2.extend_low_i32x4_s(wide) : i64x2.extend_low_i32x4_u(wide);
    return wide;
  }
}

/** MOVDDUP. */
@unmanaged
export class DuplicateLow64 {
  @inline
  apply(a: v128): v128 {
    return i64x2.shuffle(a, a, 0, 0);
  }
}

/** MOVSLDUP. */
@unmanaged
export class DuplicateEven {
  @inline
  apply(a: v128): v128 {
    return i32x4.shuffle(a, a, 0, 0, 2, 2);
  }
}

/** MOVSHDUP. */
@unmanaged
export class DuplicateOdd {
  @inline
  apply(a: v128): v128 {
    return i32x4.shuffle(a, a, 1, 1, 3, 3);
  }
}

/** PHMINPOSUW: the least of eight words, and the first place of it. */
@unmanaged
export class LeastWord {
  @inline
  apply(a: v128): v128 {
    // Word and place in one number, so that the least of them is the answer.
    const low = v128.or(i32x4.shl(i32x4.extend_low_i16x8_u(a), 16), i32x4(0, 1, 2, 3));
    const high = v128.or(i32x4.shl(i32x4.extend_high_i16x8_u(a), 16), i32x4(4, 5, 6, 7));
    const four = i32x4.min_u(low, high);
    const two = i32x4.min_u(four, i32x4.shuffle(four, four, 2, 3, 0, 1));
    const one = i32x4.min_u(two, i32x4.shuffle(two, two, 1, 0, 3, 2));
    const least = <u32>i32x4.extract_lane(one, 0);
    return i32x4.replace_lane(i64x2.splat(0), 0, <i32>((least >> 16) | (least << 16)));
  }
}
