/** `npm run format`: formats everything, sorts imports and applies the linter's safe fixes where it lints. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./lib/files.mjs";
import { checkFormat } from "./lib/format.mjs";

const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
for (const command of ["format", "check"]) {
  // Core's decorators make its exit code an error; what is left to do is asked below.
  spawnSync(process.execPath, [biome, command, "--write", "--log-level=none"], { cwd: ROOT });
}
for (const problem of checkFormat()) {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
