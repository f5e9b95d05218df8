/**
 * Segment descriptors: fetched from the GDT and the LDT, taken apart, and marked as accessed. Whoever loads one checks
 * it; nothing here changes a register.
 *
 *   63      56 55 54 53 52 51   48 47 46 45 44 43 40 39            16 15           0
 *   [base 31:24][G ][DB][L ][AVL][limit][P ][ DPL ][S ][type][  base 23:0  ][ limit 15:0 ]
 */

import { EXEC_NEXT } from "../../layout/x86_op";
import {
  EXC_GP,
  SEG_DPL_SHIFT,
  SEG_G,
  SEG_LDTR,
  SEG_S,
  SEG_TYPE,
  SEG_TYPE_ACCESSED,
  SEG_UNUSABLE,
  Segment,
  X86,
  X86_SCRATCH,
  X86_SCRATCH_BYTES,
  SEGMENT_BYTES,
} from "../../layout/x86";
import { EXC_KIND_SOFT, EXC_KIND_SOFT_EXCEPTION } from "../../layout/x86_system";
import { segmentOf } from "../address";
import { raiseError } from "../exceptions";
import { sysRead, sysWrite } from "../memory";

/** Selector bits. */
export const SELECTOR_RPL: u32 = 3;
export const SELECTOR_LDT: u32 = 4;
export const SELECTOR_INDEX: u32 = 0xfff8;
/** What of a selector goes into an error code. */
export const SELECTOR_ERROR: u32 = 0xfffc;

/** Types of system descriptors. */
export const TYPE_TSS16: u32 = 1;
export const TYPE_LDT: u32 = 2;
export const TYPE_TSS16_BUSY: u32 = 3;
export const TYPE_CALL16: u32 = 4;
export const TYPE_TASK_GATE: u32 = 5;
export const TYPE_INT16: u32 = 6;
export const TYPE_TRAP16: u32 = 7;
export const TYPE_TSS32: u32 = 9;
export const TYPE_TSS32_BUSY: u32 = 11;
export const TYPE_CALL32: u32 = 12;
export const TYPE_INT32: u32 = 14;
export const TYPE_TRAP32: u32 = 15;
/** In a TSS's type: busy. In a gate's: trap, not interrupt. */
export const TYPE_BUSY: u32 = 2;
/** 32-bit forms of system types. */
export const TYPE_32: u32 = 8;
const TSS_BUSY_BIT: u64 = (<u64>1) << 41;
const ACCESSED_BIT: u64 = (<u64>1) << 40;

/** Attributes of a descriptor's upper word that Segment.attributes holds. */
const ATTRIBUTES: u64 = 0xf0ff;

/** Segments that a transfer prepares before it commits, at the end of X86's scratch. */
const SCRATCH_SEGMENTS: u32 = 8;
const SCRATCH_SEGMENTS_OFFSET: u32 = X86_SCRATCH + X86_SCRATCH_BYTES - SCRATCH_SEGMENTS * SEGMENT_BYTES;

// @ts-ignore: decorator
@inline
export function scratchSegment(c: X86, n: u32): Segment {
  return changetype<Segment>(changetype<usize>(c) + SCRATCH_SEGMENTS_OFFSET + n * SEGMENT_BYTES);
}

/** Segment.attributes of descriptor `raw`. */
// @ts-ignore: decorator
@inline
export function descriptorAttributes(raw: u64): u32 {
  return <u32>((raw >> 40) & ATTRIBUTES);
}

// @ts-ignore: decorator
@inline
export function descriptorBase(raw: u64): u64 {
  return ((raw >> 16) & 0xffffff) | ((raw >> 32) & 0xff000000);
}

/** In bytes. */
export function descriptorLimit(raw: u64): u32 {
  const limit = <u32>((raw & 0xffff) | ((raw >> 32) & 0xf0000));
  return (descriptorAttributes(raw) & SEG_G) != 0 ? (limit << 12) | 0xfff : limit;
}

/** DPL of Segment.attributes. */
// @ts-ignore: decorator
@inline
export function dplOf(attributes: u32): u32 {
  return (attributes >> SEG_DPL_SHIFT) & 3;
}

/** Type and S of Segment.attributes. */
// @ts-ignore: decorator
@inline
export function typeOf(attributes: u32): u32 {
  return attributes & (SEG_TYPE | SEG_S);
}

// @ts-ignore: decorator
@inline
export function isNullSelector(selector: u32): bool {
  return (selector & SELECTOR_ERROR) == 0;
}

/** Fills `out` from a descriptor of a code or data segment. */
export function segmentFill(out: Segment, selector: u32, raw: u64): void {
  out.base = descriptorBase(raw);
  out.limit = descriptorLimit(raw);
  out.selector = <u16>selector;
  out.attributes = descriptorAttributes(raw);
}

export function segmentCopy(to: Segment, from: Segment): void {
  memory.copy(changetype<usize>(to), changetype<usize>(from), SEGMENT_BYTES);
}

/** A null selector: base and limit are as the processor leaves them for 64-bit code, which ignores them. */
export function segmentFillNull(out: Segment, selector: u32, dpl: u32): void {
  out.base = 0;
  out.limit = 0;
  out.selector = <u16>selector;
  out.attributes = SEG_UNUSABLE | (dpl << SEG_DPL_SHIFT);
}

/** Bit EXT of error codes: 1 while an event that no instruction asked for is being delivered. */
export function errorExt(c: X86): u32 {
  if (c.delivering == 0) return 0;
  const kind = c.deliverKind & 0xff;
  return u32(kind != EXC_KIND_SOFT && kind != EXC_KIND_SOFT_EXCEPTION);
}

/** Error code for `selector`. */
export function selectorError(c: X86, selector: u32): u32 {
  return (selector & SELECTOR_ERROR) | errorExt(c);
}

/** Raises `vector` for a selector. @ret EXEC_FAULT */
export function raiseSelector(c: X86, vector: u32, selector: u32): i32 {
  return raiseError(c, vector, selectorError(c, selector));
}

/** #GP for a selector. @ret EXEC_FAULT */
export function raiseGpSelector(c: X86, selector: u32): i32 {
  return raiseSelector(c, EXC_GP, selector);
}

/** Where the descriptor of `selector` lies, if its `bytes` are within their table; else ~0. */
export function descriptorAddress(c: X86, selector: u32, bytes: u32): u64 {
  const offset = selector & SELECTOR_INDEX;
  if ((selector & SELECTOR_LDT) == 0) {
    return offset + (bytes - 1) > c.gdtLimit ? u64.MAX_VALUE : c.gdtBase + offset;
  }
  const ldt = segmentOf(c, SEG_LDTR);
  if ((ldt.attributes & SEG_UNUSABLE) != 0 || offset + (bytes - 1) > ldt.limit) return u64.MAX_VALUE;
  return ldt.base + offset;
}

/** Reads the descriptor of `selector` into X86.value0. Beyond its table: `vector` for the selector. */
export function descriptorRead(c: X86, selector: u32, vector: u32): i32 {
  const address = descriptorAddress(c, selector, 8);
  if (address == u64.MAX_VALUE) return raiseSelector(c, vector, selector);
  return sysRead<u64>(c, address);
}

/** The upper half of a 16-byte descriptor into X86.value0. */
export function descriptorReadUpper(c: X86, selector: u32, vector: u32): i32 {
  const address = descriptorAddress(c, selector, 16);
  if (address == u64.MAX_VALUE) return raiseSelector(c, vector, selector);
  return sysRead<u64>(c, address + 8);
}

/** Sets the accessed bit in memory and in `segment`, which was filled from `raw`. Its table is known to hold it. */
export function descriptorTouch(c: X86, segment: Segment, raw: u64): i32 {
  if ((segment.attributes & SEG_TYPE_ACCESSED) != 0) return EXEC_NEXT;
  const selector: u32 = segment.selector;
  // Only the byte with the type: the rest may be somebody else's to write.
  const address = descriptorAddress(c, selector, 8) + 5;
  const r = sysWrite<u8>(c, address, <u8>((raw | ACCESSED_BIT) >> 40));
  if (r != EXEC_NEXT) return r;
  segment.attributes |= SEG_TYPE_ACCESSED;
  return EXEC_NEXT;
}

/** Marks a TSS in the GDT as busy (1) or available (0). */
export function tssBusyWrite(c: X86, selector: u32, raw: u64, busy: u32): i32 {
  const value = busy != 0 ? raw | TSS_BUSY_BIT : raw & ~TSS_BUSY_BIT;
  return sysWrite<u8>(c, c.gdtBase + (selector & SELECTOR_INDEX) + 5, <u8>(value >> 40));
}
