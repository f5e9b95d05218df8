/**
 * Host address spaces as the suites see them: calls in TypeScript's manners, a walker of the tables written apart from
 * core's, and the invariants that hold between any two calls.
 */
import {
  BACKING_ANON,
  CoreMemory,
  CPU_BASE,
  CPU_STRIDE,
  Cpu,
  FRAME_ANON,
  FRAME_BYTES,
  Frame,
  GUP_WRITABLE,
  GUP_WRITE,
  HostObject,
  HPTE_ACCESSED,
  HPTE_DIRTY,
  HPTE_HELD,
  HPTE_PFN_MASK,
  HPTE_PRESENT,
  HPTE_PS,
  HPTE_SWAP,
  HPTE_WRITE,
  KARRAY_CHUNK_SHIFT,
  KARRAY_TABLE,
  KArray,
  MM_STAT_SWAPPED,
  Mm,
  PAGER_STORE,
  PagerRequest,
  PROT_READ,
  PROT_WRITE,
  SYSTEM_BASE,
  System,
  VMA_ARRAY_HEADER_BYTES,
  Vma,
  VmaArray,
} from "../../../src/abi/index.js";
import type { CoreExports } from "../../../src/kvm/core_exports.js";
import { type Core, type CoreBuild, openCore } from "../harness.js";

export interface HostExports extends CoreExports {
  cpuFramesDrain(): void;
  hostGup(mm: number, hva: bigint, flags: number): number;
  hostGupFast(mm: number, hva: bigint, flags: number): number;
  hostGupInEpoch(mm: number, hva: bigint, flags: number): number;
  hostGupLock(mm: number, hva: bigint, flags: number): number;
  hostGupUnlock(mm: number): void;
  hostMmGet(mm: number): void;
  hostMmPut(mm: number): void;
  hostMmDestroy(mm: number): void;
  hostPagerWait(request: number, timeoutMs: number): number;
  hostPagerFinish(request: number): number;
  hostRecordNotifiers(buffer: number): void;
  hostRecordCount(): number;
  hostExhaust(leave: number): number;
  hostRelease(head: number): void;
  hostEpochBarrier(): void;
  hostEpochEnter(): void;
  hostEpochExit(): void;
  hostEpochPoll(): void;
  hostStressTouch(mm: number, start: bigint, pages: number, rounds: number, seed: number, mayVanish: number): number;
}

export const RW = PROT_READ | PROT_WRITE;
export const PAGE = 4096n;
export const HUGE = 0x200000n;
export const EPERM = -1;
export const ENOENT = -2;
export const EAGAIN = -11;
export const ENOMEM = -12;
export const EFAULT = -14;
export const EBUSY = -16;
export const EEXIST = -17;
export const EINVAL = -22;

export interface Gup {
  result: number;
  pfn: number;
  /** As gup gave it: phantom frame numbers do not fit a frame of the arena. */
  frame: bigint;
  isWritable: boolean;
  level: number;
  request: number;
}

export interface Leaf {
  hva: bigint;
  /** hva / 4096. */
  page: number;
  level: 1 | 2;
  pfn: number;
  isWritable: boolean;
  /** There, but nobody may use it. */
  isHeld: boolean;
}

/** Pages of 4 KiB that the leaf maps. */
export function pagesOf(leaf: Leaf): number {
  return leaf.level === 2 ? 512 : 1;
}

// Entries are read as two words, because bigints are slow: everything but HELD is in the lower one below 4 GiB.
const P = Number(HPTE_PRESENT);
const W = Number(HPTE_WRITE);
const PS = Number(HPTE_PS);
const IGNORED = Number(HPTE_ACCESSED | HPTE_DIRTY);
const PFN = Number(HPTE_PFN_MASK & 0xffffffffn);
const HELD_HIGH = Number(HPTE_HELD >> 32n);
const SWAP_HIGH = Number(HPTE_SWAP >> 32n);

export interface VmaView {
  start: bigint;
  end: bigint;
  backing: number;
  prot: number;
  flags: number;
  source: number;
  offset: bigint;
}

export interface MapOptions {
  hva?: bigint;
  backing?: number;
  prot?: number;
  flags?: number;
  source?: number;
  offset?: bigint;
}

export class HostRig {
  readonly mem: CoreMemory;
  readonly x: HostExports;
  readonly #cpu: number;

  constructor(
    readonly core: Core<HostExports>,
    cpuId = 0,
  ) {
    this.mem = new CoreMemory(core.memory);
    this.x = core.cpu(cpuId);
    this.#cpu = CPU_BASE + cpuId * CPU_STRIDE;
  }

  static async open(build: CoreBuild, memMiB = 64, onPager?: (request: number) => void): Promise<HostRig> {
    const options = onPager === undefined ? {} : { onPager };
    return new HostRig(await openCore<HostExports>({ build, memMiB, nCpus: 4, ...options }));
  }

  create(): number {
    const mm = this.x.mmCreate() >>> 0;
    if (mm === 0) throw new Error("mmCreate: out of memory");
    return mm;
  }

  tryMap(mm: number, length: bigint, o: MapOptions = {}): bigint {
    return this.x.mmMap(
      mm,
      o.hva ?? 0n,
      length,
      o.backing ?? BACKING_ANON,
      o.prot ?? RW,
      o.flags ?? 0,
      o.source ?? 0,
      o.offset ?? 0n,
    );
  }

  map(mm: number, length: bigint, options: MapOptions = {}): bigint {
    const hva = this.tryMap(mm, length, options);
    if (hva < 0n) throw new Error(`mmMap: ${hva}`);
    return hva;
  }

  /** gup's results, whichever of its variants `result` came from. */
  results(result: number): Gup {
    const frame = this.mem.get(this.#cpu, Cpu.ret0);
    return {
      result,
      frame,
      pfn: Number(frame),
      isWritable: this.mem.get(this.#cpu, Cpu.ret1) === GUP_WRITABLE,
      level: Number(this.mem.get(this.#cpu, Cpu.ret2)),
      request: Number(this.mem.get(this.#cpu, Cpu.ret3)),
    };
  }

  gup(mm: number, hva: bigint, flags = 0): Gup {
    return this.results(this.x.hostGup(mm, hva, flags));
  }

  gupFast(mm: number, hva: bigint, flags = 0): Gup {
    return this.results(this.x.hostGupFast(mm, hva, flags));
  }

  /** Touches a page that must be there to be had. */
  touch(mm: number, hva: bigint, flags = 0): Gup {
    const found = this.gup(mm, hva, flags);
    if (found.result !== 0) throw new Error(`gup(${hva.toString(16)}): ${found.result}`);
    return found;
  }

  /** A word of the page through gup: `value` in all of its 1024 words. */
  fill(mm: number, hva: bigint, value: number): Gup {
    const found = this.touch(mm, hva, GUP_WRITE);
    this.fillFrame(found.pfn, value);
    return found;
  }

  fillFrame(pfn: number, value: number): void {
    this.mem.words.fill(value, pfn * 1024, pfn * 1024 + 1024);
  }

  /** The value that fills the frame; NaN if its words differ. */
  frameValue(pfn: number): number {
    const words = this.mem.words.subarray(pfn * 1024, pfn * 1024 + 1024);
    const first = words[0] ?? Number.NaN;
    return words.every((word) => word === first) ? first : Number.NaN;
  }

  read(mm: number, hva: bigint): number {
    return this.frameValue(this.touch(mm, hva).pfn);
  }

  refcount(pfn: number): number {
    return this.mem.get(this.#meta(pfn), Frame.refcount);
  }

  /** 2 MiB leaves that map the block headed by `pfn`. */
  blockLeaves(pfn: number): number {
    return this.mem.get(this.#meta(pfn), Frame.owner);
  }

  kind(pfn: number): number {
    return this.mem.get(this.#meta(pfn), Frame.kind);
  }

  #meta(pfn: number): number {
    return this.mem.get(SYSTEM_BASE, System.frameMeta) + pfn * FRAME_BYTES;
  }

  /** All leaves, in address order; checks that every entry is one of those that the layout lists. */
  leaves(mm: number): Leaf[] {
    const found: Leaf[] = [];
    const root = this.mem.get(mm, Mm.root);
    if (root !== 0) this.#walk(root, 4, 0, found);
    return found;
  }

  /** `base`: the first page of the table. */
  #walk(table: number, level: number, base: number, found: Leaf[]): void {
    const words = this.mem.words;
    for (let i = 0; i < 512; i++) {
      const at = table / 4 + i * 2;
      const low = (words[at] ?? 0) >>> 0;
      const high = words[at + 1] ?? 0;
      if (low === 0 && high === 0) continue;
      if (level === 1 && high === SWAP_HIGH && (low & ~PFN) === 0) continue;
      const page = base + i * 512 ** (level - 1);
      const isLeaf = level === 1 || (low & PS) !== 0;
      if (isLeaf) found.push(checkedLeaf(low, high, level, page));
      else this.#walk(checkedTable(low, high, page), level - 1, page, found);
    }
  }

  /** Pages that are out: their slot, named as a Store does, and the frame if the page is still on its way. */
  swapped(mm: number): { page: number; slot: string; pfn: number }[] {
    const root = this.mem.get(mm, Mm.root);
    const found: { page: number; entry: number }[] = [];
    if (root !== 0) this.#walkSwap(root, 4, 0, found);
    const underWay = new Map<number, number>();
    for (let p = this.mem.get(mm, Mm.pagerHead); p !== 0; p = this.mem.get(p, PagerRequest.next)) {
      if (this.mem.get(p, PagerRequest.kind) === PAGER_STORE)
        underWay.set(Number(this.mem.get(p, PagerRequest.hva) / PAGE), this.mem.get(p, PagerRequest.frame));
    }
    const area = this.mem.get(mm, Mm.swap);
    return found.map(({ page, entry }) => ({ page, slot: `${area} ${entry}`, pfn: underWay.get(page) ?? 0 }));
  }

  #walkSwap(table: number, level: number, base: number, found: { page: number; entry: number }[]): void {
    const words = this.mem.words;
    for (let i = 0; i < 512; i++) {
      const at = table / 4 + i * 2;
      const low = (words[at] ?? 0) >>> 0;
      const page = base + i * 512 ** (level - 1);
      if (level === 1 && words[at + 1] === SWAP_HIGH) found.push({ page, entry: low >>> 12 });
      else if (level > 1 && (low & (P | PS)) === P) this.#walkSwap((low & PFN) >>> 0, level - 1, page, found);
    }
  }

  vmas(mm: number): VmaView[] {
    const array = this.mem.get(mm, Mm.vmas);
    if (array === 0) return [];
    const count = this.mem.get(array, VmaArray.count);
    return Array.from({ length: count }, (_, i) => {
      const p = this.mem.view.getUint32(array + VMA_ARRAY_HEADER_BYTES + i * 4, true);
      return {
        start: this.mem.get(p, Vma.start),
        end: this.mem.get(p, Vma.end),
        backing: this.mem.get(p, Vma.backing),
        prot: this.mem.get(p, Vma.prot),
        flags: this.mem.get(p, Vma.flags),
        source: this.mem.get(p, Vma.source),
        offset: this.mem.get(p, Vma.offset),
      };
    });
  }

  /** pfn of each page of a shared object, 0 where there is none. */
  objectPages(object: number): number[] {
    const pages = this.mem.get(object, HostObject.pages);
    const n = this.mem.get(pages, KArray.bytes) / 4n;
    return Array.from({ length: Number(n) }, (_, i) => {
      const chunk = this.mem.view.getUint32(pages + KARRAY_TABLE + ((i * 4) >>> KARRAY_CHUNK_SHIFT) * 4, true);
      return this.mem.view.getUint32(chunk + ((i * 4) & ((1 << KARRAY_CHUNK_SHIFT) - 1)), true);
    });
  }

  /** Stops with an exception at the first thing that is not as it must be between two calls. The leaves of each. `held`: frames of requests. */
  checkInvariants(mms: number[], objects: number[] = [], held: number[] = []): Leaf[][] {
    const singles = new Map(held.map((pfn) => [pfn, 1]));
    const blocks = new Map<number, number>();
    const ofObjects = new Set<number>();
    for (const object of objects) {
      for (const pfn of this.objectPages(object)) {
        if (pfn === 0) continue;
        ofObjects.add(pfn);
        add(singles, pfn);
      }
    }
    const all = mms.map((mm) => this.#checkMm(mm, singles, blocks));
    for (const head of blocks.keys()) for (let i = 0; i < 512; i++) add(singles, head + i);
    this.#checkCounts(singles, blocks);
    for (const leaf of all.flat()) this.#checkWritable(leaf, ofObjects);
    return all;
  }

  /** VMAs sorted, disjoint and merged; leaves inside of them and no more allowed than they are; counters right. */
  #checkMm(mm: number, singles: Map<number, number>, blocks: Map<number, number>): Leaf[] {
    const views = this.vmas(mm);
    for (let i = 1; i < views.length; i++) checkNeighbours(views[i - 1], views[i]);
    const vmas = views.map((v) => ({ first: Number(v.start / PAGE), last: Number(v.end / PAGE), prot: v.prot }));
    const leaves = this.leaves(mm);
    let resident = 0;
    for (const leaf of leaves) {
      const vma = vmas.find((v) => v.first <= leaf.page && leaf.page + pagesOf(leaf) <= v.last);
      if (vma === undefined) throw new Error(`leaf outside of any VMA at ${leaf.hva.toString(16)}`);
      if (leaf.isHeld !== (vma.prot === 0)) throw new Error(`leaf held: ${leaf.isHeld}, prot ${vma.prot}`);
      if (leaf.isWritable && (vma.prot & PROT_WRITE) === 0) throw new Error("writable against its VMA");
      add(leaf.level === 2 ? blocks : singles, leaf.pfn);
      resident += pagesOf(leaf);
    }
    const huge = leaves.filter((leaf) => leaf.level === 2).length;
    if (this.x.mmStat(mm, 0) !== BigInt(resident)) throw new Error(`resident ${this.x.mmStat(mm, 0)}, not ${resident}`);
    const out = this.swapped(mm).length;
    if (this.x.mmStat(mm, MM_STAT_SWAPPED) !== BigInt(out)) throw new Error(`swapped: not ${out}`);
    if (this.x.mmStat(mm, 1) !== BigInt(huge)) throw new Error(`huge ${this.x.mmStat(mm, 1)}, not ${huge}`);
    return leaves;
  }

  /** References equal mappings, and every frame of the kind is mapped or an object's. */
  #checkCounts(singles: Map<number, number>, blocks: Map<number, number>): void {
    for (const [pfn, n] of singles) {
      if (this.kind(pfn) !== FRAME_ANON) throw new Error(`frame ${pfn} is mapped and of kind ${this.kind(pfn)}`);
      if (this.refcount(pfn) !== n) throw new Error(`frame ${pfn}: ${this.refcount(pfn)} references, ${n} users`);
      const leaves = blocks.get(pfn) ?? 0;
      if (this.blockLeaves(pfn) !== leaves) throw new Error(`block ${pfn}: ${this.blockLeaves(pfn)}, ${leaves} leaves`);
    }
    const anon = this.x.frameKindCount(FRAME_ANON);
    if (anon !== singles.size) throw new Error(`${anon} frames in use, ${singles.size} reachable`);
  }

  /** A writable private frame has one way to it. */
  #checkWritable(leaf: Leaf, ofObjects: Set<number>): void {
    if (!leaf.isWritable || ofObjects.has(leaf.pfn)) return;
    for (let i = 0; i < pagesOf(leaf); i++) {
      if (this.refcount(leaf.pfn + i) !== 1) throw new Error(`writable and shared: ${leaf.hva.toString(16)}`);
    }
    if (leaf.level === 2 && this.blockLeaves(leaf.pfn) !== 1) throw new Error("writable block with several leaves");
  }
}

function checkedTable(low: number, high: number, page: number): number {
  if (high !== 0 || (low & ~PFN) !== (P | W)) throw new Error(`table entry ${high} ${low} at page ${page}`);
  return (low & PFN) >>> 0;
}

function checkedLeaf(low: number, high: number, level: number, page: number): Leaf {
  const isHeld = high === HELD_HIGH;
  const isWritable = (low & W) !== 0;
  const wanted = (isHeld ? 0 : P) | (level === 2 ? PS : 0);
  const bits = low & ~PFN & ~IGNORED & ~W;
  if ((high !== 0 && !isHeld) || bits !== wanted || (isHeld && isWritable) || level > 2) {
    throw new Error(`leaf ${high} ${low} of level ${level} at page ${page}`);
  }
  const pfn = (low & PFN) >>> 12;
  return { hva: BigInt(page) * PAGE, page, level: level as 1 | 2, pfn, isWritable, isHeld };
}

function add(counts: Map<number, number>, pfn: number): void {
  counts.set(pfn, (counts.get(pfn) ?? 0) + 1);
}

function checkNeighbours(a: VmaView | undefined, b: VmaView | undefined): void {
  if (a === undefined || b === undefined) return;
  if (a.start >= a.end || a.end > b.start || b.start >= b.end) throw new Error("VMAs overlap or are unsorted");
  if (a.end !== b.start || a.backing !== b.backing || a.prot !== b.prot || a.flags !== b.flags) return;
  const isContinued = a.backing === BACKING_ANON || a.offset + (a.end - a.start) === b.offset;
  if (a.source === b.source && isContinued) throw new Error(`VMAs could be one at ${b.start.toString(16)}`);
}
