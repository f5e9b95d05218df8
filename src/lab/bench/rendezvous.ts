/** Starting timed work on several threads at one moment, to within a spinning hand-over. */

/**
 * Returns when `parties` threads have come here. Spins: sleeping would cost more than what is measured. `gate` counts
 * arrivals for ever, so it needs no reset; every use has the same number of parties until all have passed.
 */
export function rendezvous(gate: Int32Array, parties: number): void {
  if (parties <= 1) return;
  const ticket = Atomics.add(gate, 0, 1);
  const full = ticket - (ticket % parties) + parties;
  while (Atomics.load(gate, 0) < full) {
    // the others are on their way
  }
}

/** When one thread's share of timed work began and ended, by `nowNs`. */
export interface TimeSpan {
  readonly startNs: number;
  readonly endNs: number;
}

/** The monotonic clock that all threads of the process share, nanoseconds; exact, since uptimes stay below 2^53 ns. */
export function nowNs(): number {
  return Number(process.hrtime.bigint());
}

/** From the first thread's start to the last one's end, nanoseconds. */
export function wallNs(spans: readonly TimeSpan[]): number {
  return Math.max(...spans.map((span) => span.endNs)) - Math.min(...spans.map((span) => span.startNs));
}
