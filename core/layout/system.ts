/**
 * The system's header and the address map of linear memory. docs/memory-map.md is drawn from these constants.
 *
 *   0 ............ never used: a null pointer's page
 *   STATIC_BASE .. asc's constant data (tables, function-table indices); never mutable
 *   SYSTEM_BASE .. the System struct
 *   SYSTEM_CODE_CACHES .. whom stores to decoded instructions concern
 *   CPU_BASE ..... nCpus areas of CPU_STRIDE bytes, half a page off the page boundary: the first entries of all page
 *                  tables share the cache sets of a page's first lines, and a fault reads eight such tables
 *   then: frame metadata, FRAME_BYTES for each 4 KiB frame of the whole memory
 *   then, 2 MiB-aligned: the arena, to the end of memory
 */

export const STATIC_BASE: u32 = 1024;
export const SYSTEM_BASE: u32 = 0x40000;
export const SYSTEM_BYTES: u32 = 4096;
/** u32 addresses of the X86s that have a code cache, 0 = unused: whom stores to their code concern. */
export const SYSTEM_CODE_CACHES: u32 = SYSTEM_BASE + SYSTEM_BYTES;
export const MAX_CODE_CACHES: u32 = 1024;
export const CPU_BASE: u32 = 0x50800;
export const CPU_STRIDE: u32 = 4096;
/** The lab's simulated host has hundreds of CPUs; real workers stay below this too. */
export const MAX_CPUS: u32 = 1024;

export const SYSTEM_MAGIC: u32 = 0x0dadb01e;

/** Buddy orders 0 (4 KiB) to 9 (2 MiB). */
export const BUDDY_ORDERS: u32 = 10;
/** Slab classes: 32, 64, ... 2048 bytes. */
export const SLAB_CLASSES: u32 = 7;
export const SLAB_MIN_SHIFT: u32 = 5;

/** Indices into System's table of upward calls (the only way a lower room calls an upper one). */
export const OP_NOTIFIER_START: u32 = 0; // (mm, startHva, endHva, flags) => void
export const OP_NOTIFIER_END: u32 = 1; // (mm, startHva, endHva, flags) => void
export const OP_NOTIFIER_CHANGE_PTE: u32 = 2; // (mm, hva, newPfn, writable) => void
export const OP_NOTIFIER_RELEASE: u32 = 3; // (mm) => void
export const OP_CODE_WRITTEN: u32 = 4; // (hpa, bytes) => void; 0 bytes: the frame is freed
export const OP_NOTIFIER_CLEAR_YOUNG: u32 = 5; // (mm, startHva, endHva, flags) => u32 young pages
export const OP_NOTIFIER_TEST_YOUNG: u32 = 6; // (mm, startHva, endHva, flags) => u32 1 if one is young
// The emulation port of instructions: `size` bytes at `gpa`, in one page, from or to `buffer`. access: HW_READ, with
// HW_WRITE if the operand is about to be written back; HW_READ | HW_GUEST_TABLE for an entry of the guest's page tables
// that the second dimension refuses: EXEC_FAULT if it is no memory.
export const OP_PORT_READ: u32 = 8; // (vcpu, gpa: u64, buffer, size, access) => i32 EXEC_*
export const OP_PORT_WRITE: u32 = 9; // (vcpu, gpa: u64, buffer, size) => i32 EXEC_*
export const OP_COUNT: u32 = 10;

@unmanaged
export class System {
  // --- line 0: every fault reads it; written when something rare happens ---
  magic: u32;
  /** Non-zero once a worker died holding system-wide state: every VM is then dead. Polled by every wait loop. */
  dead: u32;
  /** Enabled tracepoints: bit n = event n of core/layout/trace.ts. */
  traceMask: u64;
  frameMeta: u32;
  arenaStartPfn: u32;
  arenaEndPfn: u32;
  /** The global epoch. Advanced by compare-and-exchange. */
  epoch: u32;
  /** CPUs 0 .. cpuLimit-1 may be online: what sweeps look at. Only grows. */
  cpuLimit: u32;
  nCpus: u32;
  memFrames: u32;
  // live parameters
  nxHugePages: u32;
  nxRecoveryRatio: u32;
  nxRecoveryPeriodMs: u32;
  systemPad0: u64;

  // --- line 1: objects that wait for a grace period, under epochLock ---
  epochLock: u64;
  epochPending: u32;
  epochHead: u32;
  epochTail: u32;
  systemPad1: u32;
  systemPad2: u64;
  systemPad3: u64;
  systemPad4: u64;
  systemPad5: u64;
  systemPad6: u64;

  // --- line 2: buddy, under buddyLock; free lists at SYSTEM_BUDDY_HEADS ---
  buddyLock: u64;
  buddyFree: u32;
  buddyPad: u32;
  systemPad7: u64;
  systemPad8: u64;
  systemPad9: u64;
  systemPad10: u64;
  systemPad11: u64;
  systemPad12: u64;

  // --- line 3: slab, under slabLock; partial lists at SYSTEM_SLAB_HEADS ---
  slabLock: u64;
  slabObjects: u32;
  slabFrames: u32;
  systemPad13: u64;
  systemPad14: u64;
  systemPad15: u64;
  systemPad16: u64;
  systemPad17: u64;
  systemPad18: u64;

  // --- line 4: the VMs and address spaces, under vmLock ---
  vmLock: u64;
  vmHead: u32;
  mmHead: u32;
  nextVmId: u32;
  nextMmId: u32;
  /** Slots of SYSTEM_CODE_CACHES that have ever been used. Only grows. */
  codeCaches: u32;

  // --- tests ---
  /** Debug builds: not 0 = walks over page tables yield after so many steps, as if somebody waited for mmu_lock. */
  debugYieldEvery: u32;
}
if (SYSTEM_CODE_CACHES + MAX_CODE_CACHES * 4 > CPU_BASE) ERROR("the table of code caches overlaps the CPUs");
if (offsetof<System>("epochLock") != 64) ERROR("what faults read is one line");
if (offsetof<System>("buddyLock") != 128 || offsetof<System>("slabLock") != 192)
  ERROR("allocators' locks have lines of their own");
if (offsetof<System>("vmLock") != 256) ERROR("the VM list has a line of its own");

/** u32 list heads (pfn of the first free block, 0 = none) per buddy order. */
export const SYSTEM_BUDDY_HEADS: u32 = SYSTEM_BASE + 1024;
/** u32 list heads (address of the first slab frame's metadata) per slab class. */
export const SYSTEM_SLAB_HEADS: u32 = SYSTEM_BASE + 1152;
/** u32 function-table indices, OP_*. */
export const SYSTEM_OPS: u32 = SYSTEM_BASE + 1280;
/**
 * The lab's builds of mutants (tools/mutants) read this word: the number of the mutation that is switched on, 0 = none.
 * Written after systemInit. No other build looks at it.
 */
export const SYSTEM_MUTANT: u32 = SYSTEM_BASE + 1536;
/** The same builds: byte n is set when the place of mutation n is passed. To the end of the system page. */
export const SYSTEM_MUTANTS_REACHED: u32 = SYSTEM_BASE + 1540;

if (offsetof<System>() > 1024) ERROR("System overlaps its list heads");
if (SYSTEM_BUDDY_HEADS + BUDDY_ORDERS * 4 > SYSTEM_SLAB_HEADS) ERROR("buddy heads overlap slab heads");
if (SYSTEM_SLAB_HEADS + SLAB_CLASSES * 4 > SYSTEM_OPS) ERROR("slab heads overlap ops");
if (SYSTEM_OPS + OP_COUNT * 4 > SYSTEM_MUTANT) ERROR("ops overlap the mutant's number");

// @ts-ignore: decorator
@inline
export function system(): System {
  return changetype<System>(SYSTEM_BASE);
}
