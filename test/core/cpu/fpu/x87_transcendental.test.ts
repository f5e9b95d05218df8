/** x87 transcendentals: within 16 units of the last of 64 bits of this machine's, and within an ulp of JavaScript's doubles. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILDS } from "../../harness.js";
import { FpuRig } from "./fpu_rig.js";
import { type HostCase, type HostResult, HostRunner, MEMORY_BYTES } from "./host_runner.js";
import { doubleOf, extended, extendedOf, getExtended, Random, setExtended } from "./operands.js";

const INSTRUCTIONS = {
  f2xm1: [0xd9, 0xf0],
  fyl2x: [0xd9, 0xf1],
  fptan: [0xd9, 0xf2],
  fpatan: [0xd9, 0xf3],
  fyl2xp1: [0xd9, 0xf9],
  fsincos: [0xd9, 0xfb],
  fsin: [0xd9, 0xfe],
  fcos: [0xd9, 0xff],
} as const;
type Name = keyof typeof INSTRUCTIONS;

const SIGN = 1n << 79n;
const MAGNITUDE = SIGN - 1n;

/** An operand in the range that the instruction is defined for. */
function operand(random: Random, name: Name): bigint {
  const value = extended(random);
  const exp = (name: number) => (BigInt(16383 + name) << 64n) | (1n << 63n) | random.pattern(63);
  const sign = (random.u64() & 1n) << 79n;
  if (random.below(8) === 0) return name === "fyl2xp1" ? value & MAGNITUDE : value;
  if (name === "f2xm1") return sign | exp(-1 - random.below(20));
  if (name === "fyl2xp1") return sign | exp(-2 - random.below(30));
  if (name === "fyl2x") return random.below(3) === 0 ? exp(-1 + random.below(2)) : value & MAGNITUDE;
  if (name === "fpatan") return sign | exp(random.below(20) - 10);
  return sign | exp(random.below(10) - 8);
}

function makeCase(random: Random, name: Name): HostCase {
  const fx = new Uint8Array(512);
  const view = new DataView(fx.buffer);
  view.setUint16(0, 0x37f, true);
  const top = random.below(8);
  view.setUint16(2, top << 11, true);
  view.setUint8(4, random.below(16) === 0 ? random.below(256) : 0xff & ~(1 << ((top + 7) & 7)));
  setExtended(view, 32, operand(random, name));
  setExtended(view, 48, name === "fpatan" ? operand(random, name) : extended(random));
  return { fx, memory: new Uint8Array(MEMORY_BYTES), flags: 2n, rax: 0n, code: INSTRUCTIONS[name] };
}

/** Units of the last place between two 80-bit patterns; 0 for equal ones, infinite where only one is a finite number. */
function distance(a: bigint, b: bigint): number {
  if (a === b) return 0;
  const hasNumber = (value: bigint) => ((value >> 64n) & 0x7fffn) !== 0x7fffn;
  if ((a & SIGN) !== (b & SIGN) || !hasNumber(a) || !hasNumber(b)) return Number.POSITIVE_INFINITY;
  // Exponent and fraction make one integer, without the integer bit.
  const linear = (value: bigint) => (((value & MAGNITUDE) >> 64n) << 63n) | (value & ((1n << 63n) - 1n));
  const difference = linear(a) - linear(b);
  return Number(difference < 0n ? -difference : difference);
}

function describeState(result: HostResult): string {
  const view = new DataView(result.fx.buffer, result.fx.byteOffset);
  const st = [0, 1].map((n) => getExtended(view, 32 + 16 * n).toString(16));
  return `sw ${view.getUint16(2, true).toString(16)} tags ${view.getUint8(4).toString(16)} st ${st.join(" ")}`;
}

const host = HostRunner.open();
afterAll(() => {
  if (typeof host !== "string") host.close();
});

describe.each(BUILDS)("x87 transcendentals (%s)", (build) => {
  let rig: FpuRig;
  beforeAll(async () => {
    rig = await FpuRig.open(build);
  });
  afterAll(() => rig.close());

  it.for(Object.keys(INSTRUCTIONS) as Name[])("%s is close to silicon's", (name, { skip }) => {
    if (typeof host === "string") return skip(host);
    const random = new Random(0x7a9n);
    const cases = Array.from({ length: 600 }, () => makeCase(random, name));
    const results = host.run(cases);
    const wrong: string[] = [];
    cases.forEach((one, i) => {
      const expected = results[i] as HostResult;
      const actual = rig.run({ fn: name }, one);
      const there = new DataView(expected.fx.buffer, expected.fx.byteOffset);
      const here = new DataView(actual.fx.buffer, actual.fx.byteOffset);
      // P and C1 depend on bits that are nobody's.
      const status = (view: DataView) => view.getUint16(2, true) & ~0x230;
      const far = [0, 1].some((n) => distance(getExtended(there, 32 + 16 * n), getExtended(here, 32 + 16 * n)) > 16);
      if (!far && status(there) === status(here) && there.getUint8(4) === here.getUint8(4)) return;
      wrong.push(
        `  before ${describeState({ ...one, signal: 0 })}\n  host   ${describeState(expected)}\n  here   ${describeState(actual)}`,
      );
    });
    expect(`${wrong.length} ${wrong.slice(0, 4).join("\n")}`).toBe("0 ");
  });

  /** ST(0), ST(1) -> ST(0) as a double. */
  function evaluate(name: Name, x: number, y = 0): number {
    const fx = new Uint8Array(512);
    const view = new DataView(fx.buffer);
    view.setUint16(0, 0x37f, true);
    view.setUint8(4, 0x03);
    setExtended(view, 32, extendedOf(x));
    setExtended(view, 48, extendedOf(y));
    const result = rig.run({ fn: name }, { fx, memory: new Uint8Array(MEMORY_BYTES), flags: 2n, rax: 0n });
    return doubleOf(getExtended(new DataView(result.fx.buffer), 32));
  }

  function expectClose(actual: number, expected: number): void {
    // JavaScript's own functions may be an ulp off.
    expect(Math.abs(actual - expected)).toBeLessThanOrEqual(Math.abs(expected) * 2 ** -51);
  }

  it("agrees with JavaScript's functions", () => {
    for (let i = -40; i <= 40; i++) {
      const x = i / 13;
      expectClose(evaluate("fsin", x), Math.sin(x));
      expectClose(evaluate("fcos", x), Math.cos(x));
      expectClose(evaluate("fpatan", x, 0.7), Math.atan2(0.7, x));
      expectClose(evaluate("fpatan", 3, x), Math.atan2(x, 3));
      expectClose(evaluate("f2xm1", i / 41), Math.expm1((i / 41) * Math.LN2));
      expectClose(evaluate("fyl2xp1", i / 150, Math.LN2), Math.log1p(i / 150));
      if (i > 0) expectClose(evaluate("fyl2x", x, 1), Math.log2(x));
    }
  });

  it("gives powers of two their exact logarithms", () => {
    for (let e = -1022; e < 1024; e += 31) expect(evaluate("fyl2x", 2 ** e, 3)).toBe(3 * e);
    expect(evaluate("f2xm1", 1)).toBe(1);
    expect(evaluate("f2xm1", -1)).toBe(-0.5);
  });
});
