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

/** A call of an export of core. */
export interface MmuCall {
  readonly fn: string;
  readonly args: readonly (number | bigint)[];
}

/** Makes `calls` one after the other, `times` over; `parties` threads start together. */
export interface MmuTask {
  readonly calls: readonly MmuCall[];
  readonly times: number;
  readonly parties: number;
}

/** What the last call answered, and when they ran. All others answered 0 or nothing. */
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

function callExport({ fn, args }: MmuCall): number | bigint | undefined {
  const target = exports[fn];
  if (target === undefined) throw new Error(`core exports no ${fn}`);
  return target(...args);
}

function demandZero(call: MmuCall): void {
  const result = callExport(call);
  if (result !== 0 && result !== undefined) throw new Error(`${call.fn}(${call.args.join(", ")}) = ${result}`);
}

if (system !== undefined) demandZero({ fn: "systemInit", args: [system.frames, system.cpus] });
demandZero({ fn: "cpuInit", args: [cpuId] });

port.on("message", ({ calls, times, parties }: MmuTask) => {
  const all = Array.from({ length: times }, () => calls).flat();
  const last = all.pop();
  if (last === undefined) throw new Error("a task without calls");
  rendezvous(gate, parties);
  const startNs = nowNs();
  for (const call of all) demandZero(call);
  const result = callExport(last);
  const endNs = nowNs();
  port.postMessage({ result, startNs, endNs } satisfies MmuAnswer);
});
port.postMessage("ready");
