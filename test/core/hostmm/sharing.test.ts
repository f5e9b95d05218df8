import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  BACKING_OBJECT,
  BACKING_PHANTOM,
  GUP_MISS,
  GUP_WRITE,
  MM_MERGE_DIFFERENT,
  MM_STAT_COW,
  PROT_NONE,
  PROT_READ,
} from "../../../src/abi/index.js";
import { type Balance, BUILDS, expectBalanced, snapshotBalance } from "../harness.js";
import { EBUSY, EFAULT, EINVAL, ENOENT, HostRig, PAGE } from "./host_rig.js";

describe.each(BUILDS)("shared frames, build %s", (build) => {
  let rig: HostRig;
  let before: Balance;
  let mm: number;
  let others: number[];
  let objects: number[];
  beforeEach(async () => {
    rig = await HostRig.open(build);
    before = snapshotBalance(rig.core);
    mm = rig.create();
    others = [];
    objects = [];
  });
  afterEach(() => {
    rig.checkInvariants([mm, ...others], objects);
    for (const one of [mm, ...others]) expect(rig.x.mmDestroy(one)).toBe(0);
    for (const object of objects) rig.x.mmObjectPut(object);
    expectBalanced(rig.core, before);
  });

  function fork(parent: number): number {
    const child = rig.x.mmFork(parent) >>> 0;
    expect(child).not.toBe(0);
    others.push(child);
    return child;
  }

  function object(bytes: bigint): number {
    const made = rig.x.mmObjectCreate(bytes) >>> 0;
    objects.push(made);
    return made;
  }

  describe("fork", () => {
    it("shares every frame, read-only on both sides, until one writes", () => {
      const hva = rig.map(mm, 2n * PAGE);
      const { pfn } = rig.fill(mm, hva, 1);
      const child = fork(mm);
      expect(rig.refcount(pfn)).toBe(2);
      for (const side of [mm, child]) {
        expect(rig.gupFast(side, hva)).toMatchObject({ result: 0, pfn, isWritable: false });
        expect(rig.gupFast(side, hva, GUP_WRITE).result).toBe(GUP_MISS);
      }
      const copy = rig.fill(child, hva, 2);
      expect(copy).toMatchObject({ result: 0, isWritable: true });
      expect(copy.pfn).not.toBe(pfn);
      expect(rig.read(mm, hva)).toBe(1);
      expect(rig.read(child, hva)).toBe(2);
      expect(rig.x.mmStat(child, MM_STAT_COW)).toBe(1n);
    });

    it("copies the old contents before the write, and only what is written to", () => {
      const hva = rig.map(mm, 4n * PAGE);
      for (let i = 0n; i < 4n; i++) rig.fill(mm, hva + i * PAGE, 30 + Number(i));
      const child = fork(mm);
      const { pfn } = rig.touch(child, hva + PAGE, GUP_WRITE);
      expect(rig.frameValue(pfn)).toBe(31);
      rig.x.hostEpochBarrier();
      expect(rig.x.frameKindCount(8)).toBe(5);
    });

    it("the last user of a frame writes to it in place", () => {
      const hva = rig.map(mm, PAGE);
      const { pfn } = rig.fill(mm, hva, 1);
      const child = fork(mm);
      rig.fill(child, hva, 2);
      expect(rig.gup(mm, hva, GUP_WRITE)).toMatchObject({ result: 0, pfn, isWritable: true });
      expect(rig.x.mmStat(mm, MM_STAT_COW)).toBe(0n);
    });

    it("pages that were not there belong to each side alone", () => {
      const hva = rig.map(mm, PAGE);
      const child = fork(mm);
      rig.fill(mm, hva, 1);
      expect(rig.read(child, hva)).toBe(0);
    });

    it("of a fork shares one frame among three, and each copies", () => {
      const hva = rig.map(mm, PAGE);
      const { pfn } = rig.fill(mm, hva, 1);
      const child = fork(mm);
      const grandchild = fork(child);
      expect(rig.refcount(pfn)).toBe(3);
      rig.fill(child, hva, 2);
      rig.fill(mm, hva, 3);
      expect([mm, child, grandchild].map((one) => rig.read(one, hva))).toEqual([3, 2, 1]);
      expect(rig.refcount(pfn)).toBe(1);
    });

    it("keeps rights: what was read-only or held stays so", () => {
      const hva = rig.map(mm, 3n * PAGE);
      for (let i = 0n; i < 3n; i++) rig.fill(mm, hva + i * PAGE, 7);
      rig.x.mmProtect(mm, hva, PAGE, PROT_READ);
      rig.x.mmProtect(mm, hva + PAGE, PAGE, PROT_NONE);
      const child = fork(mm);
      expect(rig.gup(child, hva, GUP_WRITE).result).toBe(EFAULT);
      expect(rig.gup(child, hva + PAGE).result).toBe(EFAULT);
      rig.x.mmProtect(child, hva, 3n * PAGE, 3);
      rig.fill(child, hva + PAGE, 8);
      expect(rig.read(child, hva)).toBe(7);
      rig.x.mmProtect(mm, hva, 3n * PAGE, 3);
      expect([0n, 1n, 2n].map((i) => rig.read(mm, hva + i * PAGE))).toEqual([7, 7, 7]);
    });

    it("outlives its parent", () => {
      const hva = rig.map(mm, PAGE);
      const { pfn } = rig.fill(mm, hva, 5);
      const child = fork(mm);
      rig.x.mmDestroy(mm);
      mm = others.pop() ?? 0;
      expect(mm).toBe(child);
      expect(rig.gup(child, hva, GUP_WRITE)).toMatchObject({ pfn, isWritable: true });
      expect(rig.read(child, hva)).toBe(5);
    });

    it("changes to one side's mappings are not the other's", () => {
      const hva = rig.map(mm, 2n * PAGE);
      rig.fill(mm, hva, 5);
      const child = fork(mm);
      rig.x.mmUnmap(mm, hva, PAGE);
      expect(rig.read(child, hva)).toBe(5);
      rig.x.mmDontNeed(child, hva, PAGE);
      expect(rig.read(child, hva)).toBe(0);
      expect(rig.vmas(child).length).toBe(1);
    });
  });

  describe("shared objects", () => {
    it("show one address space what another wrote, at any offset", () => {
      const shared = object(4n * PAGE);
      const other = rig.create();
      others.push(other);
      const a = rig.map(mm, 4n * PAGE, { backing: BACKING_OBJECT, source: shared });
      const b = rig.map(other, 2n * PAGE, { backing: BACKING_OBJECT, source: shared, offset: 2n * PAGE });
      const twice = rig.map(mm, PAGE, { backing: BACKING_OBJECT, source: shared, offset: 3n * PAGE });
      const { pfn } = rig.fill(mm, a + 3n * PAGE, 9);
      expect(rig.gup(other, b + PAGE, GUP_WRITE)).toMatchObject({ pfn, isWritable: true });
      expect(rig.touch(mm, twice).pfn).toBe(pfn);
      expect(rig.refcount(pfn)).toBe(4); // the object's, three leaves
      expect(rig.read(other, b)).toBe(0);
    });

    it("keep their pages when every mapping is gone", () => {
      const shared = object(2n * PAGE);
      const hva = rig.map(mm, 2n * PAGE, { backing: BACKING_OBJECT, source: shared });
      const { pfn } = rig.fill(mm, hva, 9);
      rig.x.mmDontNeed(mm, hva, PAGE);
      expect(rig.refcount(pfn)).toBe(1);
      expect(rig.read(mm, hva)).toBe(9);
      rig.x.mmUnmap(mm, hva, 2n * PAGE);
      const again = rig.map(mm, PAGE, { backing: BACKING_OBJECT, source: shared, prot: PROT_READ });
      expect(rig.gup(mm, again)).toMatchObject({ pfn, isWritable: false });
    });

    it("live as long as a mapping does", () => {
      const shared = rig.x.mmObjectCreate(PAGE) >>> 0;
      const hva = rig.map(mm, PAGE, { backing: BACKING_OBJECT, source: shared });
      rig.x.mmObjectPut(shared);
      rig.fill(mm, hva, 4);
      expect(rig.read(mm, hva)).toBe(4);
      rig.x.mmUnmap(mm, hva, PAGE);
      rig.x.hostEpochBarrier();
      expect(rig.x.frameKindCount(8)).toBe(0);
    });

    it("stay shared over a fork, also with what comes later", () => {
      const shared = object(2n * PAGE);
      const hva = rig.map(mm, 2n * PAGE, { backing: BACKING_OBJECT, source: shared });
      rig.fill(mm, hva, 1);
      const child = fork(mm);
      rig.fill(child, hva, 2);
      rig.fill(child, hva + PAGE, 3);
      expect(rig.read(mm, hva)).toBe(2);
      expect(rig.read(mm, hva + PAGE)).toBe(3);
    });

    it("merge as mappings only where offsets continue", () => {
      const shared = object(4n * PAGE);
      const map = (offset: bigint) => rig.map(mm, PAGE, { backing: BACKING_OBJECT, source: shared, offset });
      map(0n);
      map(PAGE);
      map(3n * PAGE);
      expect(rig.vmas(mm).length).toBe(2);
    });

    it("are not made of nothing, or of half a page", () => {
      expect(rig.x.mmObjectCreate(0n)).toBe(0);
      expect(rig.x.mmObjectCreate(100n)).toBe(0);
      expect(rig.x.mmObjectCreate(1n << 48n)).toBe(0);
    });

    it("become writable by faulting after mprotect gave the right back", () => {
      const shared = object(PAGE);
      const hva = rig.map(mm, PAGE, { backing: BACKING_OBJECT, source: shared });
      const { pfn } = rig.fill(mm, hva, 1);
      rig.x.mmProtect(mm, hva, PAGE, PROT_READ);
      rig.x.mmProtect(mm, hva, PAGE, 3);
      expect(rig.gup(mm, hva, GUP_WRITE)).toMatchObject({ pfn, isWritable: true });
    });
  });

  describe("migrate", () => {
    it("moves contents and rights to another frame", () => {
      const hva = rig.map(mm, 2n * PAGE);
      const { pfn } = rig.fill(mm, hva, 6);
      expect(rig.x.mmMigrate(mm, hva)).toBe(0);
      const moved = rig.gupFast(mm, hva, GUP_WRITE);
      expect(moved).toMatchObject({ result: 0, isWritable: true });
      expect(moved.pfn).not.toBe(pfn);
      expect(rig.read(mm, hva)).toBe(6);
      rig.x.mmProtect(mm, hva, PAGE, PROT_READ);
      expect(rig.x.mmMigrate(mm, hva)).toBe(0);
      expect(rig.gupFast(mm, hva)).toMatchObject({ result: 0, isWritable: false });
      rig.x.mmProtect(mm, hva, PAGE, PROT_NONE);
      expect(rig.x.mmMigrate(mm, hva)).toBe(0);
      expect(rig.gup(mm, hva).result).toBe(EFAULT);
    });

    it("refuses what is shared, absent or not private memory", () => {
      const hva = rig.map(mm, 2n * PAGE);
      rig.fill(mm, hva, 6);
      fork(mm);
      const shared = rig.map(mm, PAGE, { backing: BACKING_OBJECT, source: object(PAGE) });
      const phantom = rig.map(mm, PAGE, { backing: BACKING_PHANTOM });
      rig.touch(mm, shared);
      rig.touch(mm, phantom);
      expect(rig.x.mmMigrate(mm, hva)).toBe(EBUSY);
      expect(rig.x.mmMigrate(mm, hva + PAGE)).toBe(ENOENT);
      expect(rig.x.mmMigrate(mm, hva + 8n)).toBe(EINVAL);
      expect(rig.x.mmMigrate(mm, 1n << 47n)).toBe(EINVAL);
      expect(rig.x.mmMigrate(mm, hva + 64n * PAGE)).toBe(EFAULT);
      expect(rig.x.mmMigrate(mm, shared)).toBe(EINVAL);
      expect(rig.x.mmMigrate(mm, phantom)).toBe(EINVAL);
    });
  });

  describe("merge", () => {
    it("lets equal pages share A's frame until one is written to", () => {
      const hva = rig.map(mm, 3n * PAGE);
      const a = rig.fill(mm, hva, 8).pfn;
      const b = rig.fill(mm, hva + PAGE, 8).pfn;
      expect(rig.x.mmMerge(mm, hva, hva + PAGE)).toBe(0);
      expect(rig.refcount(a)).toBe(2);
      expect(rig.kind(b)).not.toBe(8);
      expect(rig.gupFast(mm, hva + PAGE)).toMatchObject({ pfn: a, isWritable: false });
      expect(rig.x.mmMerge(mm, hva, hva + PAGE)).toBe(0); // again: nothing to do
      expect(rig.x.mmMigrate(mm, hva)).toBe(EBUSY);
      rig.checkInvariants([mm]);
      rig.fill(mm, hva + PAGE, 9);
      expect(rig.gup(mm, hva, GUP_WRITE)).toMatchObject({ pfn: a, isWritable: true });
      expect([rig.read(mm, hva), rig.read(mm, hva + PAGE)]).toEqual([8, 9]);
    });

    it("leaves different pages apart and usable, whatever byte differs", () => {
      const hva = rig.map(mm, 2n * PAGE);
      rig.fill(mm, hva, 8);
      const { pfn } = rig.fill(mm, hva + PAGE, 8);
      rig.mem.view.setUint8(pfn * 4096 + 4095, 1);
      expect(rig.x.mmMerge(mm, hva, hva + PAGE)).toBe(MM_MERGE_DIFFERENT);
      expect(rig.gup(mm, hva, GUP_WRITE).isWritable).toBe(true);
      expect(rig.gup(mm, hva + PAGE, GUP_WRITE)).toMatchObject({ pfn, isWritable: true });
    });

    it("takes pages that are read-only already, also shared ones", () => {
      const hva = rig.map(mm, 2n * PAGE);
      const a = rig.fill(mm, hva, 8).pfn;
      const b = rig.fill(mm, hva + PAGE, 8).pfn;
      const child = fork(mm);
      expect(rig.x.mmMerge(mm, hva, hva + PAGE)).toBe(0);
      expect(rig.refcount(a)).toBe(3);
      expect(rig.refcount(b)).toBe(1);
      expect(rig.read(child, hva + PAGE)).toBe(8);
    });

    it("refuses what it cannot merge", () => {
      const hva = rig.map(mm, 3n * PAGE);
      rig.fill(mm, hva, 0);
      rig.fill(mm, hva + PAGE, 0);
      rig.x.mmProtect(mm, hva + PAGE, PAGE, PROT_NONE);
      const shared = rig.map(mm, PAGE, { backing: BACKING_OBJECT, source: object(PAGE) });
      rig.touch(mm, shared);
      expect(rig.x.mmMerge(mm, hva, hva)).toBe(EINVAL);
      expect(rig.x.mmMerge(mm, hva, hva + 1n)).toBe(EINVAL);
      expect(rig.x.mmMerge(mm, hva, shared)).toBe(EINVAL);
      expect(rig.x.mmMerge(mm, hva, hva + PAGE)).toBe(ENOENT);
      expect(rig.x.mmMerge(mm, hva, hva + 2n * PAGE)).toBe(ENOENT);
      expect(rig.x.mmMerge(mm, hva + 2n * PAGE, hva)).toBe(ENOENT);
      expect(rig.x.mmMerge(mm, hva, hva + 99n * PAGE)).toBe(EFAULT);
    });
  });
});
