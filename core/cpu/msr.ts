/**
 * Model-specific registers: what Linux and memory testers touch. Any other raises #GP, as does a value that the manual
 * forbids; RDMSR and WRMSR by userspace (KVM_GET_MSRS, KVM_SET_MSRS) come here too.
 *
 * The time-stamp counter counts nanoseconds of the host's clock, from X86.tscOffset on; in deterministic mode retired
 * instructions.
 */

import { hostNow } from "../layout/host";
import { CR0_PG, EFER_LMA, EFER_LME, EFER_NXE, EFER_SCE, SEG_FS, SEG_GS, X86, X86_MTRRS } from "../layout/x86";
import {
  CPU_HAS_ARCH_CAPABILITIES,
  CPU_HAS_LONG,
  CPU_HAS_MTRR,
  CPU_HAS_NX,
  CPU_HAS_PAT,
  CPU_HAS_RDPID,
  CPU_HAS_RDTSCP,
  CPU_HAS_SEP,
  CPU_HAS_SYSCALL,
  CPU_HAS_TSC_ADJUST,
  CPU_HAS_XSAVES,
  TSC_KHZ,
} from "../layout/x86_system";
import { Vcpu } from "../layout/vcpu";
import { segmentOf } from "./address";
import { isCanonical } from "./memory";
import { privilegeChanged } from "./privilege";

export const MSR_TSC: u32 = 0x10;
const MSR_PLATFORM_ID: u32 = 0x17;
const MSR_APIC_BASE: u32 = 0x1b;
const MSR_FEATURE_CONTROL: u32 = 0x3a;
export const MSR_TSC_ADJUST: u32 = 0x3b;
const MSR_BIOS_UPDATE: u32 = 0x79;
const MSR_BIOS_SIGN: u32 = 0x8b;
export const MSR_SMBASE: u32 = 0x9e;
const MSR_PLATFORM_INFO: u32 = 0xce;
const MSR_MTRR_CAP: u32 = 0xfe;
const MSR_ARCH_CAPABILITIES: u32 = 0x10a;
const MSR_SYSENTER_CS: u32 = 0x174;
const MSR_SYSENTER_ESP: u32 = 0x175;
const MSR_SYSENTER_EIP: u32 = 0x176;
const MSR_MCG_CAP: u32 = 0x179;
const MSR_MCG_STATUS: u32 = 0x17a;
const MSR_PERF_STATUS: u32 = 0x198;
const MSR_PERF_CTL: u32 = 0x199;
const MSR_THERM_STATUS: u32 = 0x19c;
const MSR_MISC_ENABLE: u32 = 0x1a0;
const MSR_TEMPERATURE_TARGET: u32 = 0x1a2;
const MSR_DEBUG_CTL: u32 = 0x1d9;
const MSR_MTRR_VARIABLE: u32 = 0x200;
const MSR_PAT: u32 = 0x277;
const MSR_MTRR_DEF_TYPE: u32 = 0x2ff;
const MSR_XSS: u32 = 0xda0;
const MSR_EFER: u32 = 0xc0000080;
const MSR_STAR: u32 = 0xc0000081;
const MSR_LSTAR: u32 = 0xc0000082;
const MSR_CSTAR: u32 = 0xc0000083;
const MSR_SFMASK: u32 = 0xc0000084;
const MSR_FS_BASE: u32 = 0xc0000100;
const MSR_GS_BASE: u32 = 0xc0000101;
const MSR_KERNEL_GS_BASE: u32 = 0xc0000102;
const MSR_TSC_AUX: u32 = 0xc0000103;

/** Fixed-range MTRRs come first in X86, then pairs of variable ones. */
const MTRR_FIXED: u32 = 11;
const MTRR_VARIABLE: u32 = 8;
const MTRR_NONE: u32 = 0xffffffff;
/** Eight variable ranges, fixed ranges, write-combining. */
const MTRR_CAP: u64 = MTRR_VARIABLE | (1 << 8) | (1 << 10);
const MTRR_DEF_TYPE_BITS: u64 = 0xcff;
/** Types of memory that are defined: UC, WC, WT, WP, WB; PAT has UC- too. */
const MEMORY_TYPES: u32 = (1 << 0) | (1 << 1) | (1 << 4) | (1 << 5) | (1 << 6);
const PAT_TYPES: u32 = MEMORY_TYPES | (1 << 7);
const PAT_RESET: u64 = 0x0007040600070406;
const FEATURE_CONTROL_LOCKED: u64 = 1;
/** Fast strings, and no BTS, no PEBS. */
const MISC_ENABLE_RESET: u64 = 1 | (1 << 11) | (1 << 12);
const MISC_ENABLE_WRITABLE: u64 = 0x400c51889;
const APIC_BASE_RESET: u64 = 0xfee00800;
const APIC_BASE_BSP: u64 = 1 << 8;
const APIC_BASE_BITS: u64 = 0x900;
const SMBASE_RESET: u64 = 0x30000;
/** 1 GHz in units of 100 MHz. */
const RATIO: u64 = TSC_KHZ / 100000;

/**
 * ARCH_CAPABILITIES: RDCL_NO, SKIP_L1DFL, SSB_NO, MDS_NO, PSCHANGE_MC_NO, TAA_NO, SBDR_SSDP_NO, FBSDP_NO,
 * PSDP_NO, BHI_NO, PBRSB_NO, GDS_NO, RFDS_NO, ITS_NO. Nothing is executed speculatively here.
 */
const ARCH_CAPABILITIES: u64 =
  (1 << 0) |
  (1 << 3) |
  (1 << 4) |
  (1 << 5) |
  (1 << 6) |
  (1 << 8) |
  (1 << 13) |
  (1 << 14) |
  (1 << 15) |
  (1 << 20) |
  (1 << 24) |
  (1 << 26) |
  (1 << 27) |
  ((<u64>1) << 62);

/** RESET. */
export function msrReset(c: X86): void {
  c.star = 0;
  c.lstar = 0;
  c.cstar = 0;
  c.sfmask = 0;
  c.kernelGsBase = 0;
  c.tscAux = 0;
  c.sysenterCs = 0;
  c.sysenterEsp = 0;
  c.sysenterEip = 0;
  c.pat = PAT_RESET;
  c.apicBase = APIC_BASE_RESET | (changetype<Vcpu>(c.vcpu).id == 0 ? APIC_BASE_BSP : 0);
  c.miscEnable = MISC_ENABLE_RESET;
  c.featureControl = FEATURE_CONTROL_LOCKED;
  c.smbase = SMBASE_RESET;
  c.debugCtl = 0;
  c.xss = 0;
  c.tscAdjust = 0;
  c.tscDeadline = 0;
  c.mtrrDefType = 0;
  memory.fill(changetype<usize>(c) + X86_MTRRS, 0, (MTRR_FIXED + 2 * MTRR_VARIABLE) << 3);
  tscWrite(c, 0, 0);
}

/** `blockCount`: Op.count of the instruction that asks, or 0 between instructions. */
function tscBase(c: X86, blockCount: u32): u64 {
  return c.deterministic != 0 ? c.retired + blockCount : <u64>hostNow();
}

/** The time-stamp counter. */
export function tscRead(c: X86, blockCount: u32): u64 {
  return tscBase(c, blockCount) + c.tscOffset;
}

function tscWrite(c: X86, value: u64, blockCount: u32): void {
  c.tscOffset = value - tscBase(c, blockCount);
}

function has(c: X86, feature: u64): bool {
  return (c.features & feature) != 0;
}

/** Where MTRR `msr` is in X86.mtrr*, or MTRR_NONE. */
function mtrrIndex(msr: u32): u32 {
  if (msr == 0x250) return 0;
  if (msr == 0x258 || msr == 0x259) return msr - 0x257;
  if (msr >= 0x268 && msr <= 0x26f) return msr - 0x265;
  const variable = msr - MSR_MTRR_VARIABLE;
  return variable < 2 * MTRR_VARIABLE ? MTRR_FIXED + variable : MTRR_NONE;
}

/** Reads `msr` into X86.value0. `blockCount`: see tscRead. @ret false: #GP(0) */
export function msrRead(c: X86, msr: u32, blockCount: u32): bool {
  const mtrr = mtrrIndex(msr);
  if (mtrr != MTRR_NONE) {
    c.value0 = load<u64>(changetype<usize>(c) + X86_MTRRS + (mtrr << 3));
    return has(c, CPU_HAS_MTRR);
  }
  if (msr >= MSR_EFER) return extendedRead(c, msr);
  if (modelRead(c, msr)) return true;
  switch (msr) {
    case MSR_TSC:
      c.value0 = tscRead(c, blockCount);
      return true;
    case MSR_APIC_BASE:
      c.value0 = c.apicBase;
      return true;
    case MSR_FEATURE_CONTROL:
      c.value0 = c.featureControl;
      return true;
    case MSR_TSC_ADJUST:
      c.value0 = c.tscAdjust;
      return has(c, CPU_HAS_TSC_ADJUST);
    case MSR_SMBASE:
      c.value0 = c.smbase;
      return c.smm != 0;
    case MSR_SYSENTER_CS:
      c.value0 = c.sysenterCs;
      return has(c, CPU_HAS_SEP);
    case MSR_SYSENTER_ESP:
      c.value0 = c.sysenterEsp;
      return has(c, CPU_HAS_SEP);
    case MSR_SYSENTER_EIP:
      c.value0 = c.sysenterEip;
      return has(c, CPU_HAS_SEP);
    case MSR_MISC_ENABLE:
      c.value0 = c.miscEnable;
      return true;
    case MSR_DEBUG_CTL:
      c.value0 = c.debugCtl;
      return true;
    case MSR_PAT:
      c.value0 = c.pat;
      return has(c, CPU_HAS_PAT);
    case MSR_MTRR_DEF_TYPE:
      c.value0 = c.mtrrDefType;
      return has(c, CPU_HAS_MTRR);
    case MSR_XSS:
      c.value0 = c.xss;
      return has(c, CPU_HAS_XSAVES);
  }
  return false;
}

/** Registers that always say the same. */
function modelRead(c: X86, msr: u32): bool {
  c.value0 = 0;
  switch (msr) {
    case MSR_PLATFORM_ID:
    case MSR_MCG_CAP:
    case MSR_MCG_STATUS:
    case MSR_THERM_STATUS:
    case MSR_PERF_CTL:
      return true;
    case MSR_BIOS_SIGN:
      c.value0 = (<u64>1) << 32; // microcode revision
      return true;
    case MSR_PLATFORM_INFO:
    case MSR_PERF_STATUS:
      c.value0 = RATIO << 8;
      return true;
    case MSR_TEMPERATURE_TARGET:
      c.value0 = 100 << 16;
      return true;
    case MSR_MTRR_CAP:
      c.value0 = MTRR_CAP;
      return has(c, CPU_HAS_MTRR);
    case MSR_ARCH_CAPABILITIES:
      c.value0 = ARCH_CAPABILITIES;
      return has(c, CPU_HAS_ARCH_CAPABILITIES);
  }
  return false;
}

function extendedRead(c: X86, msr: u32): bool {
  switch (msr) {
    case MSR_EFER:
      c.value0 = c.efer;
      return has(c, CPU_HAS_LONG | CPU_HAS_NX | CPU_HAS_SYSCALL);
    case MSR_STAR:
      c.value0 = c.star;
      return has(c, CPU_HAS_SYSCALL);
    case MSR_LSTAR:
      c.value0 = c.lstar;
      return has(c, CPU_HAS_LONG);
    case MSR_CSTAR:
      c.value0 = c.cstar;
      return has(c, CPU_HAS_LONG);
    case MSR_SFMASK:
      c.value0 = c.sfmask;
      return has(c, CPU_HAS_SYSCALL);
    case MSR_FS_BASE:
      c.value0 = segmentOf(c, SEG_FS).base;
      return has(c, CPU_HAS_LONG);
    case MSR_GS_BASE:
      c.value0 = segmentOf(c, SEG_GS).base;
      return has(c, CPU_HAS_LONG);
    case MSR_KERNEL_GS_BASE:
      c.value0 = c.kernelGsBase;
      return has(c, CPU_HAS_LONG);
    case MSR_TSC_AUX:
      c.value0 = c.tscAux;
      return has(c, CPU_HAS_RDTSCP | CPU_HAS_RDPID);
  }
  return false;
}

/** Writes `msr`. `blockCount`: see tscRead. @ret false: #GP(0), and nothing has changed */
export function msrWrite(c: X86, msr: u32, value: u64, blockCount: u32): bool {
  // Whatever can be written can be read, but for the trigger of microcode updates.
  if (msr != MSR_BIOS_UPDATE && !msrRead(c, msr, blockCount)) return false;
  const mtrr = mtrrIndex(msr);
  if (mtrr != MTRR_NONE) return mtrrWrite(c, mtrr, value);
  if (msr >= MSR_EFER) return extendedWrite(c, msr, value);
  switch (msr) {
    case MSR_TSC:
      const before = c.tscOffset;
      tscWrite(c, value, blockCount);
      c.tscAdjust += c.tscOffset - before;
      return true;
    case MSR_APIC_BASE:
      return apicBaseWrite(c, value);
    case MSR_TSC_ADJUST:
      c.tscOffset += value - c.tscAdjust;
      c.tscAdjust = value;
      return true;
    case MSR_BIOS_UPDATE:
    case MSR_BIOS_SIGN:
    case MSR_MCG_STATUS:
    case MSR_PERF_CTL:
      return true; // no effect
    case MSR_SYSENTER_CS:
      c.sysenterCs = value & 0xffffffff;
      return true;
    case MSR_SYSENTER_ESP:
      if (!isCanonical(c, value)) return false;
      c.sysenterEsp = value;
      return true;
    case MSR_SYSENTER_EIP:
      if (!isCanonical(c, value)) return false;
      c.sysenterEip = value;
      return true;
    case MSR_MISC_ENABLE:
      if ((value & ~MISC_ENABLE_WRITABLE) != 0) return false;
      c.miscEnable = value;
      return true;
    case MSR_DEBUG_CTL:
      // No last-branch records, no single-stepping of branches.
      return value == 0;
    case MSR_PAT:
      if (!areTypes(value, PAT_TYPES)) return false;
      c.pat = value;
      return true;
    case MSR_MTRR_DEF_TYPE:
      if ((value & ~MTRR_DEF_TYPE_BITS) != 0 || !isType(<u32>value & 0xff, MEMORY_TYPES)) return false;
      c.mtrrDefType = value;
      return true;
    case MSR_XSS:
      return value == 0;
  }
  return false;
}

/** The local APIC: it can be moved and switched off; which processor is the first cannot be changed. */
function apicBaseWrite(c: X86, value: u64): bool {
  const address = (((<u64>1) << c.maxPhyAddr) - 1) & ~0xfff;
  if ((value & ~(address | APIC_BASE_BITS)) != 0) return false;
  c.apicBase = (value & ~APIC_BASE_BSP) | (c.apicBase & APIC_BASE_BSP);
  return true;
}

// @ts-ignore: decorator
@inline
function isType(type: u32, types: u32): bool {
  return type < 8 && ((types >> type) & 1) != 0;
}

/** Whether each byte of `value` is one of `types`. */
function areTypes(value: u64, types: u32): bool {
  for (let shift: u64 = 0; shift < 64; shift += 8) if (!isType(<u32>(value >> shift) & 0xff, types)) return false;
  return true;
}

function mtrrWrite(c: X86, index: u32, value: u64): bool {
  if (index < MTRR_FIXED) {
    if (!areTypes(value, MEMORY_TYPES)) return false;
  } else {
    const address = (((<u64>1) << c.maxPhyAddr) - 1) & ~0xfff;
    const isMask = ((index - MTRR_FIXED) & 1) != 0;
    if ((value & ~(address | (isMask ? 0x800 : 0xff))) != 0) return false;
    if (!isMask && !isType(<u32>value & 0xff, MEMORY_TYPES)) return false;
  }
  store<u64>(changetype<usize>(c) + X86_MTRRS + (index << 3), value);
  return true;
}

function extendedWrite(c: X86, msr: u32, value: u64): bool {
  switch (msr) {
    case MSR_EFER:
      return eferWrite(c, value);
    case MSR_STAR:
      c.star = value;
      return true;
    case MSR_LSTAR:
      if (!isCanonical(c, value)) return false;
      c.lstar = value;
      return true;
    case MSR_CSTAR:
      if (!isCanonical(c, value)) return false;
      c.cstar = value;
      return true;
    case MSR_SFMASK:
      if (value >> 32 != 0) return false;
      c.sfmask = value;
      return true;
    case MSR_FS_BASE:
      if (!isCanonical(c, value)) return false;
      segmentOf(c, SEG_FS).base = value;
      return true;
    case MSR_GS_BASE:
      if (!isCanonical(c, value)) return false;
      segmentOf(c, SEG_GS).base = value;
      return true;
    case MSR_KERNEL_GS_BASE:
      if (!isCanonical(c, value)) return false;
      c.kernelGsBase = value;
      return true;
    case MSR_TSC_AUX:
      if (value >> 32 != 0) return false;
      c.tscAux = value;
      return true;
  }
  return false;
}

/** EFER: LMA is the processor's; LME cannot change while paging is on. */
function eferWrite(c: X86, value: u64): bool {
  let defined: u64 = EFER_LMA;
  if (has(c, CPU_HAS_SYSCALL)) defined |= EFER_SCE;
  if (has(c, CPU_HAS_LONG)) defined |= EFER_LME;
  if (has(c, CPU_HAS_NX)) defined |= EFER_NXE;
  if ((value & ~defined) != 0) return false;
  if ((c.cr0 & CR0_PG) != 0 && ((value ^ c.efer) & EFER_LME) != 0) return false;
  c.efer = (value & ~EFER_LMA) | (c.efer & EFER_LMA);
  privilegeChanged(c);
  return true;
}
