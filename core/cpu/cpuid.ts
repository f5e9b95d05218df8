/**
 * CPUID: the table that the VMM has set (KVM_SET_CPUID2), or else the default model; and the features that instructions
 * ask for, which are read from the answers, so that a VMM takes a feature away by clearing its bit.
 *
 * The default model: GenuineIntel, family 6, model 8FH, stepping 8, at 1 GHz; x86-64-v2 and what FEATURES lists with it,
 * 46 bits of physical and 57 of linear addresses; one thread per package, no caches told of, no performance counters;
 * ARCH_CAPABILITIES says that it has none of the known weaknesses (core/cpu/msr.ts). Leaf 40000000H names KVM, without
 * paravirtual features; leaf 40000010H tells the frequency of the TSC.
 */

import { CODE_64, CR4_OSXSAVE, CR4_PKE, X86 } from "../layout/x86";
import {
  CPU_HAS_AVX,
  CPU_HAS_AVX2,
  CPU_HAS_MONITOR,
  CPU_HAS_TSC_DEADLINE,
  CPU_HAS_VME,
  CPU_HAS_X2APIC,
  CPU_HAS_XSAVES,
  CPUID_ENTRY_BYTES,
  CPUID_INDEX_SIGNIFICANT,
  CpuidEntry,
  TSC_KHZ,
} from "../layout/x86_system";
import {
  XSAVE_AVX,
  XSAVE_AVX_BYTES,
  XSAVE_EXTENDED,
  XSAVE_PKRU,
  XSAVE_PKRU_BYTES,
  XSTATE_AVX,
  XSTATE_PKRU,
  XSTATE_SSE,
  XSTATE_X87,
} from "../layout/fpu";
import { HOST_MAXPHYADDR } from "../layout/types";
import { Vcpu } from "../layout/vcpu";

export const CPUID_XSAVE_LEAF: u32 = 0xd;
const LEAF_MAX: u32 = 0x16;
const LEAF_HYPERVISOR: u32 = 0x40000000;
const LEAF_HYPERVISOR_MAX: u32 = 0x40000010;
const LEAF_EXTENDED: u32 = 0x80000000;
const LEAF_EXTENDED_MAX: u32 = 0x80000008;
/** Family 6, model 8FH, stepping 8. */
export const CPU_SIGNATURE: u32 = 0x806f8;
const APIC_BASE_ENABLED: u64 = 1 << 11;
/** The components that XSAVE knows. */
const XSTATE_ALL: u64 = XSTATE_X87 | XSTATE_SSE | XSTATE_PKRU;
const PKRU_INDEX: u32 = 9;

/** Words of feature bits: FEATURES names them by number. */
const WORD_1C: u32 = 0;
const WORD_1D: u32 = 1;
const WORD_7B: u32 = 2;
const WORD_7C: u32 = 3;
const WORD_7D: u32 = 4;
const WORD_D1A: u32 = 5;
const WORD_81C: u32 = 6;
const WORD_81D: u32 = 7;

/** For bit n of X86.features: its word << 8 | its bit there. In the order of CPU_HAS_*. */
// prettier-ignore
const FEATURES = memory.data<u16>([
  0x100,
  0x117,
  0x119,
  0x11a,
  0x000,
  0x009,
  0x013,
  0x014,
  0x017,
  0x605, // FPU MMX SSE SSE2 SSE3 SSSE3 SSE41 SSE42 POPCNT LZCNT
  0x203,
  0x208,
  0x016,
  0x213,
  0x01e,
  0x212,
  0x200,
  0x113,
  0x217,
  0x019, // BMI1 BMI2 MOVBE ADX RDRAND RDSEED FSGSBASE CLFLUSH CLFLUSHOPT AES
  0x21d,
  0x001,
  0x118,
  0x01a,
  0x500,
  0x501,
  0x503,
  0x108,
  0x00d,
  0x10f, // SHA PCLMUL FXSR XSAVE XSAVEOPT XSAVEC XSAVES CX8 CX16 CMOV
  0x104,
  0x71b,
  0x316,
  0x70b,
  0x10b,
  0x600,
  0x71d,
  0x714,
  0x71a,
  0x103, // TSC RDTSCP RDPID SYSCALL SEP LAHF64 LONG NX PAGE1G PSE
  0x106,
  0x10d,
  0x011,
  0x20a,
  0x207,
  0x214,
  0x303,
  0x302,
  0x310,
  0x003, // PAE PGE PCID INVPCID SMEP SMAP PKU UMIP LA57 MONITOR
  0x608,
  0x01c,
  0x205,
  0x018,
  0x015,
  0x102,
  0x101,
  0x107,
  0x10c,
  0x110, // PREFETCHW AVX AVX2 TSC_DEADLINE X2APIC DE VME MCE MTRR PAT
  0x201,
  0x41d,
  0x218,
  0x209, //                                           TSC_ADJUST ARCH_CAPABILITIES CLWB ERMS
]);

/** What the default model has not. */
const ABSENT: u64 =
  CPU_HAS_AVX | CPU_HAS_AVX2 | CPU_HAS_MONITOR | CPU_HAS_VME | CPU_HAS_X2APIC | CPU_HAS_TSC_DEADLINE | CPU_HAS_XSAVES;
const DEFAULT_FEATURES: u64 = ~ABSENT;

/** Bits of the words that no instruction asks for: APIC, MCA, PSE-36; hypervisor; FSRM; SERIALIZE is absent. */
function wordFixed(word: u32): u32 {
  if (word == WORD_1C) return (<u32>1) << 31; // a hypervisor is present
  if (word == WORD_1D) return (1 << 5) | (1 << 9) | (1 << 14) | (1 << 17); // MSR, APIC, MCA, PSE-36
  if (word == WORD_7B) return 1 << 13; // FCS and FDS are deprecated: saved as 0
  return 0;
}

/** A word of feature bits, from X86.features' kind of mask. */
function wordOf(features: u64, word: u32): u32 {
  let bits = wordFixed(word);
  for (let n: u32 = 0; n < 64; n++) {
    const place: u32 = load<u16>(FEATURES + (n << 1));
    if (place >> 8 == word && ((features >> n) & 1) != 0) bits |= (<u32>1) << (place & 31);
  }
  return bits;
}

/** X86.features, and the address width, follow the table. To be called when it changes. */
export function cpuidApply(c: X86): void {
  let features: u64 = 0;
  for (let n: u32 = 0; n < 64; n++) {
    const place: u32 = load<u16>(FEATURES + (n << 1));
    if (((wordAsked(c, place >> 8) >> (place & 31)) & 1) != 0) features |= (<u64>1) << n;
  }
  c.features = features;
  leafRead(c, 0x80000008, 0);
  const bits = <u32>c.value0 & 0xff;
  c.maxPhyAddr = bits == 0 ? 36 : bits < HOST_MAXPHYADDR ? bits : HOST_MAXPHYADDR;
}

function wordAsked(c: X86, word: u32): u32 {
  if (word <= WORD_1D) leafRead(c, 1, 0);
  else if (word <= WORD_7D) leafRead(c, 7, 0);
  else if (word == WORD_D1A) leafRead(c, CPUID_XSAVE_LEAF, 1);
  else leafRead(c, 0x80000001, 0);
  if (word == WORD_D1A) return <u32>c.value0;
  if (word == WORD_7B) return <u32>c.value1;
  if (word == WORD_1C || word == WORD_7C || word == WORD_81C) return <u32>c.value2;
  return <u32>c.value3;
}

/** CPUID of `leaf` and `index`: EAX, EBX, ECX, EDX into X86.value0 to value3. */
export function cpuidQuery(c: X86, leaf: u32, index: u32): void {
  leafRead(c, leaf, index);
  // What follows registers, whoever made the table.
  if (leaf == 1) {
    if ((c.cr4 & CR4_OSXSAVE) != 0) c.value2 |= 1 << 27;
    if ((c.apicBase & APIC_BASE_ENABLED) == 0) c.value3 &= ~(1 << 9);
  } else if (leaf == 7 && index == 0) {
    if ((c.cr4 & CR4_PKE) != 0) c.value2 |= 1 << 4;
  } else if (leaf == CPUID_XSAVE_LEAF && index == 0 && c.value0 != 0) c.value1 = <u64>standardBytes(c.xcr0);
  else if (leaf == CPUID_XSAVE_LEAF && index == 1 && c.value0 != 0) c.value1 = <u64>compactedBytes(c.xcr0 | c.xss);
  else if (leaf == 0x80000001 && c.codeMode != CODE_64) c.value3 &= ~(1 << 11); // SYSCALL, as Intel has it
}

/** Size of an XSAVE area of `components` in standard form. */
function standardBytes(components: u64): u32 {
  if ((components & XSTATE_PKRU) != 0) return XSAVE_PKRU + XSAVE_PKRU_BYTES;
  return (components & XSTATE_AVX) != 0 ? XSAVE_AVX + XSAVE_AVX_BYTES : XSAVE_EXTENDED;
}

/** And in compacted form, where they follow each other without gaps. */
function compactedBytes(components: u64): u32 {
  let bytes = XSAVE_EXTENDED;
  if ((components & XSTATE_AVX) != 0) bytes += XSAVE_AVX_BYTES;
  if ((components & XSTATE_PKRU) != 0) bytes += XSAVE_PKRU_BYTES;
  return bytes;
}

/** The answer of the table, or of the default model, without what follows registers. */
function leafRead(c: X86, leaf: u32, index: u32): void {
  answer(c, 0, 0, 0, 0);
  if (c.cpuidBase == 0) return modelRead(c, leaf, index, changetype<Vcpu>(c.vcpu).id);
  if (tableRead(c, leaf, index)) return;
  // Beyond the last basic leaf, Intel's answer with that.
  if (leaf >= LEAF_HYPERVISOR || !tableRead(c, 0, 0)) return;
  const last = <u32>c.value0;
  if (leaf <= last || !tableRead(c, last, index)) answer(c, 0, 0, 0, 0);
}

function answer(c: X86, eax: u32, ebx: u32, ecx: u32, edx: u32): void {
  c.value0 = eax;
  c.value1 = ebx;
  c.value2 = ecx;
  c.value3 = edx;
}

function tableRead(c: X86, leaf: u32, index: u32): bool {
  for (let i: u32 = 0; i < c.cpuidCount; i++) {
    const entry = changetype<CpuidEntry>(c.cpuidBase + i * CPUID_ENTRY_BYTES);
    if (entry.function != leaf) continue;
    if ((entry.flags & CPUID_INDEX_SIGNIFICANT) != 0 && entry.index != index) continue;
    answer(c, entry.eax, entry.ebx, entry.ecx, entry.edx);
    return true;
  }
  return false;
}

/** The default model's answer; its APIC id is `id`. */
function modelRead(c: X86, leaf: u32, index: u32, id: u32): void {
  if (leaf >= LEAF_EXTENDED) extendedRead(c, leaf);
  else if (leaf >= LEAF_HYPERVISOR) hypervisorRead(c, leaf);
  else basicRead(c, leaf < LEAF_MAX ? leaf : LEAF_MAX, index, id);
}

function basicRead(c: X86, leaf: u32, index: u32, id: u32): void {
  switch (leaf) {
    case 0: // "GenuineIntel"
      return answer(c, LEAF_MAX, 0x756e6547, 0x6c65746e, 0x49656e69);
    case 1: // CLFLUSH lines of 64 bytes, one logical processor, the initial APIC id
      return answer(
        c,
        CPU_SIGNATURE,
        (id << 24) | (1 << 16) | (8 << 8),
        wordOf(DEFAULT_FEATURES, WORD_1C),
        wordOf(DEFAULT_FEATURES, WORD_1D),
      );
    case 2: // see leaf 4
      return answer(c, 0x00feff01, 0, 0, 0);
    case 7:
      if (index != 0) return;
      return answer(
        c,
        0,
        wordOf(DEFAULT_FEATURES, WORD_7B),
        wordOf(DEFAULT_FEATURES, WORD_7C),
        wordOf(DEFAULT_FEATURES, WORD_7D),
      );
    case 0xb: // no levels of topology but the thread
      return answer(c, 0, index == 0 ? 1 : 0, index | (index == 0 ? 0x100 : 0), id);
    case CPUID_XSAVE_LEAF:
      if (index == 0) return answer(c, <u32>XSTATE_ALL, XSAVE_EXTENDED, standardBytes(XSTATE_ALL), 0);
      if (index == 1) return answer(c, wordOf(DEFAULT_FEATURES, WORD_D1A), XSAVE_EXTENDED, 0, 0);
      if (index == PKRU_INDEX) return answer(c, XSAVE_PKRU_BYTES, XSAVE_PKRU, 0, 0);
      return;
    case 0x15: // TSC = 25 MHz * 40
      return answer(c, 1, TSC_KHZ / 25000, 25000000, 0);
    case 0x16: // MHz: base, maximum, bus
      return answer(c, TSC_KHZ / 1000, TSC_KHZ / 1000, 100, 0);
  }
}

/** Leaves of the default model that are not all 0, each followed by an index, or NO_INDEX. */
// prettier-ignore
const MODEL_LEAVES = memory.data<u32>([
  0, 0xffffffff, 1, 0xffffffff, 2, 0xffffffff, 7, 0, 0xb, 0, 0xb, 1, 0xd, 0, 0xd, 1, 0xd, 9, 0x15, 0xffffffff, 0x16,
  0xffffffff, 0x40000000, 0xffffffff, 0x40000010, 0xffffffff, 0x80000000, 0xffffffff, 0x80000001, 0xffffffff,
  0x80000002, 0xffffffff, 0x80000003, 0xffffffff, 0x80000006, 0xffffffff, 0x80000007, 0xffffffff, 0x80000008,
  0xffffffff,
]);
const MODEL_LEAF_COUNT: u32 = 20;
const NO_INDEX: u32 = 0xffffffff;

/** Writes the default model of APIC id `id` to the table at `to`; answers go through X86.value*. @ret entries */
export function cpuidModel(c: X86, id: u32, to: usize): u32 {
  for (let i: u32 = 0; i < MODEL_LEAF_COUNT; i++) {
    const entry = changetype<CpuidEntry>(to + i * CPUID_ENTRY_BYTES);
    const index = load<u32>(MODEL_LEAVES + (i << 3), 4);
    memory.fill(changetype<usize>(entry), 0, CPUID_ENTRY_BYTES);
    entry.function = load<u32>(MODEL_LEAVES + (i << 3));
    entry.index = index == NO_INDEX ? 0 : index;
    entry.flags = index == NO_INDEX ? 0 : CPUID_INDEX_SIGNIFICANT;
    answer(c, 0, 0, 0, 0);
    modelRead(c, entry.function, entry.index, id);
    entry.eax = <u32>c.value0;
    entry.ebx = <u32>c.value1;
    entry.ecx = <u32>c.value2;
    entry.edx = <u32>c.value3;
  }
  return MODEL_LEAF_COUNT;
}

function hypervisorRead(c: X86, leaf: u32): void {
  if (leaf == LEAF_HYPERVISOR)
    answer(c, LEAF_HYPERVISOR_MAX, 0x4b4d564b, 0x564b4d56, 0x4d); // "KVMKVMKVM"
  else if (leaf == LEAF_HYPERVISOR_MAX) answer(c, TSC_KHZ, 0, 0, 0);
}

function extendedRead(c: X86, leaf: u32): void {
  switch (leaf) {
    case LEAF_EXTENDED:
      return answer(c, LEAF_EXTENDED_MAX, 0, 0, 0);
    case 0x80000001:
      return answer(c, 0, 0, wordOf(DEFAULT_FEATURES, WORD_81C), wordOf(DEFAULT_FEATURES, WORD_81D));
    case 0x80000002: // "Tadpole virtual processor"
      return answer(c, 0x70646154, 0x20656c6f, 0x74726976, 0x206c6175);
    case 0x80000003:
      return answer(c, 0x636f7270, 0x6f737365, 0x72, 0);
    case 0x80000006: // L2: 256 KiB, 8 ways, 64-byte lines
      return answer(c, 0, 0, (256 << 16) | (6 << 12) | 64, 0);
    case 0x80000007: // the TSC runs at a constant rate
      return answer(c, 0, 0, 0, 1 << 8);
    case 0x80000008:
      return answer(c, (57 << 8) | HOST_MAXPHYADDR, 0, 0, 0);
  }
}
