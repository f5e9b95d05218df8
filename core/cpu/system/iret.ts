/** IRET in its forms: real mode, to the same and to an outer level, 64-bit, and the return from a nested task. */

import { EXEC_NEXT } from "../../layout/x86_op";
import { CODE_64, FLAG_NT, FLAG_VM, SEG_CS, SEG_SS, X86 } from "../../layout/x86";
import { segmentOf } from "../address";
import { raiseGp } from "../exceptions";
import { flagsWrite } from "../flags";
import { scratchSegment, segmentCopy, SELECTOR_RPL } from "./descriptor";
import { enterCode } from "./enter";
import { offsetCheck, returnCodePrepare, returnFrameOpen, returnStackPrepare } from "./far";
import { flagsIretMask, steppingFollowTf } from "./flags_system";
import { Frame, frameCommit, frameOpenCurrent, framePopSized, scratchFrame } from "./frame";
import { isLong, isReal } from "./modes";
import { segmentPrepareReal, segmentsRevoke } from "./segments";
import { taskReturn } from "./task";

/** IRET with an operand size of `size` bytes; `next`: the instruction behind it. */
export function interruptReturn(c: X86, size: u32, next: u64): i32 {
  if (!isReal(c) && (c.flags & FLAG_NT) != 0) {
    // IF EFLAGS.NT = 1 THEN in IA-32e mode #GP(0), else TASK-RETURN
    return isLong(c) ? raiseGp(c, 0) : taskReturn(c, next);
  }
  const f = scratchFrame(c, 0);
  frameOpenCurrent(c, f);
  let r = framePopSized(c, f, size);
  if (r != EXEC_NEXT) return r;
  const rip = c.value0;
  r = framePopSized(c, f, size);
  if (r != EXEC_NEXT) return r;
  const selector = <u32>c.value0 & 0xffff;
  r = framePopSized(c, f, size);
  if (r != EXEC_NEXT) return r;
  const flags = c.value0;
  return isReal(c) ? returnReal(c, f, size, rip, selector, flags) : returnProtected(c, f, size, rip, selector, flags);
}

function returnReal(c: X86, f: Frame, size: u32, rip: u64, selector: u32, flags: u64): i32 {
  const cs = scratchSegment(c, 0);
  segmentPrepareReal(segmentOf(c, SEG_CS), selector, cs);
  const r = offsetCheck(c, cs, rip);
  if (r != EXEC_NEXT) return r;
  frameCommit(c, f);
  flagsCommit(c, flags, flagsIretMask(c, size, 0));
  return enterCode(c, cs, c.cpl, rip);
}

function returnProtected(c: X86, f: Frame, size: u32, rip: u64, selector: u32, flags: u64): i32 {
  // RETURN-TO-VIRTUAL-8086-MODE does not exist here.
  if ((flags & FLAG_VM) != 0 && c.cpl == 0 && size == 4 && !isLong(c)) return raiseGp(c, 0);
  const cs = scratchSegment(c, 0);
  let r = returnCodePrepare(c, selector, cs);
  if (r != EXEC_NEXT) return r;
  const cpl = selector & SELECTOR_RPL;
  const popsStack = cpl != c.cpl || c.codeMode == CODE_64;
  const ss = scratchSegment(c, 1);
  if (popsStack) {
    r = framePopSized(c, f, size);
    if (r != EXEC_NEXT) return r;
    const sp = c.value0;
    r = framePopSized(c, f, size);
    if (r != EXEC_NEXT) return r;
    r = returnStackPrepare(c, <u32>c.value0 & 0xffff, cpl, cs, ss);
    if (r != EXEC_NEXT) return r;
    returnFrameOpen(c, f, cs, ss, sp);
  }
  r = offsetCheck(c, cs, rip);
  if (r != EXEC_NEXT) return r;
  frameCommit(c, f);
  if (popsStack) segmentCopy(segmentOf(c, SEG_SS), ss);
  flagsCommit(c, flags, flagsIretMask(c, size, c.cpl));
  if (cpl != c.cpl) segmentsRevoke(c, cpl);
  return enterCode(c, cs, cpl, rip);
}

/** NMIs may come again, even if they could before. */
function flagsCommit(c: X86, flags: u64, mask: u64): void {
  c.nmiMasked = 0;
  flagsWrite(c, flags, mask);
  steppingFollowTf(c);
}
