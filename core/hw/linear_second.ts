/**
 * The linear TLB's second level: pages of all views, and of all address spaces that have a live tag. It is what makes
 * a change of privilege, an evicted entry, or a return to a PCID cost a few compares instead of a walk.
 *
 * An entry is what the tables said, not what is allowed: rights are judged anew, under the present controls. Four ways,
 * the newest first; the oldest goes.
 */

import {
  LTLB_SECOND,
  LTLB_SETS,
  SECOND_PERMISSIONS_SHIFT,
  SECOND_SET_SHIFT,
  SECOND_SHIFT,
  SECOND_WAYS,
  SecondEntry,
  WALK_GLOBAL,
} from "../layout/linear_tlb";
import { PAGE_MASK, PAGE_SHIFT } from "../layout/types";
import { X86 } from "../layout/x86";

// @ts-ignore: decorator
@inline
function setOf(c: X86, linear: u64): usize {
  const set = <usize>(linear >> PAGE_SHIFT) & (LTLB_SETS - 1);
  return <usize>c.ltlbBlock + LTLB_SECOND + (set << SECOND_SET_SHIFT);
}

// @ts-ignore: decorator
@inline
function isOf(p: usize, own: u64, global: u64): bool {
  const key = changetype<SecondEntry>(p).key;
  return key == own || key == global;
}

/** The entry of the page of `linear` in the present address space, or null. */
// @ts-ignore: decorator
@inline
export function secondFind(c: X86, linear: u64): SecondEntry | null {
  const page = linear & PAGE_MASK;
  const own = page | c.ltlbSpace;
  const global = page | c.ltlbGlobal;
  const set = setOf(c, linear);
  for (let p = set; p < set + (1 << SECOND_SET_SHIFT); p += 1 << SECOND_SHIFT) {
    if (isOf(p, own, global)) return changetype<SecondEntry>(p);
  }
  return null;
}

/** Keeps what the walks said of the page of `linear`: WALK_* `info`, second-dimension `permissions`, its `page`. */
export function secondAdd(c: X86, linear: u64, info: u32, permissions: u32, page: u32): void {
  const key = (linear & PAGE_MASK) | ((info & WALK_GLOBAL) != 0 ? c.ltlbGlobal : c.ltlbSpace);
  const known = secondFind(c, linear);
  let entry = changetype<SecondEntry>(setOf(c, linear));
  if (known !== null) entry = known;
  else {
    const set = changetype<usize>(entry);
    memory.copy(set + (1 << SECOND_SHIFT), set, (SECOND_WAYS - 1) << SECOND_SHIFT);
  }
  entry.key = key;
  entry.page = page;
  entry.info = info | (permissions << SECOND_PERMISSIONS_SHIFT);
}

/** Forgets the page of `linear` in all address spaces. */
export function secondForget(c: X86, linear: u64): void {
  const set = setOf(c, linear);
  for (let p = set; p < set + (1 << SECOND_SET_SHIFT); p += 1 << SECOND_SHIFT) {
    const entry = changetype<SecondEntry>(p);
    if (((entry.key ^ linear) & PAGE_MASK) == 0) entry.key = 0;
  }
}
