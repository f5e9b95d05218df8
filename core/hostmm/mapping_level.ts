/** How large a piece of the address space is mapped at once, for whoever may neither fault it in nor wait. */

import { BACKING_PHANTOM, Mm } from "../layout/hostmm";
import { Hva, LEVEL_4K } from "../layout/types";
import { thisCpu } from "../sync/this_cpu";
import { gupFast } from "./gup";
import { unitLevel, vmaFind } from "./vma";

/**
 * Level of the mapping of `hva`, 1 to 3; LEVEL_4K if there is none. Each table entry on the way is read once. The answer
 * may be old when it arrives: it is good for an MMU that holds its lock, with no invalidation of the address in progress,
 * from before the call until it has used it (every change of what is mapped stands between notifyStart and notifyEnd).
 * @epoch
 */
export function mappingLevel(mm: Mm, hva: Hva): u32 {
  if (gupFast(mm, hva, 0) == 0) return <u32>thisCpu().ret2;
  // Phantoms are in no table. Whether the page was touched the caller knows.
  const vma = vmaFind(mm, hva);
  if (changetype<usize>(vma) == 0 || vma.backing != BACKING_PHANTOM) return LEVEL_4K;
  return unitLevel(vma.backing, vma.flags);
}
