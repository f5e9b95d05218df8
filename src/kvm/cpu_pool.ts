/**
 * The vCPU workers: CPUs 1, 2, ... of core's host. A run() takes one for its length; more runs than CPUs take turns.
 *
 * A worker that ended, or whose core was cut short, takes its CPU number with it: locks that it may still hold name that
 * number, and must never seem to be held by a living CPU. There are twice as many numbers as workers for that.
 */
import { type CoreMemory, CPU_BASE, CPU_STRIDE, Cpu } from "../abi/index.js";
import { type PlainBug, revivedBug } from "./core_instance.js";
import { Deferred } from "./deferred.js";
import { KvmError } from "./errors.js";
import type { FromVcpuWorker, WorkerInit } from "./messages.js";
import { startThread, type ThreadHandle } from "./platform.js";

/** How a run ended. `lost`: core was cut short, or the worker ended. `unstarted`: it was given up in the queue. */
export type RunEnd =
  | { type: "ran"; status: number }
  | { type: "lost"; cause: Error | undefined }
  | { type: "unstarted" };

export interface PoolEvents {
  pager(request: number): void;
}

/** A worker thread that runs vCPUs. */
export class VcpuWorker {
  readonly cpuId: number;
  readonly #memory: CoreMemory;
  readonly #thread: ThreadHandle;
  readonly #ready = new Deferred<void>();
  #run: Deferred<RunEnd> | undefined;
  #isLost = false;

  constructor(init: WorkerInit, memory: CoreMemory, events: PoolEvents) {
    this.cpuId = init.cpuId;
    this.#memory = memory;
    this.#thread = startThread("vcpu", init, {
      message: (message) => this.#receive(message as FromVcpuWorker, events),
      end: (error) => {
        this.#ready.reject(error ?? new Error("the worker has ended"));
        this.#lose(error instanceof Error ? error : undefined);
      },
    });
  }

  async ready(): Promise<void> {
    await this.#ready.promise;
    this.#thread.keepAlive(false);
  }

  /** True once the worker cannot be used any more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Runs the vCPU at `vcpu` until vcpuRun returns. Never rejects. */
  run(vcpu: number): Promise<RunEnd> {
    const run = new Deferred<RunEnd>();
    this.#run = run;
    this.#thread.keepAlive(true);
    this.#thread.post({ type: "run", vcpu });
    return run.promise;
  }

  /** Makes the worker look around, if it sleeps. */
  wake(): void {
    const cpu = CPU_BASE + this.cpuId * CPU_STRIDE;
    this.#memory.add32(cpu, Cpu.wake, 1);
    this.#memory.notify(cpu, Cpu.wake);
  }

  terminate(): Promise<void> {
    return this.#thread.terminate();
  }

  #receive(message: FromVcpuWorker, events: PoolEvents): void {
    if (message.type === "ready") this.#ready.resolve();
    else if (message.type === "pager") events.pager(message.request);
    else if (message.type === "ran") this.#finish(message);
    else this.#unwound(message.bug);
  }

  #unwound(bug: PlainBug | null): void {
    this.#lose(bug === null ? undefined : revivedBug(bug));
    void this.#thread.terminate();
  }

  #lose(cause: Error | undefined): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#memory.store32(CPU_BASE + this.cpuId * CPU_STRIDE, Cpu.dead, 1);
    this.#finish({ type: "lost", cause });
  }

  #finish(end: RunEnd): void {
    const run = this.#run;
    this.#run = undefined;
    this.#thread.keepAlive(false);
    run?.resolve(end);
  }
}

export class CpuPool {
  readonly #init: Omit<WorkerInit, "cpuId">;
  readonly #memory: CoreMemory;
  readonly #limit: number;
  readonly #events: PoolEvents;
  readonly #workers = new Set<VcpuWorker>();
  readonly #idle: VcpuWorker[] = [];
  readonly #queue: Deferred<VcpuWorker>[] = [];
  #nextCpuId = 1;
  /** Why there are no more workers, once it is closed. */
  #closed: unknown;

  /** At most `limit` workers at a time. */
  constructor(init: Omit<WorkerInit, "cpuId">, memory: CoreMemory, limit: number, events: PoolEvents) {
    this.#init = init;
    this.#memory = memory;
    this.#limit = limit;
    this.#events = events;
  }

  /**
   * A worker for one run: `preferred` if it is idle, else another idle one, a new one, or the next to become idle.
   * Rejects with the signal's reason when that is aborted first.
   */
  async acquire(preferred: VcpuWorker | undefined, signal: AbortSignal | undefined): Promise<VcpuWorker> {
    signal?.throwIfAborted();
    if (this.#closed !== undefined) throw this.#closed;
    const idle = this.#takeIdle(preferred);
    if (idle !== undefined) return idle;
    if (this.#workers.size < this.#limit) return this.#start();
    return this.#wait(signal);
  }

  /** Gives a worker back. A lost one is forgotten. */
  release(worker: VcpuWorker): void {
    if (worker.isLost) {
      this.#workers.delete(worker);
      const waiting = this.#queue.shift();
      if (waiting !== undefined) this.#start().then(waiting.resolve, waiting.reject);
      return;
    }
    const next = this.#queue.shift();
    if (next !== undefined) next.resolve(worker);
    else this.#idle.push(worker);
  }

  /** Wakes every worker: something that ends waits has happened. */
  wakeAll(): void {
    for (const worker of this.#workers) worker.wake();
  }

  /** Ends all workers; those who wait for one are rejected with `reason`. */
  async terminate(reason: unknown): Promise<void> {
    this.#closed = reason;
    for (const waiting of this.#queue.splice(0)) waiting.reject(reason);
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  #takeIdle(preferred: VcpuWorker | undefined): VcpuWorker | undefined {
    while (this.#idle.length > 0) {
      const at = preferred === undefined ? -1 : this.#idle.indexOf(preferred);
      const [worker] = this.#idle.splice(at < 0 ? this.#idle.length - 1 : at, 1);
      if (worker !== undefined && !worker.isLost) return worker;
      if (worker !== undefined) this.#workers.delete(worker);
    }
    return undefined;
  }

  async #start(): Promise<VcpuWorker> {
    if (this.#nextCpuId >= this.#init.nCpus) {
      throw new KvmError(
        "EAGAIN",
        "Too many workers of this System have died to start another; close it and open a new one.",
      );
    }
    const worker = new VcpuWorker({ ...this.#init, cpuId: this.#nextCpuId++ }, this.#memory, this.#events);
    this.#workers.add(worker);
    try {
      await worker.ready();
    } catch (error) {
      this.#workers.delete(worker);
      throw this.#closed ?? error;
    }
    return worker;
  }

  async #wait(signal: AbortSignal | undefined): Promise<VcpuWorker> {
    const turn = new Deferred<VcpuWorker>();
    this.#queue.push(turn);
    const leave = (): void => {
      const at = this.#queue.indexOf(turn);
      if (at >= 0) this.#queue.splice(at, 1);
      if (at >= 0) turn.reject(signal?.reason);
    };
    signal?.addEventListener("abort", leave, { once: true });
    try {
      return await turn.promise;
    } finally {
      signal?.removeEventListener("abort", leave);
    }
  }
}
