/**
 * Bytes to an Op: prefixes, opcode, ModRM, SIB, displacement, immediate, by the tables that tools/isa makes of the
 * instruction rows (generated/decode_table.ts).
 *
 * Guarantee: decodeInstruction reads no byte beyond CodeCache.limit, and none that the instruction does not have. What
 * is no instruction becomes an op that raises #UD, one longer than 15 bytes an op that raises #GP(0); so every answer
 * but DECODE_TRUNCATED is an op that can be executed. It translates nothing and knows no page.
 */

import { CodeCache, SEG_NONE } from "../layout/code_cache";
import { CODE_16, CODE_64, REG_ZERO, SEG_CS, SEG_DS, SEG_ES, SEG_FS, SEG_GS, SEG_SS, X86 } from "../layout/x86";
import {
  CODE_CALL,
  Op,
  OP_66,
  OP_ADDR_SEG_SHIFT,
  OP_ADDR_SIZE_SHIFT,
  OP_LOCK,
  OP_REP,
  OP_REPNE,
  OP_W,
} from "../layout/x86_op";
import { decodeAddress, decodeNoAddress } from "./decode_address";
import { decodeImmediate, decodeRegisters } from "./decode_operands";
import { rowFind, rowHandler, SIZE_LONG, SIZE_QUAD, SIZE_WORD, rowOperandSize } from "./decode_row";
import { FORM_ENDS, FORM_HAS_MODRM, FORM_LOCK, rowForm } from "./decode_row";
import { HANDLER_TOO_LONG, HANDLER_UNDEFINED } from "./generated/decode_table";
import { handlerIndex } from "./generated/handlers";

/** The op is complete; so is its block if DECODE_END. */
export const DECODE_OK: i32 = 0;
export const DECODE_END: i32 = 1;
/** The instruction does not end before CodeCache.limit. */
export const DECODE_TRUNCATED: i32 = 2;
/** Within decoding: it is none. */
export const DECODE_UNDEFINED: i32 = 3;

export const MAX_INSTRUCTION_BYTES: u32 = 15;
const REX_W: u32 = 8;
const REX_PRESENT: u32 = 0x40;
/** Maps of the decode table. */
const MAP_0F: u32 = 1;
const MAP_0F38: u32 = 2;
const MAP_0F3A: u32 = 3;
const MAP_VEX: u32 = 3;

/** The next byte, or -1: there is none. */
// @ts-ignore: decorator
@inline
export function decodeByte(d: CodeCache): i32 {
  if (d.position >= d.limit) return -1;
  return <i32>load<u8>(d.start + d.position++);
}

/**
 * Decodes the instruction at d.start into `op`, whose offset and count the caller sets. The caller has set d.limit
 * (bytes there are) and d.mode. @ret DECODE_OK, DECODE_END or DECODE_TRUNCATED
 */
export function decodeInstruction(c: X86, d: CodeCache, op: Op): i32 {
  const available = d.limit;
  if (available > MAX_INSTRUCTION_BYTES) d.limit = MAX_INSTRUCTION_BYTES;
  d.position = 0;
  clearOp(op);
  let status = decodeParts(c, d, op);
  if (status == DECODE_TRUNCATED && available >= MAX_INSTRUCTION_BYTES) return special(op, HANDLER_TOO_LONG);
  if (status == DECODE_UNDEFINED) return special(op, HANDLER_UNDEFINED);
  op.length = <u8>d.position;
  return status;
}

function clearOp(op: Op): void {
  memory.fill(changetype<usize>(op), 0, offsetof<Op>());
  op.base = <u8>(REG_ZERO << 3);
  op.index = <u8>(REG_ZERO << 3);
}

/** An op that only raises an exception. */
function special(op: Op, handler: u32): i32 {
  clearOp(op);
  op.fn = handlerIndex(handler);
  op.code = CODE_CALL;
  op.length = 1;
  return DECODE_END;
}

function decodeParts(c: X86, d: CodeCache, op: Op): i32 {
  let status = decodePrefixes(d);
  if (status < 0) return DECODE_TRUNCATED;
  status = decodeOpcode(d, <u32>status);
  if (status != DECODE_OK) return status;
  const row = rowFind(c, d);
  if (row == 0) {
    // Whether there is a ModRM is not known: one that is missing makes the instruction end later, not valid.
    return DECODE_UNDEFINED;
  }
  if (row < 0) return DECODE_TRUNCATED;
  const form = rowForm(row);
  d.operandSize = rowOperandSize(d, form);
  op.flags = prefixFlags(d);
  if ((form & FORM_HAS_MODRM) != 0) {
    d.position++; // rowFind has looked at it
    status = decodeAddress(d, op, form);
    if (status != DECODE_OK) return status;
  } else decodeNoAddress(d, op);
  status = decodeRegisters(d, op, form);
  if (status != DECODE_OK) return status;
  if (d.hasLock != 0 && (form & FORM_LOCK) == 0) return DECODE_UNDEFINED;
  status = decodeImmediate(d, op, form);
  if (status != DECODE_OK) return status;
  status = rowHandler(d, op, row);
  if (status != DECODE_OK) return status;
  return (form & FORM_ENDS) != 0 ? DECODE_END : DECODE_OK;
}

function prefixFlags(d: CodeCache): u8 {
  let flags: u32 = 0;
  if (d.hasLock != 0) flags |= OP_LOCK;
  if (d.repeat == 0xf3) flags |= OP_REP;
  if (d.repeat == 0xf2) flags |= OP_REPNE;
  if (d.has66 != 0) flags |= OP_66;
  if ((d.rex & REX_W) != 0) flags |= OP_W;
  return <u8>flags;
}

/** Takes all prefixes. A REX that another prefix follows does not count. @ret the byte behind them, or -1 */
function decodePrefixes(d: CodeCache): i32 {
  d.repeat = 0;
  d.has66 = 0;
  d.has67 = 0;
  d.hasLock = 0;
  d.segment = SEG_NONE;
  d.rex = 0;
  d.isVex = 0;
  d.vexL = 0;
  d.vvvv = 0;
  let byte = decodeByte(d);
  while (byte >= 0) {
    if (takePrefix(d, <u32>byte)) d.rex = 0;
    else if (d.mode == CODE_64 && (byte & 0xf0) == REX_PRESENT) d.rex = <u32>byte;
    else break;
    byte = decodeByte(d);
  }
  const short = d.mode == CODE_16;
  d.addressSize = d.mode == CODE_64 ? SIZE_QUAD - d.has67 : (d.has67 != 0) != short ? SIZE_WORD : SIZE_LONG;
  return byte;
}

function takePrefix(d: CodeCache, byte: u32): bool {
  switch (byte) {
    case 0x66:
      d.has66 = 1;
      return true;
    case 0x67:
      d.has67 = 1;
      return true;
    case 0xf0:
      d.hasLock = 1;
      return true;
    case 0xf2:
    case 0xf3:
      d.repeat = byte;
      return true;
    case 0x64:
      d.segment = SEG_FS;
      return true;
    case 0x65:
      d.segment = SEG_GS;
      return true;
    case 0x26:
      return flatSegment(d, SEG_ES);
    case 0x2e:
      return flatSegment(d, SEG_CS);
    case 0x36:
      return flatSegment(d, SEG_SS);
    case 0x3e:
      return flatSegment(d, SEG_DS);
  }
  return false;
}

/** 64-bit mode ignores overrides of the segments that have no base there; an earlier FS or GS stays. */
function flatSegment(d: CodeCache, segment: u32): bool {
  if (d.mode != CODE_64) d.segment = segment;
  return true;
}

/** Map and opcode; `byte` is the first behind the prefixes. */
function decodeOpcode(d: CodeCache, byte: u32): i32 {
  d.map = 0;
  d.opcode = byte;
  if (byte == 0x0f) {
    const second = decodeByte(d);
    if (second < 0) return DECODE_TRUNCATED;
    d.map = MAP_0F;
    d.opcode = <u32>second;
    if (second != 0x38 && second != 0x3a) return DECODE_OK;
    const third = decodeByte(d);
    if (third < 0) return DECODE_TRUNCATED;
    d.map = second == 0x38 ? MAP_0F38 : MAP_0F3A;
    d.opcode = <u32>third;
    return DECODE_OK;
  }
  return (byte & 0xfe) == 0xc4 ? decodeVex(d, byte) : DECODE_OK;
}

/**
 * C4 and C5: VEX in 64-bit mode; elsewhere only if what would be the ModRM of LES or LDS names a register, which those
 * cannot have. (Real and virtual-8086 mode have no VEX; there LES and LDS of a register are #UD, and so is VEX.)
 */
function decodeVex(d: CodeCache, byte: u32): i32 {
  if (d.position >= d.limit) return DECODE_TRUNCATED;
  const next = load<u8>(d.start + d.position);
  if (d.mode != CODE_64 && next < 0xc0) return DECODE_OK;
  if (d.has66 != 0 || d.repeat != 0 || d.hasLock != 0 || d.rex != 0) return DECODE_UNDEFINED;
  d.position++;
  let last: u32 = next;
  d.map = MAP_0F;
  // R, X and B are inverted; outside of 64-bit mode they name no register.
  d.rex = REX_PRESENT | ((~last >> 5) & 4);
  if (byte == 0xc4) {
    const third = decodeByte(d);
    if (third < 0) return DECODE_TRUNCATED;
    d.rex = REX_PRESENT | ((~last >> 5) & 7) | ((<u32>third >> 4) & REX_W);
    d.map = last & 31;
    last = <u32>third;
  }
  if (d.map < MAP_0F || d.map > MAP_0F3A) return DECODE_UNDEFINED;
  d.map += MAP_VEX;
  d.isVex = 1;
  d.vvvv = (~last >> 3) & 15;
  d.vexL = (last >> 2) & 1;
  const prefix = last & 3;
  d.has66 = u32(prefix == 1);
  d.repeat = prefix == 2 ? 0xf3 : prefix == 3 ? 0xf2 : 0;
  if (d.mode != CODE_64) {
    d.rex &= ~7;
    d.vvvv &= 7;
  }
  const opcode = decodeByte(d);
  if (opcode < 0) return DECODE_TRUNCATED;
  d.opcode = <u32>opcode;
  return DECODE_OK;
}
