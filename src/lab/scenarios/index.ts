/** The scenario library: one file for each family. */
import { aging } from "./aging.js";
import type { LabScenario } from "./define.js";
import { dirty } from "./dirty.js";
import { faults } from "./faults.js";
import { huge } from "./huge.js";
import { logEdges } from "./log_edges.js";
import { notifiers } from "./notifiers.js";
import { roots } from "./roots.js";
import { runs } from "./runs.js";
import { slots } from "./slots.js";
import { tracking } from "./tracking.js";
import { zaps } from "./zaps.js";

export type { LabScenario } from "./define.js";

/** Every scenario, families in the order of reading. */
export const SCENARIOS: readonly LabScenario[] = [
  ...faults,
  ...zaps,
  ...notifiers,
  ...tracking,
  ...slots,
  ...dirty,
  ...logEdges,
  ...huge,
  ...aging,
  ...roots,
  ...runs,
];
