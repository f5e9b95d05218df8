/**
 * Loads, stores and fetches at guest-physical addresses: what instructions are made of.
 *
 * Guarantee: an access is done whole, or not at all and vcpu.hwExit* say why. One that crosses a page translates both
 * pages before it touches either. Sizes 1, 2, 4, 8 and 16; pass constants, the fast paths fold.
 *
 * Ordering: guest data is read and written by plain wasm accesses, which on x86 hosts are plain moves. Naturally
 * aligned ones up to 8 bytes are therefore single-copy atomic and x86-TSO ordered as the guest expects; V8 neither
 * splits nor reorders wasm memory accesses. Sixteen bytes are two moves, and what crosses a page is copied by bytes:
 * neither is atomic on silicon. LOCKed instructions are not here: they translate (hwTranslate with HW_READ |
 * HW_WRITE) and use wasm atomics on hwPointer(). On hosts with weaker ordering one vCPU runs.
 *
 * Phantom frames have no contents: they read as 0, and stores to them are dropped.
 */

import { BUG_ACCESS_SIZE } from "../layout/bugs";
import { DEBUG, LAB } from "../layout/build";
import { Cpu } from "../layout/cpu";
import { HW_EXEC, HW_EXIT, HW_OK, HW_READ, HW_WRITE } from "../layout/hw";
import { PAGE_SIZE } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { thisCpu } from "../sync/this_cpu";
import { bug } from "../trace/bug";
import { codeBytesStored } from "../mm/code_frame";
import { labAccess } from "./lab_access";
import { hwPointer, hwTranslate } from "./second_dimension";
import { tlbHitExec, tlbHitRead, tlbHitWrite } from "./tlb";

/**
 * Reads `size` bytes at `gpa`.
 * @ret HW_OK: the value, zero-extended, in thisCpu().ret0 (and ret1: bytes 8 to 15), or HW_EXIT
 */
// @ts-ignore: decorator
@inline
export function hwRead(vcpu: Vcpu, gpa: u64, size: u32): i32 {
  const p = tlbHitRead(vcpu, gpa, size);
  if (p == 0) return hwReadSlow(vcpu, gpa, size, HW_READ);
  if (LAB) labAccess(vcpu, gpa, p, HW_READ);
  loadResult(p, size);
  return HW_OK;
}

/** As hwRead, as an instruction fetch. */
// @ts-ignore: decorator
@inline
export function hwFetch(vcpu: Vcpu, gpa: u64, size: u32): i32 {
  const p = tlbHitExec(vcpu, gpa, size);
  if (p == 0) return hwReadSlow(vcpu, gpa, size, HW_EXEC);
  if (LAB) labAccess(vcpu, gpa, p, HW_EXEC);
  loadResult(p, size);
  return HW_OK;
}

/** Writes the low `size` bytes (1, 2, 4 or 8) of `value` at `gpa`. @ret HW_OK or HW_EXIT */
// @ts-ignore: decorator
@inline
export function hwWrite(vcpu: Vcpu, gpa: u64, size: u32, value: u64): i32 {
  const p = tlbHitWrite(vcpu, gpa, size);
  if (p == 0) return hwWriteSlow(vcpu, gpa, size, value, 0);
  if (LAB) labAccess(vcpu, gpa, p, HW_WRITE);
  storeSized(p, size, value, 0);
  return HW_OK;
}

/** Writes 16 bytes at `gpa`: `low`, then `high`. @ret HW_OK or HW_EXIT */
// @ts-ignore: decorator
@inline
export function hwWrite16(vcpu: Vcpu, gpa: u64, low: u64, high: u64): i32 {
  const p = tlbHitWrite(vcpu, gpa, 16);
  if (p == 0) return hwWriteSlow(vcpu, gpa, 16, low, high);
  if (LAB) labAccess(vcpu, gpa, p, HW_WRITE);
  storeSized(p, 16, low, high);
  return HW_OK;
}

// @ts-ignore: decorator
@inline
function loadResult(p: usize, size: u32): void {
  const cpu = thisCpu();
  if (size == 8) cpu.ret0 = load<u64>(p);
  else if (size == 4) cpu.ret0 = load<u32>(p);
  else if (size == 2) cpu.ret0 = load<u16>(p);
  else if (size == 1) cpu.ret0 = load<u8>(p);
  else {
    cpu.ret0 = load<u64>(p);
    cpu.ret1 = load<u64>(p, 8);
  }
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

/** Bytes of an access of `size` at `gpa` that lie in its first page. */
// @ts-ignore: decorator
@inline
function bytesInPage(gpa: u64, size: u32): u32 {
  const left = PAGE_SIZE - (<u32>gpa & (PAGE_SIZE - 1));
  return left < size ? left : size;
}

function checkSize(gpa: u64, size: u32): void {
  if (size == 0 || size > 16 || (size & (size - 1)) != 0) bug(BUG_ACCESS_SIZE, size, gpa);
}

/** ret0 and ret1 of this CPU as 16 bytes of memory. */
// @ts-ignore: decorator
@inline
function resultBytes(cpu: Cpu): usize {
  return changetype<usize>(cpu) + offsetof<Cpu>("ret0");
}
if (offsetof<Cpu>("ret1") != offsetof<Cpu>("ret0") + 8) ERROR("ret0 and ret1 are sixteen bytes in a row");

/** hwRead and hwFetch after a TLB miss. */
export function hwReadSlow(vcpu: Vcpu, gpa: u64, size: u32, access: u32): i32 {
  if (DEBUG) checkSize(gpa, size);
  if (hwTranslate(vcpu, gpa, access) != HW_OK) return HW_EXIT;
  const first = hwPointer();
  if (LAB) labAccess(vcpu, gpa, first, access);
  const n = bytesInPage(gpa, size);
  const cpu = thisCpu();
  let second: usize = 0;
  if (n < size) {
    if (hwTranslate(vcpu, gpa + n, access) != HW_OK) return HW_EXIT;
    second = hwPointer();
  }
  cpu.ret0 = 0;
  cpu.ret1 = 0;
  if (n == size) {
    if (first != 0) loadResult(first, size); // whole: an aligned read is atomic here too
    return HW_OK;
  }
  const to = resultBytes(cpu);
  if (first != 0) memory.copy(to, first, n);
  if (second != 0) memory.copy(to + n, second, size - n);
  return HW_OK;
}

/** hwWrite and hwWrite16 after a TLB miss. */
export function hwWriteSlow(vcpu: Vcpu, gpa: u64, size: u32, low: u64, high: u64): i32 {
  if (DEBUG) checkSize(gpa, size);
  if (hwTranslate(vcpu, gpa, HW_WRITE) != HW_OK) return HW_EXIT;
  // Nearly always the walk has filled a write comparator: then nobody caches code decoded here.
  const p = tlbHitWrite(vcpu, gpa, size);
  if (p != 0) {
    if (LAB) labAccess(vcpu, gpa, p, HW_WRITE);
    storeSized(p, size, low, high);
    return HW_OK;
  }
  const first = hwPointer();
  if (LAB) labAccess(vcpu, gpa, first, HW_WRITE);
  const n = bytesInPage(gpa, size);
  if (n == size) {
    if (first == 0) return HW_OK;
    storeSized(first, size, low, high);
    codeBytesStored(<u64>first, size);
    return HW_OK;
  }
  if (hwTranslate(vcpu, gpa + n, HW_WRITE) != HW_OK) return HW_EXIT;
  const second = hwPointer();
  const cpu = thisCpu();
  cpu.ret0 = low;
  cpu.ret1 = high;
  const from = resultBytes(cpu);
  if (first != 0) memory.copy(first, from, n);
  if (second != 0) memory.copy(second, from + n, size - n);
  if (first != 0) codeBytesStored(<u64>first, n);
  if (second != 0) codeBytesStored(<u64>second, size - n);
  return HW_OK;
}
