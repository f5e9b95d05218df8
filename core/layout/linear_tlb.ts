/**
 * The linear TLB's memory: one block for each vCPU (X86.ltlbBlock).
 *
 *   0        three views of LTLB_ENTRIES LinearEntries: what a user, a supervisor, and a supervisor whom SMAP keeps
 *            from user pages may do, each with its own comparators; so a change of privilege flushes nothing
 *   SECOND   the second level: LTLB_SETS sets of four SecondEntries, of all views and address spaces
 *   TABLES   LTLB_TABLES TableEntries: where walks for a 2 MiB region begin, as in paging-structure caches
 *   SPACES   u16 for each PCID: its address space's tag; live if not below X86.ltlbFloor
 *   LARGE    bit n: an entry has been made of a page larger than 4 KiB in a region that hashes to n
 *
 * A tag is a generation: of an address space, of the global pages. A new one empties what had the old one. Where walks
 * begin is known for the present address space only, and until a flush of any kind.
 */

/** X86.ltlbView, and what says which rights count. */
export const LTLB_VIEW_USER: u32 = 0;
export const LTLB_VIEW_SUPERVISOR: u32 = 1;
/** CR4.SMAP, and EFLAGS.AC is clear or does not count. */
export const LTLB_VIEW_SMAP: u32 = 2;
export const LTLB_VIEWS: u32 = 3;

/**
 * One translation of a 4 KiB page of linear addresses, both dimensions and all rights folded in.
 *
 *   comparator  63 ............ 12   11 ...... 0
 *               [ linear page    ][ ltlbSpace ]     0 = never matches
 */
@unmanaged
export class LinearEntry {
  readTag: u64;
  writeTag: u64;
  execTag: u64;
  /** Address in linear memory less the linear address, modulo 2^32. */
  addend: u32;
  pad: u32;
}
export const LTLB_ENTRY_SHIFT: u32 = 5;
export const LTLB_ENTRIES: u32 = 1024;
if (offsetof<LinearEntry>() != 1 << LTLB_ENTRY_SHIFT) ERROR("LTLB_ENTRY_SHIFT");

/** log2 of a view's bytes. */
export const LTLB_VIEW_SHIFT: u32 = 15;
if (LTLB_ENTRIES << LTLB_ENTRY_SHIFT != 1 << LTLB_VIEW_SHIFT) ERROR("LTLB_VIEW_SHIFT");
export const LTLB_SECOND: u32 = LTLB_VIEWS << LTLB_VIEW_SHIFT;
/**
 * What both dimensions say of a 4 KiB page; what of it is allowed depends on the view and the controls.
 *
 *   key    63 ............ 12   11 ............ 0
 *          [ linear page    ][ ltlbSpace, or ltlbGlobal of a global page ]
 *   info   [ HW_* permissions of the second dimension ][ WALK_* ]
 */
@unmanaged
export class SecondEntry {
  key: u64;
  /** The page's address in linear memory. */
  page: u32;
  info: u32;
}
export const SECOND_SHIFT: u32 = 4;
export const SECOND_WAYS: u32 = 4;
/** log2 of a set's bytes. */
export const SECOND_SET_SHIFT: u32 = 6;
export const SECOND_PERMISSIONS_SHIFT: u32 = 16;
if (offsetof<SecondEntry>() != 1 << SECOND_SHIFT) ERROR("SECOND_SHIFT");
if (SECOND_WAYS << SECOND_SHIFT != 1 << SECOND_SET_SHIFT) ERROR("SECOND_SET_SHIFT");
export const LTLB_SETS: u32 = 2048;

export const LTLB_TABLES_AT: u32 = LTLB_SECOND + (LTLB_SETS << SECOND_SET_SHIFT);
/** What the entries above level 1 say of a 2 MiB region, all of them being Accessed. */
@unmanaged
export class TableEntry {
  /** The linear address >> 21. */
  region: u64;
  /** Guest-physical address of the table of level 1, or of the region if it is one page or part of one. */
  gpa: u64;
  /** The AND of the entries, NX turned round; of a page, WALK_*. */
  all: u64;
  /** X86.ltlbWalks when it was made: another value is another time. */
  generation: u32;
  /** The table's address in linear memory; 0 = the region is one page. */
  table: u32;
}
export const TABLE_SHIFT: u32 = 5;
export const TABLE_REGION_SHIFT: u64 = 21;
export const LTLB_TABLES: u32 = 512;
if (offsetof<TableEntry>() != 1 << TABLE_SHIFT) ERROR("TABLE_SHIFT");

export const LTLB_SPACES: u32 = LTLB_TABLES_AT + (LTLB_TABLES << TABLE_SHIFT);
export const LTLB_PCIDS: u32 = 4096;
export const LTLB_LARGE: u32 = LTLB_SPACES + LTLB_PCIDS * 2;
/** Bits of LARGE. */
export const LTLB_LARGE_BITS: u32 = 8192;
export const LTLB_ORDER: u32 = 6;
export const LTLB_BYTES: u32 = 4096 << LTLB_ORDER;
if (LTLB_LARGE + LTLB_LARGE_BITS / 8 > LTLB_BYTES) ERROR("LTLB_ORDER");

/** Live tags are 1 to LTLB_TAG_MAX; no entry has LTLB_TAG_NONE. */
export const LTLB_TAG_MAX: u32 = 0xffe;
export const LTLB_TAG_NONE: u32 = 0xfff;

/** X86.walkInfo: what the guest's tables say of a page. */
export const WALK_WRITE: u32 = 1 << 1;
export const WALK_EXEC: u32 = 1 << 2;
export const WALK_USER: u32 = 1 << 3;
/** A write needs no change of the guest's tables. */
export const WALK_DIRTY: u32 = 1 << 4;
export const WALK_GLOBAL: u32 = 1 << 5;
/** The page is larger than 4 KiB; larger than 2 MiB. */
export const WALK_LARGE: u32 = 1 << 6;
export const WALK_HUGE: u32 = 1 << 7;
/** Four bits: the protection key. */
export const WALK_KEY_SHIFT: u32 = 8;
/** Without paging everything is allowed. */
export const WALK_UNPAGED: u32 = WALK_WRITE | WALK_EXEC | WALK_USER | WALK_DIRTY;
