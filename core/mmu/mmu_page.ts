/**
 * Table pages: a MmuPage and its 512 entries, allocated together from a vCPU's caches (which were topped up before
 * mmu_lock was taken) or straight from memory (splitting, with the lock dropped), and freed after a grace period,
 * because faults and walks without a lock may still look at them.
 */

import { BUG_MMU_CACHE } from "../layout/bugs";
import { ENOMEM } from "../layout/errno";
import { Frame, FRAME_SPT } from "../layout/frame";
import { MMU_PAGE_BYTES, MmuPage } from "../layout/mmu_page";
import { ENTRIES_PER_TABLE, ptrToPfn } from "../layout/types";
import { MMU_CACHE_SLOTS, Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { frameAlloc, frameFree } from "../mm/frames";
import { frameMeta } from "../mm/frame_meta";
import { kalloc, kfree } from "../mm/slab";
import { epochDefer } from "../sync/epoch";
import { bug } from "../trace/bug";
import { SPTE_NONPRESENT } from "./spte";

/** Tables one fault can need: four levels below the root, and one for a split. */
const CACHE_MIN: u32 = 5;

/** The page that owns the table at `table`. */
// @ts-ignore: decorator
@inline
export function tableToPage(table: usize): MmuPage {
  return changetype<MmuPage>(frameMeta(<u32>ptrToPfn(table)).owner);
}

/** The page whose table holds the entry at `sptep`. */
// @ts-ignore: decorator
@inline
export function spteToPage(sptep: usize): MmuPage {
  return tableToPage(sptep & ~0xfff);
}

/** Fills a table with empty entries. */
function tableInit(table: usize): void {
  const empty = i64x2.splat(SPTE_NONPRESENT);
  for (let p = table, end = table + ENTRIES_PER_TABLE * 8; p != end; p += 64) {
    v128.store(p, empty, 0);
    v128.store(p, empty, 16);
    v128.store(p, empty, 32);
    v128.store(p, empty, 48);
  }
}

/** An empty table, or 0 when memory is exhausted. */
function tableAlloc(): usize {
  const pfn = frameAlloc(FRAME_SPT);
  if (pfn == 0) return 0;
  const table = (<usize>pfn) << 12;
  tableInit(table);
  return table;
}

/** Links a header and a table into a page that nobody can reach yet. */
function pageInit(vm: Vm, page: MmuPage, table: usize): MmuPage {
  frameMeta(<u32>ptrToPfn(table)).owner = <u32>changetype<usize>(page);
  page.spt = <u32>table;
  page.vm = <u32>changetype<usize>(vm);
  page.ptep = 0;
  page.rootCount = 0;
  page.scheduledToZap = 0;
  page.nxHugePageDisallowed = 0;
  page.onNxList = 0;
  return page;
}

// @ts-ignore: decorator
@inline
function pageCache(vcpu: Vcpu): usize {
  return changetype<usize>(vcpu) + offsetof<Vcpu>("pageCache0");
}

// @ts-ignore: decorator
@inline
function headerCache(vcpu: Vcpu): usize {
  return changetype<usize>(vcpu) + offsetof<Vcpu>("headerCache0");
}

/** Makes sure the next fault finds what it needs. -ENOMEM. */
// @ts-ignore: decorator
@inline
export function mmuCachesTopUp(vcpu: Vcpu): i32 {
  return mmuCachesAreShort(vcpu) ? topUpSlow(vcpu) : 0;
}

/** Whether a fault may not find what it needs. */
// @ts-ignore: decorator
@inline
export function mmuCachesAreShort(vcpu: Vcpu): bool {
  return vcpu.pageCacheCount < CACHE_MIN || vcpu.headerCacheCount < CACHE_MIN;
}

function topUpSlow(vcpu: Vcpu): i32 {
  while (vcpu.headerCacheCount < MMU_CACHE_SLOTS) {
    const header = kalloc(MMU_PAGE_BYTES);
    if (header == 0) break;
    store<u32>(headerCache(vcpu) + vcpu.headerCacheCount++ * 4, <u32>header);
  }
  while (vcpu.pageCacheCount < MMU_CACHE_SLOTS) {
    const table = tableAlloc();
    if (table == 0) break;
    store<u32>(pageCache(vcpu) + vcpu.pageCacheCount++ * 4, <u32>table);
  }
  return mmuCachesAreShort(vcpu) ? -ENOMEM : 0;
}

/** Gives a vCPU's cached memory back. */
export function mmuCachesFree(vcpu: Vcpu): void {
  while (vcpu.headerCacheCount != 0) kfree(load<u32>(headerCache(vcpu) + --vcpu.headerCacheCount * 4));
  while (vcpu.pageCacheCount != 0) frameFree(load<u32>(pageCache(vcpu) + --vcpu.pageCacheCount * 4) >> 12);
}

/** A page from the vCPU's caches: cannot fail after mmuCachesTopUp. */
export function pageFromCaches(vm: Vm, vcpu: Vcpu): MmuPage {
  if (vcpu.pageCacheCount == 0 || vcpu.headerCacheCount == 0)
    bug(BUG_MMU_CACHE, vcpu.pageCacheCount, vcpu.headerCacheCount);
  const header = load<u32>(headerCache(vcpu) + --vcpu.headerCacheCount * 4);
  const table = load<u32>(pageCache(vcpu) + --vcpu.pageCacheCount * 4);
  return pageInit(vm, changetype<MmuPage>(header), table);
}

/** A page from memory, or null. */
export function pageAlloc(vm: Vm): MmuPage | null {
  const header = kalloc(MMU_PAGE_BYTES);
  if (header == 0) return null;
  const table = tableAlloc();
  if (table == 0) {
    kfree(header);
    return null;
  }
  return pageInit(vm, changetype<MmuPage>(header), table);
}

/** Frees a page that was never reachable. */
export function pageFree(page: MmuPage): void {
  frameFree(page.spt >> 12);
  kfree(changetype<usize>(page));
}

/** epochDefer's callback. */
function freePage(node: usize): void {
  pageFree(changetype<MmuPage>(node));
}

/** Frees a page that is no longer reachable from a root, after a grace period. */
export function pageDeferFree(page: MmuPage): void {
  epochDefer(changetype<usize>(page), load<u32>(changetype<usize>(freePage)));
}
