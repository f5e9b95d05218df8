/**
 * The guest-mode protocol and what it is made of, as litmus programs (test/core/exports/sync_litmus.ts). Every program
 * runs twice: the first time in the baseline compiler's code, the second time in the optimising one's.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Balance, BUILDS, type CoreBug, expectBalanced, snapshotBalance } from "../harness.js";
import {
  type Area,
  Crew,
  isSettled,
  type Member,
  openArea,
  openSync,
  RANK,
  RW_KINDS,
  type SyncCore,
} from "./sync_rig.js";

/** MP_* and GUEST_* of test/core/exports/sync_litmus.ts. */
const MP = { storeRelease32: 0, guestLeave: 1, epochExit: 2, readUnlock: 3 };
const GUEST = { stays: 1, acks: 2, leaves: 4 };
const MODE_OUTSIDE = 0;
const MODE_IN_GUEST = 1;
const REQ_KICK = 1;
const REQ_TLB_FLUSH = 2;

/** The area: four frames of words, then the VM, its counters, and four vCPUs. */
const STOP = 0;
const WORDS = 4096;
const PAGES = 8192;
const VM = 16384;
const VCPUS = [VM + 4096, VM + 8192];
/** A wake-up that was lost shows as a wait of 100 ms, the poll of the dead words. */
const LATE_MS = 80;
/** guest_mode.full.ts: longer. */
const SCALE = Number(process.env["TADPOLE_SYNC_SCALE"] ?? 1);
/** Nothing here takes this long, unless it hangs. */
const HANG_MS = 15_000;

describe.each(BUILDS)("guest mode, build %s", (build) => {
  let core: SyncCore;
  let crew: Crew;
  let members: [Member, Member, Member];
  let area: Area;
  let before: Balance;
  beforeAll(async () => {
    core = await openSync(build, 8);
    crew = new Crew(core);
    members = [await crew.add(), await crew.add(), await crew.add()];
  });
  afterAll(() => crew.end());
  beforeEach(() => {
    before = snapshotBalance(core);
    area = openArea(core, 3);
    core.x.syncVmMake(area.at + VM, 2);
  });
  afterEach(() => {
    area.free();
    expectBalanced(core, before);
  });

  const vcpu = (i: number): number => area.at + (VCPUS[i] ?? 0);

  /** A short run in the baseline compiler's code, then a longer one in optimised code. */
  async function twice(run: (ms: number) => Promise<void>): Promise<void> {
    await run(40);
    await run((build === "test" ? 100 : 300) * SCALE);
  }

  describe.each(Object.entries(MP))("a release by %s", (_, how) => {
    it("is never seen before what was stored ahead of it", async () => {
      const object = how === MP.readUnlock ? area.at + 512 : vcpu(0);
      if (how === MP.readUnlock) core.x.syncRwInit(object, RW_KINDS.distributed, RANK.mmu);
      const [sender, receiver] = members;
      await twice(async (ms) => {
        for (const word of [0, 64, 128, 192, 256]) area.set(WORDS + word, 0);
        const words = area.at + WORDS;
        const receive = receiver.thread.call("syncMpReceive", how, words, object, sender.cpu);
        const rounds = Number(await sender.thread.call("syncMpSend", how, words, object, ms));
        expect(await receive).toBe(0);
        expect(rounds).toBeGreaterThan(1000);
      });
    });
  });

  it.each([
    ["a vCPU that enters the guest, and a request", 0],
    ["a CPU that begins an epoch section, and a change of what it reads there", 1],
  ])("%s do not miss each other (seeds 11, 23)", async (_, how) => {
    const [enter, post] = members;
    await twice(async (ms) => {
      for (let word = 0; word <= 448; word += 64) area.set(WORDS + word, 0);
      const posting = post.thread.call("syncSbPost", how, vcpu(0), area.at + WORDS, enter.cpu, 23);
      const bad = await enter.thread.call("syncSbEnter", how, vcpu(0), area.at + WORDS, ms * 2, 11);
      await posting;
      expect(bad).toBe(0);
      expect(core.x.syncRet(enter.cpu, 0)).toBeGreaterThan(10);
      expect(area.word(VCPUS[0] ?? 0)).toBe(MODE_OUTSIDE);
    });
  });

  /** vCPUs run guests against flushers, one page for each flusher. Nobody may see or touch a page that was taken away. */
  async function storm(guests: Member[], flushers: Member[], how: number, ms: number): Promise<void> {
    area.set(STOP, 0);
    area.set(STOP + 4, 0);
    core.x.syncVmMake(area.at + VM, guests.length);
    for (const i of flushers.keys()) core.x.syncPageMake(area.at + PAGES + i * 256);
    const running = guests.map(({ cpu, thread }, i) =>
      thread.call("syncGuestRun", vcpu(i), area.at + PAGES, flushers.length, area.at + STOP, how, 31 * cpu),
    );
    await area.until(STOP + 4, guests.length);
    const flushing = Promise.all(
      flushers.map(({ cpu, thread }, i) =>
        thread.call("syncFlusher", area.at + VM, area.at + PAGES + i * 256, ms, 17 * cpu),
      ),
    );
    const ended = await isSettled(flushing, ms + HANG_MS);
    area.set(STOP, 1);
    expect(ended, "the flushers come to an end while the guests run").toBe(true);
    expect(await flushing).toEqual(flushers.map(() => 0));
    expect(await Promise.all(running)).toEqual(guests.map(() => 0));
    for (const { cpu } of flushers) expect(core.x.syncRet(cpu, 0)).toBeGreaterThan(10);
    for (const { cpu } of guests) expect(core.x.syncRet(cpu, 0)).toBeGreaterThan(0);
    for (const i of guests.keys()) expect(core.x.syncVcpuMode(area.at + VM, i)).toBe(MODE_OUTSIDE);
  }

  const behaviours = [
    ["leaves or acknowledges at random", 0],
    ["always leaves", GUEST.leaves],
    ["acknowledges inside", GUEST.acks],
    ["never leaves the guest", GUEST.stays | GUEST.acks],
  ] as const;
  it.each(behaviours)("a flushed translation is not used again: a vCPU that %s", async (_, how) => {
    const [guest, flusher] = members;
    await twice((ms) => storm([guest], [flusher], how, ms));
  });

  it.each(behaviours)("nor with two flushers at once: a vCPU that %s", async (_, how) => {
    const [guest, ...flushers] = members;
    await twice((ms) => storm([guest], flushers, how, ms));
  });

  it.each(behaviours)("nor by one of two vCPUs that %s", async (_, how) => {
    const [a, b, flusher] = members;
    await twice((ms) => storm([a, b], [flusher], how, ms));
  });

  it("a flusher does not wait for vCPUs outside, and finds its request kept for them", () => {
    core.x.syncRemoteFlush(area.at + VM);
    for (const i of [0, 1]) {
      expect(core.x.syncGuestEnter(vcpu(i))).toBe(0);
      expect(core.x.syncVcpuMode(area.at + VM, i)).toBe(MODE_OUTSIDE);
      core.x.syncFlushDone(vcpu(i), core.x.syncFlushBegin(vcpu(i)));
      expect(core.x.syncGuestEnter(vcpu(i))).toBe(1);
      expect(core.x.syncVcpuMode(area.at + VM, i)).toBe(MODE_IN_GUEST);
      core.x.syncGuestLeave(vcpu(i));
    }
  });

  it.each(["leaving", "acknowledging"])("a flusher waits for a vCPU inside until it ends that by %s", async (end) => {
    const flusher = members[0];
    expect(core.x.syncGuestEnter(vcpu(0))).toBe(1);
    const flush = flusher.thread.call("syncRemoteFlush", area.at + VM);
    expect(await isSettled(flush, 20)).toBe(false);
    if (end === "leaving") core.x.syncGuestLeave(vcpu(0));
    else core.x.syncFlushDone(vcpu(0), core.x.syncFlushBegin(vcpu(0)));
    await flush;
    if (end === "acknowledging") core.x.syncGuestLeave(vcpu(0));
  });

  it("a flush asked for while another is served is not taken for served", async () => {
    const [first, second] = members;
    expect(core.x.syncGuestEnter(vcpu(0))).toBe(1);
    const flushes = [first.thread.call("syncRemoteFlush", area.at + VM)];
    expect(await isSettled(flushes[0] ?? Promise.resolve(), 20)).toBe(false);
    const begun = core.x.syncFlushBegin(vcpu(0));
    flushes.push(second.thread.call("syncRemoteFlush", area.at + VM));
    expect(await isSettled(flushes[1] ?? Promise.resolve(), 20)).toBe(false);
    core.x.syncFlushDone(vcpu(0), begun);
    expect(await isSettled(flushes[1] ?? Promise.resolve(), 20)).toBe(false);
    expect(core.x.syncRequestTake(vcpu(0), REQ_TLB_FLUSH)).toBe(1);
    core.x.syncFlushDone(vcpu(0), core.x.syncFlushBegin(vcpu(0)));
    await Promise.all(flushes);
    core.x.syncGuestLeave(vcpu(0));
  });

  it("flush counts may wrap around", async () => {
    for (const offset of [8, 12]) area.set((VCPUS[0] ?? 0) + offset, 0xffff_ffff); // flushReq, flushAck
    const [guest, flusher] = members;
    expect(core.x.syncGuestEnter(vcpu(0))).toBe(1);
    const flush = flusher.thread.call("syncRemoteFlush", area.at + VM);
    expect(await isSettled(flush, 20)).toBe(false);
    core.x.syncFlushDone(vcpu(0), core.x.syncFlushBegin(vcpu(0)));
    await flush;
    core.x.syncGuestLeave(vcpu(0));
    expect(await guest.thread.call("syncGuestEnter", vcpu(0))).toBe(1);
    await guest.thread.call("syncGuestLeave", vcpu(0));
  });

  it.each([
    ["leaves", GUEST.leaves],
    ["acknowledges", GUEST.acks],
  ])("a flusher that sleeps is woken by a vCPU that %s, before its poll", async (_, how) => {
    const [guest, flusher] = members;
    area.set(STOP, 0);
    core.x.syncVmMake(area.at + VM, 1);
    const running = guest.thread.call("syncSlowGuest", vcpu(0), 150, area.at + STOP, how);
    await area.until(VCPUS[0] ?? 0, MODE_IN_GUEST);
    // The guest looks at its requests every 150 us. If only its poll ended the flusher's sleep, that would be 1 ms or more.
    const inTime = await flusher.thread.call("syncFlushTimes", area.at + VM, 1000, 6, 50, 950);
    area.set(STOP, 1);
    await running;
    expect(inTime).toBe(6);
  });

  /** A wait may be late because the machine is busy, but not in each of three runs. */
  async function expectNoneLate(run: () => Promise<number>): Promise<void> {
    const late = [];
    for (let i = 0; i < 3; i++) {
      late.push(await run());
      if (late[i] === 0) return;
    }
    expect(late).toContain(0);
  }

  it("no kick is lost, whether the vCPU enters, leaves or halts (seed 41)", async () => {
    const [guest, kicker] = members;
    await expectNoneLate(async () => {
      area.set(STOP, 0);
      const running = guest.thread.call("syncKicked", vcpu(0), area.at + STOP, 41, LATE_MS);
      const kicks = kicker.thread.call("syncKicks", vcpu(0), 20_000, 1000);
      const ended = await isSettled(kicks, HANG_MS);
      area.set(STOP, 1);
      core.x.syncCpuWake(guest.cpu);
      expect(ended).toBe(true);
      const taken = Number(await running);
      expect(taken + core.x.syncRequestTake(vcpu(0), REQ_KICK)).toBe(Number(await kicks));
      expect(taken).toBeGreaterThan(100);
      return core.x.syncRet(guest.cpu, 0);
    });
  });

  it("cpuWake ends cpuWait at once, though it comes before the sleep", async () => {
    const [a, b] = members;
    await expectNoneLate(async () => {
      const words = [area.at + WORDS, area.at + WORDS + 64] as const;
      for (const offset of [0, 64]) area.set(WORDS + offset, 0);
      const first = a.thread.call("syncPing", words[0], words[1], b.cpu, 3000, 1, LATE_MS);
      const second = b.thread.call("syncPing", words[1], words[0], a.cpu, 3000, 0, LATE_MS);
      return Number(await first) + Number(await second);
    });
  });

  it("cpuWait sees a wake-up that came after the count was read", async () => {
    const { x } = core;
    const seen = x.syncCpuWakeCount();
    x.syncCpuWake(0);
    const start = performance.now();
    x.syncCpuWait(seen, -1);
    expect(performance.now() - start).toBeLessThan(LATE_MS);
    x.syncCpuWait(x.syncCpuWakeCount(), 5);
    expect(performance.now() - start).toBeGreaterThan(4);
  });
});

describe("misuse of guest mode, debug build", () => {
  it("a vCPU enters from outside and leaves from inside", async () => {
    const core = await openSync("test", 2);
    const area = openArea(core, 1);
    core.x.syncVmMake(area.at, 1);
    const p = area.at + 4096;
    const bugOf = (action: () => void): string => {
      try {
        action();
      } catch (error) {
        return (error as CoreBug).codeName;
      }
      return "none";
    };
    expect(bugOf(() => core.x.syncGuestLeave(p))).toBe("BUG_GUEST_MODE");
    expect(core.x.syncGuestEnter(p)).toBe(1);
    expect(bugOf(() => core.x.syncGuestEnter(p))).toBe("BUG_GUEST_MODE");
    core.x.syncGuestLeave(p);
    expect(core.x.syncGuestEnter(p)).toBe(1);
    core.x.syncGuestLeave(p);
  });
});
