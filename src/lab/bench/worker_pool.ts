/**
 * Threads that answer each posted task with one message: the least a benchmark needs. A worker's error rejects the task
 * in flight and every later one.
 */

import { Worker } from "node:worker_threads";

interface Waiter {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** One thread; one task at a time. */
export class TaskWorker implements AsyncDisposable {
  readonly #worker: Worker;
  #waiter: Waiter | undefined;
  #failure: Error | undefined;

  private constructor(script: URL, workerData: unknown) {
    this.#worker = new Worker(script, { workerData });
    this.#worker.on("message", (value: unknown) => {
      const waiter = this.#waiter;
      this.#waiter = undefined;
      waiter?.resolve(value);
    });
    this.#worker.on("error", (error: Error) => this.#fail(error));
    this.#worker.on("exit", (code) => this.#fail(new Error(`benchmark worker ended with code ${code}`)));
  }

  /** Starts `script` and waits for its first message. */
  static async start(script: URL, workerData: unknown): Promise<TaskWorker> {
    const worker = new TaskWorker(script, workerData);
    await worker.#next();
    return worker;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.reject(this.#failure);
  }

  #next(): Promise<unknown> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#waiter) return Promise.reject(new Error("the benchmark worker is busy"));
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  /** Posts `task` and resolves with the worker's answer, which the caller knows the type of. */
  async run<Answer>(task: unknown): Promise<Answer> {
    const answer = this.#next();
    this.#worker.postMessage(task);
    return (await answer) as Answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
