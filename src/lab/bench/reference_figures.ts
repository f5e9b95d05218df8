/**
 * The figures that the native references gave on the machine our targets were set on, and the check that a run's own
 * native figures resemble them. Only then may a ratio of this run be held against a target; otherwise the run says so.
 * Machine: 2 virtual CPUs, AMD Zen 5, nested virtualisation, Linux 6.18, November 2026.
 */

/** Nanoseconds per page by id of bench/native. */
export const REFERENCE_FIGURES: Readonly<Record<string, number>> = {
  "c.map4k.seq.1t": 6.9,
  "c.map4k.zero.1t": 186,
  "c.map4k.disjoint.2t": 3.6,
  "c.zap4k": 5.8,
  "c.wrprot4k": 5.8,
  "c.walk": 2.8,
  "hostkernel.resident": 1200,
  "hostkernel.firsttouch": 1390,
  "hostkernel.dontneed": 305,
};

/** How far a figure may lie from the reference machine's, as a share of it. */
export const COMPARABLE_WITHIN = 0.25;

/** One figure outside the bounds. */
export interface Deviation {
  readonly id: string;
  readonly measured: number;
  readonly expected: number;
}

/** The figures of `measured` that deviate too far; empty = the run is comparable. Ids without a reference are ignored. */
export function findDeviations(measured: ReadonlyMap<string, number>): Deviation[] {
  const deviations: Deviation[] = [];
  for (const [id, expected] of Object.entries(REFERENCE_FIGURES)) {
    const value = measured.get(id);
    if (value === undefined) continue;
    if (Math.abs(value - expected) > COMPARABLE_WITHIN * expected) deviations.push({ id, measured: value, expected });
  }
  return deviations;
}

/** The sentence a run prints about its comparability. */
export function comparabilityNote(measured: ReadonlyMap<string, number>): string {
  const deviations = findDeviations(measured);
  const percent = COMPARABLE_WITHIN * 100;
  if (deviations.length === 0)
    return `comparable: every native figure is within ${percent} % of the reference machine's`;
  const list = deviations.map((d) => `${d.id} ${d.measured.toFixed(1)} (there ${d.expected})`);
  return `not comparable: native figures differ by more than ${percent} % from the reference machine's: ${list.join(", ")} ns`;
}
