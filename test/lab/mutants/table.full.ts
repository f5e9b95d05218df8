/** The whole table: every mutant is found, or its survival is explained; every historical bug is found. */
import { availableParallelism } from "node:os";
import { beforeAll, expect, it } from "vitest";
import { runCampaign } from "../../../src/lab/mutants/campaign.js";
import { loadMutants } from "../../../src/lab/mutants/command.js";
import { originOf, readManifest } from "../../../src/lab/mutants/manifest.js";
import { staleSurvivors, totalsOf } from "../../../src/lab/mutants/report.js";
import { SCENARIOS } from "../../../src/lab/scenarios/index.js";
import { build } from "../../../tools/build.mjs";

beforeAll(async () => {
  await build(["core.lab-mutants", "core.test-mutants", "core.test-release-mutants"], { log: () => {} });
}, 300_000);

it("every mutant is found or explained", async () => {
  const module = loadMutants();
  const manifest = readManifest(module);
  const { detections } = await runCampaign({
    module,
    mutants: manifest.mutants,
    scenarios: SCENARIOS.map(({ name }) => name),
    workers: availableParallelism(),
    seconds: (mutant) => (originOf(mutant) === "mechanical" ? 20 : 60),
    isSuiteUsed: true,
    hasControl: true,
    hints: new Map(),
    onProgress: () => {},
    signal: new AbortController().signal,
  });
  const { unexplained, unreached, found, equivalent, mutants } = totalsOf(detections);
  const historical = totalsOf(detections.filter(({ mutant }) => originOf(mutant) === "historical"));
  expect(historical.found + historical.equivalent).toBe(historical.mutants);
  expect(unexplained + unreached).toBe(0);
  expect(staleSurvivors(manifest, detections)).toEqual([]);
  expect(found / (mutants - equivalent)).toBeGreaterThanOrEqual(0.95);
}, 36_000_000);
