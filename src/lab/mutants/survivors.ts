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
  "mmu/age:ageLeaf:check:4": {
    why: "equivalent",
    reason: "marking an entry that is not young again gives the same entry: the exchange changes nothing",
  },
  "mmu/clear_dirty:tableOrProtect:check:2": {
    why: "equivalent",
    reason: "above 4 KiB an entry that is no table and has W is a leaf: neither empty nor frozen ones have the bit",
  },
  "mmu/clear_dirty:tableOrProtect:check:3": {
    why: "equivalent",
    reason: "taking W from a leaf that has none changes nothing; the test spares an atomic operation",
  },
  "mmu/dirty_ring:takeRead:order:1": {
    why: "equivalent",
    reason:
      "the vCPU would have to fill the ring to its last entry meanwhile: what it logs past the soft limit without the lock that the reset holds is less than the entries reserved",
  },
  "mmu/fast_fault:fastPageFault:check:1": {
    why: "equivalent",
    reason:
      "the walk ends at a leaf or at an entry that is not present, which isAccessAllowed refuses before and after mending",
  },
  "mmu/fast_fault:fixed:check:1": {
    why: "equivalent",
    reason: "what the fast path mends has no W: with it a write needs no mending, and access tracking takes it",
  },
  "mmu/fault:faultinFast:check:1": {
    why: "equivalent",
    reason: "only a hint, to spare the look-up: isStale asks again under mmu_lock",
  },
  "mmu/memslot_array:memslotsDeferFree:epoch:1": {
    why: "equivalent",
    reason:
      "publish has waited for all readers of the old array before; the other callers free what was never, or is nobody's any more",
  },
  "mmu/memslot_array:memslotDeferFree:epoch:1": {
    why: "equivalent",
    reason: "publish has waited for all readers of the arrays that name the slot; when a VM ends there are none",
  },
  "mmu/mmu:mmuUnload:order:1": {
    why: "equivalent",
    reason: "only the vCPU's own thread reads Vcpu.root, and it does not between the two",
  },
  "mmu/notifier:notifierChangePte:check:1": {
    why: "equivalent",
    reason: "spares the lock: without a slot there is nothing to walk",
  },
  "mmu/notifier:notifierRelease:order:2": {
    why: "equivalent",
    reason: "mmDestroy calls it inside a bracket of the whole address space: all slots are invalidated already",
  },
  "mmu/notifier:notifierRelease:order:3": {
    why: "equivalent",
    reason: "mmDestroy calls it inside a bracket of the whole address space: all slots are invalidated already",
  },
  "mmu/notifier:notifierRelease:order:4": {
    why: "equivalent",
    reason: "mmDestroy calls it inside a bracket of the whole address space: all slots are invalidated already",
  },
  "mmu/notifier:notifierRelease:sequence:2": {
    why: "equivalent",
    reason: "mmDestroy calls it inside a bracket of the whole address space: all slots are invalidated already",
  },
  "mmu/pml:loggingBegin:check:1": {
    why: "equivalent",
    reason: "harmless: vCPUs that log already are asked once more to look whether they must",
  },
  "mmu/pml:loggingBegin:torn:1": { why: "equivalent", reason: "slotsLock is held around every update" },
  "mmu/pml:loggingEnd:check:1": {
    why: "equivalent",
    reason: "harmless: the vCPUs look whether they must log, and find that they still must",
  },
  "mmu/pml:loggingEnd:torn:1": { why: "equivalent", reason: "slotsLock is held around every update" },
  "mmu/recover:recoverOne:check:1": {
    why: "equivalent",
    reason:
      "harmless: a lost race leaves that range small, which recovery may (best effort), and costs a flush too many",
  },
  "mmu/remove_table:removeTable:check:1": {
    why: "equivalent",
    reason: "under mmu_lock for write only zapPassExcl removes tables, level by level: they are empty",
  },
  "mmu/remove_table:freeze:check:1": {
    why: "gap",
    reason:
      "the entry of a dead table ends empty, not frozen: to see it a fault must hold a pointer into it across two recoveries, one of a 1 GiB page and one below",
  },
  "mmu/split:splitRoot:check:2": {
    why: "equivalent",
    reason:
      "harmless: a table is set aside for an entry that splitLeaf then finds to be no leaf; it is used later or given back",
  },
  "mmu/spte_changed:impliesNothing:check:1": {
    why: "equivalent",
    reason:
      "what differs from an entry that is not present in W and MMU_WRITABLE only is not present either: nothing to count",
  },
  "mmu/spte_changed:handOverBits:check:2": {
    why: "equivalent",
    reason: "the page was accessed: its frame says so a little earlier, and who ages looks at both and forgets both",
  },
  "mmu/tdp_iter:tryStepUp:reread:1": {
    why: "equivalent",
    reason: "a step up is always followed by one sideways, which reads the entry that the caller sees",
  },
  "mmu/tdp_root:rootPut:order:1": {
    why: "equivalent",
    reason: "the root is off the list; deferring its memory is allowed under the lock, which is not part of it",
  },
  "mmu/tdp_root:rootNext:check:1": {
    why: "equivalent",
    reason:
      "who walks valid roots only holds slotsLock, under which invalid ones are empty, or zaps a range, which is right for those too",
  },
  "mmu/tdp_root:rootsInvalidate:torn:1": { why: "equivalent", reason: "nobody else writes the role of a linked root" },
  "mmu/tdp_set:zapSpteShared:order:1": {
    why: "equivalent",
    reason:
      "as history:6: only recovery of huge pages zaps so, and no frame of the range can change before it has flushed",
  },
  "mmu/tdp_set:setSpteExcl:check:1": {
    why: "equivalent",
    reason: "harmless: entries that nobody else can change are exchanged too, where a store would do",
  },
  "mmu/tdp_zap:zapSp:check:1": {
    why: "equivalent",
    reason: "no leaf maps a table's frame, and what is not present names none: the comparison behind it refuses them",
  },
  "mmu/tdp_zap:zapSp:check:2": {
    why: "gap",
    reason: "nxRecover counts a table that somebody else has just removed: no property knows whose removal it was",
  },
  "mmu/nx_recover:nxRecover:check:1": {
    why: "gap",
    reason: "nxRecover counts a table that somebody else has just removed: no property knows whose removal it was",
  },
  "mmu/notifier:nextLiveVm:order:1": {
    why: "gap",
    reason: "a vCPU of a VM declared dead flushes and enters again before it is told: scenarios have no dying VM",
  },
  "mmu/tdp_zap:zapPassShared:check:3": {
    why: "equivalent",
    reason:
      "what a pass leaves because the entry changed under it goes with its table in a later one; entries of the root itself change no more by then",
  },
  "mmu/tdp_zap:zapPassExcl:check:2": {
    why: "equivalent",
    reason: "harmless: empty entries are emptied once more, MMIO SPTEs with them, which the next fault makes again",
  },
  "mmu/write_track:trackAddLocked:cas-torn:1": {
    why: "equivalent",
    reason: "slotsLock is held: nobody else publishes an array",
  },
  "mmu/write_track:trackAddLocked:cas-blind:1": {
    why: "equivalent",
    reason: "slotsLock is held: nobody else publishes an array",
  },
  "sync/epoch:epochSynchronize:torn:1": {
    why: "model",
    reason:
      "it is there for its barrier; storing an epoch back that is one step old only delays, since each advance looks at all readers again",
  },
  "sync/guest_mode:guestEnter:check:1": {
    why: "model",
    reason:
      "access programs look at the requests before their first access, and leave again; the processor looks at a block's end",
  },
  "sync/guest_mode:guestLeave:check:1": {
    why: "equivalent",
    reason: "a wake-up left out: the waiter sleeps with a limit of 1 ms, as it must anyway, since one can be missed",
  },
  "sync/guest_mode:flushDone:check:1": {
    why: "equivalent",
    reason: "a wake-up left out: the waiter sleeps with a limit of 1 ms, as it must anyway, since one can be missed",
  },
  "sync/guest_mode:sleepWhileInGuest:store:1": {
    why: "equivalent",
    reason: "a wake-up left out: the sleep has a limit of 1 ms, as it must anyway, since a wake-up can be missed",
  },
  "sync/guest_mode:sleepWhileInGuest:torn:1": {
    why: "equivalent",
    reason:
      "the count only says whether somebody wants a wake-up: one too few costs 1 ms, one too many a wake-up of nobody",
  },
  "sync/guest_mode:sleepWhileInGuest:check:1": {
    why: "equivalent",
    reason: "a sleep that nobody ends any more ends at its limit of 1 ms",
  },
  "sync/guest_mode:sleepWhileInGuest:store:2": {
    why: "equivalent",
    reason: "the count only says whether somebody wants a wake-up: one too many costs a wake-up of nobody at each exit",
  },
  "sync/guest_mode:sleepWhileInGuest:torn:2": {
    why: "equivalent",
    reason:
      "the count only says whether somebody wants a wake-up: one too few costs 1 ms, one too many a wake-up of nobody",
  },
  "sync/guest_mode:flushBegin:request:1": {
    why: "equivalent",
    reason: "who serves the request has taken it already; one that comes in between is served by a flush too many",
  },
  "sync/guest_mode:remoteFlush:order:1": {
    why: "gap",
    reason: "only who waits is hurt, and for as long as the vCPU stays in the guest: no property bounds a flush's wait",
  },
  "sync/guest_mode:flushDone:store:1": {
    why: "gap",
    reason: "only who waits is hurt, and for as long as the vCPU stays in the guest: no property bounds a flush's wait",
  },
  "vcpu/requests:serveFlush:step:1": {
    why: "gap",
    reason: "only who waits is hurt, and for as long as the vCPU stays in the guest: no property bounds a flush's wait",
  },
  "vcpu/requests:serve:check:3": { why: "equivalent", reason: "nothing in core posts REQ_LOAD_MMU_PGD" },
  "vcpu/requests:serve:step:2": { why: "equivalent", reason: "nothing in core posts REQ_LOAD_MMU_PGD" },
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
  "sync/epoch:epochEnter:torn:1": {
    why: "model",
    reason:
      "only the CPU itself writes the word; the exchange is there for its barrier, and the model has no store buffers",
  },
  "sync/guest_mode:guestEnter:torn:1": {
    why: "model",
    reason: "only the vCPU writes its mode; the exchange is there for its barrier, and the model has no store buffers",
  },
  "mmu/notifier:endVm:lock:3": {
    why: "equivalent",
    reason:
      "the count is atomic, and the lock orders beginnings against publishing: an end that publishing sees early is an end",
  },
  "vcpu/requests:serve:check:6": {
    why: "model",
    reason: "only PAUSE asks for another thread's turn, and the lab's vCPUs run access programs",
  },
  "vcpu/requests:yieldCpu:check:1": {
    why: "model",
    reason: "only PAUSE asks for another thread's turn, and the lab's vCPUs run access programs",
  },
  "mmu/notifier:startVm:order:2": {
    why: "gap",
    reason:
      "slots would have to be published between the unlocking and the counting of one beginning: slot-create-notifier has both, 66,626 executions did not meet it",
  },
  "mmu/recover:isMappedHuge:check:1": {
    why: "gap",
    reason:
      "recovery would have to look between a notifier's beginning and its end while the host still has its huge page: two preemptions in recover-notifier",
  },
  "mmu/remove_table:freeze:torn:1": {
    why: "gap",
    reason: "the processor would have to set Dirty in a leaf of a removed table between the load and the store",
  },
  "mmu/tdp_set:clearSpteBitsExcl:torn:1": {
    why: "gap",
    reason:
      "the processor would have to set Dirty between the load and the store: log-get-first-write means to, but its mapping is read-only then",
  },
  "mmu/split:splitRoot:check:1": {
    why: "gap",
    reason: "a split that never yields is only slow: the scenarios' slots are too small for the bound on sections",
  },
  "mmu/tdp_zap:zapPassExcl:order:1": {
    why: "gap",
    reason:
      "a table's grace period would have to end between the epoch's exit and the flush, under a vCPU that walks it: release-free has all of them",
  },
  "mmu/zap_fast:zapAllFast:order:3": {
    why: "gap",
    reason:
      "a notifier would have to zap the invalid root, without a flush of its own, between the unlocking and the flush: zap-all-notifier has all of them",
  },
  "sync/guest_mode:remoteFlush:torn:1": {
    why: "gap",
    reason:
      "two flushes at once would have to count as one, and the vCPU serve it between them: flush-flush has all of them",
  },
};
