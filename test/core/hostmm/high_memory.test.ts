/** The same above 2 GiB, where addresses are negative to whoever takes them as signed. */
import { expect, it } from "vitest";
import {
  BACKING_OBJECT,
  BACKING_PHANTOM,
  FRAME_KERNEL,
  GUP_WRITE,
  MM_MAP_FIXED,
  MM_MAP_HUGE,
} from "../../../src/abi/index.js";
import { BUILDS, expectBalanced, snapshotBalance } from "../harness.js";
import { EFAULT, HostRig, HUGE, PAGE } from "./host_rig.js";

const GIB = 1n << 30n;

it.each(BUILDS)("address spaces, tables, frames and objects above 2 GiB, build %s", async (build) => {
  const rig = await HostRig.open(build, 4096);
  takeLowerHalf(rig);
  const before = snapshotBalance(rig.core);
  const mm = rig.create();
  expect(mm).toBeGreaterThan(0x80000000);
  const far = rig.map(mm, 4n * PAGE, { hva: (1n << 47n) - 4n * PAGE, flags: MM_MAP_FIXED });
  const huge = rig.map(mm, 2n * HUGE, { flags: MM_MAP_HUGE });
  const object = rig.x.mmObjectCreate(GIB) >>> 0;
  const shared = rig.map(mm, GIB, { backing: BACKING_OBJECT, source: object });
  const phantom = rig.map(mm, 64n * GIB, { backing: BACKING_PHANTOM });
  for (const hva of [far, huge, huge + HUGE, shared, shared + GIB - PAGE]) {
    const { pfn } = rig.fill(mm, hva, Number(hva >> 12n) | 0);
    expect(pfn * 4096).toBeGreaterThan(0x80000000);
  }
  expect(rig.gup(mm, phantom + 63n * GIB).result).toBe(0);
  const child = rig.x.mmFork(mm) >>> 0;
  rig.fill(child, far, 1);
  rig.fill(child, huge + PAGE, 2);
  expect(rig.read(mm, far)).toBe(Number(far >> 12n) | 0);
  expect(rig.read(mm, huge + HUGE)).toBe(Number((huge + HUGE) >> 12n) | 0);
  expect(rig.read(child, shared)).toBe(Number(shared >> 12n) | 0);
  expect(rig.x.mmMigrate(child, far)).toBe(0);
  rig.fill(child, far + PAGE, 1);
  expect(rig.x.mmMerge(child, far, far + PAGE)).toBe(0);
  expect(rig.x.mmUnmap(mm, huge + PAGE, PAGE)).toBe(0);
  expect(rig.gup(mm, huge + PAGE, GUP_WRITE).result).toBe(EFAULT);
  expect(rig.read(child, huge + PAGE)).toBe(2);
  rig.checkInvariants([mm, child], [object]);
  for (const one of [mm, child]) rig.x.mmDestroy(one);
  rig.x.mmObjectPut(object);
  expectBalanced(rig.core, before);
});

/** Takes whole blocks, without touching their bytes, until the next lies above 2 GiB. */
function takeLowerHalf(rig: HostRig): void {
  const x = rig.core.x as unknown as { framesAlloc(order: number, kind: number): number };
  rig.x.cpuFramesDrain();
  while (x.framesAlloc(9, FRAME_KERNEL) * 4096 < 0x80000000);
}
