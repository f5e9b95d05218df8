/** Out of memory at every point of every operation: an errno, no trap, nothing half done, nothing lost. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  BACKING_OBJECT,
  BACKING_PAGER,
  BACKING_PHANTOM,
  GUP_WRITE,
  MM_MAP_FIXED,
  MM_MAP_HUGE,
  PROT_READ,
} from "../../../src/abi/index.js";
import { type Balance, BUILDS, expectBalanced, snapshotBalance } from "../harness.js";
import { EAGAIN, ENOMEM, HostRig, HUGE, PAGE } from "./host_rig.js";

const FAR = 1n << 45n;
/** No operation here needs more frames than this, slabs and per-CPU areas included. */
const MOST = 24;

describe.each(BUILDS)("out of memory, build %s", (build) => {
  let rig: HostRig;
  let before: Balance;
  let mms: number[];
  let mm: number;
  let block: bigint;
  let small: bigint;
  beforeEach(async () => {
    rig = await HostRig.open(build, 16, () => {});
    before = snapshotBalance(rig.core);
    mm = rig.create();
    mms = [mm];
    block = rig.map(mm, HUGE, { flags: MM_MAP_HUGE });
    small = rig.map(mm, 4n * PAGE);
    rig.fill(mm, block + PAGE, 11);
    rig.fill(mm, small, 12);
    rig.fill(mm, small + PAGE, 12);
  });
  afterEach(() => {
    for (const one of mms) rig.x.mmDestroy(one);
    expectBalanced(rig.core, before);
  });

  const fork = () => {
    const child = rig.x.mmFork(mm) >>> 0;
    if (child !== 0) mms.push(child);
    return child;
  };
  const state = () => mms.map((one) => [rig.vmas(one), rig.read(one, block + PAGE), rig.read(one, small)]);

  /**
   * Runs `act` with 0, 1, 2 ... free frames, undoing whatever it gets, until it succeeds; checks everything each time.
   * Returns how often it failed.
   */
  function shortages(act: () => number | bigint): number {
    for (let leave = 0; leave <= MOST; leave++) {
      const state0 = state();
      rig.x.hostEpochBarrier();
      const taken = rig.x.hostExhaust(leave);
      const result = act();
      expect([0, ENOMEM]).toContain(Number(result));
      rig.checkInvariants(mms);
      rig.x.hostRelease(taken);
      if (Number(result) === 0) return leave;
      expect(state()).toEqual(state0);
    }
    throw new Error(`not done with ${MOST} frames`);
  }
  const ok = (result: bigint) => (result > 0n ? 0 : result);

  it("mmMap", () => {
    // Many VMAs first: their slab and array must grow at some point.
    for (let i = 0n; i < 100n; i++) {
      shortages(() => ok(rig.tryMap(mm, PAGE, { hva: FAR + 2n * i * PAGE, flags: MM_MAP_FIXED })));
    }
    expect(rig.vmas(mm).length).toBe(102);
  });

  it("mmMap of phantom memory and of a pager", () => {
    expect(shortages(() => ok(rig.tryMap(mm, HUGE << 8n, { backing: BACKING_PHANTOM })))).toBeGreaterThan(0);
    shortages(() => ok(rig.tryMap(mm, PAGE, { backing: BACKING_PAGER })));
  });

  it("the first touch of a far page: three tables and a frame", () => {
    rig.map(mm, PAGE, { hva: FAR, flags: MM_MAP_FIXED });
    expect(shortages(() => rig.gup(mm, FAR).result)).toBeGreaterThan(0);
    expect(rig.read(mm, FAR)).toBe(0);
  });

  it("the first touch of a huge mapping ends in 4 KiB, or in ENOMEM", () => {
    const hva = rig.map(mm, HUGE, { flags: MM_MAP_HUGE });
    shortages(() => rig.gup(mm, hva, GUP_WRITE).result);
    expect(rig.touch(mm, hva).level).toBe(1);
  });

  it("a write to a shared page", () => {
    fork();
    expect(shortages(() => rig.gup(mm, small, GUP_WRITE).result)).toBe(1);
  });

  it("a write to a shared block: a table, then a frame", () => {
    fork();
    expect(shortages(() => rig.gup(mm, block + PAGE, GUP_WRITE).result)).toBe(2); // with one, the block is split, and no more
    expect(rig.touch(mm, block).level).toBe(1);
  });

  it("cutting a block by unmap, protect, DONTNEED", () => {
    expect(shortages(() => rig.x.mmUnmap(mm, block + 100n * PAGE, PAGE))).toBeGreaterThan(0);
    const other = rig.map(mm, HUGE, { flags: MM_MAP_HUGE });
    rig.x.cpuFramesDrain();
    rig.touch(mm, other);
    shortages(() => rig.x.mmProtect(mm, other + PAGE, PAGE, PROT_READ));
    shortages(() => rig.x.mmDontNeed(mm, other + 9n * PAGE, PAGE));
  });

  it("unmap and protect of pieces, until VMAs need memory", () => {
    const hva = rig.map(mm, 400n * PAGE, { hva: FAR, flags: MM_MAP_FIXED });
    let failures = 0;
    for (let i = 0n; i < 60n; i++) {
      failures += shortages(() => rig.x.mmProtect(mm, hva + 4n * i * PAGE, PAGE, PROT_READ));
      failures += shortages(() => rig.x.mmUnmap(mm, hva + (4n * i + 2n) * PAGE, PAGE));
    }
    expect(failures).toBeGreaterThan(0);
  });

  it("fork: no child, and a parent that can write again", () => {
    rig.map(mm, PAGE, { hva: FAR, flags: MM_MAP_FIXED });
    rig.fill(mm, FAR, 1);
    expect(shortages(() => (fork() === 0 ? ENOMEM : 0))).toBeGreaterThan(4);
    for (const child of mms.splice(1)) rig.x.mmDestroy(child);
    expect(rig.touch(mm, small, GUP_WRITE).isWritable).toBe(true);
  });

  it("migrate, and merge of a page in a block", () => {
    expect(shortages(() => rig.x.mmMigrate(mm, small))).toBe(1);
    expect(rig.x.mmMigrate(mm, block)).toBe(0);
    rig.fill(mm, block, 12);
    expect(shortages(() => rig.x.mmMerge(mm, small, block))).toBe(1);
  });

  it("a pager's page", () => {
    const hva = rig.map(mm, PAGE, { backing: BACKING_PAGER });
    let request = 0;
    const ask = () => {
      const asked = rig.gup(mm, hva);
      request = asked.request;
      return asked.result === EAGAIN ? 0 : asked.result;
    };
    const taken = rig.x.hostExhaust(0);
    expect(ask()).toBe(ENOMEM);
    rig.x.hostRelease(taken);
    expect(ask()).toBe(0);
    rig.x.hostPagerFinish(request);
    rig.x.mmUnmap(mm, hva, PAGE);
    rig.x.pagerRelease(request);
  });

  it("a shared object's page, and the object", () => {
    let object = 0;
    const make = () => {
      object = rig.x.mmObjectCreate(64n << 20n) >>> 0;
      return object === 0 ? ENOMEM : 0;
    };
    for (let leave = 0; leave < 16; leave += 4) {
      const taken = rig.x.hostExhaust(leave); // it takes 16
      expect(make()).toBe(ENOMEM);
      rig.x.hostRelease(taken);
    }
    expect(make()).toBe(0);
    const hva = rig.map(mm, PAGE, { backing: BACKING_OBJECT, source: object });
    const taken = rig.x.hostExhaust(0);
    expect(rig.gup(mm, hva).result).toBe(ENOMEM);
    rig.x.hostRelease(taken);
    expect(rig.gup(mm, hva).result).toBe(0);
    rig.x.mmObjectPut(object);
  });

  it("mmCreate", () => {
    for (let leave = 0; leave < 2; leave++) {
      const taken = rig.x.hostExhaust(leave); // its counters and its root
      expect(rig.x.mmCreate()).toBe(0);
      rig.x.hostRelease(taken);
    }
    expect(snapshotBalance(rig.core).slabObjects).toBeGreaterThan(0);
  });
});
