/**
 * Paging out step by step, and threads that touch, evict and fork while the main thread ends writes in any order. What
 * random sequences do to one thread's view is in the model (space_model.ts).
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  BACKING_OBJECT,
  BACKING_PAGER,
  CPU_BASE,
  CPU_STRIDE,
  Cpu,
  GUP_NOWAIT,
  GUP_WRITE,
  MM_MAP_HUGE,
  MM_MAP_HUGETLB,
  MM_STAT_CLEAN_DROPS,
  MM_STAT_HUGE,
  MM_STAT_SWAPPED,
  Mm,
  OP_NOTIFIER_END,
  OP_NOTIFIER_START,
  PAGER_CANCELLED,
  PAGER_DONE,
  PAGER_FAILED,
  PAGER_PENDING,
  PAGER_STORE,
  PagerRequest,
} from "../../../src/abi/index.js";
import { type Balance, BUILDS, expectBalanced, runThreads, snapshotBalance } from "../harness.js";
import { EAGAIN, EBUSY, EFAULT, EINVAL, ENOMEM, HostRig, HUGE, PAGE } from "./host_rig.js";

const seed = Number(process.env["TADPOLE_SEED"] ?? Date.now() % 0x7fffffff) | 1;

/** The main thread's half: keeps what is posted until told how to end it. */
class MainSide {
  readonly loads: number[] = [];
  readonly stores: number[] = [];
  readonly slots = new Map<string, Uint8Array>();
  rig!: HostRig;

  post(request: number): void {
    (this.get(request, "kind") === PAGER_STORE ? this.stores : this.loads).push(request);
  }

  get(request: number, field: "kind" | "frame" | "mm" | "offset" | "hva" | "pagerId"): number {
    return Number(this.rig.mem.get(request, PagerRequest[field]));
  }

  /** Ends a store. False: it had been cancelled. */
  endStore(request: number, ok = true): boolean {
    const mm = this.get(request, "mm");
    const frame = this.get(request, "frame");
    if (ok && frame !== 0) this.slots.set(this.#slot(request), this.rig.mem.bytesAt(frame * 4096, 4096).slice());
    const isEnded = this.#end(request, ok ? PAGER_DONE : PAGER_FAILED);
    if (isEnded) this.rig.x.mmEndPageOuts(mm);
    return isEnded;
  }

  endStores(ok = true): void {
    for (const request of this.stores.splice(0)) this.endStore(request, ok);
  }

  /** Answers a load with what its slot has, or `bytes`. */
  endLoad(request: number, bytes = this.slots.get(this.#slot(request))): void {
    if (bytes !== undefined) this.rig.mem.bytesAt(this.get(request, "frame") * 4096, 4096).set(bytes);
    this.#end(request, bytes === undefined ? PAGER_FAILED : PAGER_DONE);
  }

  endLoads(): void {
    for (const request of this.loads.splice(0)) this.endLoad(request);
  }

  #end(request: number, state: number): boolean {
    const { mem, x } = this.rig;
    const old = Atomics.compareExchange(mem.words, (request + PagerRequest.state.offset) >>> 2, PAGER_PENDING, state);
    if (old === PAGER_CANCELLED) {
      x.pagerRelease(request);
      return false;
    }
    expect(old).toBe(PAGER_PENDING);
    for (let id = 0; id < 4; id++) {
      const cpu = CPU_BASE + id * CPU_STRIDE;
      if (Atomics.load(mem.words, (cpu + Cpu.waitingOn.offset) >>> 2) !== request) continue;
      Atomics.add(mem.words, (cpu + Cpu.wake.offset) >>> 2, 1);
      Atomics.notify(mem.words, (cpu + Cpu.wake.offset) >>> 2);
    }
    return true;
  }

  #slot(request: number): string {
    return `${this.get(request, "pagerId")} ${this.get(request, "offset")}`;
  }
}

describe.each(BUILDS)("reclaim, build %s", (build) => {
  let rig: HostRig;
  let main: MainSide;
  let before: Balance;
  let mm: number;
  beforeEach(async () => {
    main = new MainSide();
    rig = await HostRig.open(build, 64, (request) => main.post(request));
    main.rig = rig;
    before = snapshotBalance(rig.core);
    mm = rig.create();
    expect(rig.x.mmSetSwap(mm, 5, 1000n)).toBe(0);
  });
  afterEach(() => {
    rig.x.mmDestroy(mm);
    main.endStores();
    expectBalanced(rig.core, before);
  });

  const reclaim = (pages: number): number => Number(rig.x.mmReclaim(mm, BigInt(pages)));
  const stat = (which: number): number => Number(rig.x.mmStat(mm, which));

  /** `pages` pages, each filled with its number + 100. */
  function filled(pages: number, flags = 0): bigint {
    const hva = rig.map(mm, BigInt(pages) * PAGE, { flags });
    for (let i = 0; i < pages; i++) rig.fill(mm, hva + BigInt(i) * PAGE, 100 + i);
    return hva;
  }

  it("tells the notifiers: a start before each page goes, and its end", () => {
    const hva = filled(2);
    const other = rig.create();
    const buffer = rig.touch(other, rig.map(other, PAGE), GUP_WRITE).pfn * 4096;
    rig.x.hostRecordNotifiers(buffer);
    expect(reclaim(2)).toBe(2);
    const calls = Array.from({ length: rig.x.hostRecordCount() }, (_, i) => ({
      op: rig.mem.view.getUint32(buffer + i * 48, true),
      start: rig.mem.view.getBigUint64(buffer + i * 48 + 8, true),
    })).filter(({ op }) => op === OP_NOTIFIER_START || op === OP_NOTIFIER_END);
    rig.x.hostRecordNotifiers(0);
    for (const op of [OP_NOTIFIER_START, OP_NOTIFIER_END])
      expect(calls.filter((call) => call.op === op).map(({ start }) => start)).toContain(hva);
    expect(calls.map(({ op }) => op === OP_NOTIFIER_START)).toEqual(calls.map((_, i) => i % 2 === 0));
    rig.x.mmDestroy(other);
  });

  it("a page goes to a slot, and comes back when it is touched", () => {
    const hva = filled(4);
    expect(reclaim(4)).toBe(4);
    expect(main.stores.length).toBe(4);
    expect(rig.leaves(mm)).toEqual([]);
    main.endStores();
    rig.checkInvariants([mm]);
    expect(stat(MM_STAT_SWAPPED)).toBe(4);
    expect(rig.gup(mm, hva, GUP_NOWAIT)).toMatchObject({ result: EAGAIN, request: 0 });
    const asked = rig.gup(mm, hva + PAGE);
    expect(asked).toMatchObject({ result: EAGAIN, request: main.loads[0] });
    main.endLoads();
    expect(rig.x.hostPagerFinish(asked.request)).toBe(0);
    expect(rig.read(mm, hva + PAGE)).toBe(101);
    rig.checkInvariants([mm]);
  });

  it("one that is touched while it is written comes back at once, and stays as it is then", () => {
    const hva = filled(2);
    reclaim(2);
    expect(rig.gup(mm, hva, GUP_WRITE | GUP_NOWAIT)).toMatchObject({ result: 0, isWritable: true });
    rig.fill(mm, hva, 7);
    const [first, second] = [0n, PAGE].map((at) => main.stores.find((r) => main.get(r, "hva") === Number(hva + at)));
    expect(main.endStore(first as number)).toBe(false);
    // The other has been written, but nobody has noticed: no need to ask for it.
    rig.mem.compareExchange32(second as number, PagerRequest.state, PAGER_PENDING, PAGER_DONE);
    main.stores.length = 0;
    expect(rig.read(mm, hva + PAGE)).toBe(101);
    expect(rig.read(mm, hva)).toBe(7);
    expect(main.loads).toEqual([]);
    rig.checkInvariants([mm]);
  });

  it("a failed write leaves the page where it was", () => {
    const hva = filled(3);
    reclaim(3);
    rig.x.mmProtect(mm, hva, PAGE, 0);
    main.endStores(false);
    expect(stat(MM_STAT_SWAPPED)).toBe(0);
    rig.checkInvariants([mm]);
    expect(rig.gup(mm, hva).result).toBe(EFAULT);
    expect([1n, 2n].map((i) => rig.read(mm, hva + i * PAGE))).toEqual([101, 102]);
  });

  it("what is touched between two passes stays; what is not goes", () => {
    const hva = filled(8);
    expect(rig.x.mmAge(mm, hva, 8n * PAGE)).toBe(8n);
    for (const i of [1n, 5n]) rig.touch(mm, hva + i * PAGE);
    expect(reclaim(6)).toBe(6);
    expect(rig.leaves(mm).map((leaf) => (leaf.hva - hva) / PAGE)).toEqual([1n, 5n]);
    main.endStores();
  });

  it("leaves alone what others have: copy-on-write, shared objects, reserved blocks, pages without rights", () => {
    const hva = filled(4);
    const object = rig.x.mmObjectCreate(4n * PAGE) >>> 0;
    const shared = rig.map(mm, 4n * PAGE, { backing: BACKING_OBJECT, source: object });
    rig.fill(mm, shared, 1);
    rig.touch(mm, rig.map(mm, HUGE, { flags: MM_MAP_HUGETLB }));
    const none = filled(1);
    rig.x.mmProtect(mm, none, PAGE, 0);
    const child = rig.x.mmFork(mm) >>> 0;
    rig.fill(mm, hva + PAGE, 55); // its own again
    expect(reclaim(100)).toBe(1);
    expect(main.get(main.stores[0] as number, "hva")).toBe(Number(hva + PAGE));
    main.endStores();
    rig.checkInvariants([mm, child], [object]);
    rig.x.mmDestroy(child);
    rig.x.mmObjectPut(object);
  });

  it("splits a block of 2 MiB, and loses none of its pages", () => {
    const hva = rig.map(mm, HUGE, { flags: MM_MAP_HUGE });
    for (const i of [0n, 17n, 511n]) rig.fill(mm, hva + i * PAGE, 7);
    expect(stat(MM_STAT_HUGE)).toBe(1);
    let out = 0;
    while (out < 512) {
      out += reclaim(512 - out);
      main.endStores();
    }
    expect(stat(MM_STAT_HUGE)).toBe(0);
    for (const i of [0n, 17n, 511n]) {
      const asked = rig.gup(mm, hva + i * PAGE);
      main.endLoads();
      expect(rig.x.hostPagerFinish(asked.request)).toBe(0);
      // rig.fill wrote one page of the block each.
      expect(rig.read(mm, hva + i * PAGE)).toBe(7);
    }
    rig.checkInvariants([mm]);
  });

  it("drops clean pages of a pager, and pages out those that were written", () => {
    const hva = rig.map(mm, 4n * PAGE, { backing: BACKING_PAGER, source: 9 });
    for (let i = 0n; i < 4n; i++) {
      const asked = rig.gup(mm, hva + i * PAGE);
      main.endLoad(main.loads.pop() as number, new Uint8Array(4096).fill(3));
      expect(rig.x.hostPagerFinish(asked.request)).toBe(0);
      expect(rig.touch(mm, hva + i * PAGE).isWritable).toBe(false);
    }
    rig.fill(mm, hva, 1);
    expect(reclaim(4)).toBe(4);
    expect([stat(MM_STAT_CLEAN_DROPS), main.stores.length]).toEqual([3, 1]);
    main.endStores();
    expect(rig.gup(mm, hva).result).toBe(EAGAIN);
    expect(main.get(main.loads[0] as number, "pagerId")).toBe(5);
    const request = main.loads[0] as number;
    main.endLoads();
    expect(rig.x.hostPagerFinish(request)).toBe(0);
    expect(rig.read(mm, hva)).toBe(1);
  });

  it("unmapping and dropping forget what is out, and what is on its way in either direction", () => {
    const hva = filled(6);
    reclaim(6);
    rig.x.mmUnmap(mm, hva, PAGE);
    rig.x.mmDontNeed(mm, hva + PAGE, PAGE);
    expect(rig.read(mm, hva + PAGE)).toBe(0);
    main.endStores();
    const asked = rig.gup(mm, hva + 2n * PAGE);
    expect(asked.result).toBe(EAGAIN);
    rig.x.mmDontNeed(mm, hva + 2n * PAGE, PAGE);
    expect(rig.x.hostPagerFinish(asked.request)).toBe(0);
    main.endLoads();
    expect(rig.read(mm, hva + 2n * PAGE)).toBe(0);
    rig.x.mmUnmap(mm, hva + 3n * PAGE, 3n * PAGE);
    rig.checkInvariants([mm]);
    expect(stat(MM_STAT_SWAPPED)).toBe(0);
  });

  it("without memory, a fault evicts; it waits for a write, and goes on", () => {
    const hva = filled(64);
    const fresh = rig.map(mm, 64n * PAGE);
    rig.touch(mm, fresh);
    const taken = rig.x.hostExhaust(0);
    const asked = rig.gup(mm, fresh + PAGE, GUP_WRITE);
    expect(asked.result).toBe(EAGAIN);
    expect(main.get(asked.request, "kind")).toBe(PAGER_STORE);
    expect(main.stores.length).toBeGreaterThanOrEqual(32);
    main.endStores();
    expect(rig.x.hostPagerFinish(asked.request)).toBe(0);
    expect(rig.gup(mm, fresh + PAGE, GUP_WRITE).result).toBe(0);
    rig.x.hostRelease(taken);
    expect(stat(MM_STAT_SWAPPED)).toBeGreaterThan(0);
    expect(rig.gup(mm, hva, GUP_NOWAIT).result).toBe(EAGAIN);
  });

  it("ends with ENOMEM when no write succeeds, or nothing can go", () => {
    const hva = filled(64);
    const fresh = rig.map(mm, 64n * PAGE);
    rig.touch(mm, fresh);
    const taken = rig.x.hostExhaust(0);
    let result = EAGAIN;
    for (let tries = 0; tries < 50 && result === EAGAIN; tries++) {
      const asked = rig.gup(mm, fresh + PAGE, GUP_WRITE);
      result = asked.result;
      main.endStores(false);
      if (result === EAGAIN) rig.x.hostPagerFinish(asked.request);
    }
    expect(result).toBe(ENOMEM);
    rig.x.mmUnmap(mm, hva, 64n * PAGE);
    rig.x.hostRelease(taken);
  });

  it("refuses a swap area that cannot be, and a second one", () => {
    expect(rig.x.mmSetSwap(mm, 5, 10n)).toBe(EBUSY);
    const other = rig.create();
    expect(rig.x.mmSetSwap(other, 5, 0n)).toBe(EINVAL);
    expect(rig.x.mmSetSwap(other, 5, 1n << 40n)).toBe(ENOMEM);
    expect(rig.mem.get(other, Mm.swap)).toBe(0);
    expect(Number(rig.x.mmReclaim(other, 10n))).toBe(0);
    rig.x.mmDestroy(other);
    expect(rig.x.mmSetSwap(12345, 5, 10n)).toBe(EINVAL);
  });

  it(`threads touch, evict and fork while writes end early, late, or fail (seed ${seed})`, async () => {
    const hva = rig.map(mm, 96n * PAGE);
    let state = seed;
    const random = (n: number): number => {
      state = (state * 1103515245 + 12345) & 0x7fffffff;
      return (state >>> 8) % n;
    };
    main.post = (request) => {
      if (main.get(request, "kind") !== PAGER_STORE) main.endLoad(request);
      else if (random(4) === 0) setTimeout(() => main.endStore(request), random(3));
      else main.endStore(request, random(8) !== 0);
    };
    const rounds = build === "test" ? 1500 : 4000;
    const results = await runThreads(
      rig.core,
      [
        { cpu: 1, fn: "hostStressSwap", args: [mm, hva, 96, rounds, seed] },
        { cpu: 2, fn: "hostStressSwap", args: [mm, hva, 96, rounds, seed ^ 0x55555] },
        { cpu: 3, fn: "hostStressForkSwapped", args: [mm, hva, 96, rounds / 50, seed ^ 0xaaaaa] },
      ],
      50_000,
    );
    expect(results).toEqual([0, 0, 0]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    rig.checkInvariants([mm]);
    expect(stat(MM_STAT_SWAPPED + 1)).toBeGreaterThan(100);
  });
});
