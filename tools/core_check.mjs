/**
 * Core's rules: no mutable static data, no allocation, no closures; wasm atomics only in core/sync. The build of core
 * refuses to leave a product that breaks them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkCoreSource } from "./lib/core_source_rules.mjs";
import { checkCoreWasm } from "./lib/core_wasm_rules.mjs";
import { listFiles, ROOT } from "./lib/files.mjs";

/** The functions that core may import from `env`: those that core/layout/host.ts declares. */
export function hostImports() {
  const text = readFileSync(join(ROOT, "core/layout/host.ts"), "utf8");
  return new Set([...text.matchAll(/@external\("env", "(\w+)"\)/g)].map((match) => match[1] ?? ""));
}

/** @returns {string[]} violations in the sources of core */
function checkCoreSources() {
  const files = listFiles("core", (path) => path.endsWith(".ts"));
  return files.flatMap((file) => checkCoreSource(file, readFileSync(join(ROOT, file), "utf8")));
}

/**
 * Throws, naming every violation.
 * @param {Uint8Array} wasm
 */
export function assertCorePure(wasm) {
  const found = [...checkCoreSources(), ...checkCoreWasm(wasm, { imports: hostImports() })];
  if (found.length > 0) throw new Error(`core breaks its rules:\n${found.map((line) => `  ${line}`).join("\n")}`);
}
