/** Probes of splitting and recovering huge pages, with mmu_lock as their callers hold it. Nobody changes slots meanwhile. */

import { SPTE_MODE_EXCL, SPTE_MODE_SHARED } from "../../../core/layout/spte_states";
import { READ_CLASS_MMU } from "../../../core/layout/sync";
import { Vm } from "../../../core/layout/vm";
import { memslotsFind, vmMemslots } from "../../../core/mmu/memslot";
import { vmMmuLock } from "../../../core/mmu/mmu_lock";
import { nxRecover } from "../../../core/mmu/nx_recover";
import { recoverHugePages } from "../../../core/mmu/recover";
import { splitHugePages } from "../../../core/mmu/split";
import { readLock, readUnlock, writeLock, writeUnlock } from "../../../core/sync/rwlock";

/** splitHugePages in the slot that holds `startGfn`, with mmu_lock as `mode` says. */
export function mmuHugeSplit(vm: u32, asId: u32, startGfn: u64, endGfn: u64, targetLevel: u32, mode: u32): i32 {
  const v = changetype<Vm>(vm);
  const lock = vmMmuLock(v);
  const slot = memslotsFind(vmMemslots(v, asId), startGfn);
  if (slot === null) return -1;
  if (mode == SPTE_MODE_EXCL) writeLock(lock);
  else readLock(lock, READ_CLASS_MMU);
  const r = splitHugePages(v, slot, startGfn, endGfn, targetLevel, mode);
  if (mode == SPTE_MODE_EXCL) writeUnlock(lock);
  else readUnlock(lock, READ_CLASS_MMU);
  return r;
}

/** recoverHugePages of the slot that holds `gfn`. */
export function mmuHugeRecover(vm: u32, asId: u32, gfn: u64): void {
  const v = changetype<Vm>(vm);
  const slot = memslotsFind(vmMemslots(v, asId), gfn);
  if (slot !== null) recoverHugePages(v, slot);
}

/** Splits, recovers and gives NX tables back, at random, `rounds` times. The slot begins at `gfn` and has `nPages` pages. */
export function mmuHugeChurn(vm: u32, gfn: u64, nPages: u64, seed: u32, rounds: u32): void {
  for (; rounds != 0; rounds--) {
    seed = seed * 1664525 + 1013904223;
    const what = seed >> 29;
    const start = gfn + ((<u64>(seed >> 4) * 2654435761) % nPages);
    const end = min<u64>(start + 1 + (seed & 1023), gfn + nPages);
    if (what < 3) mmuHugeSplit(vm, 0, start, end, 1 + (what & 1), SPTE_MODE_SHARED);
    else if (what == 3) mmuHugeSplit(vm, 0, start, end, 1, SPTE_MODE_EXCL);
    else if (what == 4) nxRecover(changetype<Vm>(vm));
    else mmuHugeRecover(vm, 0, gfn);
  }
}
