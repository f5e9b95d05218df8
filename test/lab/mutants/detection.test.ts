/** The build of mutants is core as long as none is on, and what is switched on is found. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type CheckResult, checkScenario, type Scenario } from "../../../src/lab/check/index.js";
import { loadMutants } from "../../../src/lab/mutants/command.js";
import { readManifest } from "../../../src/lab/mutants/manifest.js";
import { SURVIVORS } from "../../../src/lab/mutants/survivors.js";
import { SCENARIOS } from "../../../src/lab/scenarios/index.js";
import { build } from "../../../tools/build.mjs";
import { ROOT } from "../../../tools/lib/files.mjs";

/** Historical bugs, each with a scenario that shows it soon. */
const QUICK = [
  ["history:8", "root-put-walk"],
  ["history:10", "age-write"],
  ["history:13", "track-logged-write"],
  ["history:19", "nx-fault-recover-fault"],
  ["history:20", "nx-recover-fault"],
  ["history:36", "nx-recover-fault"],
] as const;

function scenarioOf(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return scenario;
}

beforeAll(async () => {
  await build(["core.lab", "core.lab-mutants"], { log: () => {} });
}, 300_000);

describe("the build of mutants", () => {
  it.each(["fault-zap", "notifier-fault", "nx-recover-fault"])("does what core does with none on: %s", async (name) => {
    const scenario = scenarioOf(name);
    const bounds = { preemptions: 0, randomRuns: 25, seconds: 50 };
    const core = new WebAssembly.Module(readFileSync(join(ROOT, "build/core.lab.wasm")));
    const figures = ({ executions, transitions, states, failure }: CheckResult): object => ({
      executions,
      transitions,
      states,
      failure,
    });
    const sound = await checkScenario({ module: core, scenario, bounds });
    const mutable = await checkScenario({ module: loadMutants(), scenario, bounds, mutant: 0 });
    expect(figures(mutable)).toEqual(figures(sound));
    expect(sound.failure).toBeNull();
    expect(mutable.mutantsReached.length).toBeGreaterThan(20);
  });

  it("explains survivors that exist", () => {
    const ids = new Set(readManifest(loadMutants()).mutants.map(({ id }) => id));
    expect(Object.keys(SURVIVORS).filter((id) => !ids.has(id))).toEqual([]);
  });
});

describe("the model checker", () => {
  it.each(QUICK)("finds %s in %s, and nothing there without it", async (id, name) => {
    const module = loadMutants();
    const mutant = readManifest(module).mutants.find((one) => one.id === id)?.number;
    const scenario = scenarioOf(name);
    const bounds = { preemptions: 0, randomRuns: 150, seconds: 50 };
    expect((await checkScenario({ module, scenario, bounds, mutant: 0 })).failure).toBeNull();
    expect(mutant).toBeDefined();
    expect((await checkScenario({ module, scenario, bounds, mutant: mutant as number })).failure).not.toBeNull();
  });
});
