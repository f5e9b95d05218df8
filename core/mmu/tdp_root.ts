/**
 * Roots: one per role, shared by all vCPUs of that role. A root is born with two references, its vCPU's and the MMU's
 * own; invalidation takes no reference away, zap_invalidated_roots returns the MMU's when the root is empty. So the
 * last reference always goes with an invalid, empty root.
 *
 * The list is written under tdpMmuPagesLock, within mmu_lock; it is read in an epoch section, where a removed root
 * still leads to its successors.
 */

import { DEBUG } from "../layout/build";
import { BUG_ROOT_REFCOUNT } from "../layout/bugs";
import { MmuPage, ROLE_INVALID } from "../layout/mmu_page";
import { READ_CLASS_MMU } from "../layout/sync";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { acas32, aadd32, aload32, aor32, astore32 } from "../sync/atomics";
import { assertEpoch, epochEnter, epochExit } from "../sync/epoch";
import { assertHeld, assertWriteHeld, readLock, readUnlock } from "../sync/rwlock";
import { assertSpinHeld, spinLock, spinUnlock } from "../sync/spinlock";
import { bug } from "../trace/bug";
import { vmMmuLock, vmPagesLock, vmSlotsLock } from "./mmu_lock";
import { pageDeferFree, pageFromCaches } from "./mmu_page";
import { isRootInvalid, roleAsId, roleOfRoot, rootRole } from "./role";
import { traceGetPage } from "./tracepoints";

// @ts-ignore: decorator
@inline
function countOf(root: MmuPage): usize {
  return changetype<usize>(root) + offsetof<MmuPage>("rootCount");
}

/** Takes a reference unless the root is already without any. @epoch */
export function rootTryGet(root: MmuPage): bool {
  assertEpoch();
  while (true) {
    const n = aload32(countOf(root));
    if (n == 0) return false;
    if (acas32(countOf(root), n, n + 1) == n) return true;
  }
}

/** Gives a reference back; the last one unlinks and frees the root. @takes tdpMmuPagesLock */
export function rootPut(vm: Vm, root: MmuPage): void {
  const before = aadd32(countOf(root), -1);
  if (before > 1) return;
  if (before == 0 || !isRootInvalid(root)) bug(BUG_ROOT_REFCOUNT, changetype<usize>(root), before);
  spinLock(vmPagesLock(vm));
  unlink(vm, root);
  spinUnlock(vmPagesLock(vm));
  pageDeferFree(root);
}

/** @holds tdpMmuPagesLock */
function unlink(vm: Vm, root: MmuPage): void {
  assertSpinHeld(vmPagesLock(vm));
  if (root.linkPrev != 0) changetype<MmuPage>(root.linkPrev).linkNext = root.linkNext;
  else astore32(changetype<usize>(vm) + offsetof<Vm>("tdpMmuRoots"), root.linkNext);
  if (root.linkNext != 0) changetype<MmuPage>(root.linkNext).linkPrev = root.linkPrev;
  vm.rootsCount--;
}

// @ts-ignore: decorator
@inline
function firstRoot(vm: Vm): usize {
  return aload32(changetype<usize>(vm) + offsetof<Vm>("tdpMmuRoots"));
}

// @ts-ignore: decorator
@inline
function nextRoot(root: usize): usize {
  return aload32(root + offsetof<MmuPage>("linkNext"));
}

/** The valid root of `role` with a reference taken, or null. @epoch */
function findRoot(vm: Vm, role: u32): MmuPage | null {
  for (let p = firstRoot(vm); p != 0; p = nextRoot(p)) {
    const root = changetype<MmuPage>(p);
    if (rootRole(root) == role && rootTryGet(root)) return root;
  }
  return null;
}

/** A root of the vCPU's role, found or made, with a reference for the vCPU. Caches are topped up. @takes mmuLock:read, tdpMmuPagesLock */
export function rootAlloc(vm: Vm, vcpu: Vcpu): MmuPage {
  const role = roleOfRoot(vm, vcpu.asId, vcpu.guestMode);
  readLock(vmMmuLock(vm), READ_CLASS_MMU);
  epochEnter();
  let root = findRoot(vm, role);
  if (root === null) {
    spinLock(vmPagesLock(vm));
    root = findRoot(vm, role);
    if (root === null) root = rootCreate(vm, vcpu, role);
    spinUnlock(vmPagesLock(vm));
  }
  epochExit();
  readUnlock(vmMmuLock(vm), READ_CLASS_MMU);
  return root;
}

/** @holds mmuLock, tdpMmuPagesLock */
function rootCreate(vm: Vm, vcpu: Vcpu, role: u32): MmuPage {
  assertHeld(vmMmuLock(vm));
  assertSpinHeld(vmPagesLock(vm));
  const root = pageFromCaches(vm, vcpu);
  root.role = role;
  root.gfn = 0;
  root.rootCount = 2;
  root.linkPrev = 0;
  root.linkNext = vm.tdpMmuRoots;
  if (root.linkNext != 0) changetype<MmuPage>(root.linkNext).linkPrev = <u32>changetype<usize>(root);
  // Published complete: a walk may find it at once.
  astore32(changetype<usize>(vm) + offsetof<Vm>("tdpMmuRoots"), <u32>changetype<usize>(root));
  vm.rootsCount++;
  traceGetPage(vcpu.id + 1, root);
  return root;
}

/** Which roots a walk over roots visits. */
export const ROOTS_ALL: u32 = 0;
export const ROOTS_VALID: u32 = 1;

/**
 * The root after `prev` (null = the first) with a reference taken; `prev`'s reference is given back. A walk that may
 * yield uses this; one that stops early gives the current root back itself.
 *
 *   for (let r = rootNext(vm, null, which); r !== null; r = rootNext(vm, r, which)) ...
 *
 * @holds mmuLock, either mode
 */
export function rootNext(vm: Vm, prev: MmuPage | null, which: u32): MmuPage | null {
  assertHeld(vmMmuLock(vm));
  epochEnter();
  let p: usize = prev === null ? firstRoot(vm) : nextRoot(changetype<usize>(prev));
  while (p != 0) {
    const root = changetype<MmuPage>(p);
    if ((which == ROOTS_ALL || !isRootInvalid(root)) && rootTryGet(root)) break;
    p = nextRoot(p);
  }
  epochExit();
  if (prev !== null) rootPut(vm, prev);
  return p == 0 ? null : changetype<MmuPage>(p);
}

/**
 * The valid root of address space `asId` after `prev` (null = the first), or null: for walks within one epoch section,
 * which keep `prev` by it alone. No reference, no lock. @epoch
 */
export function rootNextInEpoch(vm: Vm, prev: MmuPage | null, asId: u32): MmuPage | null {
  assertEpoch();
  let p: usize = prev === null ? firstRoot(vm) : nextRoot(changetype<usize>(prev));
  for (; p != 0; p = nextRoot(p)) {
    const role = rootRole(changetype<MmuPage>(p));
    if ((role & ROLE_INVALID) == 0 && roleAsId(role) == asId) return changetype<MmuPage>(p);
  }
  return null;
}

/** Marks every root invalid and to be zapped: nobody installs into them or loads them any more. @holds mmuLock:write, slotsLock */
export function rootsInvalidate(vm: Vm): void {
  assertSpinHeld(vmSlotsLock(vm));
  assertWriteHeld(vmMmuLock(vm));
  for (let p = firstRoot(vm); p != 0; p = nextRoot(p)) {
    const root = changetype<MmuPage>(p);
    if (isRootInvalid(root)) continue;
    aor32(p + offsetof<MmuPage>("role"), ROLE_INVALID);
    root.scheduledToZap = 1;
  }
}
