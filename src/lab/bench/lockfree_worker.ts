/** A thread of the lock-free reference: instantiates bench/wasm/lockfree over the shared memory and maps what it is told. */

import { parentPort, workerData } from "node:worker_threads";
import { nowNs, rendezvous, type TimeSpan } from "./rendezvous.js";

/** What a thread of the lock-free reference is started with. */
export interface LockfreeWorkerData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Counter of `rendezvous`. */
  readonly gate: Int32Array;
}

/** One pass: `parties` threads start together. */
export interface LockfreeTask {
  readonly root: number;
  readonly startGfn: number;
  readonly nPages: number;
  readonly bump: number;
  readonly parties: number;
}

interface LockfreeExports {
  mapRange(root: number, start: number, n: number, bump: number): void;
}

const port = parentPort;
if (port === null) throw new Error("lockfree_worker runs as a worker thread");
const { module, memory, gate } = workerData as LockfreeWorkerData;
const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as LockfreeExports;

port.on("message", (task: LockfreeTask) => {
  rendezvous(gate, task.parties);
  const startNs = nowNs();
  exports.mapRange(task.root, task.startGfn, task.nPages, task.bump);
  const endNs = nowNs();
  port.postMessage({ startNs, endNs } satisfies TimeSpan);
});
port.postMessage("ready");
