/** Register operands and immediates of an op. */

import { CodeCache } from "../layout/code_cache";
import { CODE_64, X86_X87, X86_YMM, X87_SHIFT, YMM_SHIFT } from "../layout/x86";
import { Op, OP_MEM } from "../layout/x86_op";
import { DECODE_OK, DECODE_TRUNCATED } from "./decode";
import {
  CLASS_GPR,
  CLASS_GPR8,
  CLASS_MMX,
  CLASS_NUMBER,
  CLASS_OPCODE,
  CLASS_OPCODE8,
  CLASS_XMM,
  FORM_CLASS,
  FORM_HAS_MODRM,
  FORM_IMMEDIATE,
  FORM_IMMEDIATE_SHIFT,
  FORM_REG_SHIFT,
  FORM_RM_SHIFT,
  SIZE_LONG,
  SIZE_QUAD,
  SIZE_WORD,
} from "./decode_row";
import {
  IMMEDIATE_CB,
  IMMEDIATE_CP,
  IMMEDIATE_CZ,
  IMMEDIATE_IB,
  IMMEDIATE_ID,
  IMMEDIATE_IV,
  IMMEDIATE_IW,
  IMMEDIATE_IW_IB,
  IMMEDIATE_IB_IB,
  IMMEDIATE_IZ,
  IMMEDIATE_MO,
} from "./generated/decode_table";

/** Without a REX prefix, byte registers 4 to 7 are AH, CH, DH and BH. */
const HIGH_BYTES: u32 = 4;

/** The offset in X86 of register `number` (its bit 3 from REX) of a class, or its number. */
function registerOffset(d: CodeCache, registers: u32, number: u32): u16 {
  switch (registers) {
    case CLASS_GPR:
    case CLASS_OPCODE:
      return <u16>(number << 3);
    case CLASS_GPR8:
    case CLASS_OPCODE8:
      if (d.rex == 0 && number >= HIGH_BYTES) return <u16>(((number - HIGH_BYTES) << 3) + 1);
      return <u16>(number << 3);
    case CLASS_XMM:
      return <u16>(X86_YMM + (number << YMM_SHIFT));
    case CLASS_MMX:
      return <u16>(X86_X87 + ((number & 7) << X87_SHIFT));
    case CLASS_NUMBER:
      return <u16>number;
  }
  return 0;
}

/** Sets reg, rm and vvvv. Operands that are none stay 0: rAX. @ret DECODE_OK */
export function decodeRegisters(d: CodeCache, op: Op, form: u32): i32 {
  const reg = (form >> FORM_REG_SHIFT) & FORM_CLASS;
  const extension = (d.rex & 1) << 3;
  if (reg >= CLASS_OPCODE) op.reg = registerOffset(d, reg, (d.opcode & 7) | extension);
  else if ((form & FORM_HAS_MODRM) != 0) op.reg = registerOffset(d, reg, ((d.modrm >> 3) & 7) | ((d.rex & 4) << 1));
  const rm = (form >> FORM_RM_SHIFT) & FORM_CLASS;
  if ((op.flags & OP_MEM) == 0) op.rm = registerOffset(d, rm, (d.modrm & 7) | extension);
  op.vvvv = <u8>d.vvvv;
  return DECODE_OK;
}

/** Bytes of an immediate of `kind`. */
function immediateBytes(d: CodeCache, kind: u32): u32 {
  switch (kind) {
    case IMMEDIATE_IB:
    case IMMEDIATE_CB:
      return 1;
    case IMMEDIATE_IW:
    case IMMEDIATE_IB_IB:
      return 2;
    case IMMEDIATE_IW_IB:
      return 3;
    case IMMEDIATE_ID:
      return 4;
    case IMMEDIATE_IZ:
    case IMMEDIATE_CZ:
      return d.operandSize == SIZE_WORD ? 2 : 4;
    case IMMEDIATE_CP:
      return d.operandSize == SIZE_WORD ? 4 : 6;
    case IMMEDIATE_IV:
      return 1 << d.operandSize;
    case IMMEDIATE_MO:
      return 1 << d.addressSize;
  }
  return 0;
}

/** Sets imm, and completes a RIP-relative address, now that the instruction's end is known. @ret DECODE_OK or DECODE_TRUNCATED */
export function decodeImmediate(d: CodeCache, op: Op, form: u32): i32 {
  const kind = (form >> FORM_IMMEDIATE_SHIFT) & FORM_IMMEDIATE;
  const n = immediateBytes(d, kind);
  if (d.position + n > d.limit) return DECODE_TRUNCATED;
  op.imm = immediateAt(d.start + d.position, n, kind);
  d.position += n;
  return DECODE_OK;
}

function immediateAt(p: usize, n: u32, kind: u32): u64 {
  if (kind == IMMEDIATE_CP) {
    // The offset, and the selector above it.
    return n == 4
      ? <u64>load<u16>(p) | ((<u64>load<u16>(p, 2)) << 32)
      : <u64>load<u32>(p) | ((<u64>load<u16>(p, 4)) << 32);
  }
  if (kind == IMMEDIATE_MO && n < 8) return n == 4 ? <u64>load<u32>(p) : <u64>load<u16>(p);
  if (n == 1) return <u64>(<i64>load<i8>(p));
  if (n == 2) return <u64>(<i64>load<i16>(p));
  if (n == 3) return <u64>load<u16>(p) | ((<u64>load<u8>(p, 2)) << 16);
  if (n == 4) return <u64>(<i64>load<i32>(p));
  return n == 8 ? load<u64>(p) : 0;
}
