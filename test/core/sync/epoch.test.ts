import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Balance, BUILDS, type CoreBug, expectBalanced, snapshotBalance } from "../harness.js";
import { type Area, Crew, isSettled, type Member, openArea, openSync, type SyncCore } from "./sync_rig.js";

const RUNS = 12; // offset in a node: how often its callback ran
const GATE = 16;

describe.each(BUILDS)("epochs, build %s", (build) => {
  let core: SyncCore;
  let crew: Crew;
  let members: [Member, Member, Member];
  let area: Area;
  let before: Balance;
  beforeAll(async () => {
    core = await openSync(build);
    crew = new Crew(core);
    members = [await crew.add(), await crew.add(), await crew.add()];
  });
  afterAll(() => crew.end());
  beforeEach(() => {
    before = snapshotBalance(core);
    area = openArea(core, 3);
  });
  afterEach(() => {
    area.free();
    expectBalanced(core, before);
    expect(core.x.syncEpochPending()).toBe(0);
  });

  function poll(times: number): void {
    for (let i = 0; i < times; i++) core.x.syncEpochPoll();
  }

  it("frees nothing while a section is open that was there before, and then exactly once", () => {
    const reader = core.cpu(40);
    reader.syncEpochEnter();
    core.x.syncDefer(area.at);
    poll(10);
    expect(area.word(RUNS)).toBe(0);
    expect(core.x.syncEpochPending()).toBe(1);
    reader.syncEpochExit();
    poll(10);
    expect(area.word(RUNS)).toBe(1);
  });

  it("a chain of overlapping sections does not keep an object for ever", () => {
    const readers = [core.cpu(40), core.cpu(41)] as const;
    readers[0].syncEpochEnter();
    core.x.syncDefer(area.at);
    for (let i = 1; area.word(RUNS) === 0; i++) {
      expect(i).toBeLessThan(6);
      readers[i % 2]?.syncEpochEnter();
      readers[(i + 1) % 2]?.syncEpochExit();
      poll(3);
      if (area.word(RUNS) !== 0) readers[i % 2]?.syncEpochExit();
    }
    expect(area.word(RUNS)).toBe(1);
  });

  it("the deferring CPU's own section counts too", () => {
    core.x.syncEpochEnter();
    core.x.syncDefer(area.at);
    poll(10);
    expect(area.word(RUNS)).toBe(0);
    core.x.syncEpochExit();
    poll(10);
    expect(area.word(RUNS)).toBe(1);
  });

  // The last epochs before the counter wraps around; the first epoch of a system is 1.
  it.each([0xffff_ffff, 0xffff_fffd, 0xffff_fffb, 0xffff_fff9, 0x7fff_ffff, 0x7fff_fffd, 0x8000_0001])(
    "an object is kept for its reader and freed after it, from epoch %i on",
    (start) => {
      const { x } = core;
      const reader = core.cpu(40);
      // The reader comes before, between and after up to three advances.
      for (let advances = 0; advances < 4; advances++) {
        const node = area.at + advances * 64;
        x.syncSetEpoch(start);
        for (let i = 0; i < advances; i++) {
          x.syncDefer(area.at + 2048 + (advances * 4 + i) * 64);
          poll(1);
        }
        reader.syncEpochEnter();
        x.syncDefer(node);
        poll(10);
        expect(area.word(advances * 64 + RUNS)).toBe(0);
        reader.syncEpochExit();
        poll(10);
        expect(area.word(advances * 64 + RUNS)).toBe(1);
        expect(x.syncEpoch() & 1).toBe(1);
        expect(x.syncEpochPending()).toBe(0);
      }
    },
  );

  it.each([0xffff_ffff, 0xffff_fffd, 1])(
    "epochSynchronize waits for a section that is open, at epoch %i",
    async (start) => {
      core.x.syncSetEpoch(start);
      core.x.syncEpochEnter();
      const call = members[0].thread.call("syncEpochSynchronize");
      expect(await isSettled(call, 40)).toBe(false);
      core.x.syncEpochExit();
      await call;
    },
  );

  it("epochSynchronize does not wait for sections that begin later", async () => {
    core.x.syncEpochEnter();
    const call = members[0].thread.call("syncEpochSynchronize");
    expect(await isSettled(call, 20)).toBe(false);
    core.cpu(40).syncEpochEnter();
    core.cpu(40).syncEpochExit();
    core.x.syncEpochExit();
    core.x.syncEpochEnter();
    core.x.syncEpochExit();
    await call;
  });

  it("epochBarrier returns when everything deferred before is freed", async () => {
    for (let i = 0; i < 100; i++) core.x.syncDefer(area.at + i * 32);
    await members[0].thread.call("syncEpochBarrier");
    for (let i = 0; i < 100; i++) expect(area.word(i * 32 + RUNS)).toBe(1);
  });

  it("epochBarrier waits for a callback that another CPU is in", async () => {
    core.x.syncDeferGate(area.at);
    core.x.syncEpochSynchronize();
    const callback = members[0].thread.call("syncEpochPoll");
    await area.until(GATE, 1);
    expect(core.x.syncEpochPending()).toBe(0);
    const barrier = members[1].thread.call("syncEpochBarrier");
    expect(await isSettled(barrier, 40)).toBe(false);
    area.set(GATE, 2);
    await barrier;
    expect(area.word(RUNS)).toBe(1);
    await callback;
  });

  it("callbacks that defer do not run inside one another", () => {
    const depth = area.at + 16384;
    for (let i = 0; i < 200; i++) core.x.syncDeferChain(area.at + i * 64, area.at + i * 64 + 32, depth);
    core.x.syncEpochBarrier();
    core.x.syncEpochBarrier();
    for (let i = 0; i < 400; i++) expect(area.word(i * 32 + RUNS)).toBe(1);
    expect(area.word(16384 + 4)).toBe(1);
  });

  it.each([0, 1])(
    "a storm of deferrals from three threads: nothing is freed under a reader, everything once (wrap: %i)",
    async (wraps) => {
      if (wraps === 1) core.x.syncSetEpoch(0xffff_fe01);
      const NODES = 200;
      const rounds = build === "test" ? 60_000 : 300_000;
      const pool = (cpu: number): number => area.at + 4096 + cpu * 6400;
      const bad = await Promise.all(
        members.map(({ cpu, thread }) => thread.call("syncStorm", area.at, pool(cpu), NODES, rounds, cpu * 104_729)),
      );
      expect(bad).toEqual([0, 0, 0]);
      core.x.syncStormEnd(area.at);
      core.x.syncEpochBarrier();
      const [deferred, freed, errors] = [area.word(64), area.word(68), area.word(72)];
      expect(errors).toBe(0);
      expect(freed).toBe(deferred);
      expect(deferred).toBeGreaterThan(1000);
      if (wraps === 1) expect(core.x.syncEpoch()).toBeLessThan(0x8000_0000);
    },
  );
});

describe("misuse of epochs, debug build", () => {
  const bugOf = (action: () => void): string => {
    try {
      action();
    } catch (error) {
      const { codeName, a } = error as CoreBug;
      return `${codeName} ${a}`;
    }
    return "none";
  };

  it("sections do not nest, are left once, and nobody waits for a grace period in one or with an inner lock", async () => {
    const { x } = await openSync("test");
    expect(bugOf(() => x.syncEpochExit())).toBe("BUG_EPOCH 2");
    expect(bugOf(() => x.syncAssertEpoch())).toBe("BUG_EPOCH 3");
    x.syncEpochEnter();
    x.syncAssertEpoch();
    expect(bugOf(() => x.syncEpochEnter())).toBe("BUG_EPOCH 1");
    expect(bugOf(() => x.syncEpochSynchronize())).toBe("BUG_EPOCH 4");
    expect(bugOf(() => x.syncEpochBarrier())).toBe("BUG_EPOCH 4");
    x.syncEpochExit();
    x.syncEpochBarrier();
    const p = x.syncBlockAlloc(0) >>> 0;
    x.syncSpinInit(p, 2); // slots
    x.syncSpinInit(p + 64, 3); // mmap
    x.syncTake(p, 0);
    x.syncEpochSynchronize();
    x.syncTake(p + 64, 0);
    expect(bugOf(() => x.syncEpochSynchronize())).toBe("BUG_LOCK_HELD 3");
  });
});
