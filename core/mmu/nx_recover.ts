/**
 * Recovery from the NX huge page mitigation: from time to time the oldest tables that stand in a huge page's way are
 * taken away, in the hope that the guest does not execute there any more. If it does, a fault brings the table back, at
 * the end of the list. Guarantee: bounded work per call, beside running vCPUs; nothing that is mapped changes its frame.
 */

import { Memslot } from "../layout/memslot";
import { MmuPage } from "../layout/mmu_page";
import { READ_CLASS_MMU } from "../layout/sync";
import { SYSTEM_BASE, System } from "../layout/system";
import { Vm, VmCpu } from "../layout/vm";
import { aload32 } from "../sync/atomics";
import { epochEnter, epochExit, epochPoll } from "../sync/epoch";
import { readLock, readUnlock, rwReadContended } from "../sync/rwlock";
import { vmCounter } from "./counters";
import { isDirtyLogged } from "./make_spte";
import { memslotFind } from "./memslot";
import { vmMmuLock } from "./mmu_lock";
import { nxTakeOldest } from "./nx_huge";
import { roleAsId } from "./role";
import { zapSp } from "./tdp_zap";

/**
 * One period's recovery: a part of nx_lpage_splits, one in nx_huge_pages_recovery_ratio, rounded up. Where the slot is
 * logged, huge pages are forbidden anyway: the table is only taken off the list, and goes when logging stops.
 * @takes mmuLock:read @ret tables zapped
 */
export function nxRecover(vm: Vm): i32 {
  const ratio = aload32(SYSTEM_BASE + offsetof<System>("nxRecoveryRatio"));
  if (ratio == 0) return 0;
  // Tables come and go while the CPUs' parts are added: the sum may be off by those, and below 0.
  const splits = <i64>vmCounter(vm, offsetof<VmCpu>("nxLpageSplits"));
  if (splits <= 0) return 0;
  const lock = vmMmuLock(vm);
  let zapped: i32 = 0;
  let left = (<u64>splits + ratio - 1) / ratio;
  readLock(lock, READ_CLASS_MMU);
  for (; left != 0; left--) {
    // Each table in a section of its own: from before it is found on the list until nothing of it is looked at any more.
    epochEnter();
    const page = nxTakeOldest(vm);
    if (page !== null && !isSlotLogged(vm, page) && zapSp(vm, page)) zapped++;
    epochExit();
    if (page === null) break;
    // No flush is owed here: zapSp has done its own.
    if (rwReadContended(lock)) {
      readUnlock(lock, READ_CLASS_MMU);
      readLock(lock, READ_CLASS_MMU);
    }
  }
  readUnlock(lock, READ_CLASS_MMU);
  epochPoll();
  return zapped;
}

/** Whether writes to the page's slot are logged: that of its own address space, which may be SMM's. @epoch */
function isSlotLogged(vm: Vm, page: MmuPage): bool {
  const slot: Memslot | null = memslotFind(vm, roleAsId(page.role), page.gfn);
  return slot !== null && isDirtyLogged(slot);
}
