/**
 * The pure part of access programs: which address and which value iteration i of an op has. Deterministic in
 * (op, i, seed, stamp), so that a faulting access is repeated exactly, and a program replays from its seed.
 */

import { PROG_ORDER_MASK, PROG_ORDER_RANDOM, PROG_VALUE_GPA, PROG_VALUE_STAMP, ProgOp } from "../layout/access_program";
import { Gpa } from "../layout/types";

/** Odd constants with well-mixed bits (the golden ratio and two more); which ones does not matter, that they are odd does. */
const MIX_A: u64 = 0x9e3779b97f4a7c15;
const MIX_B: u64 = 0xd6e8feb86659fd93;
const MIX_C: u32 = 0x85ebca6b;
const MIX_D: u32 = 0xc2b2ae35;

/** A counter-based random number: no state to save across exits. */
// @ts-ignore: decorator
@inline
function randomAt(i: u64, seed: u64): u64 {
  let x = (i + seed) * MIX_A;
  x = (x ^ (x >> 32)) * MIX_B;
  return x ^ (x >> 32);
}

/** Position of iteration `i`, uniform in [0, span). */
// @ts-ignore: decorator
@inline
function randomPosition(i: u64, seed: u64, span: u32): u32 {
  return <u32>(((randomAt(i, seed) >> 32) * span) >> 32);
}

/**
 * Position of iteration `i` in a permutation of [0, span). Each step is a bijection on the k-bit numbers (k bits hold
 * span - 1): multiplying by an odd number, adding, xor with the own upper half. Values beyond the span walk on along
 * their cycle, which must come back into it: fewer than two rounds on average, since span > 2^(k-1).
 */
function shuffledPosition(i: u64, seed: u64, span: u32): u32 {
  if (span <= 1) return 0;
  const bits: u32 = 32 - <u32>clz<u32>(span - 1);
  const mask: u32 = bits == 32 ? ~0 : (1 << bits) - 1;
  const half = (bits + 1) >> 1;
  let x = <u32>(i % span);
  do {
    x = (x * MIX_C + <u32>seed) & mask;
    x ^= x >> half;
    x = (x * MIX_D + <u32>(seed >> 32)) & mask;
    x ^= x >> half;
  } while (x >= span);
  return x;
}

/** Position of iteration `i` of an op whose order is not sequential. */
export function programPosition(op: ProgOp, i: u64, seed: u64): u32 {
  if ((op.flags & PROG_ORDER_MASK) == PROG_ORDER_RANDOM) return randomPosition(i, seed, op.span);
  return shuffledPosition(i, seed, op.span);
}

/** Address of iteration `i`, for any order. */
export function programGpa(op: ProgOp, i: u64, seed: u64): Gpa {
  const position = (op.flags & PROG_ORDER_MASK) == 0 ? i : <u64>programPosition(op, i, seed);
  return op.gpa + position * op.stride;
}

/** The part of an access's value that all iterations of the op share. */
// @ts-ignore: decorator
@inline
export function programValueBase(op: ProgOp, stamp: u64): u64 {
  return op.value + ((op.flags & PROG_VALUE_STAMP) != 0 ? stamp : 0);
}

/** The value of the access at `gpa`, before it is cut to the operand's size. */
// @ts-ignore: decorator
@inline
export function programValue(op: ProgOp, gpa: Gpa, stamp: u64): u64 {
  return programValueBase(op, stamp) + ((op.flags & PROG_VALUE_GPA) != 0 ? gpa : 0);
}

/** The low 2^sizeLog2 bytes of a value. */
// @ts-ignore: decorator
@inline
export function truncateTo(value: u64, sizeLog2: u32): u64 {
  return value & (~(<u64>0) >> (64 - (8 << sizeLog2)));
}
