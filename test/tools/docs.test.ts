import { describe, expect, it } from "vitest";
import * as abi from "../../src/abi/index.js";
import { checkDuties } from "../../tools/docs/duties.mjs";
import { SECTIONS } from "../../tools/docs/sections.mjs";
import { renewPage } from "../../tools/docs.mjs";

describe("generated parts of pages", () => {
  it("replace what stands between the markers and nothing else", () => {
    const page = "before\n<!-- generated: lock-order -->\nold\n<!-- end -->\nafter\n";
    const renewed = renewPage(page, abi);
    expect(renewed).toMatch(/^before\n<!-- generated: lock-order -->\n/);
    expect(renewed).toMatch(/<!-- end -->\nafter\n$/);
    expect(renewed).not.toContain("old");
    expect(renewPage(renewed, abi)).toBe(renewed);
  });

  it("refuse an unknown name", () => {
    expect(() => renewPage("<!-- generated: nonsense -->\n<!-- end -->", abi)).toThrow("nonsense");
  });

  it("list the locks in the order of their ranks", () => {
    const ranks = SECTIONS["lock-order"]?.(abi)
      .split("\n")
      .slice(2)
      .map((row) => Number(row.split("|")[1]));
    expect(ranks?.length).toBeGreaterThan(8);
    expect(ranks).toEqual(ranks?.toSorted((a, b) => a - b));
  });

  it("draw the legal transitions of an entry", () => {
    const rows = SECTIONS["spte-transitions"]?.(abi).split("\n") ?? [];
    expect(rows.find((row) => row.includes("**FROZEN**"))).toBe("| **FROZEN** | – | – | – | – | – |");
    expect(rows.find((row) => row.includes("**LEAF**"))).toMatch(/lockless \|$/);
  });
});

describe("the duty table's check", () => {
  const duty = { id: "a", patch: 1, title: "", duty: "", benchmarks: ["b"], mutant: null };
  const files: Record<string, string> = {
    "core/x.ts": "export function real(): void {}",
    "test/x.test.ts": 'it("does the real thing", () => {})',
  };
  const check = (changes: object, patches = 1): string[] =>
    checkDuties(
      {
        series: [
          {
            id: "s",
            title: "",
            patches,
            duties: [
              { ...duty, functions: ["core/x.ts#real"], tests: ["test/x.test.ts#does the real thing"], ...changes },
            ],
          },
        ],
      },
      (file) => files[file] ?? null,
      (id) => id === "b",
      (id) => id === "m",
    );

  it("accepts what exists, and what is planned and names nothing", () => {
    expect(check({})).toEqual([]);
    expect(check({ mutant: "m" })).toEqual([]);
    expect(check({ functions: null, tests: null, benchmarks: null })).toEqual([]);
  });

  it.each([
    [{ functions: ["core/x.ts#rea"] }, "no function core/x.ts#rea"],
    [{ functions: ["core/y.ts#real"] }, "no function core/y.ts#real"],
    [{ tests: ["test/x.test.ts#another thing"] }, "no test"],
    [{ tests: ["test/x.test.ts"] }, "no test"],
    [{ tests: [] }, "names functions and tests"],
    [{ benchmarks: ["c"] }, "no benchmark c"],
    [{ mutant: "n" }, "no mutant n"],
    [{ functions: null }, "is planned"],
  ])("refuses %j", (changes, problem) => {
    expect(check(changes).join()).toContain(problem);
  });

  it("refuses a series with a patch that no duty covers", () => {
    expect(check({}, 2)).toEqual(["s: patch 2 has no duty"]);
  });
});
