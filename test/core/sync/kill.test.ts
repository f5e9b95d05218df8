/**
 * Three CPUs do everything at once: locks of all sorts, epochs, deferred objects, guests and flushes. One is killed at its
 * n-th protocol access. Wherever that is, the others come to an end within a second: with CoreDead, or because they do not
 * depend on what died.
 */
import { afterEach, describe, expect, it } from "vitest";
import { SYSTEM_BASE, System } from "../../../src/abi/index.js";
import { CoreDead, CoreKilled } from "../harness.js";
import {
  type Area,
  Crew,
  DEATH_MS,
  eventually,
  KINDS,
  type Member,
  openArea,
  openSync,
  RW_KINDS,
  type SyncCore,
  sleep,
} from "./sync_rig.js";

/** The area: a frame of locks and nodes, the VM, its three vCPUs; one word of it says that the round is over. */
const ORDER = 3;
const STOP = 4000;
const VM = 4096;

/** kill.full.ts: more of it. */
const SCALE = Number(process.env["TADPOLE_SYNC_SCALE"] ?? 1);

/** The others are of the dead CPU's VM, and its death is declared; or they only meet it in locks and flushes. */
const STRANGERS = 0;
const OF_ITS_VM = 1;
type Company = typeof STRANGERS | typeof OF_ITS_VM;

/** A system that lasts until somebody dies with a lock that all VMs need. */
interface Rig {
  core: SyncCore;
  crew: Crew;
  members: [Member, Member, Member];
}

async function openRig(): Promise<Rig> {
  const core = await openSync("test", 8, 32);
  const crew = new Crew(core);
  return { core, crew, members: [await crew.add(), await crew.add(), await crew.add()] };
}

/**
 * Whether a CPU died with a lock that all VMs need. Others find that out when they wait for it, if they live that long;
 * a system in which the dead CPU's number lives again would wait for ever.
 */
function isSpoilt({ core, members }: Rig): boolean {
  const owners = [System.epochLock, System.slabLock, System.buddyLock, System.vmLock].map(
    ({ offset }) => core.dv().getUint32(SYSTEM_BASE + offset, true) & 0x7fffffff,
  );
  return core.x.syncSystemDead() !== 0 || members.some(({ cpu }) => owners.includes(cpu + 1));
}

type End = "rounds" | "dead" | "killed" | "hangs";

/** How the call ended. A call that was cut short lets go of what it held, as workers do. */
async function endOf({ thread }: Member, call: Promise<unknown>, ms: number): Promise<End> {
  const end = call.then(
    () => "rounds" as const,
    (error: unknown) => error,
  );
  const first = await Promise.race([end, sleep(ms).then(() => "hangs" as const)]);
  if (first === "hangs" || first === "rounds") return first;
  if (first instanceof CoreKilled) return "killed";
  expect(first).toBeInstanceOf(CoreDead);
  await thread.call("syncAbandonHeld");
  return "dead";
}

describe.each(KINDS)("a CPU is killed anywhere, mmu_lock %s", (kind) => {
  let rig: Rig | undefined;
  let area: Area;
  afterEach(async () => {
    await rig?.crew.end();
    rig = undefined;
  });

  /** A new VM with new locks; the CPUs as new, which is sound because nobody will look at the old locks again. */
  async function prepare(): Promise<Rig> {
    if (rig === undefined || isSpoilt(rig)) {
      await rig?.crew.end();
      rig = await openRig();
    }
    const { core, members } = rig;
    // The last one is not given back: what the dead deferred lies there.
    area = openArea(core, ORDER);
    core.x.syncMixMake(area.at, members.length, RW_KINDS[kind]);
    for (const { cpu, thread } of members) {
      core.x.syncSetCpuDead(cpu, 0);
      expect(await thread.call("cpuInit", cpu)).toBe(0);
    }
    return rig;
  }

  function mix({ thread }: Member, i: number, company: Company): Promise<unknown> {
    return thread.call("syncMix", area.at, i, area.at + STOP, company);
  }

  const roundsOf = (i: number): number => area.word(STOP + 4 + i * 4);

  /** The victim works until it is killed at access `n`. */
  async function kill(victim: Member, n: number, company: Company): Promise<void> {
    await victim.thread.call("syncSetKill", n);
    expect(await endOf(victim, mix(victim, 0, company), 5000)).toBe("killed");
  }

  /** Says that the victim is dead, and sees how the others end. */
  async function aftermath({ core, members }: Rig, calls: Promise<unknown>[], company: Company): Promise<End[]> {
    const [victim, ...others] = members;
    const settled = new Set<Promise<unknown>>();
    for (const call of calls) {
      const note = () => settled.add(call);
      call.then(note, note);
    }
    core.x.syncSetCpuDead(victim.cpu, 1);
    if (company === OF_ITS_VM) {
      core.x.syncVmSetDead(area.at + VM);
    } else {
      // Long enough that they come to everything that the dead CPU may hold.
      const goals = calls.map((_, i) => roundsOf(i + 1) + 2);
      const isThere = (call: Promise<unknown>, i: number) => settled.has(call) || roundsOf(i + 1) >= (goals[i] ?? 0);
      for (let ms = 0; ms < DEATH_MS && !calls.every(isThere); ms++) await sleep(1);
      area.set(STOP, 1);
    }
    return Promise.all(others.map((other, i) => endOf(other, calls[i] ?? Promise.resolve(), DEATH_MS)));
  }

  /** The victim dies alone, so that `n` says where; then the others come. */
  async function killAlone(n: number, company: Company): Promise<End[]> {
    const rig = await prepare();
    const [victim, ...others] = rig.members;
    await kill(victim, n, company);
    const calls = others.map((other, i) => mix(other, i + 1, company));
    await sleep(2);
    return aftermath(rig, calls, company);
  }

  /** The victim dies amid the others. */
  async function killInCompany(n: number, company: Company): Promise<End[]> {
    const rig = await prepare();
    const [victim, ...others] = rig.members;
    const calls = others.map((other, i) => mix(other, i + 1, company));
    await eventually(() => calls.every((_, i) => roundsOf(i + 1) > 0), "the others work");
    await kill(victim, n, company);
    return aftermath(rig, calls, company);
  }

  /** Protocol accesses of one CPU in a round, alone. */
  async function accessesOfARound(): Promise<number> {
    const { core } = await prepare();
    const before = core.x.syncHookCount();
    core.x.syncMixOnce(area.at, 0);
    const n = core.x.syncHookCount() - before;
    expect(n).toBeGreaterThan(50);
    return n;
  }

  // Every access in kill.full.ts.
  const step = Math.max(1, Math.round((kind === "distributed" ? 3 : 8) / SCALE));

  it("strangers who come later never wait for ever", async () => {
    const last = await accessesOfARound();
    const seen = new Set<End>();
    for (let n = 1; n <= last; n += step) {
      const ends = await killAlone(n, STRANGERS);
      for (const end of ends) seen.add(end);
      expect(ends, `killed at access ${n}`).not.toContain("hangs");
    }
    expect([...seen].sort()).toEqual(["dead", "rounds"]);
  });

  it("its VM, declared dead, ends", async () => {
    const last = await accessesOfARound();
    for (let n = 2; n <= last; n += 2 * step) {
      expect(await killAlone(n, OF_ITS_VM), `killed at access ${n}`).toEqual(["dead", "dead"]);
    }
  });

  it("amid the others, at accesses of a series (seed 1)", async () => {
    let state = 1;
    for (let i = 0; i < 12 * SCALE; i++) {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      const n = 1 + ((state >>> 8) % 3000);
      const company = i % 2 === 0 ? STRANGERS : OF_ITS_VM;
      const ends = await killInCompany(n, company);
      expect(ends, `killed at access ${n}`).not.toContain("hangs");
      if (company === OF_ITS_VM) expect(ends).toEqual(["dead", "dead"]);
    }
  });
});
