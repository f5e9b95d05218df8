import { describe, expect, it } from "vitest";
import { FROZEN, masksOf, NONPRESENT } from "../../src/model/mmu_bits.js";
import { type Change, judgeChange, kindOf, type LockMode } from "../../src/model/mmu_transitions.js";

const ept = masksOf("ept", { execOnly: true, maxPhyAddr: 46, l1tf: true });

/** Entries of every kind, worked out by hand (test/model/mmu_spte.test.ts checks how they are made). */
const LEAF = 0x8600000001234b77n; // 4 KiB, RWX, A, D
const LEAF_LOGGED = 0x8600000001234975n; // its W and D taken by dirty logging
const LEAF_SHADOWED = 0x8200000001234975n; // MMU-writable taken too
const LEAF_READONLY = 0x8000000001234975n; // the host lets nobody write
const OTHER_FRAME = 0x8600000001235b77n;
const NO_AD = 0x8610000001234b77n;
const NO_AD_TRACKED = 0x8750000001234a70n;
const NO_AD_RESTORED = 0x8610000001234b75n;
const HUGE = 0x8600000000400bf7n;
const TABLE = 0x8000000000055907n;
const OTHER_TABLE = 0x8000000000056907n;
const MMIO = 0x00003e00fee00006n;
const MMIO_NEWER = 0x00003e00fee00016n;

const LOCKS: readonly LockMode[] = ["none", "read", "write", "detached"];

/** The locks under which a change is legal, each with the flush it owes. */
function judged(from: bigint, to: bigint, level = 1, rootInvalid = false): Record<string, string> {
  const legal: Record<string, string> = {};
  for (const lock of LOCKS) {
    const change: Change = { from, to, level, lock, rootInvalid };
    const verdict = judgeChange(ept, change);
    if (verdict.legal) legal[lock] = verdict.flush;
  }
  return legal;
}

const LOCKED = { read: "none", write: "none" };

describe("kinds of entry", () => {
  it("are told apart", () => {
    const kinds = [NONPRESENT, FROZEN, MMIO, LEAF, TABLE, 0n].map((spte) => kindOf(ept, spte, 2));
    expect(kinds).toEqual(["nonpresent", "frozen", "mmio", "table", "table", "impossible"]);
    expect([kindOf(ept, LEAF, 1), kindOf(ept, HUGE, 2)]).toEqual(["leaf", "leaf"]);
  });
});

describe("filling", () => {
  it("an empty or MMIO entry may become MMIO, leaf or table under the lock, owing nothing", () => {
    for (const from of [NONPRESENT, MMIO]) {
      expect(judged(from, MMIO_NEWER)).toEqual(LOCKED);
      expect(judged(from, LEAF)).toEqual(LOCKED);
      expect(judged(from, TABLE, 2)).toEqual(LOCKED);
    }
  });

  it("nothing is filled over a present entry but its split or its collapse", () => {
    expect(judged(LEAF, MMIO)).toEqual({});
    expect(judged(TABLE, MMIO, 2)).toEqual({});
    expect(judged(TABLE, OTHER_TABLE, 2)).toEqual({});
    expect(judged(HUGE, TABLE, 2)).toEqual(LOCKED);
    expect(judged(TABLE, HUGE, 2)).toEqual({ read: "before-epoch-exit" });
  });
});

describe("removal", () => {
  it("of a valid root's entry: the write lock with a flush, or freezing first", () => {
    for (const [from, level] of [
      [LEAF, 1],
      [TABLE, 2],
    ] as const) {
      expect(judged(from, NONPRESENT, level)).toEqual({ write: "before-unlock" });
      expect(judged(from, FROZEN, level)).toEqual({ read: "before-thaw", detached: "by-parent" });
    }
  });

  it("of an invalid root's entry: any lock, no flush", () => {
    expect(judged(LEAF, NONPRESENT, 1, true)).toEqual(LOCKED);
  });

  it("a frozen entry becomes empty, by who froze it", () => {
    expect(judged(FROZEN, NONPRESENT)).toEqual({ read: "none" });
    expect(judged(FROZEN, LEAF)).toEqual({});
    expect(judged(FROZEN, MMIO)).toEqual({});
  });

  it("in a detached table everything may be frozen, and nothing else happens", () => {
    for (const from of [NONPRESENT, MMIO, LEAF]) expect(judged(from, FROZEN)["detached"]).toBe("by-parent");
    expect(judged(NONPRESENT, LEAF)["detached"]).toBeUndefined();
  });
});

describe("a leaf's bits", () => {
  it("never change its frame, nor what is immutable while it is present", () => {
    expect(judged(LEAF, OTHER_FRAME)).toEqual({});
    expect(judged(LEAF_READONLY, LEAF)).toEqual({});
    expect(judged(LEAF, LEAF_READONLY)).toEqual({});
  });

  it("W comes back without a lock", () => {
    expect(judged(LEAF_LOGGED, LEAF_LOGGED | 2n)).toEqual({
      none: "none",
      read: "none",
      write: "none",
    });
  });

  it("W or D goes for logging under the lock, flushed before the call returns", () => {
    expect(judged(LEAF, LEAF_LOGGED)).toEqual({ read: "before-return", write: "before-return" });
    expect(judged(LEAF, LEAF & ~0x200n)).toEqual({ read: "before-return", write: "before-return" });
  });

  it("MMU-writable goes under the write lock only, flushed before unlock, even if W was gone", () => {
    expect(judged(LEAF, LEAF_SHADOWED)).toEqual({ write: "before-unlock" });
    expect(judged(LEAF_LOGGED, LEAF_SHADOWED)).toEqual({ write: "before-unlock" });
  });

  it("MMU-writable comes back by a fault, never where the host refuses", () => {
    expect(judged(LEAF_SHADOWED, LEAF)).toEqual({ read: "none" });
    expect(judged(LEAF_READONLY, LEAF_READONLY | (1n << 58n) | 2n)).toEqual({});
  });

  it("Accessed goes without lock and flush", () => {
    expect(judged(LEAF, LEAF & ~0x100n)).toEqual({ none: "none", read: "none", write: "none" });
    expect(judged(NO_AD, NO_AD_TRACKED)).toEqual({ none: "none", read: "none", write: "none" });
  });

  it("access tracking gives back what it put aside", () => {
    expect(judged(NO_AD_TRACKED, NO_AD_RESTORED)).toEqual({ none: "none", read: "none", write: "none" });
  });

  it("W without MMU-writable is refused", () => {
    expect(judged(LEAF_SHADOWED, LEAF_SHADOWED | 2n)).toEqual({});
  });
});
