/** What a committed lockfile must be: no registry's address in it, and an entry's integrity for every package. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listFiles, ROOT } from "./files.mjs";

/** @returns {string[]} */
export function checkLockfile() {
  const files = [
    "package-lock.json",
    ...listFiles(".ci", (path) => path.endsWith("package-lock.json") && !path.includes("node_modules")),
  ];
  return files.flatMap((file) => {
    /** @type {{packages: Record<string, {resolved?: string, integrity?: string}>}} */
    const { packages } = JSON.parse(readFileSync(join(ROOT, file), "utf8"));
    return Object.entries(packages).flatMap(([path, { resolved, integrity }]) => {
      if (resolved !== undefined) return [`${file}: ${path} carries a registry's address`];
      return path !== "" && integrity === undefined ? [`${file}: ${path} has no integrity`] : [];
    });
  });
}
