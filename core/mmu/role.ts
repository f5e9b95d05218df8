/** Roles of TDP tables: what decides their contents. At most four root flavours live in a VM: SMM x guest_mode. */

import {
  MmuPage,
  ROLE_ACCESS_ALL,
  ROLE_AD_DISABLED,
  ROLE_CR0_WP,
  ROLE_DIRECT,
  ROLE_EFER_NX,
  ROLE_GUEST_MODE,
  ROLE_INVALID,
  ROLE_LEVEL_MASK,
  ROLE_SMM,
} from "../layout/mmu_page";
import { aload32 } from "../sync/atomics";
import { PARAM_AD, TDP_EPT, Vm } from "../layout/vm";

/** The role of the root for address space `asId` (1 = SMM), in or out of a nested guest. */
export function roleOfRoot(vm: Vm, asId: u32, guestMode: u32): u32 {
  let role = vm.rootLevel | ROLE_DIRECT | ROLE_ACCESS_ALL | ROLE_EFER_NX | ROLE_CR0_WP;
  if (asId != 0) role |= ROLE_SMM;
  if (guestMode != 0) role |= ROLE_GUEST_MODE;
  if (vm.tdp == TDP_EPT && (vm.params & PARAM_AD) == 0) role |= ROLE_AD_DISABLED;
  return role;
}

/** A child's role: its parent's, one level down. */
// @ts-ignore: decorator
@inline
export function roleOfChild(role: u32): u32 {
  return (role - 1) & ~ROLE_INVALID;
}

// @ts-ignore: decorator
@inline
export function roleLevel(role: u32): u32 {
  return role & ROLE_LEVEL_MASK;
}

/** Address space of a role: 1 for SMM. */
// @ts-ignore: decorator
@inline
export function roleAsId(role: u32): u32 {
  return u32((role & ROLE_SMM) != 0);
}

/** A root's role word: read atomically, because invalidation sets a bit in it under the other lock mode. */
// @ts-ignore: decorator
@inline
export function rootRole(root: MmuPage): u32 {
  return aload32(changetype<usize>(root) + offsetof<MmuPage>("role"));
}

// @ts-ignore: decorator
@inline
export function isRootInvalid(root: MmuPage): bool {
  return (rootRole(root) & ROLE_INVALID) != 0;
}
