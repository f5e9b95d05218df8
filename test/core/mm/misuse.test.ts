/** What the allocator catches: in every build what shares a load with its work, in debug builds the rest. */
import { beforeEach, describe, expect, it } from "vitest";
import { BUILDS, type Core, CoreBug } from "../harness.js";
import { KIND, type MmExports, openSmall } from "./mm_exports.js";

function bugOf(action: () => void): string {
  try {
    action();
  } catch (error) {
    if (error instanceof CoreBug) return error.codeName;
    throw error;
  }
  return "none";
}

describe.each(BUILDS)("misuse of the allocator, build %s", (build) => {
  const inDebug = (name: string): string => (build === "test" ? name : "none");
  let core: Core<MmExports>;
  let x: MmExports;
  beforeEach(async () => {
    core = await openSmall(build);
    x = core.x;
  });

  it("refuses to free a frame twice", () => {
    const pfn = x.frameAlloc(KIND.anon);
    x.frameFree(pfn);
    expect(bugOf(() => x.frameFree(pfn))).toBe("BUG_FRAME_FREE");
  });

  it("refuses to free a block twice, also when it has merged into another", () => {
    const [a, b] = [x.framesAlloc(3, KIND.anon), x.framesAlloc(3, KIND.anon)];
    x.framesFree(a, 3);
    x.framesFree(b, 3);
    expect(bugOf(() => x.framesFree(b, 3))).toBe("BUG_FRAME_FREE");
  });

  it("refuses a part of a block, a block as a single frame, and the wrong order", () => {
    const pfn = x.framesAlloc(3, KIND.anon);
    expect(bugOf(() => x.frameFree(pfn + 1))).toBe("BUG_FRAME_FREE");
    expect(bugOf(() => x.framesFree(pfn + 4, 2))).toBe("BUG_FRAME_FREE");
    expect(bugOf(() => x.frameFree(pfn))).toBe("BUG_FRAME_FREE");
    expect(bugOf(() => x.framesFree(pfn, 2))).toBe("BUG_FRAME_FREE");
    expect(bugOf(() => x.framesFree(pfn, 4))).toBe("BUG_FRAME_FREE");
    expect(bugOf(() => x.framesSplit(pfn, 2))).toBe("BUG_FRAME_FREE");
    x.framesFree(pfn, 3);
    x.frameInvariantCheck();
  });

  it("refuses frames that are not the arena's", () => {
    expect(bugOf(() => x.frameFree(1))).toBe(build === "test" ? "BUG_FRAME_RANGE" : "BUG_FRAME_FREE");
  });

  it("in debug, refuses to free a frame with users", () => {
    const pfn = x.frameAlloc(KIND.anon);
    x.frameGet(pfn);
    expect(bugOf(() => x.frameFree(pfn))).toBe(inDebug("BUG_FRAME_IN_USE"));
  });

  it("in debug, refuses kinds that cannot be allocated, and orders beyond 2 MiB", () => {
    if (build !== "test") return expect(x.frameAlloc(KIND.anon)).not.toBe(0);
    expect(bugOf(() => x.frameAlloc(KIND.free))).toBe("BUG_FRAME_KIND");
    expect(bugOf(() => x.frameAlloc(9))).toBe("BUG_FRAME_KIND");
    expect(bugOf(() => x.framesAlloc(10, KIND.anon))).toBe("BUG_FRAME_KIND");
  });

  it.each([0, 2048, 4088])(
    "in debug, finds a write to a freed frame at byte %i when the frame is next allocated",
    (at) => {
      const pfn = x.frameAlloc(KIND.anon);
      x.frameFree(pfn);
      core.dv().setUint32(pfn * 4096 + at, 1, true);
      expect(bugOf(() => x.frameAlloc(KIND.anon))).toBe(inDebug("BUG_FRAME_POISON"));
    },
  );

  it("in debug, finds such a write also after the frame has merged into a larger block", () => {
    const pfn = x.frameAlloc(KIND.anon);
    x.frameFree(pfn);
    x.magazineDrain();
    core.dv().setUint32(pfn * 4096 + 64, 1, true);
    expect(bugOf(() => x.framesAlloc(9, KIND.anon))).toBe(inDebug("BUG_FRAME_POISON"));
  });

  it("refuses to free what is no slab object", () => {
    const p = x.kalloc(64);
    expect(bugOf(() => x.kfree(p + 8))).toBe("BUG_SLAB_POINTER");
    const pfn = x.frameAlloc(KIND.kernel);
    expect(bugOf(() => x.kfree(pfn * 4096))).toBe("BUG_SLAB_POINTER");
  });

  it("refuses sizes that no slab has", () => {
    expect(bugOf(() => x.kalloc(0))).toBe("BUG_SLAB_SIZE");
    expect(bugOf(() => x.kalloc(2049))).toBe("BUG_SLAB_SIZE");
  });

  it("in debug, refuses to free an object twice", () => {
    const [p] = [x.kalloc(64), x.kalloc(64)];
    x.kfree(p);
    if (build === "test") expect(bugOf(() => x.kfree(p))).toBe("BUG_SLAB_DOUBLE_FREE");
    else expect(x.slabObjectCount()).toBe(1);
  });

  it("in debug, finds a write to a freed object when it is next allocated", () => {
    const [p] = [x.kalloc(64), x.kalloc(64)];
    x.kfree(p);
    core.dv().setUint32(p + 60, 1, true);
    expect(bugOf(() => x.kalloc(64))).toBe(inDebug("BUG_SLAB_POISON"));
  });

  it("in debug, refuses offsets beyond a kernel array", () => {
    const a = x.karrayAlloc(100_000n);
    expect(bugOf(() => x.karrayAt(a, 99_999n))).toBe("none");
    expect(bugOf(() => x.karrayAt(a, 100_000n))).toBe(inDebug("BUG_KARRAY_RANGE"));
    x.karrayFree(a);
  });
});

describe.each(BUILDS)("the invariant check itself, build %s", (build) => {
  const META = { link: 0, owner: 8, kind: 12, order: 13 };
  let core: Core<MmExports>;
  let x: MmExports;
  beforeEach(async () => {
    core = await openSmall(build);
    x = core.x;
  });
  /** The rule that is found broken after one metadata byte of `pfn` is set. */
  const ruleBroken = (pfn: number, field: keyof typeof META, value: number): bigint => {
    x.frameInvariantCheck();
    core.dv().setUint8(x.frameMetaAddress(pfn) + META[field], value);
    try {
      x.frameInvariantCheck();
    } catch (error) {
      if (error instanceof CoreBug && error.codeName === "BUG_FRAME_INVARIANT") return error.b;
      throw error;
    }
    return 0n;
  };

  it("sees a lost tail", () => expect(ruleBroken(x.framesAlloc(2, KIND.anon) + 3, "kind", KIND.anon)).toBe(1n));
  it("sees a tail of another head", () => expect(ruleBroken(x.framesAlloc(2, KIND.anon) + 3, "owner", 1)).toBe(1n));
  it("sees a kind that was not counted", () => expect(ruleBroken(x.frameAlloc(KIND.anon), "kind", KIND.spt)).toBe(4n));
  it("sees a free block of the wrong order", () => {
    const pfn = x.framesAlloc(7, KIND.anon); // its buddy is free, of order 7
    expect(ruleBroken(pfn ^ 128, "order", 6)).toBe(1n);
  });
  it("sees a broken list link", () => {
    const blocks = [0, 1, 2].map(() => x.framesAlloc(7, KIND.anon));
    x.framesFree(blocks[0] ?? 0, 7); // two free ones of order 7, neither the other's buddy
    expect(ruleBroken(blocks[0] ?? 0, "owner", 9)).toBe(2n);
  });
  it("sees a cached frame that is in no magazine", () => {
    expect(ruleBroken(x.frameAlloc(KIND.anon), "kind", KIND.cached)).toBe(1n);
  });
  it("sees two free buddies that did not merge", () => {
    const pfn = x.framesAlloc(8, KIND.anon);
    // Make the allocated half look free without listing it.
    for (let i = 1; i < 256; i++) core.dv().setUint8(x.frameMetaAddress(pfn + i) + META.kind, 2);
    expect(() => ruleBroken(pfn, "kind", KIND.free)).toThrow("BUG_FRAME_INVARIANT");
  });
});
