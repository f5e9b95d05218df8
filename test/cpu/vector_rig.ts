/**
 * Runs vectors: a processor in user mode over the recorder's memory map, which the guest's page tables make, with the
 * data's two pages in wrong order, so that what crosses their border shows.
 */
import { CR0_PE, CR0_PG, CR4_PAE } from "../../src/abi/index.js";
import type { Case } from "../../tools/vectors/cases.mjs";
import { isX87 } from "../../tools/vectors/generate.mjs";
import {
  CODE_AT,
  CODE_BASE,
  CODE_BYTES,
  CODE_MAX,
  CR2_AT,
  DATA_BASE,
  ERROR_AT,
  FCW_AT,
  FSW_AT,
  FTW_AT,
  HLT,
  MEMORY_AT,
  MODE_AT,
  MXCSR_AT,
  RECORD_BYTES,
  RFLAGS_AT,
  RIP_AT,
  ST_AT,
  TRAP_AT,
  WINDOW_BYTES,
  XMM_AT,
} from "../../tools/vectors/layout.mjs";
import { type PagingProbes, PagingRig } from "../core/cpu/paging_rig.js";
import type { CoreBuild } from "../core/harness.js";

interface VectorProbes extends PagingProbes {
  vectorsProbeMode(c: number, mode: number, gsBase: bigint): void;
  vectorsProbeForget(c: number): number;
  vectorsProbeFree(c: number): void;
  vectorsProbeRun(c: number, record: number, low: number, high: number, isCached: number): void;
}

export type View = DataView<ArrayBufferLike>;

const PAGE = 4096;
const USER = 7n;
const CR0_BITS = CR0_PE | CR0_PG | 0x10000n | 0x40000n | 0x32n; // WP, AM, NE, ET, MP
const CR4_BITS = CR4_PAE | 0x600n; // OSFXSR, OSXMMEXCPT
/** RFLAGS that are compared, beside what is undefined: not RF, which faults save, and IF. */
const FLAGS_COMPARED = ~0x10200;

export class VectorRig {
  /** The vector's input; after run its result. */
  readonly record: View;
  readonly #rig: PagingRig;
  readonly #recordAt: number;
  readonly #low: number;
  readonly #high: number;
  readonly #code: Uint8Array[] = [];
  #mode = 0;

  private constructor(rig: PagingRig) {
    this.#rig = rig;
    this.#recordAt = rig.rig.frames(0, 4);
    this.record = new DataView(rig.rig.core.memory.buffer, this.#recordAt, RECORD_BYTES);
    const root = rig.page();
    const level3 = rig.page();
    const level2 = rig.page();
    rig.setWord(root, level3 | USER);
    rig.setWord(level3, level2 | USER);
    const pagesOf = (base: number, pages: readonly bigint[]): void => {
      const table = rig.page();
      rig.setWord(level2 + BigInt((base >>> 21) * 8), table | USER);
      for (const [i, page] of pages.entries()) rig.setWord(table + BigInt(i * 8), page | USER);
    };
    const code = Array.from({ length: CODE_BYTES / PAGE }, () => rig.page());
    const high = rig.page();
    const low = rig.page();
    pagesOf(CODE_BASE, code);
    pagesOf(DATA_BASE, [low, high]);
    this.#low = rig.at(low);
    this.#high = rig.at(high);
    for (const page of code) this.#code.push(new Uint8Array(rig.rig.core.memory.buffer, rig.at(page), PAGE).fill(HLT));
    rig.useMode("4-level", root);
    rig.set("cr0", CR0_BITS);
    rig.set("cr4", CR4_BITS);
    rig.set("features", 2n ** 64n - 1n);
    rig.set("xcr0", 7n);
    this.#forget();
  }

  static async open(build: CoreBuild): Promise<VectorRig> {
    return new VectorRig(await PagingRig.open(build, "ept"));
  }

  get #x(): VectorProbes {
    return this.#rig.x as VectorProbes;
  }

  #forget(): void {
    if (this.#x.vectorsProbeForget(this.#rig.c) !== 0) throw new Error("no memory for the code cache");
  }

  /** Writes the instructions of a case's vectors, which do not overlap, and takes away those of the last one. */
  begin(inputs: readonly View[]): void {
    for (const page of this.#code) page.fill(HLT);
    for (const input of inputs) {
      const at = Number(input.getBigUint64(RIP_AT, true)) - CODE_BASE;
      for (let i = 0; i < CODE_MAX; i++) {
        const page = this.#code[(at + i) >>> 12];
        if (page !== undefined) page[(at + i) % PAGE] = input.getUint8(CODE_AT + i);
      }
    }
    this.#forget();
    const mode = inputs[0]?.getUint32(MODE_AT, true) ?? 64;
    if (mode !== this.#mode) this.#x.vectorsProbeMode(this.#rig.c, mode, BigInt(DATA_BASE));
    this.#mode = mode;
  }

  /** Runs what is in `record`, decoded afresh or through the code cache. */
  run(how: "one" | "cached"): void {
    this.#x.vectorsProbeRun(this.#rig.c, this.#recordAt, this.#low, this.#high, how === "cached" ? 1 : 0);
  }

  close(): void {
    this.#x.vectorsProbeFree(this.#rig.c);
    this.#rig.close();
  }
}

interface Field {
  name: string;
  at: number;
  bytes: number;
}

const GPR_NAMES = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split(" ");

/** What is compared, beside RFLAGS and memory. */
const FIELDS: readonly Field[] = [
  { name: "trap", at: TRAP_AT, bytes: 4 },
  { name: "error", at: ERROR_AT, bytes: 4 },
  { name: "cr2", at: CR2_AT, bytes: 8 },
  { name: "rip", at: RIP_AT, bytes: 8 },
  ...GPR_NAMES.map((name, i) => ({ name, at: i * 8, bytes: 8 })),
  { name: "fcw", at: FCW_AT, bytes: 2 },
  { name: "fsw", at: FSW_AT, bytes: 2 },
  { name: "ftw", at: FTW_AT, bytes: 1 },
  { name: "mxcsr", at: MXCSR_AT, bytes: 4 },
  ...Array.from({ length: 8 }, (_, i) => ({ name: `st${i}`, at: ST_AT + i * 16, bytes: 10 })),
  ...Array.from({ length: 16 }, (_, i) => ({ name: `xmm${i}`, at: XMM_AT + i * 16, bytes: 16 })),
];

export function hexOf(view: View, at: number, bytes: number): string {
  let text = "";
  for (let i = bytes - 1; i >= 0; i--)
    text += view
      .getUint8(at + i)
      .toString(16)
      .padStart(2, "0");
  return text;
}

function differs(a: View, b: View, at: number, bytes: number): boolean {
  for (let i = 0; i < bytes; i++) if (a.getUint8(at + i) !== b.getUint8(at + i)) return true;
  return false;
}

/** What differs between two results, as `name: expected, got`; flags in `undefinedFlags` may. */
export function differencesOf(expected: View, got: View, undefinedFlags: number): string[] {
  const found = FIELDS.filter(({ at, bytes }) => differs(expected, got, at, bytes)).map(
    ({ name, at, bytes }) => `${name}: ${hexOf(expected, at, bytes)}, got ${hexOf(got, at, bytes)}`,
  );
  const mask = FLAGS_COMPARED & ~undefinedFlags;
  const flags = (view: View): number => (view.getUint32(RFLAGS_AT, true) & mask) >>> 0;
  if (flags(expected) !== flags(got))
    found.push(`rflags: ${flagNames(flags(expected))}, got ${flagNames(flags(got))} (of those defined)`);
  for (let at = 0; at < WINDOW_BYTES; at += 8)
    if (differs(expected, got, MEMORY_AT + at, 8))
      found.push(
        `window+${at.toString(16)}: ${hexOf(expected, MEMORY_AT + at, 8)}, got ${hexOf(got, MEMORY_AT + at, 8)}`,
      );
  return found;
}

const FLAG_NAMES: Record<number, string> = {
  0: "CF",
  2: "PF",
  4: "AF",
  6: "ZF",
  7: "SF",
  10: "DF",
  11: "OF",
  18: "AC",
};

function flagNames(flags: number): string {
  const names = [];
  for (let i = 0; i < 32; i++) if ((flags >>> i) & 1 && i !== 1) names.push(FLAG_NAMES[i] ?? `bit ${i}`);
  return names.length === 0 ? "none" : names.join("|");
}

/** The input's state, in so far as it matters to `c`. */
export function describeInput(c: Case, view: View): string {
  const matters = (name: string): boolean =>
    /^xmm|mxcsr/.test(name) ? usesXmm(c) : /^(st|f[cst]w)/.test(name) ? isX87(c) || usesMmx(c) : true;
  const inputs = FIELDS.slice(4).filter(({ name, at, bytes }) => matters(name) && /[^0]/.test(hexOf(view, at, bytes)));
  const flags = `rflags ${flagNames(view.getUint32(RFLAGS_AT, true))}`;
  const memory = [];
  for (let at = 0; c.form === "mem" && at < WINDOW_BYTES; at += 8)
    if (/[^0]/.test(hexOf(view, MEMORY_AT + at, 8)))
      memory.push(`window+${at.toString(16)} ${hexOf(view, MEMORY_AT + at, 8)}`);
  return [...inputs.map(({ name, at, bytes }) => `${name} ${hexOf(view, at, bytes)}`), flags, ...memory].join("  ");
}

const usesXmm = ({ encoding }: Case): boolean => encoding.regClass === "xmm" || encoding.rmClass === "xmm";
const usesMmx = ({ encoding }: Case): boolean => encoding.regClass === "mmx" || encoding.rmClass === "mmx";
