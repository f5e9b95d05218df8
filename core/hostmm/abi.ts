/**
 * Host ABI of hostmm: address spaces, mappings, shared objects, pagers. An address space is named by its address; one
 * that is not there (destroyed, never made) is -EINVAL. Results are 0 or a negative errno if not said otherwise.
 * None of these may be called by a thread that is in an epoch section or holds a lock.
 */

import { EINVAL } from "../layout/errno";
import { Mm } from "../layout/hostmm";
import { SYSTEM_BASE, System } from "../layout/system";
import { Hva } from "../layout/types";
import { magazineDrain } from "../mm/magazine";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { mmAge as age, mmTestYoung as testYoung } from "./age";
import { mmStat as statSum } from "./counters";
import { mmFork as fork } from "./fork";
import { mmDestroy as destroy } from "./mm";
import { mmMap as map } from "./mmap";
import { pageOutEndAll } from "./page_out";
import { mmReclaim as reclaim, mmSetSwap as setSwap } from "./reclaim";
import { mmDontNeed as dontNeed, mmProtect as protect, mmUnmap as unmap } from "./range";
import { mmMerge as merge, mmMigrate as migrate } from "./replace";

/** mmCreate(): address of an empty address space; 0 = out of memory. */
export { mmCreate } from "./mm";
/** mmObjectCreate(bytes: u64): a shared object of whole pages, one reference; 0 = bad size, out of memory. mmObjectPut(object): drops it. */
export { objectCreate as mmObjectCreate, objectPut as mmObjectPut } from "./object";
/** pagerRelease(request): the main thread is done with a request that it found PAGER_CANCELLED. */
export { pagerRelease } from "./pager";

/** True if there is an address space at `mm`. Its destruction at the same time is the caller's to exclude. @takes vmLock */
function mmIsKnown(mm: usize): bool {
  const lock = SYSTEM_BASE + offsetof<System>("vmLock");
  spinLock(lock);
  let at: usize = load<u32>(SYSTEM_BASE + offsetof<System>("mmHead"));
  while (at != 0 && at != mm) at = changetype<Mm>(at).next;
  spinUnlock(lock);
  return at != 0;
}

/** Ends the address space with all that it maps; VMs that use it find nothing any more. */
export function mmDestroy(mm: usize): i32 {
  if (!mmIsKnown(mm)) return -EINVAL;
  destroy(mm);
  return 0;
}

/** Maps `length` bytes; arguments, address and errnos as mmap.ts says. @ret the address, or a negative errno */
export function mmMap(
  mm: usize,
  hva: Hva,
  length: u64,
  backing: u32,
  prot: u32,
  flags: u32,
  source: u32,
  offset: u64,
): i64 {
  return mmIsKnown(mm) ? map(mm, hva, length, backing, prot, flags, source, offset) : -EINVAL;
}

/** Unmaps whatever is in [hva, hva + length). -EINVAL, -ENOMEM as range.ts says. */
export function mmUnmap(mm: usize, hva: Hva, length: u64): i32 {
  return mmIsKnown(mm) ? unmap(mm, hva, length) : -EINVAL;
}

/** Sets the rights (PROT_*) of all of [hva, hva + length). -EINVAL, -ENOMEM as range.ts says. */
export function mmProtect(mm: usize, hva: Hva, length: u64, prot: u32): i32 {
  return mmIsKnown(mm) ? protect(mm, hva, length, prot) : -EINVAL;
}

/** Drops the pages, not the mapping, of [hva, hva + length). -EINVAL, -ENOMEM as range.ts says. */
export function mmDontNeed(mm: usize, hva: Hva, length: u64): i32 {
  return mmIsKnown(mm) ? dontNeed(mm, hva, length) : -EINVAL;
}

/** Forgets which pages of [hva, hva + length) were touched. @ret how many were, 4 KiB each; -EINVAL */
export function mmAge(mm: usize, hva: Hva, length: u64): i64 {
  return mmIsKnown(mm) ? age(mm, hva, length) : -EINVAL;
}

/** Whether anything of [hva, hva + length) was touched since it was last aged: 0 or 1; -EINVAL. */
export function mmTestYoung(mm: usize, hva: Hva, length: u64): i32 {
  return mmIsKnown(mm) ? testYoung(mm, hva, length) : -EINVAL;
}

/** Gives the address space `nSlots` pages of swap in pager `pagerId`'s store, for good. 0; -EINVAL; -EBUSY: it has some; -ENOMEM. */
export function mmSetSwap(mm: usize, pagerId: u32, nSlots: u64): i32 {
  return mmIsKnown(mm) ? setSwap(mm, pagerId, nSlots) : -EINVAL;
}

/**
 * Evicts up to `pages` pages that were not used lately. @ret how many, 0 = there are none; -EINVAL; -EAGAIN: as gup, a
 * page-out must end first: ret3 is the request to wait for
 */
export function mmReclaim(mm: usize, pages: u64): i64 {
  return mmIsKnown(mm) ? reclaim(mm, pages) : -EINVAL;
}

/** Frees the frames of page-outs whose writes have ended. */
export function mmEndPageOuts(mm: usize): void {
  if (!mmIsKnown(mm)) return;
  pageOutEndAll(changetype<Mm>(mm));
  // Those who wait for frames cannot reach into this CPU's magazine.
  magazineDrain();
}

/** A copy that shares its pages until written to. @ret its address; 0 = out of memory, or no such address space */
export function mmFork(mm: usize): usize {
  return mmIsKnown(mm) ? fork(mm) : 0;
}

/** Moves the page at `hva` to another frame. Errnos as replace.ts says. */
export function mmMigrate(mm: usize, hva: Hva): i32 {
  return mmIsKnown(mm) ? migrate(mm, hva) : -EINVAL;
}

/** Lets two equal pages share a frame: 0, or MM_MERGE_DIFFERENT. Errnos as replace.ts says. */
export function mmMerge(mm: usize, hvaA: Hva, hvaB: Hva): i32 {
  return mmIsKnown(mm) ? merge(mm, hvaA, hvaB) : -EINVAL;
}

/** Sum of counter `which` (MM_STAT_*) over the CPUs; 0 for unknown ones. */
export function mmStat(mm: usize, which: u32): i64 {
  return mmIsKnown(mm) ? statSum(mm, which) : 0;
}
