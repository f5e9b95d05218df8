/**
 * Lock words and epoch nodes. They are embedded in other structs as plain u64 fields (AssemblyScript has no inline
 * structs); sync/ takes their address. Operations and rules: core/sync.
 */

/**
 * A lock for short sections, and the mutex: 8 bytes, embedded as one u64 field.
 *
 *   word  31       15............0
 *        [WAITERS][ cpu id + 1   ]   0 = free
 */
@unmanaged
export class SpinLock {
  word: u32;
  rank: u32;
}
export const SPINLOCK_BYTES: u32 = 8;
if (offsetof<SpinLock>() != SPINLOCK_BYTES) ERROR("SpinLock is embedded as one u64");
export const LOCK_WAITERS: u32 = 0x80000000;

/** How a RwLock's read side is counted. */
export const RW_DISTRIBUTED: u32 = 0; // each reader marks its own CPU's line; a writer sweeps the CPUs
export const RW_CENTRAL: u32 = 1; // one reader count on one line, as the kernel's rwlock has it
export const RW_EXCLUSIVE: u32 = 2; // a queued exclusive lock: "read" excludes too (the legacy MMU's mmu_lock)

/** A reader-writer lock: 32 bytes, embedded as four u64 fields. */
@unmanaged
export class RwLock {
  /** 0 or the writer's cpu id + 1. */
  writer: u32;
  /** Woken (and bumped) when the writer leaves; readers that found a writer sleep here. */
  readersWake: u32;
  /** Readers now waiting for the writer to leave. A writer that can yield looks here. */
  readersWaiting: u32;
  /** Ticket lock among writers: next ticket to hand out, and the one being served. */
  ticket: u32;
  serving: u32;
  /** RW_CENTRAL: readers inside. Otherwise unused. */
  readers: u32;
  kind: u16;
  /** Non-zero: a CPU's call was cut short while it depended on this lock. Who would wait for it ends. */
  broken: u16;
  rank: u32;
}
export const RWLOCK_BYTES: u32 = 32;
if (offsetof<RwLock>() != RWLOCK_BYTES) ERROR("RwLock is embedded as four u64");

/** Which of a CPU's two read-held words a lock uses (Cpu.readHeld0/1): a CPU holds at most one lock of each class. */
export const READ_CLASS_MMU: u32 = 0;
export const READ_CLASS_MMAP: u32 = 1;

/**
 * The head of every object that is freed after a grace period: its first twelve bytes. A frame's metadata has the
 * same head, so a bare frame can be deferred without any other memory.
 */
@unmanaged
export class EpochNode {
  epochNext: u32;
  epochStamp: u32;
  /** Function-table index of (node: usize) => void, run after the grace period. */
  epochFn: u32;
}
