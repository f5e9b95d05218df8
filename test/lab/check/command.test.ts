import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Failure } from "../../../src/lab/check/index.js";
import { readSchedule, writeSchedule } from "../../../src/lab/check/schedule_file.js";
import { SCENARIOS } from "../../../src/lab/scenarios/index.js";

const MAIN = fileURLToPath(new URL("../../../dist/lab/main.js", import.meta.url));
const NAME = SCENARIOS[0]?.name ?? "";

function lab(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, "check", ...args], { encoding: "utf8" });
}

describe("tadpole lab check", () => {
  test("lists the scenarios", () => {
    const { stdout, status } = lab("--list");
    expect(status).toBe(0);
    for (const { name } of SCENARIOS) expect(stdout).toMatch(new RegExp(`^${name} +`, "m"));
    expect(stdout).toContain(SCENARIOS[0]?.title);
  });

  test("checks one scenario and prints a table", () => {
    const { stdout, status } = lab(NAME, "--bound", "0", "--runs", "5");
    expect(status).toBe(0);
    const [head, row] = stdout
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s{2,}/));
    expect(head).toEqual(["scenario", "bound", "executions", "random", "transitions", "states", "s", "result"]);
    expect(row?.[0]).toBe(NAME);
    expect(row?.[1]).toBe("0");
    expect(row?.[3]).toBe("5");
    expect(row?.at(-1)).toBe("clean");
  });

  test("prints one JSON object, and nothing else, with --json", () => {
    const { stdout, status } = lab(NAME, "--bound", "0", "--runs", "0", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      node: process.version,
      results: [{ scenario: NAME, boundCompleted: 0, failure: null, schedule: null }],
    });
  });

  test("refuses a scenario that is not there with exit code 2, and a bad number", () => {
    expect(lab("nonsense")).toMatchObject({ status: 2, stdout: "" });
    expect(lab(NAME, "--bound", "many").stderr).toContain('"many" is no whole number');
  });
});

describe("schedule files", () => {
  const failure: Failure = {
    kind: "check",
    message: "wrong",
    fiber: 0,
    schedule: { switches: [{ from: 0, at: 3, to: 1 }], choices: [] },
    preemptions: 1,
    foundBy: "exhaustive",
    story: "",
  };
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "tadpole-"));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test("come back as they were written", () => {
    const path = join(directory, "one.json");
    writeSchedule(path, "some-scenario", "abc", 7, failure);
    expect(readSchedule(path, "abc")).toMatchObject({ scenario: "some-scenario", mutant: 7, ...failure.schedule });
  });

  test("are refused by another build, and if they are none", () => {
    const path = join(directory, "two.json");
    writeSchedule(path, "some-scenario", "abc", 0, failure);
    expect(() => readSchedule(path, "def")).toThrow("was recorded with build abc");
    writeFileSync(path, "{}");
    expect(() => readSchedule(path, "abc")).toThrow("no schedule of this version");
    writeFileSync(path, "no json");
    expect(() => readSchedule(path, "abc")).toThrow("cannot be read");
  });
});
