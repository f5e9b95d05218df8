/**
 * A latency histogram: one kernel frame of 512 u64 counters. Sixteen buckets per octave, so a bucket is at most 6.25 %
 * wide; the first sixteen are exact. The last bucket holds everything longer.
 *
 *   bucket of v = v                                  for v < 16
 *               = (log2(v) - 3) * 16 + next 4 bits   otherwise
 */

export const HISTOGRAM_BUCKETS: u32 = 512;
export const HISTOGRAM_SUB_BITS: u32 = 4;
if (HISTOGRAM_BUCKETS * 8 != 4096) ERROR("a histogram fills one frame");

// @ts-ignore: decorator
@inline
export function histogramBucket(value: u64): u32 {
  if (value < 1 << HISTOGRAM_SUB_BITS) return <u32>value;
  const octave: u32 = 63 - <u32>clz<u64>(value);
  const sub = <u32>(value >> (octave - HISTOGRAM_SUB_BITS)) & ((1 << HISTOGRAM_SUB_BITS) - 1);
  const bucket = ((octave - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS) + sub;
  return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}
