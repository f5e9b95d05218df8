/** Probes of splitting and recovering huge pages, with the locks that their callers hold. */

import { SPTE_MODE_EXCL } from "../../../core/layout/spte_states";
import { READ_CLASS_MMU } from "../../../core/layout/sync";
import { Vm } from "../../../core/layout/vm";
import { memslotsFind, vmMemslots } from "../../../core/mmu/memslot";
import { vmMmuLock, vmSlotsLock } from "../../../core/mmu/mmu_lock";
import { recoverHugePages } from "../../../core/mmu/recover";
import { splitHugePages } from "../../../core/mmu/split";
import { readLock, readUnlock, writeLock, writeUnlock } from "../../../core/sync/rwlock";
import { spinLock, spinUnlock } from "../../../core/sync/spinlock";

/** splitHugePages in the slot that holds `startGfn`, with mmu_lock as `mode` says. */
export function mmuHugeSplit(vm: u32, asId: u32, startGfn: u64, endGfn: u64, targetLevel: u32, mode: u32): i32 {
  const v = changetype<Vm>(vm);
  const lock = vmMmuLock(v);
  spinLock(vmSlotsLock(v));
  const slot = memslotsFind(vmMemslots(v, asId), startGfn);
  let r: i32 = -1;
  if (slot !== null) {
    if (mode == SPTE_MODE_EXCL) writeLock(lock);
    else readLock(lock, READ_CLASS_MMU);
    r = splitHugePages(v, slot, startGfn, endGfn, targetLevel, mode);
    if (mode == SPTE_MODE_EXCL) writeUnlock(lock);
    else readUnlock(lock, READ_CLASS_MMU);
  }
  spinUnlock(vmSlotsLock(v));
  return r;
}

/** recoverHugePages of the slot that holds `gfn`. */
export function mmuHugeRecover(vm: u32, asId: u32, gfn: u64): void {
  const v = changetype<Vm>(vm);
  spinLock(vmSlotsLock(v));
  const slot = memslotsFind(vmMemslots(v, asId), gfn);
  if (slot !== null) recoverHugePages(v, slot);
  spinUnlock(vmSlotsLock(v));
}
