/**
 * Delivery of one interrupt or exception through the interrupt descriptor table, in every mode (Intel SDM, "INT
 * n/INTO/INT3/INT1", whose pseudo code the steps follow).
 *
 * Guarantee: EXEC_REFETCH, and the handler's first instruction is next; or nothing but memory below the new stack
 * pointer has changed, and the status says why. X86.rip is what is pushed. Which event, and what follows if its
 * delivery faults, is core/cpu/events.ts's.
 */

import { EXEC_FAULT, EXEC_NEXT, EXEC_REFETCH } from "../../layout/x86_op";
import {
  EXC_GP,
  EXC_NP,
  FLAG_AC,
  FLAG_IF,
  FLAG_NT,
  FLAG_RF,
  FLAG_TF,
  FLAG_VM,
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
import { DELIVER_HAS_ERROR, EXC_KIND_FAULT, EXC_KIND_SOFT, EXC_KIND_SOFT_EXCEPTION } from "../../layout/x86_system";
import { segmentOf } from "../address";
import { raiseError, raiseGp } from "../exceptions";
import { flagsRead, flagsWrite } from "../flags";
import { isCanonical, sysRead } from "../memory";
import {
  descriptorAttributes,
  descriptorRead,
  descriptorTouch,
  dplOf,
  errorExt,
  isNullSelector,
  raiseGpSelector,
  raiseSelector,
  SELECTOR_LDT,
  scratchSegment,
  segmentCopy,
  segmentFill,
  TYPE_32,
  TYPE_INT16,
  TYPE_INT32,
  TYPE_TASK_GATE,
  TYPE_TRAP16,
  TYPE_TRAP32,
} from "./descriptor";
import { Frame, frameCommit, frameOpenCurrent, frameOpen64, framePush, framePushSized, scratchFrame } from "./frame";
import { isLong, isReal } from "./modes";
import { enterCode } from "./enter";
import { innerStack, innerStack64 } from "./privilege_stack";
import { isConformingCode, segmentPrepareReal } from "./segments";
import { TASK_FROM_INTERRUPT, taskSwitch } from "./task";

/** A gate of the IDT, decoded: in X86.value*. */
const GATE_INTERRUPT_CLEAR: u32 = 1;

/**
 * Delivers `vector`. `kind`: EXC_KIND_*, with DELIVER_HAS_ERROR if `error` is to be pushed.
 * @ret EXEC_REFETCH, or why not
 */
export function deliver(c: X86, vector: u32, kind: u32, error: u32): i32 {
  if (isReal(c)) return deliverReal(c, vector);
  return isLong(c) ? deliverLong(c, vector, kind, error) : deliverProtected(c, vector, kind, error);
}

/** RFLAGS as pushed: RF is set for faults, so that an instruction breakpoint at the restart does not hit twice. */
function flagsImage(c: X86, kind: u32): u64 {
  const flags = flagsRead(c);
  return (kind & 0xff) == EXC_KIND_FAULT ? flags | FLAG_RF : flags;
}

/** Error code that names gate `vector` of the IDT. */
function gateError(c: X86, vector: u32): u32 {
  return (vector << 3) | 2 | errorExt(c);
}

// @ts-ignore: decorator
@inline
function isSoftware(kind: u32): bool {
  const k = kind & 0xff;
  return k == EXC_KIND_SOFT || k == EXC_KIND_SOFT_EXCEPTION;
}

/** REAL-ADDRESS-MODE. */
function deliverReal(c: X86, vector: u32): i32 {
  // IF ((vector_number << 2) + 3) is not within IDT limit THEN #GP
  if ((vector << 2) + 3 > c.idtLimit) return raiseGp(c, 0);
  let r = sysRead<u32>(c, c.idtBase + (vector << 2));
  if (r != EXEC_NEXT) return r;
  const entry = <u32>c.value0;
  const f = scratchFrame(c, 0);
  frameOpenCurrent(c, f);
  r = framePush<u16>(c, f, <u16>flagsRead(c));
  if (r == EXEC_NEXT) r = framePush<u16>(c, f, segmentOf(c, SEG_CS).selector);
  if (r == EXEC_NEXT) r = framePush<u16>(c, f, <u16>c.rip);
  if (r != EXEC_NEXT) return r;
  const cs = scratchSegment(c, 0);
  segmentPrepareReal(segmentOf(c, SEG_CS), entry >> 16, cs);
  frameCommit(c, f);
  flagsWrite(c, 0, FLAG_IF | FLAG_TF | FLAG_AC | FLAG_RF);
  return enterCode(c, cs, 0, entry & 0xffff);
}

/** Checks what all gates share: privilege of software interrupts, presence. */
function gateCheck(c: X86, vector: u32, kind: u32, attributes: u32): i32 {
  // IF software interrupt and gate DPL < CPL THEN #GP((vector_number << 3) + 2)
  if (isSoftware(kind) && dplOf(attributes) < c.cpl) return raiseError(c, EXC_GP, gateError(c, vector));
  // IF gate not present THEN #NP((vector_number << 3) + 2 + EXT)
  if ((attributes & SEG_PRESENT) == 0) return raiseError(c, EXC_NP, gateError(c, vector));
  return EXEC_NEXT;
}

/** Prepares the gate's code segment in scratch segment 0. Its privilege level is left to the caller. */
function targetPrepare(c: X86, selector: u32, cs: Segment): i32 {
  // IF new code segment selector is NULL THEN #GP(EXT)
  if (isNullSelector(selector)) return raiseGp(c, errorExt(c));
  const r = descriptorRead(c, selector, EXC_GP);
  if (r != EXEC_NEXT) return r;
  const raw = c.value0;
  segmentFill(cs, selector, raw);
  const attributes = cs.attributes;
  // IF descriptor is not a code segment or its DPL > CPL THEN #GP(selector + EXT)
  if ((attributes & (SEG_S | SEG_TYPE_CODE)) != (SEG_S | SEG_TYPE_CODE)) return raiseGpSelector(c, selector);
  if (dplOf(attributes) > c.cpl) return raiseGpSelector(c, selector);
  // IF EFER.LMA = 1 and the segment is not for 64-bit code THEN #GP(selector + EXT)
  if (isLong(c) && (attributes & (SEG_L | SEG_DB)) != SEG_L) return raiseGpSelector(c, selector);
  if ((attributes & SEG_PRESENT) == 0) return raiseSelector(c, EXC_NP, selector);
  return descriptorTouch(c, cs, raw);
}

/** IA-32e mode. */
function deliverLong(c: X86, vector: u32, kind: u32, error: u32): i32 {
  // IF gate's bytes are not within IDT limit THEN #GP((vector_number << 3) + 2 + EXT)
  const offset = vector << 4;
  if (offset + 15 > c.idtLimit) return raiseError(c, EXC_GP, gateError(c, vector));
  let r = sysRead<u64>(c, c.idtBase + offset);
  if (r != EXEC_NEXT) return r;
  const low = c.value0;
  r = sysRead<u64>(c, c.idtBase + offset + 8);
  if (r != EXEC_NEXT) return r;
  const target = (c.value0 << 32) | ((low >> 32) & 0xffff0000) | (low & 0xffff);
  const attributes = descriptorAttributes(low);
  const type = attributes & 0x1f;
  if (type != TYPE_INT32 && type != TYPE_TRAP32) return raiseError(c, EXC_GP, gateError(c, vector));
  r = gateCheck(c, vector, kind, attributes);
  if (r != EXEC_NEXT) return r;
  const cs = scratchSegment(c, 0);
  r = targetPrepare(c, <u32>(low >> 16) & 0xffff, cs);
  if (r != EXEC_NEXT) return r;
  const cpl = isConformingCode(cs.attributes) ? c.cpl : dplOf(cs.attributes);
  const f = scratchFrame(c, 0);
  const ss = scratchSegment(c, 1);
  r = stackPrepare64(c, cpl, <u32>(low >> 32) & 7, f, ss);
  if (r != EXEC_NEXT) return r;
  if (!isCanonical(c, target)) return raiseGp(c, errorExt(c));
  r = framePush64(c, f, kind, error);
  if (r != EXEC_NEXT) return r;
  return commit(c, f, cs, ss, cpl, target, type == TYPE_INT32 ? GATE_INTERRUPT_CLEAR : 0);
}

/** The stack of the handler: RSP aligned to 16 bytes. */
function stackPrepare64(c: X86, cpl: u32, ist: u32, f: Frame, ss: Segment): i32 {
  if (cpl == c.cpl && ist == 0) {
    segmentCopy(ss, segmentOf(c, SEG_SS));
    frameOpen64(f, c.rsp, cpl);
  } else {
    const r = innerStack64(c, cpl, ist, f, ss);
    if (r != EXEC_NEXT) return r;
    // An IST stack without a change of level leaves SS as it is.
    if (cpl == c.cpl) segmentCopy(ss, segmentOf(c, SEG_SS));
  }
  f.sp &= ~0xf;
  return EXEC_NEXT;
}

function framePush64(c: X86, f: Frame, kind: u32, error: u32): i32 {
  let r = framePush<u64>(c, f, <u64>segmentOf(c, SEG_SS).selector);
  if (r == EXEC_NEXT) r = framePush<u64>(c, f, c.rsp);
  if (r == EXEC_NEXT) r = framePush<u64>(c, f, flagsImage(c, kind));
  if (r == EXEC_NEXT) r = framePush<u64>(c, f, <u64>segmentOf(c, SEG_CS).selector);
  if (r == EXEC_NEXT) r = framePush<u64>(c, f, c.rip);
  if (r == EXEC_NEXT && (kind & DELIVER_HAS_ERROR) != 0) r = framePush<u64>(c, f, <u64>error);
  return r;
}

/** PROTECTED-MODE, without virtual-8086 mode. */
function deliverProtected(c: X86, vector: u32, kind: u32, error: u32): i32 {
  if ((vector << 3) + 7 > c.idtLimit) return raiseError(c, EXC_GP, gateError(c, vector));
  let r = sysRead<u64>(c, c.idtBase + (vector << 3));
  if (r != EXEC_NEXT) return r;
  const gate = c.value0;
  const attributes = descriptorAttributes(gate);
  const type = attributes & 0x1f;
  if (!isGate(type)) return raiseError(c, EXC_GP, gateError(c, vector));
  r = gateCheck(c, vector, kind, attributes);
  if (r != EXEC_NEXT) return r;
  if (type == TYPE_TASK_GATE) return deliverTask(c, gate, kind, error);
  const cs = scratchSegment(c, 0);
  r = targetPrepare(c, <u32>(gate >> 16) & 0xffff, cs);
  if (r != EXEC_NEXT) return r;
  const cpl = isConformingCode(cs.attributes) ? c.cpl : dplOf(cs.attributes);
  const f = scratchFrame(c, 0);
  const ss = scratchSegment(c, 1);
  if (cpl < c.cpl) {
    r = innerStack(c, cpl, f, ss);
    if (r != EXEC_NEXT) return r;
  } else {
    segmentCopy(ss, segmentOf(c, SEG_SS));
    frameOpenCurrent(c, f);
  }
  const size: u32 = (type & TYPE_32) != 0 ? 4 : 2;
  const target = (gate & 0xffff) | (size == 4 ? (gate >> 32) & 0xffff0000 : 0);
  // IF instruction pointer from gate is not within the code segment's limit THEN #GP(EXT)
  if (target > <u64>cs.limit) return raiseGp(c, errorExt(c));
  r = framePushLegacy(c, f, size, cpl, kind, error);
  if (r != EXEC_NEXT) return r;
  return commit(c, f, cs, ss, cpl, target, (type & 1) == 0 ? GATE_INTERRUPT_CLEAR : 0);
}

function isGate(type: u32): bool {
  return (
    type == TYPE_TASK_GATE || type == TYPE_INT16 || type == TYPE_TRAP16 || type == TYPE_INT32 || type == TYPE_TRAP32
  );
}

function framePushLegacy(c: X86, f: Frame, size: u32, cpl: u32, kind: u32, error: u32): i32 {
  let r = EXEC_NEXT;
  if (cpl < c.cpl) {
    r = framePushSized(c, f, size, <u64>segmentOf(c, SEG_SS).selector);
    if (r == EXEC_NEXT) r = framePushSized(c, f, size, c.rsp);
  }
  if (r == EXEC_NEXT) r = framePushSized(c, f, size, flagsImage(c, kind));
  if (r == EXEC_NEXT) r = framePushSized(c, f, size, <u64>segmentOf(c, SEG_CS).selector);
  if (r == EXEC_NEXT) r = framePushSized(c, f, size, c.rip);
  if (r == EXEC_NEXT && (kind & DELIVER_HAS_ERROR) != 0) r = framePushSized(c, f, size, <u64>error);
  return r;
}

/** TASK-GATE: the handler is a task; the error code goes on its stack. */
function deliverTask(c: X86, gate: u64, kind: u32, error: u32): i32 {
  const selector = <u32>(gate >> 16) & 0xffff;
  // IF local/global bit is set to local, or index not within GDT limits THEN #GP(TSS selector + EXT)
  if ((selector & SELECTOR_LDT) != 0) return raiseGpSelector(c, selector);
  return taskSwitch(c, selector, TASK_FROM_INTERRUPT | kind, c.rip, error);
}

/** All checks are done, the frame is written. */
function commit(c: X86, f: Frame, cs: Segment, ss: Segment, cpl: u32, target: u64, clears: u32): i32 {
  frameCommit(c, f);
  segmentCopy(segmentOf(c, SEG_SS), ss);
  flagsWrite(c, 0, FLAG_TF | FLAG_NT | FLAG_RF | FLAG_VM | (clears != 0 ? FLAG_IF : 0));
  return enterCode(c, cs, cpl, target);
}

/** INT n, INT3 and INTO: delivery is part of the instruction, which faults if it does; `next` is pushed. */
export function deliverSoftware(c: X86, vector: u32, kind: u32, next: u64): i32 {
  const rip = c.rip;
  c.rip = next;
  const r = deliver(c, vector, kind, 0);
  if (r != EXEC_REFETCH) c.rip = rip;
  return r;
}
