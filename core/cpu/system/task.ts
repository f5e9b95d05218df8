/**
 * Hardware task switches (Intel SDM, "Task Switching"): by JMP, CALL, IRET, interrupts and exceptions, with 16- and 32-bit
 * task-state segments.
 *
 * Up to the commit nothing changes but the old task's TSS, which is written with what the registers hold, and may be
 * again. After it the new task exists: loading its segments may fault, which is that task's fault and happens at its
 * first instruction. X86.taskPending says which segments are still to be loaded, so that an exit of the second
 * dimension can come between; core/cpu/events.ts goes on with taskFinish.
 */

import { EXEC_FAULT, EXEC_NEXT, EXEC_REFETCH } from "../../layout/x86_op";
import {
  CR0_PG,
  CR0_TS,
  EXC_GP,
  EXC_NP,
  EXC_TS,
  FLAG_NT,
  FLAG_RF,
  FLAG_VM,
  SEG_CS,
  SEG_DS,
  SEG_ES,
  SEG_FS,
  SEG_GS,
  SEG_LDTR,
  SEG_PRESENT,
  SEG_S,
  SEG_SS,
  SEG_TR,
  SEG_TYPE_CODE,
  SEG_UNUSABLE,
  X86,
  X86_SCRATCH,
} from "../../layout/x86";
import { DELIVER_HAS_ERROR, DR6_BT, DR7_LE, DR7_LOCAL, EXC_KIND_FAULT } from "../../layout/x86_system";
import { segmentOf } from "../address";
import { raiseGp } from "../exceptions";
import { flagsRead, flagsWrite } from "../flags";
import { sysRead, sysWrite } from "../memory";
import { cr3Load, privilegeChanged } from "../privilege";
import {
  descriptorAttributes,
  descriptorBase,
  descriptorLimit,
  descriptorRead,
  descriptorTouch,
  dplOf,
  isNullSelector,
  raiseSelector,
  SELECTOR_LDT,
  SELECTOR_RPL,
  scratchSegment,
  segmentCopy,
  segmentFill,
  TYPE_32,
  TYPE_BUSY,
  TYPE_LDT,
  TYPE_TSS16,
  TYPE_TSS32,
  tssBusyWrite,
} from "./descriptor";
import { debugFollowDr7 } from "./debug";
import { steppingFollowTf } from "./flags_system";
import { frameCommit, frameOpenCurrent, framePushSized, scratchFrame } from "./frame";
import { codeModeSet } from "./modes";
import { dataCheck, isConformingCode, stackCheck } from "./segments";

/** taskSwitch's `from`; an interrupt's has EXC_KIND_* and DELIVER_HAS_ERROR below. */
export const TASK_FROM_JMP: u32 = 0x10000;
export const TASK_FROM_CALL: u32 = 0x20000;
export const TASK_FROM_INTERRUPT: u32 = 0x30000;
export const TASK_FROM_IRET: u32 = 0x40000;
const TASK_FROM: u32 = 0xf0000;

/** X86.taskPending: a bit for each segment register (1 << SEG_*), then: */
const PENDING_SEGMENTS: u32 = 0x7f;
const PENDING_ERROR: u32 = 1 << 8;
const PENDING_TRAP: u32 = 1 << 9;
/** The TSS is a 32-bit one. */
const PENDING_32: u32 = 1 << 10;

/** Layout of a TSS. */
const TSS32_CR3: u32 = 28;
const TSS32_EIP: u32 = 32;
const TSS32_TRAP: u32 = 100;
const TSS32_LIMIT: u32 = 0x67;
const TSS16_IP: u32 = 14;
const TSS16_LIMIT: u32 = 0x2b;
/** From EIP on: EIP, EFLAGS, eight registers, then the segment selectors ES, CS, SS, DS (FS, GS), LDTR. */
const TSS_REGISTERS: u32 = 10;

/** The new TSS, as read: in the scratch, between port data and frames. */
const SCRATCH_TSS_OFFSET: u32 = X86_SCRATCH + 512;

// @ts-ignore: decorator
@inline
function tssCopy(c: X86): usize {
  return changetype<usize>(c) + SCRATCH_TSS_OFFSET;
}

/** IRET with NT: back to the task whose selector is in the TSS. `next`: what the task resumes at, if it runs again. */
export function taskReturn(c: X86, next: u64): i32 {
  const r = sysRead<u16>(c, segmentOf(c, SEG_TR).base);
  if (r != EXEC_NEXT) return r;
  const selector = <u32>c.value0;
  // IF the previous task link's local/global bit is local THEN #TS(TSS selector)
  if ((selector & SELECTOR_LDT) != 0) return raiseSelector(c, EXC_TS, selector);
  return taskSwitch(c, selector, TASK_FROM_IRET, next, 0);
}

/**
 * Switches to the task of `selector`, which is in the GDT. `next` is what the old task resumes at; `error` is pushed on
 * the new task's stack if an interrupt says so.
 */
export function taskSwitch(c: X86, selector: u32, from: u32, next: u64, error: u32): i32 {
  const origin = from & TASK_FROM;
  const vector = origin == TASK_FROM_IRET ? EXC_TS : EXC_GP;
  let r = descriptorRead(c, selector, vector);
  if (r != EXEC_NEXT) return r;
  const raw = c.value0;
  r = tssCheck(c, selector, raw, origin, vector);
  if (r == EXEC_NEXT) r = tssRead(c, raw);
  if (r == EXEC_NEXT) r = oldTaskSave(c, from, next);
  if (r == EXEC_NEXT) r = linksWrite(c, selector, raw, origin);
  if (r != EXEC_NEXT) return r;
  taskCommit(c, selector, raw, from);
  c.deliverError = error;
  // The switch is done, whatever comes of the segments.
  taskFinish(c);
  return EXEC_REFETCH;
}

function tssCheck(c: X86, selector: u32, raw: u64, origin: u32, vector: u32): i32 {
  const attributes = descriptorAttributes(raw);
  const type = attributes & 0x1f;
  const available = type & ~TYPE_BUSY;
  if (available != TYPE_TSS16 && available != TYPE_TSS32) return raiseSelector(c, vector, selector);
  const isBusy = (type & TYPE_BUSY) != 0;
  if (isBusy != (origin == TASK_FROM_IRET)) return raiseSelector(c, vector, selector);
  if ((attributes & SEG_PRESENT) == 0) return raiseSelector(c, EXC_NP, selector);
  const least = available == TYPE_TSS32 ? TSS32_LIMIT : TSS16_LIMIT;
  return descriptorLimit(raw) < least ? raiseSelector(c, EXC_TS, selector) : EXEC_NEXT;
}

/** Reads the new TSS, all that a switch loads of it, into the scratch. */
function tssRead(c: X86, raw: u64): i32 {
  const base = descriptorBase(raw);
  const bytes: u32 = (descriptorAttributes(raw) & TYPE_32) != 0 ? TSS32_LIMIT + 1 : TSS16_LIMIT;
  for (let at: u32 = 0; at < bytes; at += 2) {
    const r = sysRead<u16>(c, base + at);
    if (r != EXEC_NEXT) return r;
    store<u16>(tssCopy(c) + at, <u16>c.value0);
  }
  return EXEC_NEXT;
}

/** Saves the registers in the present TSS. */
function oldTaskSave(c: X86, from: u32, next: u64): i32 {
  const tr = segmentOf(c, SEG_TR);
  const is32 = (tr.attributes & TYPE_32) != 0;
  let flags = flagsRead(c);
  const origin = from & TASK_FROM;
  if (origin == TASK_FROM_IRET) flags &= ~FLAG_NT;
  if (origin == TASK_FROM_INTERRUPT && (from & 0xff) == EXC_KIND_FAULT) flags |= FLAG_RF;
  const start = is32 ? TSS32_EIP : TSS16_IP;
  let r = tssFieldWrite(c, start, 0, is32, next);
  if (r == EXEC_NEXT) r = tssFieldWrite(c, start, 1, is32, flags);
  for (let i: u32 = 0; i < 8 && r == EXEC_NEXT; i++) {
    r = tssFieldWrite(c, start, i + 2, is32, load<u64>(changetype<usize>(c) + (i << 3)));
  }
  const last = is32 ? SEG_GS : SEG_DS;
  for (let seg: u32 = 0; seg <= last && r == EXEC_NEXT; seg++) {
    const field = start + ((TSS_REGISTERS + seg) << (is32 ? 2 : 1));
    r = sysWrite<u16>(c, tr.base + field, segmentOf(c, seg).selector);
  }
  return r;
}

/** Writes the `n`th double word (word in a 16-bit TSS) from `start` on. */
function tssFieldWrite(c: X86, start: u32, n: u32, is32: bool, value: u64): i32 {
  const base = segmentOf(c, SEG_TR).base;
  if (is32) return sysWrite<u32>(c, base + start + (n << 2), <u32>value);
  return sysWrite<u16>(c, base + start + (n << 1), <u16>value);
}

/** Busy bits, the link back, and CR3: the last that may fail; the new task's busy bit is taken back if it does. */
function linksWrite(c: X86, selector: u32, raw: u64, origin: u32): i32 {
  const tr = segmentOf(c, SEG_TR);
  const isNested = origin == TASK_FROM_CALL || origin == TASK_FROM_INTERRUPT;
  let r = EXEC_NEXT;
  if (isNested) r = sysWrite<u16>(c, descriptorBase(raw), tr.selector);
  else {
    r = descriptorRead(c, tr.selector, EXC_TS);
    if (r == EXEC_NEXT) r = tssBusyWrite(c, tr.selector, c.value0, 0);
  }
  if (r == EXEC_NEXT && origin != TASK_FROM_IRET) r = tssBusyWrite(c, selector, raw, 1);
  if (r != EXEC_NEXT) return r;
  const is32 = (descriptorAttributes(raw) & TYPE_32) != 0;
  if (!is32 || (c.cr0 & CR0_PG) == 0) return EXEC_NEXT;
  r = cr3Load(c, <u64>load<u32>(tssCopy(c) + TSS32_CR3));
  if (r != EXEC_NEXT && origin != TASK_FROM_IRET) tssBusyWrite(c, selector, raw, 0);
  return r;
}

/** The new task's registers become the processor's; its segments have their selectors, and nothing else yet. */
function taskCommit(c: X86, selector: u32, raw: u64, from: u32): void {
  const origin = from & TASK_FROM;
  const is32 = (descriptorAttributes(raw) & TYPE_32) != 0;
  const start = tssCopy(c) + (is32 ? TSS32_EIP : TSS16_IP);
  c.rip = field(start, 0, is32);
  let flags = field(start, 1, is32) & ~FLAG_VM;
  if (origin == TASK_FROM_CALL || origin == TASK_FROM_INTERRUPT) flags |= FLAG_NT;
  // IRET's flags and POPF's are masked by privilege: a task's are not.
  flagsWrite(c, flags, is32 ? 0x3f7fd5 : 0x7fd5);
  for (let i: u32 = 0; i < 8; i++) {
    const value = field(start, i + 2, is32);
    const register = changetype<usize>(c) + (i << 3);
    if (is32) store<u64>(register, value);
    else store<u16>(register, <u16>value);
  }
  for (let seg: u32 = 0; seg <= SEG_GS; seg++) {
    const isThere = is32 || seg <= SEG_DS;
    segmentForget(c, seg, isThere ? <u32>field(start, TSS_REGISTERS + seg, is32) & 0xffff : 0);
  }
  const ldt = start + (is32 ? (TSS_REGISTERS + 6) << 2 : (TSS_REGISTERS + 4) << 1);
  segmentForget(c, SEG_LDTR, load<u16>(ldt));
  const tr = segmentOf(c, SEG_TR);
  segmentFill(tr, selector, raw);
  tr.attributes |= TYPE_BUSY;
  c.cpl = <u32>segmentOf(c, SEG_CS).selector & SELECTOR_RPL;
  c.cr0 |= CR0_TS;
  c.dr7 &= ~(DR7_LOCAL | DR7_LE);
  c.taskPending = PENDING_SEGMENTS | (is32 ? PENDING_32 : 0);
  if ((from & DELIVER_HAS_ERROR) != 0) c.taskPending |= PENDING_ERROR;
  if (is32 && (load<u16>(tssCopy(c) + TSS32_TRAP) & 1) != 0) c.taskPending |= PENDING_TRAP;
  c.delivering = 0;
  steppingFollowTf(c);
  debugFollowDr7(c);
  codeModeSet(c);
  privilegeChanged(c);
}

// @ts-ignore: decorator
@inline
function field(start: usize, n: u32, is32: bool): u64 {
  return is32 ? <u64>load<u32>(start + (n << 2)) : <u64>load<u16>(start + (n << 1));
}

function segmentForget(c: X86, seg: u32, selector: u32): void {
  const segment = segmentOf(c, seg);
  segment.selector = <u16>selector;
  segment.base = 0;
  segment.limit = 0;
  segment.attributes = SEG_UNUSABLE;
}

/**
 * Loads what is left of the new task's segments. A fault is recorded, for delivery at the new task's first instruction.
 * @ret EXEC_REFETCH; if X86.taskPending is not 0, an exit of the second dimension is to be mended first
 */
export function taskFinish(c: X86): i32 {
  const r = taskSegmentsLoad(c);
  // What has not been loaded by then stays unusable.
  if (r == EXEC_FAULT) c.taskPending &= PENDING_TRAP;
  if (r != EXEC_NEXT && r != EXEC_FAULT) return r;
  if ((c.taskPending & PENDING_TRAP) != 0) c.pendingDb |= DR6_BT;
  c.taskPending = 0;
  return EXEC_REFETCH;
}

function taskSegmentsLoad(c: X86): i32 {
  let r = loadPending(c, SEG_LDTR);
  if (r == EXEC_NEXT) r = loadPending(c, SEG_CS);
  if (r == EXEC_NEXT) r = loadPending(c, SEG_SS);
  if (r == EXEC_NEXT) r = loadPending(c, SEG_ES);
  if (r == EXEC_NEXT) r = loadPending(c, SEG_DS);
  if (r == EXEC_NEXT) r = loadPending(c, SEG_FS);
  if (r == EXEC_NEXT) r = loadPending(c, SEG_GS);
  if (r != EXEC_NEXT) return r;
  if ((c.taskPending & PENDING_ERROR) != 0) {
    const f = scratchFrame(c, 0);
    frameOpenCurrent(c, f);
    r = framePushSized(c, f, (c.taskPending & PENDING_32) != 0 ? 4 : 2, <u64>c.deliverError);
    if (r != EXEC_NEXT) return r;
    frameCommit(c, f);
    c.taskPending &= ~PENDING_ERROR;
  }
  // IF EIP is not within the code segment's limit THEN #GP(0)
  return c.rip > <u64>segmentOf(c, SEG_CS).limit ? raiseGp(c, 0) : EXEC_NEXT;
}

function loadPending(c: X86, seg: u32): i32 {
  const bit: u32 = 1 << seg;
  if ((c.taskPending & bit) == 0) return EXEC_NEXT;
  const selector: u32 = segmentOf(c, seg).selector;
  const out = scratchSegment(c, 0);
  let r = EXEC_NEXT;
  if (seg == SEG_LDTR) r = taskLdtCheck(c, selector);
  else if (seg == SEG_CS) r = taskCodeCheck(c, selector);
  else if (seg == SEG_SS) {
    if (isNullSelector(selector)) return raiseSelector(c, EXC_TS, selector);
    r = stackCheck(c, selector, c.cpl, EXC_TS, out);
  } else if (!isNullSelector(selector)) r = dataCheck(c, selector, EXC_TS, out);
  if (r != EXEC_NEXT) return r;
  c.taskPending &= ~bit;
  const isNull = isNullSelector(selector);
  if (!isNull) segmentCopy(segmentOf(c, seg), out);
  if (seg == SEG_CS) codeModeSet(c);
  return EXEC_NEXT;
}

function taskLdtCheck(c: X86, selector: u32): i32 {
  if (isNullSelector(selector)) return EXEC_NEXT;
  if ((selector & SELECTOR_LDT) != 0) return raiseSelector(c, EXC_TS, selector);
  const r = descriptorRead(c, selector, EXC_TS);
  if (r != EXEC_NEXT) return r;
  const attributes = descriptorAttributes(c.value0);
  if ((attributes & 0x1f) != TYPE_LDT || (attributes & SEG_PRESENT) == 0) return raiseSelector(c, EXC_TS, selector);
  segmentFill(scratchSegment(c, 0), selector, c.value0);
  return EXEC_NEXT;
}

function taskCodeCheck(c: X86, selector: u32): i32 {
  if (isNullSelector(selector)) return raiseSelector(c, EXC_TS, selector);
  let r = descriptorRead(c, selector, EXC_TS);
  if (r != EXEC_NEXT) return r;
  const raw = c.value0;
  const out = scratchSegment(c, 0);
  segmentFill(out, selector, raw);
  const code = SEG_S | SEG_TYPE_CODE;
  if ((out.attributes & code) != code) return raiseSelector(c, EXC_TS, selector);
  const dpl = dplOf(out.attributes);
  const rpl = selector & SELECTOR_RPL;
  if (isConformingCode(out.attributes) ? dpl > rpl : dpl != rpl) return raiseSelector(c, EXC_TS, selector);
  if ((out.attributes & SEG_PRESENT) == 0) return raiseSelector(c, EXC_NP, selector);
  r = descriptorTouch(c, out, raw);
  return r;
}
