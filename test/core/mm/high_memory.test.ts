/** Above 2 GiB pointers are negative to JavaScript, and a 4 GiB memory ends where a u32 wraps: nothing may notice. */
import { afterEach, describe, expect, it } from "vitest";
import { BUILDS, type Core, openCore } from "../harness.js";
import { KIND, MAX_ORDER, type MmExports } from "./mm_exports.js";

const TOP = 2 ** 32;

/** Takes 2 MiB blocks, without touching them, until at most `leave` are left; they come lowest first. */
function takeLow({ x }: Core<MmExports>, leave: number): number {
  let taken = 0;
  while (x.frameKindCount(KIND.free) > leave * 512) {
    expect(x.framesAlloc(MAX_ORDER, KIND.anon)).not.toBe(0);
    taken++;
  }
  return taken;
}

describe.each(BUILDS)("a memory of 4 GiB, build %s", (build) => {
  let core: Core<MmExports> | undefined;
  afterEach(() => {
    core = undefined;
  });

  it("is used to its last byte", async () => {
    core = await openCore<MmExports>({ build, memMiB: 4096, nCpus: 2 });
    const { x } = core;
    const dv = core.dv();
    takeLow(core, 2);
    x.frameInvariantCheck();

    const block = x.framesAlloc(MAX_ORDER, KIND.anon);
    const last = x.framesAlloc(MAX_ORDER, KIND.anon);
    expect([block, last]).toEqual([2 ** 20 - 1024, 2 ** 20 - 512]);
    expect(x.framesAlloc(MAX_ORDER, KIND.anon)).toBe(0);
    dv.setUint32(TOP - 4, 0xffffffff, true);
    x.frameZero(2 ** 20 - 1);
    expect(dv.getUint32(TOP - 4, true)).toBe(0);
    expect(x.frameIsArena(2n ** 20n - 1n)).toBe(1);
    expect(x.frameIsArena(2n ** 20n)).toBe(0);

    x.framesFree(last, MAX_ORDER);
    x.framesFree(block, MAX_ORDER);
    x.frameInvariantCheck();
    expect(x.frameKindCount(KIND.free)).toBe(1024);
  });

  it("gives slab objects, blocks and arrays up there", async () => {
    core = await openCore<MmExports>({ build, memMiB: 4096, nCpus: 1 });
    const { x } = core;
    takeLow(core, 1);
    const low = 2 ** 32 - 2 ** 21;
    const pointers = [x.kalloc(100), x.kblockAlloc(3), x.karrayAlloc(300_000n)].map((p) => p >>> 0);
    for (const p of pointers) expect(p).toBeGreaterThanOrEqual(low);
    const [object = 0, block = 0, array = 0] = pointers;
    const at = x.karrayAt(array, 299_999n) >>> 0;
    expect(at).toBeGreaterThanOrEqual(low);
    core.dv().setUint8(at, 7);
    x.frameInvariantCheck();
    x.karrayFree(array);
    x.kblockFree(block, 3);
    x.kfree(object);

    const all = x.mmTakeAll(KIND.spt); // every frame to the very last
    expect(x.frameKindCount(KIND.spt)).toBe(512);
    x.mmGiveBut(all, 0);
    expect(x.framesAlloc(MAX_ORDER, KIND.anon)).toBe(2 ** 20 - 512); // cached frames go back and merge
    x.frameInvariantCheck();
  });

  it("keeps trace rings up there", async () => {
    core = await openCore<MmExports>({ build, memMiB: 3072, nCpus: 1 });
    takeLow(core, 1);
    const { x } = core;
    const kernel = x.frameKindCount(KIND.kernel);
    expect(x.traceEnable(0, 15)).toBe(0);
    expect(x.frameKindCount(KIND.kernel)).toBe(kernel + 512);
    expect(x.traceDisable(0)).toBe(0);
    expect(x.frameKindCount(KIND.kernel)).toBe(kernel);
  });
});
