import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Each test has a small checkout of its own: the real launcher, an npm that only notes its calls and makes
 * node_modules, and a tools/build.mjs that builds by copying src/main.js to the command's place.
 */
describe("the launcher", () => {
  let directory: string;
  const at = (path: string): string => join(directory, path);

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "tadpole-launcher-"));
    for (const path of ["bin", "src", "tools", "fake"]) mkdirSync(at(path));
    cpSync(join(ROOT, "bin/tadpole.mjs"), at("bin/tadpole.mjs"));
    writeFileSync(at("package.json"), '{"type":"module"}');
    writeFileSync(at("package-lock.json"), '{"packages":{"":{},"node_modules/a":{"version":"1.0.0"}}}');
    writeFileSync(at("src/main.js"), "console.log(JSON.stringify(process.argv.slice(2)))");
    writeFileSync(
      at("tools/build.mjs"),
      `import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
       const read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");
       const source = ${JSON.stringify(at("src/main.js"))}, product = ${JSON.stringify(at("dist/cli/main.js"))};
       export const staleTargets = (names) => (read(source) === read(product) ? [] : names);
       export async function build(names, { log }) {
         if (staleTargets(names).length === 0) return;
         log("building");
         await new Promise((resolve) => setTimeout(resolve, Number(process.env.BUILD_MS ?? 0)));
         appendFileSync(${JSON.stringify(at("built"))}, "x");
         mkdirSync(${JSON.stringify(at("dist/cli"))}, { recursive: true });
         copyFileSync(source, product);
       }`,
    );
    writeFileSync(
      at("fake/npm"),
      `#!/bin/sh\necho "npm says $*"\nif [ -n "$NPM_FAILS" ]; then exit 7; fi\nif [ -n "$NPM_SLEEPS" ]; then exec sleep 30; fi\n` +
        `printf x >> installed\nmkdir -p node_modules\n`,
    );
    chmodSync(at("fake/npm"), 0o755);
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  function start(args: string[], env: Record<string, string> = {}): ChildProcess {
    const path = `${at("fake")}${delimiter}${process.env["PATH"]}`;
    return spawn(process.execPath, [at("bin/tadpole.mjs"), ...args], {
      env: { ...process.env, PATH: path, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  async function finish(child: ChildProcess): Promise<Outcome> {
    const outcome: Outcome = { code: null, stdout: "", stderr: "" };
    child.stdout?.on("data", (chunk) => (outcome.stdout += chunk));
    child.stderr?.on("data", (chunk) => (outcome.stderr += chunk));
    [outcome.code] = (await once(child, "close")) as [number | null];
    return outcome;
  }

  const run = (args: string[], env?: Record<string, string>): Promise<Outcome> => finish(start(args, env));
  const count = (file: string): number => (existsSync(at(file)) ? readFileSync(at(file), "utf8").length : 0);
  const untilThere = async (path: string): Promise<void> => {
    while (!existsSync(path)) await sleep(10);
  };

  it("installs and builds once, passes arguments through and keeps stdout clean", async () => {
    const first = await run(["start", "--json", "a b"]);
    expect(first).toMatchObject({ code: 0, stdout: '["start","--json","a b"]\n' });
    expect(first.stderr).toContain("npm says ci");
    const second = await run(["--version"]);
    expect(second).toEqual({ code: 0, stdout: '["--version"]\n', stderr: "" });
    expect([count("installed"), count("built")]).toEqual([1, 1]);
  });

  it("is there within a second when nothing changed", async () => {
    await run([]);
    const times = [];
    for (let i = 0; i < 3; i++) {
      const started = performance.now();
      await run([]);
      times.push(performance.now() - started);
    }
    expect(Math.min(...times)).toBeLessThan(1000); // the best of three: other tests run beside this one
  });

  it("builds again after a source changed and installs again after the lockfile did", async () => {
    await run([]);
    writeFileSync(at("src/main.js"), "process.exitCode = 5");
    expect((await run([])).code).toBe(5);
    expect([count("installed"), count("built")]).toEqual([1, 2]);
    writeFileSync(at("package-lock.json"), '{"packages":{"":{},"node_modules/a":{"version":"2.0.0"}}}');
    await run([]);
    expect([count("installed"), count("built")]).toEqual([2, 2]);
  });

  it("adopts what a plain npm install left, if it is what the lockfile says", async () => {
    mkdirSync(at("node_modules"));
    writeFileSync(at("node_modules/.package-lock.json"), '{"packages":{"node_modules/a":{"version":"1.0.0"}}}');
    await run([]);
    expect(count("installed")).toBe(0);
    rmSync(at("node_modules/.tadpole-install.json"));
    writeFileSync(at("node_modules/.package-lock.json"), '{"packages":{"node_modules/a":{"version":"0.9.0"}}}');
    await run([]);
    expect(count("installed")).toBe(1);
  });

  it("says what failed and fails", async () => {
    const outcome = await run([], { NPM_FAILS: "1" });
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain("npm ci failed (exit code 7)");
    expect(existsSync(at("build/launcher.lock"))).toBe(false);
    expect((await run([])).code).toBe(0);
  });

  it("lets a second launcher wait for the first, which then has nothing to do", async () => {
    const env = { BUILD_MS: "1500" };
    const first = start([], env);
    const done = finish(first);
    await untilThere(at("build/launcher.lock"));
    const second = await run([], env);
    expect(second.stderr).toContain(`waiting for process ${first.pid}`);
    expect([(await done).code, second.code]).toEqual([0, 0]);
    expect([count("installed"), count("built")]).toEqual([1, 1]);
  });

  it("takes over the lock of a process that is gone", async () => {
    const gone = spawn(process.execPath, ["-e", "0"]);
    await once(gone, "close");
    mkdirSync(at("build"));
    writeFileSync(at("build/launcher.lock"), `${gone.pid}\n`);
    const outcome = await run([]);
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toContain("took over the lock");
    expect(existsSync(at("build/launcher.lock"))).toBe(false);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("removes its lock when %s interrupts an installation", async (signal) => {
    const child = start([], { NPM_SLEEPS: "1" });
    const done = finish(child);
    await untilThere(at("build/launcher.lock"));
    await sleep(200); // until npm runs
    child.kill(signal);
    expect((await done).code).toBe(signal === "SIGINT" ? 130 : 143);
    expect(existsSync(at("build/launcher.lock"))).toBe(false);
  });

  it("runs without preparing anything where there are no sources", async () => {
    rmSync(at("src"), { recursive: true });
    mkdirSync(at("dist/cli"), { recursive: true });
    writeFileSync(at("dist/cli/main.js"), "console.log('installed package')");
    expect(await run([])).toEqual({ code: 0, stdout: "installed package\n", stderr: "" });
  });
});
