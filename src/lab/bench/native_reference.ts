/**
 * The C references (bench/native), compiled when a compiler is there and kept running beside the benchmark, so that each
 * figure is taken between two of ours and not minutes before. One process, asked one id at a time.
 */

import { type ChildProcessByStdio, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { projectPath } from "./project_paths.js";

const SOURCE = projectPath("bench", "native", "mmu_reference.c");
const BINARY = projectPath("build", "bench", "mmu_reference");

/** The ids the program knows, in the order they are asked. */
export const NATIVE_IDS = [
  "c.map4k.seq.1t",
  "c.map4k.rand.1t",
  "c.map4k.zero.1t",
  "c.map4k.disjoint.2t",
  "c.zap4k",
  "c.wrprot4k",
  "c.walk",
  "hostkernel.resident",
  "hostkernel.firsttouch",
  "hostkernel.dontneed",
  "c.dirtylog.getclear",
  "c.dirtylog.getclear.sparse",
  "c.age4k",
  "c.split2m",
  "c.recover2m",
  "c.fastpf",
] as const;
export type NativeId = (typeof NATIVE_IDS)[number];

function compilerWorks(compiler: string): boolean {
  return spawnSync(compiler, ["--version"], { stdio: "ignore" }).status === 0;
}

/** The first C compiler on this machine, or undefined. */
export function findCompiler(): string | undefined {
  const named = process.env.CC;
  const candidates = named ? [named, "cc", "gcc", "clang"] : ["cc", "gcc", "clang"];
  return candidates.find(compilerWorks);
}

/** The reference program, compiled if it is missing or older than its source; throws what the compiler said. */
export function buildNativeReference(compiler: string): string {
  const fresh = existsSync(BINARY) && statSync(BINARY).mtimeMs >= statSync(SOURCE).mtimeMs;
  if (fresh) return BINARY;
  mkdirSync(dirname(BINARY), { recursive: true });
  execFileSync(compiler, ["-O3", "-o", BINARY, SOURCE, "-lpthread"], { stdio: ["ignore", "inherit", "pipe"] });
  return BINARY;
}

/** A running reference program. `await using` ends it. */
export class NativeReference implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;

  private constructor(path: string) {
    this.#child = spawn(path, ["--serve"], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  /** Starts the program, or says why not. */
  static open(): NativeReference | { readonly skipped: string } {
    if (process.platform !== "linux") return { skipped: `c: skipped, because the references are written for Linux` };
    const compiler = findCompiler();
    if (compiler === undefined) return { skipped: "c: skipped, because no C compiler" };
    try {
      return new NativeReference(buildNativeReference(compiler));
    } catch (error) {
      return { skipped: `c: skipped, because ${compiler} failed: ${String((error as Error).message).split("\n")[0]}` };
    }
  }

  /** One pass of `id`: nanoseconds per page. */
  async measure(id: NativeId): Promise<number> {
    this.#child.stdin.write(`${id}\n`);
    const { value, done } = await this.#answers.next();
    const ns = done ? Number.NaN : Number(value);
    if (!(ns > 0)) throw new Error(`bench/native gave no figure for ${id}`);
    return ns;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin.end();
    await ended;
    this.#lines.close();
  }
}
