/**
 * The one funnel: every change of an SPTE ends here, with its old and new value. Guarantee: whatever an entry's change
 * implies for the rest of the system happens once: page statistics, Dirty and Accessed handed to the host's frame,
 * the subtree of a vanished table emptied and freed. Debug builds refuse changes that core/layout/spte_states does not
 * list, and entries that contradict themselves.
 *
 * It does not flush TLBs; whoever made the change knows when.
 */

import { DEBUG, LAB } from "../layout/build";
import { BUG_SPTE_BITS, BUG_SPTE_TRANSITION } from "../layout/bugs";
import { FRAME_FLAG_ACCESSED, FRAME_FLAG_DIRTY, Frame } from "../layout/frame";
import { LAB_SPTE_CHANGED } from "../layout/lab";
import { isSpteTransitionLegal, SPTE_MODE_EXCL, SPTE_MODE_LOCKLESS, SPTE_STATE_LEAF } from "../layout/spte_states";
import { LEVEL_1G, LEVEL_2M, LEVEL_4K, Gfn, Pfn } from "../layout/types";
import { TRACE_KVM_TDP_MMU_SPTE_CHANGED } from "../layout/trace";
import { Vm } from "../layout/vm";
import { frameIsArena, frameMeta } from "../mm/frame_meta";
import { aor16 } from "../sync/atomics";
import { vmCpu } from "../sync/guest_mode";
import { assertHeld, assertWriteHeld } from "../sync/rwlock";
import { bug } from "../trace/bug";
import { labEvent } from "../trace/lab_event";
import { traceOn } from "../trace/trace";
import { vmMmuLock } from "./mmu_lock";
import { removeTable } from "./remove_table";
import {
  isAccessed,
  isAdEnabled,
  isDirty,
  isLeaf,
  isMmuWritable,
  isPresent,
  isTable,
  isWritable,
  SPTE_NONPRESENT,
  SPTE_WRITABLE,
  spteState,
  spteToPfn,
  spteToTable,
} from "./spte";
import { traceSpteChanged } from "./tracepoints";

/**
 * Entry of `gfn` at `level` went from `old` to `spte`, in SPTE_MODE_* `mode`.
 * @holds what `mode` says
 * @tlb the caller flushes, by the table in docs/states.md
 */
// @ts-ignore: decorator
@inline
export function spteChanged(vm: Vm, asId: u32, gfn: Gfn, old: u64, spte: u64, level: u32, mode: u32): void {
  if (DEBUG || traceOn(TRACE_KVM_TDP_MMU_SPTE_CHANGED)) changed(vm, asId, gfn, old, spte, level, mode);
  // What most changes are: a fault maps a page where there was nothing, or a leaf loses or gets back permissions.
  else if (old == SPTE_NONPRESENT && isLeaf(spte, level)) countPages(vm, level, 1);
  else if (!impliesNothing(vm, old, spte)) changed(vm, asId, gfn, old, spte, level, mode);
}

/** spteChanged for a leaf that is gone; `spte` is empty, or FROZEN. */
// @ts-ignore: decorator
@inline
export function spteLeafZapped(vm: Vm, asId: u32, gfn: Gfn, old: u64, spte: u64, level: u32, mode: u32): void {
  if (DEBUG || traceOn(TRACE_KVM_TDP_MMU_SPTE_CHANGED)) {
    changed(vm, asId, gfn, old, spte, level, mode);
  } else {
    countPages(vm, level, -1);
    handOverBits(vm, old, spte, false);
  }
}

/** spteChanged for a leaf that lost bits and is a leaf of the same frame still. */
// @ts-ignore: decorator
@inline
export function spteLeafCleared(vm: Vm, asId: u32, gfn: Gfn, old: u64, spte: u64, level: u32, mode: u32): void {
  if (DEBUG || traceOn(TRACE_KVM_TDP_MMU_SPTE_CHANGED)) changed(vm, asId, gfn, old, spte, level, mode);
  else if (!impliesNothing(vm, old, spte)) handOverBits(vm, old, spte, true);
}

/** A present entry with A/D bits that differs from the old one in nothing but permissions: no count, no bit to hand over. */
// @ts-ignore: decorator
@inline
function impliesNothing(vm: Vm, old: u64, spte: u64): bool {
  return isPresent(old) && isAdEnabled(old) && ((old ^ spte) & ~(SPTE_WRITABLE | vm.mmuWritableMask)) == 0;
}

function changed(vm: Vm, asId: u32, gfn: Gfn, old: u64, spte: u64, level: u32, mode: u32): void {
  traceSpteChanged(gfn, old, spte, level, asId);
  if (DEBUG) checkLock(vm, mode);
  if (DEBUG) checkChange(vm, old, spte, level, mode);
  if (LAB) labEvent(LAB_SPTE_CHANGED, changetype<usize>(vm), (asId << 8) | level, gfn, old, spte);
  const wasLeaf = isLeaf(old, level);
  const leaf = isLeaf(spte, level);
  if (wasLeaf != leaf) countPages(vm, level, leaf ? 1 : -1);
  if (wasLeaf) handOverBits(vm, old, spte, leaf);
  else if (isTable(old, level) && (leaf || !isPresent(spte))) removeTable(vm, asId, spteToTable(old), mode);
}

/** Dirty and Accessed that a leaf lost belong to the host's frame now. */
// @ts-ignore: decorator
@inline
function handOverBits(vm: Vm, old: u64, spte: u64, leaf: bool): void {
  let flags: u16 = 0;
  if (isDirty(vm, old) && !(leaf && isDirty(vm, spte))) flags = FRAME_FLAG_DIRTY;
  if (isAccessed(vm, old) && !(leaf && isAccessed(vm, spte))) flags |= FRAME_FLAG_ACCESSED;
  if (flags != 0) markFrame(spteToPfn(old), flags);
}

// @ts-ignore: decorator
@inline
function markFrame(pfn: Pfn, flags: u16): void {
  if (!frameIsArena(pfn)) return;
  const frame = frameMeta(<u32>pfn);
  // The flags are set long before most calls: look first, an atomic costs more than the rest of a zap.
  if ((frame.flags & flags) != flags) aor16(changetype<usize>(frame) + offsetof<Frame>("flags"), flags);
}

/** `change` leaves more or less of `level`. */
// @ts-ignore: decorator
@inline
export function countPages(vm: Vm, level: u32, change: i64): void {
  const counters = vmCpu(vm);
  if (level == LEVEL_4K) counters.pages4k += change;
  else if (level == LEVEL_2M) counters.pages2m += change;
  else if (level == LEVEL_1G) counters.pages1g += change;
}

/** Debug: mmu_lock is held as `mode` says. */
function checkLock(vm: Vm, mode: u32): void {
  if ((mode & SPTE_MODE_EXCL) != 0) assertWriteHeld(vmMmuLock(vm));
  else if ((mode & SPTE_MODE_LOCKLESS) == 0) assertHeld(vmMmuLock(vm));
}

/** Debug: the change is in the table of legal transitions, and the new entry does not contradict itself. */
function checkChange(vm: Vm, old: u64, spte: u64, level: u32, mode: u32): void {
  const from = spteState(vm, old, level);
  const to = spteState(vm, spte, level);
  if (old != spte && !isSpteTransitionLegal(from, to, mode)) bug(BUG_SPTE_TRANSITION, old, spte);
  if (from == SPTE_STATE_LEAF && to == SPTE_STATE_LEAF && spteToPfn(old) != spteToPfn(spte))
    bug(BUG_SPTE_TRANSITION, old, spte);
  if (to == SPTE_STATE_LEAF) checkLeaf(vm, spte, level);
}

/** Debug: W implies MMU_WRITABLE implies HOST_WRITABLE; a huge leaf is aligned. */
export function checkLeaf(vm: Vm, spte: u64, level: u32): void {
  if (isWritable(spte) && !isMmuWritable(vm, spte)) bug(BUG_SPTE_BITS, spte, level);
  if (isMmuWritable(vm, spte) && (spte & vm.hostWritableMask) == 0) bug(BUG_SPTE_BITS, spte, level);
  if ((spteToPfn(spte) & (((<u64>1) << ((level - 1) * 9)) - 1)) != 0) bug(BUG_SPTE_BITS, spte, level);
  if (level > LEVEL_1G) bug(BUG_SPTE_BITS, spte, level);
}
