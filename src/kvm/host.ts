/**
 * The main side of a System: its memory, its workers, and what happens when one of them is lost. Takes no lock of core
 * and never blocks: shared words are written with Atomics, everything else is asked of the control worker.
 */
import {
  CoreMemory,
  CPU_BASE,
  Cpu,
  LOCK_WAITERS,
  Mm,
  REQ_DEAD,
  REQ_KICK,
  RwLock,
  SYSTEM_BASE,
  System,
  Vcpu,
  Vm,
  type Wide,
} from "../abi/index.js";
import { type CallArgs, type CallName, type CallOwner, type CallResult, ControlClient } from "./control_client.js";
import { CpuPool } from "./cpu_pool.js";
import { KvmError, WorkerDiedError } from "./errors.js";
import { SpaceLife, type VcpuLife, VmLife } from "./lives.js";
import type { WorkerInit } from "./messages.js";
import { PagerService } from "./pager_service.js";

/** System-wide locks: whoever dies with one takes every VM along. */
const SYSTEM_LOCKS: readonly Wide[] = [System.vmLock, System.epochLock, System.slabLock, System.buddyLock];

export class Host implements CallOwner {
  readonly address = 0;
  readonly memory: CoreMemory;
  readonly nCpus: number;
  readonly pool: CpuPool;
  readonly pagers: PagerService;
  readonly spaces = new Set<SpaceLife>();
  readonly vms = new Set<VmLife>();
  #control!: ControlClient;
  #end: KvmError | undefined;
  #closed: Promise<void> | undefined;

  private constructor(init: Omit<WorkerInit, "cpuId">, cpus: number) {
    this.memory = new CoreMemory(init.memory);
    this.nCpus = init.nCpus;
    this.pagers = new PagerService(this.memory, {
      answered: (request) => this.#control.pagerDone(request),
      release: (request) => void this.#releaseRequest(request),
      stored: (mm) => void this.#endPageOuts(mm),
    });
    this.pool = new CpuPool(init, this.memory, cpus, { pager: (request) => void this.pagers.serve(request) });
  }

  /** Makes a system of `cpus` vCPU workers over `memory`. */
  static async open(module: WebAssembly.Module, memory: WebAssembly.Memory, cpus: number): Promise<Host> {
    const init = { module, memory, timeOrigin: performance.timeOrigin, nCpus: 1 + 2 * cpus };
    const host = new Host(init, cpus);
    host.#control = await ControlClient.start(
      { ...init, cpuId: 0 },
      {
        pager: (request) => void host.pagers.serve(request),
        lost: (owner, cause, systemDead) => host.#callLost(owner, cause, systemDead),
        end: (error) => host.declareSystemDead(error),
      },
    );
    return host;
  }

  /** Throws if the System is closed or dead. */
  check(): void {
    if (this.#end !== undefined) throw this.#end;
  }

  /** Closed or dead: what it had is gone with it, there is nothing to give back. */
  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** The VMs that can be used. */
  livingVms(): VmLife[] {
    return this.isOver ? [] : [...this.vms].filter((vm) => vm.end === undefined && vm.death === undefined);
  }

  /** Throws if the VM cannot be used. */
  checkVm(vm: VmLife): void {
    this.check();
    if (vm.death !== undefined) throw vm.death;
    if (vm.end !== undefined) throw vm.end;
  }

  /** Throws if the address space cannot be used. */
  checkSpace(space: SpaceLife): void {
    this.check();
    if (space.end !== undefined) throw space.end;
  }

  /** Calls core in the control worker. Rejects with a KvmError; `explain` makes its message of the errno. */
  async call<N extends CallName>(
    owner: CallOwner,
    explain: (error: KvmError) => string,
    name: N,
    ...args: CallArgs<N>
  ): Promise<CallResult<N>> {
    // Whoever makes several calls in a row finds out here what happened between two of them.
    this.check();
    if (owner instanceof VmLife && owner.death !== undefined) throw owner.death;
    if (owner instanceof SpaceLife && owner.end instanceof WorkerDiedError) throw owner.end;
    try {
      return await this.#control.call(owner, name, ...args);
    } catch (error) {
      if (!(error instanceof KvmError) || error instanceof WorkerDiedError || error.message !== "refused") throw error;
      throw new KvmError(error.code, explain(error));
    }
  }

  /** Ends calls of `vm` that wait for a pager; takes effect before any later call. */
  cancelCalls(vm: VmLife): void {
    this.#control.cancel(vm);
  }

  /** Makes the run under way, or else the next one, end with `interrupted`. */
  kick(vcpu: VcpuLife): void {
    this.memory.or32(vcpu.address, Vcpu.requests, REQ_KICK);
    vcpu.run?.worker?.wake();
  }

  /** The worker `cpuId` was lost while it ran a vCPU of `vm`. */
  workerLost(cpuId: number, vm: VmLife, cause: unknown): void {
    const isSystem =
      this.memory.load32(SYSTEM_BASE, System.dead) !== 0 || SYSTEM_LOCKS.some((lock) => this.#owner(lock) === cpuId);
    if (isSystem) this.declareSystemDead(cause);
    else this.declareVmDead(vm, new WorkerDiedError("vm", cause));
    // Free frames that it had set aside for itself.
    if (!isSystem) void this.#control.call(this, "cpuFramesReclaim", cpuId).catch(() => undefined);
  }

  /** Nothing of `vm` goes on: all its runs and calls end with `death`, now. */
  declareVmDead(vm: VmLife, death: WorkerDiedError): void {
    if (vm.death !== undefined) return;
    vm.death = death;
    this.memory.store32(vm.address, Vm.dead, 1);
    for (const vcpu of vm.vcpus) {
      this.memory.or32(vcpu.address, Vcpu.requests, REQ_DEAD);
      vcpu.run?.outcome.reject(death);
      vcpu.run?.queue.abort(death);
    }
    if (vm.ownsSpace) vm.space.end ??= death;
    this.#control.rejectCalls((owner) => owner === vm || (vm.ownsSpace && owner === vm.space), death);
    this.#wakeAll();
  }

  declareSystemDead(cause: unknown): void {
    if (this.#end !== undefined) return;
    const death = new WorkerDiedError("system", cause);
    this.#end = death;
    this.memory.store32(SYSTEM_BASE, System.dead, 1);
    for (const vm of this.vms) this.declareVmDead(vm, death);
    this.#control.rejectCalls(() => true, death);
    void this.pagers.abortAll();
    this.#wakeAll();
  }

  /** Ends everything; runs and calls under way reject. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const cancelled = new KvmError("ECANCELED", "The System was closed while this was under way.");
    this.#end ??= new KvmError("EBADF", "This System is closed; open a new one with System.open().");
    for (const vm of this.vms) {
      for (const { run } of vm.vcpus) {
        run?.outcome.reject(cancelled);
        run?.queue.abort(cancelled);
      }
    }
    this.#control.rejectCalls(() => true, cancelled);
    await Promise.all([this.pagers.abortAll(), this.pool.terminate(cancelled), this.#control.terminate()]);
  }

  #wakeAll(): void {
    this.memory.add32(CPU_BASE, Cpu.wake, 1);
    this.memory.notify(CPU_BASE, Cpu.wake);
    this.pool.wakeAll();
  }

  /** CPU that holds a spinlock, or -1. */
  #owner(lock: Wide): number {
    const word = Number(this.memory.load64(SYSTEM_BASE, lock) & 0xffff_ffffn);
    return (word & ~LOCK_WAITERS) - 1;
  }

  /** Core was cut short in a call for `owner`. */
  #callLost(owner: CallOwner, cause: Error | undefined, systemDead: boolean): void {
    if (systemDead || owner === this || this.memory.load32(SYSTEM_BASE, System.dead) !== 0) {
      this.declareSystemDead(cause);
      return;
    }
    if (owner instanceof VmLife) this.declareVmDead(owner, new WorkerDiedError("vm", cause));
    if (owner instanceof SpaceLife) this.#spaceLost(owner, cause);
    // The control worker goes on: whatever it still holds of an address space is held for ever.
    for (const space of this.spaces) if (this.#isHeldByControl(space)) this.#spaceLost(space, cause);
  }

  #isHeldByControl(space: SpaceLife): boolean {
    const writer = this.memory.load32(space.mm + Mm.mmapLock.offset, RwLock.writer);
    const pager = Number(this.memory.load64(space.mm, Mm.pagerLock) & 0xffff_ffffn);
    return writer === 1 || (pager & ~LOCK_WAITERS) === 1;
  }

  #spaceLost(space: SpaceLife, cause: unknown): void {
    const death = new WorkerDiedError("vm", cause);
    space.end ??= death;
    this.#control.rejectCalls((owner) => owner === space, death);
    for (const vm of space.vms) this.declareVmDead(vm, death);
  }

  async #releaseRequest(request: number): Promise<void> {
    if (this.#end !== undefined) return;
    await this.#control.call(this, "pagerRelease", request).catch(() => undefined);
  }

  /** Has the frames of pages that are stored freed: once for all that are stored until it happens. */
  async #endPageOuts(mm: number): Promise<void> {
    const space = [...this.spaces].find((one) => one.mm === mm);
    // It takes locks of the address space, which may be held for ever.
    if (space === undefined) return;
    space.hasStored = true;
    if (space.isEndingPageOuts) return;
    space.isEndingPageOuts = true;
    while (space.hasStored && space.end === undefined && this.#end === undefined) {
      space.hasStored = false;
      await this.#control.call(space, "mmEndPageOuts", mm).catch(() => undefined);
    }
    space.isEndingPageOuts = false;
  }
}
