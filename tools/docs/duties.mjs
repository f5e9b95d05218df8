/**
 * The duty table, docs/duties.json: for each duty of the TDP MMU, the functions that do it, the tests that hold it, the
 * benchmarks that time it, and a mutant that breaks it: its detection proves the tests. Checked: what it names exists.
 *
 * Notation: a function is `file#name`, a test `file#words of its name`, a benchmark an id of the bench command, a mutant
 * an id of `npx tadpole lab mutants --list`. A duty
 * whose functions are null is planned. A duty that is built has at least one function and one test.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { listFiles, ROOT } from "../lib/files.mjs";
import { allMutants } from "../mutants/mutants.mjs";
import { table } from "./sections.mjs";

/**
 * @typedef {object} Duty
 * @property {string} id
 * @property {number | null} patch its number in the series
 * @property {string} title the patch's subject, or the duty's name
 * @property {string} duty what must hold, for whom
 * @property {string[] | null} functions
 * @property {string[] | null} tests
 * @property {string[] | null} benchmarks
 * @property {string | null} mutant
 * @typedef {{id: string, title: string, patches: number, duties: Duty[]}} Series
 */

/** @returns {{series: Series[]}} */
function readDuties() {
  return JSON.parse(readFileSync(join(ROOT, "docs/duties.json"), "utf8"));
}

/** @param {string[] | null} names */
function cell(names) {
  return names === null || names.length === 0 ? "–" : names.map((name) => `\`${name}\``).join("<br>");
}

/** The tables of docs/duties.md. */
export function renderDuties() {
  return readDuties()
    .series.map(({ title, duties }) => {
      const rows = duties.map((duty) => [
        duty.patch ?? "",
        `**${duty.title}.** ${duty.duty}`,
        duty.functions === null ? "planned" : cell(duty.functions.map((name) => name.replace(/^core\//, ""))),
        cell(duty.tests?.map((name) => name.replace(/^test\//, "")) ?? null),
        cell(duty.benchmarks),
        duty.mutant ?? "–",
      ]);
      return `## ${title}\n\n${table(["patch", "duty", "functions", "tests", "benchmarks", "mutant"], rows)}`;
    })
    .join("\n\n");
}

/**
 * @param {{series: Series[]}} table_ the parsed table
 * @param {(file: string) => string | null} read a file's text, null where it does not exist
 * @param {(id: string) => boolean} isBenchmark
 * @param {(id: string) => boolean} isMutant
 * @returns {string[]} what it claims and is not so
 */
export function checkDuties({ series }, read, isBenchmark, isMutant) {
  const problems = [];
  const ids = new Set();
  for (const { id: seriesId, patches, duties } of series) {
    for (let patch = 1; patch <= patches; patch++) {
      if (!duties.some((duty) => duty.patch === patch)) problems.push(`${seriesId}: patch ${patch} has no duty`);
    }
    for (const duty of duties) {
      if (ids.has(duty.id)) problems.push(`${duty.id} is there twice`);
      ids.add(duty.id);
      problems.push(...checkDuty(duty, read, isBenchmark, isMutant).map((problem) => `${duty.id}: ${problem}`));
    }
  }
  return problems;
}

/**
 * @param {Duty} duty
 * @param {(file: string) => string | null} read
 * @param {(id: string) => boolean} isBenchmark
 * @param {(id: string) => boolean} isMutant
 */
function checkDuty({ functions, tests, benchmarks, mutant }, read, isBenchmark, isMutant) {
  if (functions === null) {
    return tests === null && benchmarks === null && mutant === null ? [] : ["is planned, so it names nothing"];
  }
  const problems = [];
  if (functions.length === 0 || tests === null || tests.length === 0)
    problems.push("is built, so it names functions and tests");
  for (const name of functions) if (!hasFunction(name, read)) problems.push(`no function ${name}`);
  for (const name of tests ?? []) if (!hasTest(name, read)) problems.push(`no test ${name}`);
  for (const id of benchmarks ?? []) if (!isBenchmark(id)) problems.push(`no benchmark ${id}`);
  if (mutant !== null && !isMutant(mutant)) problems.push(`no mutant ${mutant}`);
  return problems;
}

/**
 * @param {string} name file#function
 * @param {(file: string) => string | null} read
 */
function hasFunction(name, read) {
  const [file = "", symbol = ""] = name.split("#");
  return new RegExp(`\\bfunction ${symbol}\\b`).test(read(file) ?? "");
}

/**
 * @param {string} name file#words
 * @param {(file: string) => string | null} read
 */
function hasTest(name, read) {
  const at = name.indexOf("#");
  const words = name.slice(at + 1);
  return at > 0 && words !== "" && (read(name.slice(0, at)) ?? "").includes(words);
}

/** Problems of the committed table. */
export function checkCommittedDuties() {
  const read = (/** @type {string} */ file) =>
    existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file), "utf8") : null;
  const bench = listFiles("src/lab/bench").map(read).join("\n");
  const mutants = new Set(allMutants().map(({ id }) => id));
  return checkDuties(
    readDuties(),
    read,
    (id) => bench.includes(`"${id}"`),
    (id) => mutants.has(id),
  );
}
