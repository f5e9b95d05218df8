/** Multiplications and divisions against BigInt. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BUILDS } from "../../harness.js";
import {
  CF,
  cut,
  InstructionRig,
  LONGS,
  merged,
  OF,
  Operand,
  R8,
  R9,
  R10,
  RAX,
  RDX,
  SIZES,
  type Size,
  STATUS,
  signed,
  WORDS,
} from "./instruction_rig.js";

const EXC_DE = 0;

describe.each(BUILDS)("multiplications and divisions (%s)", (build) => {
  let rig: InstructionRig;
  const random = new Operand(2);
  beforeEach(async () => {
    rig = await InstructionRig.open(build);
  });
  afterEach(() => rig.close());

  /** The double-width operand or result: AX, or rDX:rAX. */
  const wide = (size: Size): bigint => {
    if (size === 1) return rig.reg(RAX) & 0xffffn;
    return (cut(size, rig.reg(RDX)) << BigInt(size * 8)) | cut(size, rig.reg(RAX));
  };
  const setWide = (size: Size, value: bigint): void => {
    const bits = BigInt(size * 8);
    if (size === 1) rig.setReg(RAX, (random.next() & ~0xffffn) | BigInt.asUintN(16, value));
    else {
      rig.setReg(RAX, merged(size, random.next(), value));
      rig.setReg(RDX, merged(size, random.next(), value >> bits));
    }
  };
  const twice = (size: Size, value: bigint): bigint => BigInt.asUintN(size * 16, value);

  it.each(SIZES)("gives whole products of %i bytes", (size) => {
    for (let i = 0; i < 3000; i++) {
      const [a, b, flags] = [random.value(size), random.value(size), random.flags()];
      for (const handler of ["mul", "imulWide"] as const) {
        const product = handler === "mul" ? a * b : signed(size, a) * signed(size, b);
        const fits = handler === "mul" ? product === cut(size, product) : product === signed(size, product);
        rig.setReg(RAX, (random.next() & ~cut(size, -1n)) | a);
        rig.setReg(R8, b);
        rig.flags = flags;
        rig.done(handler, size, { rm: R8 });
        expect(wide(size), `${handler} ${a} ${b}`).toBe(twice(size, product));
        expect(rig.flags & STATUS).toBe((flags & ~(CF | OF)) | (fits ? 0n : CF | OF));
      }
    }
  });

  it.each(WORDS)("gives the lower halves of products of %i bytes", (size) => {
    for (let i = 0; i < 3000; i++) {
      const [a, b] = [random.value(size), random.value(size)];
      const imm = signed(size === 8 ? 4 : size, b);
      const isImmediate = i % 2 === 0;
      const product = signed(size, a) * (isImmediate ? imm : signed(size, b));
      const before = random.next();
      rig.setReg(R9, isImmediate ? before : merged(size, before, a));
      rig.setReg(R8, isImmediate ? a : b);
      rig.flags = 0n;
      rig.done(isImmediate ? "imulImm" : "imul", size, { reg: R9, rm: R8, imm });
      expect(rig.reg(R9)).toBe(merged(size, before, product));
      expect(rig.flags & STATUS).toBe(product === signed(size, product) ? 0n : CF | OF);
    }
  });

  it.each(SIZES)("divides by %i bytes, or faults and changes nothing", (size) => {
    let faults = 0;
    for (let i = 0; i < 6000; i++) {
      const isSigned = i % 2 === 0;
      const handler = isSigned ? "idiv" : "div";
      // Dividends of all magnitudes: made of a quotient, mostly.
      const divisor = random.value(size);
      const quotient = random.value(size);
      const d = isSigned ? signed(size, divisor) : divisor;
      let dividend = d * (isSigned ? signed(size, quotient) : quotient);
      if (i % 8 < 6) dividend += d === 0n ? 0n : random.next() % d;
      else if (i % 8 === 6) dividend = (random.value(size) << BigInt(size * 8)) | random.value(size);
      dividend = isSigned ? BigInt.asIntN(size * 16, dividend) : twice(size, dividend);
      setWide(size, dividend);
      rig.setReg(R8, divisor);
      rig.flags = random.flags();
      const before = [rig.reg(RAX), rig.reg(RDX), rig.flags];
      const q = d === 0n ? 0n : dividend / d;
      const fits = d !== 0n && q === (isSigned ? signed(size, q) : cut(size, q));
      if (!fits) {
        faults++;
        expect(rig.fault(handler, size, { rm: R8 })).toBe(EXC_DE);
        expect([rig.reg(RAX), rig.reg(RDX), rig.flags]).toEqual(before);
        continue;
      }
      rig.done(handler, size, { rm: R8 });
      const rest = dividend - q * d;
      const text = `${handler}<${size}> ${dividend} / ${d}`;
      expect(wide(size), text).toBe((cut(size, rest) << BigInt(size * 8)) | cut(size, q));
    }
    expect(faults).toBeGreaterThan(100);
  });

  it("overflows where the quotient is one too large", () => {
    for (const size of SIZES) {
      const most = 1n << BigInt(size * 8 - 1);
      rig.setReg(R8, cut(size, -1n));
      setWide(size, -most);
      expect(rig.fault("idiv", size, { rm: R8 })).toBe(EXC_DE);
      setWide(size, -most + 1n);
      rig.done("idiv", size, { rm: R8 });
      expect(cut(size, rig.reg(RAX))).toBe(most - 1n);
      setWide(size, most);
      rig.done("idiv", size, { rm: R8 });
      expect(cut(size, rig.reg(RAX))).toBe(most);
      // The smallest dividend there is.
      setWide(size, -(1n << BigInt(size * 16 - 1)));
      expect(rig.fault("idiv", size, { rm: R8 })).toBe(EXC_DE);
    }
  });

  it.each(LONGS)("MULX of %i bytes writes the upper half last and no flags", (size) => {
    for (let i = 0; i < 500; i++) {
      const [a, b, flags] = [random.value(size), random.value(size), random.flags()];
      rig.setReg(RDX, a);
      rig.setReg(R8, b);
      rig.flags = flags;
      rig.done("mulx", size, { reg: R9, vvvv: R10, rm: R8 });
      expect([rig.reg(R9), rig.reg(R10)]).toEqual([(a * b) >> BigInt(size * 8), cut(size, a * b)]);
      expect(rig.flags & STATUS).toBe(flags);
    }
    rig.setReg(RDX, cut(size, -1n));
    rig.setReg(R8, 2n);
    rig.done("mulx", size, { reg: R9, vvvv: R9, rm: R8 });
    expect(rig.reg(R9)).toBe(1n);
  });
});
