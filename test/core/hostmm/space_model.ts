/**
 * A naive model of address spaces, which knows each page's contents and rights, and random operations that drive it
 * and core. After every operation: contents, rights and VMAs agree, references equal mappings, no private frame is
 * writable twice, tables are well-formed.
 */
import fc from "fast-check";
import { expect } from "vitest";
import {
  BACKING_ANON,
  BACKING_OBJECT,
  BACKING_PAGER,
  GUP_LATER,
  GUP_WRITE,
  MM_MAP_FIXED,
  MM_MAP_HUGE,
  MM_MAP_HUGETLB,
  MM_MERGE_DIFFERENT,
  Mm,
  PAGER_CANCELLED,
  PAGER_DONE,
  PAGER_FAILED,
  PAGER_PENDING,
  PAGER_STORE,
  PagerRequest,
  PROT_WRITE,
} from "../../../src/abi/index.js";
import { type CoreBuild, expectBalanced, snapshotBalance } from "../harness.js";
import {
  EAGAIN,
  EBUSY,
  EEXIST,
  EFAULT,
  EINVAL,
  ENOENT,
  ENOMEM,
  HostRig,
  type Leaf,
  PAGE,
  pagesOf,
  RW,
} from "./host_rig.js";

const BASE = 0x40000000n;
const FIRST_PAGE = Number(BASE / PAGE);
const PAGES = 1536; // three blocks of 2 MiB
/** Where ranges begin and end, and what is touched: around the blocks' edges. */
const EDGES = [0, 1, 2, 3, 500, 511, 512, 513, 1023, 1024, 1025, 1300, 1535, 1536];
const TOUCHED = EDGES.filter((page) => page < PAGES);
const OBJECTS = 2;
const MAX_SPACES = 3;

type Kind = "anon" | "huge" | "hugetlb" | "object" | "pager";
const FLAGS = { anon: 0, huge: MM_MAP_HUGE, hugetlb: MM_MAP_HUGETLB, object: 0, pager: 0 };
const BACKING = {
  anon: BACKING_ANON,
  huge: BACKING_ANON,
  hugetlb: BACKING_ANON,
  object: BACKING_OBJECT,
  pager: BACKING_PAGER,
};

interface Page {
  kind: Kind;
  prot: number;
  /** Which object; 0 otherwise. */
  object: number;
  /** Page of the object or of the pager's store. */
  index: number;
  /** What a private page is filled with. */
  value: number;
}

interface Space {
  mm: number;
  pages: (Page | undefined)[];
}

/** What a pager has at page `index` of its store. */
const stored = (index: number) => 1_000_000 + index;

/** How the main thread ends a page-out: at once, later (by "stored"), or with a failure. */
type StoreEnd = "now" | "later" | "failed";

type Operation =
  | { op: "map"; space: number; from: number; to: number; kind: Kind; prot: number; object: number; turned: boolean }
  | { op: "unmap" | "dontNeed"; space: number; from: number; to: number }
  | { op: "protect"; space: number; from: number; to: number; prot: number }
  | { op: "read" | "migrate"; space: number; page: number }
  | { op: "write"; space: number; page: number; value: number }
  | { op: "merge"; space: number; page: number; other: number }
  | { op: "fork" | "destroy"; space: number }
  | { op: "reclaim"; space: number; pages: number; end: StoreEnd }
  | { op: "stored" }
  | { op: "create" };

/** Address spaces and what is known of them. */
class SpacesAndModel {
  readonly spaces: Space[] = [];
  readonly objects: number[];
  readonly objectValues = Array.from({ length: OBJECTS }, () => new Array<number>(PAGES).fill(0));

  constructor(
    readonly rig: HostRig,
    readonly store: Store,
  ) {
    this.objects = this.objectValues.map(() => rig.x.mmObjectCreate(BigInt(PAGES) * PAGE) >>> 0);
    this.create();
  }

  create(): void {
    if (this.spaces.length === MAX_SPACES) return;
    const mm = this.rig.create();
    expect(this.rig.x.mmSetSwap(mm, SWAP_PAGER, BigInt(SWAP_SLOTS))).toBe(0);
    this.spaces.push({ mm, pages: new Array<Page | undefined>(PAGES).fill(undefined) });
  }

  run(operation: Operation): void {
    if (operation.op === "create") return this.create();
    if (operation.op === "stored") return this.store.endAll("now");
    const space = this.spaces[operation.space % this.spaces.length];
    if (space === undefined) return;
    switch (operation.op) {
      case "map":
        return this.#map(space, operation);
      case "unmap":
      case "protect":
      case "dontNeed":
        return this.#range(space, operation);
      case "read":
        return this.#read(space, operation.page);
      case "write":
        return this.#write(space, operation.page, operation.value);
      case "migrate":
        return this.#migrate(space, operation.page);
      case "merge":
        return this.#merge(space, operation.page, operation.other);
      case "reclaim":
        return this.#reclaim(space, operation.pages, operation.end);
      case "fork":
        return this.#fork(space);
      case "destroy":
        return this.#destroy(space);
    }
  }

  #map(space: Space, o: Extract<Operation, { op: "map" }>): void {
    // Reserved memory comes in blocks: nearest edges.
    const unit = o.kind === "hugetlb" ? 512 : 1;
    const from = Math.floor(o.from / unit) * unit;
    const to = Math.ceil(o.to / unit) * unit;
    const index = o.kind === "object" && o.turned ? PAGES - to : from;
    const hasSource = o.kind === "object" || o.kind === "pager";
    const source = o.kind === "object" ? (this.objects[o.object] ?? 0) : o.kind === "pager" ? 7 : 0;
    const result = this.rig.tryMap(space.mm, BigInt(to - from) * PAGE, {
      hva: BASE + BigInt(from) * PAGE,
      backing: BACKING[o.kind],
      prot: o.prot,
      flags: MM_MAP_FIXED | FLAGS[o.kind],
      source,
      offset: hasSource ? BigInt(index) * PAGE : 0n,
    });
    if (o.kind === "hugetlb" && result === BigInt(ENOMEM)) return; // no unbroken blocks left
    const isFree = space.pages.slice(from, to).every((page) => page === undefined);
    expect(result).toBe(isFree ? BASE + BigInt(from) * PAGE : BigInt(EEXIST));
    if (!isFree) return;
    const object = o.kind === "object" ? o.object : 0;
    for (let i = from; i < to; i++) {
      const at = index + i - from;
      const value = o.kind === "pager" ? stored(at) : 0;
      space.pages[i] = { kind: o.kind, prot: o.prot, object, index: hasSource ? at : 0, value };
    }
  }

  /** True if the range cuts reserved memory. */
  #isCut(space: Space, from: number, to: number): boolean {
    return [from, to].some((page) => page % 512 !== 0 && space.pages[page]?.kind === "hugetlb");
  }

  #range(space: Space, o: Extract<Operation, { op: "unmap" | "protect" | "dontNeed" }>): void {
    const { from, to } = o;
    const hva = BASE + BigInt(from) * PAGE;
    const length = BigInt(to - from) * PAGE;
    const x = this.rig.x;
    const hole = space.pages.slice(from, to).some((page) => page === undefined);
    const isCut = this.#isCut(space, from, to);
    if (o.op === "unmap") {
      expect(x.mmUnmap(space.mm, hva, length)).toBe(isCut ? EINVAL : 0);
      if (!isCut) space.pages.fill(undefined, from, to);
      return;
    }
    const result =
      o.op === "protect" ? x.mmProtect(space.mm, hva, length, o.prot) : x.mmDontNeed(space.mm, hva, length);
    expect(result).toBe(hole ? ENOMEM : isCut ? EINVAL : 0);
    if (result !== 0) return;
    for (let i = from; i < to; i++) {
      const page = space.pages[i];
      if (page === undefined) continue;
      if (o.op === "protect") page.prot = o.prot;
      else page.value = page.kind === "pager" ? stored(page.index) : 0;
    }
  }

  valueOf(page: Page): number {
    return page.kind === "object" ? (this.objectValues[page.object]?.[page.index] ?? 0) : page.value;
  }

  /** gup as a vCPU would: waits for the pager, which answers at once. */
  #gup(space: Space, page: number, flags: number): { result: number; pfn: number; isWritable: boolean } {
    const hva = BASE + BigInt(page) * PAGE;
    const found = this.rig.gup(space.mm, hva, flags);
    if (found.result !== EAGAIN) return found;
    expect(this.rig.x.hostPagerFinish(found.request)).toBe(0);
    return this.rig.gup(space.mm, hva, flags);
  }

  #read(space: Space, page: number): void {
    const model = space.pages[page];
    const found = this.#gup(space, page, 0);
    if (model === undefined || model.prot === 0) {
      expect(found.result).toBe(EFAULT);
      return;
    }
    if (found.result === ENOMEM && model.kind === "hugetlb") return;
    expect(found.result).toBe(0);
    expect(this.rig.frameValue(found.pfn)).toBe(this.valueOf(model));
  }

  #write(space: Space, page: number, value: number): void {
    const model = space.pages[page];
    const found = this.#gup(space, page, GUP_WRITE);
    if (model === undefined || (model.prot & PROT_WRITE) === 0) {
      expect(found.result).toBe(EFAULT);
      return;
    }
    if (found.result === ENOMEM && model.kind === "hugetlb") return;
    expect(found).toMatchObject({ result: 0, isWritable: true });
    expect(this.rig.frameValue(found.pfn)).toBe(this.valueOf(model));
    this.rig.fillFrame(found.pfn, value);
    const values = this.objectValues[model.object];
    if (model.kind === "object" && values !== undefined) values[model.index] = value;
    else model.value = value;
  }

  #leafAt(space: Space, page: number): Leaf | undefined {
    const at = FIRST_PAGE + page;
    return this.rig.leaves(space.mm).find((leaf) => leaf.page <= at && at < leaf.page + pagesOf(leaf));
  }

  /** What every call that replaces frames answers where it cannot; 0 if it can. */
  #refusal(space: Space, page: number): number {
    const model = space.pages[page];
    if (model === undefined) return EFAULT;
    return model.kind === "object" ? EINVAL : 0;
  }

  #migrate(space: Space, page: number): void {
    const leaf = this.#leafAt(space, page);
    const isShared = leaf !== undefined && this.#isShared(leaf);
    const result = this.rig.x.mmMigrate(space.mm, BASE + BigInt(page) * PAGE);
    const refusal = this.#refusal(space, page);
    if (refusal !== 0) expect(result).toBe(refusal);
    else if (leaf === undefined) expect(result).toBe(ENOENT);
    else if (isShared) expect(result).toBe(EBUSY);
    else if (leaf.level === 1 || result !== ENOMEM) {
      expect(result).toBe(0);
      expect(this.#leafAt(space, page)?.pfn).not.toBe(leaf.pfn);
    }
  }

  #isShared(leaf: Leaf): boolean {
    const frames = Array.from({ length: pagesOf(leaf) }, (_, i) => this.rig.refcount(leaf.pfn + i));
    return frames.some((n) => n !== 1) || (leaf.level === 2 && this.rig.blockLeaves(leaf.pfn) !== 1);
  }

  #merge(space: Space, page: number, other: number): void {
    const result = this.rig.x.mmMerge(space.mm, BASE + BigInt(page) * PAGE, BASE + BigInt(other) * PAGE);
    expect(result).toBe(this.#mergeResult(space, page, other));
    if (result === 0) expect(frameOf(this.#leafAt(space, page), page)).toBe(frameOf(this.#leafAt(space, other), other));
  }

  #mergeResult(space: Space, page: number, other: number): number {
    if (page === other) return EINVAL;
    const refusal = this.#refusal(space, page) || this.#refusal(space, other);
    if (refusal !== 0) return refusal;
    const models = [space.pages[page], space.pages[other]];
    if (models.some((model) => model?.kind === "hugetlb")) return EINVAL;
    const leaves = [this.#leafAt(space, page), this.#leafAt(space, other)];
    if (leaves.some((leaf) => leaf === undefined || leaf.isHeld)) return ENOENT;
    return models[0]?.value === models[1]?.value ? 0 : MM_MERGE_DIFFERENT;
  }

  #fork(space: Space): void {
    if (this.spaces.length === MAX_SPACES) return;
    const mm = this.rig.x.mmFork(space.mm) >>> 0;
    expect(mm).not.toBe(0);
    this.spaces.push({ mm, pages: space.pages.map((page) => page && { ...page }) });
  }

  #reclaim(space: Space, pages: number, end: StoreEnd): void {
    const { x } = this.rig;
    const evictable = space.pages.some(
      (page) => page?.kind === "anon" || page?.kind === "huge" || page?.kind === "pager",
    );
    const evicted = Number(x.mmReclaim(space.mm, BigInt(pages)));
    if (evicted === EAGAIN) {
      // All requests are under way, perhaps for another space of the same swap area: none can go before one has ended.
      const { request } = this.rig.results(EAGAIN);
      this.store.endAll("now");
      if (request !== Number(GUP_LATER)) expect(x.hostPagerFinish(request)).toBe(0);
      return;
    }
    expect(evicted).toBeGreaterThanOrEqual(0);
    expect(evicted).toBeLessThanOrEqual(pages);
    if (!evictable) expect(evicted).toBe(0);
    if (end !== "later") this.store.endAll(end);
  }

  #destroy(space: Space): void {
    if (this.spaces.length === 1) return;
    this.rig.x.mmDestroy(space.mm);
    this.spaces.splice(this.spaces.indexOf(space), 1);
  }

  check(): void {
    const mms = this.spaces.map((space) => space.mm);
    const leaves = this.rig.checkInvariants(mms, this.objects, this.store.framesHeld());
    const objectPages = this.objects.map((object) => this.rig.objectPages(object));
    this.spaces.forEach((space, i) => {
      this.#checkVmas(space);
      this.#checkContents(space, leaves[i] ?? [], objectPages);
    });
  }

  /** The VMAs are the model's pages, cut where the next page is no continuation. */
  #checkVmas(space: Space): void {
    const found = this.rig.vmas(space.mm).map((vma) => {
      const flags = vma.flags & (MM_MAP_HUGE | MM_MAP_HUGETLB);
      const object = vma.backing === BACKING_OBJECT ? this.objects.indexOf(vma.source) : 0;
      const from = Number(vma.start / PAGE) - FIRST_PAGE;
      const to = Number(vma.end / PAGE) - FIRST_PAGE;
      return { from, to, backing: vma.backing, prot: vma.prot, flags, object, index: Number(vma.offset / PAGE) };
    });
    const wanted: typeof found = [];
    let last: Page | undefined;
    space.pages.forEach((page, i) => {
      const open = wanted[wanted.length - 1];
      if (page !== undefined && open !== undefined && last !== undefined && isContinued(last, page)) open.to = i + 1;
      else if (page !== undefined) {
        const { kind, prot, object, index } = page;
        wanted.push({ from: i, to: i + 1, backing: BACKING[kind], prot, flags: FLAGS[kind], object, index });
      }
      last = page;
    });
    expect(found).toEqual(wanted);
  }

  /** Pages that are there hold what was written; the others have never been, or were dropped. */
  #checkContents(space: Space, leaves: Leaf[], objectPages: number[][]): void {
    const resident = new Uint8Array(PAGES);
    const { words } = this.rig.mem;
    for (const { page, pfn, slot } of this.rig.swapped(space.mm)) {
      const model = space.pages[page - FIRST_PAGE];
      const held = pfn === 0 ? this.store.slots.get(slot) : words[pfn * 1024 + 1023];
      if (model === undefined || held !== this.valueOf(model))
        throw new Error(`page ${page - FIRST_PAGE} is out with ${held}, not ${model && this.valueOf(model)}`);
      resident[page - FIRST_PAGE] = 1;
    }
    for (const leaf of leaves) {
      const first = leaf.page - FIRST_PAGE;
      for (let i = 0; i < pagesOf(leaf); i++) {
        resident[first + i] = 1;
        const page = space.pages[first + i];
        const at = (leaf.pfn + i) * 1024;
        if (page === undefined || words[at] !== this.valueOf(page) || words[at + 1023] !== this.valueOf(page)) {
          throw new Error(`page ${first + i} holds ${words[at]}, not ${page && this.valueOf(page)}`);
        }
      }
    }
    for (let i = 0; i < PAGES; i++) {
      const page = space.pages[i];
      if (page === undefined || resident[i] === 1) continue;
      const isThere = page.kind === "object" && objectPages[page.object]?.[page.index] !== 0;
      const initial = page.kind === "pager" ? stored(page.index) : 0;
      if (!isThere && this.valueOf(page) !== initial) throw new Error(`page ${i} lost ${this.valueOf(page)}`);
    }
  }

  end(): void {
    for (const { mm } of this.spaces) this.rig.x.mmDestroy(mm);
    this.store.endAll("now");
    for (const object of this.objects) this.rig.x.mmObjectPut(object);
    this.rig.x.cpuFramesDrain();
  }
}

/** b may follow a in one VMA. */
function isContinued(a: Page, b: Page): boolean {
  if (a.kind !== b.kind || a.prot !== b.prot || a.object !== b.object) return false;
  return b.index === a.index + (a.kind === "object" || a.kind === "pager" ? 1 : 0);
}

function frameOf(leaf: Leaf | undefined, page: number): number | undefined {
  return leaf && leaf.pfn + FIRST_PAGE + page - leaf.page;
}

const space = fc.nat({ max: MAX_SPACES - 1 });
const page = fc.constantFrom(...TOUCHED);
// Few values, so that pages are often equal.
const value = fc.constantFrom(0, 1, 2, stored(1), stored(511));
const prot = fc.constantFrom(RW, RW, RW, 1, 0);
const range = fc
  .tuple(fc.nat({ max: EDGES.length - 1 }), fc.nat({ max: EDGES.length - 1 }))
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => ({ from: EDGES[Math.min(a, b)] ?? 0, to: EDGES[Math.max(a, b)] ?? 1 }));
const kind = fc.constantFrom<Kind[]>("anon", "huge", "huge", "hugetlb", "object", "pager");

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(space, range, kind, prot, fc.nat({ max: OBJECTS - 1 }), fc.boolean())
      .map(
        ([s, r, k, p, object, turned]): Operation => ({ op: "map", space: s, ...r, kind: k, prot: p, object, turned }),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom("unmap" as const, "dontNeed" as const), space, range)
      .map(([op, s, r]): Operation => ({ op, space: s, ...r })),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(space, range, prot).map(([s, r, p]): Operation => ({ op: "protect", space: s, ...r, prot: p })),
  },
  { weight: 10, arbitrary: fc.record({ op: fc.constant("write" as const), space, page, value }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("read" as const), space, page }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("migrate" as const), space, page }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant("merge" as const), space, page, other: page }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("fork" as const), space }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("destroy" as const), space }) },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant("reclaim" as const),
      space,
      pages: fc.constantFrom(1, 3, 40, 100),
      end: fc.constantFrom<StoreEnd[]>("now", "now", "later", "failed"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("stored" as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("create" as const) }) },
);

/** Each block begins mapped, with something in it, and shared or not: what follows finds something to do. */
const beginning: fc.Arbitrary<Operation[]> = fc
  .tuple(fc.array(kind, { minLength: 3, maxLength: 3 }), fc.array(page, { minLength: 6, maxLength: 6 }), fc.boolean())
  .map(([kinds, pages, isForked]) => [
    ...kinds.map((k, i): Operation => {
      const range = { from: i * 512, to: (i + 1) * 512 };
      return { op: "map", space: 0, ...range, kind: k, prot: RW, object: i % OBJECTS, turned: false };
    }),
    ...pages.map((p, i): Operation => ({ op: "write", space: 0, page: p, value: i % 3 })),
    ...(isForked ? [{ op: "fork", space: 0 } as const] : []),
  ]);

const SWAP_PAGER = 99;
/** Fewer than a space has pages: it gets full. */
const SWAP_SLOTS = 700;

/** The pagers: one that answers while the request is being posted, and the one that swap is kept by. */
class Store {
  /** What each swap area's slots hold: one value fills a page. Areas of all spaces have the same pager, so slots meet. */
  readonly slots = new Map<string, number>();
  /** Posted, and not ended. */
  #underWay: number[] = [];
  #rig: HostRig | undefined;

  get rig(): HostRig {
    if (this.#rig === undefined) throw new Error("no rig yet");
    return this.#rig;
  }

  attach(rig: HostRig): void {
    this.#rig = rig;
  }

  serve(request: number): void {
    const { mem } = this.rig;
    if (mem.get(request, PagerRequest.kind) === PAGER_STORE) {
      this.#underWay.push(request);
      return;
    }
    const isSwap = mem.get(request, PagerRequest.pagerId) === SWAP_PAGER;
    const value = isSwap
      ? this.slots.get(this.#slot(request))
      : stored(Number(mem.get(request, PagerRequest.offset) / PAGE));
    if (value === undefined) throw new Error(`slot ${this.#slot(request)} was never written`);
    this.rig.fillFrame(mem.get(request, PagerRequest.frame), value);
    Atomics.store(mem.words, (request + PagerRequest.state.offset) >>> 2, PAGER_DONE);
  }

  /** Ends what is under way, as the main thread does. */
  endAll(end: StoreEnd): void {
    const { mem, x } = this.rig;
    for (const request of this.#underWay.splice(0)) {
      const mm = mem.get(request, PagerRequest.mm);
      const frame = mem.get(request, PagerRequest.frame);
      if (end === "now" && frame !== 0) this.slots.set(this.#slot(request), this.rig.frameValue(frame));
      const state = end === "now" ? PAGER_DONE : PAGER_FAILED;
      const at = (request + PagerRequest.state.offset) >>> 2;
      if (Atomics.compareExchange(mem.words, at, PAGER_PENDING, state) === PAGER_CANCELLED) x.pagerRelease(request);
      else x.mmEndPageOuts(mm);
    }
  }

  /** Frames that requests have, and no entry. */
  framesHeld(): number[] {
    return this.#underWay.map((request) => this.rig.mem.get(request, PagerRequest.frame)).filter((pfn) => pfn !== 0);
  }

  #slot(request: number): string {
    const { mem } = this.rig;
    const mm = mem.get(request, PagerRequest.mm);
    return `${mem.get(mm, Mm.swap)} ${mem.get(request, PagerRequest.offset) / PAGE}`;
  }
}

/** Runs `numRuns` random sequences; throws with the seed and a shrunk sequence at the first disagreement. */
export async function checkAgainstModel(build: CoreBuild, seed: number, numRuns: number): Promise<void> {
  const store = new Store();
  const rig = await HostRig.open(build, 128, (request) => store.serve(request));
  store.attach(rig);
  const before = snapshotBalance(rig.core);
  const sequence = fc.tuple(beginning, fc.array(operation, { minLength: 5, maxLength: 30, size: "max" }));
  const property = fc.property(sequence, ([first, then]) => {
    const harness = new SpacesAndModel(rig, store);
    try {
      for (const one of [...first, ...then]) {
        harness.run(one);
        harness.check();
      }
    } finally {
      harness.end();
    }
    expectBalanced(rig.core, before);
  });
  fc.assert(property, { seed, numRuns });
}
