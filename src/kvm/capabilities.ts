/** KVM_CHECK_EXTENSION: what this hypervisor can do. */
import {
  DIRTY_GFN_SHIFT,
  DIRTY_LOG_INITIALLY_SET,
  DIRTY_LOG_MANUAL_PROTECT_ENABLE,
  DIRTY_RING_MAX_ENTRIES,
  KVM_USER_MEM_SLOTS,
  MAX_VCPUS,
} from "../abi/index.js";

/** Bytes of the greatest dirty ring. */
export const MAX_RING_BYTES = DIRTY_RING_MAX_ENTRIES << DIRTY_GFN_SHIFT;

/** Extensions by their KVM_CAP_ name, with what KVM_CHECK_EXTENSION answers: 0 = absent, else 1 or a number. */
const EXTENSIONS = {
  KVM_CAP_USER_MEMORY: 1,
  KVM_CAP_NR_VCPUS: MAX_VCPUS,
  KVM_CAP_MAX_VCPUS: MAX_VCPUS,
  KVM_CAP_MAX_VCPU_ID: MAX_VCPUS,
  KVM_CAP_NR_MEMSLOTS: KVM_USER_MEM_SLOTS,
  /** Address spaces: normal and SMM. */
  KVM_CAP_MULTI_ADDRESS_SPACE: 2,
  KVM_CAP_DESTROY_MEMORY_REGION_WORKS: 1,
  KVM_CAP_JOIN_MEMORY_REGIONS_WORKS: 1,
  /** The host may change its mappings under a running VM: notifiers keep the guest's in step. */
  KVM_CAP_SYNC_MMU: 1,
  KVM_CAP_READONLY_MEM: 1,
  KVM_CAP_IMMEDIATE_EXIT: 1,
  KVM_CAP_X86_SMM: 1,
  KVM_CAP_EXT_CPUID: 1,
  KVM_CAP_USER_NMI: 1,
  KVM_CAP_XSAVE: 1,
  KVM_CAP_PRE_FAULT_MEMORY: 1,
  KVM_CAP_MEMORY_FAULT_INFO: 1,
  KVM_CAP_VM_DISABLE_NX_HUGE_PAGES: 1,
  KVM_CAP_BINARY_STATS_FD: 1,
  /** The flags that enableCapability takes. */
  KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2: DIRTY_LOG_MANUAL_PROTECT_ENABLE | DIRTY_LOG_INITIALLY_SET,
  /** Bytes that a ring has at most. */
  KVM_CAP_DIRTY_LOG_RING: MAX_RING_BYTES,
  KVM_CAP_DIRTY_LOG_RING_ACQ_REL: MAX_RING_BYTES,
  KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP: 1,
  KVM_CAP_MEMORY_ATTRIBUTES: 0,
  KVM_CAP_GUEST_MEMFD: 0,
  KVM_CAP_ASYNC_PF: 1,
} as const;

export type Extension = keyof typeof EXTENSIONS;

/** KVM's answer: 0 for what is absent or unknown. */
export function checkExtension(name: string): number {
  return Object.hasOwn(EXTENSIONS, name) ? EXTENSIONS[name as Extension] : 0;
}
