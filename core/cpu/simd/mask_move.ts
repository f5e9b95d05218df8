/**
 * MASKMOVQ and MASKMOVDQU: bytes of a register to where rDI points in the data segment (or that of a prefix), each where
 * the sign of the mask's byte is set. Others are not written, so that no other processor sees them change.
 *
 * All of the operand must be writable, whatever the mask: the manuals leave faults of masked bytes open.
 */

import { mmxEnter, mmxIsOff, mmxRefuse, registerAt, xmmIsOff, xmmRefuse } from "./access";
import { cutToAddressSize, opSegment, segmentAddress } from "../address";
import { memTranslate, memWrite } from "../memory";
import { HW_WRITE } from "../../layout/hw";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";

/** MASKMOVQ. */
export function maskmovq(c: X86, op: Op): i32 {
  if (mmxIsOff(c)) return mmxRefuse(c);
  const mask = i8x16.bitmask(v128.load_zero<u64>(registerAt(c, op.rm)));
  const status = writeChosen(c, op, mask, 8);
  if (status == EXEC_NEXT) mmxEnter(c);
  return status;
}

/** MASKMOVDQU. */
export function maskmovdqu(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  return writeChosen(c, op, i8x16.bitmask(v128.load(registerAt(c, op.rm))), 16);
}

/** Writes those of the `size` bytes of reg whose bit is set in `mask`. */
function writeChosen(c: X86, op: Op, mask: u32, size: u32): i32 {
  const offset = cutToAddressSize(op, c.rdi);
  const linear = segmentAddress(c, opSegment(op), offset, size, HW_WRITE);
  let status = memTranslate(c, op, linear, size, HW_WRITE);
  for (let i: u32 = 0; i < size && status == EXEC_NEXT; i++) {
    if (((mask >> i) & 1) != 0) status = memWrite<u8>(c, op, linear + i, load<u8>(registerAt(c, op.reg) + i));
  }
  return status;
}
