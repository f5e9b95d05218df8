import { describe, expect, it } from "vitest";
import { checkPackages } from "../../tools/lib/lockfile.mjs";

describe("the lockfile's check", () => {
  const good = { integrity: "sha512-x" };

  it("accepts a complete one", () => {
    const packages = {
      "": {},
      "node_modules/a": { ...good, optionalDependencies: { "a-linux": "1", b: "1" } },
      "node_modules/a-linux": good,
      "node_modules/a/node_modules/b": good,
    };
    expect(checkPackages(packages)).toEqual([]);
  });

  it.each([
    [{ "node_modules/a": { ...good, resolved: "https://registry/a.tgz" } }, "registry's address"],
    [{ "node_modules/a": {} }, "no integrity"],
    [{ "node_modules/a": { ...good, optionalDependencies: { "a-darwin": "1" } } }, "a-darwin, which has no entry"],
  ])("refuses %j", (packages, problem) => {
    expect(checkPackages(packages).join()).toContain(problem);
  });
});
