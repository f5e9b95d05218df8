/**
 * Who may do what: every combination of an access, a privilege, the controls that judge it and the rights that a page's
 * entries give, and every combination of the bits that mean something in an entry of every level; all paging modes, both
 * second dimensions. CI takes a share of both; paging_rights.full.ts all of them.
 */
import { describe, expect, it } from "vitest";
import { BUILDS } from "../harness.js";
import { checkEntries, checkRights, DIMENSIONS, MACHINES, MODES } from "./paging_rights.js";

/** Coprime to the periods of the enumerations. The debug build differs in its checks only. */
const SHARES = { test: 211, "test-release": 29 };

describe.each(BUILDS)("rights (%s)", (build) => {
  describe.each(DIMENSIONS)("over %s", (dimension) => {
    it.each(MODES)("of every kind of page, %s", async (mode) => {
      const { cases, faults } = await checkRights(build, dimension, mode, SHARES[build]);
      expect(faults).toBeGreaterThan(cases / 4);
      expect(faults).toBeLessThan(cases);
    });

    describe.each(MACHINES)("by every bit of an entry (%j)", (machine) => {
      it.each(MODES)("%s", async (mode) => {
        const { cases, faults } = await checkEntries(build, dimension, mode, machine, SHARES[build]);
        expect(faults).toBeGreaterThan(cases / 4);
        expect(faults).toBeLessThan(cases);
      });
    });
  });
});
