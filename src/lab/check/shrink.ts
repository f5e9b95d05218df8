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

/** Drops switches one by one, as long as the same kind of failure follows. */
function shrink(machine: Machine, found: Schedule, wanted: RawFailure): Schedule {
  let best = found;
  for (let i = best.switches.length - 1; i >= 0; i--) {
    const tried = { ...best, switches: best.switches.filter((_, j) => j !== i) };
    if (!failsAlike(machine, tried, wanted)) continue;
    best = { switches: machine.switches, choices: machine.choices };
    i = Math.min(i, best.switches.length);
  }
  return best;
}

function failsAlike(machine: Machine, schedule: Schedule, wanted: RawFailure): boolean {
  machine.execute(new GuidedSchedule(machine, schedule));
  return (machine.failure as RawFailure | null)?.kind === wanted.kind;
}
