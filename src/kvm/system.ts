/** The whole: one memory, its workers, and the VMs in it. What /dev/kvm and the host's memory are to the kernel's KVM. */
import { FRAME_CACHED, FRAME_FREE } from "../abi/index.js";
import { AddressSpace, SharedMemory } from "./address_space.js";
import { checkExtension, type Extension } from "./capabilities.js";
import { type CpuidEntry, decodeCpuid, withoutFeatures } from "./cpuid.js";
import { KvmError } from "./errors.js";
import { Host } from "./host.js";
import { LiveParameters, type LiveParameterValues } from "./live_parameters.js";
import {
  checkNames,
  PARAMETER_NAMES,
  type SystemParameters,
  systemParameters,
  type VmParameters,
  vmParameters,
} from "./params.js";
import { readCore } from "./platform.js";
import { Tracing } from "./tracing.js";
import { hex, integer, pageAligned, type U64 } from "./values.js";
import { Vm } from "./vm.js";

export interface SystemOptions extends VmParameters, SystemParameters {
  /** Host memory, bytes: a multiple of 64 KiB from 8 MiB to 4 GiB. All guests' resident pages and all tables are in it. Default 256 MiB. */
  memory?: number;
  /** vCPUs that run at the same time, 1 to 500: each is a worker thread, started when it is first needed. Default 8. */
  cpus?: number;
  /** Which build of core: `release` (default), or `debug`, with assertions, several times slower. */
  build?: "release" | "debug";
}

export interface VmOptions extends VmParameters {
  /** The host addresses that its slots map. Default: a new one, destroyed with the VM. */
  addressSpace?: AddressSpace;
  /** Five-level tables. Default false: four. */
  la57?: boolean;
  /** Opts out of the NX-huge-pages mitigation. (KVM API: KVM_CAP_VM_DISABLE_NX_HUGE_PAGES) Default false. */
  disableNxHugePages?: boolean;
}

export interface SupportedCpuidOptions {
  /** Features to leave out, by their names in /proc/cpuinfo; those that exist: docs/cpuid.md. Default none. */
  without?: readonly string[];
  /** Of the vCPU that it is for: its id. It is in leaves 1 and BH. Default 0. */
  apicId?: number;
}

/** What the host's memory is used for. */
export interface SystemStats {
  /** Bytes that can be allocated at all, and that are free now. */
  memory: number;
  free: number;
  /** Small kernel objects in use, and objects that wait for a grace period. */
  objects: number;
  deferred: number;
}

/** KVM_GET_API_VERSION. */
export const KVM_API_VERSION = 12;

const WASM_PAGE_BYTES = 65536;
const MIN_MEMORY = 8 * 2 ** 20;
const MAX_MEMORY = 2 ** 32;
const MAX_CPUS = 500;
const FRAME_BYTES = 4096;

const OPEN_OPTIONS = [...PARAMETER_NAMES.vm, ...PARAMETER_NAMES.system, "memory", "cpus", "build"];
const VM_OPTIONS = [...PARAMETER_NAMES.vm, "addressSpace", "la57", "disableNxHugePages"];

const modules = new Map<string, Promise<WebAssembly.Module>>();

/**
 * A system of host memory and worker threads, in which VMs are made. Dispose of it with close(), or `await using`.
 *
 *     await using system = await System.open({ memory: 256 * 2 ** 20, cpus: 2 });
 *     const vm = await system.createVm();
 *
 * All methods reject with KvmError EBADF once it is closed, and WorkerDiedError once it has lost a worker that every
 * VM depended on.
 */
export class System implements AsyncDisposable {
  readonly #host: Host;
  readonly #defaults: VmParameters;
  readonly #live: LiveParameters;
  /** Tracepoints of all VMs. */
  readonly tracing: Tracing;

  private constructor(host: Host, defaults: VmParameters) {
    this.#host = host;
    this.#live = new LiveParameters(host);
    this.tracing = new Tracing(host);
    this.#defaults = defaults;
  }

  /**
   * Reserves the memory and starts the control worker.
   *
   * Rejects with KvmError EINVAL: a parameter out of range; ENOMEM: the memory cannot be had; EOPNOTSUPP: a parameter asks
   * for the legacy MMU.
   */
  static async open(options: SystemOptions = {}): Promise<System> {
    checkNames(options, OPEN_OPTIONS, "option of System.open");
    const { memory = 256 * 2 ** 20, cpus = 8, build = "release", ...parameters } = options;
    const { vm, live } = split(parameters);
    vmParameters(vm);
    const checked = systemParameters(live);
    checkMemory(memory);
    integer(cpus, "cpus", 1, MAX_CPUS);
    const host = await Host.open(await coreModule(build), reserve(memory), cpus);
    const system = new System(host, vm);
    try {
      await system.#live.set(checked);
    } catch (error) {
      await system.close();
      throw error;
    }
    return system;
  }

  /**
   * A virtual machine, without memory slots or vCPUs. Parameters not given are those of System.open. (KVM API:
   * KVM_CREATE_VM)
   *
   * Rejects with EINVAL, EOPNOTSUPP: a bad parameter; ENOMEM.
   */
  async createVm(options: VmOptions = {}): Promise<Vm> {
    this.#host.check();
    checkNames(options, VM_OPTIONS, "option of createVm");
    const { addressSpace, ...params } = options;
    const packed = vmParameters({ ...this.#defaults, ...params }, options);
    return Vm.create(this.#host, addressSpace, packed);
  }

  /** An empty address space, for VMs that share one or for memory prepared before. Rejects with ENOMEM. */
  async createAddressSpace(): Promise<AddressSpace> {
    this.#host.check();
    return AddressSpace.create(this.#host);
  }

  /** Memory of `length` bytes, a multiple of 4096, that several mappings can share. Rejects with EINVAL, ENOMEM. */
  async createSharedMemory(length: U64): Promise<SharedMemory> {
    this.#host.check();
    const bytes = pageAligned(length, "length");
    const object = await this.#host.call(this.#host, () => "refused", "mmObjectCreate", bytes);
    if (object === 0)
      throw new KvmError("ENOMEM", `There is no memory for a shared object of ${hex(bytes)} bytes (or that is 0).`);
    return new SharedMemory(this.#host, object >>> 0, bytes);
  }

  /**
   * What CPUID answers unless a vCPU is told otherwise, for Vcpu.setCpuid. (KVM API: KVM_GET_SUPPORTED_CPUID)
   *
   * Rejects with EINVAL: an unknown feature; ENOMEM.
   */
  async supportedCpuid({ without = [], apicId = 0 }: SupportedCpuidOptions = {}): Promise<CpuidEntry[]> {
    this.#host.check();
    integer(apicId, "apicId", 0, 0xffff_ffff);
    const explain = (): string => "There is no memory left.";
    const entries = decodeCpuid(await this.#host.call(this.#host, explain, "supportedCpuid", apicId));
    return withoutFeatures(entries, without);
  }

  /** The model-specific registers that have state: what a snapshot reads and writes. (KVM API: KVM_GET_MSR_INDEX_LIST) */
  async msrIndexList(): Promise<number[]> {
    this.#host.check();
    const bytes = await this.#host.call(this.#host, () => "refused", "msrIndices");
    return [...new Uint32Array(bytes.slice().buffer)];
  }

  /** What this hypervisor can do: 0 = no or unknown, 1 or a number = yes. (KVM API: KVM_CHECK_EXTENSION) */
  checkExtension(name: Extension | (string & {})): number {
    return checkExtension(name);
  }

  /**
   * Changes live parameters; those not given stay. A change of nx_huge_pages zaps all VMs: when it resolves, no vCPU uses
   * a translation of before. Calls take effect in their order. (The kernel: /sys/module/kvm/parameters)
   *
   * Rejects with EINVAL: an unknown name or value, and nothing changes; EBUSY: `never` while there are VMs; EPERM: it is
   * `never`.
   */
  async setParameters(parameters: SystemParameters): Promise<void> {
    this.#host.check();
    await this.#live.set(systemParameters(parameters));
  }

  /** The live parameters' present values; `auto` and booleans read as what they stand for. */
  get parameters(): LiveParameterValues {
    this.#host.check();
    return this.#live.get();
  }

  /** What the memory is used for. Waits until what was given up before is free. */
  async stats(): Promise<SystemStats> {
    this.#host.check();
    await this.#ask("epochBarrier");
    const frames = async (kind: number): Promise<number> => FRAME_BYTES * (await this.#ask("frameKindCount", kind));
    return {
      memory: FRAME_BYTES * (await this.#ask("frameArenaCount")),
      free: (await frames(FRAME_FREE)) + (await frames(FRAME_CACHED)),
      objects: await this.#ask("slabObjectCount"),
      deferred: await this.#ask("epochPendingCount"),
    };
  }

  /** Ends all VMs and workers; runs and calls under way reject with ECANCELED. The memory goes. Idempotent. */
  close(): Promise<void> {
    this.#live.stop();
    return this.#host.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal For tests and the lab. */
  get host(): Host {
    return this.#host;
  }

  #ask(
    name: "frameKindCount" | "frameArenaCount" | "slabObjectCount" | "epochPendingCount" | "epochBarrier",
    ...args: number[]
  ): Promise<number> {
    return this.#host.call(this.#host, () => "refused", name, ...(args as [number])) as Promise<number>;
  }
}

/** The parameters of System.open: the VMs' defaults, and the live ones. */
function split(parameters: VmParameters & SystemParameters): { vm: VmParameters; live: SystemParameters } {
  const isLive = (name: string): boolean => (PARAMETER_NAMES.system as readonly string[]).includes(name);
  const entries = Object.entries(parameters);
  return {
    vm: Object.fromEntries(entries.filter(([name]) => !isLive(name))),
    live: Object.fromEntries(entries.filter(([name]) => isLive(name))),
  };
}

function checkMemory(memory: number): void {
  if (memory > MAX_MEMORY) {
    const text = `memory is ${hex(memory)} bytes; a WebAssembly memory has at most 4 GiB. Guests may have more than the System: AddressSpace.useSwap.`;
    throw new KvmError("EINVAL", text);
  }
  integer(memory, "memory", MIN_MEMORY, MAX_MEMORY);
  if (memory % WASM_PAGE_BYTES !== 0)
    throw new KvmError("EINVAL", `memory is ${hex(memory)} bytes; it must be a multiple of 64 KiB.`);
}

function reserve(bytes: number): WebAssembly.Memory {
  const pages = bytes / WASM_PAGE_BYTES;
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    throw new KvmError(
      "ENOMEM",
      `The process cannot reserve ${hex(bytes)} bytes of memory; open the System with less.`,
      { cause },
    );
  }
}

/** Also takes the builds that tests add; those are not in the type. */
function coreModule(build: string): Promise<WebAssembly.Module> {
  const known = modules.get(build);
  if (known !== undefined) return known;
  const compiled = compileCore(build);
  modules.set(build, compiled);
  compiled.catch(() => modules.delete(build));
  return compiled;
}

async function compileCore(build: string): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(await readCore(build));
  } catch (cause) {
    const text = `build is ${build}; there are "release" and "debug", made by npm run build.`;
    throw new KvmError("EINVAL", text, { cause });
  }
}
