/** Descriptor-table registers: LGDT, LIDT, SGDT, SIDT, LLDT, LTR, SLDT, STR. */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { EXEC_NEXT, Op, OP_66, OP_MEM } from "../../layout/x86_op";
import {
  CODE_16,
  CODE_64,
  CR4_UMIP,
  EXC_GP,
  EXC_NP,
  SEG_LDTR,
  SEG_PRESENT,
  SEG_TR,
  Segment,
  X86,
} from "../../layout/x86";
import { opAddress, opAddressSized, segmentOf } from "../address";
import { raiseGp, raiseUd } from "../exceptions";
import { isCanonical, memRead, memTranslate, memWrite } from "../memory";
import { regRead, regWrite } from "../operands";
import {
  descriptorAttributes,
  descriptorRead,
  descriptorReadUpper,
  isNullSelector,
  raiseGpSelector,
  raiseSelector,
  SELECTOR_LDT,
  scratchSegment,
  segmentCopy,
  segmentFill,
  segmentFillNull,
  TYPE_BUSY,
  TYPE_LDT,
  TYPE_TSS16,
  TYPE_TSS32,
  tssBusyWrite,
} from "./descriptor";
import { isLong, isReal } from "./modes";

/** The limit into value2 and the base into value0, as LGDT and LIDT take them from memory. */
function tableRead(c: X86, op: Op): i32 {
  if (c.cpl != 0) return raiseGp(c, 0);
  const is64 = c.codeMode == CODE_64;
  const linear = opAddressSized(c, op, is64 ? 10 : 6, HW_READ);
  let r = memRead<u16>(c, op, linear);
  if (r != EXEC_NEXT) return r;
  const limit = c.value0;
  r = is64 ? memRead<u64>(c, op, linear + 2) : memRead<u32>(c, op, linear + 2);
  if (r != EXEC_NEXT) return r;
  c.value2 = limit;
  if (is64) return isCanonical(c, c.value0) ? EXEC_NEXT : raiseGp(c, 0);
  // A 16-bit operand size leaves a base of 24 bits.
  if (isOperand16(c, op)) c.value0 &= 0xffffff;
  return EXEC_NEXT;
}

function isOperand16(c: X86, op: Op): bool {
  return ((op.flags & OP_66) != 0) != (c.codeMode == CODE_16);
}

export function lgdt(c: X86, op: Op): i32 {
  const r = tableRead(c, op);
  if (r != EXEC_NEXT) return r;
  c.gdtBase = c.value0;
  c.gdtLimit = <u32>c.value2;
  return EXEC_NEXT;
}

export function lidt(c: X86, op: Op): i32 {
  const r = tableRead(c, op);
  if (r != EXEC_NEXT) return r;
  c.idtBase = c.value0;
  c.idtLimit = <u32>c.value2;
  return EXEC_NEXT;
}

/** With UMIP, what tells of the system is the system's alone. */
function isForbiddenToUsers(c: X86): bool {
  return (c.cr4 & CR4_UMIP) != 0 && c.cpl != 0;
}

function tableStore(c: X86, op: Op, base: u64, limit: u32): i32 {
  if (isForbiddenToUsers(c)) return raiseGp(c, 0);
  const is64 = c.codeMode == CODE_64;
  const linear = opAddressSized(c, op, is64 ? 10 : 6, HW_WRITE);
  let r = memTranslate(c, op, linear, is64 ? 10 : 6, HW_WRITE);
  if (r == EXEC_NEXT) r = memWrite<u16>(c, op, linear, <u16>limit);
  if (r != EXEC_NEXT) return r;
  return is64 ? memWrite<u64>(c, op, linear + 2, base) : memWrite<u32>(c, op, linear + 2, <u32>base);
}

export function sgdt(c: X86, op: Op): i32 {
  return tableStore(c, op, c.gdtBase, c.gdtLimit);
}

export function sidt(c: X86, op: Op): i32 {
  return tableStore(c, op, c.idtBase, c.idtLimit);
}

/** A selector operand into value0. */
export function selectorOperand(c: X86, op: Op): i32 {
  if ((op.flags & OP_MEM) != 0) return memRead<u16>(c, op, opAddress<u16>(c, op, HW_READ));
  c.value0 = <u64>regRead<u16>(c, op.rm);
  return EXEC_NEXT;
}

/** Stores a selector: memory gets 16 bits, a register as many as the operand has. */
export function selectorStore<T extends number>(c: X86, op: Op, selector: u32): i32 {
  if ((op.flags & OP_MEM) != 0) return memWrite<u16>(c, op, opAddress<u16>(c, op, HW_WRITE), <u16>selector);
  regWrite<T>(c, op.rm, <T>selector);
  return EXEC_NEXT;
}

export function sldt<T extends number>(c: X86, op: Op): i32 {
  if (isReal(c)) return raiseUd(c);
  if (isForbiddenToUsers(c)) return raiseGp(c, 0);
  return selectorStore<T>(c, op, segmentOf(c, SEG_LDTR).selector);
}

export function str<T extends number>(c: X86, op: Op): i32 {
  if (isReal(c)) return raiseUd(c);
  if (isForbiddenToUsers(c)) return raiseGp(c, 0);
  return selectorStore<T>(c, op, segmentOf(c, SEG_TR).selector);
}

/**
 * Prepares a system segment of `type` (bit TYPE_BUSY ignored if it is a TSS's) in scratch segment 0. IA-32e mode has
 * descriptors of 16 bytes.
 * @ret EXEC_NEXT: X86.value1 is the descriptor
 */
function systemPrepare(c: X86, selector: u32, out: Segment): i32 {
  if ((selector & SELECTOR_LDT) != 0) return raiseGpSelector(c, selector);
  let r = descriptorRead(c, selector, EXC_GP);
  if (r != EXEC_NEXT) return r;
  const raw = c.value0;
  segmentFill(out, selector, raw);
  c.value1 = raw;
  if (!isLong(c)) return EXEC_NEXT;
  r = descriptorReadUpper(c, selector, EXC_GP);
  if (r != EXEC_NEXT) return r;
  const upper = c.value0;
  out.base |= upper << 32;
  // IF the type field of the upper half is not 0, or the base is not canonical, THEN #GP(selector)
  if (((upper >> 40) & 0x1f) != 0 || !isCanonical(c, out.base)) return raiseGpSelector(c, selector);
  c.value1 = raw;
  return EXEC_NEXT;
}

export function lldt(c: X86, op: Op): i32 {
  if (isReal(c)) return raiseUd(c);
  if (c.cpl != 0) return raiseGp(c, 0);
  let r = selectorOperand(c, op);
  if (r != EXEC_NEXT) return r;
  const selector = <u32>c.value0;
  const ldt = scratchSegment(c, 0);
  if (isNullSelector(selector)) segmentFillNull(ldt, selector, 0);
  else {
    r = systemPrepare(c, selector, ldt);
    if (r != EXEC_NEXT) return r;
    const attributes = descriptorAttributes(c.value1);
    if ((attributes & 0x1f) != TYPE_LDT) return raiseGpSelector(c, selector);
    if ((attributes & SEG_PRESENT) == 0) return raiseSelector(c, EXC_NP, selector);
  }
  segmentCopy(segmentOf(c, SEG_LDTR), ldt);
  return EXEC_NEXT;
}

export function ltr(c: X86, op: Op): i32 {
  if (isReal(c)) return raiseUd(c);
  if (c.cpl != 0) return raiseGp(c, 0);
  let r = selectorOperand(c, op);
  if (r != EXEC_NEXT) return r;
  const selector = <u32>c.value0;
  if (isNullSelector(selector)) return raiseGp(c, 0);
  const tr = scratchSegment(c, 0);
  r = systemPrepare(c, selector, tr);
  if (r != EXEC_NEXT) return r;
  const raw = c.value1;
  const attributes = descriptorAttributes(raw);
  const type = attributes & 0x1f;
  if (type != TYPE_TSS32 && (type != TYPE_TSS16 || isLong(c))) return raiseGpSelector(c, selector);
  if ((attributes & SEG_PRESENT) == 0) return raiseSelector(c, EXC_NP, selector);
  r = tssBusyWrite(c, selector, raw, 1);
  if (r != EXEC_NEXT) return r;
  tr.attributes |= TYPE_BUSY;
  segmentCopy(segmentOf(c, SEG_TR), tr);
  return EXEC_NEXT;
}
