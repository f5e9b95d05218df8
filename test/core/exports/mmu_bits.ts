/** Probes of core/mmu's pure functions: how entries are made and what they are, for comparison with src/model. */

import {
  MAKE_HOST_WRITABLE,
  MAKE_NX_WORKAROUND,
  MAKE_PREFETCH,
  makeChangedPteSpte,
  makeNonleafSpte,
  makeSmallSpte,
  makeSpte,
} from "../../../core/mmu/make_spte";
import { isMmioSpteCurrent, makeMmioSpte, mmioSpteGeneration, mmioSpteGfn } from "../../../core/mmu/mmio_spte";
import { roleOfChild, roleOfRoot } from "../../../core/mmu/role";
import {
  isAccessAllowed,
  isAccessed,
  isAccessTracked,
  isDirty,
  isMmioSpte,
  markForAccessTracking,
  restoreAccessTracked,
  spteState,
} from "../../../core/mmu/spte";
import { spteMasksInit } from "../../../core/mmu/spte_masks";
import { isSpteTransitionLegal } from "../../../core/layout/spte_states";
import { VM_BYTES, Vm } from "../../../core/layout/vm";
import { kalloc, kfree } from "../../../core/mm/slab";

/** A Vm with nothing in it but its format, parameters and masks. */
export function mmuBitsVm(tdp: u32, params: u32): u32 {
  const vm = changetype<Vm>(kalloc(VM_BYTES));
  vm.tdp = tdp;
  vm.params = params;
  vm.rootLevel = 4;
  spteMasksInit(vm);
  return <u32>changetype<usize>(vm);
}

export function mmuBitsVmFree(vm: u32): void {
  kfree(vm);
}

/** flags: MAKE_*, by these bits: 1 prefetch, 2 host writable, 4 NX mitigation. */
export function mmuBitsMakeLeaf(vm: u32, role: u32, access: u32, pfn: u64, flags: u32): u64 {
  return makeSpte(changetype<Vm>(vm), role, access, pfn, flags);
}
if (MAKE_PREFETCH != 1 || MAKE_HOST_WRITABLE != 2 || MAKE_NX_WORKAROUND != 4) ERROR("the test passes these bits");

export function mmuBitsMakeTable(vm: u32, role: u32, table: u32): u64 {
  return makeNonleafSpte(changetype<Vm>(vm), role, table);
}

export function mmuBitsMakeChild(vm: u32, huge: u64, childRole: u32, index: u32, flags: u32): u64 {
  return makeSmallSpte(changetype<Vm>(vm), huge, childRole, index, flags);
}

export function mmuBitsMakeChanged(vm: u32, old: u64, pfn: u64): u64 {
  return makeChangedPteSpte(changetype<Vm>(vm), old, pfn);
}

export function mmuBitsMakeMmio(vm: u32, gfn: u64, access: u32, generation: u64): u64 {
  return makeMmioSpte(changetype<Vm>(vm), gfn, access, generation);
}

export function mmuBitsMmioGfn(spte: u64): u64 {
  return mmioSpteGfn(spte);
}

export function mmuBitsMmioGeneration(spte: u64): u64 {
  return mmioSpteGeneration(spte);
}

export function mmuBitsIsMmioCurrent(spte: u64, generation: u64): u32 {
  return u32(isMmioSpteCurrent(spte, generation));
}

/** Bit 0 accessed, 1 dirty, 2 access-tracked, 3 MMIO, 4 may read, 5 may write, 6 may execute; 10:8 SPTE_STATE_*. */
export function mmuBitsPredicates(vm: u32, spte: u64, level: u32): u32 {
  const v = changetype<Vm>(vm);
  let r = u32(isAccessed(v, spte)) | (u32(isDirty(v, spte)) << 1) | (u32(isAccessTracked(v, spte)) << 2);
  r |= (u32(isMmioSpte(v, spte)) << 3) | (u32(isAccessAllowed(v, spte, 0, 0)) << 4);
  r |= (u32(isAccessAllowed(v, spte, 1, 0)) << 5) | (u32(isAccessAllowed(v, spte, 0, 1)) << 6);
  return r | (spteState(v, spte, level) << 8);
}

export function mmuBitsTrack(vm: u32, spte: u64): u64 {
  return markForAccessTracking(changetype<Vm>(vm), spte);
}

export function mmuBitsRestore(vm: u32, spte: u64): u64 {
  return restoreAccessTracked(changetype<Vm>(vm), spte);
}

export function mmuBitsRootRole(vm: u32, asId: u32, guestMode: u32): u32 {
  return roleOfRoot(changetype<Vm>(vm), asId, guestMode);
}

export function mmuBitsChildRole(role: u32): u32 {
  return roleOfChild(role);
}

export function mmuBitsMayChange(from: u32, to: u32, mode: u32): u32 {
  return u32(isSpteTransitionLegal(from, to, mode));
}
