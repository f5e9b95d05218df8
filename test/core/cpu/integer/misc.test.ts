/** Flags, frames, decimal digits, conversions, checksums, hints. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  CODE_16,
  CODE_32,
  EXC_BR,
  EXC_DE,
  EXC_GP,
  EXEC_NEXT,
  EXEC_REFETCH,
  REQ_YIELD,
  SEG_DS,
  SEG_ES,
  SEG_SS,
  SEGMENT_BYTES,
  Vcpu,
  X86_SEGMENTS,
} from "../../../../src/abi/index.js";
import { BUILDS } from "../../harness.js";
import type { Handler } from "./handlers.js";
import {
  AF,
  CF,
  cut,
  DF,
  InstructionRig,
  OF,
  Operand,
  PF,
  R8,
  R9,
  RAX,
  RBX,
  RDX,
  SF,
  STATUS,
  signed,
  WORDS,
  ZF,
} from "./instruction_rig.js";

const RSP = 4;
const RBP = 5;
const TF = 1n << 8n;
const IF = 1n << 9n;
const IOPL = 3n << 12n;
const NT = 1n << 14n;
const RF = 1n << 16n;
const VM = 1n << 17n;
const AC = 1n << 18n;
const ID = 1n << 21n;

describe.each(BUILDS)("flags, frames and the like (%s)", (build) => {
  let rig: InstructionRig;
  let page: bigint;
  const random = new Operand(6);
  beforeEach(async () => {
    rig = await InstructionRig.open(build);
    page = rig.paging.page();
    rig.setReg(RSP, page + 0x800n);
  });
  afterEach(() => rig.close());

  /** Flat data segments of 32 or 16 bits. */
  const useProtected = (mode: number, limit = 0xffff_ffff): void => {
    rig.paging.set("codeMode", mode);
    const dv = rig.paging.rig.core.dv();
    for (const seg of [SEG_ES, SEG_SS, SEG_DS]) {
      const at = rig.paging.c + X86_SEGMENTS + seg * SEGMENT_BYTES;
      dv.setUint32(at + 8, limit, true);
      dv.setUint32(at + 16, mode === CODE_32 ? 0xc093 : 0x93, true);
    }
  };

  it("sets and clears single flags", () => {
    rig.flags = STATUS;
    const then = (handler: Handler): bigint => {
      rig.done(handler, 0);
      return rig.flags & (STATUS | DF);
    };
    expect(then("clc")).toBe(STATUS & ~CF);
    expect(then("cmc")).toBe(STATUS);
    expect(then("cmc")).toBe(STATUS & ~CF);
    expect(then("stc")).toBe(STATUS);
    expect(then("std")).toBe(STATUS | DF);
    expect(then("cld")).toBe(STATUS);
  });

  it("LAHF and SAHF carry five flags through AH", () => {
    for (let i = 0; i < 100; i++) {
      const flags = random.flags();
      rig.flags = flags;
      rig.setReg(RAX, 0xffff_ffffn);
      rig.done("lahf", 0);
      expect(rig.reg(RAX)).toBe(0xffff_00ffn | ((flags & 0xd5n) << 8n) | 0x200n);
      const ah = random.next() & 0xffn;
      rig.setReg(RAX, ah << 8n);
      rig.done("sahf", 0);
      expect(rig.flags & STATUS).toBe((flags & OF) | (ah & 0xd5n));
    }
  });

  it("PUSHF and POPF at CPL 0 change all that may change", () => {
    rig.flags = 0n;
    rig.paging.setWord(page + 0x800n, ~0n);
    rig.paging.set("pageLinear", 0x7000n);
    expect(rig.run("popf", 8)).toBe(EXEC_REFETCH);
    expect(rig.paging.get("rip")).toBe(0x7103n);
    expect(rig.flags).toBe(STATUS | DF | TF | IF | IOPL | NT | AC | ID | 2n);
    rig.flags |= RF;
    rig.done("pushf", 8);
    expect([rig.paging.word(page + 0x800n), rig.reg(RSP)]).toEqual([rig.flags & ~RF, page + 0x800n]);
    rig.paging.setWord(page + 0x800n, 0n);
    expect(rig.run("popf", 2)).toBe(EXEC_REFETCH);
    expect(rig.flags).toBe(RF | AC | ID | 2n);
    rig.setReg(RSP, page + 0x800n);
    rig.paging.setWord(page + 0x800n, AC | CF);
    rig.done("popf", 8);
    expect(rig.flags).toBe(AC | CF | 2n);
  });

  it("POPF keeps IF and IOPL where privilege does not reach, silently", () => {
    rig.paging.set("cpl", 3);
    rig.flags = IF;
    rig.paging.setWord(page + 0x800n, IOPL | CF);
    rig.done("popf", 8);
    expect(rig.flags).toBe(IF | CF | 2n);
    rig.setReg(RSP, page + 0x800n);
    rig.flags = IF | IOPL;
    rig.done("popf", 8);
    expect(rig.flags).toBe(IOPL | CF | 2n);
  });

  it("PUSHF and POPF fault in virtual-8086 mode with IOPL below 3", () => {
    rig.flags = VM;
    expect(rig.fault("pushf", 2)).toBe(EXC_GP);
    expect(rig.fault("popf", 2)).toBe(EXC_GP);
    rig.flags = VM | IOPL;
    rig.done("pushf", 4);
    expect(rig.paging.word(page + 0x7fcn, 4)).toBe(IOPL | 2n);
  });

  it("ENTER and LEAVE make and remove frames", () => {
    rig.setReg(RBP, 0x1122_3344_5566_7788n);
    rig.done("enter", 8, { imm: 0x20n });
    expect([rig.reg(RBP), rig.reg(RSP)]).toEqual([page + 0x7f8n, page + 0x7d8n]);
    expect(rig.paging.word(page + 0x7f8n)).toBe(0x1122_3344_5566_7788n);
    rig.done("leave", 8);
    expect([rig.reg(RBP), rig.reg(RSP)]).toEqual([0x1122_3344_5566_7788n, page + 0x800n]);
  });

  it("ENTER copies the frame pointers of enclosing frames", () => {
    useProtected(CODE_32);
    const outer = page + 0xc00n;
    for (let i = 1n; i < 4n; i++) rig.paging.setWord(outer - 4n * i, 0x100n + i, 4);
    rig.setReg(RBP, outer);
    rig.done("enter", 4, { imm: (0x24n << 16n) | 8n });
    const frame = page + 0x7fcn;
    const stack = [0n, 1n, 2n, 3n, 4n].map((i) => rig.paging.word(frame - 4n * i, 4));
    expect(stack).toEqual([outer, 0x101n, 0x102n, 0x103n, frame]);
    expect([rig.reg(RBP), rig.reg(RSP)]).toEqual([frame, frame - 16n - 8n]);
  });

  it("ENTER of 16 bits leaves the upper bits of RBP", () => {
    rig.setReg(RBP, 0x1122_3344_5566_7788n);
    rig.done("enter", 2, { imm: 0n });
    expect(rig.reg(RBP)).toBe(0x1122_3344_5566_0000n | ((page + 0x7fen) & 0xffffn));
    expect(rig.reg(RSP)).toBe(page + 0x7fen);
  });

  it("PUSHA and POPA go through all registers but the stack pointer", () => {
    useProtected(CODE_32);
    for (let n = 0; n < 8; n++) if (n !== RSP) rig.setReg(n, BigInt(0x1000 + n));
    rig.done("pusha", 4);
    expect(rig.reg(RSP)).toBe(page + 0x7e0n);
    const pushed = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n].map((i) => rig.paging.word(page + 0x7fcn - 4n * i, 4));
    expect(pushed).toEqual([0x1000n, 0x1001n, 0x1002n, 0x1003n, page + 0x800n, 0x1005n, 0x1006n, 0x1007n]);
    for (let n = 0; n < 8; n++) if (n !== RSP) rig.setReg(n, 0n);
    rig.done("popa", 4);
    for (let n = 0; n < 8; n++) expect(rig.reg(n)).toBe(n === RSP ? page + 0x800n : BigInt(0x1000 + n));
  });

  it("POPA changes nothing if the stack ends", () => {
    useProtected(CODE_16, 0x7fff);
    rig.paging.mapPage(7);
    rig.setReg(RSP, 0x7ff8n);
    rig.setReg(RAX, 1n);
    expect(rig.fault("popa", 2)).toBe(12);
    expect([rig.reg(RSP), rig.reg(RAX)]).toEqual([0x7ff8n, 1n]);
  });

  it("BOUND faults outside of two signed bounds", () => {
    useProtected(CODE_32);
    rig.setReg(RBX, page);
    rig.paging.setWord(page, 0x0000_0005_ffff_fffdn);
    for (const [index, isInside] of [
      [-4n, false],
      [-3n, true],
      [0n, true],
      [5n, true],
      [6n, false],
    ] as const) {
      rig.setReg(R8, cut(4, index));
      if (isInside) rig.done("bound", 4, { reg: R8, mem: 0 });
      else expect(rig.fault("bound", 4, { reg: R8, mem: 0 })).toBe(EXC_BR);
    }
  });

  it("adjusts decimal digits", () => {
    const then = (handler: Handler, ax: bigint, flags: bigint, imm = 10n): [bigint, bigint] => {
      rig.setReg(RAX, 0xabcd_0000n | ax);
      rig.flags = flags;
      rig.done(handler, 0, { imm });
      expect(rig.reg(RAX) >> 16n).toBe(0xabcdn);
      return [rig.reg(RAX) & 0xffffn, rig.flags & STATUS];
    };
    for (let a = 0n; a < 100n; a++)
      for (let b = 0n; b < 100n; b += 3n) {
        const bcd = (n: bigint): bigint => ((n / 10n) << 4n) | (n % 10n);
        const sum = bcd(a) + bcd(b);
        const carry = (sum > 0xffn ? CF : 0n) | ((bcd(a) & 15n) + (bcd(b) & 15n) > 15n ? AF : 0n);
        const [ax, flags] = then("daa", sum & 0xffn, carry);
        expect([ax, flags & CF]).toEqual([bcd((a + b) % 100n), a + b > 99n ? CF : 0n]);
        const difference = bcd(a) - bcd(b);
        const borrow = (difference < 0n ? CF : 0n) | ((bcd(a) & 15n) < (bcd(b) & 15n) ? AF : 0n);
        const [low, borrowed] = then("das", difference & 0xffn, borrow);
        expect([low, borrowed & CF]).toEqual([bcd((a - b + 100n) % 100n), a < b ? CF : 0n]);
      }
    expect(then("daa", 0x9an, 0n)).toEqual([0n, CF | AF | ZF | PF]);
    expect(then("das", 0x05n, AF)).toEqual([0xffn, CF | AF | SF | PF]);
    expect(then("aaa", 0x010bn, 0n)).toEqual([0x0201n, CF | AF]);
    expect(then("aaa", 0x01fbn, 0n)[0]).toBe(0x0301n);
    expect(then("aaa", 0x0109n, CF)).toEqual([0x0109n, PF]);
    expect(then("aas", 0x0201n, AF)[0]).toBe(0x000bn);
    expect(then("aam", 0xff63n, 0n)).toEqual([0x0909n, PF]);
    expect(then("aad", 0x0909n, 0n)).toEqual([0x0063n, PF]);
    expect(then("aad", 0x0203n, 0n, 0xffn)[0]).toBe(0x0001n);
    expect(rig.fault("aam", 0, { imm: 0n })).toBe(EXC_DE);
  });

  it.each(WORDS)("sign-extends the accumulator to %i bytes, and into rDX", (size) => {
    for (let i = 0; i < 100; i++) {
      const [rax, rdx] = [random.next(), random.next()];
      rig.setReg(RAX, rax);
      rig.setReg(RDX, rdx);
      rig.done("cwd", size);
      const sign = cut(size, signed(size, rax) < 0n ? -1n : 0n);
      expect(rig.reg(RDX)).toBe(size === 2 ? rdx - cut(2, rdx) + sign : sign);
      rig.done("cbw", size);
      const half = cut(size, BigInt.asIntN(size * 4, rax));
      expect(rig.reg(RAX)).toBe(size === 2 ? rax - cut(2, rax) + half : half);
    }
  });

  it("MOVBE, MOVNTI and XLAT move", () => {
    rig.setReg(RBX, page);
    rig.setReg(R8, 0x1122_3344_5566_7788n);
    rig.done("movbeStore", 8, { reg: R8, mem: 8 });
    expect(rig.paging.word(page + 8n)).toBe(0x8877_6655_4433_2211n);
    rig.done("movbeLoad", 4, { reg: R9, mem: 8 });
    expect(rig.reg(R9)).toBe(0x1122_3344n);
    rig.done("movbeLoad", 2, { reg: R9, mem: 8 });
    expect(rig.reg(R9)).toBe(0x1122_1122n);
    rig.done("movnti", 4, { reg: R8, mem: 16 });
    expect(rig.paging.word(page + 16n)).toBe(0x5566_7788n);
    rig.setReg(RAX, 0xff09n);
    rig.done("xlat", 0);
    expect(rig.reg(RAX)).toBe(0xff22n);
  });

  it("CRC32 gives CRC-32C, whatever the pieces", () => {
    const check = new TextEncoder().encode("123456789");
    rig.setReg(R8, 0xffff_ffffn);
    rig.setReg(R9, new DataView(check.buffer).getBigUint64(0, true));
    rig.done("crc32", 8, { reg: R8, rm: R9 });
    rig.setReg(R9, BigInt(check[8] ?? 0));
    rig.done("crc32", 1, { reg: R8, rm: R9 });
    expect(rig.reg(R8) ^ 0xffff_ffffn).toBe(0xe306_9283n);
    rig.setReg(R8, 0x1234_5678_ffff_ffffn);
    for (const [size, at] of [
      [4, 0],
      [2, 4],
      [1, 6],
      [2, 7],
    ] as const) {
      const piece = check.slice(at, at + size).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
      rig.setReg(R9, piece);
      rig.done("crc32", size, { reg: R8, rm: R9 });
    }
    expect(rig.reg(R8) ^ 0xffff_ffffn).toBe(0xe306_9283n);
  });

  it("RDRAND repeats itself from the same seed, and succeeds", () => {
    const series = (): bigint[] =>
      WORDS.map((size) => {
        rig.setReg(R8, 0n);
        rig.flags = STATUS;
        rig.done("rdrand", size, { rm: R8 });
        expect(rig.flags & STATUS).toBe(CF);
        expect(rig.reg(R8)).toBe(cut(size, rig.reg(R8)));
        return rig.reg(R8);
      });
    rig.paging.set("random", 42n);
    const first = series();
    expect(new Set([...first, ...series()]).size).toBe(6);
    rig.paging.set("random", 42n);
    expect(series()).toEqual(first);
  });

  it("CLFLUSH checks its address as a load; prefetches and fences do nothing to see", () => {
    rig.setReg(RBX, page);
    rig.done("clflush", 0, { mem: 5 });
    rig.setReg(RBX, 1n << 60n);
    expect(rig.fault("clflush", 0, { mem: 5 })).toBe(EXC_GP);
    rig.done("prefetch", 0, { mem: 5 });
    rig.done("fence", 0);
    expect(rig.reg(RBX)).toBe(1n << 60n);
  });

  it("PAUSE asks for another thread's turn now and then", () => {
    const { core, vcpu } = rig.paging.rig;
    const requests = (): number => core.dv().getUint32(vcpu + Vcpu.requests.offset, true);
    for (let i = 0; i < 4095; i++) expect(rig.run("pause", 0)).toBe(EXEC_NEXT);
    expect(requests()).toBe(0);
    rig.done("pause", 0);
    expect(requests()).toBe(REQ_YIELD);
  });
});
