/**
 * What was touched lately: the host's own Accessed bits, and what the VMs' processors noted in theirs. Aging forgets it,
 * so that the next look tells what was touched since. A page is young if its host entry is Accessed (gup touched it) or
 * its frame is marked (an MMU handed Accessed over, when it aged or zapped a leaf).
 *
 * Not exact where frames are shared: one address space's look consumes what another's vCPUs did. It only guides reclaim.
 */

import { EINVAL } from "../layout/errno";
import { Frame, FRAME_FLAG_ACCESSED } from "../layout/frame";
import { HPTE_ACCESSED, Mm } from "../layout/hostmm";
import { ENTRIES_PER_TABLE, Hva, LEVEL_4K } from "../layout/types";
import { frameMeta } from "../mm/frame_meta";
import { aand16, aand64, aload64 } from "../sync/atomics";
import { thisCpu } from "../sync/this_cpu";
import { entryEnd, entryIsLeaf, entryPfn, rootOf, tableStep } from "./host_table";
import { mmapReadLock, mmapReadUnlock } from "./mmap_lock";
import { mmIsDestroyed } from "./mm";
import { notifyClearYoung, notifyTestYoung } from "./notifier";
import { rangeCheck } from "./range";

/** Addresses aged under one hold of the mmap lock. */
const AGE_STEP_BYTES: u64 = (<u64>64) << 20;

/** 4 KiB pages of a leaf of `level`, 1 or 2. */
// @ts-ignore: decorator
@inline
export function leafPages(level: u32): u32 {
  return level == LEVEL_4K ? 1 : ENTRIES_PER_TABLE;
}

// @ts-ignore: decorator
@inline
function takeAccessed(pfn: u32): bool {
  const frame = frameMeta(pfn);
  if ((frame.flags & FRAME_FLAG_ACCESSED) == 0) return false;
  aand16(changetype<usize>(frame) + offsetof<Frame>("flags"), ~FRAME_FLAG_ACCESSED);
  return true;
}

/** Whether the leaf `entry` at `slot` was touched since the last time; forgets it. The MMUs have been aged. @holds mmapLock */
export function leafTakeYoung(slot: usize, entry: u64, level: u32): bool {
  let young = (entry & HPTE_ACCESSED) != 0;
  // Under the lock for read the entry may gain bits meanwhile, but stays this leaf.
  if (young) aand64(slot, ~HPTE_ACCESSED);
  const first = entryPfn(entry);
  for (let i: u32 = 0; i < leafPages(level); i++) if (takeAccessed(first + i)) young = true;
  return young;
}

/**
 * Ages [hva, hva + length): host entries and the VMs' tables.
 * @takes mmapLock:read
 * @ret 4 KiB pages that were young; -EINVAL: not whole pages, or beyond 2^47
 */
export function mmAge(address: usize, hva: Hva, length: u64): i64 {
  if (rangeCheck(hva, length) != 0) return -EINVAL;
  const mm = changetype<Mm>(address);
  const end = hva + length;
  let young: i64 = 0;
  for (let at = hva; at < end; at += AGE_STEP_BYTES) {
    mmapReadLock(mm);
    if (!mmIsDestroyed(mm)) young += ageLocked(mm, at, min(end, at + AGE_STEP_BYTES));
    mmapReadUnlock(mm);
  }
  return young;
}

/** @holds mmapLock:read */
function ageLocked(mm: Mm, start: Hva, end: Hva): i64 {
  notifyClearYoung(mm, start, end, 0);
  const root = rootOf(mm);
  let young: i64 = 0;
  let slot: usize = 0;
  let level: u32 = 0;
  for (let at = start; at < end; at = entryEnd(at, level)) {
    slot = tableStep(root, at, slot, level);
    level = <u32>thisCpu().ret2;
    const entry = aload64(slot);
    if (entryIsLeaf(entry, level) && leafTakeYoung(slot, entry, level)) young += leafPages(level);
  }
  return young;
}

/**
 * Whether anything of [hva, hva + length) was touched since it was last aged; forgets nothing.
 * @takes mmapLock:read
 * @ret 0, 1; -EINVAL as mmAge
 */
export function mmTestYoung(address: usize, hva: Hva, length: u64): i32 {
  if (rangeCheck(hva, length) != 0) return -EINVAL;
  const mm = changetype<Mm>(address);
  mmapReadLock(mm);
  const young =
    !mmIsDestroyed(mm) && (hostIsYoung(mm, hva, hva + length) || notifyTestYoung(mm, hva, hva + length) != 0);
  mmapReadUnlock(mm);
  return i32(young);
}

/** @holds mmapLock:read */
function hostIsYoung(mm: Mm, start: Hva, end: Hva): bool {
  const root = rootOf(mm);
  let slot: usize = 0;
  let level: u32 = 0;
  for (let at = start; at < end; at = entryEnd(at, level)) {
    slot = tableStep(root, at, slot, level);
    level = <u32>thisCpu().ret2;
    const entry = aload64(slot);
    if (!entryIsLeaf(entry, level)) continue;
    if ((entry & HPTE_ACCESSED) != 0) return true;
    const first = entryPfn(entry);
    for (let i: u32 = 0; i < leafPages(level); i++)
      if ((frameMeta(first + i).flags & FRAME_FLAG_ACCESSED) != 0) return true;
  }
  return false;
}
