/** What vcpuRun and the page-fault handler answer, and what a vCPU can be asked: exit reasons as the KVM API numbers them, RET_PF_*, PFERR_*, request bits, modes. */

export const KVM_EXIT_UNKNOWN: u32 = 0;
export const KVM_EXIT_IO: u32 = 2;
export const KVM_EXIT_HLT: u32 = 5;
export const KVM_EXIT_MMIO: u32 = 6;
export const KVM_EXIT_IRQ_WINDOW_OPEN: u32 = 7;
export const KVM_EXIT_SHUTDOWN: u32 = 8;
export const KVM_EXIT_FAIL_ENTRY: u32 = 9;
export const KVM_EXIT_INTR: u32 = 10;
export const KVM_EXIT_INTERNAL_ERROR: u32 = 17;
export const KVM_EXIT_DIRTY_RING_FULL: u32 = 31;
export const KVM_EXIT_MEMORY_FAULT: u32 = 39;
/** Not KVM's: X86.retired has reached X86.retiredLimit. */
export const EXIT_INSTRUCTION_LIMIT: u32 = 0x10000;

/** RET_PF_*: what a page-fault handler's caller must do next. */
export const RET_PF_CONTINUE: i32 = 0; // go on handling
export const RET_PF_RETRY: i32 = 1; // let the vCPU fault again
export const RET_PF_EMULATE: i32 = 2; // run one instruction through the emulation port
export const RET_PF_WRITE_PROTECTED: i32 = 3; // the gfn is write-tracked
export const RET_PF_INVALID: i32 = 4; // the fast path could not decide; take the slow one
export const RET_PF_FIXED: i32 = 5; // a SPTE was installed or changed
export const RET_PF_SPURIOUS: i32 = 6; // the SPTE already allowed the access

/** Page-fault error code bits (Intel SDM, "Page-Fault Exceptions"; AMD APM, "Nested Page Faults"; synthetic ones are KVM's). */
export const PFERR_PRESENT: u64 = 1 << 0;
export const PFERR_WRITE: u64 = 1 << 1;
export const PFERR_USER: u64 = 1 << 2;
export const PFERR_RSVD: u64 = 1 << 3;
export const PFERR_FETCH: u64 = 1 << 4;
export const PFERR_PK: u64 = 1 << 5;
export const PFERR_GUEST_FINAL: u64 = (<u64>1) << 32;
export const PFERR_GUEST_PAGE: u64 = (<u64>1) << 33;

/** Bits of Vcpu.requests. */
export const REQ_KICK: u32 = 1 << 0; // leave run() with KVM_EXIT_INTR
export const REQ_TLB_FLUSH: u32 = 1 << 1;
export const REQ_FREE_OBSOLETE_ROOTS: u32 = 1 << 2;
export const REQ_LOAD_MMU_PGD: u32 = 1 << 3;
export const REQ_DEAD: u32 = 1 << 4; // the VM lost a worker
export const REQ_DIRTY_RING_FULL: u32 = 1 << 5;
export const REQ_MMU_SYNC: u32 = 1 << 6;
export const REQ_CODE_FLUSH: u32 = 1 << 7;
export const REQ_BARRIER: u32 = 1 << 8; // leave guest mode once (PML drain, exclusive sections)
export const REQ_UPDATE_DIRTY_LOGGING: u32 = 1 << 9; // logging began or ended: switch PML
export const REQ_YIELD: u32 = 1 << 10; // the guest waits for another vCPU (PAUSE): let others run

/** Vcpu.mode. */
export const MODE_OUTSIDE: u32 = 0;
export const MODE_IN_GUEST: u32 = 1;
