/** Exports that only the lab build has: fibers' calls, probes, the scheduler's grip on the current CPU, litmus programs. */

import { setThisCpu } from "../sync/this_cpu";

export * from "./calls";
export * from "./litmus";
export { labInit } from "./monitor";
export * from "./probes";

/** Makes the instance CPU `id`, which cpuInit has prepared: at each switch of fibers. */
export function labSetCpu(id: u32): void {
  setThisCpu(id);
}
