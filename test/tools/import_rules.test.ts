import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const REFUSED = [
  ["core/mmu", "core/hw", "core-mmu"],
  ["core/hw", "core/mmu", "core-hw"],
  ["core/cpu", "core/mmu", "core-cpu"],
  ["core/mmu", "core/cpu", "core-mmu"],
  ["core/sync", "core/mm", "core-sync"],
  ["core/hostmm", "core/mmu", "core-hostmm"],
  ["src/kvm", "src/lab", "src-kvm"],
  ["src/cli", "src/lab", "src-cli"],
  ["src/kvm", "test", "src-is-shipped"],
  ["src/kvm", "core/layout", "no-ts-imports-core"],
  ["core/mm", "src/abi", "core-is-compiled-apart"],
] as const;

const ALLOWED = [
  ["core/mmu", "core/hostmm"],
  ["core/vcpu", "core/mmu"],
  ["core/hw", "core/pt"],
  ["src/kvm", "src/abi"],
  ["src/lab", "src/kvm"],
  ["test", "src/lab"],
] as const;

/** The importing file of a case; no two cases share one. */
const importer = (from: string, to: string): string => `${from}/imports_${to.replace("/", "_")}.ts`;

describe("import rules", () => {
  let directory: string;
  let violations: { from: string; rule: { name: string } }[];

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "tadpole-imports-"));
    symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
    writeFileSync(join(directory, "tsconfig.json"), "{}");
    writeFileSync(join(directory, "package.json"), '{"type":"module"}');
    for (const [from, to] of [...REFUSED, ...ALLOWED]) {
      write(importer(from, to), `import { x } from "${relative(from, to)}/leaf";\nexport const y = x;`);
      write(`${to}/leaf.ts`, "export const x = 1;");
    }
    const cli = join(ROOT, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
    const config = join(ROOT, ".dependency-cruiser.cjs");
    const args = [cli, "core", "src", "test", "--config", config, "--output-type", "json"];
    const { stdout } = spawnSync(process.execPath, args, { cwd: directory, encoding: "utf8" });
    violations = JSON.parse(stdout).summary.violations;
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  function write(file: string, text: string): void {
    mkdirSync(join(directory, dirname(file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  }

  /** The names of the rules broken by the file in which `from` imports `to`. */
  function broken(from: string, to: string): string[] {
    return violations.filter((violation) => violation.from === importer(from, to)).map(({ rule }) => rule.name);
  }

  it.each(REFUSED)("refuse that %s imports %s", (from, to, rule) => {
    expect(broken(from, to)).toContain(rule);
  });

  it.each(ALLOWED)("allow that %s imports %s", (from, to) => {
    expect(broken(from, to)).toEqual([]);
  });
});
