/** A thread that runs scenarios with a mutant switched on, one at a time, for detect.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { type Bounds, checkScenario } from "../check/index.js";
import { SCENARIOS } from "../scenarios/index.js";

/** One run. `mutant` 0: core as it is. */
export interface Job {
  readonly scenario: string;
  readonly mutant: number;
  readonly bounds: Partial<Bounds> & { readonly seconds: number };
}

const { module } = workerData as { module: WebAssembly.Module };

async function run({ scenario: name, mutant, bounds }: Job): Promise<void> {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no scenario is called ${name}`);
  parentPort?.postMessage(await checkScenario({ module, scenario, bounds, mutant }));
}

// A rejection ends the thread with its error: the lab's own fault, and told as such.
parentPort?.on("message", (job: Job) => void run(job));
