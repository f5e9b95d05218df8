import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  GUP_WRITE,
  MM_MAP_FIXED,
  MM_MAP_HUGE,
  MM_MAP_HUGETLB,
  MM_STAT_HUGE,
  PROT_NONE,
  PROT_READ,
} from "../../../src/abi/index.js";
import { type Balance, BUILDS, expectBalanced, snapshotBalance } from "../harness.js";
import { EBUSY, EINVAL, ENOMEM, HostRig, HUGE, PAGE } from "./host_rig.js";

describe.each(BUILDS)("2 MiB frames, build %s", (build) => {
  let rig: HostRig;
  let before: Balance;
  let mms: number[];
  let mm: number;
  beforeEach(async () => {
    rig = await HostRig.open(build, 32);
    before = snapshotBalance(rig.core);
    mm = rig.create();
    mms = [mm];
  });
  afterEach(() => {
    rig.checkInvariants(mms);
    for (const one of mms) expect(rig.x.mmDestroy(one)).toBe(0);
    expectBalanced(rig.core, before);
    // Blocks came back whole: all of the arena can be had in 2 MiB frames again.
    rig.x.cpuFramesDrain();
    const last = rig.create();
    rig.x.cpuFramesDrain();
    expect(rig.tryMap(last, 14n * HUGE, { flags: MM_MAP_HUGETLB })).toBeGreaterThan(0n);
    rig.x.mmDestroy(last);
    expectBalanced(rig.core, before);
  });

  function fork(parent: number): number {
    const child = rig.x.mmFork(parent) >>> 0;
    expect(child).not.toBe(0);
    mms.push(child);
    return child;
  }

  const levels = (one: number) => rig.leaves(one).map((leaf) => leaf.level);
  const touchHuge = () => {
    const hva = rig.map(mm, HUGE, { flags: MM_MAP_HUGE });
    return { hva, pfn: rig.touch(mm, hva, GUP_WRITE).pfn };
  };

  it("serves a huge mapping by one zeroed, aligned block per 2 MiB", () => {
    const hva = rig.map(mm, 2n * HUGE, { flags: MM_MAP_HUGE });
    const found = rig.touch(mm, hva + 5n * PAGE + 3n);
    expect(found).toMatchObject({ level: 2, isWritable: true });
    expect((found.pfn - 5) % 512).toBe(0);
    for (let i = 0; i < 512; i++) expect(rig.frameValue(found.pfn - 5 + i)).toBe(0);
    expect(rig.gupFast(mm, hva + 511n * PAGE, GUP_WRITE)).toMatchObject({ pfn: found.pfn + 506, level: 2 });
    expect(levels(mm)).toEqual([2]);
    expect(rig.x.mmStat(mm, MM_STAT_HUGE)).toBe(1n);
  });

  it("uses 4 KiB where the mapping has not the whole 2 MiB", () => {
    const hva = rig.map(mm, HUGE + 2n * PAGE, { hva: 2n * HUGE - PAGE, flags: MM_MAP_HUGE | MM_MAP_FIXED });
    for (const at of [hva, hva + PAGE, hva + HUGE + PAGE]) rig.touch(mm, at);
    expect(levels(mm)).toEqual([1, 2, 1]);
  });

  it("uses 4 KiB when no block is free", () => {
    const taken = rig.x.hostExhaust(64);
    const hva = rig.map(mm, HUGE, { flags: MM_MAP_HUGE });
    expect(rig.touch(mm, hva)).toMatchObject({ result: 0, level: 1 });
    rig.x.hostRelease(taken);
    expect(rig.touch(mm, hva + PAGE).level).toBe(1); // the table is there now
    rig.x.mmDontNeed(mm, hva, HUGE);
    rig.x.cpuFramesDrain();
    expect(rig.touch(mm, hva + PAGE).level).toBe(2);
  });

  describe.each([
    ["unmapping", (hva: bigint) => rig.x.mmUnmap(mm, hva, PAGE)],
    ["DONTNEED of", (hva: bigint) => rig.x.mmDontNeed(mm, hva, PAGE)],
  ])("%s one page", (_name, act) => {
    it.each([0n, 1n, 255n, 511n])("splits the block, frees that frame and keeps the others (page %i)", (index) => {
      const { hva, pfn } = touchHuge();
      rig.fill(mm, hva + 3n * PAGE, 77);
      expect(act(hva + index * PAGE)).toBe(0);
      expect(levels(mm).filter((level) => level === 1).length).toBe(511);
      expect(rig.kind(pfn + Number(index))).not.toBe(8);
      expect(rig.gup(mm, hva + 3n * PAGE, GUP_WRITE)).toMatchObject({ pfn: pfn + 3, level: 1, isWritable: true });
      expect(rig.read(mm, hva + 3n * PAGE)).toBe(77);
    });
  });

  it("a range that cuts the block twice splits it once", () => {
    const { hva } = touchHuge();
    expect(rig.x.mmUnmap(mm, hva + 10n * PAGE, 20n * PAGE)).toBe(0);
    expect(levels(mm).length).toBe(492);
  });

  it("a range across two blocks splits both at their edges", () => {
    const hva = rig.map(mm, 3n * HUGE, { flags: MM_MAP_HUGE });
    for (let i = 0n; i < 3n; i++) rig.touch(mm, hva + i * HUGE);
    expect(rig.x.mmProtect(mm, hva + HUGE - PAGE, HUGE + 2n * PAGE, PROT_READ)).toBe(0);
    expect(levels(mm).filter((level) => level === 2).length).toBe(1);
    expect(rig.gupFast(mm, hva + HUGE + PAGE)).toMatchObject({ result: 0, level: 2, isWritable: false });
    expect(rig.gupFast(mm, hva + HUGE - PAGE)).toMatchObject({ result: 0, level: 1, isWritable: false });
    expect(rig.gupFast(mm, hva + HUGE - 2n * PAGE, GUP_WRITE)).toMatchObject({ result: 0, level: 1, isWritable: true });
  });

  it("protect and back keeps the block whole and its contents", () => {
    const { hva, pfn } = touchHuge();
    rig.fill(mm, hva + 9n * PAGE, 4);
    rig.x.mmProtect(mm, hva, HUGE, PROT_NONE);
    rig.checkInvariants([mm]);
    rig.x.mmProtect(mm, hva, HUGE, 3);
    expect(rig.gup(mm, hva, GUP_WRITE)).toMatchObject({ pfn, level: 2, isWritable: true });
    expect(rig.read(mm, hva + 9n * PAGE)).toBe(4);
  });

  describe("fork", () => {
    it("shares the block whole, and copies one page of it on a write", () => {
      const { hva, pfn } = touchHuge();
      rig.fill(mm, hva + 7n * PAGE, 70);
      const child = fork(mm);
      expect(rig.blockLeaves(pfn)).toBe(2);
      expect(rig.gupFast(child, hva)).toMatchObject({ pfn, level: 2, isWritable: false });
      const copy = rig.fill(child, hva + 7n * PAGE, 71);
      expect(copy.level).toBe(1);
      expect(levels(mm)).toEqual([2]);
      expect(levels(child).length).toBe(512);
      expect(rig.touch(child, hva + 8n * PAGE).pfn).toBe(pfn + 8);
      expect([rig.read(mm, hva + 7n * PAGE), rig.read(child, hva + 7n * PAGE)]).toEqual([70, 71]);
      expect(rig.x.frameKindCount(8)).toBe(513);
    });

    it("the last to map a block writes to it in place, whole", () => {
      const { hva, pfn } = touchHuge();
      const child = fork(mm);
      rig.x.mmUnmap(child, hva, HUGE);
      expect(rig.gup(mm, hva, GUP_WRITE)).toMatchObject({ pfn, level: 2, isWritable: true });
    });

    it("a block whose frames another still maps one by one is split before it is written", () => {
      const { hva, pfn } = touchHuge();
      const child = fork(mm);
      rig.fill(child, hva, 1); // splits the child's
      expect(rig.gup(mm, hva + PAGE, GUP_WRITE)).toMatchObject({ level: 1, isWritable: true });
      expect(rig.touch(mm, hva, GUP_WRITE).pfn).toBe(pfn); // the child has a copy of this one
      expect(rig.touch(child, hva + PAGE).pfn).toBe(pfn + 1);
    });

    it("frames go when the block's leaves and their own are gone, in either order", () => {
      const { hva, pfn } = touchHuge();
      const child = fork(mm);
      rig.x.mmUnmap(child, hva + PAGE, HUGE - PAGE); // one 4 KiB leaf is left
      rig.checkInvariants(mms);
      rig.x.mmUnmap(mm, hva, HUGE);
      rig.checkInvariants(mms);
      expect(rig.x.frameKindCount(8)).toBe(1);
      expect(rig.touch(child, hva, GUP_WRITE)).toMatchObject({ pfn, isWritable: true });
    });
  });

  it("migrate moves the block, if nobody shares it", () => {
    const { hva, pfn } = touchHuge();
    rig.fill(mm, hva + 100n * PAGE, 6);
    expect(rig.x.mmMigrate(mm, hva + 3n * PAGE)).toBe(0);
    const moved = rig.gupFast(mm, hva, GUP_WRITE);
    expect(moved).toMatchObject({ result: 0, level: 2, isWritable: true });
    expect(moved.pfn).not.toBe(pfn);
    expect(rig.read(mm, hva + 100n * PAGE)).toBe(6);
    fork(mm);
    expect(rig.x.mmMigrate(mm, hva)).toBe(EBUSY);
  });

  it("merge takes a page out of a block", () => {
    const { hva, pfn } = touchHuge();
    const a = rig.map(mm, PAGE);
    rig.fill(mm, a, 5);
    rig.fill(mm, hva + 2n * PAGE, 5);
    expect(rig.x.mmMerge(mm, a, hva + 3n * PAGE)).toBe(1);
    expect(levels(mm)).toEqual([2, 1]); // not split for nothing
    expect(rig.x.mmMerge(mm, a, hva + 2n * PAGE)).toBe(0);
    expect(rig.kind(pfn + 2)).not.toBe(8);
    expect(rig.x.mmStat(mm, MM_STAT_HUGE)).toBe(0n);
  });

  describe("reserved", () => {
    it("takes its frames when it is mapped, zeroed, or not at all", () => {
      const hva = rig.map(mm, 3n * HUGE, { flags: MM_MAP_HUGETLB });
      expect(rig.x.mmStat(mm, MM_STAT_HUGE)).toBe(3n);
      const free = rig.x.frameKindCount(1) + rig.x.frameKindCount(3);
      expect(rig.tryMap(mm, 13n * HUGE, { flags: MM_MAP_HUGETLB })).toBe(BigInt(ENOMEM));
      expect(rig.x.frameKindCount(1) + rig.x.frameKindCount(3)).toBe(free);
      expect(rig.gupFast(mm, hva + HUGE, GUP_WRITE)).toMatchObject({ result: 0, level: 2, isWritable: true });
      expect(rig.read(mm, hva + 2n * HUGE + 9n * PAGE)).toBe(0);
    });

    it("never splits: a cut is EINVAL, a write after fork copies all 2 MiB", () => {
      const hva = rig.map(mm, 2n * HUGE, { flags: MM_MAP_HUGETLB });
      expect(rig.x.mmUnmap(mm, hva, PAGE)).toBe(EINVAL);
      expect(rig.x.mmUnmap(mm, hva - PAGE, HUGE)).toBe(EINVAL);
      expect(rig.x.mmProtect(mm, hva + PAGE, HUGE, PROT_READ)).toBe(EINVAL);
      expect(rig.x.mmDontNeed(mm, hva, HUGE + PAGE)).toBe(EINVAL);
      rig.fill(mm, hva + PAGE, 3);
      const child = fork(mm);
      expect(rig.touch(child, hva, GUP_WRITE)).toMatchObject({ level: 2, isWritable: true });
      expect(rig.read(child, hva + PAGE)).toBe(3);
      expect(levels(child)).toEqual([2, 2]);
      expect(rig.x.mmMerge(mm, hva, hva + PAGE)).toBe(EINVAL);
      expect(rig.x.mmUnmap(mm, hva, HUGE)).toBe(0);
    });

    it("is ENOMEM, not 4 KiB, when a copy finds no block", () => {
      const hva = rig.map(mm, HUGE, { flags: MM_MAP_HUGETLB });
      const child = fork(mm);
      const taken = rig.x.hostExhaust(100);
      expect(rig.gup(child, hva, GUP_WRITE).result).toBe(ENOMEM);
      expect(rig.gup(child, hva)).toMatchObject({ result: 0, level: 2, isWritable: false });
      rig.x.hostRelease(taken);
      rig.x.cpuFramesDrain();
    });

    it("can be mapped without rights, and get them later", () => {
      const hva = rig.map(mm, HUGE, { flags: MM_MAP_HUGETLB, prot: PROT_NONE });
      rig.checkInvariants([mm]);
      rig.x.mmProtect(mm, hva, HUGE, 3);
      expect(rig.gup(mm, hva, GUP_WRITE)).toMatchObject({ result: 0, level: 2 });
    });
  });
});
