/**
 * Formatting with Biome. In core it meets decorators on functions, which it calls errors and formats all the same
 * (formatWithErrors): so its exit code says nothing, and only its findings of the kind "format" count.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./files.mjs";

/** @returns {string[]} files that `npm run format` would change */
export function checkFormat() {
  const args = [
    join(ROOT, "node_modules/@biomejs/biome/bin/biome"),
    "format",
    "--reporter=json",
    "--max-diagnostics=none",
  ];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8", maxBuffer: 256 << 20 });
  const start = stdout.indexOf("{");
  if (start < 0) return [`biome said nothing: ${stderr}`];
  /** @type {{diagnostics: {category: string, location: {path: string | {file: string}}}[]}} */
  const { diagnostics } = JSON.parse(stdout.slice(start));
  const files = diagnostics.filter(({ category }) => category === "format").map(({ location }) => location.path);
  const names = files.map((path) => (typeof path === "string" ? path : path.file));
  return [...new Set(names)].map((name) => `${name} is not formatted: npm run format`);
}
