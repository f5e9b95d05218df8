import { describe, expect, it } from "vitest";
import { CORE_FLAGS, compile } from "../../tools/lib/asc.mjs";
import { checkCoreSource } from "../../tools/lib/core_source_rules.mjs";
import { checkCoreWasm } from "../../tools/lib/core_wasm_rules.mjs";

/** What the source check says to `text` as a file of room `mm`. */
function complaints(text: string, file = "core/mm/probe.ts"): string {
  return checkCoreSource(file, text).join("\n");
}

describe("source rules of core", () => {
  it.each([
    ["a mutable global", "let count: u32 = 0;", "mutable global count"],
    ["allocation", "export function f(): void { new Frame(); }", "`new` allocates"],
    ["a closure", "export function f(): void { walk((x: u32): u32 => x); }", "function expression"],
    ["a nested function", "export function f(): void { function g(): void {} }", "nested function"],
    ["an array literal", "const table: u32[] = [1, 2];", "array literal"],
    ["a static array", "const table: StaticArray<u32> = [1, 2];", "array literal"],
    ["an object literal", "export function f(): void { g({ a: 1 }); }", "object literal"],
    ["a string", 'export function f(): void { print("x"); }', "string: managed"],
    ["a template", "export function f(): void { print(`x`); }", "string: managed"],
    ["a managed type", "export function f(x: Map<u32, u32>): void {}", "Map is managed"],
    ["the allocator", "export function f(): usize { return heap.alloc(8); }", "heap is managed"],
    ["throwing", "export function f(): void { throw x; }", "never throws"],
    ["a managed class", "class A { x: u32; }", "only @unmanaged"],
    ["a static field", "@unmanaged class A { static x: u32 = 0; }", "static field"],
    ["a bare atomic", "export function f(p: usize): u32 { return atomic.load<u32>(p); }", "core/sync/atomics"],
  ])("refuse %s", (_, text, complaint) => {
    expect(complaints(text)).toContain(complaint);
    expect(complaints(text)).toMatch(/^core\/mm\/probe\.ts:1: /);
  });

  it("allow what leaves no trace in the module", () => {
    const text = `
      import { Frame } from "../layout/frame";
      export const SIZE: u32 = 8;
      if (offsetof<Frame>("link") != 0) ERROR("link comes first");
      @unmanaged class Pair { a: u32; b: u32; }
      @external("env", "wait") declare function hostWait(): i32;
      export function f(p: Pair): u32 { let sum: u32 = p.a; sum += p.b; return sum; }`;
    expect(complaints(text)).toBe("");
  });

  it("allow a bare atomic that says why, and those in core/sync", () => {
    const bare = "export function f(p: usize): u32 { return atomic.load<u32>(p); }";
    expect(complaints(`// raw atomic: the guest's own access\n${bare}`)).toBe("");
    expect(complaints(bare, "core/sync/probe.ts")).toBe("");
  });

  it("allow the one mutable global, in its file only", () => {
    expect(complaints("let current: usize = 0;", "core/sync/this_cpu.ts")).toBe("");
    expect(complaints("let current: usize = 0;")).not.toBe("");
  });
});

describe("rules of the compiled core", () => {
  async function complaintsOfWasm(text: string, flags: string[] = []): Promise<string> {
    const written = await compile({
      entries: ["probe.ts"],
      virtual: { "probe.ts": text },
      flags: [...CORE_FLAGS, "-O1", "--debug", "--outFile", "probe.wasm", ...flags],
    });
    return checkCoreWasm(written["probe.wasm"] as Uint8Array, { imports: new Set(["wait"]) }).join("\n");
  }

  it.each([
    ["a mutable global", "let n: u32 = 0; export function f(): u32 { return ++n; }", "mutable global probe/n"],
    ["an allocation", "class A { x: u32; } export function f(): A { return new A(); }", "allocating library function"],
    [
      "an import",
      '@external("env", "other") declare function other(): void; export function f(): void { other(); }',
      "env.other",
    ],
  ])("refuse %s", async (_, text, complaint) => {
    expect(await complaintsOfWasm(text)).toContain(complaint);
  });

  it("refuse static data beyond the room for it, and no other", async () => {
    const table = "export function f(): usize { return memory.data<u32>([7, 8]); }";
    expect(await complaintsOfWasm(table)).toBe("");
    expect(await complaintsOfWasm(table, ["--memoryBase", "262144"])).toContain("static data up to address");
  });

  it("allow functions as values, constants and the host's imports", async () => {
    const text = `
      @external("env", "wait") declare function wait(): i32;
      export const LIMIT: u64 = 12;
      function one(x: usize): void { store<u8>(x, 1); }
      function two(x: usize): void { store<u8>(x, 2); }
      export function f(i: u32): void {
        call_indirect<void>(load<u32>(i != 0 ? changetype<usize>(one) : changetype<usize>(two)), <usize>wait());
      }`;
    expect(await complaintsOfWasm(text)).toBe("");
  });

  it("allow asyncify's two globals and no third", async () => {
    const text =
      '@external("env", "wait") declare function wait(): i32; export function f(): i32 { return wait() + 1; }';
    const asyncify = ["--runPasses", "asyncify"];
    expect(await complaintsOfWasm(text, asyncify)).toBe("");
    expect(await complaintsOfWasm(`let n = 0; export function g(): i32 { return ++n; } ${text}`, asyncify)).toContain(
      "mutable",
    );
  });
});
