/** Addresses of a VM's locks, and this CPU's scratch areas. */

import { CPU_FAULT, CPU_ITER0, CPU_ITER1, Fault, TdpIter } from "../layout/mmu_walk";
import { Vm } from "../layout/vm";
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
