/**
 * The life of an address space: made empty, destroyed with all that it maps. The struct outlives that for those who
 * still refer to it (each VM has a reference): gup then finds nothing.
 */

import { HVA_END, Mm, MM_BYTES, MM_CPU_STRIDE, SwapArea, VmaArray } from "../layout/hostmm";
import { SYSTEM_BASE, System, system } from "../layout/system";
import { kblockAlloc, kblockFree, kblockOrder } from "../mm/kblock";
import { kalloc, kfree } from "../mm/slab";
import { astore32 } from "../sync/atomics";
import { RANK_PAGER } from "../sync/lockorder";
import { spinLock, spinLockInit, spinUnlock } from "../sync/spinlock";
import { rootOf, tableAlloc, tableFreeDeferred, tableTrim } from "./host_table";
import { clearRange } from "./leaf";
import { mmPut } from "./mm_ref";
import { mmapLockInit, mmapWriteLock, mmapWriteUnlock } from "./mmap_lock";
import { notifyEnd, notifyRelease, notifyStart } from "./notifier";
import { pagerCancelRange } from "./pager";
import { swapPut } from "./swap";
import { vmaArrayFreeDeferred, vmaArrayOf, vmaArrayPublish, vmaAt, vmaCount, vmaFreeDeferred } from "./vma";

const VM_LOCK: usize = SYSTEM_BASE + offsetof<System>("vmLock");

/** True once mmDestroy has begun: there is nothing to find any more. */
// @ts-ignore: decorator
@inline
export function mmIsDestroyed(mm: Mm): bool {
  return rootOf(mm) == 0;
}

/** An empty address space, with one reference. @ret its address; 0 = out of memory. @takes vmLock */
export function mmCreate(): usize {
  const p = kalloc(MM_BYTES);
  if (p == 0) return 0;
  const mm = changetype<Mm>(p);
  const order = kblockOrder(system().nCpus * MM_CPU_STRIDE);
  const perCpu = kblockAlloc(order);
  const root: usize = perCpu == 0 ? 0 : tableAlloc();
  if (root == 0) {
    if (perCpu != 0) kblockFree(perCpu, order);
    kfree(p);
    return 0;
  }
  mm.perCpu = <u32>perCpu;
  mm.perCpuOrder = order;
  mm.root = <u32>root;
  mm.refs = 1;
  mmapLockInit(mm);
  spinLockInit(p + offsetof<Mm>("pagerLock"), RANK_PAGER);
  spinLock(VM_LOCK);
  mm.id = system().nextMmId++;
  mm.next = system().mmHead;
  system().mmHead = <u32>p;
  spinUnlock(VM_LOCK);
  return p;
}

/**
 * Ends an address space, once: RELEASE to the MMU, then every page and table goes, and pager requests are cancelled.
 * The struct stays for those who still have a reference (mmGet); gup answers them -EFAULT, mmMap -EINVAL.
 * @takes vmLock, mmapLock:write
 */
export function mmDestroy(address: usize): void {
  const mm = changetype<Mm>(address);
  unlinkMm(mm);
  mmapWriteLock(mm);
  const root = rootOf(mm);
  notifyStart(mm, 0, HVA_END);
  notifyRelease(mm);
  pagerCancelRange(mm, 0, HVA_END);
  clearRange(mm, 0, HVA_END);
  tableTrim(root, 0, HVA_END, 0, HVA_END);
  astore32(address + offsetof<Mm>("root"), 0);
  tableFreeDeferred(root);
  dropVmas(mm);
  dropSwap(mm);
  notifyEnd(mm, 0, HVA_END);
  mmapWriteUnlock(mm);
  mmPut(address);
}

function dropVmas(mm: Mm): void {
  const array = vmaArrayOf(mm);
  vmaArrayPublish(mm, changetype<VmaArray>(0));
  for (let i: u32 = 0; i < vmaCount(array); i++) vmaFreeDeferred(vmaAt(array, i));
  vmaArrayFreeDeferred(array);
}

/** No entry names a slot any more; page-outs under way have references of their own. */
function dropSwap(mm: Mm): void {
  const area = mm.swap;
  mm.swap = 0;
  if (area != 0) swapPut(changetype<SwapArea>(area));
}

function unlinkMm(mm: Mm): void {
  const self = <u32>changetype<usize>(mm);
  spinLock(VM_LOCK);
  let link = SYSTEM_BASE + offsetof<System>("mmHead");
  while (load<u32>(link) != self && load<u32>(link) != 0) link = load<u32>(link) + offsetof<Mm>("next");
  if (load<u32>(link) == self) store<u32>(link, mm.next);
  spinUnlock(VM_LOCK);
}
