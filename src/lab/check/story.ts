/** The execution that the machine has just traced, as text for people. */
import type { Machine, RawFailure } from "./machine.js";

export function tellStory(machine: Machine, failure: RawFailure): string {
  const lines = (machine.trace ?? []).map(
    ({ type, fiber, kind, address, before, after }) =>
      `${machine.fibers[fiber]?.name} ${type} ${kind} 0x${address.toString(16)} ${before.toString(16)} -> ${after.toString(16)}`,
  );
  return [...lines, failure.message].join("\n");
}
