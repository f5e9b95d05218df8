/**
 * `npm run check`: everything that can be judged without running a test. Each check counts as one passed or failed; the
 * last line is `N passed, N failed, N skipped`.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { checkCoreTypes } from "./lib/core_types.mjs";
import { ROOT } from "./lib/files.mjs";
import { checkFormat } from "./lib/format.mjs";
import { closingLine } from "./lib/tally.mjs";

/** A check answers with its problems; none means passed. @typedef {() => Promise<string[]> | string[]} Check */

/**
 * @param {string} script root-relative
 * @param {...string} args
 * @returns {Check}
 */
function command(script, ...args) {
  return () => {
    const options = /** @type {const} */ ({ cwd: ROOT, encoding: "utf8", maxBuffer: 64 << 20 });
    const { status, stdout, stderr, error } = spawnSync(process.execPath, [join(ROOT, script), ...args], options);
    return status === 0 ? [] : [`${stdout}${stderr}${error?.message ?? ""}`.trimEnd() || `exit code ${status}`];
  };
}

/** @type {Record<string, Check>} */
const CHECKS = {
  format: checkFormat,
  lint: command("node_modules/@biomejs/biome/bin/biome", "lint", "--error-on-warnings"),
  types: command("node_modules/typescript/bin/tsc", "-p", "tsconfig.json", "--pretty", "false"),
  "core's types": checkCoreTypes,
  imports: command(
    "node_modules/dependency-cruiser/bin/dependency-cruise.mjs",
    "core",
    "src",
    "test",
    "tools",
    "bench",
    "bin",
    "--config",
    ".dependency-cruiser.cjs",
  ),
  "dead code": command("node_modules/knip/bin/knip.js"),
  "core's rules": command("tools/build.mjs", "core.release", "core.debug", "core.lab"),
  "generated ABI": async () => (await import("./abi/generate.mjs")).checkAbi(),
  "generated decoder": async () => (await import("./isa/generate.mjs")).checkIsa(),
  "generated docs": command("tools/docs.mjs", "--check"),
  "duty table": async () => (await import("./docs/duties.mjs")).checkCommittedDuties(),
  lockfile: async () => (await import("./lib/lockfile.mjs")).checkLockfiles(),
};

/** @param {string[]} wanted names of checks; none means all */
export async function runChecks(wanted) {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, check] of Object.entries(CHECKS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const problems = await Promise.resolve(check()).catch((error) => [String(error.stack ?? error)]);
    tally[problems.length === 0 ? "passed" : "failed"]++;
    process.stdout.write(`${problems.length === 0 ? "ok    " : "FAILED"} ${name}\n`);
    for (const problem of problems) process.stdout.write(`${problem.replace(/^/gm, "       ")}\n`);
  }
  return tally;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const tally = await runChecks(process.argv.slice(2));
  process.stdout.write(`${closingLine(tally)}\n`);
  process.exitCode = tally.failed > 0 ? 1 : 0;
}
