/** The state of a processor after RESET and INIT, and what SIPI makes of it (Intel SDM, "Processor State After Reset"). */

import { EXEC_REFETCH } from "../../layout/x86_op";
import {
  CR0_CD,
  CR0_ET,
  CR0_NW,
  FLAG_FIXED,
  KVM_MP_STATE_INIT_RECEIVED,
  KVM_MP_STATE_RUNNABLE,
  EXC_NONE,
  SEG_CS,
  SEG_GS,
  SEG_LDTR,
  SEG_PRESENT,
  SEG_TR,
  X86,
  X86_YMM,
  YMM_SHIFT,
  X86_X87,
  X87_SHIFT,
} from "../../layout/x86";
import { DR6_FIXED, DR7_FIXED } from "../../layout/x86_system";
import { segmentOf } from "../address";
import { flagsWrite } from "../flags";
import { privilegeChanged } from "../privilege";
import { CPU_SIGNATURE } from "../cpuid";
import { msrReset } from "../msr";
import { debugFollowDr7 } from "./debug";
import { TYPE_BUSY, TYPE_LDT, TYPE_TSS32 } from "./descriptor";
import { codeModeSet } from "./modes";
import { ATTRIBUTES_REAL } from "./segments";
import { steppingFollowTf } from "./flags_system";

const RESET_RIP: u64 = 0xfff0;
const RESET_CS: u32 = 0xf000;
const RESET_CS_BASE: u64 = 0xffff0000;
const REAL_LIMIT: u32 = 0xffff;
const FCW_RESET: u16 = 0x40;
const MXCSR_RESET: u32 = 0x1f80;

/** RESET: all of it. The tables of CPUID stay. */
export function resetPowerOn(c: X86): void {
  c.cr0 = CR0_ET | CR0_NW | CR0_CD;
  c.smm = 0;
  c.smiPending = 0;
  c.nmiPending = 0;
  c.xcr0 = 1;
  c.fcw = FCW_RESET;
  c.fsw = 0;
  c.fpuTop = 0;
  c.fpuEmpty = 0;
  c.mxcsr = MXCSR_RESET;
  memory.fill(changetype<usize>(c) + X86_YMM, 0, 16 << YMM_SHIFT);
  memory.fill(changetype<usize>(c) + X86_X87, 0, 8 << X87_SHIFT);
  msrReset(c);
  resetCommon(c);
  c.mpState = KVM_MP_STATE_RUNNABLE;
}

/** What INIT resets too. */
function resetCommon(c: X86): void {
  memory.fill(changetype<usize>(c), 0, 16 << 3);
  c.rdx = CPU_SIGNATURE;
  flagsWrite(c, FLAG_FIXED, u64.MAX_VALUE);
  c.rip = RESET_RIP;
  for (let seg: u32 = 0; seg <= SEG_GS; seg++) segmentReset(c, seg, ATTRIBUTES_REAL);
  segmentReset(c, SEG_LDTR, SEG_PRESENT | TYPE_LDT);
  segmentReset(c, SEG_TR, SEG_PRESENT | TYPE_TSS32 | TYPE_BUSY);
  const cs = segmentOf(c, SEG_CS);
  cs.selector = <u16>RESET_CS;
  cs.base = RESET_CS_BASE;
  c.gdtBase = 0;
  c.gdtLimit = REAL_LIMIT;
  c.idtBase = 0;
  c.idtLimit = REAL_LIMIT;
  c.cr0 = (c.cr0 & (CR0_CD | CR0_NW)) | CR0_ET;
  c.cr2 = 0;
  c.cr3 = 0;
  c.cr4 = 0;
  c.cr8 = 0;
  c.efer = 0;
  c.pkru = 0;
  c.dr0 = 0;
  c.dr1 = 0;
  c.dr2 = 0;
  c.dr3 = 0;
  c.dr6 = DR6_FIXED;
  c.dr7 = DR7_FIXED;
  resetEvents(c);
  c.cpl = 0;
  debugFollowDr7(c);
  steppingFollowTf(c);
  codeModeSet(c);
  privilegeChanged(c);
}

function resetEvents(c: X86): void {
  c.excVector = EXC_NONE;
  c.delivering = 0;
  c.taskPending = 0;
  c.irqPending = 0;
  c.nmiMasked = 0;
  c.initPending = 0;
  c.sipiPending = 0;
  c.pendingDb = 0;
  c.inhibit = 0;
  c.ioState = 0;
}

function segmentReset(c: X86, seg: u32, attributes: u32): void {
  const segment = segmentOf(c, seg);
  segment.selector = 0;
  segment.base = 0;
  segment.limit = REAL_LIMIT;
  segment.attributes = attributes;
}

/** INIT: an application processor then waits for SIPI; the bootstrap processor starts at the reset vector. */
export function eventsInit(c: X86): i32 {
  const sipi = c.sipiPending;
  resetCommon(c);
  c.sipiPending = sipi;
  c.mpState = (c.apicBase & APIC_BASE_BSP) != 0 ? KVM_MP_STATE_RUNNABLE : KVM_MP_STATE_INIT_RECEIVED;
  return EXEC_REFETCH;
}
const APIC_BASE_BSP: u64 = 1 << 8;

/** SIPI: starts in real mode at page `vector` of memory. */
export function eventsSipi(c: X86): i32 {
  const vector = c.sipiPending - 1;
  c.sipiPending = 0;
  const cs = segmentOf(c, SEG_CS);
  cs.selector = <u16>(vector << 8);
  cs.base = <u64>(vector << 12);
  c.rip = 0;
  c.mpState = KVM_MP_STATE_RUNNABLE;
  return EXEC_REFETCH;
}
