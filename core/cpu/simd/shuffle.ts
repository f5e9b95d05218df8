/**
 * Shuffles, alignments and blends whose pattern is an immediate or a register, and what else takes two vectors and more
 * than their lanes: PTEST, MPSADBW.
 *
 * Patterns are not known when this is compiled, as wasm's shuffles want it: chosen lanes are loaded from the operands'
 * addresses, one by one.
 */

import { isStatus, mmxSource, mmxWrite, registerAt, xmmSource } from "./access";
import { places } from "./shift_lanes";
import { flagsSetStatus } from "../flags";
import { FLAG_CF, FLAG_ZF, X86, X86_YMM } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";

/** Address of the dword at `from` that bits `shift` and above of the pattern choose. */
// @ts-ignore: decorator
@inline
function dwordAt(from: usize, pattern: u32, shift: u32): usize {
  return from + (((pattern >> shift) & 3) << 2);
}

/** The four words at `from` in the order that the pattern gives them. */
// @ts-ignore: decorator
@inline
function shuffledWords(from: usize, pattern: u32): u64 {
  const word0 = <u64>load<u16>(from + ((pattern & 3) << 1));
  const word1 = <u64>load<u16>(from + (((pattern >> 2) & 3) << 1));
  const word2 = <u64>load<u16>(from + (((pattern >> 4) & 3) << 1));
  const word3 = <u64>load<u16>(from + (((pattern >> 6) & 3) << 1));
  return word0 | (word1 << 16) | (word2 << 32) | (word3 << 48);
}

/** PSHUFD. */
export function pshufd(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const pattern = <u32>op.imm;
  let result = v128.load_splat<u32>(dwordAt(source, pattern, 0));
  result = v128.load_lane<u32>(dwordAt(source, pattern, 2), result, 1);
  result = v128.load_lane<u32>(dwordAt(source, pattern, 4), result, 2);
  result = v128.load_lane<u32>(dwordAt(source, pattern, 6), result, 3);
  v128.store(registerAt(c, op.reg), result);
  return EXEC_NEXT;
}

/** PSHUFLW: the upper half is copied. */
export function pshuflw(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const low = shuffledWords(source, <u32>op.imm);
  const high = load<u64>(source, 8);
  const reg = registerAt(c, op.reg);
  store<u64>(reg, low);
  store<u64>(reg, high, 8);
  return EXEC_NEXT;
}

/** PSHUFHW: the lower half is copied. */
export function pshufhw(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const high = shuffledWords(source + 8, <u32>op.imm);
  const low = load<u64>(source);
  const reg = registerAt(c, op.reg);
  store<u64>(reg, low);
  store<u64>(reg, high, 8);
  return EXEC_NEXT;
}

/** PSHUFW. */
export function pshufw(c: X86, op: Op): i32 {
  const source = mmxSource<u64>(c, op);
  if (isStatus(source)) return <i32>source;
  mmxWrite(c, op.reg, shuffledWords(source, <u32>op.imm));
  return EXEC_NEXT;
}

/** SHUFPS: two lanes of reg, then two of rm. */
export function shufps(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const pattern = <u32>op.imm;
  const reg = registerAt(c, op.reg);
  let result = v128.load_splat<u32>(dwordAt(reg, pattern, 0));
  result = v128.load_lane<u32>(dwordAt(reg, pattern, 2), result, 1);
  result = v128.load_lane<u32>(dwordAt(source, pattern, 4), result, 2);
  result = v128.load_lane<u32>(dwordAt(source, pattern, 6), result, 3);
  v128.store(reg, result);
  return EXEC_NEXT;
}

/** SHUFPD: one lane of reg, then one of rm. */
export function shufpd(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const pattern = <u32>op.imm;
  const reg = registerAt(c, op.reg);
  const low = load<u64>(reg + ((pattern & 1) << 3));
  const high = load<u64>(source + ((pattern & 2) << 2));
  store<u64>(reg, low);
  store<u64>(reg, high, 8);
  return EXEC_NEXT;
}

/** PALIGNR: 16 bytes of reg above rm, from the byte that the immediate says. A swizzle gives 0 for places beyond. */
export function palignr(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const reg = registerAt(c, op.reg);
  const first = i8x16.add(places(), i8x16.splat(<i8>min<u64>(op.imm & 0xff, 32)));
  const low = i8x16.swizzle(v128.load(source), first);
  const high = i8x16.swizzle(v128.load(reg), i8x16.sub(first, i8x16.splat(16)));
  v128.store(reg, v128.or(low, high));
  return EXEC_NEXT;
}

/** PALIGNR of 64-bit operands. */
export function mmxPalignr(c: X86, op: Op): i32 {
  const source = mmxSource<u64>(c, op);
  if (isStatus(source)) return <i32>source;
  const both = v128.load_lane<u64>(registerAt(c, op.reg), v128.load_zero<u64>(source), 1);
  const first = i8x16.add(places(), i8x16.splat(<i8>min<u64>(op.imm & 0xff, 16)));
  mmxWrite(c, op.reg, <u64>i64x2.extract_lane(i8x16.swizzle(both, first), 0));
  return EXEC_NEXT;
}

// --- blends ---

/** PBLENDVB, BLENDVPS, BLENDVPD: lanes T of rm where the sign of XMM0's is set, those of reg elsewhere. */
export function blendVariable<T>(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const reg = registerAt(c, op.reg);
  const mask = v128.shr<T>(v128.load(registerAt(c, X86_YMM)), (sizeof<T>() << 3) - 1);
  v128.store(reg, v128.bitselect(v128.load(source), v128.load(reg), mask));
  return EXEC_NEXT;
}

/** PBLENDW, BLENDPS, BLENDPD: lanes T of rm where the immediate's bit is set, those of reg elsewhere. */
export function blendImmediate<T>(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const reg = registerAt(c, op.reg);
  const mask = lanesOfBits<T>(<u32>op.imm);
  v128.store(reg, v128.bitselect(v128.load(source), v128.load(reg), mask));
  return EXEC_NEXT;
}

/** Lanes T of ones where the bit of the lane's number is set. */
// @ts-ignore: decorator
@inline
function lanesOfBits<T>(bits: u32): v128 {
  if (sizeof<T>() == 2) {
    const own = i16x8(1, 2, 4, 8, 16, 32, 64, 128);
    return i16x8.eq(v128.and(i16x8.splat(<i16>bits), own), own);
  }
  const own = sizeof<T>() == 4 ? i32x4(1, 2, 4, 8) : i64x2(1, 2);
  return v128.eq<T>(v128.and(sizeof<T>() == 4 ? i32x4.splat(bits) : i64x2.splat(bits), own), own);
}

// --- others ---

/** PTEST: ZF = (reg AND rm is 0), CF = (rm without reg is 0). */
export function ptest(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const a = v128.load(registerAt(c, op.reg));
  const b = v128.load(source);
  const zero = v128.any_true(v128.and(a, b)) ? 0 : FLAG_ZF;
  const carry = v128.any_true(v128.andnot(b, a)) ? 0 : FLAG_CF;
  flagsSetStatus(c, zero | carry);
  return EXEC_NEXT;
}

/**
 * MPSADBW: four bytes of rm against eight places of reg, each the sum of four absolute differences. Immediate: 1:0 which
 * dword of rm, 2 where in reg the places begin, in dwords.
 */
export function mpsadbw(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const pattern = <u32>op.imm;
  const reg = registerAt(c, op.reg);
  const block = dwordAt(source, pattern, 0);
  const start = reg + (pattern & 4);
  let sums = i64x2.splat(0);
  for (let i: usize = 0; i < 4; i++) {
    const differences = i16x8.sub(v128.load_ext<u8>(start + i), i16x8.splat(load<u8>(block + i)));
    sums = i16x8.add(sums, i16x8.abs(differences));
  }
  v128.store(reg, sums);
  return EXEC_NEXT;
}
