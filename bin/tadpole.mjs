#!/usr/bin/env node
/**
 * The launcher: `npm start`, `npm test`, `npm run bench` and `npx tadpole` all come here, also in a checkout where
 * nothing is installed yet. It installs and builds what the command needs, then runs the command with its arguments.
 *
 * Guarantees: a fraction of a second when nothing changed; two launchers at once install and build one after the
 * other; everything it says itself goes to stderr, so a command's --json on stdout stays clean; the command's exit
 * code or signal is the launcher's.
 *
 * Mechanism: a stamp over lockfile, Node version and platform decides about installing, tools/build.mjs about each
 * build product. Only Node's own modules are used. In an installed package (no sources beside it) it only runs.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const INSTALL_STAMP = join(ROOT, "node_modules/.tadpole-install.json");
const LOCK = join(ROOT, "build/launcher.lock");
const RUN_TARGETS = ["abi", "core.release", "ts"];
const LAB_TARGETS = ["abi", "core.lab", "ts"];
const MUTANT_TARGETS = [...LAB_TARGETS, "core.lab-mutants", "core.test-mutants", "core.test-release-mutants"];
const ALL_TARGETS = ["abi", "core.release", "core.debug", "core.lab", "core.test", "core.test-release", "ts"];

/**
 * Commands of a checkout, of one word or two; any other word is the program's own.
 * @type {Record<string, {targets: string[], script?: string}>}
 */
const CHECKOUT_COMMANDS = {
  test: { targets: ALL_TARGETS, script: "tools/run_tests.mjs" },
  "test:full": { targets: ALL_TARGETS, script: "tools/run_full_tests.mjs" },
  bench: { targets: RUN_TARGETS, script: "dist/lab/bench/main.js" },
  lab: { targets: LAB_TARGETS, script: "dist/lab/main.js" },
  "lab mutants": { targets: MUTANT_TARGETS, script: "dist/lab/main.js" },
  check: { targets: ALL_TARGETS, script: "tools/check.mjs" },
  docs: { targets: RUN_TARGETS, script: "tools/docs.mjs" },
  build: { targets: ALL_TARGETS },
};
const PROGRAM = { targets: RUN_TARGETS, script: "dist/cli/main.js" };

class LauncherError extends Error {}

/** @param {string} text */
function say(text) {
  process.stderr.write(`tadpole: ${text}\n`);
}

// --- installing ---

/** @returns {{lock: string, node: string, platform: string}} */
function wantedInstall() {
  const lock = createHash("sha256")
    .update(readFileSync(join(ROOT, "package-lock.json")))
    .digest("hex");
  return { lock, node: process.version, platform: `${process.platform}-${process.arch}` };
}

/**
 * @param {string} path
 * @returns {any} null if it is not there or is no JSON
 */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

function isInstalled() {
  const stamp = readJson(INSTALL_STAMP);
  const wanted = wantedInstall();
  return stamp?.lock === wanted.lock && stamp.node === wanted.node && stamp.platform === wanted.platform;
}

/** Whether node_modules, made by a plain `npm install` or for another Node, already is what the lockfile says. */
function canAdoptInstall() {
  const stamp = readJson(INSTALL_STAMP);
  if (stamp !== null && stamp.platform !== wantedInstall().platform) return false;
  const there = readJson(join(ROOT, "node_modules/.package-lock.json"))?.packages;
  const wanted = readJson(join(ROOT, "package-lock.json"))?.packages;
  if (!there || !wanted) return false;
  return Object.entries(wanted).every(
    ([path, entry]) => path === "" || entry.optional || there[path]?.version === entry.version,
  );
}

async function install() {
  if (!canAdoptInstall()) {
    rmSync(INSTALL_STAMP, { force: true });
    await runNpmCi();
  }
  writeFileSync(INSTALL_STAMP, JSON.stringify(wantedInstall()));
}

async function runNpmCi() {
  const started = Date.now();
  say("installing packages (npm ci) ...");
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const ticker = setInterval(() => say(`still installing packages, ${seconds()} s`), 10_000);
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=warn"];
  const code = await runToEnd("npm", args, ["ignore", 2, 2]).finally(() => clearInterval(ticker));
  if (endedBy !== null) leave(endedBy);
  if (code !== 0) {
    throw new LauncherError(
      `npm ci failed (exit code ${code}); its own words are above. It needs the npm registry, and write access here.`,
    );
  }
  say(`installed in ${seconds()} s`);
}

// --- one launcher at a time ---

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/**
 * Creates `path` with our pid in it, or says that it exists.
 * @param {string} path
 */
function createExclusively(path) {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
}

/** @param {string} path */
function readPid(path) {
  try {
    return Number.parseInt(readFileSync(path, "utf8"), 10);
  } catch {
    return Number.NaN;
  }
}

/**
 * Removes the lock of a process that is gone. Two launchers may find it dead at once; the guard lets one of them judge
 * and remove it, or the second would remove the first one's new lock.
 */
function removeDeadLock() {
  const guard = `${LOCK}.guard`;
  if (existsSync(guard) && Date.now() - statSync(guard).mtimeMs > 10_000) rmSync(guard, { force: true });
  if (!createExclusively(guard)) return;
  try {
    const pid = readPid(LOCK);
    const isJustCreated = Number.isNaN(pid) && existsSync(LOCK) && Date.now() - statSync(LOCK).mtimeMs < 2_000;
    if (isJustCreated || (!Number.isNaN(pid) && isAlive(pid))) return;
    rmSync(LOCK, { force: true });
    say("took over the lock of a launcher that is gone");
  } finally {
    rmSync(guard, { force: true });
  }
}

async function takeLock() {
  mkdirSync(join(ROOT, "build"), { recursive: true });
  let hasSaid = false;
  while (!createExclusively(LOCK)) {
    const pid = readPid(LOCK);
    if (Number.isNaN(pid) || !isAlive(pid)) removeDeadLock();
    else if (!hasSaid) {
      say(`waiting for process ${pid}, which installs or builds here ...`);
      hasSaid = true;
    }
    await sleep(100);
  }
}

function releaseLock() {
  if (readPid(LOCK) === process.pid) unlinkSync(LOCK);
}

// --- running ---

/** @type {import("node:child_process").ChildProcess | null} */
let running = null;

/** The signal that came while a child ran. @type {NodeJS.Signals | null} */
let endedBy = null;

/**
 * @param {string} command
 * @param {string[]} args
 * @param {import("node:child_process").StdioOptions} stdio
 * @returns {Promise<number | NodeJS.Signals>} exit code, or the signal that ended it
 */
function runToEnd(command, args, stdio) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio, shell: process.platform === "win32" && command === "npm" });
    running = child;
    child.on("error", (error) => reject(new LauncherError(`${command} cannot be run: ${error.message}`)));
    child.on("close", (code, signal) => {
      running = null;
      resolve(signal ?? code ?? 1);
    });
  });
}

/** @param {string[]} targets */
async function prepare(targets) {
  const { build, staleTargets } = await import("../tools/build.mjs");
  if (isInstalled() && staleTargets(targets).length === 0) return;
  await takeLock();
  try {
    if (!isInstalled()) await install();
    await build(targets, { log: say });
  } finally {
    releaseLock();
  }
}

/** A terminal sends SIGINT to the child too: it decides what to do. Any other signal is passed on to it. */
function passSignals() {
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => {
      if (running === null) return leave(signal);
      endedBy = signal;
      if (signal !== "SIGINT" || !process.stdin.isTTY) running.kill(signal);
    });
  }
}

/**
 * @param {NodeJS.Signals} signal
 * @returns {never}
 */
function leave(signal) {
  releaseLock();
  process.exit(128 + constants.signals[signal]);
}

/**
 * What the first two words, or the first, name.
 * @param {string[]} argv
 */
function checkoutCommand(argv) {
  const name = [argv.slice(0, 2).join(" "), argv[0] ?? ""].find((words) => Object.hasOwn(CHECKOUT_COMMANDS, words));
  return name === undefined ? undefined : CHECKOUT_COMMANDS[name];
}

/**
 * What has to be built for the words: a command's help needs only the program that prints it.
 * @param {string[]} targets
 * @param {string[]} argv
 */
function neededFor(targets, argv) {
  return argv.includes("--help") || argv.includes("-h") ? targets.filter((name) => !name.startsWith("core.")) : targets;
}

/** @param {string[]} argv */
async function main(argv) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 12)) {
    throw new LauncherError(`Node ${process.versions.node} is too old; Tadpole needs 20.12 or newer`);
  }
  const isCheckout = existsSync(join(ROOT, "src")) && existsSync(join(ROOT, "package-lock.json"));
  const command = isCheckout ? checkoutCommand(argv) : undefined;
  const { targets, script } = command ?? PROGRAM;
  passSignals();
  process.on("exit", releaseLock);
  if (isCheckout) await prepare(neededFor(targets, argv));
  if (script === undefined) return;
  const result = await runToEnd(process.execPath, [join(ROOT, script), ...(command ? argv.slice(1) : argv)], "inherit");
  process.exitCode = typeof result === "number" ? result : 128 + constants.signals[result];
}

main(process.argv.slice(2)).catch((error) => {
  const isExpected = error instanceof LauncherError || error.name === "BuildError";
  say(isExpected ? error.message : (error.stack ?? String(error)));
  process.exitCode = 1;
});
