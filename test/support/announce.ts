/**
 * Runs before each test file: notes which process runs which file, so that the runner can end one that hangs. A loop in
 * wasm on the main thread keeps vitest's own time limits from firing.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

const directory = process.env["TADPOLE_RUN_DIR"];
if (directory !== undefined) {
  const { testPath } = expect.getState();
  writeFileSync(join(directory, String(process.pid)), JSON.stringify({ file: testPath, parent: process.ppid }));
}
