/**
 * Fork: a second address space with the same mappings. Private pages are shared until one side writes: both sides'
 * entries are read-only, and cow.ts copies. A shared object's pages are found again by faulting. Phantom ranges start
 * empty, with frame numbers of the child's own. A pager's pages that have not come yet are asked for by each side, and
 * so are those that are paged out: both sides' entries name the slot.
 */

import { BACKING_PHANTOM, HPTE_WRITE, Mm, PhantomRange, Vma, VmaArray } from "../layout/hostmm";
import { Hva, LEVEL_4K, PAGE_SHIFT, pagesPerLevel, PHANTOM_PFN_BASE } from "../layout/types";
import { frameGet } from "../mm/frames";
import { aload64, astore64 } from "../sync/atomics";
import { epochPoll } from "../sync/epoch";
import { thisCpu } from "../sync/this_cpu";
import { vmaIsPrivate } from "./cow";
import { entryEnd, entryIsLeaf, entryIsSwap, entryPfn, rootOf, tableEnsure, tableStep } from "./host_table";
import { hugeGet } from "./huge_block";
import { countLeaf } from "./leaf";
import { mmCreate, mmDestroy, mmIsDestroyed } from "./mm";
import { mmapWriteLock, mmapWriteUnlock } from "./mmap_lock";
import { notifyEnd, notifyStart } from "./notifier";
import { pageOutCancelAll, swapOf, swapShare } from "./page_out";
import { phantomCreate, phantomPlace } from "./phantom";
import { swapGet } from "./swap";
import { vmaArrayAlloc, vmaArrayOf, vmaArrayPublish, vmaAt, vmaClone, vmaCount, vmaMake, vmaSetAt } from "./vma";

/**
 * A copy of the address space at `address`.
 * @takes vmLock, then mmapLock:write of the parent
 * @ret the child's address; 0 = out of memory (or the parent is destroyed): there is no child then, and pages that the
 *   parent need not share any more become writable again by faulting
 */
export function mmFork(address: usize): usize {
  const child = mmCreate();
  if (child == 0) return 0;
  const parent = changetype<Mm>(address);
  mmapWriteLock(parent);
  const isDone =
    !mmIsDestroyed(parent) && forkVmas(parent, changetype<Mm>(child)) && forkPages(parent, changetype<Mm>(child));
  mmapWriteUnlock(parent);
  if (!isDone) mmDestroy(child);
  epochPoll();
  return isDone ? child : 0;
}

/** The child is nobody's yet: its lock need not be held. */
function forkVmas(parent: Mm, child: Mm): bool {
  if (parent.swap != 0) {
    swapGet(swapOf(parent));
    child.swap = parent.swap;
  }
  const from = vmaArrayOf(parent);
  const n = vmaCount(from);
  if (n == 0) return true;
  const to = vmaArrayAlloc(n);
  if (changetype<usize>(to) == 0) return false;
  vmaArrayPublish(child, to);
  for (let i: u32 = 0; i < n; i++) {
    const vma = vmaAt(from, i);
    const copy = vma.backing == BACKING_PHANTOM ? forkPhantom(child, vma) : vmaClone(vma, vma.start, vma.end);
    if (changetype<usize>(copy) == 0) return false;
    vmaSetAt(to, i, copy);
    to.count = i + 1;
  }
  return true;
}

/** A VMA like `vma` over a phantom range of the child's. Null = out of memory. */
function forkPhantom(child: Mm, vma: Vma): Vma {
  const level = changetype<PhantomRange>(vma.source).level;
  const nPages = (vma.end - vma.start) >> PAGE_SHIFT;
  const at = phantomPlace(child.phantomNext, nPages, pagesPerLevel(level));
  const range: usize = at == u64.MAX_VALUE ? 0 : phantomCreate(nPages, level);
  if (range == 0) return changetype<Vma>(0);
  changetype<PhantomRange>(range).basePfn = PHANTOM_PFN_BASE + at;
  child.phantomNext = at + nPages;
  const copy = vmaMake(BACKING_PHANTOM, vma.prot, vma.flags, <u32>range, 0);
  if (changetype<usize>(copy) == 0) return copy;
  copy.start = vma.start;
  copy.end = vma.end;
  return copy;
}

/** @holds mmapLock:write of the parent. False = out of memory */
function forkPages(parent: Mm, child: Mm): bool {
  const array: VmaArray = vmaArrayOf(parent);
  pageOutCancelAll(parent);
  for (let i: u32 = 0; i < vmaCount(array); i++) {
    const vma = vmaAt(array, i);
    if (!vmaIsPrivate(vma)) continue;
    notifyStart(parent, vma.start, vma.end);
    const isDone = shareRange(parent, child, vma.start, vma.end);
    notifyEnd(parent, vma.start, vma.end);
    if (!isDone) return false;
  }
  return true;
}

/** Every leaf of [start, end) becomes read-only, here and in the child. */
function shareRange(parent: Mm, child: Mm, start: Hva, end: Hva): bool {
  let slot: usize = 0;
  let level: u32 = 0;
  for (let at = start; at < end; at = entryEnd(at, level)) {
    slot = tableStep(rootOf(parent), at, slot, level);
    level = <u32>thisCpu().ret2;
    const entry = aload64(slot);
    const isOut = entryIsSwap(entry);
    if (!isOut && !entryIsLeaf(entry, level)) continue;
    const childSlot = tableEnsure(rootOf(child), at, level);
    if (childSlot == 0) return false;
    if (isOut) {
      swapShare(child, entry);
      astore64(childSlot, entry);
      continue;
    }
    const shared = entry & ~HPTE_WRITE;
    if (shared != entry) astore64(slot, shared);
    if (level == LEVEL_4K) frameGet(entryPfn(entry));
    else hugeGet(entryPfn(entry));
    astore64(childSlot, shared);
    countLeaf(child, level);
  }
  return true;
}
