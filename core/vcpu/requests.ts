/** Serves what others asked of a vCPU (Vcpu.requests), before it enters the guest, in KVM's order. */

import { RUN_DEAD, RUN_EXIT } from "../layout/access_program";
import {
  KVM_EXIT_DIRTY_RING_FULL,
  KVM_EXIT_INTR,
  REQ_BARRIER,
  REQ_CODE_FLUSH,
  REQ_DEAD,
  REQ_DIRTY_RING_FULL,
  REQ_FREE_OBSOLETE_ROOTS,
  REQ_KICK,
  REQ_LOAD_MMU_PGD,
  REQ_MMU_SYNC,
  REQ_TLB_FLUSH,
  REQ_UPDATE_DIRTY_LOGGING,
  REQ_YIELD,
} from "../layout/exits";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { LAB } from "../layout/build";
import { codeServe } from "../cpu/code_written";
import { processorOf } from "../cpu/processor";
import { tlbFlushAll } from "../hw/tlb";
import { ringIsSoftFull } from "../mmu/dirty_ring";
import { mmuFreeObsoleteRoots, mmuUnload, mmuUpdateDirtyLogging } from "../mmu/mmu";
import { traceDirtyRingExit } from "../mmu/tracepoints";
import { flushBegin, flushDone, hasRequests, requestMake, requestTake } from "../sync/guest_mode";
import { cpuWait, cpuWakeCount } from "../sync/wait";
import { RUN_AGAIN } from "./steps";

/** How long a vCPU that spins sleeps, ms: as short as the host's sleeps are. Any request ends it. */
const YIELD_MS: f64 = 0.05;

/**
 * Serves all pending requests; the vCPU is OUTSIDE and holds nothing.
 * @ret RUN_AGAIN: enter the guest; RUN_EXIT: exit with Vcpu.exitReason; RUN_DEAD
 */
// @ts-ignore: decorator
@inline
export function requestsServe(vcpu: Vcpu): i32 {
  return hasRequests(vcpu) ? serve(vcpu) : RUN_AGAIN;
}

function serve(vcpu: Vcpu): i32 {
  if (requestTake(vcpu, REQ_DEAD)) return RUN_DEAD;
  if (requestTake(vcpu, REQ_DIRTY_RING_FULL) && isRingFull(vcpu)) return RUN_EXIT;
  if (requestTake(vcpu, REQ_FREE_OBSOLETE_ROOTS)) mmuFreeObsoleteRoots(vcpu);
  // Shadow roots only; with the TDP MMU there is nothing out of sync.
  requestTake(vcpu, REQ_MMU_SYNC);
  if (requestTake(vcpu, REQ_LOAD_MMU_PGD)) mmuUnload(vcpu);
  if (requestTake(vcpu, REQ_TLB_FLUSH)) serveFlush(vcpu);
  if (requestTake(vcpu, REQ_UPDATE_DIRTY_LOGGING)) mmuUpdateDirtyLogging(vcpu);
  if (requestTake(vcpu, REQ_CODE_FLUSH) && !LAB) codeServe(processorOf(vcpu));
  // Having left the guest is all that it asks for.
  requestTake(vcpu, REQ_BARRIER);
  if (requestTake(vcpu, REQ_YIELD)) yieldCpu(vcpu);
  // Last, as a signal is looked at just before entry: what others wait for is done even if the run ends here.
  if (requestTake(vcpu, REQ_KICK)) {
    vcpu.exitReason = KVM_EXIT_INTR;
    return RUN_EXIT;
  }
  return RUN_AGAIN;
}

/** Lets another thread have this processor: perhaps the vCPU that the guest waits for. */
function yieldCpu(vcpu: Vcpu): void {
  const seen = cpuWakeCount();
  if (!hasRequests(vcpu)) cpuWait(seen, YIELD_MS);
}

/** Whether the vCPU has to exit for its ring, now and at every entry until userspace has had entries freed. */
function isRingFull(vcpu: Vcpu): bool {
  if (!ringIsSoftFull(changetype<Vm>(vcpu.vm), vcpu)) return false;
  requestMake(vcpu, REQ_DIRTY_RING_FULL);
  vcpu.exitReason = KVM_EXIT_DIRTY_RING_FULL;
  vcpu.dirtyRingExits++;
  traceDirtyRingExit(vcpu);
  return true;
}

function serveFlush(vcpu: Vcpu): void {
  const flushed = flushBegin(vcpu);
  tlbFlushAll(vcpu);
  vcpu.tlbFlush++;
  flushDone(vcpu, flushed);
}
