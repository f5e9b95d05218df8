/**
 * Copy-on-write: what a write to a private page does that other leaves may share. This is a change of a present entry,
 * so the mmap lock is taken for write and the notifiers are called: nobody who uses the page under the lock, and no
 * vCPU, has it taken from under its hands. Writers of one address space's shared pages therefore queue.
 */

import { LAB } from "../layout/build";
import { ENOMEM } from "../layout/errno";
import { FRAME_ANON } from "../layout/frame";
import {
  BACKING_ANON,
  BACKING_PAGER,
  HPTE_PRESENT,
  HPTE_PS,
  HPTE_WRITE,
  Mm,
  MM_MAP_HUGETLB,
  PROT_WRITE,
  Vma,
} from "../layout/hostmm";
import { Hva, LEVEL_2M, LEVEL_4K, PAGE_SHIFT, PAGE_SIZE } from "../layout/types";
import { frameAlloc } from "../mm/frames";
import { HOOK_LOAD } from "../layout/hook";
import { aload64, astore64, labHook } from "../sync/atomics";
import { thisCpu } from "../sync/this_cpu";
import { mmCpu } from "./counters";
import { FAULT_NO_BLOCK } from "./fault";
import { entryPfn, entryPtr, makeReadOnly, makeWritable, rootOf, tableFind, tableSpan } from "./host_table";
import { HUGE_BYTES, hugeAlloc, singleIsExclusive } from "./huge_block";
import { dropLeaf } from "./leaf";
import { mmapWriteLock, mmapWriteUnlock } from "./mmap_lock";
import { notifyEnd, notifyStart } from "./notifier";
import { splitBlock } from "./split";
import { vmaFind } from "./vma";

/** True for memory whose pages belong to one address space unless shared by copy-on-write. */
// @ts-ignore: decorator
@inline
export function vmaIsPrivate(vma: Vma): bool {
  return vma.backing == BACKING_ANON || vma.backing == BACKING_PAGER;
}

/**
 * Brings a write to the shared page at `hva` forward: copies it, or splits the 2 MiB leaf it is in. Or finds that this
 * is not needed any more.
 * @takes mmapLock:write
 * @ret 0: try the access again; -ENOMEM; FAULT_NO_BLOCK
 */
export function breakSharing(mm: Mm, hva: Hva): i32 {
  mmapWriteLock(mm);
  const result = breakLocked(mm, hva);
  mmapWriteUnlock(mm);
  return result;
}

function breakLocked(mm: Mm, hva: Hva): i32 {
  const vma = vmaFind(mm, hva);
  if (changetype<usize>(vma) == 0 || (vma.prot & PROT_WRITE) == 0 || !vmaIsPrivate(vma)) return 0;
  const slot = tableFind(rootOf(mm), hva);
  const level = <u32>thisCpu().ret2;
  const entry = aload64(slot);
  if ((entry & (HPTE_PRESENT | HPTE_WRITE)) != HPTE_PRESENT) return 0;
  if (level == LEVEL_4K) return singleIsExclusive(entryPfn(entry)) ? 0 : copyPage(mm, slot, entry, hva);
  if ((vma.flags & MM_MAP_HUGETLB) != 0) return copyHuge(mm, slot, entry, hva);
  return splitBlock(mm, hva); // then one 4 KiB page of it is copied, the others go on being shared
}

function copyPage(mm: Mm, slot: usize, entry: u64, hva: Hva): i32 {
  const pfn = frameAlloc(FRAME_ANON);
  if (pfn == 0) return -ENOMEM;
  replace(mm, slot, entry, makeWritable(makeReadOnly(pfn)), hva, LEVEL_4K);
  return 0;
}

/** Reserved 2 MiB frames are never split: all or nothing. */
function copyHuge(mm: Mm, slot: usize, entry: u64, hva: Hva): i32 {
  const pfn = hugeAlloc();
  if (pfn == 0) return FAULT_NO_BLOCK;
  replace(mm, slot, entry, makeWritable(makeReadOnly(pfn)) | HPTE_PS, hva, LEVEL_2M);
  return 0;
}

/** Copies the page of leaf `old` to that of `leaf`, which takes its place. Shared pages do not change meanwhile. */
function replace(mm: Mm, slot: usize, old: u64, leaf: u64, hva: Hva, level: u32): void {
  if (LAB) labHook(HOOK_LOAD, entryPtr(old));
  memory.copy(entryPtr(leaf), entryPtr(old), level == LEVEL_4K ? PAGE_SIZE : HUGE_BYTES);
  const start = hva & ~(tableSpan(level) - 1);
  notifyStart(mm, start, start + tableSpan(level));
  astore64(slot, leaf);
  dropLeaf(old, level);
  notifyEnd(mm, start, start + tableSpan(level));
  mmCpu(mm).faults++;
  mmCpu(mm).cowCopies++;
}
