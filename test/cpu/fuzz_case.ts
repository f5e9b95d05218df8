/**
 * One case of the fuzzer: what a megabyte of guest memory holds (code, page tables, descriptor tables, task state, and
 * noise between them) and the state that a vCPU starts from. Everything is wrong now and then, and most of it is
 * plausible, so that the code gets somewhere before it faults.
 */
import {
  CR0_ET,
  CR0_NE,
  CR0_PE,
  CR0_PG,
  CR4_PAE,
  EFER_LMA,
  EFER_LME,
  EXC_NONE,
  SEG_CS,
  SEG_DB,
  SEG_G,
  SEG_L,
  SEG_LDTR,
  SEG_PRESENT,
  SEG_S,
  SEG_SS,
  SEG_TR,
  SEG_UNUSABLE,
  SEGMENT_BYTES,
  Segment,
  Structs,
  X86,
  X86_BYTES,
  X86_SCRATCH,
  X86_SEGMENTS,
  X86_YMM,
} from "../../src/abi/index.js";
import { Random } from "../../tools/vectors/random.mjs";
import { type CodeWidth, fillWithCode, type loadForms, oneIn, pick } from "./fuzz_code.js";

/** What a case fills, from guest-physical 0 on; the rest of memory is 0. */
export const IMAGE_BYTES = 2 ** 20;
/** All of the guest's memory; the last part of it is read-only. Above is MMIO. */
export const MEMORY_BYTES = 4 * 2 ** 20;
export const READ_ONLY_BYTES = 2 ** 18;

const PAGE = 4096;
const CODE_AT = 0x10000;
const CODE_BYTES = 0x1800;
const GDT_AT = 0x20000;
const GDT_ENTRIES = 64;
const IDT_AT = 0x21000;
const TSS_AT = 0x23000;
/** Page tables take pages from here on. */
const TABLES_AT = 0x30000;
const STACK_AT = 0x2f000;
const NOISE_BYTES = 2 * IMAGE_BYTES;

const KINDS = [
  "real",
  "virtual8086",
  "segments16",
  "segments32",
  "paging32",
  "pae",
  "long",
  "long",
  "long",
  "compatibility",
] as const;
type Kind = (typeof KINDS)[number];
const WIDTHS: Record<Kind, CodeWidth> = {
  real: 16,
  virtual8086: 16,
  segments16: 16,
  segments32: 32,
  paging32: 32,
  pae: 32,
  long: 64,
  compatibility: 32,
};

type Forms = Awaited<ReturnType<typeof loadForms>>;

export interface FuzzCase {
  readonly kind: Kind;
  /** IMAGE_BYTES of memory. */
  readonly memory: Uint8Array;
  /** An X86 for vcpuSetState. */
  readonly image: Uint8Array;
}

export class CaseMaker {
  readonly #forms: Forms;
  readonly #noise: Uint8Array;
  readonly #memory = new Uint8Array(IMAGE_BYTES);
  readonly #view = new DataView(this.#memory.buffer);

  constructor(forms: Forms) {
    const random = new Random(1);
    this.#forms = forms;
    const words = Uint32Array.from({ length: NOISE_BYTES / 4 }, () => random.u32());
    this.#noise = new Uint8Array(words.buffer);
  }

  /** The next case; what the last one gave is void. */
  make(random: Random): FuzzCase {
    const kind = pick(random, KINDS);
    const from = random.below(IMAGE_BYTES / 4) * 4;
    this.#memory.set(this.#noise.subarray(from, from + IMAGE_BYTES));
    const code = this.#memory.subarray(CODE_AT, CODE_AT + CODE_BYTES);
    fillWithCode(random, code, WIDTHS[kind], this.#forms);
    const isLong = kind === "long" || kind === "compatibility";
    this.#descriptors(random, isLong);
    this.#gates(random, isLong);
    this.#taskState(random);
    if (!oneIn(random, 3)) this.#takesExceptions(random, isLong);
    const image = stateOf(random, kind);
    image.set("cr3", this.#tables(random, kind, image));
    if (kind === "virtual8086") this.#enterVirtual8086(random, image);
    return { kind, memory: this.#memory, image: image.bytes };
  }

  #word(at: number, low: number, high: number): void {
    this.#view.setUint32(at, low, true);
    this.#view.setUint32(at + 4, high, true);
  }

  #descriptors(random: Random, isLong: boolean): void {
    for (let i = 0; i < GDT_ENTRIES; i++) {
      const at = GDT_AT + i * 8;
      if (isLong && i % 2 === 1 && oneIn(random, 2)) {
        this.#word(at, 0, 0); // the upper half of a system descriptor
        continue;
      }
      const base = pick(random, [0, 0, random.below(IMAGE_BYTES), GDT_AT, TSS_AT, random.u32()]);
      const limit = pick(random, [0xfffff, 0xffff, random.below(0x100000), 0x67, 0x2b]);
      const access = random.below(256) | (oneIn(random, 8) ? 0 : 0x80) | (oneIn(random, 3) ? 0 : 0x10);
      const flags = pick(random, [isLong ? 0xa : 0xc, random.below(16)]);
      const high = (base & 0xff000000) | (flags << 20) | (limit & 0xf0000) | (access << 8) | ((base >>> 16) & 0xff);
      this.#word(at, ((base & 0xffff) << 16) | (limit & 0xffff), high);
    }
  }

  #gates(random: Random, isLong: boolean): void {
    for (let i = 0; i < 256; i++) {
      const offset = CODE_AT + random.below(CODE_BYTES);
      const type = pick(random, [0xe, 0xf, 0xe, 0xf, isLong ? 0xe : 0x5, random.below(32)]);
      const access = (oneIn(random, 10) ? 0 : 0x80) | (random.below(4) << 5) | type;
      const low = (selector(random) << 16) | (offset & 0xffff);
      const high = (offset & 0xffff0000) | (access << 8) | (oneIn(random, 4) ? random.below(8) : 0);
      const at = IDT_AT + i * (isLong ? 16 : 8);
      this.#word(at, low, high);
      if (isLong) this.#word(at + 8, oneIn(random, 50) ? random.u32() : 0, 0);
    }
  }

  /** Stacks, selectors, CR3 and everything else of a task, as 16-, 32- and 64-bit ones have them. */
  #taskState(random: Random): void {
    for (let at = TSS_AT; at < TSS_AT + PAGE; at += 4)
      this.#view.setUint32(
        at,
        pick(random, [random.below(IMAGE_BYTES), selector(random), 0, CODE_AT, TABLES_AT]),
        true,
      );
    this.#view.setUint16(TSS_AT + 102, pick(random, [0x68, random.below(0x10000)]), true);
  }

  /** Exceptions find their way to code at ring 0, so that one is not the end. */
  #takesExceptions(random: Random, isLong: boolean): void {
    const flags = isLong ? 0xaf0000 : 0xcf0000;
    for (const [i, access] of [0x9b, 0x93, 0xfb, 0xf3].entries())
      this.#word(GDT_AT + 8 + i * 8, 0xffff, flags | (access << 8));
    for (let i = 0; i < 32; i++) {
      const at = IDT_AT + i * (isLong ? 16 : 8);
      this.#word(at, (8 << 16) | ((CODE_AT + random.below(CODE_BYTES)) & 0xffff), CODE_AT | 0x8e00);
      if (isLong) this.#word(at + 8, 0, 0);
    }
    for (let i = 0; i < 3; i++) this.#word(TSS_AT + 4 + i * 8, STACK_AT - i * 0x100, isLong ? 0 : 16);
  }

  /** The first instruction is an IRET to code of the 8086. */
  #enterVirtual8086(random: Random, image: StateImage): void {
    const ip = random.below(CODE_BYTES);
    const flags = 0x2_0002 | (random.u32() & 0x7fd5 & (oneIn(random, 2) ? ~0 : ~0x100));
    const frame = [ip, CODE_AT >>> 4, flags, random.below(0x10000), 0x4000];
    for (let seg = 0; seg < 4; seg++) frame.push(random.below(0x10000));
    for (const [i, word] of frame.entries()) this.#view.setUint32(STACK_AT + i * 4, word, true);
    this.#memory[CODE_AT] = 0xcf;
    image.set("rip", BigInt(CODE_AT));
    image.set("rsp", BigInt(STACK_AT));
    const flat = SEG_PRESENT | SEG_S | SEG_DB | SEG_G | 3;
    image.segment(SEG_CS, 0n, 0xffffffff, 8, flat | 8);
    image.segment(SEG_SS, 0n, 0xffffffff, 16, flat);
  }

  /** Page tables for `kind`. @returns CR3 */
  #tables(random: Random, kind: Kind, image: StateImage): bigint {
    const wide = kind === "pae" || kind === "long" || kind === "compatibility";
    const levels = !wide ? 2 : kind === "pae" ? 3 : image.isLa57 ? 5 : 4;
    for (let level = 1; level <= levels; level++) {
      const at = TABLES_AT + level * PAGE;
      const entries = wide ? 512 : 1024;
      for (let i = 0; i < entries; i++) this.#entry(random, at + i * (wide ? 8 : 4), level, i, wide);
      if (level === 1) continue;
      const child = at - PAGE;
      const flags = kind === "pae" && level === 3 ? 1 : 0x27;
      if (wide) this.#word(at, child | flags, 0);
      else this.#view.setUint32(at, child | flags, true);
    }
    if (kind === "pae")
      for (let i = 0; i < 4; i++) image.setPdpte(i, this.#view.getBigUint64(TABLES_AT + 3 * PAGE + i * 8, true));
    return BigInt(TABLES_AT + levels * PAGE + (oneIn(random, 10) ? random.below(PAGE) : 0));
  }

  #entry(random: Random, at: number, level: number, i: number, wide: boolean): void {
    const pages = IMAGE_BYTES / PAGE;
    const isIdentity = level === 1 && i < pages && !oneIn(random, 16);
    const page = isIdentity ? i : oneIn(random, 8) ? random.below(2 ** 20) : random.below(pages);
    const flags =
      isIdentity && !oneIn(random, 8)
        ? 7 | random.below(0x200)
        : random.below(0x1000) & (oneIn(random, 4) ? ~0 : ~0x80);
    const low = level > 1 && oneIn(random, 2) ? 0 : (page << 12) | (level === 1 ? flags & ~0x80 : flags);
    if (!wide) return this.#view.setUint32(at, low, true);
    this.#word(at, low, oneIn(random, 30) ? random.u32() : oneIn(random, 30) ? 0x80000000 : 0);
  }
}

function selector(random: Random): number {
  return oneIn(random, 20) ? random.below(0x10000) : (random.below(GDT_ENTRIES) << 3) | pick(random, [0, 0, 3, 4, 7]);
}

/** An address that something may be at, or nothing. */
function address(random: Random): bigint {
  const dense = BigInt(random.below(IMAGE_BYTES));
  return pick(random, [
    dense,
    dense,
    dense | 0xff8n,
    BigInt(random.below(256)),
    BigInt(CODE_AT + random.below(CODE_BYTES)),
    BigInt(MEMORY_BYTES - READ_ONLY_BYTES + random.below(2 * READ_ONLY_BYTES)),
    BigInt(selector(random)),
    -dense,
    0x7fff_ffff_f000n + dense,
    (BigInt(random.u32()) << 32n) | BigInt(random.u32()),
  ]);
}

type WideField = {
  [K in keyof typeof X86]: (typeof X86)[K] extends { readonly type: "u64" } ? K : never;
}[keyof typeof X86];

class StateImage {
  readonly bytes = new Uint8Array(X86_BYTES);
  readonly #structs = new Structs(new DataView(this.bytes.buffer));

  set(field: WideField, value: bigint): void {
    this.#structs.set(0, X86[field] as never, BigInt.asUintN(64, value) as never);
  }

  setNumber(field: keyof typeof X86, value: number): void {
    this.#structs.set(0, X86[field] as never, value as never);
  }

  get isLa57(): boolean {
    return ((this.#structs.get(0, X86.cr4) >> 12n) & 1n) === 1n;
  }

  setPdpte(i: number, value: bigint): void {
    this.set((["pdpte0", "pdpte1", "pdpte2", "pdpte3"] as const)[i] ?? "pdpte0", value);
  }

  segment(seg: number, base: bigint, limit: number, select: number, attributes: number): void {
    const at = X86_SEGMENTS + seg * SEGMENT_BYTES;
    this.#structs.set(at, Segment.base, BigInt.asUintN(64, base));
    this.#structs.set(at, Segment.limit, limit);
    this.#structs.set(at, Segment.selector, select);
    this.#structs.set(at, Segment.attributes, attributes);
  }
}

const GPRS = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split(" ") as WideField[];

function stateOf(random: Random, kind: Kind): StateImage {
  const image = new StateImage();
  for (const register of GPRS) image.set(register, address(random));
  image.set("rip", BigInt(CODE_AT + random.below(CODE_BYTES)));
  if (!oneIn(random, 8)) image.set("rsp", BigInt(0x40000 + random.below(0x10000) * (kind === "real" ? 0 : 8)));
  const rare = BigInt(random.u32() & random.u32() & random.u32());
  image.set("rflags", (BigInt(random.u32()) & 0x8d5n) | (rare & (oneIn(random, 30) ? 0x27_f500n : 0x25_f500n)) | 2n);
  controls(random, kind, image);
  segments(random, kind, image);
  image.set("gdtBase", BigInt(GDT_AT));
  image.setNumber("gdtLimit", oneIn(random, 10) ? random.below(0x10000) : GDT_ENTRIES * 8 - 1);
  image.set("idtBase", BigInt(IDT_AT));
  image.setNumber("idtLimit", oneIn(random, 10) ? random.below(0x10000) : 0xfff);
  for (const register of ["dr0", "dr1", "dr2", "dr3"] as const) image.set(register, address(random));
  image.set("dr7", oneIn(random, 10) ? BigInt(random.u32()) : 0x400n);
  image.set("dr6", BigInt(random.u32()));
  events(random, image);
  floatingPoint(random, image);
  return image;
}

function controls(random: Random, kind: Kind, image: StateImage): void {
  const isLong = kind === "long" || kind === "compatibility";
  const isPaging = isLong || kind === "paging32" || kind === "pae" || (kind === "virtual8086" && oneIn(random, 2));
  let cr0 = CR0_ET | (BigInt(random.u32()) & (CR0_NE | 0x5_0002n)); // WP, AM, MP
  if (kind !== "real") cr0 |= CR0_PE;
  if (isPaging) cr0 |= CR0_PG;
  if (oneIn(random, 10)) cr0 |= BigInt(random.u32()) & 0x6000_000cn; // CD, NW, TS, EM
  let cr4 = BigInt(oneIn(random, 3) ? random.u32() : random.u32() & 0x770fff) & ~0x20020n; // neither PAE nor PCIDE
  if (!oneIn(random, 4)) cr4 |= 0x600n; // OSFXSR, OSXMMEXCPT
  if (!oneIn(random, 4)) cr4 &= ~0x1000n; // LA57
  if (isLong || kind === "pae") cr4 |= CR4_PAE;
  image.set("cr0", cr0);
  image.set("cr4", cr4);
  image.set("cr2", address(random));
  image.set("cr8", BigInt(random.below(16)));
  image.set("efer", (isLong ? EFER_LME | EFER_LMA : 0n) | (oneIn(random, 3) ? 0n : 0x801n));
  image.set("xcr0", oneIn(random, 30) ? BigInt(random.below(256)) : pick(random, [1n, 3n]));
  image.set("pkru", BigInt(random.u32()));
  image.set("apicBase", 0xfee00900n);
}

function segments(random: Random, kind: Kind, image: StateImage): void {
  const level = kind === "real" ? 0 : pick(random, [0, 0, 0, 3, 3, random.below(4)]);
  const big = kind === "real" || kind === "segments16" ? 0 : SEG_DB;
  const plain = SEG_PRESENT | SEG_S | (level << 5) | (kind === "real" ? 0 : SEG_G);
  for (let seg = 0; seg < 6; seg++) {
    let attributes = plain | big | 3;
    if (seg === SEG_CS) attributes = plain | (kind === "real" ? 3 : 0xb) | (kind === "long" ? SEG_L : big);
    else if (seg !== SEG_SS && oneIn(random, 10))
      attributes = oneIn(random, 2) ? random.below(0x10000) & ~0xf00 : attributes | SEG_UNUSABLE;
    const base = oneIn(random, 5) && seg !== SEG_CS ? address(random) : 0n;
    const limit = kind === "real" && !oneIn(random, 3) ? 0xffff : oneIn(random, 8) ? random.u32() : 0xffffffff;
    image.segment(
      seg,
      kind === "long" ? base : BigInt.asUintN(32, base),
      limit,
      (selector(random) & ~3) | level,
      attributes,
    );
  }
  if (kind === "real") image.segment(SEG_CS, BigInt(CODE_AT), 0xffff, CODE_AT >>> 4, plain | 3);
  if (kind === "real") image.set("rip", BigInt(random.below(CODE_BYTES)));
  image.segment(SEG_LDTR, BigInt(GDT_AT), oneIn(random, 4) ? random.u32() : GDT_ENTRIES * 8 - 1, 8, SEG_PRESENT | 2);
  image.segment(
    SEG_TR,
    BigInt(TSS_AT),
    oneIn(random, 4) ? random.below(0x200) : 0x2067,
    16,
    SEG_PRESENT | pick(random, [11, 11, 3]),
  );
}

function events(random: Random, image: StateImage): void {
  image.setNumber("excVector", EXC_NONE);
  if (oneIn(random, 4)) image.setNumber("irqPending", 1 + random.below(256));
  if (oneIn(random, 16)) image.setNumber("nmiPending", 1);
  if (oneIn(random, 16)) image.setNumber("smiPending", 1);
  if (oneIn(random, 30)) image.setNumber("smm", 1);
  if (oneIn(random, 60)) image.setNumber("initPending", 1);
  if (oneIn(random, 30)) image.setNumber("mpState", random.below(5));
  if (oneIn(random, 30)) image.setNumber("sipiPending", 1 + random.below(256));
  if (oneIn(random, 16)) {
    image.setNumber("excVector", random.below(32));
    image.setNumber("excHasError", random.below(2));
    image.setNumber("excError", random.below(0x10000));
  }
  if (!oneIn(random, 30)) return;
  // An image that nobody has looked at: refused, or harmless.
  for (const field of WILD) image.setNumber(field, oneIn(random, 2) ? random.below(8) : random.u32());
}

const WILD = [
  "excVector",
  "excKind",
  "delivering",
  "deliverKind",
  "deliverError",
  "irqPending",
  "nmiPending",
  "nmiMasked",
  "smm",
  "sipiPending",
  "ioState",
  "ioPort",
  "ioSize",
  "ioIn",
  "ioCount",
  "ioDone",
] as const;

function floatingPoint(random: Random, image: StateImage): void {
  for (let at = X86_YMM; at < X86_SCRATCH; at++)
    image.bytes[at] = oneIn(random, 3) ? pick(random, [0, 0xff, 0x7f, 0x80]) : random.below(256);
  const isWild = oneIn(random, 30);
  image.setNumber("fcw", isWild ? random.below(0x10000) : pick(random, [0x37f, 0x40 | random.below(0x1000)]));
  image.setNumber("fsw", random.below(0x10000) & ~0x3800);
  image.setNumber("fpuTop", isWild ? random.below(0x10000) : random.below(8));
  image.setNumber("fpuEmpty", isWild ? random.below(0x10000) : random.below(256));
  image.setNumber("mxcsr", isWild ? random.u32() : oneIn(random, 2) ? 0x1f80 : random.below(0x10000));
}
