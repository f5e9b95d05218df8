/**
 * Access tracking: which pages were touched since they were last looked at. Takes no lock, so reclaim never waits for a
 * fault or a zap, nor they for it: an epoch section keeps the tables readable, a compare-and-exchange changes leaves.
 *
 * With A/D bits an aged leaf loses Accessed; without them it loses its permissions until the next access, which a fast
 * page fault gives back. What a leaf loses goes to the host's frame through the funnel (Accessed; Dirty too where W was
 * the Dirty bit). No TLB is flushed: a translation that is still cached makes a page look colder than it is, no more.
 *
 * The kernel clears Accessed by a plain atomic AND. Here the entry may have become FROZEN meanwhile, which is compared
 * as a whole word and has a bit in Accessed's place in both formats, so it is a compare-and-exchange for both kinds.
 */

import { MmuPage } from "../layout/mmu_page";
import { TdpIter } from "../layout/mmu_walk";
import { SPTE_MODE_LOCKLESS } from "../layout/spte_states";
import { Gfn, LEVEL_4K, pagesPerLevel } from "../layout/types";
import { Vm } from "../layout/vm";
import { acas64, aload64 } from "../sync/atomics";
import { assertEpoch } from "../sync/epoch";
import { thisIter } from "./mmu_lock";
import { isAccessed, isLeaf, markForAccessTracking } from "./spte";
import { spteLeafCleared } from "./spte_changed";
import { tdpIterNext, tdpIterRunDone, tdpIterRunEnd, tdpIterStart } from "./tdp_iter";
import { rootNextInEpoch } from "./tdp_root";

/** Races lost before a leaf stays young until the next look. */
const AGE_RETRIES: u32 = 4;

/**
 * Ages every leaf of address space `asId` that maps part of [startGfn, endGfn), in valid roots. The caller bounds the
 * range: there is no yielding in an epoch section.
 * @epoch
 * @ret 4 KiB pages whose leaves were young; a page that two roots map counts twice
 */
export function ageGfnRange(vm: Vm, asId: u32, startGfn: Gfn, endGfn: Gfn): u64 {
  assertEpoch();
  let young: u64 = 0;
  for (let root = rootNextInEpoch(vm, null, asId); root !== null; root = rootNextInEpoch(vm, root, asId))
    young += ageRoot(vm, root, startGfn, endGfn);
  return young;
}

/** True if a leaf of [startGfn, endGfn) is young; looks no further than the first. @epoch */
export function testAgeGfn(vm: Vm, asId: u32, startGfn: Gfn, endGfn: Gfn): bool {
  assertEpoch();
  const it = thisIter();
  for (let root = rootNextInEpoch(vm, null, asId); root !== null; root = rootNextInEpoch(vm, root, asId)) {
    for (tdpIterStart(it, vm, root, LEVEL_4K, startGfn); it.valid != 0 && it.gfn < endGfn; tdpIterNext(it))
      if (isLeaf(it.oldSpte, it.level) && isAccessed(vm, it.oldSpte)) return true;
  }
  return false;
}

function ageRoot(vm: Vm, root: MmuPage, startGfn: Gfn, endGfn: Gfn): u64 {
  const it = thisIter();
  let young: u64 = 0;
  for (tdpIterStart(it, vm, root, LEVEL_4K, startGfn); it.valid != 0 && it.gfn < endGfn; tdpIterNext(it)) {
    if (it.level == LEVEL_4K) young += ageRun(it, vm, endGfn);
    else if (ageLeaf(vm, it.asId, it.sptep, it.gfn, it.level, it.oldSpte)) young += pagesPerLevel(it.level);
  }
  return young;
}

/** 4 KiB entries to the end of the table, with the state of the walk in locals. */
function ageRun(it: TdpIter, vm: Vm, endGfn: Gfn): u64 {
  const asId = it.asId;
  let sptep = <usize>it.sptep;
  const end = tdpIterRunEnd(it, endGfn);
  let young: u64 = 0;
  for (let gfn = it.gfn; gfn < end; gfn++, sptep += 8)
    young += u64(ageLeaf(vm, asId, sptep, gfn, LEVEL_4K, aload64(sptep)));
  tdpIterRunDone(it, end);
  return young;
}

/** Whether the entry was a young leaf; if so it is aged, unless it keeps changing. */
// @ts-ignore: decorator
@inline
function ageLeaf(vm: Vm, asId: u32, sptep: usize, gfn: Gfn, level: u32, old: u64): bool {
  if (!isLeaf(old, level) || !isAccessed(vm, old)) return false;
  for (let tries: u32 = 0; tries < AGE_RETRIES; tries++) {
    const aged = markForAccessTracking(vm, old);
    const found = acas64(sptep, old, aged);
    if (found == old) {
      spteLeafCleared(vm, asId, gfn, old, aged, level, SPTE_MODE_LOCKLESS);
      return true;
    }
    old = found;
    if (!isLeaf(old, level) || !isAccessed(vm, old)) return true;
  }
  return true;
}
