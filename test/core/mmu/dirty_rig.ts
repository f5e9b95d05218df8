/** VmRig with a dirty log: the calls that collect it, in pages, and the VM kinds and backings they are tested on. */
import {
  DIRTY_GFN_F_DIRTY,
  DIRTY_GFN_F_RESET,
  DIRTY_GFN_SHIFT,
  DirtyGfn,
  KVM_MEM_LOG_DIRTY_PAGES,
  MM_MAP_HUGE,
  PARAM_AD,
  PARAM_EAGER_PAGE_SPLIT,
  PARAM_MMIO_CACHING,
  PARAM_PML,
  PARAM_TDP_MMU,
  PROG_HALT,
  PROG_WRITE,
  TDP_EPT,
  TDP_NPT,
  Vcpu,
} from "../../../src/abi/index.js";
import { type Core, expectBalanced, openCore, snapshotBalance } from "../harness.js";
import { type MmuExports, type Op, type RigOptions, VmRig } from "./vm_rig.js";

export interface DirtyExports extends MmuExports {
  karrayAlloc(bytes: bigint): number;
  karrayFree(array: number): void;
  karrayAt(array: number, offset: bigint): number;
  dirtyLogGet(vm: number, slotId: number, buffer: number): number;
  dirtyLogClear(vm: number, slotId: number, firstPage: bigint, numPages: bigint, buffer: number): number;
  vmSetManualProtect(vm: number, flags: number): number;
  vmSetDirtyRing(vm: number, entries: number): number;
  dirtyRingsReset(vm: number): number;
}

const BASE = PARAM_TDP_MMU | PARAM_MMIO_CACHING | PARAM_EAGER_PAGE_SPLIT;

export interface DirtyKind {
  readonly name: string;
  readonly tdp: number;
  readonly params: number;
}

/** How writes are noticed: by D and PML, by W, by W without A/D bits, by W in the other format. */
export const KINDS: readonly DirtyKind[] = [
  { name: "EPT with PML", tdp: TDP_EPT, params: BASE | PARAM_AD | PARAM_PML },
  { name: "EPT without PML", tdp: TDP_EPT, params: BASE | PARAM_AD },
  { name: "EPT without A/D bits", tdp: TDP_EPT, params: BASE },
  { name: "NPT", tdp: TDP_NPT, params: BASE | PARAM_AD | PARAM_PML },
];

/** The pages that the log is over: 4 KiB ones, or 2 MiB ones, split when the log begins or by the first write. */
export const BACKINGS = [
  { backing: "4 KiB pages", mapFlags: 0, eager: true },
  { backing: "2 MiB pages", mapFlags: MM_MAP_HUGE, eager: true },
  { backing: "2 MiB pages, split lazily", mapFlags: MM_MAP_HUGE, eager: false },
] as const;

export const GPA = 0x4000_0000n;
export const LOG = KVM_MEM_LOG_DIRTY_PAGES;

export interface DirtyOptions extends RigOptions {
  pages?: number;
  /** The slot begins so many pages after GPA, and as many after a 2 MiB boundary of the host. */
  skew?: number;
  mapFlags?: number;
  eager?: boolean;
  /** Entries of the dirty rings; 0 = none. */
  ring?: number;
  vcpus?: number;
}

/** One VM whose slot 0 has `pages` pages at GPA, not logged yet. */
export class DirtyRig {
  readonly vm: VmRig;
  readonly x: DirtyExports;
  /** Of page 0. */
  readonly gpa: bigint;
  readonly pages: number;
  readonly ringEntries: number;
  readonly vcpus: readonly number[];
  readonly #core: Core<MmuExports>;
  readonly #before: ReturnType<typeof snapshotBalance>;

  private constructor(core: Core<MmuExports>, options: DirtyOptions) {
    const { pages = 1024, skew = 0, mapFlags = 0, eager = true, ring = 0, vcpus = 1 } = options;
    this.#core = core;
    this.#before = snapshotBalance(core);
    const params = options.params ?? BASE | PARAM_AD;
    this.vm = VmRig.in(core, { ...options, params: eager ? params : params & ~PARAM_EAGER_PAGE_SPLIT });
    this.x = core.x as DirtyExports;
    this.pages = pages;
    this.ringEntries = ring;
    if (ring !== 0) must("vmSetDirtyRing", this.x.vmSetDirtyRing(this.vm.vm, ring));
    this.gpa = GPA + BigInt(skew) * 4096n;
    const hva = this.vm.map((skew + pages) * 4096, mapFlags) + BigInt(skew) * 4096n;
    this.vm.slot(0, this.gpa, pages * 4096, hva);
    this.vcpus = Array.from({ length: vcpus }, (_, id) => this.vm.vcpu(id));
  }

  static async open(options: DirtyOptions = {}): Promise<DirtyRig> {
    const { build = "test", memMiB = 32, nCpus = 4 } = options;
    return new DirtyRig(await openCore<MmuExports>({ build, memMiB, nCpus }), options);
  }

  get core(): Core<MmuExports> {
    return this.#core;
  }

  get vcpu(): number {
    return this.vcpus[0] as number;
  }

  setLogging(flags: number): void {
    this.vm.slot(0, this.gpa, this.pages * 4096, this.vm.hvaOfSlot(0), flags);
  }

  /** Writes one word to each page; the vCPU runs in this thread. Returns the exit reason. */
  write(pages: Iterable<number>, vcpu = this.vcpu, value = 1n): number {
    return this.vm.run(vcpu, [...writesTo(pages, value, this.gpa), { op: PROG_HALT }]);
  }

  /** Touches every page once, so that all is mapped. */
  populate(): void {
    this.vm.run(this.vcpu, [{ op: PROG_WRITE, gpa: this.gpa, count: this.pages, value: 7n }]);
  }

  #withBuffer<T>(pages: number, use: (buffer: number) => T): T {
    const buffer = this.x.karrayAlloc(BigInt(Math.ceil(pages / 64) * 8)) >>> 0;
    if (buffer === 0) throw new Error("karrayAlloc");
    try {
      return use(buffer);
    } finally {
      this.x.karrayFree(buffer);
    }
  }

  #readBits(buffer: number, pages: number): number[] {
    const view = this.#core.dv();
    const found: number[] = [];
    for (let word = 0; word * 64 < pages; word++) {
      const at = this.x.karrayAt(buffer, BigInt(word * 8)) >>> 0;
      for (let bits = view.getBigUint64(at, true), i = 0; bits !== 0n; bits >>= 1n, i++) {
        if ((bits & 1n) !== 0n) found.push(word * 64 + i);
      }
    }
    return found;
  }

  #writeBits(buffer: number, pages: number, set: Iterable<number>): void {
    const words = new BigUint64Array(Math.ceil(pages / 64));
    for (const page of set) words[page >> 6] = (words[page >> 6] as bigint) | (1n << BigInt(page & 63));
    words.forEach((bits, i) => {
      this.#core.dv().setBigUint64(this.x.karrayAt(buffer, BigInt(i * 8)) >>> 0, bits, true);
    });
  }

  /** KVM_GET_DIRTY_LOG of slot 0: the pages, ascending; or the negative errno. */
  get(slot = 0, pages = this.pages): number[] | number {
    return this.#withBuffer(pages, (buffer) => {
      const r = this.x.dirtyLogGet(this.vm.vm, slot, buffer);
      return r === 0 ? this.#readBits(buffer, pages) : r;
    });
  }

  /** KVM_CLEAR_DIRTY_LOG: `given` are pages of the slot. What was marked among them; or the negative errno. */
  clear(first: number, count: number, given: Iterable<number>, slot = 0): number[] | number {
    return this.#withBuffer(Math.min(Math.max(count, 1), 2 ** 20), (buffer) => {
      this.#writeBits(
        buffer,
        Math.min(count, 2 ** 20),
        [...given].map((page) => page - first),
      );
      const r = this.x.dirtyLogClear(this.vm.vm, slot, BigInt(first), BigInt(count), buffer);
      return r === 0 ? this.#readBits(buffer, count).map((page) => page + first) : r;
    });
  }

  /** Reads what is DIRTY in the ring of `vcpu` from `from` on, marks it RESET, and returns slots and pages in order. */
  harvest(vcpu: number, from: number, most = Number.POSITIVE_INFINITY): { slot: number; page: number }[] {
    const { memory } = this.vm;
    const found: { slot: number; page: number }[] = [];
    for (let i = from; found.length < Math.min(this.ringEntries, most); i++) {
      const at = this.ringEntry(vcpu, i);
      if (memory.load32(at, DirtyGfn.flags) !== DIRTY_GFN_F_DIRTY) break;
      found.push({ slot: memory.get(at, DirtyGfn.slot), page: Number(memory.get(at, DirtyGfn.offset)) });
      memory.store32(at, DirtyGfn.flags, DIRTY_GFN_F_RESET);
    }
    return found;
  }

  /** Address of the entry that index `index`, counted for ever, falls on. */
  ringEntry(vcpu: number, index: number): number {
    return this.vm.memory.get(vcpu, Vcpu.ringBase) + ((index % this.ringEntries) << DIRTY_GFN_SHIFT);
  }

  close(): void {
    this.vm.close();
    for (let id = 1; id < 4; id++) (this.x as unknown as { cpuFramesReclaim(id: number): void }).cpuFramesReclaim(id);
    expectBalanced(this.#core, this.#before);
  }
}

function must(what: string, result: number): void {
  if (result !== 0) throw new Error(`${what}: ${result}`);
}

/** One write to each page. */
export function writesTo(pages: Iterable<number>, value = 1n, gpa = GPA): Op[] {
  return [...pages].map((page) => ({ op: PROG_WRITE, gpa: gpa + BigInt(page) * 4096n, value }));
}
