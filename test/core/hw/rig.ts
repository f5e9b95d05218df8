/**
 * A vCPU's hardware half with tables that the test builds by hand, and the oracle looking at the same memory.
 * Words of a case are those of HwCase in test/core/exports/hw.ts.
 */
import { expect } from "vitest";
import {
  HW_AD,
  HW_DIRTY,
  HW_EXEC,
  HW_EXEC_ONLY,
  HW_EXIT_BAD_TABLE,
  HW_EXIT_EPT_MISCONFIG,
  HW_EXIT_EPT_VIOLATION,
  HW_EXIT_NPF,
  HW_EXIT_PML_FULL,
  HW_GUEST_TABLE,
  HW_NO_LINEAR,
  HW_NX,
  HW_PAGE_1G,
  HW_PHANTOM,
  HW_PML,
  HW_READ,
  HW_WRITE,
  SYSTEM_BASE,
  System,
  TDP_EPT,
  TDP_NPT,
  Vcpu,
} from "../../../src/abi/index.js";
import {
  type Exit,
  type ModelAccess,
  type ModelMemory,
  type ModelProcessor,
  modelWalk,
  type Translation,
} from "../../../src/model/index.js";
import { type Balance, type Core, type CoreBuild, expectBalanced, openCore, snapshotBalance } from "../harness.js";

export interface HwProbes {
  framesAlloc(order: number, kind: number): number;
  framesFree(pfn: number, order: number): void;
  hwProbeInit(vcpu: number, tlb: number, entries: number): void;
  hwProbeSet(v: number, format: number, levels: number, root: bigint, flags: number, maxPhy: number, pml: number): void;
  hwProbeWalks(vcpu: number, cases: number, n: number): void;
  hwProbeWalk(vcpu: number, c: number): void;
  hwProbeTranslate(vcpu: number, c: number): void;
  hwProbeHitRead(vcpu: number, gpa: bigint, size: number): number;
  hwProbeHitWrite(vcpu: number, gpa: bigint, size: number): number;
  hwProbeHitExec(vcpu: number, gpa: bigint, size: number): number;
  hwProbeFlushAll(vcpu: number): void;
  hwProbeFlushGpa(vcpu: number, gpa: bigint): void;
  hwProbeFlushRange(vcpu: number, gpa: bigint, nPages: bigint): void;
  hwProbeRead(vcpu: number, gpa: bigint, size: number): number;
  hwProbeFetch(vcpu: number, gpa: bigint, size: number): number;
  hwProbeWrite(vcpu: number, gpa: bigint, size: number, value: bigint): number;
  hwProbeWrite16(vcpu: number, gpa: bigint, low: bigint, high: bigint): number;
  hwProbeRet0(): bigint;
  hwProbeRet1(): bigint;
  hwProbeWatchCode(): void;
  hwProbeUnwatchCode(): void;
  hwProbeCodeReports(): bigint;
  hwProbeSetCode(pfn: number, flags: number): void;
}

/** Words of one case. */
export const CASE_WORDS = 10;
export const CASE_BYTES = CASE_WORDS * 8;

const FRAME_KERNEL = 4;
const FRAME_SPT = 6;
const FRAME_ANON = 8;
const TLB_ORDER = 3;
/** Cases are handed over in blocks of 2 MiB. */
const CASES_ORDER = 9;
export const CASES_MAX = Math.floor((4096 << CASES_ORDER) / CASE_BYTES);

export const PROCESSOR: ModelProcessor = {
  format: "ept",
  levels: 4,
  maxPhyAddr: 46,
  page1g: true,
  execOnly: true,
  accessedDirty: true,
  pml: false,
  noExecute: true,
};

/** All kinds of access that an instruction or a guest walk makes, as hwWalk's `access`. */
export const ACCESSES = [
  HW_READ,
  HW_WRITE,
  HW_EXEC,
  HW_READ | HW_WRITE,
  HW_READ | HW_GUEST_TABLE,
  HW_WRITE | HW_GUEST_TABLE,
  HW_READ | HW_NO_LINEAR,
] as const;

export function modelAccess(gpa: bigint, access: number): ModelAccess {
  return {
    gpa,
    read: (access & HW_READ) !== 0,
    write: (access & HW_WRITE) !== 0,
    fetch: (access & HW_EXEC) !== 0,
    guestTable: (access & HW_GUEST_TABLE) !== 0,
    linear: (access & HW_NO_LINEAR) === 0,
  };
}

export function hwFlags(processor: ModelProcessor): number {
  return (
    (processor.accessedDirty ? HW_AD : 0) |
    (processor.pml ? HW_PML : 0) |
    (processor.execOnly ? HW_EXEC_ONLY : 0) |
    (processor.page1g ? HW_PAGE_1G : 0) |
    (processor.noExecute ? HW_NX : 0)
  );
}

const EXIT_REASONS: Record<Exit["reason"], number> = {
  "ept violation": HW_EXIT_EPT_VIOLATION,
  "ept misconfiguration": HW_EXIT_EPT_MISCONFIG,
  "page-modification log full": HW_EXIT_PML_FULL,
  "nested page fault": HW_EXIT_NPF,
  "bad table": HW_EXIT_BAD_TABLE,
};

/** What core answers: as HwCase packs it. */
export interface Answer {
  answer: bigint;
  hpaOrQualification: bigint;
  exitGpa: bigint;
}

/** The oracle's verdict in core's terms. */
export function expectedAnswer(outcome: Translation | Exit, gpa: bigint, hasMemory: (hpa: bigint) => boolean): Answer {
  if (outcome.kind === "exit") {
    const answer = 1n | (BigInt(EXIT_REASONS[outcome.reason]) << 32n);
    return { answer, hpaOrQualification: outcome.qualification, exitGpa: gpa };
  }
  const { read, write, execute } = outcome.permissions;
  const permissions =
    (read ? HW_READ : 0) |
    (write ? HW_WRITE : 0) |
    (execute ? HW_EXEC : 0) |
    (outcome.dirty ? HW_DIRTY : 0) |
    (hasMemory(outcome.hpa) ? 0 : HW_PHANTOM);
  return { answer: BigInt((outcome.level << 8) | (permissions << 16)), hpaOrQualification: outcome.hpa, exitGpa: 0n };
}

export class Rig {
  readonly core: Core<HwProbes>;
  readonly vcpu: number;
  readonly tlb: number;
  readonly cases: number;
  readonly pml: number;
  readonly words: BigUint64Array;
  readonly arenaStart: number;
  readonly arenaEnd: number;
  readonly #before: Balance;
  readonly #taken: { pfn: number; order: number }[] = [];

  private constructor(core: Core<HwProbes>, tlbEntries: number) {
    this.core = core;
    this.#before = snapshotBalance(core);
    this.words = new BigUint64Array(core.memory.buffer);
    const dv = core.dv();
    this.arenaStart = dv.getUint32(SYSTEM_BASE + System.arenaStartPfn.offset, true) * 4096;
    this.arenaEnd = dv.getUint32(SYSTEM_BASE + System.arenaEndPfn.offset, true) * 4096;
    this.vcpu = this.frames(0, FRAME_KERNEL);
    this.tlb = this.frames(TLB_ORDER, FRAME_KERNEL);
    this.cases = this.frames(CASES_ORDER, FRAME_KERNEL);
    this.pml = this.frames(0, FRAME_KERNEL);
    this.x.hwProbeInit(this.vcpu, this.tlb, tlbEntries);
  }

  static async open(options: { build: CoreBuild; memMiB?: number; nCpus?: number; tlbEntries?: number }): Promise<Rig> {
    const { build, memMiB = 32, nCpus = 2, tlbEntries = 1024 } = options;
    return new Rig(await openCore<HwProbes>({ build, memMiB, nCpus }), tlbEntries);
  }

  get x(): HwProbes {
    return this.core.x;
  }

  /** Address of a new zeroed block of 2^order frames. */
  frames(order: number, kind: number): number {
    const pfn = this.x.framesAlloc(order, kind) >>> 0;
    expect(pfn).not.toBe(0);
    this.#taken.push({ pfn, order });
    const address = pfn * 4096;
    this.words.fill(0n, address / 8, (address + (4096 << order)) / 8);
    return address;
  }

  table(): number {
    return this.frames(0, FRAME_SPT);
  }

  data(order = 0): number {
    return this.frames(order, FRAME_ANON);
  }

  /** Gives everything back. */
  close(): void {
    for (const { pfn, order } of this.#taken) this.x.framesFree(pfn, order);
    expectBalanced(this.core, this.#before);
  }

  field(name: "tlbTag" | "hwPmlIndex" | "hwExitReason"): number {
    return this.core.dv().getUint32(this.vcpu + Vcpu[name].offset, true);
  }

  field64(name: "hwWalks" | "tlbFlushes" | "hwExitGpa"): bigint {
    return this.core.dv().getBigUint64(this.vcpu + Vcpu[name].offset, true);
  }

  word(address: number | bigint): bigint {
    return this.words[Number(address) / 8] ?? 0n;
  }

  setWord(address: number | bigint, value: bigint): void {
    this.words[Number(address) / 8] = BigInt.asUintN(64, value);
  }

  /** Puts `entry` where `gpa` is looked up in the table of `level`. */
  setEntry(table: number, gpa: bigint, level: number, entry: bigint): number {
    const place = entryAddress(table, gpa, level);
    this.setWord(place, entry);
    return place;
  }

  use(processor: ModelProcessor, root: number | bigint): void {
    const format = processor.format === "ept" ? TDP_EPT : TDP_NPT;
    const flags = hwFlags(processor);
    this.x.hwProbeSet(this.vcpu, format, processor.levels, BigInt(root), flags, processor.maxPhyAddr, this.pml);
  }

  hasMemory = (hpa: bigint): boolean => hpa >= BigInt(this.arenaStart) && hpa < BigInt(this.arenaEnd);

  /** The oracle's view of the tables under `root` (the low bits of which the processor ignores). */
  modelMemory(root: number | bigint): ModelMemory {
    return { root: (BigInt(root) >> 12n) << 12n, has: this.hasMemory, read: (hpa) => this.word(hpa) };
  }

  /** One walk by core, past or through the TLB. */
  walk(gpa: bigint, access: number): Answer {
    this.#request(gpa, access);
    this.x.hwProbeWalk(this.vcpu, this.cases);
    return this.#answer();
  }

  translate(gpa: bigint, access: number): Answer {
    this.#request(gpa, access);
    this.x.hwProbeTranslate(this.vcpu, this.cases);
    return this.#answer();
  }

  #request(gpa: bigint, access: number): void {
    this.setWord(this.cases + 16, gpa);
    this.setWord(this.cases + 24, BigInt(access));
  }

  #answer(): Answer {
    const at = this.cases;
    return { answer: this.word(at + 40), hpaOrQualification: this.word(at + 48), exitGpa: this.word(at + 56) };
  }

  /**
   * One walk by core beside the oracle: same answer, same changed entries, same log. The oracle goes first, on the
   * memory as it is.
   */
  checkWalk(processor: ModelProcessor, root: number | bigint, gpa: bigint, access: number): Translation | Exit {
    const pmlIndex = this.field("hwPmlIndex");
    const outcome = modelWalk(processor, this.modelMemory(root), modelAccess(gpa, access), pmlIndex);
    const logged = outcome.kind === "translation" ? outcome.logged : null;
    const actual = this.walk(gpa, access);
    const about = `gpa 0x${gpa.toString(16)} access ${access} ${JSON.stringify(processor)}`;
    expect(actual, about).toEqual(expectedAnswer(outcome, gpa, this.hasMemory));
    if (outcome.kind === "translation") {
      for (const { hpa, value } of outcome.updates) expect(this.word(hpa), about).toBe(value);
    }
    expect(this.field("hwPmlIndex"), about).toBe(logged === null ? pmlIndex : (pmlIndex - 1) & 0xffff);
    if (logged !== null) expect(this.word(this.pml + pmlIndex * 8), about).toBe(logged);
    return outcome;
  }
}

/** Address of the entry for `gpa` in the table of `level` at `table`. */
export function entryAddress(table: number, gpa: bigint, level: number): number {
  return table + 8 * Number((gpa >> BigInt(12 + 9 * (level - 1))) & 511n);
}

/** A small deterministic generator: tests print its seed. */
export function randomGenerator(seed: number): {
  below(n: number): number;
  word(): bigint;
  pick<T>(from: readonly T[]): T;
} {
  let state = BigInt(seed) * 2n + 1n;
  const next = (): bigint => {
    // xorshift64*
    state ^= state >> 12n;
    state = BigInt.asUintN(64, state ^ (state << 25n));
    state ^= state >> 27n;
    return BigInt.asUintN(64, state * 0x2545f4914f6cdd1dn);
  };
  const below = (n: number): number => Number((next() >> 32n) % BigInt(n));
  return {
    below,
    word: next,
    pick: <T>(from: readonly T[]): T => {
      const chosen = from[below(from.length)];
      if (chosen === undefined) throw new Error("nothing to pick from");
      return chosen;
    },
  };
}
