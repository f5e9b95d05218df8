/**
 * Many mutants in one build. Each mutation is guarded by mutantIs(n), so that hundreds cost one compilation and the
 * number in a word of memory chooses at run time; with 0 there, core behaves as its sources say. Edits may nest; in
 * the replacement text of one nothing else is mutated, since only one is ever on.
 *
 * A mutation that cannot be guarded (a declaration) has no place here: the compiler would refuse the text.
 */
import { relative } from "node:path/posix";
import { GUARD_FILE, GUARD_NAMES } from "./guard.mjs";

/**
 * What stands from `start` to `end` of a file when the mutation is on. `form`: an expression; a statement or adjacent
 * ones without declarations; or the block that is a function's body.
 * @typedef {{start: number, end: number, text: string, form: "expression" | "statement" | "body"}} Edit
 * @typedef {object} Mutation
 * @property {string} id stable against edits elsewhere
 * @property {string} kind
 * @property {string} description one line
 * @property {Record<string, Edit[]>} edits by file
 * @property {Record<string, string[]>} [needs] by file: names that the texts use and the file may not import, as "mmu/spte#isLeaf"
 */

/**
 * The sources with all mutations in them; mutation i of the list is number i + 1.
 * @param {Mutation[]} mutations
 * @param {(file: string) => string} read
 * @returns {Record<string, string>} by file
 */
export function mutatedSources(mutations, read) {
  /** @type {Map<string, {number: number, edit: Edit}[]>} */
  const byFile = new Map();
  /** @type {Map<string, Set<string>>} */
  const needs = new Map();
  mutations.forEach((mutation, i) => {
    for (const [file, edits] of Object.entries(mutation.edits)) {
      const known = byFile.get(file) ?? [];
      byFile.set(file, [...known, ...edits.map((edit) => ({ number: i + 1, edit }))]);
      needs.set(file, new Set([...(needs.get(file) ?? []), ...(mutation.needs?.[file] ?? [])]));
    }
  });
  /** @type {Record<string, string>} */
  const sources = {};
  for (const [file, edits] of byFile) {
    const text = read(file);
    const body = render(text, 0, text.length, edits);
    sources[file] = `${imports(file, body, text, needs.get(file) ?? new Set())}${body}`;
  }
  return sources;
}

/**
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {{number: number, edit: Edit}[]} edits all inside [start, end)
 */
function render(text, start, end, edits) {
  const ordered = [...edits].sort((a, b) => a.edit.start - b.edit.start || b.edit.end - a.edit.end);
  let out = "";
  let at = start;
  for (let i = 0; i < ordered.length; ) {
    const outer = /** @type {{number: number, edit: Edit}} */ (ordered[i]).edit;
    const inside = [];
    const here = [];
    for (; i < ordered.length; i++) {
      const one = /** @type {{number: number, edit: Edit}} */ (ordered[i]);
      if (one.edit.start >= outer.end) break;
      if (one.edit.end > outer.end)
        throw new Error(`mutations overlap: ${text.slice(one.edit.start, one.edit.end)} | ${one.edit.text}`);
      if (one.edit.start === outer.start && one.edit.end === outer.end) here.push(one);
      else inside.push(one);
    }
    const original = render(text, outer.start, outer.end, inside);
    out += text.slice(at, outer.start) + guarded(original, here);
    at = outer.end;
  }
  return out + text.slice(at, end);
}

/**
 * @param {string} original
 * @param {{number: number, edit: Edit}[]} edits of the same place
 */
function guarded(original, edits) {
  return edits.reduce((inner, { number, edit: { text, form } }) => {
    if (form === "expression") return `(mutantIs(${number}) ? ${text} : ${inner})`;
    if (form === "statement") return `{ if (mutantIs(${number})) { ${text} } else { ${inner} } }`;
    return `{ if (mutantIs(${number})) ${text} ${inner.slice(1)}`;
  }, original);
}

/**
 * @param {string} file
 * @param {string} body
 * @param {string} original
 * @param {Set<string>} needs
 */
function imports(file, body, original, needs) {
  const from = file.slice(0, file.lastIndexOf("/"));
  const path = (/** @type {string} */ target) => {
    const way = relative(from, target);
    return way.startsWith(".") ? way : `./${way}`;
  };
  const used = GUARD_NAMES.filter((name) => new RegExp(`\\b${name}\\(`).test(body));
  const lines = [`import { ${used.join(", ")} } from "${path(GUARD_FILE.replace(/\.ts$/, ""))}";`];
  for (const need of needs) {
    const [module = "", name = ""] = need.split("#");
    const isThere = new RegExp(`^import [^;]*\\b${name}\\b[^;]* from |\\bfunction ${name}\\b`, "m").test(original);
    if (!isThere) lines.push(`import { ${name} } from "${path(`core/${module}`)}";`);
  }
  return `${lines.join("\n")}\n`;
}
