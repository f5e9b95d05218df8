/**
 * All mutants asked for, on all threads: a quick look at which scenario passes which mutant's place, the search for each
 * mutant, and at last core as it is, with as much time for each scenario as any mutant had.
 */
import type { CheckResult } from "../check/index.js";
import { type Detection, detect, type KnownScenario } from "./detect.js";
import type { Job } from "./detect_worker.js";
import type { Mutant } from "./manifest.js";
import { Runner } from "./runner.js";
import { runTests } from "./suite.js";

/** The first look at a scenario: enough to see what it passes. */
const PROBE = { preemptions: 0, randomRuns: 20, seconds: 5 };

export interface CampaignOptions {
  readonly module: WebAssembly.Module;
  readonly mutants: readonly Mutant[];
  readonly scenarios: readonly string[];
  readonly workers: number;
  /** For one mutant, s. */
  readonly seconds: (mutant: Mutant) => number;
  readonly isSuiteUsed: boolean;
  /** Whether core as it is is looked at as long as the mutants were. */
  readonly hasControl: boolean;
  /** What found a mutant last time, by its id. */
  readonly hints: ReadonlyMap<string, string>;
  readonly onProgress: (phase: string, done: number, total: number, note: string) => void;
  readonly signal: AbortSignal;
}

/** Core as it is, under one scenario. */
export interface Control {
  readonly scenario: string;
  readonly executions: number;
  readonly boundCompleted: number;
  readonly seconds: number;
  /** Must be null. */
  readonly failure: string | null;
}

export interface Campaign {
  readonly detections: readonly Detection[];
  readonly controls: readonly Control[];
  /** Not all was done: detections may be missing, and controls may be the quick ones. */
  readonly isPartial: boolean;
}

/** Runs it. An aborted one resolves with what there is. Rejects if the lab fails, or core as it is does. */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const { signal, mutants, scenarios, hints, hasControl } = options;
  const detections: Detection[] = [];
  const given = new Map<string, number>();
  const pool = new Pool(options);
  let controls: Control[] = [];
  try {
    const known: KnownScenario[] = [];
    controls = await pool.all("unmutated, quickly", scenarios, async (name, runner) => {
      const result = await unmutated(runner, name, PROBE);
      // A scenario that fails without a mutant can find none.
      if (result.failure === null) known.push({ name, reaches: new Set(result.mutantsReached) });
      return controlOf(result);
    });
    if (options.isSuiteUsed) await checkTests(signal);
    await pool.all("mutants", mutants, async (mutant, runner) => {
      const detection = await detect(mutant, {
        ...options,
        runner,
        seconds: options.seconds(mutant),
        scenarios: known,
        finders: findersOf(mutant, detections, options),
        hint: hints.get(mutant.id),
        onTried: (name, seconds) => given.set(name, Math.max(given.get(name) ?? 0, seconds)),
      });
      detections.push(detection);
      return detection.finding === null ? `${mutant.id} survives` : "";
    });
    if (hasControl) {
      controls = await pool.all("unmutated", scenarios, async (name, runner) =>
        controlOf(await unmutated(runner, name, { seconds: Math.max(PROBE.seconds, given.get(name) ?? 0) })),
      );
    }
    return { detections: inOrder(detections), controls, isPartial: false };
  } catch (error) {
    if (!signal.aborted) throw error;
    return { detections: inOrder(detections), controls, isPartial: true };
  } finally {
    await pool.close();
  }
}

/** Core's tests over the build of mutants, with none on: a failure makes every finding of theirs worthless. */
async function checkTests(signal: AbortSignal): Promise<void> {
  const { isFound, message } = await runTests(0, signal);
  if (isFound) throw new Error(`core's tests fail with no mutant on: ${message}`);
}

/** Core as it is: a failure here makes every finding of the scenario worthless. */
async function unmutated(runner: Runner, scenario: string, bounds: Job["bounds"]): Promise<CheckResult> {
  const result = await runner.run({ scenario, mutant: 0, bounds });
  if ("endless" in result) throw new Error(`${scenario} does not end, with no mutant on`);
  return result;
}

function controlOf(result: CheckResult): Control {
  const { scenario, executions, randomExecutions, boundCompleted, seconds, failure } = result;
  return {
    scenario,
    executions: executions + randomExecutions,
    boundCompleted,
    seconds,
    failure: failure === null ? null : `${failure.kind}: ${failure.message}`,
  };
}

/** How many mutants of `mutant`'s file each scenario has found, now and last time. */
function findersOf(mutant: Mutant, detections: readonly Detection[], options: CampaignOptions): Map<string, number> {
  const start = `${mutant.id.split(":")[0]}:`;
  const found = [
    ...[...options.hints].flatMap(([id, by]) => (id.startsWith(start) ? [by] : [])),
    ...detections.flatMap(({ mutant: { id }, finding }) =>
      id.startsWith(start) && finding !== null ? [finding.by] : [],
    ),
  ];
  const counts = new Map<string, number>();
  for (const name of found) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function inOrder(detections: readonly Detection[]): Detection[] {
  return [...detections].sort((a, b) => a.mutant.number - b.mutant.number);
}

/** Some threads, each with its own runner, that share a list of items. */
class Pool {
  readonly #runners: Runner[];
  readonly #options: CampaignOptions;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#runners = Array.from({ length: options.workers }, () => new Runner(options.module, options.signal));
  }

  /** Works all items off. `work`'s result, if it is text, is shown as a note. Results come in the order of the items. */
  async all<T, R>(phase: string, items: readonly T[], work: (item: T, runner: Runner) => Promise<R>): Promise<R[]> {
    const results: R[] = [];
    let next = 0;
    let done = 0;
    const { onProgress } = this.#options;
    onProgress(phase, 0, items.length, "");
    await Promise.all(
      this.#runners.map(async (runner) => {
        while (next < items.length) {
          const i = next++;
          const result = await work(items[i] as T, runner);
          results[i] = result;
          onProgress(phase, ++done, items.length, typeof result === "string" ? result : "");
        }
      }),
    );
    return results;
  }

  async close(): Promise<void> {
    await Promise.all(this.#runners.map((runner) => runner.stop()));
  }
}
