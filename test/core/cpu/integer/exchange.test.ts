/** XADD and the compare-and-exchanges: registers, memory, LOCK. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EXC_GP, EXEC_EXCLUSIVE, STEPPING_EXCLUSIVE } from "../../../../src/abi/index.js";
import { BUILDS } from "../../harness.js";
import {
  cut,
  InstructionRig,
  merged,
  Operand,
  R8,
  R9,
  RAX,
  RBX,
  RCX,
  RDX,
  SIZES,
  STATUS,
  ZF,
} from "./instruction_rig.js";

describe.each(BUILDS)("exchanges (%s)", (build) => {
  let rig: InstructionRig;
  const random = new Operand(4);
  beforeEach(async () => {
    rig = await InstructionRig.open(build);
  });
  afterEach(() => rig.close());

  it.each(SIZES)("XADD of %i bytes exchanges and adds", (size) => {
    const page = rig.paging.page();
    for (const mem of [undefined, 16]) {
      const [a, b] = [random.next(), random.next()];
      rig.setReg(RBX, page);
      rig.paging.setWord(page + 16n, a);
      rig.setReg(R8, a);
      rig.setReg(R9, b);
      rig.done("xadd", size, { rm: R8, reg: R9, ...(mem && { mem, lock: true }) });
      const sum = cut(size, a + b);
      expect(rig.reg(R9)).toBe(merged(size, b, a));
      if (mem === undefined) expect(rig.reg(R8)).toBe(merged(size, a, sum));
      else expect(rig.paging.word(page + 16n)).toBe(size === 8 ? sum : a - cut(size, a) + sum);
    }
    rig.setReg(R8, 5n);
    rig.done("xadd", size, { rm: R8, reg: R8 });
    expect(rig.reg(R8)).toBe(10n);
  });

  it.each(SIZES)("CMPXCHG of %i bytes replaces what is equal", (size) => {
    const page = rig.paging.page();
    rig.setReg(RBX, page);
    for (const isEqual of [true, false])
      for (const lock of [true, false]) {
        const [old, desired] = [random.next(), random.next()];
        const rax = isEqual ? (random.next() & ~cut(size, -1n)) | cut(size, old) : old ^ 1n;
        rig.paging.setWord(page, old);
        rig.setReg(RAX, rax);
        rig.setReg(R9, desired);
        rig.done("cmpxchg", size, { mem: 0, reg: R9, lock });
        const replaced = size === 8 ? desired : old - cut(size, old) + cut(size, desired);
        expect(rig.paging.word(page)).toBe(isEqual ? replaced : old);
        expect(rig.reg(RAX)).toBe(isEqual ? rax : merged(size, rax, old));
        expect(rig.flags & ZF).toBe(isEqual ? ZF : 0n);
      }
  });

  it("CMPXCHG of 32-bit registers clears the upper half of the one it writes", () => {
    rig.setReg(RAX, 0x1111_1111_0000_0005n);
    rig.setReg(R8, 0x2222_2222_0000_0005n);
    rig.setReg(R9, 0x3333_3333_0000_0007n);
    rig.done("cmpxchg", 4, { rm: R8, reg: R9 });
    expect([rig.reg(RAX), rig.reg(R8)]).toEqual([0x1111_1111_0000_0005n, 7n]);
    rig.setReg(R8, 0x2222_2222_0000_0006n);
    rig.done("cmpxchg", 4, { rm: R8, reg: R9 });
    expect([rig.reg(RAX), rig.reg(R8)]).toEqual([6n, 0x2222_2222_0000_0006n]);
  });

  it("CMPXCHG8B compares EDX:EAX and changes ZF only", () => {
    const page = rig.paging.page();
    rig.setReg(RBX, 0xdead_0000_0000_0000n | page);
    rig.setReg(RCX, 0xffff_ffff_1234_5678n);
    rig.setReg(RAX, 1n);
    rig.setReg(RDX, 2n);
    rig.paging.setWord(page, 0x3_0000_0001n);
    rig.flags = STATUS;
    const operands = { mem: 0, lock: true, addressSize: 4 } as const;
    rig.done("cmpxchg8b", 0, operands);
    expect([rig.reg(RAX), rig.reg(RDX), rig.flags & STATUS]).toEqual([1n, 3n, STATUS & ~ZF]);
    rig.flags = 0n;
    rig.done("cmpxchg8b", 0, operands);
    expect(rig.flags & STATUS).toBe(ZF);
    expect(rig.paging.word(page)).toBe((0x1234_5678n << 32n) | page);
  });

  it("CMPXCHG16B wants alignment, and to be alone if LOCKed", () => {
    const page = rig.paging.page();
    rig.setReg(RBX, page);
    rig.setReg(RCX, 7n);
    rig.setReg(RAX, 1n);
    rig.setReg(RDX, 2n);
    rig.paging.setWord(page + 16n, 1n);
    rig.paging.setWord(page + 24n, 2n);
    expect(rig.fault("cmpxchg16b", 0, { mem: 8 })).toBe(EXC_GP);
    expect(rig.run("cmpxchg16b", 0, { mem: 16, lock: true })).toBe(EXEC_EXCLUSIVE);
    expect(rig.paging.word(page + 16n)).toBe(1n);
    rig.paging.set("stepping", STEPPING_EXCLUSIVE);
    rig.done("cmpxchg16b", 0, { mem: 16, lock: true });
    expect([rig.paging.word(page + 16n), rig.paging.word(page + 24n), rig.flags & ZF]).toEqual([page, 7n, ZF]);
    rig.done("cmpxchg16b", 0, { mem: 16 });
    expect([rig.reg(RAX), rig.reg(RDX), rig.flags & ZF]).toEqual([page, 7n, 0n]);
  });

  it("LOCKed operations that are not aligned are repeated alone", () => {
    const page = rig.paging.page();
    rig.paging.page();
    rig.setReg(RBX, page);
    rig.setReg(R9, 0x0102_0304n);
    for (const mem of [1, 4094]) {
      rig.paging.set("stepping", 0);
      expect(rig.run("xadd", 4, { mem, reg: R9, lock: true })).toBe(EXEC_EXCLUSIVE);
      rig.paging.set("stepping", STEPPING_EXCLUSIVE);
      rig.setReg(R9, 0x0102_0304n);
      rig.done("xadd", 4, { mem, reg: R9, lock: true });
      expect(rig.reg(R9)).toBe(0n);
    }
    expect(rig.paging.word(page)).toBe(0x01_0203_0400n);
    expect(rig.paging.word(page + 4096n)).toBe(0x0102n);
  });
});
