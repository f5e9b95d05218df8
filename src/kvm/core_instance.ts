/**
 * One instance of core over the shared memory: its imports, and what they throw. Every thread has its own instance and
 * is one CPU of core's host.
 */
import * as abi from "../abi/index.js";
import { CoreMemory } from "../abi/index.js";
import type { CoreExports } from "./core_exports.js";
import { CoreBugError } from "./errors.js";

/** A wait loop found the VM, or the system, dead. Unwinds core. */
export class CoreDead extends Error {
  constructor() {
    super("the VM or the system lost a worker");
    this.name = "CoreDead";
  }
}

export interface CoreHooks {
  /** Core asks a pager: the address of a PagerRequest. Must not wait. */
  pager(request: number): void;
  /** Debug builds: the kill hook's countdown ran out. Must not return. */
  kill(): never;
}

export interface CoreInstance {
  readonly x: CoreExports;
  readonly memory: CoreMemory;
}

const WAIT_RESULTS = { ok: 0, "not-equal": 1, "timed-out": 2 } as const;

/**
 * Instantiates core over `memory`; calls nothing in it. `timeOrigin` is the opening thread's performance.timeOrigin: all
 * threads' clocks count from there.
 */
export function instantiateCore(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  timeOrigin: number,
  hooks: CoreHooks,
): CoreInstance {
  const core = new CoreMemory(memory);
  const offsetMs = performance.timeOrigin - timeOrigin;
  const env = {
    memory,
    wait: (address: number, expected: number, timeoutMs: number) =>
      WAIT_RESULTS[
        Atomics.wait(core.words, address >>> 2, expected, timeoutMs < 0 ? Number.POSITIVE_INFINITY : timeoutMs)
      ],
    now: () => (offsetMs + performance.now()) * 1e6,
    bug: (code: number, a: bigint, b: bigint) => {
      throw coreBug(code, BigInt.asUintN(64, a), BigInt.asUintN(64, b));
    },
    die: () => {
      throw new CoreDead();
    },
    kill: () => hooks.kill(),
    pager: (request: number) => hooks.pager(request >>> 0),
    hook: () => {},
  };
  const instance = new WebAssembly.Instance(module, { env });
  return { x: instance.exports as unknown as CoreExports, memory: core };
}

/** The constants BUG_* by value. */
function coreBug(code: number, a: bigint, b: bigint): CoreBugError {
  const known = Object.entries(abi).find(([name, value]) => name.startsWith("BUG_") && value === code);
  const name = known?.[0] ?? `BUG ${code}`;
  return new CoreBugError(
    name,
    `core found its own state impossible: ${name}, a = 0x${a.toString(16)}, b = 0x${b.toString(16)}`,
  );
}

/** An error of core in a form that crosses threads. */
export interface PlainBug {
  bug: string;
  message: string;
  stack: string;
}

export function plainBug(error: unknown): PlainBug {
  if (error instanceof CoreBugError) return { bug: error.bug, message: error.message, stack: error.stack ?? "" };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { bug: "trap", message: `core stopped: ${message}`, stack: stack ?? "" };
}

export function revivedBug(plain: PlainBug): CoreBugError {
  const error = new CoreBugError(plain.bug, plain.message);
  error.stack = plain.stack;
  return error;
}

/** The errno in a result of core (an address, a count, or a negated errno, all of which are below 256), else 0. */
export function errnoOf(result: number | bigint): number {
  const value = Number(result);
  return value < 0 && value > -256 ? -value : 0;
}
