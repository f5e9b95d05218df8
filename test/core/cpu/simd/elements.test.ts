/** Between vectors and general-purpose registers or memory, single elements; PTEST; the stores of chosen bytes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILDS } from "../../harness.js";
import { bytesOf, lanes } from "./models.js";
import { Random } from "./random.js";
import { hex, type Row, readRows, regAndRm, SimdRig } from "./rig.js";

const rows = await readRows();
const random = new Random(7);
const RUNS = 60;
const ZF = 1n << 6n;
const CF = 1n;

/** Bits of the element that a mnemonic names. */
const BITS: Record<string, number> = { b: 8, w: 16, d: 32, q: 64, s: 32 };
const isMmx = (row: Row) => /Pq|Nq/.test(row.args);

describe.each(BUILDS)("elements (%s)", (build) => {
  let rig: SimdRig;
  let page: bigint;
  beforeAll(async () => {
    rig = await SimdRig.open(build);
    page = rig.paging.page();
  });
  afterAll(() => rig.close());

  function prepare(): Uint8Array {
    for (let n = 0; n < 16; n++) rig.setYmm(n, random.bytes(32));
    for (let n = 0; n < 8; n++) rig.setX87(n, random.bytes(10));
    for (let n = 1; n < 16; n++) rig.setGpr(n, lanes(random.bytes(8), 64)[0] as bigint);
    rig.setState("fpuTop", 5);
    rig.setState("fpuEmpty", 0x3c);
    const memory = random.bytes(32);
    rig.setBytes(rig.paging.at(page), memory);
    return memory;
  }
  const vector = (row: Row, n: number) => (isMmx(row) ? rig.x87(n).subarray(0, 8) : rig.xmm(n));
  const memoryNow = () => rig.bytes(rig.paging.at(page), 32);

  function checkX87(row: Row): void {
    const expected = isMmx(row) ? [0, 0] : [5, 0x3c];
    expect([rig.state("fpuTop"), rig.state("fpuEmpty")], row.name).toEqual(expected);
  }

  const named = (pattern: RegExp) =>
    rows.filter(({ name }) => pattern.test(name)).map((row) => [row.op, row.name, row] as const);
  const sizes = (row: Row) => (/Ey/.test(row.args) ? [false, true] : [false]);
  const elementBits = (row: Row, isWide: boolean) => {
    if (/Ey/.test(row.args)) return isWide ? 64 : 32;
    return BITS[row.name.at(-1) as string] as number;
  };

  it.each(named(/^(pinsr|movd$)/).filter(([, , row]) => /^[VP]/.test(row.args)))("%s %s", (_op, _name, row) => {
    for (const isWide of sizes(row))
      for (let run = 0; run < RUNS; run++) {
        const memory = prepare();
        const isMemory = run % 2 === 0;
        const imm = random.below(256);
        const bits = elementBits(row, isWide);
        const from = isMemory ? memory : bytesOf([rig.gpr(11)], 64);
        const element = lanes(from.subarray(0, bits / 8), bits)[0] as bigint;
        const before = vector(row, 3);
        const high = rig.ymm(3).subarray(16);
        const isMove = row.name === "movd";
        const expected = lanes(isMove ? new Uint8Array(before.length) : before, bits);
        expected[isMove ? 0 : imm % expected.length] = element;
        expect(rig.execute({ row, reg: 3, rm: isMemory ? page : 11, imm, isWide })).toBeUndefined();
        expect(hex(vector(row, 3)), `imm ${imm}`).toBe(hex(bytesOf(expected, bits)));
        if (isMmx(row)) expect(hex(rig.x87(3).subarray(8))).toBe("ffff");
        else expect(hex(rig.ymm(3).subarray(16))).toBe(hex(high));
        checkX87(row);
      }
  });

  const toRegister = named(/^(pextr|extractps|movd$)/).filter(([, , row]) => !/^[VP]/.test(row.args));
  it.each(toRegister)("%s %s", (_op, _name, row) => {
    const [regArg] = regAndRm(row);
    const isToReg = regArg.startsWith("G");
    for (const isWide of sizes(row))
      for (let run = 0; run < RUNS; run++) {
        const memory = prepare();
        const isMemory = !isToReg && run % 2 === 0;
        const imm = random.below(256);
        const bits = elementBits(row, isWide);
        const [reg, rm] = isToReg ? [12, 3] : [3, 12];
        const all = lanes(vector(row, 3), bits);
        const element = all[row.name === "movd" ? 0 : imm % all.length] as bigint;
        const before = hex(vector(row, 3));
        expect(rig.execute({ row, reg, rm: isMemory ? page : rm, imm, isWide })).toBeUndefined();
        if (isMemory) {
          const expected = Uint8Array.of(...bytesOf([element], bits), ...memory.subarray(bits / 8));
          expect(hex(memoryNow()), `imm ${imm}`).toBe(hex(expected));
        } else expect(rig.gpr(12), `imm ${imm}`).toBe(element);
        expect(hex(vector(row, 3))).toBe(before);
        checkX87(row);
      }
  });

  const MASK_BITS: Record<string, number> = { movmskps: 32, movmskpd: 64, pmovmskb: 8 };
  it.each(named(/movmsk/))("%s %s", (_op, name, row) => {
    for (let run = 0; run < RUNS; run++) {
      prepare();
      const signs = lanes(vector(row, 6), MASK_BITS[name] as number, true);
      const expected = signs.reduce((mask, x, i) => (x < 0n ? mask | (1n << BigInt(i)) : mask), 0n);
      expect(rig.execute({ row, reg: 9, rm: 6 })).toBeUndefined();
      expect(rig.gpr(9)).toBe(expected);
      checkX87(row);
    }
  });

  it("PTEST compares bits, and clears the other flags", () => {
    const [, , row] = named(/^ptest$/)[0] as readonly [string, string, Row];
    for (let run = 0; run < 200; run++) {
      prepare();
      const [a, b] = [random.bytes(16), random.bytes(16)];
      if (run % 4 === 1) b.set(a.map((x) => ~x));
      if (run % 4 === 2) b.set(a.map((x, i) => x & (b[i] as number)));
      if (run % 4 === 3) b.fill(0);
      rig.setYmm(1, a);
      rig.setYmm(2, b);
      rig.setBytes(rig.paging.at(page), b);
      expect(rig.execute({ row, reg: 1, rm: run % 3 === 0 ? page : 2 })).toBeUndefined();
      const zero = a.every((x, i) => (x & (b[i] as number)) === 0) ? ZF : 0n;
      const carry = a.every((x, i) => (~x & (b[i] as number)) === 0) ? CF : 0n;
      expect(rig.statusFlags()).toBe(zero | carry);
    }
  });

  it.each(named(/^maskmov/))("%s %s writes chosen bytes only", (_op, _name, row) => {
    for (let run = 0; run < RUNS; run++) {
      const memory = prepare();
      const at = 1 + random.below(14);
      rig.setGpr(7, page + BigInt(at));
      const [value, mask] = [vector(row, 3), vector(row, 5)];
      expect(rig.execute({ row, reg: 3, rm: 5 })).toBeUndefined();
      const expected = memory.slice();
      for (const [i, x] of value.entries()) if ((mask[i] as number) & 0x80) expected[at + i] = x;
      expect(hex(memoryNow())).toBe(hex(expected));
      checkX87(row);
    }
  });

  it("MASKMOVDQU across pages needs both of them, and changes neither when one is missing", () => {
    const [, , row] = named(/^maskmovdqu$/)[0] as readonly [string, string, Row];
    const memory = prepare();
    rig.setYmm(5, new Uint8Array(32).fill(0x80));
    rig.setGpr(7, page - 8n);
    expect(() => rig.execute({ row, reg: 3, rm: 5 })).toThrow("status 3");
    expect(hex(memoryNow())).toBe(hex(memory));
    rig.paging.mapPage(Number((page - 8n) >> 12n));
    expect(rig.execute({ row, reg: 3, rm: 5 })).toBeUndefined();
    expect(hex(memoryNow().subarray(0, 8))).toBe(hex(rig.xmm(3).subarray(8)));
    expect(hex(rig.bytes(rig.paging.at(page - 8n), 8))).toBe(hex(rig.xmm(3).subarray(0, 8)));
  });
});
