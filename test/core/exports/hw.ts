/** Probes of core/hw: a vCPU's hardware half over tables that the test writes itself; no MMU is involved. */

import { PAGE_SHIFT } from "../../../core/layout/types";
import { OP_CODE_WRITTEN, SYSTEM_OPS } from "../../../core/layout/system";
import { frameMeta } from "../../../core/mm/frames";
import { HW_WRITE, PML_INDEX_START } from "../../../core/layout/hw";
import { Vcpu } from "../../../core/layout/vcpu";
import { hwFetch, hwRead, hwWrite, hwWrite16 } from "../../../core/hw/access";
import { hwTranslate, hwWalk } from "../../../core/hw/second_dimension";
import {
  tlbFlushAll,
  tlbFlushGpa,
  tlbFlushGpaRange,
  tlbHitExec,
  tlbHitRead,
  tlbHitWrite,
  tlbInit,
} from "../../../core/hw/tlb";
import { thisCpu } from "../../../core/sync/this_cpu";

/** One access and its answer: ten u64 words, so that the test reads it as a BigUint64Array. */
@unmanaged
class HwCase {
  /** In: where `entry` goes during the walk. */
  entryAddress: u64;
  entry: u64;
  gpa: u64;
  access: u64;
  pmlIndex: u64;
  /** Out: status | level << 8 | permissions << 16 | exit reason << 32 (those that apply, the others 0). */
  answer: u64;
  hpaOrQualification: u64;
  exitGpa: u64;
  pmlIndexAfter: u64;
  entryAfter: u64;
}
if (offsetof<HwCase>() != 80) ERROR("the test's words");

/** Makes the zeroed frame at `p` a Vcpu with a TLB of `tlbEntries` at `tlb`. */
export function hwProbeInit(p: usize, tlb: usize, tlbEntries: u32): void {
  memory.fill(p, 0, 4096);
  tlbInit(changetype<Vcpu>(p), tlb, tlbEntries);
}

export function hwProbeSet(
  p: usize,
  format: u32,
  levels: u32,
  root: u64,
  hwFlags: u32,
  maxPhyAddr: u32,
  pmlBase: u32,
): void {
  const vcpu = changetype<Vcpu>(p);
  vcpu.hwFormat = format;
  vcpu.hwLevels = levels;
  vcpu.hwRoot = root;
  vcpu.hwFlags = hwFlags;
  vcpu.hwMaxPhyAddr = maxPhyAddr;
  vcpu.hwPmlBase = pmlBase;
  vcpu.hwPmlIndex = PML_INDEX_START;
}

function record(vcpu: Vcpu, status: i32, c: HwCase): void {
  const cpu = thisCpu();
  if (status == 0) {
    c.answer = (cpu.ret1 << 8) | (cpu.ret2 << 16);
    c.hpaOrQualification = cpu.ret0;
    c.exitGpa = 0;
  } else {
    c.answer = <u64>status | ((<u64>vcpu.hwExitReason) << 32);
    c.hpaOrQualification = vcpu.hwExitQualification;
    c.exitGpa = vcpu.hwExitGpa;
  }
  c.pmlIndexAfter = vcpu.hwPmlIndex;
}

/** Each of the `n` cases: puts its entry at its place and its log index, walks, notes the answer, removes the entry. */
export function hwProbeWalks(p: usize, cases: usize, n: u32): void {
  const vcpu = changetype<Vcpu>(p);
  for (let i: u32 = 0; i < n; i++) {
    const c = changetype<HwCase>(cases + i * offsetof<HwCase>());
    const place = <usize>c.entryAddress;
    const old = load<u64>(place);
    store<u64>(place, c.entry);
    vcpu.hwPmlIndex = <u32>c.pmlIndex;
    record(vcpu, hwWalk(vcpu, c.gpa, <u32>c.access), c);
    c.entryAfter = load<u64>(place);
    store<u64>(place, old);
  }
}

/** One walk, or translation through the TLB; answers into the case at `p2`, whose entry is left alone. */
export function hwProbeWalk(p: usize, p2: usize): void {
  const c = changetype<HwCase>(p2);
  record(changetype<Vcpu>(p), hwWalk(changetype<Vcpu>(p), c.gpa, <u32>c.access), c);
}

export function hwProbeTranslate(p: usize, p2: usize): void {
  const c = changetype<HwCase>(p2);
  record(changetype<Vcpu>(p), hwTranslate(changetype<Vcpu>(p), c.gpa, <u32>c.access), c);
}

export function hwProbeHitRead(p: usize, gpa: u64, size: u32): usize {
  return tlbHitRead(changetype<Vcpu>(p), gpa, size);
}

export function hwProbeHitWrite(p: usize, gpa: u64, size: u32): usize {
  return tlbHitWrite(changetype<Vcpu>(p), gpa, size);
}

export function hwProbeHitExec(p: usize, gpa: u64, size: u32): usize {
  return tlbHitExec(changetype<Vcpu>(p), gpa, size);
}

export function hwProbeFlushAll(p: usize): void {
  tlbFlushAll(changetype<Vcpu>(p));
}

export function hwProbeFlushGpa(p: usize, gpa: u64): void {
  tlbFlushGpa(changetype<Vcpu>(p), gpa);
}

export function hwProbeFlushRange(p: usize, gpa: u64, nPages: u64): void {
  tlbFlushGpaRange(changetype<Vcpu>(p), gpa, nPages);
}

export function hwProbeRead(p: usize, gpa: u64, size: u32): i32 {
  return hwRead(changetype<Vcpu>(p), gpa, size);
}

export function hwProbeFetch(p: usize, gpa: u64, size: u32): i32 {
  return hwFetch(changetype<Vcpu>(p), gpa, size);
}

export function hwProbeWrite(p: usize, gpa: u64, size: u32, value: u64): i32 {
  return hwWrite(changetype<Vcpu>(p), gpa, size, value);
}

export function hwProbeWrite16(p: usize, gpa: u64, low: u64, high: u64): i32 {
  return hwWrite16(changetype<Vcpu>(p), gpa, low, high);
}

export function hwProbeRet0(): u64 {
  return thisCpu().ret0;
}

export function hwProbeRet1(): u64 {
  return thisCpu().ret1;
}

// --- frames with cached code ---

/** Where noteCodeWritten counts: this CPU's ret3 is free for it, since nothing in hw uses it. */
function noteCodeWritten(hpa: u32, bytes: u32): void {
  const cpu = thisCpu();
  const pfn = hpa >> PAGE_SHIFT;
  cpu.ret3 = ((cpu.ret3 & 0xffff_ffff_0000_0000) + 0x1_0000_0000) | pfn;
}

/** Registers a receiver that counts; hwProbeCodeReports reads and clears it: count << 32 | last pfn. */
export function hwProbeWatchCode(): void {
  thisCpu().ret3 = 0;
  store<u32>(SYSTEM_OPS + OP_CODE_WRITTEN * 4, load<u32>(changetype<usize>(noteCodeWritten)));
}

export function hwProbeUnwatchCode(): void {
  store<u32>(SYSTEM_OPS + OP_CODE_WRITTEN * 4, 0);
}

export function hwProbeCodeReports(): u64 {
  const reports = thisCpu().ret3;
  thisCpu().ret3 = 0;
  return reports;
}

export function hwProbeSetCode(pfn: u32, flags: u32): void {
  frameMeta(pfn).flags = <u16>flags;
}

// --- loops to time ---

/** `n` 8-byte reads, `stride` bytes apart, round and round in [gpa, gpa + mask]; every one through the TLB. Sum of what was read. */
export function hwBenchReads(p: usize, gpa: u64, stride: u64, mask: u64, n: u32): u64 {
  const vcpu = changetype<Vcpu>(p);
  let sum: u64 = 0;
  let offset: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (hwRead(vcpu, gpa + offset, 8) != 0) return 0;
    sum += thisCpu().ret0;
    offset = (offset + stride) & mask;
  }
  return sum;
}

/** As hwBenchReads, with the pointer in hand: what an interpreter's fast path does. */
export function hwBenchHits(p: usize, gpa: u64, stride: u64, mask: u64, n: u32): u64 {
  const vcpu = changetype<Vcpu>(p);
  let sum: u64 = 0;
  let offset: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const q = tlbHitRead(vcpu, gpa + offset, 8);
    if (q == 0) return 0;
    sum += load<u64>(q);
    offset = (offset + stride) & mask;
  }
  return sum;
}

export function hwBenchWrites(p: usize, gpa: u64, stride: u64, mask: u64, n: u32): u64 {
  const vcpu = changetype<Vcpu>(p);
  let offset: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (hwWrite(vcpu, gpa + offset, 8, i) != 0) return 0;
    offset = (offset + stride) & mask;
  }
  return n;
}

/** The same loop without any translation: what the others' figures contain beside it. */
export function hwBenchLoads(base: usize, stride: u64, mask: u64, n: u32): u64 {
  let sum: u64 = 0;
  let offset: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    sum += load<u64>(base + <usize>offset);
    offset = (offset + stride) & mask;
  }
  return sum;
}

export function hwBenchWalks(p: usize, gpa: u64, stride: u64, mask: u64, n: u32, access: u32): u64 {
  const vcpu = changetype<Vcpu>(p);
  let sum: u64 = 0;
  let offset: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (hwWalk(vcpu, gpa + offset, access) == 0) sum += thisCpu().ret0;
    offset = (offset + stride) & mask;
  }
  return sum;
}

/** Misses of the TLB: a flush before each translation. */
export function hwBenchMisses(p: usize, gpa: u64, stride: u64, mask: u64, n: u32, access: u32): u64 {
  const vcpu = changetype<Vcpu>(p);
  let sum: u64 = 0;
  let offset: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    tlbFlushAll(vcpu);
    if (hwTranslate(vcpu, gpa + offset, access) == 0) sum += thisCpu().ret0;
    offset = (offset + stride) & mask;
  }
  return sum;
}

// --- a walker against somebody who changes the entry ---

/**
 * `n` write walks at `gpa` with the log on, emptied after each. Notes at `out` (four u64) how many walks set Dirty when
 * they answered frame `hpaA` or `hpaB`, how many did not, and how many answered something else.
 */
export function hwStressWalks(p: usize, gpa: u64, hpaA: u64, hpaB: u64, n: u32, out: usize): u32 {
  const vcpu = changetype<Vcpu>(p);
  let inA: u64 = 0;
  let inB: u64 = 0;
  let clean: u64 = 0;
  let others: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    vcpu.hwPmlIndex = PML_INDEX_START;
    if (hwWalk(vcpu, gpa, HW_WRITE) != 0) {
      others++;
      continue;
    }
    const hpa = thisCpu().ret0;
    if (vcpu.hwPmlIndex == PML_INDEX_START) clean++;
    else if (hpa == hpaA) inA++;
    else if (hpa == hpaB) inB++;
    else others++;
  }
  store<u64>(out, inA);
  store<u64>(out, inB, 8);
  store<u64>(out, clean, 16);
  store<u64>(out, others, 24);
  return n;
}

/** Puts `a` and `b` in turn into the entry at `place`, `n` times; notes at `out` in how many of each it found `flag` set. */
export function hwStressSwaps(place: usize, a: u64, b: u64, flag: u64, n: u32, out: usize): u32 {
  let inA: u64 = 0;
  let inB: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const isA = (i & 1) == 0;
    const old = atomic.xchg<u64>(place, isA ? a : b);
    // What lay there is the other one.
    if ((old & flag) != 0) {
      if (isA) inB++;
      else inA++;
    }
  }
  store<u64>(out, inA);
  store<u64>(out, inB, 8);
  return n;
}
