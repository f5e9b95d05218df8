import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  BACKING_PHANTOM,
  GUP_WRITE,
  MM_MAP_HUGE,
  MM_MAP_HUGE_1G,
  PHANTOM_PFN_BASE,
  PROT_NONE,
  PROT_READ,
} from "../../../src/abi/index.js";
import { type Balance, BUILDS, expectBalanced, snapshotBalance } from "../harness.js";
import { EFAULT, EINVAL, ENOMEM, HostRig, HUGE, PAGE } from "./host_rig.js";

const GIB = 1n << 30n;

describe.each(BUILDS)("phantom memory, build %s", (build) => {
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
    rig.x.mmDestroy(mm);
    expectBalanced(rig.core, before);
  });

  const map = (bytes: bigint, flags = 0) => rig.map(mm, bytes, { backing: BACKING_PHANTOM, flags });
  const frame = (hva: bigint, flags = 0) => rig.touch(mm, hva, flags).frame;

  it("maps a terabyte without a frame or a table", () => {
    const hva = map(1024n * GIB);
    const tables = rig.x.frameKindCount(7);
    for (const at of [0n, PAGE, 513n * GIB + 5n * PAGE, 1024n * GIB - PAGE]) {
      const found = rig.touch(mm, hva + at + 7n, GUP_WRITE);
      expect(found).toMatchObject({ level: 1, isWritable: true });
      expect(found.frame - frame(hva)).toBe(at / PAGE);
      expect(found.frame).toBeGreaterThanOrEqual(PHANTOM_PFN_BASE);
    }
    expect(rig.x.frameKindCount(7)).toBe(tables);
    expect(rig.x.frameKindCount(8)).toBe(0);
    expect(rig.leaves(mm)).toEqual([]);
  });

  it.each([
    [MM_MAP_HUGE, 2, HUGE],
    [MM_MAP_HUGE_1G, 3, GIB],
  ] as const)("in units of its flag %i: level %i, frames aligned to it", (flags, level, unit) => {
    map(PAGE);
    const hva = map(4n * unit, flags);
    expect(hva % unit).toBe(0n);
    const found = rig.touch(mm, hva + unit + 3n * PAGE);
    expect(found.level).toBe(level);
    expect((found.frame - 3n) % (unit / PAGE)).toBe(0n);
    expect(rig.x.mmUnmap(mm, hva, PAGE)).toBe(EINVAL);
    expect(rig.x.mmDontNeed(mm, hva + PAGE, unit)).toBe(EINVAL);
    expect(rig.x.mmUnmap(mm, hva, unit)).toBe(0);
    expect(rig.touch(mm, hva + unit + 3n * PAGE).frame).toBe(found.frame);
  });

  it("gives every mapping frames of its own, for ever the same", () => {
    const a = map(4n * PAGE);
    const b = map(4n * PAGE);
    const frames = [0n, 1n, 2n, 3n].flatMap((i) => [frame(a + i * PAGE), frame(b + i * PAGE)]);
    expect(new Set(frames).size).toBe(8);
    rig.x.mmUnmap(mm, a + PAGE, PAGE);
    expect(rig.vmas(mm).length).toBe(3); // a's two pieces, b
    rig.x.mmDontNeed(mm, a, PAGE);
    expect([frame(a), frame(a + 2n * PAGE)]).toEqual([frames[0], frames[4]]);
    expect(rig.gup(mm, a + PAGE).result).toBe(EFAULT);
  });

  it("keeps to rights", () => {
    const hva = map(2n * PAGE);
    rig.x.mmProtect(mm, hva, PAGE, PROT_READ);
    rig.x.mmProtect(mm, hva + PAGE, PAGE, PROT_NONE);
    expect(rig.gup(mm, hva)).toMatchObject({ result: 0, isWritable: false });
    expect(rig.gup(mm, hva, GUP_WRITE).result).toBe(EFAULT);
    expect(rig.gup(mm, hva + PAGE).result).toBe(EFAULT);
  });

  it("a fork has a range of its own", () => {
    const hva = map(2n * PAGE);
    const child = rig.x.mmFork(mm) >>> 0;
    expect(rig.gup(child, hva + PAGE).result).toBe(0);
    rig.x.mmUnmap(mm, hva, 2n * PAGE);
    expect(rig.gup(child, hva).result).toBe(0);
    rig.x.mmDestroy(child);
  });

  it("more than the host has addresses for, or its bitmap memory for, is ENOMEM", () => {
    expect(rig.tryMap(mm, 65n * 1024n * GIB, { backing: BACKING_PHANTOM, flags: MM_MAP_HUGE_1G })).toBe(BigInt(ENOMEM));
    expect(rig.tryMap(mm, 8n * 1024n * GIB, { backing: BACKING_PHANTOM })).toBe(BigInt(ENOMEM));
    expect(rig.vmas(mm)).toEqual([]);
    expect(map(60n * 1024n * GIB, MM_MAP_HUGE_1G)).toBe(0x2a8a_c000_0000n);
  });
});
