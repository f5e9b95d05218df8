/**
 * Templates of MMX and SSE instructions that compute a vector from one or two: a row names one of them and the operation
 * on lanes (lanes.ts, shift_lanes.ts), `xmmBinary<Add<i8>>`. Destination and first operand are the reg operand, the second
 * is rm.
 *
 * An MMX operand is computed on as the lower half of a vector. Operations that bring lanes of both operands together
 * (packs, horizontal sums) see the two joined in one vector instead: mmxJoined.
 */

import { isStatus, mmxSource, mmxWrite, registerAt, xmmSource, xmmSourceSized } from "./access";
import { BinaryLanes, ShiftLanes, UnaryLanes } from "./lanes";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";

/** reg = L(reg, rm). */
export function xmmBinary<L extends BinaryLanes>(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const reg = registerAt(c, op.reg);
  v128.store(reg, changetype<L>(0).apply(v128.load(reg), v128.load(source)));
  return EXEC_NEXT;
}

/** reg = L(rm). */
export function xmmUnary<L extends UnaryLanes>(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  v128.store(registerAt(c, op.reg), changetype<L>(0).apply(v128.load(source)));
  return EXEC_NEXT;
}

/** reg = L(rm), where rm is of T's size if it is in memory; L does not use what is above. */
export function xmmUnarySized<L extends UnaryLanes, T extends number>(c: X86, op: Op): i32 {
  const source = xmmSourceSized<T>(c, op);
  if (isStatus(source)) return <i32>source;
  v128.store(registerAt(c, op.reg), changetype<L>(0).apply(v128.load_zero<u64>(source)));
  return EXEC_NEXT;
}

/** reg = L(reg, rm) of 64-bit operands. */
export function mmxBinary<L extends BinaryLanes>(c: X86, op: Op): i32 {
  const source = mmxSource<u64>(c, op);
  if (isStatus(source)) return <i32>source;
  const a = v128.load_zero<u64>(registerAt(c, op.reg));
  mmxWrite(c, op.reg, lowHalf(changetype<L>(0).apply(a, v128.load_zero<u64>(source))));
  return EXEC_NEXT;
}

/** As mmxBinary where only the lower 32 bits of rm are used: PUNPCKLxx read no more from memory. */
export function mmxBinary32<L extends BinaryLanes>(c: X86, op: Op): i32 {
  const source = mmxSource<u32>(c, op);
  if (isStatus(source)) return <i32>source;
  const a = v128.load_zero<u64>(registerAt(c, op.reg));
  mmxWrite(c, op.reg, lowHalf(changetype<L>(0).apply(a, v128.load_zero<u32>(source))));
  return EXEC_NEXT;
}

/** reg = L(rm) of 64-bit operands. */
export function mmxUnary<L extends UnaryLanes>(c: X86, op: Op): i32 {
  const source = mmxSource<u64>(c, op);
  if (isStatus(source)) return <i32>source;
  mmxWrite(c, op.reg, lowHalf(changetype<L>(0).apply(v128.load_zero<u64>(source))));
  return EXEC_NEXT;
}

/** reg = the lower half of L(both, both), where both is rm above reg. */
export function mmxJoined<L extends BinaryLanes>(c: X86, op: Op): i32 {
  const source = mmxSource<u64>(c, op);
  if (isStatus(source)) return <i32>source;
  const both = v128.load_lane<u64>(source, v128.load_zero<u64>(registerAt(c, op.reg)), 1);
  mmxWrite(c, op.reg, lowHalf(changetype<L>(0).apply(both, both)));
  return EXEC_NEXT;
}

/** reg = L(reg, count in rm): shifts. */
export function xmmShift<L extends ShiftLanes>(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const reg = registerAt(c, op.reg);
  v128.store(reg, changetype<L>(0).apply(v128.load(reg), load<u64>(source)));
  return EXEC_NEXT;
}

/** rm = L(rm, immediate count); rm is a register. */
export function xmmShiftImmediate<L extends ShiftLanes>(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  v128.store(source, changetype<L>(0).apply(v128.load(source), op.imm & 0xff));
  return EXEC_NEXT;
}

/** xmmShift of 64-bit operands. */
export function mmxShift<L extends ShiftLanes>(c: X86, op: Op): i32 {
  const source = mmxSource<u64>(c, op);
  if (isStatus(source)) return <i32>source;
  const a = v128.load_zero<u64>(registerAt(c, op.reg));
  mmxWrite(c, op.reg, lowHalf(changetype<L>(0).apply(a, load<u64>(source))));
  return EXEC_NEXT;
}

/** xmmShiftImmediate of 64-bit operands. */
export function mmxShiftImmediate<L extends ShiftLanes>(c: X86, op: Op): i32 {
  const source = mmxSource<u64>(c, op);
  if (isStatus(source)) return <i32>source;
  mmxWrite(c, op.rm, lowHalf(changetype<L>(0).apply(v128.load_zero<u64>(source), op.imm & 0xff)));
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
function lowHalf(v: v128): u64 {
  return <u64>i64x2.extract_lane(v, 0);
}
