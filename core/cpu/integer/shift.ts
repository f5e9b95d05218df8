/**
 * SHL, SHR, SAR and the rotates: by 1, by an immediate, by CL.
 *
 * Counts are masked to 5 bits, 6 for quad words. A masked count of 0 changes no flag, but a 32-bit destination register
 * is written (its upper half becomes 0), and memory is accessed for writing. The `shlValue` kin compute a result from a
 * masked count that is not 0, and set the flags.
 *
 * Where the manuals leave OF undefined (counts other than 1) it follows the formula for 1 here, and shifts set AF: as
 * silicon does (AMD family 26).
 */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { flagCarry, flagsSetCarryOverflow, flagsShift, signExtend } from "../flags";
import { regRead, regWrite } from "../operands";
import { rmAddress, rmBegin, rmEnd } from "./operand";

/** The count of a shift of a T. */
// @ts-ignore: decorator
@inline
export function shiftCount<T>(count: u64): u64 {
  return count & (sizeof<T>() == 8 ? 63 : 31);
}

/** Bit `n` of a T, 0 or 1. */
// @ts-ignore: decorator
@inline
function bit<T extends number>(value: T, n: u64): u64 {
  return (<u64>value >> n) & 1;
}

/** The uppermost bit of a T, 0 or 1. */
// @ts-ignore: decorator
@inline
function topBit<T extends number>(value: T): u64 {
  return <u64>value >> ((sizeof<T>() << 3) - 1);
}

/** Whether the two uppermost bits of a T differ, 0 or 1: OF of shifts and rotates to the right. */
// @ts-ignore: decorator
@inline
function topBitsDiffer<T extends number>(value: T): u64 {
  return bit<T>(<T>(value ^ <T>((<u64>value) << 1)), (sizeof<T>() << 3) - 1);
}

// @ts-ignore: decorator
@inline
export function shlValue<T extends number>(c: X86, value: T, count: u64): T {
  const result = <T>((<u64>value) << count);
  // Narrow ones may be shifted out altogether: the bits above them say so. A quad word has none above.
  const carry = sizeof<T>() == 8 ? bit<T>(value, 64 - count) : (((<u64>value) << count) >> (sizeof<T>() << 3)) & 1;
  flagsShift<T>(c, result, carry, carry ^ topBit<T>(result));
  return result;
}

// @ts-ignore: decorator
@inline
export function shrValue<T extends number>(c: X86, value: T, count: u64): T {
  const result = <T>(<u64>value >> count);
  flagsShift<T>(c, result, bit<T>(value, count - 1), topBitsDiffer<T>(result));
  return result;
}

// @ts-ignore: decorator
@inline
export function sarValue<T extends number>(c: X86, value: T, count: u64): T {
  const wide = <i64>signExtend<T>(value);
  const result = <T>(wide >> count);
  flagsShift<T>(c, result, <u64>(wide >> (count - 1)) & 1, 0);
  return result;
}

// @ts-ignore: decorator
@inline
export function rolValue<T extends number>(c: X86, value: T, count: u64): T {
  const result = rotl<T>(value, <T>count);
  const carry = <u64>result & 1;
  flagsSetCarryOverflow(c, carry, carry ^ topBit<T>(result));
  return result;
}

// @ts-ignore: decorator
@inline
export function rorValue<T extends number>(c: X86, value: T, count: u64): T {
  const result = rotr<T>(value, <T>count);
  flagsSetCarryOverflow(c, topBit<T>(result), topBitsDiffer<T>(result));
  return result;
}

/** RCL: a rotation of the value and CF together; narrow counts go round more than once. */
// @ts-ignore: decorator
@inline
export function rclValue<T extends number>(c: X86, value: T, count: u64): T {
  const width: u64 = sizeof<T>() << 3;
  const carryIn = flagCarry(c);
  const n = sizeof<T>() < 4 ? count % (width + 1) : count;
  let result = value;
  let carry = carryIn;
  if (n != 0) {
    // `value >> width` is nothing, but a quad word's shift would wrap: it takes two.
    result = <T>(((<u64>value) << n) | (carryIn << (n - 1)) | ((<u64>value >> 1) >> (width - n)));
    carry = bit<T>(value, width - n);
  }
  flagsSetCarryOverflow(c, carry, carry ^ topBit<T>(result));
  return result;
}

/** RCR, likewise. */
// @ts-ignore: decorator
@inline
export function rcrValue<T extends number>(c: X86, value: T, count: u64): T {
  const width: u64 = sizeof<T>() << 3;
  const carryIn = flagCarry(c);
  const n = sizeof<T>() < 4 ? count % (width + 1) : count;
  let result = value;
  let carry = carryIn;
  if (n != 0) {
    result = <T>((<u64>value >> n) | (carryIn << (width - n)) | (((<u64>value) << 1) << (width - n)));
    carry = bit<T>(value, n - 1);
  }
  flagsSetCarryOverflow(c, carry, topBitsDiffer<T>(result));
  return result;
}

/** Which of them: a constant argument, that folds. */
const ROL: u32 = 0;
const ROR: u32 = 1;
const RCL: u32 = 2;
const RCR: u32 = 3;
const SHL: u32 = 4;
const SHR: u32 = 5;
const SAR: u32 = 7;

// @ts-ignore: decorator
@inline
function shifted<T extends number>(c: X86, kind: u32, value: T, count: u64): T {
  if (kind == ROL) return rolValue<T>(c, value, count);
  if (kind == ROR) return rorValue<T>(c, value, count);
  if (kind == RCL) return rclValue<T>(c, value, count);
  if (kind == RCR) return rcrValue<T>(c, value, count);
  if (kind == SHL) return shlValue<T>(c, value, count);
  if (kind == SHR) return shrValue<T>(c, value, count);
  return sarValue<T>(c, value, count);
}

// @ts-ignore: decorator
@inline
function shift<T extends number>(c: X86, op: Op, kind: u32, rawCount: u64): i32 {
  const lin = rmAddress<T>(c, op, HW_READ | HW_WRITE);
  const status = rmBegin<T>(c, op, lin);
  if (status != EXEC_NEXT) return status;
  const value = <T>c.value0;
  const count = shiftCount<T>(rawCount);
  rmEnd<T>(c, op, lin, value, count == 0 ? value : shifted<T>(c, kind, value, count));
  return EXEC_NEXT;
}

/** The register form of shifts by an immediate, for the executor's switch. */
// @ts-ignore: decorator
@inline
function shiftRegister<T extends number>(c: X86, op: Op, kind: u32): void {
  const value = regRead<T>(c, op.rm);
  const count = shiftCount<T>(op.imm);
  regWrite<T>(c, op.rm, count == 0 ? value : shifted<T>(c, kind, value, count));
}

// @ts-ignore: decorator
@inline
export function shlImmReg<T extends number>(c: X86, op: Op): void {
  shiftRegister<T>(c, op, SHL);
}

// @ts-ignore: decorator
@inline
export function shrImmReg<T extends number>(c: X86, op: Op): void {
  shiftRegister<T>(c, op, SHR);
}

// @ts-ignore: decorator
@inline
export function sarImmReg<T extends number>(c: X86, op: Op): void {
  shiftRegister<T>(c, op, SAR);
}

// By an immediate (C0, C1), by 1 (D0, D1), by CL (D2, D3).

export function rolImm<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, ROL, op.imm);
}

export function rolOne<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, ROL, 1);
}

export function rolCl<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, ROL, c.rcx);
}

export function rorImm<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, ROR, op.imm);
}

export function rorOne<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, ROR, 1);
}

export function rorCl<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, ROR, c.rcx);
}

export function rclImm<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, RCL, op.imm);
}

export function rclOne<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, RCL, 1);
}

export function rclCl<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, RCL, c.rcx);
}

export function rcrImm<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, RCR, op.imm);
}

export function rcrOne<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, RCR, 1);
}

export function rcrCl<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, RCR, c.rcx);
}

export function shlImm<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, SHL, op.imm);
}

export function shlOne<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, SHL, 1);
}

export function shlCl<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, SHL, c.rcx);
}

export function shrImm<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, SHR, op.imm);
}

export function shrOne<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, SHR, 1);
}

export function shrCl<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, SHR, c.rcx);
}

export function sarImm<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, SAR, op.imm);
}

export function sarOne<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, SAR, 1);
}

export function sarCl<T extends number>(c: X86, op: Op): i32 {
  return shift<T>(c, op, SAR, c.rcx);
}
