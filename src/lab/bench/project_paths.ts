/** Where the project's sources and built files lie, found from this module's own place so that any working directory does. */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function findRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, "package.json"))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error("no package.json above the benchmark's code");
    directory = parent;
  }
  return directory;
}

const root = findRoot();

/** The absolute path of a file of the project, given by its parts below the root. */
export function projectPath(...parts: string[]): string {
  return join(root, ...parts);
}
