/**
 * Nested page tables: long-mode page tables walked as a second dimension (AMD APM volume 2, "Nested Paging" and
 * "Long-Mode Page Translation"), as pure functions. Every nested walk is a user access: an entry without U denies it.
 *
 *   63 NX | 62:52 ignored | 51:12 address | 11:9 ignored | 8 G | 7 PS at levels 2, 3; PAT at level 1 | 6 Dirty |
 *   5 Accessed | 4 PCD | 3 PWT | 2 U | 1 W | 0 P          12 is PAT in a leaf of level 2 or 3
 *
 * Protection keys and memory encryption are not modelled.
 */

import { HW_NX, HW_PAGE_1G } from "../layout/vcpu";
import { LEVEL_1G, LEVEL_2M, LEVEL_4K } from "../layout/types";
import { HW_EXEC, HW_READ, HW_WRITE } from "../layout/hw";
import { PT_ABOVE_4G, PT_ADDRESS, PT_LARGE, ptBelowPage, ptBeyondWidth } from "./levels";

export const NPT_PRESENT: u64 = 1 << 0;
export const NPT_WRITE: u64 = 1 << 1;
export const NPT_USER: u64 = 1 << 2;
export const NPT_PWT: u64 = 1 << 3;
export const NPT_PCD: u64 = 1 << 4;
export const NPT_ACCESSED: u64 = 1 << 5;
export const NPT_DIRTY: u64 = 1 << 6;
export const NPT_LARGE: u64 = PT_LARGE;
export const NPT_PAT_4K: u64 = 1 << 7;
export const NPT_GLOBAL: u64 = 1 << 8;
export const NPT_PAT_LARGE: u64 = 1 << 12;
export const NPT_ADDRESS: u64 = PT_ADDRESS;
export const NPT_NX: u64 = (<u64>1) << 63;

/** Bits 8:7 of entries above level 3. Below, bit 7 makes a page and bit 8 is ignored in a non-leaf. */
const NPT_UPPER_RESERVED: u64 = (1 << 7) | (1 << 8);

// @ts-ignore: decorator
@inline
export function nptIsPresent(entry: u64): bool {
  return (entry & NPT_PRESENT) != 0;
}

/** Whether a present entry of a table of `level` maps a page. Bit 7 above level 3 is reserved, not a larger page. */
// @ts-ignore: decorator
@inline
export function nptIsLeaf(entry: u64, level: u32): bool {
  return level == LEVEL_4K || (level <= LEVEL_1G && (entry & NPT_LARGE) != 0);
}

/** hpa of the table that a present non-leaf entry references. */
// @ts-ignore: decorator
@inline
export function nptTableAddress(entry: u64): u64 {
  return entry & NPT_ADDRESS;
}

/** hpa of the page that a leaf of `level` maps. */
// @ts-ignore: decorator
@inline
export function nptPageAddress(entry: u64, level: u32): u64 {
  return entry & NPT_ADDRESS & ~ptBelowPage(level);
}

/** The entry with NX turned round, so that every permission bit says "may": a walk ANDs these together. */
// @ts-ignore: decorator
@inline
export function nptGrants(entry: u64): u64 {
  return entry ^ NPT_NX;
}

/** HW_READ | HW_WRITE | HW_EXEC that one entry's nptGrants, or the AND of several, allows. */
// @ts-ignore: decorator
@inline
export function nptPermissions(grants: u64): u32 {
  if ((grants & NPT_USER) == 0) return 0;
  return HW_READ | (<u32>grants & HW_WRITE) | (<u32>(grants >> 63) * HW_EXEC);
}
if (<u32>NPT_WRITE != HW_WRITE) ERROR("nptPermissions takes W as it is");

/** Index into the host's PAT register that a leaf of `level` selects. */
// @ts-ignore: decorator
@inline
export function nptPatIndex(entry: u64, level: u32): u32 {
  const pat = level == LEVEL_4K ? NPT_PAT_4K : NPT_PAT_LARGE;
  return ((<u32>((entry & pat) != 0)) << 2) | ((<u32>((entry & NPT_PCD) != 0)) << 1) | <u32>((entry & NPT_PWT) != 0);
}

/** Bits that must be 0 in a present entry of `level` (2 to 5) that references a table. */
// @ts-ignore: decorator
@inline
export function nptTableReserved(level: u32, maxPhyAddr: u32, hwFlags: u32): u64 {
  return (level > LEVEL_1G ? NPT_UPPER_RESERVED : 0) | nptEverywhereReserved(maxPhyAddr, hwFlags);
}

/**
 * Whether an entry above level 1 is what nearly all there are: a present, executable reference to a table below 4 GiB.
 * It is then no leaf, and has no reserved bit, at any MAXPHYADDR of 32 or more. One compare, for walks; false says
 * nothing.
 */
// @ts-ignore: decorator
@inline
export function nptIsPlainTable(entry: u64): bool {
  return (entry & (NPT_NX | PT_ABOVE_4G | NPT_UPPER_RESERVED | NPT_PRESENT)) == NPT_PRESENT;
}
if ((NPT_UPPER_RESERVED & NPT_LARGE) == 0) ERROR("a plain table is no leaf");

/**
 * Whether an entry of level 1 is what nearly all leaves are: present, with no bit of `everywhereReserved`
 * (nptEverywhereReserved) set. False says nothing.
 */
// @ts-ignore: decorator
@inline
export function nptIsPlainPage(entry: u64, everywhereReserved: u64): bool {
  return (entry & (everywhereReserved | NPT_PRESENT)) == NPT_PRESENT;
}

/** As nptIsPlainPage, for a page of 2 MiB in an entry of level 2. */
// @ts-ignore: decorator
@inline
export function nptIsPlain2m(entry: u64, everywhereReserved: u64): bool {
  const mask = everywhereReserved | ptBelowPage(LEVEL_2M) | NPT_LARGE | NPT_PRESENT;
  return (entry & mask) == (NPT_LARGE | NPT_PRESENT);
}

/** Bits that must be 0 in a leaf of `level` (1 to 3). Of the bits below a large page's address, PAT is not one. */
// @ts-ignore: decorator
@inline
export function nptLeafReserved(level: u32, maxPhyAddr: u32, hwFlags: u32): u64 {
  return (ptBelowPage(level) & ~NPT_PAT_LARGE) | nptEverywhereReserved(maxPhyAddr, hwFlags);
}

/** Bits that must be 0 in every present entry: address bits that the host lacks, and NX unless the host runs with EFER.NXE. */
// @ts-ignore: decorator
@inline
export function nptEverywhereReserved(maxPhyAddr: u32, hwFlags: u32): u64 {
  return ptBeyondWidth(maxPhyAddr) | ((hwFlags & HW_NX) != 0 ? 0 : NPT_NX);
}

/**
 * Whether a *present* entry of a table of `level` (1 to 5) has a reserved bit set, on a processor of `maxPhyAddr`
 * physical address bits with the capabilities in `hwFlags` (HW_NX, HW_PAGE_1G).
 */
// @ts-ignore: decorator
@inline
export function nptHasReserved(entry: u64, level: u32, maxPhyAddr: u32, hwFlags: u32): bool {
  if (!nptIsLeaf(entry, level)) return (entry & nptTableReserved(level, maxPhyAddr, hwFlags)) != 0;
  if (level == LEVEL_1G && (hwFlags & HW_PAGE_1G) == 0) return true; // PS is then reserved there
  return (entry & nptLeafReserved(level, maxPhyAddr, hwFlags)) != 0;
}
