/** The harness itself: what tests rely on when something goes wrong. */
import { describe, expect, it } from "vitest";
import { BUILDS, bugName, CoreBug, expectBalanced, openCore, runThreads, snapshotBalance } from "./harness.js";

interface Probes {
  frameAlloc(kind: number): number;
  frameFree(pfn: number): void;
  kalloc(bytes: number): number;
}

describe.each(BUILDS)("the harness, build %s", (build) => {
  it("has one memory and an instance for each CPU", async () => {
    const core = await openCore<Probes>({ build, memMiB: 4, nCpus: 3 });
    const pfn = core.cpu(2).frameAlloc(8);
    core.dv().setUint32(pfn * 4096, 42, true);
    expect(core.cpu(2)).toBe(core.cpu(2));
    expect(core.cpu(1)).not.toBe(core.x);
    expect(() => core.cpu(3)).toThrow("cpuInit(3)");
    core.cpu(1).frameFree(pfn);
  });

  it("runs functions in threads and brings their results and bugs back", async () => {
    const core = await openCore<Probes>({ build, memMiB: 4, nCpus: 3 });
    const results = await runThreads(core, [
      { cpu: 1, fn: "frameAlloc", args: [8] },
      { cpu: 2, fn: "frameAlloc", args: [8] },
    ]);
    expect(new Set(results).size).toBe(2);
    const failing = runThreads(core, [{ cpu: 1, fn: "bug", args: [34, 1n, 2n] }]);
    await expect(failing).rejects.toBeInstanceOf(CoreBug);
    await expect(failing).rejects.toMatchObject({ codeName: "BUG_FRAME_POISON", a: 1n, b: 2n });
    await expect(runThreads(core, [{ cpu: 1, fn: "noSuchProbe" }])).rejects.toThrow("noSuchProbe");
    await expect(runThreads(core, [{ cpu: 7, fn: "frameAlloc" }])).rejects.toThrow("cpuInit(7)");
  });

  it("ends threads that do not come back", async () => {
    const core = await openCore<Probes>({ build, memMiB: 4, nCpus: 2 });
    const stuck = runThreads(core, [{ cpu: 1, fn: "mmStressBlocks", args: [0x7fffffff, 1, 0] }], 50);
    await expect(stuck).rejects.toThrow("not done in 50 ms");
  });

  it("sees what is not given back", async () => {
    const core = await openCore<Probes>({ build, memMiB: 4, nCpus: 1 });
    const before = snapshotBalance(core);
    const pfn = core.x.frameAlloc(8);
    expect(() => expectBalanced(core, before)).toThrow("deeply equal");
    core.x.frameFree(pfn);
    expectBalanced(core, before);
    core.x.kalloc(40);
    expect(() => expectBalanced(core, before)).toThrow("deeply equal");
  });

  it("names every bug code, each once", () => {
    expect(bugName(1)).toBe("BUG_LOCK_ORDER");
    expect(bugName(65535)).toBe("BUG 65535");
  });
});
