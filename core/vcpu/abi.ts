/** Host ABI of vcpu: making and running VMs and vCPUs, and what is left of a CPU whose call was cut short. */

import { LOCK_WAITERS, SpinLock } from "../layout/sync";
import { System, SYSTEM_BASE } from "../layout/system";
import { abandonHeld } from "../sync/abandon";
import { aload32, astore32 } from "../sync/atomics";
import { thisCpu } from "../sync/this_cpu";

/** pagerFinish(request): ends this CPU's wait for a pager, answered or given up. 0: try again; -EFAULT: it failed. */
export { pagerFinish } from "../hostmm/pager";
/** kblockAlloc(order): 2^order zeroed frames for the embedder, to exchange bytes with core; 0 = out of memory. */
export { kblockAlloc } from "../mm/kblock";
/** epochBarrier(): returns when everything that was deferred so far is freed. */
export { epochBarrier } from "../sync/epoch";
export { cpuidSupported, vcpuGetCpuid, vcpuSetCpuid } from "./cpuid";
export { vcpuEnableAsyncPf } from "./deferred";
export { vcpuInterrupt, vcpuNmi, vcpuSmi } from "./inject";
export { msrIndexList, vcpuGetMsrs, vcpuSetMsrs } from "./msrs";
export { vcpuPrefault, vcpuRun } from "./run";
export { vcpuGetState, vcpuGetXsave, vcpuSetState, vcpuSetXsave } from "./state";
export { vcpuCreate, vcpuProgramAlloc } from "./vcpu_create";
export { vmCreate, vmDestroy } from "./vm_create";

/**
 * To be called after die() or bug() threw through core on this CPU: its stack is gone, what it held is not. Ends its
 * epoch section, so that others' grace periods end, and the waits for RwLocks it held. Spinlocks stay as they are: who
 * waits for one waits for a dead VM.
 * @ret 1 if it holds a lock that every VM needs: the system is then marked dead. 0 otherwise.
 */
export function cpuAbandon(): i32 {
  const cpu = thisCpu();
  abandonHeld();
  cpu.vm = 0;
  cpu.vcpu = 0;
  if (!holdsSystemLock(cpu.id)) return 0;
  astore32(SYSTEM_BASE + offsetof<System>("dead"), 1);
  return 1;
}

function holdsSystemLock(id: u32): bool {
  return (
    isOwner(<u32>offsetof<System>("vmLock"), id) ||
    isOwner(<u32>offsetof<System>("epochLock"), id) ||
    isOwner(<u32>offsetof<System>("slabLock"), id) ||
    isOwner(<u32>offsetof<System>("buddyLock"), id)
  );
}

function isOwner(lock: u32, id: u32): bool {
  return (aload32(SYSTEM_BASE + lock + <u32>offsetof<SpinLock>("word")) & ~LOCK_WAITERS) == id + 1;
}
