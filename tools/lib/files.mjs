/**
 * Finding the project's files and telling whether a product is older than its sources. Contents decide, not times: a
 * checkout or a branch switch touches times and changes nothing. Uses Node's own modules only, since the launcher
 * needs it before anything is installed.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout's root directory. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Every file below `dir` (relative to the root), sorted, as root-relative paths with forward slashes.
 * @param {string} dir
 * @param {(path: string) => boolean} [accept]
 * @returns {string[]}
 */
export function listFiles(dir, accept = () => true) {
  const base = join(ROOT, dir);
  if (!existsSync(base)) return [];
  return readdirSync(base, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter(accept)
    .sort();
}

/**
 * A hash of the files' names and contents and of whatever else decides the product.
 * @param {string[]} files root-relative
 * @param {...string} extra
 */
export function fingerprint(files, ...extra) {
  const hash = createHash("sha256");
  for (const text of extra) hash.update(`${text}\0`);
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update("\0");
  return hash.digest("hex");
}

/**
 * The stamp left by the last successful making of `name`, or "" if there is none.
 * @param {string} name
 */
export function readStamp(name) {
  const path = stampPath(name);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/**
 * @param {string} name
 * @param {string} value
 */
export function writeStamp(name, value) {
  writeFileAtomically(stampPath(name), value);
}

/** @param {string} name */
function stampPath(name) {
  return join(ROOT, "build", "stamps", name);
}

/**
 * Readers see the old file or the new one, never a part.
 * @param {string} path
 * @param {string | Uint8Array} data
 */
export function writeFileAtomically(path, data) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, data);
  renameSync(temporary, path);
}
