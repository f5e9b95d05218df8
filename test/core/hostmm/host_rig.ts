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
  HPTE_WRITE,
  KARRAY_CHUNK_SHIFT,
  KARRAY_TABLE,
  KArray,
  Mm,
  PROT_READ,
  PROT_WRITE,
  SYSTEM_BASE,
  System,
  VMA_ARRAY_HEADER_BYTES,
  Vma,
  VmaArray,
} from "../../../src/abi/index.js";
import { type Core, type CoreBuild, openCore } from "../harness.js";

export interface HostExports {
  mmCreate(): number;
  mmDestroy(mm: number): number;
  mmMap(
    mm: number,
    hva: bigint,
    length: bigint,
    backing: number,
    prot: number,
    flags: number,
    source: number,
    offset: bigint,
  ): bigint;
  mmUnmap(mm: number, hva: bigint, length: bigint): number;
  mmProtect(mm: number, hva: bigint, length: bigint, prot: number): number;
  mmDontNeed(mm: number, hva: bigint, length: bigint): number;
  mmFork(mm: number): number;
  mmMigrate(mm: number, hva: bigint): number;
  mmMerge(mm: number, a: bigint, b: bigint): number;
  mmStat(mm: number, which: number): bigint;
  mmObjectCreate(bytes: bigint): number;
  mmObjectPut(object: number): void;
  pagerRelease(request: number): void;
  cpuFramesDrain(): void;
  frameKindCount(kind: number): number;
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
  entry: bigint;
  level: 1 | 2;
  pfn: number;
}

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
    if (root !== 0) this.#walk(root, 4, 0n, found);
    return found;
  }

  #walk(table: number, level: number, base: bigint, found: Leaf[]): void {
    for (let i = 0; i < 512; i++) {
      const entry = this.mem.wides[table / 8 + i] ?? 0n;
      if (entry === 0n) continue;
      const hva = base + (BigInt(i) << BigInt(12 + 9 * (level - 1)));
      const isLeaf = level === 1 || (entry & (HPTE_PS | HPTE_HELD)) !== 0n;
      if (isLeaf) found.push(this.#leaf(entry, level, hva));
      else this.#walk(this.#nextTable(entry, hva), level - 1, hva, found);
    }
  }

  #nextTable(entry: bigint, hva: bigint): number {
    if ((entry & ~HPTE_PFN_MASK) !== (HPTE_PRESENT | HPTE_WRITE)) throw new Error(`table entry ${entry} at ${hva}`);
    return Number(entry & HPTE_PFN_MASK);
  }

  #leaf(entry: bigint, level: number, hva: bigint): Leaf {
    const bits = entry & ~HPTE_PFN_MASK & ~HPTE_ACCESSED & ~HPTE_DIRTY & ~HPTE_WRITE;
    const isHeld = (entry & HPTE_HELD) !== 0n;
    const wanted = (isHeld ? HPTE_HELD : HPTE_PRESENT) | (level === 2 ? HPTE_PS : 0n);
    if (bits !== wanted || (isHeld && (entry & HPTE_WRITE) !== 0n) || level > 2) {
      throw new Error(`leaf ${entry.toString(16)} of level ${level} at ${hva.toString(16)}`);
    }
    return { hva, entry, level: level as 1 | 2, pfn: Number((entry & HPTE_PFN_MASK) >> 12n) };
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

  /** Stops with an exception at the first thing that is not as it must be between two calls. */
  checkInvariants(mms: number[], objects: number[] = []): void {
    const singles = new Map<number, number>();
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
  }

  /** VMAs sorted, disjoint and merged; leaves inside of them and no more allowed than they are; counters right. */
  #checkMm(mm: number, singles: Map<number, number>, blocks: Map<number, number>): Leaf[] {
    const vmas = this.vmas(mm);
    for (let i = 1; i < vmas.length; i++) checkNeighbours(vmas[i - 1], vmas[i]);
    const leaves = this.leaves(mm);
    let resident = 0;
    for (const leaf of leaves) {
      const end = leaf.hva + (leaf.level === 2 ? HUGE : PAGE);
      const vma = vmas.find((v) => v.start <= leaf.hva && end <= v.end);
      if (vma === undefined) throw new Error(`leaf outside of any VMA at ${leaf.hva.toString(16)}`);
      const isUsable = (leaf.entry & HPTE_PRESENT) !== 0n;
      if (isUsable !== (vma.prot !== 0)) throw new Error(`leaf usable: ${isUsable}, prot ${vma.prot}`);
      if ((leaf.entry & HPTE_WRITE) !== 0n && (vma.prot & PROT_WRITE) === 0)
        throw new Error("writable against its VMA");
      add(leaf.level === 2 ? blocks : singles, leaf.pfn);
      resident += leaf.level === 2 ? 512 : 1;
    }
    const huge = leaves.filter((leaf) => leaf.level === 2).length;
    if (this.x.mmStat(mm, 0) !== BigInt(resident)) throw new Error(`resident ${this.x.mmStat(mm, 0)}, not ${resident}`);
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
    if ((leaf.entry & HPTE_WRITE) === 0n || ofObjects.has(leaf.pfn)) return;
    for (let i = 0; i < (leaf.level === 2 ? 512 : 1); i++) {
      if (this.refcount(leaf.pfn + i) !== 1) throw new Error(`writable and shared: ${leaf.hva.toString(16)}`);
    }
    if (leaf.level === 2 && this.blockLeaves(leaf.pfn) !== 1) throw new Error("writable block with several leaves");
  }
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
