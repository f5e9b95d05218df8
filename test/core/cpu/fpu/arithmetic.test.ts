/** Core's arithmetic against exact rationals: every operation, format, rounding mode and x87 precision. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  DOUBLE,
  EXTENDED,
  type Exact,
  type FloatFormat,
  type FloatOperation,
  floatCompute,
  floatDecode,
  floatRound,
  floatToInteger,
  type Rounding,
  SINGLE,
} from "../../../../src/model/index.js";
import { BUILDS } from "../../harness.js";
import { FpuRig, xmm } from "./fpu_rig.js";
import { type HostResult, type MachineState, MEMORY_BYTES } from "./host_runner.js";
import { double, extended, getExtended, Random, setExtended, single } from "./operands.js";

const MODES: readonly Rounding[] = ["nearest", "down", "up", "zero"];
const OPERATIONS: readonly FloatOperation[] = ["add", "sub", "mul", "div", "sqrt"];
const CASES = 150;

function emptyState(): { state: MachineState; view: DataView } {
  const fx = new Uint8Array(512);
  const view = new DataView(fx.buffer);
  view.setUint16(0, 0x37f, true);
  view.setUint8(4, 0xff);
  view.setUint32(24, 0x1f80, true);
  return { state: { fx, memory: new Uint8Array(MEMORY_BYTES), flags: 2n, rax: 0n }, view };
}

/** Pairs of numbers, the second often near the first. */
function* pairs(random: Random, format: FloatFormat, make: (random: Random) => bigint, n: number) {
  for (let i = 0; i < n; ) {
    const a = make(random);
    const b = random.below(3) === 0 ? a ^ BigInt(random.below(4)) : make(random);
    const x = floatDecode(format, a);
    const y = floatDecode(format, b);
    if (x === undefined || y === undefined) continue;
    i++;
    yield { a, b, x, y };
  }
}

function hex(value: bigint): string {
  return value.toString(16);
}

describe.each(BUILDS)("floating-point arithmetic (%s)", (build) => {
  let rig: FpuRig;
  beforeAll(async () => {
    rig = await FpuRig.open(build);
  });
  afterAll(() => rig.close());

  function sse(fn: string, bytes: 4 | 8, a: bigint, b: bigint, mode: number, sticky: number) {
    const { state, view } = emptyState();
    view.setUint32(24, 0x1f80 | (mode << 13) | sticky, true);
    view.setBigUint64(160 + 16, a, true);
    view.setBigUint64(160 + 32, b, true);
    const { fx } = rig.run({ fn, reg: xmm(1), rm: xmm(2) }, state);
    const after = new DataView(fx.buffer);
    const pattern = bytes === 4 ? BigInt(after.getUint32(176, true)) : after.getBigUint64(176, true);
    return { pattern, flags: after.getUint32(24, true) & 0x3f };
  }

  it.each([
    ["single", SINGLE, single, 4, "ss"],
    ["double", DOUBLE, double, 8, "sd"],
  ] as const)("SSE %s: results and exceptions, with P clear and set before", (_, format, make, bytes, suffix) => {
    const random = new Random(11n);
    for (const operation of OPERATIONS) {
      for (const [control, mode] of MODES.entries()) {
        for (const { a, b, x, y } of pairs(random, format, make, CASES)) {
          const first = operation === "sqrt" ? y : x;
          const expected = floatCompute(format, operation, first, y, mode);
          for (const sticky of [0, 0x20]) {
            const actual = sse(operation + suffix, bytes, a, b, control, sticky);
            const got = `${hex(actual.pattern)} ${actual.flags}`;
            const told = `${operation} ${hex(a)} ${hex(b)} ${mode}`;
            expect(`${told}: ${got}`).toBe(`${told}: ${hex(expected.pattern)} ${expected.flags | sticky}`);
          }
        }
      }
    }
  });

  function x87(fn: string, a: bigint, b: bigint, control: number): HostResult {
    const { state, view } = emptyState();
    view.setUint16(0, 0x7f | control, true);
    setExtended(view, 32, a);
    setExtended(view, 48, b);
    return rig.run({ fn, rm: 1, isMemory: /M\d/.test(fn) }, state);
  }

  function flagsOf(result: HostResult): number {
    return new DataView(result.fx.buffer).getUint16(2, true) & 0x3f;
  }

  it.each([24, 53, 64])("x87: results and exceptions, %i bits", (bits) => {
    const random = new Random(12n);
    const precision = { 24: 0, 53: 2, 64: 3 }[bits] ?? 3;
    for (const operation of OPERATIONS) {
      for (const [control, mode] of MODES.entries()) {
        for (const { a, b, x, y } of pairs(random, EXTENDED, extended, CASES)) {
          const fn = operation === "sqrt" ? "fsqrt" : `f${operation}St0Sti`;
          const result = x87(fn, a, b, (precision << 8) | (control << 10));
          const expected = floatCompute(EXTENDED, operation, x, y, mode, bits);
          const told = `${operation} ${hex(a)} ${hex(b)} ${mode}`;
          const got = `${hex(getExtended(new DataView(result.fx.buffer), 32))} ${flagsOf(result)}`;
          expect(`${told}: ${got}`).toBe(`${told}: ${hex(expected.pattern)} ${expected.flags}`);
        }
      }
    }
  });

  it("x87 to single, double and integers", () => {
    const random = new Random(13n);
    for (const [control, mode] of MODES.entries()) {
      for (const { a, x } of pairs(random, EXTENDED, extended, 4 * CASES)) {
        for (const [fn, format] of [
          ["fstM32", SINGLE],
          ["fstM64", DOUBLE],
        ] as const) {
          const result = x87(fn, a, 0n, control << 10);
          const expected = floatRound(format, x, mode);
          expect(`${hex(a)} ${hex(memoryOf(result, format === SINGLE ? 4 : 8))} ${flagsOf(result)}`).toBe(
            `${hex(a)} ${hex(expected.pattern)} ${expected.flags}`,
          );
        }
        checkIntegers(a, x, control, mode);
      }
    }
  });

  function checkIntegers(a: bigint, x: Exact, control: number, mode: Rounding): void {
    for (const [fn, size] of [
      ["fistM16", 2],
      ["fistM32", 4],
      ["fistpM64", 8],
    ] as const) {
      const result = x87(fn, a, 0n, control << 10);
      const expected = floatToInteger(x, mode, size);
      const value = BigInt.asIntN(8 * size, memoryOf(result, size));
      expect(`${fn} ${hex(a)} ${value} ${flagsOf(result)}`).toBe(`${fn} ${hex(a)} ${expected.value} ${expected.flags}`);
    }
  }

  function memoryOf(result: HostResult, size: number): bigint {
    const value = new DataView(result.memory.buffer).getBigUint64(0, true);
    return BigInt.asUintN(8 * size, value);
  }
});
