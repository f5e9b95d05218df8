/**
 * Loads and stores of instructions at linear addresses (from core/cpu/address.ts).
 *
 * Guarantee: an access is done whole and gives EXEC_NEXT; or nothing is touched, and the status says why: EXEC_FAULT
 * (raised), EXEC_EXIT (Vcpu.hwExit*: the second dimension), or whatever the emulation port gave. An access that crosses
 * a page translates both pages before it touches either. The fast path is one compare; executors may inline linHit* and
 * call the *Slow functions themselves.
 *
 * Order of exceptions: segmentation (in the address already), canonicality, alignment, pages.
 *
 * With STEPPING_EMULATE every operand is served by the emulation port instead (core/cpu/memory_port.ts). Fetches are not.
 *
 * Ordering and atomicity are as core/hw/access.ts says. Phantom pages read as 0, and stores to them are dropped.
 */

import { HW_EXEC, HW_EXIT_BAD_TABLE, HW_READ, HW_WRITE } from "../layout/hw";
import { Vcpu } from "../layout/vcpu";
import { EXC_AC, EXC_GP, EXC_SS, SEG_SS, X86 } from "../layout/x86";
import { EXEC_EXCLUSIVE, EXEC_EXIT, EXEC_FAULT, EXEC_NEXT, Op } from "../layout/x86_op";
import { STEPPING_WATCH } from "../layout/x86_system";
import { linHitExec, linHitRead, linHitWrite, linViewHitRead } from "../hw/linear_tlb";
import { linearAgain, linearSystemView, linearTranslate } from "../hw/linear_translate";
import { codeBytesStored } from "../mm/code_frame";
import { opSegment } from "./address";
import { isRaised, raiseError, raisePf } from "./exceptions";
import { watchAccess } from "./watch";
import { bytesInPage, checksAlignment, isCanonical, linearAfter } from "./linear";
import { isEmulated, outBytes, portRead, portWriteAt, portWriteParts, translateGpa, valueBytes } from "./memory_port";

export { isCanonical } from "./linear";

/** Reads the T at `lin`, the operand of `op`. @ret EXEC_NEXT: X86.value0, zero-extended (16 bytes: and value1) */
// @ts-ignore: decorator
@inline
export function memRead<T>(c: X86, op: Op, lin: u64): i32 {
  const p = linHitRead<T>(c, lin);
  if (p == 0) return memReadSlow(c, op, lin, sizeof<T>());
  loadValue(c, p, sizeof<T>());
  return EXEC_NEXT;
}

/** Writes the T (1 to 8 bytes) at `lin`. */
// @ts-ignore: decorator
@inline
export function memWrite<T>(c: X86, op: Op, lin: u64, value: T): i32 {
  const p = linHitWrite<T>(c, lin);
  if (p == 0) return memWriteSlow(c, op, lin, sizeof<T>(), <u64>value, 0);
  store<T>(p, value);
  return EXEC_NEXT;
}

/** Reads 16 bytes. @ret EXEC_NEXT: X86.value0 and value1 */
// @ts-ignore: decorator
@inline
export function memRead16(c: X86, op: Op, lin: u64): i32 {
  return memRead<v128>(c, op, lin);
}

/** Writes 16 bytes. */
// @ts-ignore: decorator
@inline
export function memWrite16(c: X86, op: Op, lin: u64, low: u64, high: u64): i32 {
  const p = linHitWrite<v128>(c, lin);
  if (p == 0) return memWriteSlow(c, op, lin, 16, low, high);
  store<u64>(p, low);
  store<u64>(p, high, 8);
  return EXEC_NEXT;
}

/** Reads the T at `lin` that memWriteBack will replace: it must be writable. At most one is under way. */
// @ts-ignore: decorator
@inline
export function memReadForWrite<T>(c: X86, op: Op, lin: u64): i32 {
  const p = linHitWrite<T>(c, lin);
  if (p == 0) return memReadForWriteSlow(c, op, lin, sizeof<T>());
  c.pointer = <u32>p;
  loadValue(c, p, sizeof<T>());
  return EXEC_NEXT;
}

/** Replaces what memReadForWrite has read; nothing else was accessed meanwhile. Cannot fail. @ret EXEC_NEXT */
// @ts-ignore: decorator
@inline
export function memWriteBack<T>(c: X86, op: Op, lin: u64, value: T): i32 {
  const p = <usize>c.pointer;
  if (p == 0) return memWriteBackSlow(c, lin, sizeof<T>(), <u64>value, 0);
  store<T>(p, value);
  return EXEC_NEXT;
}

/** As memReadForWrite, 16 bytes; memWriteBack16 replaces them. */
// @ts-ignore: decorator
@inline
export function memReadForWrite16(c: X86, op: Op, lin: u64): i32 {
  return memReadForWrite<v128>(c, op, lin);
}

/** Replaces the 16 bytes that memReadForWrite16 has read. Cannot fail. @ret EXEC_NEXT */
// @ts-ignore: decorator
@inline
export function memWriteBack16(c: X86, op: Op, lin: u64, low: u64, high: u64): i32 {
  const p = <usize>c.pointer;
  if (p == 0) return memWriteBackSlow(c, lin, 16, low, high);
  store<u64>(p, low);
  store<u64>(p, high, 8);
  return EXEC_NEXT;
}

/**
 * Translates the naturally aligned T at `lin` for a LOCKed operation. Where that is not possible by one wasm atomic
 * (misaligned, 16 bytes) the instruction is to be repeated alone.
 * @ret EXEC_NEXT: X86.pointer, or 0 if there is no memory. Whoever has stored there says so: codeFrameStored.
 */
// @ts-ignore: decorator
@inline
export function memLockedPointer<T>(c: X86, op: Op, lin: u64): i32 {
  if (sizeof<T>() == 16 || (lin & (sizeof<T>() - 1)) != 0) return lockedApart(c, op, lin, sizeof<T>());
  const p = linHitWrite<T>(c, lin);
  if (p == 0) return memTranslate(c, op, lin, sizeof<T>(), HW_READ | HW_WRITE);
  c.pointer = <u32>p;
  return EXEC_NEXT;
}

/** Faults come before the request to be alone. */
function lockedApart(c: X86, op: Op, lin: u64, size: u32): i32 {
  const status = memTranslate(c, op, lin, size, HW_READ | HW_WRITE);
  return status == EXEC_NEXT ? EXEC_EXCLUSIVE : status;
}

/**
 * Whether the `size` bytes at `lin` (up to a few pages) may be accessed, without touching them; their flags are set.
 * @ret EXEC_NEXT: X86.pointer is the first byte's address in linear memory, good up to the page's end; 0 where there
 *   is no memory or the emulation port serves it. Whoever stores through it says so: codeFrameStored.
 */
export function memTranslate(c: X86, op: Op, lin: u64, size: u32, access: u32): i32 {
  const status = checkLinear(c, lin, size, vectorOf(op), access);
  return status == EXEC_NEXT ? translateRange(c, lin, size, access, c.ltlbView) : status;
}

/** Translates for an instruction fetch at `linear`. @ret EXEC_NEXT: X86.pointer, good up to the page's end; never 0 */
// @ts-ignore: decorator
@inline
export function fetchTranslate(c: X86, linear: u64): i32 {
  const p = linHitExec(c, linear);
  if (p == 0) return fetchTranslateSlow(c, linear);
  c.pointer = <u32>p;
  return EXEC_NEXT;
}

export function fetchTranslateSlow(c: X86, linear: u64): i32 {
  if (!isCanonical(c, linear)) return raiseError(c, EXC_GP, 0);
  const status = translatePage(c, linear, HW_EXEC, c.ltlbView);
  if (status != EXEC_NEXT || c.pointer != 0) return status;
  // Phantom memory has no instructions: the run ends, as where a table leads nowhere.
  const vcpu = changetype<Vcpu>(c.vcpu);
  vcpu.hwExitReason = HW_EXIT_BAD_TABLE;
  vcpu.hwExitQualification = 0;
  vcpu.hwExitGpa = c.walkGpa;
  return EXEC_EXIT;
}

/** Reads the T at `lin` of the stack: what is not canonical is #SS. @ret EXEC_NEXT: X86.value0 */
// @ts-ignore: decorator
@inline
export function stackRead<T>(c: X86, lin: u64): i32 {
  const p = linHitRead<T>(c, lin);
  if (p == 0) return readSlow(c, lin, sizeof<T>(), EXC_SS, c.ltlbView);
  loadValue(c, p, sizeof<T>());
  return EXEC_NEXT;
}

/** Writes the T at `lin` of the stack. */
// @ts-ignore: decorator
@inline
export function stackWrite<T>(c: X86, lin: u64, value: T): i32 {
  const p = linHitWrite<T>(c, lin);
  if (p == 0) return writeSlow(c, lin, sizeof<T>(), <u64>value, 0, EXC_SS, c.ltlbView);
  store<T>(p, value);
  return EXEC_NEXT;
}

/** Reads the T at `lin` of a system structure: an implicit supervisor access, whatever CPL. @ret EXEC_NEXT: X86.value0 */
export function sysRead<T>(c: X86, lin: u64): i32 {
  const p = linViewHitRead<T>(c, linearSystemView(c), lin);
  if (p != 0) {
    loadValue(c, p, sizeof<T>());
    return EXEC_NEXT;
  }
  return readSlow(c, lin, sizeof<T>(), EXC_GP, linearSystemView(c));
}

/** Writes the T at `lin` of a system structure, as sysRead reads it. */
export function sysWrite<T>(c: X86, lin: u64, value: T): i32 {
  return writeSlow(c, lin, sizeof<T>(), <u64>value, 0, EXC_GP, linearSystemView(c));
}

/** As memTranslate, for a system structure. */
export function sysTranslate(c: X86, lin: u64, size: u32, access: u32): i32 {
  const view = linearSystemView(c);
  const status = checkLinear(c, lin, size, EXC_GP, 0);
  return status == EXEC_NEXT ? translateRange(c, lin, size, access, view) : status;
}

/** memRead after a miss; `size`: 1, 2, 4, 8 or 16. */
export function memReadSlow(c: X86, op: Op, lin: u64, size: u32): i32 {
  return readSlow(c, lin, size, vectorOf(op), c.ltlbView);
}

/** memWrite and memWrite16 after a miss. */
export function memWriteSlow(c: X86, op: Op, lin: u64, size: u32, low: u64, high: u64): i32 {
  return writeSlow(c, lin, size, low, high, vectorOf(op), c.ltlbView);
}

/** What an address of `op`'s that is not canonical raises. */
// @ts-ignore: decorator
@inline
function vectorOf(op: Op): u32 {
  return opSegment(op) == SEG_SS ? EXC_SS : EXC_GP;
}

// @ts-ignore: decorator
@inline
function loadValue(c: X86, p: usize, size: u32): void {
  if (size == 8) c.value0 = load<u64>(p);
  else if (size == 4) c.value0 = load<u32>(p);
  else if (size == 2) c.value0 = load<u16>(p);
  else if (size == 1) c.value0 = load<u8>(p);
  else v128.store(valueBytes(c), v128.load(p)); // in one piece: it will be loaded as one
}

// @ts-ignore: decorator
@inline
function storeSized(p: usize, size: u32, low: u64, high: u64): void {
  if (size == 8) store<u64>(p, low);
  else if (size == 4) store<u32>(p, <u32>low);
  else if (size == 2) store<u16>(p, <u16>low);
  else if (size == 1) store<u8>(p, <u8>low);
  else {
    store<u64>(p, low);
    store<u64>(p, high, 8);
  }
}

/** What precedes translation; `access`: not 0 if misaligned ones may fault. `vector`: of an address not canonical. */
function checkLinear(c: X86, lin: u64, size: u32, vector: u32, access: u32): i32 {
  if (isRaised(c)) return EXEC_FAULT; // the address is ADDRESS_FAULT
  if (!isCanonical(c, lin) || !isCanonical(c, linearAfter(c, lin, size - 1))) return raiseError(c, vector, 0);
  if (access != 0 && (lin & alignmentMask(size)) != 0 && checksAlignment(c)) return raiseError(c, EXC_AC, 0);
  if (access != 0 && (c.stepping & STEPPING_WATCH) != 0) watchAccess(c, lin, size, access);
  return EXEC_NEXT;
}

/** Low address bits that are 0 in an aligned operand: 80 bits are aligned to 8 bytes; images of several parts see to it themselves. */
function alignmentMask(size: u32): u64 {
  if (size == 10) return 7;
  return size <= 16 && popcnt(size) == 1 ? size - 1 : 0;
}

/** Translates the page of `lin`. @ret EXEC_NEXT: X86.pointer */
function translatePage(c: X86, lin: u64, access: u32, view: u32): i32 {
  const status = linearTranslate(c, lin, access, view);
  return status == EXEC_FAULT ? raisePf(c, lin, c.walkError) : status;
}

function translateRange(c: X86, lin: u64, size: u32, access: u32, view: u32): i32 {
  let at = lin;
  let left = size;
  let first: u32 = 0;
  while (left != 0) {
    const n = bytesInPage(at, left);
    c.pointer = 0;
    const status = isEmulated(c) ? translateGpa(c, at, access, view) : translatePage(c, at, access, view);
    if (status != EXEC_NEXT) return status;
    if (left == size) first = c.pointer;
    at = linearAfter(c, at, n);
    left -= n;
  }
  c.pointer = first;
  return EXEC_NEXT;
}

function readSlow(c: X86, lin: u64, size: u32, vector: u32, view: u32): i32 {
  const p = linearAgain(c, lin, size, HW_READ, view);
  if (p == 0) return readByWalk(c, lin, size, vector, view);
  loadValue(c, p, size);
  return EXEC_NEXT;
}

function readByWalk(c: X86, lin: u64, size: u32, vector: u32, view: u32): i32 {
  let status = checkLinear(c, lin, size, vector, view == c.ltlbView ? HW_READ : 0);
  if (status != EXEC_NEXT) return status;
  if (isEmulated(c)) return portRead(c, lin, size, HW_READ, view);
  status = translatePage(c, lin, HW_READ, view);
  if (status != EXEC_NEXT) return status;
  const first = <usize>c.pointer;
  const n = bytesInPage(lin, size);
  let second: usize = 0;
  if (n < size) {
    status = translatePage(c, linearAfter(c, lin, n), HW_READ, view);
    if (status != EXEC_NEXT) return status;
    second = <usize>c.pointer;
  }
  readParts(c, first, second, n, size);
  return EXEC_NEXT;
}

/** Value of `n` bytes at `first` and the rest of `size` at `second`; 0 = phantom. */
function readParts(c: X86, first: usize, second: usize, n: u32, size: u32): void {
  c.value0 = 0;
  if (size == 16) c.value1 = 0;
  if (n == size) {
    if (first != 0) loadValue(c, first, size); // whole: an aligned read is atomic here too
    return;
  }
  const to = valueBytes(c);
  if (first != 0) memory.copy(to, first, n);
  if (second != 0) memory.copy(to + n, second, size - n);
}

function writeSlow(c: X86, lin: u64, size: u32, low: u64, high: u64, vector: u32, view: u32): i32 {
  const p = linearAgain(c, lin, size, HW_WRITE, view);
  if (p == 0) return writeByWalk(c, lin, size, low, high, vector, view);
  storeSized(p, size, low, high);
  return EXEC_NEXT;
}

function writeByWalk(c: X86, lin: u64, size: u32, low: u64, high: u64, vector: u32, view: u32): i32 {
  let status = checkLinear(c, lin, size, vector, view == c.ltlbView ? HW_WRITE : 0);
  if (status != EXEC_NEXT) return status;
  if (isEmulated(c)) return portWriteAt(c, lin, size, low, high, view);
  status = translatePage(c, lin, HW_WRITE, view);
  if (status != EXEC_NEXT) return status;
  const first = <usize>c.pointer;
  const n = bytesInPage(lin, size);
  let second: usize = 0;
  if (n < size) {
    status = translatePage(c, linearAfter(c, lin, n), HW_WRITE, view);
    if (status != EXEC_NEXT) return status;
    second = <usize>c.pointer;
  }
  writeParts(c, first, second, n, size, low, high);
  return EXEC_NEXT;
}

/** Stores first, reports after: see core/mm/code_frame.ts. */
function writeParts(c: X86, first: usize, second: usize, n: u32, size: u32, low: u64, high: u64): void {
  if (n == size) {
    if (first == 0) return;
    storeSized(first, size, low, high);
    codeBytesStored(<u64>first, size);
    return;
  }
  c.value2 = low;
  c.value3 = high;
  const from = outBytes(c);
  if (first != 0) memory.copy(first, from, n);
  if (second != 0) memory.copy(second, from + n, size - n);
  if (first != 0) codeBytesStored(<u64>first, n);
  if (second != 0) codeBytesStored(<u64>second, size - n);
}

/** memReadForWrite after a miss. What memWriteBackSlow needs, if the page is not a plain one, is kept in X86.rmw*. */
export function memReadForWriteSlow(c: X86, op: Op, lin: u64, size: u32): i32 {
  const p = linearAgain(c, lin, size, HW_READ | HW_WRITE, c.ltlbView);
  if (p == 0) return readForWriteByWalk(c, op, lin, size);
  c.pointer = <u32>p;
  loadValue(c, p, size);
  return EXEC_NEXT;
}

function readForWriteByWalk(c: X86, op: Op, lin: u64, size: u32): i32 {
  let status = checkLinear(c, lin, size, vectorOf(op), HW_WRITE);
  if (status != EXEC_NEXT) return status;
  const view = c.ltlbView;
  if (isEmulated(c)) return portRead(c, lin, size, HW_READ | HW_WRITE, view);
  status = translatePage(c, lin, HW_READ | HW_WRITE, view);
  if (status != EXEC_NEXT) return status;
  const first = c.pointer;
  const n = bytesInPage(lin, size);
  c.rmwSecond = 0;
  if (n < size) {
    status = translatePage(c, linearAfter(c, lin, n), HW_READ | HW_WRITE, view);
    if (status != EXEC_NEXT) return status;
    c.rmwSecond = c.pointer;
  }
  c.rmwFirst = first;
  c.pointer = 0;
  readParts(c, <usize>first, <usize>c.rmwSecond, n, size);
  return EXEC_NEXT;
}

/** memWriteBack where memReadForWrite missed. @ret EXEC_NEXT */
export function memWriteBackSlow(c: X86, lin: u64, size: u32, low: u64, high: u64): i32 {
  const n = bytesInPage(lin, size);
  if (isEmulated(c)) portWriteParts(c, n, size, low, high);
  else writeParts(c, <usize>c.rmwFirst, <usize>c.rmwSecond, n, size, low, high);
  return EXEC_NEXT;
}
