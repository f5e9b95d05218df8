/**
 * The few statistics a benchmark needs, over plain arrays of samples. Nothing here drops a sample: noise is answered by
 * medians and by more runs, never by throwing away what does not please.
 */

/** Thrown when a figure is asked of no samples: there is no honest number to return. */
export class NoSamplesError extends Error {
  constructor(what: string) {
    super(`${what} of no samples`);
    this.name = "NoSamplesError";
  }
}

function sorted(samples: readonly number[], what: string): number[] {
  if (samples.length === 0) throw new NoSamplesError(what);
  return [...samples].sort((a, b) => a - b);
}

/** The middle sample, or the mean of the two middle ones. */
export function median(samples: readonly number[]): number {
  const s = sorted(samples, "median");
  const middle = s.length >> 1;
  const upper = s[middle] as number;
  return s.length % 2 === 1 ? upper : ((s[middle - 1] as number) + upper) / 2;
}

/** The smallest sample that is at least as great as the share `q` (0 to 1) of all samples: nearest rank. */
export function quantile(samples: readonly number[], q: number): number {
  if (!(q >= 0 && q <= 1)) throw new RangeError(`quantile ${q} is not within 0 to 1`);
  const s = sorted(samples, "quantile");
  const rank = Math.max(1, Math.ceil(q * s.length));
  return s[rank - 1] as number;
}

/** Half the width of the middle half of the samples, as a share of the median: how far to trust the last digits. */
export function spread(samples: readonly number[]): number {
  const m = median(samples);
  if (m === 0) return 0;
  return (quantile(samples, 0.75) - quantile(samples, 0.25)) / 2 / Math.abs(m);
}
