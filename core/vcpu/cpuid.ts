/**
 * CPUID by userspace: KVM_SET_CPUID2, KVM_GET_CPUID2, KVM_GET_SUPPORTED_CPUID. What the answers mean is core/cpu/cpuid.ts's.
 *
 * A table is set before the vCPU runs for the first time and stays: instructions are decoded by it.
 */

import { E2BIG, EBUSY, EINVAL, ENOMEM } from "../layout/errno";
import { Vcpu } from "../layout/vcpu";
import { X86 } from "../layout/x86";
import { CPUID_ENTRY_BYTES, CPUID_MAX_ENTRIES } from "../layout/x86_system";
import { cpuidApply, cpuidModel } from "../cpu/cpuid";
import { kblockAlloc, kblockFree } from "../mm/kblock";
import { aload32 } from "../sync/atomics";

const ONE_FRAME: u32 = 0;
if (CPUID_MAX_ENTRIES * CPUID_ENTRY_BYTES > 4096) ERROR("a table of CPUID fits a frame");

/**
 * Gives `vcpu` the table of `count` CpuidEntries at `from`.
 * @ret 0, or -EBUSY: it runs; -E2BIG: more than CPUID_MAX_ENTRIES; -EINVAL: it has run; -ENOMEM
 */
export function vcpuSetCpuid(vcpu: Vcpu, from: usize, count: u32): i32 {
  if (aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("running")) != 0) return -EBUSY;
  if (count > CPUID_MAX_ENTRIES) return -E2BIG;
  const c = changetype<X86>(vcpu.x86);
  if (c.codeCache != 0) return -EINVAL;
  if (c.cpuidBase == 0) c.cpuidBase = <u32>kblockAlloc(ONE_FRAME);
  if (c.cpuidBase == 0) return -ENOMEM;
  memory.copy(c.cpuidBase, from, count * CPUID_ENTRY_BYTES);
  c.cpuidCount = count;
  cpuidApply(c);
  return 0;
}

/** Writes the table of `vcpu`, or else the default model, to `to`. @ret entries, or -EBUSY: it runs */
export function vcpuGetCpuid(vcpu: Vcpu, to: usize): i32 {
  if (aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("running")) != 0) return -EBUSY;
  const c = changetype<X86>(vcpu.x86);
  if (c.cpuidBase == 0) return <i32>cpuidModel(c, vcpu.id, to);
  memory.copy(to, c.cpuidBase, c.cpuidCount * CPUID_ENTRY_BYTES);
  return <i32>c.cpuidCount;
}

/** Writes the default model, of APIC id `id`, to `to`. @ret entries, or -ENOMEM */
export function cpuidSupported(id: u32, to: usize): i32 {
  const frame = kblockAlloc(ONE_FRAME);
  if (frame == 0) return -ENOMEM;
  const count = cpuidModel(changetype<X86>(frame), id, to);
  kblockFree(frame, ONE_FRAME);
  return <i32>count;
}
