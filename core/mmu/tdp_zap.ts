/** Zapping: leaves of a range, whole roots, and the lazy zapping of invalidated ones. */

import { MmuPage } from "../layout/mmu_page";
import { TdpIter } from "../layout/mmu_walk";
import { READ_CLASS_MMU } from "../layout/sync";
import { Gfn, LEVEL_1G, LEVEL_2M, LEVEL_4K, MAX_GFN } from "../layout/types";
import { Vm } from "../layout/vm";
import { aload64 } from "../sync/atomics";
import { epochEnter, epochExit } from "../sync/epoch";
import { remoteFlush } from "../sync/guest_mode";
import { assertWriteHeld, readLock, readUnlock } from "../sync/rwlock";
import { assertSpinHeld } from "../sync/spinlock";
import { thisIter, vmMmuLock, vmSlotsLock } from "./mmu_lock";
import { isRootInvalid, roleAsId, roleLevel, rootRole } from "./role";
import { isLeaf, isPresent, isTable, SPTE_NONPRESENT, spteToTable } from "./spte";
import {
  tdpIterNext,
  tdpIterRunDone,
  tdpIterRunEnd,
  tdpIterStart,
  tdpIterYieldExcl,
  tdpIterYieldShared,
} from "./tdp_iter";
import { rootNext, rootPut, ROOTS_ALL, ROOTS_VALID } from "./tdp_root";
import { setSpteExcl, setSpteShared, zapLeafExcl, zapSpteShared } from "./tdp_set";

/** zapLeafs flags. */
export const ZAP_MAY_YIELD: u32 = 1;

/**
 * Zaps every leaf of `root` that maps part of [startGfn, endGfn). `flush`: a flush is owed already, for other roots.
 * Returns whether one is owed afterwards: the incoming debt, unless a yield paid it, and this root's.
 * @holds mmuLock:write @yields @tlb caller flushes before unlock
 */
export function zapLeafs(vm: Vm, root: MmuPage, startGfn: Gfn, endGfn: Gfn, flags: u32, flush: u32): u32 {
  assertWriteHeld(vmMmuLock(vm));
  if (endGfn > MAX_GFN) endGfn = MAX_GFN;
  // Nobody loads an invalid root without a flush of its own.
  const owed = u32(!isRootInvalid(root));
  const it = thisIter();
  epochEnter();
  for (tdpIterStart(it, vm, root, LEVEL_4K, startGfn); it.valid != 0 && it.gfn < endGfn; tdpIterNext(it)) {
    if ((flags & ZAP_MAY_YIELD) != 0 && tdpIterYieldExcl(it, flush)) {
      flush = 0;
      continue;
    }
    if (!isLeaf(it.oldSpte, it.level)) continue;
    if (it.level == LEVEL_4K) zapRun(it, vm, endGfn);
    else zapLeafExcl(vm, it.asId, it.sptep, it.gfn, it.level, it.oldSpte);
    flush |= owed;
  }
  epochExit();
  return flush;
}

/** Zaps 4 KiB leaves from the iterator's entry to the end of its table, or endGfn, with the state of the scan in locals. */
function zapRun(it: TdpIter, vm: Vm, endGfn: Gfn): void {
  const asId = it.asId;
  let sptep = <usize>it.sptep;
  const end = tdpIterRunEnd(it, endGfn);
  for (let gfn = it.gfn; gfn < end; gfn++, sptep += 8) {
    const old = aload64(sptep);
    if (isPresent(old)) zapLeafExcl(vm, asId, sptep, gfn, LEVEL_4K, old);
  }
  tdpIterRunDone(it, end);
}

/**
 * Zaps the leaves of [startGfn, endGfn) in every root of address space `asId`, invalid ones included: the frames may be
 * gone when this returns, and an invalid root still has Dirty and Accessed bits to hand over.
 * Returns whether the caller owes a flush.
 * @holds mmuLock:write @yields
 */
export function unmapGfnRange(vm: Vm, asId: u32, startGfn: Gfn, endGfn: Gfn, flags: u32, flush: u32): u32 {
  for (let root = rootNext(vm, null, ROOTS_ALL); root !== null; root = rootNext(vm, root, ROOTS_ALL)) {
    if (roleAsId(rootRole(root)) == asId) flush = zapLeafs(vm, root, startGfn, endGfn, flags, flush);
  }
  return flush;
}

/** The same for every valid root of both address spaces (kvm_zap_gfn_range; inside an invalidate begin/end pair). */
export function zapLeafsAllRoots(vm: Vm, startGfn: Gfn, endGfn: Gfn, flush: u32): u32 {
  for (let root = rootNext(vm, null, ROOTS_VALID); root !== null; root = rootNext(vm, root, ROOTS_VALID)) {
    flush = zapLeafs(vm, root, startGfn, endGfn, ZAP_MAY_YIELD, flush);
  }
  return flush;
}

/**
 * Takes `page` out of the page tables, if the entry it was linked into still leads to it: the entry is empty afterwards,
 * and the next fault may put a huge page there. Whether the entry is present says nothing: others may have put a leaf, or
 * another table, in its place. False: it was not there any more.
 * @holds mmuLock:read @epoch since a moment when it was linked, so that its parent is readable @tlb flushed here
 */
export function zapSp(vm: Vm, page: MmuPage): bool {
  const sptep = <usize>page.ptep;
  const level = roleLevel(page.role) + 1;
  const old = aload64(sptep);
  if (!isTable(old, level) || spteToTable(old) != <usize>page.spt) return false;
  return zapSpteShared(vm, roleAsId(page.role), sptep, page.gfn, level, old);
}

/** Empties `root`, level by level, so that no single entry hides more than a bounded amount of work. @holds mmuLock:read @yields */
function zapRootShared(vm: Vm, root: MmuPage): void {
  zapPassShared(vm, root, LEVEL_4K);
  zapPassShared(vm, root, LEVEL_2M);
  zapPassShared(vm, root, LEVEL_1G);
  zapPassShared(vm, root, roleLevel(rootRole(root)));
}

/** Zaps every present entry of `level` or below that the walk meets. No flush: the root is invalid. */
function zapPassShared(vm: Vm, root: MmuPage, level: u32): void {
  const it = thisIter();
  epochEnter();
  for (tdpIterStart(it, vm, root, level, 0); it.valid != 0 && it.gfn < MAX_GFN; tdpIterNext(it)) {
    if (tdpIterYieldShared(it, 0)) continue;
    while (isPresent(it.oldSpte) && it.level <= level) {
      if (setSpteShared(vm, it.asId, it.sptep, it.gfn, it.level, it.oldSpte, SPTE_NONPRESENT)) break;
      it.oldSpte = aload64(it.sptep);
    }
  }
  epochExit();
}

/**
 * The same with mmu_lock held for write, for teardown. An address space may end under running vCPUs: they still walk the
 * tables that go, so these are flushed before the epoch section ends. @holds mmuLock:write @yields
 */
function zapPassExcl(vm: Vm, root: MmuPage, level: u32): void {
  const it = thisIter();
  epochEnter();
  for (tdpIterStart(it, vm, root, level, 0); it.valid != 0 && it.gfn < MAX_GFN; tdpIterNext(it)) {
    if (tdpIterYieldExcl(it, 1)) continue;
    if (!isPresent(it.oldSpte) || it.level > level) continue;
    setSpteExcl(vm, it.asId, it.sptep, it.gfn, it.level, it.oldSpte, SPTE_NONPRESENT);
  }
  remoteFlush(vm);
  epochExit();
}

/** Empties every root. @holds mmuLock:write @yields @tlb flushed here */
export function zapAll(vm: Vm): void {
  for (let root = rootNext(vm, null, ROOTS_ALL); root !== null; root = rootNext(vm, root, ROOTS_ALL)) {
    zapPassExcl(vm, root, LEVEL_4K);
    zapPassExcl(vm, root, LEVEL_2M);
    zapPassExcl(vm, root, LEVEL_1G);
    zapPassExcl(vm, root, roleLevel(rootRole(root)));
  }
}

/** Empties the roots that rootsInvalidate marked and returns the MMU's reference to each. @takes mmuLock:read @holds slotsLock */
export function zapInvalidatedRoots(vm: Vm): void {
  assertSpinHeld(vmSlotsLock(vm));
  const lock = vmMmuLock(vm);
  readLock(lock, READ_CLASS_MMU);
  for (let root = rootNext(vm, null, ROOTS_ALL); root !== null; root = rootNext(vm, root, ROOTS_ALL)) {
    if (root.scheduledToZap == 0) continue;
    root.scheduledToZap = 0;
    zapRootShared(vm, root);
    rootPut(vm, root);
  }
  readUnlock(lock, READ_CLASS_MMU);
}
