/**
 * Single accesses under every combination of rights, controls and privilege: core beside the oracle of
 * src/model/guest_paging.ts, in batches. A chain of tables leads to one page; a case replaces its entries.
 * Words of a case are those of PagingCase in test/core/exports/paging.ts.
 */
import { expect } from "vitest";
import {
  CR0_PE,
  CR0_PG,
  CR0_WP,
  CR4_LA57,
  CR4_PAE,
  CR4_PKE,
  CR4_PSE,
  CR4_SMAP,
  CR4_SMEP,
  EFER_LMA,
  EFER_NXE,
  EXEC_EXIT,
  EXEC_FAULT,
  EXEC_NEXT,
  FLAG_AC,
  HW_EXEC,
  HW_READ,
  HW_WRITE,
} from "../../../src/abi/index.js";
import {
  type GuestAccess,
  type GuestControls,
  type GuestPagingMode,
  type GuestTables,
  modelGuestWalk,
} from "../../../src/model/index.js";
import { LEVELS, MAX_PHY_ADDR, type PagingRig } from "./paging_rig.js";

const CASE_WORDS = 19;
const ENTRIES_AT = 7;
const AFTER_AT = 12;
const ANSWER_AT = 17;
const ADDRESS_AT = 18;
const MAX_LEVELS = 5;
const SYSTEM = 16n;
const PAGE_FAULT = 14n;
const BLOCK_WORDS = (4096 << 9) / 8;
/** The places come first, in a line of their own. */
const CASES_FROM = 8;
const CASES_MAX = Math.floor((BLOCK_WORDS - CASES_FROM) / CASE_WORDS);

/** A linear address with different indices at every level. */
const LINEAR: Record<GuestPagingMode, bigint> = {
  none: 0n,
  "32-bit": 0x8123_4567n,
  PAE: 0xc123_4567n,
  "4-level": 0x1234_5678_9abcn,
  "5-level": 0xff77_1234_5678_9abcn,
};

export interface Case {
  controls: GuestControls;
  access: GuestAccess;
  /** By level, 1 first. */
  entries: readonly bigint[];
}

export const ACCESS_KINDS = [
  { read: true, write: false, fetch: false },
  { read: false, write: true, fetch: false },
  { read: true, write: true, fetch: false },
  { read: false, write: false, fetch: true },
] as const;

/** Who makes an access: CPL, or the processor itself at some CPL. */
export const PRIVILEGES = [
  { by: "user", ac: false },
  { by: "user", ac: true },
  { by: "supervisor", ac: false },
  { by: "supervisor", ac: true },
  { by: "system", ac: true },
] as const;

/** The control bits that judge: every combination of those that `mode` knows. */
export function controlsOf(mode: GuestPagingMode): GuestControls[] {
  const flags = [false, true];
  const isLong = LEVELS[mode] >= 4;
  const keys = isLong ? [undefined, 0n, 1n, 2n, 3n] : [undefined];
  return flags.flatMap((writeProtect) =>
    (mode === "32-bit" ? [false] : flags).flatMap((noExecute) =>
      flags.flatMap((smep) =>
        flags.flatMap((smap) =>
          keys.map((key) => ({
            mode,
            writeProtect,
            noExecute,
            smep,
            smap,
            pse: mode === "32-bit",
            keys: key !== undefined,
            // The key under test is 5; its neighbours deny everything, or nothing.
            pkru: key === undefined ? 0n : (0xffff_f3ffn | (key << 10n)) ^ (key === 3n ? 0xffff_f3ffn : 0n),
            maxPhyAddr: MAX_PHY_ADDR,
            page1g: true,
          })),
        ),
      ),
    ),
  );
}

export class Chain {
  readonly rig: PagingRig;
  readonly mode: GuestPagingMode;
  readonly linear: bigint;
  readonly cr3: bigint;
  readonly bytes: 4 | 8;
  readonly levels: number;
  /** Guest-physical addresses of the entries, by level. */
  readonly places: bigint[] = [];
  /** What leads on, with everything allowed, and no flag set; by level. */
  readonly permissive: bigint[] = [];
  readonly pdptes: bigint[] = [0n, 0n, 0n, 0n];

  constructor(rig: PagingRig, mode: GuestPagingMode) {
    this.rig = rig;
    this.mode = mode;
    this.levels = LEVELS[mode];
    this.linear = LINEAR[mode];
    this.bytes = mode === "32-bit" ? 4 : 8;
    let below = rig.page();
    for (let level = 1; level <= this.levels; level++) {
      const table = rig.page();
      const shift = this.bytes === 4 ? 12 + 10 * (level - 1) : 12 + 9 * (level - 1);
      const index = (this.linear >> BigInt(shift)) & (this.bytes === 4 ? 0x3ffn : 0x1ffn);
      this.places.push(table + index * BigInt(this.bytes));
      this.permissive.push(below | 7n);
      below = table;
    }
    if (mode === "PAE") {
      const pointers = rig.page();
      const i = Number(this.linear >> 30n);
      this.pdptes[i] = below | 1n;
      this.pdptes.forEach((pdpte, at) => rig.setWord(pointers + BigInt(at * 8), pdpte));
      below = pointers;
    }
    this.cr3 = below;
    rig.useMode(mode, below);
  }

  get #tables(): GuestTables {
    return { cr3: this.cr3, pdptes: this.pdptes, read: () => 0n };
  }

  /** Runs all of `cases` in core, and compares. @returns how many ended in a fault */
  check(cases: readonly Case[]): number {
    let faults = 0;
    for (let from = 0; from < cases.length; from += CASES_MAX) {
      const block = cases.slice(from, from + CASES_MAX);
      this.#run(block);
      block.forEach((one, i) => {
        if (!this.#isAsExpected(one, CASES_FROM + i * CASE_WORDS)) faults++;
      });
    }
    return faults;
  }

  #run(block: readonly Case[]): void {
    const { rig } = this.rig;
    const words = rig.words.subarray(rig.cases / 8, rig.cases / 8 + BLOCK_WORDS);
    for (let level = 0; level < MAX_LEVELS; level++) {
      const place = this.places[level];
      words[level] = place === undefined ? 0n : BigInt(this.rig.at(place));
    }
    block.forEach((one, i) => {
      const at = CASES_FROM + i * CASE_WORDS;
      const { controls, access } = one;
      words[at] = CR0_PE | CR0_PG | (controls.writeProtect ? CR0_WP : 0n);
      words[at + 1] = cr4Of(controls);
      words[at + 2] = (this.levels >= 4 ? EFER_LMA : 0n) | (controls.noExecute ? EFER_NXE : 0n);
      words[at + 3] = controls.pkru;
      words[at + 4] = 2n | (access.ac ? FLAG_AC : 0n);
      const kind = (access.read ? HW_READ : 0) | (access.write ? HW_WRITE : 0) | (access.fetch ? HW_EXEC : 0);
      words[at + 5] = BigInt(kind << 8) | (access.by === "user" ? 3n : access.by === "system" ? SYSTEM | 3n : 0n);
      words[at + 6] = this.linear;
      one.entries.forEach((entry, level) => {
        words[at + ENTRIES_AT + level] = entry;
      });
    });
    const cases = rig.cases + CASES_FROM * 8;
    this.rig.x.pagingProbeCases(this.rig.c, this.rig.op, cases, block.length, rig.cases, this.bytes);
  }

  /** @returns whether the access was allowed; fails if core and oracle differ */
  #isAsExpected(one: Case, at: number): boolean {
    const { rig } = this.rig;
    const word = (i: number): bigint => rig.words[rig.cases / 8 + at + i] ?? 0n;
    const read = (gpa: bigint): bigint => one.entries[this.places.indexOf(gpa)] ?? 0n;
    const outcome = modelGuestWalk(one.controls, { ...this.#tables, read }, one.access);
    const isAllowed = outcome.kind === "translation";
    // Pages that the second dimension does not map are left for, once the guest's flags are set.
    const answer = isAllowed
      ? BigInt(this.rig.hasPage(outcome.gpa) ? EXEC_NEXT : EXEC_EXIT)
      : BigInt(EXEC_FAULT) | (PAGE_FAULT << 8n) | (BigInt(outcome.error) << 16n);
    const address = isAllowed ? outcome.gpa : this.linear;
    const after = this.places.map((place, i) => {
      const update = isAllowed ? outcome.updates.find(({ gpa }) => gpa === place) : undefined;
      return update?.value ?? one.entries[i] ?? 0n;
    });
    const isEqual =
      word(ANSWER_AT) === answer &&
      word(ADDRESS_AT) === address &&
      after.every((entry, level) => word(AFTER_AT + level) === entry);
    if (isEqual) return isAllowed;
    // Only now a readable comparison: it costs too much to make for each.
    const about = JSON.stringify(one, (_, v) => (typeof v === "bigint" ? `0x${v.toString(16)}` : v));
    const actual = {
      answer: word(ANSWER_AT),
      address: word(ADDRESS_AT),
      after: after.map((_, i) => word(AFTER_AT + i)),
    };
    expect(actual, about).toEqual({ answer, address, after });
    return isAllowed;
  }
}

function cr4Of(controls: GuestControls): bigint {
  const { mode } = controls;
  return (
    (mode === "32-bit" ? 0n : CR4_PAE) |
    (controls.pse ? CR4_PSE : 0n) |
    (mode === "5-level" ? CR4_LA57 : 0n) |
    (controls.smep ? CR4_SMEP : 0n) |
    (controls.smap ? CR4_SMAP : 0n) |
    (controls.keys ? CR4_PKE : 0n)
  );
}
