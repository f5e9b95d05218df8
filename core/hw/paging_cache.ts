/**
 * Lab builds: paging-structure caches, as processors have (Intel SDM, "Guest-Physical Mappings: Paging-Structure
 * Caches"; AMD APM, "Translation Lookaside Buffer"): a walk may begin at a table it has met before instead of at the root.
 * So until it is flushed a processor may read tables that are no longer linked, and set flags in them.
 *
 * Using an entry is the machine's choice (hostChoose). It is offered only where it makes a difference: where the tables
 * in memory lead elsewhere by now. Entries go with a flush, with a new root, and, for its address, with a fault, as the
 * manual has it.
 */

import { hostChoose } from "../layout/host";
import {
  lab,
  LAB_PAGING_CACHES,
  LAB_PAGING_ENTRIES,
  LAB_PAGING_ENTRY_BYTES,
  LabPagingEntry,
  LabTranslation,
  LabWalk,
  VCPU_LAB_PAGING,
  VCPU_LAB_WALK,
  VCPU_LAB_WALKED,
} from "../layout/lab";
import { PAGE_MASK, PAGE_SHIFT } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { PT_ADDRESS, ptEntryOffset } from "../pt/levels";
import { walkIsMemory } from "./walk";

/** The walk under way on `vcpu`. */
// @ts-ignore: decorator
@inline
export function labWalk(vcpu: Vcpu): LabWalk {
  return changetype<LabWalk>(changetype<usize>(vcpu) + VCPU_LAB_WALK);
}

function entryAt(vcpu: Vcpu, i: u32): LabPagingEntry {
  return changetype<LabPagingEntry>(changetype<usize>(vcpu) + VCPU_LAB_PAGING + i * LAB_PAGING_ENTRY_BYTES);
}

/** What identifies the table of `level` that translates `gpa`. */
function tagOf(gpa: u64, level: u32): u64 {
  return gpa >> (PAGE_SHIFT + level * 9);
}

/** Decides where the walk for `gpa` starts, and notes it in labWalk(vcpu). */
export function pagingCacheStart(vcpu: Vcpu, gpa: u64): void {
  const walk = labWalk(vcpu);
  walk.table = vcpu.hwRoot & PT_ADDRESS;
  walk.level = vcpu.hwLevels;
  walk.all = ~0;
  pagingWalkBegin(vcpu, gpa);
  if ((lab().options & LAB_PAGING_CACHES) == 0) return;
  let choices: u32 = 1;
  for (let i: u32 = 0; i < LAB_PAGING_ENTRIES; i++) if (isUseful(vcpu, entryAt(vcpu, i), gpa)) choices++;
  if (choices == 1) return;
  let choice = hostChoose(choices);
  for (let i: u32 = 0; i < LAB_PAGING_ENTRIES && choice != 0; i++) {
    const entry = entryAt(vcpu, i);
    if (!isUseful(vcpu, entry, gpa) || --choice != 0) continue;
    walk.table = entry.table;
    walk.level = entry.level;
    walk.all = entry.all;
  }
}

/** What the walk will find is not taken away yet, whatever it is. */
function pagingWalkBegin(vcpu: Vcpu, gpa: u64): void {
  const walked = changetype<LabTranslation>(changetype<usize>(vcpu) + VCPU_LAB_WALKED);
  walked.page = gpa & PAGE_MASK;
  walked.flushers = 0;
  walked.isFlushed = 0;
  walked.byCpu = 0;
  walked.byCall = 0;
}

/** The entry translates `gpa`, and not as the tables in memory do now. */
function isUseful(vcpu: Vcpu, entry: LabPagingEntry, gpa: u64): bool {
  if (entry.level == 0 || entry.tag != tagOf(gpa, entry.level)) return false;
  let table = vcpu.hwRoot & PT_ADDRESS;
  for (let level = vcpu.hwLevels; level > entry.level; level--) {
    if (!walkIsMemory(table)) return true;
    table = load<u64>(<usize>table + ptEntryOffset(gpa, level)) & PT_ADDRESS;
  }
  return table != entry.table;
}

/** Remembers that the table of `level` for `gpa` is at `table`, and the AND of the entries that led there. */
export function pagingCacheAdd(vcpu: Vcpu, gpa: u64, level: u32, table: u64, all: u64): void {
  let entry: LabPagingEntry | null = null;
  for (let i: u32 = 0; i < LAB_PAGING_ENTRIES; i++) {
    const candidate = entryAt(vcpu, i);
    if (candidate.level == level && candidate.tag == tagOf(gpa, level)) entry = candidate;
  }
  if (entry === null) entry = entryAt(vcpu, labWalk(vcpu).next++ & (LAB_PAGING_ENTRIES - 1));
  entry.level = level;
  entry.tag = tagOf(gpa, level);
  entry.table = table;
  entry.all = all;
}
if ((LAB_PAGING_ENTRIES & (LAB_PAGING_ENTRIES - 1)) != 0) ERROR("a power of two");

/** Forgets everything. */
export function pagingCacheFlush(vcpu: Vcpu): void {
  for (let i: u32 = 0; i < LAB_PAGING_ENTRIES; i++) entryAt(vcpu, i).level = 0;
}

/** The walk for `gpa` ended in a fault: the processor forgets what it used for that address. */
export function pagingCacheForget(vcpu: Vcpu, gpa: u64): void {
  for (let i: u32 = 0; i < LAB_PAGING_ENTRIES; i++) {
    const entry = entryAt(vcpu, i);
    if (entry.level != 0 && entry.tag == tagOf(gpa, entry.level)) entry.level = 0;
  }
}
