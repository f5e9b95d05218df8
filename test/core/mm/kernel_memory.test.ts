/** kalloc, kblockAlloc, karrayAlloc: zeroed kernel memory of every size. */
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { BUILDS, type Core, expectBalanced, openCore, snapshotBalance } from "../harness.js";
import { KIND, type MmExports, openSmall, takeFrames } from "./mm_exports.js";

const CHUNK = 65536;

function bytesAt(core: Core<MmExports>, p: number, length: number): Uint8Array {
  return new Uint8Array(core.memory.buffer, p >>> 0, length);
}

describe.each(BUILDS)("slab, build %s", (build) => {
  let core: Core<MmExports>;
  let x: MmExports;
  beforeEach(async () => {
    core = await openSmall(build);
    x = core.x;
  });

  it.each([
    [1, 32],
    [32, 32],
    [33, 64],
    [64, 64],
    [65, 128],
    [1024, 1024],
    [1025, 2048],
    [2048, 2048],
  ])("rounds %i bytes up to %i, aligned to that, and packs a frame with them", (bytes, size) => {
    const before = snapshotBalance(core);
    const perFrame = 4096 / size;
    const objects = Array.from({ length: perFrame }, () => x.kalloc(bytes) >>> 0);
    for (const p of objects) expect(p % size).toBe(0);
    expect(new Set(objects.map((p) => p >>> 12)).size).toBe(1);
    expect(new Set(objects).size).toBe(perFrame);
    expect(x.frameKindCount(KIND.slab)).toBe(1);
    const next = x.kalloc(bytes);
    expect(x.frameKindCount(KIND.slab)).toBe(2);
    x.frameInvariantCheck();
    for (const p of [...objects, next]) x.kfree(p);
    expectBalanced(core, before);
  });

  it("gives zeroed objects, also where others were", () => {
    const keep = x.kalloc(256);
    for (let i = 0; i < 3; i++) {
      const p = x.kalloc(200);
      const bytes = bytesAt(core, p, 256);
      expect(bytes.every((byte) => byte === 0)).toBe(true);
      bytes.fill(0xff);
      x.kfree(p);
    }
    x.kfree(keep);
  });

  it("fails when memory is out, works again when it is not, and loses nothing", () => {
    const before = snapshotBalance(core);
    const list = x.mmTakeAll(KIND.anon);
    expect(x.kalloc(100)).toBe(0);
    expect(x.slabObjectCount()).toBe(0);
    const rest = x.mmGiveBut(list, 511);
    const p = x.kalloc(100);
    expect(p).not.toBe(0);
    x.kfree(p);
    x.mmGiveBut(rest, 0);
    x.frameInvariantCheck();
    expectBalanced(core, before);
  });

  it("frees a deferred object after the grace period", () => {
    const before = snapshotBalance(core);
    const p = x.kalloc(64);
    x.kfreeDeferred(p);
    expect(x.slabObjectCount()).toBe(1);
    expectBalanced(core, before);
  });

  it("agrees with a model over random allocations and frees", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 2048 }), fc.nat(99)), { maxLength: 200, size: "max" }),
        async (steps) => {
          const fresh = await openSmall(build);
          const before = snapshotBalance(fresh);
          const held: { p: number; size: number; mark: number }[] = [];
          const free = (at: number): void => {
            const [object] = held.splice(at, 1);
            if (object === undefined) return;
            expect(bytesAt(fresh, object.p, object.size).every((byte) => byte === object.mark)).toBe(true);
            fresh.x.kfree(object.p);
          };
          steps.forEach(([size, dice], i) => {
            if (dice < 45) free(dice % Math.max(1, held.length));
            const p = fresh.x.kalloc(size) >>> 0;
            if (p === 0) return;
            expect(bytesAt(fresh, p, size).every((byte) => byte === 0)).toBe(true);
            bytesAt(fresh, p, size).fill(i & 255);
            held.push({ p, size, mark: i & 255 });
            expect(fresh.x.slabObjectCount()).toBe(held.length);
            fresh.x.frameInvariantCheck();
          });
          while (held.length > 0) free(0);
          expectBalanced(fresh, before);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe.each(BUILDS)("kernel blocks and arrays, build %s", (build) => {
  let core: Core<MmExports>;
  let x: MmExports;
  beforeEach(async () => {
    core = await openCore<MmExports>({ build, memMiB: 16, nCpus: 1 });
    x = core.x;
  });

  it("knows the smallest block for a size", () => {
    expect([1, 4096, 4097, 8192, 8193, 65536, 65537, 2097152].map((bytes) => x.kblockOrder(bytes))).toEqual([
      0, 0, 1, 1, 2, 4, 5, 9,
    ]);
  });

  it("gives zeroed blocks aligned to their size", () => {
    const before = snapshotBalance(core);
    for (let order = 0; order <= 9; order++) {
      const dirty = x.kblockAlloc(order);
      bytesAt(core, dirty, 4096 << order).fill(0xff);
      x.kblockFree(dirty, order);
      const p = x.kblockAlloc(order);
      expect(p % (4096 << order)).toBe(0);
      expect(bytesAt(core, p, 4096 << order).every((byte) => byte === 0)).toBe(true);
      x.kblockFree(p, order);
    }
    expectBalanced(core, before);
  });

  it.each([0, 1, 16, 2048, 2049, 4096, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 1_000_000, 5 * 1024 * 1024])(
    "holds %i bytes, every one zero and its own",
    (size) => {
      const before = snapshotBalance(core);
      const a = x.karrayAlloc(BigInt(size));
      expect(x.karrayBytes(a)).toBe(BigInt(size));
      const seen = new Set<number>();
      for (let offset = 0; offset < size; offset += CHUNK) {
        const length = Math.min(CHUNK, size - offset);
        const chunk = bytesAt(core, x.karrayAt(a, BigInt(offset)), length);
        expect(chunk.every((byte) => byte === 0)).toBe(true);
        chunk.fill(0xff); // a chunk that overlapped another would show in the next turn
        seen.add(chunk.byteOffset);
        const last = x.karrayAt(a, BigInt(offset + length - 1));
        expect(last >>> 0).toBe(chunk.byteOffset + length - 1);
      }
      expect(seen.size).toBe(Math.ceil(size / CHUNK));
      x.karrayFree(a);
      x.frameInvariantCheck();
      expectBalanced(core, before);
    },
  );

  it("takes no more frames than it needs for small arrays", () => {
    const a = x.karrayAlloc(2048n);
    expect(x.frameKindCount(KIND.kernel)).toBe(0);
    x.karrayFree(a);
    const b = x.karrayAlloc(BigInt(CHUNK + 4096));
    expect(x.frameKindCount(KIND.kernel)).toBe(17);
    x.karrayFree(b);
    x.karrayFree(0);
  });

  it("fails whole when memory runs out in the middle", () => {
    const before = snapshotBalance(core);
    expect(x.karrayAlloc(15n * 1024n * 1024n)).toBe(0);
    expectBalanced(core, before);
    expect(x.karrayAlloc(1n << 40n)).toBe(0);
    expect(x.karrayAlloc(2n ** 64n - 1n)).toBe(0);
    const held = takeFrames(core, Infinity);
    expect(x.karrayAlloc(1n)).toBe(0);
    expect(x.kblockAlloc(0)).toBe(0);
    expect(x.traceEnable(0, 6)).toBe(-12);
    for (const pfn of held) x.frameFree(pfn);
    x.frameInvariantCheck();
    expectBalanced(core, before);
  });
});
