/**
 * What EPT, NPT and the guest's long-mode tables have in common: 512 entries of 64 bits, 9 address bits a level, the
 * physical address in bits 51:12 of an entry. Pure functions; nothing here touches memory.
 */

import { PAGE_SHIFT } from "../layout/types";

/** Address bits of one level. */
export const PT_LEVEL_BITS: u32 = 9;
/** Bits 51:12 of an entry. */
export const PT_ADDRESS: u64 = 0x000f_ffff_ffff_f000;
/** Bits 51:32: an address with none of them is one of linear memory, or just beyond its end. */
export const PT_ABOVE_4G: u64 = 0x000f_ffff_0000_0000;
/** The widest physical address the entries can hold, bits. */
export const PT_ADDRESS_BITS: u32 = 52;
/** Bit 7: a page, not a table, at levels 2 and 3. The same bit in all formats. */
export const PT_LARGE: u64 = 1 << 7;

/** Byte offset, in a table of `level`, of the entry for `address`. */
// @ts-ignore: decorator
@inline
export function ptEntryOffset(address: u64, level: u32): usize {
  // Index times 8: the address shifted by three bits less, and the low three bits of the result dropped.
  return <usize>(address >> <u64>(level * PT_LEVEL_BITS)) & 0xff8;
}

/** Mask of the offset inside a page of `level`: 0xfff, 0x1fffff, 0x3fffffff. */
// @ts-ignore: decorator
@inline
export function ptOffsetMask(level: u32): u64 {
  return ((<u64>1) << (PAGE_SHIFT + (level - 1) * PT_LEVEL_BITS)) - 1;
}

/** Address bits 51:12 of a leaf of `level` that lie below the page's size: 0 at 4 KiB. */
// @ts-ignore: decorator
@inline
export function ptBelowPage(level: u32): u64 {
  return ptOffsetMask(level) & PT_ADDRESS;
}

/** Whether tables of `levels` levels can translate `address` at all. */
// @ts-ignore: decorator
@inline
export function ptAddressFits(address: u64, levels: u32): bool {
  return address >> (PAGE_SHIFT + levels * PT_LEVEL_BITS) == 0;
}

/** Bits of an entry's address field beyond `maxPhyAddr` bits (at most 52): reserved in every present entry. */
// @ts-ignore: decorator
@inline
export function ptBeyondWidth(maxPhyAddr: u32): u64 {
  return PT_ADDRESS & ~(((<u64>1) << maxPhyAddr) - 1);
}
