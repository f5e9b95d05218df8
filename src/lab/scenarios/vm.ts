/**
 * A VM for a scenario: address space, slots, vCPUs with access programs, made once in the scenario's set-up; steps for
 * its fibers; and what must hold after every execution: the tables' invariants, statistics, the dirty log, and that
 * nothing is left when everything is torn down.
 */
import {
  BACKING_ANON,
  BACKING_PHANTOM,
  FRAME_ANON,
  FRAME_HOST_TABLE,
  FRAME_KERNEL,
  FRAME_SLAB,
  FRAME_SPT,
  KVM_EXIT_HLT,
  LAB_PAGING_CACHES,
  MM_MAP_FIXED,
  PARAM_AD,
  PARAM_MMIO_CACHING,
  PARAM_PML,
  PARAM_TDP_MMU,
  PROG_ADD,
  PROG_CHECK,
  PROG_FETCH,
  PROG_HALT,
  PROG_OP_BYTES,
  PROG_READ,
  PROG_ROLE,
  PROG_WRITE,
  PROT_READ,
  PROT_WRITE,
  ProgOp,
  TDP_EPT,
  TDP_NPT,
  Vcpu,
} from "../../abi/index.js";
import type { CallStep, Rig, Value } from "../check/scenario.js";

export const PAGE = 4096n;
/** gfns per 2 MiB. */
export const HUGE = 512n;
export const RW = PROT_READ | PROT_WRITE;

/** One op of an access program; gfns where the hardware has addresses. */
export interface Op {
  readonly op: number;
  readonly gfn?: bigint;
  readonly count?: number;
  readonly value?: bigint;
  readonly flags?: number;
}

export const read = (gfn: bigint): Op => ({ op: PROG_READ, gfn });
/** Reads `gfn` and compares. */
export const expects = (gfn: bigint, value: bigint): Op => ({ op: PROG_READ, gfn, value, flags: PROG_CHECK });
export const write = (gfn: bigint, value = 1n): Op => ({ op: PROG_WRITE, gfn, value });
export const add = (gfn: bigint, value = 1n): Op => ({ op: PROG_ADD, gfn, value });
export const fetch = (gfn: bigint): Op => ({ op: PROG_FETCH, gfn });
export const halt: Op = { op: PROG_HALT };
/** PROG_ROLE_SMM and PROG_ROLE_GUEST_MODE. */
export const role = (value: bigint): Op => ({ op: PROG_ROLE, value });

/** The processors that scenarios choose from. */
export const EPT = { tdp: TDP_EPT, params: PARAM_TDP_MMU | PARAM_MMIO_CACHING | PARAM_AD };
export const EPT_PML = { tdp: TDP_EPT, params: EPT.params | PARAM_PML };
/** EPT without Accessed and Dirty bits. */
export const EPT_NO_AD = { tdp: TDP_EPT, params: PARAM_TDP_MMU | PARAM_MMIO_CACHING };
export const NPT = { tdp: TDP_NPT, params: PARAM_TDP_MMU | PARAM_MMIO_CACHING | PARAM_AD };

export interface VmOptions {
  readonly tdp: number;
  readonly params: number;
  readonly vcpus: number;
  /** Processors without paging-structure caches; they cost executions. */
  readonly plainHardware?: boolean;
  /** Entries of each vCPU's dirty ring. */
  readonly ringEntries?: number;
}

interface Balance {
  readonly frames: readonly number[];
  readonly slabObjects: number;
  readonly epochPending: number;
}

export class ScenarioVm {
  readonly rig: Rig;
  readonly mm: number;
  readonly vm: number;
  readonly vcpus: readonly number[];
  readonly #before: Balance;
  readonly #otherMms: number[] = [];
  #isReleased = false;

  constructor(rig: Rig, options: VmOptions) {
    const { x } = rig;
    this.rig = rig;
    this.#call("labInit", options.plainHardware === true ? 0 : LAB_PAGING_CACHES);
    this.#before = balance(rig);
    this.mm = x.mmCreate() >>> 0;
    this.vm = good("vmCreate", x.vmCreate(this.mm, options.tdp, options.params));
    if (options.ringEntries !== undefined) this.now("vmSetDirtyRing", this.vm, options.ringEntries);
    this.vcpus = Array.from({ length: options.vcpus }, (_, id) => good("vcpuCreate", x.vcpuCreate(this.vm, id)));
  }

  /** Calls an export at once. */
  #call(name: string, ...args: Value[]): Value | undefined {
    const f = this.rig.x[name] as ((...args: Value[]) => Value | undefined) | undefined;
    if (f === undefined) throw new Error(`core.lab.wasm has no ${name}`);
    return f(...args);
  }

  /** Calls an export of set-up, whose result must be 0 or none. */
  now(name: string, ...args: Value[]): void {
    const result = this.#call(name, ...args);
    if (result !== undefined && Number(result) !== 0) throw new Error(`${name}: ${result}`);
  }

  /** Calls an export at once; its result as a number. */
  result(name: string, ...args: Value[]): number {
    return Number(this.#call(name, ...args));
  }

  /** Anonymous memory of `pages`, nothing of it there yet. `flags`: MM_MAP_*; `hva`: there, or anywhere. */
  anon(pages: bigint, flags = 0, hva = 0n): bigint {
    return this.#map(BACKING_ANON, pages, hva === 0n ? flags : flags | MM_MAP_FIXED, hva);
  }

  /** Memory without contents. */
  phantom(pages: bigint, flags = 0): bigint {
    return this.#map(BACKING_PHANTOM, pages, flags, 0n);
  }

  #map(backing: number, pages: bigint, flags: number, hva: bigint): bigint {
    const at = this.rig.x.mmMap(this.mm, hva, pages * PAGE, backing, RW, flags, 0, 0n);
    if (at < 0n) throw new Error(`mmMap: ${at}`);
    return at;
  }

  slot(id: number, gfn: bigint, pages: bigint, hva: bigint, flags = 0): void {
    this.now("memslotSet", this.vm, id, flags, gfn * PAGE, pages * PAGE, hva);
  }

  /** Guest memory is on its way to a backing store, as page-out leaves it: nothing that was written before counts. */
  clean(): void {
    this.now("labFramesClean");
  }

  /** Gives vCPU `i` a program. Runs of it go on behind each halt, and begin anew behind the end. */
  program(i: number, ...ops: readonly Op[]): void {
    const { x, memory } = this.rig;
    const base = good("vcpuProgramAlloc", x.vcpuProgramAlloc(this.#vcpu(i), ops.length));
    ops.forEach((op, n) => {
      const at = base + n * PROG_OP_BYTES;
      memory.set(at, ProgOp.op, op.op);
      memory.set(at, ProgOp.sizeLog2, 3);
      memory.set(at, ProgOp.flags, op.flags ?? 0);
      memory.set(at, ProgOp.count, op.count ?? 1);
      memory.set(at, ProgOp.gpa, (op.gfn ?? 0n) * PAGE);
      memory.set(at, ProgOp.stride, 0);
      memory.set(at, ProgOp.span, 0);
      memory.set(at, ProgOp.value, op.value ?? 0n);
    });
  }

  #vcpu(i: number): number {
    const vcpu = this.vcpus[i];
    if (vcpu === undefined) throw new Error(`no vCPU ${i}`);
    return vcpu;
  }

  /** Runs vCPU `i` at once, on CPU `i`, up to its next halt: its root, TLB and pages are there afterwards. */
  warm(i: number): void {
    this.rig.useCpu(i);
    const result = this.rig.x.vcpuRun(this.#vcpu(i));
    if (result !== 0) throw new Error(`vCPU ${i}: vcpuRun: ${result}`);
    this.#expectExit(i, [KVM_EXIT_HLT]);
    this.rig.useCpu(0);
  }

  /** A step: vCPU `i` runs to its next halt, or to one of `exits`. What it checked must have been right. */
  run(i: number, label: string, exits: readonly number[] = [KVM_EXIT_HLT]): CallStep {
    return {
      label: `vCPU ${i} ${label}`,
      call: "callVcpuRun",
      args: [this.#vcpu(i)],
      judge: (result) => {
        if (result !== 0) throw new Error(`vcpuRun: ${result}`);
        this.#expectExit(i, exits);
        const bad = this.rig.memory.get(this.#vcpu(i), Vcpu.progMismatches);
        if (bad !== 0n) throw new Error(`vCPU ${i} read 0x${this.rig.memory.get(this.#vcpu(i), Vcpu.progBadValue)}`);
      },
    };
  }

  #expectExit(i: number, exits: readonly number[]): void {
    const reason = this.rig.memory.get(this.#vcpu(i), Vcpu.exitReason);
    if (exits.includes(reason)) return;
    const error = this.rig.memory.get(this.#vcpu(i), Vcpu.exitError);
    throw new Error(`vCPU ${i} left its run with exit ${reason}, error ${error}`);
  }

  /** A step: one call of core/lab/calls.ts, whose result must be 0 or none, or pass `judge`. */
  call(label: string, name: string, args: readonly Value[], judge?: (result: Value | undefined) => void): CallStep {
    const expectNone = (result: Value | undefined): void => {
      if (result !== undefined && Number(result) !== 0) throw new Error(`${label}: ${result}`);
    };
    return { label, call: name, args, judge: judge ?? expectNone };
  }

  /** A fork of the address space is torn down with the VM. */
  adopt(mm: Value | undefined): void {
    if (Number(mm) !== 0) this.#otherMms.push(Number(mm) >>> 0);
  }

  /** A step: the address space ends under the VM. */
  release(): CallStep {
    return this.call("ends the address space", "callMmDestroy", [this.mm], (result) => {
      if (result !== 0) throw new Error(`mmDestroy: ${result}`);
      this.#isReleased = true;
    });
  }

  /** Before each execution. */
  begin(): void {
    this.#otherMms.length = 0;
    this.#isReleased = false;
  }

  /** What must hold when all fibers have ended. Tears the VM down. */
  check(): void {
    const { x } = this.rig;
    this.#expectInvariants();
    const r = x.vmDestroy(this.vm);
    if (r !== 0) throw new Error(`vmDestroy: ${r}`);
    for (const mm of this.#isReleased ? this.#otherMms : [...this.#otherMms, this.mm]) this.now("mmDestroy", mm);
    x.epochBarrier();
    const [before, after] = [this.#before, balance(this.rig)];
    if (JSON.stringify(before) !== JSON.stringify(after))
      throw new Error(`left behind: ${JSON.stringify(before)} became ${JSON.stringify(after)}`);
  }

  #expectInvariants(): void {
    for (const vcpu of this.vcpus)
      if (this.rig.memory.get(vcpu, Vcpu.cpu) !== 0) throw new Error("a vCPU that nobody runs is bound to a CPU");
    const broken = this.rig.x.mmuInvariants(this.vm);
    if (broken !== 0) throw new Error(`mmuInvariants: rule ${broken} of core/mmu/invariants.ts`);
    const found = this.#call("labCheck", this.vm);
    if (found === 1) throw new Error("a leaf lets the guest write a logged gfn that is not in the dirty bitmap");
    if (found === 2) throw new Error("the guest wrote a frame, and neither a leaf nor the frame says that it is dirty");
    if (found === 4) throw new Error("vCPUs count more entries installed than there were");
    if (found === 3) throw new Error("the funnel was not told of a change of an entry, or of one that did not happen");
  }

  /** The word at the beginning of `hva`'s page, as the host maps it now. */
  hostWord(hva: bigint): bigint {
    const page = Number(this.#call("labHostPage", this.mm, hva)) >>> 0;
    return page === 0 ? 0n : this.rig.memory.view.getBigUint64(page, true);
  }

  /** Whether `gfn` is in its slot's dirty bitmap. */
  isDirty(gfn: bigint): boolean {
    return this.#call("labIsDirty", this.vm, 0, gfn) === 1;
  }
}

function good(name: string, pointer: number): number {
  if (pointer > -256 && pointer <= 0) throw new Error(`${name}: ${pointer}`);
  return pointer >>> 0;
}

function balance({ x }: Rig): Balance {
  const kinds = [FRAME_KERNEL, FRAME_SLAB, FRAME_SPT, FRAME_HOST_TABLE, FRAME_ANON];
  return {
    frames: kinds.map((kind) => x.frameKindCount(kind)),
    slabObjects: x.slabObjectCount(),
    epochPending: x.epochPendingCount(),
  };
}
