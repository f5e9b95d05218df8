/**
 * System-management mode: SMI and RSM, with the state-save map of AMD64 ("SMRAM State-Save Area", AMD APM, volume 2),
 * as KVM lays it out for 64-bit guests.
 *
 * SMRAM is address space 1 of the VM, which the run loop switches to: SMI saves the state in X86's scratch and sets
 * X86.smm; once Vcpu.asId has followed, smmSwitched writes it to memory. RSM reads all of it before it changes
 * anything. Memory is physical in both: paging is off after SMI, and RSM switches it off to read.
 *
 * An SMI that falls between the halves of an INS waits until that is done; I/O instructions are not restarted.
 */

import { EXEC_NEXT, EXEC_REFETCH, EXEC_STOP, Op } from "../../layout/x86_op";
import { KVM_EXIT_SHUTDOWN } from "../../layout/exits";
import { Vcpu } from "../../layout/vcpu";
import {
  CR0_PE,
  CR0_EM,
  CR0_PG,
  CR0_TS,
  CR4_PCIDE,
  EFER_LMA,
  EFER_LME,
  FLAG_FIXED,
  FLAG_VM,
  SEG_CS,
  SEG_G,
  SEG_GS,
  SEG_LDTR,
  SEG_SS,
  SEG_TR,
  SEG_UNUSABLE,
  X86,
  X86_SCRATCH,
} from "../../layout/x86";
import { DR7_FIXED } from "../../layout/x86_system";
import { segmentOf } from "../address";
import { raiseUd } from "../exceptions";
import { flagsRead, flagsWrite } from "../flags";
import { sysRead, sysWrite } from "../memory";
import { pdptesReload, privilegeChanged } from "../privilege";
import { opNextRip } from "../rip";
import { cr4Defined } from "./control";
import { debugFollowDr7 } from "./debug";
import { dplOf } from "./descriptor";
import { steppingFollowTf } from "./flags_system";
import { codeModeSet } from "./modes";
import { ATTRIBUTES_REAL } from "./segments";

/** The map is the end of the 64 KiB from SMBASE on; offsets below are into it. */
const MAP_OFFSET: u64 = 0xfe00;
const MAP_BYTES: u32 = 512;
const ENTRY_OFFSET: u64 = 0x8000;
/** Six segment registers, then GDTR, LDTR, IDTR, TR: selector, attributes, limit, base in 16 bytes. */
const MAP_SEGMENTS: u32 = 0x00;
const MAP_GDTR: u32 = 0x60;
const MAP_LDTR: u32 = 0x70;
const MAP_IDTR: u32 = 0x80;
const MAP_TR: u32 = 0x90;
const MAP_NMI_MASKED: u32 = 0xca;
const MAP_SHADOW: u32 = 0xcb;
const MAP_EFER: u32 = 0xd0;
const MAP_REVISION: u32 = 0xfc;
const MAP_SMBASE: u32 = 0x100;
const MAP_CR4: u32 = 0x148;
const MAP_CR3: u32 = 0x150;
const MAP_CR0: u32 = 0x158;
const MAP_DR7: u32 = 0x160;
const MAP_DR6: u32 = 0x168;
const MAP_RFLAGS: u32 = 0x170;
const MAP_RIP: u32 = 0x178;
/** R15 first, RAX last. */
const MAP_REGISTERS: u32 = 0x180;
/** The format, and that SMBASE can be relocated. */
const REVISION: u32 = 0x20064;
/** Attributes as the map packs them: bits 15:12 of a segment's follow bit 7. */
const MAP_ATTRIBUTES: u32 = 0xfff;

/** X86.smmSwitch: the address space is to change, and on entry the image waits to be stored in the new one. */
const SMM_STORE: u32 = 1;
const SMM_LEFT: u32 = 2;

// @ts-ignore: decorator
@inline
function image(c: X86, offset: u32): usize {
  return changetype<usize>(c) + X86_SCRATCH + offset;
}

/** SMI: the state goes to the scratch, and SMM begins. @ret EXEC_REFETCH */
export function smmEnter(c: X86): i32 {
  c.smiPending = 0;
  imageSave(c);
  c.smm = 1;
  c.smmSwitch = SMM_STORE;
  c.nmiMasked = 1;
  c.inhibit = 0;
  flagsWrite(c, FLAG_FIXED, u64.MAX_VALUE);
  c.cr0 &= ~(CR0_PE | CR0_EM | CR0_TS | CR0_PG);
  c.cr4 = 0;
  c.efer = 0;
  c.dr7 = DR7_FIXED;
  c.idtBase = 0;
  c.idtLimit = 0;
  for (let seg: u32 = 0; seg <= SEG_GS; seg++) {
    const segment = segmentOf(c, seg);
    segment.selector = 0;
    segment.base = 0;
    segment.limit = u32.MAX_VALUE;
    segment.attributes = ATTRIBUTES_REAL | SEG_G;
  }
  const cs = segmentOf(c, SEG_CS);
  cs.selector = <u16>(c.smbase >> 4);
  cs.base = c.smbase;
  c.rip = ENTRY_OFFSET;
  followState(c);
  return EXEC_REFETCH;
}

/** All that is derived from the registers. */
function followState(c: X86): void {
  c.cpl = (c.cr0 & CR0_PE) == 0 ? 0 : dplOf(segmentOf(c, SEG_SS).attributes);
  codeModeSet(c);
  steppingFollowTf(c);
  debugFollowDr7(c);
  privilegeChanged(c);
}

/** The address space has followed: on entry, writes the image to SMRAM. May be repeated. @ret EXEC_REFETCH when done */
export function smmSwitched(c: X86): i32 {
  if (c.smmSwitch == SMM_LEFT) {
    c.smmSwitch = 0;
    return EXEC_REFETCH;
  }
  const base = c.smbase + MAP_OFFSET;
  for (let at: u32 = 0; at < MAP_BYTES; at += 8) {
    const r = sysWrite<u64>(c, base + at, load<u64>(image(c, at)));
    if (r != EXEC_NEXT) return r;
  }
  c.smmSwitch = 0;
  return EXEC_REFETCH;
}

function imageSave(c: X86): void {
  memory.fill(image(c, 0), 0, MAP_BYTES);
  for (let seg: u32 = 0; seg <= SEG_GS; seg++) segmentSave(c, seg, MAP_SEGMENTS + (seg << 4));
  segmentSave(c, SEG_LDTR, MAP_LDTR);
  segmentSave(c, SEG_TR, MAP_TR);
  store<u32>(image(c, MAP_GDTR + 4), c.gdtLimit);
  store<u64>(image(c, MAP_GDTR + 8), c.gdtBase);
  store<u32>(image(c, MAP_IDTR + 4), c.idtLimit);
  store<u64>(image(c, MAP_IDTR + 8), c.idtBase);
  store<u8>(image(c, MAP_NMI_MASKED), <u8>c.nmiMasked);
  const isShadow = c.inhibit != 0 && c.rip == c.inhibitRip;
  store<u8>(image(c, MAP_SHADOW), isShadow ? <u8>c.inhibit : 0);
  store<u64>(image(c, MAP_EFER), c.efer);
  store<u32>(image(c, MAP_REVISION), REVISION);
  store<u32>(image(c, MAP_SMBASE), <u32>c.smbase);
  store<u64>(image(c, MAP_CR4), c.cr4);
  store<u64>(image(c, MAP_CR3), c.cr3);
  store<u64>(image(c, MAP_CR0), c.cr0);
  store<u64>(image(c, MAP_DR7), c.dr7);
  store<u64>(image(c, MAP_DR6), c.dr6);
  store<u64>(image(c, MAP_RFLAGS), flagsRead(c));
  store<u64>(image(c, MAP_RIP), c.rip);
  for (let n: u32 = 0; n < 16; n++) {
    store<u64>(image(c, MAP_REGISTERS + ((15 - n) << 3)), load<u64>(changetype<usize>(c) + (n << 3)));
  }
}

function segmentSave(c: X86, seg: u32, at: u32): void {
  const segment = segmentOf(c, seg);
  const attributes = segment.attributes;
  const isUsable = (attributes & SEG_UNUSABLE) == 0;
  store<u16>(image(c, at), segment.selector);
  // An unusable one is one that is not present.
  const packed = (attributes & 0xff) | ((attributes >> 4) & 0xf00);
  store<u16>(image(c, at + 2), isUsable ? <u16>packed : <u16>(packed & ~0x80));
  store<u32>(image(c, at + 4), segment.limit);
  store<u64>(image(c, at + 8), segment.base);
}

function segmentRestore(c: X86, seg: u32, at: u32): void {
  const segment = segmentOf(c, seg);
  const packed: u32 = load<u16>(image(c, at + 2)) & MAP_ATTRIBUTES;
  segment.selector = load<u16>(image(c, at));
  segment.attributes = (packed & 0xff) | ((packed & 0xf00) << 4) | ((packed & 0x80) == 0 ? SEG_UNUSABLE : 0);
  segment.limit = load<u32>(image(c, at + 4));
  segment.base = load<u64>(image(c, at + 8));
}

/** Reads the map into the scratch, with paging off. */
function imageLoad(c: X86): i32 {
  const cr0 = c.cr0;
  c.cr0 = cr0 & ~CR0_PG;
  privilegeChanged(c);
  const base = c.smbase + MAP_OFFSET;
  let r = EXEC_NEXT;
  for (let at: u32 = 0; at < MAP_BYTES && r == EXEC_NEXT; at += 8) {
    r = sysRead<u64>(c, base + at);
    if (r == EXEC_NEXT) store<u64>(image(c, at), c.value0);
  }
  c.cr0 = cr0;
  privilegeChanged(c);
  return r;
}

/** RSM: back to where SMI came. What cannot be a state is a shutdown. */
export function rsm(c: X86, op: Op): i32 {
  if (c.smm == 0) return raiseUd(c);
  const r = imageLoad(c);
  if (r != EXEC_NEXT) return r;
  if (!isState(c)) {
    c.rip = opNextRip(c, op);
    changetype<Vcpu>(c.vcpu).exitReason = KVM_EXIT_SHUTDOWN;
    return EXEC_STOP;
  }
  imageRestore(c);
  c.smm = 0;
  c.smmSwitch = SMM_LEFT;
  followState(c);
  // PAE's page-directory pointers: those that SMI found are still there, unless the handler had its own.
  pdptesReload(c, c.cr3);
  return EXEC_REFETCH;
}

/** Whether CR0, CR4 and EFER of the image go together. */
function isState(c: X86): bool {
  const cr0 = load<u64>(image(c, MAP_CR0));
  const cr4 = load<u64>(image(c, MAP_CR4));
  const efer = load<u64>(image(c, MAP_EFER));
  if ((cr4 & ~cr4Defined(c)) != 0 || cr0 >> 32 != 0) return false;
  if ((cr0 & (CR0_PG | CR0_PE)) == CR0_PG) return false;
  const isLong = (efer & EFER_LME) != 0 && (cr0 & CR0_PG) != 0;
  return isLong == ((efer & EFER_LMA) != 0) && (isLong || (cr4 & CR4_PCIDE) == 0);
}

function imageRestore(c: X86): void {
  for (let n: u32 = 0; n < 16; n++) {
    store<u64>(changetype<usize>(c) + (n << 3), load<u64>(image(c, MAP_REGISTERS + ((15 - n) << 3))));
  }
  for (let seg: u32 = 0; seg <= SEG_GS; seg++) segmentRestore(c, seg, MAP_SEGMENTS + (seg << 4));
  segmentRestore(c, SEG_LDTR, MAP_LDTR);
  segmentRestore(c, SEG_TR, MAP_TR);
  c.gdtLimit = load<u32>(image(c, MAP_GDTR + 4));
  c.gdtBase = load<u64>(image(c, MAP_GDTR + 8));
  c.idtLimit = load<u32>(image(c, MAP_IDTR + 4));
  c.idtBase = load<u64>(image(c, MAP_IDTR + 8));
  c.nmiMasked = load<u8>(image(c, MAP_NMI_MASKED)) & 1;
  c.smbase = load<u32>(image(c, MAP_SMBASE));
  c.efer = load<u64>(image(c, MAP_EFER));
  c.cr4 = load<u64>(image(c, MAP_CR4));
  c.cr3 = load<u64>(image(c, MAP_CR3));
  c.cr0 = load<u64>(image(c, MAP_CR0));
  c.dr7 = load<u64>(image(c, MAP_DR7));
  c.dr6 = load<u64>(image(c, MAP_DR6));
  flagsWrite(c, load<u64>(image(c, MAP_RFLAGS)) & ~FLAG_VM, u64.MAX_VALUE);
  c.rip = load<u64>(image(c, MAP_RIP));
  c.inhibit = load<u8>(image(c, MAP_SHADOW));
  c.inhibitRip = c.rip;
}
