/** A VM of core's for tests of the MMU: an address space, slots, vCPUs with access programs, through the host ABI. */
import {
  BACKING_ANON,
  CoreMemory,
  MM_MAP_FIXED,
  PARAM_AD,
  PARAM_MMIO_CACHING,
  PARAM_TDP_MMU,
  PROG_OP_BYTES,
  PROT_READ,
  PROT_WRITE,
  ProgOp,
  Vcpu,
} from "../../../src/abi/index.js";
import type { CoreExports } from "../../../src/kvm/core_exports.js";
import { type Core, type CoreBuild, openCore } from "../harness.js";

/** What the rig and its tests call. Pointers arrive signed. */
export interface MmuExports extends CoreExports {
  mmuInvariants(vm: number): number;
  vmZapGfnRange(vm: number, startGfn: bigint, endGfn: bigint): void;
  writeTrackAdd(vm: number, asId: number, gfn: bigint): number;
  writeTrackRemove(vm: number, asId: number, gfn: bigint): number;
  vmCounter(vm: number, offset: number): bigint;
  karrayAlloc(bytes: bigint): number;
  karrayFree(array: number): void;
  karrayAt(array: number, offset: bigint): number;
  kblockFree(address: number, order: number): void;
  dirtyLogGet(vm: number, slotId: number, buffer: number): number;
  dirtyLogClear(vm: number, slotId: number, firstPage: bigint, numPages: bigint, buffer: number): number;
  vmSetManualProtect(vm: number, flags: number): number;
  vmSetDirtyRing(vm: number, entries: number): number;
  dirtyRingsReset(vm: number): number;
  nxRecover(vm: number): number;
  nxRecoverySet(ratio: number, periodMs: number): void;
}

/** One op of an access program; the fields of ProgOp, with defaults. */
export interface Op {
  op: number;
  gpa?: bigint;
  count?: number;
  sizeLog2?: number;
  flags?: number;
  stride?: number;
  span?: number;
  value?: bigint;
}

export const RW = PROT_READ | PROT_WRITE;
export const DEFAULT_PARAMS = PARAM_TDP_MMU | PARAM_MMIO_CACHING | PARAM_AD;

export interface RigOptions {
  build?: CoreBuild;
  memMiB?: number;
  nCpus?: number;
  tdp?: number;
  params?: number;
}

export class VmRig {
  readonly core: Core<MmuExports>;
  readonly memory: CoreMemory;
  readonly mm: number;
  readonly vm: number;
  readonly #hvas = new Map<number, bigint>();

  private constructor(core: Core<MmuExports>, mm: number, vm: number) {
    this.core = core;
    this.memory = new CoreMemory(core.memory);
    this.mm = mm;
    this.vm = vm;
  }

  static async open(options: RigOptions = {}): Promise<VmRig> {
    const { build = "test", memMiB = 64, nCpus = 4 } = options;
    return VmRig.in(await openCore<MmuExports>({ build, memMiB, nCpus }), options);
  }

  /** A VM in a core that is there already. */
  static in(core: Core<MmuExports>, options: RigOptions = {}): VmRig {
    const mm = core.x.mmCreate() >>> 0;
    if (mm === 0) throw new Error("mmCreate: out of memory");
    const vm = core.x.vmCreate(mm, options.tdp ?? 0, options.params ?? DEFAULT_PARAMS);
    if (vm > -4096 && vm < 0) throw new Error(`vmCreate: ${vm}`);
    return new VmRig(core, mm, vm >>> 0);
  }

  get x(): MmuExports {
    return this.core.x;
  }

  /** Anonymous memory, at `hva` or where there is room. */
  map(bytes: number, flags = 0, hva = 0n, prot = RW): bigint {
    const at = this.x.mmMap(
      this.mm,
      hva,
      BigInt(bytes),
      BACKING_ANON,
      prot,
      hva !== 0n ? flags | MM_MAP_FIXED : flags,
      0,
      0n,
    );
    if (at < 0n) throw new Error(`mmMap: ${at}`);
    return at;
  }

  slot(id: number, gpa: bigint, bytes: number, hva: bigint, flags = 0): void {
    this.#hvas.set(id, hva);
    const r = this.x.memslotSet(this.vm, id, flags, gpa, BigInt(bytes), hva);
    if (r !== 0) throw new Error(`memslotSet(${id}): ${r}`);
  }

  /** Where slot `id` was last mapped to. */
  hvaOfSlot(id: number): bigint {
    return this.#hvas.get(id) as bigint;
  }

  vcpu(id: number): number {
    const vcpu = this.x.vcpuCreate(this.vm, id);
    if (vcpu > -4096 && vcpu < 0) throw new Error(`vcpuCreate: ${vcpu}`);
    return vcpu >>> 0;
  }

  program(vcpu: number, ops: Op[]): void {
    const base = this.x.vcpuProgramAlloc(vcpu, ops.length) >>> 0;
    ops.forEach((op, i) => {
      const at = base + i * PROG_OP_BYTES;
      this.memory.set(at, ProgOp.op, op.op);
      this.memory.set(at, ProgOp.sizeLog2, op.sizeLog2 ?? 3);
      this.memory.set(at, ProgOp.flags, op.flags ?? 0);
      this.memory.set(at, ProgOp.count, op.count ?? 1);
      this.memory.set(at, ProgOp.gpa, op.gpa ?? 0n);
      this.memory.set(at, ProgOp.stride, op.stride ?? 4096);
      this.memory.set(at, ProgOp.span, op.span ?? 0);
      this.memory.set(at, ProgOp.value, op.value ?? 0n);
    });
  }

  /** Loads and runs a program here; returns the exit reason. */
  run(vcpu: number, ops: Op[]): number {
    this.program(vcpu, ops);
    const r = this.x.vcpuRun(vcpu);
    if (r !== 0) throw new Error(`vcpuRun: ${r}`);
    return this.memory.get(vcpu, Vcpu.exitReason);
  }

  close(): void {
    const r = this.x.vmDestroy(this.vm);
    if (r !== 0) throw new Error(`vmDestroy: ${r}`);
    this.x.mmDestroy(this.mm);
  }
}
