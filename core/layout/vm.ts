/** A virtual machine: struct kvm and its kvm_arch, as far as the MMU needs them. Fields grouped by the lock that protects them. */

export const TDP_EPT: u32 = 0;
export const TDP_NPT: u32 = 1;
export const TDP_OFF: u32 = 2;

/** Vm.params: sampled at creation, never changed. */
export const PARAM_TDP_MMU: u32 = 1 << 0;
export const PARAM_EAGER_PAGE_SPLIT: u32 = 1 << 1;
export const PARAM_MMIO_CACHING: u32 = 1 << 2;
export const PARAM_PML: u32 = 1 << 3;
export const PARAM_AD: u32 = 1 << 4; // eptad: the second dimension has Accessed and Dirty bits
/** A cached root that is used again is flushed. vCPUs keep no roots but the loaded one, and every load flushes. */
export const PARAM_FLUSH_ON_REUSE: u32 = 1 << 5;
export const PARAM_NX_OPT_OUT: u32 = 1 << 6; // KVM_CAP_VM_DISABLE_NX_HUGE_PAGES
export const PARAM_LA57: u32 = 1 << 7; // five-level second dimension
/** mmu_lock counts its readers in one word, as the kernel's rwlock does: for comparison with the distributed read side. */
export const PARAM_MMU_LOCK_CENTRAL: u32 = 1 << 8;

/** nx_huge_pages, after `auto` is resolved. */
export const NX_HUGE_PAGES_OFF: u32 = 0;
export const NX_HUGE_PAGES_FORCE: u32 = 1;
export const NX_HUGE_PAGES_NEVER: u32 = 2;

export const ADDRESS_SPACES: u32 = 2; // 0 normal, 1 SMM
export const MAX_VCPUS: u32 = 1024;

@unmanaged
export class Vm {
  id: u32;
  /** Non-zero: a worker of this VM died; every wait loop, run and call ends. */
  dead: u32;
  next: u32; // under System.vmLock
  mmNext: u32; // next VM of the same address space, under System.vmLock

  // --- sampled at creation ---
  mm: u32;
  tdp: u32;
  params: u32;
  rootLevel: u32; // 4, or 5 with PARAM_LA57

  // --- SPTE masks, fixed at creation (mmu/spte_masks.ts); EPT and NPT differ, two VMs of a process may too ---
  presentMask: u64;
  userMask: u64;
  xMask: u64;
  nxMask: u64;
  accessedMask: u64;
  dirtyMask: u64;
  hostWritableMask: u64;
  mmuWritableMask: u64;
  accTrackMask: u64;
  memtypeMask: u64;
  mmioValue: u64;
  mmioMask: u64;
  mmioAccessMask: u64;

  // --- mmu_lock: RwLock, four u64 ---
  mmuLock: u64;
  mmuLock1: u64;
  mmuLock2: u64;
  mmuLock3: u64;

  // --- under mmu_lock for write; read locklessly by faults ---
  /** Bumped when a notifier range ends: a fault whose snapshot differs is stale. Full width on purpose. */
  invalidateSeq: u64;
  invalidateInProgress: u32;
  rootsCount: u32;
  invalidateStart: u64; // gfn range now being invalidated, merged over the notifiers in flight
  invalidateEnd: u64;

  // --- roots: list written under tdpMmuPagesLock inside mmu_lock, read under epoch ---
  tdpMmuPagesLock: u64;
  tdpMmuRoots: u32; // first MmuPage of the list, 0 = none
  /** Tables that stand where the NX mitigation forbids a huge page, oldest first; 0 = none. */
  possibleNxHugePages: u32;
  possibleNxHugePagesTail: u32;
  nxPad: u32;

  // --- slots_lock: one memslot change at a time ---
  slotsLock: u64;
  /** Current Memslots of each address space; replaced whole, the old freed after a grace period. */
  memslots0: u32;
  memslots1: u32;
  /** KVM's kvm->nr_memslot_pages: pages of all slots. */
  slotPages: u64;
  /** Notifier ranges in flight; a slot update publishes only at 0 (under mnInvalidateLock). */
  mnActiveCount: u32;
  mnWaiting: u32;
  mnInvalidateLock: u64;

  // --- vCPUs: array of MAX_VCPUS u32, appended under slotsLock, count published last ---
  vcpus: u32;
  vcpuCount: u32;

  /** VmCpu areas, one per CPU (VMCPU_STRIDE bytes each), chunk-free: address of CPU 0's. */
  perCpu: u32;
  perCpuOrder: u32;

  // --- dirty logging: under slotsLock; read by vCPUs ---
  /** Slots with KVM_MEM_LOG_DIRTY_PAGES, as published: not 0 = the processors log (PML), where they can. */
  loggedSlots: u32;
  /** DIRTY_LOG_MANUAL_PROTECT_ENABLE, DIRTY_LOG_INITIALLY_SET. */
  manualProtect: u32;
  /** Entries of each vCPU's dirty ring, 0 = no rings. */
  ringEntries: u32;
  /** Entries in use at which a vCPU has to stop. */
  ringSoftLimit: u32;

  // --- instructions that run alone (vcpu/exclusive.ts) ---
  /** The id + 1 of the vCPU whose turn it is, or 0. While it is set no other enters the guest. */
  exclusive: u32;
  exclusivePad: u32;
}
if (offsetof<Vm>() > 1024) ERROR("Vm is allocated as 1024 bytes");
export const VM_BYTES: u32 = 1024;

/** Counters of one VM on one CPU: written only by that CPU, summed by readers. Two cache lines. */
@unmanaged
export class VmCpu {
  // --- what is there now: 0 when the VM goes ---
  /** Leaves of each size, in all roots that are not freed yet. */
  pages4k: i64;
  pages2m: i64;
  pages1g: i64;
  /** Tables below roots, linked. */
  tdpMmuPages: i64;
  /** Tables on the list of possible huge pages. */
  nxLpageSplits: i64;
  // --- what has happened ---
  /** Remote flushes asked for, and those that found a vCPU in the guest. */
  remoteTlbFlushRequests: u64;
  remoteTlbFlush: u64;
  /** Page faults that did not get mmu_lock at once, and for how long, ns. */
  lockWaits: u64;
  lockWaitNs: u64;
  vmCpuPad0: u64;
  vmCpuPad1: u64;
  vmCpuPad5: u64;
  vmCpuPad6: u64;
  vmCpuPad2: u64;
  vmCpuPad3: u64;
  vmCpuPad4: u64;
}
export const VMCPU_STRIDE: u32 = 128;
if (offsetof<VmCpu>() != VMCPU_STRIDE) ERROR("VmCpu is two cache lines");
