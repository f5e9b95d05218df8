/**
 * Frames whose decoded instructions somebody caches, as the processor's stores see them.
 *
 * Protocol. The decoder sets FRAME_FLAG_CODE, has every vCPU flush, and only then reads the bytes. From then on no TLB
 * has a write comparator for the frame, so each store takes the slow path, stores *first* and reports *after*: a decode
 * that began before the report is dropped by it, one that begins after it sees the store. A store that slipped through
 * a comparator older than the flag is over when its vCPU has flushed, hence before the decoder reads.
 */

import { FRAME_FLAG_CODE, FRAME_SHIFT, Frame } from "../layout/frame";
import { OP_CODE_WRITTEN, system, SYSTEM_OPS } from "../layout/system";
import { PAGE_MASK, PAGE_SHIFT, PAGE_SIZE } from "../layout/types";
import { aand16, aload32, aor16 } from "../sync/atomics";

/** Offset of the aligned word of a Frame that has `flags` in its upper half. */
const FLAGS_WORD: usize = offsetof<Frame>("kind");
if (offsetof<Frame>("flags") != offsetof<Frame>("kind") + 2) ERROR("flags are the upper half of the word at kind");
if ((offsetof<Frame>("kind") & 3) != 0) ERROR("the word at kind is aligned");

/** Whether decoded instructions of the arena's frame at `hpa` are cached. */
// @ts-ignore: decorator
@inline
export function codeFrameIsCached(hpa: u64): bool {
  const meta = <usize>system().frameMeta + ((<usize>(hpa >> PAGE_SHIFT)) << FRAME_SHIFT);
  return ((aload32(meta + FLAGS_WORD) >> 16) & FRAME_FLAG_CODE) != 0;
}

/** From now on stores into frame `pfn`, which the caller keeps from being freed, are reported: once all have flushed. */
export function codeFrameMark(pfn: u32): void {
  const meta = <usize>system().frameMeta + ((<usize>pfn) << FRAME_SHIFT);
  aor16(meta + offsetof<Frame>("flags"), FRAME_FLAG_CODE);
}

/** Nobody has instructions decoded of frame `pfn` any more, or will know it before it next decodes some. */
export function codeFrameUnmark(pfn: u32): void {
  const meta = <usize>system().frameMeta + ((<usize>pfn) << FRAME_SHIFT);
  aand16(meta + offsetof<Frame>("flags"), ~FRAME_FLAG_CODE);
}

/** A store somewhere in the arena's frame at `hpa` has been done: reports it if somebody caches what was decoded there. */
export function codeFrameStored(hpa: u64): void {
  if (codeFrameIsCached(hpa)) report(hpa & PAGE_MASK, PAGE_SIZE);
}

/** The same of a store of `bytes` at `hpa`: what was decoded elsewhere in the frame stays. */
export function codeBytesStored(hpa: u64, bytes: u32): void {
  if (codeFrameIsCached(hpa)) report(hpa, bytes);
}

/** The frame `pfn` is about to be freed. */
export function codeFrameFreed(pfn: u32): void {
  const hpa = (<u64>pfn) << PAGE_SHIFT;
  if (codeFrameIsCached(hpa)) report(hpa, 0);
}

function report(hpa: u64, bytes: u32): void {
  const op = load<u32>(SYSTEM_OPS + OP_CODE_WRITTEN * 4);
  if (op != 0) call_indirect<void>(op, <u32>hpa, bytes);
}
