/** Zapping everything, fast: the roots are only marked; vCPUs go over to new ones, and the old are emptied beside them. */

import { REQ_FREE_OBSOLETE_ROOTS } from "../layout/exits";
import { Vm } from "../layout/vm";
import { remoteFlush, vmRequestAll } from "../sync/guest_mode";
import { assertSpinHeld } from "../sync/spinlock";
import { writeLock, writeUnlock } from "../sync/rwlock";
import { vmMmuLock, vmSlotsLock } from "./mmu_lock";
import { rootsInvalidate } from "./tdp_root";
import { zapInvalidatedRoots } from "./tdp_zap";
import { traceZapAllFast } from "./tracepoints";

/**
 * When it returns, no vCPU uses any translation made before. Roots are invalidated and vCPUs told so in one critical
 * section; the flush makes each vCPU in the guest serve that request (it serves requests in order) before any entry
 * of its root changes. Emptying the roots needs no further flush: a vCPU flushes when it loads a root.
 * @holds slotsLock @takes mmuLock
 */
export function zapAllFast(vm: Vm): void {
  assertSpinHeld(vmSlotsLock(vm));
  const lock = vmMmuLock(vm);
  writeLock(lock);
  traceZapAllFast(vm.rootsCount);
  rootsInvalidate(vm);
  vmRequestAll(vm, REQ_FREE_OBSOLETE_ROOTS);
  remoteFlush(vm);
  writeUnlock(lock);
  zapInvalidatedRoots(vm);
}
