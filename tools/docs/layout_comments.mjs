/** Reads the comments that stand beside core's constants: docs repeat them, so that each fact is written once. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../lib/files.mjs";

/**
 * Constants of `file` whose name starts with `prefix`, in order, each with the doc comment above it or the comment
 * behind it.
 * @param {string} file root-relative
 * @param {string} prefix
 * @returns {{name: string, value: string, comment: string}[]}
 */
export function documentedConstants(file, prefix) {
  const text = readFileSync(join(ROOT, file), "utf8");
  const pattern =
    /(?:\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*)?^export const (\w+)(?:: \w+)? = ([^;\n]+);(?:[ \t]*\/\/ *(.*))?$/gm;
  return [...text.matchAll(pattern)]
    .map(([, above = "", name = "", value = "", behind = ""]) => ({
      name,
      value,
      comment: plain(above) || behind.trim(),
    }))
    .filter(({ name }) => name.startsWith(prefix));
}

/**
 * Static assertions and blank lines may stand between a comment and what follows; this drops the comment's stars.
 * @param {string} comment
 */
function plain(comment) {
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\*? ?/, "").trim())
    .join(" ")
    .trim();
}
