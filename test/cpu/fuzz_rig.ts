/**
 * Runs the fuzzer's cases: a VM whose vCPU runs in a thread of its own, watched from here. A run that is not over after
 * a few milliseconds is kicked, and one that does not heed the kick is a hang. The pages of another VM lie between the
 * guest's: they must stay as they are.
 */
import { expect } from "vitest";
import {
  KVM_EXIT_HLT,
  KVM_EXIT_IO,
  KVM_EXIT_MMIO,
  KVM_MEM_READONLY,
  KVM_MP_STATE_RUNNABLE,
  REQ_KICK,
  STATE_ALL,
  Vcpu,
  X86,
  X86_BYTES,
  X86_SCRATCH,
  X86_SCRATCH_BYTES,
} from "../../src/abi/index.js";
import { Random } from "../../tools/vectors/random.mjs";
import {
  type Core,
  type CoreBuild,
  type CoreThread,
  expectBalanced,
  openCore,
  snapshotBalance,
} from "../core/harness.js";
import { type MmuExports, VmRig } from "../core/mmu/vm_rig.js";
import { CaseMaker, type FuzzCase, IMAGE_BYTES, MEMORY_BYTES, READ_ONLY_BYTES } from "./fuzz_case.js";
import { type loadForms, oneIn } from "./fuzz_code.js";

interface FuzzExports extends MmuExports {
  probeRequest(vcpu: number, bit: number): void;
  frameInvariantCheck(): void;
}

const PAGE = 4096;
const VCPU_CPU = 1;
/** Cases of a VM: they share its translations and its decoded code. */
export const CASES_PER_VM = 40;
/** Exits that a case may take. */
const MAX_EXITS = 12;
const SLICE_MS = 1;
const HANG_MS = Number(process.env["TADPOLE_FUZZ_HANG_MS"] ?? 20_000);
const READ_ONLY_AT = MEMORY_BYTES - READ_ONLY_BYTES;
/** Slots of address space 1, that of SMM, have this in their number. */
const SMM_SPACE = 1 << 16;
const EINVAL = 22;
/** Model-specific registers: from one field to before another, as they were after reset. */
const MSRS_FROM = X86.star.offset;
const MSRS_TO = X86.features.offset;

/** How often runs ended in what, by exit reason; "refused": states that no processor can be in. */
export type Outcomes = Map<string, number>;

export class FuzzRig {
  readonly outcomes: Outcomes = new Map();
  readonly #core: Core<FuzzExports>;
  readonly #thread: CoreThread;
  readonly #maker: CaseMaker;
  readonly #buffer: number;

  private constructor(core: Core<FuzzExports>, thread: CoreThread, forms: Awaited<ReturnType<typeof loadForms>>) {
    this.#core = core;
    this.#thread = thread;
    this.#maker = new CaseMaker(forms);
    this.#buffer = core.x.kblockAlloc(0) >>> 0;
  }

  static async open(build: CoreBuild, forms: Awaited<ReturnType<typeof loadForms>>): Promise<FuzzRig> {
    const core = await openCore<FuzzExports>({ build, memMiB: 64, nCpus: 2 });
    return new FuzzRig(core, await core.thread(VCPU_CPU), forms);
  }

  close(): Promise<void> {
    return this.#thread.terminate();
  }

  /** All cases of one VM. Whatever goes wrong names the case. */
  async runVm(seed: number): Promise<void> {
    const random = new Random(seed);
    const before = snapshotBalance(this.#core);
    const guest = new FuzzGuest(this.#core, this.#buffer);
    let doing = "starting";
    try {
      for (let n = 0; n < CASES_PER_VM; n++) {
        const made = this.#maker.make(random);
        doing = `case ${n} (${made.kind})`;
        await this.#runCase(guest, made, random);
      }
      doing = "ending the VM";
      guest.close();
      expectBalanced(this.#core, before);
      this.#core.x.frameInvariantCheck();
    } catch (error) {
      const text = `${doing}, ${guest.describe()}; TADPOLE_SEED=${seed} repeats it: ${stackOf(error)}`;
      throw new Error(text, { cause: error });
    }
  }

  async #runCase(guest: FuzzGuest, made: FuzzCase, random: Random): Promise<void> {
    if (!guest.load(made, random)) return this.#count("refused");
    for (let i = 0; i < MAX_EXITS; i++) {
      const reason = await this.#run(guest.vcpu, guest);
      this.#count(`exit ${reason}`);
      if (!guest.serve(reason, random)) return;
    }
  }

  #count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  /** Runs the vCPU in its thread. @returns the exit's reason */
  async #run(vcpu: number, guest: FuzzGuest): Promise<number> {
    const call = this.#thread.call("vcpuRun", vcpu);
    for (const start = performance.now(); ; ) {
      const status = await before(SLICE_MS, call);
      if (status !== undefined) {
        if (status !== 0) throw new Error(`vcpuRun gave ${status}`);
        return guest.exitReason;
      }
      if (performance.now() - start > HANG_MS) {
        await this.close();
        throw new Error(`the vCPU does not heed a kick for ${HANG_MS} ms`);
      }
      this.#core.x.probeRequest(vcpu, REQ_KICK);
    }
  }
}

/** What `call` gives, or undefined after `ms`. */
async function before<T>(ms: number, call: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The VM, and the one whose memory must not change. */
class FuzzGuest {
  readonly vcpu: number;
  readonly #core: Core<FuzzExports>;
  readonly #buffer: number;
  readonly #vm: VmRig;
  readonly #canary: VmRig;
  readonly #hva: bigint;
  readonly #msrs: Uint8Array;

  constructor(core: Core<FuzzExports>, buffer: number) {
    this.#core = core;
    this.#buffer = buffer;
    this.#vm = VmRig.in(core);
    this.#canary = VmRig.in(core);
    this.#hva = this.#vm.map(MEMORY_BYTES);
    for (const space of [0, SMM_SPACE]) {
      this.#vm.slot(space, 0n, READ_ONLY_AT, this.#hva);
      const hva = this.#hva + BigInt(READ_ONLY_AT);
      this.#vm.slot(space | 1, BigInt(READ_ONLY_AT), READ_ONLY_BYTES, hva, KVM_MEM_READONLY);
    }
    this.#canary.slot(0, 0n, IMAGE_BYTES, this.#canary.map(IMAGE_BYTES));
    const page = core.dv();
    for (let gpa = 0; gpa < IMAGE_BYTES; gpa += PAGE) {
      for (let i = 0; i < PAGE; i += 4) page.setUint32(buffer + i, canaryAt(gpa + i), true);
      this.#write(this.#vm, gpa);
      this.#write(this.#canary, gpa);
    }
    this.vcpu = this.#vm.vcpu(0);
    this.#msrs = this.#bytes(this.#state + MSRS_FROM, MSRS_TO - MSRS_FROM).slice();
  }

  /** Checks everything that must not have changed, and gives all of it back. */
  close(): void {
    const { x } = this.#core;
    expect(x.mmuInvariants(this.#vm.vm)).toBe(0);
    const view = this.#core.dv();
    for (let gpa = 0; gpa < IMAGE_BYTES; gpa += PAGE) {
      expect(x.guestRead(this.#canary.vm, 0, BigInt(gpa), this.#buffer, PAGE)).toBe(0);
      for (let i = 0; i < PAGE; i += 4)
        if (view.getUint32(this.#buffer + i, true) !== canaryAt(gpa + i))
          throw new Error(`another VM's memory has changed at 0x${(gpa + i).toString(16)}`);
    }
    this.#vm.close();
    this.#canary.close();
  }

  get exitReason(): number {
    return this.#vm.memory.get(this.vcpu, Vcpu.exitReason);
  }

  describe(): string {
    const { memory } = this.#vm;
    const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
    const of = (...names: (keyof typeof X86)[]): string =>
      names.map((name) => `${name} ${hex(memory.get(this.#state, X86[name]) as bigint | number)}`).join(", ");
    const vcpu = (["requests", "mode", "hwExitReason", "hwExitGpa", "portAnswered", "portReads", "portWrites"] as const)
      .map((name) => `${name} ${hex(memory.get(this.vcpu, Vcpu[name]))}`)
      .join(", ");
    return `${of("rip", "codeMode", "cr0", "cr4", "flags", "stepping", "excVector", "delivering", "smm", "rcx")}, ${vcpu}`;
  }

  /** @returns false: vcpuSetState refuses the state */
  load(made: FuzzCase, random: Random): boolean {
    const { x } = this.#core;
    for (let gpa = 0; gpa < IMAGE_BYTES; gpa += PAGE) {
      this.#bytes(this.#buffer, PAGE).set(made.memory.subarray(gpa, gpa + PAGE));
      this.#write(this.#vm, gpa);
    }
    if (oneIn(random, 4)) {
      const rest = BigInt(MEMORY_BYTES - IMAGE_BYTES);
      expect(x.mmDontNeed(this.#vm.mm, this.#hva + BigInt(IMAGE_BYTES), rest)).toBe(0);
    }
    this.#forget(random);
    this.#bytes(this.#buffer, X86_BYTES).set(made.image);
    const r = x.vcpuSetState(this.vcpu, this.#buffer, STATE_ALL);
    if (r !== 0) expect(r).toBe(-EINVAL);
    return r === 0;
  }

  /** What vcpuSetState does not set: what the last case has left is void. */
  #forget(random: Random): void {
    const { memory } = this.#vm;
    const c = this.#state;
    this.#bytes(c + MSRS_FROM, MSRS_TO - MSRS_FROM).set(this.#msrs);
    memory.set(c, X86.smbase, BigInt(random.below(IMAGE_BYTES)));
    for (const field of ["lstar", "cstar", "sysenterEsp", "sysenterEip", "kernelGsBase"] as const)
      memory.set(c, X86[field], BigInt(random.below(IMAGE_BYTES)));
    memory.set(c, X86.star, (BigInt(random.u32()) << 32n) | BigInt(random.u32()));
    memory.set(c, X86.sysenterCs, BigInt(random.below(0x100)));
    memory.set(c, X86.deterministic, 1);
    memory.set(c, X86.random, BigInt(random.u32()));
    for (const field of ["taskPending", "smmSwitch"] as const) memory.set(c, X86[field], 0);
    memory.set(this.vcpu, Vcpu.mmioPending, 0);
    for (const field of ["portAnswered", "portWrites", "portDone", "portDoneBytes"] as const)
      memory.set(this.vcpu, Vcpu[field], 0);
  }

  /** What userspace does about an exit. @returns whether the vCPU goes on */
  serve(reason: number, random: Random): boolean {
    const { memory } = this.#vm;
    const c = this.#state;
    if (reason === KVM_EXIT_IO) {
      const data = this.#bytes(c + X86_SCRATCH, X86_SCRATCH_BYTES);
      expect(memory.get(c, X86.ioSize) * memory.get(c, X86.ioCount)).toBeLessThanOrEqual(X86_SCRATCH_BYTES);
      data[random.below(X86_SCRATCH_BYTES)] = random.below(256);
      return true;
    }
    if (reason === KVM_EXIT_MMIO) {
      expect(memory.get(this.vcpu, Vcpu.mmioLen)).toBeLessThanOrEqual(8);
      memory.set(this.vcpu, Vcpu.mmioData, BigInt(random.u32()));
      return true;
    }
    if (reason !== KVM_EXIT_HLT) return false;
    memory.set(c, X86.mpState, KVM_MP_STATE_RUNNABLE);
    if (oneIn(random, 2)) memory.set(c, X86.irqPending, 1 + random.below(256));
    else memory.set(c, X86.nmiPending, 1);
    return true;
  }

  get #state(): number {
    return this.#vm.memory.get(this.vcpu, Vcpu.x86) >>> 0;
  }

  #bytes(at: number, length: number): Uint8Array {
    return this.#vm.memory.bytesAt(at, length);
  }

  /** The buffer's page to `gpa`. */
  #write(vm: VmRig, gpa: number): void {
    const r = this.#core.x.guestWrite(vm.vm, 0, BigInt(gpa), this.#buffer, PAGE);
    if (r !== 0) throw new Error(`guestWrite: ${r}`);
  }
}

const canaryAt = (gpa: number): number => Math.imul(gpa, 0x9e3779b1) >>> 0;

/** With core's functions, innermost first. */
const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
