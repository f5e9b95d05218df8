/**
 * Loading ES, SS, DS, FS and GS: MOV Sreg, POP Sreg, LDS and its kin, and the same checks for far returns. A load is
 * prepared in a scratch Segment, with everything that may fault, and committed by copying it.
 */

import { EXEC_NEXT } from "../../layout/x86_op";
import {
  EXC_GP,
  EXC_NP,
  EXC_SS,
  INHIBIT_MOV_SS,
  SEG_ES,
  SEG_FS,
  SEG_GS,
  SEG_DS,
  SEG_PRESENT,
  SEG_S,
  SEG_SS,
  SEG_TYPE_ACCESSED,
  SEG_TYPE_CODE,
  SEG_TYPE_DOWN,
  SEG_TYPE_WRITABLE,
  SEG_UNUSABLE,
  Segment,
  X86,
} from "../../layout/x86";
import { segmentOf } from "../address";
import { raiseGp } from "../exceptions";
import {
  descriptorRead,
  descriptorTouch,
  dplOf,
  isNullSelector,
  raiseSelector,
  SELECTOR_RPL,
  scratchSegment,
  segmentCopy,
  segmentFill,
  segmentFillNull,
} from "./descriptor";
import { is64, isReal } from "./modes";

/** A present, accessed, writable data segment: what real mode makes of any segment. */
export const ATTRIBUTES_REAL: u32 = SEG_PRESENT | SEG_S | SEG_TYPE_WRITABLE | SEG_TYPE_ACCESSED;

/**
 * Prepares loading `seg` (not CS) with `selector` into `out`, in any mode (Intel SDM, "MOV", "Loading a segment
 * register under protected mode").
 */
export function segmentPrepare(c: X86, seg: u32, selector: u32, out: Segment): i32 {
  if (isReal(c)) {
    segmentPrepareReal(segmentOf(c, seg), selector, out);
    return EXEC_NEXT;
  }
  return seg == SEG_SS ? stackPrepare(c, selector, c.cpl, out) : dataPrepare(c, selector, out);
}

/** Real mode: the base follows the selector, limit and attributes stay as they are ("unreal mode" is no mode of its own). */
export function segmentPrepareReal(present: Segment, selector: u32, out: Segment): void {
  segmentCopy(out, present);
  out.selector = <u16>selector;
  out.base = <u64>(selector << 4);
  if ((out.attributes & SEG_UNUSABLE) == 0) return;
  out.attributes = ATTRIBUTES_REAL;
  out.limit = 0xffff;
}

function stackPrepare(c: X86, selector: u32, cpl: u32, out: Segment): i32 {
  if (isNullSelector(selector)) {
    // IF segment selector is NULL and (CS.L = 0 or CPL = 3 or RPL != CPL) THEN #GP(0)
    if (!is64(c) || cpl == 3 || (selector & SELECTOR_RPL) != cpl) return raiseGp(c, 0);
    segmentFillNull(out, selector, cpl);
    return EXEC_NEXT;
  }
  return stackCheck(c, selector, cpl, EXC_GP, out);
}

/**
 * Prepares a stack segment for privilege level `cpl` from a selector that is not null. What is wrong with it raises
 * `vector`, one that is not present #SS.
 */
export function stackCheck(c: X86, selector: u32, cpl: u32, vector: u32, out: Segment): i32 {
  let r = descriptorRead(c, selector, vector);
  if (r != EXEC_NEXT) return r;
  const raw = c.value0;
  segmentFill(out, selector, raw);
  const attributes = out.attributes;
  if ((selector & SELECTOR_RPL) != cpl || dplOf(attributes) != cpl) return raiseSelector(c, vector, selector);
  const wanted = attributes & (SEG_S | SEG_TYPE_CODE | SEG_TYPE_WRITABLE);
  if (wanted != (SEG_S | SEG_TYPE_WRITABLE)) return raiseSelector(c, vector, selector);
  if ((attributes & SEG_PRESENT) == 0) return raiseSelector(c, EXC_SS, selector);
  r = descriptorTouch(c, out, raw);
  return r;
}

function dataPrepare(c: X86, selector: u32, out: Segment): i32 {
  if (isNullSelector(selector)) {
    segmentFillNull(out, selector, 0);
    return EXEC_NEXT;
  }
  return dataCheck(c, selector, EXC_GP, out);
}

/** Prepares a data segment from a selector that is not null. What is wrong with it raises `vector`, absence #NP. */
export function dataCheck(c: X86, selector: u32, vector: u32, out: Segment): i32 {
  const r = descriptorRead(c, selector, vector);
  if (r != EXEC_NEXT) return r;
  const raw = c.value0;
  segmentFill(out, selector, raw);
  const attributes = out.attributes;
  if (!isReadable(attributes)) return raiseSelector(c, vector, selector);
  if (!isConformingCode(attributes)) {
    const dpl = dplOf(attributes);
    if ((selector & SELECTOR_RPL) > dpl || c.cpl > dpl) return raiseSelector(c, vector, selector);
  }
  if ((attributes & SEG_PRESENT) == 0) return raiseSelector(c, EXC_NP, selector);
  return descriptorTouch(c, out, raw);
}

/** A data segment, or a readable code segment. */
function isReadable(attributes: u32): bool {
  if ((attributes & SEG_S) == 0) return false;
  return (attributes & SEG_TYPE_CODE) == 0 || (attributes & SEG_TYPE_WRITABLE) != 0;
}

// @ts-ignore: decorator
@inline
export function isConformingCode(attributes: u32): bool {
  const conforming = SEG_S | SEG_TYPE_CODE | SEG_TYPE_DOWN;
  return (attributes & conforming) == conforming;
}

/** Commits what segmentPrepare made. */
export function segmentCommit(c: X86, seg: u32, from: Segment): void {
  segmentCopy(segmentOf(c, seg), from);
}

/** Loads `seg` (not CS), whole. */
export function segmentLoad(c: X86, seg: u32, selector: u32): i32 {
  const scratch = scratchSegment(c, 0);
  const r = segmentPrepare(c, seg, selector, scratch);
  if (r == EXEC_NEXT) segmentCommit(c, seg, scratch);
  return r;
}

/** After a change of SS at an instruction that ends at `rip`: the stack pointer is expected to follow. */
export function shadowMovSs(c: X86, rip: u64): void {
  c.inhibit = INHIBIT_MOV_SS;
  c.inhibitRip = rip;
}

/** On a return to an outer level, data segments that it may not use become null (Intel SDM, "RET", step RETURN-TO-OUTER). */
export function segmentsRevoke(c: X86, cpl: u32): void {
  segmentRevoke(segmentOf(c, SEG_ES), cpl);
  segmentRevoke(segmentOf(c, SEG_FS), cpl);
  segmentRevoke(segmentOf(c, SEG_GS), cpl);
  segmentRevoke(segmentOf(c, SEG_DS), cpl);
}

function segmentRevoke(segment: Segment, cpl: u32): void {
  const attributes = segment.attributes;
  // A null one stays, with the base that 64-bit code may have given it.
  if ((attributes & SEG_UNUSABLE) != 0 || isConformingCode(attributes) || dplOf(attributes) >= cpl) return;
  segmentFillNull(segment, 0, 0);
}
