import { describe, expect, it } from "vitest";
import { DirtyBitmap } from "../../src/kvm/dirty_bitmap.js";
import { KvmError, slotId } from "../../src/kvm/index.js";

/** A set of pages from a small generator, with runs: about one in `sparsity` begins one. */
function pagesOf(numPages: number, sparsity: number): number[] {
  const pages: number[] = [];
  let state = numPages * 7919 + sparsity;
  for (let page = 0; page < numPages; page++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const isRun = pages.at(-1) === page - 1 && state % 3 !== 0;
    if (isRun || (state >>> 8) % sparsity === 0) pages.push(page);
  }
  return pages;
}

function bitmapOf(numPages: number, pages: Iterable<number>, gpa = 0n): DirtyBitmap {
  const bitmap = new DirtyBitmap(0, gpa, numPages);
  for (const page of pages) bitmap.add(page);
  return bitmap;
}

const SIZES = [1, 31, 32, 33, 63, 64, 65, 127, 1000, 4096];

describe("a dirty bitmap", () => {
  it.each(SIZES)("holds what was added, in order: %i pages", (numPages) => {
    for (const sparsity of [1, 2, 5, 70, 10_000]) {
      const pages = pagesOf(numPages, sparsity);
      const bitmap = bitmapOf(numPages, pages, 0x10_0000n);
      expect([...bitmap]).toEqual(pages);
      expect(bitmap.count()).toBe(pages.length);
      expect([...bitmap.gfns()]).toEqual(pages.map((page) => 0x100n + BigInt(page)));
      const known = new Set(pages);
      for (let page = 0; page < numPages; page++) expect(bitmap.has(page)).toBe(known.has(page));
    }
  });

  it.each(SIZES)("names neighbours together: %i pages", (numPages) => {
    for (const sparsity of [1, 3, 40]) {
      for (const maxPages of [1, 7, 256]) {
        const pages = pagesOf(numPages, sparsity);
        const ranges = [...bitmapOf(numPages, pages, 0x5000n).ranges(maxPages)];
        const named = ranges.flatMap(({ firstPage, numPages: n }) =>
          Array.from({ length: n }, (_, i) => firstPage + i),
        );
        expect(named).toEqual(pages);
        for (const [i, { firstPage, numPages: n, gpa, length }] of ranges.entries()) {
          expect(n).toBeLessThanOrEqual(maxPages);
          expect({ gpa, length }).toEqual({ gpa: 0x5000n + BigInt(firstPage) * 4096n, length: n * 4096 });
          // Two ranges touch only where the limit parted them.
          const next = ranges[i + 1];
          if (next?.firstPage === firstPage + n) expect(n).toBe(maxPages);
        }
      }
    }
  });

  it("has KVM's layout", () => {
    const bitmap = bitmapOf(130, [0, 9, 31, 64, 129]);
    expect([...bitmap.bytes]).toEqual([1, 2, 0, 128, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
    expect([...bitmap.words]).toEqual([0x8000_0201n, 1n, 2n]);
    expect([...bitmap.slice(64, 66)]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("merges another of the same slot", () => {
    const all = bitmapOf(100, [1, 50]).merge(bitmapOf(100, [50, 99]));
    expect([...all]).toEqual([1, 50, 99]);
    expect(() => all.merge(bitmapOf(101, []))).toThrow(/slot 0 \(101 pages\) cannot be merged/);
    expect(() => all.merge(new DirtyBitmap(1, 0n, 100))).toThrow(KvmError);
  });

  it("knows its address space, and refuses pages that it does not have", () => {
    const bitmap = new DirtyBitmap(slotId(3, 1), 0n, 10);
    expect(bitmap).toMatchObject({ asId: 1, slot: 0x1_0003, numPages: 10 });
    for (const page of [-1, 10, 0.5, Number.NaN]) {
      expect(() => bitmap.has(page)).toThrow(/page is .* from 0 to 9/);
      expect(() => bitmap.add(page)).toThrow(KvmError);
    }
    expect(() => bitmap.ranges(0).next()).toThrow(/maxPages is 0/);
    expect(bitmap.count()).toBe(0);
  });
});
