/** What forbids huge pages: slots' edges, hva and gfn that disagree, tracked pages, however many. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PROG_READ, SPTE_MODE_SHARED } from "../../../src/abi/index.js";
import { BUILDS } from "../harness.js";
import { fill, GFN, GIB, GPA, type HugeTest, HVA, KINDS, MIB, mapHuge, openHuge, pagesOf } from "./huge_rig.js";

describe.each(BUILDS)("where huge pages may be (%s)", (build) => {
  let rig: HugeTest["rig"];
  let vcpu: number;
  let close: HugeTest["close"];

  beforeEach(async () => {
    ({ rig, vcpu, close } = await openHuge(build, KINDS[0]));
  });
  afterEach(() => close());

  const read = (offset: bigint): number => rig.run(vcpu, [{ op: PROG_READ, gpa: GPA + offset }]);

  it("1 GiB pages only in whole, aligned gigabytes of a slot, 2 MiB pages around them", () => {
    mapHuge(rig, 3n * GIB, "1G");
    rig.slot(0, GPA + 2n * MIB, Number(2n * GIB + 5n * MIB), HVA + 2n * MIB);
    read(4n * MIB);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 1, pages_1g: 0 });
    read(GIB + 5n * MIB);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 1, pages_1g: 1 });
    read(2n * GIB);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 2, pages_1g: 1 });
    // The slot ends at 7 MiB of the third gigabyte.
    read(2n * GIB + 6n * MIB);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 1, pages_2m: 2, pages_1g: 1 });
  });

  it("none of a size modulo which gfn and hva disagree", () => {
    mapHuge(rig, 2n * GIB, "1G");
    rig.slot(0, GPA, Number(GIB), HVA + 2n * MIB);
    read(0n);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 1, pages_1g: 0 });
    rig.slot(1, GPA + GIB, Number(512n * MIB), HVA + GIB + 4096n);
    read(GIB);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 1, pages_2m: 1, pages_1g: 0 });
  });

  it("a page that begins below its slot is not asked about", () => {
    mapHuge(rig, 8n * MIB, "2M");
    // 255 pages below the next 2 MiB, in the middle of a gigabyte: the slot's first regions begin far below it.
    rig.slot(0, GPA + 3n * MIB - 4096n, Number(2n * MIB), HVA + 3n * MIB - 4096n);
    fill(rig, vcpu, 512, 767n);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 512, pages_2m: 0, pages_1g: 0 });
    expect(rig.x.mmuHugeSplit(rig.vm, 0, GFN + 767n, GFN + 767n + 512n, 1, SPTE_MODE_SHARED)).toBe(0);
    rig.x.mmuHugeRecover(rig.vm, 0, GFN + 767n);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 512, pages_2m: 0, pages_1g: 0 });
  });

  it("not over tracked pages, be they as many as 2^16; again when the last is tracked no more", () => {
    rig.slot(0, GPA, Number(GIB), mapHuge(rig, GIB, "1G"));
    const tracked = 1n << 16n;
    for (let i = 0n; i < tracked; i++) rig.x.writeTrackAdd(rig.vm, 0, GFN + i);
    read(512n * MIB);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 1, pages_1g: 0 });
    for (let i = 0n; i < tracked - 1n; i++) rig.x.writeTrackRemove(rig.vm, 0, GFN + i);
    read(0n);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 2, pages_1g: 0 });
    expect(rig.x.writeTrackRemove(rig.vm, 0, GFN + tracked - 1n)).toBe(0);
    read(0n);
    rig.x.mmuHugeRecover(rig.vm, 0, GFN);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 0, pages_2m: 0, pages_1g: 1 });
  });

  it("a page may be tracked 65535 times, no more", () => {
    rig.slot(0, GPA, Number(2n * MIB), mapHuge(rig, 2n * MIB, "2M"));
    for (let i = 0; i < 65535; i++) if (rig.x.writeTrackAdd(rig.vm, 0, GFN) !== 0) expect.fail(`refused after ${i}`);
    expect(rig.x.writeTrackAdd(rig.vm, 0, GFN)).toBe(-16);
    read(0n);
    expect(pagesOf(rig)).toMatchObject({ pages_4k: 1, pages_2m: 0 });
    for (let i = 0; i < 65535; i++) rig.x.writeTrackRemove(rig.vm, 0, GFN);
    expect(rig.x.writeTrackRemove(rig.vm, 0, GFN)).toBe(-2);
  });
});
