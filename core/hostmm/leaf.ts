/**
 * Leaves and what they own: installing, counting, giving back. A leaf of 4 KiB has a reference on its frame, one of
 * 2 MiB on its block (huge_block.ts); a page counts as resident while a leaf has it.
 */

import { DEBUG } from "../layout/build";
import { BUG_HOST_ENTRY } from "../layout/bugs";
import {
  GUP_WRITABLE,
  HPTE_HELD,
  HPTE_PFN_MASK,
  HPTE_PRESENT,
  HPTE_PS,
  HPTE_WRITE,
  Mm,
  PROT_NONE,
  PROT_WRITE,
} from "../layout/hostmm";
import { ENTRIES_PER_TABLE, Hva, LEVEL_2M, LEVEL_4K, PAGE_SHIFT } from "../layout/types";
import { acas64, aload64, astore64 } from "../sync/atomics";
import { thisCpu } from "../sync/this_cpu";
import { bug } from "../trace/bug";
import { mmCpu } from "./counters";
import { entryEnd, entryIsLeaf, entryIsSwap, entryPfn, rootOf, tableSplitLeaf, tableStep } from "./host_table";
import { hugePut, hugeToSingles, singlePut } from "./huge_block";
import { swapDrop } from "./page_out";

/** gup's results for a usable leaf: ret0 = the 4 KiB page at `hva`, ret1 = GUP_WRITABLE or 0, ret2 = level. */
// @ts-ignore: decorator
@inline
export function reportLeaf(entry: u64, hva: Hva, level: u32): void {
  const cpu = thisCpu();
  const first = (entry & HPTE_PFN_MASK) >> PAGE_SHIFT;
  cpu.ret0 = level == LEVEL_4K ? first : first + ((hva >> PAGE_SHIFT) & (ENTRIES_PER_TABLE - 1));
  cpu.ret1 = (entry & HPTE_WRITE) != 0 ? GUP_WRITABLE : 0;
  cpu.ret2 = level;
}

/**
 * `leaf` with the rights that `prot` leaves it. A write right that comes back is not given to the entry: a fault finds
 * out whether the frame is shared.
 */
export function leafWithProt(leaf: u64, prot: u32): u64 {
  if (prot == PROT_NONE) return (leaf & ~(HPTE_PRESENT | HPTE_WRITE)) | HPTE_HELD;
  const readable = (leaf & ~HPTE_HELD) | HPTE_PRESENT;
  return (prot & PROT_WRITE) != 0 ? readable : readable & ~HPTE_WRITE;
}

/** Adds one leaf of `level` to this CPU's counters. */
// @ts-ignore: decorator
@inline
export function countLeaf(mm: Mm, level: u32): void {
  const counters = mmCpu(mm);
  counters.residentPages += level == LEVEL_4K ? 1 : ENTRIES_PER_TABLE;
  if (level != LEVEL_4K) counters.hugeLeaves++;
}

// @ts-ignore: decorator
@inline
export function uncountLeaf(mm: Mm, level: u32): void {
  const counters = mmCpu(mm);
  counters.residentPages -= level == LEVEL_4K ? 1 : ENTRIES_PER_TABLE;
  if (level != LEVEL_4K) counters.hugeLeaves--;
}

/** Puts `leaf`, whose reference the caller has taken, into the empty entry at `slot`. False: another fault was first. @holds mmapLock:read */
// @ts-ignore: decorator
@inline
export function installLeaf(mm: Mm, slot: usize, leaf: u64, level: u32): bool {
  if (acas64(slot, 0, leaf) != 0) return false;
  countLeaf(mm, level);
  mmCpu(mm).faults++;
  return true;
}

/** Gives back what `leaf`, which no entry has any more, owned. */
export function dropLeaf(leaf: u64, level: u32): void {
  if (level == LEVEL_4K) singlePut(entryPfn(leaf));
  else hugePut(entryPfn(leaf));
}

/**
 * Empties every entry of [start, end) and gives frames back. Leaves that reach over an edge have been split. Tables
 * stay. @holds mmapLock:write, between notifyStart and notifyEnd
 */
export function clearRange(mm: Mm, start: Hva, end: Hva): void {
  const root = rootOf(mm);
  let slot: usize = 0;
  let level: u32 = 0;
  for (let at = start; at < end; at = entryEnd(at, level)) {
    slot = tableStep(root, at, slot, level);
    level = <u32>thisCpu().ret2;
    const entry = aload64(slot);
    if (entryIsSwap(entry)) {
      astore64(slot, 0);
      swapDrop(mm, entry);
      continue;
    }
    if (!entryIsLeaf(entry, level)) continue;
    if (DEBUG && level > LEVEL_2M) bug(BUG_HOST_ENTRY, entry, at);
    astore64(slot, 0);
    uncountLeaf(mm, level);
    dropLeaf(entry, level);
  }
}

/** Makes the 2 MiB leaf at `slot` 512 leaves of 4 KiB in `table`. @holds mmapLock:write, between notifyStart and notifyEnd */
export function splitLeaf(mm: Mm, slot: usize, table: usize): void {
  const entry = aload64(slot);
  if (DEBUG && (entry & HPTE_PS) == 0) bug(BUG_HOST_ENTRY, entry, 0);
  hugeToSingles(entryPfn(entry));
  tableSplitLeaf(slot, table);
  mmCpu(mm).hugeLeaves--;
}
