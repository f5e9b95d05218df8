/** Contiguous, zeroed kernel memory in whole frames: 4 KiB to 2 MiB, aligned to its size. For less, kalloc; for more, karrayAlloc. */

import { FRAME_KERNEL } from "../layout/frame";
import { PAGE_SHIFT, PAGE_SIZE } from "../layout/types";
import { framesAlloc, framesFree } from "./frames";

/** @ret address of 2^order zeroed frames, 0 = out of memory */
export function kblockAlloc(order: u32): usize {
  const p = (<usize>framesAlloc(order, FRAME_KERNEL)) << PAGE_SHIFT;
  if (p != 0) memory.fill(p, 0, PAGE_SIZE << order);
  return p;
}

/** Frees what kblockAlloc(order) returned. */
export function kblockFree(p: usize, order: u32): void {
  framesFree(<u32>(p >> PAGE_SHIFT), order);
}

/** The smallest order whose block holds `bytes` (1 to 2 MiB). */
export function kblockOrder(bytes: u32): u32 {
  const frames = (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
  return frames <= 1 ? 0 : 32 - clz(frames - 1);
}
