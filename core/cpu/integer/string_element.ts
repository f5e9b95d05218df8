/**
 * What string instructions have in common: registers of the address size, elements, runs of elements, pauses.
 *
 * A repeated one is restartable after each element: registers are exact whenever it returns, and a fault leaves those of
 * the faulting element. It looks at requests after each page at the latest. While instructions are stepped, it does one
 * element at a time and comes back to itself, as single-stepping wants it. CMPS and SCAS set flags when they end or
 * pause, not when they fault.
 *
 * Elements in one page that the linear TLB has are done in one go (a run), on pointers. What a run cannot do (pages not
 * yet translated, elements across pages, limits, emulated memory) is done by single elements, and then runs are tried
 * again. Addresses and counts have the width of the address size; only the source's segment can be overridden.
 */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { PAGE_SIZE } from "../../layout/types";
import { Vcpu } from "../../layout/vcpu";
import { CODE_64, FLAG_DF, SEG_ES, SEG_FS, X86 } from "../../layout/x86";
import { EXEC_JUMP, EXEC_NEXT, EXEC_REQUEST, Op, OP_ADDR_SIZE_SHIFT, OP_REP, OP_REPNE } from "../../layout/x86_op";
import { hasRequests } from "../../sync/guest_mode";
import { opSegment, segmentAddress, segmentAllows, segmentOf } from "../address";
import { memRead, memWrite } from "../memory";
import { regRead, regWrite } from "../operands";
import { opRip } from "../rip";

/** Offsets in X86. */
export const RAX: u32 = <u32>offsetof<X86>("rax");
export const RCX: u32 = <u32>offsetof<X86>("rcx");
export const RSI: u32 = <u32>offsetof<X86>("rsi");
export const RDI: u32 = <u32>offsetof<X86>("rdi");

/** Bits of an address of `op`: 16, 32 or 64. */
// @ts-ignore: decorator
@inline
export function addressMask(op: Op): u64 {
  const size = <u32>op.addr >> OP_ADDR_SIZE_SHIFT;
  return size == 2 ? ~0 : size == 1 ? 0xffff_ffff : 0xffff;
}

// @ts-ignore: decorator
@inline
export function isRepeated(op: Op): bool {
  return (op.flags & (OP_REP | OP_REPNE)) != 0;
}

/** The register at `offset`, of the address size. */
// @ts-ignore: decorator
@inline
export function readMasked(c: X86, offset: u32, mask: u64): u64 {
  return regRead<u64>(c, offset) & mask;
}

/** Adds to the register at `offset`, of the address size. */
// @ts-ignore: decorator
@inline
export function addMasked(c: X86, offset: u32, mask: u64, addend: u64): void {
  const old = regRead<u64>(c, offset);
  const sum = (old + addend) & mask;
  // 16 bits of a register are changed alone; 32 bits clear the others.
  regWrite<u64>(c, offset, mask == 0xffff ? sum | (old & ~mask) : sum);
}

/** From one element to the next. */
// @ts-ignore: decorator
@inline
export function stepOf<T>(c: X86): u64 {
  return (c.flags & FLAG_DF) == 0 ? sizeof<T>() : 0 - <u64>sizeof<T>();
}

/** The linear address at `offset` in a segment, where runs are possible at all. */
// @ts-ignore: decorator
@inline
export function runAddress(c: X86, seg: u32, offset: u64): u64 {
  if (c.codeMode == CODE_64) return seg >= SEG_FS ? segmentOf(c, seg).base + offset : offset;
  return <u64>(<u32>segmentOf(c, seg).base + <u32>offset);
}

/** How many of `count` elements of a T, from `offset` (linear: `lin`) on in DF's direction, lie in one page and segment. */
export function runElements<T>(c: X86, mask: u64, seg: u32, offset: u64, lin: u64, access: u32, count: u64): u64 {
  const inPage = lin & (PAGE_SIZE - 1);
  if (inPage > PAGE_SIZE - sizeof<T>()) return 0;
  const isDown = (c.flags & FLAG_DF) != 0;
  // The element that begins at the page's or the segment's other end is left to the single way.
  const pageElements = isDown ? inPage / sizeof<T>() + 1 : (PAGE_SIZE - inPage) / sizeof<T>();
  const offsetElements = isDown ? offset / sizeof<T>() : (mask - offset) / sizeof<T>();
  let n = count < pageElements ? count : pageElements;
  if (n > offsetElements) n = offsetElements;
  if (n == 0 || c.codeMode == CODE_64) return n;
  const first = isDown ? offset - (n - 1) * sizeof<T>() : offset;
  return segmentAllows(c, segmentOf(c, seg), <u32>first, <u32>n * sizeof<T>(), access) ? n : 0;
}

/** After some elements of a repetition, of which others are left: EXEC_NEXT to go on, else what to return. */
// @ts-ignore: decorator
@inline
export function pauseRepeat(c: X86, op: Op): i32 {
  if (c.stepping != 0) {
    c.rip = opRip(c, op);
    return EXEC_JUMP;
  }
  return hasRequests(changetype<Vcpu>(c.vcpu)) ? EXEC_REQUEST : EXEC_NEXT;
}

/** Reads the element at rSI. @ret EXEC_NEXT: c.value0 */
// @ts-ignore: decorator
@inline
export function readSource<T>(c: X86, op: Op, mask: u64): i32 {
  return memRead<T>(c, op, segmentAddress(c, opSegment(op), readMasked(c, RSI, mask), sizeof<T>(), HW_READ));
}

/** Reads the element at ES:rDI. @ret EXEC_NEXT: c.value0 */
// @ts-ignore: decorator
@inline
export function readDestination<T>(c: X86, op: Op, mask: u64): i32 {
  return memRead<T>(c, op, segmentAddress(c, SEG_ES, readMasked(c, RDI, mask), sizeof<T>(), HW_READ));
}

/** Writes the element at ES:rDI. */
// @ts-ignore: decorator
@inline
export function writeDestination<T>(c: X86, op: Op, mask: u64, value: T): i32 {
  return memWrite<T>(c, op, segmentAddress(c, SEG_ES, readMasked(c, RDI, mask), sizeof<T>(), HW_WRITE), value);
}
