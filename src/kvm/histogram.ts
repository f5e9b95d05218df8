/** Fault latencies, as core counts them (core/layout/histogram.ts), summed up for people. */
import { type CoreMemory, HISTOGRAM_BUCKETS, HISTOGRAM_SUB_BITS } from "../abi/index.js";

const SUB_BUCKETS = 1 << HISTOGRAM_SUB_BITS;

/** Latencies of a vCPU's page faults, ns; all 0 without timing. Quantiles are upper bounds, at most 6.25 % too high. */
export interface FaultLatency {
  count: number;
  p50: number;
  p99: number;
  max: number;
  mean: number;
  /** Faults by latency: sixteen buckets per octave; the first sixteen are exact. */
  counts: readonly number[];
}

/** The latencies whose buckets are `counts`, with the exact maximum and sum, ns. */
export function faultLatency(counts: readonly number[], max: number, total: number): FaultLatency {
  const count = counts.reduce((sum, n) => sum + n, 0);
  return {
    count,
    p50: quantile(counts, 0.5),
    p99: quantile(counts, 0.99),
    max,
    mean: count === 0 ? 0 : total / count,
    counts,
  };
}

/** The latencies of several vCPUs' faults together. */
export function mergeFaultLatencies(latencies: readonly FaultLatency[]): FaultLatency {
  const counts = Array.from({ length: HISTOGRAM_BUCKETS }, (_, i) =>
    latencies.reduce((sum, one) => sum + (one.counts[i] ?? 0), 0),
  );
  const max = latencies.reduce((most, one) => Math.max(most, one.max), 0);
  const total = latencies.reduce((sum, { count, mean }) => sum + count * mean, 0);
  return faultLatency(counts, max, total);
}

/** A copy of the counters at `address`. */
export function readHistogram(memory: CoreMemory, address: number): number[] {
  const first = (address >>> 0) / 8;
  return Array.from({ length: HISTOGRAM_BUCKETS }, (_, i) => Number(Atomics.load(memory.wides, first + i)));
}

/** The greatest value that falls into `bucket`. */
export function bucketLimit(bucket: number): number {
  if (bucket < SUB_BUCKETS) return bucket;
  const octave = Math.floor(bucket / SUB_BUCKETS) - 1;
  return (SUB_BUCKETS + (bucket % SUB_BUCKETS) + 1) * 2 ** octave - 1;
}

/** The least bucket limit that `quantile` (0 to 1) of the samples do not exceed; 0 without samples. */
export function quantile(counts: readonly number[], quantile: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const rank = Math.max(1, Math.ceil(total * quantile));
  let seen = 0;
  for (const [bucket, count] of counts.entries()) {
    seen += count;
    if (total > 0 && seen >= rank) return bucketLimit(bucket);
  }
  return 0;
}
