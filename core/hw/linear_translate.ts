/**
 * Translation of linear addresses through both dimensions: what happens when the linear TLB does not answer.
 *
 * Guarantee: EXEC_NEXT means that the access is allowed and that all flags it sets are set; the linear TLB then answers
 * for the page, where it may. Until the vCPU next looks at its requests in guest mode, or leaves it, X86.pointer is good.
 */

import { HW_EXEC, HW_OK, HW_READ, HW_WRITE } from "../layout/hw";
import { LTLB_VIEW_SMAP, LTLB_VIEW_SUPERVISOR } from "../layout/linear_tlb";
import { Vcpu } from "../layout/vcpu";
import { CR4_SMAP, X86 } from "../layout/x86";
import { EXEC_EXIT, EXEC_NEXT } from "../layout/x86_op";
import { thisCpu } from "../sync/this_cpu";
import { guestRights, guestWalk } from "./guest_walk";
import { linearFill } from "./linear_tlb";
import { hwPointer, hwTranslate } from "./second_dimension";

/**
 * Translates canonical `linear` for an access of HW_* kind in LTLB_VIEW_*.
 * @ret EXEC_NEXT: X86.pointer is its address in linear memory, 0 if it is phantom. EXEC_FAULT: a page fault with
 *   X86.walkError, not raised yet. EXEC_EXIT: Vcpu.hwExit*
 */
export function linearTranslate(c: X86, linear: u64, access: u32, view: u32): i32 {
  c.ltlbMisses++;
  const status = guestWalk(c, linear, access, view);
  if (status != EXEC_NEXT) return status;
  if (hwTranslate(changetype<Vcpu>(c.vcpu), c.walkGpa, access & (HW_READ | HW_WRITE | HW_EXEC)) != HW_OK)
    return EXEC_EXIT;
  const cpu = thisCpu();
  c.pointer = <u32>hwPointer();
  const info = c.walkInfo;
  linearFill(c, linear, view, guestRights(c, info, view), info, cpu.ret0, <u32>cpu.ret2);
  return EXEC_NEXT;
}

/** The view of implicit supervisor accesses (descriptor tables, TSS), whatever CPL: SMAP binds them whatever AC. */
// @ts-ignore: decorator
@inline
export function linearSystemView(c: X86): u32 {
  return (c.cr4 & CR4_SMAP) != 0 ? LTLB_VIEW_SMAP : LTLB_VIEW_SUPERVISOR;
}
