/**
 * Builds what is stale. Each target's product is remade only when the hash of its inputs changed.
 *
 *   node tools/build.mjs [target ...] [--force]      without targets: all but the mutants'
 *
 *   abi                 src/abi/generated.ts from core/layout (committed; --check fails instead of writing)
 *   isa                 core/cpu/generated from tools/isa/rows (committed; node tools/check.mjs compares)
 *   core.release        build/core.release.wasm        -O3
 *   core.debug          build/core.debug.wasm          assertions, lock checks, kill hook
 *   core.lab            build/core.lab.wasm            debug, every protocol access reported; asyncified
 *   core.test           build/core.test.wasm           debug, with the probe exports of test/core/exports
 *   core.test-release   build/core.test-release.wasm   release, with them
 *   ts                  dist/ from src/
 *   core.lab-mutants, core.test-mutants, core.test-release-mutants    build/mutants/core.lab.wasm and so on: the same
 *                       flavours with every mutant of tools/mutants in them; made only when named
 *
 * Only Node's own modules are imported until something is stale: the launcher calls this on every start.
 */
import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fingerprint, listFiles, ROOT, readStamp, writeFileAtomically, writeStamp } from "./lib/files.mjs";

const TOOL_FILES = ["tools/build.mjs", "tools/lib/files.mjs", "tools/lib/asc.mjs", "package-lock.json"];
const CHECK_FILES = ["tools/core_check.mjs", "tools/lib/core_source_rules.mjs", "tools/lib/core_wasm_rules.mjs"];
const GENERATED = "src/abi/generated.ts";
const ISA_PRODUCT = "core/cpu/generated/decode_table.ts";

/** @typedef {(text: string) => void} Log */
/** @typedef {{product: string, inputs: () => string[], make: (log: Log) => Promise<void>}} Target */

const LAB_FLAGS = ["-O2", "--use", "TADPOLE_DEBUG=1", "--use", "TADPOLE_LAB=1", "--runPasses", "asyncify"];
const LAB = { entries: () => ["core/lab/abi.ts"] };
const TEST_FLAGS = ["-O1", "--use", "TADPOLE_DEBUG=1"];
const RELEASE_FLAGS = ["-O3", "--noAssert"];
const TESTS = { entries: probes, isForTests: true };

/** @type {Record<string, Target>} */
const TARGETS = {
  abi: {
    product: GENERATED,
    inputs: () => [...listFiles("core/layout"), ...listFiles("tools/abi"), ...TOOL_FILES],
    make: makeAbi,
  },
  isa: {
    product: ISA_PRODUCT,
    inputs: () => [
      ...listFiles("tools/isa"),
      ...listFiles("core/cpu", (path) => path.endsWith(".ts")),
      "core/layout/x86_system.ts",
      ...TOOL_FILES,
    ],
    make: makeIsa,
  },
  "core.release": wasm("release", RELEASE_FLAGS),
  "core.debug": wasm("debug", ["-O1", "--use", "TADPOLE_DEBUG=1"]),
  "core.lab": wasm("lab", LAB_FLAGS, LAB),
  "core.test": wasm("test", TEST_FLAGS, TESTS),
  "core.test-release": wasm("test-release", RELEASE_FLAGS, TESTS),
  ts: {
    product: "dist/abi/index.js",
    inputs: () => [...listFiles("src"), "tsconfig.json", "tsconfig.build.json", ...TOOL_FILES],
    make: makeTypeScript,
  },
};

/** Builds on request. @type {Record<string, Target>} */
const MUTANT_TARGETS = {
  "core.lab-mutants": mutants("lab", LAB_FLAGS, LAB),
  "core.test-mutants": mutants("test", TEST_FLAGS, TESTS),
  // -O1: who looks for mutants minds the assertions that are missing here, not the speed.
  "core.test-release-mutants": mutants("test-release", ["-O1", "--noAssert"], TESTS),
};

const ALL_TARGETS = { ...TARGETS, ...MUTANT_TARGETS };

/** The sources are at fault: the message says all. */
export class BuildError extends Error {
  /** @override */
  name = "BuildError";
}

/** What is made when nothing is named. */
export const DEFAULT_TARGETS = Object.keys(TARGETS);

function probes() {
  return listFiles("test/core/exports", (path) => path.endsWith(".ts"));
}

/**
 * `entries`: beside core/index.ts. Tests may break core's rules.
 * @typedef {{entries: () => string[], isForTests?: boolean}} Contents
 */

/**
 * @param {string} name
 * @param {string[]} flags
 * @param {Contents} [contents]
 * @returns {Target}
 */
function wasm(name, flags, { entries, isForTests = false } = { entries: () => [] }) {
  const product = `build/core.${name}.wasm`;
  return {
    product,
    inputs: () => [...listFiles("core", (path) => path.endsWith(".ts")), ...entries(), ...TOOL_FILES, ...CHECK_FILES],
    make: async () => {
      const binary = await compileCore(flags, entries(), {});
      if (!isForTests) (await import("./core_check.mjs")).assertCorePure(binary);
      writeFileAtomically(join(ROOT, product), binary);
    },
  };
}

/**
 * The flavour with every mutant in it: under the name of the one it stands for, in a directory of its own.
 * @param {string} name
 * @param {string[]} flags
 * @param {Contents} contents
 * @returns {Target}
 */
function mutants(name, flags, { entries }) {
  const product = `build/mutants/core.${name}.wasm`;
  return {
    product,
    inputs: () => [
      ...listFiles("core", (path) => path.endsWith(".ts")),
      ...entries(),
      ...listFiles("tools/mutants"),
      ...TOOL_FILES,
    ],
    make: async () => {
      const { allMutants, manifestOf, mutantSources, withManifest } = await import("./mutants/mutants.mjs");
      const all = allMutants();
      const binary = await compileCore(flags, entries(), mutantSources(all));
      writeFileAtomically(join(ROOT, product), withManifest(binary, manifestOf(all)));
    },
  };
}

/**
 * @param {string[]} flags
 * @param {string[]} entries beside core/index.ts
 * @param {Record<string, string>} virtual sources that stand for those on disk
 */
async function compileCore(flags, entries, virtual) {
  const { compile, CORE_FLAGS } = await import("./lib/asc.mjs");
  const out = ["--outFile", "core.wasm", "--debug"]; // --debug here only keeps the function names
  const files = await compile({
    entries: ["core/index.ts", ...entries],
    flags: [...CORE_FLAGS, ...flags, ...out],
    virtual,
  });
  return /** @type {Uint8Array} */ (files["core.wasm"]);
}

async function makeAbi() {
  const { generateAbi } = await import("./abi/generate.mjs");
  writeFileAtomically(join(ROOT, GENERATED), await generateAbi());
}

async function makeIsa() {
  const { generateIsa } = await import("./isa/generate.mjs");
  for (const [path, text] of await generateIsa()) writeFileAtomically(join(ROOT, path), text);
}

/** @param {Log} log */
async function makeTypeScript(log) {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  await run(process.execPath, [tsc, "-p", "tsconfig.build.json"], log);
  const sources = new Set(listFiles("src").map((path) => path.slice("src/".length, -".ts".length)));
  for (const path of listFiles("dist")) {
    const source = path.slice("dist/".length).replace(/(\.d\.ts|\.js|\.js\.map)$/, "");
    if (!sources.has(source)) rmSync(join(ROOT, path), { force: true });
  }
}

/**
 * Those of the named targets whose product is missing or older than its sources.
 * @param {string[]} names
 */
export function staleTargets(names) {
  return names.filter((name) => !isFresh(name, targetByName(name)));
}

/** @param {string} name */
function targetByName(name) {
  const target = ALL_TARGETS[name];
  if (target === undefined)
    throw new Error(`unknown build target ${name}; there are ${Object.keys(ALL_TARGETS).join(", ")}`);
  return target;
}

/**
 * Builds the named targets that are stale, in the order of the table.
 * @param {string[]} names
 * @param {{log: Log, force?: boolean}} options
 * @returns {Promise<string[]>} what was made
 */
export async function build(names, { log, force = false }) {
  for (const name of names) targetByName(name);
  // Whoever asks for generated sources, or for what is made of them, gets all of them.
  if (names.some((name) => name === "abi" || name.startsWith("core."))) names = [...names, "isa"];
  const made = [];
  for (const [name, target] of Object.entries(ALL_TARGETS)) {
    if (!names.includes(name) || (!force && isFresh(name, target))) continue;
    const started = performance.now();
    log(`building ${name} ...`);
    const inputs = inputsOf(target); // before making: an edit meanwhile leaves the target stale
    await target.make(log).catch((error) => {
      throw new BuildError(`building ${name} failed\n${error.message ?? error}`);
    });
    writeStamp(name, inputs + fingerprint([target.product]));
    log(`built ${name} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    made.push(name);
  }
  return made;
}

/**
 * The product counts too: one that was edited, or came with a checkout, is not what the sources make.
 * @param {string} name
 * @param {Target} target
 */
function isFresh(name, target) {
  return existsSync(join(ROOT, target.product)) && readStamp(name) === inputsOf(target) + fingerprint([target.product]);
}

/** @param {Target} target */
function inputsOf(target) {
  return fingerprint(target.inputs(), process.version, target.product);
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {Log} log
 * @returns {Promise<void>}
 */
function run(command, args, log) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) return resolve();
      log(output.trimEnd());
      reject(new Error(`${args.join(" ")} failed`));
    });
  });
}

/** @param {string[]} argv */
async function main(argv) {
  const names = argv.filter((arg) => !arg.startsWith("--"));
  const log = (/** @type {string} */ text) => process.stderr.write(`${text}\n`);
  await build(names.length > 0 ? names : DEFAULT_TARGETS, { log, force: argv.includes("--force") });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.slice(2)).catch((error) => {
    process.stderr.write(`${error.message ?? error}\n`);
    process.exitCode = 1;
  });
}
