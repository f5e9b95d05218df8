/**
 * The NX huge page mitigation: a huge page is never executable; where the guest executes, the range is mapped by 4 KiB
 * pages, and the table that stands where a huge page could be is remembered, so that recovery can give it back.
 */

import { MmuPage } from "../layout/mmu_page";
import { system } from "../layout/system";
import { NX_HUGE_PAGES_FORCE, PARAM_NX_OPT_OUT, Vm } from "../layout/vm";
import { aload32 } from "../sync/atomics";
import { vmCpu } from "../sync/guest_mode";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { vmPagesLock } from "./mmu_lock";

/** Whether the mitigation is on for `vm` now. */
// @ts-ignore: decorator
@inline
export function isNxMitigated(vm: Vm): bool {
  return system().nxHugePages == NX_HUGE_PAGES_FORCE && (vm.params & PARAM_NX_OPT_OUT) == 0;
}

/**
 * Puts a table that the fault path linked on the list of possible huge pages. It may have been zapped since it was
 * linked: nxUntrack then cleared the flag, which is looked at again under the lock.
 * @takes tdpMmuPagesLock
 */
export function nxTrack(vm: Vm, page: MmuPage): void {
  spinLock(vmPagesLock(vm));
  if (page.nxHugePageDisallowed != 0 && page.onNxList == 0) {
    page.onNxList = 1;
    page.nxPrev = 0;
    page.nxNext = vm.possibleNxHugePages;
    if (page.nxNext != 0) changetype<MmuPage>(page.nxNext).nxPrev = <u32>changetype<usize>(page);
    vm.possibleNxHugePages = <u32>changetype<usize>(page);
    vmCpu(vm).nxLpageSplits++;
  }
  spinUnlock(vmPagesLock(vm));
}

/** A table leaves the page tables: it is no possible huge page any more. @takes tdpMmuPagesLock */
export function nxUntrack(vm: Vm, page: MmuPage): void {
  // Set before the table was reachable: seen by whoever can remove it.
  if (aload32(changetype<usize>(page) + offsetof<MmuPage>("nxHugePageDisallowed")) == 0) return;
  spinLock(vmPagesLock(vm));
  page.nxHugePageDisallowed = 0;
  if (page.onNxList != 0) {
    page.onNxList = 0;
    if (page.nxPrev != 0) changetype<MmuPage>(page.nxPrev).nxNext = page.nxNext;
    else vm.possibleNxHugePages = page.nxNext;
    if (page.nxNext != 0) changetype<MmuPage>(page.nxNext).nxPrev = page.nxPrev;
    vmCpu(vm).nxLpageSplits--;
  }
  spinUnlock(vmPagesLock(vm));
}
