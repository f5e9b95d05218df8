/**
 * The processor does what a real one did: every recorded vector, decoded afresh and through the code cache.
 * docs/vectors.md says what vectors are and how they are recorded.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadRows } from "../../tools/vectors/cases.mjs";
import { VectorRig } from "./vector_rig.js";
import { runGroup } from "./vector_runner.js";

const groups = await loadRows();
/** With assertions; TADPOLE_VECTORS_BUILD=test-release for the other. */
const BUILD = process.env["TADPOLE_VECTORS_BUILD"] === "test-release" ? "test-release" : "test";
/** Failing cases of a group that are told. */
const TOLD = 12;

/** Blocks end with HLT. */
const hasHlt = [...groups.values()].some((rows) => rows.some(({ op }) => op === "F4"));

describe.each(hasHlt ? (["one", "cached"] as const) : (["one"] as const))("vectors, run %s", (how) => {
  let rig: VectorRig;
  beforeAll(async () => {
    rig = await VectorRig.open(BUILD);
  });
  afterAll(() => rig.close());

  test.each([...groups.keys()])(
    "%s",
    (group) => {
      const failures = runGroup(rig, group, groups.get(group) ?? [], how);
      const told = failures.slice(0, TOLD).map(({ key, failed, text }) => `${key}: ${failed} fail\n${text}`);
      const rest = failures.slice(TOLD).map(({ key, failed }) => `${key}: ${failed} fail`);
      expect(failures.length, `${group}\n${[...told, ...rest].join("\n")}`).toBe(0);
    },
    120_000,
  );
});
