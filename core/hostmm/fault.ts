/**
 * Faulting pages in. Runs in parallel, under the mmap lock for read: entries are installed by cmpxchg, and whoever
 * loses the race gives back what it prepared. A frame is complete before it is published.
 *
 * Reading a page that was never written allocates its frame at once; there is no shared page of zeroes. It would save
 * memory only for guests that read what they never write, and cost everyone else a second fault and an invalidation.
 */

import { DEBUG } from "../layout/build";
import { BUG_HOST_ENTRY } from "../layout/bugs";
import { EFAULT, ENOMEM } from "../layout/errno";
import { FRAME_ANON } from "../layout/frame";
import {
  BACKING_ANON,
  BACKING_OBJECT,
  BACKING_PHANTOM,
  GUP_MISS,
  GUP_WRITABLE,
  GUP_WRITE,
  HPTE_DIRTY,
  HPTE_PRESENT,
  HPTE_PS,
  HPTE_WRITE,
  Mm,
  MM_MAP_HUGE,
  MM_MAP_HUGETLB,
  PhantomRange,
  PROT_NONE,
  PROT_WRITE,
  Vma,
} from "../layout/hostmm";
import { Hva, LEVEL_2M, LEVEL_4K, PAGE_MASK, PAGE_SHIFT } from "../layout/types";
import { frameAlloc, frameFree, frameGet, frameZero } from "../mm/frames";
import { acas64, aload64 } from "../sync/atomics";
import { thisCpu } from "../sync/this_cpu";
import { bug } from "../trace/bug";
import { mmCpu } from "./counters";
import { entryIsSwap, entryIsTable, entryPfn, makeReadOnly, makeWritable, rootOf, tableEnsure } from "./host_table";
import { HUGE_BYTES, hugeAlloc, hugeIsExclusive, hugePut, singleIsExclusive, singlePut } from "./huge_block";
import { installLeaf, reportLeaf } from "./leaf";
import { objectPage } from "./object";
import { swapOf, swapReturned, swapSlotOf } from "./page_out";
import { PAGER_CHANGED, pagerFault, pagerInstalled } from "./pager";
import { phantomTouch } from "./phantom";
import { vmaFind, vmaOffset } from "./vma";

/** A write to a page that may be shared: it is the mmap lock's writer who copies (cow.ts). */
export const FAULT_SHARED: i32 = 2;
/** faultHuge: no 2 MiB leaf here, go on with 4 KiB. */
const FAULT_SMALL: i32 = 3;
/** No block of 2 MiB is free, and nothing smaller will do. Reclaim frees pages, not blocks. */
export const FAULT_NO_BLOCK: i32 = 4;

/**
 * Makes the page at `hva` ready for the access of `flags`, and the result as gup's (ret0 to ret3).
 * @holds mmapLock:read
 * @ret 0; GUP_MISS: something changed, look again; FAULT_SHARED; FAULT_NO_BLOCK; or gup's errors
 */
export function fault(mm: Mm, hva: Hva, flags: u32): i32 {
  const vma = vmaFind(mm, hva);
  if (changetype<usize>(vma) == 0 || vma.prot == PROT_NONE) return -EFAULT;
  if ((flags & GUP_WRITE) != 0 && (vma.prot & PROT_WRITE) == 0) return -EFAULT;
  if (vma.backing == BACKING_PHANTOM) return faultPhantom(vma, hva);
  if (wantsHuge(vma, hva)) {
    const result = faultHuge(mm, vma, hva, flags);
    if (result != FAULT_SMALL) return result;
  }
  const slot = tableEnsure(rootOf(mm), hva, LEVEL_4K);
  if (slot == 0) return -ENOMEM;
  const entry = aload64(slot);
  if (entryIsSwap(entry)) return faultSwap(mm, vma, slot, entry, hva, flags);
  if (entry != 0) return faultPresent(mm, vma, slot, entry, <u32>thisCpu().ret2, hva, flags);
  if (vma.backing == BACKING_ANON) return faultZero(mm, vma, slot, hva);
  if (vma.backing == BACKING_OBJECT) return faultObject(mm, vma, slot, hva);
  return faultPager(mm, vma, slot, hva, flags);
}

function faultPhantom(vma: Vma, hva: Hva): i32 {
  const range = changetype<PhantomRange>(vma.source);
  const cpu = thisCpu();
  cpu.ret0 = phantomTouch(range, vmaOffset(vma, hva));
  cpu.ret1 = (vma.prot & PROT_WRITE) != 0 ? GUP_WRITABLE : 0;
  cpu.ret2 = range.level;
  return 0;
}

/** The leaf for a frame that nobody else can write to. */
// @ts-ignore: decorator
@inline
function leafFor(vma: Vma, pfn: u32): u64 {
  const leaf = makeReadOnly(pfn);
  return (vma.prot & PROT_WRITE) != 0 ? makeWritable(leaf) : leaf;
}

/** A page that is there after all, or is to become writable. `entry`, of `level`, was read from `slot`. */
function faultPresent(mm: Mm, vma: Vma, slot: usize, entry: u64, level: u32, hva: Hva, flags: u32): i32 {
  if (DEBUG && (entry & HPTE_PRESENT) == 0) bug(BUG_HOST_ENTRY, entry, hva);
  if ((flags & GUP_WRITE) != 0 && (entry & HPTE_WRITE) == 0) {
    if (vma.backing != BACKING_OBJECT && !isExclusive(entry, level)) return FAULT_SHARED;
    // Only fork and merge could share it again: they are the mmap lock's writers.
    const writable = makeWritable(entry);
    if (acas64(slot, entry, writable) != entry) return GUP_MISS;
    mmCpu(mm).faults++;
    entry = writable;
  }
  reportLeaf(entry, hva, level);
  return 0;
}

// @ts-ignore: decorator
@inline
function isExclusive(entry: u64, level: u32): bool {
  return level == LEVEL_4K ? singleIsExclusive(entryPfn(entry)) : hugeIsExclusive(entryPfn(entry));
}

function faultZero(mm: Mm, vma: Vma, slot: usize, hva: Hva): i32 {
  const pfn = frameAlloc(FRAME_ANON);
  if (pfn == 0) return -ENOMEM;
  frameZero(pfn);
  const leaf = leafFor(vma, pfn);
  if (!installLeaf(mm, slot, leaf, LEVEL_4K)) {
    frameFree(pfn);
    return GUP_MISS;
  }
  reportLeaf(leaf, hva, LEVEL_4K);
  return 0;
}

function faultObject(mm: Mm, vma: Vma, slot: usize, hva: Hva): i32 {
  const pfn = objectPage(vma.source, vmaOffset(vma, hva));
  if (pfn == 0) return -ENOMEM;
  frameGet(pfn);
  const leaf = leafFor(vma, pfn);
  if (!installLeaf(mm, slot, leaf, LEVEL_4K)) {
    singlePut(pfn);
    return GUP_MISS;
  }
  reportLeaf(leaf, hva, LEVEL_4K);
  return 0;
}

function faultPager(mm: Mm, vma: Vma, slot: usize, hva: Hva, flags: u32): i32 {
  const result = pagerFault(mm, slot, 0, hva, vma.source, vmaOffset(vma, hva & PAGE_MASK), flags);
  if (result == PAGER_CHANGED) return GUP_MISS;
  if (result != 0) return result;
  // Read, it is as good as what the pager has, and reclaim may drop it: who writes must say so, by another fault.
  const pfn = <u32>thisCpu().ret0;
  const leaf = (flags & GUP_WRITE) != 0 ? leafFor(vma, pfn) : makeReadOnly(pfn);
  const isInstalled = installLeaf(mm, slot, leaf, LEVEL_4K);
  if (DEBUG && !isInstalled) bug(BUG_HOST_ENTRY, aload64(slot), hva);
  pagerInstalled(mm);
  reportLeaf(leaf, hva, LEVEL_4K);
  return 0;
}

/** The page is out, or on its way out: asks for it, or takes it back. */
function faultSwap(mm: Mm, vma: Vma, slot: usize, entry: u64, hva: Hva, flags: u32): i32 {
  const offset = (<u64>swapSlotOf(entry)) << PAGE_SHIFT;
  const result = pagerFault(mm, slot, entry, hva, swapOf(mm).pagerId, offset, flags);
  if (result == PAGER_CHANGED) return GUP_MISS;
  if (result != 0) return result;
  // Dirty, whoever asks: it gives up its slot, so it is nowhere else.
  const leaf = leafFor(vma, <u32>thisCpu().ret0) | HPTE_DIRTY;
  if (acas64(slot, entry, leaf) != entry) bug(BUG_HOST_ENTRY, aload64(slot), hva);
  swapReturned(mm, entry);
  mmCpu(mm).faults++;
  pagerInstalled(mm);
  reportLeaf(leaf, hva, LEVEL_4K);
  return 0;
}

/** True if the VMA asks for 2 MiB frames and has the whole aligned range around `hva`. */
function wantsHuge(vma: Vma, hva: Hva): bool {
  if ((vma.flags & (MM_MAP_HUGE | MM_MAP_HUGETLB)) == 0) return false;
  const start = hva & ~(<u64>HUGE_BYTES - 1);
  return start >= vma.start && start + HUGE_BYTES <= vma.end;
}

function faultHuge(mm: Mm, vma: Vma, hva: Hva, flags: u32): i32 {
  const slot = tableEnsure(rootOf(mm), hva, LEVEL_2M);
  if (slot == 0) return -ENOMEM;
  const entry = aload64(slot);
  if (entryIsTable(entry, LEVEL_2M)) return FAULT_SMALL;
  if (entry != 0) return faultPresent(mm, vma, slot, entry, LEVEL_2M, hva, flags);
  const pfn = hugeAlloc();
  if (pfn == 0) return (vma.flags & MM_MAP_HUGETLB) != 0 ? FAULT_NO_BLOCK : FAULT_SMALL;
  memory.fill((<usize>pfn) << PAGE_SHIFT, 0, HUGE_BYTES);
  const leaf = leafFor(vma, pfn) | HPTE_PS;
  if (!installLeaf(mm, slot, leaf, LEVEL_2M)) {
    hugePut(pfn);
    return GUP_MISS;
  }
  reportLeaf(leaf, hva, LEVEL_2M);
  return 0;
}
