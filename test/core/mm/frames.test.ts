import { beforeEach, describe, expect, it } from "vitest";
import { BUILDS, type Core, expectBalanced, openCore, snapshotBalance } from "../harness.js";
import { isWhole, KIND, MAX_ORDER, type MmExports, openSmall, takeFrames } from "./mm_exports.js";

const ARENA = 512;

/** The numbers 0 to n-1 in an order that a seed decides. */
function shuffled(n: number, seed: number): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  let state = seed;
  for (let i = n - 1; i > 0; i--) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const j = (state >>> 8) % (i + 1);
    [order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0];
  }
  return order;
}

describe.each(BUILDS)("frames, build %s", (build) => {
  let core: Core<MmExports>;
  let x: MmExports;
  beforeEach(async () => {
    core = await openSmall(build);
    x = core.x;
  });

  it("hands out every frame of the arena exactly once, in ascending order from a fresh arena", () => {
    const pfns = takeFrames(core, Infinity);
    expect(pfns).toEqual(Array.from({ length: ARENA }, (_, i) => 512 + i));
    expect(x.frameKindCount(KIND.anon)).toBe(ARENA);
    expect(x.frameKindCount(KIND.free) + x.frameKindCount(KIND.cached)).toBe(0);
    x.frameInvariantCheck();
  });

  it.each([1, 2, 3, 4, 5])("merges everything back, whatever the order of the frees (seed %i)", (seed) => {
    const before = snapshotBalance(core);
    const pfns = takeFrames(core, Infinity);
    for (const i of shuffled(pfns.length, seed)) x.frameFree(pfns[i] ?? 0);
    expectBalanced(core, before);
    expect(isWhole(core)).toBe(true);
  });

  it.each(Array.from({ length: MAX_ORDER + 1 }, (_, order) => order))(
    "fills the arena with aligned blocks of order %i and merges them back",
    (order) => {
      const before = snapshotBalance(core);
      const count = ARENA >> order;
      const pfns = Array.from({ length: count }, () => x.framesAlloc(order, KIND.kernel));
      expect(new Set(pfns).size).toBe(count);
      for (const pfn of pfns) expect(pfn % (1 << order)).toBe(0);
      expect(x.framesAlloc(order, KIND.kernel)).toBe(0);
      expect(x.frameKindCount(KIND.kernel)).toBe(ARENA);
      x.frameInvariantCheck();
      for (const i of shuffled(count, 7 + order)) x.framesFree(pfns[i] ?? 0, order);
      expectBalanced(core, before);
      expect(isWhole(core)).toBe(true);
    },
  );

  it("takes the smallest block that serves, so that large ones stay whole", () => {
    const a = x.framesAlloc(3, KIND.kernel); // splits 512 into 8 + 8, 16, ... 256
    const b = x.framesAlloc(3, KIND.kernel);
    expect(b).toBe(a ^ 8);
    expect(x.framesAlloc(8, KIND.kernel)).not.toBe(0);
  });

  it("empties its own magazine when a block would otherwise not be found", () => {
    const pfns = takeFrames(core, 64);
    for (const pfn of pfns) x.frameFree(pfn);
    expect(x.frameKindCount(KIND.cached)).toBeGreaterThan(0);
    const whole = x.framesAlloc(MAX_ORDER, KIND.anon);
    expect(whole).toBe(512);
    expect(x.frameKindCount(KIND.cached)).toBe(0);
    x.framesFree(whole, MAX_ORDER);
  });

  it("gives a block's frames fresh metadata, and its tails the way to the head", () => {
    const dirty = x.framesAlloc(2, KIND.anon);
    const dv = core.dv();
    for (let i = 0; i < 4; i++) dv.setUint32(x.frameMetaAddress(dirty + i), 0xffffffff, true); // link: owner's to use
    x.framesFree(dirty, 2);
    const pfn = x.framesAlloc(2, KIND.spt);
    expect(pfn).toBe(dirty);
    const words = (i: number) => [0, 4, 8, 12].map((o) => dv.getUint32(x.frameMetaAddress(pfn + i) + o, true));
    expect(words(0)).toEqual([0, 1, 0, KIND.spt | (2 << 8)]);
    for (let i = 1; i < 4; i++) expect(words(i)).toEqual([0, 1, pfn, 9]);
    x.framesFree(pfn, 2);
  });

  it("splits a block into single frames that are freed one by one, and merge again", () => {
    const before = snapshotBalance(core);
    const pfn = x.framesAlloc(MAX_ORDER, KIND.anon);
    x.framesSplit(pfn, MAX_ORDER);
    x.frameInvariantCheck();
    expect(x.frameKindCount(KIND.anon)).toBe(512);
    for (let i = 0; i < 512; i += 2) x.frameFree(pfn + i);
    x.frameInvariantCheck();
    expect(x.frameKindCount(KIND.anon)).toBe(256);
    for (let i = 1; i < 512; i += 2) x.frameFree(pfn + i);
    expectBalanced(core, before);
    expect(isWhole(core)).toBe(true);
  });

  it("counts references: the last put says so, and only then", () => {
    const pfn = x.frameAlloc(KIND.anon);
    x.frameGet(pfn);
    x.frameGet(pfn);
    expect(x.framePut(pfn)).toBe(0);
    expect(x.framePut(pfn)).toBe(0);
    expect(x.framePut(pfn)).toBe(1);
    x.frameFree(pfn);
    x.frameInvariantCheck();
  });

  it("frees a deferred frame only after the grace period", () => {
    const before = snapshotBalance(core);
    for (let i = 0; i < 3; i++) expectBalanced(core, before); // lets some epochs pass: the stamp is no reference count
    const pfn = x.frameAlloc(KIND.spt);
    x.frameFreeDeferred(pfn);
    expect(snapshotBalance(core)).toMatchObject({ frames: { spt: 1 }, epochPending: before.epochPending + 1 });
    expectBalanced(core, before);
  });

  it("zeroes a whole frame and nothing beside it", () => {
    const pfn = x.framesAlloc(2, KIND.anon);
    new Uint8Array(core.memory.buffer).fill(0xa5, pfn * 4096, (pfn + 4) * 4096);
    x.frameZero(pfn + 1);
    expect(x.mmFrameSum(pfn + 1)).toBe(0n);
    const dirty = BigInt.asUintN(64, 0xa5a5a5a5a5a5a5a5n * 512n);
    for (const i of [0, 2, 3]) expect(BigInt.asUintN(64, x.mmFrameSum(pfn + i))).toBe(dirty);
    x.framesFree(pfn, 2);
  });

  it("tells whoever keeps decoded code when such a frame is freed, alone or inside a block", () => {
    const single = x.frameAlloc(KIND.anon);
    x.mmMarkCode(single);
    x.frameFree(single);
    expect(x.mmCodeReports()).toBe(BigInt(single));
    const block = x.framesAlloc(2, KIND.anon);
    x.mmMarkCode(block);
    x.mmMarkCode(block + 3);
    x.framesFree(block, 2);
    expect(x.mmCodeReports()).toBe(BigInt(single + block + block + 3));
    x.frameInvariantCheck();
  });

  it("frees frames with the MMU's dirty and accessed flags like others, and hands them out without", () => {
    const pfn = x.frameAlloc(KIND.anon);
    core.dv().setUint16(x.frameMetaAddress(pfn) + 14, 2 | 4, true);
    x.frameFree(pfn);
    expect(x.frameAlloc(KIND.anon)).toBe(pfn);
    expect(core.dv().getUint16(x.frameMetaAddress(pfn) + 14, true)).toBe(0);
    x.frameInvariantCheck();
  });

  it("knows the arena from what is reserved, beyond memory, or phantom", () => {
    expect([511n, 512n, 1023n, 1024n, 1n << 21n, 1n << 32n, 2n ** 64n - 1n].map((pfn) => x.frameIsArena(pfn))).toEqual([
      0, 1, 1, 0, 0, 0, 0,
    ]);
    expect(x.frameIsArena(0n)).toBe(0);
  });
});

describe.each(BUILDS)("frames of several CPUs, build %s", (build) => {
  it("keeps the books right when one CPU allocates and another frees", async () => {
    const core = await openSmall(build, 2);
    const other = core.cpu(1);
    const before = snapshotBalance(core);
    const pfns = takeFrames(core, 300, KIND.spt);
    expect(core.x.frameKindCount(KIND.spt)).toBe(300);
    for (const pfn of pfns) other.frameFree(pfn);
    expect(core.x.frameKindCount(KIND.spt)).toBe(0);
    expectBalanced(core, before);
    core.x.frameInvariantCheck();
  });

  it("leaves at most a magazine's frames of another CPU out of reach, until that one drains", async () => {
    const core = await openSmall(build, 2);
    const other = core.cpu(1);
    for (const pfn of takeFrames({ ...core, x: other }, 300)) other.frameFree(pfn);
    const held = core.x.frameKindCount(KIND.cached);
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThanOrEqual(128);
    expect(takeFrames(core, Infinity)).toHaveLength(ARENA - held);
    core.x.cpuFramesReclaim(1); // as if its worker were gone
    expect(takeFrames(core, Infinity)).toHaveLength(held);
    expect(core.x.frameKindCount(KIND.anon)).toBe(ARENA);
    core.x.frameInvariantCheck();
  });

  it("takes smaller batches when little is left, so that idle CPUs hoard little", async () => {
    const core = await openSmall(build, 4);
    takeFrames(core, ARENA - 40);
    core.x.magazineDrain();
    for (const id of [1, 2, 3]) core.cpu(id).frameAlloc(KIND.anon);
    expect(core.x.frameKindCount(KIND.cached)).toBeLessThan(20);
    core.x.frameInvariantCheck();
  });
});

describe.each(BUILDS)("the end of the metadata, build %s", (build) => {
  it("is not looked beyond when the last block of an odd memory is freed", async () => {
    const core = await openCore<MmExports>({ build, memMiB: 7, nCpus: 1 });
    const { x } = core;
    const odd = x.framesAlloc(8, KIND.anon);
    expect(odd).toBe(6 * 256);
    const state = x.frameMetaAddress(odd + 256) + 12; // its buddy's, were there one
    core.dv().setUint32(state, KIND.free | (8 << 8), true);
    x.framesFree(odd, 8);
    expect(core.dv().getUint32(state, true)).toBe(KIND.free | (8 << 8));
    x.frameInvariantCheck();
    expect(x.framesAlloc(8, KIND.anon)).toBe(odd);
  });
});

describe.each(BUILDS)("making the system, build %s", (build) => {
  it("refuses numbers out of range, too small a memory, and a second system", async () => {
    const { x } = await openSmall(build);
    const frames = 1024;
    expect(x.systemInit(frames, 0)).toBe(-22);
    expect(x.systemInit(frames, 1025)).toBe(-22);
    expect(x.systemInit(frames + 1, 1)).toBe(-22); // more than the memory has
    expect(x.systemInit(2 ** 32 - 1, 1)).toBe(-22);
    expect(x.systemInit(511, 1)).toBe(-12);
    expect(x.systemInit(1023, 1)).toBe(-12); // an arena of 2 MiB less a frame
    expect(x.systemInit(frames, 1)).toBe(-17);
  });

  it("makes room for 1024 CPUs", async () => {
    const core = await openCore<MmExports>({ build, memMiB: 16, nCpus: 1024 });
    const last = core.cpu(1023);
    const pfn = last.frameAlloc(KIND.anon);
    expect(pfn).toBeGreaterThanOrEqual(1536); // 4 MiB of CPU areas lie below
    last.frameFree(pfn);
    core.x.frameInvariantCheck();
    expect(() => core.cpu(1024)).toThrow("cpuInit(1024)");
  });

  it("uses the end of a memory that is no multiple of 2 MiB", async () => {
    const core = await openCore<MmExports>({ build, memMiB: 7, nCpus: 1 });
    expect(core.x.frameArenaCount()).toBe(5 * 256);
    const pfns = takeFrames(core, Infinity);
    expect(pfns).toHaveLength(5 * 256);
    expect(Math.max(...pfns)).toBe(7 * 256 - 1);
    for (const i of shuffled(pfns.length, 3)) core.x.frameFree(pfns[i] ?? 0);
    core.x.magazineDrain();
    core.x.frameInvariantCheck();
    expect(core.x.framesAlloc(8, KIND.anon)).toBe(6 * 256); // the odd MiB, before any 2 MiB block is broken
  });
});
