/**
 * Random code over random page tables, descriptor tables and registers, in every mode: the processor may make of it what
 * it likes, but core must not find itself impossible, trap, hang, touch memory that is not the guest's, or lose any.
 *
 * A failure names its VM's seed: TADPOLE_SEED=<seed> runs that one, up to where kicks come (they come by the clock).
 * TADPOLE_FUZZ_MS: how long.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { KVM_EXIT_SHUTDOWN } from "../../src/abi/index.js";
import { BUILDS } from "../core/harness.js";
import { loadForms } from "./fuzz_code.js";
import { FuzzRig } from "./fuzz_rig.js";

const SEED = process.env["TADPOLE_SEED"];
const FIRST = Number(SEED ?? Date.now() % 0x7fffffff);
const FUZZ_MS = Number(process.env["TADPOLE_FUZZ_MS"] ?? 10_000);

let forms: Awaited<ReturnType<typeof loadForms>>;
beforeAll(async () => {
  forms = await loadForms();
});

describe.each(BUILDS)("fuzz, %s", (build) => {
  test(`nothing a guest does harms its host (seeds from ${FIRST})`, { timeout: FUZZ_MS + 60_000 }, async () => {
    const rig = await FuzzRig.open(build, forms);
    const end = performance.now() + FUZZ_MS;
    let vms = 0;
    do await rig.runVm(FIRST + vms++);
    while (performance.now() < end && SEED === undefined);
    await rig.close();
    if (process.env["TADPOLE_FUZZ_TOLD"] === "1") console.log(vms, Object.fromEntries(rig.outcomes));
    expect(rig.outcomes.get(`exit ${KVM_EXIT_SHUTDOWN}`)).toBeGreaterThan(0);
  });
});
