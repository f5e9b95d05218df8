/**
 * Ends a vCPU that runs for ever in this very thread, which then can tell nobody: another thread watches a heartbeat,
 * and where none comes it declares the VM dead, so that vcpuRun returns RUN_DEAD and the test fails with its sequence.
 */
import { Worker } from "node:worker_threads";
import { REQ_DEAD, Vcpu, Vm } from "../../../src/abi/index.js";

/** Longer than any step takes on the most crowded machine. */
const PATIENCE_MS = 12_000;

/** Words of what the threads share: the heartbeat, the VM's and the vCPU's address. */
const BEAT = 0;
const VM = 1;
const VCPU = 2;

const SOURCE = `
const { workerData } = require("node:worker_threads");
const { shared, memory, patience, dead, requests, request } = workerData;
const words = new Int32Array(memory.buffer);
for (let last = -1; ; last = shared[${BEAT}]) {
  Atomics.wait(shared, ${BEAT}, last, patience);
  if (Atomics.wait(shared, ${BEAT}, shared[${BEAT}], patience) !== "timed-out" || shared[${VM}] === 0) continue;
  Atomics.store(words, (shared[${VM}] + dead) >>> 2, 1);
  Atomics.or(words, (shared[${VCPU}] + requests) >>> 2, request);
}`;

export class Watchdog {
  readonly #shared = new Int32Array(new SharedArrayBuffer(16));

  constructor(memory: WebAssembly.Memory) {
    const offsets = { dead: Vm.dead.offset, requests: Vcpu.requests.offset, request: REQ_DEAD };
    const workerData = { shared: this.#shared, memory, patience: PATIENCE_MS, ...offsets };
    new Worker(SOURCE, { eval: true, workerData }).unref();
  }

  /** From here on `vcpu` of `vm` is watched; 0, 0 = none. */
  watch(vm: number, vcpu: number): void {
    this.#shared[VM] = vm;
    this.#shared[VCPU] = vcpu;
    this.beat();
  }

  /** There is progress. */
  beat(): void {
    Atomics.add(this.#shared, BEAT, 1);
    Atomics.notify(this.#shared, BEAT);
  }
}
