/**
 * What a committed lockfile must be: no registry's address in it, an integrity for every package, and an entry for every
 * platform's optional package: npm ci refuses a lockfile that lacks those of other platforms, on each platform. npm
 * writes such a lockfile without a word when the registry it asks has not all of them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { listFiles, ROOT } from "./files.mjs";

/** @typedef {{resolved?: string, integrity?: string, optionalDependencies?: Record<string, string>}} Entry */

/** @returns {string[]} */
export function checkLockfiles() {
  const others = listFiles(".ci", (path) => path.endsWith("package-lock.json") && !path.includes("node_modules"));
  return ["package-lock.json", ...others].flatMap((file) => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, file), "utf8"));
    return checkPackages(packages).map((problem) => `${file}: ${problem}`);
  });
}

/**
 * @param {Record<string, Entry>} packages of one lockfile
 * @returns {string[]}
 */
export function checkPackages(packages) {
  return Object.entries(packages).flatMap(([path, { resolved, integrity, optionalDependencies = {} }]) => {
    const missing = Object.keys(optionalDependencies).filter((name) => !isResolved(packages, path, name));
    return [
      ...(resolved === undefined ? [] : [`${path} carries a registry's address`]),
      ...(path === "" || integrity !== undefined ? [] : [`${path} has no integrity`]),
      ...missing.map((name) => `${path} may need ${name}, which has no entry`),
    ];
  });
}

/**
 * Whether `name`, asked for by the package at `from`, is found as Node would: beside it or further up.
 * @param {Record<string, Entry>} packages
 * @param {string} from
 * @param {string} name
 */
function isResolved(packages, from, name) {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/node_modules/")))) {
    if (`${at === "" ? "" : `${at}/`}node_modules/${name}` in packages) return true;
    if (at === "") return false;
  }
}
