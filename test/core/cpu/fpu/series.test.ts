/** The coefficients of x87's transcendentals, computed anew: exact rationals and fixed-point series, rounded once. */
import { expect, it } from "vitest";
import { EXTENDED, floatRound } from "../../../../src/model/index.js";
import { openCore } from "../../harness.js";
import { getExtended } from "./operands.js";

interface Probes {
  fpuProbeTable(n: number): number;
}

const ONE = 1n << 400n;

function factorial(n: number): bigint {
  return n < 2 ? 1n : BigInt(n) * factorial(n - 1);
}

/** numerator / denominator as an 80-bit pattern. */
function round(numerator: bigint, denominator: bigint): bigint {
  const isNegative = numerator < 0n;
  const magnitude = isNegative ? -numerator : numerator;
  const exact = { isNegative, isInfinite: false, numerator: magnitude, denominator, isDenormal: false };
  return floatRound(EXTENDED, exact, "nearest").pattern;
}

/** arctan(k / n) in units of 1 / ONE, by Euler's series: each term is the last times x^2 / (1 + x^2) * 2i / (2i + 1). */
function arctan(k: bigint, n: bigint): bigint {
  let term = (ONE * k * n) / (n * n + k * k);
  let sum = 0n;
  for (let i = 1n; term !== 0n; i++) {
    sum += term;
    term = (term * k * k * 2n * i) / ((n * n + k * k) * (2n * i + 1n));
  }
  return sum;
}

/** ln 2 = 2 artanh(1 / 3), in units of 1 / ONE. */
function logOfTwo(): bigint {
  let sum = 0n;
  let power = (2n * ONE) / 3n;
  for (let i = 1n; power !== 0n; i += 2n) {
    sum += power / i;
    power /= 9n;
  }
  return sum;
}

const alternating = (k: number) => (k % 2 === 0 ? 1n : -1n);
const PI = 4n * arctan(1n, 1n);
const TABLES: Record<string, bigint[]> = {
  sine: Array.from({ length: 13 }, (_, k) => round(alternating(k), factorial(2 * k + 1))),
  cosine: Array.from({ length: 13 }, (_, k) => round(alternating(k), factorial(2 * k))),
  exponential: Array.from({ length: 22 }, (_, k) => round(1n, factorial(k + 1))),
  artanh: Array.from({ length: 15 }, (_, k) => round(1n, BigInt(2 * k + 1))),
  arctan: Array.from({ length: 10 }, (_, k) => round(alternating(k), BigInt(2 * k + 1))),
  "arctan of eighths": Array.from({ length: 9 }, (_, k) => (k === 0 ? 0n : round(arctan(BigInt(k), 8n), ONE))),
  constants: [
    round(logOfTwo(), ONE),
    round(2n * ONE, logOfTwo()),
    round(PI, 2n * ONE),
    round(PI, ONE),
    round(3n * PI, 4n * ONE),
  ],
};

it.each(Object.entries(TABLES).map(([name, values], n) => ({ name, values, n })))("$name", async ({ values, n }) => {
  const core = await openCore<Probes>({ build: "test", memMiB: 4, nCpus: 1 });
  const table = core.x.fpuProbeTable(n) >>> 0;
  const actual = values.map((_, i) => getExtended(core.dv(), table + 16 * i).toString(16));
  expect(actual).toEqual(values.map((value) => value.toString(16)));
});
