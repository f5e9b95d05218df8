/**
 * Writes core/cpu/generated/handlers.ts: from a handler's number to its function-table index. asc makes a table entry of
 * a function whose name is used as a value, and generic functions have none to use: each instance gets a wrapper, into
 * which the optimiser puts the instance.
 */

import { namesIn } from "./notation.mjs";

/** @typedef {import("./generate.mjs").Binding} Binding */

/** The optimiser makes jump tables of switches up to about a thousand cases. */
const CASES = 256;

/**
 * @param {Binding[]} bindings
 * @param {Map<string, string>} files
 */
export function renderHandlers(bindings, files) {
  const wrappers = [];
  /** @type {string[]} */
  const names = [];
  for (const { fn, types } of bindings) {
    const instances = fn.includes("<") ? [fn] : types.map((type) => `${fn}<${type}>`);
    if (instances.length === 0) names.push(fn);
    for (const instance of instances) {
      const name = instance.replaceAll(/\W+/g, "_").replace(/_$/, "");
      if (!names.includes(name))
        wrappers.push(`function ${name}(c: X86, op: Op): i32 {`, `  return ${instance}(c, op);`, "}");
      names.push(name);
    }
  }
  const groups = [];
  for (let i = 0; i < names.length; i += CASES) groups.push(names.slice(i, i + CASES));
  const lines = [
    "/** Generated from tools/isa/rows by tools/isa/generate.mjs (node tools/build.mjs isa). Do not edit. */",
    "",
    'import { X86 } from "../../layout/x86";',
    'import { Op } from "../../layout/x86_op";',
    ...renderImports(
      bindings.flatMap(({ fn }) => namesIn(fn)),
      files,
    ),
    "",
    ...wrappers,
    "",
    "/** Function-table index of handler `id`. */",
    "export function handlerIndex(id: u32): u32 {",
    `  switch (id / ${CASES}) {`,
    ...groups.slice(1).flatMap((_, i) => [`    case ${i + 1}:`, `      return group${i + 1}(id);`]),
    "  }",
    "  return group0(id);",
    "}",
    ...groups.flatMap((group, g) => [
      "",
      `function group${g}(id: u32): u32 {`,
      "  switch (id) {",
      ...group.flatMap((name, i) => [`    case ${g * CASES + i}:`, `      return ${name}.index;`]),
      "  }",
      "  return 0;",
      "}",
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * Import statements for functions of core/cpu, as a file of core/cpu/generated sees them.
 * @param {string[]} names
 * @param {Map<string, string>} files
 */
export function renderImports(names, files) {
  /** @type {Map<string, Set<string>>} */
  const byFile = new Map();
  for (const name of names) {
    const file = files.get(name);
    if (file === undefined) throw new Error(`no function ${name} in core/cpu`);
    const from = `..${file.slice("core/cpu".length).replace(/\.ts$/, "")}`;
    const known = byFile.get(from) ?? new Set();
    byFile.set(from, known.add(name));
  }
  return [...byFile.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([from, fns]) => `import { ${[...fns].sort().join(", ")} } from "${from}";`);
}
