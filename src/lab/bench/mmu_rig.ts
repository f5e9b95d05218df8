/**
 * What the MMU benchmark runs on: one core over one memory whose pages are resident, two CPUs in threads, and three VMs
 * over one host address space, each with its vCPUs and their access programs:
 *
 *   plain   one slot of memory in 4 KiB host pages, as large as the guest
 *   alias   many slots over the same few host pages: as many guest pages, but their bytes stay in the cache, so that
 *           what is timed is translation and not the guest's own cache misses
 *   huge    slots over 2 MiB host pages, likewise repeated
 *
 * It drives core's exports directly: messages and Promises of src/kvm would be in no figure, but in its noise.
 */

import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import {
  BACKING_ANON,
  CoreMemory,
  FRAME_HOST_TABLE,
  FRAME_KERNEL,
  FRAME_SLAB,
  FRAME_SPT,
  KARRAY_CHUNK_BYTES,
  KVM_EXIT_HLT,
  KVM_EXIT_INTR,
  MM_MAP_HUGETLB,
  PARAM_AD,
  PARAM_EAGER_PAGE_SPLIT,
  PARAM_MMIO_CACHING,
  PARAM_TDP_MMU,
  PROG_OP_BYTES,
  PROT_READ,
  PROT_WRITE,
  ProgOp,
  REQ_KICK,
  TDP_EPT,
  Vcpu,
  VmCpu,
  type Wide,
} from "../../abi/index.js";
import type { MmuAnswer, MmuCall, MmuTask, MmuWorkerData } from "./mmu_worker.js";
import { projectPath } from "./project_paths.js";
import { wallNs } from "./rendezvous.js";
import { TaskWorker } from "./worker_pool.js";

export const PAGE_BYTES = 4096;
const MIB = 1 << 20;
const WASM_PAGES_PER_MIB = 16;
const FRAMES_PER_MIB = 256;
/** Tables, metadata, kernel arrays beside the guest's memory. */
const OVERHEAD_MIB = 128;
const ALIAS_WINDOW_MIB = 4;
const HUGE_WINDOW_MIB = 64;
export const VM_PARAMS = PARAM_TDP_MMU | PARAM_MMIO_CACHING | PARAM_AD | PARAM_EAGER_PAGE_SPLIT;

/** One op of an access program; the fields of core's ProgOp. */
export interface Op {
  readonly op: number;
  readonly flags?: number;
  readonly count: number;
  readonly gpa?: bigint;
  readonly stride?: number;
  readonly span?: number;
  readonly value?: bigint;
}

/** A VM by its address, and the vCPUs made for it. */
export interface RigVm {
  readonly address: number;
  /** Host address of slot 0. */
  readonly hva: bigint;
  /** Guest memory, bytes from gpa 0. */
  readonly bytes: bigint;
}

/** Counters of a vCPU that say whether a run did what it was meant to. */
export interface VcpuCounters {
  readonly faults: number;
  readonly fixed: number;
  readonly accesses: number;
}

/** Memory that is not the guest's, bytes. */
export interface KernelBytes {
  readonly tables: number;
  readonly hostTables: number;
  readonly slab: number;
  readonly kernel: number;
}

/** A kernel array of core's. */
export class RigArray {
  constructor(
    private readonly memory: CoreMemory,
    readonly handle: number,
    private readonly bytes: number,
    private readonly chunks: readonly number[],
  ) {}

  /** How many of its bits are set. */
  countBits(): number {
    let bits = 0;
    for (let at = 0; at < this.bytes; at += 4) {
      const chunk = this.chunks[Math.floor(at / KARRAY_CHUNK_BYTES)] as number;
      bits += popcount(this.memory.view.getUint32(chunk + (at % KARRAY_CHUNK_BYTES), true));
    }
    return bits;
  }
}

/** Set bits of a 32-bit number, by adding up fields of 1, 2 and 4 bits in parallel. */
function popcount(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

export interface RigOptions {
  /** Guest memory of the plain VM, MiB. */
  readonly guestMiB: number;
  /** Numbers of its CPUs; the host has as many as the greatest says, idle but for these. */
  readonly cpuIds: readonly number[];
  /** Memory beyond that of the VMs made here, MiB. */
  readonly spareMiB: number;
  /** Touch every page of the arena first. */
  readonly resident: boolean;
  /** Build the alias and huge VMs too. */
  readonly full: boolean;
}

export class MmuRig implements AsyncDisposable {
  readonly memory: CoreMemory;
  readonly guestMiB: number;
  readonly #workers: readonly TaskWorker[];
  mm = 0;
  plain!: RigVm;
  alias!: RigVm;
  huge!: RigVm;

  private constructor(memory: CoreMemory, guestMiB: number, workers: readonly TaskWorker[]) {
    this.memory = memory;
    this.guestMiB = guestMiB;
    this.#workers = workers;
  }

  static async open(options: RigOptions): Promise<MmuRig> {
    const { guestMiB, spareMiB, cpuIds, resident, full } = options;
    const totalMiB = guestMiB + spareMiB + OVERHEAD_MIB + (full ? ALIAS_WINDOW_MIB + HUGE_WINDOW_MIB : 0);
    const pages = totalMiB * WASM_PAGES_PER_MIB;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    if (resident) touchPages(memory.buffer);
    const module = await WebAssembly.compile(new Uint8Array(readFileSync(projectPath("build", "core.release.wasm"))));
    const gate = new Int32Array(new SharedArrayBuffer(64));
    const timeOrigin = performance.timeOrigin;
    const script = new URL("./mmu_worker.js", import.meta.url);
    const workers: TaskWorker[] = [];
    const system = { frames: totalMiB * FRAMES_PER_MIB, cpus: Math.max(...cpuIds) + 1 };
    for (const cpuId of cpuIds) {
      const data: MmuWorkerData = { module, memory, timeOrigin, cpuId, gate };
      workers.push(await TaskWorker.start(script, cpuId === 0 ? { ...data, system } : data));
    }
    const rig = new MmuRig(new CoreMemory(memory), guestMiB, workers);
    await rig.#build(full);
    return rig;
  }

  /** A VM without slots; its address. */
  vm(params = VM_PARAMS): Promise<number> {
    return this.#address("vmCreate", this.mm, TDP_EPT, params);
  }

  async #build(full: boolean): Promise<void> {
    this.mm = await this.#address("mmCreate");
    this.plain = await this.slottedVm(this.guestMiB, await this.map(this.guestMiB), this.guestMiB);
    if (!full) return;
    this.alias = await this.slottedVm(this.guestMiB, await this.map(ALIAS_WINDOW_MIB), ALIAS_WINDOW_MIB);
    const huge = await this.map(HUGE_WINDOW_MIB, MM_MAP_HUGETLB);
    this.huge = await this.slottedVm(4 * this.guestMiB, huge, HUGE_WINDOW_MIB);
  }

  /** Maps `mib` of anonymous memory; `flags`: MM_MAP_*. Its host address. */
  async map(mib: number, flags = 0): Promise<bigint> {
    const length = BigInt(mib) * BigInt(MIB);
    const args = [this.mm, 0n, length, BACKING_ANON, PROT_READ | PROT_WRITE, flags, 0, 0n];
    const { result } = await this.call(0, "mmMap", ...args);
    if (typeof result !== "bigint" || result <= 0n) throw new Error(`mmMap of ${mib} MiB: ${result}`);
    return result;
  }

  /** A kernel array of `bytes` that core may write to. */
  async kernelArray(bytes: number): Promise<RigArray> {
    const handle = await this.#address("karrayAlloc", BigInt(bytes));
    const chunks: number[] = [];
    for (let at = 0; at < bytes; at += KARRAY_CHUNK_BYTES) {
      const { result } = await this.call(0, "karrayAt", handle, BigInt(at));
      chunks.push(Number(result) >>> 0);
    }
    return new RigArray(this.memory, handle, bytes, chunks);
  }

  /** A VM with `mib` of guest memory from gpa 0, in slots of `windowMib` that all map `hva`; `params`: PARAM_*. */
  async slottedVm(mib: number, hva: bigint, windowMib: number, params = VM_PARAMS): Promise<RigVm> {
    const address = await this.vm(params);
    const window = BigInt(windowMib) * BigInt(MIB);
    for (let slot = 0; slot < mib / windowMib; slot++) {
      await this.demand("memslotSet", address, slot, 0, BigInt(slot) * window, window, hva);
    }
    return { address, hva, bytes: BigInt(mib) * BigInt(MIB) };
  }

  /** Sets the flags of slot 0, which is all of the VM's memory; ns. */
  setFlags(vm: RigVm, flags: number): Promise<number> {
    return this.demand("memslotSet", vm.address, 0, flags, 0n, vm.bytes, vm.hva);
  }

  /** Throws unless the VM maps this many pages of each size. */
  async expectPages(vm: RigVm, small: number, huge: number): Promise<void> {
    const pages4k = await this.call(0, "vmCounter", vm.address, VmCpu.pages4k.offset);
    const pages2m = await this.call(0, "vmCounter", vm.address, VmCpu.pages2m.offset);
    if (Number(pages4k.result) !== small || Number(pages2m.result) !== huge)
      throw new Error(
        `${pages4k.result} pages of 4 KiB and ${pages2m.result} of 2 MiB where ${small} and ${huge} were meant`,
      );
  }

  /** A vCPU of `vm` with a program of its own. */
  async vcpu(vm: RigVm, id: number, ops: readonly Op[]): Promise<number> {
    const vcpu = await this.#address("vcpuCreate", vm.address, id);
    const base = await this.#address("vcpuProgramAlloc", vcpu, ops.length);
    ops.forEach((op, i) => {
      this.#writeOp(base + i * PROG_OP_BYTES, op);
    });
    this.memory.set(vcpu, Vcpu.progState, 0x9e3779b97f4a7c15n);
    return vcpu;
  }

  #writeOp(at: number, op: Op): void {
    this.memory.set(at, ProgOp.op, op.op);
    this.memory.set(at, ProgOp.sizeLog2, 3);
    this.memory.set(at, ProgOp.flags, op.flags ?? 0);
    this.memory.set(at, ProgOp.count, op.count);
    this.memory.set(at, ProgOp.gpa, op.gpa ?? 0n);
    this.memory.set(at, ProgOp.stride, op.stride ?? 0);
    this.memory.set(at, ProgOp.span, op.span ?? 0);
    this.memory.set(at, ProgOp.value, op.value ?? 0n);
  }

  /** Calls one export of core on CPU `cpu`. */
  call(cpu: number, fn: string, ...args: (number | bigint)[]): Promise<MmuAnswer> {
    return this.#task(cpu, { calls: [{ fn, args }], times: 1, parties: 1 });
  }

  #task(cpu: number, task: MmuTask): Promise<MmuAnswer> {
    return this.#worker(cpu).run<MmuAnswer>(task);
  }

  /** Makes `calls` on CPU 0, `times` over; ns in all. */
  async repeat(calls: readonly MmuCall[], times: number): Promise<number> {
    return wallNs([await this.#task(0, { calls, times, parties: 1 })]);
  }

  /** Does `work` while `vcpu` runs on CPU 1: it has begun to fault before, and is told to stop afterwards. */
  async beside<T>(vcpu: number, work: () => Promise<T>): Promise<T> {
    const { faults } = this.counters(vcpu);
    const running = this.call(1, "vcpuRun", vcpu);
    while (this.counters(vcpu).faults === faults) await setImmediate();
    const done = await work().finally(() => {
      this.memory.or32(vcpu, Vcpu.requests, REQ_KICK);
      return running;
    });
    const exit = this.memory.get(vcpu, Vcpu.exitReason);
    if (exit !== KVM_EXIT_INTR) throw new Error(`the vCPU left with exit ${exit} before it was told to`);
    return done;
  }

  /**
   * Makes `calls` on CPU 0, `times` over, beside a running `vcpu`. What the calls took in all, ns, and how many accesses
   * the vCPU made meanwhile.
   */
  storm(vcpu: number, calls: readonly MmuCall[], times: number): Promise<{ ns: number; accesses: number }> {
    return this.beside(vcpu, async () => {
      const before = this.counters(vcpu).accesses;
      const answer = await this.#task(0, { calls, times, parties: 1 });
      return { ns: wallNs([answer]), accesses: this.counters(vcpu).accesses - before };
    });
  }

  #worker(cpu: number): TaskWorker {
    const worker = this.#workers[cpu];
    if (worker === undefined) throw new RangeError(`the rig has no CPU ${cpu}`);
    return worker;
  }

  async #address(fn: string, ...args: (number | bigint)[]): Promise<number> {
    const { result } = await this.call(0, fn, ...args);
    const value = Number(result);
    if (value === 0 || (value < 0 && value > -256)) throw new Error(`${fn} gave ${value}`);
    return value >>> 0;
  }

  /** Calls an export on CPU 0 that must answer 0 or nothing; how long it took, ns. */
  async demand(fn: string, ...args: (number | bigint)[]): Promise<number> {
    const answer = await this.call(0, fn, ...args);
    if (answer.result !== undefined && answer.result !== 0) throw new Error(`${fn} gave ${answer.result}`);
    return wallNs([answer]);
  }

  /** Runs each vCPU to its program's end, the i-th on CPU i, starting together: wall ns from first start to last end. */
  async run(...vcpus: number[]): Promise<number> {
    const parties = vcpus.length;
    const answers = await Promise.all(
      vcpus.map((vcpu, cpu) => this.#task(cpu, { calls: [{ fn: "vcpuRun", args: [vcpu] }], times: 1, parties })),
    );
    vcpus.forEach((vcpu, i) => {
      const exit = this.memory.get(vcpu, Vcpu.exitReason);
      if (answers[i]?.result !== 0 || exit !== KVM_EXIT_HLT) {
        throw new Error(
          `vcpuRun gave ${answers[i]?.result}, exit ${exit}, error ${this.memory.get(vcpu, Vcpu.exitError)}`,
        );
      }
    });
    return wallNs(answers);
  }

  /** Frames that are not the guest's, in bytes by their kind. */
  async kernelBytes(): Promise<KernelBytes> {
    const of = async (kind: number): Promise<number> => {
      const { result } = await this.call(0, "frameKindCount", kind);
      return Number(result) * PAGE_BYTES;
    };
    return {
      tables: await of(FRAME_SPT),
      hostTables: await of(FRAME_HOST_TABLE),
      slab: await of(FRAME_SLAB),
      kernel: await of(FRAME_KERNEL),
    };
  }

  mmioExits(vcpu: number): number {
    return Number(this.memory.get(vcpu, Vcpu.mmioExits));
  }

  counters(vcpu: number): VcpuCounters {
    const read = (field: Wide): number => Number(this.memory.get(vcpu, field));
    return { faults: read(Vcpu.pfTaken), fixed: read(Vcpu.pfFixed), accesses: read(Vcpu.progAccesses) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker[Symbol.asyncDispose]()));
  }
}

/** Writes to every page, so that the operating system has given it memory; the contents stay zero. */
function touchPages(buffer: ArrayBufferLike): void {
  const bytes = new Uint8Array(buffer);
  for (let at = 0; at < bytes.length; at += PAGE_BYTES) bytes[at] = 0;
}
