/**
 * Far JMP, CALL and RET (Intel SDM, "JMP", "CALL", "RET", whose pseudo code the steps follow): within a level, through
 * call gates, and to tasks. All that may fault comes before the first register changes.
 */

import { EXEC_NEXT } from "../../layout/x86_op";
import {
  EXC_GP,
  EXC_NP,
  SEG_CS,
  SEG_DB,
  SEG_L,
  SEG_PRESENT,
  SEG_S,
  SEG_SS,
  SEG_TYPE_CODE,
  Segment,
  X86,
} from "../../layout/x86";
import { segmentOf } from "../address";
import { raiseGp } from "../exceptions";
import { isCanonical } from "../memory";
import {
  descriptorAttributes,
  descriptorRead,
  descriptorReadUpper,
  descriptorTouch,
  dplOf,
  isNullSelector,
  raiseGpSelector,
  raiseSelector,
  SELECTOR_LDT,
  SELECTOR_RPL,
  scratchSegment,
  segmentCopy,
  segmentFill,
  segmentFillNull,
  TYPE_BUSY,
  TYPE_CALL16,
  TYPE_CALL32,
  TYPE_TASK_GATE,
  TYPE_TSS16,
  TYPE_TSS32,
} from "./descriptor";
import { enterCode } from "./enter";
import {
  Frame,
  frameCommit,
  frameOpen,
  frameOpen64,
  frameOpenCurrent,
  framePopSized,
  framePushSized,
  scratchFrame,
} from "./frame";
import { isLong, isReal } from "./modes";
import { innerStackFor } from "./privilege_stack";
import { isConformingCode, segmentPrepareReal, segmentsRevoke, stackCheck } from "./segments";
import { TASK_FROM_CALL, TASK_FROM_JMP, taskSwitch } from "./task";

/** farTransfer: which instruction. */
export const FAR_JMP: u32 = 0;
export const FAR_CALL: u32 = 1;

/**
 * Far JMP or CALL (`kind`) to `selector`:`offset`, with an operand size of `size` bytes; `next` is the return address.
 */
export function farTransfer(c: X86, kind: u32, selector: u32, offset: u64, size: u32, next: u64): i32 {
  if (isReal(c)) return farReal(c, kind, selector, offset, size, next);
  // IF segment selector is NULL THEN #GP(0)
  if (isNullSelector(selector)) return raiseGp(c, 0);
  const r = descriptorRead(c, selector, EXC_GP);
  if (r != EXEC_NEXT) return r;
  const raw = c.value0;
  const attributes = descriptorAttributes(raw);
  if ((attributes & SEG_S) == 0) return farSystem(c, kind, selector, raw, next);
  const cs = scratchSegment(c, 0);
  segmentFill(cs, selector, raw);
  return farDirect(c, kind, selector, raw, cs, offset, size, next);
}

function farReal(c: X86, kind: u32, selector: u32, offset: u64, size: u32, next: u64): i32 {
  const cs = scratchSegment(c, 0);
  segmentPrepareReal(segmentOf(c, SEG_CS), selector, cs);
  if (kind == FAR_CALL) {
    const f = scratchFrame(c, 0);
    frameOpenCurrent(c, f);
    const r = returnAddressPush(c, f, size, next, cs, offset);
    if (r != EXEC_NEXT) return r;
    frameCommit(c, f);
  } else {
    const r = offsetCheck(c, cs, offset);
    if (r != EXEC_NEXT) return r;
  }
  return enterCode(c, cs, c.cpl, offset);
}

/** IF offset is outside of the code segment's limit, or not canonical, THEN #GP(0). */
export function offsetCheck(c: X86, cs: Segment, offset: u64): i32 {
  const isInside = isLong(c) && (cs.attributes & SEG_L) != 0 ? isCanonical(c, offset) : offset <= <u64>cs.limit;
  return isInside ? EXEC_NEXT : raiseGp(c, 0);
}

/** Checks the target's offset and pushes CS and `next`. */
function returnAddressPush(c: X86, f: Frame, size: u32, next: u64, cs: Segment, offset: u64): i32 {
  let r = offsetCheck(c, cs, offset);
  if (r == EXEC_NEXT) r = framePushSized(c, f, size, <u64>segmentOf(c, SEG_CS).selector);
  if (r == EXEC_NEXT) r = framePushSized(c, f, size, next);
  return r;
}

/** Whether a code segment claims to be of 64 and of 32 bits: reserved in IA-32e mode. */
function isReservedLong(c: X86, attributes: u32): bool {
  return isLong(c) && (attributes & (SEG_L | SEG_DB)) == (SEG_L | SEG_DB);
}

/** CONFORMING-CODE-SEGMENT and NONCONFORMING-CODE-SEGMENT: CPL stays. */
function farDirect(c: X86, kind: u32, selector: u32, raw: u64, cs: Segment, offset: u64, size: u32, next: u64): i32 {
  const attributes = cs.attributes;
  if ((attributes & SEG_TYPE_CODE) == 0 || isReservedLong(c, attributes)) return raiseGpSelector(c, selector);
  const dpl = dplOf(attributes);
  if (isConformingCode(attributes)) {
    if (dpl > c.cpl) return raiseGpSelector(c, selector);
  } else if ((selector & SELECTOR_RPL) > c.cpl || dpl != c.cpl) return raiseGpSelector(c, selector);
  if ((attributes & SEG_PRESENT) == 0) return raiseSelector(c, EXC_NP, selector);
  let r = descriptorTouch(c, cs, raw);
  if (r != EXEC_NEXT) return r;
  if (kind == FAR_JMP) {
    r = offsetCheck(c, cs, offset);
    return r == EXEC_NEXT ? enterCode(c, cs, c.cpl, offset) : r;
  }
  const f = scratchFrame(c, 0);
  frameOpenCurrent(c, f);
  r = returnAddressPush(c, f, size, next, cs, offset);
  if (r != EXEC_NEXT) return r;
  frameCommit(c, f);
  return enterCode(c, cs, c.cpl, offset);
}

/** CALL-GATE, TASK-GATE, TASK-STATE-SEGMENT. */
function farSystem(c: X86, kind: u32, selector: u32, raw: u64, next: u64): i32 {
  const attributes = descriptorAttributes(raw);
  const type = attributes & 0xf;
  if (type == TYPE_CALL32 || (type == TYPE_CALL16 && !isLong(c))) return farGate(c, kind, selector, raw, next);
  if (isLong(c)) return raiseGpSelector(c, selector);
  const from = kind == FAR_CALL ? TASK_FROM_CALL : TASK_FROM_JMP;
  if (type == TYPE_TASK_GATE) {
    const r = gateCheck(c, selector, attributes);
    if (r != EXEC_NEXT) return r;
    const tss = <u32>(raw >> 16) & 0xffff;
    // IF TSS selector's local/global bit is local THEN #GP(TSS selector)
    return (tss & SELECTOR_LDT) != 0 ? raiseGpSelector(c, tss) : taskSwitch(c, tss, from, next, 0);
  }
  if ((type | TYPE_BUSY) == (TYPE_TSS16 | TYPE_BUSY) || (type | TYPE_BUSY) == (TYPE_TSS32 | TYPE_BUSY)) {
    // IF DPL < CPL or DPL < RPL or TSS is in the LDT THEN #GP(TSS selector); taskSwitch looks at busy and present
    const dpl = dplOf(attributes);
    if (dpl < c.cpl || dpl < (selector & SELECTOR_RPL)) return raiseGpSelector(c, selector);
    if ((selector & SELECTOR_LDT) != 0) return raiseGpSelector(c, selector);
    return taskSwitch(c, selector, from, next, 0);
  }
  return raiseGpSelector(c, selector);
}

/** IF gate DPL < CPL or RPL THEN #GP(gate selector); IF not present THEN #NP(gate selector). */
function gateCheck(c: X86, selector: u32, attributes: u32): i32 {
  const dpl = dplOf(attributes);
  if (dpl < c.cpl || dpl < (selector & SELECTOR_RPL)) return raiseGpSelector(c, selector);
  return (attributes & SEG_PRESENT) == 0 ? raiseSelector(c, EXC_NP, selector) : EXEC_NEXT;
}

function farGate(c: X86, kind: u32, selector: u32, raw: u64, next: u64): i32 {
  const attributes = descriptorAttributes(raw);
  let size: u32 = (attributes & 0xf) == TYPE_CALL16 ? 2 : 4;
  let offset = raw & 0xffff;
  if (size == 4) offset |= (raw >> 32) & 0xffff0000;
  let r = EXEC_NEXT;
  if (isLong(c)) {
    size = 8;
    r = descriptorReadUpper(c, selector, EXC_GP);
    if (r != EXEC_NEXT) return r;
    // IF type field of the upper 8 bytes is not 0 THEN #GP(gate selector)
    if (((c.value0 >> 40) & 0x1f) != 0) return raiseGpSelector(c, selector);
    offset |= c.value0 << 32;
  }
  r = gateCheck(c, selector, attributes);
  if (r != EXEC_NEXT) return r;
  const target = <u32>(raw >> 16) & 0xffff;
  const cs = scratchSegment(c, 0);
  r = gateTarget(c, kind, target, cs);
  if (r != EXEC_NEXT) return r;
  const dpl = dplOf(cs.attributes);
  const isInner = !isConformingCode(cs.attributes) && dpl < c.cpl;
  if (isInner) return callInner(c, dpl, cs, offset, size, <u32>(raw >> 32) & 0x1f, next);
  if (kind == FAR_JMP) {
    r = offsetCheck(c, cs, offset);
    return r == EXEC_NEXT ? enterCode(c, cs, c.cpl, offset) : r;
  }
  const f = scratchFrame(c, 0);
  frameOpenCurrent(c, f);
  r = returnAddressPush(c, f, size, next, cs, offset);
  if (r != EXEC_NEXT) return r;
  frameCommit(c, f);
  return enterCode(c, cs, c.cpl, offset);
}

/** The code segment that a call gate leads to. */
function gateTarget(c: X86, kind: u32, selector: u32, cs: Segment): i32 {
  if (isNullSelector(selector)) return raiseGp(c, 0);
  const r = descriptorRead(c, selector, EXC_GP);
  if (r != EXEC_NEXT) return r;
  const raw = c.value0;
  segmentFill(cs, selector, raw);
  const attributes = cs.attributes;
  const dpl = dplOf(attributes);
  const code = SEG_S | SEG_TYPE_CODE;
  if ((attributes & code) != code || dpl > c.cpl) return raiseGpSelector(c, selector);
  if (isLong(c) && (attributes & (SEG_L | SEG_DB)) != SEG_L) return raiseGpSelector(c, selector);
  // JMP does not change CPL.
  if (kind == FAR_JMP && !isConformingCode(attributes) && dpl != c.cpl) return raiseGpSelector(c, selector);
  if ((attributes & SEG_PRESENT) == 0) return raiseSelector(c, EXC_NP, selector);
  return descriptorTouch(c, cs, raw);
}

/** MORE-PRIVILEGE: another stack, and `count` parameters copied to it (none in IA-32e mode). */
function callInner(c: X86, cpl: u32, cs: Segment, offset: u64, size: u32, count: u32, next: u64): i32 {
  const f = scratchFrame(c, 0);
  const ss = scratchSegment(c, 1);
  let r = innerStackFor(c, cpl, f, ss);
  if (r == EXEC_NEXT) r = offsetCheck(c, cs, offset);
  if (r == EXEC_NEXT) r = framePushSized(c, f, size, <u64>segmentOf(c, SEG_SS).selector);
  if (r == EXEC_NEXT) r = framePushSized(c, f, size, c.rsp);
  if (r == EXEC_NEXT && size != 8) r = parametersCopy(c, f, size, count);
  if (r == EXEC_NEXT) r = returnAddressPush(c, f, size, next, cs, offset);
  if (r != EXEC_NEXT) return r;
  frameCommit(c, f);
  segmentCopy(segmentOf(c, SEG_SS), ss);
  return enterCode(c, cs, cpl, offset);
}

/** Copies `count` parameters of `size` bytes, the last one first. */
function parametersCopy(c: X86, f: Frame, size: u32, count: u32): i32 {
  const from = scratchFrame(c, 1);
  for (let i = count; i > 0; i--) {
    frameOpenCurrent(c, from);
    from.sp = (from.sp + (i - 1) * size) & from.mask;
    let r = framePopSized(c, from, size);
    if (r == EXEC_NEXT) r = framePushSized(c, f, size, c.value0);
    if (r != EXEC_NEXT) return r;
  }
  return EXEC_NEXT;
}

/** Prepares the code segment that RET or IRET returns to, at the level of its RPL. */
export function returnCodePrepare(c: X86, selector: u32, cs: Segment): i32 {
  // IF return code segment selector is NULL THEN #GP(0)
  if (isNullSelector(selector)) return raiseGp(c, 0);
  const r = descriptorRead(c, selector, EXC_GP);
  if (r != EXEC_NEXT) return r;
  const raw = c.value0;
  segmentFill(cs, selector, raw);
  const attributes = cs.attributes;
  const code = SEG_S | SEG_TYPE_CODE;
  const rpl = selector & SELECTOR_RPL;
  if ((attributes & code) != code || isReservedLong(c, attributes)) return raiseGpSelector(c, selector);
  if (rpl < c.cpl) return raiseGpSelector(c, selector);
  const dpl = dplOf(attributes);
  if (isConformingCode(attributes) ? dpl > rpl : dpl != rpl) return raiseGpSelector(c, selector);
  if ((attributes & SEG_PRESENT) == 0) return raiseSelector(c, EXC_NP, selector);
  return descriptorTouch(c, cs, raw);
}

/** Prepares the stack segment `selector` of a return to level `cpl` and code segment `cs`. */
export function returnStackPrepare(c: X86, selector: u32, cpl: u32, cs: Segment, ss: Segment): i32 {
  if (!isNullSelector(selector)) return stackCheck(c, selector, cpl, EXC_GP, ss);
  // A null one is for 64-bit code that is not the user's, with RPL = CPL.
  const is64 = isLong(c) && (cs.attributes & SEG_L) != 0;
  if (!is64 || cpl == 3 || (selector & SELECTOR_RPL) != cpl) return raiseGp(c, 0);
  segmentFillNull(ss, selector, cpl);
  return EXEC_NEXT;
}

/** Frame `f` becomes the stack `ss`:`sp` that code of `cs` returns to: frameCommit then changes as much of RSP as it uses. */
export function returnFrameOpen(c: X86, f: Frame, cs: Segment, ss: Segment, sp: u64): void {
  if (isLong(c) && (cs.attributes & SEG_L) != 0) frameOpen64(f, sp, c.cpl);
  else frameOpen(f, ss, sp, c.cpl, 0);
}

/** RET far, of `size` bytes, that releases `release` bytes of parameters. */
export function farReturn(c: X86, size: u32, release: u32): i32 {
  const f = scratchFrame(c, 0);
  frameOpenCurrent(c, f);
  let r = framePopSized(c, f, size);
  if (r != EXEC_NEXT) return r;
  const rip = c.value0;
  r = framePopSized(c, f, size);
  if (r != EXEC_NEXT) return r;
  const selector = <u32>c.value0 & 0xffff;
  const cs = scratchSegment(c, 0);
  if (isReal(c)) segmentPrepareReal(segmentOf(c, SEG_CS), selector, cs);
  else {
    r = returnCodePrepare(c, selector, cs);
    if (r != EXEC_NEXT) return r;
  }
  const cpl = isReal(c) ? c.cpl : selector & SELECTOR_RPL;
  f.sp = (f.sp + release) & f.mask;
  if (cpl != c.cpl) return returnOuter(c, f, cs, cpl, rip, size, release);
  r = offsetCheck(c, cs, rip);
  if (r != EXEC_NEXT) return r;
  frameCommit(c, f);
  return enterCode(c, cs, cpl, rip);
}

/** RETURN-TO-OUTER-PRIVILEGE-LEVEL: the parameters leave both stacks. */
function returnOuter(c: X86, f: Frame, cs: Segment, cpl: u32, rip: u64, size: u32, release: u32): i32 {
  let r = framePopSized(c, f, size);
  if (r != EXEC_NEXT) return r;
  const sp = c.value0;
  r = framePopSized(c, f, size);
  if (r != EXEC_NEXT) return r;
  const ss = scratchSegment(c, 1);
  r = returnStackPrepare(c, <u32>c.value0 & 0xffff, cpl, cs, ss);
  if (r == EXEC_NEXT) r = offsetCheck(c, cs, rip);
  if (r != EXEC_NEXT) return r;
  returnFrameOpen(c, f, cs, ss, sp + release);
  frameCommit(c, f);
  segmentCopy(segmentOf(c, SEG_SS), ss);
  segmentsRevoke(c, cpl);
  return enterCode(c, cs, cpl, rip);
}
