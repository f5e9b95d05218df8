/**
 * The guest's own paging structures (Intel SDM, "Paging": "32-Bit Paging", "PAE Paging", "4-Level Paging and 5-Level
 * Paging"), as pure functions.
 *
 *   64-bit  63 NX | 62:59 key, in a leaf | 51:12 address | 8 Global, in a leaf | 7 PS | 6 Dirty, in a leaf | 5 Accessed |
 *           2 U | 1 W | 0 P          12 is PAT in a leaf above level 1
 *   32-bit  31:12 address | the same below; a 4 MiB page: 31:22 address, 20:13 address bits 39:32, 12 PAT
 *
 * PAE entries are 64-bit ones of two levels, without keys, in which 62:MAXPHYADDR are reserved; the four pointers above
 * them are registers.
 */

import { LEVEL_1G, LEVEL_2M, LEVEL_4K } from "../layout/types";
import { CPU_HAS_PAGE1G } from "../layout/x86_system";
import { PT_LARGE } from "./levels";

export const GUEST_PRESENT: u64 = 1 << 0;
export const GUEST_WRITE: u64 = 1 << 1;
export const GUEST_USER: u64 = 1 << 2;
export const GUEST_ACCESSED: u64 = 1 << 5;
export const GUEST_DIRTY: u64 = 1 << 6;
export const GUEST_LARGE: u64 = PT_LARGE;
export const GUEST_GLOBAL: u64 = 1 << 8;
/** Bits below a large page's address: reserved but for bit 12, PAT. */
const GUEST_BELOW_2M: u64 = 0x001f_e000;
const GUEST_BELOW_1G: u64 = 0x3fff_e000;
export const GUEST_KEY_SHIFT: u32 = 59;
export const GUEST_NX: u64 = (<u64>1) << 63;

/** Of a present page-directory-pointer entry of PAE paging: reserved bits below the address. */
const PDPTE_RESERVED: u64 = 0x1e6;
/** 32-bit paging: the address of a table or 4 KiB page; of a 4 MiB page; and where its bits 39:32 are. */
export const GUEST32_ADDRESS: u64 = 0xffff_f000;
const GUEST32_LARGE_ADDRESS: u64 = 0xffc0_0000;
const GUEST32_HIGH_SHIFT: u32 = 13;
/** Bits 21:13 of a 4 MiB page's entry. */
const GUEST32_HIGH_FIELD: u64 = 0x003f_e000;
/** The widest physical address that a 4 MiB page can have, bits. */
const GUEST32_LARGE_WIDTH: u32 = 40;

/** Bits 62:maxPhyAddr, or 51:maxPhyAddr where 62:52 are software's (4- and 5-level paging). */
export function guestBeyondWidth(maxPhyAddr: u32, fieldEnd: u32): u64 {
  return (((<u64>1) << fieldEnd) - 1) & ~(((<u64>1) << maxPhyAddr) - 1);
}

/** Whether a present 64-bit entry of a table of `level` maps a page. PS above level 3 is reserved, not a larger page. */
// @ts-ignore: decorator
@inline
export function guestIsLeaf(entry: u64, level: u32): bool {
  return level == LEVEL_4K || (level <= LEVEL_1G && (entry & GUEST_LARGE) != 0);
}

/**
 * Whether a present 64-bit entry has a reserved bit set; `everywhere`: those reserved at every level; `level3Leaf`:
 * those of a page of 1 GiB (guestLevel3Reserved).
 */
// @ts-ignore: decorator
@inline
export function guestHasReserved(entry: u64, level: u32, everywhere: u64, level3Leaf: u64): bool {
  if ((entry & everywhere) != 0) return true;
  if (level == LEVEL_4K || (entry & GUEST_LARGE) == 0) return false;
  if (level == LEVEL_2M) return (entry & GUEST_BELOW_2M) != 0;
  return level > LEVEL_1G || (entry & level3Leaf) != 0;
}

/** Reserved bits of a page of 1 GiB; without such pages PS itself is one. */
// @ts-ignore: decorator
@inline
export function guestLevel3Reserved(features: u64): u64 {
  return (features & CPU_HAS_PAGE1G) != 0 ? GUEST_BELOW_1G : GUEST_LARGE;
}

/** Whether a page-directory-pointer entry may not be loaded (Intel SDM, "PDPTE Registers"). */
export function guestPdpteIsBad(entry: u64, maxPhyAddr: u32): bool {
  if ((entry & GUEST_PRESENT) == 0) return false;
  return (entry & (PDPTE_RESERVED | guestBeyondWidth(maxPhyAddr, 63) | GUEST_NX)) != 0;
}

/** Physical address of a 4 MiB page. */
// @ts-ignore: decorator
@inline
export function guest32PageAddress(entry: u64): u64 {
  const high = (entry & GUEST32_HIGH_FIELD) >> GUEST32_HIGH_SHIFT;
  return (entry & GUEST32_LARGE_ADDRESS) | (high << 32);
}

/** Whether the entry of a 4 MiB page has a reserved bit set: address bits that the processor has not. */
export function guest32HasReserved(entry: u64, maxPhyAddr: u32): bool {
  const width = maxPhyAddr < GUEST32_LARGE_WIDTH ? maxPhyAddr : GUEST32_LARGE_WIDTH;
  const legal = ((<u64>1) << (width - 32)) - 1;
  return (((entry & GUEST32_HIGH_FIELD) >> GUEST32_HIGH_SHIFT) & ~legal) != 0;
}
