/** The stack that a transfer to an inner privilege level finds in the TSS (Intel SDM, "Stack Switching"). */

import { EXEC_NEXT } from "../../layout/x86_op";
import { EXC_SS, EXC_TS, SEG_TR, Segment, X86 } from "../../layout/x86";
import { segmentOf } from "../address";
import { raiseError, raiseTs } from "../exceptions";
import { isCanonical, sysRead } from "../memory";
import { errorExt, isNullSelector, raiseSelector, SELECTOR_ERROR, TYPE_32, segmentFillNull } from "./descriptor";
import { Frame, frameOpen, frameOpen64 } from "./frame";
import { isLong } from "./modes";
import { stackCheck } from "./segments";

/** Where the 64-bit TSS has RSP0 and, IST1 being number 1, IST0. */
const TSS64_RSP0: u32 = 4;
const TSS64_IST0: u32 = 28;
const TSS32_ESP0: u32 = 4;
const TSS16_SP0: u32 = 2;

/** Reads a stack pointer of the 64-bit TSS into X86.value0. */
function stackPointerRead64(c: X86, offset: u32): i32 {
  const tr = segmentOf(c, SEG_TR);
  // IF (TSSstackAddress + 7) > current TSS limit THEN #TS(current TSS selector)
  if (offset + 7 > tr.limit) return raiseSelector(c, EXC_TS, tr.selector);
  const r = sysRead<u64>(c, tr.base + offset);
  if (r != EXEC_NEXT) return r;
  // IF stack pointer is not canonical THEN #SS(EXT)
  return isCanonical(c, c.value0) ? EXEC_NEXT : raiseError(c, EXC_SS, errorExt(c));
}

/**
 * IA-32e mode: prepares frame `f` and stack segment `ss` for level `cpl`: the stack `ist` of the TSS (1 to 7), or that
 * of the level if `ist` is 0.
 */
export function innerStack64(c: X86, cpl: u32, ist: u32, f: Frame, ss: Segment): i32 {
  const r = stackPointerRead64(c, ist != 0 ? TSS64_IST0 + (ist << 3) : TSS64_RSP0 + (cpl << 3));
  if (r != EXEC_NEXT) return r;
  frameOpen64(f, c.value0, cpl);
  segmentFillNull(ss, cpl, cpl);
  return EXEC_NEXT;
}

/** Legacy protected mode: prepares frame `f` and stack segment `ss` for level `cpl` from the TSS. */
export function innerStack(c: X86, cpl: u32, f: Frame, ss: Segment): i32 {
  const tr = segmentOf(c, SEG_TR);
  const is32 = (tr.attributes & TYPE_32) != 0;
  const offset: u32 = is32 ? TSS32_ESP0 + (cpl << 3) : TSS16_SP0 + (cpl << 2);
  // IF (TSSstackAddress + 5 or 3) > current TSS limit THEN #TS(current TSS selector)
  if (offset + (is32 ? 5 : 3) > tr.limit) return raiseSelector(c, EXC_TS, tr.selector);
  let r = is32 ? sysRead<u32>(c, tr.base + offset) : sysRead<u16>(c, tr.base + offset);
  if (r != EXEC_NEXT) return r;
  const sp = c.value0;
  r = sysRead<u16>(c, tr.base + offset + (is32 ? 4 : 2));
  if (r != EXEC_NEXT) return r;
  const selector = <u32>c.value0;
  if (isNullSelector(selector)) return raiseTs(c, errorExt(c));
  r = stackCheck(c, selector, cpl, EXC_TS, ss);
  if (r != EXEC_NEXT) return r;
  frameOpen(f, ss, sp, cpl, selector & SELECTOR_ERROR);
  return EXEC_NEXT;
}

/** innerStack64 or innerStack, by mode. */
export function innerStackFor(c: X86, cpl: u32, f: Frame, ss: Segment): i32 {
  return isLong(c) ? innerStack64(c, cpl, 0, f, ss) : innerStack(c, cpl, f, ss);
}
