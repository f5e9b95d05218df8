/** String instructions against a byte by byte model: directions, overlaps, page ends, address sizes, faults on the way. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  EXEC_EXIT,
  EXEC_JUMP,
  EXEC_REQUEST,
  OP_REP,
  OP_REPNE,
  REQ_KICK,
  STEPPING_TF,
  Vcpu,
} from "../../../../src/abi/index.js";
import { BUILDS } from "../../harness.js";
import { CF, cut, DF, InstructionRig, Operand, RAX, RCX, RDI, RSI, SIZES, type Size, ZF } from "./instruction_rig.js";

const PAGES = 3;

describe.each(BUILDS)("string instructions (%s)", (build) => {
  let rig: InstructionRig;
  let base: bigint;
  const random = new Operand(5);
  beforeEach(async () => {
    rig = await InstructionRig.open(build);
    base = rig.paging.page();
    for (let i = 1; i < PAGES; i++) rig.paging.page();
  });
  afterEach(() => rig.close());

  /** The guest's pages, byte by byte. */
  const bytes = (): Uint8Array => {
    const all = new Uint8Array(PAGES * 4096);
    const memory = new Uint8Array(rig.paging.rig.core.memory.buffer);
    for (let i = 0; i < PAGES; i++) {
      const at = rig.paging.at(base + BigInt(i * 4096));
      all.set(memory.slice(at, at + 4096), i * 4096);
    }
    return all;
  };
  const fill = (content: Uint8Array): void => {
    const memory = new Uint8Array(rig.paging.rig.core.memory.buffer);
    for (let i = 0; i < PAGES; i++)
      memory.set(content.subarray(i * 4096, (i + 1) * 4096), rig.paging.at(base + BigInt(i * 4096)));
  };
  const randomBytes = (values: number): Uint8Array =>
    Uint8Array.from({ length: PAGES * 4096 }, () => random.below(values));

  interface Case {
    size: Size;
    from: number;
    to: number;
    count: number;
    isDown: boolean;
  }
  const randomCase = (size: Size): Case => {
    const count = random.below(random.below(2) === 0 ? 12 : Math.floor(4500 / size));
    const isDown = random.below(2) === 0;
    const length = count * size;
    const room = PAGES * 4096 - length - size;
    const pick = (): number => random.below(room) + (isDown ? length : 0);
    const from = pick();
    // Every other pair overlaps.
    const near = from + random.below(64) - 32;
    const isNear = random.below(2) === 0 && near >= (isDown ? length : 0) && near < room;
    return { size, from, to: isNear ? near : pick(), count, isDown };
  };
  const set = ({ from, to, count, isDown }: Case, flags: bigint): void => {
    rig.setReg(RSI, base + BigInt(from));
    rig.setReg(RDI, base + BigInt(to));
    rig.setReg(RCX, BigInt(count));
    rig.flags = flags | (isDown ? DF : 0n);
  };
  const move = (address: number, { size, isDown }: Case, count: number): bigint =>
    base + BigInt(address + (isDown ? -1 : 1) * size * count);

  it.each(SIZES)("REP MOVS of %i bytes copies element by element", (size) => {
    for (let i = 0; i < 150; i++) {
      const one = randomCase(size);
      const content = randomBytes(256);
      fill(content);
      set(one, 0n);
      rig.done("movs", size, { flags: i % 2 === 0 ? OP_REP : OP_REPNE });
      for (let k = 0; k < one.count; k++) {
        const at = (one.isDown ? -1 : 1) * k * size;
        content.copyWithin(one.to + at, one.from + at, one.from + at + size);
      }
      expect(Buffer.compare(bytes(), content), JSON.stringify(one)).toBe(0);
      expect([rig.reg(RSI), rig.reg(RDI), rig.reg(RCX)]).toEqual([
        move(one.from, one, one.count),
        move(one.to, one, one.count),
        0n,
      ]);
    }
  });

  it.each(SIZES)("REP STOS and REP LODS of %i bytes", (size) => {
    for (let i = 0; i < 100; i++) {
      const one = randomCase(size);
      const content = randomBytes(256);
      const value = i % 3 === 0 ? 0x7777_7777_7777_7777n : random.next();
      fill(content);
      set(one, 0n);
      rig.setReg(RAX, value);
      rig.done("stos", size, { flags: OP_REP });
      const element = new Uint8Array(new BigUint64Array([value]).buffer, 0, size);
      for (let k = 0; k < one.count; k++) content.set(element, one.to + (one.isDown ? -1 : 1) * k * size);
      expect(Buffer.compare(bytes(), content), JSON.stringify(one)).toBe(0);
      expect([rig.reg(RDI), rig.reg(RCX)]).toEqual([move(one.to, one, one.count), 0n]);
      set(one, 0n);
      rig.done("lods", size, { flags: OP_REP });
      expect([rig.reg(RSI), rig.reg(RCX)]).toEqual([move(one.from, one, one.count), 0n]);
      const last = Number(move(one.from, one, one.count - 1) - base);
      const loaded = content.slice(last, last + size).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
      if (one.count > 0) expect(cut(size, rig.reg(RAX))).toBe(loaded);
      else expect(rig.reg(RAX)).toBe(value);
    }
  });

  it.each(SIZES)("REPE and REPNE CMPS and SCAS of %i bytes end where they must", (size) => {
    for (let i = 0; i < 150; i++) {
      const one = randomCase(size);
      const isScan = i % 2 === 0;
      const whileEqual = random.below(2) === 0;
      // Mostly equal, or mostly different.
      const content = new Uint8Array(PAGES * 4096);
      if (!whileEqual) content.set(randomBytes(256));
      for (let k = random.below(3); k > 0; k--) content[random.below(content.length)] = 1;
      fill(content);
      set(one, CF);
      const rax = random.below(2) === 0 ? 0n : 1n;
      rig.setReg(RAX, rax);
      rig.done(isScan ? "scas" : "cmps", size, { flags: whileEqual ? OP_REP : OP_REPNE });
      const read = (at: number): bigint =>
        content.slice(at, at + size).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
      let done = 0;
      let [a, b] = [0n, 1n];
      while (done < one.count) {
        const at = (one.isDown ? -1 : 1) * done * size;
        [a, b] = [isScan ? rax : read(one.from + at), read(one.to + at)];
        done++;
        if ((a === b) !== whileEqual) break;
      }
      expect(rig.reg(RCX), JSON.stringify(one)).toBe(BigInt(one.count - done));
      expect(rig.reg(RDI)).toBe(move(one.to, one, done));
      expect(rig.reg(RSI)).toBe(move(one.from, one, isScan ? 0 : done));
      expect(rig.flags & (CF | ZF)).toBe((a < b ? CF : 0n) | (a === b ? ZF : 0n));
    }
  });

  it("does one element without REP", () => {
    fill(Uint8Array.from({ length: PAGES * 4096 }, (_, i) => i & 0xff));
    set({ size: 4, from: 4, to: 100, count: 9, isDown: false }, 0n);
    rig.done("movs", 4);
    expect([rig.reg(RSI), rig.reg(RDI), rig.reg(RCX)]).toEqual([base + 8n, base + 104n, 9n]);
    expect(rig.paging.word(base + 100n, 4)).toBe(0x07060504n);
    rig.done("cmps", 1);
    expect(rig.flags & (CF | ZF)).toBe(CF);
    rig.setReg(RAX, 0n);
    rig.done("lods", 2);
    expect(rig.reg(RAX)).toBe(0x0a09n);
  });

  it("uses 32 or 16 bits of the registers if addresses have those", () => {
    rig.setReg(RSI, 0x5555_0000_0000_0000n | base);
    rig.setReg(RDI, 0x6666_0000_0000_0000n | (base + 64n));
    rig.setReg(RCX, 0x7777_0000_0000_0002n);
    rig.paging.setWord(base, 0x1111_2222_3333_4444n);
    rig.flags = 0n;
    rig.done("movs", 4, { flags: OP_REP, addressSize: 4 });
    expect([rig.reg(RSI), rig.reg(RDI), rig.reg(RCX)]).toEqual([base + 8n, base + 72n, 0n]);
    expect(rig.paging.word(base + 64n)).toBe(0x1111_2222_3333_4444n);
    rig.setReg(RCX, 0x7777_0000_0000_0000n);
    rig.setReg(RDI, 0x6666_0000_0000_0000n);
    rig.done("stos", 1, { flags: OP_REP, addressSize: 4 });
    expect([rig.reg(RCX), rig.reg(RDI)]).toEqual([0x7777_0000_0000_0000n, 0x6666_0000_0000_0000n]);
    // 16 bits wrap, and leave the others alone.
    rig.paging.mapPage(0);
    rig.paging.mapPage(15);
    rig.setReg(RAX, 0xaan);
    rig.setReg(RDI, 0x1_2345_fffen);
    rig.setReg(RCX, 0x9_0004n);
    rig.done("stos", 1, { flags: OP_REP, addressSize: 2 });
    expect([rig.reg(RDI), rig.reg(RCX)]).toEqual([0x1_2345_0002n, 0x9_0000n]);
    expect([rig.paging.word(0n, 4), rig.paging.word(0xfffcn, 4)]).toEqual([0xaaaan, 0xaaaa_0000n]);
  });

  it("stops exactly at the element that cannot be accessed, and goes on from there", () => {
    for (const size of SIZES) {
      const hole = base + BigInt(PAGES * 4096);
      const total = 4096 / size + 8;
      rig.setReg(RSI, base);
      rig.setReg(RDI, hole - 4096n);
      rig.setReg(RCX, BigInt(total));
      rig.flags = 0n;
      expect(rig.run("movs", size, { flags: OP_REP })).toBe(EXEC_EXIT);
      expect([rig.reg(RSI), rig.reg(RDI), rig.reg(RCX)]).toEqual([base + 4096n, hole, 8n]);
    }
  });

  it("stops for requests between pages, and goes on from there", () => {
    const request = (bits: number): void => {
      const { core, vcpu } = rig.paging.rig;
      core.dv().setUint32(vcpu + Vcpu.requests.offset, bits, true);
    };
    const page = { size: 1, from: 0, to: 4096, count: 8192, isDown: false } as const;
    set(page, 0n);
    rig.done("stos", 1, { flags: OP_REP });
    set(page, 0n);
    request(REQ_KICK);
    expect(rig.run("stos", 1, { flags: OP_REP })).toBe(EXEC_REQUEST);
    expect([rig.reg(RDI), rig.reg(RCX)]).toEqual([base + 8192n, 4096n]);
    request(0);
    rig.done("stos", 1, { flags: OP_REP });
    expect(rig.reg(RCX)).toBe(0n);
  });

  it("does an element at a time while stepping, coming back to itself", () => {
    set({ size: 1, from: 0, to: 4096, count: 3, isDown: false }, 0n);
    rig.paging.set("stepping", STEPPING_TF);
    rig.paging.set("pageLinear", 0x7000n);
    for (const left of [2n, 1n]) {
      expect(rig.run("movs", 1, { flags: OP_REP })).toBe(EXEC_JUMP);
      expect([rig.reg(RCX), rig.paging.get("rip")]).toEqual([left, 0x7100n]);
    }
    rig.done("movs", 1, { flags: OP_REP });
    expect(rig.reg(RCX)).toBe(0n);
  });
});
