/**
 * Mutants that nothing finds, one by one, and why. An entry must name a mutant that exists and that nothing finds: the
 * command says so where it does not.
 */

export interface Survivor {
  /**
   * "equivalent": what core does is the same, or any difference is allowed. "model": it differs only where the lab's
   * machine is simpler than a real one. "gap": a scenario or a property is missing.
   */
  readonly why: "equivalent" | "model" | "gap";
  /** One sentence. */
  readonly reason: string;
}

export const SURVIVORS: Readonly<Record<string, Survivor>> = {
  "history:6": {
    why: "equivalent",
    reason:
      "only recovery of huge pages zaps so, and flushes before it gives mmu_lock up: until then no notifier lets the frames of the range change",
  },
  "mmu/dirty:markGfnDirty:check:1": {
    why: "equivalent",
    reason: "the look before the atomic update only spares it when the bit is set",
  },
  "mmu/dirty_ring:takeRead:torn:1": {
    why: "equivalent",
    reason: "only a reset moves the index, one at a time under slotsLock",
  },
  "mmu/memslot_set:withdraw:order:2": { why: "equivalent", reason: "two deferrals that do not depend on each other" },
  "mmu/memslot_set:publish:order:3": {
    why: "equivalent",
    reason: "a deferral frees later, and the old array is not read again",
  },
  "mmu/notifier:startVm:torn:1": { why: "equivalent", reason: "mnInvalidateLock is held around the update" },
  "mmu/notifier:endVm:torn:1": { why: "equivalent", reason: "mnInvalidateLock is held around the update" },
  "mmu/notifier:invalidateBegin:torn:1": { why: "equivalent", reason: "mmu_lock is held for write" },
  "mmu/notifier:invalidateEnd:torn:1": { why: "equivalent", reason: "mmu_lock is held for write" },
  "mmu/notifier:invalidateEnd:torn:2": { why: "equivalent", reason: "mmu_lock is held for write" },
  "mmu/notifier:startVm:order:1": {
    why: "equivalent",
    reason: "counted before the lock is waited for, a slot update waits a little earlier",
  },
  "mmu/notifier:startVm:order:3": {
    why: "equivalent",
    reason: "the mmap lock keeps the notifiers of one address space apart, and nobody else counts",
  },
  "sync/epoch:epochEnter:torn:1": {
    why: "model",
    reason:
      "only the CPU itself writes the word; the exchange is there for its barrier, and the model has no store buffers",
  },
  "sync/guest_mode:guestEnter:torn:1": {
    why: "model",
    reason: "only the vCPU writes its mode; the exchange is there for its barrier, and the model has no store buffers",
  },
};
