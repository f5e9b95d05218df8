/**
 * BMI1, BMI2 and ADX: three-operand instructions with VEX prefixes, and additions with one carry chain each. (MULX is in
 * multiply.ts.)
 *
 * Flags that the manuals leave undefined follow the result, or are 0.
 */

import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { flagCarry, flagOverflow, flagsLogic, flagsResult, flagsSetCarryOverflow, signExtend } from "../flags";
import { regRead, regWrite } from "../operands";
import { rmRead } from "./operand";
import { shiftCount } from "./shift";

/** The register that VEX.vvvv names. */
// @ts-ignore: decorator
@inline
function vvvvRead<T extends number>(c: X86, op: Op): T {
  return regRead<T>(c, (<u32>op.vvvv) << 3);
}

/** ANDN: reg = ~vvvv & rm. */
export function andn<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  const result = <T>(~vvvvRead<T>(c, op) & <T>c.value0);
  regWrite<T>(c, op.reg, result);
  flagsLogic<T>(c, result);
  return EXEC_NEXT;
}

/** BEXTR: reg = the bits of rm from vvvv[7:0] on, vvvv[15:8] of them. */
export function bextr<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  const control = <u64>vvvvRead<T>(c, op);
  const start = control & 0xff;
  const length = (control >> 8) & 0xff;
  let result = start < 64 ? c.value0 >> start : 0;
  if (length < 64) result &= ((<u64>1) << length) - 1;
  regWrite<T>(c, op.reg, <T>result);
  flagsLogic<T>(c, <T>result);
  return EXEC_NEXT;
}

/** BLSR: vvvv = rm without its lowest set bit. CF: rm is 0. */
export function blsr<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  return lowestBit<T>(c, op, c.value0 & (c.value0 - 1), u64(c.value0 == 0));
}

/** BLSMSK: vvvv = a mask up to the lowest set bit of rm. CF: rm is 0. */
export function blsmsk<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  return lowestBit<T>(c, op, c.value0 ^ (c.value0 - 1), u64(c.value0 == 0));
}

/** BLSI: vvvv = the lowest set bit of rm. CF: rm is not 0. */
export function blsi<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  return lowestBit<T>(c, op, c.value0 & (0 - c.value0), u64(c.value0 != 0));
}

// @ts-ignore: decorator
@inline
function lowestBit<T extends number>(c: X86, op: Op, result: u64, carry: u64): i32 {
  regWrite<T>(c, (<u32>op.vvvv) << 3, <T>result);
  flagsResult<T>(c, <T>result, carry, 0);
  return EXEC_NEXT;
}

/** BZHI: reg = rm without the bits from vvvv[7:0] on. CF: there are none. */
export function bzhi<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  const n = <u64>vvvvRead<T>(c, op) & 0xff;
  const isWhole = n >= sizeof<T>() << 3;
  const result = isWhole ? c.value0 : c.value0 & (((<u64>1) << n) - 1);
  regWrite<T>(c, op.reg, <T>result);
  flagsResult<T>(c, <T>result, u64(isWhole), 0);
  return EXEC_NEXT;
}

/** PDEP: the low bits of vvvv go, in order, to where rm has ones. */
export function pdep<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  let source = <u64>vvvvRead<T>(c, op);
  let mask = c.value0;
  let result: u64 = 0;
  while (mask != 0) {
    const lowest = mask & (0 - mask);
    if ((source & 1) != 0) result |= lowest;
    source >>= 1;
    mask ^= lowest;
  }
  regWrite<T>(c, op.reg, <T>result);
  return EXEC_NEXT;
}

/** PEXT: the bits of vvvv where rm has ones go, in order, to the low bits. */
export function pext<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  const source = <u64>vvvvRead<T>(c, op);
  let mask = c.value0;
  let result: u64 = 0;
  let to: u64 = 1;
  while (mask != 0) {
    const lowest = mask & (0 - mask);
    if ((source & lowest) != 0) result |= to;
    to <<= 1;
    mask ^= lowest;
  }
  regWrite<T>(c, op.reg, <T>result);
  return EXEC_NEXT;
}

/** RORX: reg = rm rotated right by an immediate. No flag changes. */
export function rorx<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  regWrite<T>(c, op.reg, rotr<T>(<T>c.value0, <T>op.imm));
  return EXEC_NEXT;
}

/** SARX: reg = rm >> vvvv, signed. No flag changes. */
export function sarx<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  const count = shiftCount<T>(<u64>vvvvRead<T>(c, op));
  regWrite<T>(c, op.reg, <T>(<i64>signExtend<T>(<T>c.value0) >> count));
  return EXEC_NEXT;
}

/** SHLX: reg = rm << vvvv. No flag changes. */
export function shlx<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  regWrite<T>(c, op.reg, <T>(c.value0 << shiftCount<T>(<u64>vvvvRead<T>(c, op))));
  return EXEC_NEXT;
}

/** SHRX: reg = rm >> vvvv, unsigned. No flag changes. */
export function shrx<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  regWrite<T>(c, op.reg, <T>(c.value0 >> shiftCount<T>(<u64>vvvvRead<T>(c, op))));
  return EXEC_NEXT;
}

/** The carry out of a + b + carry in, 0 or 1, of which `sum` is the result. */
// @ts-ignore: decorator
@inline
function carryOut<T extends number>(a: T, b: T, sum: T): u64 {
  return <u64>((a & b) | ((a | b) & ~sum)) >> ((sizeof<T>() << 3) - 1);
}

/** ADCX: reg += rm + CF, changing CF only. */
export function adcx<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  const a = regRead<T>(c, op.reg);
  const b = <T>c.value0;
  const sum = <T>(a + b + <T>flagCarry(c));
  regWrite<T>(c, op.reg, sum);
  flagsSetCarryOverflow(c, carryOut<T>(a, b, sum), flagOverflow(c));
  return EXEC_NEXT;
}

/** ADOX: reg += rm + OF, changing OF only. */
export function adox<T extends number>(c: X86, op: Op): i32 {
  const status = rmRead<T>(c, op);
  if (status != EXEC_NEXT) return status;
  const a = regRead<T>(c, op.reg);
  const b = <T>c.value0;
  const sum = <T>(a + b + <T>flagOverflow(c));
  regWrite<T>(c, op.reg, sum);
  flagsSetCarryOverflow(c, flagCarry(c), carryOut<T>(a, b, sum));
  return EXEC_NEXT;
}
