/** Threads against each other in one address space: nothing that was written is lost, and everything is given back. */
import { describe, expect, it } from "vitest";
import { MM_MAP_HUGE } from "../../../src/abi/index.js";
import { BUILDS, expectBalanced, runThreads, snapshotBalance } from "../harness.js";
import { HostRig, HUGE, PAGE } from "./host_rig.js";

const seed = Number(process.env["TADPOLE_SEED"] ?? Date.now() % 0x7fffffff) | 1;
const PAGES = 96;

describe.each(BUILDS)("threads, build %s", (build) => {
  // A debug build's accesses cost more.
  const scale = build === "test" ? 1 : 4;

  it.each([
    ["4 KiB pages", 0],
    ["2 MiB blocks", MM_MAP_HUGE],
  ])(`writers of %s see what they wrote while forks, moves and merges go on (seed ${seed})`, async (_name, flags) => {
    const rig = await HostRig.open(build, 128);
    const before = snapshotBalance(rig.core);
    const mm = rig.create();
    const hva = rig.map(mm, HUGE, { flags });
    const results = await runThreads(rig.core, [
      { cpu: 1, fn: "hostStressTouch", args: [mm, hva, PAGES, 20_000 * scale, seed, 0] },
      { cpu: 2, fn: "hostStressTouch", args: [mm, hva, PAGES, 20_000 * scale, seed ^ 0x55555, 0] },
      { cpu: 3, fn: "hostStressShare", args: [mm, hva, PAGES, 400 * scale, seed ^ 0xaaaaa] },
    ]);
    expect(results).toEqual([0, 0, 0]);
    rig.checkInvariants([mm]);
    rig.x.mmDestroy(mm);
    expectBalanced(rig.core, before);
  });

  it(`touching goes on beside unmapping, mapping, protecting and dropping (seed ${seed})`, async () => {
    const rig = await HostRig.open(build, 128);
    const before = snapshotBalance(rig.core);
    const mm = rig.create();
    const hva = rig.map(mm, BigInt(PAGES) * PAGE);
    const results = await runThreads(rig.core, [
      { cpu: 1, fn: "hostStressTouch", args: [mm, hva, PAGES, 20_000 * scale, seed, 1] },
      { cpu: 2, fn: "hostStressTouch", args: [mm, hva, PAGES, 20_000 * scale, seed ^ 0x55555, 1] },
      { cpu: 3, fn: "hostStressRanges", args: [mm, hva, PAGES, 600 * scale, seed ^ 0xaaaaa] },
    ]);
    expect(results).toEqual([0, 0, 0]);
    rig.checkInvariants([mm]);
    rig.x.mmDestroy(mm);
    expectBalanced(rig.core, before);
  });

  it("two threads that fault the same fresh pages share one frame each", async () => {
    const rig = await HostRig.open(build, 128);
    const before = snapshotBalance(rig.core);
    const mm = rig.create();
    const hva = rig.map(mm, 8n * HUGE);
    const pages = 4096;
    const job = (cpu: number) => ({ cpu, fn: "hostTimeGup", args: [mm, hva, pages, 1] });
    expect(await runThreads(rig.core, [job(1), job(2)])).toEqual([0, 0]);
    rig.checkInvariants([mm]);
    expect(rig.x.mmStat(mm, 0)).toBe(BigInt(pages));
    rig.x.mmDestroy(mm);
    for (const cpu of [1, 2]) rig.core.cpu(cpu).cpuFramesDrain();
    expectBalanced(rig.core, before);
  });

  it("faults, forks and merges in different address spaces of one family", async () => {
    const rig = await HostRig.open(build, 128);
    const before = snapshotBalance(rig.core);
    const mm = rig.create();
    const hva = rig.map(mm, HUGE, { flags: MM_MAP_HUGE });
    rig.fill(mm, hva, 0);
    const mms = [mm, ...[1, 2].map(() => rig.x.mmFork(mm) >>> 0)];
    const results = await runThreads(
      rig.core,
      mms.map((one, i) =>
        i === 2
          ? { cpu: 3, fn: "hostStressShare", args: [one, hva, PAGES, 300 * scale, seed] }
          : { cpu: i + 1, fn: "hostStressTouch", args: [one, hva, PAGES, 10_000 * scale, seed ^ i, 0] },
      ),
    );
    expect(results).toEqual([0, 0, 0]);
    rig.checkInvariants(mms);
    for (const one of mms) rig.x.mmDestroy(one);
    expectBalanced(rig.core, before);
  });
});
