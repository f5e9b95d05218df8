/**
 * One check: exhaustive searches with 0, 1, 2 ... preemptions, then random priorities; the first failure is made small
 * and told. Gives way to the event loop a few times a second, so that a signal can end it.
 */
import { SYSTEM_BASE, SYSTEM_BYTES, SYSTEM_MUTANTS_REACHED } from "../../abi/index.js";
import { ExhaustiveSearch } from "./exhaustive.js";
import { GuidedSchedule } from "./guided.js";
import { Machine, type Scheduler } from "./machine.js";
import { RandomPriorities } from "./random.js";
import {
  type Bounds,
  type CheckOptions,
  type CheckProgress,
  type CheckResult,
  DEFAULT_BOUNDS,
  type Failure,
  type Scenario,
  type Schedule,
} from "./scenario.js";
import { explainFailure } from "./shrink.js";

/** Time between two looks at the clock and the signal, ms. */
const SLICE_MS = 100;

/** Executions, and changes of priority in each, from which the first conflicts are learnt. */
const LEARNING_RUNS = 200;
const LEARNING_DEPTH = 5;

type Stopped = CheckResult["stopped"];

class Check {
  readonly #options: CheckOptions;
  readonly #bounds: Bounds;
  readonly #machine: Machine;
  readonly #search: ExhaustiveSearch;
  readonly #started = performance.now();
  #sliceEnd = performance.now() + SLICE_MS;
  #executions = 0;
  #cutShort = 0;
  #randomExecutions = 0;
  #boundCompleted = -1;
  #states = 0;
  #stopped: Stopped = null;
  /** Random executions before the exhaustive search. */
  #learnt = 0;
  readonly #reached = new Set<number>();

  constructor(options: CheckOptions) {
    this.#options = options;
    this.#bounds = boundsOf(options.scenario, options.bounds);
    this.#machine = machineFor(options);
    this.#search = new ExhaustiveSearch(this.#machine, options.storeBuffers !== true && (options.reduces ?? true));
  }

  async run(): Promise<CheckResult> {
    this.#learnConflicts();
    for (let bound = 0; bound <= this.#bounds.preemptions && this.#stopped === null; bound++) {
      await this.#searchBound(bound);
    }
    if (this.#stopped === null) await this.#runRandom();
    const failure = this.#stopped === "failure" ? await this.#explain() : null;
    return {
      scenario: this.#options.scenario.name,
      boundCompleted: this.#boundCompleted,
      executions: this.#executions,
      cutShort: this.#cutShort,
      randomExecutions: this.#randomExecutions,
      transitions: this.#machine.transitions,
      states: this.#states,
      seconds: this.#seconds(),
      stopped: this.#stopped,
      failure,
      mutantsReached: [...this.#reached].sort((a, b) => a - b),
    };
  }

  /**
   * A search begins again when it meets a new conflict: most are met beforehand, by chance. What fails here fails again
   * later; only where a mutant is looked for, any failure will do.
   */
  #learnConflicts(): void {
    const scheduler = new RandomPriorities(this.#machine, this.#bounds.seed, LEARNING_DEPTH);
    for (let i = 0; i < LEARNING_RUNS; i++) {
      if (this.#options.mutant === undefined) {
        this.#machine.execute(scheduler);
        continue;
      }
      this.#randomExecutions++;
      if (this.#execute(scheduler) === "failed") return;
      if (this.#seconds() > this.#bounds.seconds) {
        this.#stopped = "time";
        break;
      }
    }
    this.#learnt = this.#randomExecutions;
  }

  async #searchBound(bound: number): Promise<void> {
    const search = this.#search;
    search.start(bound);
    do {
      this.#executions++;
      const outcome = this.#execute(search);
      this.#states = search.states;
      if (outcome === "cut") this.#cutShort++;
      if (outcome === "failed") return;
      if (performance.now() > this.#sliceEnd && (await this.#pause("exhaustive", bound))) return;
    } while (search.advance());
    this.#boundCompleted = bound;
  }

  async #runRandom(): Promise<void> {
    const { seed, randomDepth, randomRuns } = this.#bounds;
    const scheduler = new RandomPriorities(this.#machine, seed, randomDepth);
    while (this.#randomExecutions - this.#learnt < randomRuns) {
      this.#randomExecutions++;
      if (this.#execute(scheduler) === "failed") return;
      if (performance.now() > this.#sliceEnd && (await this.#pause("random", this.#boundCompleted))) return;
    }
  }

  #execute(scheduler: Scheduler): string {
    const outcome = this.#machine.execute(scheduler);
    if (this.#options.mutant !== undefined) this.#noteReached();
    if (outcome === "failed") this.#stopped = "failure";
    return outcome;
  }

  #noteReached(): void {
    const { bytes } = this.#machine.host.core;
    for (let at = SYSTEM_MUTANTS_REACHED; at < SYSTEM_BASE + SYSTEM_BYTES; at++) {
      if (bytes[at] !== 0) this.#reached.add(at - SYSTEM_MUTANTS_REACHED);
    }
  }

  async #explain(): Promise<Failure> {
    this.#report("shrink", this.#boundCompleted + 1);
    const foundBy = this.#randomExecutions > this.#learnt ? "random" : "exhaustive";
    return explainFailure(this.#machine, foundBy);
  }

  #seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  #report(phase: CheckProgress["phase"], bound: number): void {
    const executions = this.#executions + this.#randomExecutions;
    this.#options.onProgress?.({ phase, bound, executions, states: this.#states, seconds: this.#seconds() });
  }

  /** Lets the event loop run. True: the check is to end. */
  async #pause(phase: CheckProgress["phase"], bound: number): Promise<boolean> {
    this.#report(phase, bound);
    await new Promise((resolve) => setImmediate(resolve));
    this.#sliceEnd = performance.now() + SLICE_MS;
    if (this.#options.signal?.aborted) this.#stopped = "abort";
    else if (this.#seconds() > this.#bounds.seconds) this.#stopped = "time";
    return this.#stopped !== null;
  }
}

/** Checks one scenario. Rejects if its set-up fails. */
export async function checkScenario(options: CheckOptions): Promise<CheckResult> {
  return new Check(options).run();
}

/** Runs one schedule; what `options` say of bounds and progress does not matter. Null: it does not fail. */
export function replaySchedule(options: CheckOptions, schedule: Schedule): Failure | null {
  const machine = machineFor(options);
  machine.execute(new GuidedSchedule(machine, schedule));
  return machine.failure === null ? null : explainFailure(machine, "replay");
}

function machineFor({ module, scenario, bounds: given, mutant, storeBuffers }: CheckOptions): Machine {
  const bounds = boundsOf(scenario, given);
  const machine = new Machine(module, scenario, mutant);
  machine.hasStoreBuffers = storeBuffers === true;
  machine.progressLimit = bounds.progressLimit;
  machine.sectionLimit = bounds.sectionLimit;
  return machine;
}

function boundsOf(scenario: Scenario, given: Partial<Bounds> | undefined): Bounds {
  return { ...DEFAULT_BOUNDS, ...scenario.bounds, ...given };
}
