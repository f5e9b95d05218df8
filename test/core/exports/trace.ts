/** Probes of core/trace. */

import { thisCpu } from "../../../core/sync/this_cpu";
import { aload32 } from "../../../core/sync/atomics";
import { trace, traceOn } from "../../../core/trace/trace";

export { bug, check, dbgAssert } from "../../../core/trace/bug";

/** As every place of the MMU does: asks, then writes. */
export function traceEmit(event: u32, vcpuId1: u32, a: u64, b: u64, c: u64, d: u64, e: u64, f: u64): void {
  if (traceOn(event)) trace(thisCpu(), event, vcpuId1, a, b, c, d, e, f);
}

/** `n` records of `event` whose six fields are the record's number, from 0. */
export function traceEmitMany(event: u32, n: u32): void {
  for (let i: u32 = 0; i < n; i++) if (traceOn(event)) trace(thisCpu(), event, 0, i, i, i, i, i, i);
}

/** The same until the word at `stop` is not 0. Returns how many. */
export function traceEmitUntil(event: u32, stop: usize): u32 {
  let n: u32 = 0;
  for (; aload32(stop) == 0; n++) if (traceOn(event)) trace(thisCpu(), event, 0, n, n, n, n, n, n);
  return n;
}
