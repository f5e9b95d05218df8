/** Counters of an address space: one line per CPU, which only that CPU writes; readers sum. */

import { Mm, MM_CPU_STRIDE, MM_STATS, MmCpu } from "../layout/hostmm";
import { system } from "../layout/system";
import { aload64 } from "../sync/atomics";
import { thisCpu } from "../sync/this_cpu";

/** This CPU's counters of `mm`. */
// @ts-ignore: decorator
@inline
export function mmCpu(mm: Mm): MmCpu {
  return changetype<MmCpu>(<usize>mm.perCpu + thisCpu().id * MM_CPU_STRIDE);
}

/** Counter `which` (MM_STAT_*), all CPUs together; 0 for an unknown one. While others fault, off by what is under way. */
export function mmStat(address: usize, which: u32): i64 {
  if (which >= MM_STATS) return 0;
  const n = system().nCpus;
  let sum: u64 = 0;
  for (let id: u32 = 0; id < n; id++)
    sum += aload64(<usize>changetype<Mm>(address).perCpu + id * MM_CPU_STRIDE + which * 8);
  return <i64>sum;
}
