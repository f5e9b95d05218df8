/**
 * Extended page tables: bits of an entry and what the processor makes of them, as pure functions (Intel SDM, "The
 * Extended Page Table Mechanism (EPT)"). The walker (hw/) obeys these; the MMU (mmu/) builds entries that satisfy them.
 * Bits that the processor ignores and software may use are not named here.
 *
 *   63 suppress #VE | 62:52 ignored | 51:12 address | 11:10 ignored | 9 Dirty | 8 Accessed | 7 page at levels 2, 3 |
 *   6 ignore PAT | 5:3 memory type | 2 X | 1 W | 0 R
 *
 * 9 and 6:3 have their meaning in leaves only. Without A/D, 8 and 9 are ignored. Mode-based execute control (bit 10),
 * sub-page writes, paging-write and shadow-stack bits are not modelled: those bits are ignored, as on a processor
 * without them.
 */

import { HW_EXEC_ONLY, HW_PAGE_1G } from "../layout/vcpu";
import { LEVEL_1G, LEVEL_2M, LEVEL_4K } from "../layout/types";
import { HW_EXEC, HW_READ, HW_RWX, HW_WRITE } from "../layout/hw";
import { PT_ABOVE_4G, PT_ADDRESS, PT_LARGE, ptBelowPage, ptBeyondWidth } from "./levels";

export const EPT_READ: u64 = 1 << 0;
export const EPT_WRITE: u64 = 1 << 1;
export const EPT_EXEC: u64 = 1 << 2;
export const EPT_RWX: u64 = EPT_READ | EPT_WRITE | EPT_EXEC;
export const EPT_MEMTYPE_SHIFT: u32 = 3;
export const EPT_MEMTYPE: u64 = 7 << 3;
export const EPT_MEMTYPE_UC: u64 = 0;
export const EPT_MEMTYPE_WC: u64 = 1;
export const EPT_MEMTYPE_WT: u64 = 4;
export const EPT_MEMTYPE_WP: u64 = 5;
export const EPT_MEMTYPE_WB: u64 = 6;
export const EPT_IGNORE_PAT: u64 = 1 << 6;
export const EPT_LARGE: u64 = PT_LARGE;
export const EPT_ACCESSED: u64 = 1 << 8;
export const EPT_DIRTY: u64 = 1 << 9;
export const EPT_ADDRESS: u64 = PT_ADDRESS;
export const EPT_SUPPRESS_VE: u64 = (<u64>1) << 63;

/** Bits 7:3 of an entry that references a table. At levels 2 and 3, bit 7 would make it a page instead. */
const EPT_TABLE_RESERVED: u64 = 0xf8;
/** A write-back, readable leaf's memory type and R. */
const EPT_PLAIN_LEAF: u64 = (EPT_MEMTYPE_WB << 3) | EPT_READ;
/** One bit for each memory type that means nothing: 2, 3 and 7. */
const EPT_BAD_MEMTYPES: u32 = (1 << 2) | (1 << 3) | (1 << 7);
/** One bit for each value of XWR that no processor accepts: W without R. */
const EPT_BAD_XWR: u32 = (1 << 0b010) | (1 << 0b110);
/** X alone: accepted only with the execute-only capability. */
const EPT_EXEC_ONLY_XWR: u32 = 1 << 0b100;

if (<u32>EPT_READ != HW_READ) ERROR("an EPT entry's XWR is its HW_* permissions");
if (<u32>EPT_WRITE != HW_WRITE) ERROR("an EPT entry's XWR is its HW_* permissions");
if (<u32>EPT_EXEC != HW_EXEC) ERROR("an EPT entry's XWR is its HW_* permissions");

/** Whether the processor uses the entry at all: any of XWR. All other bits of an entry that is not present are ignored. */
// @ts-ignore: decorator
@inline
export function eptIsPresent(entry: u64): bool {
  return (entry & EPT_RWX) != 0;
}

/** Whether a present entry of a table of `level` maps a page. Bit 7 above level 3 is reserved, not a larger page. */
// @ts-ignore: decorator
@inline
export function eptIsLeaf(entry: u64, level: u32): bool {
  return level == LEVEL_4K || (level <= LEVEL_1G && (entry & EPT_LARGE) != 0);
}

/** hpa of the table that a present non-leaf entry references. */
// @ts-ignore: decorator
@inline
export function eptTableAddress(entry: u64): u64 {
  return entry & EPT_ADDRESS;
}

/** hpa of the page that a leaf of `level` maps. */
// @ts-ignore: decorator
@inline
export function eptPageAddress(entry: u64, level: u32): u64 {
  return entry & EPT_ADDRESS & ~ptBelowPage(level);
}

/** HW_READ | HW_WRITE | HW_EXEC that one entry, or the AND of several, allows. */
// @ts-ignore: decorator
@inline
export function eptPermissions(entry: u64): u32 {
  return <u32>entry & HW_RWX;
}

/** EPT_MEMTYPE_* of a leaf. */
// @ts-ignore: decorator
@inline
export function eptMemtype(entry: u64): u64 {
  return (entry & EPT_MEMTYPE) >> EPT_MEMTYPE_SHIFT;
}

/** Bits that must be 0 in a present entry of `level` (2 to 5) that references a table. */
// @ts-ignore: decorator
@inline
export function eptTableReserved(maxPhyAddr: u32): u64 {
  return EPT_TABLE_RESERVED | ptBeyondWidth(maxPhyAddr);
}

/**
 * Whether an entry above level 1 is what nearly all there are: a readable reference to a table below 4 GiB. It is then
 * present, no leaf, and no misconfiguration, at any MAXPHYADDR of 32 or more. One compare, for walks; false says nothing.
 */
// @ts-ignore: decorator
@inline
export function eptIsPlainTable(entry: u64): bool {
  return (entry & (PT_ABOVE_4G | EPT_TABLE_RESERVED | EPT_READ)) == EPT_READ;
}
if ((EPT_TABLE_RESERVED & EPT_LARGE) == 0) ERROR("a plain table is no leaf");

/**
 * Whether an entry of level 1 is what nearly all leaves are: readable, write-back, no address bit in `beyondWidth`
 * (ptBeyondWidth) set. It is then present, and no misconfiguration. False says nothing.
 */
// @ts-ignore: decorator
@inline
export function eptIsPlainPage(entry: u64, beyondWidth: u64): bool {
  return (entry & (beyondWidth | EPT_MEMTYPE | EPT_READ)) == EPT_PLAIN_LEAF;
}

/** As eptIsPlainPage, for a page of 2 MiB in an entry of level 2. */
// @ts-ignore: decorator
@inline
export function eptIsPlain2m(entry: u64, beyondWidth: u64): bool {
  const mask = beyondWidth | ptBelowPage(LEVEL_2M) | EPT_LARGE | EPT_MEMTYPE | EPT_READ;
  return (entry & mask) == (EPT_LARGE | EPT_PLAIN_LEAF);
}

/** Bits that must be 0 in a leaf of `level` (1 to 3). */
// @ts-ignore: decorator
@inline
export function eptLeafReserved(level: u32, maxPhyAddr: u32): u64 {
  return ptBelowPage(level) | ptBeyondWidth(maxPhyAddr);
}

/**
 * Whether a *present* entry of a table of `level` (1 to 5) is an EPT misconfiguration (Intel SDM, "EPT
 * Misconfigurations"), on a processor of `maxPhyAddr` physical address bits with the capabilities in `hwFlags`
 * (HW_EXEC_ONLY, HW_PAGE_1G).
 */
// @ts-ignore: decorator
@inline
export function eptIsMisconfigured(entry: u64, level: u32, maxPhyAddr: u32, hwFlags: u32): bool {
  const badXwr = EPT_BAD_XWR | ((hwFlags & HW_EXEC_ONLY) != 0 ? 0 : EPT_EXEC_ONLY_XWR);
  if (((badXwr >> (<u32>entry & HW_RWX)) & 1) != 0) return true;
  if (!eptIsLeaf(entry, level)) return (entry & eptTableReserved(maxPhyAddr)) != 0;
  if (level == LEVEL_1G && (hwFlags & HW_PAGE_1G) == 0) return true; // bit 7 is then reserved there
  if ((entry & eptLeafReserved(level, maxPhyAddr)) != 0) return true;
  return ((EPT_BAD_MEMTYPES >> <u32>eptMemtype(entry)) & 1) != 0;
}
