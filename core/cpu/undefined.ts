/** What the decoder makes of bytes that are no instruction. */

import { X86 } from "../layout/x86";
import { Op } from "../layout/x86_op";
import { raiseGp, raiseUd } from "./exceptions";

export function undefinedInstruction(c: X86, op: Op): i32 {
  return raiseUd(c);
}

/** More than 15 bytes. */
export function instructionTooLong(c: X86, op: Op): i32 {
  return raiseGp(c, 0);
}
