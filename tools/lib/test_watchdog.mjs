/**
 * Ends a test file's process that runs for too long. test/support/announce.ts notes each process in a directory; a
 * process of this run that is older than the limit is killed, and vitest then reports its file as failed.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ROOT } from "./files.mjs";

/** The longest that one file of the short tests may take, s; the long proofs set TADPOLE_FILE_LIMIT_S. */
const FILE_LIMIT_S = 300;

/** @returns {{stop: () => string[]}} stop ends the watch and tells which files were ended */
export function startWatchdog() {
  const limit = Number(process.env["TADPOLE_FILE_LIMIT_S"] ?? FILE_LIMIT_S);
  const directory = mkdtempSync(join(tmpdir(), "tadpole-run-"));
  process.env["TADPOLE_RUN_DIR"] = directory; // inherited by the test processes
  /** @type {string[]} */
  const ended = [];
  const timer = setInterval(() => {
    for (const name of readdirSync(directory)) {
      const path = join(directory, name);
      if (Date.now() - statSync(path).mtimeMs < limit * 1000) continue;
      const { file, parent } = JSON.parse(readFileSync(path, "utf8"));
      rmSync(path);
      if (parent !== process.pid || !kill(Number(name))) continue;
      ended.push(`${relative(ROOT, file)} did not end within ${limit} s and was ended`);
    }
  }, 1_000);
  return {
    stop() {
      clearInterval(timer);
      rmSync(directory, { recursive: true, force: true });
      return ended;
    },
  };
}

/**
 * @param {number} pid
 * @returns {boolean} false if it was gone
 */
function kill(pid) {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}
