/**
 * Core, type-checked by TypeScript on AssemblyScript's standard types: it finds some things that asc lets pass (unused
 * narrowing, members that are not there on a union). Where the two languages differ, asc is right: those findings are
 * left out here.
 */
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./files.mjs";

/** Findings that do not apply, by code and a pattern of the message. @type {[number, RegExp][]} */
const DIFFERENCES = [
  [2352, /./], // <u32>condition: asc converts a bool to 0 or 1
  [2322, /'bool'|'boolean'/], // bool is a number in asc's types and a boolean in TypeScript's
  [2345, /'bool'|'boolean'/],
  [1206, /Decorators/], // @inline on functions
];

/** @returns {string[]} */
export function checkCoreTypes() {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(ROOT, "core/tsconfig.json"),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
      },
    },
  );
  if (config === undefined) return ["core/tsconfig.json cannot be read"];
  const program = ts.createProgram(config.fileNames, config.options);
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ code, messageText }) => {
      const text = ts.flattenDiagnosticMessageText(messageText, "\n");
      return !DIFFERENCES.some(([differing, pattern]) => code === differing && pattern.test(text));
    })
    .map((diagnostic) =>
      ts
        .formatDiagnostic(diagnostic, {
          getCurrentDirectory: () => ROOT,
          getNewLine: () => "\n",
          getCanonicalFileName: (name) => name,
        })
        .trimEnd(),
    );
}
