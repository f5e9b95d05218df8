import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const README = readFileSync(join(ROOT, "README.md"), "utf8");

/** The first fenced block of `language`. */
function block(language: string): string {
  const [, text] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(README) ?? [];
  if (text === undefined) throw new Error(`README.md has no ${language} block`);
  return text;
}

describe("README.md", () => {
  it("has an example that prints what it says", () => {
    mkdirSync(join(ROOT, "build"), { recursive: true });
    const directory = mkdtempSync(join(ROOT, "build/readme-")); // inside the package, so that "tadpole" is this one
    try {
      writeFileSync(join(directory, "example.mjs"), block("js"));
      const { stdout, stderr, status } = spawnSync(process.execPath, [join(directory, "example.mjs")], {
        encoding: "utf8",
      });
      expect({ stdout, stderr, status }).toEqual({ stdout: block("text"), stderr: "", status: 0 });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

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
