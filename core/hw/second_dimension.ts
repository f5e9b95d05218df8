/**
 * The processor's second dimension of paging: guest-physical to host-physical, through the tables of vcpu.hwRoot.
 *
 * Guarantee: for any contents of the tables, a translation or an exit, exactly as the manuals define them for a
 * processor of vcpu.hwMaxPhyAddr bits with the capabilities in vcpu.hwFlags; never a trap, nor an access outside of
 * the arena. An answer holds until the vCPU next looks at its requests in guest mode, or leaves it: remote flushes wait
 * for that (DESIGN: translations do not outlive guest mode).
 *
 * hwWalk reads the tables; hwTranslate asks the TLB first, and fills it. Both run on the vCPU's own thread, IN_GUEST.
 * Guest paging (the first dimension) is not here: its walker calls these with HW_GUEST_TABLE.
 */

import { HW_OK, HW_PHANTOM } from "../layout/hw";
import { Vcpu } from "../layout/vcpu";
import { TDP_EPT } from "../layout/vm";
import { thisCpu } from "../sync/this_cpu";
import { eptNeeds, eptWalk } from "./ept_walk";
import { nptNeeds, nptWalk } from "./npt_walk";
import { tlbFill, tlbLookup } from "./tlb";

/** The kinds of access that the second dimension must allow for `access`: HW_READ | HW_WRITE | HW_EXEC. */
// @ts-ignore: decorator
@inline
export function hwNeeds(vcpu: Vcpu, access: u32): u32 {
  return vcpu.hwFormat == TDP_EPT ? eptNeeds(vcpu, access) : nptNeeds(access);
}

/**
 * Walks the tables for an access of HW_* kind `access` at `gpa` (any 64-bit value), setting Accessed and Dirty and
 * logging modified pages as the hardware would. The TLB is neither asked nor filled.
 * @ret HW_OK: thisCpu().ret0 = hpa, ret1 = level of the leaf, ret2 = permissions (HW_READ | HW_WRITE | HW_EXEC of all
 *      entries together, HW_DIRTY, HW_PHANTOM). HW_EXIT: vcpu.hwExitReason, hwExitQualification and hwExitGpa
 */
// @ts-ignore: decorator
@inline
export function hwWalk(vcpu: Vcpu, gpa: u64, access: u32): i32 {
  vcpu.hwWalks++;
  return vcpu.hwFormat == TDP_EPT ? eptWalk(vcpu, gpa, access) : nptWalk(vcpu, gpa, access);
}

/**
 * As hwWalk, through the TLB. The slow half of every access: hot loops try tlbHit* first.
 * @ret as hwWalk; HW_DIRTY may be missing from ret2 for a read although Dirty is set by now
 */
// @ts-ignore: decorator
@inline
export function hwTranslate(vcpu: Vcpu, gpa: u64, access: u32): i32 {
  if (tlbLookup(vcpu, gpa, hwNeeds(vcpu, access))) return HW_OK;
  const status = hwWalk(vcpu, gpa, access);
  if (status == HW_OK) {
    const cpu = thisCpu();
    tlbFill(vcpu, gpa, cpu.ret0, <u32>cpu.ret1, <u32>cpu.ret2);
  }
  return status;
}

/** Address in linear memory of what the last HW_OK answered, or 0 if it is phantom. */
// @ts-ignore: decorator
@inline
export function hwPointer(): usize {
  const cpu = thisCpu();
  return (<u32>cpu.ret2 & HW_PHANTOM) != 0 ? 0 : <usize>cpu.ret0;
}
