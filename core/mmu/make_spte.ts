/** Making SPTEs: pure values from a table's role, the memslot and the host frame. Installing them is tdp_set's. */

import { KVM_MEM_LOG_DIRTY_PAGES, Memslot } from "../layout/memslot";
import { ACC_EXEC, ACC_USER, ACC_WRITE, ROLE_AD_DISABLED, ROLE_GUEST_MODE, ROLE_LEVEL_MASK } from "../layout/mmu_page";
import { pagesPerLevel, Pfn } from "../layout/types";
import { PARAM_PML, Vm } from "../layout/vm";
import {
  isAccessTracked,
  isLeaf,
  isWritable,
  markForAccessTracking,
  SPTE_AD_DISABLED,
  SPTE_AD_WRPROT_ONLY,
  SPTE_LARGE,
  SPTE_MMU_PRESENT,
  SPTE_PFN_MASK,
  SPTE_SAVED_BITS_SHIFT,
  SPTE_WRITABLE,
} from "./spte";

/** makeSpte flags. */
export const MAKE_PREFETCH: u32 = 1; // nobody accessed it yet
export const MAKE_HOST_WRITABLE: u32 = 2;
export const MAKE_NX_WORKAROUND: u32 = 4; // huge pages are not executable

/** The A/D type bits of an entry in a table of `role`. */
// @ts-ignore: decorator
@inline
function adTypeOf(vm: Vm, role: u32): u64 {
  if ((role & ROLE_AD_DISABLED) != 0) return SPTE_AD_DISABLED;
  // The modelled PML logs what the second dimension translates, which in a nested guest is not our guest's address.
  if ((role & ROLE_GUEST_MODE) != 0 && (vm.params & PARAM_PML) != 0) return SPTE_AD_WRPROT_ONLY;
  return 0;
}

/**
 * The leaf for `pfn` in a table of `role`, whose level is the leaf's. `access` is ACC_*; `slot` says whether writes
 * are logged. The caller marks the gfn dirty if W is newly set and the slot is logged.
 */
export function makeSpte(vm: Vm, role: u32, access: u32, pfn: Pfn, flags: u32): u64 {
  const level = role & ROLE_LEVEL_MASK;
  const adType = adTypeOf(vm, role);
  let spte = SPTE_MMU_PRESENT | adType | vm.presentMask;
  // Also without A/D bits of the processor, which ignores their places then: entries of both kinds look alike.
  if ((flags & MAKE_PREFETCH) == 0) spte |= vm.accessedMask;
  if (level > 1 && (flags & MAKE_NX_WORKAROUND) != 0) access &= ~ACC_EXEC;
  spte |= (access & ACC_EXEC) != 0 ? vm.xMask : vm.nxMask;
  if ((access & ACC_USER) != 0) spte |= vm.userMask;
  if (level > 1) spte |= SPTE_LARGE;
  spte |= vm.memtypeMask | (pfn << 12);
  if ((flags & MAKE_HOST_WRITABLE) != 0) {
    spte |= vm.hostWritableMask;
    if ((access & ACC_WRITE) != 0) spte |= SPTE_WRITABLE | vm.mmuWritableMask | vm.dirtyMask;
  }
  return (flags & MAKE_PREFETCH) != 0 ? markForAccessTracking(vm, spte) : spte;
}

/** The entry that points to the table at `table`: every permission, restrictions live in leaves. */
export function makeNonleafSpte(vm: Vm, role: u32, table: usize): u64 {
  const spte = SPTE_MMU_PRESENT | <u64>table | vm.presentMask | SPTE_WRITABLE | vm.userMask | vm.xMask;
  return spte | ((role & ROLE_AD_DISABLED) != 0 ? SPTE_AD_DISABLED : vm.accessedMask);
}

/** Child `index` of a huge leaf when it is split into a table of `childRole`. A, D and W carry over. */
export function makeSmallSpte(vm: Vm, hugeSpte: u64, childRole: u32, index: u32, flags: u32): u64 {
  const level = childRole & ROLE_LEVEL_MASK;
  let child = hugeSpte + ((<u64>index) << (12 + (level - 1) * 9));
  if (level == 1) {
    child &= ~SPTE_LARGE;
    // The huge page was not executable only because of the mitigation.
    if ((flags & MAKE_NX_WORKAROUND) != 0) child = makeExecutable(vm, child);
  }
  return child;
}

/** The huge leaf of `level` that maps what `small`, a leaf below it, maps part of. A, D and W are the small one's. */
export function makeHugeSpte(vm: Vm, small: u64, level: u32, flags: u32): u64 {
  const spte = (small & ~((pagesPerLevel(level) - 1) << 12)) | SPTE_LARGE;
  return (flags & MAKE_NX_WORKAROUND) != 0 ? makeNonExecutable(vm, spte) : spte;
}

/** An access-tracked entry gets the permission when it is restored. */
function makeExecutable(vm: Vm, spte: u64): u64 {
  if (isAccessTracked(vm, spte)) return spte | (vm.xMask << SPTE_SAVED_BITS_SHIFT);
  return (spte & ~vm.nxMask) | vm.xMask;
}

/** An access-tracked entry will not get the permission back either. */
function makeNonExecutable(vm: Vm, spte: u64): u64 {
  return (spte & ~(vm.xMask | (vm.xMask << SPTE_SAVED_BITS_SHIFT))) | vm.nxMask;
}

/** The leaf after the host changed its frame in place to `pfn`, now read-only: never writable without a new fault. */
export function makeChangedPteSpte(vm: Vm, old: u64, pfn: Pfn): u64 {
  const kept = old & ~(SPTE_PFN_MASK | SPTE_WRITABLE | vm.hostWritableMask | vm.mmuWritableMask);
  return markForAccessTracking(vm, kept | (pfn << 12));
}

/** Whether `spte` newly lets the guest write where `old` did not: the moment a logged gfn becomes dirty. */
// @ts-ignore: decorator
@inline
export function isNewlyWritable(old: u64, spte: u64, level: u32): bool {
  return isWritable(spte) && !(isLeaf(old, level) && isWritable(old));
}

/** Whether writes through `slot` are logged. */
// @ts-ignore: decorator
@inline
export function isDirtyLogged(slot: Memslot): bool {
  return (slot.flags & KVM_MEM_LOG_DIRTY_PAGES) != 0;
}
