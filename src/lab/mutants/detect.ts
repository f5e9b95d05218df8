/**
 * Looking for one mutant: first where it was found last time; then in the scenarios that pass its place, those that found
 * most of its neighbours first, then those that pass few others, all of them shortly and then again for longer; then by
 * core's own tests and by the property suite, or by that first where the mutant says so. Stops at the first failure.
 */
import type { Bounds } from "../check/index.js";
import type { Job } from "./detect_worker.js";
import type { Mutant } from "./manifest.js";
import type { Outcome, Runner } from "./runner.js";
import { runSuite, runTests } from "./suite.js";

/** What found a mutant. */
export interface Finding {
  /** A scenario's name, "tests" or "suite". */
  readonly by: string;
  /** The checker's FailureKind, "endless", "tests" or "suite". */
  readonly property: string;
  readonly message: string;
  /** Executions of that scenario, or rounds of the tests or the suite. */
  readonly executions: number;
  /** Switches and choices in the shortest schedule. */
  readonly scheduleLength: number;
  readonly preemptions: number;
}

export interface Detection {
  readonly mutant: Mutant;
  readonly finding: Finding | null;
  /** Whether a scenario passed its place. */
  readonly isReached: boolean;
  /** Scenarios tried, in order. */
  readonly tried: readonly string[];
  /** Of all scenarios and the suite together. */
  readonly executions: number;
  readonly seconds: number;
}

/** What is known of a scenario before the search. */
export interface KnownScenario {
  readonly name: string;
  /** Mutants whose place it passes. */
  readonly reaches: ReadonlySet<number>;
}

export interface SearchOptions {
  readonly runner: Runner;
  /** Limit for the mutant, s. */
  readonly seconds: number;
  readonly scenarios: readonly KnownScenario[];
  /** Mutants of the same file that each scenario found. */
  readonly finders: ReadonlyMap<string, number>;
  /** What found it last time: a scenario, "tests" or "suite". */
  readonly hint?: string | undefined;
  readonly isSuiteUsed: boolean;
  readonly signal: AbortSignal;
  /** Told the time each scenario was given in all, so that the control run can have as much. */
  readonly onTried?: (scenario: string, seconds: number) => void;
}

/** With less time for a mutant than this, s, vitest, slow to start, is asked only where it is known to find it. */
export const SUITE_FROM_S = 10;

/** Of the scenario that found it last time, within its own bounds. */
const SECOND_LOOK = { part: 0.5 };

/** One after the other, over all scenarios; the time is a part of the mutant's limit. */
const LOOKS: readonly (Partial<Bounds> & { readonly part: number })[] = [
  { preemptions: -1, randomRuns: 0, part: 0.02 },
  { preemptions: 0, randomRuns: 0, part: 0.1 },
  { preemptions: 1, randomRuns: 0, part: 0.5 },
  { preemptions: 2, randomRuns: 3000, seed: 3, part: 1 },
];

class Search {
  readonly #mutant: Mutant;
  readonly #options: SearchOptions;
  readonly #tried = new Map<string, number>();
  #isReached = false;
  #executions = 0;
  #spent = 0;

  constructor(mutant: Mutant, options: SearchOptions) {
    this.#mutant = mutant;
    this.#options = options;
  }

  async run(): Promise<Detection> {
    this.#isReached = this.#options.scenarios.some(({ reaches }) => reaches.has(this.#mutant.number));
    let finding: Finding | null = null;
    for (const finder of this.#finders()) {
      finding = await (finder === "scenarios" ? this.#byScenarios() : this.#byVitest(finder));
      if (finding !== null) break;
    }
    return {
      mutant: this.#mutant,
      finding,
      isReached: this.#isReached,
      tried: [...this.#tried.keys()],
      executions: this.#executions,
      seconds: this.#spent,
    };
  }

  /** In the order in which they are asked. */
  #finders(): ("scenarios" | "tests" | "suite")[] {
    const { isSuiteUsed, hint, seconds } = this.#options;
    if (!isSuiteUsed) return ["scenarios"];
    const first = hint ?? this.#mutant.by;
    const rest = ["scenarios", "tests", "suite"] as const;
    const isShort = seconds < SUITE_FROM_S;
    if (first !== "suite" && first !== "tests") return isShort ? ["scenarios"] : [...rest];
    return [first, ...rest.filter((finder) => finder !== first && (finder === "scenarios" || !isShort))];
  }

  async #byVitest(by: "tests" | "suite"): Promise<Finding | null> {
    const { seconds, signal } = this.#options;
    const run = by === "tests" ? runTests(this.#mutant.number, signal) : runSuite(this.#mutant.number, seconds, signal);
    const { isFound, message, rounds, seconds: spent } = await run;
    signal.throwIfAborted();
    this.#spent += spent;
    this.#tried.set(by, spent);
    if (!isFound) return null;
    return { by, property: by, message, executions: rounds, scheduleLength: 0, preemptions: 0 };
  }

  async #byScenarios(): Promise<Finding | null> {
    const { seconds, hint, scenarios } = this.#options;
    const start = this.#spent;
    const left = (): number => seconds - (this.#spent - start);
    const names = this.#candidates().map(({ name }) => name);
    const again = scenarios.filter(({ name }) => name === hint).map(({ name }) => ({ name, ...SECOND_LOOK }));
    const looks = [...again, ...LOOKS.flatMap((look) => names.map((name) => ({ name, ...look })))];
    for (const { name, part, ...bounds } of looks) {
      if (left() <= 0.1) return null;
      const outcome = await this.#try(name, { ...bounds, seconds: Math.min(part * seconds, left()) });
      const finding = findingOf(outcome, name);
      if (finding !== null) return finding;
    }
    return null;
  }

  async #try(scenario: string, bounds: Job["bounds"]): Promise<Outcome> {
    const start = performance.now();
    const outcome = await this.#options.runner.run({ scenario, mutant: this.#mutant.number, bounds });
    const spent = (performance.now() - start) / 1000;
    this.#spent += spent;
    const inAll = (this.#tried.get(scenario) ?? 0) + spent;
    this.#tried.set(scenario, inAll);
    this.#options.onTried?.(scenario, inAll);
    if ("endless" in outcome) return outcome;
    this.#executions += outcome.executions + outcome.randomExecutions;
    this.#isReached ||= outcome.mutantsReached.includes(this.#mutant.number);
    return outcome;
  }

  /** A place that only a lost race leads to may not have been passed yet: then those that pass its function, or its file. */
  #candidates(): KnownScenario[] {
    const { scenarios, finders } = this.#options;
    const finds = (name: string): number => finders.get(name) ?? 0;
    const { number, neighbours } = this.#mutant;
    const circles = [[number], neighbours.ofFunction, neighbours.ofFile];
    const passing = circles.map((numbers) => scenarios.filter(({ reaches }) => numbers.some((n) => reaches.has(n))));
    const nearest = passing.find((some) => some.length > 0) ?? [];
    return [...nearest].sort((a, b) => finds(b.name) - finds(a.name) || a.reaches.size - b.reaches.size);
  }
}

function findingOf(outcome: Outcome, scenario: string): Finding | null {
  if ("endless" in outcome) {
    const message = "core loops without touching a shared word";
    return { by: scenario, property: "endless", message, executions: 0, scheduleLength: 0, preemptions: 0 };
  }
  const { failure, executions, randomExecutions } = outcome;
  if (failure === null) return null;
  return {
    by: scenario,
    property: failure.kind,
    message: failure.message,
    executions: executions + randomExecutions,
    scheduleLength: failure.schedule.switches.length + failure.schedule.choices.length,
    preemptions: failure.preemptions,
  };
}

/** Looks for `mutant`. Rejects with the signal's reason. */
export function detect(mutant: Mutant, options: SearchOptions): Promise<Detection> {
  return new Search(mutant, options).run();
}
