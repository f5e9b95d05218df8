/** Host ABI of the MMU. */

import { System, system } from "../layout/system";
import { Vm } from "../layout/vm";
import { astore32 } from "../sync/atomics";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { invalidateBegin, invalidateEnd, invalidateExtend } from "./notifier";
import { vmMmuLock, vmSlotsLock } from "./mmu_lock";
import { epochPoll } from "../sync/epoch";
import { remoteFlush } from "../sync/guest_mode";
import { writeLock, writeUnlock } from "../sync/rwlock";
import { zapLeafsAllRoots } from "./tdp_zap";
import { zapAllFast } from "./zap_fast";

export { dirtyLogClear, dirtyLogGet, vmSetManualProtect } from "./dirty_log";
export { dirtyRingsReset, vmSetDirtyRing } from "./dirty_ring";
export { guestRead, guestWrite } from "./guest_memory";
export { memslotSet } from "./memslot_set";
export { vmCounter } from "./counters";
export { mmuInvariants } from "./invariants";
export { nxRecover } from "./nx_recover";
export { writeTrackAdd, writeTrackRemove } from "./write_track";

/** Zaps everything the VM's vCPUs have mapped, fast (KVM_ZAP_ALL by invalidating roots). */
export function vmZapAll(vm: Vm): void {
  spinLock(vmSlotsLock(vm));
  zapAllFast(vm);
  spinUnlock(vmSlotsLock(vm));
  epochPoll();
}

/** Zaps [startGfn, endGfn) in both address spaces (kvm_zap_gfn_range). */
export function vmZapGfnRange(vm: Vm, startGfn: u64, endGfn: u64): void {
  writeLock(vmMmuLock(vm));
  invalidateBegin(vm);
  invalidateExtend(vm, startGfn, endGfn);
  if (zapLeafsAllRoots(vm, startGfn, endGfn, 0) != 0) remoteFlush(vm);
  invalidateEnd(vm);
  writeUnlock(vmMmuLock(vm));
}

/**
 * The live parameter nx_huge_pages: 0 off, 1 force. The caller then zaps every VM (vmZapAll), so that no huge page
 * keeps the permissions of before.
 */
export function nxHugePagesSet(value: u32): void {
  astore32(changetype<usize>(system()) + offsetof<System>("nxHugePages"), value);
}

/**
 * The live parameters nx_huge_pages_recovery_ratio (each call of nxRecover gives back one in so many; 0: none) and
 * nx_huge_pages_recovery_period_ms (how often the embedder calls it; 0: one hour / ratio).
 */
export function nxRecoverySet(ratio: u32, periodMs: u32): void {
  astore32(changetype<usize>(system()) + offsetof<System>("nxRecoveryRatio"), ratio);
  astore32(changetype<usize>(system()) + offsetof<System>("nxRecoveryPeriodMs"), periodMs);
}
