/** Bit tests, scans and counts, and BMI, against BigInt. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BUILDS } from "../../harness.js";
import type { Handler } from "./handlers.js";
import {
  CF,
  cut,
  InstructionRig,
  LONGS,
  merged,
  OF,
  Operand,
  PF,
  R8,
  R9,
  R10,
  RBX,
  resultFlags,
  type Size,
  STATUS,
  signed,
  WORDS,
  ZF,
} from "./instruction_rig.js";

const ones = (value: bigint): number => value.toString(2).replaceAll("0", "").length;

describe.each(BUILDS)("bits (%s)", (build) => {
  let rig: InstructionRig;
  const random = new Operand(3);
  beforeEach(async () => {
    rig = await InstructionRig.open(build);
  });
  afterEach(() => rig.close());

  const CHANGES: [Handler, (value: bigint, mask: bigint) => bigint][] = [
    ["bt", (value) => value],
    ["bts", (value, mask) => value | mask],
    ["btr", (value, mask) => value & ~mask],
    ["btc", (value, mask) => value ^ mask],
  ];

  it.each(WORDS)("tests and changes bits of registers of %i bytes, offsets modulo their size", (size) => {
    for (const [handler, change] of CHANGES)
      for (let i = 0; i < 500; i++) {
        const [before, offset, flags] = [random.next(), random.next(), random.flags()];
        const isImmediate = i % 2 === 0;
        rig.setReg(R8, before);
        rig.setReg(R9, offset);
        rig.flags = flags;
        rig.done(isImmediate ? (`${handler}Imm` as Handler) : handler, size, { rm: R8, reg: R9, imm: offset });
        const n = offset & BigInt(size * 8 - 1);
        const result = change(cut(size, before), 1n << n);
        expect(rig.reg(R8)).toBe(handler === "bt" ? before : merged(size, before, result));
        expect(rig.flags & STATUS).toBe((flags & ~CF) | ((before >> n) & 1n));
      }
  });

  it.each(WORDS)("reaches bits of memory in both directions by operands of %i bytes", (size) => {
    const page = rig.paging.page();
    const bits = new Set<bigint>();
    for (const [handler] of CHANGES)
      for (let i = 0; i < 200; i++) {
        // The operand lies in the page's middle; offsets reach all of the page.
        const offset = signed(2, random.next()) % 0x4000n;
        const isLocked = i % 2 === 0 && handler !== "bt";
        rig.setReg(RBX, page + 0x7f8n);
        rig.setReg(R9, (random.next() & ~cut(size, -1n)) | cut(size, offset));
        rig.flags = 0n;
        rig.done(handler, size, { reg: R9, mem: 8, lock: isLocked });
        expect(rig.flags & CF, `${handler} ${offset}`).toBe(bits.has(offset) ? 1n : 0n);
        if (handler === "bts" || (handler === "btc" && !bits.has(offset))) bits.add(offset);
        else if (handler !== "bt") bits.delete(offset);
        const byte = rig.paging.word((page + 0x800n + (offset >> 3n)) & ~7n);
        const n = BigInt.asUintN(6, offset + (page % 8n) * 8n);
        expect((byte >> n) & 1n).toBe(bits.has(offset) ? 1n : 0n);
      }
  });

  it("takes immediate bit offsets into memory modulo the operand's size", () => {
    const page = rig.paging.page();
    rig.setReg(RBX, page);
    rig.done("btsImm", 2, { mem: 0, imm: 0x21n });
    expect(rig.paging.word(page)).toBe(2n);
  });

  it("wraps bit addresses at the address size", () => {
    const page = rig.paging.page();
    rig.setReg(RBX, 0xf_0000_0000n + page);
    rig.setReg(R9, BigInt.asUintN(64, -1n));
    rig.done("bts", 8, { mem: 8, reg: R9, addressSize: 4 });
    expect(rig.paging.word(page)).toBe(1n << 63n);
  });

  it.each(WORDS)("scans and counts %i bytes", (size) => {
    const bits = BigInt(size * 8);
    for (let i = 0; i < 1000; i++) {
      const [source, before, flags] = [random.value(size), random.next(), random.flags()];
      const run = (handler: Handler): [bigint, bigint] => {
        rig.setReg(R8, source | (size < 8 ? random.next() & ~cut(size, -1n) : 0n));
        rig.setReg(R9, before);
        rig.flags = flags;
        rig.done(handler, size, { reg: R9, rm: R8 });
        return [rig.reg(R9), rig.flags & STATUS];
      };
      const low = source === 0n ? bits : BigInt(source.toString(2).length - 1 - source.toString(2).lastIndexOf("1"));
      const high = BigInt(source.toString(2).length - 1);
      const parity = (n: bigint): bigint => resultFlags(8, n) & PF;
      expect(run("bsf")).toEqual(source === 0n ? [before, ZF | PF] : [merged(size, before, low), parity(low)]);
      expect(run("bsr")).toEqual(source === 0n ? [before, ZF | PF] : [merged(size, before, high), parity(high)]);
      const zeros = source === 0n ? bits : bits - 1n - high;
      const carry = source === 0n ? CF : 0n;
      expect(run("tzcnt")).toEqual([merged(size, before, low), carry | (low === 0n ? ZF : 0n)]);
      expect(run("lzcnt")).toEqual([merged(size, before, zeros), carry | (zeros === 0n ? ZF : 0n)]);
      const count = BigInt(ones(source));
      expect(run("popcntRm")).toEqual([merged(size, before, count), source === 0n ? ZF : 0n]);
    }
  });

  it("swaps bytes", () => {
    rig.setReg(R8, 0x1122_3344_5566_7788n);
    rig.done("bswapReg", 8, { reg: R8 });
    expect(rig.reg(R8)).toBe(0x8877_6655_4433_2211n);
    rig.done("bswapReg", 4, { reg: R8 });
    expect(rig.reg(R8)).toBe(0x1122_3344n);
    rig.done("bswapReg", 2, { reg: R8 });
    expect(rig.reg(R8)).toBe(0x1122_0000n);
  });

  /** reg and vvvv afterwards, and flags (undefined: none). */
  type Answer = { reg?: bigint; vvvv?: bigint; flags?: bigint };
  const bmi: Record<string, (size: Size, rm: bigint, vvvv: bigint, imm: bigint, reg: bigint, flags: bigint) => Answer> =
    {
      andn: (size, rm, vvvv) => logic(size, cut(size, ~vvvv) & rm),
      bextr: (size, rm, vvvv) => logic(size, (rm >> (vvvv & 0xffn)) & ((1n << ((vvvv >> 8n) & 0xffn)) - 1n)),
      blsr: (size, rm) => lowest(size, rm & (rm - 1n), rm === 0n),
      blsmsk: (size, rm) => lowest(size, rm ^ (rm - 1n), rm === 0n),
      blsi: (size, rm) => lowest(size, rm & -rm, rm !== 0n),
      bzhi: (size, rm, vvvv) => {
        const n = vvvv & 0xffn;
        const isWhole = n >= BigInt(size * 8);
        const reg = isWhole ? rm : rm & ((1n << n) - 1n);
        return { reg, flags: resultFlags(size, reg) | (isWhole ? CF : 0n) };
      },
      pdep: (size, rm, vvvv) => {
        let reg = 0n;
        for (let i = 0n, k = 0n; i < BigInt(size * 8); i++) if ((rm >> i) & 1n) reg |= ((vvvv >> k++) & 1n) << i;
        return { reg };
      },
      pext: (size, rm, vvvv) => {
        let reg = 0n;
        for (let i = 0n, k = 0n; i < BigInt(size * 8); i++) if ((rm >> i) & 1n) reg |= ((vvvv >> i) & 1n) << k++;
        return { reg };
      },
      rorx: (size, rm, _, imm) => {
        const n = imm & BigInt(size * 8 - 1);
        return { reg: cut(size, (rm >> n) | (rm << (BigInt(size * 8) - n))) };
      },
      sarx: (size, rm, vvvv) => ({ reg: cut(size, signed(size, rm) >> (vvvv & BigInt(size * 8 - 1))) }),
      shlx: (size, rm, vvvv) => ({ reg: cut(size, rm << (vvvv & BigInt(size * 8 - 1))) }),
      shrx: (size, rm, vvvv) => ({ reg: rm >> (vvvv & BigInt(size * 8 - 1)) }),
      adcx: (size, rm, _, __, reg, flags) => {
        const sum = rm + reg + (flags & CF);
        return { reg: cut(size, sum), flags: (flags & ~CF) | (sum >> BigInt(size * 8)) };
      },
      adox: (size, rm, _, __, reg, flags) => {
        const sum = rm + reg + ((flags & OF) >> 11n);
        return { reg: cut(size, sum), flags: (flags & ~OF) | ((sum >> BigInt(size * 8)) << 11n) };
      },
    };
  const logic = (size: Size, reg: bigint): Answer => ({ reg, flags: resultFlags(size, reg) });
  const lowest = (size: Size, value: bigint, isCarry: boolean): Answer => ({
    vvvv: cut(size, value),
    flags: resultFlags(size, value) | (isCarry ? CF : 0n),
  });

  it.each(Object.keys(bmi))("%s", (handler) => {
    for (const size of LONGS)
      for (let i = 0; i < 500; i++) {
        const [rm, vvvv, reg] = [random.value(size), random.value(size), random.value(size)];
        const [imm, flags] = [BigInt(random.below(256)), random.flags()];
        rig.setReg(R8, rm);
        rig.setReg(R9, reg);
        rig.setReg(R10, vvvv);
        rig.flags = flags;
        rig.done(handler as Handler, size, { reg: R9, rm: R8, vvvv: R10, imm });
        const answer = bmi[handler]?.(size, rm, vvvv, imm, reg, flags) ?? {};
        const text = `${size} ${rm} ${vvvv} ${imm}`;
        expect([rig.reg(R9), rig.reg(R10)], text).toEqual([answer.reg ?? reg, answer.vvvv ?? vvvv]);
        expect(rig.flags & STATUS, text).toBe(answer.flags ?? flags);
      }
  });
});
