/**
 * What the manuals leave undefined after an instruction, by its row's `undefined`: flags, separated by `|`, each perhaps
 * with a condition. `all if ...` leaves results undefined, too.
 */
import { RIP_AT } from "./layout.mjs";

/**
 * @typedef {import("./cases.mjs").Case} Case
 * @typedef {import("./encode.mjs").Instruction} Instruction
 * @typedef {DataView<ArrayBufferLike>} View
 * @typedef {{c: Case, made: Instruction, input: View, expected: View}} Vector
 */

const FLAGS = /** @type {Record<string, number>} */ ({
  CF: 1 << 0,
  PF: 1 << 2,
  AF: 1 << 4,
  ZF: 1 << 6,
  SF: 1 << 7,
  OF: 1 << 11,
});
const ALL_STATUS = 0x8d5;
const SIZE_BITS = /** @type {Record<string, number>} */ ({ "": 32, b: 8, w: 16, l: 32, q: 64 });
const RCX_AT = 8;

/** What a shift shifts by. @param {Vector} vector */
function shiftCount({ c, made, input }) {
  const last = c.args.at(-1);
  const count = last === "1" ? 1 : last === "CL" ? input.getUint8(RCX_AT) : Number(made.imm & 0xffn);
  return count & (c.size === "q" ? 63 : 31);
}

/** Conditions that rows may name. @type {Record<string, (vector: Vector) => boolean>} */
const CONDITIONS = {
  "count != 1": (vector) => shiftCount(vector) > 1,
  "count > size": (vector) => shiftCount(vector) > /** @type {number} */ (SIZE_BITS[vector.c.size]),
};

/** Instructions of which a count of 0 changes nothing, not even what is undefined otherwise. */
const COUNTED = /^(rol|ror|rcl|rcr|shl|sal|shr|sar|shld|shrd)$/;

/**
 * @param {Vector} vector
 * @returns {{flags: number, isResultUndefined: boolean}} flags: those to leave out of the comparison
 */
export function undefinedOf(vector) {
  const { c } = vector;
  const text = c.row.undefined ?? "";
  const answer = { flags: flagsOfInterrupted(vector), isResultUndefined: false };
  if (text === "" || (COUNTED.test(c.name) && shiftCount(vector) === 0)) return answer;
  for (const clause of text.split("|")) {
    const [what = "", condition] = clause.trim().split(" if ");
    const holds = condition === undefined || conditionOf(condition, c)(vector);
    if (!holds) continue;
    if (what === "all") answer.isResultUndefined = true;
    const flag = what === "all" ? ALL_STATUS : FLAGS[what];
    if (flag === undefined) throw new Error(`${c.key}: undefined: what is ${what}?`);
    answer.flags |= flag;
  }
  return answer;
}

/** A repeated comparison that faults half way: Intel restores the flags, AMD keeps those of the last iteration. @param {Vector} vector */
function flagsOfInterrupted({ c, input, expected }) {
  const isAtStart = input.getBigUint64(RIP_AT, true) === expected.getBigUint64(RIP_AT, true);
  return isAtStart && /^(cmps|scas)/.test(c.name) ? ALL_STATUS : 0;
}

/** @param {string} name @param {Case} c */
function conditionOf(name, c) {
  const condition = CONDITIONS[name];
  if (condition === undefined) throw new Error(`${c.key}: undefined if ${name}: no such rule`);
  return condition;
}
