/**
 * One run of vitest in this process, judged by this project's rules: a skip must say why, a file that cannot be loaded
 * and an error outside any test each count as one failure, and a run without tests is one. A file that does not end
 * is ended, and has failed.
 */
import { relative } from "node:path";
import { ROOT } from "./files.mjs";
import { startWatchdog } from "./test_watchdog.mjs";

/**
 * @typedef {import("./tally.mjs").Tally} Tally
 * @typedef {Tally & {file: string, seconds: number}} FileResult
 * @typedef {{files: FileResult[], skips: string[], problems: string[], tally: Tally}} RunResult
 */

/**
 * @param {string[]} args vitest's own arguments: file filters, -t, --shard, ...
 * @returns {Promise<RunResult>}
 */
export async function runVitest(args) {
  process.chdir(ROOT);
  const { parseCLI, startVitest } = await import("vitest/node");
  const { filter, options } = parseCLI(["vitest", "run", ...args]);
  const watchdog = startWatchdog();
  const vitest = await startVitest("test", filter, { ...options, watch: false });
  const result = judge(vitest.state.getTestModules(), vitest.state.getUnhandledErrors(), options.testNamePattern);
  await vitest.close();
  for (const problem of watchdog.stop()) result.problems.push(problem); // counted: its file failed
  process.exitCode = 0; // vitest's own verdict knows nothing of our rules
  return result;
}

/**
 * @param {import("vitest/node").TestModule[]} modules
 * @param {unknown[]} errors
 * @param {string | RegExp | undefined} namePattern
 * @returns {RunResult}
 */
function judge(modules, errors, namePattern) {
  /** @type {RunResult} */
  const result = { files: [], skips: [], problems: [], tally: { passed: 0, failed: 0, skipped: 0 } };
  for (const module of modules) {
    const counts = judgeModule(module, namePattern, result);
    const seconds = module.diagnostic().duration / 1000;
    result.files.push({ file: relative(ROOT, module.moduleId), seconds, ...counts });
    result.tally.passed += counts.passed;
    result.tally.failed += counts.failed;
    result.tally.skipped += counts.skipped;
  }
  for (const error of errors) fail(result, `error outside any test: ${describeError(error)}`);
  if (result.tally.passed + result.tally.failed + result.tally.skipped === 0) fail(result, "no test ran");
  return result;
}

/**
 * @param {import("vitest/node").TestModule} module
 * @param {string | RegExp | undefined} namePattern
 * @param {RunResult} result receives skips and problems
 * @returns {Tally}
 */
function judgeModule(module, namePattern, result) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const file = relative(ROOT, module.moduleId);
  for (const test of module.children.allTests()) {
    const outcome = test.result();
    if (outcome.state === "passed") counts.passed++;
    else if (outcome.state === "skipped" && outcome.note) {
      counts.skipped++;
      result.skips.push(`${file} > ${test.fullName}: skipped, because ${outcome.note}`);
    } else if (outcome.state === "skipped" && namePattern !== undefined) {
    } else {
      counts.failed++;
      const why = outcome.state === "skipped" ? "is skipped and does not say why" : `is ${outcome.state}`;
      result.problems.push(`${file} > ${test.fullName} ${why}`);
    }
  }
  for (const error of module.errors()) {
    counts.failed++;
    result.problems.push(`${file}: ${describeError(error)}`);
  }
  return counts;
}

/**
 * @param {RunResult} result
 * @param {string} problem
 */
function fail(result, problem) {
  result.tally.failed++;
  result.problems.push(problem);
}

/** @param {unknown} error */
function describeError(error) {
  return error instanceof Object && "message" in error ? String(error.message) : String(error);
}

/** @param {RunResult} result */
export function printVerdict({ skips, problems }) {
  for (const line of [...skips, ...problems]) process.stdout.write(`${line}\n`);
}
