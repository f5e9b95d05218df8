/**
 * Debug builds: free memory is filled with a pattern, and whoever gets the memory next finds out if it was written to
 * meanwhile. Frames that were never freed hold what wasm memory starts with and are not checked (FRAME_FLAG_POISONED).
 */

import { BUG_FRAME_POISON } from "../layout/bugs";
import { Frame, FRAME_FLAG_POISONED } from "../layout/frame";
import { PAGE_SHIFT, PAGE_SIZE } from "../layout/types";
import { bug } from "../trace/bug";
import { frameMeta } from "./frame_meta";

export const POISON: u64 = 0xdeaddeaddeaddead;

/** Fills `bytes` (a multiple of 8) at `p` with poison. */
export function poisonFill(p: usize, bytes: u32): void {
  for (let i: u32 = 0; i < bytes; i += 8) store<u64>(p + i, POISON);
}

/** Throws `code` if the `bytes` (a multiple of 8) at `p` are not all poison. */
export function poisonCheck(p: usize, bytes: u32, code: u32): void {
  for (let i: u32 = 0; i < bytes; i += 8) {
    if (load<u64>(p + i) != POISON) bug(code, p + i, load<u64>(p + i));
  }
}

/** Poisons the `count` frames from `pfn`. */
export function poisonFrames(pfn: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    poisonFill((pfn + i) << PAGE_SHIFT, PAGE_SIZE);
    const meta = frameMeta(pfn + i);
    meta.flags |= FRAME_FLAG_POISONED;
  }
}

/** Checks those of the `count` frames from `pfn` that were poisoned, and takes the mark off. */
export function poisonCheckFrames(pfn: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const meta: Frame = frameMeta(pfn + i);
    if ((meta.flags & FRAME_FLAG_POISONED) == 0) continue;
    poisonCheck((pfn + i) << PAGE_SHIFT, PAGE_SIZE, BUG_FRAME_POISON);
    meta.flags &= ~FRAME_FLAG_POISONED;
  }
}
