/**
 * Tools that some tests need and not every machine has. A test that calls requireTool is skipped, saying why, where the
 * tool is missing; under TADPOLE_REQUIRE=cc,apt,... (as CI sets it) a missing tool that is listed fails it instead.
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { TestRunner } from "vitest";

/** What each tool may be called. */
const TOOLS = {
  apt: ["apt-get"],
  cc: ["cc", "gcc", "clang"],
  chromium: ["chromium", "chromium-browser"],
} as const;

export type Tool = keyof typeof TOOLS;

/** The path of `tool`; where it is missing, ends the current test as skipped, or as failed if it is required. */
export function requireTool(tool: Tool): string {
  const found = findTool(TOOLS[tool]);
  if (found !== undefined) return found;
  const reason = `${TOOLS[tool].join(" or ")} is not in PATH`;
  const required = (process.env["TADPOLE_REQUIRE"] ?? "").split(",").map((name) => name.trim());
  if (required.includes(tool)) throw new Error(`${reason}, and TADPOLE_REQUIRE lists ${tool}`);
  const test = TestRunner.getCurrentTest();
  if (test === undefined) throw new Error("requireTool is called inside a test");
  return test.context.skip(reason);
}

function findTool(names: readonly string[]): string | undefined {
  const directories = (process.env["PATH"] ?? "").split(delimiter);
  return names.flatMap((name) => directories.map((directory) => join(directory, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
