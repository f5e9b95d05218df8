/**
 * Empties and frees the subtree under an entry that no longer points to it. Whoever changed that entry owns the
 * subtree. Every entry in it ends FROZEN: a fault that still holds a pointer into it (epochs keep the memory valid)
 * finds FROZEN, or loses its compare-and-exchange, and so can neither publish into a dead table nor leak from it. The
 * flush of the change above it ends the processor's use; it comes before the epoch section ends.
 */

import { LAB } from "../layout/build";
import { LAB_TABLE_GONE } from "../layout/lab";
import { FRAME_SPT } from "../layout/frame";
import { MmuPage } from "../layout/mmu_page";
import { SPTE_MODE_DETACHED, SPTE_MODE_EXCL } from "../layout/spte_states";
import { ENTRIES_PER_TABLE } from "../layout/types";
import { Vm } from "../layout/vm";
import { aload64, axchg64, spinHint } from "../sync/atomics";
import { labEvent } from "../trace/lab_event";
import { vmCpu } from "../sync/guest_mode";
import { pageDeferFree, tableToPage } from "./mmu_page";
import { nxUntrack } from "./nx_huge";
import { roleLevel } from "./role";
import { isFrozen, isLeaf, isPresent, SPTE_FROZEN } from "./spte";
import { spteChanged, spteLeafZapped } from "./spte_changed";
import { tracePrepareZapPage } from "./tracepoints";

/**
 * @epoch
 * @holds mmuLock, as `mode` says: under write nobody else changes entries but the processor and fast page faults
 */
export function removeTable(vm: Vm, asId: u32, table: usize, mode: u32): void {
  const page = tableToPage(table);
  tracePrepareZapPage(page);
  vmCpu(vm).tdpMmuPages--;
  nxUntrack(vm, page);
  const level = roleLevel(page.role);
  const step = (<u64>1) << ((level - 1) * 9);
  const exclusive = (mode & SPTE_MODE_EXCL) != 0;
  const detached = exclusive ? SPTE_MODE_EXCL | SPTE_MODE_DETACHED : SPTE_MODE_DETACHED;
  if (LAB) labEvent(LAB_TABLE_GONE, changetype<usize>(page), 0, 0, 0, 0);
  for (let i: u32 = 0; i < ENTRIES_PER_TABLE; i++) {
    const sptep = table + i * 8;
    // With nobody else installing, an empty entry can stay as it is.
    if (exclusive && !isPresent(aload64(sptep))) continue;
    const old = freeze(sptep);
    const gfn = page.gfn + step * <u64>i;
    if (isLeaf(old, level)) spteLeafZapped(vm, asId, gfn, old, SPTE_FROZEN, level, detached);
    else spteChanged(vm, asId, gfn, old, SPTE_FROZEN, level, detached);
  }
  pageDeferFree(page);
}

/** Freezes one entry; waits out a thread that has it frozen in the middle of a zap (it will write once more). */
function freeze(sptep: usize): u64 {
  while (true) {
    const old = axchg64(sptep, SPTE_FROZEN);
    if (!isFrozen(old)) return old;
    spinHint(sptep);
  }
}
