/** Writing SPTEs, each way once: by compare-and-exchange under mmu_lock for read, and under it for write. All end in the funnel. */

import { SPTE_MODE_EXCL, SPTE_MODE_SHARED } from "../layout/spte_states";
import { Gfn } from "../layout/types";
import { Vm } from "../layout/vm";
import { aand64, acas64, astore64, axchg64, storeRelease64 } from "../sync/atomics";
import { remoteFlush } from "../sync/guest_mode";
import { isLeaf, needsAtomicUpdate, SPTE_FROZEN, SPTE_NONPRESENT } from "./spte";
import { spteChanged, spteLeafCleared, spteLeafZapped } from "./spte_changed";

/** Shared: `old` -> `spte` if the entry still is `old`. False: somebody else was first. @holds mmuLock:read @epoch */
// @ts-ignore: decorator
@inline
export function setSpteShared(vm: Vm, asId: u32, sptep: usize, gfn: Gfn, level: u32, old: u64, spte: u64): bool {
  return trySetSpte(vm, asId, sptep, gfn, level, old, spte, SPTE_MODE_SHARED);
}

/** The same, with mmu_lock held as `mode` says: also its writer may want to know exactly what it replaces. @epoch */
// @ts-ignore: decorator
@inline
export function trySetSpte(
  vm: Vm,
  asId: u32,
  sptep: usize,
  gfn: Gfn,
  level: u32,
  old: u64,
  spte: u64,
  mode: u32,
): bool {
  if (acas64(sptep, old, spte) != old) return false;
  spteChanged(vm, asId, gfn, old, spte, level, mode);
  return true;
}

/**
 * Shared: zaps an entry of a valid root. FROZEN keeps everybody from installing another frame before the flush; what
 * the change implies is done after the entry is usable again, so that vCPUs do not wait for a subtree to be emptied.
 * False: somebody else was first.
 * @holds mmuLock:read @epoch @tlb flushed here
 */
export function zapSpteShared(vm: Vm, asId: u32, sptep: usize, gfn: Gfn, level: u32, old: u64): bool {
  if (acas64(sptep, old, SPTE_FROZEN) != old) return false;
  remoteFlush(vm);
  astore64(sptep, SPTE_NONPRESENT);
  spteChanged(vm, asId, gfn, old, SPTE_NONPRESENT, level, SPTE_MODE_SHARED);
  return true;
}

/**
 * Exclusive: replaces `old`. Entries that a fast page fault or the processor may be changing at this moment are
 * exchanged, and what they really held counts; for the rest a plain store does. Returns what was there.
 * @holds mmuLock:write @epoch
 */
// @ts-ignore: decorator
@inline
export function setSpteExcl(vm: Vm, asId: u32, sptep: usize, gfn: Gfn, level: u32, old: u64, spte: u64): u64 {
  if (isLeaf(old, level) && needsAtomicUpdate(vm, old)) old = axchg64(sptep, spte);
  else storeRelease64(sptep, spte);
  spteChanged(vm, asId, gfn, old, spte, level, SPTE_MODE_EXCL);
  return old;
}

/** Exclusive: zaps a leaf. @holds mmuLock:write @epoch @tlb caller flushes before unlock */
// @ts-ignore: decorator
@inline
export function zapLeafExcl(vm: Vm, asId: u32, sptep: usize, gfn: Gfn, level: u32, old: u64): void {
  if (needsAtomicUpdate(vm, old)) old = axchg64(sptep, SPTE_NONPRESENT);
  else storeRelease64(sptep, SPTE_NONPRESENT);
  spteLeafZapped(vm, asId, gfn, old, SPTE_NONPRESENT, level, SPTE_MODE_EXCL);
}

/**
 * Exclusive: takes `bits` from a leaf. What a fast page fault or the processor changes beside it stays.
 * @holds mmuLock:write @tlb as the table of transitions says
 */
// @ts-ignore: decorator
@inline
export function clearSpteBitsExcl(vm: Vm, asId: u32, sptep: usize, gfn: Gfn, level: u32, bits: u64): void {
  const old = aand64(sptep, ~bits);
  spteLeafCleared(vm, asId, gfn, old, old & ~bits, level, SPTE_MODE_EXCL);
}
