/**
 * Decimal adjustment: AAA, AAD, AAM, AAS, DAA, DAS. Not in 64-bit mode. By the operations that the manuals give (Intel
 * SDM, "Instruction Set Reference"); flags that they leave undefined follow the result in AL.
 */

import { EXC_DE, X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { raise } from "../exceptions";
import { flagAdjust, flagCarry, flagsAdjusted, flagsLogic } from "../flags";
import { regWrite } from "../operands";

const RAX: u32 = <u32>offsetof<X86>("rax");

/** Whether the lower digit needs adjustment, 0 or 1. */
// @ts-ignore: decorator
@inline
function lowDigitOverflows(c: X86): u64 {
  return u64((c.rax & 0xf) > 9) | flagAdjust(c);
}

/** DAA (27): AL after an addition of packed digits. */
export function daa(c: X86, op: Op): i32 {
  const al = <u32>c.rax & 0xff;
  const adjust = lowDigitOverflows(c);
  const carry = u64(al > 0x99) | flagCarry(c);
  const result = <u8>(al + 6 * <u32>adjust + 0x60 * <u32>carry);
  regWrite<u8>(c, RAX, result);
  flagsAdjusted(c, result, carry, adjust);
  return EXEC_NEXT;
}

/** DAS (2F): AL after a subtraction of packed digits. */
export function das(c: X86, op: Op): i32 {
  const al = <u32>c.rax & 0xff;
  const adjust = lowDigitOverflows(c);
  const upper = u64(al > 0x99) | flagCarry(c);
  // The lower digit's borrow counts too, if the upper one is not adjusted.
  const carry = upper | (adjust & u64(al < 6));
  const result = <u8>(al - 6 * <u32>adjust - 0x60 * <u32>upper);
  regWrite<u8>(c, RAX, result);
  flagsAdjusted(c, result, carry, adjust);
  return EXEC_NEXT;
}

/** AAA (37): AX after an addition of unpacked digits. */
export function aaa(c: X86, op: Op): i32 {
  const adjust = lowDigitOverflows(c);
  const ax = <u32>c.rax + 0x106 * <u32>adjust;
  return unpacked(c, ax, adjust);
}

/** AAS (3F): AX after a subtraction of unpacked digits. */
export function aas(c: X86, op: Op): i32 {
  const adjust = lowDigitOverflows(c);
  const ax = <u32>c.rax - 0x106 * <u32>adjust;
  return unpacked(c, ax, adjust);
}

function unpacked(c: X86, ax: u32, adjust: u64): i32 {
  const result = <u16>(ax & 0xff0f);
  regWrite<u16>(c, RAX, result);
  flagsAdjusted(c, <u8>result, adjust, adjust);
  return EXEC_NEXT;
}

/** AAM (D4 ib): AH = AL / base, AL = the remainder. #DE if the base is 0. */
export function aam(c: X86, op: Op): i32 {
  const base = <u32>op.imm & 0xff;
  if (base == 0) return raise(c, EXC_DE);
  const al = <u32>c.rax & 0xff;
  const digit = <u8>(al % base);
  regWrite<u16>(c, RAX, <u16>(((al / base) << 8) | digit));
  flagsLogic<u8>(c, digit);
  return EXEC_NEXT;
}

/** AAD (D5 ib): AL = AH * base + AL, AH = 0. */
export function aad(c: X86, op: Op): i32 {
  const ax = <u32>c.rax & 0xffff;
  const al = <u8>(ax + (ax >> 8) * <u32>op.imm);
  regWrite<u16>(c, RAX, <u16>al);
  flagsLogic<u8>(c, al);
  return EXEC_NEXT;
}
