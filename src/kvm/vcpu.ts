/** A virtual CPU: KVM_RUN and the other vCPU ioctls. */
import {
  REQ_KICK,
  RUN_DEAD,
  STATE_DEBUGREGS,
  STATE_EVENTS,
  STATE_FPU,
  STATE_MP_STATE,
  STATE_REGS,
  STATE_SREGS,
  STATE_XCRS,
  Vcpu as VcpuStruct,
  Vm as VmStruct,
  X86,
  XSAVE_PKRU,
  XSAVE_PKRU_BYTES,
} from "../abi/index.js";
import type { AccessProgram } from "./access_program.js";
import type { CallArgs, CallName, CallResult } from "./control_client.js";
import type { RunEnd, VcpuWorker } from "./cpu_pool.js";
import { type CpuidEntry, decodeCpuid, encodeCpuid } from "./cpuid.js";
import { Deferred } from "./deferred.js";
import { DirtyRing } from "./dirty_ring.js";
import { KvmError, WorkerDiedError } from "./errors.js";
import { exitData, readExit, type VcpuExit } from "./exits.js";
import type { Host } from "./host.js";
import type { Run, VcpuLife } from "./lives.js";
import { decodeMsrs, encodeMsrs, type MsrEntry } from "./msrs.js";
import { RegisterImage } from "./register_image.js";
import type { DebugRegisters, FpuRegisters, MpState, Registers, SpecialRegisters, VcpuEvents } from "./registers.js";
import { readVcpuStats, type VcpuStats } from "./stats.js";
import { hex, integer, pageRange, type U64, u64 } from "./values.js";

/** Options of Vcpu.run. */
export interface RunOptions {
  /** Aborting it ends the run with `interrupted`, at the latest at the guest's next access. */
  signal?: AbortSignal;
  /**
   * Ends the run with `irqWindowOpen` before the first instruction at which an external interrupt would be taken, and
   * none waits. (KVM API: The kvm_run structure, request_interrupt_window) Default false.
   */
  requestInterruptWindow?: boolean;
  /** Ends the run with `instructionLimit` after exactly so many instructions have retired: 1 or more. Not for access programs. */
  instructions?: U64;
}

/** What core/cpu/fpu/xsave.ts writes. */
const XSAVE_AREA_BYTES = XSAVE_PKRU + XSAVE_PKRU_BYTES;
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
   * The guest is machine code, from the state that setRegs() and setSregs() made, or an access program, if one is loaded.
   *
   * Rejects with KvmError EBUSY: a run of this vCPU is under way; EINVAL: a limit for an access program; EBADF: the VM is destroyed; ECANCELED: the System was closed meanwhile; WorkerDiedError.
   */
  async run({ signal, requestInterruptWindow = false, instructions }: RunOptions = {}): Promise<VcpuExit> {
    this.#checkAtRest("run()");
    this.#setLimits(requestInterruptWindow, instructions);
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

  /** The general-purpose registers. Rejects with EBUSY: a run is under way; EBADF. (KVM API: KVM_GET_REGS) */
  async getRegs(): Promise<Registers> {
    return (await this.#image("getRegs()")).registers;
  }

  /** Sets the general-purpose registers. Rejects with EINVAL: a value that does not fit, virtual-8086 mode; EBUSY; EBADF. (KVM API: KVM_SET_REGS) */
  async setRegs(registers: Registers): Promise<void> {
    await this.#setImage("setRegs()", STATE_REGS, (image) => (image.registers = registers));
  }

  /** Segments, descriptor tables and control registers. Rejects with EBUSY; EBADF. (KVM API: KVM_GET_SREGS2) */
  async getSregs(): Promise<SpecialRegisters> {
    return (await this.#image("getSregs()")).specialRegisters;
  }

  /** Sets them. Rejects with EINVAL: no processor can be in that state; EBUSY; EBADF. (KVM API: KVM_SET_SREGS2) */
  async setSregs(sregs: SpecialRegisters): Promise<void> {
    await this.#setImage("setSregs()", STATE_SREGS, (image) => (image.specialRegisters = sregs));
  }

  /** Rejects with EBUSY; EBADF. (KVM API: KVM_GET_DEBUGREGS) */
  async getDebugRegs(): Promise<DebugRegisters> {
    return (await this.#image("getDebugRegs()")).debugRegisters;
  }

  /** Rejects with EINVAL; EBUSY; EBADF. (KVM API: KVM_SET_DEBUGREGS) */
  async setDebugRegs(registers: DebugRegisters): Promise<void> {
    await this.#setImage("setDebugRegs()", STATE_DEBUGREGS, (image) => (image.debugRegisters = registers));
  }

  /** Exceptions, interrupts, NMIs and SMIs on their way. Rejects with EBUSY; EBADF. (KVM API: KVM_GET_VCPU_EVENTS) */
  async getVcpuEvents(): Promise<VcpuEvents> {
    return (await this.#image("getVcpuEvents()")).events;
  }

  /** Rejects with EINVAL; EBUSY; EBADF. (KVM API: KVM_SET_VCPU_EVENTS) */
  async setVcpuEvents(events: VcpuEvents): Promise<void> {
    await this.#setImage("setVcpuEvents()", STATE_EVENTS, (image) => (image.events = events));
  }

  /** Rejects with EBUSY; EBADF. (KVM API: KVM_GET_MP_STATE) */
  async getMpState(): Promise<MpState> {
    return (await this.#image("getMpState()")).mpState;
  }

  /** Rejects with EINVAL; EBUSY; EBADF. (KVM API: KVM_SET_MP_STATE) */
  async setMpState(state: MpState): Promise<void> {
    await this.#setImage("setMpState()", STATE_MP_STATE, (image) => (image.mpState = state));
  }

  /** x87 and SSE registers. Rejects with EBUSY; EBADF. (KVM API: KVM_GET_FPU) */
  async getFpu(): Promise<FpuRegisters> {
    return (await this.#image("getFpu()")).fpu;
  }

  /** Rejects with EINVAL; EBUSY; EBADF. (KVM API: KVM_SET_FPU) */
  async setFpu(fpu: FpuRegisters): Promise<void> {
    await this.#setImage("setFpu()", STATE_FPU, (image) => (image.fpu = fpu));
  }

  /** XCR0: which state XSAVE manages. Rejects with EBUSY; EBADF. (KVM API: KVM_GET_XCRS) */
  async getXcr0(): Promise<bigint> {
    return (await this.#image("getXcr0()")).xcr0;
  }

  /** Rejects with EINVAL: what the processor does not have; EBUSY; EBADF. (KVM API: KVM_SET_XCRS) */
  async setXcr0(xcr0: U64): Promise<void> {
    await this.#setImage("setXcr0()", STATE_XCRS, (image) => (image.xcr0 = u64(xcr0, "xcr0")));
  }

  /**
   * x87, SSE and PKRU, as XSAVE writes them in standard form: 840 bytes. Rejects with EBUSY; EBADF. (KVM API: KVM_GET_XSAVE)
   */
  async getXsave(): Promise<Uint8Array> {
    return this.#callAtRest("getXsave()", () => "The state could not be read.", "getXsave", this.#life.address);
  }

  /** Loads such an area. Rejects with EINVAL: XRSTOR would refuse it; EBUSY; EBADF. (KVM API: KVM_SET_XSAVE) */
  async setXsave(area: Uint8Array): Promise<void> {
    if (area.length !== XSAVE_AREA_BYTES)
      throw new KvmError("EINVAL", `The area has ${area.length} bytes; it must have ${XSAVE_AREA_BYTES}.`);
    const explain = (): string => "setXsave(): XRSTOR would refuse this area; nothing was changed.";
    await this.#callAtRest("setXsave()", explain, "setXsave", this.#life.address, area);
  }

  /**
   * Model-specific registers, by number, up to the first that does not exist: compare the lengths. At most 256.
   * Rejects with E2BIG; EBUSY; EBADF. (KVM API: KVM_GET_MSRS)
   */
  async getMsrs(indices: readonly number[]): Promise<MsrEntry[]> {
    const entries = encodeMsrs(indices.map((index) => ({ index, data: 0n })));
    const explain = (): string => "The registers could not be read.";
    return decodeMsrs(await this.#callAtRest("getMsrs()", explain, "getMsrs", this.#life.address, entries));
  }

  /**
   * Writes them in this order, up to the first that is refused. Resolves with how many were written. At most 256.
   * Rejects with E2BIG; EINVAL: a number that does not fit; EBUSY; EBADF. (KVM API: KVM_SET_MSRS)
   */
  async setMsrs(entries: readonly { index: number; data: U64 }[]): Promise<number> {
    const explain = (): string => "The registers could not be written.";
    return this.#callAtRest("setMsrs()", explain, "setMsrs", this.#life.address, encodeMsrs(entries));
  }

  /** What CPUID answers: the table that was set, or the default one. Rejects with EBUSY; EBADF. (KVM API: KVM_GET_CPUID2) */
  async getCpuid(): Promise<CpuidEntry[]> {
    const explain = (): string => "The table could not be read.";
    return decodeCpuid(await this.#callAtRest("getCpuid()", explain, "getCpuid", this.#life.address));
  }

  /**
   * Sets what CPUID answers, and with it the features that the processor has: see docs/cpuid.md. Start from
   * System.supportedCpuid(). At most 100 entries. (KVM API: KVM_SET_CPUID2)
   *
   * Rejects with EINVAL: it has run already; E2BIG; ENOMEM; EBUSY; EBADF.
   */
  async setCpuid(entries: readonly CpuidEntry[]): Promise<void> {
    const explain = ({ code }: KvmError): string =>
      code === "EINVAL" ? "A vCPU that has run keeps its CPUID." : "There is no memory left for a CPUID table.";
    await this.#callAtRest("setCpuid()", explain, "setCpuid", this.#life.address, encodeCpuid(entries));
  }

  /**
   * An external interrupt, which the guest takes as soon as RFLAGS.IF lets it: see RunOptions.requestInterruptWindow.
   * Rejects with EEXIST: one waits already; EINVAL: no vector; EBUSY; EBADF. (KVM API: KVM_INTERRUPT)
   *
   * @param vector 0 to 255
   */
  async interrupt(vector: number): Promise<void> {
    integer(vector, "vector", 0, 255);
    const explain = (): string =>
      `vCPU ${this.id} has an interrupt that waits; run until the interrupt window is open.`;
    await this.#callAtRest("interrupt()", explain, "vcpuInterrupt", this.#life.address, vector);
  }

  /** A non-maskable interrupt. Rejects with EBUSY; EBADF. (KVM API: KVM_NMI) */
  async nmi(): Promise<void> {
    await this.#callAtRest("nmi()", () => "refused", "vcpuNmi", this.#life.address);
  }

  /** A system-management interrupt. Rejects with EBUSY; EBADF. (KVM API: KVM_SMI) */
  async smi(): Promise<void> {
    await this.#callAtRest("smi()", () => "refused", "vcpuSmi", this.#life.address);
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

  /** What the processor stops at in the run that begins. */
  #setLimits(requestInterruptWindow: boolean, instructions: U64 | undefined): void {
    const { memory } = this.#host;
    const x86 = memory.get(this.#life.address, VcpuStruct.x86);
    const isProgram = memory.get(this.#life.address, VcpuStruct.progBase) !== 0;
    if (isProgram && (requestInterruptWindow || instructions !== undefined))
      throw new KvmError("EINVAL", "An access program has neither interrupts nor instructions; run it without limits.");
    const limit = instructions === undefined ? undefined : u64(instructions, "instructions");
    if (limit === 0n) throw new KvmError("EINVAL", "instructions is 0; it must be at least 1.");
    memory.set(x86, X86.irqWindow, requestInterruptWindow ? 1 : 0);
    memory.set(x86, X86.retiredLimit, limit === undefined ? 0n : memory.get(x86, X86.retired) + limit);
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

  async #image(what: string): Promise<RegisterImage> {
    const explain = (): string => "The vCPU's state could not be read.";
    return new RegisterImage(await this.#callAtRest(what, explain, "getState", this.#life.address));
  }

  /** Has `change` work on an image, and core take over the parts `parts` (STATE_*). */
  async #setImage(what: string, parts: number, change: (image: RegisterImage) => void): Promise<void> {
    const image = await this.#image(what);
    change(image);
    const explain = (): string => `${what}: no processor can be in that state; nothing was changed.`;
    await this.#callAtRest(what, explain, "setState", this.#life.address, image.bytes, parts);
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
    exitData(this.#host.memory, this.#life.address).set(this.#life.answer);
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
