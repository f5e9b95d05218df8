/** A virtual CPU: KVM_RUN and the other vCPU ioctls. */
import { REQ_KICK, RUN_DEAD, Vcpu as VcpuStruct, Vm as VmStruct } from "../abi/index.js";
import type { AccessProgram } from "./access_program.js";
import type { CallArgs, CallName, CallResult } from "./control_client.js";
import type { RunEnd, VcpuWorker } from "./cpu_pool.js";
import { Deferred } from "./deferred.js";
import { DirtyRing } from "./dirty_ring.js";
import { KvmError, WorkerDiedError } from "./errors.js";
import { readExit, type VcpuExit } from "./exits.js";
import type { Host } from "./host.js";
import type { Run, VcpuLife } from "./lives.js";
import { readVcpuStats, type VcpuStats } from "./stats.js";
import { hex, pageRange, type U64, u64 } from "./values.js";

/** Options of Vcpu.run. */
export interface RunOptions {
  /** Aborting it ends the run with `interrupted`, at the latest at the guest's next access. */
  signal?: AbortSignal;
}

const UNSTARTED: RunEnd = { type: "unstarted" };

/** A virtual CPU; Vm.createVcpu makes it. It lives as long as its VM. */
export class Vcpu {
  /** The id it was created with. */
  readonly id: number;
  /** What it has written, if KVM_CAP_DIRTY_LOG_RING was enabled before it was made. */
  readonly dirtyRing: DirtyRing | undefined;
  readonly #host: Host;
  readonly #life: VcpuLife;

  /** @internal */
  constructor(host: Host, life: VcpuLife, id: number) {
    this.#host = host;
    this.#life = life;
    this.id = id;
    const entries = host.memory.get(life.vm.address, VmStruct.ringEntries);
    this.dirtyRing = entries === 0 ? undefined : new DirtyRing(host, life, entries);
  }

  /**
   * Runs the guest until something concerns the caller, on a worker thread of its own; the promise tells what. More runs
   * at a time than System.open's `cpus` take turns. (KVM API: KVM_RUN)
   *
   * Rejects with KvmError EBUSY: a run of this vCPU is under way; EINVAL: no program is loaded; EBADF: the VM is
   * destroyed; ECANCELED: the System was closed meanwhile; WorkerDiedError.
   */
  async run({ signal }: RunOptions = {}): Promise<VcpuExit> {
    this.#checkAtRest("run()");
    if (!this.#life.hasProgram) {
      throw new KvmError("EINVAL", `vCPU ${this.id} has no program to run; call loadProgram() first.`);
    }
    if (signal?.aborted) return { reason: "interrupted" };
    const run: Run = { outcome: new Deferred(), queue: new AbortController(), worker: undefined, over: new Deferred() };
    this.#life.run = run;
    this.#giveAnswer();
    void this.#occupyWorker(run);
    return this.#outcome(run, signal);
  }

  /**
   * Ends the run under way with `interrupted`, or else the next one as soon as it starts. (KVM API: The kvm_run
   * structure, immediate_exit)
   */
  kick(): void {
    this.#host.checkVm(this.#life.vm);
    this.#host.kick(this.#life);
  }

  /**
   * Gives the vCPU a program and resets it to its first operation, in the normal role; an access or exit that was pending
   * is forgotten. `seed` decides random and shuffled orders. Counters stay.
   *
   * Rejects with KvmError EBUSY: a run is under way; ENOMEM: there is no room for the program; EBADF.
   */
  async loadProgram(program: AccessProgram, { seed = 0 }: { seed?: U64 } = {}): Promise<void> {
    const ops = program.encode();
    const explain = (): string => `There is no memory left for a program of ${program.length} operations.`;
    await this.#callAtRest("loadProgram()", explain, "loadProgram", this.#life.address, ops, u64(seed, "seed"));
    this.#life.hasProgram = program.length > 0;
    this.#life.answer = undefined;
  }

  /**
   * Maps the pages of [gpa, gpa + size) into this vCPU's tables, as reads of them would, without running the guest.
   * Resolves with the bytes still to do: 0, or more if it was refused in the middle. (KVM API: KVM_PRE_FAULT_MEMORY)
   *
   * @param range.gpa guest-physical, bytes; both are multiples of 4096
   * Rejects with KvmError ENOENT: `gpa` has no slot; EFAULT: the host has nothing there; EBUSY: a run is under way;
   * EAGAIN: the slot is being changed; EINVAL; ENOMEM; EBADF.
   */
  async preFault(range: { gpa: U64; size: U64 }): Promise<bigint> {
    const { start, length } = pageRange(range.gpa, range.size, "gpa", "size");
    const explain = ({ code }: KvmError): string => explainPreFault(code, start);
    return this.#callAtRest("preFault()", explain, "preFault", this.#life.address, start, length);
  }

  /**
   * Has the vCPU go on while a pager works: accesses of operations marked `async` (AccessOptions) whose page is not there
   * yet are deferred, up to 64, and done when it has come. False: it waits for each page, as at first.
   * (KVM: MSR_KVM_ASYNC_PF_EN)
   *
   * Rejects with KvmError EBUSY: a run is under way; ENOMEM; EBADF.
   */
  async enableAsyncPageFaults(enable = true): Promise<void> {
    const explain = (): string => "There is no memory left to keep track of pages on their way.";
    const flag = enable ? 1 : 0;
    await this.#callAtRest("enableAsyncPageFaults()", explain, "vcpuEnableAsyncPf", this.#life.address, flag);
  }

  /** The counters. Cheap, and good while the vCPU runs. (KVM API: KVM_GET_STATS_FD) */
  async stats(): Promise<VcpuStats> {
    this.#host.checkVm(this.#life.vm);
    return readVcpuStats(this.#host.memory, this.#life.address);
  }

  /** Sets the iteration stamp, 0 to 2^64 - 1, that the program's values and awaitStamp use; also while it runs. */
  setStamp(stamp: U64): void {
    this.#host.checkVm(this.#life.vm);
    this.#host.memory.store64(this.#life.address, VcpuStruct.progStamp, u64(stamp, "stamp"));
  }

  /** @internal Where it lies in core's memory, for tests and the lab. */
  get address(): number {
    return this.#life.address;
  }

  #checkAtRest(what: string): void {
    this.#host.checkVm(this.#life.vm);
    if (this.#life.run !== undefined || this.#life.isHeld) {
      throw new KvmError(
        "EBUSY",
        `${what} needs vCPU ${this.id} at rest, but it is running; await that run() first, or kick() it.`,
      );
    }
  }

  /** Has the control worker do what the vCPU must not run during. */
  async #callAtRest<N extends CallName>(
    what: string,
    explain: (error: KvmError) => string,
    name: N,
    ...args: CallArgs<N>
  ): Promise<CallResult<N>> {
    this.#checkAtRest(what);
    this.#life.isHeld = true;
    try {
      return await this.#host.call(this.#life.vm, explain, name, ...args);
    } finally {
      this.#life.isHeld = false;
    }
  }

  async #outcome(run: Run, signal: AbortSignal | undefined): Promise<VcpuExit> {
    const abort = (): void => {
      run.queue.abort();
      this.#host.kick(this.#life);
    };
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const end = await run.outcome.promise;
      return this.#read(end);
    } finally {
      signal?.removeEventListener("abort", abort);
      // The kick may have come too late for this run: it must not end the next.
      if (signal?.aborted) this.#host.memory.and32(this.#life.address, VcpuStruct.requests, ~REQ_KICK);
    }
  }

  #read(end: RunEnd): VcpuExit {
    if (end.type === "unstarted") return { reason: "interrupted" };
    if (end.type === "lost") throw this.#life.vm.death ?? new WorkerDiedError("vm", end.cause);
    if (end.status === RUN_DEAD) throw this.#life.vm.death ?? new WorkerDiedError("vm");
    if (end.status < 0) throw new Error(`vcpuRun answered ${end.status}`);
    const exit = readExit(this.#host.memory, this.#life.address);
    if (exit.reason === "mmio" || exit.reason === "io") this.#life.answer = exit.data;
    return exit;
  }

  /** Hands core what the caller has put into the last exit's data. */
  #giveAnswer(): void {
    if (this.#life.answer === undefined) return;
    const { memory } = this.#host;
    memory.bytesAt(this.#life.address + VcpuStruct.mmioData.offset, this.#life.answer.length).set(this.#life.answer);
    this.#life.answer = undefined;
  }

  /** Finds a worker, has it run, and gives it back, whatever becomes of the caller's wait. */
  async #occupyWorker(run: Run): Promise<void> {
    const { vm, address } = this.#life;
    let worker: VcpuWorker | undefined;
    try {
      worker = await this.#host.pool.acquire(this.#life.lastWorker, run.queue.signal);
      run.worker = worker;
      this.#life.lastWorker = worker;
      // Much may have happened in the queue.
      const end = vm.end === undefined && !this.#host.isOver ? await worker.run(address) : UNSTARTED;
      if (end.type === "lost") this.#host.workerLost(worker.cpuId, vm, end.cause);
      run.outcome.resolve(end);
    } catch (error) {
      // Out of the queue, or no worker could be started.
      if (run.queue.signal.aborted) run.outcome.resolve(UNSTARTED);
      else run.outcome.reject(error);
    } finally {
      this.#life.run = undefined;
      if (worker !== undefined) this.#host.pool.release(worker);
      run.over.resolve();
    }
  }
}

function explainPreFault(code: KvmError["code"], gpa: bigint): string {
  switch (code) {
    case "ENOENT":
      return `No memory slot covers guest-physical address ${hex(gpa)}; set one with setUserMemoryRegion().`;
    case "EAGAIN":
      return `The memory slot at ${hex(gpa)} is being moved or deleted; try again.`;
    case "EFAULT":
      return `The memory behind guest-physical address ${hex(gpa)} is not mapped in the host address space; mmap() it.`;
    case "ENOMEM":
      return "There is no memory left for page tables or pages; open the System with more.";
    default:
      return `Pre-faulting from ${hex(gpa)} was refused.`;
  }
}
