/**
 * The status flags, lazily: what arithmetic stores (layout/x86.ts has the format), and each flag computed from it.
 *
 * Carries, not operation kinds, are kept: bit n of `carries` is the carry (or borrow) out of bit n, so that every flag
 * of every width is a shift of two words and nobody asks which instruction came last.
 */

import {
  AUX_AF,
  AUX_CF,
  AUX_NOT_PF,
  AUX_NOT_SF,
  AUX_OF,
  FLAG_AF,
  FLAG_CF,
  FLAG_FIXED,
  FLAG_OF,
  FLAG_PF,
  FLAG_SF,
  FLAG_ZF,
  FLAGS_STATUS,
  X86,
} from "../layout/x86";

/** Sign-extends a value of T (an unsigned type) to 64 bits. */
// @ts-ignore: decorator
@inline
export function signExtend<T extends number>(value: T): u64 {
  if (sizeof<T>() == 1) return <u64>(<i64>(<i8>value));
  if (sizeof<T>() == 2) return <u64>(<i64>(<i16>value));
  if (sizeof<T>() == 4) return <u64>(<i64>(<i32>value));
  return <u64>value;
}

/** X86.lazyAux from a carry for each bit of a T. */
// @ts-ignore: decorator
@inline
function auxOf<T extends number>(carries: T): u64 {
  const wide = <u64>carries;
  if (sizeof<T>() == 8) return wide & (AUX_CF | AUX_OF | AUX_AF);
  return ((wide << (64 - (sizeof<T>() << 3))) & (AUX_CF | AUX_OF)) | (wide & AUX_AF);
}

/** result = a + b (+ carry in). */
// @ts-ignore: decorator
@inline
export function flagsAdd<T extends number>(c: X86, a: T, b: T, result: T): void {
  c.lazyResult = signExtend<T>(result);
  c.lazyAux = auxOf<T>(<T>((a & b) | ((a | b) & ~result)));
}

/** result = a - b (- borrow in): SUB, SBB, CMP, NEG (a = 0). */
// @ts-ignore: decorator
@inline
export function flagsSub<T extends number>(c: X86, a: T, b: T, result: T): void {
  c.lazyResult = signExtend<T>(result);
  c.lazyAux = auxOf<T>(<T>((~a & b) | ((~a | b) & result)));
}

/** AND, OR, XOR, TEST: CF = OF = 0; AF, which the manual leaves undefined, is 0 as on silicon. */
// @ts-ignore: decorator
@inline
export function flagsLogic<T extends number>(c: X86, result: T): void {
  c.lazyResult = signExtend<T>(result);
  c.lazyAux = 0;
}

/** INC, DEC: as flagsAdd and flagsSub with b = 1, but CF stays. */
// @ts-ignore: decorator
@inline
export function flagsInc<T extends number>(c: X86, a: T, result: T): void {
  const cf = c.lazyAux & AUX_CF;
  flagsAdd<T>(c, a, <T>1, result);
  replaceCarry(c, cf);
}

// @ts-ignore: decorator
@inline
export function flagsDec<T extends number>(c: X86, a: T, result: T): void {
  const cf = c.lazyAux & AUX_CF;
  flagsSub<T>(c, a, <T>1, result);
  replaceCarry(c, cf);
}

/** CF becomes `cf` (AUX_CF or 0); OF, of which only the difference to CF is kept, stays. */
// @ts-ignore: decorator
@inline
function replaceCarry(c: X86, cf: u64): void {
  const aux = c.lazyAux;
  const change = (aux ^ cf) & AUX_CF;
  c.lazyAux = aux ^ change ^ (change >> 1);
}

/** Sets CF and OF (each 0 or 1), and the other status flags from `result`; AF = 0. Shifts, rotates' kin, multiplications. */
// @ts-ignore: decorator
@inline
export function flagsResult<T extends number>(c: X86, result: T, carry: u64, overflow: u64): void {
  c.lazyResult = signExtend<T>(result);
  c.lazyAux = (carry << 63) | ((carry ^ overflow) << 62);
}

/** As flagsResult, but AF = 1, as silicon leaves it (AMD family 26): shifts. */
// @ts-ignore: decorator
@inline
export function flagsShift<T extends number>(c: X86, result: T, carry: u64, overflow: u64): void {
  c.lazyResult = signExtend<T>(result);
  c.lazyAux = (carry << 63) | ((carry ^ overflow) << 62) | AUX_AF;
}

/** Sets CF and AF (each 0 or 1), and the other status flags from `result`; OF = 0. Decimal adjustments. */
export function flagsAdjusted(c: X86, result: u8, carry: u64, adjust: u64): void {
  flagsResult<u8>(c, result, carry, 0);
  c.lazyAux |= adjust * AUX_AF;
}

/** Sets ZF and CF (each 0 or 1), and clears the others: POPCNT, TZCNT, LZCNT. */
// @ts-ignore: decorator
@inline
export function flagsZeroCarry(c: X86, zero: u64, carry: u64): void {
  // Results of 0 and 1; the parity of 0 is even, PF would be set.
  c.lazyResult = zero ^ 1;
  c.lazyAux = (carry << 63) | (carry << 62) | (zero * AUX_NOT_PF);
}

/** Sets CF and OF (each 0 or 1) and leaves the others: rotates. */
// @ts-ignore: decorator
@inline
export function flagsSetCarryOverflow(c: X86, carry: u64, overflow: u64): void {
  c.lazyAux = (c.lazyAux & ~(AUX_CF | AUX_OF)) | (carry << 63) | ((carry ^ overflow) << 62);
}

/** Sets CF (0 or 1) and leaves the others: BT, CLC, STC, CMC. */
// @ts-ignore: decorator
@inline
export function flagsSetCarry(c: X86, cf: u64): void {
  replaceCarry(c, cf << 63);
}

/** 0 or 1. */
// @ts-ignore: decorator
@inline
export function flagCarry(c: X86): u64 {
  return c.lazyAux >> 63;
}

/** 0 or 1. */
// @ts-ignore: decorator
@inline
export function flagZero(c: X86): u64 {
  return u64(c.lazyResult == 0);
}

/** 0 or 1. */
// @ts-ignore: decorator
@inline
export function flagSign(c: X86): u64 {
  return (c.lazyResult ^ (c.lazyAux << 62)) >> 63;
}

/** 0 or 1. */
// @ts-ignore: decorator
@inline
export function flagOverflow(c: X86): u64 {
  const aux = c.lazyAux;
  return (aux ^ (aux << 1)) >> 63;
}

/** 0 or 1. */
// @ts-ignore: decorator
@inline
export function flagParity(c: X86): u64 {
  const even = ~popcnt(c.lazyResult & 0xff) & 1;
  return even ^ ((c.lazyAux >> 2) & 1);
}

/** 0 or 1. */
// @ts-ignore: decorator
@inline
export function flagAdjust(c: X86): u64 {
  return (c.lazyAux >> 3) & 1;
}

/** SF != OF, 0 or 1: the signed "less". */
// @ts-ignore: decorator
@inline
export function flagLess(c: X86): u64 {
  const aux = c.lazyAux;
  return (c.lazyResult ^ (aux << 62) ^ aux ^ (aux << 1)) >> 63;
}

/** RFLAGS, whole. */
export function flagsRead(c: X86): u64 {
  return (
    c.flags |
    flagCarry(c) |
    (flagParity(c) << 2) |
    (flagAdjust(c) << 4) |
    (flagZero(c) << 6) |
    (flagSign(c) << 7) |
    (flagOverflow(c) << 11)
  );
}

/** Replaces the bits of RFLAGS that are in `mask` by those of `value`. Whoever changes TF, IF or AC sees to what follows. */
export function flagsWrite(c: X86, value: u64, mask: u64): void {
  const all = (flagsRead(c) & ~mask) | (value & mask) | FLAG_FIXED;
  c.flags = all & ~FLAGS_STATUS;
  if ((mask & FLAGS_STATUS) != 0) flagsSetStatus(c, all);
}

/** The status flags become those of `flags`. */
export function flagsSetStatus(c: X86, flags: u64): void {
  // A result that has ZF as asked for, positive, of even (0) or odd (1) parity; SF and PF are inverted where that is wrong.
  const isZero = (flags & FLAG_ZF) != 0;
  c.lazyResult = isZero ? 0 : 1;
  let aux: u64 = 0;
  if ((flags & FLAG_CF) != 0) aux ^= AUX_CF | AUX_OF;
  if ((flags & FLAG_OF) != 0) aux ^= AUX_OF;
  if ((flags & FLAG_AF) != 0) aux |= AUX_AF;
  if ((flags & FLAG_SF) != 0) aux |= AUX_NOT_SF;
  if (((flags & FLAG_PF) != 0) != isZero) aux |= AUX_NOT_PF;
  c.lazyAux = aux;
}
