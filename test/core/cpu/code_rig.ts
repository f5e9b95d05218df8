/** A vCPU of a real VM that executes machine code: guest memory from 0 on, its state set field by field. */
import {
  CODE_16,
  CODE_64,
  CR0_PE,
  EFER_LMA,
  SEG_CS,
  SEG_DB,
  SEG_L,
  SEG_PRESENT,
  SEG_S,
  SEG_TYPE_CODE,
  SEGMENT_BYTES,
  Segment,
  Vcpu,
  X86,
  X86_SEGMENTS,
} from "../../../src/abi/index.js";
import type { CoreBuild } from "../harness.js";
import { VmRig } from "../mmu/vm_rig.js";

export const PAGE = 4096;
const MIB = 2 ** 20;

/** Numbers of general-purpose registers, by name. */
const GPRS = [
  "rax",
  "rcx",
  "rdx",
  "rbx",
  "rsp",
  "rbp",
  "rsi",
  "rdi",
  "r8",
  "r9",
  "r10",
  "r11",
  "r12",
  "r13",
  "r14",
  "r15",
];

type Register = {
  [K in keyof typeof X86]: (typeof X86)[K] extends { readonly type: "u64" | "u32" } ? K : never;
}[keyof typeof X86];

export class CodeRig {
  readonly vm: VmRig;
  readonly vcpus: number[];

  private constructor(vm: VmRig, vcpus: number[]) {
    this.vm = vm;
    this.vcpus = vcpus;
  }

  static async open(options: { build?: CoreBuild; bytes?: number; vcpus?: number } = {}): Promise<CodeRig> {
    const { build = "test", bytes = MIB, vcpus = 1 } = options;
    const vm = await VmRig.open({ build, memMiB: 64, nCpus: 4 });
    const hva = vm.map(bytes);
    vm.slot(0, 0n, bytes, hva);
    const rig = new CodeRig(
      vm,
      Array.from({ length: vcpus }, (_, id) => vm.vcpu(id)),
    );
    for (const vcpu of rig.vcpus) rig.enter64(vcpu);
    return rig;
  }

  close(): void {
    this.vm.close();
  }

  /** Address of the X86 of vCPU `i`. */
  state(i = 0): number {
    return this.vm.memory.get(this.vcpus[i] as number, Vcpu.x86);
  }

  get(register: Register, i = 0): bigint {
    return BigInt(this.vm.memory.get(this.state(i), X86[register]));
  }

  set(register: Register, value: bigint | number, i = 0): void {
    const { type } = X86[register];
    if (type === "u64")
      this.vm.memory.set(this.state(i), X86[register] as never, BigInt.asUintN(64, BigInt(value)) as never);
    else this.vm.memory.set(this.state(i), X86[register] as never, Number(value) as never);
  }

  /** 64-bit code without paging: no processor has it, but it needs no tables. */
  enter64(vcpu: number): void {
    const c = this.vm.memory.get(vcpu, Vcpu.x86);
    const cs = c + X86_SEGMENTS + SEG_CS * SEGMENT_BYTES;
    this.vm.memory.set(c, X86.codeMode, CODE_64);
    this.vm.memory.set(cs, Segment.base, 0n);
    this.vm.memory.set(cs, Segment.attributes, SEG_PRESENT | SEG_S | SEG_TYPE_CODE | SEG_L);
    this.vm.memory.set(c, X86.cr0, CR0_PE);
    this.vm.memory.set(c, X86.efer, EFER_LMA);
    this.vm.memory.set(c, X86.rip, 0x1000n);
    this.vm.memory.set(c, X86.rdx, 0n);
    // No exception finds a gate: the first is a shutdown.
    this.vm.memory.set(c, X86.idtLimit, 0);
    this.vm.memory.set(c, X86.rsp, 0x9000n);
  }

  /** 16- or 32-bit code with all segments flat, or as given. */
  enterLegacy(mode: number, csBase = 0n, csLimit = 0xffffffff, i = 0): void {
    const c = this.state(i);
    const db = mode === CODE_16 ? 0 : SEG_DB;
    this.vm.memory.set(c, X86.codeMode, mode);
    for (let seg = 0; seg < 6; seg++) {
      const at = c + X86_SEGMENTS + seg * SEGMENT_BYTES;
      this.vm.memory.set(at, Segment.base, seg === SEG_CS ? csBase : 0n);
      this.vm.memory.set(at, Segment.limit, seg === SEG_CS ? csLimit : 0xffffffff);
      this.vm.memory.set(at, Segment.attributes, 0x93 | db);
    }
  }

  write(gpa: number, bytes: ArrayLike<number>): void {
    const buffer = this.vm.x.kblockAlloc(0) >>> 0;
    for (let done = 0; done < bytes.length; done += PAGE) {
      const part = Array.prototype.slice.call(bytes, done, done + PAGE);
      this.vm.memory.bytesAt(buffer, part.length).set(part);
      const r = this.vm.x.guestWrite(this.vm.vm, 0, BigInt(gpa + done), buffer, part.length);
      if (r !== 0) throw new Error(`guestWrite: ${r}`);
    }
    this.vm.x.kblockFree(buffer, 0);
  }

  read(gpa: number, length: number): Uint8Array {
    const buffer = this.vm.x.kblockAlloc(0) >>> 0;
    const r = this.vm.x.guestRead(this.vm.vm, 0, BigInt(gpa), buffer, length);
    if (r !== 0) throw new Error(`guestRead: ${r}`);
    const bytes = this.vm.memory.bytesAt(buffer, length).slice();
    this.vm.x.kblockFree(buffer, 0);
    return bytes;
  }

  /** Runs vCPU `i` here. @returns the exit's reason */
  run(i = 0): number {
    const r = this.vm.x.vcpuRun(this.vcpus[i] as number);
    if (r !== 0) throw new Error(`vcpuRun: ${r}`);
    return this.vm.memory.get(this.vcpus[i] as number, Vcpu.exitReason);
  }

  /** The general-purpose registers that are not 0, by name. */
  registers(i = 0): Record<string, bigint> {
    return Object.fromEntries(
      GPRS.map((name) => [name, this.get(name as Register, i)] as const).filter(([, v]) => v !== 0n),
    );
  }
}
