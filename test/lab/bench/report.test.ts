import { describe, expect, it } from "vitest";
import { comparabilityNote, findDeviations, REFERENCE_FIGURES } from "../../../src/lab/bench/reference_figures.js";
import { makeReport, reportToJson, reportToTable, round, Samples } from "../../../src/lab/bench/report.js";

function filled(): Samples {
  const samples = new Samples();
  for (const ns of [30, 20, 40]) samples.add("mmu.zap4k", ns);
  for (const ns of [10, 10, 13]) samples.add("c.zap4k", ns);
  return samples;
}

describe("Samples", () => {
  it("gives ratios of medians, not medians of ratios", () => {
    expect(filled().ratio("mmu.zap4k", "c.zap4k")).toBe(3);
  });

  it("has no ratio to a reference that was not measured", () => {
    expect(filled().ratio("mmu.zap4k", "hostkernel.resident")).toBeUndefined();
    expect(filled().result("mmu.zap4k", "ns", { c: undefined }).ratios).toEqual({});
  });

  it("refuses a sample that is not a number", () => {
    expect(() => new Samples().add("mmu.walk", Number.NaN)).toThrow("mmu.walk");
  });
});

describe("the JSON report", () => {
  it("has exactly the shape scripts read", () => {
    const samples = filled();
    const report = makeReport([samples.result("mmu.zap4k", "ns", { c: samples.ratio("mmu.zap4k", "c.zap4k") })]);
    const parsed: unknown = JSON.parse(reportToJson(report));
    expect(parsed).toEqual({
      node: process.versions.node,
      cpu: expect.stringMatching(/./),
      results: [{ id: "mmu.zap4k", median: 30, unit: "ns", runs: 3, ratios: { c: 3 } }],
    });
  });

  it("rounds to four significant digits", () => {
    expect([round(123456), round(0.0123456), round(0)]).toEqual([123500, 0.01235, 0]);
  });
});

describe("the table", () => {
  it("carries every figure, its spread, its ratios and the notes", () => {
    const samples = filled();
    const report = makeReport([samples.result("mmu.zap4k", "ns", { c: 3 })]);
    const spreads = new Map([["mmu.zap4k", samples.spread("mmu.zap4k")]]);
    const table = reportToTable(report, { notes: ["c: skipped, because no C compiler"], spreads });
    expect(table).toMatch(/mmu\.zap4k\s+30\s+ns\s+33 %\s+3\s+c 3/);
    expect(table).toContain("* c: skipped, because no C compiler");
  });
});

describe("comparability", () => {
  const exact = new Map(Object.entries(REFERENCE_FIGURES));

  it("holds when every native figure is within a quarter of the reference machine's", () => {
    const close = new Map([...exact].map(([id, ns]) => [id, ns * 1.24]));
    expect(findDeviations(close)).toEqual([]);
    expect(comparabilityNote(close)).toMatch(/^comparable/);
  });

  it("names each figure beyond, whether faster or slower", () => {
    const off = new Map(exact);
    off.set("c.walk", 2.8 * 0.7);
    off.set("c.zap4k", 5.8 * 1.3);
    expect(findDeviations(off).map((d) => d.id)).toEqual(["c.zap4k", "c.walk"]);
    expect(comparabilityNote(off)).toMatch(/^not comparable: .*c\.zap4k 7\.5 \(there 5\.8\), c\.walk 2\.0/);
  });

  it("judges only what was measured", () => {
    expect(findDeviations(new Map([["c.map4k.rand.1t", 1e6]]))).toEqual([]);
  });
});
