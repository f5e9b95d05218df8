/** The pure functions of access programs and of the latency histogram. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { CoreMemory, HISTOGRAM_BUCKETS } from "../../../src/abi/index.js";
import { bucketLimit, quantile } from "../../../src/kvm/histogram.js";
import { AccessProgram } from "../../../src/kvm/index.js";
import { openCore } from "../harness.js";
import type { VcpuExports } from "./vcpu_rig.js";

let x: VcpuExports;
let memory: CoreMemory;
let op: number;

beforeAll(async () => {
  const core = await openCore<VcpuExports>({ build: "test", memMiB: 16, nCpus: 1 });
  ({ x } = core);
  memory = new CoreMemory(core.memory);
  op = x.kblockAlloc(0);
});

function setOp(program: AccessProgram): void {
  const bytes = program.encode();
  memory.bytesAt(op, bytes.length).set(bytes);
}

const span = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(511, 512, 513, 1023, 1024, 1025));
const seed = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

describe("addresses", () => {
  it("shuffled orders are permutations of their span, for every span and seed", () => {
    fc.assert(
      fc.property(span, seed, (positions, s) => {
        setOp(new AccessProgram().read({ gpa: 1000, count: positions, stride: 16, order: "shuffled" }));
        const seen = new Set<bigint>();
        for (let i = 0; i < positions; i++) seen.add(x.probeProgramGpa(op, BigInt(i), s));
        expect(seen.size).toBe(positions);
        for (const gpa of seen) {
          expect((gpa - 1000n) % 16n).toBe(0n);
          expect(gpa).toBeLessThan(1000n + 16n * BigInt(positions));
        }
        // Another pass visits the same positions in the same order.
        expect(x.probeProgramGpa(op, BigInt(positions), s)).toBe(x.probeProgramGpa(op, 0n, s));
      }),
      { numRuns: 60 },
    );
  });

  it("reach spans of 2^32 - 1 and addresses beyond 4 GiB", () => {
    setOp(new AccessProgram().read({ gpa: 2n ** 45n, stride: 2 ** 32 - 1, order: "shuffled", span: 2 ** 32 - 1 }));
    for (let i = 0n; i < 100n; i++) {
      const offset = BigInt.asUintN(64, x.probeProgramGpa(op, i, 7n)) - 2n ** 45n;
      expect(offset).toBeLessThan((2n ** 32n - 1n) ** 2n);
      expect(offset % (2n ** 32n - 1n)).toBe(0n);
    }
  });

  it("random orders stay in the span, and depend on seed and iteration only", () => {
    fc.assert(
      fc.property(span, seed, fc.bigInt({ min: 0n, max: 2n ** 40n }), (positions, s, i) => {
        setOp(new AccessProgram().read({ gpa: 0, stride: 1, order: "random", span: positions }));
        const position = x.probeProgramGpa(op, i, s);
        expect(position).toBeLessThan(BigInt(positions));
        expect(x.probeProgramGpa(op, i, s)).toBe(position);
      }),
    );
  });
});

describe("values", () => {
  it("are the terms' sum, cut to the operand", () => {
    const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const options = fc.record({
      value: u64,
      plusGpa: fc.boolean(),
      plusStamp: fc.boolean(),
      size: fc.constantFrom(1, 2, 4, 8),
    });
    fc.assert(
      fc.property(options, u64, u64, (o, gpa, stamp) => {
        setOp(new AccessProgram().write({ gpa: 0, ...o, size: o.size as 1 | 2 | 4 | 8 }));
        const sum = o.value + (o.plusGpa ? gpa : 0n) + (o.plusStamp ? stamp : 0n);
        expect(BigInt.asUintN(64, x.probeProgramValue(op, gpa, stamp))).toBe(BigInt.asUintN(8 * o.size, sum));
      }),
    );
  });
});

describe("the histogram", () => {
  it("puts each value into the bucket whose limits hold it, at most 6.25 % wide", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 34n }), (value) => {
        const bucket = x.probeHistogramBucket(value);
        const low = bucket === 0 ? 0 : bucketLimit(bucket - 1) + 1;
        expect(Number(value)).toBeGreaterThanOrEqual(low);
        expect(Number(value)).toBeLessThanOrEqual(bucketLimit(bucket));
        expect(bucketLimit(bucket) - low).toBeLessThanOrEqual(low / 16);
      }),
    );
    expect(x.probeHistogramBucket(2n ** 64n - 1n)).toBe(HISTOGRAM_BUCKETS - 1);
  });

  it("quantiles are those of the samples, as far as buckets tell", () => {
    const counts = Array.from({ length: HISTOGRAM_BUCKETS }, () => 0);
    expect(quantile(counts, 0.5)).toBe(0);
    for (const value of [3, 3, 3, 100, 5000]) {
      const bucket = x.probeHistogramBucket(BigInt(value));
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    expect(quantile(counts, 0.5)).toBe(3);
    expect(quantile(counts, 0.8)).toBeGreaterThanOrEqual(100);
    expect(quantile(counts, 0.8)).toBeLessThan(107);
    expect(quantile(counts, 1)).toBeGreaterThanOrEqual(5000);
  });
});
