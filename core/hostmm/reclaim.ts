/**
 * Reclaim: taking back the memory of pages that were not used lately. A clock with a second chance: its hand goes round
 * the address space; a page that was touched since the hand last came by loses its Accessed bits, one that was not is
 * evicted. Clean pages are dropped, because what filled them can do it again; dirty ones are paged out.
 *
 * Evicted are private pages that nobody else has: anonymous ones if the address space has a swap area, a pager's always
 * if they are clean. A 2 MiB leaf is split first, unless reserved. Never a page that somebody uses through
 * gupLock: that one holds the mmap lock for read.
 *
 * Who runs it: a thread that finds no memory (reclaimForFault), one that notices that little is left (reclaimSome), and
 * whoever calls mmReclaim. Each looks at its own address space only; nobody holds a lock or an epoch while it waits.
 */

import { DEBUG } from "../layout/build";
import { BUG_HOST_DIRTY } from "../layout/bugs";
import { EAGAIN, EBUSY, EINVAL, ENOMEM } from "../layout/errno";
import { FRAME_FLAG_DIRTY } from "../layout/frame";
import {
  BACKING_ANON,
  BACKING_PAGER,
  GUP_LATER,
  HPTE_DIRTY,
  HPTE_PRESENT,
  Mm,
  MM_MAP_HUGETLB,
  PAGER_PENDING,
  PagerRequest,
  SwapArea,
  Vma,
} from "../layout/hostmm";
import { SYSTEM_BASE, System, system } from "../layout/system";
import { Hva, LEVEL_4K, PAGE_SIZE } from "../layout/types";
import { frameMeta } from "../mm/frame_meta";
import { aload32, aload64, astore64 } from "../sync/atomics";
import { thisCpu } from "../sync/this_cpu";
import { cpuWait, cpuWakeCount } from "../sync/wait";
import { bug } from "../trace/bug";
import { leafTakeYoung } from "./age";
import { mmCpu } from "./counters";
import { entryEnd, entryIsLeaf, entryPfn, rootOf, tableFind } from "./host_table";
import { hugeIsExclusive, singleIsExclusive } from "./huge_block";
import { dropLeaf, uncountLeaf } from "./leaf";
import { mmIsDestroyed } from "./mm";
import { mmapWriteLock, mmapWriteUnlock } from "./mmap_lock";
import { notifyClearYoung, notifyEnd, notifyStart } from "./notifier";
import { pageOutAny, pageOutBegin, pageOutEndAll, pageOutPost, swapOf } from "./page_out";
import { requestPut, requestState } from "./pager_request";
import { splitBlock } from "./split";
import { swapCreate, swapIsBusy, swapIsRefusing, swapPut } from "./swap";
import { vmaArrayOf, vmaAt, vmaCount, vmaIndex } from "./vma";

/** Addresses that the hand passes under one hold of the mmap lock: one host table's. */
const STEP_BYTES: u64 = (<u64>2) << 20;
/** Pages that a thread without memory evicts before it looks whether that was enough. */
const DIRECT_PAGES: u32 = 32;
/** Steps of a thread that is only being provident. */
const SOME_STEPS: u32 = 8;
/** Times the hand passes its start before a search is over: one round takes the second chances away. */
const LAPS: u32 = 3;
/** Page-outs that failed in a row before waiting for another one is given up. */
const MAX_FAILURES: u32 = 16;
/** How long to wait for the main thread where there is nothing to wait on, ms. */
const NAP_MS: f64 = 1;
/** Reclaim begins when less than one in this many frames is free, within the limits below. */
const LOW_SHARE: u32 = 16;
const LOW_MIN: u32 = 64;
const LOW_MAX: u32 = 4096;

/**
 * Gives the address space a swap area of `nSlots` pages, kept by pager `pagerId` at offsets from 0.
 * @takes mmapLock:write
 * @ret 0; -EINVAL: no slots, too many, or a destroyed address space; -EBUSY: it has one; -ENOMEM
 */
export function mmSetSwap(address: usize, pagerId: u32, nSlots: u64): i32 {
  if (nSlots == 0) return -EINVAL;
  const area = swapCreate(pagerId, nSlots);
  if (area == 0) return -ENOMEM;
  const mm = changetype<Mm>(address);
  mmapWriteLock(mm);
  const error = mmIsDestroyed(mm) ? -EINVAL : mm.swap != 0 ? -EBUSY : 0;
  if (error == 0) mm.swap = <u32>area;
  mmapWriteUnlock(mm);
  if (error != 0) swapPut(changetype<SwapArea>(area));
  return error;
}

/** What became of a search, in thisCpu(). ret0: pages evicted; ret1: those of them that were dropped, so free by now. */
function report(evicted: u64, dropped: u64): void {
  const cpu = thisCpu();
  cpu.ret0 = evicted;
  cpu.ret1 = dropped;
}

/**
 * Evicts up to `want` pages, in at most `maxSteps` steps or LAPS rounds. No lock, no epoch section.
 * @takes mmapLock:write, mmuLock of the VMs @ret by report
 */
function search(mm: Mm, want: u64, maxSteps: u32): void {
  let evicted: u64 = 0;
  let dropped: u64 = 0;
  let laps: u32 = 0;
  for (let steps: u32 = 0; steps < maxSteps && evicted < want && laps < LAPS; steps++) {
    mmapWriteLock(mm);
    const before = mmCpu(mm).cleanDrops;
    const outsBefore = mmCpu(mm).pageOuts;
    if (mmIsDestroyed(mm)) laps = LAPS;
    else if (!step(mm, want - evicted)) laps++;
    dropped += mmCpu(mm).cleanDrops - before;
    evicted += mmCpu(mm).cleanDrops - before + mmCpu(mm).pageOuts - outsBefore;
    const posts = mm.postHead;
    mm.postHead = 0;
    mmapWriteUnlock(mm);
    pageOutPost(posts);
    if (mm.swap != 0 && swapIsRefusing(swapOf(mm)) && dropped == 0) break; // nothing dirty can go now
  }
  report(evicted, dropped);
}

/** True if reclaim may take pages of the VMA. */
// @ts-ignore: decorator
@inline
function isPageable(mm: Mm, vma: Vma): bool {
  if (vma.backing == BACKING_PAGER) return true;
  return vma.backing == BACKING_ANON && (vma.flags & MM_MAP_HUGETLB) == 0 && mm.swap != 0;
}

/**
 * Moves the hand on through one table's worth of addresses, or to the next VMA, evicting up to `want` pages.
 * @holds mmapLock:write
 * @ret false: it has come to the end, and begins anew
 */
function step(mm: Mm, want: u64): bool {
  const array = vmaArrayOf(mm);
  const i = vmaIndex(array, mm.clockHand);
  if (i == vmaCount(array)) {
    mm.clockHand = 0;
    return false;
  }
  const vma = vmaAt(array, i);
  if (!isPageable(mm, vma)) {
    mm.clockHand = vma.end;
    return true;
  }
  const start = max(mm.clockHand, vma.start);
  const slot = tableFind(rootOf(mm), start);
  const level = <u32>thisCpu().ret2;
  // Nothing there: past the hole, which may be large.
  if (level > LEVEL_4K && aload64(slot) == 0) mm.clockHand = min(vma.end, entryEnd(start, level));
  else mm.clockHand = pass(mm, vma, start, min(vma.end, entryEnd(start, 2)), want);
  return true;
}
if (STEP_BYTES != 512 * PAGE_SIZE) ERROR("a step is one table");

/** @holds mmapLock:write @ret where the hand stops: `end`, or where enough was evicted */
function pass(mm: Mm, vma: Vma, start: Hva, end: Hva, want: u64): Hva {
  notifyClearYoung(mm, start, end, 0);
  let runStart = start;
  let at = start;
  let left = want;
  while (at < end && left != 0) {
    const slot = tableFind(rootOf(mm), at);
    const level = <u32>thisCpu().ret2;
    const entry = aload64(slot);
    if (isVictim(mm, slot, entry, level)) {
      // Split, its pages are looked at one by one, and are not young any more.
      if (level != LEVEL_4K && splitBlock(mm, at) == 0) continue;
      if (level == LEVEL_4K) {
        left--;
        at += PAGE_SIZE;
        continue;
      }
    }
    evict(mm, runStart, at);
    at = entryEnd(at, level);
    runStart = at;
  }
  evict(mm, runStart, min(at, end));
  return at;
}

/** Whether the leaf at `slot` may go now. Takes its second chance away if not. @holds mmapLock:write */
function isVictim(mm: Mm, slot: usize, entry: u64, level: u32): bool {
  if (!entryIsLeaf(entry, level) || leafTakeYoung(slot, entry, level) || (entry & HPTE_PRESENT) == 0) return false;
  if (level == LEVEL_4K ? !singleIsExclusive(entryPfn(entry)) : !hugeIsExclusive(entryPfn(entry))) return false;
  return !isDirty(entry) || (mm.swap != 0 && !swapIsRefusing(swapOf(mm)));
}

/** Whether the page may differ from what a fault would find if it were dropped: nobody could write it without W, and D came with W. */
// @ts-ignore: decorator
@inline
function isDirty(entry: u64): bool {
  return (entry & HPTE_DIRTY) != 0;
}

/** Evicts the 4 KiB pages of [start, end), all there and none shared, as far as the swap area takes them. @holds mmapLock:write */
function evict(mm: Mm, start: Hva, end: Hva): void {
  if (start >= end) return;
  notifyStart(mm, start, end);
  for (let at = start; at < end; at += PAGE_SIZE) {
    const slot = tableFind(rootOf(mm), at);
    const entry = aload64(slot);
    if (!isDirty(entry)) drop(mm, slot, entry);
    else if (mm.swap != 0) pageOutBegin(mm, slot, entry, at);
  }
  notifyEnd(mm, start, end);
}

/** Nobody has written the page since it was filled: it can be filled again. @holds mmapLock:write, in a bracket */
function drop(mm: Mm, slot: usize, entry: u64): void {
  if (DEBUG && (frameMeta(entryPfn(entry)).flags & FRAME_FLAG_DIRTY) != 0) bug(BUG_HOST_DIRTY, entry, mm.id);
  astore64(slot, 0);
  uncountLeaf(mm, LEVEL_4K);
  dropLeaf(entry, LEVEL_4K);
  mmCpu(mm).cleanDrops++;
}

/**
 * Evicts up to `pages` pages that were not used lately.
 * @takes mmapLock:write
 * @ret how many: dropped, or being written by now; 0: there is nothing to evict; -EAGAIN: not before a page-out has
 *   ended, ret3 = one to wait for, as after gup
 */
export function mmReclaim(address: usize, pages: u64): i64 {
  const mm = changetype<Mm>(address);
  while (true) {
    search(mm, pages, u32.MAX_VALUE);
    const evicted = <i64>thisCpu().ret0;
    if (evicted != 0 || pages == 0 || mm.swap == 0 || !swapIsBusy(swapOf(mm))) return evicted;
    if (waitForOne(mm) == -EAGAIN) return -EAGAIN;
  }
}

/**
 * -EAGAIN: ret3 = a page-out to wait for, with a reference, or GUP_LATER. 0: some have ended, their frames are free now.
 * -ENOMEM: nothing is under way that could free any.
 */
function waitForOne(mm: Mm): i32 {
  const request: PagerRequest = pageOutAny(mm);
  if (changetype<usize>(request) == 0) return waitForMain(mm);
  if (requestState(request) == PAGER_PENDING) {
    thisCpu().ret3 = changetype<usize>(request);
    return -EAGAIN;
  }
  requestPut(request);
  pageOutEndAll(mm);
  return 0;
}

/** No page-out is left, but the main thread may not yet have given back those that were cancelled. */
function waitForMain(mm: Mm): i32 {
  if (mm.swap == 0 || !swapIsBusy(swapOf(mm))) return -ENOMEM;
  cpuWait(cpuWakeCount(), NAP_MS);
  thisCpu().ret3 = GUP_LATER;
  return -EAGAIN;
}

/**
 * An allocation for `mm` failed: makes room. No lock, no epoch section.
 * @takes mmapLock:write
 * @ret 0: try again; -EAGAIN: when what ret3 names has ended, as after gup; -ENOMEM: nothing can be done
 */
export function reclaimForFault(mm: Mm): i32 {
  search(mm, DIRECT_PAGES, u32.MAX_VALUE);
  if (thisCpu().ret1 != 0) return 0;
  if (mm.swap != 0 && swapOf(mm).failures >= MAX_FAILURES) return -ENOMEM;
  const r = waitForOne(mm);
  // Others may have made room meanwhile.
  return r == -ENOMEM && freeFrames() != 0 ? 0 : r;
}

/** Less is free than a fault should leave. */
// @ts-ignore: decorator
@inline
function isLow(): bool {
  const sys = system();
  const share = (sys.arenaEndPfn - sys.arenaStartPfn) / LOW_SHARE;
  return freeFrames() < min(max(share, LOW_MIN), LOW_MAX);
}

// @ts-ignore: decorator
@inline
function freeFrames(): u32 {
  return aload32(SYSTEM_BASE + offsetof<System>("buddyFree"));
}

/** Before memory is out: begins some page-outs if little is left, and does not wait for them. No lock, no epoch section. @takes mmapLock:write */
export function reclaimSome(mm: Mm): void {
  if (mm.swap == 0 || !isLow() || swapIsRefusing(swapOf(mm))) return;
  search(mm, DIRECT_PAGES, SOME_STEPS);
}
