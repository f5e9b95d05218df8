/**
 * MUL, IMUL, DIV and IDIV of all widths, and MULX.
 *
 * Multiplications leave SF, ZF, AF and PF as they were, divisions all flags: undefined in the manuals, and for
 * multiplications what silicon does (AMD family 26).
 */

import { EXC_DE, X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { raise } from "../exceptions";
import { flagsSetCarryOverflow, signExtend } from "../flags";
import { regRead, regWrite } from "../operands";
import { rmRead } from "./operand";
import { divide128, divide128Signed } from "./divide";

/** Offsets in X86 of the halves that a one-operand multiplication writes. */
const RAX: u32 = <u32>offsetof<X86>("rax");
const RDX: u32 = <u32>offsetof<X86>("rdx");
/** AH: what RDX is to the other widths. */
const AH: u32 = RAX + 1;

/** The upper 64 bits of the unsigned product. */
// @ts-ignore: decorator
@inline
export function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const cross = aHigh * bLow + ((aLow * bLow) >> 32);
  const middle = aLow * bHigh + (cross & 0xffffffff);
  return aHigh * bHigh + (cross >> 32) + (middle >> 32);
}

/** The upper 64 bits of the signed product. */
// @ts-ignore: decorator
@inline
export function multiplyHighSigned(a: u64, b: u64): u64 {
  return multiplyHigh(a, b) - (b & <u64>(<i64>a >> 63)) - (a & <u64>(<i64>b >> 63));
}

/** Writes a double-width result to AX, DX:AX, EDX:EAX or RDX:RAX. */
// @ts-ignore: decorator
@inline
function writeWide<T extends number>(c: X86, low: u64, high: u64): void {
  regWrite<T>(c, RAX, <T>low);
  regWrite<T>(c, sizeof<T>() == 1 ? AH : RDX, <T>high);
}

/** MUL (F6 /4, F7 /4). */
export function mul<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  const a = <u64>regRead<T>(c, RAX);
  const b = c.value0;
  const low = a * b;
  const high = sizeof<T>() == 8 ? multiplyHigh(a, b) : low >> (sizeof<T>() << 3);
  writeWide<T>(c, low, high);
  const overflow = u64(high != 0);
  flagsSetCarryOverflow(c, overflow, overflow);
  return EXEC_NEXT;
}

/** IMUL with one operand (F6 /5, F7 /5). */
export function imulWide<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  const a = signExtend<T>(regRead<T>(c, RAX));
  const b = signExtend<T>(<T>c.value0);
  const low = a * b;
  const high = sizeof<T>() == 8 ? multiplyHighSigned(a, b) : low >> (sizeof<T>() << 3);
  writeWide<T>(c, low, high);
  setProductOverflow<T>(c, low, high);
  return EXEC_NEXT;
}

/** CF = OF = whether the product is not its lower half, sign-extended. */
// @ts-ignore: decorator
@inline
function setProductOverflow<T extends number>(c: X86, low: u64, high: u64): void {
  const overflow = sizeof<T>() == 8 ? u64(high != <u64>(<i64>low >> 63)) : u64(low != signExtend<T>(<T>low));
  flagsSetCarryOverflow(c, overflow, overflow);
}

/** reg = a * b, both sign-extended from T. */
// @ts-ignore: decorator
@inline
function multiplyInto<T extends number>(c: X86, op: Op, a: u64, b: u64): void {
  const low = a * b;
  regWrite<T>(c, op.reg, <T>low);
  setProductOverflow<T>(c, low, sizeof<T>() == 8 ? multiplyHighSigned(a, b) : 0);
}

/** IMUL with two operands (0F AF). */
export function imul<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  multiplyInto<T>(c, op, signExtend<T>(regRead<T>(c, op.reg)), signExtend<T>(<T>c.value0));
  return EXEC_NEXT;
}

/** Its register form, for the executor's switch. */
// @ts-ignore: decorator
@inline
export function imulReg<T extends number>(c: X86, op: Op): void {
  multiplyInto<T>(c, op, signExtend<T>(regRead<T>(c, op.reg)), signExtend<T>(regRead<T>(c, op.rm)));
}

/** IMUL with three operands (69, 6B). */
export function imulImm<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  multiplyInto<T>(c, op, signExtend<T>(<T>c.value0), op.imm);
  return EXEC_NEXT;
}

/** DIV (F6 /6, F7 /6). #DE if the divisor is 0 or the quotient too large. */
export function div<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  const divisor = c.value0;
  if (sizeof<T>() == 8) {
    if (c.rdx >= divisor) return raise(c, EXC_DE); // a divisor of 0 too
    divide128(c, c.rdx, c.rax, divisor);
    c.rax = c.value0;
    c.rdx = c.value1;
    return EXEC_NEXT;
  }
  if (divisor == 0) return raise(c, EXC_DE);
  const dividend = wideDividend<T>(c);
  const quotient = dividend / divisor;
  if (quotient >> (sizeof<T>() << 3) != 0) return raise(c, EXC_DE);
  writeWide<T>(c, quotient, dividend - quotient * divisor);
  return EXEC_NEXT;
}

/** AX, DX:AX or EDX:EAX, zero-extended. */
// @ts-ignore: decorator
@inline
function wideDividend<T extends number>(c: X86): u64 {
  if (sizeof<T>() == 1) return c.rax & 0xffff;
  const width: u64 = sizeof<T>() << 3;
  return ((<u64>regRead<T>(c, RDX)) << width) | <u64>regRead<T>(c, RAX);
}

/** wideDividend, sign-extended. */
// @ts-ignore: decorator
@inline
function wideDividendSigned<T extends number>(c: X86): i64 {
  const dividend = wideDividend<T>(c);
  if (sizeof<T>() == 1) return <i64>(<i16>dividend);
  return sizeof<T>() == 2 ? <i64>(<i32>dividend) : <i64>dividend;
}

/** IDIV (F6 /7, F7 /7). #DE if the divisor is 0 or the quotient does not fit. */
export function idiv<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  const divisor = <i64>signExtend<T>(<T>c.value0);
  if (divisor == 0) return raise(c, EXC_DE);
  if (sizeof<T>() == 8) {
    if (!divide128Signed(c, c.rdx, c.rax, <u64>divisor)) return raise(c, EXC_DE);
    c.rax = c.value0;
    c.rdx = c.value1;
    return EXEC_NEXT;
  }
  const dividend = wideDividendSigned<T>(c);
  // The one division that wasm traps on.
  if (dividend == i64.MIN_VALUE && divisor == -1) return raise(c, EXC_DE);
  const quotient = dividend / divisor;
  if (<u64>quotient != signExtend<T>(<T>quotient)) return raise(c, EXC_DE);
  writeWide<T>(c, <u64>quotient, <u64>(dividend - quotient * divisor));
  return EXEC_NEXT;
}

/** MULX: vvvv:reg = rDX * rm; the upper half is written last. No flag changes. */
export function mulx<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  const a = <u64>regRead<T>(c, RDX);
  const b = c.value0;
  const low = a * b;
  const high = sizeof<T>() == 8 ? multiplyHigh(a, b) : low >> 32;
  regWrite<T>(c, (<u32>op.vvvv) << 3, <T>low);
  regWrite<T>(c, op.reg, <T>high);
  return EXEC_NEXT;
}
