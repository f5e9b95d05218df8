import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { addTallies, closingLine, readClosingLine } from "../../tools/lib/tally.mjs";
import { planShards, renderRows, renewRows } from "../../tools/run_full_tests.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

function runFixture(name: string, env: Record<string, string> = {}): { lines: string[]; status: number | null } {
  const args = ["tools/run_tests.mjs", name, "--config", "test/tools/fixtures/vitest.config.ts"];
  const { stdout, status } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, TADPOLE_REQUIRE: "", ...env },
  });
  return { lines: stdout.trimEnd().split("\n"), status };
}

describe("the verdict of a run", () => {
  it("counts passed, failed and skipped, and prints why a test was skipped", () => {
    const { lines, status } = runFixture("mixed");
    expect(lines.at(-1)).toBe("1 passed, 1 failed, 1 skipped");
    expect(lines).toContain(
      "test/tools/fixtures/mixed.fixture.ts > says why it is skipped: skipped, because there is no hardware for it",
    );
    expect(status).toBe(1);
  });

  it("counts a skip that does not say why as a failure", () => {
    expect(runFixture("silent_skip")).toMatchObject({ status: 1 });
    expect(runFixture("silent_skip").lines.at(-1)).toBe("0 passed, 1 failed, 0 skipped");
  });

  it("counts a file that cannot be loaded as a failure", () => {
    expect(runFixture("unloadable").lines.at(-1)).toBe("0 passed, 1 failed, 0 skipped");
  });

  it("counts an error outside any test as a failure", () => {
    expect(runFixture("stray_error").lines.at(-1)).toBe("1 passed, 1 failed, 0 skipped");
  });

  it("counts a run without tests as a failure", () => {
    expect(runFixture("there_is_no_such_file")).toMatchObject({ status: 1 });
  });

  it("ends a file that hangs, counts it as failed and runs the others", () => {
    const { lines, status } = runFixture("hangs", { TADPOLE_FILE_LIMIT_S: "3" });
    expect(status).toBe(1);
    // the test that was under way, and its process
    expect(lines.at(-1)).toBe("1 passed, 2 failed, 0 skipped");
    expect(lines.join("\n")).toContain("hangs.fixture.ts did not end within 3 s and was ended");
  });

  it("skips a test whose tool is missing, and fails it where TADPOLE_REQUIRE lists the tool", () => {
    const env = { PATH: "/nowhere" };
    expect(runFixture("require.fixture", env).lines.at(-1)).toBe("0 passed, 0 failed, 1 skipped");
    expect(runFixture("require.fixture", { ...env, TADPOLE_REQUIRE: "apt, cc" }).lines.at(-1)).toBe(
      "0 passed, 1 failed, 0 skipped",
    );
  });
});

describe("the closing line", () => {
  it("is read back as it was written", () => {
    const tally = { passed: 12, failed: 0, skipped: 3 };
    expect(readClosingLine(`noise\n${closingLine(tally)}\n`)).toEqual(tally);
    expect(addTallies(tally, { passed: 1, failed: 2, skipped: 0 })).toEqual({ passed: 13, failed: 2, skipped: 3 });
  });

  it("is not found where the run ended before it", () => {
    expect(readClosingLine("1 passed, 0 failed, 0 skipped\nSegmentation fault\n")).toBeNull();
    expect(readClosingLine("")).toBeNull();
  });
});

describe("the report of the long proofs", () => {
  const files = Array.from({ length: 10 }, (_, i) => `test/f${i}.full.ts`);

  it("splits the files over shards without losing or repeating one", () => {
    const all = [1, 2, 3].flatMap((i) => planShards(files, [], `${i}/3`).flat());
    expect(all.toSorted()).toEqual(files);
    expect(planShards(files, ["f3", "f7"], "1/1").flat()).toEqual(["test/f3.full.ts", "test/f7.full.ts"]);
  });

  it.each(["0/2", "3/2", "1", "x/y"])("refuses the shard %s", (shard) => {
    expect(() => planShards(files, [], shard)).toThrow("--shard");
  });

  it("renews the rows of the files that ran and keeps the others", () => {
    const at = (date: string) => ({ date, node: "v1", cpu: "c" });
    const first = renewRows({}, files.slice(0, 2).map(result), at("2026-01-01"));
    const second = renewRows(first, [result("test/f1.full.ts")], at("2026-02-02"));
    expect(second["test/f0.full.ts"]?.date).toBe("2026-01-01");
    expect(second["test/f1.full.ts"]?.date).toBe("2026-02-02");
    expect(renderRows(second)).toContain("| test/f1.full.ts | 2 | 0 | 1 | 1.3 | 2026-02-02 | v1 | c |");
    expect(renderRows(second)).toContain("4 passed, 0 failed, 2 skipped");
  });

  function result(file: string) {
    return { file, passed: 2, failed: 0, skipped: 1, seconds: 1.26 };
  }
});
