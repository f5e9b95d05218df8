/**
 * Model-specific registers by userspace: KVM_GET_MSRS, KVM_SET_MSRS, KVM_GET_MSR_INDEX_LIST.
 *
 * Guarantee: what vcpuGetMsrs reads of the list vcpuSetMsrs takes, in any order, for a vCPU in the same state. Otherwise
 * the rules are RDMSR's and WRMSR's, with four exceptions: features that CPUID denies do not matter; the value that a
 * register has may always be written; SMBASE can be had outside of SMM; and TSC and TSC_ADJUST do not follow each other.
 */

import { E2BIG, EBUSY } from "../layout/errno";
import { Vcpu } from "../layout/vcpu";
import { X86 } from "../layout/x86";
import { MSR_ENTRY_BYTES, MSR_MAX_ENTRIES, MsrEntry } from "../layout/x86_system";
import { MSR_SMBASE, MSR_TSC, MSR_TSC_ADJUST, msrRead, msrWrite, tscRead } from "../cpu/msr";
import { aload32 } from "../sync/atomics";
import { stateChanged } from "./state";

/** Registers that have state, by number; MTRRs follow. */
// prettier-ignore
const INDICES = memory.data<u32>([
  0x10,
  0x1b,
  0x3a,
  0x3b,
  0x9e, // TSC, APIC_BASE, FEATURE_CONTROL, TSC_ADJUST, SMBASE
  0x174,
  0x175,
  0x176,
  0x1a0,
  0x1d9, // SYSENTER_CS, _ESP, _EIP, MISC_ENABLE, DEBUGCTL
  0x277,
  0x2ff,
  0xda0, // PAT, MTRR_DEF_TYPE, XSS
  0xc0000080,
  0xc0000081,
  0xc0000082,
  0xc0000083,
  0xc0000084, // EFER, STAR, LSTAR, CSTAR, SFMASK
  0xc0000100,
  0xc0000101,
  0xc0000102,
  0xc0000103, // FS_BASE, GS_BASE, KERNEL_GS_BASE, TSC_AUX
  0x250,
  0x258,
  0x259,
  0x268,
  0x269,
  0x26a,
  0x26b,
  0x26c,
  0x26d,
  0x26e,
  0x26f,
  0x200,
  0x201,
  0x202,
  0x203,
  0x204,
  0x205,
  0x206,
  0x207,
  0x208,
  0x209,
  0x20a,
  0x20b,
  0x20c,
  0x20d,
  0x20e,
  0x20f,
]);
const INDEX_COUNT: u32 = 49;

/** Writes the numbers of the registers that have state, u32 each, to `to`. @ret how many */
export function msrIndexList(to: usize): i32 {
  memory.copy(to, INDICES, INDEX_COUNT << 2);
  return <i32>INDEX_COUNT;
}

/**
 * Reads the registers that the `count` MsrEntries at `entries` name into them, up to the first that there is not.
 * @ret how many, or -EBUSY: it runs; -E2BIG: more than MSR_MAX_ENTRIES
 */
export function vcpuGetMsrs(vcpu: Vcpu, entries: usize, count: u32): i32 {
  if (aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("running")) != 0) return -EBUSY;
  if (count > MSR_MAX_ENTRIES) return -E2BIG;
  const c = changetype<X86>(vcpu.x86);
  for (let i: u32 = 0; i < count; i++) {
    const entry = changetype<MsrEntry>(entries + i * MSR_ENTRY_BYTES);
    if (!hostRead(c, entry.index)) return <i32>i;
    entry.data = c.value0;
  }
  return <i32>count;
}

/** Writes the registers that the entries name, in their order, up to the first that is refused. @ret as vcpuGetMsrs */
export function vcpuSetMsrs(vcpu: Vcpu, entries: usize, count: u32): i32 {
  if (aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("running")) != 0) return -EBUSY;
  if (count > MSR_MAX_ENTRIES) return -E2BIG;
  const c = changetype<X86>(vcpu.x86);
  let done: u32 = 0;
  while (done < count) {
    const entry = changetype<MsrEntry>(entries + done * MSR_ENTRY_BYTES);
    if (!hostWrite(c, entry.index, entry.data)) break;
    done++;
  }
  stateChanged(c);
  return <i32>done;
}

/** Into X86.value0. */
function hostRead(c: X86, index: u32): bool {
  if (index == MSR_SMBASE) {
    c.value0 = c.smbase;
    return true;
  }
  const features = c.features;
  c.features = u64.MAX_VALUE;
  const isRead = msrRead(c, index, 0);
  c.features = features;
  return isRead;
}

function hostWrite(c: X86, index: u32, value: u64): bool {
  if (index == MSR_TSC) {
    c.tscOffset += value - tscRead(c, 0);
    return true;
  }
  if (index == MSR_TSC_ADJUST) {
    c.tscAdjust = value;
    return true;
  }
  if (hostRead(c, index) && c.value0 == value) return true;
  if (index == MSR_SMBASE) {
    if (value >> 32 != 0) return false;
    c.smbase = value;
    return true;
  }
  const features = c.features;
  c.features = u64.MAX_VALUE;
  const isWritten = msrWrite(c, index, value, 0);
  c.features = features;
  return isWritten;
}
