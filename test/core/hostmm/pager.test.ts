import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  BACKING_PAGER,
  CPU_BASE,
  CPU_STRIDE,
  Cpu,
  GUP_NOWAIT,
  GUP_WRITE,
  PAGER_CANCELLED,
  PAGER_DONE,
  PAGER_FAILED,
  PAGER_PENDING,
  PagerRequest,
} from "../../../src/abi/index.js";
import { type Balance, BUILDS, expectBalanced, snapshotBalance } from "../harness.js";
import { EAGAIN, EFAULT, HostRig, PAGE } from "./host_rig.js";

/** The main thread's half of the protocol, as core/layout/hostmm.ts tells it. */
class Supplier {
  readonly posted: number[] = [];
  #rig: HostRig | undefined;

  attach(rig: HostRig): void {
    this.#rig = rig;
  }

  get rig(): HostRig {
    if (this.#rig === undefined) throw new Error("no rig yet");
    return this.#rig;
  }

  field(request: number, field: keyof typeof PagerRequest): number {
    return Number(this.rig.mem.get(request, PagerRequest[field]));
  }

  /** Fills the page with `value` and ends the request. False: it was cancelled, and is now released. */
  supply(request: number, value: number): boolean {
    this.rig.fillFrame(this.field(request, "frame"), value);
    return this.#end(request, PAGER_DONE);
  }

  fail(request: number): boolean {
    return this.#end(request, PAGER_FAILED);
  }

  #end(request: number, state: number): boolean {
    const words = this.rig.mem.words;
    const at = (request + PagerRequest.state.offset) >>> 2;
    const old = Atomics.compareExchange(words, at, PAGER_PENDING, state);
    if (old === PAGER_CANCELLED) {
      this.rig.x.pagerRelease(request);
      return false;
    }
    expect(old).toBe(PAGER_PENDING);
    for (let id = 0; id < 4; id++) {
      const cpu = CPU_BASE + id * CPU_STRIDE;
      if (Atomics.load(words, (cpu + Cpu.waitingOn.offset) >>> 2) !== request) continue;
      Atomics.add(words, (cpu + Cpu.wake.offset) >>> 2, 1);
      Atomics.notify(words, (cpu + Cpu.wake.offset) >>> 2);
    }
    return true;
  }
}

describe.each(BUILDS)("pagers, build %s", (build) => {
  let rig: HostRig;
  let main: Supplier;
  let before: Balance;
  let mm: number;
  let hva: bigint;
  let isAnswering: ((request: number) => void) | undefined;
  beforeEach(async () => {
    main = new Supplier();
    isAnswering = undefined;
    rig = await HostRig.open(build, 64, (request) => {
      main.posted.push(request);
      isAnswering?.(request);
    });
    main.attach(rig);
    before = snapshotBalance(rig.core);
    mm = rig.create();
    hva = rig.map(mm, 16n * PAGE, { backing: BACKING_PAGER, source: 42, offset: 5n * PAGE });
  });
  afterEach(() => {
    rig.x.mmDestroy(mm);
    expectBalanced(rig.core, before);
  });

  const finish = (request: number) => rig.x.hostPagerFinish(request);

  it("asks for the page with all that the supplier needs to know, and maps what it gets", () => {
    const asked = rig.gup(mm, hva + 3n * PAGE + 9n, GUP_WRITE);
    expect(asked).toMatchObject({ result: EAGAIN, request: main.posted[0] });
    const request = asked.request;
    expect(main.field(request, "state")).toBe(PAGER_PENDING);
    expect(main.field(request, "pagerId")).toBe(42);
    expect(main.field(request, "offset")).toBe(8 * 4096);
    expect(main.field(request, "hva")).toBe(Number(hva) + 3 * 4096);
    expect(main.field(request, "write")).toBe(1);
    const frame = main.field(request, "frame");
    expect(main.supply(request, 123)).toBe(true);
    expect(rig.x.hostPagerWait(request, 10)).toBe(0);
    expect(finish(request)).toBe(0);
    expect(rig.gup(mm, hva + 3n * PAGE, GUP_WRITE)).toMatchObject({ result: 0, pfn: frame, isWritable: true });
    expect(rig.read(mm, hva + 3n * PAGE)).toBe(123);
    expect(main.posted.length).toBe(1);
  });

  it("an answer given at once, while core is still posting, is good", () => {
    isAnswering = (request) => main.supply(request, 55);
    const asked = rig.gup(mm, hva);
    expect(asked.result).toBe(EAGAIN);
    expect(finish(asked.request)).toBe(0);
    expect(rig.read(mm, hva)).toBe(55);
  });

  it("all who fault on one page share one request; other pages have their own", () => {
    const asked = [rig.gup(mm, hva), rig.gup(mm, hva + 8n, GUP_WRITE), rig.gup(mm, hva + PAGE)];
    expect(asked.map((a) => a.result)).toEqual([EAGAIN, EAGAIN, EAGAIN]);
    expect(asked[1]?.request).toBe(asked[0]?.request);
    expect(main.posted).toEqual([asked[0]?.request, asked[2]?.request]);
    main.supply(main.posted[1] ?? 0, 2); // in the other order
    main.supply(main.posted[0] ?? 0, 1);
    for (const { request } of asked) expect(finish(request)).toBe(0);
    expect([rig.read(mm, hva), rig.read(mm, hva + PAGE)]).toEqual([1, 2]);
    expect(main.posted.length).toBe(2);
  });

  it("GUP_NOWAIT posts nothing and holds nothing", () => {
    expect(rig.gup(mm, hva, GUP_NOWAIT)).toMatchObject({ result: EAGAIN, request: 0 });
    expect(main.posted).toEqual([]);
    const asked = rig.gup(mm, hva);
    expect(rig.gup(mm, hva, GUP_NOWAIT)).toMatchObject({ result: EAGAIN, request: 0 });
    main.supply(asked.request, 9);
    expect(finish(asked.request)).toBe(0);
    expect(rig.gup(mm, hva, GUP_NOWAIT).result).toBe(0);
  });

  it("a failure is EFAULT for every waiter, and the next access asks again", () => {
    const asked = [rig.gup(mm, hva), rig.gup(mm, hva)];
    const request = asked[0]?.request ?? 0;
    main.fail(request);
    expect(rig.x.hostPagerWait(request, 10)).toBe(0);
    expect(finish(request)).toBe(EFAULT);
    expect(finish(request)).toBe(EFAULT);
    const again = rig.gup(mm, hva);
    expect(again.result).toBe(EAGAIN);
    expect(main.posted.length).toBe(2);
    main.supply(again.request, 1);
    finish(again.request);
    expect(rig.read(mm, hva)).toBe(1);
  });

  it("an access that comes between a failure and its waiter is EFAULT too", () => {
    const asked = rig.gup(mm, hva);
    main.fail(asked.request);
    expect(rig.gup(mm, hva).result).toBe(EFAULT);
    expect(finish(asked.request)).toBe(EFAULT);
  });

  it("who gives up leaves an answer for the next", () => {
    const asked = rig.gup(mm, hva);
    expect(rig.x.hostPagerWait(asked.request, 1)).toBe(EAGAIN);
    expect(finish(asked.request)).toBe(0);
    main.supply(asked.request, 3);
    expect(rig.read(mm, hva)).toBe(3);
    expect(main.posted.length).toBe(1);
  });

  it("an answer that nobody fetches goes with the mapping", () => {
    const asked = rig.gup(mm, hva);
    main.supply(asked.request, 3);
    finish(asked.request);
    expect(rig.x.mmUnmap(mm, hva, PAGE)).toBe(0);
    rig.x.hostEpochBarrier();
    expect(rig.x.frameKindCount(8)).toBe(0);
  });

  it("unmapping cancels: the waiter retries into EFAULT, the supplier releases the frame", () => {
    const asked = rig.gup(mm, hva);
    rig.x.mmUnmap(mm, hva, PAGE);
    expect(main.field(asked.request, "state")).toBe(PAGER_CANCELLED);
    expect(rig.x.hostPagerWait(asked.request, 1000)).toBe(0);
    expect(finish(asked.request)).toBe(0);
    expect(rig.gup(mm, hva).result).toBe(EFAULT);
    expect(rig.x.frameKindCount(8)).toBe(1); // the supplier may be writing
    expect(main.supply(asked.request, 1)).toBe(false);
    expect(rig.x.frameKindCount(8)).toBe(0);
  });

  it("a new mapping at the same address asks anew, and the old answer cannot reach it", () => {
    const old = rig.gup(mm, hva);
    rig.x.mmUnmap(mm, hva, 16n * PAGE);
    expect(rig.map(mm, 16n * PAGE, { backing: BACKING_PAGER, source: 43 })).toBe(hva);
    const asked = rig.gup(mm, hva);
    expect(asked.request).not.toBe(old.request);
    expect(main.field(asked.request, "pagerId")).toBe(43);
    main.supply(asked.request, 43);
    expect(main.supply(old.request, 42)).toBe(false);
    finish(old.request);
    finish(asked.request);
    expect(rig.read(mm, hva)).toBe(43);
  });

  it("the end of the address space cancels what is pending and drops what came", () => {
    const other = rig.create();
    const at = rig.map(other, 2n * PAGE, { backing: BACKING_PAGER, source: 1 });
    const pending = rig.gup(other, at);
    const done = rig.gup(other, at + PAGE);
    main.supply(done.request, 1);
    rig.x.hostMmGet(other); // as the waiting vCPU's VM does
    rig.x.mmDestroy(other);
    expect(finish(pending.request)).toBe(0);
    expect(finish(done.request)).toBe(0);
    expect(rig.gup(other, at).result).toBe(EFAULT);
    rig.x.hostMmPut(other);
    expect(main.supply(pending.request, 1)).toBe(false);
  });

  it("pages that came are private: DONTNEED asks again, fork shares them and asks for its own", () => {
    isAnswering = (request) => main.supply(request, main.posted.length);
    const load = (one: number, at: bigint) => {
      const asked = rig.gup(one, at);
      if (asked.result === EAGAIN) finish(asked.request);
      return rig.read(one, at);
    };
    expect(load(mm, hva)).toBe(1);
    const child = rig.x.mmFork(mm) >>> 0;
    expect(load(child, hva)).toBe(1);
    rig.fill(child, hva, 99);
    expect(rig.read(mm, hva)).toBe(1);
    expect(load(child, hva + PAGE)).toBe(2);
    expect(load(mm, hva + PAGE)).toBe(3);
    rig.x.mmDontNeed(mm, hva, PAGE);
    expect(load(mm, hva)).toBe(4);
    rig.x.mmDestroy(child);
    rig.checkInvariants([mm]);
  });

  it("a protected page waits for nobody", () => {
    rig.x.mmProtect(mm, hva, PAGE, 1);
    expect(rig.gup(mm, hva, GUP_WRITE).result).toBe(EFAULT);
    isAnswering = (request) => main.supply(request, 1);
    finish(rig.gup(mm, hva).request);
    expect(rig.gup(mm, hva)).toMatchObject({ result: 0, isWritable: false });
  });

  it("two threads wait for one page; a third goes on with what is mapped", async () => {
    const anon = rig.map(mm, PAGE);
    const threads = await Promise.all([1, 2].map((id) => rig.core.thread(id)));
    const started = rig.touch(mm, anon, GUP_WRITE).pfn * 4096 + 64;
    const sums = threads.map((thread) => thread.call("hostTouchPaged", mm, hva, 4, started));
    for (let page = 0; page < 4; page++) {
      while (main.posted.length === page) await new Promise((resolve) => setTimeout(resolve, 1));
      expect(rig.fill(mm, anon, 7).result).toBe(0);
      rig.mem.view.setUint32(started, 0, true);
      main.supply(main.posted[page] ?? 0, 10 + page);
    }
    expect(await Promise.all(sums)).toEqual([46n, 46n]);
    expect(main.posted.length).toBe(4);
    await Promise.all(threads.map((thread) => thread.terminate()));
  });

  it("a thread that waits is woken by cancelling", async () => {
    const thread = await rig.core.thread(1);
    const word = rig.touch(mm, rig.map(mm, PAGE), GUP_WRITE).pfn * 4096;
    const result = thread.call("hostTouchPaged", mm, hva, 1, word);
    while (main.posted.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    rig.x.mmUnmap(mm, hva, PAGE);
    expect(await result).toBe(BigInt(EFAULT));
    expect(main.supply(main.posted[0] ?? 0, 1)).toBe(false);
    await thread.terminate();
  });
});
