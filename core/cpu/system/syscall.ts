/** SYSCALL, SYSRET, SYSENTER, SYSEXIT, SWAPGS, and the FSGSBASE instructions (Intel's behaviour where AMD's differs). */

import { EXEC_NEXT, Op, OP_W } from "../../layout/x86_op";
import {
  CODE_64,
  CR4_FSGSBASE,
  EFER_SCE,
  FLAG_IF,
  FLAG_RF,
  FLAG_TF,
  FLAG_VM,
  SEG_DB,
  SEG_DPL_SHIFT,
  SEG_FS,
  SEG_G,
  SEG_GS,
  SEG_L,
  SEG_PRESENT,
  SEG_S,
  SEG_SS,
  SEG_TYPE_ACCESSED,
  SEG_TYPE_CODE,
  SEG_TYPE_WRITABLE,
  Segment,
  X86,
} from "../../layout/x86";
import { segmentOf } from "../address";
import { raiseGp, raiseUd } from "../exceptions";
import { flagsRead, flagsWrite } from "../flags";
import { isCanonical } from "../memory";
import { regRead, regWrite } from "../operands";
import { opNextRip } from "../rip";
import { debugForgetStep } from "./debug";
import { scratchSegment, SELECTOR_ERROR } from "./descriptor";
import { enterCode } from "./enter";
import { steppingFollowTf } from "./flags_system";
import { isLong, isReal } from "./modes";

const FLAT_DATA: u32 = SEG_G | SEG_DB | SEG_PRESENT | SEG_S | SEG_TYPE_WRITABLE | SEG_TYPE_ACCESSED;
const FLAT_CODE: u32 = SEG_G | SEG_PRESENT | SEG_S | SEG_TYPE_CODE | SEG_TYPE_WRITABLE | SEG_TYPE_ACCESSED;
/** What SYSRET loads of RFLAGS: all but RF, VM and what is reserved. */
const SYSRET_FLAGS: u64 = 0x3c7fd7;

/** A flat segment that no descriptor was read for. */
function flat(out: Segment, selector: u32, attributes: u32, dpl: u32): void {
  out.base = 0;
  out.limit = u32.MAX_VALUE;
  out.selector = <u16>selector;
  out.attributes = attributes | (dpl << SEG_DPL_SHIFT);
}

export function syscall(c: X86, op: Op): i32 {
  // IF (CS.L != 1) or (IA32_EFER.LMA != 1) or (IA32_EFER.SCE != 1) THEN #UD
  if (c.codeMode != CODE_64 || (c.efer & EFER_SCE) == 0) return raiseUd(c);
  c.rcx = opNextRip(c, op);
  c.r11 = flagsRead(c) & ~FLAG_RF;
  flagsWrite(c, 0, c.sfmask | FLAG_RF);
  steppingFollowTf(c);
  if ((c.sfmask & FLAG_TF) != 0) debugForgetStep(c);
  const selector = <u32>(c.star >> 32) & SELECTOR_ERROR;
  flat(segmentOf(c, SEG_SS), selector + 8, FLAT_DATA, 0);
  const cs = scratchSegment(c, 0);
  flat(cs, selector, FLAT_CODE | SEG_L, 0);
  return enterCode(c, cs, 0, c.lstar);
}

export function sysret(c: X86, op: Op): i32 {
  if (c.codeMode != CODE_64 || (c.efer & EFER_SCE) == 0) return raiseUd(c);
  const to64 = (op.flags & OP_W) != 0;
  // IF (CPL != 0) or (operand size is 64 bits and RCX is not canonical) THEN #GP(0)
  if (c.cpl != 0 || (to64 && !isCanonical(c, c.rcx))) return raiseGp(c, 0);
  const selector = <u32>(c.star >> 48) & 0xffff;
  flagsWrite(c, c.r11, SYSRET_FLAGS);
  steppingFollowTf(c);
  flat(segmentOf(c, SEG_SS), (selector + 8) | 3, FLAT_DATA, 3);
  const cs = scratchSegment(c, 0);
  if (to64) flat(cs, (selector + 16) | 3, FLAT_CODE | SEG_L, 3);
  else flat(cs, selector | 3, FLAT_CODE | SEG_DB, 3);
  return enterCode(c, cs, 3, to64 ? c.rcx : c.rcx & 0xffffffff);
}

export function sysenter(c: X86, op: Op): i32 {
  if (isReal(c) || (<u32>c.sysenterCs & SELECTOR_ERROR) == 0) return raiseGp(c, 0);
  flagsWrite(c, 0, FLAG_VM | FLAG_IF | FLAG_RF);
  const selector = <u32>c.sysenterCs & SELECTOR_ERROR;
  c.rsp = isLong(c) ? c.sysenterEsp : c.sysenterEsp & 0xffffffff;
  flat(segmentOf(c, SEG_SS), selector + 8, FLAT_DATA, 0);
  const cs = scratchSegment(c, 0);
  flat(cs, selector, FLAT_CODE | (isLong(c) ? SEG_L : SEG_DB), 0);
  return enterCode(c, cs, 0, isLong(c) ? c.sysenterEip : c.sysenterEip & 0xffffffff);
}

export function sysexit(c: X86, op: Op): i32 {
  if (isReal(c) || c.cpl != 0 || (<u32>c.sysenterCs & SELECTOR_ERROR) == 0) return raiseGp(c, 0);
  const to64 = (op.flags & OP_W) != 0;
  if (to64 && (!isCanonical(c, c.rcx) || !isCanonical(c, c.rdx))) return raiseGp(c, 0);
  const selector = (<u32>c.sysenterCs & SELECTOR_ERROR) + (to64 ? 32 : 16);
  c.rsp = to64 ? c.rcx : c.rcx & 0xffffffff;
  flat(segmentOf(c, SEG_SS), (selector + 8) | 3, FLAT_DATA, 3);
  const cs = scratchSegment(c, 0);
  flat(cs, selector | 3, FLAT_CODE | (to64 ? SEG_L : SEG_DB), 3);
  return enterCode(c, cs, 3, to64 ? c.rdx : c.rdx & 0xffffffff);
}

export function swapgs(c: X86, op: Op): i32 {
  if (c.codeMode != CODE_64) return raiseUd(c);
  if (c.cpl != 0) return raiseGp(c, 0);
  const gs = segmentOf(c, SEG_GS);
  const base = gs.base;
  gs.base = c.kernelGsBase;
  c.kernelGsBase = base;
  return EXEC_NEXT;
}

/** IF not in 64-bit mode or CR4.FSGSBASE = 0 THEN #UD. */
function hasBaseInstructions(c: X86): bool {
  return c.codeMode == CODE_64 && (c.cr4 & CR4_FSGSBASE) != 0;
}

function baseRead<T extends number>(c: X86, op: Op, seg: u32): i32 {
  if (!hasBaseInstructions(c)) return raiseUd(c);
  regWrite<T>(c, op.rm, <T>segmentOf(c, seg).base);
  return EXEC_NEXT;
}

function baseWrite<T extends number>(c: X86, op: Op, seg: u32): i32 {
  if (!hasBaseInstructions(c)) return raiseUd(c);
  const base = <u64>regRead<T>(c, op.rm);
  if (!isCanonical(c, base)) return raiseGp(c, 0);
  segmentOf(c, seg).base = base;
  return EXEC_NEXT;
}

export function rdfsbase<T extends number>(c: X86, op: Op): i32 {
  return baseRead<T>(c, op, SEG_FS);
}

export function rdgsbase<T extends number>(c: X86, op: Op): i32 {
  return baseRead<T>(c, op, SEG_GS);
}

export function wrfsbase<T extends number>(c: X86, op: Op): i32 {
  return baseWrite<T>(c, op, SEG_FS);
}

export function wrgsbase<T extends number>(c: X86, op: Op): i32 {
  return baseWrite<T>(c, op, SEG_GS);
}
