/** Addresses of a VM's locks, and this CPU's scratch areas. */

import { CPU_FAULT, CPU_ITER0, CPU_ITER1, Fault, TdpIter } from "../layout/mmu_walk";
import { Vm } from "../layout/vm";
import { READ_CLASS_MMU } from "../layout/sync";
import { vmCpu } from "../sync/guest_mode";
import { readLock } from "../sync/rwlock";
import { thisCpu } from "../sync/this_cpu";

// @ts-ignore: decorator
@inline
export function vmMmuLock(vm: Vm): usize {
  return changetype<usize>(vm) + offsetof<Vm>("mmuLock");
}

// @ts-ignore: decorator
@inline
export function vmPagesLock(vm: Vm): usize {
  return changetype<usize>(vm) + offsetof<Vm>("tdpMmuPagesLock");
}

// @ts-ignore: decorator
@inline
export function vmSlotsLock(vm: Vm): usize {
  return changetype<usize>(vm) + offsetof<Vm>("slotsLock");
}

/** mmu_lock for read, as a page fault takes it: what it has to wait is in the VM's statistics. @takes mmuLock:read */
// @ts-ignore: decorator
@inline
export function faultReadLock(vm: Vm): void {
  const before = thisCpu().lockWaitNs;
  readLock(vmMmuLock(vm), READ_CLASS_MMU);
  if (thisCpu().lockWaitNs != before) countWait(vm, thisCpu().lockWaitNs - before);
}

function countWait(vm: Vm, ns: u64): void {
  vmCpu(vm).lockWaits++;
  vmCpu(vm).lockWaitNs += ns;
}

/** The page fault this CPU handles. */
// @ts-ignore: decorator
@inline
export function thisFault(): Fault {
  return changetype<Fault>(changetype<usize>(thisCpu()) + CPU_FAULT);
}

/** The iterator of a walk that calls no other walk, or of the inner one. */
// @ts-ignore: decorator
@inline
export function thisIter(): TdpIter {
  return changetype<TdpIter>(changetype<usize>(thisCpu()) + CPU_ITER0);
}

/** The iterator of the outer walk. */
// @ts-ignore: decorator
@inline
export function outerIter(): TdpIter {
  return changetype<TdpIter>(changetype<usize>(thisCpu()) + CPU_ITER1);
}
