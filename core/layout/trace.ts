/**
 * Tracepoints: the kernel's event names, their numbers here, and the record in a CPU's ring. The comment behind each
 * number names what is in a, b, c ... in this order; where the kernel's event has a vcpu_id, it is the record's `vcpu`.
 * src/abi/trace_decode.ts prints by the same list, and a test holds the two together.
 */

@unmanaged
export class TraceRecord {
  timeNs: f64;
  event: u16;
  cpu: u16;
  vcpu: u32; // vcpu id + 1, 0 = none
  a: u64;
  b: u64;
  c: u64;
  d: u64;
  e: u64;
  f: u64;
}
export const TRACE_RECORD_BYTES: u32 = 64;
if (offsetof<TraceRecord>() != TRACE_RECORD_BYTES) ERROR("TraceRecord is one cache line");

export const TRACE_KVM_PAGE_FAULT: u32 = 0; // guest_rip, fault_address, error_code
export const TRACE_KVM_MMU_SPTE_REQUESTED: u32 = 1; // gfn, pfn, level
export const TRACE_KVM_TDP_MMU_SPTE_CHANGED: u32 = 2; // gfn, old_spte, new_spte, level, as_id
export const TRACE_KVM_MMU_SET_SPTE: u32 = 3; // gfn, spte, sptep, level, rxu (readable 1, executable 2, user 4)
export const TRACE_FAST_PAGE_FAULT: u32 = 4; // cr2_or_gpa, error_code, sptep, old_spte, new_spte, ret
export const TRACE_MARK_MMIO_SPTE: u32 = 5; // sptep, gfn, access, gen
export const TRACE_HANDLE_MMIO_PAGE_FAULT: u32 = 6; // addr, gfn, access
export const TRACE_CHECK_MMIO_SPTE: u32 = 7; // kvm_gen, spte_gen, spte
export const TRACE_KVM_MMU_GET_PAGE: u32 = 8; // gfn, role, root_count, created, unsync, mmu_valid_gen
export const TRACE_KVM_MMU_PREPARE_ZAP_PAGE: u32 = 9; // gfn, role, root_count, unsync, mmu_valid_gen
export const TRACE_KVM_MMU_ZAP_ALL_FAST: u32 = 10; // mmu_valid_gen, mmu_used_pages
export const TRACE_KVM_MMU_SPLIT_HUGE_PAGE: u32 = 11; // gfn, spte, level, errno
export const TRACE_KVM_UNMAP_HVA_RANGE: u32 = 12; // start, end
export const TRACE_KVM_AGE_HVA: u32 = 13; // start, end
export const TRACE_KVM_TEST_AGE_HVA: u32 = 14; // hva
export const TRACE_KVM_TLB_FLUSH_REMOTE: u32 = 15; // gfn, pages (ours; 0 pages = all)
export const TRACE_KVM_SET_SPTE_HVA: u32 = 16; // hva (the changed-pte notifier)
export const TRACE_KVM_TRY_ASYNC_GET_PAGE: u32 = 17; // gva, gfn
export const TRACE_KVM_DIRTY_RING_PUSH: u32 = 18; // index, dirty_index, reset_index, slot, offset
export const TRACE_KVM_DIRTY_RING_RESET: u32 = 19; // index, dirty_index, reset_index
export const TRACE_KVM_DIRTY_RING_EXIT: u32 = 20; // (nothing)
export const TRACE_KVM_ASYNC_PF_REPEATED_FAULT: u32 = 21; // gva, gfn
export const TRACE_KVM_ASYNC_PF_NOT_PRESENT: u32 = 22; // token, gva
export const TRACE_KVM_ASYNC_PF_READY: u32 = 23; // token, gva
export const TRACE_KVM_ASYNC_PF_COMPLETED: u32 = 24; // address, gva
export const TRACE_EVENTS: u32 = 25;
