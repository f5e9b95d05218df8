/** The `bench` command: `npm run bench -- mmu|cpu [--json] [--runs N] [--only id]`. Results on stdout, everything else on stderr. */

import { parseArgs } from "node:util";
import { runCpuBench } from "./cpu_bench.js";
import { runMmuBench } from "./mmu_bench.js";
import { reportToJson, reportToTable } from "./report.js";

const USAGE = `usage: bench mmu|cpu [--json] [--runs N] [--only id]

  --json      one JSON object {node, cpu, results: [{id, median, unit, runs, ratios}]} on stdout
  --runs N    timed passes of each figure (default 21)
  --only id   one figure, with the references its ratios need`;

interface Command {
  readonly json: boolean;
  readonly run: typeof runMmuBench | typeof runCpuBench;
  readonly options: { readonly runs?: number; readonly only?: string };
}

const BENCHMARKS = new Map<string, Command["run"]>([
  ["mmu", runMmuBench],
  ["cpu", runCpuBench],
]);

/** Wrong arguments: the message is for people. */
class UsageError extends Error {}

function parse(args: string[]): Command {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "boolean" }, runs: { type: "string" }, only: { type: "string" } },
  });
  const run = BENCHMARKS.get(positionals[0] ?? "");
  if (positionals.length !== 1 || run === undefined) throw new UsageError("name the benchmark: mmu or cpu");
  const runs = values.runs === undefined ? undefined : Number(values.runs);
  if (runs !== undefined && !(Number.isInteger(runs) && runs > 0))
    throw new UsageError("--runs takes a whole number above 0");
  const chosen = {
    ...(runs === undefined ? {} : { runs }),
    ...(values.only === undefined ? {} : { only: values.only }),
  };
  return { json: values.json ?? false, run, options: chosen };
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else process.stderr.write(`${text}\n`);
}

async function main(args: string[]): Promise<number> {
  let command: Command;
  try {
    command = parse(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  const { report, notes } = await command.run({ ...command.options, progress });
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  for (const note of notes.notes) process.stderr.write(command.json ? `${note}\n` : "");
  process.stdout.write(`${command.json ? reportToJson(report) : reportToTable(report, notes)}\n`);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
