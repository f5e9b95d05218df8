/** The build of mutants is core as long as none is on, and what is switched on is found. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type CheckResult, checkScenario } from "../../../src/lab/check/index.js";
import { runCampaign } from "../../../src/lab/mutants/campaign.js";
import { loadMutants } from "../../../src/lab/mutants/command.js";
import { readManifest } from "../../../src/lab/mutants/manifest.js";
import { SURVIVORS } from "../../../src/lab/mutants/survivors.js";
import { SCENARIOS } from "../../../src/lab/scenarios/index.js";
import { build } from "../../../tools/build.mjs";
import { ROOT } from "../../../tools/lib/files.mjs";

/** Historical bugs and the scenarios that show each soon. */
const QUICK: Readonly<Record<string, string>> = {
  "history:6": "nx-recover-recover",
  "history:7": "notifier-invalid-root",
  "history:10": "notifier-invalid-root",
  "history:34": "notifier-fault",
  "history:36": "nx-recover-fault",
};

beforeAll(async () => {
  await build(["core.lab", "core.lab-mutants"], { log: () => {} });
}, 300_000);

describe("the build of mutants", () => {
  it.each(["fault-zap", "notifier-fault", "nx-recover-fault"])("does what core does with none on: %s", async (name) => {
    const scenario = SCENARIOS.find((one) => one.name === name);
    if (scenario === undefined) throw new Error(`no scenario ${name}`);
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
  it("finds bugs that KVM once had, and nothing without them", async () => {
    const module = loadMutants();
    const mutants = readManifest(module).mutants.filter(({ id }) => id in QUICK);
    expect(mutants).toHaveLength(Object.keys(QUICK).length);
    const { detections, controls } = await runCampaign({
      module,
      mutants,
      scenarios: [...new Set(Object.values(QUICK))],
      workers: 1,
      seconds: () => 12,
      isSuiteUsed: false,
      hasControl: false,
      hints: new Map(Object.entries(QUICK)),
      onProgress: () => {},
      signal: new AbortController().signal,
    });
    expect(detections.filter(({ finding }) => finding === null).map(({ mutant }) => mutant.id)).toEqual([]);
    expect(controls).toHaveLength(new Set(Object.values(QUICK)).size);
  }, 120_000);
});
