/** Probes of guest paging and of instructions' memory helpers. */
import {
  linearFlushAll,
  linearFlushNonGlobal,
  linearFlushPage,
  linearFlushPcid,
  linearInit,
} from "../../../core/hw/linear_tlb";
import { HW_EXEC, HW_GUEST_TABLE, HW_WRITE } from "../../../core/layout/hw";
import { OP_PORT_READ, OP_PORT_WRITE, SYSTEM_OPS } from "../../../core/layout/system";
import { EXC_NONE, X86, X86_SCRATCH } from "../../../core/layout/x86";
import { EXEC_FAULT, EXEC_NEXT, Op } from "../../../core/layout/x86_op";
import { Vcpu } from "../../../core/layout/vcpu";
import { opAddress } from "../../../core/cpu/address";
import {
  fetchTranslate,
  memLockedPointer,
  memRead,
  memRead16,
  memReadForWrite,
  memTranslate,
  memWrite,
  memWrite16,
  memWriteBack,
  stackRead,
  stackWrite,
  sysRead,
  sysTranslate,
  sysWrite,
} from "../../../core/cpu/memory";
import { cr3Load, privilegeChanged } from "../../../core/cpu/privilege";

/** Makes the zeroed frame at `p` the X86 of `vcpu`, with a linear TLB at `block`. */
export function pagingProbeInit(p: usize, vcpu: usize, block: usize): void {
  const c = changetype<X86>(p);
  c.vcpu = <u32>vcpu;
  changetype<Vcpu>(vcpu).x86 = <u32>p;
  c.excVector = EXC_NONE;
  linearInit(c, block);
  privilegeChanged(c);
}
export function pagingProbeChanged(p: usize): void {
  privilegeChanged(changetype<X86>(p));
}
export function pagingProbeCr3(p: usize, value: u64): i32 {
  return cr3Load(changetype<X86>(p), value);
}
export function pagingProbeRead(p: usize, op: usize, lin: u64, size: u32): i32 {
  const c = changetype<X86>(p);
  const o = changetype<Op>(op);
  if (size == 1) return memRead<u8>(c, o, lin);
  if (size == 2) return memRead<u16>(c, o, lin);
  if (size == 4) return memRead<u32>(c, o, lin);
  if (size == 8) return memRead<u64>(c, o, lin);
  return memRead16(c, o, lin);
}
export function pagingProbeWrite(p: usize, op: usize, lin: u64, size: u32, low: u64, high: u64): i32 {
  const c = changetype<X86>(p);
  const o = changetype<Op>(op);
  if (size == 1) return memWrite<u8>(c, o, lin, <u8>low);
  if (size == 2) return memWrite<u16>(c, o, lin, <u16>low);
  if (size == 4) return memWrite<u32>(c, o, lin, <u32>low);
  if (size == 8) return memWrite<u64>(c, o, lin, low);
  return memWrite16(c, o, lin, low, high);
}
export function pagingProbeReadForWrite(p: usize, op: usize, lin: u64): i32 {
  return memReadForWrite<u64>(changetype<X86>(p), changetype<Op>(op), lin);
}
export function pagingProbeWriteBack(p: usize, op: usize, lin: u64, value: u64): i32 {
  return memWriteBack<u64>(changetype<X86>(p), changetype<Op>(op), lin, value);
}
export function pagingProbeLocked(p: usize, op: usize, lin: u64): i32 {
  return memLockedPointer<u64>(changetype<X86>(p), changetype<Op>(op), lin);
}
export function pagingProbeTranslate(p: usize, op: usize, lin: u64, size: u32, access: u32): i32 {
  return memTranslate(changetype<X86>(p), changetype<Op>(op), lin, size, access);
}
export function pagingProbeFetch(p: usize, lin: u64): i32 {
  return fetchTranslate(changetype<X86>(p), lin);
}
export function pagingProbeStackRead(p: usize, lin: u64): i32 {
  return stackRead<u64>(changetype<X86>(p), lin);
}
export function pagingProbeStackWrite(p: usize, lin: u64, value: u64): i32 {
  return stackWrite<u64>(changetype<X86>(p), lin, value);
}
export function pagingProbeSysRead(p: usize, lin: u64): i32 {
  return sysRead<u64>(changetype<X86>(p), lin);
}
export function pagingProbeSysWrite(p: usize, lin: u64, value: u64): i32 {
  return sysWrite<u64>(changetype<X86>(p), lin, value);
}
export function pagingProbeSysTranslate(p: usize, lin: u64, size: u32, access: u32): i32 {
  return sysTranslate(changetype<X86>(p), lin, size, access);
}
export function pagingProbeAddress(p: usize, op: usize, access: u32): u64 {
  return opAddress<u32>(changetype<X86>(p), changetype<Op>(op), access);
}

/** One access under its own registers and entries, and its answer: u64 words. */
@unmanaged
class PagingCase {
  cr0: u64;
  cr4: u64;
  efer: u64;
  pkru: u64;
  flags: u64;
  /** CPL | PAGING_CASE_SYSTEM | access << 8. */
  how: u64;
  linear: u64;
  /** By level; in. */
  entry1: u64;
  entry2: u64;
  entry3: u64;
  entry4: u64;
  entry5: u64;
  /** Out. */
  after1: u64;
  after2: u64;
  after3: u64;
  after4: u64;
  after5: u64;
  /** Status | vector << 8 | error << 16. */
  answer: u64;
  /** Guest-physical address, or the fault's. */
  address: u64;
}
if (offsetof<PagingCase>() != 152) ERROR("the test's words");
const PAGING_CASE_SYSTEM: u32 = 1 << 4;
const LEVELS: u32 = 5;

/** `places`: where the entries of levels 1 to 5 lie in linear memory, 0 = there is none; `bytes`: of an entry. */
export function pagingProbeCases(p: usize, op: usize, cases: usize, n: u32, places: usize, bytes: u32): void {
  const c = changetype<X86>(p);
  for (let i: u32 = 0; i < n; i++) {
    const at = cases + i * offsetof<PagingCase>();
    const one = changetype<PagingCase>(at);
    for (let level: u32 = 0; level < LEVELS; level++) {
      const place = <usize>load<u64>(places + (level << 3));
      if (place == 0) continue;
      const entry = load<u64>(at + offsetof<PagingCase>("entry1") + (level << 3));
      if (bytes == 8) store<u64>(place, entry);
      else store<u32>(place, <u32>entry);
    }
    runCase(c, changetype<Op>(op), one);
    for (let level: u32 = 0; level < LEVELS; level++) {
      const place = <usize>load<u64>(places + (level << 3));
      if (place == 0) continue;
      store<u64>(
        at + offsetof<PagingCase>("after1") + (level << 3),
        bytes == 8 ? load<u64>(place) : <u64>load<u32>(place),
      );
    }
  }
}

function runCase(c: X86, op: Op, one: PagingCase): void {
  c.cr0 = one.cr0;
  c.cr4 = one.cr4;
  c.efer = one.efer;
  c.pkru = one.pkru;
  c.flags = one.flags;
  c.cpl = <u32>one.how & 3;
  linearFlushAll(c);
  privilegeChanged(c);
  const access = <u32>one.how >> 8;
  const isSystem = (<u32>one.how & PAGING_CASE_SYSTEM) != 0;
  let status: i32;
  if (access == HW_EXEC) status = fetchTranslate(c, one.linear);
  else if (isSystem) status = sysTranslate(c, one.linear, 1, access);
  else status = memTranslate(c, op, one.linear, 1, access);
  one.answer = <u64>status;
  one.address = c.walkGpa;
  if (c.excVector == EXC_NONE) return;
  one.answer |= ((<u64>c.excVector) << 8) | ((<u64>c.excError) << 16);
  one.address = c.excAddress;
  c.excVector = EXC_NONE;
}

export function pagingProbeFlushAll(p: usize): void {
  linearFlushAll(changetype<X86>(p));
}
export function pagingProbeFlushNonGlobal(p: usize): void {
  linearFlushNonGlobal(changetype<X86>(p));
}
export function pagingProbeFlushPcid(p: usize, pcid: u32): void {
  linearFlushPcid(changetype<X86>(p), pcid);
}
export function pagingProbeFlushPage(p: usize, linear: u64): void {
  linearFlushPage(changetype<X86>(p), linear);
}

/** `n` loads, `step` apart, cycling through `pages` pages from `lin`. @ret 0 if one failed */
export function pagingBenchReads(p: usize, op: usize, lin: u64, pages: u64, step: u64, n: u32): u64 {
  const c = changetype<X86>(p);
  const o = changetype<Op>(op);
  const bytes = pages << 12;
  let sum: u64 = 1;
  let at: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (memRead<u64>(c, o, lin + at) != 0) return 0;
    sum |= c.value0;
    at += step;
    if (at >= bytes) at -= bytes;
  }
  return sum;
}

/** As pagingBenchReads, stores. */
export function pagingBenchWrites(p: usize, op: usize, lin: u64, pages: u64, step: u64, n: u32): u64 {
  const c = changetype<X86>(p);
  const o = changetype<Op>(op);
  const bytes = pages << 12;
  let at: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (memWrite<u64>(c, o, lin + at, at) != 0) return 0;
    at += step;
    if (at >= bytes) at -= bytes;
  }
  return 1;
}

/** `n` switches of CR3 to and fro, with a load from each of `pages` pages after each. */
export function pagingBenchSwitches(p: usize, op: usize, cr3: u64, other: u64, lin: u64, pages: u64, n: u32): u64 {
  const c = changetype<X86>(p);
  for (let i: u32 = 0; i < n; i++) {
    if (cr3Load(c, (i & 1) != 0 ? cr3 : other) != 0) return 0;
    if (pagingBenchReads(p, op, lin, pages, 4096, <u32>pages) == 0) return 0;
  }
  return 1;
}

/** `n` changes of CPL, 0 and 3. */
export function pagingBenchPrivilege(p: usize, n: u32): u64 {
  const c = changetype<X86>(p);
  for (let i: u32 = 0; i < n; i++) {
    c.cpl = 3 - c.cpl;
    privilegeChanged(c);
  }
  return 1;
}

/** The probes' emulation port: answers reads with the address's bytes, refuses table entries, and notes what it is asked. */
function portRead(vcpu: u32, gpa: u64, buffer: u32, size: u32, access: u32): i32 {
  notePort(vcpu, gpa, size, access, 0);
  if ((access & HW_GUEST_TABLE) != 0) return EXEC_FAULT;
  for (let i: u32 = 0; i < size; i++) store<u8>(buffer + i, <u8>(gpa + i));
  return EXEC_NEXT;
}

function portWrite(vcpu: u32, gpa: u64, buffer: u32, size: u32): i32 {
  let value: u64 = 0;
  for (let i: u32 = 0; i < size && i < 8; i++) value |= (<u64>load<u8>(buffer + i)) << (i << 3);
  notePort(vcpu, gpa, size, HW_WRITE, value);
  return EXEC_NEXT;
}

/** The log: a count, then (gpa, size | access << 8, value) for each call, in the scratch of the X86. */
function notePort(vcpu: u32, gpa: u64, size: u32, access: u32, value: u64): void {
  const log = <usize>changetype<Vcpu>(vcpu).x86 + X86_SCRATCH;
  const n = <usize>load<u64>(log);
  store<u64>(log + 8 + n * 24, gpa);
  store<u64>(log + 16 + n * 24, <u64>size | ((<u64>access) << 8));
  store<u64>(log + 24 + n * 24, value);
  store<u64>(log, n + 1);
}

export function pagingProbePort(): void {
  store<u32>(SYSTEM_OPS + OP_PORT_READ * 4, load<u32>(changetype<usize>(portRead)));
  store<u32>(SYSTEM_OPS + OP_PORT_WRITE * 4, load<u32>(changetype<usize>(portWrite)));
}

/** `n` times puts `entry` at `place` and takes it away again. @ret how often something was there after that */
export function pagingStressTake(place: usize, entry: u64, n: u32): u32 {
  let found: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    atomic.store<u64>(place, entry);
    for (let turn: u32 = 0; turn < (i & 63); turn++) atomic.load<u64>(place);
    atomic.xchg<u64>(place, 0);
    for (let turn: u32 = 0; turn < 64; turn++) if (atomic.load<u64>(place) != 0) found++;
  }
  return found;
}

/** `n` loads from `lin`, each through the tables. @ret how many were not refused */
export function pagingStressReads(p: usize, op: usize, lin: u64, n: u32): u32 {
  const c = changetype<X86>(p);
  let done: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    linearFlushAll(c);
    if (memRead<u64>(c, changetype<Op>(op), lin) == EXEC_NEXT) done++;
    c.excVector = EXC_NONE;
  }
  return done;
}
