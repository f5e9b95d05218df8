/**
 * A virtual CPU: what others write (requests, flush hand-shake), the hardware's second-dimension state (hw/ reads and
 * writes it, as silicon reads a VMCS), the MMU's caches, the exit record (struct kvm_run's role) and counters.
 */

export const MMU_CACHE_SLOTS: u32 = 8;

@unmanaged
export class Vcpu {
  // --- line 0: the guest-mode state machine (sync/guest_mode.ts); read and written by others ---
  mode: u32;
  requests: u32;
  /** Remote flushes asked for and done: equal = none outstanding. */
  flushReq: u32;
  flushAck: u32;
  /** Non-zero while somebody sleeps on flushAck. */
  flushWaiters: u32;
  /** The cpu id + 1 it is loaded on, or 0. */
  cpu: u32;
  /** 1 while a run() is under way: a second one is refused. */
  running: u32;
  id: u32;
  vm: u32;
  linePad0: u32;
  linePad1: u64;
  linePad2: u64;
  linePad3: u64;

  // --- hardware: second-dimension paging state (hw/) ---
  /** TDP_EPT or TDP_NPT. */
  hwFormat: u32;
  /** Levels of the second dimension: 4 or 5. */
  hwLevels: u32;
  /** hpa of the root table, or 0 = none loaded. */
  hwRoot: u64;
  /** HW_* flags below. */
  hwFlags: u32;
  /** MAXPHYADDR of the host, bits. */
  hwMaxPhyAddr: u32;
  /** PML buffer address (512 u64) and index: 511 down to 0, then 0xffff = full (Intel SDM, "Page-Modification Logging"). */
  hwPmlBase: u32;
  hwPmlIndex: u32;
  /** TLB: base address, mask of an entry's byte offset, and the tag that every live entry carries (changing it empties the TLB). */
  tlbBase: u32;
  tlbMask: u32;
  tlbTag: u32;
  hwExitReason: u32; // HW_EXIT_* of core/layout/hw.ts
  /** EPT: exit qualification. NPT: EXITINFO1. */
  hwExitQualification: u64;
  /** Guest-physical address of the violation. */
  hwExitGpa: u64;
  tlbFlushes: u64;
  hwWalks: u64;
  /** The entries that the last full walk read, by level: the walker's own. */
  hwEntry1: u64;
  hwEntry2: u64;
  hwEntry3: u64;
  hwEntry4: u64;
  hwEntry5: u64;

  // --- MMU ---
  /** MmuPage of the loaded root, or 0; the vCPU holds a reference. */
  root: u32;
  /** Address space (0, or 1 = SMM) and guest_mode (0 or 1): the role's inputs. */
  asId: u32;
  guestMode: u32;
  /** Last memslot a fault used, and the generation of the Memslots it came from. */
  lastSlot: u32;
  mmuPad0: u32;
  lastSlotsGeneration: u64;
  /** Memory caches, topped up before mmu_lock is taken. */
  pageCacheCount: u32;
  headerCacheCount: u32;
  vcpuPad0: u32;
  pageCache0: u64;
  pageCache1: u64;
  pageCache2: u64;
  pageCache3: u64;
  headerCache0: u64;
  headerCache1: u64;
  headerCache2: u64;
  headerCache3: u64;
  /** MMIO cache: gfn + 1 (0 = empty), access and generation of the last MMIO access. */
  mmioGfn: u64;
  mmioGeneration: u64;
  mmioAccess: u32;
  /** One past the pc of the last write-protected retry, and its address: the second time is emulated. */
  lastRetryPc: u32;
  lastRetryAddr: u64;

  // --- exit record (struct kvm_run) ---
  exitReason: u32;
  exitError: i32;
  mmioLen: u32;
  mmioIsWrite: u32;
  mmioPhysAddr: u64;
  mmioData: u64;
  /** 1: an MMIO read waits for mmioData; the next run() completes it. */
  mmioPending: u32;
  faultFlags: u32;
  faultGpa: u64;
  faultSize: u64;
  /** The pager request this vCPU waits for, or 0 (internal exit). */
  pagerRequest: u32;
  /** What the run loop goes on with after STEP_LEFT. */
  runStatus: i32;

  // --- access program (layout/access_program.ts) ---
  progBase: u32;
  progCount: u32;
  progPc: u32;
  progEmulate: u32; // 1: the next step runs through the emulation port
  progIter: u64;
  progState: u64; // random generator
  progAccesses: u64;
  progMismatches: u64;
  progLastValue: u64;

  // --- counters, written by the owner only ---
  /** Faults on memory: all but those that an MMIO SPTE or the MMIO cache answers. Pre-faulting counts nothing. */
  pfTaken: u64;
  /** Of all faults, MMIO included: what came of them. Those that end with an error are in none. */
  pfFixed: u64;
  pfEmulate: u64;
  pfSpurious: u64;
  pfRetry: u64;
  /** Those that the fast path settled, fixed or spurious. */
  pfFast: u64;
  pfMmioSpteCreated: u64;
  /** Flushes served, asked for by others or due to a new root. */
  tlbFlush: u64;
  exits: u64;
  mmioExits: u64;
  /** 1: time every fault into the histogram. */
  timing: u32;
  histogram: u32;
  faultStartNs: f64;
  faultMaxNs: u64;
  faultTotalNs: u64;
  pagerWaits: u64;

  // --- access program, continued; the emulation port (core/vcpu) ---
  /** Iteration stamp for values; written from outside too, so that a host can number its rounds. */
  progStamp: u64;
  /** First difference a PROG_CHECK found. */
  progBadGpa: u64;
  progBadValue: u64;
  progBadExpected: u64;
  /** log2 of the program block's frames. */
  progOrder: u32;
  /** Bytes of the current operand that the emulation port has already served. */
  emuOffset: u32;
  /** The operand being read by the emulation port, so far. */
  emuData: u64;
  /** KVM_EXIT_INTERNAL_ERROR: the suberror. */
  internalSuberror: u32;

  // --- dirty ring (layout/dirty_ring.ts): pushed to by the vCPU's own thread only ---
  /** Address of the entries, or 0. */
  ringBase: u32;
  /** Entries pushed so far, and freed so far, modulo 2^32. */
  ringDirtyIndex: u32;
  ringResetIndex: u32;
  /** KVM_EXIT_DIRTY_RING_FULL exits, and exits because the page-modification log was full. */
  dirtyRingExits: u64;
  pmlFullExits: u64;

  // --- asynchronous page faults (mmu/async_pf.ts, vcpu/deferred.ts); its own thread's only ---
  /** ASYNC_PF_PER_VCPU AsyncPfs, the oldest first, of which asyncPfCount are in use; 0 = never enabled. */
  asyncPfBase: u32;
  asyncPfCount: u32;
  /** 1: the guest has opted in. */
  asyncPfEnabled: u32;
  /** Part of the next token. */
  asyncPfSeq: u32;
  /** 1: Vcpu.pagerRequest is one of the queue's, which has the reference. */
  asyncPfWaiting: u32;
  /** 1: progIter is a deferred access; after it the op goes on at progResumeIter. */
  progIsDeferred: u32;
  progResumeIter: u64;
  /** Faults deferred, deferred ones whose page came (or will not), and faults on a page that is waited for already. */
  asyncPfNotPresent: u64;
  asyncPfReady: u64;
  asyncPfRepeated: u64;

  // --- the processor ---
  /** Its X86 (layout/x86.ts). */
  x86: u32;

  // --- the emulation port of instructions (vcpu/port.ts) ---
  /** Block of PortFragments, or 0 before the first use. */
  portBase: u32;
  /** Reads that userspace has answered, and those that this pass over the instruction has come to. */
  portAnswered: u32;
  portReads: u32;
  /** Writes that wait until the instruction is complete; done: those of them that are, and bytes of the one at hand. */
  portWrites: u32;
  portDone: u32;
  portDoneBytes: u32;
  /** What the run loop goes on with after an EXEC_EXIT that is the port's: RUN_*, or PORT_NOTHING. */
  portStatus: i32;
}
if (offsetof<Vcpu>() > 4096) ERROR("Vcpu is one frame");

/** A page that the vCPU went on without (struct kvm_async_pf), and the access that waits for it. */
@unmanaged
export class AsyncPf {
  /** Where the guest faulted; the page is its gfn. */
  gpa: u64;
  /** The access: an iteration of the op the vCPU is at. */
  iter: u64;
  /** PagerRequest, with a reference. */
  request: u32;
  /** seq << ASYNC_PF_TOKEN_SHIFT | vcpu id: what tells the guest which of them is ready. Not 0. */
  token: u32;
}
export const ASYNC_PF_BYTES: u32 = 24;
if (offsetof<AsyncPf>() != ASYNC_PF_BYTES) ERROR("an array of AsyncPf has no gaps");
export const ASYNC_PF_PER_VCPU: u32 = 64;
export const ASYNC_PF_TOKEN_SHIFT: u32 = 12;

/** Vcpu.hwFlags. */
export const HW_AD: u32 = 1 << 0; // the walker maintains Accessed and Dirty
export const HW_PML: u32 = 1 << 1; // Dirty transitions are logged
export const HW_EXEC_ONLY: u32 = 1 << 2; // EPT capability: X without R is legal
export const HW_PAGE_1G: u32 = 1 << 3;
export const HW_NX: u32 = 1 << 4; // NPT: EFER.NXE of the host
