/**
 * Random sequences of operations on up to three address spaces against a naive model. A failure prints the seed and a
 * shrunk sequence; TADPOLE_SEED=<seed> repeats it.
 */
import { describe, expect, it } from "vitest";
import { BUILDS } from "../harness.js";
import { checkAgainstModel } from "./space_model.js";

const seed = Number(process.env["TADPOLE_SEED"] ?? Date.now() % 0x7fffffff);

describe.each(BUILDS)("address spaces against a model, build %s", (build) => {
  it(`agree after every operation (seed ${seed})`, async () => {
    await expect(checkAgainstModel(build, seed, 50)).resolves.toBeUndefined();
  });
});
