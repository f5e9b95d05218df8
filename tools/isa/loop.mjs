/**
 * Writes core/cpu/generated/loop.ts: the executor's loop with a case for each hot form (rows' `hot`). A case is one line
 * that calls an inline function, named after the row's handler:
 *
 *   hot: "reg"     <fn>Reg<T>(c, op): void      cannot fail
 *   hot: "mem"     <fn>Mem<T>(c, op): i32       EXEC_*
 *   hot: "branch"  <fn>Chain<T>(c, op): i32     EXEC_CHAIN: taken; EXEC_NEXT: not taken; others of EXEC_*
 *
 * A row may have "reg mem". Two rows with the same handler, sizes and form share their cases. Operands of 16 bits are
 * rare where speed matters: those forms have codes, but share the case of the calls. The optimizer's time grows with the
 * square of the loop's size, so what is not often executed does not belong here.
 */
import { renderImports } from "./handlers.mjs";

/** @typedef {import("./generate.mjs").Entry} Entry */
/** @typedef {{code: number, form: "Reg" | "Mem" | "Chain", fn: string, type: string}} Case */
/** @typedef {{cases: Case[], codes: Map<Entry, {reg: number, mem: number}>}} Hot */

/** CODE_HOT of core/layout/x86_op.ts. */
const FIRST_CODE = 2;

/**
 * @param {Entry[]} entries
 * @param {Record<string, string>} types by size
 * @returns {Hot}
 */
export function hotCases(entries, types) {
  /** @type {Case[]} */
  const cases = [];
  const codes = new Map();
  /** @type {Map<string, number>} */
  const known = new Map();
  const allot = (/** @type {Entry} */ { row, form }, /** @type {Case["form"]} */ kind) => {
    const key = `${row.fn} ${form.sizes} ${kind}`;
    const had = known.get(key);
    if (had !== undefined) return had;
    const first = FIRST_CODE + cases.length;
    known.set(key, first);
    for (const size of form.sizes)
      cases.push({ code: FIRST_CODE + cases.length, form: kind, fn: row.fn, type: types[size] ?? "" });
    return first;
  };
  for (const entry of entries) {
    const forms = (entry.row.hot ?? "").split(" ");
    codes.set(entry, {
      reg: forms.includes("reg") ? allot(entry, "Reg") : forms.includes("branch") ? allot(entry, "Chain") : 0,
      mem: forms.includes("mem") ? allot(entry, "Mem") : 0,
    });
  }
  return { cases, codes };
}

/**
 * @param {Hot} hot
 * @param {Map<string, string>} files
 */
export function renderLoop({ cases }, files) {
  const imports = renderImports(
    cases.filter((of) => !isCall(of)).map(({ fn, form }) => fn + form),
    files,
  );
  return `${HEADER}
${imports.join("\n")}

${LOOP_HEAD}
${cases
  .filter(isCall)
  .map(({ code }) => `      case ${code}:`)
  .join("\n")}
${CALL_CASE}
${cases
  .filter((of) => !isCall(of))
  .map(renderCase)
  .join("\n")}
${LOOP_TAIL}`;
}

/** Of 16 bits, and no branch. @param {Case} of */
function isCall({ form, type }) {
  return type === "u16" && form !== "Chain";
}

/** @param {Case} of */
function renderCase({ code, form, fn, type }) {
  const call = `${fn}${form}<${type}>(c, op)`;
  if (form === "Reg") return `      case ${code}:\n        ${call};\n        op = opAfter(op);\n        continue;`;
  return `      case ${code}:\n        status = ${call};\n        if (status != EXEC_NEXT) break;\n        op = opAfter(op);\n        continue;`;
}

const HEADER = `/**
 * Generated from tools/isa/rows by tools/isa/generate.mjs (node tools/build.mjs isa). Do not edit: the text is in
 * tools/isa/loop.mjs.
 *
 * The executor's loop. The hot forms of instructions are cases of one switch, with c and op in locals: asc and V8 make
 * one jump table of it. All others are calls through the function table. At taken branches, and wherever else a block
 * is left, requests are looked at: what the code relies on in between is only that its translations stay.
 */

import { X86 } from "../../layout/x86";
import { EXEC_CHAIN, EXEC_LOOKUP, EXEC_NEXT, Op } from "../../layout/x86_op";
import { Vcpu } from "../../layout/vcpu";
import { aload32 } from "../../sync/atomics";
import { executeLeave } from "../execute";
import { opAfter } from "../operands";`;

const LOOP_HEAD = `/** Executes from \`first\` on, at most \`most\` blocks. @ret EXEC_*, as core/cpu/execute.ts says */
export function executeLoop(c: X86, first: Op, most: u32): i32 {
  const requests = <usize>c.vcpu + offsetof<Vcpu>("requests");
  let op = first;
  let blocks = most;
  while (true) {
    let status: i32;
    switch (<u32>op.code) {
      case 0:`;

const CALL_CASE = `        status = call_indirect<i32>(op.fn, c, op);
        if (status != EXEC_NEXT) break;
        op = opAfter(op);
        continue;`;

const LOOP_TAIL = `      default:
        // CODE_LOOKUP: the block ends, or what was here has been written.
        status = EXEC_LOOKUP;
    }
    blocks--;
    if (status == EXEC_CHAIN && op.fn != 0 && blocks != 0 && aload32(requests) == 0) {
      c.retired += op.count;
      op = changetype<Op>(op.fn);
      continue;
    }
    op = executeLeave(c, op, status, blocks);
    if (changetype<usize>(op) == 0) return c.codeStatus;
  }
}
`;
