/** Probes of core/mm: its internal functions, for tests. */

export {
  frameAlloc,
  frameCount,
  frameFree,
  frameFreeDeferred,
  frameGet,
  frameIsArena,
  framePut,
  framesAlloc,
  framesFree,
  framesSplit,
  frameZero,
  magazineDrain,
} from "../../../core/mm/frames";
export { kalloc, kfree } from "../../../core/mm/slab";
export { kblockAlloc, kblockFree, kblockOrder } from "../../../core/mm/kblock";
export { karrayBytes } from "../../../core/mm/karray";
export { frameInvariantCheck } from "../../../core/mm/invariants";
export { magazineDrainCpu } from "../../../core/mm/magazine";
export { kfreeDeferred } from "../../../core/mm/slab";

import { frameMeta } from "../../../core/mm/frames";

/** Address of a frame's metadata. */
export function frameMetaAddress(pfn: u32): usize {
  return changetype<usize>(frameMeta(pfn));
}
