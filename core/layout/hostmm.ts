/**
 * The host address space (core/hostmm): the struct of a process's memory, its VMAs, what backs them, its page-table
 * entries, and the requests sent to pagers. Fields are grouped by the lock that protects them.
 *
 * Notifier operations (System.ops) and their arguments, all called with the mmap lock held for write:
 *   START, END (mm: u32, startHva: u64, endHva: u64, flags: u32)     START returns when no SPTE of the range is left
 *   CHANGE_PTE (mm: u32, hva: u64, newPfn: u64, writable: u32)       and every TLB has been flushed, unless
 *   RELEASE    (mm: u32)                                             NOTIFIER_CHANGE_PTE_ONLY is given
 * gup calls START and END too, where it breaks copy-on-write sharing. And with the mmap lock held in either mode:
 *   CLEAR_YOUNG (mm, startHva, endHva, flags): u32 young pages     ages the MMUs' translations of the range; what was
 *   TEST_YOUNG  (mm, startHva, endHva, flags): u32 0 or 1          accessed is noted in the frames (FRAME_FLAG_ACCESSED)
 * None of them is called in an epoch section.
 */

/** Host virtual addresses are below 2^47. */
export const HVA_BITS: u32 = 47;
export const HVA_END: u64 = (<u64>1) << HVA_BITS;
/** The lowest address that is ever mapped. */
export const HVA_MIN: u64 = 0x10000;
/**
 * Where the search for free addresses begins. Its table indices (85, 42, 21) are far from 0 on purpose: guest memory
 * usually begins at 0, and with both at index 0 the entries that a fault reads in eight tables share one cache set.
 */
export const HVA_MMAP_BASE: u64 = ((<u64>85) << 39) | ((<u64>42) << 30) | ((<u64>21) << 21);
/** Host tables have four levels. */
export const HOST_LEVELS: u32 = 4;

// --- mappings ---

/** What fills a page that is not there yet (Vma.backing). */
export const BACKING_ANON: u32 = 1; // zeroes
export const BACKING_OBJECT: u32 = 2; // a page of a HostObject, shared by all who map it
export const BACKING_PAGER: u32 = 3; // asked of TypeScript, then private
export const BACKING_PHANTOM: u32 = 4; // nothing: a frame number without a frame, for the lab

export const PROT_NONE: u32 = 0;
export const PROT_READ: u32 = 1;
/** Implies PROT_READ, as on x86. */
export const PROT_WRITE: u32 = 2;

/** Flags of mmMap; the last three stay in Vma.flags. */
export const MM_MAP_FIXED: u32 = 1; // exactly at hva, or -EEXIST
/** Anonymous: 2 MiB frames where the address allows and one is free, else 4 KiB. Phantom: 2 MiB units. */
export const MM_MAP_HUGE: u32 = 2;
/** Anonymous: 2 MiB frames, all taken at once, or -ENOMEM; never split. */
export const MM_MAP_HUGETLB: u32 = 4;
/** Phantom: 1 GiB units. */
export const MM_MAP_HUGE_1G: u32 = 8;
export const MM_MAP_FLAGS: u32 = 15;
export const VMA_FLAGS: u32 = 14;

/** A range of one address space whose pages are of one kind. Immutable once published; changes publish another. */
@unmanaged
export class Vma {
  epochNext: u32;
  epochStamp: u32;
  epochFn: u32;
  backing: u32;
  start: u64;
  end: u64;
  prot: u32;
  flags: u32;
  /** BACKING_OBJECT: the HostObject; BACKING_PHANTOM: the PhantomRange (a reference each). BACKING_PAGER: the pager's id. */
  source: u32;
  /** VMA_FRESH or VMA_DOOMED while an edit is being prepared, under the mmap lock for write. */
  edit: u32;
  /** Byte offset of `start` in the source. */
  offset: u64;
}
export const VMA_BYTES: u32 = 64;
if (offsetof<Vma>() > VMA_BYTES) ERROR("Vma is allocated as 64 bytes");
export const VMA_FRESH: u32 = 1;
export const VMA_DOOMED: u32 = 2;

/** The VMAs of an address space: this header, then `count` u32 Vma addresses in address order. Replaced whole. */
@unmanaged
export class VmaArray {
  epochNext: u32;
  epochStamp: u32;
  epochFn: u32;
  count: u32;
  /** Order of the kernel block it lies in, or VMA_ARRAY_SLAB. */
  blockOrder: u32;
  arrayPad: u32;
}
export const VMA_ARRAY_HEADER_BYTES: u32 = 24;
if (offsetof<VmaArray>() != VMA_ARRAY_HEADER_BYTES) ERROR("VmaArray header");
export const VMA_ARRAY_SLAB: u32 = 0xff;

/** Shared memory: pages that every VMA mapping the object sees. Holds one reference on each of its frames. */
@unmanaged
export class HostObject {
  /** Handles and VMAs. */
  refs: u32;
  /** Kernel array of u32 pfns, 0 = not there yet; filled by cmpxchg, never emptied before the object goes. */
  pages: u32;
  nPages: u64;
}
export const HOST_OBJECT_BYTES: u32 = 32;

/** Frame numbers without frames. Unit u of the range (a page of `level`) is present if bit u of the bitmap is set. */
@unmanaged
export class PhantomRange {
  refs: u32;
  /** Kernel array of nUnits bits. */
  bitmap: u32;
  level: u32;
  phantomPad: u32;
  basePfn: u64;
  nUnits: u64;
}
export const PHANTOM_RANGE_BYTES: u32 = 32;

// --- page-table entries ---

/**
 *   63..59 0 | 58 HELD | 57 SWAP | 56..52 0 | 51..12 pfn | 11..8 0 | 7 PS | 6 D | 5 A | 4..2 0 | 1 W | 0 P
 *
 *   P, !HELD   a leaf (level 1, or level 2 with PS) or a table (levels 2 to 4, without PS)
 *   !P, HELD   a leaf that nobody may use, because its VMA is PROT_NONE; it still holds its frame
 *   SWAP       level 1, no other flag: the page is out, or on its way out; bits 51..12 are its slot in the swap area
 *   0          nothing
 * No other combination exists. Tables have W set; a leaf without W is read-only: because its VMA is, or because its
 * frame may be shared, or because nobody has asked to write what a pager can supply again. A is set when a leaf is
 * installed and when gup answers for it, and cleared by aging. D is set with W, and stays: without it, the page is what
 * would come if it were dropped.
 */
export const HPTE_PRESENT: u64 = 1 << 0;
export const HPTE_WRITE: u64 = 1 << 1;
export const HPTE_ACCESSED: u64 = 1 << 5;
export const HPTE_DIRTY: u64 = 1 << 6;
export const HPTE_PS: u64 = 1 << 7;
export const HPTE_SWAP: u64 = (<u64>1) << 57;
export const HPTE_HELD: u64 = (<u64>1) << 58;
export const HPTE_PFN_MASK: u64 = 0x000ffffffffff000;

// --- the address space ---

@unmanaged
export class Mm {
  epochNext: u32;
  epochStamp: u32;
  epochFn: u32;
  id: u32;
  /** Next of System.mmHead's list, under System.vmLock. */
  next: u32;
  /** The address space itself and each VM that uses it. The struct goes, after a grace period, with the last. */
  refs: u32;
  /** Root table's address, read locklessly; 0 once destroyed. */
  root: u32;
  /** The VmaArray, or 0 for none; read under the mmap lock or in an epoch section. */
  vmas: u32;
  /** MmCpu areas, one per CPU. */
  perCpu: u32;
  perCpuOrder: u32;
  linePad0: u64;
  linePad1: u64;
  linePad2: u64;

  // --- the mmap lock: RwLock, four u64; readers fault pages in, the writer does all else ---
  mmapLock: u64;
  mmapLock1: u64;
  mmapLock2: u64;
  mmapLock3: u64;

  // --- under the mmap lock for write ---
  /** Phantom frames handed out so far; never handed out again. */
  phantomNext: u64;
  /** For the MMU: first Vm of this address space, linked by Vm.mmNext. */
  vmHead: u32;
  /** The SwapArea, or 0: then only what a pager can supply again is reclaimed. Set once; read locklessly as a hint. */
  swap: u32;
  /** Where reclaim looks next. */
  clockHand: u64;
  /** Page-outs begun under the lock now held, to be posted when it is given up: linked by PagerRequest.postNext. */
  postHead: u32;
  mmPad0: u32;

  // --- under pagerLock ---
  pagerLock: u64;
  /** PagerRequests that faults look for. */
  pagerHead: u32;
  mmPad1: u32;
}
export const MM_BYTES: u32 = 256;
if (offsetof<Mm>() > MM_BYTES) ERROR("Mm is allocated as 256 bytes");
if (offsetof<Mm>("mmapLock") != 64) ERROR("the mmap lock starts a line");
if (offsetof<Mm>("pagerLock") != 128) ERROR("the pager lock starts a line");

/** Counters of one Mm on one CPU, written by that CPU only; their sums over the CPUs are exact. One cache line. */
@unmanaged
export class MmCpu {
  /** 4 KiB pages mapped, those of 2 MiB leaves included. */
  residentPages: i64;
  /** 2 MiB leaves. */
  hugeLeaves: i64;
  /** Faults that installed, upgraded or copied something. */
  faults: u64;
  /** Shared pages copied for a writer. */
  cowCopies: u64;
  /** Pages that are out, or on their way out. */
  swappedPages: i64;
  /** Page-outs begun, and pages that came back, from the pager or because they were still there. */
  pageOuts: u64;
  pageIns: u64;
  /** Clean pages that reclaim dropped. */
  cleanDrops: u64;
}
export const MM_CPU_STRIDE: u32 = 64;
if (offsetof<MmCpu>() != MM_CPU_STRIDE) ERROR("MmCpu is one cache line");

/** Which sum mmStat returns. */
export const MM_STAT_RESIDENT: u32 = 0;
export const MM_STAT_HUGE: u32 = 1;
export const MM_STAT_FAULTS: u32 = 2;
export const MM_STAT_COW: u32 = 3;
export const MM_STAT_SWAPPED: u32 = 4;
export const MM_STAT_PAGE_OUTS: u32 = 5;
export const MM_STAT_PAGE_INS: u32 = 6;
export const MM_STAT_CLEAN_DROPS: u32 = 7;
export const MM_STATS: u32 = 8;

// --- gup ---

export const GUP_WRITE: u32 = 1;
/** Do not ask a pager: -EAGAIN with ret3 = 0 instead. */
export const GUP_NOWAIT: u32 = 2;
/** ret3, with -EAGAIN: no request to wait for, but trying again at once is too early; others must get on first. */
export const GUP_LATER: u64 = 1;
/** ret1: the host entry allows writing now. */
export const GUP_WRITABLE: u64 = 1;
/** gupFast only: not decided without locks; call gup. */
export const GUP_MISS: i32 = 1;

/** mmMerge: the two pages differ. */
export const MM_MERGE_DIFFERENT: i32 = 1;

// --- notifiers ---

/** The call may wait for locks and for vCPUs. Always given so far. */
export const NOTIFIER_MAY_BLOCK: u32 = 1;
/** Only hold off stale faults (in-progress count, sequence at END): nothing is unmapped; a CHANGE_PTE follows. */
export const NOTIFIER_CHANGE_PTE_ONLY: u32 = 2;
/** CLEAR_YOUNG: flush every TLB if anything was young (clear_flush_young), so that the next access is seen for sure. */
export const NOTIFIER_FLUSH: u32 = 4;

// --- pagers ---

/**
 * One page that a pager is to supply (LOAD) or take (STORE). Posted with hostPager(request); the main thread serves it,
 * and then ends it:
 *
 *   Atomics.compareExchange(state, PENDING, DONE)      it is done, or
 *   Atomics.compareExchange(state, PENDING, FAILED)    it cannot be
 *
 * If that returned PENDING, it wakes the waiters, i.e. for each CPU whose waitingOn is the request: add 1 to Cpu.wake
 * and notify it. CANCELLED means that nobody wants it any more. Main writes `state` and the frame of a LOAD, nothing
 * else, and reads the fields above `mm`.
 *
 * LOAD: the main thread owns the frame's bytes (frame * 4096) while the state is PENDING, and fills them. FAILED: every
 * waiter gets -EFAULT. STORE: it only reads the frame, at any time before it ends the request, and writes it to `offset`;
 * FAILED: the page stays where it was.
 *
 * If the main thread found PENDING when it ended a request, it never looks at it again; after a STORE it has
 * mmEndPageOuts(mm) called some time, by a thread that may take locks, so that the frame is freed. If it found
 * CANCELLED, it has pagerRelease(request) called, once, by such a thread. Until then a LOAD's frame belongs to the
 * request, and so does a STORE's slot: what may have been written to it last is never read back, and no later page is
 * written to it while an older write is under way.
 *
 *   PENDING -> DONE | FAILED   main
 *   PENDING -> CANCELLED       core: unmap, DONTNEED, mmDestroy; of a STORE also a fault, which takes the frame back
 */
@unmanaged
export class PagerRequest {
  state: u32;
  pagerId: u32;
  /** pfn of the frame to fill or to write. 0 once it is mapped (again). */
  frame: u32;
  /** 1: the access that faulted is a write. */
  write: u32;
  /** Byte offset in the pager's store, a multiple of 4096. */
  offset: u64;
  /** Address of the page in its address space, and that space's id: for logs only. */
  hva: u64;
  mmId: u32;
  /** PAGER_LOAD or PAGER_STORE. */
  kind: u32;

  mm: u32;
  /** One for the list (for main, when cancelled), one for each waiter. */
  refs: u32;
  /** List of the Mm, under its pagerLock; of the SwapArea's unused ones, under its lock. */
  next: u32;
  linked: u32;
  /** STORE: the SwapArea, with a reference; it has one on the Mm, too. */
  area: u32;
  /** STORE, not posted yet: the next of Mm.postHead's list. */
  postNext: u32;
}
export const PAGER_REQUEST_BYTES: u32 = 64;
if (offsetof<PagerRequest>() > PAGER_REQUEST_BYTES) ERROR("PagerRequest is allocated as 64 bytes");
export const PAGER_PENDING: u32 = 1;
export const PAGER_DONE: u32 = 2;
export const PAGER_FAILED: u32 = 3;
export const PAGER_CANCELLED: u32 = 4;
export const PAGER_LOAD: u32 = 0;
export const PAGER_STORE: u32 = 1;

// --- swap ---

/**
 * Where an address space's pages go that no pager can supply: slots of 4096 bytes at a pager's offsets. An area is
 * shared by the address spaces that forked from its first. A slot has one reference for each host entry that names it,
 * and one for a page-out that may still be writing to it.
 */
@unmanaged
export class SwapArea {
  /** Address spaces and page-outs under way. */
  refs: u32;
  pagerId: u32;

  // --- lock, and under it ---
  lock: u64;
  nSlots: u32;
  /** First free slot, or SWAP_NO_SLOT. */
  freeSlot: u32;
  /** Kernel array of u32 per slot: its references, or, free, the next free slot. */
  slots: u32;
  /** PagerRequests set aside for page-outs, so that paging out needs no memory. */
  freeRequests: u32;
  /** Page-outs in a row that failed. */
  failures: u32;
  swapPad: u32;
}
export const SWAP_AREA_BYTES: u32 = 64;
if (offsetof<SwapArea>() > SWAP_AREA_BYTES) ERROR("SwapArea is allocated as 64 bytes");
export const SWAP_NO_SLOT: u32 = u32.MAX_VALUE;
/** Page-outs of an area under way at a time. */
export const SWAP_REQUESTS: u32 = 64;
/** A host entry has 40 bits for the slot; the array of references is what bounds it. */
export const SWAP_MAX_SLOTS: u64 = 1 << 28;
