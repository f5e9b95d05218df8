/**
 * Where walks of guest tables begin: what processors' paging-structure caches are (Intel SDM, "Paging-Structure Caches").
 *
 * An entry stands for all levels above the last for a 2 MiB region of the present address space, every entry of which
 * was Accessed when it was read. It goes with any flush, INVLPG too, and a walk that begins at one and faults begins
 * again at the root, so that a fault speaks of the tables as they are.
 */

import { LTLB_TABLES, LTLB_TABLES_AT, TABLE_REGION_SHIFT, TABLE_SHIFT, TableEntry } from "../layout/linear_tlb";
import { X86 } from "../layout/x86";

// @ts-ignore: decorator
@inline
function entryOf(c: X86, region: u64): TableEntry {
  // Different gigabytes of one layout shall not meet in the same entries.
  const index = <usize>(region ^ (region >> 9)) & (LTLB_TABLES - 1);
  return changetype<TableEntry>(<usize>c.ltlbBlock + LTLB_TABLES_AT + (index << TABLE_SHIFT));
}

/** What is known of the region of `linear`, or null. */
// @ts-ignore: decorator
@inline
export function walkCacheFind(c: X86, linear: u64): TableEntry | null {
  const region = linear >> TABLE_REGION_SHIFT;
  const entry = entryOf(c, region);
  return entry.region == region && entry.generation == c.ltlbWalks ? entry : null;
}

/** Remembers the region of `linear`: see TableEntry. */
// @ts-ignore: decorator
@inline
export function walkCacheAdd(c: X86, linear: u64, gpa: u64, all: u64, table: u32): void {
  const region = linear >> TABLE_REGION_SHIFT;
  const entry = entryOf(c, region);
  entry.region = region;
  entry.gpa = gpa;
  entry.all = all;
  entry.generation = c.ltlbWalks;
  entry.table = table;
}
