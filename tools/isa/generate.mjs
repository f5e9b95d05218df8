/**
 * Writes core/cpu/generated from the instruction rows (tools/isa/rows): the decode table, the handlers' bindings and the
 * executor's loop. A row whose handler no file of core/cpu exports is an error: rows and handlers come together.
 *
 * A row of the table is four words; core/cpu/decode_row.ts reads them:
 *
 *   match    31 last of its opcode | 25:19 feature + 1 | 18:17 W | 16:15 L | 14:13 modes | 12:9 rm | 8:5 digit | 4:3 mod | 2:0 prefix
 *   form     21 chains | 20 generic | 19 ends | 18 lock | 17:14 sizes | 13 f64 | 12 d64 | 11:8 immediate | 7:5 rm | 4:2 reg |
 *            1 always register | 0 ModRM
 *   handler  31:16 code of the hot register form, or of the branch | 15:0 handler's number
 *   memory   code of the hot memory form
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { listFiles, ROOT } from "../lib/files.mjs";
import { renderHandlers } from "./handlers.mjs";
import { hotCases, renderLoop } from "./loop.mjs";
import { IMMEDIATES, namesIn, parseRow } from "./notation.mjs";

/** @typedef {import("./notation.mjs").Row} Row */
/** @typedef {import("./notation.mjs").Form} Form */
/** @typedef {{row: Row, form: Form, group: string}} Entry */
/** The instances of one handler: numbers `id` to `id + types.length - 1`. @typedef {{id: number, fn: string, types: string[]}} Binding */

const DIRECTORY = "core/cpu/generated";
const ROWS = "tools/isa/rows";
const PREFIX_CODES = ["", "NP", "66", "F3", "F2"];
const MODS = ["any", "mem", "reg"];
const MODES = ["", "no64", "only64"];
const CLASSES = ["", "gpr", "gpr8", "xmm", "mmx", "number", "opcode", "opcode8"];
const ANY = 8;
const TYPES = { b: "u8", w: "u16", l: "u32", q: "u64" };
const MAPS = 7;
/** In place of a file: several export that name. */
const AMBIGUOUS = "";
/** Handlers that the decoder itself needs. */
const SPECIAL = { HANDLER_UNDEFINED: "undefinedInstruction", HANDLER_TOO_LONG: "instructionTooLong" };

/** All rows, in the order of their files' names. @returns {Promise<Entry[]>} */
export async function readRows() {
  const entries = [];
  for (const name of readdirSync(join(ROOT, ROWS)).sort()) {
    const { rows } = await import(`${pathToFileURL(join(ROOT, ROWS, name)).href}`);
    const group = name.replace(/\.mjs$/, "");
    for (const row of rows) for (const form of opcodesOf(parseRow(row))) entries.push({ row, form, group });
  }
  return entries;
}

/** A register in the opcode makes eight opcodes of one. @param {Form} form */
function opcodesOf(form) {
  if (!form.regClass.startsWith("opcode")) return [form];
  return [0, 1, 2, 3, 4, 5, 6, 7].map((register) => ({ ...form, opcode: form.opcode + register }));
}

/** @returns {Promise<Map<string, string>>} texts by root-relative path */
export async function generateIsa() {
  const entries = sortRows(await readRows());
  const files = handlerFiles();
  const bindings = bindHandlers(entries);
  const missing = entries.filter(({ row }) =>
    namesIn(row.fn).some((name) => (files.get(name) ?? AMBIGUOUS) === AMBIGUOUS),
  );
  if (missing.length > 0) {
    const names = missing.map(({ row, group }) => `  ${row.fn}: ${row.name} ${row.args ?? ""} (${ROWS}/${group}.mjs)`);
    throw new Error(
      `rows whose handler is exported by no file of core/cpu, or by two:\n${[...new Set(names)].join("\n")}`,
    );
  }
  const hot = hotCases(entries, TYPES);
  return new Map([
    [`${DIRECTORY}/decode_table.ts`, renderTable(entries, bindings, hot)],
    [`${DIRECTORY}/handlers.ts`, renderHandlers([...bindings.values()], files)],
    [`${DIRECTORY}/loop.ts`, renderLoop(hot, files)],
  ]);
}

/** @returns {Promise<string[]>} whether the committed files are what the rows make */
export async function checkIsa() {
  const problems = [];
  for (const [path, text] of await generateIsa())
    if (readFileSync(join(ROOT, path), "utf8") !== text)
      problems.push(`${path} is out of date: node tools/build.mjs isa, and commit`);
  return problems;
}

/** Where each exported function and class of core/cpu is. @returns {Map<string, string>} */
function handlerFiles() {
  const found = new Map();
  for (const path of listFiles("core/cpu", (file) => file.endsWith(".ts") && !file.startsWith(DIRECTORY)))
    for (const [, name] of readFileSync(join(ROOT, path), "utf8").matchAll(/^export (?:function|class) (\w+)/gm)) {
      if (name !== undefined) found.set(name, found.has(name) ? AMBIGUOUS : path);
    }
  return found;
}

/** Rows of an opcode together, those that ask for more first. @param {Entry[]} entries */
function sortRows(entries) {
  const rank = (/** @type {Entry} */ { row, form }) =>
    (form.prefix === "" ? 0 : form.prefix === "NP" ? 1 : 2) * 64 +
    (form.rm >= 0 ? 32 : 0) +
    (form.digit >= 0 ? 16 : 0) +
    (form.mod !== "any" ? 8 : 0) +
    (form.w !== "" ? 4 : 0) +
    (form.l !== "" ? 2 : 0) +
    (row.modes !== undefined || row.feature !== undefined ? 1 : 0);
  const sorted = entries
    .map((entry, i) => ({ entry, i }))
    .sort((a, b) => keyOf(a.entry.form) - keyOf(b.entry.form) || rank(b.entry) - rank(a.entry) || a.i - b.i)
    .map(({ entry }) => entry);
  /** @type {Map<string, Entry>} */
  const seen = new Map();
  for (const entry of sorted) {
    const key = `${keyOf(entry.form)} ${matchWord(entry, 0n)}`;
    const other = seen.get(key);
    if (other !== undefined)
      throw new Error(`two rows for the same instruction: "${other.row.op}" ${other.row.name}, ${entry.row.name}`);
    seen.set(key, entry);
  }
  return sorted;
}

/** @param {Form} form */
function keyOf(form) {
  return (form.map << 8) | form.opcode;
}

/** @param {Entry} entry */
function typesOf({ row, form }) {
  if (row.fixed === true || form.sizes === "" || row.fn.includes("<")) return [];
  return [...form.sizes].map((size) => TYPES[/** @type {keyof TYPES} */ (size)]);
}

/** @param {Entry[]} entries @returns {Map<string, Binding>} by bindingKey */
function bindHandlers(entries) {
  /** @type {Map<string, Binding>} */
  const bindings = new Map();
  let id = 0;
  const add = (/** @type {string} */ fn, /** @type {string[]} */ types) => {
    const key = bindingKey(fn, types);
    if (bindings.has(key)) return;
    bindings.set(key, { id, fn, types });
    id += Math.max(types.length, 1);
  };
  for (const fn of Object.values(SPECIAL)) add(fn, []);
  for (const entry of entries) add(entry.row.fn, typesOf(entry));
  if (id > 0xffff) throw new Error("more handlers than a row's 16 bits can number");
  return bindings;
}

/** @param {string} fn @param {string[]} types */
function bindingKey(fn, types) {
  return `${fn} ${types.join(" ")}`;
}

/** @param {Entry} entry @param {bigint} feature its bit + 1 */
function matchWord({ row, form }, feature) {
  const digit = form.digit < 0 ? ANY : form.digit;
  const rm = form.rm < 0 ? ANY : form.rm;
  const number = (/** @type {string} */ text) => (text === "" ? 0 : Number(text[1]) + 1);
  return (
    PREFIX_CODES.indexOf(form.prefix) |
    (MODS.indexOf(form.mod) << 3) |
    (digit << 5) |
    (rm << 9) |
    (MODES.indexOf(row.modes ?? "") << 13) |
    (number(form.l) << 15) |
    (number(form.w) << 17) |
    (Number(feature) << 19)
  );
}

/** @param {Entry} entry */
function formWord(entry) {
  const { row, form } = entry;
  const sizes = [..."bwlq"].reduce((mask, size, i) => mask | (form.sizes.includes(size) ? 1 << i : 0), 0);
  const flag = (/** @type {unknown} */ isSet, /** @type {number} */ bit) => (isSet ? 1 << bit : 0);
  return (
    flag(form.hasModrm, 0) |
    flag(form.isRegAlways, 1) |
    (CLASSES.indexOf(form.regClass) << 2) |
    (CLASSES.indexOf(form.rmClass) << 5) |
    (IMMEDIATES.indexOf(form.immediate) << 8) |
    flag(row.d64, 12) |
    flag(row.f64, 13) |
    (sizes << 14) |
    flag(row.lock, 18) |
    flag(row.ends, 19) |
    flag(typesOf(entry).length > 0, 20) |
    flag(row.hot === "branch", 21)
  );
}

/** CPU_HAS_* bits, as core/layout has them. */
function features() {
  const text = readFileSync(join(ROOT, "core/layout/x86_system.ts"), "utf8");
  return new Map(
    [...text.matchAll(/CPU_HAS_(\w+): u64 = (?:1|\(<u64>1\)) << (\d+)/g)].map(([, name, bit]) => [name, bit]),
  );
}

/** @param {Entry} entry @param {Map<string | undefined, string | undefined>} known */
function featureOf({ row }, known) {
  if (row.feature === undefined) return 0n;
  const bit = known.get(row.feature.replace(/^CPU_HAS_/, ""));
  if (bit === undefined) throw new Error(`row "${row.op}": no feature ${row.feature} in core/layout/x86_system.ts`);
  return BigInt(bit) + 1n;
}

/**
 * @param {Entry[]} entries
 * @param {Map<string, Binding>} bindings
 * @param {import("./loop.mjs").Hot} hot
 */
function renderTable(entries, bindings, hot) {
  const known = features();
  const first = new Array(MAPS * 256).fill(0);
  const words = [];
  for (const [i, entry] of entries.entries()) {
    const key = keyOf(entry.form);
    if (first[key] === 0) first[key] = i + 1;
    const next = entries[i + 1];
    const isLast = next === undefined || keyOf(next.form) !== key;
    const binding = /** @type {Binding} */ (bindings.get(bindingKey(entry.row.fn, typesOf(entry))));
    const codes = hot.codes.get(entry) ?? { reg: 0, mem: 0 };
    const match = (matchWord(entry, featureOf(entry, known)) | (isLast ? 1 << 31 : 0)) >>> 0;
    words.push([match, formWord(entry), ((codes.reg << 16) | binding.id) >>> 0, codes.mem]);
  }
  const hex = (/** @type {number} */ word) => `0x${word.toString(16)}`;
  const lines = [
    "/** Generated from tools/isa/rows by tools/isa/generate.mjs (node tools/build.mjs isa). Do not edit. */",
    "",
    "/** Handlers that the decoder itself needs. */",
    ...Object.entries(SPECIAL).map(
      ([name, fn]) => `export const ${name}: u32 = ${bindings.get(bindingKey(fn, []))?.id};`,
    ),
    "",
    "/** Kinds of immediates. */",
    ...IMMEDIATES.flatMap((kind, i) =>
      kind === "" ? [] : [`export const IMMEDIATE_${kind.toUpperCase().replace(" ", "_")}: u32 = ${i};`],
    ),
    "",
    "/** By map << 8 | opcode, u16: the first of the opcode's rows, from 1 on; 0 = none. */",
    "export function decodeOpcodeRows(): usize {",
    "  // prettier-ignore",
    "  return memory.data<u16>([",
    ...chunk(first, 32).map((row) => `    ${row.join(",")},`),
    "  ]);",
    "}",
    "",
    "/** The rows, four words each. */",
    "export function decodeRows(): usize {",
    "  return memory.data<u32>([",
    ...words.map((row, i) => `    ${row.map(hex).join(",")}, // ${describe(/** @type {Entry} */ (entries[i]))}`),
    "  ]);",
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

/** @param {Entry} entry */
function describe({ row }) {
  return `${row.op}: ${row.name} ${row.args ?? ""}`.trimEnd();
}

/** @param {number[]} list @param {number} n */
function chunk(list, n) {
  const rows = [];
  for (let i = 0; i < list.length; i += n) rows.push(list.slice(i, i + n));
  return rows;
}
