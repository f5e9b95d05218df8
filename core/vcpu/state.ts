/**
 * A vCPU's architectural state as a whole: KVM_GET_REGS and its kin, snapshots.
 *
 * Guarantee: an image that vcpuGetState made on one worker and vcpuSetState takes on another is the same vCPU, bit for
 * bit. A state that no processor can be in is refused, whole, with -EINVAL, and nothing changes.
 *
 * The image is an X86 whose RFLAGS is whole in X86.rflags, where the processor keeps lazy ones. What the processor derives
 * from its registers (code mode, privilege, translations, decoded instructions) is not taken from it, but derived anew.
 */

import { EBUSY, EINVAL } from "../layout/errno";
import { FSW_TOP_SHIFT, MXCSR_VALID } from "../layout/fpu";
import { Vcpu } from "../layout/vcpu";
import {
  CR0_CD,
  CR0_NW,
  CR0_PE,
  CR0_PG,
  CR4_PAE,
  CR4_PCIDE,
  EFER_LMA,
  EFER_LME,
  EXC_NONE,
  FLAG_VM,
  INHIBIT_MOV_SS,
  INHIBIT_STI,
  KVM_MP_STATE_SIPI_RECEIVED,
  SEG_CS,
  SEG_DB,
  SEG_L,
  SEG_SS,
  SEGMENT_BYTES,
  STATE_ALL,
  STATE_DEBUGREGS,
  STATE_EVENTS,
  STATE_FPU,
  STATE_MP_STATE,
  STATE_REGS,
  STATE_SREGS,
  STATE_XCRS,
  Segment,
  X86,
  X86_BYTES,
  X86_SCRATCH,
  X86_SCRATCH_BYTES,
  X86_SEGMENTS,
  X86_YMM,
} from "../layout/x86";
import {
  DELIVER_HAS_ERROR,
  DR6_FIXED,
  DR6_WRITABLE,
  DR7_FIXED,
  DR7_WRITABLE,
  EXC_KIND_NMI,
  IO_DATA_BYTES,
  IO_NONE,
  IO_OUT,
} from "../layout/x86_system";
import { segmentOf } from "../cpu/address";
import { flagsRead, flagsWrite } from "../cpu/flags";
import { XSAVE_BYTES, xrestoreFrom, xsaveTo } from "../cpu/fpu/xsave";
import { privilegeChanged } from "../cpu/privilege";
import { dplOf } from "../cpu/system/descriptor";
import { debugFollowDr7 } from "../cpu/system/debug";
import { steppingFollowTf } from "../cpu/system/flags_system";
import { xcr0IsValid } from "../cpu/system/misc";
import { codeModeSet } from "../cpu/system/modes";
import { linearFlushAll } from "../hw/linear_tlb";
import { aload32 } from "../sync/atomics";

const GENERAL_BYTES: usize = 16 * 8;
const ALL_FLAGS: u64 = ~0;
const EXCEPTIONS: u32 = 32;
const VECTORS: u32 = 256;
const MAX_PORT: u32 = 0xffff;
/** In the status word; X86.fpuTop has it. */
const FSW_TOP: u32 = 7 << FSW_TOP_SHIFT;

/**
 * Copies the state of `vcpu`, which is at rest, to the frame at `image`.
 * @ret 0, or -EBUSY: it runs
 */
export function vcpuGetState(vcpu: Vcpu, image: usize): i32 {
  if (aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("running")) != 0) return -EBUSY;
  const c = changetype<X86>(vcpu.x86);
  memory.copy(image, changetype<usize>(c), X86_BYTES);
  changetype<X86>(image).rflags = flagsRead(c);
  return 0;
}

/**
 * Takes over the parts of the state that `what` (STATE_*) names from the frame at `image`.
 * @ret 0, or -EBUSY: it runs; -EINVAL: no processor can be in that state, or `what` is unknown
 */
export function vcpuSetState(vcpu: Vcpu, image: usize, what: u32): i32 {
  if (aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("running")) != 0) return -EBUSY;
  if ((what & ~STATE_ALL) != 0) return -EINVAL;
  const c = changetype<X86>(vcpu.x86);
  const from = changetype<X86>(image);
  if ((what & STATE_SREGS) != 0 && !isSregsValid(from)) return -EINVAL;
  if ((what & STATE_REGS) != 0 && (from.rflags & FLAG_VM) != 0) return -EINVAL;
  if ((what & STATE_XCRS) != 0 && !xcr0IsValid(c, from.xcr0)) return -EINVAL;
  if ((what & STATE_EVENTS) != 0 && !(areEventsValid(from) && isPortAccessValid(from))) return -EINVAL;
  if ((what & STATE_FPU) != 0 && !isFpuValid(from)) return -EINVAL;
  if ((what & STATE_MP_STATE) != 0 && from.mpState > KVM_MP_STATE_SIPI_RECEIVED) return -EINVAL;
  if ((what & STATE_REGS) != 0) setRegs(c, from);
  if ((what & STATE_SREGS) != 0) setSregs(c, from);
  if ((what & STATE_DEBUGREGS) != 0) setDebugRegs(c, from);
  if ((what & STATE_EVENTS) != 0) setEvents(c, from);
  if ((what & STATE_MP_STATE) != 0) c.mpState = from.mpState;
  if ((what & STATE_XCRS) != 0) c.xcr0 = from.xcr0;
  if ((what & STATE_FPU) != 0) setFpu(c, from);
  stateChanged(c);
  return 0;
}

/** What follows from the registers, derived anew. */
export function stateChanged(c: X86): void {
  codeModeSet(c);
  c.cpl = dplOf(segmentOf(c, SEG_SS).attributes);
  if (c.ltlbBlock != 0) {
    linearFlushAll(c);
    privilegeChanged(c);
  }
  steppingFollowTf(c);
  debugFollowDr7(c);
}

function setRegs(c: X86, from: X86): void {
  memory.copy(changetype<usize>(c), changetype<usize>(from), GENERAL_BYTES);
  c.rip = from.rip;
  flagsWrite(c, from.rflags, ALL_FLAGS);
}

function setSregs(c: X86, from: X86): void {
  memory.copy(at(c, X86_SEGMENTS), at(from, X86_SEGMENTS), 8 * SEGMENT_BYTES);
  c.gdtBase = from.gdtBase;
  c.gdtLimit = from.gdtLimit;
  c.idtBase = from.idtBase;
  c.idtLimit = from.idtLimit;
  c.cr0 = from.cr0;
  c.cr2 = from.cr2;
  c.cr3 = from.cr3;
  c.cr4 = from.cr4;
  c.cr8 = from.cr8;
  c.efer = from.efer;
  c.apicBase = from.apicBase;
  c.pdpte0 = from.pdpte0;
  c.pdpte1 = from.pdpte1;
  c.pdpte2 = from.pdpte2;
  c.pdpte3 = from.pdpte3;
}

function setDebugRegs(c: X86, from: X86): void {
  c.dr0 = from.dr0;
  c.dr1 = from.dr1;
  c.dr2 = from.dr2;
  c.dr3 = from.dr3;
  c.dr6 = (from.dr6 & DR6_WRITABLE) | DR6_FIXED;
  c.dr7 = (from.dr7 & DR7_WRITABLE) | DR7_FIXED;
}

function setEvents(c: X86, from: X86): void {
  c.excVector = from.excVector;
  c.excKind = from.excKind;
  c.excHasError = from.excHasError;
  c.excError = from.excError;
  c.excAddress = from.excAddress;
  c.delivering = from.delivering;
  c.deliverError = from.deliverError;
  c.deliverKind = from.deliverKind;
  c.deliverAddress = from.deliverAddress;
  c.pendingDb = from.pendingDb;
  c.inhibit = from.inhibit;
  c.inhibitRip = from.inhibitRip;
  c.irqPending = from.irqPending;
  c.nmiPending = from.nmiPending;
  c.nmiMasked = from.nmiMasked;
  c.smiPending = from.smiPending;
  c.initPending = from.initPending;
  c.sipiPending = from.sipiPending;
  c.smm = from.smm;
  c.ioState = from.ioState;
  c.ioPort = from.ioPort;
  c.ioSize = from.ioSize;
  c.ioIn = from.ioIn;
  c.ioCount = from.ioCount;
  c.ioDone = from.ioDone;
  c.taskPending = from.taskPending;
  c.smmSwitch = from.smmSwitch;
  c.watchHits = from.watchHits;
  memory.copy(at(c, X86_SCRATCH), at(from, X86_SCRATCH), X86_SCRATCH_BYTES);
}

function setFpu(c: X86, from: X86): void {
  memory.copy(at(c, X86_YMM), at(from, X86_YMM), X86_SCRATCH - X86_YMM);
  const first = <u32>offsetof<X86>("fcw");
  memory.copy(at(c, first), at(from, first), <u32>offsetof<X86>() - first);
}

/** Writes an XSAVE area with all components, in standard form, to `to`. @ret its bytes, or -EBUSY: it runs */
export function vcpuGetXsave(vcpu: Vcpu, to: usize): i32 {
  if (aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("running")) != 0) return -EBUSY;
  xsaveTo(changetype<X86>(vcpu.x86), to);
  return XSAVE_BYTES;
}

/** Takes over the area at `from`. @ret 0, or -EBUSY: it runs; -EINVAL: XRSTOR would refuse it, and nothing has changed */
export function vcpuSetXsave(vcpu: Vcpu, from: usize): i32 {
  if (aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("running")) != 0) return -EBUSY;
  return xrestoreFrom(changetype<X86>(vcpu.x86), from) ? 0 : -EINVAL;
}

// @ts-ignore: decorator
@inline
function at(c: X86, offset: u32): usize {
  return changetype<usize>(c) + offset;
}

/** What a processor refuses to have loaded together (Intel SDM, "Checks on Guest Control Registers, Debug Registers, and MSRs"). */
function isSregsValid(from: X86): bool {
  const isPaging = (from.cr0 & CR0_PG) != 0;
  if (isPaging && (from.cr0 & CR0_PE) == 0) return false;
  if ((from.cr0 & (CR0_NW | CR0_CD)) == CR0_NW) return false;
  if (from.cr0 >> 32 != 0) return false;
  const isLong = (from.efer & EFER_LMA) != 0;
  if (isLong != (isPaging && (from.efer & EFER_LME) != 0)) return false;
  if (isLong && (from.cr4 & CR4_PAE) == 0) return false;
  if (!isLong && (from.cr4 & CR4_PCIDE) != 0) return false;
  const cs = changetype<Segment>(at(from, X86_SEGMENTS + SEG_CS * SEGMENT_BYTES));
  const isCode64 = (cs.attributes & SEG_L) != 0;
  if (isCode64 && (cs.attributes & SEG_DB) != 0) return false;
  return isLong || !isCode64;
}

/** Events that the processor has: vectors, kinds and counts index its tables and its address spaces. */
function areEventsValid(from: X86): bool {
  if (from.excVector != EXC_NONE && (from.excVector >= EXCEPTIONS || from.excKind > EXC_KIND_NMI)) return false;
  if (from.delivering > VECTORS || (from.deliverKind & ~DELIVER_HAS_ERROR) > EXC_KIND_NMI) return false;
  if (from.irqPending > VECTORS || from.sipiPending > VECTORS) return false;
  if (from.inhibit > (INHIBIT_MOV_SS | INHIBIT_STI) || (from.pendingDb & ~DR6_WRITABLE) != 0) return false;
  return (from.smm | from.smiPending | from.initPending | from.nmiMasked | from.excHasError) <= 1;
}

/** The port access that waits for userspace, if one does: its data are in the scratch. */
function isPortAccessValid(from: X86): bool {
  if (from.ioState == IO_NONE) return true;
  if (from.ioState > IO_OUT || from.ioPort > MAX_PORT || from.ioDone > from.ioCount) return false;
  const size = from.ioSize;
  return (size == 1 || size == 2 || size == 4) && from.ioCount <= IO_DATA_BYTES / size;
}

function isFpuValid(from: X86): bool {
  return (
    from.fpuTop <= 7 && from.fpuEmpty <= 0xff && (<u32>from.fsw & FSW_TOP) == 0 && (from.mxcsr & ~MXCSR_VALID) == 0
  );
}
