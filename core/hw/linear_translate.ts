/**
 * Translation of linear addresses through both dimensions: what happens when the linear TLB does not answer.
 *
 * Guarantee: EXEC_NEXT means that the access is allowed and that all flags it sets are set; the linear TLB then answers
 * for the page, where it may. Until the vCPU next looks at its requests in guest mode, or leaves it, X86.pointer is good.
 *
 * The second level is asked first; it never refuses: where it does not allow the access, or a flag may be missing, the
 * tables are walked, which also is what makes a page fault speak of the tables as they are.
 */

import { HW_DIRTY, HW_OK, HW_PHANTOM, HW_WRITE } from "../layout/hw";
import {
  LTLB_TAG_NONE,
  LTLB_VIEW_SMAP,
  LTLB_VIEW_SUPERVISOR,
  SECOND_PERMISSIONS_SHIFT,
  WALK_DIRTY,
  WALK_LARGE,
} from "../layout/linear_tlb";
import { PAGE_MASK, PAGE_SIZE } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { CR4_SMAP, X86 } from "../layout/x86";
import { EXEC_EXIT, EXEC_NEXT } from "../layout/x86_op";
import { codeFrameIsCached } from "../mm/code_frame";
import { thisCpu } from "../sync/this_cpu";
import { guestRights, guestWalk } from "./guest_walk";
import { secondAdd, secondFind } from "./linear_second";
import { linearFill, linearNoteLarge } from "./linear_tlb";
import { hwTranslate } from "./second_dimension";

/**
 * Translates canonical `linear` for an access of HW_* kind (HW_READ, HW_WRITE, HW_EXEC) in LTLB_VIEW_*.
 * @ret EXEC_NEXT: X86.pointer is its address in linear memory, 0 if it is phantom. EXEC_FAULT: a page fault with
 *   X86.walkError, not raised yet. EXEC_EXIT: Vcpu.hwExit*
 */
export function linearTranslate(c: X86, linear: u64, access: u32, view: u32): i32 {
  c.ltlbMisses++;
  const known = secondFind(c, linear);
  if (known === null) return translateByWalk(c, linear, access, view);
  const info = known.info;
  const may = mayDo(guestRights(c, info, view), info, info >> SECOND_PERMISSIONS_SHIFT);
  if ((access & ~may) != 0) return translateByWalk(c, linear, access, view);
  c.pointer = known.page | (<u32>linear & (PAGE_SIZE - 1));
  linearFill(c, linear, view, may, known.page);
  return EXEC_NEXT;
}

/**
 * The quick half of a miss: `size` bytes at `linear`, in one page that the second level knows and may be accessed as it
 * stands. No more needs to be asked of the address: only canonical ones are known. Stores to frames whose decoded
 * instructions are cached are not quick: they report.
 * @ret the address in linear memory, or 0: nothing is decided
 */
export function linearAgain(c: X86, linear: u64, size: u32, access: u32, view: u32): usize {
  // Where every access takes the slow path there is a reason.
  if (c.ltlbTag == LTLB_TAG_NONE || ((linear ^ (linear + (size - 1))) & PAGE_MASK) != 0) return 0;
  const known = secondFind(c, linear);
  if (known === null) return 0;
  const info = known.info;
  const page = known.page;
  const may = mayDo(guestRights(c, info, view), info, info >> SECOND_PERMISSIONS_SHIFT);
  if ((access & ~may) != 0 || ((access & HW_WRITE) != 0 && codeFrameIsCached(page))) return 0;
  c.ltlbMisses++;
  linearFill(c, linear, view, may, page);
  return <usize>page + (<usize>linear & (PAGE_SIZE - 1));
}

/** Of the guest's `rights`, what needs no walk any more: HW_READ, HW_WRITE, HW_EXEC. */
// @ts-ignore: decorator
@inline
function mayDo(rights: u32, info: u32, permissions: u32): u32 {
  const may = rights & permissions;
  const isDirty = (info & WALK_DIRTY) != 0 && (permissions & HW_DIRTY) != 0;
  return isDirty ? may : may & ~HW_WRITE;
}

function translateByWalk(c: X86, linear: u64, access: u32, view: u32): i32 {
  const status = guestWalk(c, linear, access, view);
  if (status != EXEC_NEXT) return status;
  if (hwTranslate(changetype<Vcpu>(c.vcpu), c.walkGpa, access) != HW_OK) return EXEC_EXIT;
  const cpu = thisCpu();
  const permissions = <u32>cpu.ret2;
  c.pointer = 0;
  if ((permissions & HW_PHANTOM) != 0) return EXEC_NEXT;
  c.pointer = <u32>cpu.ret0;
  const page = <u32>(cpu.ret0 & PAGE_MASK);
  const info = c.walkInfo;
  secondAdd(c, linear, info, permissions, page);
  if ((info & WALK_LARGE) != 0) linearNoteLarge(c, linear, info);
  linearFill(c, linear, view, mayDo(c.walkRights, info, permissions), page);
  return EXEC_NEXT;
}

/** The view of implicit supervisor accesses (descriptor tables, TSS), whatever CPL: SMAP binds them whatever AC. */
// @ts-ignore: decorator
@inline
export function linearSystemView(c: X86): u32 {
  return (c.cr4 & CR4_SMAP) != 0 ? LTLB_VIEW_SMAP : LTLB_VIEW_SUPERVISOR;
}
