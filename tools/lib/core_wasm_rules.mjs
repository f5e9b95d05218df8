/**
 * What a compiled core may not contain: mutable globals beyond the known ones, an allocator, imports beyond the host's,
 * and more static data than there is room for. (That data are constant tables and function references only is for
 * core_source_rules.mjs to see: strings, arrays and objects look alike here.)
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import binaryen from "assemblyscript/binaryen";
import { ROOT } from "./files.mjs";

const CURRENT_CPU = "core/sync/this_cpu/current";

/** Asyncify (the lab build) keeps its state and its stack's address in two globals, which it leaves without names. */
const ASYNCIFY_GLOBALS = 2;

/** Where asc puts its library, runtime and allocators. */
const ALLOCATORS =
  /^~lib\/(rt|array|arraybuffer|map|set|string|staticarray|typedarray|util\/string)|^__(new|alloc|pin|collect)/;

/**
 * @param {Uint8Array} wasm with its name section
 * @param {{imports: Set<string>}} allowed functions of `env`
 * @returns {string[]} violations
 */
export function checkCoreWasm(wasm, { imports }) {
  const module = binaryen.readBinary(wasm);
  try {
    return [...checkGlobals(module), ...checkFunctions(module, imports), ...checkData(module)];
  } finally {
    module.dispose();
  }
}

/** @param {any} module */
function checkGlobals(module) {
  const names = [];
  for (let i = 0; i < module.getNumGlobals(); i++) {
    const { name, mutable } = binaryen.getGlobalInfo(module.getGlobalByIndex(i));
    if (mutable && name !== CURRENT_CPU) names.push(name);
  }
  const isAsyncified = Boolean(module.getExport("asyncify_get_state"));
  const isAsyncifyOnly =
    isAsyncified && names.length === ASYNCIFY_GLOBALS && names.every((name) => name.startsWith("global$"));
  return isAsyncifyOnly ? [] : names.map((name) => `mutable global ${name}`);
}

/**
 * @param {any} module
 * @param {Set<string>} imports
 */
function checkFunctions(module, imports) {
  const found = [];
  for (let i = 0; i < module.getNumFunctions(); i++) {
    const info = binaryen.getFunctionInfo(module.getFunctionByIndex(i));
    if (info.module !== "" && (info.module !== "env" || !imports.has(String(info.base)))) {
      found.push(`imports ${info.module}.${info.base}, which is not in core/layout/host.ts`);
    }
    if (ALLOCATORS.test(info.name)) found.push(`contains the allocating library function ${info.name}`);
  }
  return found;
}

/** @param {any} module */
function checkData(module) {
  let end = 0;
  for (let i = 0; i < module.getNumDataSegments(); i++) {
    const { offset, data } = module.getDataSegmentInfo(module.getDataSegmentByIndex(i));
    end = Math.max(end, offset + data.byteLength);
  }
  const limit = systemBase();
  return end > limit ? [`static data up to address ${end}: SYSTEM_BASE of core/layout/system.ts is ${limit}`] : [];
}

/** Where the static data must end. */
function systemBase() {
  const text = readFileSync(join(ROOT, "core/layout/system.ts"), "utf8");
  return Number(/SYSTEM_BASE: u32 = (0x[0-9a-f]+)/.exec(text)?.[1]);
}
