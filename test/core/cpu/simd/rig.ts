/**
 * Rows of the decode table on a processor: an instruction is encoded from its row, decoded and executed once by core.
 * Memory is the first 2 MiB of guest-physical addresses without paging; operands in memory are where rSI points.
 */
import {
  CODE_64,
  CR0_EM,
  CR0_TS,
  CR4_OSFXSR,
  EXC_NONE,
  EXEC_FAULT,
  EXEC_NEXT,
  SEG_DS,
  SEGMENT_BYTES,
  Segment,
  X86,
  X86_SEGMENTS,
  X86_X87,
  X86_YMM,
} from "../../../../src/abi/index.js";
import type { GuestPagingMode } from "../../../../src/model/index.js";
import type { CoreBuild } from "../../harness.js";
import { PagingRig } from "../paging_rig.js";

export interface Row {
  op: string;
  name: string;
  args: string;
  fn: string;
  feature: string;
}

const GROUPS = ["mmx", "sse_move", "sse_int", "ssse3", "sse4", "aes", "sha", "clmul"];

export async function readRows(): Promise<Row[]> {
  const all: Row[] = [];
  for (const group of GROUPS) {
    const { rows } = (await import(`../../../../tools/isa/rows/${group}.mjs`)) as { rows: Row[] };
    all.push(...rows);
  }
  return all;
}

export interface Fault {
  vector: number;
  error: number;
}

export interface Instruction {
  row: Row;
  reg: number;
  /** A register's number, or where in memory. */
  rm: number | bigint;
  imm?: number;
  /** REX.W. */
  isWide?: boolean;
}

interface SimdProbes {
  cpuSimdExecute(c: number, cache: number, op: number, code: number, n: number): number;
  cpuSimdFlags(c: number): bigint;
}

const FRAME_KERNEL = 4;
/** rSI, which points at operands in memory. */
export const POINTER = 6;

export class SimdRig {
  readonly paging: PagingRig;
  readonly #cache: number;
  readonly #code: number;

  private constructor(paging: PagingRig) {
    this.paging = paging;
    this.#cache = paging.rig.frames(0, FRAME_KERNEL);
    this.#code = paging.rig.frames(0, FRAME_KERNEL);
    paging.set("features", (1n << 64n) - 1n);
    this.useMode("none", 0n);
    this.#flatData();
    this.enable();
  }

  static async open(build: CoreBuild): Promise<SimdRig> {
    return new SimdRig(await PagingRig.open(build, "ept"));
  }

  /** 64-bit code whatever the paging: no processor has it, but REX prefixes are needed and tables of four levels are not. */
  useMode(mode: GuestPagingMode, cr3: bigint): void {
    this.paging.useMode(mode, cr3);
    this.paging.set("codeMode", CODE_64);
  }

  get #x(): SimdProbes {
    return this.paging.x as unknown as SimdProbes;
  }

  close(): void {
    this.paging.close();
  }

  /** DS: all of linear memory, writable. */
  #flatData(): void {
    const at = this.paging.c + X86_SEGMENTS + SEG_DS * SEGMENT_BYTES;
    this.#dv.setUint32(at + Segment.limit.offset, 0xffff_ffff, true);
    this.#dv.setUint32(at + Segment.attributes.offset, 0xc093, true);
  }

  /** Everything allowed, no exception pending. */
  enable(): void {
    this.paging.set("cr0", this.paging.get("cr0") & ~(CR0_EM | CR0_TS));
    this.paging.set("cr4", this.paging.get("cr4") | CR4_OSFXSR);
    this.setState("fsw", 0);
    this.setState("fcw", 0);
  }

  get #dv(): DataView {
    return this.paging.rig.core.dv();
  }

  bytes(address: number, n: number): Uint8Array {
    return new Uint8Array(this.paging.rig.core.memory.buffer, address, n).slice();
  }

  setBytes(address: number, bytes: Uint8Array): void {
    new Uint8Array(this.paging.rig.core.memory.buffer).set(bytes, address);
  }

  /** 32 bytes. */
  ymm(n: number): Uint8Array {
    return this.bytes(this.paging.c + X86_YMM + n * 32, 32);
  }

  xmm(n: number): Uint8Array {
    return this.ymm(n).subarray(0, 16);
  }

  setYmm(n: number, value: Uint8Array): void {
    this.setBytes(this.paging.c + X86_YMM + n * 32, value);
  }

  /** A physical x87 register: 10 bytes. */
  x87(n: number): Uint8Array {
    return this.bytes(this.paging.c + X86_X87 + n * 16, 10);
  }

  setX87(n: number, value: Uint8Array): void {
    this.setBytes(this.paging.c + X86_X87 + n * 16, value);
  }

  gpr(n: number): bigint {
    return this.#dv.getBigUint64(this.paging.c + n * 8, true);
  }

  setGpr(n: number, value: bigint): void {
    this.#dv.setBigUint64(this.paging.c + n * 8, BigInt.asUintN(64, value), true);
  }

  setState(field: "fcw" | "fsw" | "fpuTop" | "fpuEmpty", value: number): void {
    this.#dv.setUint16(this.paging.c + X86[field].offset, value, true);
  }

  state(field: "fcw" | "fsw" | "fpuTop" | "fpuEmpty"): number {
    return this.#dv.getUint16(this.paging.c + X86[field].offset, true);
  }

  /** Status flags. */
  statusFlags(): bigint {
    return this.#x.cpuSimdFlags(this.paging.c) & 0x8d5n;
  }

  /** All registers that instructions of this kind write. */
  snapshot(): string {
    const { c } = this.paging;
    const x87 = [this.state("fsw"), this.state("fpuTop"), this.state("fpuEmpty")];
    return `${hex(this.bytes(c, 20 * 8))} ${hex(this.bytes(c + X86_YMM, X86_X87 + 128 - X86_YMM))} ${x87}`;
  }

  /** Executes it. @returns the fault it raised, if it did */
  execute(instruction: Instruction): Fault | undefined {
    if (typeof instruction.rm === "bigint") this.setGpr(POINTER, instruction.rm);
    return this.executeBytes(encode(instruction));
  }

  executeBytes(bytes: number[]): Fault | undefined {
    this.setBytes(this.#code, Uint8Array.from(bytes));
    const status = this.#x.cpuSimdExecute(this.paging.c, this.#cache, this.paging.op, this.#code, bytes.length);
    if (status === EXEC_NEXT) return undefined;
    if (status !== EXEC_FAULT) throw new Error(`${hex(Uint8Array.from(bytes))}: status ${status}`);
    const fault = { vector: Number(this.paging.get("excVector")), error: Number(this.paging.get("excError")) };
    this.paging.set("excVector", EXC_NONE);
    return fault;
  }
}

/** The instruction's bytes; an operand in memory is at [rsi]. */
export function encode({ row, reg, rm, imm = 0, isWide = false }: Instruction): number[] {
  const tokens = row.op.split(" ");
  const bytes: number[] = [];
  if (/^(66|F2|F3)$/.test(tokens[0] as string)) bytes.push(Number.parseInt(tokens[0] as string, 16));
  const [regArg] = regAndRm(row);
  const number = typeof rm === "bigint" ? POINTER : rm;
  const rex = 0x40 | (isWide ? 8 : 0) | (reg & 8 ? 4 : 0) | (number & 8 ? 1 : 0);
  if (rex !== 0x40) bytes.push(rex);
  const opcode = tokens.slice(1).filter((token) => /^[0-9A-F]{2}$/.test(token));
  bytes.push(...opcode.map((token) => Number.parseInt(token, 16)));
  const digit = tokens.find((token) => /^\/[0-7]$/.test(token));
  const field = regArg === "" ? Number(digit?.[1]) : reg & 7;
  bytes.push((typeof rm === "bigint" ? 0 : 0xc0) | (field << 3) | (number & 7));
  if (tokens.at(-1) === "ib") bytes.push(imm & 0xff);
  return bytes;
}

/** Operand codes of ModRM.reg and ModRM.rm. */
export function regAndRm(row: Row): [string, string] {
  const args = row.args.split(",");
  const isRm = (arg: string) => /^[EMWQUNR]/.test(arg);
  return [args.find((arg) => /^[VPG]/.test(arg)) ?? "", args.find(isRm) ?? ""];
}

const MEMORY_BYTES: Record<string, number> = { b: 1, w: 2, d: 4, y: 4, q: 8, x: 16, dq: 16 };

/** Bytes that the rm operand `arg` has in memory. */
export function memoryBytes(arg: string): number {
  const code = arg.includes("/") ? (arg.split("/")[1] as string) : arg;
  return MEMORY_BYTES[code.slice(1)] as number;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
