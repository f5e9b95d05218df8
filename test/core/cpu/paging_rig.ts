/**
 * A processor over guest-physical memory that the test lays out: the first 2 MiB, page by page, through either second
 * dimension. Registers are set by name; what a memory helper answers comes back as an Outcome.
 */
import {
  CODE_32,
  CODE_64,
  CPU_HAS_PAGE1G,
  CR0_PE,
  CR0_PG,
  CR4_LA57,
  CR4_PAE,
  CR4_PSE,
  EFER_LMA,
  EFER_NXE,
  EXC_NONE,
  EXEC_EXIT,
  EXEC_FAULT,
  EXEC_NEXT,
  LTLB_ORDER,
  OP_ADDR_SEG_SHIFT,
  Op,
  SEG_DS,
  X86,
} from "../../../src/abi/index.js";
import type { GuestPagingMode } from "../../../src/model/index.js";
import type { CoreBuild } from "../harness.js";
import { type HwProbes, PROCESSOR, Rig } from "../hw/rig.js";

export interface PagingProbes extends HwProbes {
  pagingProbeInit(c: number, vcpu: number, block: number): void;
  pagingProbeChanged(c: number): void;
  pagingProbeCr3(c: number, value: bigint): number;
  pagingProbeRead(c: number, op: number, lin: bigint, size: number): number;
  pagingProbeWrite(c: number, op: number, lin: bigint, size: number, low: bigint, high: bigint): number;
  pagingProbeReadForWrite(c: number, op: number, lin: bigint): number;
  pagingProbeWriteBack(c: number, op: number, lin: bigint, value: bigint): number;
  pagingProbeLocked(c: number, op: number, lin: bigint): number;
  pagingProbeTranslate(c: number, op: number, lin: bigint, size: number, access: number): number;
  pagingProbeFetch(c: number, lin: bigint): number;
  pagingProbeStackRead(c: number, lin: bigint): number;
  pagingProbeStackWrite(c: number, lin: bigint, value: bigint): number;
  pagingProbeSysRead(c: number, lin: bigint): number;
  pagingProbeSysWrite(c: number, lin: bigint, value: bigint): number;
  pagingProbeSysTranslate(c: number, lin: bigint, size: number, access: number): number;
  pagingProbeAddress(c: number, op: number, access: number): bigint;
  pagingProbeCases(c: number, op: number, cases: number, n: number, places: number, bytes: number): void;
  pagingProbePort(): void;
  pagingProbeFlushAll(c: number): void;
  pagingProbeFlushNonGlobal(c: number): void;
  pagingProbeFlushPcid(c: number, pcid: number): void;
  pagingProbeFlushPage(c: number, linear: bigint): void;
}

export type Dimension = "ept" | "npt";

/** Levels of guest tables in memory. */
export const LEVELS: Record<GuestPagingMode, number> = { none: 0, "32-bit": 2, PAE: 2, "4-level": 4, "5-level": 5 };

/** What a helper answered. */
export type Outcome =
  | { kind: "done"; value: bigint; high: bigint; pointer: number }
  | { kind: "fault"; vector: number; error: number; address: bigint }
  | { kind: "exit"; reason: number; gpa: bigint }
  | { kind: "other"; status: number };

const FRAME_KERNEL = 4;
const PAGES = 512;
export const MAX_PHY_ADDR = 46;

type Register = {
  [K in keyof typeof X86]: (typeof X86)[K] extends { readonly type: "u64" | "u32" } ? K : never;
}[keyof typeof X86];

export class PagingRig {
  readonly rig: Rig;
  readonly c: number;
  readonly op: number;
  /** The table of level 1 that maps guest-physical pages 0 to 511. */
  readonly #frames: number;
  readonly #pages = new Map<number, number>();
  readonly dimension: Dimension;
  /** The second dimension's. */
  readonly root: number;
  #nextPage = 1;

  private constructor(rig: Rig, dimension: Dimension) {
    this.rig = rig;
    this.dimension = dimension;
    const root = rig.table();
    this.root = root;
    const level3 = rig.table();
    const level2 = rig.table();
    this.#frames = rig.table();
    const link = dimension === "ept" ? 0x107n : 0x27n;
    rig.setEntry(root, 0n, 4, BigInt(level3) | link);
    rig.setEntry(level3, 0n, 3, BigInt(level2) | link);
    rig.setEntry(level2, 0n, 2, BigInt(this.#frames) | link);
    rig.use({ ...PROCESSOR, format: dimension }, root);
    this.c = rig.frames(0, FRAME_KERNEL);
    this.op = rig.frames(0, FRAME_KERNEL);
    const block = rig.frames(LTLB_ORDER, FRAME_KERNEL);
    this.x.pagingProbeInit(this.c, rig.vcpu, block);
    this.set("maxPhyAddr", MAX_PHY_ADDR);
    this.set("features", CPU_HAS_PAGE1G);
    this.segment(SEG_DS);
  }

  static async open(build: CoreBuild, dimension: Dimension): Promise<PagingRig> {
    return new PagingRig(await Rig.open({ build, nCpus: 3 }), dimension);
  }

  close(): void {
    this.rig.close();
  }

  get x(): PagingProbes {
    return this.rig.x as PagingProbes;
  }

  set(register: Register, value: bigint | number): void {
    const { offset, type } = X86[register];
    const dv = this.rig.core.dv();
    if (type === "u64") dv.setBigUint64(this.c + offset, BigInt.asUintN(64, BigInt(value)), true);
    else dv.setUint32(this.c + offset, Number(value) >>> 0, true);
  }

  get(register: Register): bigint {
    const { offset, type } = X86[register];
    const dv = this.rig.core.dv();
    return type === "u64" ? dv.getBigUint64(this.c + offset, true) : BigInt(dv.getUint32(this.c + offset, true));
  }

  /** The segment of the operand. */
  segment(seg: number): void {
    this.rig.core.dv().setUint8(this.op + Op.addr.offset, seg << OP_ADDR_SEG_SHIFT);
  }

  /** Gives guest-physical page `gfn` memory, with everything allowed and flags set. @returns its address */
  mapPage(gfn: number): number {
    if (gfn >= PAGES) throw new Error(`gfn ${gfn} is beyond the rig's 2 MiB`);
    const known = this.#pages.get(gfn);
    if (known !== undefined) return known;
    const frame = this.rig.data();
    this.#pages.set(gfn, frame);
    // Nothing was there: no translation can be stale.
    this.rig.setWord(this.#frames + gfn * 8, BigInt(frame) | (this.dimension === "ept" ? 0x337n : 0x67n));
    return frame;
  }

  /** Changes the second dimension's entry of guest-physical page `gfn`, and flushes. */
  setFrameEntry(gfn: number, entry: bigint): void {
    this.rig.setWord(this.#frames + gfn * 8, entry);
    this.x.hwProbeFlushAll(this.rig.vcpu);
  }

  frameEntry(gfn: number): bigint {
    return this.rig.word(this.#frames + gfn * 8);
  }

  /** Guest-physical address of a new page of memory. */
  page(): bigint {
    const gfn = this.#nextPage++;
    this.mapPage(gfn);
    return BigInt(gfn) << 12n;
  }

  hasPage(gpa: bigint): boolean {
    return this.#pages.has(Number(gpa >> 12n));
  }

  /** Where the byte at `gpa` lies in linear memory. */
  at(gpa: bigint): number {
    return this.mapPage(Number(gpa >> 12n)) + Number(gpa & 0xfffn);
  }

  word(gpa: bigint, bytes: 4 | 8 = 8): bigint {
    const dv = this.rig.core.dv();
    return bytes === 8 ? dv.getBigUint64(this.at(gpa), true) : BigInt(dv.getUint32(this.at(gpa), true));
  }

  setWord(gpa: bigint, value: bigint, bytes: 4 | 8 = 8): void {
    const dv = this.rig.core.dv();
    if (bytes === 8) dv.setBigUint64(this.at(gpa), BigInt.asUintN(64, value), true);
    else dv.setUint32(this.at(gpa), Number(BigInt.asUintN(32, value)), true);
  }

  /** Control registers for `mode`, with `cr3`, CPL 0, no restriction beside NXE; then tells the processor. */
  useMode(mode: GuestPagingMode, cr3: bigint): void {
    const isLong = LEVELS[mode] >= 4;
    this.set("cr0", CR0_PE | (mode === "none" ? 0n : CR0_PG));
    const cr4 = mode === "32-bit" ? CR4_PSE : mode === "none" ? 0n : CR4_PAE;
    this.set("cr4", cr4 | (mode === "5-level" ? CR4_LA57 : 0n));
    this.set("efer", (isLong ? EFER_LMA : 0n) | (mode === "PAE" || isLong ? EFER_NXE : 0n));
    this.set("codeMode", isLong ? CODE_64 : CODE_32);
    this.set("cpl", 0);
    this.set("flags", 2n);
    this.set("stepping", 0);
    this.changed();
    const status = this.x.pagingProbeCr3(this.c, cr3);
    if (status !== EXEC_NEXT) throw new Error(`cr3Load: ${status}`);
  }

  changed(): void {
    this.x.pagingProbeChanged(this.c);
  }

  outcome(status: number): Outcome {
    if (status === EXEC_NEXT) {
      const pointer = Number(this.get("pointer"));
      return { kind: "done", value: this.get("value0"), high: this.get("value1"), pointer };
    }
    if (status === EXEC_FAULT) {
      const vector = Number(this.get("excVector"));
      this.set("excVector", EXC_NONE);
      return { kind: "fault", vector, error: Number(this.get("excError")), address: this.get("excAddress") };
    }
    if (status === EXEC_EXIT)
      return { kind: "exit", reason: this.rig.field("hwExitReason"), gpa: this.rig.field64("hwExitGpa") };
    return { kind: "other", status };
  }

  /**
   * Maps the page of `lin` in the 4-level tables under `cr3`, adding tables where none are: `entry` is the last one.
   * Entries above get `link`. @returns the guest-physical address of the last entry
   */
  map4k(cr3: bigint, lin: bigint, entry: bigint, link = 0x27n): bigint {
    return this.mapAt(cr3, lin, entry, 1, link);
  }

  /** As map4k, with the last entry at `level`. */
  mapAt(cr3: bigint, lin: bigint, entry: bigint, level: number, link = 0x27n): bigint {
    let table = cr3;
    for (let at = 4; ; at--) {
      const place = table + ((lin >> BigInt(3 + 9 * at)) & 511n) * 8n;
      if (at === level) {
        this.setWord(place, entry);
        return place;
      }
      if ((this.word(place) & 1n) === 0n) this.setWord(place, this.page() | link);
      table = this.word(place) & 0xf_ffff_ffff_f000n;
    }
  }

  read(lin: bigint, size = 8): Outcome {
    return this.outcome(this.x.pagingProbeRead(this.c, this.op, lin, size));
  }

  write(lin: bigint, value: bigint, size = 8, high = 0n): Outcome {
    return this.outcome(this.x.pagingProbeWrite(this.c, this.op, lin, size, value, high));
  }

  fetch(lin: bigint): Outcome {
    return this.outcome(this.x.pagingProbeFetch(this.c, lin));
  }
}
