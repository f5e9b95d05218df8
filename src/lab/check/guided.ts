/** Runs a given schedule. Where it says nothing, or what it says is impossible, the defaults hold (scenario.ts, Switch). */
import type { Machine, Scheduler } from "./machine.js";
import type { Schedule } from "./scenario.js";

/** Points of one fiber are below this. */
const STRIDE = 2 ** 32;

export class GuidedSchedule implements Scheduler {
  readonly usesSleep = false;
  readonly #machine: Machine;
  readonly #switches: ReadonlyMap<number, number>;
  readonly #choices: ReadonlyMap<number, number>;

  constructor(machine: Machine, { switches, choices }: Schedule) {
    this.#machine = machine;
    this.#switches = new Map(switches.map(({ from, at, to }) => [(from + 1) * STRIDE + at, to]));
    this.#choices = new Map(choices.map(({ fiber, at, value }) => [fiber * STRIDE + at, value]));
  }

  begin(): void {}

  atAccess(fiber: number): number {
    const to = this.#switches.get((fiber + 1) * STRIDE + (this.#machine.count[fiber] as number));
    return to !== undefined && ((this.#machine.eligible() >>> to) & 1) !== 0 ? to : fiber;
  }

  atFree(previous: number, candidates: number): number {
    const at = previous < 0 ? 0 : (this.#machine.count[previous] as number);
    const to = this.#switches.get((previous + 1) * STRIDE + at);
    return to !== undefined && ((candidates >>> to) & 1) !== 0 ? to : this.#machine.defaultOf(candidates);
  }

  choose(fiber: number, n: number): number {
    return Math.min(this.#choices.get(fiber * STRIDE + (this.#machine.count[fiber] as number) + 1) ?? 0, n - 1);
  }
}
