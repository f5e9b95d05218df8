/** LAR, LSL, VERR, VERW, ARPL: what a selector allows, told by ZF. */

import { HW_WRITE } from "../../layout/hw";
import { EXEC_NEXT, Op, OP_MEM } from "../../layout/x86_op";
import { FLAG_ZF, SEG_S, SEG_TYPE_CODE, SEG_TYPE_WRITABLE, X86 } from "../../layout/x86";
import { opAddress } from "../address";
import { raiseUd } from "../exceptions";
import { flagsWrite } from "../flags";
import { memReadForWrite, memWriteBack, sysRead } from "../memory";
import { regRead, regWrite } from "../operands";
import {
  descriptorAddress,
  descriptorAttributes,
  descriptorLimit,
  dplOf,
  isNullSelector,
  SELECTOR_RPL,
  TYPE_CALL16,
  TYPE_CALL32,
  TYPE_LDT,
  TYPE_TASK_GATE,
  TYPE_TSS16,
  TYPE_TSS16_BUSY,
  TYPE_TSS32,
  TYPE_TSS32_BUSY,
} from "./descriptor";
import { isConformingCode } from "./segments";
import { isLong, isReal } from "./modes";
import { selectorOperand } from "./tables";

function zeroSet(c: X86, value: u64): i32 {
  flagsWrite(c, value != 0 ? FLAG_ZF : 0, FLAG_ZF);
  return EXEC_NEXT;
}

/**
 * Reads the selector operand and its descriptor into X86.value0.
 * @ret EXEC_NEXT; X86.value1: 0 if there is no descriptor, else 1; X86.value2: the selector
 */
function descriptorOperand(c: X86, op: Op): i32 {
  if (isReal(c)) return raiseUd(c);
  let r = selectorOperand(c, op);
  if (r != EXEC_NEXT) return r;
  const selector = <u32>c.value0;
  const address = descriptorAddress(c, selector, 8);
  const isThere = !isNullSelector(selector) && address != u64.MAX_VALUE;
  if (isThere) r = sysRead<u64>(c, address);
  c.value1 = u64(isThere);
  c.value2 = <u64>selector;
  return r;
}

/** Whether CPL and RPL may see a descriptor with these attributes. */
function isVisible(c: X86, selector: u32, attributes: u32): bool {
  if (isConformingCode(attributes)) return true;
  const dpl = dplOf(attributes);
  return c.cpl <= dpl && (selector & SELECTOR_RPL) <= dpl;
}

/** Types of system descriptors that have a limit. */
function hasLimit(c: X86, type: u32): bool {
  if (type == TYPE_LDT || type == TYPE_TSS32 || type == TYPE_TSS32_BUSY) return true;
  return !isLong(c) && (type == TYPE_TSS16 || type == TYPE_TSS16_BUSY);
}

/** Types of system descriptors that LAR tells of: call and task gates too. */
function hasRights(c: X86, type: u32): bool {
  if (hasLimit(c, type) || type == TYPE_CALL32) return true;
  return !isLong(c) && (type == TYPE_CALL16 || type == TYPE_TASK_GATE);
}

export function lar<T extends number>(c: X86, op: Op): i32 {
  const r = descriptorOperand(c, op);
  if (r != EXEC_NEXT) return r;
  const attributes = descriptorAttributes(c.value0);
  const isFit = (attributes & SEG_S) != 0 || hasRights(c, attributes & 0xf);
  if (c.value1 == 0 || !isFit || !isVisible(c, <u32>c.value2, attributes)) return zeroSet(c, 0);
  const rights = <u32>(c.value0 >> 32) & 0xffff00;
  if (sizeof<T>() == 2) regWrite<u16>(c, op.reg, <u16>rights);
  else regWrite<u32>(c, op.reg, rights);
  return zeroSet(c, 1);
}

export function lsl<T extends number>(c: X86, op: Op): i32 {
  const r = descriptorOperand(c, op);
  if (r != EXEC_NEXT) return r;
  const attributes = descriptorAttributes(c.value0);
  const isFit = (attributes & SEG_S) != 0 || hasLimit(c, attributes & 0xf);
  if (c.value1 == 0 || !isFit || !isVisible(c, <u32>c.value2, attributes)) return zeroSet(c, 0);
  const limit = descriptorLimit(c.value0);
  if (sizeof<T>() == 2) regWrite<u16>(c, op.reg, <u16>limit);
  else regWrite<u32>(c, op.reg, limit);
  return zeroSet(c, 1);
}

export function verr(c: X86, op: Op): i32 {
  const r = descriptorOperand(c, op);
  if (r != EXEC_NEXT) return r;
  const attributes = descriptorAttributes(c.value0);
  const isReadable = (attributes & SEG_TYPE_CODE) == 0 || (attributes & SEG_TYPE_WRITABLE) != 0;
  const isFit = c.value1 != 0 && (attributes & SEG_S) != 0 && isReadable;
  return zeroSet(c, u64(isFit && isVisible(c, <u32>c.value2, attributes)));
}

export function verw(c: X86, op: Op): i32 {
  const r = descriptorOperand(c, op);
  if (r != EXEC_NEXT) return r;
  const attributes = descriptorAttributes(c.value0);
  const wanted = attributes & (SEG_S | SEG_TYPE_CODE | SEG_TYPE_WRITABLE);
  const isFit = c.value1 != 0 && wanted == (SEG_S | SEG_TYPE_WRITABLE);
  return zeroSet(c, u64(isFit && isVisible(c, <u32>c.value2, attributes)));
}

/** ARPL: the destination's RPL becomes at least the source's. */
export function arpl(c: X86, op: Op): i32 {
  if (isReal(c)) return raiseUd(c);
  const wanted = <u32>regRead<u16>(c, op.reg) & SELECTOR_RPL;
  const isMemory = (op.flags & OP_MEM) != 0;
  const linear = isMemory ? opAddress<u16>(c, op, HW_WRITE) : 0;
  if (isMemory) {
    const r = memReadForWrite<u16>(c, op, linear);
    if (r != EXEC_NEXT) return r;
  } else c.value0 = <u64>regRead<u16>(c, op.rm);
  const selector = <u32>c.value0;
  if ((selector & SELECTOR_RPL) >= wanted) return zeroSet(c, 0);
  const value = <u16>((selector & ~SELECTOR_RPL) | wanted);
  if (isMemory) memWriteBack<u16>(c, op, linear, value);
  else regWrite<u16>(c, op.rm, value);
  return zeroSet(c, 1);
}
