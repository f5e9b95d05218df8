/**
 * Unmap, protect, DONTNEED: changes to a range of addresses. All three prepare what may fail first, then change
 * entries inside one notifier bracket and cannot fail any more: an error means that nothing happened.
 */

import { EINVAL, ENOMEM } from "../layout/errno";
import { BACKING_PHANTOM, HVA_END, Mm, PhantomRange, PROT_READ, PROT_WRITE } from "../layout/hostmm";
import { Hva, PAGE_SIZE } from "../layout/types";
import { aload64, astore64 } from "../sync/atomics";
import { epochPoll } from "../sync/epoch";
import { thisCpu } from "../sync/this_cpu";
import { entryEnd, entryIsLeaf, rootOf, tableStep, tableTrim } from "./host_table";
import { clearRange, leafWithProt } from "./leaf";
import { mmapWriteLock, mmapWriteUnlock } from "./mmap_lock";
import { notifyEnd, notifyStart } from "./notifier";
import { pagerCancelRange } from "./pager";
import { phantomDrop } from "./phantom";
import { splitEdges } from "./split";
import {
  vmaArrayOf,
  vmaAt,
  vmaCeiling,
  vmaCount,
  vmaFloor,
  vmaIndex,
  vmaMayCut,
  vmaOffset,
  vmaRangeIsFull,
} from "./vma";
import { EDIT_PROTECT, EDIT_REMOVE, vmaEditCommit, vmaEditPrepare } from "./vma_edit";

/** 0 if [hva, hva + length) is a range of whole pages that could be mapped, else -EINVAL. */
export function rangeCheck(hva: Hva, length: u64): i32 {
  if (((hva | length) & (PAGE_SIZE - 1)) != 0 || length == 0) return -EINVAL;
  return hva >= HVA_END || length > HVA_END - hva ? -EINVAL : 0;
}

/** PROT_WRITE brings PROT_READ with it. */
export function protNormal(prot: u32): u32 {
  return (prot & PROT_WRITE) != 0 ? prot | PROT_READ : prot;
}

/**
 * Unmaps the pages of [hva, hva + length); holes are no error.
 * @takes mmapLock:write
 * @ret 0; -EINVAL: not whole pages, empty, or beyond 2^47, or it cuts a page that cannot be split (HUGETLB, phantom);
 *   -ENOMEM
 */
export function mmUnmap(address: usize, hva: Hva, length: u64): i32 {
  const bad = rangeCheck(hva, length);
  if (bad != 0) return bad;
  const mm = changetype<Mm>(address);
  mmapWriteLock(mm);
  const result = unmapLocked(mm, hva, hva + length);
  mmapWriteUnlock(mm);
  epochPoll();
  return result;
}

/** @holds mmapLock:write */
function unmapLocked(mm: Mm, start: Hva, end: Hva): i32 {
  if (!vmaMayCut(mm, start) || !vmaMayCut(mm, end)) return -EINVAL;
  if (vmaCount(vmaArrayOf(mm)) == 0) return 0;
  if (splitEdges(mm, start, end) != 0) return -ENOMEM;
  const array = vmaEditPrepare(mm, start, end, EDIT_REMOVE, 0);
  if (changetype<usize>(array) == 0) return -ENOMEM;
  notifyStart(mm, start, end);
  clearRange(mm, start, end);
  pagerCancelRange(mm, start, end);
  vmaEditCommit(mm, array);
  tableTrim(rootOf(mm), start, end, vmaFloor(mm, start), vmaCeiling(mm, end));
  notifyEnd(mm, start, end);
  return 0;
}

/**
 * Sets the rights of all pages of [hva, hva + length) to `prot` (PROT_*).
 * @takes mmapLock:write
 * @ret as mmUnmap; also -EINVAL: unknown rights; -ENOMEM: a hole in the range
 */
export function mmProtect(address: usize, hva: Hva, length: u64, prot: u32): i32 {
  const bad = rangeCheck(hva, length);
  if (bad != 0) return bad;
  if ((prot & ~(PROT_READ | PROT_WRITE)) != 0) return -EINVAL;
  const mm = changetype<Mm>(address);
  mmapWriteLock(mm);
  const result = protectLocked(mm, hva, hva + length, protNormal(prot));
  mmapWriteUnlock(mm);
  epochPoll();
  return result;
}

/** @holds mmapLock:write */
function protectLocked(mm: Mm, start: Hva, end: Hva, prot: u32): i32 {
  if (!vmaRangeIsFull(mm, start, end)) return -ENOMEM;
  if (!vmaMayCut(mm, start) || !vmaMayCut(mm, end)) return -EINVAL;
  if (splitEdges(mm, start, end) != 0) return -ENOMEM;
  const array = vmaEditPrepare(mm, start, end, EDIT_PROTECT, prot);
  if (changetype<usize>(array) == 0) return -ENOMEM;
  notifyStart(mm, start, end);
  protectEntries(mm, start, end, prot);
  vmaEditCommit(mm, array);
  notifyEnd(mm, start, end);
  return 0;
}

function protectEntries(mm: Mm, start: Hva, end: Hva, prot: u32): void {
  const root = rootOf(mm);
  let slot: usize = 0;
  let level: u32 = 0;
  for (let at = start; at < end; at = entryEnd(at, level)) {
    slot = tableStep(root, at, slot, level);
    level = <u32>thisCpu().ret2;
    const entry = aload64(slot);
    if (!entryIsLeaf(entry, level)) continue;
    const changed = leafWithProt(entry, prot);
    if (changed != entry) astore64(slot, changed);
  }
}

/**
 * Drops the pages of [hva, hva + length); the mapping stays. The next access finds zeroes, what the shared object has,
 * or asks the pager.
 * @takes mmapLock:write
 * @ret as mmUnmap; also -ENOMEM: a hole in the range
 */
export function mmDontNeed(address: usize, hva: Hva, length: u64): i32 {
  const bad = rangeCheck(hva, length);
  if (bad != 0) return bad;
  const mm = changetype<Mm>(address);
  mmapWriteLock(mm);
  const result = dontNeedLocked(mm, hva, hva + length);
  mmapWriteUnlock(mm);
  epochPoll();
  return result;
}

/** @holds mmapLock:write */
function dontNeedLocked(mm: Mm, start: Hva, end: Hva): i32 {
  if (!vmaRangeIsFull(mm, start, end)) return -ENOMEM;
  if (!vmaMayCut(mm, start) || !vmaMayCut(mm, end)) return -EINVAL;
  if (splitEdges(mm, start, end) != 0) return -ENOMEM;
  notifyStart(mm, start, end);
  clearRange(mm, start, end);
  pagerCancelRange(mm, start, end);
  dropPhantoms(mm, start, end);
  // Tables of whole 2 MiB go too, or the range could never have huge pages again.
  tableTrim(rootOf(mm), start, end, start, end);
  notifyEnd(mm, start, end);
  return 0;
}

function dropPhantoms(mm: Mm, start: Hva, end: Hva): void {
  const array = vmaArrayOf(mm);
  const n = vmaCount(array);
  for (let i = vmaIndex(array, start); i < n && vmaAt(array, i).start < end; i++) {
    const vma = vmaAt(array, i);
    if (vma.backing != BACKING_PHANTOM) continue;
    const from = max(vma.start, start);
    phantomDrop(changetype<PhantomRange>(vma.source), vmaOffset(vma, from), vmaOffset(vma, min(vma.end, end)));
  }
}
