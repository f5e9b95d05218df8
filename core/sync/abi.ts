/** Host ABI of sync: a worker becomes a CPU. */

import { EBUSY, EINVAL } from "../layout/errno";
import { cpuById } from "../layout/cpu";
import { SYSTEM_BASE, SYSTEM_MAGIC, System, system } from "../layout/system";
import { acas32, aload32 } from "./atomics";
import { setThisCpu } from "./this_cpu";

/**
 * Makes the calling instance CPU `id`. -EINVAL: no such CPU, or no system in this memory. -EBUSY: the worker that was
 * this CPU has died, and locks it may still hold name the number: take another.
 */
export function cpuInit(id: u32): i32 {
  if (system().magic != SYSTEM_MAGIC || id >= system().nCpus) return -EINVAL;
  const cpu = cpuById(id);
  if (cpu.dead != 0) return -EBUSY;
  cpu.id = id;
  cpu.epoch = 0;
  cpu.readHeld0 = 0;
  cpu.readHeld1 = 0;
  cpu.epochPolls = 0;
  cpu.rwInvolved0 = 0;
  cpu.rwInvolved1 = 0;
  cpu.heldCount = 0;
  cpu.vm = 0;
  cpu.vcpu = 0;
  cpu.online = 1;
  setThisCpu(id);
  // Sweeps must see this CPU before it can hold anything.
  const limit = SYSTEM_BASE + offsetof<System>("cpuLimit");
  while (true) {
    const now = aload32(limit);
    if (now > id || acas32(limit, now, id + 1) == now) return 0;
  }
}
