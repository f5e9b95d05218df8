/**
 * Which words of core's protocols the mechanical mutations look for. A name here that core no longer has does no harm;
 * test/lab/mutants checks that each kind still finds something.
 */

/** Files whose protocols are mutated; of hostmm, only the notifier brackets are. */
export const MUTATED_FILES = /^core\/(mmu\/|sync\/(epoch|guest_mode)\.ts|hostmm\/|vcpu\/(requests|run|fault)\.ts)/;
/** In them, files without a protocol: pure values, tracepoints, checks, tables for the host ABI. */
export const UNMUTATED_FILES =
  /^core\/mmu\/(tracepoints|invariants|spte_masks|make_spte|spte|mmio_spte|role|mmu_lock)\.ts|\/abi\.ts$/;
export const BRACKETS_ONLY = /^core\/hostmm\//;

/** What happens when a worker dies belongs to the tests that kill workers: no scenario of the lab has one die. */
export const DEATH = /\b(isCpuDead|isVcpuLost|REQ_DEAD)\b|"dead"/;

/** @param {string} words */
const set = (words) => new Set(words.split(/\s+/));

/** Calls that are left out, by kind. */
export const DROPPED_CALLS = {
  flush: set("remoteFlush tlbFlushAll"),
  request: set("vmRequestAll requestMake"),
  reference: set("rootPut mmPut mmGet frameGet framePut"),
  sequence: set("invalidateBegin invalidateExtend invalidateEnd"),
  epoch: set("epochSynchronize epochBarrier"),
  step: set(
    `markGfnDirty mmuDrainPml nxTrack nxUntrack removeTable handOverBits lpageAdjust zapAllFast zapInvalidatedRoots
     rootsInvalidate writeProtectSlot spteChanged spteLeafZapped mmuUnload mmuFreeObsoleteRoots holdOffNotifiers
     serveFlush flushDone guestLeave`,
  ),
};

/** hostmm's brackets around changes of its entries. */
export const BRACKETS = set("notifyStart notifyEnd notifyChangeStart notifyChangeEnd notifyChangePte notifyRelease");

/** Stores to shared words, left out as statements. */
export const STORES = set(
  "astore32 astore64 storeRelease32 storeRelease64 aor16 aor32 aor64 aand16 aand32 aand64 aadd32 aadd64",
);

/** Atomic updates that become a load and a store. */
export const UPDATES = set("axchg32 axchg64 aadd32 aadd64 aor16 aor32 aor64 aand16 aand32 aand64");

export const EXCHANGES = set("acas32 acas64");

/**
 * What a condition that protects the protocol asks, with the answer of a world where nobody interferes; null: the one
 * that makes the condition of no account.
 * @type {ReadonlyMap<string, boolean | null>}
 */
export const CHECKS = new Map([
  ["isFrozen", false],
  ["isRootInvalid", false],
  ["isInvalidating", false],
  ["isStale", false],
  ["needsAtomicUpdate", false],
  ["isDirtyLogged", false],
  ["isGfnTracked", false],
  ["isAccessTracked", false],
  ["hasRequests", false],
  ["isMmioSpteCurrent", true],
  ["hasSlots", true],
  ["hasPassed", true],
  ["isHugeAllowed", true],
  ["requestTake", false],
  ["guestEnter", true],
  ["setSpteShared", true],
  ["trySetSpte", true],
  ["zapSpteShared", true],
  ["zapSp", true],
  ["linkPage", true],
  ["tdpIterYield", false],
  ["tdpIterYieldExcl", false],
  ["tdpIterYieldShared", false],
  ["isNewlyWritable", null],
  ["isAccessed", null],
  ["isPresent", null],
  ["isLeaf", null],
  ["isTable", null],
  ["isWritable", null],
  ["isMmuWritable", null],
  ["memslotsGeneration", null],
  ["aload32", null],
  ["aload64", null],
  ["acas32", null],
  ["acas64", null],
  ["aadd32", null],
  ["aadd64", null],
  ["axchg32", null],
  ["axchg64", null],
]);

/** Those of them that also do something: their doing stays. */
export const EFFECTS = set(
  `setSpteShared trySetSpte zapSpteShared zapSp linkPage acas32 acas64 axchg32 axchg64 aadd32 aadd64 requestTake
   guestEnter tdpIterYield tdpIterYieldExcl tdpIterYieldShared`,
);

/** Steps whose order matters: adjacent ones are swapped. */
export const STEPS = set(
  `${[...STORES].join(" ")} remoteFlush tlbFlushAll vmRequestAll requestMake rootsInvalidate publish zapAllFast
   zapInvalidatedRoots invalidateBegin invalidateExtend invalidateEnd epochSynchronize pageDeferFree memslotDeferFree
   memslotsDeferFree rootPut notifyStart notifyEnd notifyChangeStart notifyChangeEnd notifyChangePte dropLeaf singlePut
   clearRange splitLeaf protectEntries tableTrim spteChanged markGfnDirty writeProtectSlot lpageAdjust zapAll
   writeLock writeUnlock readLock readUnlock spinLock spinUnlock mmuUnload flushBegin flushDone`,
);

/** Taking and giving back; two of them side by side have no order worth a mutant. */
export const LOCK_CALLS = set(
  "writeLock writeUnlock readLock readUnlock spinLock spinUnlock epochEnter epochExit mmapWriteLock mmapWriteUnlock",
);
