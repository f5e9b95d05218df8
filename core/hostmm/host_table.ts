/**
 * Host page tables: from hva to entry. A radix of four levels, tables in frames of FRAME_HOST_TABLE, entries as
 * layout/hostmm.ts draws them. Structure only: what entries mean, and references to frames, are the callers'.
 *
 * Guarantee: a walk may run without any lock in an epoch section, because an entry is always whole, a table is linked
 * when it is complete, and an unlinked one stays readable for a grace period. Under the mmap lock for read, entries go
 * only from 0 or SWAP to a leaf, and gain or lose Accessed, Dirty and the write right, atomically. All else is the
 * writer's.
 *
 * Walks are loops over state in locals; a range is walked with tableStep, one turn for each entry it meets.
 */

import { DEBUG } from "../layout/build";
import { BUG_HOST_ENTRY, BUG_HOST_TABLE_LEAK } from "../layout/bugs";
import { FRAME_HOST_TABLE } from "../layout/frame";
import {
  HOST_LEVELS,
  HPTE_ACCESSED,
  HPTE_DIRTY,
  HPTE_HELD,
  HPTE_PFN_MASK,
  HPTE_PRESENT,
  HPTE_PS,
  HPTE_SWAP,
  HPTE_WRITE,
  Mm,
} from "../layout/hostmm";
import { ENTRIES_PER_TABLE, Hva, LEVEL_2M, LEVEL_4K, PAGE_SHIFT, PAGE_SIZE, Pfn } from "../layout/types";
import { frameAlloc, frameFree, frameFreeDeferred, frameZero } from "../mm/frames";
import { acas64, aload32, aload64, astore64 } from "../sync/atomics";
import { thisCpu } from "../sync/this_cpu";
import { bug } from "../trace/bug";

/** What an entry that points to a table has besides its address. */
const TABLE_BITS: u64 = HPTE_PRESENT | HPTE_WRITE;

/** Bytes that one entry of `level` covers: 4 KiB, 2 MiB, 1 GiB, 512 GiB. */
// @ts-ignore: decorator
@inline
export function tableSpan(level: u32): u64 {
  return (<u64>PAGE_SIZE) << (9 * (level - 1));
}

/** Address of the entry for `hva` in the table of `level` at `table`. */
// @ts-ignore: decorator
@inline
export function tableSlot(table: usize, hva: Hva, level: u32): usize {
  return table + ((<usize>(hva >> (PAGE_SHIFT + 9 * (level - 1))) & (ENTRIES_PER_TABLE - 1)) << 3);
}

/** Address of the table, or of the frame's bytes, that an entry names. Frames lie below 4 GiB. */
// @ts-ignore: decorator
@inline
export function entryPtr(entry: u64): usize {
  return <usize>entry & ~(PAGE_SIZE - 1);
}

/** Frame number of a leaf. */
// @ts-ignore: decorator
@inline
export function entryPfn(entry: u64): u32 {
  return <u32>((entry & HPTE_PFN_MASK) >> PAGE_SHIFT);
}

/** True for an entry that points to a table. */
// @ts-ignore: decorator
@inline
export function entryIsTable(entry: u64, level: u32): bool {
  return level > LEVEL_4K && (entry & (HPTE_PRESENT | HPTE_PS)) == HPTE_PRESENT;
}

/** The leaf for frame `pfn`: readable, young. */
// @ts-ignore: decorator
@inline
export function makeReadOnly(pfn: Pfn): u64 {
  return (pfn << PAGE_SHIFT) | HPTE_PRESENT | HPTE_ACCESSED;
}

/** The same, writable: so it may differ from what filled it. */
// @ts-ignore: decorator
@inline
export function makeWritable(entry: u64): u64 {
  return entry | HPTE_WRITE | HPTE_DIRTY;
}

/** The root's address, or 0 once the address space is destroyed. */
// @ts-ignore: decorator
@inline
export function rootOf(mm: Mm): usize {
  return aload32(changetype<usize>(mm) + offsetof<Mm>("root"));
}

/** A new, empty table; 0 = out of memory. */
export function tableAlloc(): usize {
  const pfn = frameAlloc(FRAME_HOST_TABLE);
  if (pfn == 0) return 0;
  frameZero(pfn);
  return (<usize>pfn) << PAGE_SHIFT;
}

/** Frees a table that nobody ever saw. */
export function tableFree(table: usize): void {
  frameFree(<u32>(table >> PAGE_SHIFT));
}

/** Frees an empty, unlinked table that lockless walkers may be in. */
export function tableFreeDeferred(table: usize): void {
  if (DEBUG) assertEmpty(table);
  frameFreeDeferred(<u32>(table >> PAGE_SHIFT));
}

function assertEmpty(table: usize): void {
  for (let i: u32 = 0; i < ENTRIES_PER_TABLE; i++) {
    const entry = load<u64>(table + i * 8);
    if (entry != 0) bug(BUG_HOST_TABLE_LEAK, table, entry);
  }
}

/**
 * The lowest entry that decides `hva`: a leaf, or the absent entry at which the walk ends. Address of the entry; its
 * level is in ret2. `root` is not 0.
 */
export function tableFind(root: usize, hva: Hva): usize {
  let level: u32 = HOST_LEVELS;
  let slot = tableSlot(root, hva, level);
  while (level > LEVEL_4K) {
    const entry = aload64(slot);
    if (!entryIsTable(entry, level)) break;
    slot = tableSlot(entryPtr(entry), hva, --level);
  }
  thisCpu().ret2 = level;
  return slot;
}

/**
 * The next entry of a range walk: `slot` and `level` are the last turn's (0 on the first), `hva` is where that entry
 * ended. As tableFind.
 */
// @ts-ignore: decorator
@inline
export function tableStep(root: usize, hva: Hva, slot: usize, level: u32): usize {
  if (level == LEVEL_4K && ((slot + 8) & (PAGE_SIZE - 1)) != 0) {
    thisCpu().ret2 = LEVEL_4K;
    return slot + 8;
  }
  return tableFind(root, hva);
}

/** Where the entry of `level` that covers `hva` ends. */
// @ts-ignore: decorator
@inline
export function entryEnd(hva: Hva, level: u32): Hva {
  return (hva | (tableSpan(level) - 1)) + 1;
}

/**
 * The entry of `target` level for `hva`, with the tables above it made as needed; or the 2 MiB leaf that is in the
 * way. Address of the entry, its level in ret2. 0 = out of memory; tables made before that stay, empty.
 * @holds mmapLock:read or write
 */
export function tableEnsure(root: usize, hva: Hva, target: u32): usize {
  let level: u32 = HOST_LEVELS;
  let slot = tableSlot(root, hva, level);
  while (level > target) {
    let entry = aload64(slot);
    if (entry == 0) {
      entry = tableLink(slot);
      if (entry == 0) return 0;
    }
    if (!entryIsTable(entry, level)) break; // a 2 MiB leaf
    slot = tableSlot(entryPtr(entry), hva, --level);
  }
  thisCpu().ret2 = level;
  return slot;
}

/** Fills the empty entry at `slot` with a new table, or finds that another fault did. The entry; 0 = out of memory. */
function tableLink(slot: usize): u64 {
  const table = tableAlloc();
  if (table == 0) return 0;
  const made = <u64>table | TABLE_BITS;
  const old = acas64(slot, 0, made);
  if (old == 0) return made;
  tableFree(table);
  return old;
}

/**
 * Replaces the 2 MiB leaf at `slot` by `table`, which the caller allocated, with 512 leaves of the same frames and
 * rights. The same translation as before for every walker. @holds mmapLock:write
 */
export function tableSplitLeaf(slot: usize, table: usize): void {
  const huge = aload64(slot);
  if (DEBUG && (huge & HPTE_PS) == 0) bug(BUG_HOST_ENTRY, huge, 0);
  const first = huge & ~HPTE_PS;
  for (let i: u32 = 0; i < ENTRIES_PER_TABLE; i++) store<u64>(table + i * 8, first + ((<u64>i) << PAGE_SHIFT));
  astore64(slot, <u64>table | TABLE_BITS);
}

/** True if `entry` is a leaf, usable or held. */
// @ts-ignore: decorator
@inline
export function entryIsLeaf(entry: u64, level: u32): bool {
  return (entry & (HPTE_PRESENT | HPTE_HELD)) != 0 && !entryIsTable(entry, level);
}

/** True if the entry's page is out, or on its way. */
// @ts-ignore: decorator
@inline
export function entryIsSwap(entry: u64): bool {
  return (entry & HPTE_SWAP) != 0;
}

/**
 * Frees the tables that served [start, end) and can serve nothing else: no VMA is left between `floor` and `ceiling`,
 * which enclose the range. @holds mmapLock:write
 */
export function tableTrim(root: usize, start: Hva, end: Hva, floor: Hva, ceiling: Hva): void {
  for (let level: u32 = LEVEL_2M; level <= HOST_LEVELS; level++) {
    const span = tableSpan(level);
    let from = start & ~(span - 1);
    if (from < floor) from += span;
    let to = (end + span - 1) & ~(span - 1);
    if (to > ceiling) to -= span;
    for (let at = from; at < to; ) at = trimTable(root, at, level);
  }
}

/** Frees the table below the entry of `level` for `hva`, whose own tables are gone. Returns where to go on. */
function trimTable(root: usize, hva: Hva, level: u32): Hva {
  let at: u32 = HOST_LEVELS;
  let slot = tableSlot(root, hva, at);
  while (true) {
    const entry = aload64(slot);
    if (!entryIsTable(entry, at)) return entryEnd(hva, at);
    if (at == level) {
      astore64(slot, 0);
      tableFreeDeferred(entryPtr(entry));
      return entryEnd(hva, at);
    }
    slot = tableSlot(entryPtr(entry), hva, --at);
  }
}
