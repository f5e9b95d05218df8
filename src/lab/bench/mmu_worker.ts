/**
 * A CPU of the benchmark: a thread with its own instance of core, which does what it is told and times it around the
 * one long call into wasm, so that neither messages nor JavaScript are in the figure.
 */

import { parentPort, workerData } from "node:worker_threads";
import { instantiateCore } from "../../kvm/core_instance.js";
import { nowNs, rendezvous, type TimeSpan } from "./rendezvous.js";

/** What a benchmark CPU is started with. */
export interface MmuWorkerData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly timeOrigin: number;
  readonly cpuId: number;
  /** CPU 0 makes the system: frames of memory and CPUs. */
  readonly system?: { readonly frames: number; readonly cpus: number };
  /** Counter of `rendezvous`. */
  readonly gate: Int32Array;
}

/** Calls one export of core; `parties` threads start together. */
export interface MmuTask {
  readonly fn: string;
  readonly args: readonly (number | bigint)[];
  readonly parties: number;
}

/** What the export answered, and when it ran. */
export interface MmuAnswer extends TimeSpan {
  readonly result: number | bigint | undefined;
}

type AnyExports = Record<string, (...args: (number | bigint)[]) => number | bigint | undefined>;

const port = parentPort;
if (port === null) throw new Error("mmu_worker runs as a worker thread");
const { module, memory, timeOrigin, cpuId, system, gate } = workerData as MmuWorkerData;
const core = instantiateCore(module, memory, timeOrigin, {
  pager: () => {
    throw new Error("the benchmark maps nothing with a pager");
  },
  kill: () => {
    throw new Error("the benchmark runs the release build, which has no kill hook");
  },
});
const exports = core.x as unknown as AnyExports;

function callExport(fn: string, args: readonly (number | bigint)[]): number | bigint | undefined {
  const target = exports[fn];
  if (target === undefined) throw new Error(`core exports no ${fn}`);
  return target(...args);
}

function demandZero(fn: string, ...args: number[]): void {
  const result = callExport(fn, args);
  if (result !== 0) throw new Error(`${fn}(${args.join(", ")}) = ${result}`);
}

if (system !== undefined) demandZero("systemInit", system.frames, system.cpus);
demandZero("cpuInit", cpuId);

port.on("message", ({ fn, args, parties }: MmuTask) => {
  rendezvous(gate, parties);
  const startNs = nowNs();
  const result = callExport(fn, args);
  const endNs = nowNs();
  port.postMessage({ result, startNs, endNs } satisfies MmuAnswer);
});
port.postMessage("ready");
