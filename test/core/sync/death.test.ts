/**
 * A worker ends with a lock in its hands: whoever waits for it, or comes to wait, ends with CoreDead within a second. The
 * embedder's part is played by Crew.lose: it ends the thread and marks its CPU dead.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BUILDS } from "../harness.js";
import {
  type Area,
  Crew,
  expectDeath,
  isSettled,
  KINDS,
  type Member,
  openArea,
  openSync,
  RANK,
  RW_KINDS,
  type RwKind,
  type SyncCore,
  sleep,
  TAKE,
  type Take,
} from "./sync_rig.js";

const WORD = 256;

describe.each(BUILDS)("death of a worker, build %s", (build) => {
  let core: SyncCore;
  let crew: Crew;
  let waiters: [Member, Member];
  let area: Area;
  beforeAll(async () => {
    core = await openSync(build, 256);
    crew = new Crew(core);
    waiters = [await crew.add(), await crew.add()];
  });
  afterAll(() => crew.end());
  beforeEach(async () => {
    area = openArea(core);
    core.x.syncSetSystemDead(0);
    // In debug builds a call that was cut short leaves its locks noted as held: a fresh CPU for every test.
    for (const waiter of waiters) {
      waiter.cpu = crew.freshCpu();
      await waiter.thread.call("cpuInit", waiter.cpu);
    }
  });

  function take({ thread }: Member, how: Take): Promise<unknown> {
    return thread.call("syncTakeInOrder", area.at, TAKE[how], area.at + WORD);
  }

  /** A new member that holds the lock. */
  async function holder(how: Take): Promise<Member> {
    const member = await crew.add();
    await member.thread.call("syncTake", area.at, TAKE[how]);
    return member;
  }

  const rw: [RwKind, Take, Take][] = KINDS.flatMap((kind) => [
    [kind, "read", "write"],
    [kind, "write", "read"],
    [kind, "write", "write"],
  ]);

  it.each(rw)("%s rwlock: the holder (%s) dies, waiters (%s) end", async (kind, holds, wants) => {
    core.x.syncRwInit(area.at, RW_KINDS[kind], RANK.mmu);
    const dying = await holder(holds);
    const early = take(waiters[0], wants);
    expect(await isSettled(early, 10)).toBe(false);
    await crew.lose(dying);
    await expectDeath(waiters[0], early);
    await expectDeath(waiters[1], take(waiters[1], wants));
    expect(core.x.syncSystemDead()).toBe(0);
  });

  it("a reader of the second class dies: a writer ends", async () => {
    core.x.syncRwInit(area.at, RW_KINDS.distributed, RANK.mmap);
    const dying = await holder("readMmap");
    await crew.lose(dying);
    await expectDeath(waiters[0], take(waiters[0], "write"));
  });

  it.each([
    ["slots", 0],
    ["pages", 0],
    ["vmList", 1],
    ["epoch", 1],
    ["slab", 1],
    ["buddy", 1],
  ] as const)("spinlock of rank %s: waiters end, the system is dead: %i", async (rank, systemDead) => {
    core.x.syncSpinInit(area.at, RANK[rank]);
    const dying = await holder("spin");
    const early = take(waiters[0], "spin");
    expect(await isSettled(early, 10)).toBe(false);
    await crew.lose(dying);
    await expectDeath(waiters[0], early);
    expect(core.x.syncSystemDead()).toBe(systemDead);
    await expectDeath(waiters[1], take(waiters[1], "spin"));
  });

  it.each(KINDS)(
    "%s rwlock: a writer dies while it waits its turn; those after it end, though the holder goes on",
    async (kind) => {
      core.x.syncRwInit(area.at, RW_KINDS[kind], RANK.mmu);
      core.x.syncTake(area.at, TAKE.write);
      const dying = await crew.add();
      const turn = dying.thread.call("syncTake", area.at, TAKE.write);
      expect(await isSettled(turn, 15)).toBe(false);
      const after = take(waiters[0], "write");
      expect(await isSettled(after, 15)).toBe(false);
      await crew.lose(dying);
      core.x.syncDrop(area.at, TAKE.write);
      await expectDeath(waiters[0], after);
      await expectDeath(waiters[1], take(waiters[1], "write"));
    },
  );

  it.each(["distributed", "central"] as const)("%s rwlock: a waiting reader dies; the lock lives on", async (kind) => {
    core.x.syncRwInit(area.at, RW_KINDS[kind], RANK.mmap);
    core.x.syncTake(area.at, TAKE.write);
    const dying = await crew.add();
    const wait = dying.thread.call("syncTake", area.at, TAKE.readMmap);
    expect(await isSettled(wait, 15)).toBe(false);
    await crew.lose(dying);
    core.x.syncDrop(area.at, TAKE.write);
    if (kind === "distributed") {
      expect(await isSettled(take(waiters[0], "write"), 500)).toBe(true);
      expect(await isSettled(take(waiters[1], "readMmap"), 500)).toBe(true);
      expect(area.word(WORD)).toBe(2);
    } else {
      // Its count may be in the lock or not: nobody can tell.
      expect(await isSettled(take(waiters[1], "readMmap"), 500)).toBe(true);
    }
  });

  it.each(["slots", "buddy"] as const)(
    "the VM's death ends a wait for a lock of rank slots, not one for the allocator's (%s)",
    async (rank) => {
      const vm = area.at + 1024;
      core.x.syncVmMake(vm, 0);
      core.x.syncSpinInit(area.at, RANK[rank]);
      core.x.syncTake(area.at, TAKE.spin);
      await waiters[0].thread.call("syncSetVm", vm);
      const call = take(waiters[0], "spin");
      await sleep(10);
      core.x.syncVmSetDead(vm);
      if (rank === "slots") await expectDeath(waiters[0], call);
      else expect(await isSettled(call, 250)).toBe(false);
      core.x.syncDrop(area.at, TAKE.spin);
      if (rank === "buddy") expect(await call).toBeGreaterThan(0);
    },
  );

  it("the system's death ends every wait", async () => {
    core.x.syncSpinInit(area.at, RANK.buddy);
    core.x.syncRwInit(area.at + 64, RW_KINDS.distributed, RANK.mmu);
    core.x.syncTake(area.at, TAKE.spin);
    const calls = [
      take(waiters[0], "spin"),
      waiters[1].thread.call("syncCpuWait", Number(await waiters[1].thread.call("syncCpuWakeCount")), -1),
    ];
    expect(await isSettled(Promise.race(calls), 15)).toBe(false);
    core.x.syncSetSystemDead(1);
    await Promise.all(waiters.map((waiter, i) => expectDeath(waiter, calls[i] ?? Promise.resolve())));
    core.x.syncDrop(area.at, TAKE.spin);
  });

  it.each(rw)(
    "%s rwlock: a call that held it (%s) was cut short; waiters (%s) end, its CPU goes on",
    async (kind, holds, wants) => {
      core.x.syncRwInit(area.at, RW_KINDS[kind], RANK.mmu);
      const [holding, waiting] = waiters;
      await holding.thread.call("syncTake", area.at, TAKE[holds]);
      const call = take(waiting, wants);
      expect(await isSettled(call, 10)).toBe(false);
      await holding.thread.call("syncAbandonHeld");
      await expectDeath(waiting, call);
      core.x.syncRwInit(area.at + 64, RW_KINDS[kind], RANK.mmu);
      for (const how of [TAKE.read, TAKE.write]) {
        await holding.thread.call("syncTake", area.at + 64, how);
        await holding.thread.call("syncDrop", area.at + 64, how);
      }
      await holding.thread.call("syncAssertNoLocks");
    },
  );

  it("death in an epoch section holds up nobody's grace period", async () => {
    const { x } = core;
    const dying = await crew.add();
    await dying.thread.call("syncEpochEnter");
    const call = waiters[0].thread.call("syncEpochSynchronize");
    expect(await isSettled(call, 15)).toBe(false);
    x.syncDefer(area.at + WORD);
    for (let i = 0; i < 4; i++) x.syncEpochPoll();
    expect(area.word(WORD + 12)).toBe(0);
    await crew.lose(dying);
    await call;
    for (let i = 0; i < 4; i++) x.syncEpochPoll();
    expect(area.word(WORD + 12)).toBe(1);
    expect(x.syncEpochPending()).toBe(0);
  });

  it("nor does a call cut short in a section, or in a callback", async () => {
    const { x } = core;
    const [cut, other] = waiters;
    await cut.thread.call("syncEpochEnter");
    await cut.thread.call("syncAbandonHeld");
    x.syncDeferGate(area.at + WORD);
    x.syncEpochSynchronize();
    const dying = await crew.add();
    const callback = dying.thread.call("syncEpochPoll");
    await area.until(WORD + 16, 1);
    const barrier = other.thread.call("syncEpochBarrier");
    expect(await isSettled(barrier, 30)).toBe(false);
    await crew.lose(dying);
    await barrier;
    expect(await isSettled(callback, 100)).toBe(true);
  });

  it("a vCPU whose worker died in the guest needs no flush", async () => {
    const vmArea = openArea(core, 1);
    const { x } = core;
    x.syncVmMake(vmArea.at, 1);
    const dying = await crew.add();
    expect(await dying.thread.call("syncGuestEnter", vmArea.at + 4096)).toBe(1);
    const flush = waiters[0].thread.call("syncRemoteFlush", vmArea.at);
    expect(await isSettled(flush, 20)).toBe(false);
    await crew.lose(dying);
    await flush;
    x.syncRemoteFlush(vmArea.at);
    vmArea.free();
  });
});
