/**
 * What a change of privilege or of control registers does to translations.
 *
 * Guarantee: after privilegeChanged no hit of the linear TLB allows what the present state forbids, nor lacks the tables
 * that the present state names. Whoever changes CPL, CR0, CR4, EFER, EFLAGS.AC, PKRU, or the bits of
 * X86.stepping that are named below calls it afterwards, once, before the next access; who changes CR3 calls cr3Load instead.
 *
 *   CPL; AC under SMAP               another view of the linear TLB; nothing is flushed
 *   alignment checks, emulation port, data breakpoints
 *                                    every access takes the slow path meanwhile; nothing is flushed
 *   PG, WP, PSE, PAE, PGE, LA57, PCIDE, SMEP, SMAP, PKE, LMA, NXE; PKRU under PKE
 *                                    everything is flushed, global pages too
 *
 * It does not touch X86.pageLinear: who changes what fetches may do returns EXEC_REFETCH.
 */

import { LTLB_TAG_NONE, LTLB_VIEW_SMAP, LTLB_VIEW_SUPERVISOR, LTLB_VIEW_USER } from "../layout/linear_tlb";
import {
  CR0_PG,
  CR0_WP,
  CR4_LA57,
  CR4_PAE,
  CR4_PCIDE,
  CR4_PGE,
  CR4_PKE,
  CR4_PSE,
  CR4_SMAP,
  CR4_SMEP,
  EFER_LMA,
  EFER_NXE,
  FLAG_AC,
  X86,
} from "../layout/x86";
import { EXEC_FAULT, EXEC_NEXT } from "../layout/x86_op";
import { STEPPING_EMULATE, STEPPING_WATCH } from "../layout/x86_system";
import { guestLoadPdptes } from "../hw/guest_walk";
import { linearFlushAll, linearFlushSpace, linearSwitchSpace, linViewBase } from "../hw/linear_tlb";
import { raiseGp } from "./exceptions";
import { checksAlignment } from "./linear";

const CR0_MODES: u64 = CR0_PG | CR0_WP;
const CR4_MODES: u64 = CR4_PSE | CR4_PAE | CR4_PGE | CR4_LA57 | CR4_PCIDE | CR4_SMEP | CR4_SMAP | CR4_PKE;
const EFER_MODES: u64 = EFER_LMA | EFER_NXE;
/** Where EFER's bits and PKRU go in X86.ltlbModes, beside those of CR0 (16, 31) and CR4 (4 to 22). */
const EFER_SHIFT: u64 = 14;
const PKRU_SHIFT: u64 = 32;
if (((EFER_MODES << EFER_SHIFT) & (CR0_MODES | CR4_MODES)) != 0)
  ERROR("ltlbModes: EFER's bits have places of their own");
if ((CR0_MODES & CR4_MODES) != 0) ERROR("ltlbModes: CR0's bits and CR4's differ");
/** MOV CR3 under CR4.PCIDE: what is cached of the new address space stays. */
const CR3_KEEP: u64 = (<u64>1) << 63;

/** CPL, CR0, CR4, EFER, EFLAGS.AC, PKRU or X86.stepping may have changed: see the head of this file. */
export function privilegeChanged(c: X86): void {
  const modes = modesOf(c);
  if (modes != c.ltlbModes) {
    c.ltlbModes = modes;
    linearFlushAll(c);
  }
  const view = viewOf(c);
  c.ltlbView = view;
  c.ltlbBase = linViewBase(c, view);
  const isSlow = (c.stepping & (STEPPING_EMULATE | STEPPING_WATCH)) != 0 || checksAlignment(c);
  c.ltlbTag = isSlow ? LTLB_TAG_NONE : c.ltlbSpace;
}

/** All that entries depend on, beside the view. */
// @ts-ignore: decorator
@inline
function modesOf(c: X86): u64 {
  const modes = (c.cr0 & CR0_MODES) | (c.cr4 & CR4_MODES) | ((c.efer & EFER_MODES) << EFER_SHIFT);
  return (c.cr4 & CR4_PKE) != 0 ? modes | (c.pkru << PKRU_SHIFT) : modes;
}

// @ts-ignore: decorator
@inline
function viewOf(c: X86): u32 {
  if (c.cpl == 3) return LTLB_VIEW_USER;
  const isBound = (c.cr4 & CR4_SMAP) != 0 && (c.flags & FLAG_AC) == 0;
  return isBound ? LTLB_VIEW_SMAP : LTLB_VIEW_SUPERVISOR;
}

/**
 * MOV CR3 with `value`, whose reserved bits have been checked: loads PAE's pointers if they are in use, sets X86.cr3, and
 * flushes the address space that is left or, under CR4.PCIDE, the one that is entered, unless bit 63 says no.
 * @ret EXEC_NEXT; EXEC_FAULT (#GP: a pointer has a reserved bit set) or EXEC_EXIT: nothing has changed
 */
export function cr3Load(c: X86, value: u64): i32 {
  const cr3 = value & ~CR3_KEEP;
  const status = pdptesReload(c, cr3);
  if (status != EXEC_NEXT) return status;
  c.cr3 = cr3;
  if ((c.cr4 & CR4_PCIDE) != 0 && (value & CR3_KEEP) != 0) linearSwitchSpace(c);
  else linearFlushSpace(c);
  return EXEC_NEXT;
}

/**
 * Loads PAE's page-directory-pointer registers from `cr3`, if CR0, CR4 and EFER ask for PAE paging: to be called when
 * one of CR0.CD, NW, PG or CR4.PAE, PGE, PSE, SMEP changes (Intel SDM, "PDPTE Registers"), with the new values in place.
 * @ret EXEC_NEXT; EXEC_FAULT (#GP is raised) or EXEC_EXIT: no pointer has changed, and the caller undoes what it did
 */
export function pdptesReload(c: X86, cr3: u64): i32 {
  if ((c.cr0 & CR0_PG) == 0 || (c.cr4 & CR4_PAE) == 0 || (c.efer & EFER_LMA) != 0) return EXEC_NEXT;
  const status = guestLoadPdptes(c, cr3);
  return status == EXEC_FAULT ? raiseGp(c, 0) : status;
}
