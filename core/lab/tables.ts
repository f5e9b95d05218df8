/** The page tables as the monitors read them: by plain loads, as they are at this moment. */

import { HW_DIRTY, HW_EXEC, HW_READ, HW_WRITE } from "../layout/hw";
import { LabTranslation } from "../layout/lab";
import { HW_AD, Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { pagesPerLevel } from "../layout/types";
import {
  isAccessTracked,
  isAdEnabled,
  isExecutable,
  isLeaf,
  isPresent,
  isTable,
  isWritable,
  SPTE_PFN_MASK,
  spteToPfn,
  spteToTable,
} from "../mmu/spte";

/** What a processor may do through leaf `spte` without changing it: HW_READ | HW_WRITE | HW_EXEC | HW_DIRTY. */
export function leafPermissions(vm: Vm, spte: u64, hwFlags: u32): u32 {
  // A leaf hidden to see the next access: translations of before are tolerated, as a stale Accessed bit is.
  if (isAccessTracked(vm, spte)) return HW_READ | HW_WRITE | HW_EXEC | HW_DIRTY;
  let permissions: u32 = (spte & vm.userMask) != 0 ? HW_READ : 0;
  if (isWritable(spte)) permissions |= HW_WRITE;
  if (isExecutable(vm, spte)) permissions |= HW_EXEC;
  const hasDirty = (hwFlags & HW_AD) != 0 && isAdEnabled(spte);
  return !hasDirty || (spte & vm.dirtyMask) != 0 ? permissions | HW_DIRTY : permissions;
}

/** Whether leaf `spte` allows all that leaf `old` did, at the same frame. */
export function keepsPermissions(vm: Vm, old: u64, spte: u64, level: u32): bool {
  if (!isLeaf(old, level) || !isLeaf(spte, level) || spteToPfn(old) != spteToPfn(spte)) return false;
  if (isAccessTracked(vm, old)) return true; // it allowed nothing
  return (leafPermissions(vm, old, HW_AD) & ~leafPermissions(vm, spte, HW_AD)) == 0;
}

/** Whether the tables of the vCPU's root give translation `t` now. True also while it has no root: it flushes with the next. */
export function stillPermits(vcpu: Vcpu, t: LabTranslation): bool {
  if (vcpu.hwRoot == 0) return true;
  const gfn = t.page >> 12;
  let level = vcpu.hwLevels;
  let table = <usize>vcpu.hwRoot;
  while (true) {
    const spte = load<u64>(table + ((<u32>(gfn >> ((level - 1) * 9)) & 511) << 3));
    if (!isPresent(spte)) return false;
    if (!isTable(spte, level)) return leafGives(vcpu, t, spte, level);
    table = spteToTable(spte);
    level--;
  }
}

/** Whether the entry of `level` that a walk of the vCPU for `t`'s page would meet is `spte`, which has just been stored. */
export function isEntryOnWalk(vcpu: Vcpu, t: LabTranslation, level: u32, spte: u64): bool {
  const gfn = t.page >> 12;
  let at = vcpu.hwLevels;
  let table = <usize>vcpu.hwRoot;
  while (table != 0 && at >= level) {
    const entry = load<u64>(table + ((<u32>(gfn >> ((at - 1) * 9)) & 511) << 3));
    if (at == level) return entry == spte;
    if (!isTable(entry, at)) return false;
    table = spteToTable(entry);
    at--;
  }
  return false;
}

function leafGives(vcpu: Vcpu, t: LabTranslation, spte: u64, level: u32): bool {
  const offset = (t.page >> 12) & (pagesPerLevel(level) - 1);
  if ((spte & SPTE_PFN_MASK) + (offset << 12) != t.hpa) return false;
  const used = t.permissions & (HW_READ | HW_WRITE | HW_EXEC);
  const has = leafPermissions(changetype<Vm>(vcpu.vm), spte, vcpu.hwFlags);
  if ((used & ~has) != 0) return false;
  // A read-only use needs no Dirty; a write comparator is there only with it.
  const mayWrite = (t.permissions & (HW_WRITE | HW_DIRTY)) == (HW_WRITE | HW_DIRTY);
  return !mayWrite || (has & HW_DIRTY) != 0;
}
