/**
 * A vCPU for tests of what lies between instructions: 64-bit mode with identity paging, and a gate for each exception
 * whose handler does OUT to the port of its vector's number: run() ends there, and the test looks at the frame. The next
 * run() leaves the handler by IRETQ.
 *
 *   1000 code   6000 IDT   7000 TSS   20000 handlers   70000 tables   9000 stack   30000 stack of ring 0   38000 IST1
 */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import {
  CODE_16,
  CODE_64,
  CR0_ET,
  KVM_EXIT_HLT,
  KVM_EXIT_IO,
  SEG_CS,
  SEG_DS,
  SEG_SS,
  SEG_TR,
  SEGMENT_BYTES,
  Segment,
  Vcpu,
  X86_SEGMENTS,
} from "../../../../src/abi/index.js";
import type { CoreBuild } from "../../harness.js";
import { CodeRig } from "../code_rig.js";

export const CODE = 0x1000;
export const STACK = 0x9000n;
export const STACK_IST = 0x38000n;
export const HLT = 0xf4;
const GDT = 0x500;
const IDT = 0x6000;
const TSS = 0x7000;
const HANDLERS = 0x20000;
const STACK_RING0 = 0x30000n;
const TABLES = 0x70000;
const BYTES = 2 << 20;
/** Those that push an error code. */
const WITH_ERROR = new Set([8, 10, 11, 12, 13, 14, 17]);
const GATES = 48;
export const SELECTOR_CODE = 0x08;
export const SELECTOR_DATA = 0x10;

export interface Frame {
  vector: number;
  error: number | undefined;
  rip: bigint;
  cs: number;
  rflags: bigint;
  rsp: bigint;
  ss: number;
}

export class SystemRig {
  readonly code: CodeRig;

  private constructor(code: CodeRig) {
    this.code = code;
  }

  /** In 64-bit mode, with `code` at CODE. */
  static async open(build: CoreBuild, code: readonly number[]): Promise<SystemRig> {
    const rig = new SystemRig(await CodeRig.open({ build, bytes: BYTES }));
    rig.code.write(CODE, code);
    rig.writeTables();
    rig.enterLong();
    return rig;
  }

  /** In real mode, with the guest program `name` at 8000. */
  static async openGuest(build: CoreBuild, name: string): Promise<SystemRig> {
    const rig = new SystemRig(await CodeRig.open({ build, bytes: BYTES }));
    rig.code.write(0x8000, readFileSync(new URL(`../../../../guests/${name}.bin`, import.meta.url)));
    rig.code.set("codeMode", CODE_16);
    rig.code.set("cr0", CR0_ET);
    rig.code.set("efer", 0);
    rig.code.set("rip", 0x8000);
    rig.code.set("idtLimit", 0xffff);
    rig.segment(SEG_CS, { selector: 0, attributes: 0x9b });
    return rig;
  }

  close(): void {
    this.code.close();
  }

  segment(seg: number, fields: { selector?: number; attributes?: number; limit?: number; base?: bigint }): void {
    const at = this.code.state() + X86_SEGMENTS + seg * SEGMENT_BYTES;
    const { memory } = this.code.vm;
    if (fields.selector !== undefined) memory.set(at, Segment.selector, fields.selector);
    if (fields.attributes !== undefined) memory.set(at, Segment.attributes, fields.attributes);
    if (fields.limit !== undefined) memory.set(at, Segment.limit, fields.limit);
    if (fields.base !== undefined) memory.set(at, Segment.base, fields.base);
  }

  selectorOf(seg: number): number {
    return this.code.vm.memory.get(this.code.state() + X86_SEGMENTS + seg * SEGMENT_BYTES, Segment.selector);
  }

  write64(gpa: number, ...values: bigint[]): void {
    const view = new DataView(new ArrayBuffer(values.length * 8));
    for (const [i, value] of values.entries()) view.setBigUint64(i * 8, BigInt.asUintN(64, value), true);
    this.code.write(gpa, new Uint8Array(view.buffer));
  }

  read64(gpa: bigint): bigint {
    return new DataView(this.code.read(Number(gpa), 8).buffer).getBigUint64(0, true);
  }

  /** The gate of `vector`: its low half. Type 8E is an interrupt gate of ring 0. */
  gate(vector: number, options: { type?: number; ist?: number; selector?: number; target?: number } = {}): void {
    const { type = 0x8e, ist = 0, selector = SELECTOR_CODE, target = HANDLERS + vector * 16 } = options;
    const low = BigInt(target & 0xffff) | (BigInt(selector) << 16n) | (BigInt(ist) << 32n) | (BigInt(type) << 40n);
    this.write64(IDT + vector * 16, low | (BigInt(target >>> 16) << 48n), 0n);
  }

  /** Runs to the exit of a handler. */
  runToHandler(): Frame {
    const reason = this.code.run();
    expect(reason).toBe(KVM_EXIT_IO);
    const vector = Number(this.code.get("ioPort"));
    let at = this.code.get("rsp");
    const next = () => {
      const value = this.read64(at);
      at += 8n;
      return value;
    };
    const error = WITH_ERROR.has(vector) ? Number(next()) : undefined;
    const [rip, cs, rflags, rsp, ss] = [next(), Number(next()), next(), next(), Number(next())];
    return { vector, error, rip, cs, rflags, rsp, ss };
  }

  runToHlt(): void {
    expect(this.code.run()).toBe(KVM_EXIT_HLT);
  }

  exitReason(): number {
    return this.code.vm.memory.get(this.code.vcpus[0] as number, Vcpu.exitReason);
  }

  private writeTables(): void {
    // Identity: one page of 1 GiB.
    this.write64(TABLES, BigInt(TABLES + 0x1003));
    this.write64(TABLES + 0x1000, 0x83n);
    const tss = 0x0000890000000067n | (BigInt(TSS) << 16n);
    this.write64(GDT, 0n, 0x00af9b000000ffffn, 0x00cf93000000ffffn, 0x00cffb000000ffffn, 0x00cff3000000ffffn);
    this.write64(GDT + 0x28, 0x00affb000000ffffn, tss, 0n);
    this.write64(TSS + 4, STACK_RING0);
    this.write64(TSS + 0x24, STACK_IST);
    this.code.write(TSS + 0x66, [0x68, 0]); // no I/O permission bit map
    for (let vector = 0; vector < GATES; vector++) {
      this.gate(vector);
      const leave = WITH_ERROR.has(vector) ? [0x48, 0x83, 0xc4, 0x08, 0x48, 0xcf] : [0x48, 0xcf];
      this.code.write(HANDLERS + vector * 16, [0xe6, vector, ...leave]);
    }
  }

  private enterLong(): void {
    const { code } = this;
    code.set("cr0", 0x80010033n);
    code.set("cr3", TABLES);
    code.set("cr4", 0x620);
    code.set("efer", 0xd01);
    code.set("codeMode", CODE_64);
    code.set("gdtBase", GDT);
    code.set("gdtLimit", 0x3f);
    code.set("idtBase", IDT);
    code.set("idtLimit", GATES * 16 - 1);
    code.set("rip", CODE);
    code.set("rsp", STACK);
    this.segment(SEG_CS, { selector: SELECTOR_CODE, attributes: 0xa09b, base: 0n, limit: 0xffffffff });
    for (const seg of [SEG_SS, SEG_DS]) {
      this.segment(seg, { selector: SELECTOR_DATA, attributes: 0xc093, base: 0n, limit: 0xffffffff });
    }
    this.segment(SEG_TR, { selector: 0x30, attributes: 0x8b, base: BigInt(TSS), limit: 0x67 });
  }
}
