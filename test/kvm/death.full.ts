import { describe, it } from "vitest";
import { killBesideSharedSpace, killControlWorker, killVcpuWorker } from "./death_rig.js";

/** Hook points of a few faults with everything that meets them; the storm goes on after these much the same. */
const HOOKS = Array.from({ length: 400 }, (_, i) => i + 1);

describe("a worker killed at every hook point", () => {
  it.each(HOOKS)("a vCPU's, at hook point %i", (hook) => killVcpuWorker(hook), 10_000);
  it.each(HOOKS)(
    "a vCPU's beside another VM of its address space, at hook point %i",
    (hook) => killBesideSharedSpace(hook),
    10_000,
  );
  it.each(HOOKS)("the control worker, at hook point %i", (hook) => killControlWorker(hook), 10_000);
});
