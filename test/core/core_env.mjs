/**
 * One instance of core for tests: the imports it needs, and the errors they throw. Plain JavaScript, because test
 * threads load it without a build; types are in core_env.d.mts.
 */
import { readFileSync } from "node:fs";

/** Core found its own state impossible; `codeName` is the constant's name in core/layout/bugs.ts. */
export class CoreBug extends Error {
  /** @param {number} code @param {bigint} a @param {bigint} b */
  constructor(code, a, b) {
    super(`${bugName(code)} a=0x${a.toString(16)} b=0x${b.toString(16)}`);
    this.name = "CoreBug";
    this.code = code;
    this.codeName = bugName(code);
    this.a = a;
    this.b = b;
  }
}

/** A wait loop found the VM or the system dead. */
export class CoreDead extends Error {
  constructor() {
    super("the VM or the system lost a worker");
    this.name = "CoreDead";
  }
}

/** The kill hook's countdown reached zero: core's stack is unwound here and must not be entered again by this CPU. */
export class CoreKilled extends Error {
  constructor() {
    super("killed at a hook point");
    this.name = "CoreKilled";
  }
}

/** @type {Map<number, string> | undefined} */
let names;

/** @param {number} code */
export function bugName(code) {
  names ??= readBugNames();
  return names.get(code) ?? `BUG ${code}`;
}

function readBugNames() {
  const text = readFileSync(new URL("../../core/layout/bugs.ts", import.meta.url), "utf8");
  const found = text.matchAll(/export const (BUG_\w+): u32 = (\d+);/g);
  return new Map(Array.from(found, ([, name, code]) => [Number(code), String(name)]));
}

const WAIT_RESULTS = { ok: 0, "not-equal": 1, "timed-out": 2 };

/**
 * Instantiates core over `memory`. Does not call into it.
 * @param {WebAssembly.Module} module
 * @param {WebAssembly.Memory} memory
 * @param {number} timeOrigin the opening thread's performance.timeOrigin: all threads count from it
 * @param {(request: number) => void} onPager
 */
export function instantiate(module, memory, timeOrigin, onPager) {
  const words = new Int32Array(memory.buffer);
  const offsetMs = performance.timeOrigin - timeOrigin;
  const env = {
    memory,
    /** @param {number} address @param {number} expected @param {number} timeoutMs */
    wait: (address, expected, timeoutMs) =>
      WAIT_RESULTS[Atomics.wait(words, address >>> 2, expected, timeoutMs < 0 ? Infinity : timeoutMs)],
    now: () => (offsetMs + performance.now()) * 1e6,
    /** @param {number} code @param {bigint} a @param {bigint} b */
    bug: (code, a, b) => {
      throw new CoreBug(code, BigInt.asUintN(64, a), BigInt.asUintN(64, b));
    },
    die: () => {
      throw new CoreDead();
    },
    kill: () => {
      throw new CoreKilled();
    },
    /** @param {number} request */
    pager: (request) => onPager(request >>> 0),
    hook: () => {},
    choose: () => 0,
  };
  return new WebAssembly.Instance(module, { env }).exports;
}
