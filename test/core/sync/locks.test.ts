import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Balance } from "../harness.js";
import { BUILDS, type CoreBug, expectBalanced, snapshotBalance } from "../harness.js";
import {
  type Area,
  Crew,
  eventually,
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

const LOCK = 0;
const DATA = 1024; // words of syncLockStress: 2 KiB
const WORD = 256;

describe.each(BUILDS)("locks, build %s", (build) => {
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
    area = openArea(core);
  });
  afterEach(() => {
    area.free();
    expectBalanced(core, before);
  });

  function initRw(kind: RwKind, rank: number = RANK.mmu): number {
    core.x.syncRwInit(area.at + LOCK, RW_KINDS[kind], rank);
    return area.at + LOCK;
  }

  /** Three threads on the lock at once; returns how often its data were seen torn. */
  async function stress(how: Take, writesOf256: number): Promise<number> {
    const ms = build === "test" ? 60 : 250;
    const bad = await Promise.all(
      members.map(({ cpu, thread }) =>
        thread.call(
          "syncLockStress",
          area.at + LOCK,
          TAKE[how],
          area.at + DATA,
          members.length,
          ms,
          cpu * 7919,
          writesOf256,
        ),
      ),
    );
    const written = members.reduce((sum, { cpu }) => sum + core.x.syncWritten(cpu), 0);
    expect(area.word(DATA)).toBe(written);
    expect(area.word(DATA + 128)).toBe(written);
    return bad.reduce<number>((sum, n) => sum + Number(n), 0);
  }

  it("a spinlock excludes, and no increment under it is lost (seeds 7919, 15838, 23757)", async () => {
    core.x.syncSpinInit(area.at + LOCK, RANK.slots);
    expect(await stress("spin", 255)).toBe(0);
  });

  it.each(KINDS)("a %s rwlock: readers see whole writes, writers exclude each other", async (kind) => {
    initRw(kind);
    expect(await stress("read", 32)).toBe(0);
  });

  it("so does the second class of readers", async () => {
    initRw("distributed", RANK.mmap);
    expect(await stress("readMmap", 64)).toBe(0);
  });

  it.each([
    ["distributed", 1],
    ["central", 1],
    ["exclusive", 0],
  ] as const)("two readers of a %s rwlock are inside at once: %i", async (kind, together) => {
    const lock = initRw(kind);
    const waitMs = together === 1 ? 5000 : 40;
    const [a, b] = members;
    const met = await Promise.all(
      [a, b].map((member) => member.thread.call("syncMeet", lock, TAKE.read, area.at + WORD, 2, waitMs)),
    );
    expect(met).toEqual([together, together]);
  });

  it.each(KINDS)("a writer of a %s rwlock is alone, whoever else comes", async (kind) => {
    const lock = initRw(kind);
    const meetings = [TAKE.write, TAKE.read, TAKE.read];
    const met = await Promise.all(
      members.map(({ thread }, i) => thread.call("syncMeet", lock, meetings[i] ?? 0, area.at + WORD, 3, 30)),
    );
    expect(met).toEqual([0, 0, 0]);
  });

  const pairs: [RwKind | "spin", Take, Take][] = [
    ["spin", "spin", "spin"],
    ...KINDS.flatMap((kind): [RwKind, Take, Take][] => [
      [kind, "read", "write"],
      [kind, "write", "read"],
      [kind, "write", "write"],
    ]),
  ];
  it.each(pairs)(
    "%s: while one sleeps with the lock (%s), the other waits (%s) asleep and gets it",
    async (kind, holds, wants) => {
      if (kind === "spin") core.x.syncSpinInit(area.at + LOCK, RANK.slots);
      else initRw(kind);
      const lock = area.at + LOCK;
      const [holder, waiter] = members;
      const held = holder.thread.call("syncHold", lock, TAKE[holds], 40, area.at + WORD);
      await area.until(WORD, 1);
      const waited = Number(await waiter.thread.call("syncTakeInOrder", lock, TAKE[wants], area.at + WORD + 64));
      expect(area.word(WORD)).toBe(0);
      expect(waited).toBeGreaterThan(5);
      await held;
    },
  );

  it.each(KINDS)("%s: readers that come without a pause do not starve a writer", async (kind) => {
    const lock = initRw(kind);
    const [a, b, writer] = members;
    const streams = [a, b].map((member) => member.thread.call("syncStream", lock, TAKE.read, 30, area.at + WORD));
    await area.until(WORD + 4, 2);
    const longest = Number(await writer.thread.call("syncLongestWait", lock, TAKE.write, 40, area.at + 512));
    area.set(WORD, 1);
    const rounds = await Promise.all(streams);
    expect(longest).toBeLessThan(2000);
    for (const n of rounds) expect(Number(n)).toBeGreaterThan(0);
  });

  it.each(KINDS)("%s: writers that come without a pause do not starve a reader", async (kind) => {
    const lock = initRw(kind);
    const [a, b, reader] = members;
    const streams = [a, b].map((member) => member.thread.call("syncStream", lock, TAKE.write, 100, area.at + WORD));
    await area.until(WORD + 4, 2);
    const longest = Number(await reader.thread.call("syncLongestWait", lock, TAKE.read, 20, area.at + 512));
    area.set(WORD, 1);
    await Promise.all(streams);
    expect(longest).toBeLessThan(2000);
  });

  it.each(KINDS)("%s: an uncontended lock counts no wait", (kind) => {
    const lock = initRw(kind);
    const waits = core.x.syncLockWaits();
    for (let i = 0; i < 10; i++) {
      for (const how of [TAKE.read, TAKE.write]) {
        core.x.syncTake(lock, how);
        core.x.syncDrop(lock, how);
      }
    }
    expect(core.x.syncLockWaits()).toBe(waits);
  });

  it.each(["distributed", "central"] as const)(
    "%s: a reader sees that a writer waits, and that it has gone",
    async (kind) => {
      const lock = initRw(kind);
      const { x } = core;
      const [writer] = members;
      const other = core.cpu(40);
      x.syncTake(lock, TAKE.read);
      other.syncTake(lock, TAKE.read);
      expect(x.syncReadContended(lock)).toBe(0);
      const call = writer.thread.call("syncTakeInOrder", lock, TAKE.write, area.at + WORD);
      await eventually(() => x.syncReadContended(lock) === 1, "contended");
      expect(await isSettled(call, 20)).toBe(false);
      x.syncDrop(lock, TAKE.read);
      expect(await isSettled(call, 20)).toBe(false);
      other.syncDrop(lock, TAKE.read);
      await call;
      x.syncTake(lock, TAKE.read);
      expect(x.syncReadContended(lock)).toBe(0);
      x.syncDrop(lock, TAKE.read);
    },
  );

  it.each(["distributed", "central"] as const)("%s: a writer sees readers and writers that wait", async (kind) => {
    const lock = initRw(kind);
    const { x } = core;
    for (const how of [TAKE.read, TAKE.write]) {
      const [other] = members;
      x.syncTake(lock, TAKE.write);
      expect(x.syncWriteContended(lock)).toBe(0);
      const call = other.thread.call("syncTakeInOrder", lock, how, area.at + WORD);
      await eventually(() => x.syncWriteContended(lock) === 1, "contended");
      x.syncDrop(lock, TAKE.write);
      await call;
      x.syncTake(lock, TAKE.write);
      expect(x.syncWriteContended(lock)).toBe(0);
      x.syncDrop(lock, TAKE.write);
    }
  });

  it("exclusive: a holder that asked to read is not its own contender, but sees others", async () => {
    const lock = initRw("exclusive");
    const { x } = core;
    const [other] = members;
    x.syncTake(lock, TAKE.read);
    expect(x.syncReadContended(lock)).toBe(0);
    const call = other.thread.call("syncTakeInOrder", lock, TAKE.read, area.at + WORD);
    await eventually(() => x.syncReadContended(lock) === 1, "contended");
    expect(await isSettled(call, 20)).toBe(false);
    x.syncDrop(lock, TAKE.read);
    await call;
  });

  it.each(KINDS)(
    "%s: writers get the lock in the order in which they came, also where tickets wrap around",
    async (kind) => {
      const lock = initRw(kind);
      const { x } = core;
      area.set(LOCK + 12, 0xffff_fffe); // ticket
      area.set(LOCK + 16, 0xffff_fffe); // serving
      x.syncTake(lock, TAKE.write);
      const calls = [];
      for (const [i, { thread }] of members.entries()) {
        calls.push(thread.call("syncTakeInOrder", lock, TAKE.write, area.at + WORD));
        await eventually(() => area.word(LOCK + 12) === (i + 0xffff_ffff + 1) >>> 0, `ticket of writer ${i}`);
      }
      x.syncDrop(lock, TAKE.write);
      await Promise.all(calls);
      expect([4, 8, 12].map((offset) => area.word(WORD + offset))).toEqual(members.map(({ cpu }) => cpu));
      expect(area.word(LOCK + 16)).toBe(2);
    },
  );

  it("a try-lock takes a free spinlock and leaves a held one", () => {
    const { x } = core;
    x.syncSpinInit(area.at, RANK.slots);
    expect(x.syncSpinTryLock(area.at)).toBe(1);
    expect(core.cpu(40).syncSpinTryLock(area.at)).toBe(0);
    x.syncDrop(area.at, TAKE.spin);
    expect(core.cpu(40).syncSpinTryLock(area.at)).toBe(1);
    core.cpu(40).syncDrop(area.at, TAKE.spin);
  });

  it("no sleeper is forgotten: nobody waits long after a lock became free", async () => {
    const late = [];
    for (const [kind, how] of [
      ["spin", "spin"],
      ["distributed", "write"],
      ["distributed", "read"],
      ["central", "write"],
      ["exclusive", "read"],
    ] as const) {
      if (kind === "spin") core.x.syncSpinInit(area.at, RANK.slots);
      else initRw(kind);
      const modes = [how, how, how === "read" ? "write" : how] as const;
      const turns = members.map(({ thread }, i) =>
        thread.call("syncSleepyTurns", area.at, TAKE[modes[i] ?? how], 150, 150, 80, area.at + 2048),
      );
      late.push((await Promise.all(turns)).reduce<number>((sum, n) => sum + Number(n), 0));
    }
    expect(late).toEqual([0, 0, 0, 0, 0]);
  });
});

describe("misuse of locks, debug build", () => {
  let core: SyncCore;
  let area: Area;
  beforeEach(async () => {
    core = await openSync("test");
    area = openArea(core);
    core.x.syncSpinInit(area.at, RANK.slots);
    core.x.syncSpinInit(area.at + 64, RANK.pages);
    core.x.syncRwInit(area.at + 128, RW_KINDS.distributed, RANK.mmu);
    core.x.syncRwInit(area.at + 192, RW_KINDS.distributed, RANK.mmap);
  });

  function bugOf(action: () => void): string {
    try {
      action();
    } catch (error) {
      return (error as CoreBug).codeName;
    }
    return "none";
  }

  it("locks are taken outermost first", () => {
    const { x } = core;
    x.syncTake(area.at + 64, TAKE.spin);
    expect(bugOf(() => x.syncTake(area.at, TAKE.spin))).toBe("BUG_LOCK_ORDER");
    expect(bugOf(() => x.syncTake(area.at + 64, TAKE.spin))).toBe("BUG_LOCK_ORDER");
    expect(bugOf(() => x.syncTake(area.at + 128, TAKE.read))).toBe("BUG_LOCK_ORDER");
    expect(bugOf(() => x.syncTake(area.at + 128, TAKE.write))).toBe("BUG_LOCK_ORDER");
    x.syncDrop(area.at + 64, TAKE.spin);
    x.syncTake(area.at, TAKE.spin);
    x.syncTake(area.at + 192, TAKE.readMmap);
    x.syncTake(area.at + 128, TAKE.write);
    x.syncTake(area.at + 64, TAKE.spin);
    // Any order of release is right.
    x.syncDrop(area.at, TAKE.spin);
    x.syncDrop(area.at + 128, TAKE.write);
    x.syncDrop(area.at + 64, TAKE.spin);
    x.syncDrop(area.at + 192, TAKE.readMmap);
    x.syncAssertNoLocks();
  });

  it.each(KINDS)("a %s rwlock is not recursive, in any mode", (kind) => {
    const { x } = core;
    x.syncRwInit(area.at + 128, RW_KINDS[kind], RANK.mmu);
    for (const first of [TAKE.read, TAKE.write]) {
      x.syncTake(area.at + 128, first);
      for (const second of [TAKE.read, TAKE.write]) {
        expect(bugOf(() => x.syncTake(area.at + 128, second))).toBe("BUG_LOCK_ORDER");
      }
      x.syncDrop(area.at + 128, first);
    }
  });

  it("only its holder releases a lock", () => {
    const { x } = core;
    const stranger = core.cpu(1);
    for (const [lock, how] of [
      [area.at, TAKE.spin],
      [area.at + 128, TAKE.read],
      [area.at + 128, TAKE.write],
    ] as const) {
      expect(bugOf(() => x.syncDrop(lock, how))).toBe("BUG_LOCK_OWNER");
      x.syncTake(lock, how);
      expect(bugOf(() => stranger.syncDrop(lock, how))).toBe("BUG_LOCK_OWNER");
      x.syncDrop(lock, how);
      expect(bugOf(() => x.syncDrop(lock, how))).toBe("BUG_LOCK_OWNER");
    }
  });

  it("assertions know who holds what", () => {
    const { x } = core;
    const rw = area.at + 128;
    const stranger = core.cpu(1);
    x.syncTake(area.at, TAKE.spin);
    x.syncAssertSpinHeld(area.at);
    expect(bugOf(() => stranger.syncAssertSpinHeld(area.at))).toBe("BUG_LOCK_OWNER");
    expect(bugOf(() => x.syncAssertNoLocks())).toBe("BUG_LOCK_HELD");
    x.syncDrop(area.at, TAKE.spin);
    expect(bugOf(() => x.syncAssertHeld(rw))).toBe("BUG_LOCK_OWNER");
    x.syncTake(rw, TAKE.read);
    x.syncAssertHeld(rw);
    x.syncAssertReadHeld(rw);
    expect(bugOf(() => x.syncAssertWriteHeld(rw))).toBe("BUG_LOCK_OWNER");
    expect(bugOf(() => stranger.syncAssertHeld(rw))).toBe("BUG_LOCK_OWNER");
    x.syncDrop(rw, TAKE.read);
    x.syncTake(rw, TAKE.write);
    x.syncAssertHeld(rw);
    x.syncAssertWriteHeld(rw);
    expect(bugOf(() => x.syncAssertReadHeld(rw))).toBe("BUG_LOCK_OWNER");
    expect(bugOf(() => stranger.syncAssertWriteHeld(rw))).toBe("BUG_LOCK_OWNER");
    x.syncDrop(rw, TAKE.write);
  });

  it("one lock of a read class at a time", () => {
    core.x.syncTake(area.at + 192, TAKE.read); // an mmap lock under the class of mmu_locks
    expect(bugOf(() => core.x.syncTake(area.at + 128, TAKE.read))).toBe("BUG_READ_CLASS");
  });
});

describe("CPU numbers", () => {
  it("a dead CPU's number is not given out again, nor one that does not exist", async () => {
    const core = await openSync("test-release", 4);
    core.x.syncSetCpuDead(2, 1);
    expect(core.x.cpuInit(2)).toBe(-16);
    expect(core.x.cpuInit(4)).toBe(-22);
    expect(core.x.cpuInit(3)).toBe(0);
    await sleep(0);
  });
});
