/** What crosses between the main side and the workers. */
import type { PlainBug } from "./core_instance.js";

/** A worker's threadData. */
export interface WorkerInit {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** performance.timeOrigin of the main side. */
  timeOrigin: number;
  cpuId: number;
  /** CPUs of the system. Control worker only: it makes the system. */
  nCpus: number;
}

export type ToVcpuWorker = { type: "run"; vcpu: number };

export type FromVcpuWorker =
  | { type: "ready" }
  /** vcpuRun returned `status`. */
  | { type: "ran"; status: number }
  /** Core unwound: by die() (no bug), or by bug() or a trap. The worker is not used again. */
  | { type: "lost"; bug: PlainBug | null }
  | { type: "pager"; request: number };

/** Calls function `name`: one of control_calls, or an export of core. `owner`: the Vm it works for, or 0. */
export interface ControlCall {
  type: "call";
  id: number;
  name: string;
  args: readonly unknown[];
  owner: number;
}

export type ToControlWorker =
  | ControlCall
  | { type: "pagerDone"; request: number }
  /** Ends the parked calls of `owner`. */
  | { type: "cancel"; owner: number };

export type FromControlWorker =
  /** The system is made, or not. */
  | { type: "ready"; errno: number }
  | { type: "answer"; id: number; value: unknown }
  | { type: "refused"; id: number; errno: number }
  /** Core unwound in call `id`: by die() (no bug), or by bug() or a trap. */
  | { type: "lost"; id: number; bug: PlainBug | null; systemDead: boolean }
  | { type: "pager"; request: number };
