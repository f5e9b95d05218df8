/**
 * Control registers: MOV CR, LMSW, SMSW, CLTS, and INVLPG, INVPCID (Intel SDM, "Control Registers", "Mode Switching").
 * A value is checked against all that it implies, and page-directory pointers are loaded, before the register changes.
 */

import { EXEC_FAULT, EXEC_NEXT, EXEC_REFETCH, Op, OP_MEM } from "../../layout/x86_op";
import { HW_READ, HW_WRITE } from "../../layout/hw";
import {
  CODE_64,
  CR0_AM,
  CR0_CD,
  CR0_EM,
  CR0_ET,
  CR0_MP,
  CR0_NE,
  CR0_NW,
  CR0_PE,
  CR0_PG,
  CR0_TS,
  CR0_WP,
  CR4_DE,
  CR4_FSGSBASE,
  CR4_LA57,
  CR4_MCE,
  CR4_OSFXSR,
  CR4_OSXMMEXCPT,
  CR4_OSXSAVE,
  CR4_PAE,
  CR4_PCE,
  CR4_PCIDE,
  CR4_PGE,
  CR4_PKE,
  CR4_PSE,
  CR4_SMAP,
  CR4_SMEP,
  CR4_TSD,
  CR4_UMIP,
  EFER_LMA,
  EFER_LME,
  SEG_CS,
  SEG_L,
  X86,
} from "../../layout/x86";
import {
  CPU_HAS_DE,
  CPU_HAS_FSGSBASE,
  CPU_HAS_FXSR,
  CPU_HAS_LA57,
  CPU_HAS_MCE,
  CPU_HAS_PAE,
  CPU_HAS_PCID,
  CPU_HAS_PGE,
  CPU_HAS_PKU,
  CPU_HAS_PSE,
  CPU_HAS_SMAP,
  CPU_HAS_SMEP,
  CPU_HAS_SSE,
  CPU_HAS_TSC,
  CPU_HAS_UMIP,
  CPU_HAS_XSAVE,
} from "../../layout/x86_system";
import { opAddress, opAddressSized, segmentOf } from "../address";
import { isRaised, raiseGp, raiseUd } from "../exceptions";
import { isCanonical, memRead, memRead16, memWrite } from "../memory";
import { regRead, regWrite } from "../operands";
import { cr3Load, pdptesReload, privilegeChanged } from "../privilege";
import { opNextRip } from "../rip";
import { linearFlushAll, linearFlushNonGlobal, linearFlushPage, linearFlushPcid } from "../../hw/linear_tlb";
import { codeModeSet, isLong } from "./modes";

const CR0_DEFINED: u64 =
  CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG;
/** What reloads PAE's page-directory pointers when it changes. */
const CR0_PDPTR: u64 = CR0_CD | CR0_NW | CR0_PG;
const CR4_PDPTR: u64 = CR4_PAE | CR4_PGE | CR4_PSE | CR4_SMEP;
const CR3_PCID: u64 = 0xfff;
const CR3_KEEP: u64 = (<u64>1) << 63;
/** LMSW writes these, and cannot clear the first. */
const MSW: u64 = CR0_PE | CR0_MP | CR0_EM | CR0_TS;

/** Bits of CR4 that features bring. */
export function cr4Defined(c: X86): u64 {
  let bits: u64 = CR4_PCE;
  const f = c.features;
  if ((f & CPU_HAS_TSC) != 0) bits |= CR4_TSD;
  if ((f & CPU_HAS_DE) != 0) bits |= CR4_DE;
  if ((f & CPU_HAS_PSE) != 0) bits |= CR4_PSE;
  if ((f & CPU_HAS_PAE) != 0) bits |= CR4_PAE;
  if ((f & CPU_HAS_MCE) != 0) bits |= CR4_MCE;
  if ((f & CPU_HAS_PGE) != 0) bits |= CR4_PGE;
  if ((f & CPU_HAS_FXSR) != 0) bits |= CR4_OSFXSR;
  if ((f & CPU_HAS_SSE) != 0) bits |= CR4_OSXMMEXCPT;
  if ((f & CPU_HAS_UMIP) != 0) bits |= CR4_UMIP;
  if ((f & CPU_HAS_LA57) != 0) bits |= CR4_LA57;
  if ((f & CPU_HAS_FSGSBASE) != 0) bits |= CR4_FSGSBASE;
  if ((f & CPU_HAS_PCID) != 0) bits |= CR4_PCIDE;
  if ((f & CPU_HAS_XSAVE) != 0) bits |= CR4_OSXSAVE;
  if ((f & CPU_HAS_SMEP) != 0) bits |= CR4_SMEP;
  if ((f & CPU_HAS_SMAP) != 0) bits |= CR4_SMAP;
  if ((f & CPU_HAS_PKU) != 0) bits |= CR4_PKE;
  return bits;
}

/** Bits of CR3 that must be 0 in IA-32e mode. */
export function cr3Reserved(c: X86): u64 {
  return ~(((<u64>1) << c.maxPhyAddr) - 1);
}

/** MOV r, CRn. */
export function movFromCr(c: X86, op: Op): i32 {
  const number: u32 = op.reg;
  if (number > 4 && number != 8) return raiseUd(c);
  if (number == 1) return raiseUd(c);
  if (c.cpl != 0) return raiseGp(c, 0);
  const value = number == 0 ? c.cr0 : number == 2 ? c.cr2 : number == 3 ? c.cr3 : number == 4 ? c.cr4 : c.cr8;
  if (c.codeMode == CODE_64) regWrite<u64>(c, op.rm, value);
  else regWrite<u32>(c, op.rm, <u32>value);
  return EXEC_NEXT;
}

/** MOV CRn, r. */
export function movToCr(c: X86, op: Op): i32 {
  const number: u32 = op.reg;
  if (number == 1 || (number > 4 && number != 8)) return raiseUd(c);
  if (c.cpl != 0) return raiseGp(c, 0);
  const value = c.codeMode == CODE_64 ? regRead<u64>(c, op.rm) : <u64>regRead<u32>(c, op.rm);
  if (number == 2) {
    c.cr2 = value;
    return EXEC_NEXT;
  }
  if (number == 8) {
    if ((value & ~(<u64>0xf)) != 0) return raiseGp(c, 0);
    c.cr8 = value;
    return EXEC_NEXT;
  }
  const next = opNextRip(c, op);
  const r = number == 0 ? cr0Set(c, value) : number == 3 ? cr3Set(c, value) : cr4Set(c, value);
  if (r != EXEC_NEXT) return r;
  c.rip = next;
  return EXEC_REFETCH;
}

/** Changes CR0, and with it EFER.LMA. @ret EXEC_NEXT, or nothing has changed */
export function cr0Set(c: X86, value: u64): i32 {
  if (value >> 32 != 0) return raiseGp(c, 0);
  if ((value & (CR0_PG | CR0_PE)) == CR0_PG) return raiseGp(c, 0);
  if ((value & (CR0_NW | CR0_CD)) == CR0_NW) return raiseGp(c, 0);
  const before = c.cr0;
  const after = (value & CR0_DEFINED) | CR0_ET;
  const changed = before ^ after;
  const efer = c.efer;
  if ((changed & CR0_PG) != 0) {
    const isWrong = (after & CR0_PG) != 0 ? !mayEnablePaging(c) : !mayDisablePaging(c);
    if (isWrong) return raiseGp(c, 0);
  }
  c.cr0 = after;
  if ((changed & CR0_PG) != 0 && (efer & EFER_LME) != 0) c.efer = efer ^ EFER_LMA;
  if ((changed & CR0_PDPTR) != 0) {
    const r = pdptesReload(c, c.cr3);
    if (r != EXEC_NEXT) {
      c.cr0 = before;
      c.efer = efer;
      return r;
    }
  }
  codeModeSet(c);
  privilegeChanged(c);
  return EXEC_NEXT;
}

/** IA-32e mode needs PAE, and begins in compatibility mode. */
function mayEnablePaging(c: X86): bool {
  if ((c.efer & EFER_LME) == 0) return true;
  return (c.cr4 & CR4_PAE) != 0 && (segmentOf(c, SEG_CS).attributes & SEG_L) == 0;
}

function mayDisablePaging(c: X86): bool {
  return (c.cr4 & CR4_PCIDE) == 0 && c.codeMode != CODE_64;
}

function cr3Set(c: X86, value: u64): i32 {
  if (isLong(c)) {
    const checked = (c.cr4 & CR4_PCIDE) != 0 ? value & ~CR3_KEEP : value;
    if ((checked & cr3Reserved(c)) != 0) return raiseGp(c, 0);
  }
  return cr3Load(c, value);
}

/** Changes CR4. @ret EXEC_NEXT, or nothing has changed */
export function cr4Set(c: X86, value: u64): i32 {
  if ((value & ~cr4Defined(c)) != 0) return raiseGp(c, 0);
  const before = c.cr4;
  const changed = before ^ value;
  if (isLong(c) && ((value & CR4_PAE) == 0 || (changed & CR4_LA57) != 0)) return raiseGp(c, 0);
  if ((changed & value & CR4_PCIDE) != 0 && (!isLong(c) || (c.cr3 & CR3_PCID) != 0)) return raiseGp(c, 0);
  c.cr4 = value;
  if ((changed & CR4_PDPTR) != 0) {
    const r = pdptesReload(c, c.cr3);
    if (r != EXEC_NEXT) {
      c.cr4 = before;
      return r;
    }
  }
  privilegeChanged(c);
  return EXEC_NEXT;
}

/** LMSW. */
export function lmsw(c: X86, op: Op): i32 {
  if (c.cpl != 0) return raiseGp(c, 0);
  let value: u64;
  if ((op.flags & OP_MEM) != 0) {
    const r = memRead<u16>(c, op, opAddress<u16>(c, op, HW_READ));
    if (r != EXEC_NEXT) return r;
    value = c.value0;
  } else value = <u64>regRead<u16>(c, op.rm);
  const next = opNextRip(c, op);
  const r = cr0Set(c, (c.cr0 & ~(MSW & ~CR0_PE)) | (value & MSW));
  if (r != EXEC_NEXT) return r;
  c.rip = next;
  return EXEC_REFETCH;
}

/** SMSW: registers get as much of CR0 as they have bits, memory the lower word. */
export function smsw<T extends number>(c: X86, op: Op): i32 {
  if ((c.cr4 & CR4_UMIP) != 0 && c.cpl != 0) return raiseGp(c, 0);
  if ((op.flags & OP_MEM) != 0) return memWrite<u16>(c, op, opAddress<u16>(c, op, HW_WRITE), <u16>c.cr0);
  regWrite<T>(c, op.rm, <T>c.cr0);
  return EXEC_NEXT;
}

export function clts(c: X86, op: Op): i32 {
  if (c.cpl != 0) return raiseGp(c, 0);
  c.cr0 &= ~CR0_TS;
  return EXEC_NEXT;
}

/** INVLPG. */
export function invlpg(c: X86, op: Op): i32 {
  if (c.cpl != 0) return raiseGp(c, 0);
  // An address that is not canonical is no error here, and in no TLB.
  const linear = opAddressSized(c, op, 1, 0);
  if (isRaised(c)) return EXEC_FAULT;
  linearFlushPage(c, linear);
  c.rip = opNextRip(c, op);
  return EXEC_REFETCH;
}

/** INVPCID: the type in a register, PCID and linear address in memory. */
export function invpcid(c: X86, op: Op): i32 {
  if (c.cpl != 0) return raiseGp(c, 0);
  const type = c.codeMode == CODE_64 ? regRead<u64>(c, op.reg) : <u64>regRead<u32>(c, op.reg);
  const r = memRead16(c, op, opAddressSized(c, op, 16, HW_READ));
  if (r != EXEC_NEXT) return r;
  const pcid = c.value0;
  const linear = c.value1;
  if (type > 3 || (type < 2 && pcid >> 12 != 0)) return raiseGp(c, 0);
  if (type < 2 && pcid != 0 && (c.cr4 & CR4_PCIDE) == 0) return raiseGp(c, 0);
  if (type == 0 && !isCanonical(c, linear)) return raiseGp(c, 0);
  if (type == 0) linearFlushPage(c, linear);
  else if (type == 1) linearFlushPcid(c, <u32>pcid);
  else if (type == 2) linearFlushAll(c);
  else linearFlushNonGlobal(c);
  c.rip = opNextRip(c, op);
  return EXEC_REFETCH;
}
