/** `npx tadpole lab mutants`: is each mistake found that could be made in core? */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { SCENARIOS } from "../scenarios/index.js";
import { type Campaign, runCampaign } from "./campaign.js";
import { SUITE_FROM_S } from "./detect.js";
import { type Manifest, type Mutant, originOf, readManifest } from "./manifest.js";
import { reportJson, reportPage, reportText, totalsOf } from "./report.js";
import { MUTANT_BUILDS } from "./suite.js";

const ORIGINS = ["historical", "duties", "mechanical"] as const;
const LISTED_S = 60;
const MECHANICAL_S = 20;
const RESULTS = new URL("../../../docs/results/", import.meta.url);

interface Options {
  readonly historical: boolean;
  readonly duties: boolean;
  readonly mechanical: boolean;
  readonly only: string;
  readonly time?: number;
  readonly mechanicalTime?: number;
  readonly workers: number;
  readonly suite: boolean;
  readonly control: boolean;
  readonly save: boolean;
  readonly list: boolean;
  readonly json: boolean;
}

/** Adds the command to `program`. */
export function addMutants(program: Command): void {
  program
    .command("mutants")
    .description("make mistakes in core, one at a time, and see whether the model checker or core's tests find them")
    .option("--historical", "only bugs that KVM once had", false)
    .option("--duties", "only mistakes written to break one duty each", false)
    .option("--mechanical", "only mistakes found in core's sources by rule", false)
    .option("--only <pattern>", "only mutants whose id contains this", "")
    .option(
      "--time <seconds>",
      `for each mutant (default: ${LISTED_S} for one that is written down, ${MECHANICAL_S} for one found by rule)`,
      parseAbove0,
    )
    .option("--mechanical-time <seconds>", "the same, only for those found by rule", parseAbove0)
    .option("--workers <number>", "threads", parseAbove0, availableParallelism())
    .option("--no-suite", "only the model checker, neither core's tests nor the property suite")
    .option("--no-control", "do not run core as it is for as long as the mutants")
    .option("--save", "write docs/results/lab-mutants.md, and what found each mutant", false)
    .option("--list", "list the mutants, run nothing", false)
    .option("--json", "print one JSON object", false)
    .action(mutants);
}

function parseAbove0(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError(`"${text}" is no number above 0.`);
  return value;
}

/** The lab build of mutants. */
export function loadMutants(): WebAssembly.Module {
  const path = join(MUTANT_BUILDS, "core.lab.wasm");
  if (!existsSync(path)) throw new Error(`${path} is not there: run node tools/build.mjs core.lab-mutants`);
  return new WebAssembly.Module(readFileSync(path));
}

/** The exit code is 1 if a mutant survives unexplained, or core as it is fails, 130 if not all was done. */
async function mutants(options: Options): Promise<void> {
  const module = loadMutants();
  const manifest = readManifest(module);
  const chosen = choose(options, manifest);
  if (options.list) {
    process.stdout.write(`${chosen.map(({ id, description }) => `${id}  ${description}`).join("\n")}\n`);
    return;
  }
  const campaign = await run(module, chosen, options);
  process.stdout.write(`${options.json ? reportJson(manifest, campaign) : reportText(manifest, campaign)}\n`);
  if (options.save) save(manifest, campaign, limitsOf(options));
  if (campaign.isPartial) process.exitCode = 130;
  else if (campaign.controls.some(({ failure }) => failure !== null)) process.exitCode = 1;
  else if (totalsOf(campaign.detections).unexplained > 0) process.exitCode = 1;
}

function choose(options: Options, manifest: Manifest): Mutant[] {
  const origins = ORIGINS.filter((origin) => options[origin]);
  const chosen = manifest.mutants.filter(
    (mutant) => (origins.length === 0 || origins.includes(originOf(mutant))) && mutant.id.includes(options.only),
  );
  if (chosen.length === 0) throw new Error(`no mutant's id contains "${options.only}"; --list shows them`);
  return chosen;
}

async function run(module: WebAssembly.Module, chosen: readonly Mutant[], options: Options): Promise<Campaign> {
  const { time, mechanicalTime, workers, suite, control } = options;
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort(new Error("interrupted"));
  process.once("SIGINT", stop);
  try {
    return await runCampaign({
      module,
      mutants: chosen,
      workers: Math.ceil(workers),
      seconds: (mutant) =>
        originOf(mutant) === "mechanical" ? (mechanicalTime ?? time ?? MECHANICAL_S) : (time ?? LISTED_S),
      isSuiteUsed: suite,
      hasControl: control,
      scenarios: SCENARIOS.map(({ name }) => name),
      hints: readHints(),
      onProgress: showProgress,
      signal: interrupt.signal,
    });
  } finally {
    process.off("SIGINT", stop);
    if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  }
}

function showProgress(phase: string, done: number, total: number, note: string): void {
  const text = `${phase}: ${done} of ${total}${note === "" ? "" : `, ${note}`}`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}${note === "" ? "" : "\n"}`);
  else if (note !== "" || done === total || done % 10 === 0) process.stderr.write(`${text}\n`);
}

/** What found each mutant in the run that was saved last: tried first this time. */
function readHints(): Map<string, string> {
  const path = new URL("lab-mutants.json", RESULTS);
  if (!existsSync(path)) return new Map();
  return new Map(Object.entries(JSON.parse(readFileSync(path, "utf8")) as Record<string, string>));
}

function limitsOf({ time, mechanicalTime, suite, workers }: Options): string {
  const listed = time ?? LISTED_S;
  const mechanical = mechanicalTime ?? time ?? MECHANICAL_S;
  const bySuite = !suite
    ? "only by the model checker"
    : mechanical < SUITE_FROM_S
      ? "then core's tests, and as much for the property suite, for mechanical ones only where they are known to find them"
      : "then core's tests, and as much for the property suite";
  return `${listed} s for a mutant that is written down, ${mechanical} s for a mechanical one, ${bySuite}; ${workers} threads`;
}

function save(manifest: Manifest, campaign: Campaign, limits: string): void {
  mkdirSync(RESULTS, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(new URL("lab-mutants.md", RESULTS), reportPage(manifest, campaign, date, limits));
  const hints = Object.fromEntries([
    ...readHints(),
    ...campaign.detections.flatMap(({ mutant, finding }) => (finding === null ? [] : [[mutant.id, finding.by]])),
  ] as [string, string][]);
  writeFileSync(new URL("lab-mutants.json", RESULTS), `${JSON.stringify(hints, null, 2)}\n`);
}
