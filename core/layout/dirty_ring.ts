/**
 * The dirty ring of a vCPU (KVM_CAP_DIRTY_LOG_RING): Vm.ringEntries entries in one block at Vcpu.ringBase. An entry's
 * flags say whose it is:
 *
 *   0 (free) --vCPU writes slot, offset--> DIRTY --userspace has read it--> RESET --dirtyRingsReset--> 0
 */

/** struct kvm_dirty_gfn. */
@unmanaged
export class DirtyGfn {
  flags: u32;
  /** as_id << 16 | slot number. */
  slot: u32;
  /** Page within the slot. */
  offset: u64;
}
export const DIRTY_GFN_SHIFT: u32 = 4;
if (offsetof<DirtyGfn>() != 1 << DIRTY_GFN_SHIFT) ERROR("DirtyGfn is 16 bytes");

/** DirtyGfn.flags. */
export const DIRTY_GFN_F_DIRTY: u32 = 1 << 0;
export const DIRTY_GFN_F_RESET: u32 = 1 << 1;

export const DIRTY_RING_MAX_ENTRIES: u32 = 65536;
/** A ring fills at least a frame. */
export const DIRTY_RING_MIN_ENTRIES: u32 = 4096 >> DIRTY_GFN_SHIFT;
/** Entries kept free for what a vCPU still logs before it looks at its requests; with PML, a whole PML buffer more. */
export const DIRTY_RING_RSVD_ENTRIES: u32 = 64;
