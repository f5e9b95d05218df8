/**
 * Builds the guest programs: guests/*.S to guests/*.bin, flat images that start at 8000 in real mode. The images are
 * committed, so that tests need no binutils; --check says which ones are not what their sources make.
 *
 *   node tools/guests.mjs [--check]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "./lib/files.mjs";

const DIR = join(ROOT, "guests");
const LOAD_ADDRESS = "0x8000";

/** Names of the guests, without .S. */
export function guestNames() {
  return readdirSync(DIR)
    .filter((name) => name.endsWith(".S"))
    .map((name) => name.slice(0, -2))
    .sort();
}

/** Whether GNU as and ld for x86 are there. */
export function hasBinutils() {
  return [
    ["as", "--64", "--version"],
    ["ld", "-V"],
  ].every(([tool = "", ...args]) => {
    const { status, stdout } = spawnSync(tool, args, { encoding: "utf8" });
    return status === 0 && /GNU/.test(stdout) && (tool === "as" || /elf_x86_64/.test(stdout));
  });
}

/** @param {string} name @returns {Buffer} */
export function assembleGuest(name) {
  const dir = mkdtempSync(join(tmpdir(), "tadpole-guest-"));
  try {
    const object = join(dir, "guest.o");
    const image = join(dir, "guest.bin");
    run("as", ["--64", "-I", DIR, join(DIR, `${name}.S`), "-o", object]);
    run("ld", ["-m", "elf_x86_64", "-Ttext", LOAD_ADDRESS, "--oformat", "binary", object, "-o", image]);
    return readFileSync(image);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** @param {string} tool @param {string[]} args */
function run(tool, args) {
  const { status, stderr, error } = spawnSync(tool, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${tool} ${args.join(" ")}: ${error?.message ?? stderr}`);
}

/** The committed image. @param {string} name */
export const guestPath = (name) => join(DIR, `${name}.bin`);

/** @param {string[]} args */
function main(args) {
  const isCheck = args.includes("--check");
  for (const name of guestNames()) {
    const image = assembleGuest(name);
    if (!isCheck) writeFileSync(guestPath(name), image);
    else if (!readFileSync(guestPath(name)).equals(image)) {
      process.stdout.write(`guests/${name}.bin is not what guests/${name}.S makes: node tools/guests.mjs\n`);
      process.exitCode = 1;
    }
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  main(process.argv.slice(2));
