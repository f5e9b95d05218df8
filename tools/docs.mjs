/**
 * `npm run docs`: renews the generated parts of docs/*.md and writes the API's reference to build/docs.
 * `--check` writes nothing and fails where a committed page is out of date.
 *
 * A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; the rest of a page is written by hand.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { renderDuties } from "./docs/duties.mjs";
import { SECTIONS } from "./docs/sections.mjs";
import { listFiles, ROOT } from "./lib/files.mjs";

const MARKED = /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g;

/**
 * @param {string} text a page
 * @param {Record<string, any>} abi
 */
export function renewPage(text, abi) {
  return text.replace(MARKED, (_, begin, name, end) => {
    const section = name === "duties" ? renderDuties : SECTIONS[name];
    if (section === undefined) throw new Error(`no generated part is called ${name}`);
    return `${begin}\n${section(abi)}\n\n${end}`;
  });
}

/** @param {string[]} argv */
async function main(argv) {
  const isCheck = argv.includes("--check");
  const abi = await import(pathToFileURL(join(ROOT, "dist/abi/generated.js")).href);
  const stale = [];
  for (const page of listFiles("docs", (path) => path.endsWith(".md"))) {
    const path = join(ROOT, page);
    const text = readFileSync(path, "utf8");
    const renewed = renewPage(text, abi);
    if (renewed === text) continue;
    stale.push(page);
    if (!isCheck) writeFileSync(path, renewed);
  }
  if (isCheck && stale.length > 0) throw new Error(`out of date: ${stale.join(", ")}; run npm run docs and commit`);
  if (isCheck) return;
  for (const page of stale) process.stderr.write(`renewed ${page}\n`);
  const typedoc = spawnSync(process.execPath, [join(ROOT, "node_modules/typedoc/bin/typedoc")], {
    cwd: ROOT,
    stdio: "inherit",
  });
  if (typedoc.status !== 0) throw new Error("typedoc failed");
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.slice(2)).catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
