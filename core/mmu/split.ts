/**
 * Splitting: a huge leaf becomes a table of identical translations. Nothing needs to be flushed, the processor may use
 * either; W, A and D carry over. Faults split where they need less than is mapped (lazily); splitHugePages splits a
 * whole range beforehand, so that dirty logging finds 4 KiB leaves (eagerly).
 *
 * The table is filled while nobody can reach it, and linked by compare-and-exchange under either mode of the lock: the
 * processor may set Dirty, and a fast page fault W, in the huge leaf meanwhile, and then the table must be filled again.
 */

import { EBUSY, ENOMEM } from "../layout/errno";
import { Memslot } from "../layout/memslot";
import { MmuPage } from "../layout/mmu_page";
import { TdpIter } from "../layout/mmu_walk";
import { ENTRIES_PER_TABLE, Gfn, PAGE_SHIFT, pagesPerLevel } from "../layout/types";
import { Vm } from "../layout/vm";
import { aload64 } from "../sync/atomics";
import { epochEnter, epochExit } from "../sync/epoch";
import { vmCpu } from "../sync/guest_mode";
import { assertHeld } from "../sync/rwlock";
import { makeNonleafSpte, makeSmallSpte, MAKE_NX_WORKAROUND } from "./make_spte";
import { pageAlloc, pageFree, spteToPage } from "./mmu_page";
import { thisIter, vmMmuLock } from "./mmu_lock";
import { isNxMitigated } from "./nx_huge";
import { roleAsId, roleLevel, roleOfChild, rootRole } from "./role";
import { isLeaf } from "./spte";
import { countPages } from "./spte_changed";
import { tdpIterBeginYield, tdpIterEndYield, tdpIterNext, tdpIterStart, tdpIterYield } from "./tdp_iter";
import { rootNext, rootPut, ROOTS_VALID } from "./tdp_root";
import { trySetSpte } from "./tdp_set";
import { traceGetPage, traceSplitHugePage } from "./tracepoints";

/** Fills the unreachable `page` with the children of `hugeSpte`. */
export function splitInto(vm: Vm, page: MmuPage, hugeSpte: u64): void {
  let spte = makeSmallSpte(vm, hugeSpte, page.role, 0, isNxMitigated(vm) ? MAKE_NX_WORKAROUND : 0);
  const step = pagesPerLevel(roleLevel(page.role)) << PAGE_SHIFT;
  for (let p = <usize>page.spt, end = p + ENTRIES_PER_TABLE * 8; p != end; p += 8, spte += step) store<u64>(p, spte);
}

/**
 * Links `page`, whose role, gfn and ptep are set, in the place of `old`: nothing, or the huge leaf it was filled from.
 * False: the entry is not `old` any more.
 * @holds mmuLock as `mode` (SPTE_MODE_SHARED or _EXCL) says @epoch
 */
// @ts-ignore: decorator
@inline
export function linkPage(vm: Vm, page: MmuPage, old: u64, mode: u32): bool {
  const level = roleLevel(page.role) + 1;
  const spte = makeNonleafSpte(vm, page.role, page.spt);
  if (!trySetSpte(vm, roleAsId(page.role), page.ptep, page.gfn, level, old, spte, mode)) return false;
  vmCpu(vm).tdpMmuPages++;
  if (isLeaf(old, level)) {
    // The funnel has counted the huge leaf out; its children were made where nobody saw them.
    countPages(vm, level - 1, ENTRIES_PER_TABLE);
    traceSplitHugePage(page.gfn, old, level, 0);
  }
  return true;
}

/**
 * Splits every huge leaf above `targetLevel` that maps part of [startGfn, endGfn) of `slot`, 1 GiB ones by way of
 * 2 MiB. Memory is taken with the lock dropped. When it is exhausted the rest stays as it is, for faults to split.
 * @holds mmuLock as `mode` (SPTE_MODE_SHARED or _EXCL) says; slotsLock, so that the slot stays @yields
 * @ret 0, -ENOMEM
 */
export function splitHugePages(vm: Vm, slot: Memslot, startGfn: Gfn, endGfn: Gfn, targetLevel: u32, mode: u32): i32 {
  assertHeld(vmMmuLock(vm));
  for (let root = rootNext(vm, null, ROOTS_VALID); root !== null; root = rootNext(vm, root, ROOTS_VALID)) {
    if (roleAsId(rootRole(root)) != slot.asId) continue;
    const r = splitRoot(vm, root, startGfn, endGfn, targetLevel, mode);
    if (r == 0) continue;
    rootPut(vm, root);
    return r;
  }
  return 0;
}

function splitRoot(vm: Vm, root: MmuPage, startGfn: Gfn, endGfn: Gfn, targetLevel: u32, mode: u32): i32 {
  const it = thisIter();
  let spare: MmuPage | null = null;
  let r: i32 = 0;
  epochEnter();
  for (tdpIterStart(it, vm, root, targetLevel + 1, startGfn); it.valid != 0 && it.gfn < endGfn; tdpIterNext(it)) {
    if (tdpIterYield(it, 0, mode)) continue;
    if (!isLeaf(it.oldSpte, it.level)) continue;
    if (spare === null) {
      tdpIterBeginYield(it, mode);
      spare = pageAlloc(vm);
      tdpIterEndYield(it, mode);
      if (spare !== null) continue;
      traceSplitHugePage(it.gfn, it.oldSpte, it.level, -ENOMEM);
      r = -ENOMEM;
      break;
    }
    if (splitLeaf(vm, it, spare, mode)) spare = null;
  }
  epochExit();
  if (spare !== null) pageFree(spare);
  return r;
}

/** Splits the huge leaf at the iterator, whatever else changes in it meanwhile. False: it is none any more, `page` is not used. */
function splitLeaf(vm: Vm, it: TdpIter, page: MmuPage, mode: u32): bool {
  page.role = roleOfChild(spteToPage(it.sptep).role);
  page.gfn = it.gfn;
  page.ptep = it.sptep;
  while (isLeaf(it.oldSpte, it.level)) {
    splitInto(vm, page, it.oldSpte);
    if (linkPage(vm, page, it.oldSpte, mode)) {
      traceGetPage(0, page);
      return true;
    }
    traceSplitHugePage(it.gfn, it.oldSpte, it.level, -EBUSY);
    it.oldSpte = aload64(it.sptep);
  }
  return false;
}
