/** Linear addresses as such: which are canonical, where pages and the address space end, when alignment matters. */

import { PAGE_SIZE } from "../layout/types";
import { CODE_64, CR0_AM, CR4_LA57, FLAG_AC, X86 } from "../layout/x86";

/** Whether `linear` is canonical: sign-extended from the bits that paging translates. */
// @ts-ignore: decorator
@inline
export function isCanonical(c: X86, linear: u64): bool {
  const unused: u64 = (c.cr4 & CR4_LA57) != 0 ? 7 : 16;
  return <u64>(<i64>(linear << unused) >> unused) == linear;
}

/** Bytes of an access that lie in its first page. */
// @ts-ignore: decorator
@inline
export function bytesInPage(lin: u64, size: u32): u32 {
  const left = PAGE_SIZE - (<u32>lin & (PAGE_SIZE - 1));
  return left < size ? left : size;
}

/** The address `n` bytes on: outside of 64-bit mode it wraps. */
// @ts-ignore: decorator
@inline
export function linearAfter(c: X86, lin: u64, n: u32): u64 {
  return c.codeMode == CODE_64 ? lin + n : (lin + n) & 0xffff_ffff;
}

/** Whether misaligned accesses fault (Intel SDM, "Alignment Check Exception"). */
// @ts-ignore: decorator
@inline
export function checksAlignment(c: X86): bool {
  return c.cpl == 3 && (c.cr0 & CR0_AM) != 0 && (c.flags & FLAG_AC) != 0;
}
