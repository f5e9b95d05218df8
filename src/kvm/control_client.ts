/** The main side of the control worker: calls in, promises out. */
import type { ControlCalls } from "./control_calls.js";
import type { CoreExports } from "./core_exports.js";
import { type PlainBug, revivedBug } from "./core_instance.js";
import { Deferred } from "./deferred.js";
import { errnoName, KvmError, type WorkerDiedError } from "./errors.js";
import type { FromControlWorker, ToControlWorker, WorkerInit } from "./messages.js";
import { startThread, type ThreadHandle } from "./platform.js";

/** Whom a call works for: its death ends the call. */
export interface CallOwner {
  /** Address of the Vm, or 0. */
  readonly address: number;
}

/** The calls of control_calls, without their first parameter, and core's exports. */
type Special = {
  [K in keyof ControlCalls]: ControlCalls[K] extends (owner: number, ...args: infer A) => infer R
    ? (...args: A) => R
    : never;
};
export type CallName = keyof Special | keyof CoreExports;
type Callee<N extends CallName> = N extends keyof Special
  ? Special[N]
  : N extends keyof CoreExports
    ? CoreExports[N]
    : never;
export type CallArgs<N extends CallName> = Parameters<Callee<N>>;
export type CallResult<N extends CallName> = Awaited<ReturnType<Callee<N>>>;

export interface ControlEvents {
  pager(request: number): void;
  /** Core unwound while it worked for `owner`. */
  lost(owner: CallOwner, cause: Error | undefined, systemDead: boolean): void;
  /** The control worker is gone. */
  end(error: unknown): void;
}

interface Pending {
  owner: CallOwner;
  answer: Deferred<unknown>;
}

export class ControlClient {
  readonly #thread: ThreadHandle;
  readonly #events: ControlEvents;
  readonly #ready = new Deferred<void>();
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  private constructor(init: WorkerInit, events: ControlEvents) {
    this.#events = events;
    this.#thread = startThread("control", init, {
      message: (message) => this.#receive(message as FromControlWorker),
      end: (error) => {
        this.#ready.reject(error ?? new Error("the control worker has ended"));
        events.end(error);
      },
    });
  }

  /** Starts the worker, which makes the system. Rejects with a KvmError if core refuses. */
  static async start(init: WorkerInit, events: ControlEvents): Promise<ControlClient> {
    const client = new ControlClient(init, events);
    try {
      await client.#ready.promise;
    } catch (error) {
      await client.terminate();
      throw error;
    }
    client.#thread.keepAlive(false);
    return client;
  }

  /** Calls `name` as work for `owner`. Rejects with a KvmError that has the errno but no story: callers tell that. */
  async call<N extends CallName>(owner: CallOwner, name: N, ...args: CallArgs<N>): Promise<CallResult<N>> {
    const id = this.#nextId++;
    const answer = new Deferred<unknown>();
    this.#pending.set(id, { owner, answer });
    this.#thread.keepAlive(true);
    this.#post({ type: "call", id, name, args, owner: owner.address });
    try {
      return (await answer.promise) as CallResult<N>;
    } finally {
      this.#pending.delete(id);
      if (this.#pending.size === 0) this.#thread.keepAlive(false);
    }
  }

  /** A pager has answered `request`: calls that wait for it go on. */
  pagerDone(request: number): void {
    this.#post({ type: "pagerDone", request });
  }

  /** Ends the calls of `owner` that wait for a pager, with ECANCELED. Takes effect before any later call. */
  cancel(owner: CallOwner): void {
    this.#post({ type: "cancel", owner: owner.address });
  }

  /** Rejects the calls under way that `isHit` tells; their answers are ignored. */
  rejectCalls(isHit: (owner: CallOwner) => boolean, error: WorkerDiedError | KvmError): void {
    for (const { owner, answer } of this.#pending.values()) if (isHit(owner)) answer.reject(error);
  }

  terminate(): Promise<void> {
    return this.#thread.terminate();
  }

  #post(message: ToControlWorker): void {
    this.#thread.post(message);
  }

  #receive(message: FromControlWorker): void {
    switch (message.type) {
      case "ready":
        if (message.errno === 0) this.#ready.resolve();
        else this.#ready.reject(new KvmError(errnoName(message.errno), "Core could not lay out its memory."));
        return;
      case "pager":
        this.#events.pager(message.request);
        return;
      case "answer":
        this.#pending.get(message.id)?.answer.resolve(message.value);
        return;
      case "refused":
        this.#pending.get(message.id)?.answer.reject(new KvmError(errnoName(message.errno), "refused"));
        return;
      case "lost":
        this.#lost(message.id, message.bug, message.systemDead);
    }
  }

  #lost(id: number, bug: PlainBug | null, systemDead: boolean): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#events.lost(pending.owner, bug === null ? undefined : revivedBug(bug), systemDead);
  }
}
