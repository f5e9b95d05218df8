/**
 * What the vectors must cover, from the decode table: every row x operand size x register or memory form, x rounding
 * mode where the row obeys one. A case's key seeds its vectors: it stays the same whatever happens to other rows.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseRow } from "../isa/notation.mjs";
import { ROOT } from "../lib/files.mjs";

/**
 * @typedef {import("../isa/notation.mjs").Row} Row
 * @typedef {import("../isa/notation.mjs").Form} Encoding
 * @typedef {"reg" | "mem" | "none"} Form
 * @typedef {"" | "b" | "w" | "l" | "q"} Size
 *
 * @typedef {object} Case
 * @property {string} key
 * @property {string} name the row's, in lower case
 * @property {Row} row
 * @property {Encoding} encoding
 * @property {string[]} args
 * @property {Size} size
 * @property {Form} form
 * @property {32 | 64} mode
 * @property {number} rounding 0 to 3, or -1: any
 */

/** Vectors of each case. */
export const VECTORS_PER_CASE = 100;

/**
 * The decode table's groups: file name of tools/isa/rows and its rows.
 * @returns {Promise<Map<string, Row[]>>}
 */
export async function loadRows() {
  const groups = new Map();
  const dir = join(ROOT, "tools/isa/rows");
  for (const file of readdirSync(dir).sort()) {
    if (!file.endsWith(".mjs")) continue;
    const { rows } = await import(pathToFileURL(join(dir, file)).href);
    groups.set(file.slice(0, -".mjs".length), rows);
  }
  return groups;
}

/** Whether vectors prove the row: it does not say that something else does. @param {Row} row */
export const isCoveredByVectors = (row) => (row.cover ?? "vectors") === "vectors";

/**
 * @param {Row} row
 * @returns {Case[]}
 */
export function casesOf(row) {
  const encoding = parseRow(row);
  const args = (row.args ?? "").split(",").filter((arg) => arg !== "");
  const mode = row.modes === "no64" ? 32 : 64;
  const name = row.name.toLowerCase();
  const cases = [];
  for (const size of sizesOf(row, encoding))
    for (const form of formsOf(encoding, args))
      for (const rounding of row.rounding ? [0, 1, 2, 3] : [-1]) {
        const parts = [row.op, name, args.join(), size, row.modes ?? "", form, rounding < 0 ? "" : `rc${rounding}`];
        /** @type {Case} */
        const made = {
          key: parts.filter((part) => part !== "").join(" | "),
          name,
          row,
          encoding,
          args,
          size,
          form,
          mode,
          rounding,
        };
        cases.push(made);
      }
  return cases;
}

/**
 * Sizes that can be encoded in the mode that the vectors run in.
 * @param {Row} row
 * @param {Encoding} encoding
 * @returns {Size[]}
 */
function sizesOf(row, encoding) {
  if (encoding.sizes === "") return [""];
  const sizes = /** @type {Size[]} */ ([...encoding.sizes]);
  if (row.modes === "no64") return sizes.filter((size) => size !== "q");
  if (row.f64) return sizes.filter((size) => size === "q");
  if (row.d64) return sizes.filter((size) => size !== "l");
  return sizes;
}

/**
 * @param {Encoding} encoding
 * @param {string[]} args
 * @returns {Form[]}
 */
function formsOf(encoding, args) {
  if (!encoding.hasModrm || !args.some(isRm)) return ["none"];
  if (encoding.mod === "mem") return ["mem"];
  return encoding.mod === "reg" || encoding.isRegAlways ? ["reg"] : ["reg", "mem"];
}

/** Whether ModRM.rm, a register or memory, is the operand `arg`. @param {string} arg */
export const isRm = (arg) => arg === "M" || /^[EMWQNUR][a-z]/.test(arg);
