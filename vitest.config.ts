import { existsSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vitest/config";

const root = fileURLToPath(new URL(".", import.meta.url));

/**
 * Tests import `../../src/...` and get what the build made of it in dist/: worker threads are started from files, and
 * Node 20 runs no TypeScript. Types still come from src.
 */
function testsRunBuiltOutput(): Plugin {
  return {
    name: "tests-run-built-output",
    enforce: "pre",
    resolveId(source, importer) {
      if (importer === undefined || !source.startsWith(".")) return null;
      const path = relative(root, resolve(dirname(importer), source));
      if (!/^src[\\/]/.test(path)) return null;
      const built = resolve(root, path.replace(/^src/, "dist").replace(/\.ts$/, ".js"));
      if (!existsSync(built)) throw new Error(`${built} is not there: run node tools/build.mjs ts`);
      return { id: built, external: true };
    },
  };
}

/** The long proofs (*.full.ts) run only when asked for: `npm run test:full`. */
const isFull = process.env["TADPOLE_FULL"] === "1";

export default defineConfig({
  plugins: [testsRunBuiltOutput()],
  test: {
    include: isFull ? ["test/**/*.full.ts"] : ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    setupFiles: ["test/support/announce.ts"],
    testTimeout: isFull ? 1_800_000 : 60_000,
    hookTimeout: 60_000,
  },
});
