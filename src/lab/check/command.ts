/** `tadpole lab check`: the model checker on the scenario library. Table and stories on stdout, the rest on stderr. */
import { mkdirSync, readFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { startProgress } from "../../terminal/progress.js";
import { formatCount, formatTable } from "../../terminal/table.js";
import { projectPath } from "../bench/project_paths.js";
import { SCENARIOS } from "../scenarios/index.js";
import { checkScenario, replaySchedule } from "./explore.js";
import type { Bounds, CheckResult, Failure, Scenario } from "./scenario.js";
import { buildHash, readSchedule, writeSchedule } from "./schedule_file.js";

interface Options {
  readonly list?: boolean;
  readonly bound?: number;
  readonly runs?: number;
  readonly seed?: number;
  readonly time?: number;
  readonly replay?: string;
  readonly build?: string;
  readonly mutant?: number;
  readonly storeBuffers?: boolean;
  readonly json?: boolean;
}

/** Adds the command to `program`. */
export function addCheck(program: Command): void {
  program
    .command("check")
    .description("explore the interleavings of small programs on core's MMU")
    .argument("[scenario...]", "names; default: all")
    .option("--list", "list the scenarios")
    .option("--bound <number>", "preemptions searched exhaustively; -1: none", parseBound)
    .option("--runs <number>", "executions with random priorities afterwards", parseWhole)
    .option("--seed <number>", "of the random priorities", parseWhole)
    .option("--time <seconds>", "limit for each scenario", parseWhole)
    .option("--replay <file>", "run exactly the schedule of a failure, and tell it")
    .option("--build <file>", "the build of core to check", projectPath("build", "core.lab.wasm"))
    .option("--mutant <number>", "in a build of mutants: the one to switch on", parseWhole)
    .option("--store-buffers", "processors have store buffers; without reduction, so for small bounds")
    .option("--json", "print one JSON object instead of the table")
    .action(check);
}

function parseWhole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`"${text}" is no whole number.`);
  return Number(text);
}

function parseBound(text: string): number {
  return text === "-1" ? -1 : parseWhole(text);
}

async function check(names: string[], options: Options): Promise<void> {
  if (options.list) {
    process.stdout.write(`${formatTable([["scenario", ""], ...SCENARIOS.map(({ name, title }) => [name, title])])}\n`);
    return;
  }
  const wasm = readFileSync(options.build as string);
  const chosen = options.replay === undefined ? choose(names) : [];
  if (chosen === null) return;
  if (options.replay !== undefined) replay(options.replay, wasm);
  else await checkAll(chosen, wasm, options);
}

/** The named scenarios; null (and exit code 2) if one is unknown. */
function choose(names: readonly string[]): readonly Scenario[] | null {
  const unknown = names.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown.length === 0)
    return names.length === 0 ? SCENARIOS : SCENARIOS.filter(({ name }) => names.includes(name));
  process.stderr.write(`tadpole lab: no scenario ${unknown.join(", ")} (--list names them)\n`);
  process.exitCode = 2;
  return null;
}

function replay(path: string, wasm: Uint8Array<ArrayBuffer>): void {
  const file = readSchedule(path, buildHash(wasm));
  const scenario = SCENARIOS.find(({ name }) => name === file.scenario);
  if (scenario === undefined) throw new Error(`${path}: there is no scenario ${file.scenario} any more.`);
  const module = new WebAssembly.Module(wasm);
  const failure = replaySchedule({ module, scenario, mutant: file.mutant }, file);
  if (failure === null) {
    process.stdout.write(`${file.scenario}: the schedule ends without a failure.\n`);
    return;
  }
  process.stdout.write(`${failure.story}\n`);
  process.exitCode = 1;
}

async function checkAll(
  scenarios: readonly Scenario[],
  wasm: Uint8Array<ArrayBuffer>,
  options: Options,
): Promise<void> {
  const module = new WebAssembly.Module(wasm);
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  process.once("SIGINT", stop);
  const results: CheckResult[] = [];
  for (const scenario of scenarios) {
    if (interrupt.signal.aborted) break;
    results.push(await checkOne(module, scenario, options, interrupt.signal));
  }
  process.off("SIGINT", stop);
  const files = results.map((result) => saveFailure(result, buildHash(wasm), options.mutant ?? 0));
  process.stdout.write(`${options.json ? toJson(results, files) : toText(results, files)}\n`);
  if (results.some(({ failure }) => failure !== null)) process.exitCode = 1;
  else if (interrupt.signal.aborted) process.exitCode = 130;
}

async function checkOne(
  module: WebAssembly.Module,
  scenario: Scenario,
  { bound, runs, seed, time, mutant, storeBuffers }: Options,
  signal: AbortSignal,
): Promise<CheckResult> {
  const bounds: Partial<Bounds> = {
    ...(bound === undefined ? {} : { preemptions: bound }),
    ...(runs === undefined ? {} : { randomRuns: runs }),
    ...(seed === undefined ? {} : { seed }),
    ...(time === undefined ? {} : { seconds: time }),
  };
  const limit = time ?? scenario.bounds?.seconds ?? 60;
  const progress = startProgress(scenario.name, limit);
  try {
    return await checkScenario({
      module,
      scenario,
      bounds,
      ...(mutant === undefined ? {} : { mutant }),
      ...(storeBuffers === undefined ? {} : { storeBuffers }),
      signal,
      onProgress: (now) => {
        const what = now.phase === "exhaustive" ? `bound ${now.bound}` : now.phase;
        progress.update(
          Math.min(now.seconds, limit),
          `of the time, ${what}: ${formatCount(now.executions)} executions, ${formatCount(now.states)} states`,
        );
      },
    });
  } finally {
    progress.stop();
  }
}

/** Writes the failure's schedule where --replay finds it; returns the path. */
function saveFailure({ scenario, failure }: CheckResult, build: string, mutant: number): string | null {
  if (failure === null) return null;
  const directory = projectPath("build", "schedules");
  mkdirSync(directory, { recursive: true });
  const path = `${directory}/${scenario}.json`;
  writeSchedule(path, scenario, build, mutant, failure);
  return path;
}

function toJson(results: readonly CheckResult[], files: readonly (string | null)[]): string {
  return JSON.stringify({
    node: process.version,
    results: results.map((result, i) => ({ ...result, schedule: files[i] })),
  });
}

/** The stories of failures, then the table. */
function toText(results: readonly CheckResult[], files: readonly (string | null)[]): string {
  const stories = results.flatMap(({ scenario, failure }, i) =>
    failure === null ? [] : [`${scenario}: ${headline(failure)}\n${failure.story}\nreplay: --replay ${files[i]}\n`],
  );
  const rows = results.map((result) => [
    result.scenario,
    result.boundCompleted < 0 ? "–" : String(result.boundCompleted),
    formatCount(result.executions),
    formatCount(result.randomExecutions),
    formatCount(result.transitions),
    formatCount(result.states),
    result.seconds.toFixed(1),
    verdict(result),
  ]);
  const head = ["scenario", "bound", "executions", "random", "transitions", "states", "s", "result"];
  return [...stories, formatTable([head, ...rows])].join("\n");
}

function headline({ kind, preemptions, schedule, foundBy }: Failure): string {
  return `${kind}, by ${preemptions} preemption${preemptions === 1 ? "" : "s"} and ${schedule.switches.length - preemptions} other choices (${foundBy})`;
}

function verdict({ failure, stopped }: CheckResult): string {
  if (failure !== null) return `FAILED: ${failure.kind}`;
  if (stopped === "time") return "clean, out of time";
  return stopped === "abort" ? "clean, interrupted" : "clean";
}
