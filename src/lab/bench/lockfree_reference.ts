/**
 * The lock-free wasm loop (bench/wasm): bare walk-and-install on one and on two threads. Its speed-up is the scaling
 * this machine and engine have to give; see `lockfree2t` in report.ts.
 */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { LockfreeTask, LockfreeWorkerData } from "./lockfree_worker.js";
import { projectPath } from "./project_paths.js";
import { type TimeSpan, wallNs } from "./rendezvous.js";
import { TaskWorker } from "./worker_pool.js";

const SOURCE = projectPath("bench", "wasm", "lockfree.ts");
const BINARY = projectPath("build", "bench", "lockfree.wasm");

const PAGE_BYTES = 4096;
const WASM_PAGE_BYTES = 65536;
/** One pass maps 4 GiB of 4 KiB pages, as the C does. */
const PAGES = 1 << 20;
const THREADS = 2;
/** Bump words, one cache line each, then the root, then each thread's table frames. */
const BUMP_BASE = 4096;
const BUMP_STRIDE = 128;
const ROOT = 8192;
const TABLES = ROOT + PAGE_BYTES;
const TABLE_BYTES_PER_THREAD = (PAGES / 512 + 64) * PAGE_BYTES;
const MEMORY_PAGES = Math.ceil((TABLES + THREADS * TABLE_BYTES_PER_THREAD) / WASM_PAGE_BYTES);

/** The compiled loop, remade when its source is newer. */
function buildLockfree(): Uint8Array<ArrayBuffer> {
  if (!existsSync(BINARY) || statSync(BINARY).mtimeMs < statSync(SOURCE).mtimeMs) {
    mkdirSync(dirname(BINARY), { recursive: true });
    const asc = projectPath("node_modules", "assemblyscript", "bin", "asc.js");
    const memory = [
      "--importMemory",
      "--sharedMemory",
      "--initialMemory",
      "1",
      "--maximumMemory",
      String(MEMORY_PAGES),
    ];
    const flags = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "threads,bulk-memory", "--memoryBase", "64"];
    execFileSync(process.execPath, [asc, SOURCE, ...flags, ...memory, "-o", BINARY], { stdio: ["ignore", 2, 2] });
  }
  return new Uint8Array(readFileSync(BINARY));
}

/** The reference's two threads, waiting. `await using` ends them. */
export class LockfreeReference implements AsyncDisposable {
  readonly #memory: WebAssembly.Memory;
  readonly #workers: readonly TaskWorker[];

  private constructor(memory: WebAssembly.Memory, workers: readonly TaskWorker[]) {
    this.#memory = memory;
    this.#workers = workers;
  }

  static async open(): Promise<LockfreeReference> {
    const module = await WebAssembly.compile(buildLockfree());
    const memory = new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES, shared: true });
    const gate = new Int32Array(new SharedArrayBuffer(64));
    const script = new URL("./lockfree_worker.js", import.meta.url);
    const workers: TaskWorker[] = [];
    for (let i = 0; i < THREADS; i++) {
      workers.push(await TaskWorker.start(script, { module, memory, gate } satisfies LockfreeWorkerData));
    }
    return new LockfreeReference(memory, workers);
  }

  /** Clears every table (which keeps them resident) and refills the bump allocators. */
  #reset(): void {
    new Uint8Array(this.#memory.buffer).fill(0, ROOT);
    const words = new Uint32Array(this.#memory.buffer);
    for (let i = 0; i < THREADS; i++) words[(BUMP_BASE + i * BUMP_STRIDE) / 4] = TABLES + i * TABLE_BYTES_PER_THREAD;
  }

  /** One pass over all pages on `threads` (1 or 2) threads, disjoint: wall nanoseconds per page. */
  async measure(threads: number): Promise<number> {
    this.#reset();
    const nPages = threads === 1 ? PAGES : PAGES / threads;
    const spans = await Promise.all(
      this.#workers.slice(0, threads).map((worker, i) => {
        const bump = BUMP_BASE + i * BUMP_STRIDE;
        const task: LockfreeTask = { root: ROOT, startGfn: i * nPages, nPages, bump, parties: threads };
        return worker.run<TimeSpan>(task);
      }),
    );
    return wallNs(spans) / (nPages * threads);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker[Symbol.asyncDispose]()));
  }
}
