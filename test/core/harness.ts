/**
 * Core for tests: one shared memory, one instance for each CPU, in this thread or in threads of their own.
 *
 *   const core = await openCore<MyExports>({ build: "test", memMiB: 64, nCpus: 4 });
 *   const before = snapshotBalance(core);
 *   core.x.someExport(1, 2);                         // CPU 0
 *   core.cpu(1).someExport(1, 2);                    // CPU 1, another instance, this thread
 *   await runThreads(core, [{ cpu: 2, fn: "stress", args: [1000] }, { cpu: 3, fn: "stress", args: [1000] }]);
 *   expectBalanced(core, before);
 *
 * Pass an interface of the exports a test uses; i32 and u32 results arrive signed (`>>> 0` for addresses), 64-bit ones
 * as bigint. Wasm is taken from build/ (or TADPOLE_BUILD_DIR); `npm test` builds it first, so does tools/build.mjs.
 */
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { expect } from "vitest";
import { SYSTEM_MUTANT } from "../../src/abi/index.js";
import { CoreBug, CoreDead, CoreKilled, instantiate } from "./core_env.mjs";

export { bugName, CoreBug, CoreDead, CoreKilled } from "./core_env.mjs";

/** The builds that carry the probe exports: debug first. Run a suite over both with describe.each(BUILDS). */
export const BUILDS = ["test", "test-release"] as const;
export type CoreBuild = (typeof BUILDS)[number] | "lab";

/** What exports are taken for if a suite declares no interface of its own. */
type Loose = Record<string, (...args: (number | bigint)[]) => number>;

/** What the harness itself calls. Rooms provide it through core/index.ts. */
interface AbiExports {
  systemInit(memFrames: number, nCpus: number): number;
  cpuInit(cpuId: number): number;
  frameKindCount(kind: number): number;
  slabObjectCount(): number;
  epochPendingCount(): number;
  harnessEpochBarrier(): void;
}

export interface OpenOptions {
  build?: CoreBuild;
  /** Size of the shared memory, MiB: 2 to 4096. */
  memMiB?: number;
  nCpus?: number;
  /** Called with the address of each PagerRequest that core posts, from any CPU. */
  onPager?: (request: number) => void;
}

export interface Core<X = Loose> {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  /** Exports of CPU 0. */
  readonly x: X;
  /** All of linear memory. */
  dv(): DataView;
  /** Exports of CPU `id`, in this thread; made on first use. */
  cpu(id: number): X;
  /** CPU `id` in a thread of its own. Terminate it before the test ends. */
  thread(id: number): Promise<CoreThread>;
  readonly onPager: (request: number) => void;
}

const modules = new Map<string, { mtimeMs: number; module: WebAssembly.Module }>();

/** The compiled module of a build; compiled once per process and file version. */
export function loadModule(build: CoreBuild): WebAssembly.Module {
  const dir = process.env["TADPOLE_BUILD_DIR"] ?? fileURLToPath(new URL("../../build", import.meta.url));
  const path = `${dir}/core.${build}.wasm`;
  const { mtimeMs } = statSync(path);
  const known = modules.get(path);
  if (known?.mtimeMs === mtimeMs) return known.module;
  const module = new WebAssembly.Module(readFileSync(path));
  modules.set(path, { mtimeMs, module });
  return module;
}

/** A system with `nCpus` CPUs; CPU 0 is initialised in this thread. */
export async function openCore<X extends object = Loose>(options: OpenOptions = {}): Promise<Core<X>> {
  const { build = "test", memMiB = 64, nCpus = 4, onPager = refusePager } = options;
  const module = loadModule(build);
  const pages = memMiB * 16;
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const instances = new Map<number, X & AbiExports>();
  const open = (): X & AbiExports =>
    instantiate(module, memory, performance.timeOrigin, onPager) as unknown as X & AbiExports;
  const cpu = (id: number): X & AbiExports => {
    const known = instances.get(id);
    if (known !== undefined) return known;
    const made = open();
    const refusal = made.cpuInit(id);
    if (refusal !== 0) throw new Error(`cpuInit(${id}): ${refusal}`);
    instances.set(id, made);
    return made;
  };
  const error = open().systemInit(memMiB * 256, nCpus);
  if (error !== 0) throw new Error(`systemInit: ${error}`);
  const view = new DataView(memory.buffer);
  // With TADPOLE_BUILD_DIR naming builds of mutants, this one is switched on; other builds do not look at the word.
  view.setUint32(SYSTEM_MUTANT, Number(process.env["TADPOLE_MUTANT"] ?? 0), true);
  const core: Core<X> = {
    memory,
    module,
    x: cpu(0),
    dv: () => view,
    cpu,
    thread: (id) => CoreThread.start(core, id),
    onPager,
  };
  return core;
}

function refusePager(request: number): void {
  throw new Error(`pager request at 0x${request.toString(16)}, but the test gave no onPager`);
}

interface PlainError {
  name: string;
  message: string;
  stack: string;
  code?: number;
  a?: bigint;
  b?: bigint;
}
type Message =
  | { type: "ready" }
  | { type: "pager"; request: number }
  | { type: "answer"; result?: number | bigint; error?: PlainError };

/** A CPU in a thread of its own. Calls are served one at a time; an error of core rejects the call with its class. */
export class CoreThread {
  readonly #worker: Worker;
  #pending: PromiseWithResolvers<number | bigint | undefined>;

  private constructor(worker: Worker, onPager: (request: number) => void) {
    this.#worker = worker;
    this.#pending = withResolvers();
    worker.on("message", (message: Message) => {
      if (message.type === "pager") onPager(message.request);
      else if (message.type === "ready") this.#pending.resolve(undefined);
      else if (message.error !== undefined) this.#pending.reject(revive(message.error));
      else this.#pending.resolve(message.result);
    });
    worker.on("error", (error) => this.#pending.reject(error));
    worker.on("exit", () => this.#pending.reject(new Error("the thread has ended")));
  }

  static async start(core: Pick<Core<unknown>, "module" | "memory" | "onPager">, cpuId: number): Promise<CoreThread> {
    const { module, memory } = core;
    const worker = new Worker(new URL("./thread_worker.mjs", import.meta.url), {
      workerData: { module, memory, timeOrigin: performance.timeOrigin, cpuId },
    });
    const thread = new CoreThread(worker, core.onPager);
    await thread.#pending.promise;
    return thread;
  }

  /** Runs the exported function `fn` there. One call at a time. */
  call(fn: string, ...args: (number | bigint)[]): Promise<number | bigint | undefined> {
    this.#pending = withResolvers();
    this.#worker.postMessage({ fn, args });
    return this.#pending.promise;
  }

  /** Ends the thread at once, wherever it is; a call under way is rejected. */
  async terminate(): Promise<void> {
    this.#pending.promise.catch(() => {});
    await this.#worker.terminate();
  }
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

// Promise.withResolvers is newer than Node 20.
function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((ok, bad) => {
    resolve = ok;
    reject = bad;
  });
  return { promise, resolve, reject };
}

function revive(plain: PlainError): Error {
  const error = reviveClass(plain);
  error.stack = plain.stack;
  return error;
}

function reviveClass({ name, message, code, a, b }: PlainError): Error {
  if (name === "CoreBug") return new CoreBug(code ?? 0, a ?? 0n, b ?? 0n);
  if (name === "CoreDead") return new CoreDead();
  if (name === "CoreKilled") return new CoreKilled();
  return new Error(`${name}: ${message}`);
}

export interface ThreadJob {
  cpu: number;
  fn: string;
  args?: (number | bigint)[];
}

/**
 * Runs one exported function on each of several CPUs, in threads: all are started and instantiated before any is
 * called. Resolves with their results in the order of the jobs, or rejects with the first error; threads are ended.
 */
export async function runThreads(
  core: Pick<Core<unknown>, "module" | "memory" | "onPager">,
  jobs: ThreadJob[],
  timeoutMs = 20_000,
): Promise<(number | bigint | undefined)[]> {
  const threads = await Promise.all(jobs.map((job) => CoreThread.start(core, job.cpu)));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const names = jobs.map((job) => job.fn).join(", ");
    timer = setTimeout(() => reject(new Error(`${names}: not done in ${timeoutMs} ms`)), timeoutMs);
  });
  const calls = jobs.map((job, i) => threads[i]?.call(job.fn, ...(job.args ?? [])));
  try {
    return await Promise.race([Promise.all(calls), late]);
  } finally {
    clearTimeout(timer);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
}

/** Kinds of core/layout/frame.ts whose frames somebody owns; the rest is free, cached or never the arena's. */
const OWNED_KINDS = { kernel: 4, slab: 5, spt: 6, hostTable: 7, anon: 8 };
const FREE_KINDS = { free: 1, cached: 3 };

/** What must be equal before and after a test. */
export interface Balance {
  frames: Record<keyof typeof OWNED_KINDS, number>;
  /** Free frames, in the buddy lists or in magazines. */
  available: number;
  slabObjects: number;
  epochPending: number;
}

/** Frames in use of each kind, slab objects, and objects that wait for a grace period. */
export function snapshotBalance(core: { readonly x: object }): Balance {
  const x = core.x as AbiExports;
  const counts = Object.entries(OWNED_KINDS).map(([name, kind]) => [name, x.frameKindCount(kind)]);
  return {
    frames: Object.fromEntries(counts) as Balance["frames"],
    available: x.frameKindCount(FREE_KINDS.free) + x.frameKindCount(FREE_KINDS.cached),
    slabObjects: x.slabObjectCount(),
    epochPending: x.epochPendingCount(),
  };
}

/**
 * Everything taken since `before` was given back. Waits for deferred frees first: every other CPU must be outside of
 * epoch sections.
 */
export function expectBalanced(core: { readonly x: object }, before: Balance): void {
  (core.x as AbiExports).harnessEpochBarrier();
  expect(snapshotBalance(core)).toEqual(before);
}
