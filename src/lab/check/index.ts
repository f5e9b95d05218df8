/** The model checker: see scenario.ts for what it runs, exhaustive.ts for how it searches. */
export { checkScenario, replaySchedule } from "./explore.js";
export * from "./scenario.js";
