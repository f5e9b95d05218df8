/** Shifts and rotates against one step at a time, as the manuals describe them. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BUILDS } from "../../harness.js";
import type { Handler } from "./handlers.js";
import {
  AF,
  CF,
  cut,
  InstructionRig,
  merged,
  OF,
  Operand,
  R8,
  R9,
  RCX,
  resultFlags,
  SIZES,
  type Size,
  STATUS,
  WORDS,
} from "./instruction_rig.js";

const KINDS = ["rol", "ror", "rcl", "rcr", "shl", "shr", "sar"] as const;
type Kind = (typeof KINDS)[number];

const top = (size: Size, value: bigint): bigint => (value >> BigInt(size * 8 - 1)) & 1n;

/** One step: [value, carry]. */
function step(kind: Kind, size: Size, value: bigint, carry: bigint): [bigint, bigint] {
  const high = BigInt(size * 8 - 1);
  const left = (low: bigint): [bigint, bigint] => [cut(size, (value << 1n) | low), top(size, value)];
  const right = (upper: bigint): [bigint, bigint] => [(value >> 1n) | (upper << high), value & 1n];
  switch (kind) {
    case "rol":
      return left(top(size, value));
    case "rcl":
      return left(carry);
    case "shl":
      return left(0n);
    case "ror":
      return right(value & 1n);
    case "rcr":
      return right(carry);
    case "shr":
      return right(0n);
    case "sar":
      return right(top(size, value));
  }
}

function expected(kind: Kind, size: Size, value: bigint, count: bigint, flags: bigint): [bigint, bigint] {
  const n = count & (size === 8 ? 63n : 31n);
  if (n === 0n) return [value, flags];
  let result = value;
  let carry = flags & CF;
  for (let i = 0n; i < n; i++) [result, carry] = step(kind, size, result, carry);
  const isLeft = kind.endsWith("l");
  const other = isLeft ? carry : (result >> BigInt(size * 8 - 2)) & 1n;
  const overflow = kind === "sar" ? 0n : top(size, result) ^ other;
  const changed = carry | (overflow << 11n);
  if (kind.startsWith("r")) return [result, (flags & ~(CF | OF)) | changed];
  return [result, changed | AF | resultFlags(size, result)];
}

describe.each(BUILDS)("shifts (%s)", (build) => {
  let rig: InstructionRig;
  const random = new Operand(1);
  beforeEach(async () => {
    rig = await InstructionRig.open(build);
  });
  afterEach(() => rig.close());

  const check = (kind: Kind, size: Size, way: string, count: bigint): void => {
    const value = random.value(size);
    const before = (random.next() & ~cut(size, -1n)) | value;
    const flags = random.flags();
    rig.setReg(R8, before);
    rig.setReg(RCX, way === "Cl" ? (random.next() & ~0xffn) | count : 0n);
    rig.flags = flags;
    rig.done(`${kind}${way}` as Handler, size, { rm: R8, imm: count });
    const [result, after] = expected(kind, size, value, way === "One" ? 1n : count, flags);
    expect([rig.reg(R8), rig.flags & STATUS], `${kind}${way}<${size}> ${value}, ${count}`).toEqual([
      BigInt.asUintN(64, merged(size, before, result)),
      after,
    ]);
  };

  it.each(KINDS)("%s shifts registers by every count", (kind) => {
    for (const size of SIZES)
      for (let count = 0n; count < 256n; count++) {
        check(kind, size, "Cl", count);
        check(kind, size, "Imm", count);
        check(kind, size, "One", count);
      }
  });

  it("shifts memory in place", () => {
    const page = rig.paging.page();
    rig.paging.setWord(page + 8n, 0x8000_0001n);
    rig.setReg(3, page);
    rig.flags = 0n;
    rig.done("rolImm", 4, { mem: 8, imm: 4n });
    expect(rig.paging.word(page + 8n)).toBe(0x18n);
    rig.done("shlImm", 2, { mem: 9, imm: 32n });
    expect(rig.paging.word(page + 8n)).toBe(0x18n);
  });

  it.each(WORDS)("double shifts of %i bytes move bits from one operand to the other", (size) => {
    const bits = BigInt(size * 8);
    for (let i = 0; i < 2000; i++) {
      const [value, source, flags] = [random.value(size), random.value(size), random.flags()];
      const count = BigInt(random.below(256));
      const n = count & (size === 8 ? 63n : 31n);
      const wideLeft = ((value << (bits * 2n)) | (source << bits) | source) << n;
      const wideRight = (source << (bits * 2n)) | (source << bits) | value;
      for (const kind of ["shld", "shrd"] as const) {
        const isLeft = kind === "shld";
        const result = n === 0n ? value : cut(size, isLeft ? wideLeft >> (bits * 2n) : wideRight >> n);
        let carry = (isLeft ? wideLeft >> (bits * 3n) : wideRight >> (n - 1n === -1n ? 0n : n - 1n)) & 1n;
        if (n > bits) carry = 0n;
        const other = isLeft ? carry : (result >> (bits - 2n)) & 1n;
        const overflow = isLeft && n > bits ? 0n : top(size, result) ^ other;
        const after = n === 0n ? flags : carry | (overflow << 11n) | AF | resultFlags(size, result);
        rig.setReg(R8, value);
        rig.setReg(R9, source);
        rig.setReg(RCX, count);
        rig.flags = flags;
        rig.done(`${kind}${i % 2 === 0 ? "Cl" : "Imm"}`, size, { rm: R8, reg: R9, imm: count });
        expect([rig.reg(R8), rig.flags & STATUS], `${kind}<${size}> ${value}, ${source}, ${count}`).toEqual([
          result,
          after,
        ]);
      }
    }
  });
});
