/** The whole products of which paging_rights.test.ts takes a share. */
import { describe, expect, it } from "vitest";
import { checkEntries, checkRights, DIMENSIONS, MACHINES, MODES } from "./paging_rights.js";

describe.each(DIMENSIONS)("rights over %s, all", (dimension) => {
  it.each(MODES)(
    "of every kind of page, and by every bit of an entry, %s",
    async (mode) => {
      const rights = await checkRights("test-release", dimension, mode, 1);
      expect(rights.faults).toBeGreaterThan(rights.cases / 4);
      for (const machine of MACHINES) {
        const entries = await checkEntries("test-release", dimension, mode, machine, 1);
        expect(entries.faults).toBeGreaterThan(entries.cases / 4);
      }
    },
    600_000,
  );
});
