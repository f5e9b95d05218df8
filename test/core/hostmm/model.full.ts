/** The model suite, for longer: see model.test.ts. */
import { describe, expect, it } from "vitest";
import { BUILDS } from "../harness.js";
import { checkAgainstModel } from "./space_model.js";

const seed = Number(process.env["TADPOLE_SEED"] ?? Date.now() % 0x7fffffff);

describe.each(BUILDS)("address spaces against a model, build %s", (build) => {
  it(`agree after every operation of 3000 sequences (seed ${seed})`, { timeout: 1_800_000 }, async () => {
    await expect(checkAgainstModel(build, seed, 3000)).resolves.toBeUndefined();
  });
});
