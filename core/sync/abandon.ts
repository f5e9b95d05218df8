/**
 * What is left of a CPU whose call was cut short by die() or bug(): core's stack is gone, what it held is not.
 *
 * Guarantee: others' grace periods and barriers end, and whoever waits for a RwLock that this CPU held, queued for or was
 * counted in ends with die(). The CPU itself may be used again. Spinlocks stay as they are: release builds do not know
 * which it held; those that every VM needs are looked at by cpuAbandon (core/vcpu).
 */

import { epochAbandon } from "./epoch";
import { rwAbandon } from "./rwlock";
import { thisCpu } from "./this_cpu";

/** To be called on the CPU whose call was cut short, before it is used again. */
export function abandonHeld(): void {
  rwAbandon();
  epochAbandon();
  thisCpu().heldCount = 0;
}
