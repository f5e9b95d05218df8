import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const PAGES = ["README.md", "docs/dirty-logging.md"];

/** The examples of a page: blocks of js, each followed by what it prints. */
function examples(page: string): { code: string; printed: string }[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  const found = [...text.matchAll(/```js\n([\s\S]*?)```[^`]*```text\n([\s\S]*?)```/g)];
  return found.map(([, code = "", printed = ""]) => ({ code, printed }));
}

function run(code: string) {
  mkdirSync(join(ROOT, "build"), { recursive: true });
  const directory = mkdtempSync(join(ROOT, "build/readme-")); // inside the package, so that "tadpole" is this one
  try {
    writeFileSync(join(directory, "example.mjs"), code);
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(directory, "example.mjs")], {
      encoding: "utf8",
    });
    return { stdout, stderr, status };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

describe.each(PAGES)("%s", (page) => {
  it("has examples that print what it says", () => {
    const found = examples(page);
    expect(found.length).toBeGreaterThan(1);
    for (const { code, printed } of found) expect(run(code)).toEqual({ stdout: printed, stderr: "", status: 0 });
  });

  it("leaves no js block without what it prints", () => {
    const blocks = readFileSync(join(ROOT, page), "utf8").match(/```js\n/g) ?? [];
    expect(blocks.length).toBe(examples(page).length);
  });
});

describe("README.md", () => {
  it("names only scripts and pages that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = [...README.matchAll(/npm (?:run )?(?:-s )?([a-z:]+)/g)].map(([, name]) => name ?? "");
    expect(named.filter((name) => !(name in scripts) && !["itself", "run"].includes(name))).toEqual([]);
    const links = [...README.matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => path ?? "");
    expect(links.length).toBeGreaterThan(5);
    expect(links.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
