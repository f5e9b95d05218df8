/**
 * Detection by tests that are there anyway, in a vitest process of its own, over the test build of mutants with one of
 * them switched on: core's own deterministic ones ("tests"), which see what a mistake does without any race, and the
 * property suite ("suite"), random sequences done to core and to the oracle (test/core/mmu/properties.test.ts).
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** Where tools/build.mjs puts the builds of mutants, under the names of those they stand for. */
export const MUTANT_BUILDS = join(ROOT, "build/mutants");
const SUITE = ["test/core/mmu/properties.test.ts"];
/** Tests of one thread, or of threads in a fixed order: what they say of a mutant they say each time. */
const TESTS = [
  ...["run", "async_pf", "program"].map((name) => `test/core/vcpu/${name}.test.ts`),
  ...[
    "age",
    "dead_vm",
    "dirty_bitmap",
    "dirty_pml",
    "dirty_ring",
    "flushes",
    "entries",
    "lpage",
    "mmio_cache",
    "nx_recover",
  ].map((name) => `test/core/mmu/${name}.test.ts`),
  ...["recover", "split", "tracepoints", "yields"].map((name) => `test/core/mmu/${name}.test.ts`),
  ...["notifier", "reclaim", "pager", "sharing", "phantom"].map((name) => `test/core/hostmm/${name}.test.ts`),
  ...["epoch", "guest_mode"].map((name) => `test/core/sync/${name}.test.ts`),
];

export interface SuiteResult {
  readonly isFound: boolean;
  /** What failed, one line. */
  readonly message: string;
  /** Rounds begun, each of the suite's with another seed. */
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
    const limit = Math.max(seconds - spent(), ROUND_LIMIT_S);
    const failed = await play(SUITE, ["-t", "^test "], { mutant, seed: rounds, limit, signal });
    if (failed !== null) return { isFound: true, message: `${failed} (seed ${rounds})`, rounds, seconds: spent() };
  }
  return { isFound: false, message: "", rounds, seconds: spent() };
}

/** Runs the tests, once, as far as the first that fails. One that does not end is a failure. */
export async function runTests(mutant: number, signal: AbortSignal): Promise<SuiteResult> {
  const start = performance.now();
  // One process for all files: most of the time would go into starting it.
  const failed = await play(TESTS, ["--no-isolate", "--maxWorkers=1"], {
    mutant,
    seed: 1,
    limit: TESTS_LIMIT_S,
    signal,
  });
  return {
    isFound: failed !== null,
    message: failed ?? "",
    rounds: 1,
    seconds: (performance.now() - start) / 1000,
  };
}

/** A round takes a few seconds where core is sound; one that takes longer does not end. The tests are more. */
const ROUND_LIMIT_S = 60;
const TESTS_LIMIT_S = 180;

interface Round {
  readonly mutant: number;
  readonly seed: number;
  /** s. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** One run of test files. Resolves with what failed, null if nothing did. */
async function play(
  files: readonly string[],
  how: readonly string[],
  { mutant, seed, limit, signal }: Round,
): Promise<string | null> {
  const directory = mkdtempSync(join(tmpdir(), "tadpole-mutant-"));
  const output = join(directory, "result.json");
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const all = ["--bail", "1", "--reporter=json", `--outputFile=${output}`];
  const child = spawn(process.execPath, [vitest, "run", ...files, ...how, ...all], {
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
  // Vitest's own processes end with it: they are one group.
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
    return isLate ? "a test does not end" : failureIn(output);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
    rmSync(directory, { recursive: true, force: true });
  }
}

interface JsonReport {
  testResults: {
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

function failureIn(output: string): string | null {
  let report: JsonReport;
  try {
    report = JSON.parse(readFileSync(output, "utf8")) as JsonReport;
  } catch {
    throw new Error(`vitest left no report: are ${MUTANT_BUILDS}/core.test.wasm and core.test-release.wasm built?`);
  }
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const ran = tests.filter(({ status }) => status === "passed" || status === "failed");
  const failed = ran.find(({ status }) => status === "failed");
  if (ran.length === 0) throw new Error(`no test ran: ${report.testResults[0]?.message ?? ""}`);
  if (failed === undefined) return null;
  return `${failed.fullName}: ${cause(failed.failureMessages.join("\n"))}`;
}

/** The line that says what is wrong, of a message that tells how it was found. */
function cause(message: string): string {
  const lines = message.split("\n").map((line) => line.trim());
  const line = lines.find((text) => /^(Cause: |Got |.*(BUG_|RuntimeError|expected ))/.test(text)) ?? lines[0] ?? "";
  return line.replace(/^(Cause: |Got )/, "").slice(0, 160);
}
