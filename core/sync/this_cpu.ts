/**
 * The current CPU. The only mutable global in core: each worker's instance has its own, and the lab's scheduler
 * switches it when many fibers share one instance.
 */

import { Cpu, cpuById } from "../layout/cpu";

let current: usize = 0;

/** The CPU this thread is. */
// @ts-ignore: decorator
@inline
export function thisCpu(): Cpu {
  return changetype<Cpu>(current);
}

/** Makes this instance CPU `id`: once per worker, and at each fiber switch in the lab. */
export function setThisCpu(id: u32): void {
  current = changetype<usize>(cpuById(id));
}
