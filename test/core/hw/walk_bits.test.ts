/**
 * Every combination of the bits that mean something, in an entry of every level, for every kind of access and mode of
 * the processor: core's walker against the oracle. The entry under test stands in a chain of fully permissive ones.
 */
import { describe, expect, it } from "vitest";
import { bit, type ModelProcessor, modelWalk } from "../../../src/model/index.js";
import { BUILDS } from "../harness.js";
import {
  ACCESSES,
  CASE_BYTES,
  CASE_WORDS,
  CASES_MAX,
  entryAddress,
  expectedAnswer,
  modelAccess,
  PROCESSOR,
  Rig,
} from "./rig.js";

/** Different indices at each level, and an offset. */
const GPA = (3n << 48n) | (5n << 39n) | (7n << 30n) | (9n << 21n) | (11n << 12n) | 0x123n;
const GPA_4_LEVELS = GPA & (bit(48) - 1n);

interface Chain {
  root: number;
  /** Where the entry of each level lies, and what a permissive one there contains. */
  place: Record<number, number>;
  permissive: Record<number, bigint>;
}

/** A chain of tables for `gpa`, ending in a page of data. */
function buildChain(rig: Rig, processor: ModelProcessor, gpa: bigint): Chain {
  const full = processor.format === "ept" ? 0x107n : 0x27n; // RWX or PWU, and Accessed
  const place: Record<number, number> = {};
  const permissive: Record<number, bigint> = {};
  let below = rig.data();
  for (let level = 1; level <= processor.levels; level++) {
    const table = rig.table();
    permissive[level] = BigInt(below) | full;
    place[level] = rig.setEntry(table, gpa, level, permissive[level] ?? 0n);
    below = table;
  }
  return { root: below, place, permissive };
}

/** Every subset of `flags`, in each of `values`. */
function combinations(flags: bigint[], values: bigint[]): bigint[] {
  return flags.reduce((all, flag) => all.concat(all.map((value) => value | flag)), values);
}

/** Address fields: the next table's, which is no large page's; one of a large page; and reserved ones of both. */
function addresses(processor: ModelProcessor, chain: Chain, level: number): bigint[] {
  const next = (chain.permissive[level] ?? 0n) & 0xf_ffff_ffff_f000n;
  const largePage = bit(33); // beyond the arena: translations to it are phantom, tables there are bad
  return [
    next,
    largePage,
    largePage | bit(12),
    largePage | bit(13 + 9 * (level - 1) - 2),
    next | bit(processor.maxPhyAddr),
    largePage | bit(51),
  ];
}

function eptEntries(processor: ModelProcessor, chain: Chain, level: number): bigint[] {
  const xwr = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n];
  const withMemtype = xwr.flatMap((low) => [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n].map((type) => low | (type << 3n)));
  const low = combinations([bit(6), bit(7), bit(8), bit(9)], withMemtype);
  const high = addresses(processor, chain, level);
  const all = high.flatMap((address) => low.map((value) => address | value));
  // Bits that nothing may look at come along with some, not in a product of their own.
  return all.map((entry, i) => entry | (IGNORED_EPT[i % IGNORED_EPT.length] ?? 0n));
}

/** 63 is suppress-#VE; 10, 11 and 62:52 belong to software. */
const IGNORED_EPT = [0n, bit(63), bit(10), bit(11), bit(52) | bit(57) | bit(62), bit(11) | bit(63), bit(58)];

function nptEntries(processor: ModelProcessor, chain: Chain, level: number): bigint[] {
  const meaning = [0, 1, 2, 5, 6, 7, 8, 63].map(bit);
  const low = combinations(meaning, [0n]);
  const all = addresses(processor, chain, level).flatMap((address) => low.map((value) => address | value));
  return all.map((entry, i) => entry | (IGNORED_NPT[i % IGNORED_NPT.length] ?? 0n));
}

/** Cache control, and what belongs to software. */
const IGNORED_NPT = [0n, bit(3), bit(4), bit(9) | bit(11), bit(52) | bit(62), bit(3) | bit(4), bit(10)];

/** Walks all of `entries` at `level` by core, and compares with the oracle. Gives the number of exits, for a look at the mix. */
function checkEntries(
  rig: Rig,
  processor: ModelProcessor,
  chain: Chain,
  gpa: bigint,
  level: number,
  entries: bigint[],
): number {
  rig.use(processor, chain.root);
  const place = chain.place[level] ?? 0;
  const memory = rig.modelMemory(chain.root);
  let exits = 0;
  for (const access of ACCESSES) {
    const asked = modelAccess(gpa, access);
    for (let from = 0; from < entries.length; from += CASES_MAX) {
      const block = entries.slice(from, from + CASES_MAX);
      block.forEach((entry, i) => {
        const at = (rig.cases + i * CASE_BYTES) / 8;
        rig.words[at] = BigInt(place);
        rig.words[at + 1] = entry;
        rig.words[at + 2] = gpa;
        rig.words[at + 3] = BigInt(access);
        rig.words[at + 4] = 511n;
      });
      rig.x.hwProbeWalks(rig.vcpu, rig.cases, block.length);
      block.forEach((entry, i) => {
        const read = (hpa: bigint): bigint => (hpa === BigInt(place) ? entry : memory.read(hpa));
        const outcome = modelWalk(processor, { ...memory, read }, asked, 511);
        const expected = expectedAnswer(outcome, gpa, rig.hasMemory);
        let after = entry;
        if (outcome.kind === "exit") exits++;
        else after = outcome.updates.find(({ hpa }) => hpa === BigInt(place))?.value ?? entry;
        const at = rig.cases / 8 + i * CASE_WORDS;
        const { words } = rig;
        const isEqual =
          words[at + 5] === expected.answer &&
          words[at + 6] === expected.hpaOrQualification &&
          words[at + 7] === expected.exitGpa &&
          words[at + 9] === after;
        if (isEqual) return;
        // Only now a readable comparison: it costs too much to make for each.
        const about = `level ${level} entry 0x${entry.toString(16)} access ${access} ${JSON.stringify(processor)}`;
        const actual = { answer: words[at + 5], hpaOrQualification: words[at + 6], exitGpa: words[at + 7] };
        expect({ ...actual, after: words[at + 9] }, about).toEqual({ ...expected, after });
      });
    }
  }
  return exits;
}

/** `share`: one entry in so many. */
function checkProcessor(
  rig: Rig,
  processor: ModelProcessor,
  makeEntries: typeof eptEntries,
  share: number,
): { exits: number; walks: number } {
  const gpa = processor.levels === 5 ? GPA : GPA_4_LEVELS;
  const chain = buildChain(rig, processor, gpa);
  let exits = 0;
  let walks = 0;
  for (let level = 1; level <= processor.levels; level++) {
    const entries = makeEntries(processor, chain, level).filter((_, i) => i % share === level % share);
    exits += checkEntries(rig, processor, chain, gpa, level, entries);
    walks += entries.length * ACCESSES.length;
    expect(rig.word(entryAddress(chain.root, gpa, processor.levels))).toBe(chain.permissive[processor.levels]);
  }
  return { exits, walks };
}

const EPT_MODES: Partial<ModelProcessor>[] = [
  ...([4, 5] as const).flatMap((levels) =>
    [true, false].flatMap((accessedDirty) => [true, false].map((execOnly) => ({ levels, accessedDirty, execOnly }))),
  ),
  { page1g: false, maxPhyAddr: 40 },
];

const NPT_MODES: Partial<ModelProcessor>[] = [
  ...([4, 5] as const).flatMap((levels) => [true, false].map((noExecute) => ({ levels, noExecute }))),
  { accessedDirty: false }, // it has no such mode: no difference
  { page1g: false, maxPhyAddr: 36 },
];

/** The debug build differs in its checks only: it gets a share, coprime to the periods of the enumeration. */
const SHARES = { test: 11, "test-release": 1 };

describe.each(BUILDS)("one entry of a walk (%s)", (build) => {
  it.each(EPT_MODES)("EPT %j", async (mode) => {
    const rig = await Rig.open({ build });
    const { exits, walks } = checkProcessor(rig, { ...PROCESSOR, format: "ept", ...mode }, eptEntries, SHARES[build]);
    expect(walks).toBeGreaterThan(40_000 / SHARES[build]);
    expect(exits).toBeGreaterThan(walks / 4);
    expect(exits).toBeLessThan(walks);
    rig.close();
  });

  it.each(NPT_MODES)("NPT %j", async (mode) => {
    const rig = await Rig.open({ build });
    const { exits, walks } = checkProcessor(rig, { ...PROCESSOR, format: "npt", ...mode }, nptEntries, SHARES[build]);
    expect(walks).toBeGreaterThan(40_000 / SHARES[build]);
    expect(exits).toBeGreaterThan(walks / 4);
    expect(exits).toBeLessThan(walks);
    rig.close();
  });
});
