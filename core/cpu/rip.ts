/** Where instructions are: X86.rip is not kept up to date while a block runs, it is computed from the op. */

import { CODE_64, SEG_CS, SEGMENT_BYTES, X86, X86_SEGMENTS } from "../layout/x86";
import { Op } from "../layout/x86_op";

/** Base address of CS; 0 in 64-bit mode. */
// @ts-ignore: decorator
@inline
export function codeBase(c: X86): u64 {
  return load<u64>(changetype<usize>(c) + X86_SEGMENTS + SEG_CS * SEGMENT_BYTES);
}

/** Linear address of X86.rip. */
// @ts-ignore: decorator
@inline
export function codeLinear(c: X86): u64 {
  return c.codeMode == CODE_64 ? c.rip : <u64>(<u32>(c.rip + codeBase(c)));
}

/** RIP of the linear address `linear`. */
// @ts-ignore: decorator
@inline
export function ripOfLinear(c: X86, linear: u64): u64 {
  return c.codeMode == CODE_64 ? linear : <u64>(<u32>(linear - codeBase(c)));
}

/** RIP of the instruction. */
// @ts-ignore: decorator
@inline
export function opRip(c: X86, op: Op): u64 {
  return ripOfLinear(c, c.pageLinear + op.offset);
}

/** RIP of the next instruction. */
// @ts-ignore: decorator
@inline
export function opNextRip(c: X86, op: Op): u64 {
  return ripOfLinear(c, c.pageLinear + op.offset + op.length);
}
