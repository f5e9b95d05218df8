/** A virtual machine: the VM ioctls. */
import { ADDRESS_SPACES, MAX_VCPUS, Vcpu as VcpuStruct, Vm as VmStruct, X86 } from "../abi/index.js";
import { AddressSpace } from "./address_space.js";
import { checkExtension, type Extension } from "./capabilities.js";
import type { CallArgs, CallResult } from "./control_client.js";
import { DirtyBitmap } from "./dirty_bitmap.js";
import { type ClearDirtyLogOptions, checkClear, explainDirtyLog, NO_BITMAP, noSlot, slotPages } from "./dirty_log.js";
import { KvmError } from "./errors.js";
import { GuestMemory } from "./guest_memory.js";
import type { Host } from "./host.js";
import { VcpuLife, VmLife } from "./lives.js";
import {
  checkRegion,
  checkSlot,
  explainRegion,
  noteRegion,
  type Region,
  type UserMemoryRegion,
} from "./memory_region.js";
import type { CoreVmParameters } from "./params.js";
import { readVmStats, type VmStats } from "./stats.js";
import { integer } from "./values.js";
import { Vcpu } from "./vcpu.js";
import { type CapabilityArguments, enableCapability, type VmCapability } from "./vm_capabilities.js";

export interface VcpuOptions {
  /** Time every page fault: VcpuStats.fault_latency. Costs two readings of the clock for each. Default false. */
  timing?: boolean;
  /**
   * Every run from the same state is the same, bit for bit: the time-stamp counter counts retired instructions, and RDRAND
   * gives a fixed sequence. Default false.
   */
  deterministic?: boolean;
}

/**
 * A virtual machine; System.createVm makes it. Dispose of it with destroy(), or `await using`.
 *
 * All methods reject with KvmError EBADF once it is destroyed or the System is closed, and with WorkerDiedError once it has
 * lost a worker.
 */
export class Vm implements AsyncDisposable {
  /** Guest memory in the normal address space. */
  readonly memory: GuestMemory;
  /** Guest memory as system-management mode sees it. */
  readonly smmMemory: GuestMemory;
  /** The host addresses that memory slots map. */
  readonly addressSpace: AddressSpace;
  readonly #host: Host;
  readonly #life: VmLife;
  #destroyed: Promise<void> | undefined;

  /** @internal */
  constructor(host: Host, life: VmLife, space: AddressSpace) {
    this.#host = host;
    this.#life = life;
    this.addressSpace = space;
    this.memory = new GuestMemory(host, life, 0);
    this.smmMemory = new GuestMemory(host, life, ADDRESS_SPACES - 1);
  }

  /** @internal */
  static async create(host: Host, given: AddressSpace | undefined, { tdp, params }: CoreVmParameters): Promise<Vm> {
    const space = given ?? (await AddressSpace.create(host));
    host.checkSpace(space.life);
    const explain = (): string => "There is no memory left for a VM; open the System with more.";
    const address = await host.call(host, explain, "vmCreate", space.life.mm, tdp, params);
    const life = new VmLife(address >>> 0, space.life, given === undefined);
    host.vms.add(life);
    space.life.vms.add(life);
    return new Vm(host, life, space);
  }

  /**
   * Creates, moves or deletes a memory slot, or changes its flags. When it resolves, no vCPU uses a translation that the new
   * slots do not allow. (KVM API: KVM_SET_USER_MEMORY_REGION)
   *
   * Rejects with EINVAL: a bad value, or a live slot's size, host address or read-only flag would change; EEXIST: it overlaps
   * another slot of its address space; ENOMEM.
   */
  async setUserMemoryRegion(region: UserMemoryRegion): Promise<void> {
    this.#host.checkVm(this.#life);
    const checked = checkRegion(region);
    await this.#slotCall(() => this.#setRegion(checked));
  }

  /**
   * Which pages of slot `slot` (with its address space: slotId()) were written since they were last clear, by the guest or
   * through GuestMemory; the slot has KVM_MEM_LOG_DIRTY_PAGES. Clears them too, so that the next write is logged again,
   * unless KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 is enabled. vCPUs may run. (KVM API: KVM_GET_DIRTY_LOG)
   *
   * What was written before the call is in the pages and in the log: copy the pages *after* they were cleared.
   *
   * Rejects with ENOENT: there is no such slot, or it is not logged; ENXIO: the VM logs to rings, without a bitmap; EINVAL;
   * ENOMEM.
   */
  async getDirtyLog(slot: number): Promise<DirtyBitmap> {
    checkSlot(slot);
    return this.#slotCall(async () => {
      const log = this.#newBitmap(slot);
      const bytes = await this.#callLog(slot, "getDirtyLog", this.#life.address, slot, log.bytes.length);
      return new DirtyBitmap(slot, log.guestPhysAddr, log.numPages, bytes.buffer as ArrayBuffer);
    });
  }

  /**
   * Takes pages out of the log and protects them, so that the next write to each is logged again; those not in the log stay
   * as they are. For KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2: clear a page shortly before it is copied. (KVM API:
   * KVM_CLEAR_DIRTY_LOG)
   *
   * Rejects with EINVAL: pages that are not the slot's, or not aligned, or a bitmap of another slot; ENOENT, ENXIO, ENOMEM as
   * getDirtyLog.
   */
  async clearDirtyLog(options: ClearDirtyLogOptions): Promise<void> {
    const slot = checkSlot(options.slot);
    await this.#slotCall(async () => {
      const { firstPage, numPages } = checkClear(options, this.#region(slot));
      const bits = options.bitmap.slice(firstPage, numPages);
      await this.#callLog(slot, "clearDirtyLog", this.#life.address, slot, firstPage, numPages, bits);
    });
  }

  /** An empty set of pages of slot `slot`, to collect entries of dirty rings in. Throws ENOENT: there is no such slot. */
  newDirtyBitmap(slot: number): DirtyBitmap {
    this.#host.checkVm(this.#life);
    return this.#newBitmap(checkSlot(slot));
  }

  /**
   * Makes room in all dirty rings for what was harvested, and protects those pages, so that the next write to each is logged
   * again. Resolves with the number of entries. (KVM API: KVM_RESET_DIRTY_RINGS)
   *
   * Rejects with EINVAL: the VM has no rings.
   */
  async resetDirtyRings(): Promise<number> {
    const explain = (): string => "This VM has no dirty rings; enable KVM_CAP_DIRTY_LOG_RING before its vCPUs.";
    return this.#slotCall(() => this.#host.call(this.#life, explain, "dirtyRingsReset", this.#life.address));
  }

  /**
   * Switches on what a VM does not have from the start. (KVM API: KVM_ENABLE_CAP)
   *
   * @param argument what the capability takes, see CapabilityArguments; default 0
   * Rejects with EINVAL: an unknown capability, a bad argument, or it is too late; E2BIG: too large a ring.
   */
  async enableCapability<C extends VmCapability>(name: C, argument?: CapabilityArguments[C]): Promise<void> {
    await this.#slotCall(() => enableCapability(this.#host, this.#life, name, argument ?? 0));
  }

  /**
   * A new virtual CPU. (KVM API: KVM_CREATE_VCPU)
   *
   * @param id 0 to 1023; ids need not be dense
   * Rejects with EEXIST: there is such a vCPU; EINVAL; ENOMEM.
   */
  async createVcpu(id: number, { timing = false, deterministic = false }: VcpuOptions = {}): Promise<Vcpu> {
    this.#host.checkVm(this.#life);
    integer(id, "id", 0, MAX_VCPUS - 1);
    const explain = ({ code }: KvmError): string => explainVcpu(code, id);
    const address = await this.#host.call(this.#life, explain, "vcpuCreate", this.#life.address, id);
    const life = new VcpuLife(address >>> 0, this.#life);
    this.#life.vcpus.push(life);
    if (timing) this.#host.memory.set(life.address, VcpuStruct.timing, 1);
    this.#seed(life.address, deterministic);
    return new Vcpu(this.#host, life, id);
  }

  /** Gives a new vCPU its time and its random numbers. */
  #seed(vcpu: number, deterministic: boolean): void {
    const { memory } = this.#host;
    const x86 = memory.get(vcpu, VcpuStruct.x86);
    const [random] = crypto.getRandomValues(new BigUint64Array(1));
    memory.set(x86, X86.random, deterministic ? 0n : (random as bigint));
    if (!deterministic) return;
    memory.set(x86, X86.deterministic, 1);
    memory.set(x86, X86.tscOffset, 0n);
  }

  /** The counters, summed over the CPUs. Cheap, and good while vCPUs run. (KVM API: KVM_GET_STATS_FD) */
  async stats(): Promise<VmStats> {
    this.#host.checkVm(this.#life);
    return readVmStats(this.#host.memory, this.#life.address, this.#host.nCpus);
  }

  /** What this VM can do: 0 = no, 1 or a number = yes. (KVM API: KVM_CHECK_EXTENSION) */
  checkExtension(name: Extension | (string & {})): number {
    return checkExtension(name);
  }

  /** Removes everything from the vCPUs' page tables; they fault it in again. */
  async zapAll(): Promise<void> {
    this.#host.checkVm(this.#life);
    await this.#host.call(this.#life, () => "The page tables could not be zapped.", "vmZapAll", this.#life.address);
  }

  /**
   * Ends the VM: runs under way end with `interrupted`, then vCPUs, page tables and slots go; so does the address space, if
   * createVm made it. Of a VM that lost a worker only the handle ends. Idempotent.
   */
  destroy(): Promise<void> {
    this.#destroyed ??= this.#destroy();
    return this.#destroyed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#host.isOver) await this.destroy();
  }

  /** @internal Where it lies in core's memory, for tests and the lab. */
  get address(): number {
    return this.#life.address;
  }

  /** Runs `call` when the calls about slots before it are done. */
  #slotCall<T>(call: () => Promise<T>): Promise<T> {
    return this.#life.slotCalls.run(() => {
      this.#host.checkVm(this.#life);
      return call();
    });
  }

  async #setRegion(region: Region): Promise<void> {
    const { slot, flags, gpa, size, hva } = region;
    const explain = (error: KvmError): string => explainRegion(region, this.#life.slots, error);
    await this.#host.call(this.#life, explain, "memslotSet", this.#life.address, slot, flags, gpa, size, hva);
    noteRegion(region, this.#life.slots);
  }

  #region(slot: number): Region {
    const region = this.#life.slots.get(slot);
    if (region === undefined) throw noSlot(slot);
    return region;
  }

  #newBitmap(slot: number): DirtyBitmap {
    const region = this.#region(slot);
    return new DirtyBitmap(slot, region.gpa, slotPages(region));
  }

  #callLog<N extends "getDirtyLog" | "clearDirtyLog">(
    slot: number,
    name: N,
    ...args: CallArgs<N>
  ): Promise<CallResult<N>> {
    if (this.#host.memory.get(this.#life.address, VmStruct.ringEntries) !== 0 && !this.#life.hasRingBitmap)
      throw new KvmError("ENXIO", NO_BITMAP);
    return this.#host.call(this.#life, (error) => explainDirtyLog(slot, error), name, ...args);
  }

  async #destroy(): Promise<void> {
    if (this.#life.death === undefined) {
      this.#host.check();
      this.#life.end = new KvmError("EBADF", "This VM is destroyed.");
      await this.#giveBack();
    }
    this.#host.vms.delete(this.#life);
  }

  async #giveBack(): Promise<void> {
    await Promise.all(this.#life.vcpus.map((vcpu) => this.#stop(vcpu)));
    this.#host.cancelCalls(this.#life);
    await this.#host.call(this.#life, () => "The VM could not be destroyed.", "vmDestroy", this.#life.address);
    this.#life.space.vms.delete(this.#life);
    if (this.#life.ownsSpace) await this.addressSpace.destroy();
  }

  async #stop(vcpu: VcpuLife): Promise<void> {
    const { run } = vcpu;
    if (run === undefined) return;
    run.queue.abort();
    this.#host.kick(vcpu);
    await run.over.promise;
  }
}

function explainVcpu(code: KvmError["code"], id: number): string {
  if (code === "EEXIST") return `This VM has a vCPU ${id} already; choose another id.`;
  if (code === "ENOMEM") return "There is no memory left for a vCPU; open the System with more.";
  return `This VM has ${MAX_VCPUS} vCPUs already; that is the most there can be.`;
}
