/**
 * PCLMULQDQ: the product of two polynomials over GF(2) of degree below 64.
 *
 * Integer multiplications do it: with operands that have only every fourth bit, at most sixteen ones meet in any place of
 * the product, so that carries end in the three bits between and are masked away. Four by four such products make the
 * lower half; the upper half is that of the mirrored operands, mirrored.
 */

import { isStatus, registerAt, xmmSource } from "./access";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";

/** Every fourth bit, from bit 0. */
const EVERY_FOURTH: u64 = 0x1111111111111111;

/** PCLMULQDQ. Immediate: bit 0 which half of reg, bit 4 which half of rm. */
export function pclmulqdq(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const choice = <u32>op.imm;
  const reg = registerAt(c, op.reg);
  const a = load<u64>(reg + ((choice & 1) << 3));
  const b = load<u64>(source + ((choice & 0x10) >> 1));
  store<u64>(reg, productLow(a, b));
  // The mirrored product has 127 bits: what is its bit 63 here belongs to the lower half.
  store<u64>(reg, mirror(productLow(mirror(a), mirror(b))) >> 1, 8);
  return EXEC_NEXT;
}

/** The lower 64 bits of the product. */
function productLow(a: u64, b: u64): u64 {
  const a0 = a & EVERY_FOURTH;
  const a1 = a & (EVERY_FOURTH << 1);
  const a2 = a & (EVERY_FOURTH << 2);
  const a3 = a & (EVERY_FOURTH << 3);
  const b0 = b & EVERY_FOURTH;
  const b1 = b & (EVERY_FOURTH << 1);
  const b2 = b & (EVERY_FOURTH << 2);
  const b3 = b & (EVERY_FOURTH << 3);
  const p0 = (a0 * b0) ^ (a1 * b3) ^ (a2 * b2) ^ (a3 * b1);
  const p1 = (a0 * b1) ^ (a1 * b0) ^ (a2 * b3) ^ (a3 * b2);
  const p2 = (a0 * b2) ^ (a1 * b1) ^ (a2 * b0) ^ (a3 * b3);
  const p3 = (a0 * b3) ^ (a1 * b2) ^ (a2 * b1) ^ (a3 * b0);
  return (p0 & EVERY_FOURTH) | (p1 & (EVERY_FOURTH << 1)) | (p2 & (EVERY_FOURTH << 2)) | (p3 & (EVERY_FOURTH << 3));
}

/** The bits in reverse order. */
// @ts-ignore: decorator
@inline
function mirror(value: u64): u64 {
  let v = ((value >> 1) & 0x5555555555555555) | ((value & 0x5555555555555555) << 1);
  v = ((v >> 2) & 0x3333333333333333) | ((v & 0x3333333333333333) << 2);
  v = ((v >> 4) & 0x0f0f0f0f0f0f0f0f) | ((v & 0x0f0f0f0f0f0f0f0f) << 4);
  return bswap<u64>(v);
}
