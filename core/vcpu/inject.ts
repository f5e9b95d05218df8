/** Events from userspace, to be delivered when the vCPU runs: KVM_INTERRUPT, KVM_NMI, KVM_SMI. */

import { EBUSY, EEXIST, EINVAL } from "../layout/errno";
import { Vcpu } from "../layout/vcpu";
import { X86 } from "../layout/x86";
import { aload32 } from "../sync/atomics";

/** One being served, one waiting: more than that NMIs are not remembered. */
const NMI_LIMIT: u32 = 2;
const VECTORS: u32 = 256;

/** An external interrupt, taken as soon as the guest lets it. @ret 0, or -EBUSY: it runs; -EINVAL: no vector; -EEXIST: one waits */
export function vcpuInterrupt(vcpu: Vcpu, vector: u32): i32 {
  if (aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("running")) != 0) return -EBUSY;
  if (vector >= VECTORS) return -EINVAL;
  const c = changetype<X86>(vcpu.x86);
  if (c.irqPending != 0) return -EEXIST;
  c.irqPending = vector + 1;
  return 0;
}

/** @ret 0, or -EBUSY: it runs */
export function vcpuNmi(vcpu: Vcpu): i32 {
  if (aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("running")) != 0) return -EBUSY;
  const c = changetype<X86>(vcpu.x86);
  if (c.nmiPending + (c.nmiMasked != 0 ? 1 : 0) < NMI_LIMIT) c.nmiPending++;
  return 0;
}

/** @ret 0, or -EBUSY: it runs */
export function vcpuSmi(vcpu: Vcpu): i32 {
  if (aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("running")) != 0) return -EBUSY;
  changetype<X86>(vcpu.x86).smiPending = 1;
  return 0;
}
