/**
 * A vCPU's translation lookaside buffer: guest-physical pages of 4 KiB, direct-mapped, private to the vCPU's thread.
 *
 * Guarantee: a hit means that the translation is live (no flush since it was filled), permits that kind of access, and
 * needs no update of the tables: Accessed is set, and Dirty for writes. So a hit is the whole translation, and the
 * fast path is one compare. Larger pages fill one entry for each 4 KiB of them that is touched.
 *
 * Every comparator carries vcpu.tlbTag: a new tag empties the TLB at once. Tags are 11 bits; when they run out the
 * entries are cleared in earnest. The tag stands for the root too: whoever loads another root flushes.
 *
 * Two kinds of page never hit in the fast path. Phantom ones have no memory to point at. Frames whose decoded
 * instructions are cached (FRAME_FLAG_CODE) get no write comparator: stores go the slow way (hw/access.ts) and report.
 * Setting that flag on a frame must be followed by a flush of all vCPUs, before its bytes are decoded.
 */

import { BUG_TLB_GEOMETRY } from "../layout/bugs";
import { LAB } from "../layout/build";
import {
  HW_DIRTY,
  HW_EXEC,
  HW_PHANTOM,
  HW_READ,
  HW_WRITE,
  TLB_ENTRY_BYTES,
  TLB_ENTRY_SHIFT,
  TLB_INFO_HPA_SHIFT,
  TLB_INFO_LEVEL,
  TLB_INFO_PERMISSIONS,
  TLB_INFO_PERMISSIONS_SHIFT,
  TLB_TAG_MAX,
  TLB_TAG_PHANTOM,
  TlbEntry,
} from "../layout/hw";
import { LAB_TLB_EMPTY, LAB_TLB_FILL } from "../layout/lab";
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { X86 } from "../layout/x86";
import { thisCpu } from "../sync/this_cpu";
import { bug } from "../trace/bug";
import { labEvent } from "../trace/lab_event";
import { codeFrameIsCached } from "../mm/code_frame";
import { linearFlushAll } from "./linear_tlb";
import { pagingCacheFlush } from "./paging_cache";

// @ts-ignore: decorator
@inline
function entryOf(vcpu: Vcpu, gpa: u64): TlbEntry {
  return changetype<TlbEntry>(vcpu.tlbBase + (<u32>(gpa >> (PAGE_SHIFT - TLB_ENTRY_SHIFT)) & vcpu.tlbMask));
}

/**
 * What a comparator of the page of `gpa` holds if it is live. The page is that of the access's *last* byte, the entry
 * that of its first: an access that crosses a page compares with a neighbour's page, and misses.
 */
// @ts-ignore: decorator
@inline
function wantedTag(vcpu: Vcpu, gpa: u64, sizeBytes: u32): u64 {
  return ((gpa + (sizeBytes - 1)) & PAGE_MASK) | vcpu.tlbTag;
}

// @ts-ignore: decorator
@inline
function pointerInto(entry: TlbEntry, gpa: u64): usize {
  return <usize>entry.page + (<usize>gpa & (PAGE_SIZE - 1));
}

/** Address in linear memory of `gpa` for a read of `sizeBytes` bytes (1 to 4096), or 0: take the slow path. */
// @ts-ignore: decorator
@inline
export function tlbHitRead(vcpu: Vcpu, gpa: u64, sizeBytes: u32 = 1): usize {
  const entry = entryOf(vcpu, gpa);
  return entry.readTag == wantedTag(vcpu, gpa, sizeBytes) ? pointerInto(entry, gpa) : 0;
}

/** As tlbHitRead, for a write or a read-modify-write: what may be written may be read. */
// @ts-ignore: decorator
@inline
export function tlbHitWrite(vcpu: Vcpu, gpa: u64, sizeBytes: u32 = 1): usize {
  const entry = entryOf(vcpu, gpa);
  return entry.writeTag == wantedTag(vcpu, gpa, sizeBytes) ? pointerInto(entry, gpa) : 0;
}

/** As tlbHitRead, for an instruction fetch. */
// @ts-ignore: decorator
@inline
export function tlbHitExec(vcpu: Vcpu, gpa: u64, sizeBytes: u32 = 1): usize {
  const entry = entryOf(vcpu, gpa);
  return entry.execTag == wantedTag(vcpu, gpa, sizeBytes) ? pointerInto(entry, gpa) : 0;
}

/** Whether `tag` is `wanted`, or that of a phantom page. */
// @ts-ignore: decorator
@inline
function matches(tag: u64, wanted: u64): bool {
  return (tag & ~(<u64>TLB_TAG_PHANTOM)) == wanted;
}

/**
 * The translation of `gpa` for all the kinds of access in `need` (HW_READ | HW_WRITE | HW_EXEC), phantom or not.
 * @ret true: thisCpu().ret0 to ret2 as hwWalk gives them
 */
// @ts-ignore: decorator
@inline
export function tlbLookup(vcpu: Vcpu, gpa: u64, need: u32): bool {
  const entry = entryOf(vcpu, gpa);
  const wanted = wantedTag(vcpu, gpa, 1);
  // In both formats what is writable is readable, so a write comparator speaks for the read too.
  if (
    (need & HW_WRITE) != 0 ? !matches(entry.writeTag, wanted) : (need & HW_READ) != 0 && !matches(entry.readTag, wanted)
  ) {
    return false;
  }
  if ((need & HW_EXEC) != 0 && !matches(entry.execTag, wanted)) return false;
  const info = entry.info;
  const cpu = thisCpu();
  cpu.ret0 = ((<u64>(info >> TLB_INFO_HPA_SHIFT)) << 32) | entry.page | (gpa & (PAGE_SIZE - 1));
  cpu.ret1 = info & TLB_INFO_LEVEL;
  cpu.ret2 = (info >> TLB_INFO_PERMISSIONS_SHIFT) & TLB_INFO_PERMISSIONS;
  return true;
}

/** Keeps what hwWalk answered for `gpa`: its `hpa`, the leaf's `level`, its `permissions`. Replaces what was there. */
// @ts-ignore: decorator
@inline
export function tlbFill(vcpu: Vcpu, gpa: u64, hpa: u64, level: u32, permissions: u32): void {
  const entry = entryOf(vcpu, gpa);
  const isPhantom = (permissions & HW_PHANTOM) != 0;
  const tag = wantedTag(vcpu, gpa, 1) | (isPhantom ? TLB_TAG_PHANTOM : 0);
  const mayWrite =
    (permissions & (HW_WRITE | HW_DIRTY)) == (HW_WRITE | HW_DIRTY) && (isPhantom || !codeFrameIsCached(hpa));
  entry.readTag = (permissions & HW_READ) != 0 ? tag : 0;
  entry.writeTag = mayWrite ? tag : 0;
  entry.execTag = (permissions & HW_EXEC) != 0 ? tag : 0;
  entry.page = <u32>(hpa & PAGE_MASK);
  entry.info = ((<u32>(hpa >> 32)) << TLB_INFO_HPA_SHIFT) | (permissions << TLB_INFO_PERMISSIONS_SHIFT) | level;
  if (LAB) labEvent(LAB_TLB_FILL, changetype<usize>(vcpu), gpa, hpa, permissions, 0);
}

/**
 * Gives `vcpu` an empty TLB of `entries` entries (a power of two, at least 2; TLB_ENTRIES is usual) at `base`, which
 * has room for them. With one entry an access that crosses a page could hit in its second.
 */
export function tlbInit(vcpu: Vcpu, base: usize, entries: u32): void {
  if (entries < 2 || (entries & (entries - 1)) != 0) bug(BUG_TLB_GEOMETRY, entries, base);
  vcpu.tlbBase = <u32>base;
  vcpu.tlbMask = (entries - 1) << TLB_ENTRY_SHIFT;
  vcpu.tlbTag = TLB_TAG_MAX;
  tlbFlushAll(vcpu);
}

/** Linear translations have the second dimension's folded in; which of them have a given gpa is not known. */
// @ts-ignore: decorator
@inline
function linearForget(vcpu: Vcpu): void {
  if (vcpu.x86 != 0) linearFlushAll(changetype<X86>(vcpu.x86));
}

/** Empties the TLB, and the linear TLB (hw/linear_tlb.ts) with it. */
export function tlbFlushAll(vcpu: Vcpu): void {
  if (LAB) {
    pagingCacheFlush(vcpu);
    labEvent(LAB_TLB_EMPTY, changetype<usize>(vcpu), 0, 0, 0, 0);
  }
  vcpu.tlbFlushes++;
  linearForget(vcpu);
  if (vcpu.tlbTag < TLB_TAG_MAX) {
    vcpu.tlbTag++;
    return;
  }
  // Each tag has been used once: entries of long ago would come to life again.
  memory.fill(vcpu.tlbBase, 0, vcpu.tlbMask + TLB_ENTRY_BYTES);
  vcpu.tlbTag = 1;
}

/** Forgets the translations of the `nPages` 4 KiB pages from `gpa` on, and perhaps others. */
export function tlbFlushGpaRange(vcpu: Vcpu, gpa: u64, nPages: u64): void {
  if (nPages > vcpu.tlbMask >> TLB_ENTRY_SHIFT) return tlbFlushAll(vcpu);
  if (LAB) pagingCacheFlush(vcpu);
  vcpu.tlbFlushes++;
  linearForget(vcpu);
  for (let i: u64 = 0; i < nPages; i++) {
    // Whatever page is there: asking first costs as much as filling it again.
    const entry = entryOf(vcpu, gpa + (i << PAGE_SHIFT));
    entry.readTag = 0;
    entry.writeTag = 0;
    entry.execTag = 0;
  }
}

/** Forgets the translation of the 4 KiB page of `gpa`. */
export function tlbFlushGpa(vcpu: Vcpu, gpa: u64): void {
  tlbFlushGpaRange(vcpu, gpa, 1);
}
