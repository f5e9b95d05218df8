/** Makes a failing schedule small, and tells it. */
import { GuidedSchedule } from "./guided.js";
import type { Machine, RawFailure } from "./machine.js";
import type { Failure, Schedule } from "./scenario.js";
import { tellStory } from "./story.js";

/** The machine has just failed: the same failure with as few switches as can be found, and its story. */
export function explainFailure(machine: Machine, foundBy: Failure["foundBy"]): Failure {
  const wanted = machine.failure as RawFailure;
  let schedule: Schedule = { switches: machine.switches, choices: machine.choices };
  if (foundBy !== "replay") schedule = shrink(machine, schedule, wanted);
  machine.trace = [];
  machine.execute(new GuidedSchedule(machine, schedule));
  const failure = (machine.failure as RawFailure | null) ?? wanted;
  const story = tellStory(machine, failure);
  machine.trace = null;
  return {
    ...failure,
    schedule: { switches: machine.switches, choices: machine.choices },
    preemptions: machine.preemptions,
    foundBy,
    story,
  };
}

/** Executions spent on making a schedule smaller, and ms: it is for readers only. */
const TRIES = 2000;
const TRIES_MS = 10_000;

/** Drops switches, many at a time and then one by one, as long as the same kind of failure follows. */
function shrink(machine: Machine, found: Schedule, wanted: RawFailure): Schedule {
  let best = found;
  const end = performance.now() + TRIES_MS;
  let tries = 0;
  for (let size = Math.ceil(best.switches.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = best.switches.length - size; at > -size; at -= size) {
      if (++tries > TRIES || performance.now() > end) return best;
      const from = Math.max(at, 0);
      const tried = { ...best, switches: best.switches.toSpliced(from, size + Math.min(at, 0)) };
      if (!failsAlike(machine, tried, wanted)) continue;
      if (machine.switches.length < best.switches.length)
        best = { switches: machine.switches, choices: machine.choices };
      at = Math.min(at, best.switches.length);
    }
  }
  return best;
}

function failsAlike(machine: Machine, schedule: Schedule, wanted: RawFailure): boolean {
  machine.execute(new GuidedSchedule(machine, schedule));
  return (machine.failure as RawFailure | null)?.kind === wanted.kind;
}
