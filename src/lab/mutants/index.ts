/** `npx tadpole lab mutants`: is each mistake found that could be made in core? */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SCENARIOS } from "../scenarios/index.js";
import { type Campaign, runCampaign } from "./campaign.js";
import { originOf, type Manifest, type Mutant, readManifest } from "./manifest.js";
import { reportJson, reportPage, reportText, totalsOf } from "./report.js";
import { MUTANT_BUILDS } from "./suite.js";

export const MUTANTS_USAGE = `usage: lab mutants [options]

  --historical     only bugs that KVM once had
  --duties         only mistakes written to break one duty each
  --mechanical     only mistakes found in core's sources by rule
  --only PATTERN   only mutants whose id contains PATTERN
  --time S         seconds for each mutant (default: 60 for a historical one, 20 for a mechanical one)
  --workers N      threads (default: one for each CPU)
  --no-suite       only the model checker, not the property suite
  --no-control     do not run core as it is for as long as the mutants
  --save           write docs/results/lab-mutants.md, and what found each mutant
  --list           list the mutants, run nothing
  --json           one JSON object on stdout`;

const ORIGINS = ["historical", "duties", "mechanical"] as const;
const DEFAULT_HISTORICAL_S = 60;
const DEFAULT_MECHANICAL_S = 20;
const RESULTS = new URL("../../../docs/results/", import.meta.url);

interface Options {
  readonly mutants: readonly Mutant[];
  readonly seconds: (mutant: Mutant) => number;
  readonly workers: number;
  readonly isSuiteUsed: boolean;
  readonly hasControl: boolean;
}

/** Wrong arguments: the message is for people. */
class UsageError extends Error {}

/** The lab build of mutants. */
export function loadMutants(): WebAssembly.Module {
  const path = join(MUTANT_BUILDS, "core.lab.wasm");
  if (!existsSync(path)) throw new Error(`${path} is not there: run node tools/build.mjs core.lab-mutants`);
  return new WebAssembly.Module(readFileSync(path));
}

/** The command. Returns its exit code: 1 if a mutant survives unexplained. */
export async function mutantsCommand(args: string[]): Promise<number> {
  const values = parse(args);
  if (values.help === true) {
    process.stdout.write(`${MUTANTS_USAGE}\n`);
    return 0;
  }
  const module = loadMutants();
  const manifest = readManifest(module);
  const options = choose(values, manifest);
  if (values.list === true) {
    process.stdout.write(`${options.mutants.map(({ id, description }) => `${id}  ${description}`).join("\n")}\n`);
    return 0;
  }
  const campaign = await run(module, options);
  process.stdout.write(`${values.json === true ? reportJson(manifest, campaign) : reportText(manifest, campaign)}\n`);
  if (values.save === true && !campaign.isPartial) save(manifest, campaign);
  if (campaign.isPartial) return 130;
  return totalsOf(campaign.detections).unexplained > 0 ? 1 : 0;
}

function parse(args: string[]) {
  const flag = { type: "boolean" } as const;
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args,
      options: {
        historical: flag,
        duties: flag,
        mechanical: flag,
        only: text,
        time: text,
        workers: text,
        "no-suite": flag,
        "no-control": flag,
        save: flag,
        list: flag,
        json: flag,
        help: { ...flag, short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${MUTANTS_USAGE}`);
  }
}

function choose(values: ReturnType<typeof parse>, manifest: Manifest): Options {
  const origins = ORIGINS.filter((origin) => values[origin] === true);
  const only = values.only ?? "";
  const mutants = manifest.mutants.filter(
    (mutant) => (origins.length === 0 || origins.includes(originOf(mutant))) && mutant.id.includes(only),
  );
  if (mutants.length === 0) throw new UsageError(`no mutant's id contains ${only}; --list shows them`);
  const time = values.time === undefined ? undefined : above0("--time", values.time);
  return {
    mutants,
    seconds: (mutant) => time ?? (originOf(mutant) === "historical" ? DEFAULT_HISTORICAL_S : DEFAULT_MECHANICAL_S),
    workers: values.workers === undefined ? availableParallelism() : Math.ceil(above0("--workers", values.workers)),
    isSuiteUsed: values["no-suite"] !== true,
    hasControl: values["no-control"] !== true,
  };
}

function above0(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`${name} takes a number above 0`);
  return value;
}

async function run(module: WebAssembly.Module, options: Options): Promise<Campaign> {
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort(new Error("interrupted"));
  process.once("SIGINT", stop);
  try {
    return await runCampaign({
      ...options,
      module,
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

function save(manifest: Manifest, campaign: Campaign): void {
  mkdirSync(RESULTS, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(new URL("lab-mutants.md", RESULTS), reportPage(manifest, campaign, date));
  const hints = Object.fromEntries([
    ...readHints(),
    ...campaign.detections.flatMap(({ mutant, finding }) => (finding === null ? [] : [[mutant.id, finding.by]])),
  ] as [string, string][]);
  writeFileSync(new URL("lab-mutants.json", RESULTS), `${JSON.stringify(hints, null, 2)}\n`);
}
