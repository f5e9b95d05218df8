/**
 * Recovering huge pages when a slot's dirty logging stops: a table of small leaves goes, and the huge leaf that the
 * fault path would map takes its place at once. Guarantee: contents, writability and dirtiness survive; best effort,
 * for what is left a fault or the next zap does the same.
 *
 * Smaller sizes first, so that a table that goes has at most 512 entries to account for.
 *
 * Why the host's mapping level may be trusted: the host changes a mapping only between a notifier's start and end, and
 * start waits for mmu_lock for write. So with mmu_lock held for read and no invalidation of the range in progress, what
 * the host has mapped stays until the lock is given up. A range in progress may still look huge in the host's tables,
 * while its leaves are gone here already: it is left alone. The small leaf that is taken as the model proves that the
 * host's frame is there and known; all others of the range are the same host leaf's.
 *
 * The old table is still in TLBs and paging-structure caches, so a flush is owed before the epoch section ends.
 */

import { DEBUG } from "../layout/build";
import { BUG_SPTE_BITS } from "../layout/bugs";
import { Mm } from "../layout/hostmm";
import { Memslot } from "../layout/memslot";
import { MmuPage } from "../layout/mmu_page";
import { TdpIter } from "../layout/mmu_walk";
import { READ_CLASS_MMU } from "../layout/sync";
import { ENTRIES_PER_TABLE, Gfn, LEVEL_1G, LEVEL_2M, LEVEL_4K, pagesPerLevel } from "../layout/types";
import { Vm } from "../layout/vm";
import { mappingLevel } from "../hostmm/mapping_level";
import { aload32, aload64 } from "../sync/atomics";
import { epochEnter, epochExit } from "../sync/epoch";
import { remoteFlush } from "../sync/guest_mode";
import { readLock, readUnlock } from "../sync/rwlock";
import { bug } from "../trace/bug";
import { lpageMaxLevel } from "./lpage";
import { makeHugeSpte, MAKE_NX_WORKAROUND } from "./make_spte";
import { memslotHva } from "./memslot";
import { tableToPage } from "./mmu_page";
import { thisIter, vmMmuLock } from "./mmu_lock";
import { isNxMitigated, nxIsDisallowed } from "./nx_huge";
import { roleAsId, rootRole } from "./role";
import { isLeaf, isTable, spteToPfn, spteToTable } from "./spte";
import { tdpIterNext, tdpIterStart, tdpIterYieldShared } from "./tdp_iter";
import { rootNext, ROOTS_VALID } from "./tdp_root";
import { setSpteShared } from "./tdp_set";

/**
 * Maps `slot`, which is logged no more, by pages as huge as slot and host allow, where small ones are mapped now.
 * @takes mmuLock:read @holds slotsLock @tlb flushed here
 */
export function recoverHugePages(vm: Vm, slot: Memslot): void {
  const lock = vmMmuLock(vm);
  readLock(lock, READ_CLASS_MMU);
  for (let root = rootNext(vm, null, ROOTS_VALID); root !== null; root = rootNext(vm, root, ROOTS_VALID)) {
    if (roleAsId(rootRole(root)) != slot.asId) continue;
    for (let level = LEVEL_2M; level <= LEVEL_1G; level++) recoverLevel(vm, root, slot, level);
  }
  readUnlock(lock, READ_CLASS_MMU);
}

/** @holds mmuLock:read @yields */
function recoverLevel(vm: Vm, root: MmuPage, slot: Memslot, level: u32): void {
  const end = slot.baseGfn + slot.nPages;
  const it = thisIter();
  let flush: u32 = 0;
  epochEnter();
  for (tdpIterStart(it, vm, root, level, slot.baseGfn); it.valid != 0 && it.gfn < end; tdpIterNext(it)) {
    if (tdpIterYieldShared(it, flush)) {
      flush = 0;
      continue;
    }
    // Where a slot begins or ends within a huge page there can be none, nor is there anything to ask about its first gfn.
    if (it.level != level || it.gfn < slot.baseGfn) continue;
    if (recoverOne(vm, slot, it) == 0) continue;
    flush = 1;
    it.work += ENTRIES_PER_TABLE;
  }
  if (flush != 0) remoteFlush(vm);
  epochExit();
}

/** Replaces the table that the iterator's entry points to, if there is one and the host maps the whole range at once. 1: a flush is owed. */
function recoverOne(vm: Vm, slot: Memslot, it: TdpIter): u32 {
  const level = it.level;
  while (isTable(it.oldSpte, level)) {
    const table = spteToTable(it.oldSpte);
    if (nxIsDisallowed(tableToPage(table))) return 0;
    if (!isMappedHuge(vm, slot, it.gfn, level)) return 0;
    const small = modelLeaf(table, level);
    if (small == 0) return 0;
    const huge = makeHugeSpte(vm, small, level, isNxMitigated(vm) ? MAKE_NX_WORKAROUND : 0);
    if (setSpteShared(vm, it.asId, it.sptep, it.gfn, level, it.oldSpte, huge)) return 1;
    it.oldSpte = aload64(it.sptep);
  }
  return 0;
}

/** Whether slot and host allow a page of `level` at `gfn`, its first. @holds mmuLock:read @epoch */
function isMappedHuge(vm: Vm, slot: Memslot, gfn: Gfn, level: u32): bool {
  if (lpageMaxLevel(slot, gfn, level) < level) return false;
  if (aload32(changetype<usize>(vm) + offsetof<Vm>("invalidateInProgress")) != 0) {
    if (gfn < vm.invalidateEnd && gfn + pagesPerLevel(level) > vm.invalidateStart) return false;
  }
  return mappingLevel(changetype<Mm>(vm.mm), memslotHva(slot, gfn)) >= level;
}

/**
 * The leaf in `table` that the huge leaf of `level` is made from: the first. 0 = there is none, or the table leads to
 * one that the NX mitigation keeps.
 */
function modelLeaf(table: usize, level: u32): u64 {
  let found: u64 = 0;
  for (let i: u32 = 0; i < ENTRIES_PER_TABLE; i++) {
    const spte = aload64(table + i * 8);
    if (isTable(spte, level - 1)) {
      if (nxIsDisallowed(tableToPage(spteToTable(spte)))) return 0;
    } else if (found == 0 && isLeaf(spte, level - 1)) {
      if (DEBUG && ((spteToPfn(spte) / pagesPerLevel(level - 1)) & (ENTRIES_PER_TABLE - 1)) != i)
        bug(BUG_SPTE_BITS, spte, level);
      found = spte;
    }
    if (found != 0 && level == LEVEL_2M) break;
  }
  return found;
}
