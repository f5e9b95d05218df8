/**
 * Random schedules that are good at finding bugs of a known small depth (Burckhardt, Kothari, Musuvathi, Nagarakatte:
 * "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs"): every fiber gets a random priority, the
 * greatest that can run runs, and at `depth` random points the one at work drops below all others. A bug that needs d
 * such points is found with a probability of at least 1 / (n * k^(d-1)) in each execution, n fibers, k points.
 */
import type { Machine, Scheduler } from "./machine.js";

/** xorshift32: the same numbers for the same seed everywhere. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x85ebca6b) | 1;
  }

  /** Uniform in [0, n). */
  below(n: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % n;
  }
}

export class RandomPriorities implements Scheduler {
  readonly usesSleep = false;
  readonly #machine: Machine;
  readonly #random: Random;
  readonly #depth: number;
  /** Points of the longest execution so far. */
  #points = 8;
  #priorities: number[] = [];
  /** Points at which the fiber at work drops, and how far. */
  #drops = new Map<number, number>();

  constructor(machine: Machine, seed: number, depth: number) {
    this.#machine = machine;
    this.#random = new Random(seed);
    this.#depth = depth;
  }

  begin(): void {
    const n = this.#machine.fibers.length;
    this.#priorities = Array.from({ length: n }, (_, i) => this.#depth + 1 + i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.#random.below(i + 1);
      [this.#priorities[i], this.#priorities[j]] = [this.#priorities[j] as number, this.#priorities[i] as number];
    }
    this.#drops = new Map();
    for (let d = 0; d < this.#depth; d++) this.#drops.set(1 + this.#random.below(this.#points), d);
  }

  atAccess(fiber: number): number {
    const { point } = this.#machine;
    if (point > this.#points) this.#points = point;
    const drop = this.#drops.get(point);
    if (drop === undefined) return fiber;
    this.#priorities[fiber] = drop;
    return this.#highest(this.#machine.eligible() | (1 << fiber));
  }

  atFree(_previous: number, candidates: number): number {
    return this.#highest(candidates);
  }

  choose(_fiber: number, n: number): number {
    return this.#random.below(n);
  }

  #highest(candidates: number): number {
    let best = -1;
    for (let f = 0; f < this.#priorities.length; f++) {
      if (((candidates >>> f) & 1) === 0) continue;
      if (best < 0 || (this.#priorities[f] as number) > (this.#priorities[best] as number)) best = f;
    }
    return best;
  }
}
