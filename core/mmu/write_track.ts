/**
 * Write tracking: while a gfn's counter is not 0, no vCPU can write it without a fault (RET_PF_WRITE_PROTECTED), and no
 * huge page covers it. For whoever must see the guest's writes: shadowing of a nested guest's tables, first of all.
 */

import { EBUSY, EINVAL, ENOMEM, ENOENT } from "../layout/errno";
import { Memslot } from "../layout/memslot";
import { ADDRESS_SPACES, Vm } from "../layout/vm";
import { Gfn, LEVEL_4K } from "../layout/types";
import { karrayAlloc, karrayAt } from "../mm/karray";
import { acas32, aload32 } from "../sync/atomics";
import { epochEnter, epochExit } from "../sync/epoch";
import { remoteFlush } from "../sync/guest_mode";
import { assertWriteHeld, writeLock, writeUnlock } from "../sync/rwlock";
import { assertSpinHeld, spinLock, spinUnlock } from "../sync/spinlock";
import { lpageAdjust } from "./lpage";
import { memslotsFind, vmMemslots } from "./memslot";
import { thisIter, vmMmuLock, vmSlotsLock } from "./mmu_lock";
import { roleAsId, rootRole } from "./role";
import { isLeaf, SPTE_NONPRESENT, SPTE_WRITABLE } from "./spte";
import { tdpIterNext, tdpIterStart } from "./tdp_iter";
import { rootNext, ROOTS_VALID } from "./tdp_root";
import { setSpteExcl } from "./tdp_set";

// @ts-ignore: decorator
@inline
function counterOf(slot: Memslot, gfn: Gfn): usize {
  return karrayAt(slot.writeTrack, (gfn - slot.baseGfn) * 2);
}

/** Whether writes to `gfn` of `slot` are tracked. A fault asks this under mmu_lock. @epoch */
// @ts-ignore: decorator
@inline
export function isGfnTracked(slot: Memslot, gfn: Gfn): bool {
  const array = aload32(changetype<usize>(slot) + offsetof<Memslot>("writeTrack"));
  return array != 0 && isCounted(slot, gfn);
}

function isCounted(slot: Memslot, gfn: Gfn): bool {
  return load<u16>(counterOf(slot, gfn)) != 0;
}

/** Begins to track `gfn` of address space `asId`. -ENOENT: no slot; -EBUSY: tracked 65535 times already; -ENOMEM. @takes slotsLock, mmuLock:write */
export function writeTrackAdd(vm: Vm, asId: u32, gfn: Gfn): i32 {
  if (asId >= ADDRESS_SPACES) return -EINVAL;
  spinLock(vmSlotsLock(vm));
  const r = trackAddLocked(vm, asId, gfn);
  spinUnlock(vmSlotsLock(vm));
  return r;
}

/** @holds slotsLock */
function trackAddLocked(vm: Vm, asId: u32, gfn: Gfn): i32 {
  assertSpinHeld(vmSlotsLock(vm));
  const slot = memslotsFind(vmMemslots(vm, asId), gfn);
  if (slot === null) return -ENOENT;
  if (slot.writeTrack == 0) {
    const array = karrayAlloc(slot.nPages * 2);
    if (array == 0) return -ENOMEM;
    // Published empty and complete: faults read it without a lock.
    acas32(changetype<usize>(slot) + offsetof<Memslot>("writeTrack"), 0, array);
  }
  if (load<u16>(counterOf(slot, gfn)) == u16.MAX_VALUE) return -EBUSY;
  writeLock(vmMmuLock(vm));
  adjust(vm, slot, gfn, 1);
  if (writeProtectGfn(vm, asId, gfn) != 0) remoteFlush(vm);
  writeUnlock(vmMmuLock(vm));
  return 0;
}

/** One reason to track `gfn`, and to have no huge page over it, more or less. @holds mmuLock:write */
function adjust(vm: Vm, slot: Memslot, gfn: Gfn, change: i32): void {
  assertWriteHeld(vmMmuLock(vm));
  const counter = counterOf(slot, gfn);
  store<u16>(counter, load<u16>(counter) + <u16>change);
  lpageAdjust(slot, gfn, change);
}

/** Takes one reason to track `gfn` back. -ENOENT: it is not tracked. @takes slotsLock, mmuLock:write */
export function writeTrackRemove(vm: Vm, asId: u32, gfn: Gfn): i32 {
  if (asId >= ADDRESS_SPACES) return -EINVAL;
  spinLock(vmSlotsLock(vm));
  const r = trackRemoveLocked(vm, asId, gfn);
  spinUnlock(vmSlotsLock(vm));
  return r;
}

/** @holds slotsLock */
function trackRemoveLocked(vm: Vm, asId: u32, gfn: Gfn): i32 {
  assertSpinHeld(vmSlotsLock(vm));
  const slot = memslotsFind(vmMemslots(vm, asId), gfn);
  if (slot === null || !isGfnTracked(slot, gfn)) return -ENOENT;
  writeLock(vmMmuLock(vm));
  adjust(vm, slot, gfn, -1);
  writeUnlock(vmMmuLock(vm));
  return 0;
}

/**
 * Takes W and MMU_WRITABLE from every leaf that maps `gfn`: no fast page fault can give W back. An entry that has lost
 * only W still counts: a vCPU may hold a writable translation of it until the flush that its taker owes.
 * A huge leaf is zapped: huge pages are forbidden here from now on.
 * @holds mmuLock:write @tlb caller flushes before unlock @ret 1 = a flush is owed
 */
export function writeProtectGfn(vm: Vm, asId: u32, gfn: Gfn): u32 {
  assertWriteHeld(vmMmuLock(vm));
  let flush: u32 = 0;
  for (let root = rootNext(vm, null, ROOTS_VALID); root !== null; root = rootNext(vm, root, ROOTS_VALID)) {
    if (roleAsId(rootRole(root)) != asId) continue;
    const it = thisIter();
    epochEnter();
    for (tdpIterStart(it, vm, root, LEVEL_4K, gfn); it.valid != 0 && it.gfn <= gfn; tdpIterNext(it)) {
      if (!isLeaf(it.oldSpte, it.level)) continue;
      const spte = it.level == LEVEL_4K ? it.oldSpte & ~(SPTE_WRITABLE | vm.mmuWritableMask) : SPTE_NONPRESENT;
      if (spte == it.oldSpte) continue;
      setSpteExcl(vm, asId, it.sptep, it.gfn, it.level, it.oldSpte, spte);
      flush = 1;
    }
    epochExit();
  }
  return flush;
}
