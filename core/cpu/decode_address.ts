/** ModRM, SIB and displacement: the rm operand of an op, a register or an address (Intel SDM, "ModR/M and SIB Bytes"). */

import { CodeCache, SEG_NONE } from "../layout/code_cache";
import { CODE_64, REG_RBP, REG_RBX, REG_RDI, REG_RSI, REG_RSP, REG_ZERO, SEG_DS, SEG_SS, X86 } from "../layout/x86";
import { Op, OP_ADDR_SEG_SHIFT, OP_ADDR_SIZE_SHIFT, OP_ADDR_SLOW, OP_MEM } from "../layout/x86_op";
import { decodeByte, DECODE_OK, DECODE_TRUNCATED } from "./decode";
import { FORM_REG_ALWAYS, SIZE_LONG, SIZE_QUAD, SIZE_WORD } from "./decode_row";

const REX_B: u32 = 1;
const REX_X: u32 = 2;
/** Places of RIP-relative addresses' base. */
const PAGE_LINEAR: u32 = <u32>offsetof<X86>("pageLinear");
if (offsetof<X86>("ripBase") > 255) ERROR("Op.base is a byte");

/** The register of `number` as an address's base or index. */
// @ts-ignore: decorator
@inline
function register(number: u32): u8 {
  return <u8>(number << 3);
}

/** Segment and address size of an op, memory operand or not: string instructions and moffs have no ModRM. */
function setAddress(d: CodeCache, op: Op, defaultSegment: u32): void {
  const segment = d.segment == SEG_NONE ? defaultSegment : d.segment;
  op.addr |= <u8>((segment << OP_ADDR_SEG_SHIFT) | ((d.addressSize - 1) << OP_ADDR_SIZE_SHIFT));
  // Only 64-bit addresses without a segment base are base + index << scale + disp as they stand.
  if (d.addressSize != SIZE_QUAD || d.segment != SEG_NONE) op.flags |= OP_ADDR_SLOW;
}

/** An op without a ModRM. */
export function decodeNoAddress(d: CodeCache, op: Op): void {
  setAddress(d, op, SEG_DS);
}

/** The ModRM (d.modrm, taken already) and what belongs to it. @ret DECODE_OK or DECODE_TRUNCATED */
export function decodeAddress(d: CodeCache, op: Op, form: u32): i32 {
  if (d.modrm >= 0xc0 || (form & FORM_REG_ALWAYS) != 0) {
    setAddress(d, op, SEG_DS);
    return DECODE_OK;
  }
  op.flags |= OP_MEM;
  return d.addressSize == SIZE_WORD ? decodeAddress16(d, op) : decodeAddress32(d, op);
}

/** BX + SI, BX + DI, BP + SI, BP + DI, SI, DI, BP or disp16, BX. */
function decodeAddress16(d: CodeCache, op: Op): i32 {
  const rm = d.modrm & 7;
  const mod = d.modrm >> 6;
  let segment = SEG_DS;
  if (rm == 6 && mod == 0) op.base = register(REG_ZERO);
  else if (rm == 2 || rm == 3 || rm == 6) {
    op.base = register(REG_RBP);
    segment = SEG_SS;
  } else op.base = register(rm == 4 ? REG_RSI : rm == 5 ? REG_RDI : REG_RBX);
  if (rm < 4) op.index = register((rm & 1) == 0 ? REG_RSI : REG_RDI);
  setAddress(d, op, segment);
  if (mod == 1) return displacement8(d, op);
  return mod == 2 || (mod == 0 && rm == 6) ? displacement16(d, op) : DECODE_OK;
}

function decodeAddress32(d: CodeCache, op: Op): i32 {
  const mod = d.modrm >> 6;
  const rm = d.modrm & 7;
  if (rm == 4) return decodeSib(d, op, mod);
  if (rm == 5 && mod == 0) {
    // Relative to the instruction's end in 64-bit mode: decodeImmediate knows where that is.
    if (d.mode == CODE_64) op.base = <u8>PAGE_LINEAR;
    setAddress(d, op, SEG_DS);
    return displacement32(d, op);
  }
  op.base = register(rm | ((d.rex & REX_B) << 3));
  setAddress(d, op, rm == REG_RBP && (d.rex & REX_B) == 0 ? SEG_SS : SEG_DS);
  return displacement(d, op, mod);
}

function decodeSib(d: CodeCache, op: Op, mod: u32): i32 {
  const sib = decodeByte(d);
  if (sib < 0) return DECODE_TRUNCATED;
  const index = ((<u32>sib >> 3) & 7) | ((d.rex & REX_X) << 2);
  // RSP is no index; R12 is one.
  if (index != REG_RSP) {
    op.index = register(index);
    op.addr |= <u8>(sib >> 6);
  }
  const base = <u32>sib & 7;
  if (base == REG_RBP && mod == 0) {
    setAddress(d, op, SEG_DS);
    return displacement32(d, op);
  }
  op.base = register(base | ((d.rex & REX_B) << 3));
  const isStack = (base == REG_RSP || base == REG_RBP) && (d.rex & REX_B) == 0;
  setAddress(d, op, isStack ? SEG_SS : SEG_DS);
  return displacement(d, op, mod);
}

function displacement(d: CodeCache, op: Op, mod: u32): i32 {
  if (mod == 0) return DECODE_OK;
  return mod == 1 ? displacement8(d, op) : displacement32(d, op);
}

function displacement8(d: CodeCache, op: Op): i32 {
  const byte = decodeByte(d);
  if (byte < 0) return DECODE_TRUNCATED;
  op.disp = <i32>(<i8>byte);
  return DECODE_OK;
}

function displacement16(d: CodeCache, op: Op): i32 {
  if (d.position + 2 > d.limit) return DECODE_TRUNCATED;
  op.disp = <i32>load<i16>(d.start + d.position);
  d.position += 2;
  return DECODE_OK;
}

function displacement32(d: CodeCache, op: Op): i32 {
  if (d.position + 4 > d.limit) return DECODE_TRUNCATED;
  op.disp = load<i32>(d.start + d.position);
  d.position += 4;
  return DECODE_OK;
}
