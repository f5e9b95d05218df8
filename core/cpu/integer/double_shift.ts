/**
 * SHLD and SHRD: a destination is shifted, and the bits that come in are the source's.
 *
 * Counts are masked to 5 bits, 6 for quad words; 0 changes no flag. A 16-bit operand shifted by more than 16, which the
 * manuals leave undefined, gives what silicon gives (AMD family 26): the source comes in a second time, CF and OF are 0.
 * OF for counts other than 1 follows the formula for 1, and AF is set.
 */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { flagsShift } from "../flags";
import { regRead } from "../operands";
import { rmAddress, rmBegin, rmEnd } from "./operand";
import { shiftCount } from "./shift";

/** The destination shifted left by `count`, not 0, the source's upper bits coming in. */
// @ts-ignore: decorator
@inline
function shldValue<T extends number>(c: X86, value: T, source: T, count: u64): T {
  const width: u64 = sizeof<T>() << 3;
  let result: T;
  let carry: u64;
  if (sizeof<T>() == 2) {
    // Destination, source, source: 48 bits.
    const wide = ((<u64>value) << 32) | ((<u64>source) << 16) | <u64>source;
    result = <T>((wide << count) >> 32);
    carry = count > 16 ? 0 : (wide >> (48 - count)) & 1;
  } else {
    result = <T>(((<u64>value) << count) | (<u64>source >> (width - count)));
    carry = (<u64>value >> (width - count)) & 1;
  }
  const top = <u64>result >> (width - 1);
  flagsShift<T>(c, result, carry, count > width ? 0 : carry ^ top);
  return result;
}

/** The destination shifted right by `count`, not 0, the source's lower bits coming in. */
// @ts-ignore: decorator
@inline
function shrdValue<T extends number>(c: X86, value: T, source: T, count: u64): T {
  const width: u64 = sizeof<T>() << 3;
  let result: T;
  let carry: u64;
  if (sizeof<T>() == 2) {
    const wide = ((<u64>source) << 32) | ((<u64>source) << 16) | <u64>value;
    result = <T>(wide >> count);
    carry = count > 16 ? 0 : (wide >> (count - 1)) & 1;
  } else {
    result = <T>((<u64>value >> count) | ((<u64>source) << (width - count)));
    carry = (<u64>value >> (count - 1)) & 1;
  }
  const top = <u64>result >> (width - 1);
  const next = (<u64>result >> (width - 2)) & 1;
  flagsShift<T>(c, result, carry, top ^ next);
  return result;
}

/** Left (0) or right (1): a constant that folds. */
// @ts-ignore: decorator
@inline
function doubleShift<T extends number>(c: X86, op: Op, right: u32, rawCount: u64): i32 {
  const lin = rmAddress<T>(c, op, HW_READ | HW_WRITE);
  const status = rmBegin<T>(c, op, lin);
  if (status != EXEC_NEXT) return status;
  const value = <T>c.value0;
  const source = regRead<T>(c, op.reg);
  const count = shiftCount<T>(rawCount);
  let result = value;
  if (count != 0) {
    result = right != 0 ? shrdValue<T>(c, value, source, count) : shldValue<T>(c, value, source, count);
  }
  rmEnd<T>(c, op, lin, value, result);
  return EXEC_NEXT;
}

export function shldImm<T extends number>(c: X86, op: Op): i32 {
  return doubleShift<T>(c, op, 0, op.imm);
}

export function shldCl<T extends number>(c: X86, op: Op): i32 {
  return doubleShift<T>(c, op, 0, c.rcx);
}

export function shrdImm<T extends number>(c: X86, op: Op): i32 {
  return doubleShift<T>(c, op, 1, op.imm);
}

export function shrdCl<T extends number>(c: X86, op: Op): i32 {
  return doubleShift<T>(c, op, 1, c.rcx);
}
