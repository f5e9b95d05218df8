/**
 * Taking from leaves what lets the guest write unlogged: Dirty, where the processor logs (PML) and the entry has A/D
 * bits of its own; else W. MMU_WRITABLE stays, so that a fast page fault can give W back, and so the flush may come
 * after the unlock. Huge leaves always lose W: their first write splits them.
 *
 * Guarantee: once the caller has flushed, the next write to each of these pages is logged. Dirtiness taken goes to the
 * host's frame, through the funnel.
 */

import { Memslot } from "../layout/memslot";
import { MmuPage } from "../layout/mmu_page";
import { TdpIter } from "../layout/mmu_walk";
import { SPTE_MODE_SHARED } from "../layout/spte_states";
import { READ_CLASS_MMU } from "../layout/sync";
import { Gfn, LEVEL_4K } from "../layout/types";
import { PARAM_EAGER_PAGE_SPLIT, Vm } from "../layout/vm";
import { aload64 } from "../sync/atomics";
import { epochEnter, epochExit } from "../sync/epoch";
import { assertWriteHeld, readLock, readUnlock } from "../sync/rwlock";
import { thisIter, vmMmuLock } from "./mmu_lock";
import { roleAsId, roleLevel, rootRole } from "./role";
import {
  isLeaf,
  isPresent,
  isTable,
  isWritable,
  needsWriteProtectForLogging,
  spteToTable,
  SPTE_WRITABLE,
  vmHasPml,
} from "./spte";
import { splitHugePages } from "./split";
import { tdpIterNext, tdpIterRunDone, tdpIterRunEnd, tdpIterStart, tdpIterYieldShared } from "./tdp_iter";
import { rootNext, ROOTS_VALID } from "./tdp_root";
import { clearSpteBitsExcl, setSpteShared } from "./tdp_set";

/** The bit that a 4 KiB leaf with A/D bits loses in this VM. */
// @ts-ignore: decorator
@inline
function vmLoggingBit(vm: Vm): u64 {
  return vmHasPml(vm) ? vm.dirtyMask : SPTE_WRITABLE;
}

/** The bit that the leaf `spte` loses. */
// @ts-ignore: decorator
@inline
function bitToClear(spte: u64, level: u32, loggingBit: u64): u64 {
  return level == LEVEL_4K && !needsWriteProtectForLogging(spte) ? loggingBit : SPTE_WRITABLE;
}

/**
 * Splits the huge pages of `slot` that map part of [startGfn, endGfn), in VMs that do so before the guest's first write
 * needs it. What is left when memory is exhausted, faults split.
 * @takes mmuLock:read @holds slotsLock
 */
export function splitForLogging(vm: Vm, slot: Memslot, startGfn: Gfn, endGfn: Gfn): void {
  if ((vm.params & PARAM_EAGER_PAGE_SPLIT) == 0) return;
  const lock = vmMmuLock(vm);
  readLock(lock, READ_CLASS_MMU);
  splitHugePages(vm, slot, startGfn, endGfn, LEVEL_4K, SPTE_MODE_SHARED);
  readUnlock(lock, READ_CLASS_MMU);
}

/** Every leaf that maps `slot`, beside faults: logging begins. @takes mmuLock:read @tlb caller flushes */
export function clearDirtySlot(vm: Vm, slot: Memslot): void {
  const lock = vmMmuLock(vm);
  readLock(lock, READ_CLASS_MMU);
  for (let root = rootNext(vm, null, ROOTS_VALID); root !== null; root = rootNext(vm, root, ROOTS_VALID)) {
    if (roleAsId(rootRole(root)) == slot.asId) clearRange(vm, root, slot.baseGfn, slot.baseGfn + slot.nPages);
  }
  readUnlock(lock, READ_CLASS_MMU);
}

/** @holds mmuLock:read @yields */
function clearRange(vm: Vm, root: MmuPage, startGfn: Gfn, endGfn: Gfn): void {
  const loggingBit = vmLoggingBit(vm);
  const it = thisIter();
  epochEnter();
  for (tdpIterStart(it, vm, root, LEVEL_4K, startGfn); it.valid != 0 && it.gfn < endGfn; tdpIterNext(it)) {
    if (tdpIterYieldShared(it, 0)) continue;
    if (it.level == LEVEL_4K) clearRun(it, vm, endGfn, loggingBit);
    else clearShared(vm, it.asId, it.sptep, it.gfn, it.level, it.oldSpte, loggingBit);
  }
  epochExit();
}

/** Clears the bit of one entry, whatever it becomes meanwhile: every retry looks again whether it is a leaf that has it. */
// @ts-ignore: decorator
@inline
function clearShared(vm: Vm, asId: u32, sptep: usize, gfn: Gfn, level: u32, old: u64, loggingBit: u64): void {
  while (isLeaf(old, level)) {
    const bit = bitToClear(old, level, loggingBit);
    if ((old & bit) == 0) return;
    if (setSpteShared(vm, asId, sptep, gfn, level, old, old & ~bit)) return;
    old = aload64(sptep);
  }
}

/** 4 KiB entries to the end of the table, with the state of the scan in locals. */
function clearRun(it: TdpIter, vm: Vm, endGfn: Gfn, loggingBit: u64): void {
  const asId = it.asId;
  let sptep = <usize>it.sptep;
  const end = tdpIterRunEnd(it, endGfn);
  for (let gfn = it.gfn; gfn < end; gfn++, sptep += 8)
    clearShared(vm, asId, sptep, gfn, LEVEL_4K, aload64(sptep), loggingBit);
  tdpIterRunDone(it, end);
}

/**
 * The pages of `root` whose bits are set in the `n` words at `masks`: bit 0 of the first is `gfn`. A huge leaf among them
 * loses W as a whole.
 * @holds mmuLock:write @tlb caller flushes, at the latest when the call that collects ends
 */
export function clearDirtyPtMasked(vm: Vm, root: MmuPage, gfn: Gfn, masks: usize, n: u32): void {
  assertWriteHeld(vmMmuLock(vm));
  const loggingBit = vmLoggingBit(vm);
  const asId = roleAsId(rootRole(root));
  // Nobody else changes tables meanwhile: the one for gfns below tableEnd is looked up once.
  let table: usize = 0;
  let tableEnd: Gfn = 0;
  for (let i: u32 = 0; i < n; i++, gfn += 64) {
    let mask = load<u64>(masks + i * 8);
    while (mask != 0) {
      const first = gfn + ctz(mask);
      if (first >= tableEnd) {
        table = tableOrProtect(vm, root, first);
        tableEnd = (first | 511) + 1;
      }
      // A slot need not begin at a multiple of 64: the mask may reach into the next table.
      const inTable = tableEnd - gfn;
      const part = inTable < 64 ? mask & (((<u64>1) << inTable) - 1) : mask;
      mask &= ~part;
      if (table != 0) clearInTable(vm, asId, table, gfn, part, loggingBit);
    }
  }
}

/** The 4 KiB table that maps `gfn`, or 0. A huge leaf met instead loses W. @holds mmuLock:write */
function tableOrProtect(vm: Vm, root: MmuPage, gfn: Gfn): usize {
  const role = rootRole(root);
  let level = roleLevel(role);
  let table = <usize>root.spt;
  while (level > LEVEL_4K) {
    const sptep = table + ((<u32>(gfn >> ((level - 1) * 9)) & 511) << 3);
    const spte = aload64(sptep);
    if (!isTable(spte, level)) {
      if (isLeaf(spte, level) && isWritable(spte))
        clearSpteBitsExcl(vm, roleAsId(role), sptep, gfn, level, SPTE_WRITABLE);
      return 0;
    }
    table = spteToTable(spte);
    level--;
  }
  return table;
}

/** @holds mmuLock:write */
function clearInTable(vm: Vm, asId: u32, table: usize, gfn: Gfn, mask: u64, loggingBit: u64): void {
  for (; mask != 0; mask &= mask - 1) {
    const at = gfn + ctz(mask);
    const sptep = table + ((<u32>at & 511) << 3);
    const spte = aload64(sptep);
    if (!isPresent(spte)) continue;
    const bit = bitToClear(spte, LEVEL_4K, loggingBit);
    if ((spte & bit) != 0) clearSpteBitsExcl(vm, asId, sptep, at, LEVEL_4K, bit);
  }
}
