/**
 * Linear addresses of memory operands: segment base and offset, with the checks that segmentation asks for.
 *
 * Guarantee: an address that may be used as far as segmentation goes, or ADDRESS_FAULT with the exception raised; no
 * TLB holds that address, so a handler passes it on to a memory helper and returns what that says. Whether an address
 * is canonical is found out there too (core/cpu/memory.ts). Nearly all operands of 64-bit code are base + index << scale
 * + disp and no more: the decoder marks the others OP_ADDR_SLOW.
 */

import { HW_WRITE } from "../layout/hw";
import {
  CODE_64,
  CR0_PE,
  FLAG_VM,
  SEG_DB,
  SEG_FS,
  SEG_SS,
  SEG_TYPE_CODE,
  SEG_TYPE_DOWN,
  SEG_TYPE_WRITABLE,
  SEG_UNUSABLE,
  Segment,
  SEGMENT_BYTES,
  X86,
  X86_SEGMENTS,
} from "../layout/x86";
import { Op, OP_ADDR_SCALE, OP_ADDR_SEG, OP_ADDR_SEG_SHIFT, OP_ADDR_SIZE_SHIFT, OP_ADDR_SLOW } from "../layout/x86_op";
import { raiseGp, raiseSs } from "./exceptions";

/** Not canonical in any paging mode. */
export const ADDRESS_FAULT: u64 = (<u64>1) << 63;

/** Op.addr's address sizes. */
const ADDRESS_16: u32 = 0;
const ADDRESS_32: u32 = 1;

/** The segment register `seg` (SEG_*). */
// @ts-ignore: decorator
@inline
export function segmentOf(c: X86, seg: u32): Segment {
  return changetype<Segment>(changetype<usize>(c) + X86_SEGMENTS + seg * SEGMENT_BYTES);
}

/** The segment that `op`'s memory operand is in. */
// @ts-ignore: decorator
@inline
export function opSegment(op: Op): u32 {
  return (<u32>op.addr >> OP_ADDR_SEG_SHIFT) & OP_ADDR_SEG;
}

/** base + index << scale + disp, in 64 bits: the effective address, before address size and segment. */
// @ts-ignore: decorator
@inline
export function opSum(c: X86, op: Op): u64 {
  const p = changetype<usize>(c);
  const base = load<u64>(p + op.base);
  const index = load<u64>(p + op.index);
  const scale = <u64>(<u32>op.addr & OP_ADDR_SCALE);
  return base + (index << scale) + <u64>(<i64>op.disp);
}

/** The effective address of `op`, cut to its address size: what LEA gives. */
export function opOffset(c: X86, op: Op): u64 {
  return cutToAddressSize(op, opSum(c, op));
}

/** `offset` modulo the address size. */
// @ts-ignore: decorator
@inline
export function cutToAddressSize(op: Op, offset: u64): u64 {
  const size = <u32>op.addr >> OP_ADDR_SIZE_SHIFT;
  if (size == ADDRESS_16) return offset & 0xffff;
  return size == ADDRESS_32 ? offset & 0xffff_ffff : offset;
}

/** Linear address of `op`'s memory operand of a T, for an access of HW_* kind, or ADDRESS_FAULT. */
// @ts-ignore: decorator
@inline
export function opAddress<T>(c: X86, op: Op, access: u32): u64 {
  return opAddressSized(c, op, sizeof<T>(), access);
}

/** As opAddress, of the T that lies `distance` bytes from the operand: address sizes wrap, limits are the T's. */
// @ts-ignore: decorator
@inline
export function opAddressAt<T>(c: X86, op: Op, distance: u64, access: u32): u64 {
  const sum = opSum(c, op) + distance;
  if ((op.flags & OP_ADDR_SLOW) == 0) return sum;
  return segmentAddress(c, opSegment(op), cutToAddressSize(op, sum), sizeof<T>(), access);
}

/** As opAddress, for an operand of `size` bytes. */
// @ts-ignore: decorator
@inline
export function opAddressSized(c: X86, op: Op, size: u32, access: u32): u64 {
  return (op.flags & OP_ADDR_SLOW) != 0 ? addressSlow(c, op, size, access) : opSum(c, op);
}

/** As opAddressSized, for operands with segment or address size. */
export function addressSlow(c: X86, op: Op, size: u32, access: u32): u64 {
  return segmentAddress(c, opSegment(op), cutToAddressSize(op, opSum(c, op)), size, access);
}

/**
 * Linear address of the `size` bytes at `offset`, already cut to the address size, of segment `seg`, for an access of
 * HW_* kind; or ADDRESS_FAULT.
 */
export function segmentAddress(c: X86, seg: u32, offset: u64, size: u32, access: u32): u64 {
  const segment = segmentOf(c, seg);
  if (c.codeMode == CODE_64) return seg >= SEG_FS ? segment.base + offset : offset;
  if (!segmentAllows(c, segment, <u32>offset, size, access)) {
    if (seg == SEG_SS) raiseSs(c, 0);
    else raiseGp(c, 0);
    return ADDRESS_FAULT;
  }
  return <u64>(<u32>segment.base + <u32>offset);
}

/** Limit and type checks outside of 64-bit mode (Intel SDM, "Limit Checking", "Type Checking"). */
export function segmentAllows(c: X86, segment: Segment, offset: u32, size: u32, access: u32): bool {
  const attributes = segment.attributes;
  const isReal = (c.cr0 & CR0_PE) == 0 || (c.flags & FLAG_VM) != 0;
  // Real mode keeps what descriptors said last, and asks for limits only.
  if (!isReal && !typeAllows(attributes, access)) return false;
  const last = <u64>offset + (size - 1);
  if ((attributes & (SEG_TYPE_CODE | SEG_TYPE_DOWN)) != SEG_TYPE_DOWN) return last <= <u64>segment.limit;
  const top: u64 = (attributes & SEG_DB) != 0 ? 0xffff_ffff : 0xffff;
  return offset > segment.limit && last <= top;
}

function typeAllows(attributes: u32, access: u32): bool {
  if ((attributes & SEG_UNUSABLE) != 0) return false;
  const isWrite = (access & HW_WRITE) != 0;
  // The same bit is "readable" in code.
  const hasBit = (attributes & SEG_TYPE_WRITABLE) != 0;
  if ((attributes & SEG_TYPE_CODE) != 0) return !isWrite && hasBit;
  return !isWrite || hasBit;
}
