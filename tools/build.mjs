/**
 * Builds what is stale. Each target's product is remade only when the hash of its inputs changed.
 *
 *   node tools/build.mjs [target ...] [--force]      without targets: all
 *
 *   abi                 src/abi/generated.ts from core/layout (committed; --check fails instead of writing)
 *   core.release        build/core.release.wasm        -O3
 *   core.debug          build/core.debug.wasm          assertions, lock checks, kill hook
 *   core.lab            build/core.lab.wasm            debug, every protocol access reported; asyncified
 *   core.test           build/core.test.wasm           debug, with the probe exports of test/core/exports
 *   core.test-release   build/core.test-release.wasm   release, with them
 *   ts                  dist/ from src/
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

/** @typedef {(text: string) => void} Log */
/** @typedef {{product: string, inputs: () => string[], make: (log: Log) => Promise<void>}} Target */

/** @type {Record<string, Target>} */
const TARGETS = {
  abi: {
    product: GENERATED,
    inputs: () => [...listFiles("core/layout"), ...listFiles("tools/abi"), ...TOOL_FILES],
    make: makeAbi,
  },
  "core.release": wasm("release", ["-O3", "--noAssert"], {}),
  "core.debug": wasm("debug", ["-O1", "--use", "TADPOLE_DEBUG=1"], {}),
  "core.lab": wasm("lab", ["-O2", "--use", "TADPOLE_DEBUG=1", "--use", "TADPOLE_LAB=1", "--runPasses", "asyncify"], {
    entries: () => ["core/lab/abi.ts"],
  }),
  "core.test": wasm("test", ["-O1", "--use", "TADPOLE_DEBUG=1"], { entries: probes, isForTests: true }),
  "core.test-release": wasm("test-release", ["-O3", "--noAssert"], { entries: probes, isForTests: true }),
  ts: {
    product: "dist/abi/index.js",
    inputs: () => [...listFiles("src"), "tsconfig.json", "tsconfig.build.json", ...TOOL_FILES],
    make: makeTypeScript,
  },
};

/** The sources are at fault: the message says all. */
export class BuildError extends Error {
  /** @override */
  name = "BuildError";
}

/** What `build()` makes when not told. */
export const DEFAULT_TARGETS = Object.keys(TARGETS);

function probes() {
  return listFiles("test/core/exports", (path) => path.endsWith(".ts"));
}

/**
 * @param {string} name
 * @param {string[]} flags
 * @param {{entries?: () => string[], isForTests?: boolean}} options `entries`: beside core/index.ts; tests may break core's rules
 * @returns {Target}
 */
function wasm(name, flags, { entries = () => [], isForTests = false }) {
  const product = `build/core.${name}.wasm`;
  return {
    product,
    inputs: () => [...listFiles("core", (path) => path.endsWith(".ts")), ...entries(), ...TOOL_FILES, ...CHECK_FILES],
    make: async () => {
      const { compile, CORE_FLAGS } = await import("./lib/asc.mjs");
      const out = ["--outFile", "core.wasm", "--debug"]; // --debug here only keeps the function names
      const files = await compile({
        entries: ["core/index.ts", ...entries()],
        flags: [...CORE_FLAGS, ...flags, ...out],
      });
      const binary = /** @type {Uint8Array} */ (files["core.wasm"]);
      if (!isForTests) (await import("./core_check.mjs")).assertCorePure(binary);
      writeFileAtomically(join(ROOT, product), binary);
    },
  };
}

async function makeAbi() {
  const { generateAbi } = await import("./abi/generate.mjs");
  writeFileAtomically(join(ROOT, GENERATED), await generateAbi());
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
  const target = TARGETS[name];
  if (target === undefined)
    throw new Error(`unknown build target ${name}; there are ${Object.keys(TARGETS).join(", ")}`);
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
  const made = [];
  for (const [name, target] of Object.entries(TARGETS)) {
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
