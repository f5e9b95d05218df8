/**
 * One instruction at a time, without a decoder: registers and flags are set, the op is laid out, its handler called.
 * 64-bit mode, but without paging: linear addresses are guest-physical ones.
 */
import {
  CODE_64,
  EXEC_FAULT,
  EXEC_NEXT,
  OP_ADDR_SEG_SHIFT,
  OP_ADDR_SIZE_SHIFT,
  OP_ADDR_SLOW,
  OP_LOCK,
  OP_MEM,
  Op,
  REG_ZERO,
  SEG_DS,
} from "../../../../src/abi/index.js";
import type { CoreBuild } from "../../harness.js";
import { type PagingProbes, PagingRig } from "../paging_rig.js";
import { HANDLERS, type Handler } from "./handlers.js";

export interface IntegerProbes extends PagingProbes {
  integerProbe(c: number, op: number, id: number, size: number): number;
  integerFlags(c: number): bigint;
  integerSetFlags(c: number, value: bigint): void;
}

export type Size = 1 | 2 | 4 | 8;
export const SIZES: readonly Size[] = [1, 2, 4, 8];
export const WORDS: readonly Size[] = [2, 4, 8];
export const LONGS: readonly Size[] = [4, 8];

export const CF = 1n << 0n;
export const PF = 1n << 2n;
export const AF = 1n << 4n;
export const ZF = 1n << 6n;
export const SF = 1n << 7n;
export const DF = 1n << 10n;
export const OF = 1n << 11n;
export const STATUS = CF | PF | AF | ZF | SF | OF;

export const RAX = 0;
export const RCX = 1;
export const RDX = 2;
export const RBX = 3;
export const RSI = 6;
export const RDI = 7;
/** Registers that tests use for operands. */
export const R8 = 8;
export const R9 = 9;
export const R10 = 10;

export interface Operands {
  /** Register numbers. */
  reg?: number;
  rm?: number;
  vvvv?: number;
  imm?: bigint;
  /** The rm operand is memory: at RBX + disp. */
  mem?: number;
  lock?: boolean;
  /** OP_* beside those. */
  flags?: number;
  /** Address size in bytes, segment. */
  addressSize?: 2 | 4 | 8;
  segment?: number;
}

export class InstructionRig {
  readonly paging: PagingRig;

  private constructor(paging: PagingRig) {
    this.paging = paging;
    paging.useMode("none", 0n);
    paging.set("codeMode", CODE_64);
  }

  static async open(build: CoreBuild): Promise<InstructionRig> {
    return new InstructionRig(await PagingRig.open(build, "ept"));
  }

  close(): void {
    this.paging.close();
  }

  get x(): IntegerProbes {
    return this.paging.x as IntegerProbes;
  }

  get #dv(): DataView {
    return this.paging.rig.core.dv();
  }

  reg(number: number): bigint {
    return this.#dv.getBigUint64(this.paging.c + number * 8, true);
  }

  setReg(number: number, value: bigint): void {
    this.#dv.setBigUint64(this.paging.c + number * 8, BigInt.asUintN(64, value), true);
  }

  get flags(): bigint {
    return this.x.integerFlags(this.paging.c);
  }

  set flags(value: bigint) {
    this.x.integerSetFlags(this.paging.c, value | 2n);
  }

  /** Lays out the op and runs it. @returns EXEC_* */
  run(handler: Handler, size: Size | 0, operands: Operands = {}): number {
    const { reg = RAX, rm = RAX, vvvv = 0, imm = 0n, mem, lock = false, addressSize = 8, segment = SEG_DS } = operands;
    const { op } = this.paging;
    const dv = this.#dv;
    const isSlow = addressSize !== 8 || segment > SEG_DS;
    const flags = (operands.flags ?? 0) | (mem === undefined ? 0 : OP_MEM) | (lock ? OP_LOCK : 0);
    dv.setUint8(op + Op.flags.offset, flags | (isSlow ? OP_ADDR_SLOW : 0));
    dv.setUint8(op + Op.length.offset, 3);
    dv.setUint16(op + Op.offset.offset, 0x100, true);
    dv.setUint16(op + Op.reg.offset, reg * 8, true);
    dv.setUint16(op + Op.rm.offset, rm * 8, true);
    dv.setUint8(op + Op.base.offset, mem === undefined ? REG_ZERO * 8 : RBX * 8);
    dv.setUint8(op + Op.index.offset, REG_ZERO * 8);
    const width = Math.log2(addressSize) - 1;
    dv.setUint8(op + Op.addr.offset, (segment << OP_ADDR_SEG_SHIFT) | (width << OP_ADDR_SIZE_SHIFT));
    dv.setUint8(op + Op.vvvv.offset, vvvv);
    dv.setInt32(op + Op.disp.offset, mem ?? 0, true);
    dv.setBigUint64(op + Op.imm.offset, BigInt.asUintN(64, imm), true);
    return this.x.integerProbe(this.paging.c, op, HANDLERS.indexOf(handler), size);
  }

  /** As run; an instruction that does not end well is an error. */
  done(handler: Handler, size: Size | 0, operands: Operands = {}): void {
    const status = this.run(handler, size, operands);
    if (status !== EXEC_NEXT) throw new Error(`${handler}<${size}>: status ${status}`);
  }

  /** As run; the exception's vector. */
  fault(handler: Handler, size: Size | 0, operands: Operands = {}): number {
    const outcome = this.paging.outcome(this.run(handler, size, operands));
    if (outcome.kind !== "fault") throw new Error(`${handler}<${size}>: no fault, status ${EXEC_FAULT} was expected`);
    return outcome.vector;
  }
}

/** `value` modulo the size. */
export function cut(size: Size, value: bigint): bigint {
  return BigInt.asUintN(size * 8, value);
}

export function signed(size: Size, value: bigint): bigint {
  return BigInt.asIntN(size * 8, value);
}

/** What a register holds after `value` of a size was written to it. */
export function merged(size: Size, before: bigint, value: bigint): bigint {
  if (size >= 4) return cut(size, value);
  return before - cut(size, before) + cut(size, value);
}

/** SF, ZF and PF of a result. */
export function resultFlags(size: Size, result: bigint): bigint {
  const value = cut(size, result);
  let ones = 0n;
  for (let i = 0n; i < 8n; i++) ones += (value >> i) & 1n;
  return (value === 0n ? ZF : 0n) | (signed(size, value) < 0n ? SF : 0n) | (ones % 2n === 0n ? PF : 0n);
}

/** Repeatable random operands: edge cases often, of any magnitude. */
export class Operand {
  #state: bigint;

  constructor(seed: number) {
    this.#state = BigInt(seed) * 0x9e37_79b9_7f4a_7c15n + 1n;
  }

  /** 64 bits. */
  next(): bigint {
    this.#state = BigInt.asUintN(64, this.#state + 0x9e37_79b9_7f4a_7c15n);
    let z = this.#state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn);
    return z ^ (z >> 31n);
  }

  below(n: number): number {
    return Number(this.next() % BigInt(n));
  }

  value(size: Size): bigint {
    const bits = BigInt(size * 8);
    const edges = [0n, 1n, -1n, 1n << (bits - 1n), (1n << (bits - 1n)) - 1n, 2n, 0xffn, 1n << (bits / 2n)];
    const kind = this.below(4);
    if (kind === 0) return cut(size, edges[this.below(edges.length)] ?? 0n);
    return cut(size, this.next()) >> BigInt(kind === 1 ? this.below(size * 8) : 0);
  }

  flags(): bigint {
    return this.next() & STATUS;
  }
}
