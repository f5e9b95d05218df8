/**
 * The lab build's own memory: what its model of the hardware remembers, and what its monitors know beside the machine
 * they watch. Nothing here exists in other builds: all uses stand behind `if (LAB)`.
 *
 * The Lab struct lies in the gap between the system page and the CPU areas; a vCPU's part at the end of its frame. There
 * is no clock in it: what is remembered follows from what is under way, so that two ways to the same state of the
 * machine lead to the same state here, and the explorer sees that.
 */

import { SYSTEM_BASE, SYSTEM_BYTES, CPU_BASE } from "./system";
import { Vcpu } from "./vcpu";

/** What is reported to the monitor (trace/lab_event.ts), and its arguments. */
export const LAB_TABLE_READ: u32 = 0; // vcpu, table, gpa, level: the walker is about to read an entry of `table`
export const LAB_TLB_FILL: u32 = 1; // vcpu, gpa, hpa, permissions
export const LAB_TLB_EMPTY: u32 = 2; // vcpu: all its translations are gone
export const LAB_ACCESS: u32 = 3; // vcpu, gpa, pointer (0: phantom), HW_READ | HW_WRITE | HW_EXEC
export const LAB_SPTE_CHANGED: u32 = 4; // vm, asId << 8 | level, gfn, old, and the new value
export const LAB_FLUSH_BEGIN: u32 = 5; // vm: a remote flush begins on this CPU
export const LAB_FLUSH_END: u32 = 6; // vm: it returns
export const LAB_FRAME_FREE: u32 = 7; // pfn, kind, frames: before they are given back
export const LAB_PROMISE: u32 = 8; // what this CPU has changed so far is flushed from here on
export const LAB_SECTION_BEGIN: u32 = 9; // an epoch section begins on this CPU
export const LAB_SECTION_OFFER: u32 = 10; // 1: others wait for the lock that this CPU's walk could yield now; 0: nobody
export const LAB_SECTION_END: u32 = 11;
export const LAB_TABLE_GONE: u32 = 12; // page: it was detached, and its entries are about to be taken down

export const LAB_CPUS: u32 = 8;

@unmanaged
export class Lab {
  /** Function-table index of the monitor, or 0. */
  monitor: u32;
  /** Non-zero while the monitor runs: what it reads is no step of the machine. */
  quiet: u32;
  /** LAB_PAGING_CACHES. */
  options: u32;
  /** Ends of calls store here, guest accesses load it: that orders them for the explorer. */
  callEnds: u32;
  /** The sum of all entries' digests, as the funnel was told of their changes (core/lab/told.ts). */
  told: u64;
  /** Leaves, and MMIO SPTEs, that such changes installed or altered. */
  installs: u64;
  mmioInstalls: u64;
}
export const LAB_BASE: u32 = SYSTEM_BASE + SYSTEM_BYTES;
/** Processors have paging-structure caches. */
export const LAB_PAGING_CACHES: u32 = 1 << 0;

/** u32 per CPU: the call it is in. Odd: inside one. A promise moves it on by 2, a call's begin and end by 1. */
export const LAB_CALLS: u32 = LAB_BASE + 64;
/** One LabSection per CPU. */
export const LAB_SECTION_BASE: u32 = LAB_BASE + 128;

/** How long a CPU keeps others waiting. */
@unmanaged
export class LabSection {
  /** Accesses to page tables since it could last have yielded, or nobody was seen waiting. */
  accesses: u32;
  inSection: u32;
}
export const LAB_SECTION_BYTES: u32 = 8;
if (offsetof<Lab>() > 64) ERROR("Lab overlaps the calls");
if (LAB_CALLS + LAB_CPUS * 4 > LAB_SECTION_BASE) ERROR("calls overlap the sections");
if (LAB_SECTION_BASE + LAB_CPUS * LAB_SECTION_BYTES > CPU_BASE) ERROR("the lab's memory overlaps the CPUs");
if (offsetof<LabSection>() != LAB_SECTION_BYTES) ERROR("stride");

// --- of a vCPU, at the end of its frame ---

/** A translation, remembered or under way, as the monitor knows it. */
@unmanaged
export class LabTranslation {
  page: u64; // gpa of the page
  hpa: u64;
  permissions: u32;
  /** Bit of each CPU whose remote flush, under way now, began after this walk did. */
  flushers: u32;
  /** Non-zero: such a flush has returned, so nobody may use this any more. */
  isFlushed: u32;
  /** The change that took it away: its CPU + 1 (0: none did) and call (LAB_CALLS). */
  byCpu: u16;
  byCall: u16;
}
/** The walk under way: where it starts. */
@unmanaged
export class LabWalk {
  /** Address of the first table the walk reads, and the AND of the entries above it. */
  table: u64;
  all: u64;
  level: u32;
  next: u32; // round robin over the paging-structure cache
}
/** A remembered non-leaf entry: the table of `level` for the addresses of `tag`. */
@unmanaged
export class LabPagingEntry {
  table: u64;
  all: u64;
  /** gpa >> shift of that table's range. */
  tag: u64;
  /** 0 = empty. */
  level: u32;
  pad: u32;
}
export const LAB_PAGING_ENTRIES: u32 = 4;
export const LAB_PAGING_ENTRY_BYTES: u32 = 32;
export const LAB_TLB_ENTRIES: u32 = 16;
export const LAB_TRANSLATION_BYTES: u32 = 32;
export const VCPU_LAB_WALK: u32 = 3072;
export const VCPU_LAB_PAGING: u32 = 3136;
/** The walk's own translation-to-be, then one for each TLB entry. */
export const VCPU_LAB_WALKED: u32 = 3264;
export const VCPU_LAB_TLB: u32 = 3328;
if (offsetof<Vcpu>() > VCPU_LAB_WALK) ERROR("Vcpu overlaps the lab's part");
if (VCPU_LAB_WALK + offsetof<LabWalk>() > VCPU_LAB_PAGING) ERROR("walk");
if (VCPU_LAB_PAGING + LAB_PAGING_ENTRIES * LAB_PAGING_ENTRY_BYTES > VCPU_LAB_WALKED) ERROR("paging-structure cache");
if (VCPU_LAB_TLB + LAB_TLB_ENTRIES * LAB_TRANSLATION_BYTES > 4096) ERROR("TLB");
if (offsetof<LabPagingEntry>() != LAB_PAGING_ENTRY_BYTES) ERROR("stride");
if (offsetof<LabTranslation>() > LAB_TRANSLATION_BYTES) ERROR("stride");

// @ts-ignore: decorator
@inline
export function lab(): Lab {
  return changetype<Lab>(LAB_BASE);
}
