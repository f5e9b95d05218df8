/** Tracepoints of a System: the kernel's events, in a ring for each CPU, read while everything runs. */
import { SYSTEM_BASE, System as SystemStruct } from "../abi/index.js";
import { readTrace, TRACE_EVENT_NAMES, type TraceEvent } from "../abi/trace_decode.js";
import { KvmError } from "./errors.js";
import type { Host } from "./host.js";

export interface TraceOptions {
  /** The kernel's names of the events to record, say `kvm_page_fault`. Default: all. */
  events?: readonly string[];
  /** Records that each CPU's ring holds, 64 bytes each: a power of two from 64 to 32768. The oldest go first. Default 4096. */
  records?: number;
}

/** What was recorded, oldest first, and how many older records no longer were there. */
export interface Trace {
  events: TraceEvent[];
  lost: number;
}

const MIN_ORDER = 6;
const MAX_ORDER = 15;

/** System.tracing. Off until start(); what an event costs while it is off is a load and a branch. */
export class Tracing {
  readonly #host: Host;

  /** @internal */
  constructor(host: Host) {
    this.#host = host;
  }

  /** Names of all events. */
  get eventNames(): readonly string[] {
    return TRACE_EVENT_NAMES;
  }

  /** Begins to record. Rejects with EINVAL: an unknown event, a bad size; EEXIST: it is on; ENOMEM: no memory for the rings. */
  async start({ events = TRACE_EVENT_NAMES, records = 4096 }: TraceOptions = {}): Promise<void> {
    this.#host.check();
    const mask = events.reduce((bits, name) => bits | (1n << BigInt(eventNumber(name))), 0n);
    const order = Math.log2(records);
    if (!Number.isInteger(order) || order < MIN_ORDER || order > MAX_ORDER)
      throw new KvmError("EINVAL", `records is ${records}; it must be a power of two from 64 to 32768.`);
    for (let cpu = 0; cpu < this.#cpus; cpu++) await this.#startCpu(cpu, order);
    await this.#host.call(this.#host, () => "Tracing could not be switched on.", "traceEvents", mask);
  }

  /** What the rings hold now. They may be read while vCPUs run, and any number of times. */
  read(): Trace {
    this.#host.check();
    return readTrace(this.#host.memory, this.#cpus);
  }

  /** Stops recording and gives the rings' memory back. Does nothing if it is off. */
  async stop(): Promise<void> {
    this.#host.check();
    await this.#host.call(this.#host, () => "Tracing could not be switched off.", "traceEvents", 0n);
    for (let cpu = 0; cpu < this.#cpus; cpu++) await this.#stopCpu(cpu);
  }

  get #cpus(): number {
    return this.#host.memory.load32(SYSTEM_BASE, SystemStruct.nCpus);
  }

  /** A ring for one CPU; if there is none to be had, those before it go again. */
  async #startCpu(cpu: number, order: number): Promise<void> {
    const explain = (error: KvmError): string =>
      error.code === "EEXIST" ? "Tracing is on already; stop it first." : "There is no memory for the trace rings.";
    try {
      await this.#host.call(this.#host, explain, "traceEnable", cpu, order);
    } catch (error) {
      for (let other = 0; other < cpu; other++) await this.#stopCpu(other);
      throw error;
    }
  }

  async #stopCpu(cpu: number): Promise<void> {
    try {
      await this.#host.call(this.#host, () => "There is no trace ring.", "traceDisable", cpu);
    } catch (error) {
      if (!(error instanceof KvmError) || error.code !== "ENOENT") throw error;
    }
  }
}

function eventNumber(name: string): number {
  const number = TRACE_EVENT_NAMES.indexOf(name);
  if (number < 0) throw new KvmError("EINVAL", `There is no event ${name}; there are ${TRACE_EVENT_NAMES.join(", ")}.`);
  return number;
}
