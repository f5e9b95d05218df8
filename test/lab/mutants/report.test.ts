/** What the table of mutants says of each, and of all together. */
import { expect, it } from "vitest";
import type { Campaign } from "../../../src/lab/mutants/campaign.js";
import type { Detection } from "../../../src/lab/mutants/detect.js";
import type { Manifest, Mutant } from "../../../src/lab/mutants/manifest.js";
import { reportPage, reportText, totalsOf } from "../../../src/lab/mutants/report.js";
import { SURVIVORS } from "../../../src/lab/mutants/survivors.js";

const EXPLAINED = Object.keys(SURVIVORS)[0] as string;

const mutant = (number: number, id: string): Mutant => ({
  number,
  id,
  kind: "check",
  description: "something is left out",
  files: ["core/mmu/some.ts"],
  by: "checker",
  neighbours: { ofFunction: [], ofFile: [] },
});

const survivor = (number: number, id: string, isReached: boolean): Detection => ({
  mutant: mutant(number, id),
  finding: null,
  isReached,
  tried: isReached ? ["fault-zap"] : [],
  executions: 7,
  seconds: 1,
});

const DETECTIONS: readonly Detection[] = [
  {
    ...survivor(1, "mmu/some:one:check:1", true),
    finding: { by: "fault-zap", property: "bug", message: "", executions: 7, scheduleLength: 2, preemptions: 1 },
  },
  survivor(2, EXPLAINED, true),
  survivor(3, "mmu/some:one:check:2", true),
  survivor(4, "mmu/some:one:check:3", false),
];

const MANIFEST: Manifest = { mutants: DETECTIONS.map(({ mutant: one }) => one), notExpressed: new Map() };

const campaignOf = (isPartial: boolean, failure: string | null): Campaign => ({
  detections: DETECTIONS,
  controls: [{ scenario: "fault-zap", executions: 1234, boundCompleted: 2, seconds: 3, failure }],
  isPartial,
});

it("tells places that no scenario passes from survivors that were looked for", () => {
  const totals = totalsOf(DETECTIONS);
  expect(totals).toMatchObject({ mutants: 4, found: 1, unreached: 1, unexplained: 1 });
  expect(totals.equivalent + totals.gaps).toBe(1);
  const text = reportText(MANIFEST, campaignOf(false, null));
  expect(text).toContain("SURVIVES fault-zap");
  expect(text).toContain("not reached by any scenario");
});

it("says what is missing: a table that was interrupted, core that fails with no mutant on", () => {
  const sound = reportPage(MANIFEST, campaignOf(false, null), "2026-11-22", "4 s each");
  expect(sound).toContain("1 scenarios, 1,234 executions, no failure.");
  expect(sound).toContain("Limits: 4 s each.");
  expect(sound).not.toContain("Interrupted");
  const page = reportPage(MANIFEST, campaignOf(true, "bug: BUG_LAB_STALE"), "2026-11-22", "4 s each");
  expect(page).toContain("Interrupted: the table is not complete");
  expect(page).toContain("FAILURES: fault-zap (bug: BUG_LAB_STALE)");
});
