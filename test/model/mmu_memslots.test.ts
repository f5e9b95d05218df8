import { describe, expect, it } from "vitest";
import {
  EEXIST,
  EINVAL,
  hvaOf,
  LOG_DIRTY_PAGES,
  MAX_SLOT_PAGES,
  permitsHugePage,
  READONLY,
  type Region,
  type Slot,
  SlotModel,
  USER_SLOTS,
} from "../../src/model/mmu_memslots.js";

const MiB = 1n << 20n;
const limits = { maxGfn: 1n << 34n, hvaEnd: 1n << 47n };

function region(changes: Partial<Region> = {}): Region {
  const base = { slot: 0, flags: 0, guestPhysAddr: 0n, memorySize: 4n * MiB, userspaceAddr: 0x10000000n };
  return { ...base, ...changes };
}

function errnoOf(model: SlotModel, changes: Partial<Region>): number {
  const change = model.judge(region(changes));
  return change.kind === "error" ? change.errno : 0;
}

describe("arguments that are never right", () => {
  const refused: [string, Partial<Region>][] = [
    ["an unknown flag", { flags: 4 }],
    ["the internal INVALID flag", { flags: 1 << 16 }],
    ["a third address space", { slot: 2 << 16 }],
    ["a slot number kept for the kernel", { slot: USER_SLOTS }],
    ["a size that is no multiple of a page", { memorySize: 4n * MiB + 1n }],
    ["a misaligned guest address", { guestPhysAddr: 0x800n }],
    ["a misaligned host address", { userspaceAddr: 0x10000010n }],
    ["a host range beyond the address space", { userspaceAddr: (1n << 47n) - MiB }],
    ["a guest range that wraps", { guestPhysAddr: (1n << 64n) - MiB }],
    ["more pages than a slot holds", { memorySize: (MAX_SLOT_PAGES + 1n) << 12n }],
    ["a range beyond 46 bits", { guestPhysAddr: (1n << 46n) - MiB }],
    ["deleting what is not there", { memorySize: 0n }],
  ];
  it.each(refused)("%s is EINVAL", (_, changes) => {
    expect(errnoOf(new SlotModel(limits), changes)).toBe(EINVAL);
  });

  it("accepts the greatest slot numbers, sizes and addresses that are right", () => {
    const model = new SlotModel(limits);
    expect(errnoOf(model, { slot: USER_SLOTS - 1 })).toBe(0);
    expect(errnoOf(model, { slot: (1 << 16) | 7 })).toBe(0);
    expect(errnoOf(model, { memorySize: MAX_SLOT_PAGES << 12n })).toBe(0);
    expect(errnoOf(model, { guestPhysAddr: (1n << 46n) - 4n * MiB })).toBe(0);
  });
});

describe("a live slot", () => {
  function live(): SlotModel {
    const model = new SlotModel(limits);
    model.set(region());
    return model;
  }

  it("keeps its size, its host address and its READONLY flag", () => {
    expect(errnoOf(live(), { memorySize: 8n * MiB })).toBe(EINVAL);
    expect(errnoOf(live(), { userspaceAddr: 0x20000000n })).toBe(EINVAL);
    expect(errnoOf(live(), { flags: READONLY })).toBe(EINVAL);
  });

  it("may move, change its logging, or stay", () => {
    expect(live().judge(region({ guestPhysAddr: 2n * MiB })).kind).toBe("move");
    expect(live().judge(region({ flags: LOG_DIRTY_PAGES })).kind).toBe("flags");
    expect(live().judge(region()).kind).toBe("none");
  });

  it("may move onto a part of its own old place", () => {
    expect(errnoOf(live(), { guestPhysAddr: MiB })).toBe(0);
  });

  it("excludes others from its range, but not from its neighbourhood nor from the other address space", () => {
    expect(errnoOf(live(), { slot: 1, guestPhysAddr: 4n * MiB - 4096n })).toBe(EEXIST);
    expect(errnoOf(live(), { slot: 1, guestPhysAddr: 4n * MiB })).toBe(0);
    expect(errnoOf(live(), { slot: 1 << 16 })).toBe(0);
  });

  it("is gone after deletion, and its range is free", () => {
    const model = live();
    expect(model.set(region({ memorySize: 0n })).kind).toBe("delete");
    expect(model.find(0, 0n)).toBeUndefined();
    expect(errnoOf(model, { slot: 1 })).toBe(0);
    expect(errnoOf(model, { memorySize: 0n })).toBe(EINVAL);
  });

  it("makes a new generation with each change and only then", () => {
    const model = live();
    expect(model.generations).toEqual([2n, 1n]);
    model.set(region());
    model.set(region({ flags: 8 }));
    expect(model.generations).toEqual([2n, 1n]);
    model.set(region({ slot: 1 << 16 }));
    expect(model.generations).toEqual([2n, 3n]);
    model.set(region({ guestPhysAddr: 2n * MiB }));
    expect(model.generations).toEqual([6n, 3n]); // invalid, then moved
  });
});

describe("huge pages of a slot", () => {
  const slot: Slot = { asId: 0, id: 0, baseGfn: 0x100n, nPages: 0x700n, hva: 0x10100000n, flags: 0 };

  it("lie wholly inside it", () => {
    expect(permitsHugePage(slot, 0x1ffn, 2)).toBe(false); // 0x000..0x1ff starts before
    expect(permitsHugePage(slot, 0x200n, 2)).toBe(true);
    expect(permitsHugePage(slot, 0x7ffn, 2)).toBe(true); // 0x600..0x7ff ends with it
    expect(permitsHugePage(slot, 0x800n, 2)).toBe(false);
    expect(permitsHugePage(slot, 0x200n, 3)).toBe(false);
  });

  it("need guest and host addresses that agree modulo the page's size", () => {
    expect(permitsHugePage({ ...slot, hva: slot.hva + 0x1000n }, 0x200n, 2)).toBe(false);
    expect(permitsHugePage({ ...slot, hva: slot.hva + 2n * MiB }, 0x200n, 2)).toBe(true);
  });

  it("know their host address", () => {
    expect(hvaOf(slot, 0x102n)).toBe(0x10102000n);
  });
});
