/**
 * `npm run test:full [-- parts of file names] [--shard=i/n]`: the long proofs, a few files to a process, and their
 * report: docs/results/full.json, rendered to docs/results/full.md, with date, Node version and CPU of each file's last
 * run. A run of one shard, or of named files, renews the rows of the files it ran.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { listFiles, ROOT, writeFileAtomically } from "./lib/files.mjs";
import { addTallies, closingLine } from "./lib/tally.mjs";
import { printVerdict, runVitest } from "./lib/vitest_run.mjs";

/** Files of one process: it keeps no more than their garbage, and a crash costs only their rows. */
const FILES_PER_SHARD = 4;

/** The longest that one file may take, s. */
const FILE_LIMIT_S = 3600;

const REPORT = join(ROOT, "docs/results/full");

/**
 * @typedef {import("./lib/tally.mjs").Tally} Tally
 * @typedef {Tally & {seconds: number, date: string, node: string, cpu: string}} Row
 */

/**
 * @param {Record<string, Row>} rows by file
 * @param {import("./lib/vitest_run.mjs").FileResult[]} results
 * @param {{date: string, node: string, cpu: string}} circumstances
 */
export function renewRows(rows, results, circumstances) {
  const renewed = { ...rows };
  for (const { file, passed, failed, skipped, seconds } of results) {
    renewed[file] = { passed, failed, skipped, seconds: Math.round(seconds * 10) / 10, ...circumstances };
  }
  return Object.fromEntries(Object.entries(renewed).sort(([a], [b]) => a.localeCompare(b)));
}

/** @param {Record<string, Row>} rows */
export function renderRows(rows) {
  const total = Object.values(rows).reduce(addTallies, { passed: 0, failed: 0, skipped: 0 });
  const lines = Object.entries(rows).map(
    ([file, row]) =>
      `| ${file} | ${row.passed} | ${row.failed} | ${row.skipped} | ${row.seconds} | ${row.date} | ${row.node} | ${row.cpu} |`,
  );
  return [
    "# Long proofs",
    "",
    "Written by `npm run test:full`: the last run of each file.",
    "",
    "| file | passed | failed | skipped | seconds | date | Node | CPU |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...lines,
    "",
    `${closingLine(total)}.`,
    "",
  ].join("\n");
}

/**
 * Runs one group in a process of its own and reads back what it found.
 * @param {string[]} args
 */
function runShard(args) {
  const directory = mkdtempSync(join(tmpdir(), "tadpole-full-"));
  const output = join(directory, "result.json");
  const script = process.argv[1] ?? "";
  const env = {
    TADPOLE_FILE_LIMIT_S: String(FILE_LIMIT_S),
    ...process.env,
    TADPOLE_FULL: "1",
    TADPOLE_FULL_OUTPUT: output,
  };
  spawnSync(process.execPath, [script, ...args], { cwd: ROOT, stdio: "inherit", env });
  try {
    /** @type {import("./lib/vitest_run.mjs").RunResult} */
    const result = JSON.parse(readFileSync(output, "utf8"));
    return result;
  } catch {
    return {
      files: [],
      skips: [],
      problems: ["the shard's process ended early"],
      tally: { passed: 0, failed: 1, skipped: 0 },
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * The files to run, in the groups to run them in.
 * @param {string[]} files all long proofs
 * @param {string[]} filters parts of their names; none means all
 * @param {string} shard "i/n": every n-th file from the i-th; "1/1" means all
 */
export function planShards(files, filters, shard) {
  const [, index, count] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(shard) ?? [];
  if (index === undefined || Number(index) > Number(count)) throw new Error(`--shard=${shard}: i/n with 1 <= i <= n`);
  const wanted = files.filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)));
  const mine = wanted.filter((_, i) => i % Number(count) === Number(index) - 1);
  return Array.from({ length: Math.ceil(mine.length / FILES_PER_SHARD) }, (_, i) =>
    mine.slice(i * FILES_PER_SHARD, (i + 1) * FILES_PER_SHARD),
  );
}

/** @param {string[]} args */
function runAll(args) {
  const shard = args.find((arg) => arg.startsWith("--shard="))?.slice("--shard=".length) ?? "1/1";
  const options = args.filter((arg) => arg.startsWith("-") && !arg.startsWith("--shard="));
  const files = listFiles("test", (path) => path.endsWith(".full.ts"));
  const groups = planShards(
    files,
    args.filter((arg) => !arg.startsWith("-")),
    shard,
  );
  if (groups.length === 0) throw new Error("no long proof matches");
  const circumstances = {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: `${cpus().length} x ${cpus()[0]?.model.trim() ?? "unknown"}`,
  };
  /** @type {Record<string, Row>} */
  const reported = existsSync(`${REPORT}.json`) ? JSON.parse(readFileSync(`${REPORT}.json`, "utf8")) : {};
  let rows = Object.fromEntries(Object.entries(reported).filter(([file]) => files.includes(file)));
  let tally = { passed: 0, failed: 0, skipped: 0 };
  for (const group of groups) {
    const result = runShard([...group, ...options]);
    tally = addTallies(tally, result.tally);
    rows = renewRows(rows, result.files, circumstances);
    printVerdict(result);
    writeFileAtomically(`${REPORT}.json`, `${JSON.stringify(rows, null, 2)}\n`);
    writeFileAtomically(`${REPORT}.md`, renderRows(rows));
  }
  return tally;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const output = process.env["TADPOLE_FULL_OUTPUT"];
  const args = process.argv.slice(2);
  if (output !== undefined) {
    writeFileAtomically(output, JSON.stringify(await runVitest(args)));
    process.exit(0);
  }
  const tally = runAll(args);
  process.stdout.write(`${closingLine(tally)}\n`);
  process.exitCode = tally.failed > 0 ? 1 : 0;
}
