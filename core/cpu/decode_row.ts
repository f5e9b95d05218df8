/**
 * The decode table: which row an opcode is, and what a row says. tools/isa/generate.mjs writes the table and draws its
 * words; this file is the only reader.
 */

import { CodeCache } from "../layout/code_cache";
import { CODE_16, CODE_64, X86 } from "../layout/x86";
import { CODE_CALL, Op, OP_LOCK, OP_MEM } from "../layout/x86_op";
import { DECODE_OK, DECODE_UNDEFINED } from "./decode";
import { decodeOpcodeRows, decodeRows } from "./generated/decode_table";
import { handlerIndex } from "./generated/handlers";

/** log2 of operand and address sizes. */
export const SIZE_BYTE: u32 = 0;
export const SIZE_WORD: u32 = 1;
export const SIZE_LONG: u32 = 2;
export const SIZE_QUAD: u32 = 3;

/** Bytes of a row, and its words: what must match, the form of its operands, handler and code, code of the memory form. */
const ROW_SHIFT: u32 = 4;
const FORM_AT: u32 = 4;
const HANDLER_AT: u32 = 8;
const MEM_CODE_AT: u32 = 12;

/** First word. */
const MATCH_PREFIX: u32 = 7;
const PREFIX_ANY: u32 = 0;
const PREFIX_NONE: u32 = 1;
const PREFIX_66: u32 = 2;
const PREFIX_F3: u32 = 3;
const PREFIX_F2: u32 = 4;
const MATCH_MOD_SHIFT: u32 = 3;
const MOD_ANY: u32 = 0;
const MOD_MEM: u32 = 1;
const MATCH_DIGIT_SHIFT: u32 = 5;
const MATCH_RM_SHIFT: u32 = 9;
const ANY_DIGIT: u32 = 8;
const MATCH_MODES_SHIFT: u32 = 13;
const MODES_ANY: u32 = 0;
const MODES_NOT_64: u32 = 1;
const MATCH_L_SHIFT: u32 = 15;
const MATCH_W_SHIFT: u32 = 17;
const MATCH_FEATURE_SHIFT: u32 = 19;
const MATCH_FEATURE: u32 = 127;
const MATCH_LAST: u32 = 1 << 31;

/** Second word. */
export const FORM_HAS_MODRM: u32 = 1 << 0;
export const FORM_REG_ALWAYS: u32 = 1 << 1;
export const FORM_REG_SHIFT: u32 = 2;
export const FORM_RM_SHIFT: u32 = 5;
export const FORM_CLASS: u32 = 7;
export const FORM_IMMEDIATE_SHIFT: u32 = 8;
export const FORM_IMMEDIATE: u32 = 15;
const FORM_D64: u32 = 1 << 12;
const FORM_F64: u32 = 1 << 13;
/** A bit for each size there is, by its log2. */
const FORM_SIZES_SHIFT: u32 = 14;
const FORM_SIZES: u32 = 15;
export const FORM_LOCK: u32 = 1 << 18;
export const FORM_ENDS: u32 = 1 << 19;
/** The handler is one for each size. */
const FORM_GENERIC: u32 = 1 << 20;
/** The hot code is for direct branches within the page: the block's maker decides. */
export const FORM_CHAINS: u32 = 1 << 21;

/** Operand classes. */
export const CLASS_NONE: u32 = 0;
export const CLASS_GPR: u32 = 1;
export const CLASS_GPR8: u32 = 2;
export const CLASS_XMM: u32 = 3;
export const CLASS_MMX: u32 = 4;
export const CLASS_NUMBER: u32 = 5;
export const CLASS_OPCODE: u32 = 6;
export const CLASS_OPCODE8: u32 = 7;

// @ts-ignore: decorator
@inline
function rowWord(row: i32, at: u32): u32 {
  return load<u32>(decodeRows() + ((<u32>(row - 1)) << ROW_SHIFT) + at);
}

/** Second word of a row: FORM_*. */
export function rowForm(row: i32): u32 {
  return rowWord(row, FORM_AT);
}

/** The row of the opcode, from 1 on; 0: it is undefined; -1: its ModRM is beyond the limit. */
export function rowFind(c: X86, d: CodeCache): i32 {
  let row = <i32>load<u16>(decodeOpcodeRows() + (((d.map << 8) | d.opcode) << 1));
  if (row == 0) return 0;
  if (d.position < d.limit) d.modrm = load<u8>(d.start + d.position);
  else if ((rowForm(row) & FORM_HAS_MODRM) != 0) return -1;
  while (true) {
    const match = rowWord(row, 0);
    if (isMatch(c, d, match)) return row;
    if ((match & MATCH_LAST) != 0) return 0;
    row++;
  }
}

function isMatch(c: X86, d: CodeCache, match: u32): bool {
  if (!isPrefix(d, match & MATCH_PREFIX)) return false;
  const mod = (match >> MATCH_MOD_SHIFT) & 3;
  if (mod != MOD_ANY && (mod == MOD_MEM) != d.modrm < 0xc0) return false;
  const digit = (match >> MATCH_DIGIT_SHIFT) & 15;
  if (digit != ANY_DIGIT && digit != ((d.modrm >> 3) & 7)) return false;
  const rm = (match >> MATCH_RM_SHIFT) & 15;
  if (rm != ANY_DIGIT && rm != (d.modrm & 7)) return false;
  const modes = (match >> MATCH_MODES_SHIFT) & 3;
  if (modes != MODES_ANY && (modes == MODES_NOT_64) == (d.mode == CODE_64)) return false;
  const l = (match >> MATCH_L_SHIFT) & 3;
  if (l != 0 && l - 1 != d.vexL) return false;
  const w = (match >> MATCH_W_SHIFT) & 3;
  if (w != 0 && w - 1 != ((d.rex >> 3) & 1)) return false;
  const feature = (match >> MATCH_FEATURE_SHIFT) & MATCH_FEATURE;
  return feature == 0 || ((c.features >> (feature - 1)) & 1) != 0;
}

/** F2 and F3 outrank 66. */
function isPrefix(d: CodeCache, prefix: u32): bool {
  if (prefix == PREFIX_ANY) return true;
  if (d.repeat != 0) return prefix == (d.repeat == 0xf3 ? PREFIX_F3 : PREFIX_F2);
  return prefix == (d.has66 != 0 ? PREFIX_66 : PREFIX_NONE);
}

/** log2 of the operand size: the mode's, as the prefixes change it, or the nearest that the row has. */
export function rowOperandSize(d: CodeCache, form: u32): u32 {
  const sizes = (form >> FORM_SIZES_SHIFT) & FORM_SIZES;
  let size: u32;
  if (d.mode == CODE_64) {
    if ((form & FORM_F64) != 0 || (d.rex & 8) != 0) size = SIZE_QUAD;
    else if ((form & FORM_D64) != 0) size = d.has66 != 0 ? SIZE_WORD : SIZE_QUAD;
    else size = SIZE_LONG - d.has66;
  } else size = (d.has66 != 0) != (d.mode == CODE_16) ? SIZE_WORD : SIZE_LONG;
  if (sizes == 0 || ((sizes >> size) & 1) != 0) return size;
  if (sizes == 1 << SIZE_BYTE) return SIZE_BYTE;
  return ((sizes >> SIZE_LONG) & 1) != 0 ? SIZE_LONG : 31 - clz(sizes);
}

/** Sets what executes the op: its handler, and its code if the executor has a case for this form. */
export function rowHandler(d: CodeCache, op: Op, row: i32): i32 {
  if ((op.flags & OP_LOCK) != 0 && (op.flags & OP_MEM) == 0) return DECODE_UNDEFINED;
  const form = rowForm(row);
  const word = rowWord(row, HANDLER_AT);
  // Sizes are in ascending order: an instance's place is the number of smaller ones.
  const smaller = (form >> FORM_SIZES_SHIFT) & FORM_SIZES & ((1 << d.operandSize) - 1);
  const rank = (form & FORM_GENERIC) != 0 ? popcnt(smaller) : 0;
  op.fn = handlerIndex((word & 0xffff) + rank);
  const hot = (op.flags & OP_MEM) != 0 ? rowWord(row, MEM_CODE_AT) : word >> 16;
  const isPlain = (op.flags & OP_LOCK) == 0;
  op.code = hot != 0 && isPlain ? <u16>(hot + rank) : CODE_CALL;
  d.chains = (form & FORM_CHAINS) != 0 ? d.operandSize : 0;
  return DECODE_OK;
}
