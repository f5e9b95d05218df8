/**
 * Records the vectors' results on this machine's processor: test/cpu/vectors/<group>.vec.
 *
 *   node tools/vectors/record.mjs [group ...] [--all]      without groups: all of tools/isa/rows
 *
 * Records what is new: cases whose inputs have changed, unless --all says everything. Needs Linux on x86-64 and a C
 * compiler (cc). docs/vectors.md tells the rest.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../lib/files.mjs";
import { casesOf, isCoveredByVectors, loadRows } from "./cases.mjs";
import { inputsOf, VECTOR_DIR, vectorFile } from "./inputs.mjs";
import { RECORD_BYTES, TRAP_AT, TRAP_HANG, TRAP_STRAY } from "./layout.mjs";
import { packCase, packFile, unpackFile } from "./results.mjs";

/** @typedef {import("./cases.mjs").Case} Case */
/** @typedef {import("./inputs.mjs").Generated} Generated */

/** Cases that one run of the recorder gets. */
const CHUNK = 200;

/** Builds the recorder. @returns {string} its path */
function buildRecorder() {
  const out = join(ROOT, "build/recorder");
  mkdirSync(join(ROOT, "build"), { recursive: true });
  const source = join(ROOT, "test/cpu/recorder/recorder.c");
  const flags = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-fno-stack-protector"];
  const { status, stderr, error } = spawnSync("cc", [...flags, source, "-o", out], { encoding: "utf8" });
  if (error !== undefined) throw new Error(`no C compiler: ${error.message}`);
  if (status !== 0) throw new Error(`cc failed\n${stderr}`);
  return out;
}

/**
 * Runs vectors on this processor.
 * @param {string} recorder
 * @param {Generated[]} cases
 * @returns {Uint8Array[]} the results, case by case
 */
function runRecorder(recorder, cases) {
  const input = Buffer.concat(cases.map(({ records }) => records));
  const { status, stdout, stderr, signal } = spawnSync(recorder, { input, maxBuffer: input.length + 1 });
  if (status !== 0 || stdout.length !== input.length)
    throw new Error(
      `the recorder ended with ${signal ?? status}, ${stdout.length} of ${input.length} bytes: ${stderr}`,
    );
  let at = 0;
  return cases.map(({ records }) => {
    const result = new Uint8Array(records.length);
    result.set(stdout.subarray(at, at + records.length));
    at += records.length;
    return result;
  });
}

/** @param {Generated} made @param {Uint8Array} results */
function pack({ c, records, instructions }, results) {
  const vectors = instructions.map(({ bytes }, i) => {
    const input = new DataView(records.buffer, i * RECORD_BYTES, RECORD_BYTES);
    const output = new DataView(results.buffer, results.byteOffset + i * RECORD_BYTES, RECORD_BYTES);
    const trap = output.getUint32(TRAP_AT, true);
    if (trap === TRAP_HANG || (trap & TRAP_STRAY) !== 0)
      throw new Error(`${c.key}, vector ${i}: ${trap === TRAP_HANG ? "does not end" : "writes outside the window"}`);
    return { input, output, length: bytes.length };
  });
  return packCase(vectors);
}

function processorName() {
  const info = existsSync("/proc/cpuinfo") ? readFileSync("/proc/cpuinfo", "utf8") : "";
  const field = (/** @type {string} */ name) => new RegExp(`^${name}\\s*: (.*)$`, "m").exec(info)?.[1] ?? "?";
  return `${field("model name")} (${field("vendor_id")} family ${field("cpu family")} model ${field("model")})`;
}

/**
 * @param {string} recorder
 * @param {string} group
 * @param {Case[]} cases
 * @param {boolean} isForced
 */
function recordGroup(recorder, group, cases, isForced) {
  const path = join(ROOT, vectorFile(group));
  const cpu = processorName();
  const old = existsSync(path) && !isForced ? unpackFile(readFileSync(path)) : undefined;
  const known = old?.about.cpu === cpu ? old.cases : new Map();
  /** @type {{key: string, inputs: string, packed: Uint8Array}[]} */
  const done = [];
  let recorded = 0;
  for (let at = 0; at < cases.length; at += CHUNK) {
    const generated = cases.slice(at, at + CHUNK).map(inputsOf);
    const fresh = generated.filter(({ c, inputs }) => known.get(c.key)?.inputs !== inputs);
    const results = new Map(fresh.length > 0 ? runRecorder(recorder, fresh).map((r, i) => [fresh[i]?.c.key, r]) : []);
    for (const made of generated) {
      const result = results.get(made.c.key);
      const packed = result === undefined ? known.get(made.c.key)?.packed : pack(made, result);
      if (packed === undefined) throw new Error(`${made.c.key} has no result`);
      done.push({ key: made.c.key, inputs: made.inputs, packed });
    }
    recorded += fresh.length;
  }
  if (recorded === 0 && done.length === known.size) return `${group}: nothing new`;
  const file = packFile({ cpu, date: new Date().toISOString().slice(0, 10) }, done);
  writeFileSync(path, file);
  return `${group}: ${recorded} of ${cases.length} cases recorded, ${file.length} bytes`;
}

/** @param {string[]} args */
async function main(args) {
  const isForced = args.includes("--all");
  const wanted = args.filter((arg) => !arg.startsWith("--"));
  const recorder = buildRecorder();
  mkdirSync(join(ROOT, VECTOR_DIR), { recursive: true });
  for (const [group, rows] of await loadRows()) {
    if (wanted.length > 0 && !wanted.includes(group)) continue;
    const cases = rows.filter(isCoveredByVectors).flatMap(casesOf);
    const path = join(ROOT, vectorFile(group));
    if (cases.length === 0) rmSync(path, { force: true });
    else process.stdout.write(`${recordGroup(recorder, group, cases, isForced)}\n`);
  }
}

await main(process.argv.slice(2));
