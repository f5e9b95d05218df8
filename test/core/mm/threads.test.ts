/** Two threads on one allocator: nobody gets what another has, nothing is lost. */
import { describe, expect, it } from "vitest";
import { CPU_BASE, CPU_STRIDE, Cpu } from "../../../src/abi/index.js";
import { BUILDS, CoreDead, CoreKilled, expectBalanced, openCore, runThreads, snapshotBalance } from "../harness.js";
import { isWhole, KIND, MAX_ORDER, type MmExports, openSmall } from "./mm_exports.js";

const ROUNDS = { test: 8_000, "test-release": 150_000 };

describe.each(BUILDS)("threads, build %s", (build) => {
  const rounds = ROUNDS[build];

  it.each([0, 3, 9])("allocate and free blocks up to order %i without overlap", async (maxOrder) => {
    const core = await openCore<MmExports>({ build, memMiB: 16, nCpus: 3 });
    const before = snapshotBalance(core);
    const count = maxOrder === 9 ? rounds / 40 : rounds;
    const results = await runThreads(core, [
      { cpu: 1, fn: "mmStressBlocks", args: [count, 0x1234567, maxOrder] },
      { cpu: 2, fn: "mmStressBlocks", args: [count, 0x7654321, maxOrder] },
    ]);
    expect(results).toEqual([0, 0]);
    expectBalanced(core, before);
    expect(isWhole(core)).toBe(true);
  });

  it.each(["mmStressExchange", "mmStressSlab"])("free what the other allocated: %s", async (fn) => {
    const core = await openCore<MmExports>({ build, memMiB: 4, nCpus: 3 });
    const { x } = core;
    const before = snapshotBalance(core);
    const exchange = x.kblockAlloc(0);
    const results = await runThreads(core, [
      { cpu: 1, fn, args: [rounds, 99, exchange] },
      { cpu: 2, fn, args: [rounds, 77, exchange] },
    ]);
    expect(results).toEqual([0, 0]);
    for (let at = exchange; at < exchange + 256; at += 4) {
      const left = core.dv().getUint32(at, true);
      if (left === 0) continue;
      if (fn === "mmStressSlab") x.kfree(left);
      else x.frameFree(left);
    }
    x.kblockFree(exchange, 0);
    expectBalanced(core, before);
    expect(isWhole(core)).toBe(true);
  });

  it("leave cached frames behind when they end, and the rest get them back", async () => {
    const core = await openCore<MmExports>({ build, memMiB: 4, nCpus: 2 });
    const before = snapshotBalance(core);
    const thread = await core.thread(1);
    const done = core.x.kalloc(32);
    thread.call("mmCacheAndSpin", 40, done).catch(() => {}); // it ends by terminate
    while (core.dv().getUint32(done, true) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await thread.terminate();
    core.x.kfree(done);
    core.x.magazineDrain();
    expect(core.x.framesAlloc(MAX_ORDER, KIND.anon)).toBe(0);
    core.x.cpuFramesReclaim(1);
    expect(isWhole(core)).toBe(true);
    expectBalanced(core, before);
  });
});

describe("a CPU killed inside the allocator", () => {
  /** Each protocol access of this is a hook point: refill, spill, blocks, slab. */
  const work = (x: MmExports): void => {
    const pfns = Array.from({ length: 130 }, () => x.frameAlloc(KIND.anon));
    const block = x.framesAlloc(3, KIND.spt);
    const object = x.kalloc(64);
    for (const pfn of pfns) x.frameFree(pfn);
    x.kfree(object);
    x.framesFree(block, 3);
    x.magazineDrain();
  };

  it("stops the others with CoreDead if it held a lock, and harms nobody if it did not", async () => {
    const outcomes = { fine: 0, dead: 0, survived: 0 };
    for (let hook = 1; outcomes.survived === 0; hook++) {
      const core = await openSmall("test", 2);
      const victim = core.cpu(1);
      const area = CPU_BASE + CPU_STRIDE;
      core.dv().setUint32(area + Cpu.killCountdown.offset, hook, true);
      let killed = false;
      try {
        work(victim);
      } catch (error) {
        expect(error).toBeInstanceOf(CoreKilled);
        killed = true;
      }
      if (!killed) {
        outcomes.survived++;
        break;
      }
      core.dv().setUint32(area + Cpu.dead.offset, 1, true);
      try {
        work(core.x);
        core.x.cpuFramesReclaim(1);
        outcomes.fine++;
      } catch (error) {
        expect(error).toBeInstanceOf(CoreDead);
        outcomes.dead++;
      }
    }
    expect(outcomes.fine).toBeGreaterThan(0);
    expect(outcomes.dead).toBeGreaterThan(0);
  });
});
