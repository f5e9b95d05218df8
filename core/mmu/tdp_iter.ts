/**
 * A walk over one root's entries in ascending gfn order, parents before children, down to a chosen level. It can yield
 * the lock in the middle and go on where it was, whatever happened to the tables meanwhile.
 *
 * Movement is one of three steps: down into a table, sideways to the next entry, up to the parent (and sideways from
 * there). After a yield nothing that the walk remembers may be trusted: the next step begins again at the root, aims
 * at the gfn it had not finished, and does not advance. The caller sees `yielded` and must `continue` at once.
 *
 *   for (tdpIterStart(it, ...); it.valid && it.gfn < end; tdpIterNext(it)) {
 *     if (tdpIterYieldExcl(it, flush)) { flush = 0; continue; }
 *     ...
 *   }
 *
 * @holds mmuLock, @epoch (both given up and taken again by a yield)
 */

import { DEBUG, LAB } from "../layout/build";
import { LAB_SECTION_OFFER } from "../layout/lab";
import { MmuPage } from "../layout/mmu_page";
import { TdpIter } from "../layout/mmu_walk";
import { SPTE_MODE_EXCL, SPTE_MODE_SHARED } from "../layout/spte_states";
import { READ_CLASS_MMU } from "../layout/sync";
import { system } from "../layout/system";
import { Gfn } from "../layout/types";
import { Vm } from "../layout/vm";
import { aload64 } from "../sync/atomics";
import { assertEpoch, epochEnter, epochExit } from "../sync/epoch";
import { remoteFlush } from "../sync/guest_mode";
import { readLock, readUnlock, rwReadContended, rwWriteContended, writeLock, writeUnlock } from "../sync/rwlock";
import { labEvent } from "../trace/lab_event";
import { roleAsId, roleLevel, rootRole } from "./role";
import { isPresent, isTable, spteToTable } from "./spte";
import { vmMmuLock } from "./mmu_lock";

/** Entries visited between two offers to yield although nobody is seen waiting: bounds epoch sections. */
const YIELD_BUDGET: u32 = LAB ? 128 : 16384;

/** Tests of debug builds have walks yield more often, so that one thread alone sees what yielding does. */
// @ts-ignore: decorator
@inline
function yieldBudget(): u32 {
  return DEBUG && system().debugYieldEvery != 0 ? system().debugYieldEvery : YIELD_BUDGET;
}

// @ts-ignore: decorator
@inline
function tableAt(it: TdpIter, level: u32): usize {
  return changetype<usize>(it) + offsetof<TdpIter>("pt0") + level * 4;
}

/** gfns covered by one entry of `level`, less one. */
// @ts-ignore: decorator
@inline
function entryMask(level: u32): u64 {
  return ((<u64>1) << ((level - 1) * 9)) - 1;
}

/** Reads the entry for the goal in the table of the current level. */
// @ts-ignore: decorator
@inline
function aim(it: TdpIter): void {
  assertEpoch();
  const level = it.level;
  const goal = it.nextLastLevelGfn;
  it.gfn = goal & ~entryMask(level);
  it.sptep = load<u32>(tableAt(it, level)) + (<u32>(goal >> ((level - 1) * 9)) & 511) * 8;
  it.oldSpte = aload64(it.sptep);
}

/** Begins a walk of `root` at `startGfn`, visiting entries of `minLevel` and above. */
export function tdpIterStart(it: TdpIter, vm: Vm, root: MmuPage, minLevel: u32, startGfn: Gfn): void {
  const role = rootRole(root);
  it.vm = <u32>changetype<usize>(vm);
  it.root = <u32>changetype<usize>(root);
  it.rootLevel = roleLevel(role);
  it.asId = roleAsId(role);
  it.minLevel = minLevel;
  it.nextLastLevelGfn = startGfn;
  it.work = 0;
  store<u32>(tableAt(it, it.rootLevel), root.spt);
  restart(it);
}

function restart(it: TdpIter): void {
  it.yielded = 0;
  it.yieldedGfn = it.nextLastLevelGfn;
  it.level = it.rootLevel;
  it.valid = 1;
  aim(it);
}

function tryStepDown(it: TdpIter): bool {
  if (it.level == it.minLevel) return false;
  // The entry may have become a table, or stopped being one, since it was last read.
  it.oldSpte = aload64(it.sptep);
  if (!isTable(it.oldSpte, it.level)) return false;
  it.level--;
  store<u32>(tableAt(it, it.level), <u32>spteToTable(it.oldSpte));
  aim(it);
  return true;
}

function tryStepSide(it: TdpIter): bool {
  if ((it.sptep & 0xff8) == 0xff8) return false;
  it.gfn += entryMask(it.level) + 1;
  it.nextLastLevelGfn = it.gfn;
  it.sptep += 8;
  it.oldSpte = aload64(it.sptep);
  return true;
}

function tryStepUp(it: TdpIter): bool {
  if (it.level == it.rootLevel) return false;
  it.level++;
  it.gfn &= ~entryMask(it.level);
  it.sptep = load<u32>(tableAt(it, it.level)) + (<u32>(it.gfn >> ((it.level - 1) * 9)) & 511) * 8;
  it.oldSpte = aload64(it.sptep);
  return true;
}

/** The next entry in pre-order; after a yield the same one again, found anew. */
export function tdpIterNext(it: TdpIter): void {
  if (it.yielded != 0) {
    restart(it);
    return;
  }
  if (tryStepDown(it)) return;
  do {
    if (tryStepSide(it)) return;
  } while (tryStepUp(it));
  it.valid = 0;
}

/**
 * A tight loop over a table of level 1, its state in locals: from the entry the walk is at to this gfn, exclusive; the
 * table's end, or `endGfn` before it.
 */
// @ts-ignore: decorator
@inline
export function tdpIterRunEnd(it: TdpIter, endGfn: Gfn): Gfn {
  const tableEnd = (it.gfn | 511) + 1;
  return tableEnd < endGfn ? tableEnd : endGfn;
}

/** The loop has done the entries up to `runEnd`: the walk is at the last of them. Each counts towards the next yield. */
// @ts-ignore: decorator
@inline
export function tdpIterRunDone(it: TdpIter, runEnd: Gfn): void {
  const n = <u32>(runEnd - it.gfn);
  it.work += n;
  it.sptep += (n - 1) * 8;
  it.gfn = runEnd - 1;
  it.nextLastLevelGfn = runEnd - 1;
}

/** Forward progress first: no yield before the walk has finished the gfn it yielded at last time. */
// @ts-ignore: decorator
@inline
function mayYield(it: TdpIter): bool {
  return it.nextLastLevelGfn != it.yieldedGfn;
}

/** Lab: one of many empty entries in a row. Offers there only multiply the explorer's points, each like its neighbours. */
function isOneOfMany(it: TdpIter): bool {
  return !isPresent(it.oldSpte) && (it.sptep & 0x1f8) != 0;
}

/**
 * The first half of a yield: gives epoch and mmu_lock up, for work that may not be done under them. `mode`:
 * SPTE_MODE_SHARED or SPTE_MODE_EXCL, as the lock is held. A flush that is owed comes before.
 * @yields mmuLock
 */
export function tdpIterBeginYield(it: TdpIter, mode: u32): void {
  const lock = vmMmuLock(changetype<Vm>(it.vm));
  it.work = 0;
  epochExit();
  if (mode == SPTE_MODE_EXCL) writeUnlock(lock);
  else readUnlock(lock, READ_CLASS_MMU);
}

/** The second half: takes both again. The caller must continue the loop. */
export function tdpIterEndYield(it: TdpIter, mode: u32): void {
  const lock = vmMmuLock(changetype<Vm>(it.vm));
  if (mode == SPTE_MODE_EXCL) writeLock(lock);
  else readLock(lock, READ_CLASS_MMU);
  epochEnter();
  it.yielded = 1;
  // Who goes on with the entry that the walk stood at, instead of continuing the loop, finds no memory there.
  if (DEBUG) it.sptep = 0xffff_fff8;
}

/**
 * Yields if others wait for mmu_lock, which is held as `mode` says. `flush` != 0: a flush is owed, and done first. True:
 * yielded, the flush is paid, and the caller must continue the loop.
 * @yields mmuLock
 */
export function tdpIterYield(it: TdpIter, flush: u32, mode: u32): bool {
  if (!mayYield(it)) return false;
  if (LAB && isOneOfMany(it)) return false;
  const vm = changetype<Vm>(it.vm);
  const lock = vmMmuLock(vm);
  const contended = mode == SPTE_MODE_EXCL ? rwWriteContended(lock) : rwReadContended(lock);
  if (LAB) labEvent(LAB_SECTION_OFFER, u64(contended), 0, 0, 0, 0);
  if (++it.work < yieldBudget() && !contended) return false;
  if (flush != 0) remoteFlush(vm);
  tdpIterBeginYield(it, mode);
  tdpIterEndYield(it, mode);
  return true;
}

/** Under mmu_lock for write. @yields mmuLock:write */
export function tdpIterYieldExcl(it: TdpIter, flush: u32): bool {
  return tdpIterYield(it, flush, SPTE_MODE_EXCL);
}

/** Under mmu_lock for read. @yields mmuLock:read */
export function tdpIterYieldShared(it: TdpIter, flush: u32): bool {
  return tdpIterYield(it, flush, SPTE_MODE_SHARED);
}
