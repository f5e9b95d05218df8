/**
 * Each CPU's magazine: a stack of free single frames that only its owner touches, so that the common allocation and
 * free cost no locked instruction. Empty, it takes a batch from the buddy allocator; full, it gives its older half
 * back.
 *
 * Other CPUs cannot reach into a magazine. So when memory is short, up to MAGAZINE_SLOTS - 1 frames (508 KiB) of each
 * other CPU may sit unused while an allocation fails. Batches shrink with what is left, which keeps the slack below a
 * quarter of it on the allocating side; a CPU that goes idle or ends calls magazineDrain, and the drain of a CPU whose
 * worker is gone is anybody's.
 */

import { CPU_MAGAZINE, Cpu, cpuById, MAGAZINE_SLOTS } from "../layout/cpu";
import { system } from "../layout/system";
import { thisCpu } from "../sync/this_cpu";
import { buddyGiveBatch, buddyTakeBatch } from "./buddy";

/** Frames moved at a time between a magazine and the buddy allocator. */
const BATCH: u32 = MAGAZINE_SLOTS / 2;

/** Address of a magazine's count; slot i is at + 4 + i * 4, so the top of a stack of n is at + n * 4. */
// @ts-ignore: decorator
@inline
export function magazineOf(cpu: Cpu): usize {
  return changetype<usize>(cpu) + CPU_MAGAZINE;
}

/** Fills this CPU's empty magazine; 0 frames if the buddy allocator has none. Returns how many. @takes buddyLock */
export function magazineRefill(): u32 {
  const magazine = magazineOf(thisCpu());
  const sys = system();
  // A racy read: it only sizes the batch.
  const share = sys.buddyFree / (4 * sys.cpuLimit + 1) + 1;
  const got = buddyTakeBatch(magazine + 4, share < BATCH ? share : BATCH);
  store<u32>(magazine, got);
  return got;
}

/** Makes room in this CPU's full magazine: the older half goes back. @takes buddyLock */
export function magazineSpill(): void {
  const magazine = magazineOf(thisCpu());
  buddyGiveBatch(magazine + 4, BATCH);
  memory.copy(magazine + 4, magazine + 4 + BATCH * 4, (MAGAZINE_SLOTS - BATCH) * 4);
  store<u32>(magazine, MAGAZINE_SLOTS - BATCH);
}

/** Gives all frames of this CPU's magazine back. @takes buddyLock */
export function magazineDrain(): void {
  magazineDrainCpu(thisCpu().id);
}

/** The same for CPU `id`, which must be the caller or no longer run. @takes buddyLock */
export function magazineDrainCpu(id: u32): void {
  const magazine = magazineOf(cpuById(id));
  const count = load<u32>(magazine);
  if (count == 0) return;
  store<u32>(magazine, 0); // first: a worker that dies in the next line leaks frames but frees none twice
  buddyGiveBatch(magazine + 4, count);
}
