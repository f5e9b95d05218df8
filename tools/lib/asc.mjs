/** Runs the AssemblyScript compiler in this process, with files from the checkout or from memory, output to memory. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./files.mjs";

/** What every build of core is given. The smallest memory accepted is 2 MiB, the greatest 4 GiB. */
export const CORE_FLAGS = [
  "--runtime",
  "stub",
  "--importMemory",
  "--sharedMemory",
  "--initialMemory",
  "32",
  "--maximumMemory",
  "65536",
  "--enable",
  "threads,bulk-memory,simd",
  "--memoryBase",
  "1024",
  "--exportTable",
  "--use",
  "abort=",
];

/**
 * @typedef {object} AscJob
 * @property {string[]} entries root-relative files, or keys of `virtual`
 * @property {string[]} flags
 * @property {Record<string, string>} [virtual] sources that are not on disk, by root-relative path
 * @property {any[]} [transforms] classes with asc's transform hooks
 */

/**
 * Compiles; throws an Error with asc's diagnostics if that fails.
 * @param {AscJob} job
 * @returns {Promise<Record<string, Uint8Array | string>>} the files asc wrote, by the name it was told
 */
export async function compile({ entries, flags, virtual = {}, transforms = [] }) {
  const asc = await import("assemblyscript/asc");
  /** @type {Record<string, Uint8Array | string>} */
  const written = {};
  const stderr = asc.createMemoryStream();
  const { error } = await asc.main([...entries, ...flags], {
    stderr,
    stdout: asc.createMemoryStream(),
    transforms,
    readFile: (name) => {
      const key = name.replaceAll("\\", "/");
      const text = virtual[key];
      if (text !== undefined) return text;
      const path = join(ROOT, name);
      return existsSync(path) ? readFileSync(path, "utf8") : null;
    },
    writeFile: (name, contents) => {
      written[name] = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`asc ${entries.join(" ")}\n${stderr.toString()}${error.message}`);
  return written;
}
