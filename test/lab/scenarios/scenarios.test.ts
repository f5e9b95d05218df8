/**
 * Every scenario of the library runs clean: up to a small bound here, up to its own in scenarios.full.ts
 * (TADPOLE_SCENARIOS=full). What a run was cut short of by time is no failure here; the full proof says so.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Bounds, checkScenario, DEFAULT_BOUNDS } from "../../../src/lab/check/index.js";
import { SCENARIOS } from "../../../src/lab/scenarios/index.js";
import { loadModule } from "../../core/harness.js";

const isFull = process.env["TADPOLE_SCENARIOS"] === "full";
const module = loadModule("lab");

/** All of them in a minute on two slow CPUs. */
const QUICK: Partial<Bounds> = { preemptions: 0, randomRuns: 20, seconds: 5 };
const FULL: Partial<Bounds> = { randomRuns: 5000, seconds: 120 };

describe("scenarios", () => {
  test.each(SCENARIOS.map((scenario) => ({ name: scenario.name, scenario })))("$name", async ({ scenario }) => {
    const result = await checkScenario({ module, scenario, bounds: isFull ? FULL : QUICK });
    expect(result.failure, result.failure?.story).toBeNull();
    expect(result.executions).toBeGreaterThan(0);
    if (isFull) expect(result.boundCompleted).toBe((scenario.bounds ?? DEFAULT_BOUNDS).preemptions);
  });
});

describe("the library", () => {
  const names = SCENARIOS.map(({ name }) => name);

  test("has one scenario of each name", () => {
    expect(new Set(names).size).toBe(names.length);
  });

  test("names duties of the duty table", () => {
    const table = readFileSync(new URL("../../../docs/duties.json", import.meta.url), "utf8");
    const unknown = SCENARIOS.flatMap(({ name, duties }) => duties.map((duty) => `${name}: ${duty}`)).filter(
      (line) => !table.includes(JSON.stringify(line.slice(line.indexOf(": ") + 2)).slice(1, -1)),
    );
    expect(unknown).toEqual([]);
  });
});
