/**
 * Random sequences of operations, done to core and to the oracle (src/model): after each, every entry of every root, the
 * statistics, the dirty logs and the host's tables must agree. A failure prints the seed and a shrunk sequence;
 * TADPOLE_SEED=<seed> repeats it.
 */
import fc from "fast-check";
import { describe, it } from "vitest";
import { BUILDS } from "../harness.js";
import { openStage, type Stage, World } from "./world.js";
import { worldOps } from "./world_ops.js";
import { WORLD_KINDS, type WorldKind, type WorldOp } from "./world_parts.js";

const seed = Number(process.env["TADPOLE_SEED"] ?? Date.now() % 0x7fffffff);
const NUM_RUNS = Number(process.env["TADPOLE_RUNS"] ?? 10);
/** TADPOLE_SHRINK=0: the first failing sequence as it is. Whoever looks for a mutant wants no shortest one either. */
const IS_IMPATIENT = process.env["TADPOLE_SHRINK"] === "0" || process.env["TADPOLE_MUTANT"] !== undefined;
/** What a crowded machine has not done by then it leaves; nor is a failure shrunk any longer. */
const LIMIT_MS = NUM_RUNS * 4000;
const OPTIONS = { numRuns: NUM_RUNS, endOnFailure: IS_IMPATIENT, interruptAfterTimeLimit: LIMIT_MS };
const MAX_STEPS = 60;

describe.each(BUILDS)("%s", (build) => {
  /** The core at hand; a world that failed leaves it in no state for another. */
  let stage: Stage | undefined;

  async function play(kind: WorldKind, ops: readonly WorldOp[]): Promise<void> {
    stage ??= await openStage(build);
    const mine = stage;
    stage = undefined;
    const world = new World(mine, kind);
    for (const op of ops) world.step(op);
    world.close();
    stage = mine;
  }

  it.each(WORLD_KINDS)(
    `$name: core and oracle hold the same entries after every operation (seed ${seed})`,
    async (kind) => {
      const property = fc.asyncProperty(worldOps(MAX_STEPS), (ops) => play(kind, ops));
      await fc.assert(property, { ...OPTIONS, seed });
    },
  );
});
