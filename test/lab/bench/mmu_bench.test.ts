/** The benchmark itself, small: that it measures what it says, and says it in the agreed form. No figure is judged here. */
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type MmuBenchOutcome, runMmuBench } from "../../../src/lab/bench/mmu_bench.js";
import { NATIVE_IDS } from "../../../src/lab/bench/native_reference.js";
import { requireTool } from "../../support/require.js";

const MAIN = fileURLToPath(new URL("../../../dist/lab/bench/main.js", import.meta.url));

/** The ids that scripts read. */
const PROMISED = [
  "mmu.fault4k.populated.seq.1t",
  "mmu.fault4k.populated.rand.1t",
  "mmu.fault4k.populated.disjoint.2t",
  "mmu.fault4k.zerofill.seq.1t",
  "mmu.zap4k",
  "mmu.wrprot4k",
  "mmu.tlbhit",
  "mmu.walk",
  "mmu.dirtylog.getclear",
  "mmu.dirtylog.getclear.sparse",
  "mmu.split2m",
  "mmu.recover2m",
  "mmu.age4k",
  "mmu.fastpf",
];

describe("one small run", () => {
  let outcome: MmuBenchOutcome;
  beforeAll(async () => {
    outcome = await runMmuBench({ runs: 1, guestMiB: 64 });
  }, 120_000);

  it("has every promised figure, above zero", () => {
    const medians = new Map(outcome.report.results.map(({ id, median }) => [id, median]));
    for (const id of PROMISED) expect(medians.get(id), id).toBeGreaterThan(0);
  });

  it("names no figure twice, and gives each its runs and a unit", () => {
    const ids = outcome.report.results.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, runs, unit } of outcome.report.results) {
      expect(runs, id).toBe(1);
      expect(unit, id).toMatch(/^(ns|bytes\/GiB)$/);
    }
  });

  it("sets two threads against one, and against the lock-free loop", () => {
    const result = outcome.report.results.find(({ id }) => id === "mmu.fault4k.populated.disjoint.2t");
    expect(result?.ratios["1t"]).toBeGreaterThan(0);
    expect(result?.ratios["lockfree2t"]).toBeGreaterThan(0);
  });

  it("sets them against C and the host's kernel, and says whether the machine is comparable", () => {
    requireTool("cc");
    const ids = outcome.report.results.map(({ id }) => id);
    expect(NATIVE_IDS.filter((id) => !ids.includes(id))).toEqual([]);
    const ratios = outcome.report.results.find(({ id }) => id === "mmu.fault4k.populated.seq.1t")?.ratios;
    expect(ratios).toMatchObject({ c: expect.any(Number), hostkernel: expect.any(Number) });
    expect(outcome.notes.notes.join("\n")).toMatch(/comparable: /);
  });

  it("counts tables about as large as arithmetic says: 8 bytes a page", () => {
    const tables = outcome.report.results.find(({ id }) => id === "mmu.memory.tables")?.median ?? 0;
    expect(tables).toBeGreaterThan(2 ** 21);
    expect(tables).toBeLessThan(1.2 * 2 ** 21);
  });
});

describe("the command", () => {
  it("prints nothing but one JSON object on stdout with --json, and only the figure asked for", () => {
    const args = [MAIN, "mmu", "--json", "--runs", "1", "--only", "mmu.tlbhit"];
    const stdout = execFileSync(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"], encoding: "utf8" });
    const report: unknown = JSON.parse(stdout);
    expect(report).toEqual({
      node: process.versions.node,
      cpu: expect.any(String),
      results: [{ id: "mmu.tlbhit", median: expect.any(Number), unit: "ns", runs: 1, ratios: {} }],
    });
  }, 120_000);

  it("does without a C compiler, and says so", () => {
    const args = [MAIN, "mmu", "--json", "--runs", "1", "--only", "mmu.zap4k"];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env: { PATH: "" } });
    expect(stderr).toContain("c: skipped, because no C compiler");
    expect(JSON.parse(stdout)).toMatchObject({ results: [{ id: "mmu.zap4k", runs: 1, ratios: {} }] });
  }, 120_000);

  it.each([[[]], [["gpu"]], [["mmu", "--runs", "0"]], [["mmu", "--what"]]])(
    "refuses %j with its usage and code 2",
    (args) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" });
      expect(status).toBe(2);
      expect(stdout).toBe("");
      expect(stderr).toContain("usage: bench mmu");
    },
  );
});
