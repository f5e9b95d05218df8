/** Write protection of whole slots, for dirty logging: W goes, MMU_WRITABLE stays, so that a fast page fault can give W back. */

import { Memslot } from "../layout/memslot";
import { READ_CLASS_MMU } from "../layout/sync";
import { Vm } from "../layout/vm";
import { aload64 } from "../sync/atomics";
import { MmuPage } from "../layout/mmu_page";
import { TdpIter } from "../layout/mmu_walk";
import { Gfn, LEVEL_4K } from "../layout/types";
import { epochEnter, epochExit } from "../sync/epoch";
import { remoteFlush } from "../sync/guest_mode";
import { readLock, readUnlock } from "../sync/rwlock";
import { thisIter, vmMmuLock } from "./mmu_lock";
import { roleAsId, rootRole } from "./role";
import { isLeaf, isWritable, SPTE_WRITABLE } from "./spte";
import { tdpIterNext, tdpIterStart, tdpIterYieldShared } from "./tdp_iter";
import { rootNext, ROOTS_VALID } from "./tdp_root";
import { setSpteShared } from "./tdp_set";

/** Write-protects every leaf of `minLevel` or above that maps `slot`, and flushes. @takes mmuLock:read */
export function writeProtectSlot(vm: Vm, slot: Memslot, minLevel: u32): void {
  const lock = vmMmuLock(vm);
  readLock(lock, READ_CLASS_MMU);
  for (let root = rootNext(vm, null, ROOTS_VALID); root !== null; root = rootNext(vm, root, ROOTS_VALID)) {
    if (roleAsId(rootRole(root)) == slot.asId)
      protectRange(vm, root, slot.baseGfn, slot.baseGfn + slot.nPages, minLevel);
  }
  readUnlock(lock, READ_CLASS_MMU);
  // MMU_WRITABLE stays, so the flush may come after the unlock.
  remoteFlush(vm);
}

/** @holds mmuLock:read @yields */
function protectRange(vm: Vm, root: MmuPage, startGfn: Gfn, endGfn: Gfn, minLevel: u32): void {
  const it = thisIter();
  epochEnter();
  for (tdpIterStart(it, vm, root, minLevel, startGfn); it.valid != 0 && it.gfn < endGfn; tdpIterNext(it)) {
    if (tdpIterYieldShared(it, 0)) continue;
    if (it.level == LEVEL_4K) protectRun(it, vm, endGfn);
    else protectOne(vm, it.asId, it.sptep, it.gfn, it.level, it.oldSpte);
  }
  epochExit();
}

/** Takes W from one entry, whatever it becomes meanwhile: every retry looks again whether it is a writable leaf. */
// @ts-ignore: decorator
@inline
function protectOne(vm: Vm, asId: u32, sptep: usize, gfn: Gfn, level: u32, old: u64): void {
  while (isLeaf(old, level) && isWritable(old)) {
    if (setSpteShared(vm, asId, sptep, gfn, level, old, old & ~SPTE_WRITABLE)) return;
    old = aload64(sptep);
  }
}

/** 4 KiB entries to the end of the table, with the state of the scan in locals. */
function protectRun(it: TdpIter, vm: Vm, endGfn: Gfn): void {
  const asId = it.asId;
  let sptep = <usize>it.sptep;
  let gfn = it.gfn;
  let last = (gfn | 511) + 1;
  if (last > endGfn) last = endGfn;
  for (; gfn < last; gfn++, sptep += 8) protectOne(vm, asId, sptep, gfn, LEVEL_4K, aload64(sptep));
  it.gfn = gfn - 1;
  it.nextLastLevelGfn = gfn - 1;
  it.sptep = <u32>(sptep - 8);
}
