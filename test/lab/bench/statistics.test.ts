import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { median, NoSamplesError, quantile, spread } from "../../../src/lab/bench/statistics.js";

const samples = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 40 });

describe("median", () => {
  it("is the middle sample of an odd number, whatever their order", () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it("is the mean of the two middle samples of an even number", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it("leaves the samples as they were", () => {
    const list = [3, 1, 2];
    median(list);
    expect(list).toEqual([3, 1, 2]);
  });

  it("refuses to invent a figure from no samples", () => {
    expect(() => median([])).toThrow(NoSamplesError);
  });

  it("has as many samples below as above", () => {
    fc.assert(
      fc.property(samples, (list) => {
        const m = median(list);
        expect(list.filter((x) => x < m).length).toBeLessThanOrEqual(list.length / 2);
        expect(list.filter((x) => x > m).length).toBeLessThanOrEqual(list.length / 2);
      }),
    );
  });
});

describe("quantile", () => {
  it("takes the nearest rank, never a value between two samples", () => {
    const list = [10, 20, 30, 40];
    expect([0, 0.25, 0.26, 0.5, 0.99, 1].map((q) => quantile(list, q))).toEqual([10, 10, 20, 20, 40, 40]);
  });

  it("grows with q", () => {
    fc.assert(
      fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (list, q) => {
        expect(quantile(list, q)).toBeGreaterThanOrEqual(quantile(list, q / 2));
      }),
    );
  });

  it("refuses shares outside 0 to 1", () => {
    expect(() => quantile([1], 1.5)).toThrow(RangeError);
    expect(() => quantile([1], Number.NaN)).toThrow(RangeError);
  });
});

describe("spread", () => {
  it("is zero when all samples agree", () => {
    expect(spread([7, 7, 7])).toBe(0);
  });

  it("is half the middle half's width over the median", () => {
    expect(spread([90, 95, 100, 105, 110])).toBeCloseTo(0.05);
  });
});
