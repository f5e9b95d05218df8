/**
 * From frame number to metadata and back, and which frames the arena has. A pfn of the arena is a u32 throughout mm;
 * 0 is never one. The last byte of a 4 GiB memory is at 2^32 - 1, so ends are computed in frames, never in bytes.
 */

import { Frame, FRAME_SHIFT } from "../layout/frame";
import { system } from "../layout/system";

/** Metadata of frame `pfn`, which must be below System.memFrames. */
// @ts-ignore: decorator
@inline
export function frameMeta(pfn: u32): Frame {
  return changetype<Frame>(<usize>system().frameMeta + ((<usize>pfn) << FRAME_SHIFT));
}

/** The frame whose metadata this is: what a deferred function gets back from its EpochNode. */
// @ts-ignore: decorator
@inline
export function framePfn(meta: Frame): u32 {
  return <u32>((changetype<usize>(meta) - system().frameMeta) >> FRAME_SHIFT);
}

/** True for frames that have contents in linear memory and metadata; false for phantom and reserved ones. */
// @ts-ignore: decorator
@inline
export function frameIsArena(pfn: u64): bool {
  const sys = system();
  return pfn - sys.arenaStartPfn < <u64>(sys.arenaEndPfn - sys.arenaStartPfn);
}
