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
