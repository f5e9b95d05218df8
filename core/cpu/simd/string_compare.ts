/**
 * PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM (Intel SDM, "Operation of PCMPESTRI / PCMPESTRM / PCMPISTRI / PCMPISTRM",
 * whose names are used). `a` is reg, `b` is rm, an element of 8 or 16 bits. The immediate:
 *
 *   1:0 element: u8, u16, i8, i16 | 3:2 aggregation | 5:4 polarity | 6 the highest bit, or a mask of elements
 *
 * The comparisons of all elements of b with one of a are a vector's; aggregation puts their bits together.
 */

import { isStatus, registerAt, xmmSourceUnaligned } from "./access";
import { flagsSetStatus } from "../flags";
import { regWrite } from "../operands";
import { FLAG_CF, FLAG_OF, FLAG_SF, FLAG_ZF, REG_RAX, REG_RCX, REG_RDX, X86, X86_YMM } from "../../layout/x86";
import { EXEC_NEXT, OP_W, Op } from "../../layout/x86_op";

const WORDS: u32 = 1 << 0;
const SIGNED: u32 = 1 << 1;
const AGGREGATION: u32 = 3 << 2;
const EQUAL_ANY: u32 = 0 << 2;
const RANGES: u32 = 1 << 2;
const EQUAL_EACH: u32 = 2 << 2;
const NEGATE: u32 = 1 << 4;
/** With NEGATE: only elements of b that are valid. */
const MASKED: u32 = 1 << 5;
/** Index: of the highest bit. Mask: whole elements. */
const EXTENDED: u32 = 1 << 6;

/** PCMPESTRI: lengths in EAX and EDX; the index to ECX. */
export function pcmpestri(c: X86, op: Op): i32 {
  const source = xmmSourceUnaligned(c, op);
  if (isStatus(source)) return <i32>source;
  return storeIndex(c, op, compare(c, op, source, explicitLength(c, op, REG_RAX), explicitLength(c, op, REG_RDX)));
}

/** PCMPESTRM: lengths in EAX and EDX; the mask to XMM0. */
export function pcmpestrm(c: X86, op: Op): i32 {
  const source = xmmSourceUnaligned(c, op);
  if (isStatus(source)) return <i32>source;
  return storeMask(c, op, compare(c, op, source, explicitLength(c, op, REG_RAX), explicitLength(c, op, REG_RDX)));
}

/** PCMPISTRI: strings end at a null element; the index to ECX. */
export function pcmpistri(c: X86, op: Op): i32 {
  const source = xmmSourceUnaligned(c, op);
  if (isStatus(source)) return <i32>source;
  const lengthA = implicitLength(op, registerAt(c, op.reg));
  return storeIndex(c, op, compare(c, op, source, lengthA, implicitLength(op, source)));
}

/** PCMPISTRM: strings end at a null element; the mask to XMM0. */
export function pcmpistrm(c: X86, op: Op): i32 {
  const source = xmmSourceUnaligned(c, op);
  if (isStatus(source)) return <i32>source;
  const lengthA = implicitLength(op, registerAt(c, op.reg));
  return storeMask(c, op, compare(c, op, source, lengthA, implicitLength(op, source)));
}

/** How many elements a vector has. */
// @ts-ignore: decorator
@inline
function elementCount(op: Op): u32 {
  return (<u32>op.imm & WORDS) != 0 ? 8 : 16;
}

/** The absolute value of a length register, at most a vector's elements. */
function explicitLength(c: X86, op: Op, register: u32): u32 {
  const at = registerAt(c, register << 3);
  const value = (op.flags & OP_W) != 0 ? load<i64>(at) : <i64>load<i32>(at);
  // The most negative number is its own absolute value; as an unsigned one it is great.
  const length = value < 0 ? 0 - <u64>value : <u64>value;
  return <u32>min<u64>(length, elementCount(op));
}

/** Elements before the first null. */
function implicitLength(op: Op, at: usize): u32 {
  return min<u32>(ctz<u32>(bitsOfElements(op, elementsEqual(op, v128.load(at), i64x2.splat(0)))), elementCount(op));
}

/** A bit for each element of `mask`, whose elements are all ones or zeros. */
// @ts-ignore: decorator
@inline
function bitsOfElements(op: Op, mask: v128): u32 {
  return (<u32>op.imm & WORDS) != 0 ? i16x8.bitmask(mask) : i8x16.bitmask(mask);
}

// @ts-ignore: decorator
@inline
function elementsEqual(op: Op, a: v128, b: v128): v128 {
  return (<u32>op.imm & WORDS) != 0 ? i16x8.eq(a, b) : i8x16.eq(a, b);
}

/** Bit n: element n of `b` is at least `a`'s, as the immediate says that they are compared. */
function bitsNotBelow(op: Op, a: v128, b: v128): u32 {
  const format = <u32>op.imm & (WORDS | SIGNED);
  if (format == 0) return i8x16.bitmask(i8x16.ge_u(b, a));
  if (format == WORDS) return i16x8.bitmask(i16x8.ge_u(b, a));
  if (format == SIGNED) return i8x16.bitmask(i8x16.ge_s(b, a));
  return i16x8.bitmask(i16x8.ge_s(b, a));
}

/** All elements are a's number `index`. */
// @ts-ignore: decorator
@inline
function splatElement(op: Op, at: usize, index: u32): v128 {
  return (<u32>op.imm & WORDS) != 0 ? v128.load_splat<u16>(at + (index << 1)) : v128.load_splat<u8>(at + index);
}

/** Compares, and sets the flags. @ret IntRes2 */
function compare(c: X86, op: Op, source: usize, lengthA: u32, lengthB: u32): u32 {
  const control = <u32>op.imm;
  const count = elementCount(op);
  const validB: u32 = (1 << lengthB) - 1;
  let bits = aggregate(op, registerAt(c, op.reg), source, lengthA, lengthB);
  if ((control & NEGATE) != 0) bits ^= (control & MASKED) != 0 ? validB : (1 << count) - 1;
  let flags: u64 = 0;
  if (bits != 0) flags |= FLAG_CF;
  if (lengthB < count) flags |= FLAG_ZF;
  if (lengthA < count) flags |= FLAG_SF;
  if ((bits & 1) != 0) flags |= FLAG_OF;
  flagsSetStatus(c, flags);
  return bits;
}

/** IntRes1: bit n says how the element n of b did. */
function aggregate(op: Op, a: usize, b: usize, lengthA: u32, lengthB: u32): u32 {
  const kind = <u32>op.imm & AGGREGATION;
  if (kind == EQUAL_ANY) return equalAny(op, a, b, lengthA, lengthB);
  if (kind == RANGES) return inRanges(op, a, b, lengthA, lengthB);
  if (kind == EQUAL_EACH) return equalEach(op, a, b, lengthA, lengthB);
  return equalOrdered(op, a, b, lengthA, lengthB);
}

/** It is in the set a. */
function equalAny(op: Op, a: usize, b: usize, lengthA: u32, lengthB: u32): u32 {
  const elements = v128.load(b);
  let found = i64x2.splat(0);
  for (let i: u32 = 0; i < lengthA; i++) found = v128.or(found, elementsEqual(op, splatElement(op, a, i), elements));
  return bitsOfElements(op, found) & ((1 << lengthB) - 1);
}

/** It is in one of the ranges that pairs of a's elements are. Half a pair is none. */
function inRanges(op: Op, a: usize, b: usize, lengthA: u32, lengthB: u32): u32 {
  const elements = v128.load(b);
  let bits: u32 = 0;
  for (let i: u32 = 0; i + 1 < lengthA; i += 2) {
    const isFromFirst = bitsNotBelow(op, splatElement(op, a, i), elements);
    bits |= isFromFirst & bitsNotBelow(op, elements, splatElement(op, a, i + 1));
  }
  return bits & ((1 << lengthB) - 1);
}

/** It is a's element of the same number; behind both ends they count as equal, behind one as different. */
function equalEach(op: Op, a: usize, b: usize, lengthA: u32, lengthB: u32): u32 {
  const equal = bitsOfElements(op, elementsEqual(op, v128.load(a), v128.load(b)));
  const both: u32 = (1 << min(lengthA, lengthB)) - 1;
  const none: u32 = ((1 << elementCount(op)) - 1) & ~((1 << max(lengthA, lengthB)) - 1);
  return (equal & both) | none;
}

/** The string a begins there, as far as b goes: what is behind b's last place is not asked for. */
function equalOrdered(op: Op, a: usize, b: usize, lengthA: u32, lengthB: u32): u32 {
  const count = elementCount(op);
  const all: u32 = (1 << count) - 1;
  const validB: u32 = (1 << lengthB) - 1;
  const beyond = ~all;
  let bits = all;
  for (let i: u32 = 0; i < lengthA; i++) {
    const equal = bitsOfElements(op, elementsEqual(op, splatElement(op, a, i), v128.load(b))) & validB;
    bits &= (equal | beyond) >> i;
  }
  return bits & all;
}

/** ECX = the place of the lowest or highest bit; how many elements there are, if none is set. */
function storeIndex(c: X86, op: Op, bits: u32): i32 {
  const isHighest = (<u32>op.imm & EXTENDED) != 0;
  const place = isHighest ? 31 - clz<u32>(bits) : ctz<u32>(bits);
  regWrite<u32>(c, REG_RCX << 3, bits == 0 ? elementCount(op) : place);
  return EXEC_NEXT;
}

/** XMM0 = the bits, or elements of ones where they are set. */
function storeMask(c: X86, op: Op, bits: u32): i32 {
  const at = registerAt(c, X86_YMM);
  if ((<u32>op.imm & EXTENDED) == 0) v128.store(at, i32x4.replace_lane(i64x2.splat(0), 0, bits));
  else v128.store(at, (<u32>op.imm & WORDS) != 0 ? wordsOfBits(bits) : bytesOfBits(bits));
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
function wordsOfBits(bits: u32): v128 {
  const own = i16x8(1, 2, 4, 8, 16, 32, 64, 128);
  return i16x8.eq(v128.and(i16x8.splat(<i16>bits), own), own);
}

// @ts-ignore: decorator
@inline
function bytesOfBits(bits: u32): v128 {
  const own = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  const spread = i8x16.swizzle(i32x4.splat(bits), i8x16(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1));
  return i8x16.eq(v128.and(spread, own), own);
}
