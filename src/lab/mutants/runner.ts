/**
 * A thread of the lab for one job after another. A mutant may make core loop without touching a shared word: nobody can
 * stop that but from outside, so a job that does not answer in time has its thread ended, and another is started.
 */
import { Worker } from "node:worker_threads";
import type { CheckResult } from "../check/index.js";
import type { Job } from "./detect_worker.js";

/** Set-up, and shrinking what was found, come on top of a job's own limit, s. */
const GRACE_S = 30;

/** A job's end: what the checker says, or that it never came back. */
export type Outcome = CheckResult | { readonly endless: true; readonly seconds: number };

export class Runner {
  readonly #module: WebAssembly.Module;
  readonly #signal: AbortSignal;
  #worker: Worker | null = null;

  constructor(module: WebAssembly.Module, signal: AbortSignal) {
    this.#module = module;
    this.#signal = signal;
  }

  /** Runs one job. Rejects if the lab itself fails, or with the signal's reason. */
  async run(job: Job): Promise<Outcome> {
    this.#signal.throwIfAborted();
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const start = performance.now();
    return new Promise<Outcome>((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#signal.removeEventListener("abort", onAbort);
        worker.off("message", onMessage);
        worker.off("error", onError);
        act();
      };
      const onMessage = (result: CheckResult): void => settle(() => resolve(result));
      const onError = (error: Error): void => {
        this.#worker = null;
        settle(() =>
          reject(new Error(`${job.scenario} with mutant ${job.mutant}: ${error.message}`, { cause: error })),
        );
      };
      const onAbort = (): void => settle(() => void this.stop().then(() => reject(this.#signal.reason)));
      const onLate = (): void =>
        settle(() => {
          const seconds = (performance.now() - start) / 1000;
          void this.stop().then(() => resolve({ endless: true, seconds }));
        });
      const timer = setTimeout(onLate, (job.bounds.seconds + GRACE_S) * 1000);
      this.#signal.addEventListener("abort", onAbort, { once: true });
      worker.on("message", onMessage);
      worker.on("error", onError);
      worker.postMessage(job);
    });
  }

  /** Ends the thread, wherever it is. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #start(): Worker {
    return new Worker(new URL("./detect_worker.js", import.meta.url), { workerData: { module: this.#module } });
  }
}
