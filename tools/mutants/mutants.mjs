/**
 * All mutants of core as it stands, the builds that carry them, and what the lab reads of them. A build of mutants has
 * a wasm section named MANIFEST_SECTION: JSON, the list of its mutants, number n at index n - 1.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { listFiles, ROOT } from "../lib/files.mjs";
import { DUTY_BUGS } from "./duty_bugs.mjs";
import { GUARD_FILE, GUARD_SOURCE } from "./guard.mjs";
import { HISTORICAL_BUGS, NOT_EXPRESSED } from "./historical.mjs";
import { isMutated, mechanicalMutants } from "./mechanical.mjs";
import { mutatedSources } from "./schemata.mjs";

export const MANIFEST_SECTION = "tadpole.mutants";

/**
 * @typedef {import("./schemata.mjs").Mutation} Mutation
 * @typedef {Pick<import("./historical.mjs").Bug, "title" | "by" | "changes">} Bug
 * @typedef {Mutation & {by?: Bug["by"]}} ListedMutant
 */

/** @param {string} file root-relative */
function readCore(file) {
  return readFileSync(join(ROOT, file), "utf8");
}

/** Historical ones first. @returns {ListedMutant[]} */
export function allMutants() {
  const files = listFiles("core", (path) => path.endsWith(".ts") && isMutated(path));
  return [...listedMutants(), ...files.flatMap((file) => mechanicalMutants(file, readCore(file)))];
}

/** Throws, naming all whose code is not as it was. */
function listedMutants() {
  const bugs = [
    ...HISTORICAL_BUGS.map((bug) => ({ id: `history:${bug.number}`, bug })),
    ...Object.entries(DUTY_BUGS).map(([duty, bug]) => ({ id: `duty:${duty}`, bug })),
  ];
  /** @type {string[]} */
  const stale = [];
  const mutants = bugs.flatMap(({ id, bug }) => {
    try {
      return [listedMutant(id, bug, readCore)];
    } catch (error) {
      stale.push(/** @type {Error} */ (error).message);
      return [];
    }
  });
  if (stale.length > 0) throw new Error(`mutants name code that has changed:\n${stale.join("\n")}`);
  return mutants;
}

/**
 * A bug that is written down as a second body of each function that it changes.
 * @param {string} id
 * @param {Bug} bug
 * @param {(file: string) => string} read
 * @returns {ListedMutant}
 */
export function listedMutant(id, bug, read) {
  const kind = id.slice(0, id.indexOf(":"));
  /** @type {ListedMutant} */
  const mutation = { id, kind, description: bug.title, by: bug.by, edits: {}, needs: {} };
  for (const { file, function: name, find, replace, needs = [] } of bug.changes) {
    const body = bodyOf(id, file, name, read(file));
    const edits = mutation.edits[file] ?? [];
    mutation.edits[file] = edits;
    const known = edits.find((edit) => edit.start === body.start);
    const edit = known ?? { ...body, form: /** @type {const} */ ("body") };
    if (known === undefined) edits.push(edit);
    if (edit.text.split(find).length !== 2)
      throw new Error(`mutant ${id} is stale: ${file} ${name} has not exactly one \`${find}\``);
    edit.text = edit.text.replace(find, () => replace);
    mutation.needs = { ...mutation.needs, [file]: [...(mutation.needs?.[file] ?? []), ...needs] };
  }
  return mutation;
}

/**
 * A function's block; if it returns nothing, with a return at its end, since the sound body follows.
 * @param {string} id
 * @param {string} file
 * @param {string} name
 * @param {string} text
 */
function bodyOf(id, file, name, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const fn = source.statements.find((one) => ts.isFunctionDeclaration(one) && one.name?.text === name);
  if (fn === undefined || !ts.isFunctionDeclaration(fn) || fn.body === undefined)
    throw new Error(`mutant ${id} is stale: ${file} has no function ${name}`);
  const block = fn.body.getText();
  const returns = fn.type?.getText() === "void" ? `${block.slice(0, -1)} return; }` : block;
  return { start: fn.body.getStart(), end: fn.body.getEnd(), text: returns };
}

/**
 * Core's sources with every mutant in them, for the compiler's `virtual` files.
 * @param {Mutation[]} mutants
 * @returns {Record<string, string>}
 */
export function mutantSources(mutants) {
  return { ...mutatedSources(mutants, readCore), [GUARD_FILE]: GUARD_SOURCE };
}

/** What the lab is told. @param {ListedMutant[]} mutants */
export function manifestOf(mutants) {
  return {
    mutants: mutants.map(({ id, kind, description, edits, by }) => ({
      id,
      kind,
      description,
      files: Object.keys(edits),
      by: by ?? "checker",
    })),
    notExpressed: NOT_EXPRESSED,
  };
}

/**
 * @param {Uint8Array} wasm
 * @param {object} manifest
 */
export function withManifest(wasm, manifest) {
  const name = new TextEncoder().encode(MANIFEST_SECTION);
  const payload = new TextEncoder().encode(JSON.stringify(manifest));
  const content = [...leb(name.length), ...name];
  const head = [0, ...leb(content.length + payload.length), ...content];
  return Buffer.concat([wasm, Uint8Array.from(head), payload]);
}

/** @param {number} value @returns {number[]} unsigned LEB128 */
function leb(value) {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}
