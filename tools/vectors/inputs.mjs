/** All inputs of a case, and where the results of its group are. */
import { VECTORS_PER_CASE } from "./cases.mjs";
import { generate } from "./generate.mjs";
import { RECORD_BYTES } from "./layout.mjs";

/**
 * @typedef {import("./cases.mjs").Case} Case
 *
 * @typedef {object} Generated
 * @property {Case} c
 * @property {string} inputs a hash of the records: results belong to it
 * @property {Uint8Array} records
 * @property {import("./encode.mjs").Instruction[]} instructions
 */

export const VECTOR_DIR = "test/cpu/vectors";

/** Where a group's results are, root-relative. @param {string} group */
export const vectorFile = (group) => `${VECTOR_DIR}/${group}.vec`;

/** The inputs of a case. @param {Case} c @returns {Generated} */
export function inputsOf(c) {
  const records = new Uint8Array(RECORD_BYTES * VECTORS_PER_CASE);
  const instructions = [];
  for (let i = 0; i < VECTORS_PER_CASE; i++)
    instructions.push(generate(c, i, new DataView(records.buffer, i * RECORD_BYTES, RECORD_BYTES)));
  return { c, inputs: hashWords(new Uint32Array(records.buffer)), records, instructions };
}

/** @param {Uint32Array} words */
function hashWords(words) {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < words.length; i++) {
    a = Math.imul(a ^ /** @type {number} */ (words[i]), 0x01000193);
    a ^= a >>> 15;
    b = (Math.imul(b, 0x85ebca6b) + a) | 0;
  }
  return (a >>> 0).toString(16).padStart(8, "0") + (b >>> 0).toString(16).padStart(8, "0");
}
