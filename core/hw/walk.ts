/**
 * What the walkers of both formats share: where tables may lie, the entries a walk has read, setting Accessed and
 * Dirty in them, and the answers.
 *
 * A walk first reads all entries and decides; then, if the access is allowed, it sets the flags that are missing, from
 * the root down, each by compare-and-exchange against the entry it read: an entry that changed meanwhile was never
 * translated, and the walk starts again, as the locked update of silicon does. So a refused access leaves no flag.
 *
 * Tables that a walk can reach are not freed under it: it runs IN_GUEST, and whoever detaches a table flushes all
 * vCPUs before the table's grace period ends.
 */

import { LAB } from "../layout/build";
import { HW_EXIT, HW_EXIT_BAD_TABLE, HW_OK, HW_PHANTOM } from "../layout/hw";
import { LAB_TABLE_READ } from "../layout/lab";
import { system } from "../layout/system";
import { hpaToPtr, LEVEL_4K, PAGE_SHIFT } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { PT_ADDRESS, ptEntryOffset, ptOffsetMask } from "../pt/levels";
import { acas64, aload64 } from "../sync/atomics";
import { thisCpu } from "../sync/this_cpu";
import { labEvent } from "../trace/lab_event";
import { labWalk, pagingCacheForget } from "./paging_cache";

/** Beside HW_OK and HW_EXIT: an entry changed between reading and flagging it, or the quick walk found no quick answer. */
export const WALK_AGAIN: i32 = 2;

/**
 * Whether there is memory of the arena at `hpa`. Frames above it are phantom, and core's own structs below it are not
 * guest memory whatever a table says: neither is ever dereferenced.
 */
// @ts-ignore: decorator
@inline
export function walkIsMemory(hpa: u64): bool {
  const start = (<u64>system().arenaStartPfn) << PAGE_SHIFT;
  return hpa - start < ((<u64>system().arenaEndPfn) << PAGE_SHIFT) - start;
}

/** The quick walk's reason to give up. */
export const QUICK_NONE: usize = 0;

/**
 * The quick walk's step: address of the entry for `gpa` in the table of `level` that a plain `entry` (below 4 GiB)
 * references, or QUICK_NONE if no memory is there. `arenaStart` and `arenaBytes` are the arena's, kept in locals.
 */
// @ts-ignore: decorator
@inline
export function quickEntryAddress(entry: u64, gpa: u64, level: u32, arenaStart: u32, arenaBytes: u32): usize {
  const table = <u32>entry & 0xffff_f000;
  if (table - arenaStart >= arenaBytes) return QUICK_NONE;
  return <usize>table + ptEntryOffset(gpa, level);
}

// @ts-ignore: decorator
@inline
export function quickArenaStart(): u32 {
  return system().arenaStartPfn << PAGE_SHIFT;
}

// @ts-ignore: decorator
@inline
export function quickArenaBytes(): u32 {
  return (system().arenaEndPfn - system().arenaStartPfn) << PAGE_SHIFT;
}

/** Address of the entry for `gpa` in the table of `level` at `table`, which must be memory. */
// @ts-ignore: decorator
@inline
export function walkEntryAddress(table: u64, gpa: u64, level: u32): usize {
  return hpaToPtr(table) + ptEntryOffset(gpa, level);
}

// @ts-ignore: decorator
@inline
function readEntryAddress(vcpu: Vcpu, level: u32): usize {
  return changetype<usize>(vcpu) + offsetof<Vcpu>("hwEntry1") + ((level - LEVEL_4K) << 3);
}

/** Reads the entry for `gpa` in the table of `level` at `table`, and notes it. */
// @ts-ignore: decorator
@inline
export function walkRead(vcpu: Vcpu, table: u64, gpa: u64, level: u32): u64 {
  if (LAB) labEvent(LAB_TABLE_READ, changetype<usize>(vcpu), table, gpa, level, 0);
  const entry = aload64(walkEntryAddress(table, gpa, level));
  store<u64>(readEntryAddress(vcpu, level), entry);
  return entry;
}

/**
 * Sets `accessed` in every entry this walk read, from the first to the leaf at `leafLevel`, and `dirty` in the leaf.
 * @ret HW_OK, or WALK_AGAIN
 */
export function walkSetFlags(vcpu: Vcpu, gpa: u64, leafLevel: u32, accessed: u64, dirty: u64): i32 {
  let table = LAB ? labWalk(vcpu).table : vcpu.hwRoot & PT_ADDRESS;
  const top = LAB ? labWalk(vcpu).level : vcpu.hwLevels;
  for (let level = top; level >= leafLevel; level--) {
    const entry = load<u64>(readEntryAddress(vcpu, level));
    const wanted = entry | accessed | (level == leafLevel ? dirty : 0);
    if (wanted != entry && acas64(walkEntryAddress(table, gpa, level), entry, wanted) != entry) return WALK_AGAIN;
    table = entry & PT_ADDRESS;
  }
  return HW_OK;
}

/**
 * The walk found a page: `pageAddress` of `level`, with HW_* `permissions`.
 * @ret HW_OK: thisCpu().ret0 = hpa of `gpa`, ret1 = level, ret2 = permissions, with HW_PHANTOM where no memory is
 */
// @ts-ignore: decorator
@inline
export function walkDone(gpa: u64, pageAddress: u64, level: u32, permissions: u32): i32 {
  const hpa = pageAddress | (gpa & ptOffsetMask(level));
  const cpu = thisCpu();
  cpu.ret0 = hpa;
  cpu.ret1 = level;
  cpu.ret2 = permissions | (walkIsMemory(hpa) ? 0 : HW_PHANTOM);
  return HW_OK;
}

/** Leaves the guest for `reason`. */
// @ts-ignore: decorator
@inline
export function walkExit(vcpu: Vcpu, gpa: u64, reason: u32, qualification: u64): i32 {
  if (LAB) pagingCacheForget(vcpu, gpa);
  vcpu.hwExitReason = reason;
  vcpu.hwExitQualification = qualification;
  vcpu.hwExitGpa = gpa;
  return HW_EXIT;
}

/** A table address where no memory is: see HW_EXIT_BAD_TABLE. */
export function walkBadTable(vcpu: Vcpu, gpa: u64, table: u64): i32 {
  return walkExit(vcpu, gpa, HW_EXIT_BAD_TABLE, table);
}
