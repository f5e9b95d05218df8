/**
 * Shifts of lanes by one count, as classes for the templates of packed.ts. Counts are not reduced: from the lane's
 * width on nothing is left, or only the sign.
 */

/** PSLLW, PSLLD, PSLLQ. */
@unmanaged
export class ShiftLeft<T> {
  @inline
  apply(a: v128, count: u64): v128 {
    return count < sizeof<T>() << 3 ? v128.shl<T>(a, <i32>count) : i64x2.splat(0);
  }
}

/** PSRLW, PSRLD, PSRLQ (T unsigned), PSRAW, PSRAD (T signed). */
@unmanaged
export class ShiftRight<T> {
  @inline
  apply(a: v128, count: u64): v128 {
    const most: u64 = (sizeof<T>() << 3) - 1;
    if (isSigned<T>()) return v128.shr<T>(a, <i32>min(count, most));
    return count <= most ? v128.shr<T>(a, <i32>count) : i64x2.splat(0);
  }
}

/** PSLLDQ: by bytes. Places below 0 are great unsigned numbers, for which a swizzle gives 0. */
@unmanaged
export class ShiftLeftBytes {
  @inline
  apply(a: v128, count: u64): v128 {
    return i8x16.swizzle(a, i8x16.sub(places(), i8x16.splat(<i8>min(count, 16))));
  }
}

/** PSRLDQ: by bytes. */
@unmanaged
export class ShiftRightBytes {
  @inline
  apply(a: v128, count: u64): v128 {
    return i8x16.swizzle(a, i8x16.add(places(), i8x16.splat(<i8>min(count, 16))));
  }
}

/** Each byte's own number. */
// @ts-ignore: decorator
@inline
export function places(): v128 {
  return i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
