/**
 * Frames replaced under a live mapping: moved (compaction), or made one with an equal page (merging). Both are for
 * private pages. The second is where a read-only translation changes in place: see mmMerge.
 */

import { LAB } from "../layout/build";
import { EBUSY, EFAULT, EINVAL, ENOENT, ENOMEM } from "../layout/errno";
import { FRAME_ANON } from "../layout/frame";
import {
  HPTE_DIRTY,
  HPTE_PFN_MASK,
  HPTE_PRESENT,
  HPTE_WRITE,
  HVA_END,
  Mm,
  MM_MAP_HUGETLB,
  MM_MERGE_DIFFERENT,
  Vma,
} from "../layout/hostmm";
import { Hva, LEVEL_4K, PAGE_SHIFT, PAGE_SIZE } from "../layout/types";
import { frameAlloc, frameGet } from "../mm/frames";
import { HOOK_LOAD } from "../layout/hook";
import { aload64, astore64, labHook } from "../sync/atomics";
import { thisCpu } from "../sync/this_cpu";
import { vmaIsPrivate } from "./cow";
import { entryIsLeaf, entryPfn, entryPtr, makeReadOnly, rootOf, tableFind, tableSpan } from "./host_table";
import { HUGE_BYTES, hugeAlloc, hugeIsExclusive, singleIsExclusive, singlePut } from "./huge_block";
import { dropLeaf } from "./leaf";
import { mmapWriteLock, mmapWriteUnlock } from "./mmap_lock";
import { notifyChangeEnd, notifyChangePte, notifyChangeStart, notifyEnd, notifyStart } from "./notifier";
import { splitBlock } from "./split";
import { vmaFind } from "./vma";

/** 0, or why the page at `hva` cannot be replaced: -EINVAL no address of a page; -EFAULT nothing mapped; -EINVAL not private. */
function checkPage(mm: Mm, hva: Hva): i32 {
  if (hva >= HVA_END || (hva & (PAGE_SIZE - 1)) != 0) return -EINVAL;
  const vma = vmaFind(mm, hva);
  if (changetype<usize>(vma) == 0) return -EFAULT;
  return vmaIsPrivate(vma) ? 0 : -EINVAL;
}

/**
 * Moves the page at `hva`, or the 2 MiB it is part of, to another frame.
 * @takes mmapLock:write
 * @ret 0; -EINVAL: not a page's address, or a shared object or phantom; -EFAULT: nothing mapped; -ENOENT: not there;
 *   -EBUSY: shared with others; -ENOMEM
 */
export function mmMigrate(address: usize, hva: Hva): i32 {
  const mm = changetype<Mm>(address);
  mmapWriteLock(mm);
  const error = checkPage(mm, hva);
  const result = error != 0 ? error : migrateLocked(mm, hva);
  mmapWriteUnlock(mm);
  return result;
}

function migrateLocked(mm: Mm, hva: Hva): i32 {
  const slot = tableFind(rootOf(mm), hva);
  const level = <u32>thisCpu().ret2;
  const entry = aload64(slot);
  if (!entryIsLeaf(entry, level)) return -ENOENT;
  const old = entryPfn(entry);
  const isSmall = level == LEVEL_4K;
  if (isSmall ? !singleIsExclusive(old) : !hugeIsExclusive(old)) return -EBUSY;
  const pfn = isSmall ? frameAlloc(FRAME_ANON) : hugeAlloc();
  if (pfn == 0) return -ENOMEM;
  const start = hva & ~(tableSpan(level) - 1);
  notifyStart(mm, start, start + tableSpan(level));
  const leaf = (entry & ~HPTE_PFN_MASK) | ((<u64>pfn) << PAGE_SHIFT);
  if (LAB) labHook(HOOK_LOAD, entryPtr(entry));
  memory.copy(entryPtr(leaf), entryPtr(entry), isSmall ? PAGE_SIZE : HUGE_BYTES);
  astore64(slot, leaf);
  dropLeaf(entry, level);
  notifyEnd(mm, start, start + tableSpan(level));
  return 0;
}

/**
 * Lets two equal pages share one frame: A's. Both become read-only by an ordinary invalidation (unless they are), are
 * compared, and then B's entry goes from one read-only frame to the other, read-only as before. That last step unmaps
 * nothing: inside a bracket that only holds stale faults off, CHANGE_PTE lets the MMU change a read-only translation
 * in place. The next write to either page copies it.
 * @takes mmapLock:write
 * @ret 0: they share a frame; MM_MERGE_DIFFERENT: they differ; errors as mmMigrate (not -EBUSY; -EINVAL also for
 *   HUGETLB and for hvaA = hvaB; -ENOENT also for a page without rights)
 */
export function mmMerge(address: usize, hvaA: Hva, hvaB: Hva): i32 {
  const mm = changetype<Mm>(address);
  mmapWriteLock(mm);
  const result = mergeLocked(mm, hvaA, hvaB);
  mmapWriteUnlock(mm);
  return result;
}

function mergeLocked(mm: Mm, hvaA: Hva, hvaB: Hva): i32 {
  const error = checkMerge(mm, hvaA, hvaB);
  if (error != 0) return error;
  // Before anything is split or protected in vain; the guest may be writing, so this settles nothing.
  if (!pagesAreEqual(pageAt(mm, hvaA), pageAt(mm, hvaB))) return MM_MERGE_DIFFERENT;
  if (splitBlock(mm, hvaA) != 0 || splitBlock(mm, hvaB) != 0) return -ENOMEM;
  const slotA = tableFind(rootOf(mm), hvaA);
  const slotB = tableFind(rootOf(mm), hvaB);
  const pfnA = entryPfn(aload64(slotA));
  const pfnB = entryPfn(aload64(slotB));
  if (pfnA == pfnB) return 0;
  protectLeaf(mm, slotA, hvaA);
  protectLeaf(mm, slotB, hvaB);
  if (!pagesAreEqual((<usize>pfnA) << PAGE_SHIFT, (<usize>pfnB) << PAGE_SHIFT)) return MM_MERGE_DIFFERENT;
  frameGet(pfnA);
  notifyChangeStart(mm, hvaB, hvaB + PAGE_SIZE);
  astore64(slotB, makeReadOnly(pfnA) | HPTE_DIRTY); // what B was filled from has not this
  notifyChangePte(mm, hvaB, pfnA);
  singlePut(pfnB);
  notifyChangeEnd(mm, hvaB, hvaB + PAGE_SIZE);
  return 0;
}

function checkMerge(mm: Mm, hvaA: Hva, hvaB: Hva): i32 {
  if (hvaA == hvaB) return -EINVAL;
  const errorA = checkPage(mm, hvaA);
  if (errorA != 0) return errorA;
  const errorB = checkPage(mm, hvaB);
  if (errorB != 0) return errorB;
  const vmaA: Vma = vmaFind(mm, hvaA);
  const vmaB: Vma = vmaFind(mm, hvaB);
  if (((vmaA.flags | vmaB.flags) & MM_MAP_HUGETLB) != 0) return -EINVAL;
  return pageAt(mm, hvaA) == 0 || pageAt(mm, hvaB) == 0 ? -ENOENT : 0;
}

/** Address of the bytes of the usable page at `hva`; 0 = it is not there. */
function pageAt(mm: Mm, hva: Hva): usize {
  const entry = aload64(tableFind(rootOf(mm), hva));
  const level = <u32>thisCpu().ret2;
  if (!entryIsLeaf(entry, level) || (entry & HPTE_PRESENT) == 0) return 0;
  return entryPtr(entry) + <usize>(hva & (tableSpan(level) - 1));
}

/** Takes the write right off the 4 KiB leaf at `slot`: after this nobody changes the page. */
function protectLeaf(mm: Mm, slot: usize, hva: Hva): void {
  const entry = aload64(slot);
  if ((entry & HPTE_WRITE) == 0) return;
  notifyStart(mm, hva, hva + PAGE_SIZE);
  astore64(slot, entry & ~HPTE_WRITE);
  notifyEnd(mm, hva, hva + PAGE_SIZE);
}

function pagesAreEqual(a: usize, b: usize): bool {
  if (LAB) {
    labHook(HOOK_LOAD, a);
    labHook(HOOK_LOAD, b);
  }
  for (let i: u32 = 0; i < PAGE_SIZE; i += 8) if (load<u64>(a + i) != load<u64>(b + i)) return false;
  return true;
}
