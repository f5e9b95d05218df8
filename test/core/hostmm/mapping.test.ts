import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  BACKING_OBJECT,
  BACKING_PAGER,
  BACKING_PHANTOM,
  GUP_MISS,
  GUP_WRITE,
  MM_MAP_FIXED,
  MM_MAP_HUGE,
  MM_MAP_HUGE_1G,
  MM_MAP_HUGETLB,
  Mm,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
  VmaArray,
} from "../../../src/abi/index.js";
import { type Balance, BUILDS, expectBalanced, snapshotBalance } from "../harness.js";
import { EEXIST, EFAULT, EINVAL, ENOMEM, EPERM, HostRig, HUGE, PAGE, RW } from "./host_rig.js";

const TOP = 1n << 47n;
/** Where addresses are looked for first, and the lowest there are. */
const LOWEST = 0x2a8a_82a0_0000n;
const BOTTOM = 0x10000n;

describe.each(BUILDS)("mappings, build %s", (build) => {
  let rig: HostRig;
  let before: Balance;
  let mm: number;
  beforeEach(async () => {
    rig = await HostRig.open(build);
    before = snapshotBalance(rig.core);
    mm = rig.create();
  });
  afterEach(() => {
    rig.checkInvariants([mm]);
    expect(rig.x.mmDestroy(mm)).toBe(0);
    expectBalanced(rig.core, before);
  });

  const ranges = () => rig.vmas(mm).map(({ start, end, prot }) => [start, end, prot]);

  describe("choosing an address", () => {
    it("starts at 64 KiB and goes up, merging what continues", () => {
      expect(rig.map(mm, PAGE)).toBe(LOWEST);
      expect(rig.map(mm, 3n * PAGE)).toBe(LOWEST + PAGE);
      expect(ranges()).toEqual([[LOWEST, LOWEST + 4n * PAGE, RW]]);
    });

    it("fills the lowest hole that is large enough", () => {
      rig.map(mm, 16n * PAGE);
      rig.x.mmUnmap(mm, LOWEST + 2n * PAGE, PAGE);
      rig.x.mmUnmap(mm, LOWEST + 8n * PAGE, 2n * PAGE);
      expect(rig.map(mm, 2n * PAGE)).toBe(LOWEST + 8n * PAGE);
      expect(rig.map(mm, 2n * PAGE)).toBe(LOWEST + 16n * PAGE);
      expect(rig.map(mm, PAGE)).toBe(LOWEST + 2n * PAGE);
    });

    it("aligns to 2 MiB what is that long, and not what is shorter", () => {
      expect(rig.map(mm, HUGE - PAGE)).toBe(LOWEST);
      expect(rig.map(mm, HUGE + PAGE)).toBe(LOWEST + HUGE);
    });

    it("can use the last page below 2^47", () => {
      expect(rig.map(mm, PAGE, { hva: TOP - PAGE, flags: MM_MAP_FIXED })).toBe(TOP - PAGE);
      expect(rig.fill(mm, TOP - PAGE, 7).result).toBe(0);
      expect(rig.read(mm, TOP - 1n)).toBe(7);
    });

    it("maps all there is, and then no more", () => {
      expect(rig.map(mm, TOP - HUGE)).toBe(HUGE);
      expect(rig.tryMap(mm, HUGE)).toBe(BigInt(ENOMEM));
      expect(rig.map(mm, HUGE - PAGE - BOTTOM)).toBe(BOTTOM);
      expect(rig.tryMap(mm, 2n * PAGE)).toBe(BigInt(ENOMEM));
    });

    it("takes MM_MAP_FIXED literally and refuses to overlap", () => {
      const at = 0x123000n;
      expect(rig.map(mm, 4n * PAGE, { hva: at, flags: MM_MAP_FIXED })).toBe(at);
      for (const [start, length] of [
        [at, PAGE],
        [at - PAGE, 2n * PAGE],
        [at + 3n * PAGE, 2n * PAGE],
        [at - PAGE, 6n * PAGE],
        [at + PAGE, PAGE],
      ] as const) {
        expect(rig.tryMap(mm, length, { hva: start, flags: MM_MAP_FIXED })).toBe(BigInt(EEXIST));
      }
      expect(rig.map(mm, PAGE, { hva: at - PAGE, flags: MM_MAP_FIXED })).toBe(at - PAGE);
      expect(ranges()).toEqual([[at - PAGE, at + 4n * PAGE, RW]]);
    });
  });

  describe("refusals of mmMap", () => {
    const cases: [string, number, bigint, Parameters<HostRig["tryMap"]>[2]][] = [
      ["no length", EINVAL, 0n, {}],
      ["half a page", EINVAL, 0x800n, {}],
      ["more than there is", ENOMEM, TOP + PAGE, {}],
      ["a length that wraps", ENOMEM, -PAGE & 0xffffffffffffffffn, {}],
      ["a fixed address inside a page", EINVAL, PAGE, { hva: 0x20800n, flags: MM_MAP_FIXED }],
      ["a fixed address below 64 KiB", EPERM, PAGE, { hva: 0xf000n, flags: MM_MAP_FIXED }],
      ["a fixed address of 0", EPERM, PAGE, { hva: 0n, flags: MM_MAP_FIXED }],
      ["a fixed range across 2^47", ENOMEM, 2n * PAGE, { hva: TOP - PAGE, flags: MM_MAP_FIXED }],
      ["a fixed range that wraps", ENOMEM, 2n * PAGE, { hva: 0xfffffffffffff000n, flags: MM_MAP_FIXED }],
      ["unknown rights", EINVAL, PAGE, { prot: 4 }],
      ["unknown flags", EINVAL, PAGE, { flags: 16 }],
      ["no backing", EINVAL, PAGE, { backing: 0 }],
      ["an unknown backing", EINVAL, PAGE, { backing: 5 }],
      ["both kinds of huge", EINVAL, HUGE, { flags: MM_MAP_HUGE | MM_MAP_HUGETLB }],
      ["1 GiB anonymous frames", EINVAL, 512n * HUGE, { flags: MM_MAP_HUGE_1G }],
      ["reserved frames for part of 2 MiB", EINVAL, HUGE + PAGE, { flags: MM_MAP_HUGETLB }],
      ["reserved frames off 2 MiB", EINVAL, HUGE, { hva: HUGE + PAGE, flags: MM_MAP_HUGETLB | MM_MAP_FIXED }],
      ["huge pages of an object", EINVAL, HUGE, { backing: BACKING_OBJECT, flags: MM_MAP_HUGE }],
      ["no object", EINVAL, PAGE, { backing: BACKING_OBJECT }],
      ["a source for anonymous memory", EINVAL, PAGE, { source: 1 }],
      ["an offset in anonymous memory", EINVAL, PAGE, { offset: PAGE }],
      ["an offset inside a pager's page", EINVAL, PAGE, { backing: BACKING_PAGER, offset: 1n }],
      ["an offset that wraps", EINVAL, 2n * PAGE, { backing: BACKING_PAGER, offset: 0xfffffffffffff000n }],
      ["phantom 2 MiB pages off 2 MiB", EINVAL, HUGE + PAGE, { backing: BACKING_PHANTOM, flags: MM_MAP_HUGE }],
    ];
    it.each(cases)("%s: %i", (_name, errno, length, options) => {
      expect(rig.tryMap(mm, length, options)).toBe(BigInt(errno));
      expect(rig.vmas(mm)).toEqual([]);
    });

    it("refuses an offset or length beyond the object", () => {
      const object = rig.x.mmObjectCreate(4n * PAGE) >>> 0;
      const at = (length: bigint, offset: bigint) =>
        rig.tryMap(mm, length, { backing: BACKING_OBJECT, source: object, offset });
      expect(at(5n * PAGE, 0n)).toBe(BigInt(EINVAL));
      expect(at(PAGE, 4n * PAGE)).toBe(BigInt(EINVAL));
      expect(at(2n * PAGE, 3n * PAGE)).toBe(BigInt(EINVAL));
      expect(at(PAGE, 0xfffffffffffff000n)).toBe(BigInt(EINVAL));
      expect(at(PAGE, 8n)).toBe(BigInt(EINVAL));
      expect(at(PAGE, 3n * PAGE)).toBe(LOWEST);
      rig.x.mmObjectPut(object);
    });
  });

  describe("refusals of the range calls", () => {
    const bad: [string, bigint, bigint][] = [
      ["no length", LOWEST, 0n],
      ["half a page", LOWEST, 0x800n],
      ["an address inside a page", LOWEST + 1n, PAGE],
      ["a range across 2^47", TOP - PAGE, 2n * PAGE],
      ["a range beyond 2^47", TOP, PAGE],
      ["a range that wraps", LOWEST, 0xfffffffffffff000n],
    ];
    it.each(bad)("%s: EINVAL", (_name, hva, length) => {
      rig.map(mm, 2n * PAGE);
      expect(rig.x.mmUnmap(mm, hva, length)).toBe(EINVAL);
      expect(rig.x.mmProtect(mm, hva, length, PROT_READ)).toBe(EINVAL);
      expect(rig.x.mmDontNeed(mm, hva, length)).toBe(EINVAL);
      expect(ranges()).toEqual([[LOWEST, LOWEST + 2n * PAGE, RW]]);
    });

    it("protect and DONTNEED want every page mapped, unmap does not", () => {
      rig.map(mm, 3n * PAGE);
      rig.fill(mm, LOWEST, 1);
      rig.x.mmUnmap(mm, LOWEST + PAGE, PAGE);
      for (const length of [2n, 3n, 4n].map((n) => n * PAGE)) {
        expect(rig.x.mmProtect(mm, LOWEST, length, PROT_READ)).toBe(ENOMEM);
        expect(rig.x.mmDontNeed(mm, LOWEST, length)).toBe(ENOMEM);
      }
      expect(rig.read(mm, LOWEST)).toBe(1); // nothing happened before the hole
      expect(rig.x.mmUnmap(mm, LOWEST + PAGE, PAGE)).toBe(0);
      expect(rig.x.mmUnmap(mm, LOWEST - PAGE, 6n * PAGE)).toBe(0);
      expect(rig.vmas(mm)).toEqual([]);
    });

    it("refuses unknown rights", () => {
      rig.map(mm, PAGE);
      expect(rig.x.mmProtect(mm, LOWEST, PAGE, 4)).toBe(EINVAL);
    });
  });

  it("refuses every call on an address space that is not there", () => {
    const gone = rig.create();
    expect(rig.x.mmDestroy(gone)).toBe(0);
    for (const handle of [gone, 0, 0x7fffff00]) {
      expect(rig.x.mmDestroy(handle)).toBe(EINVAL);
      expect(rig.tryMap(handle, PAGE)).toBe(BigInt(EINVAL));
      expect(rig.x.mmUnmap(handle, LOWEST, PAGE)).toBe(EINVAL);
      expect(rig.x.mmProtect(handle, LOWEST, PAGE, 1)).toBe(EINVAL);
      expect(rig.x.mmDontNeed(handle, LOWEST, PAGE)).toBe(EINVAL);
      expect(rig.x.mmMigrate(handle, LOWEST)).toBe(EINVAL);
      expect(rig.x.mmMerge(handle, LOWEST, LOWEST + PAGE)).toBe(EINVAL);
      expect(rig.x.mmFork(handle)).toBe(0);
      expect(rig.x.mmStat(handle, 0)).toBe(0n);
    }
  });

  describe("touching", () => {
    it("gives each page a zeroed frame of its own, writable at once", () => {
      const hva = rig.map(mm, 8n * PAGE);
      const dirt = rig.fill(mm, hva, -1).pfn;
      rig.x.mmDontNeed(mm, hva, PAGE);
      const frames = Array.from({ length: 8 }, (_, i) => rig.touch(mm, hva + BigInt(i) * PAGE));
      expect(new Set(frames.map((f) => f.pfn)).size).toBe(8);
      expect(frames.map((f) => f.pfn)).toContain(dirt); // a used frame comes back, clean
      for (const f of frames) {
        expect(f).toMatchObject({ result: 0, level: 1, isWritable: true });
        expect(rig.frameValue(f.pfn)).toBe(0);
      }
      expect(rig.x.mmStat(mm, 0)).toBe(8n);
    });

    it("finds the same frame again, with and without locks, at any byte of the page", () => {
      const hva = rig.map(mm, 2n * PAGE);
      expect(rig.gupFast(mm, hva).result).toBe(GUP_MISS);
      const { pfn } = rig.touch(mm, hva + 0xabcn, GUP_WRITE);
      expect(rig.touch(mm, hva).pfn).toBe(pfn);
      expect(rig.gupFast(mm, hva + 0xfffn, GUP_WRITE)).toMatchObject({ result: 0, pfn, level: 1, isWritable: true });
      expect(rig.gupFast(mm, hva + PAGE).result).toBe(GUP_MISS);
    });

    it("is EFAULT where nothing is mapped", () => {
      const hva = rig.map(mm, PAGE);
      for (const at of [hva - 1n, hva + PAGE, 0n, TOP, 1n << 48n, 0xffffffffffffffffn]) {
        expect(rig.gup(mm, at).result).toBe(EFAULT);
        expect(rig.gup(mm, at, GUP_WRITE).result).toBe(EFAULT);
        expect(rig.gupFast(mm, at).result).toBe(GUP_MISS);
      }
    });

    it("keeps to the mapping's rights", () => {
      const none = rig.map(mm, PAGE, { prot: PROT_NONE });
      const readOnly = rig.map(mm, PAGE, { prot: PROT_READ });
      const writeOnly = rig.map(mm, PAGE, { prot: PROT_WRITE });
      expect(rig.gup(mm, none).result).toBe(EFAULT);
      expect(rig.gup(mm, none, GUP_WRITE).result).toBe(EFAULT);
      expect(rig.gup(mm, readOnly, GUP_WRITE).result).toBe(EFAULT);
      expect(rig.gup(mm, readOnly)).toMatchObject({ result: 0, isWritable: false });
      expect(rig.gupFast(mm, readOnly, GUP_WRITE).result).toBe(GUP_MISS);
      expect(rig.gup(mm, writeOnly)).toMatchObject({ result: 0, isWritable: true });
    });

    it("gupLock keeps the page until gupUnlock, while another thread waits to unmap it", async () => {
      const hva = rig.map(mm, PAGE);
      const other = await rig.core.thread(1);
      const held = rig.results(rig.x.hostGupLock(mm, hva, GUP_WRITE));
      expect(held.result).toBe(0);
      let isUnmapped = false;
      const unmapped = other.call("mmUnmap", mm, hva, PAGE).then((result) => {
        isUnmapped = true;
        return result;
      });
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(isUnmapped).toBe(false);
      expect(rig.refcount(held.pfn)).toBe(1);
      rig.x.hostGupUnlock(mm);
      expect(await unmapped).toBe(0);
      expect(rig.gup(mm, hva).result).toBe(EFAULT);
      await other.call("cpuFramesDrain");
      await other.terminate();
    });

    it("gupLock that fails holds nothing", () => {
      expect(rig.x.hostGupLock(mm, LOWEST, 0)).toBe(EFAULT);
      expect(rig.map(mm, PAGE)).toBe(LOWEST);
    });
  });

  describe("protect", () => {
    it("takes rights and gives them back, without losing contents", () => {
      const hva = rig.map(mm, 3n * PAGE);
      for (let i = 0n; i < 3n; i++) rig.fill(mm, hva + i * PAGE, 10 + Number(i));
      const { pfn } = rig.touch(mm, hva + PAGE);
      expect(rig.x.mmProtect(mm, hva + PAGE, PAGE, PROT_READ)).toBe(0);
      expect(ranges().length).toBe(3);
      expect(rig.gup(mm, hva + PAGE, GUP_WRITE).result).toBe(EFAULT);
      expect(rig.gupFast(mm, hva + PAGE)).toMatchObject({ result: 0, pfn, isWritable: false });
      expect(rig.x.mmProtect(mm, hva + PAGE, PAGE, PROT_NONE)).toBe(0);
      expect(rig.gupFast(mm, hva + PAGE).result).toBe(GUP_MISS);
      expect(rig.gup(mm, hva + PAGE).result).toBe(EFAULT);
      expect(rig.x.mmStat(mm, 0)).toBe(3n);
      rig.checkInvariants([mm]);
      expect(rig.x.mmProtect(mm, hva, 3n * PAGE, PROT_WRITE)).toBe(0);
      expect(ranges()).toEqual([[hva, hva + 3n * PAGE, RW]]);
      expect(rig.gup(mm, hva + PAGE, GUP_WRITE)).toMatchObject({ result: 0, pfn, isWritable: true });
      for (let i = 0n; i < 3n; i++) expect(rig.read(mm, hva + i * PAGE)).toBe(10 + Number(i));
    });

    it("is no obstacle to pages that come later", () => {
      const hva = rig.map(mm, 2n * PAGE, { prot: PROT_NONE });
      rig.x.mmProtect(mm, hva + PAGE, PAGE, PROT_READ);
      expect(rig.gup(mm, hva).result).toBe(EFAULT);
      expect(rig.gup(mm, hva + PAGE)).toMatchObject({ result: 0, isWritable: false });
    });
  });

  describe("unmapping", () => {
    it("splits a mapping in the middle and keeps both sides' pages", () => {
      const hva = rig.map(mm, 5n * PAGE);
      for (let i = 0n; i < 5n; i++) rig.fill(mm, hva + i * PAGE, 20 + Number(i));
      expect(rig.x.mmUnmap(mm, hva + 2n * PAGE, PAGE)).toBe(0);
      expect(ranges()).toEqual([
        [hva, hva + 2n * PAGE, RW],
        [hva + 3n * PAGE, hva + 5n * PAGE, RW],
      ]);
      expect([0n, 1n, 3n, 4n].map((i) => rig.read(mm, hva + i * PAGE))).toEqual([20, 21, 23, 24]);
      expect(rig.gup(mm, hva + 2n * PAGE).result).toBe(EFAULT);
      expect(rig.map(mm, PAGE, { hva: hva + 2n * PAGE, flags: MM_MAP_FIXED })).toBe(hva + 2n * PAGE);
      expect(ranges()).toEqual([[hva, hva + 5n * PAGE, RW]]);
      expect(rig.read(mm, hva + 2n * PAGE)).toBe(0);
    });

    it("takes several mappings at once", () => {
      for (let i = 0n; i < 6n; i += 2n) rig.map(mm, PAGE, { hva: LOWEST + i * PAGE, flags: MM_MAP_FIXED });
      expect(rig.x.mmUnmap(mm, LOWEST + PAGE, 3n * PAGE)).toBe(0);
      expect(ranges()).toEqual([
        [LOWEST, LOWEST + PAGE, RW],
        [LOWEST + 4n * PAGE, LOWEST + 5n * PAGE, RW],
      ]);
    });

    it("leaves no tables behind but the root", () => {
      const hvas = [BOTTOM, HUGE - PAGE, HUGE, 1n << 30n, (1n << 39n) - PAGE, 1n << 39n, TOP - PAGE];
      for (const hva of hvas) {
        rig.map(mm, PAGE, { hva, flags: MM_MAP_FIXED });
        rig.touch(mm, hva);
      }
      rig.x.hostEpochBarrier();
      expect(rig.x.frameKindCount(7)).toBe(1 + 3 + 5 + 6);
      rig.x.mmUnmap(mm, HUGE, PAGE); // its neighbour below stays
      for (const hva of hvas) rig.x.mmUnmap(mm, hva, PAGE);
      rig.x.hostEpochBarrier();
      expect(rig.x.frameKindCount(7)).toBe(1);
    });

    it("keeps what a lockless reader may be in, until it has left its epoch section", () => {
      const hva = rig.map(mm, PAGE);
      rig.touch(mm, hva);
      const vma = rig.mem.get(mm, Mm.vmas);
      const tables = rig.x.frameKindCount(7);
      const objects = rig.x.slabObjectCount();
      const reader = rig.core.cpu(1);
      reader.hostEpochEnter();
      rig.x.mmUnmap(mm, hva, PAGE);
      for (let i = 0; i < 5; i++) rig.x.hostEpochPoll();
      expect(rig.x.frameKindCount(7)).toBe(tables);
      expect(rig.x.slabObjectCount()).toBeGreaterThanOrEqual(objects);
      expect(rig.mem.get(vma, VmaArray.count)).toBe(1); // the old array, untouched
      reader.hostEpochExit();
      rig.x.hostEpochBarrier();
      expect(rig.x.frameKindCount(7)).toBe(1);
      expect(rig.x.slabObjectCount()).toBeLessThan(objects);
    });

    it("keeps a table that a neighbour still needs", () => {
      rig.map(mm, 4n * PAGE);
      rig.fill(mm, LOWEST, 3);
      rig.fill(mm, LOWEST + 3n * PAGE, 4);
      rig.x.mmUnmap(mm, LOWEST + PAGE, 3n * PAGE);
      expect(rig.read(mm, LOWEST)).toBe(3);
    });
  });

  it("DONTNEED gives zeroes and keeps the mapping", () => {
    const hva = rig.map(mm, 3n * PAGE);
    for (let i = 0n; i < 3n; i++) rig.fill(mm, hva + i * PAGE, 5);
    expect(rig.x.mmDontNeed(mm, hva + PAGE, PAGE)).toBe(0);
    expect(rig.x.mmStat(mm, 0)).toBe(2n);
    expect([0n, 1n, 2n].map((i) => rig.read(mm, hva + i * PAGE))).toEqual([5, 0, 5]);
    expect(ranges().length).toBe(1);
  });

  it("keeps thousands of mappings apart", () => {
    const n = 1200; // more than a slab array holds
    for (let i = 0; i < n; i++) {
      rig.map(mm, PAGE, { hva: LOWEST + BigInt(2 * i) * PAGE, flags: MM_MAP_FIXED });
    }
    expect(rig.vmas(mm).length).toBe(n);
    for (const i of [0, 1, 599, n - 1]) expect(rig.gup(mm, LOWEST + BigInt(2 * i) * PAGE).result).toBe(0);
    expect(rig.gup(mm, LOWEST + BigInt(2 * 599 + 1) * PAGE).result).toBe(EFAULT);
    expect(rig.map(mm, 2n * PAGE)).toBe(LOWEST + BigInt(2 * n - 1) * PAGE);
    expect(rig.x.mmUnmap(mm, LOWEST, BigInt(4 * n) * PAGE)).toBe(0);
    expect(rig.vmas(mm)).toEqual([]);
  });
});

describe("an address space after its end", () => {
  it("answers EFAULT to those who still refer to it, and goes with the last", async () => {
    const rig = await HostRig.open("test");
    const before = snapshotBalance(rig.core);
    const mm = rig.create();
    const hva = rig.map(mm, PAGE);
    rig.touch(mm, hva);
    rig.x.hostMmGet(mm);
    rig.x.mmDestroy(mm);
    expect(rig.gup(mm, hva).result).toBe(EFAULT);
    expect(rig.gupFast(mm, hva).result).toBe(GUP_MISS);
    expect(rig.tryMap(mm, PAGE)).toBe(BigInt(EINVAL));
    rig.x.hostMmPut(mm);
    expectBalanced(rig.core, before);
  });

  it("a fault inside an epoch section is a bug, since it may call notifiers", async () => {
    const rig = await HostRig.open("test");
    const mm = rig.create();
    const hva = rig.map(mm, PAGE);
    expect(() => rig.x.hostGupInEpoch(mm, hva, 0)).toThrow("BUG_EPOCH");
  });
});
