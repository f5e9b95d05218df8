import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

it("only platform.ts knows that it runs in Node: a browser replaces that one file", () => {
  const room = fileURLToPath(new URL("../../src/kvm", import.meta.url));
  const files = readdirSync(room).filter((name) => name.endsWith(".ts") && name !== "platform.ts");
  expect(files.length).toBeGreaterThan(20);
  for (const name of files) {
    const text = readFileSync(`${room}/${name}`, "utf8");
    expect({ name, nodeIsms: text.match(/from "node:|\bprocess\.|\bBuffer\b|\brequire\(/) }).toEqual({
      name,
      nodeIsms: null,
    });
  }
});
