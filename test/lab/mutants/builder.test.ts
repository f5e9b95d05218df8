/** Mutants are made from core's sources: what is found in them, how it is woven in, and what is refused. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SYSTEM_BASE, SYSTEM_BYTES, SYSTEM_MUTANTS_REACHED } from "../../../src/abi/index.js";
import { ROOT } from "../../../tools/lib/files.mjs";
import { HISTORICAL_BUGS, NOT_EXPRESSED } from "../../../tools/mutants/historical.mjs";
import { mechanicalMutants } from "../../../tools/mutants/mechanical.mjs";
import { allMutants, listedMutant, manifestOf, mutantSources, withManifest } from "../../../tools/mutants/mutants.mjs";
import { mutatedSources } from "../../../tools/mutants/schemata.mjs";

const FILE = "core/mmu/example.ts";
const SOURCE = `
import { remoteFlush } from "../sync/guest_mode";

function zap(vm: Vm, sptep: usize, old: u64): bool {
  if (isFrozen(old) || acas64(sptep, old, 0) != old) return false;
  if (DEBUG && isFrozen(old)) bug(1, old, 0);
  remoteFlush(vm);
  return true;
}

/** Debug: nothing here. */
function judge(vm: Vm): void {
  remoteFlush(vm);
}
`;

const idsOf = (source: string): string[] => mechanicalMutants(FILE, source).map(({ id }) => id);

describe("mechanical mutants", () => {
  it("are found in a source, but not in what only debug builds do", () => {
    expect(idsOf(SOURCE)).toEqual([
      "mmu/example:zap:check:1",
      "mmu/example:zap:check:2",
      "mmu/example:zap:cas-torn:1",
      "mmu/example:zap:cas-blind:1",
      "mmu/example:zap:flush:1",
    ]);
  });

  it("keep their ids when other functions come and go", () => {
    const grown = SOURCE.replace(
      "function zap",
      "function other(vm: Vm): void {\n  remoteFlush(vm);\n}\n\nfunction zap",
    );
    expect(idsOf(grown)).toEqual(["mmu/example:other:flush:1", ...idsOf(SOURCE)]);
  });

  it("say in one line what they change", () => {
    const descriptions = mechanicalMutants(FILE, SOURCE).map(({ description }) => description);
    expect(descriptions[0]).toBe("`isFrozen(old)` is taken for false");
    expect(descriptions.join("").includes("\n")).toBe(false);
  });

  it("are woven into one source, inner places inside outer ones", () => {
    const { [FILE]: woven = "" } = mutatedSources(mechanicalMutants(FILE, SOURCE), () => SOURCE);
    expect(woven).toContain('import { mutantIs, torn_acas64, blind_acas64 } from "../mutant";');
    expect(woven).toContain(
      "if ((mutantIs(1) ? false : isFrozen(old)) || " +
        "(mutantIs(2) ? ((acas64(sptep, old, 0) != old) && false) : (mutantIs(4) ? blind_acas64(sptep, old, 0) : " +
        "(mutantIs(3) ? torn_acas64(sptep, old, 0) : acas64(sptep, old, 0))) != old)) return false;",
    );
    expect(woven).toContain("{ if (mutantIs(5)) {  } else { remoteFlush(vm); } }");
  });
});

describe("listed mutants", () => {
  const bug = {
    number: 0,
    title: "zap does not flush",
    by: "checker",
    changes: [{ file: FILE, function: "zap", find: "  remoteFlush(vm);\n", replace: "" }],
  } as const;
  const make = (changes: readonly object[], source = SOURCE): unknown =>
    listedMutant("history:0", { ...bug, changes } as never, () => source);

  it("are a second body of the function", () => {
    const mutant = listedMutant("history:0", bug as never, () => SOURCE);
    const { [FILE]: woven = "" } = mutatedSources([mutant], () => SOURCE);
    expect(woven.match(/remoteFlush\(vm\)/g)).toHaveLength(2);
    expect(woven).toContain("{ if (mutantIs(1)) {\n  if (isFrozen(old)");
  });

  it("are refused by name when the code is not as it was", () => {
    const [change] = bug.changes;
    expect(() => make([{ ...change, find: "remoteFlush(vcpu)" }])).toThrow(
      /mutant history:0 is stale.*not exactly one/,
    );
    expect(() => make([{ ...change, find: "old" }])).toThrow(/not exactly one/);
    expect(() => make([{ ...change, function: "unzap" }])).toThrow(/no function unzap/);
  });
});

describe("core's mutants", () => {
  const mutants = allMutants();

  it("have ids of their own", () => {
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length);
  });

  it("fit into the bytes that say which were reached", () => {
    expect(SYSTEM_MUTANTS_REACHED + mutants.length).toBeLessThan(SYSTEM_BASE + SYSTEM_BYTES);
  });

  it.each([
    ["bracket", 10],
    ["cas-blind", 5],
    ["cas-torn", 5],
    ["check", 50],
    ["epoch", 10],
    ["flush", 15],
    ["freeze", 2],
    ["lock", 15],
    ["order", 15],
    ["reference", 5],
    ["request", 5],
    ["reread", 5],
    ["sequence", 8],
    ["step", 15],
    ["store", 10],
    ["torn", 10],
  ])("of the kind %s are %i at least", (kind, least) => {
    expect(mutants.filter((mutant) => mutant.kind === kind).length).toBeGreaterThanOrEqual(least);
  });

  it("cover every historical bug, or say why not", () => {
    const expressed = HISTORICAL_BUGS.map(({ number }) => number);
    const all = [...expressed, ...Object.keys(NOT_EXPRESSED).map(Number)].sort((a, b) => a - b);
    expect(all).toEqual(Array.from({ length: 37 }, (_, i) => i + 1));
    expect(Object.values(NOT_EXPRESSED)).not.toContain("");
  });

  it("exist only in the compiler's input", () => {
    const sources = mutantSources(mutants);
    for (const [file, text] of Object.entries(sources)) {
      expect(text).toContain("mutantIs");
      if (file !== "core/mutant.ts") expect(readFileSync(join(ROOT, file), "utf8")).not.toContain("mutantIs");
    }
  });

  it("are listed in the build", () => {
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    const module = new WebAssembly.Module(withManifest(empty, manifestOf(mutants)));
    const [section] = WebAssembly.Module.customSections(module, "tadpole.mutants");
    const { mutants: listed } = JSON.parse(new TextDecoder().decode(section)) as { mutants: { id: string }[] };
    expect(listed.map(({ id }) => id)).toEqual(mutants.map(({ id }) => id));
  });
});
