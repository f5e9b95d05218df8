/**
 * What the CPU benchmark runs on: vCPUs in 64-bit mode over guest memory with page tables of its own, on MmuRig's
 * threads. State is set where core keeps it; nothing of src/kvm is in the figures.
 *
 *   0x1000     code, a page for each guest        0x10000   page tables: everything below 16 MiB in pages of 2 MiB,
 *   0x8000     end of the stack                             the next 64 MiB in pages of 4 KiB
 */

import {
  CODE_64,
  CR0_ET,
  CR0_PE,
  CR0_PG,
  CR4_OSFXSR,
  CR4_PAE,
  EFER_LMA,
  EFER_LME,
  EFER_SCE,
  SEG_CS,
  SEG_L,
  SEG_PRESENT,
  SEG_S,
  SEG_SS,
  SEG_TYPE_CODE,
  SEG_TYPE_WRITABLE,
  SEGMENT_BYTES,
  Segment,
  Vcpu,
  X86,
  X86_SEGMENTS,
} from "../../abi/index.js";
import { type Guest, START, SYSCALL_ENTRY } from "./cpu_guests.js";
import { MmuRig, PAGE_BYTES, type RigVm } from "./mmu_rig.js";

const GUEST_MIB = 80;
const TABLES = 0x10000;
const SMALL_TABLES = 0x28000;
const LARGE_PAGES = 8;
const SMALL_REGIONS = 32;
const STACK = 0x8000n;
const PRESENT_WRITE_USER = 0x7n;
const LARGE = 0x80n;
const FLAG_FIXED = 2n;
const CODE_SEGMENT = SEG_PRESENT | SEG_S | SEG_TYPE_CODE | SEG_L;
const DATA_SEGMENT = SEG_PRESENT | SEG_S | SEG_TYPE_WRITABLE;
/** SYSRET's CS is 16 above this, SYSCALL's is the low one. */
const STAR = (0x10n << 48n) | (0x8n << 32n);
/** Guests are given a state for each run: its registers begin at 0. */
const REGISTERS = 16;

export class CpuRig implements AsyncDisposable {
  private constructor(
    readonly rig: MmuRig,
    readonly vm: RigVm,
    readonly vcpus: readonly number[],
    private readonly buffer: number,
  ) {}

  static async open(): Promise<CpuRig> {
    const rig = await MmuRig.open({ guestMiB: GUEST_MIB, spareMiB: 32, cpuIds: [0, 1], resident: true, full: false });
    const vcpus: number[] = [];
    for (const id of [0, 1]) vcpus.push(Number((await rig.call(0, "vcpuCreate", rig.plain.address, id)).result) >>> 0);
    const buffer = Number((await rig.call(0, "kblockAlloc", 0)).result) >>> 0;
    const made = new CpuRig(rig, rig.plain, vcpus, buffer);
    await made.#writeTables();
    return made;
  }

  /** Puts a guest's code where it starts. */
  load({ code }: Guest): Promise<void> {
    return this.#write(START, Uint8Array.from(code));
  }

  async #write(gpa: number, bytes: Uint8Array): Promise<void> {
    this.rig.memory.bytesAt(this.buffer, bytes.length).set(bytes);
    await this.rig.demand("guestWrite", this.vm.address, 0, BigInt(gpa), this.buffer, bytes.length);
  }

  async #writeTables(): Promise<void> {
    const link = (at: number): bigint => BigInt(at) | PRESENT_WRITE_USER;
    await this.#writeTable(TABLES, [link(TABLES + PAGE_BYTES)]);
    await this.#writeTable(TABLES + PAGE_BYTES, [link(TABLES + 2 * PAGE_BYTES)]);
    const large = Array.from({ length: LARGE_PAGES }, (_, i) => (BigInt(i) << 21n) | PRESENT_WRITE_USER | LARGE);
    const small = Array.from({ length: SMALL_REGIONS }, (_, i) => link(SMALL_TABLES + i * PAGE_BYTES));
    await this.#writeTable(TABLES + 2 * PAGE_BYTES, [...large, ...small]);
    for (let region = 0; region < SMALL_REGIONS; region++) {
      const first = (LARGE_PAGES + region) << 9;
      const entries = Array.from({ length: 512 }, (_, i) => (BigInt(first + i) << 12n) | PRESENT_WRITE_USER);
      await this.#writeTable(SMALL_TABLES + region * PAGE_BYTES, entries);
    }
  }

  #writeTable(gpa: number, entries: bigint[]): Promise<void> {
    return this.#write(gpa, new Uint8Array(BigUint64Array.from(entries).buffer));
  }

  /** Runs the guest that is loaded on each of the first `n` vCPUs, a thread each. Wall ns, and instructions retired. */
  async run(n: number): Promise<{ ns: number; instructions: number }> {
    const vcpus = this.vcpus.slice(0, n);
    vcpus.forEach((vcpu, i) => {
      this.#reset(vcpu, STACK - BigInt(i * PAGE_BYTES));
    });
    const retired = (): number =>
      vcpus.reduce((sum, vcpu) => sum + Number(this.rig.memory.get(this.#state(vcpu), X86.retired)), 0);
    const before = retired();
    const ns = await this.rig.run(...vcpus);
    return { ns, instructions: retired() - before };
  }

  #state(vcpu: number): number {
    return this.rig.memory.get(vcpu, Vcpu.x86);
  }

  /** 64-bit mode at START, CPL 0, all registers 0. Controls are the same for all runs: no translation becomes void. */
  #reset(vcpu: number, stack: bigint): void {
    const { memory } = this.rig;
    const c = this.#state(vcpu);
    for (let i = 0; i < REGISTERS; i++) memory.view.setBigUint64(c + i * 8, 0n, true);
    memory.set(c, X86.rsp, stack);
    memory.set(c, X86.rip, BigInt(START));
    memory.set(c, X86.flags, FLAG_FIXED);
    memory.set(c, X86.cr0, CR0_PE | CR0_PG | CR0_ET);
    memory.set(c, X86.cr3, BigInt(TABLES));
    memory.set(c, X86.cr4, CR4_PAE | CR4_OSFXSR);
    memory.set(c, X86.efer, EFER_LME | EFER_LMA | EFER_SCE);
    memory.set(c, X86.star, STAR);
    memory.set(c, X86.lstar, BigInt(SYSCALL_ENTRY));
    memory.set(c, X86.codeMode, CODE_64);
    memory.set(c, X86.cpl, 0);
    memory.set(c, X86.mxcsr, 0x1f80);
    this.#segment(c, SEG_CS, CODE_SEGMENT);
    this.#segment(c, SEG_SS, DATA_SEGMENT);
  }

  #segment(c: number, segment: number, attributes: number): void {
    const at = c + X86_SEGMENTS + segment * SEGMENT_BYTES;
    this.rig.memory.set(at, Segment.base, 0n);
    this.rig.memory.set(at, Segment.limit, 0xffffffff);
    this.rig.memory.set(at, Segment.attributes, attributes);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.rig[Symbol.asyncDispose]();
  }
}
