/** KVM's register structures out of, and into, an image of the processor's state (core/vcpu/state.ts). */
import * as abi from "../abi/index.js";
import { Structs, type Wide, type Word, X86 } from "../abi/index.js";
import { KvmError } from "./errors.js";
import type {
  DebugRegisters,
  DescriptorTable,
  FpuRegisters,
  MpState,
  Registers,
  SegmentRegister,
  SpecialRegisters,
  VcpuEvents,
} from "./registers.js";
import { integer, u64 } from "./values.js";

const GENERAL = [
  "rax",
  "rbx",
  "rcx",
  "rdx",
  "rsi",
  "rdi",
  "rsp",
  "rbp",
  "r8",
  "r9",
  "r10",
  "r11",
  "r12",
  "r13",
  "r14",
  "r15",
  "rip",
  "rflags",
] as const satisfies readonly (keyof Registers)[];

const SEGMENTS = {
  es: abi.SEG_ES,
  cs: abi.SEG_CS,
  ss: abi.SEG_SS,
  ds: abi.SEG_DS,
  fs: abi.SEG_FS,
  gs: abi.SEG_GS,
  ldt: abi.SEG_LDTR,
  tr: abi.SEG_TR,
} as const;
type SegmentName = keyof typeof SEGMENTS;
const SEGMENT_NAMES = Object.keys(SEGMENTS) as SegmentName[];

const CONTROL = ["cr0", "cr2", "cr3", "cr4", "cr8", "efer", "apicBase"] as const;

const ATTRIBUTE_BITS = {
  s: abi.SEG_S,
  present: abi.SEG_PRESENT,
  avl: abi.SEG_AVL,
  l: abi.SEG_L,
  db: abi.SEG_DB,
  g: abi.SEG_G,
  unusable: abi.SEG_UNUSABLE,
} as const;
type AttributeName = keyof typeof ATTRIBUTE_BITS;
const ATTRIBUTE_NAMES = Object.keys(ATTRIBUTE_BITS) as AttributeName[];

const MP_STATES: readonly MpState[] = ["runnable", "uninitialized", "init_received", "halted", "sipi_received"];

const XMM_BYTES = 16;
const X87_BYTES = 16;
const X87_VALUE_BYTES = 10;

/** A copy of the state of one vCPU. Setters throw KvmError EINVAL for values that do not fit. */
export class RegisterImage {
  readonly bytes: Uint8Array;
  readonly #structs: Structs;

  /** @param bytes X86_BYTES of them; used in place */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#structs = new Structs(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  get registers(): Registers {
    return Object.fromEntries(GENERAL.map((name) => [name, this.#structs.get(0, X86[name])])) as unknown as Registers;
  }

  set registers(registers: Registers) {
    for (const name of GENERAL) this.#structs.set(0, X86[name], u64(registers[name], name));
  }

  get specialRegisters(): SpecialRegisters {
    const segments = SEGMENT_NAMES.map((name) => [name, this.#segment(SEGMENTS[name])]);
    const control = CONTROL.map((name) => [name, this.#structs.get(0, X86[name])]);
    return {
      ...(Object.fromEntries(segments) as Record<SegmentName, SegmentRegister>),
      ...(Object.fromEntries(control) as Record<(typeof CONTROL)[number], bigint>),
      gdt: { base: this.#structs.get(0, X86.gdtBase), limit: this.#structs.get(0, X86.gdtLimit) },
      idt: { base: this.#structs.get(0, X86.idtBase), limit: this.#structs.get(0, X86.idtLimit) },
      pdptrs: [
        this.#structs.get(0, X86.pdpte0),
        this.#structs.get(0, X86.pdpte1),
        this.#structs.get(0, X86.pdpte2),
        this.#structs.get(0, X86.pdpte3),
      ],
    };
  }

  set specialRegisters(sregs: SpecialRegisters) {
    for (const name of SEGMENT_NAMES) this.#setSegment(SEGMENTS[name], sregs[name], name);
    for (const name of CONTROL) this.#structs.set(0, X86[name], u64(sregs[name], name));
    this.#setTable(X86.gdtBase, X86.gdtLimit, sregs.gdt, "gdt");
    this.#setTable(X86.idtBase, X86.idtLimit, sregs.idt, "idt");
    const fields = [X86.pdpte0, X86.pdpte1, X86.pdpte2, X86.pdpte3] as const;
    for (const [i, field] of fields.entries()) this.#structs.set(0, field, u64(sregs.pdptrs[i] ?? 0n, `pdptrs[${i}]`));
  }

  get debugRegisters(): DebugRegisters {
    const s = this.#structs;
    return {
      db: [s.get(0, X86.dr0), s.get(0, X86.dr1), s.get(0, X86.dr2), s.get(0, X86.dr3)],
      dr6: s.get(0, X86.dr6),
      dr7: s.get(0, X86.dr7),
    };
  }

  set debugRegisters({ db, dr6, dr7 }: DebugRegisters) {
    const fields = [X86.dr0, X86.dr1, X86.dr2, X86.dr3] as const;
    for (const [i, field] of fields.entries()) this.#structs.set(0, field, u64(db[i] ?? 0n, `db[${i}]`));
    this.#structs.set(0, X86.dr6, u64(dr6, "dr6"));
    this.#structs.set(0, X86.dr7, u64(dr7, "dr7"));
  }

  get events(): VcpuEvents {
    const s = this.#structs;
    const nr = s.get(0, X86.excVector);
    const pending = nr !== abi.EXC_NONE;
    const irq = s.get(0, X86.irqPending);
    const inhibit = s.get(0, X86.inhibit);
    const sipi = s.get(0, X86.sipiPending);
    return {
      exception: {
        pending,
        nr: pending ? nr : 0,
        errorCode: pending && s.get(0, X86.excHasError) !== 0 ? s.get(0, X86.excError) : undefined,
        payload: pending ? s.get(0, X86.excAddress) : 0n,
      },
      interrupt: {
        injected: irq !== 0,
        nr: irq === 0 ? 0 : irq - 1,
        shadow: inhibit === abi.INHIBIT_STI ? "sti" : inhibit === abi.INHIBIT_MOV_SS ? "mov_ss" : "none",
      },
      nmi: { pending: s.get(0, X86.nmiPending) !== 0, masked: s.get(0, X86.nmiMasked) !== 0 },
      sipiVector: sipi === 0 ? undefined : sipi - 1,
      smi: { smm: s.get(0, X86.smm) !== 0, pending: s.get(0, X86.smiPending) !== 0 },
    };
  }

  set events({ exception, interrupt, nmi, sipiVector, smi }: VcpuEvents) {
    const s = this.#structs;
    const vector = integer(exception.nr, "exception.nr", 0, 31);
    // One that is there already keeps its kind.
    if (exception.pending && s.get(0, X86.excVector) !== vector) s.set(0, X86.excKind, kindOf(vector));
    s.set(0, X86.excVector, exception.pending ? vector : abi.EXC_NONE);
    s.set(0, X86.excHasError, exception.errorCode === undefined ? 0 : 1);
    s.set(0, X86.excError, integer(exception.errorCode ?? 0, "exception.errorCode", 0, 0xffff_ffff));
    s.set(0, X86.excAddress, u64(exception.payload, "exception.payload"));
    s.set(0, X86.irqPending, interrupt.injected ? integer(interrupt.nr, "interrupt.nr", 0, 255) + 1 : 0);
    const inhibit = { none: 0, sti: abi.INHIBIT_STI, mov_ss: abi.INHIBIT_MOV_SS };
    s.set(0, X86.inhibit, inhibit[interrupt.shadow]);
    s.set(0, X86.inhibitRip, s.get(0, X86.rip));
    s.set(0, X86.nmiPending, nmi.pending ? 1 : 0);
    s.set(0, X86.nmiMasked, nmi.masked ? 1 : 0);
    s.set(0, X86.sipiPending, sipiVector === undefined ? 0 : integer(sipiVector, "sipiVector", 0, 255) + 1);
    s.set(0, X86.smm, smi.smm ? 1 : 0);
    s.set(0, X86.smiPending, smi.pending ? 1 : 0);
  }

  get mpState(): MpState {
    return MP_STATES[this.#structs.get(0, X86.mpState)] ?? "runnable";
  }

  set mpState(state: MpState) {
    const value = MP_STATES.indexOf(state);
    if (value < 0)
      throw new KvmError("EINVAL", `"${state}" is no state of a vCPU; it is one of ${MP_STATES.join(", ")}.`);
    this.#structs.set(0, X86.mpState, value);
  }

  get xcr0(): bigint {
    return this.#structs.get(0, X86.xcr0);
  }

  set xcr0(value: bigint) {
    this.#structs.set(0, X86.xcr0, u64(value, "xcr0"));
  }

  get fpu(): FpuRegisters {
    const s = this.#structs;
    const top = s.get(0, X86.fpuTop);
    const registers = (base: number, stride: number, n: number): Uint8Array[] =>
      Array.from({ length: n }, (_, i) => this.bytes.slice(base + i * stride, base + i * stride + XMM_BYTES));
    const physical = registers(abi.X86_X87, X87_BYTES, 8);
    return {
      fpr: physical.map((_, i) => physical[(top + i) & 7] as Uint8Array),
      fcw: s.get(0, X86.fcw),
      fsw: s.get(0, X86.fsw) | (top << 11),
      ftwx: ~s.get(0, X86.fpuEmpty) & 0xff,
      lastOpcode: s.get(0, X86.fop),
      lastIp: s.get(0, X86.fip),
      lastDp: s.get(0, X86.fdp),
      xmm: registers(abi.X86_YMM, 2 * XMM_BYTES, 16),
      mxcsr: s.get(0, X86.mxcsr),
    };
  }

  set fpu(fpu: FpuRegisters) {
    const s = this.#structs;
    const top = (integer(fpu.fsw, "fsw", 0, 0xffff) >> 11) & 7;
    for (const [i, value] of checkedRegisters(fpu.fpr, 8, "fpr").entries()) {
      const at = abi.X86_X87 + ((top + i) & 7) * X87_BYTES;
      this.bytes.fill(0, at, at + X87_BYTES).set(value.subarray(0, X87_VALUE_BYTES), at);
    }
    for (const [i, value] of checkedRegisters(fpu.xmm, 16, "xmm").entries())
      this.bytes.set(value, abi.X86_YMM + i * 2 * XMM_BYTES);
    s.set(0, X86.fcw, integer(fpu.fcw, "fcw", 0, 0xffff));
    s.set(0, X86.fsw, fpu.fsw & ~(7 << 11));
    s.set(0, X86.fpuTop, top);
    s.set(0, X86.fpuEmpty, ~integer(fpu.ftwx, "ftwx", 0, 0xff) & 0xff);
    s.set(0, X86.fop, integer(fpu.lastOpcode, "lastOpcode", 0, 0x7ff));
    s.set(0, X86.fip, u64(fpu.lastIp, "lastIp"));
    s.set(0, X86.fdp, u64(fpu.lastDp, "lastDp"));
    s.set(0, X86.mxcsr, integer(fpu.mxcsr, "mxcsr", 0, 0xffff));
  }

  #segment(number: number): SegmentRegister {
    const at = abi.X86_SEGMENTS + number * abi.SEGMENT_BYTES;
    const attributes = this.#structs.get(at, abi.Segment.attributes);
    const flags = ATTRIBUTE_NAMES.map((name) => [name, (attributes & ATTRIBUTE_BITS[name]) !== 0]);
    return {
      base: this.#structs.get(at, abi.Segment.base),
      limit: this.#structs.get(at, abi.Segment.limit),
      selector: this.#structs.get(at, abi.Segment.selector),
      type: attributes & abi.SEG_TYPE,
      dpl: (attributes >> abi.SEG_DPL_SHIFT) & 3,
      ...(Object.fromEntries(flags) as Record<AttributeName, boolean>),
    };
  }

  #setSegment(number: number, segment: SegmentRegister, name: string): void {
    const at = abi.X86_SEGMENTS + number * abi.SEGMENT_BYTES;
    let attributes = integer(segment.type, `${name}.type`, 0, 15);
    attributes |= integer(segment.dpl, `${name}.dpl`, 0, 3) << abi.SEG_DPL_SHIFT;
    for (const flag of ATTRIBUTE_NAMES) if (segment[flag]) attributes |= ATTRIBUTE_BITS[flag];
    this.#structs.set(at, abi.Segment.base, u64(segment.base, `${name}.base`));
    this.#structs.set(at, abi.Segment.limit, integer(segment.limit, `${name}.limit`, 0, 0xffff_ffff));
    this.#structs.set(at, abi.Segment.selector, integer(segment.selector, `${name}.selector`, 0, 0xffff));
    this.#structs.set(at, abi.Segment.attributes, attributes);
  }

  #setTable(base: Wide, limit: Word, table: DescriptorTable, name: string): void {
    this.#structs.set(0, base, u64(table.base, `${name}.base`));
    this.#structs.set(0, limit, integer(table.limit, `${name}.limit`, 0, 0xffff));
  }
}

/** EXC_KIND_* of an exception from outside. */
function kindOf(vector: number): number {
  if (vector === abi.EXC_DB || vector === abi.EXC_BP || vector === abi.EXC_OF) return abi.EXC_KIND_TRAP;
  return vector === abi.EXC_DF || vector === abi.EXC_MC ? abi.EXC_KIND_ABORT : abi.EXC_KIND_FAULT;
}

function checkedRegisters(values: Uint8Array[], n: number, name: string): Uint8Array[] {
  const isRight = values.length === n && values.every((value) => value.length === XMM_BYTES);
  if (!isRight) throw new KvmError("EINVAL", `${name} must be ${n} arrays of ${XMM_BYTES} bytes.`);
  return values;
}
