/** Address and frame-number types, and the constants every room shares. Levels: 1 = 4 KiB, 2 = 2 MiB, 3 = 1 GiB, up to 5. */

import { LAB } from "./build";

/** Guest physical address, bytes. */
export type Gpa = u64;
/** Guest frame number, 4 KiB units. */
export type Gfn = u64;
/** Host virtual address, bytes: an address of the VMM's address space (hostmm), not of linear memory. */
export type Hva = u64;
/** Host physical address, bytes. Below the arena's end it is an offset in linear memory; phantom frames lie above. */
export type Hpa = u64;
/** Host frame number, 4 KiB units; 64 bits because phantom frames lie above the arena. */
export type Pfn = u64;

export const PAGE_SHIFT: u32 = 12;
export const PAGE_SIZE: u32 = 4096;
export const PAGE_MASK: u64 = ~0xfff;
export const ENTRIES_PER_TABLE: u32 = 512;

export const LEVEL_4K: u32 = 1;
export const LEVEL_2M: u32 = 2;
export const LEVEL_1G: u32 = 3;
export const LEVEL_MAX: u32 = 5;

/** The modelled host's MAXPHYADDR, bits: one constant for walker, zaps, MMIO and mitigations. */
export const HOST_MAXPHYADDR: u32 = 46;
/** Bits of guest-physical addresses that guests may use: all that the host has; in the lab 1 GiB, so that walks over everything end soon. */
const GUEST_ADDRESS_BITS: u32 = LAB ? 30 : HOST_MAXPHYADDR;
/** First gfn that no slot can have: beyond the modelled host's physical address width. */
export const MAX_GFN: u64 = (<u64>1) << (GUEST_ADDRESS_BITS - PAGE_SHIFT);

/** First phantom frame: above any arena (4 GiB = 2^20 frames), below MAXPHYADDR. */
export const PHANTOM_PFN_BASE: u64 = (<u64>1) << 21;
/** No frame. */
export const PFN_NONE: u64 = u64.MAX_VALUE;

/** 4 KiB pages in one page of `level`. */
// @ts-ignore: decorator
@inline
export function pagesPerLevel(level: u32): u64 {
  return (<u64>1) << ((level - 1) * 9);
}

/** Offset in linear memory of an hpa inside the arena. The one way from hpa to pointer. */
// @ts-ignore: decorator
@inline
export function hpaToPtr(hpa: Hpa): usize {
  return <usize>hpa;
}

/** The hpa of a linear-memory offset. The one way from pointer to hpa. */
// @ts-ignore: decorator
@inline
export function ptrToHpa(ptr: usize): Hpa {
  return <u64>ptr;
}

// @ts-ignore: decorator
@inline
export function pfnToPtr(pfn: Pfn): usize {
  return (<usize>pfn) << PAGE_SHIFT;
}

// @ts-ignore: decorator
@inline
export function ptrToPfn(ptr: usize): Pfn {
  return <u64>(ptr >> PAGE_SHIFT);
}
