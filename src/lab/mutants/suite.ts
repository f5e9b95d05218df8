/**
 * Detection by the property suite: random sequences done to core and to the oracle (test/core/mmu/properties.test.ts),
 * in a vitest process of its own, over the test build of mutants with one of them switched on.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** Where tools/build.mjs puts the builds of mutants, under the names of those they stand for. */
export const MUTANT_BUILDS = join(ROOT, "build/mutants");
const SUITE = "test/core/mmu/properties.test.ts";

export interface SuiteResult {
  readonly isFound: boolean;
  /** What failed, one line. */
  readonly message: string;
  /** Rounds of the suite begun, each with another seed. */
  readonly rounds: number;
  readonly seconds: number;
}

/** Runs the suite, seed after seed, until it fails or `seconds` have passed. A sequence that does not end is a failure. */
export async function runSuite(mutant: number, seconds: number, signal: AbortSignal): Promise<SuiteResult> {
  const start = performance.now();
  const spent = (): number => (performance.now() - start) / 1000;
  let rounds = 0;
  while (spent() < seconds && !signal.aborted) {
    rounds++;
    const message = await playRound(mutant, rounds, Math.max(seconds - spent(), ROUND_LIMIT_S), signal);
    if (message !== null) return { isFound: true, message, rounds, seconds: spent() };
  }
  return { isFound: false, message: "", rounds, seconds: spent() };
}

/** A round takes a few seconds where core is sound; one that takes longer does not end. */
const ROUND_LIMIT_S = 60;

/** One run of the suite. Resolves with what failed, null if nothing did. */
async function playRound(mutant: number, seed: number, limit: number, signal: AbortSignal): Promise<string | null> {
  const directory = mkdtempSync(join(tmpdir(), "tadpole-mutant-"));
  const output = join(directory, "result.json");
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const only = ["-t", "^test ", "--bail", "1", "--reporter=json", `--outputFile=${output}`];
  const child = spawn(process.execPath, [vitest, "run", SUITE, ...only], {
    cwd: ROOT,
    stdio: "ignore",
    detached: true,
    env: {
      ...process.env,
      TADPOLE_BUILD_DIR: MUTANT_BUILDS,
      TADPOLE_MUTANT: String(mutant),
      TADPOLE_SEED: String(seed),
    },
  });
  // The suite's own processes end with it: they are one group.
  const kill = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
  };
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, limit * 1000);
  signal.addEventListener("abort", kill, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", () => resolve());
    });
    if (signal.aborted) return null;
    return isLate ? `a sequence does not end (seed ${seed})` : failureIn(output, seed);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
    rmSync(directory, { recursive: true, force: true });
  }
}

interface JsonReport {
  numTotalTests: number;
  testResults: { message: string; assertionResults: { status: string; failureMessages: string[] }[] }[];
}

function failureIn(output: string, seed: number): string | null {
  let report: JsonReport;
  try {
    report = JSON.parse(readFileSync(output, "utf8")) as JsonReport;
  } catch {
    throw new Error(`the property suite left no report: is ${MUTANT_BUILDS}/core.test.wasm built?`);
  }
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const ran = tests.filter(({ status }) => status === "passed" || status === "failed");
  const failed = ran.find(({ status }) => status === "failed");
  if (ran.length === 0) throw new Error(`no test of ${SUITE} ran: ${report.testResults[0]?.message ?? ""}`);
  if (failed === undefined) return null;
  return `${cause(failed.failureMessages.join("\n"))} (seed ${seed})`;
}

/** The line that says what is wrong, of a message that tells how it was found. */
function cause(message: string): string {
  const lines = message.split("\n").map((line) => line.trim());
  const line = lines.find((text) => /^(Cause: |Got |.*(BUG_|RuntimeError|expected ))/.test(text)) ?? lines[0] ?? "";
  return line.replace(/^(Cause: |Got )/, "").slice(0, 160);
}
