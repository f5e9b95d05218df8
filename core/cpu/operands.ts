/** Register operands of an Op: byte offsets into X86. */

import { X86 } from "../layout/x86";
import { Op } from "../layout/x86_op";

/** The register operand at `offset`, as a T. */
// @ts-ignore: decorator
@inline
export function regRead<T>(c: X86, offset: u32): T {
  return load<T>(changetype<usize>(c) + offset);
}

/** Writes the register operand at `offset`. 32-bit writes clear the upper half of the register, 8- and 16-bit ones keep the rest. */
// @ts-ignore: decorator
@inline
export function regWrite<T>(c: X86, offset: u32, value: T): void {
  if (sizeof<T>() == 4) store<u64>(changetype<usize>(c) + offset, <u64>(<u32>value));
  else store<T>(changetype<usize>(c) + offset, value);
}

/** The op behind `op`. */
// @ts-ignore: decorator
@inline
export function opAfter(op: Op): Op {
  return changetype<Op>(changetype<usize>(op) + offsetof<Op>());
}
