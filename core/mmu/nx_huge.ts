/**
 * The NX huge page mitigation: a huge page is never executable; where the guest executes, the range is mapped by 4 KiB
 * pages, and the table that stands where a huge page could be is remembered, so that recovery (nx_recover.ts) can give it
 * back, the oldest first: pages that still execute come back to the end of the list.
 */

import { MmuPage } from "../layout/mmu_page";
import { system } from "../layout/system";
import { NX_HUGE_PAGES_FORCE, PARAM_NX_OPT_OUT, Vm } from "../layout/vm";
import { aload32, storeRelease32 } from "../sync/atomics";
import { vmCpu } from "../sync/guest_mode";
import { assertSpinHeld, spinLock, spinUnlock } from "../sync/spinlock";
import { vmPagesLock } from "./mmu_lock";

/** Whether the mitigation is on for `vm` now. */
// @ts-ignore: decorator
@inline
export function isNxMitigated(vm: Vm): bool {
  return system().nxHugePages == NX_HUGE_PAGES_FORCE && (vm.params & PARAM_NX_OPT_OUT) == 0;
}

// @ts-ignore: decorator
@inline
function disallowedOf(page: MmuPage): usize {
  return changetype<usize>(page) + offsetof<MmuPage>("nxHugePageDisallowed");
}

/** Whether no huge page may take the place of `page`. Written under tdpMmuPagesLock once it is linked, read without. */
// @ts-ignore: decorator
@inline
export function nxIsDisallowed(page: MmuPage): bool {
  return aload32(disallowedOf(page)) != 0;
}

/** Says, before `page` is linked or under tdpMmuPagesLock, whether a huge page may take its place (0) or not (1). */
// @ts-ignore: decorator
@inline
export function nxSetDisallowed(page: MmuPage, value: u32): void {
  storeRelease32(disallowedOf(page), value);
}

/**
 * Puts a table that the fault path linked at the end of the list of possible huge pages. It may have been zapped since it
 * was linked: the flag was cleared then, and is looked at again under the lock.
 * @takes tdpMmuPagesLock
 */
export function nxTrack(vm: Vm, page: MmuPage): void {
  spinLock(vmPagesLock(vm));
  if (nxIsDisallowed(page) && page.onNxList == 0) trackLocked(vm, page);
  spinUnlock(vmPagesLock(vm));
}

/** @holds tdpMmuPagesLock */
function trackLocked(vm: Vm, page: MmuPage): void {
  assertSpinHeld(vmPagesLock(vm));
  page.onNxList = 1;
  page.nxNext = 0;
  page.nxPrev = vm.possibleNxHugePagesTail;
  if (page.nxPrev != 0) changetype<MmuPage>(page.nxPrev).nxNext = <u32>changetype<usize>(page);
  else vm.possibleNxHugePages = <u32>changetype<usize>(page);
  vm.possibleNxHugePagesTail = <u32>changetype<usize>(page);
  vmCpu(vm).nxLpageSplits++;
}

/** A table leaves the page tables: it is no possible huge page any more. @takes tdpMmuPagesLock */
export function nxUntrack(vm: Vm, page: MmuPage): void {
  // Set before the table was reachable: seen by whoever can remove it.
  if (!nxIsDisallowed(page)) return;
  spinLock(vmPagesLock(vm));
  untrackLocked(vm, page);
  spinUnlock(vmPagesLock(vm));
}

/**
 * Takes the oldest table off the list, and lets a huge page have its place again; null = the list is empty. The table is
 * still linked, or somebody is removing it just now; it stays readable until the epoch section ends.
 * @epoch @takes tdpMmuPagesLock
 */
export function nxTakeOldest(vm: Vm): MmuPage | null {
  spinLock(vmPagesLock(vm));
  let page: MmuPage | null = null;
  if (vm.possibleNxHugePages != 0) {
    const oldest = changetype<MmuPage>(vm.possibleNxHugePages);
    untrackLocked(vm, oldest);
    page = oldest;
  }
  spinUnlock(vmPagesLock(vm));
  return page;
}

/** @holds tdpMmuPagesLock */
function untrackLocked(vm: Vm, page: MmuPage): void {
  assertSpinHeld(vmPagesLock(vm));
  nxSetDisallowed(page, 0);
  if (page.onNxList == 0) return;
  page.onNxList = 0;
  if (page.nxPrev != 0) changetype<MmuPage>(page.nxPrev).nxNext = page.nxNext;
  else vm.possibleNxHugePages = page.nxNext;
  if (page.nxNext != 0) changetype<MmuPage>(page.nxNext).nxPrev = page.nxPrev;
  else vm.possibleNxHugePagesTail = page.nxPrev;
  vmCpu(vm).nxLpageSplits--;
}
