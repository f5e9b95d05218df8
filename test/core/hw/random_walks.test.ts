/**
 * Walks of whole tables made at random, valid and not: answers, Accessed and Dirty, the log of modified pages, and that
 * nothing else was written. And garbage: whatever the tables hold, a walk answers.
 */
import { describe, expect, it } from "vitest";
import { PML_INDEX_FULL, Vcpu } from "../../../src/abi/index.js";
import { bit, type ModelProcessor } from "../../../src/model/index.js";
import { BUILDS } from "../harness.js";
import { ACCESSES, PROCESSOR, Rig, randomGenerator } from "./rig.js";

type Random = ReturnType<typeof randomGenerator>;

const SEED = 20261122;
const INDICES = 8; // of 512: so that walks meet

function randomProcessor(random: Random): ModelProcessor {
  const yes = (): boolean => random.below(2) === 0;
  return {
    format: random.pick(["ept", "npt"] as const),
    levels: random.pick([4, 5] as const),
    maxPhyAddr: random.pick([36, 46, 52]),
    page1g: yes(),
    execOnly: yes(),
    accessedDirty: random.below(4) !== 0,
    pml: yes(),
    noExecute: random.below(4) !== 0,
  };
}

/** Mostly an entry that lets a walk go on; sometimes one that stops it in one of the ways there are. */
function randomEntry(
  random: Random,
  processor: ModelProcessor,
  level: number,
  tables: number[],
  pages: number[],
): bigint {
  const chance = random.below(16);
  if (chance === 0) return 0n;
  if (chance === 1) return random.word();
  const isEpt = processor.format === "ept";
  let entry = random.below(4) === 0 ? BigInt(random.below(8)) : 7n;
  const flags = isEpt ? [bit(8), bit(9), bit(6), bit(63)] : [bit(5), bit(6), bit(8), bit(63)];
  const isLarge = level > 1 && random.below(4) === 0;
  const isLeaf = isLarge || level === 1;
  for (const flag of flags) if (random.below(isLeaf || flag === flags[0] ? 3 : 24) === 0) entry |= flag;
  if (isLarge) entry |= bit(7);
  if (isEpt && isLeaf) entry |= BigInt(random.pick([0, 6, 6, 6, 6, 1, 4, 5, 2])) << 3n;
  if (random.below(40) === 0) entry |= bit(random.below(64));
  if (!isLeaf) return entry | BigInt(random.pick(tables));
  if (!isLarge) return entry | BigInt(random.pick(pages));
  return entry | (BigInt(1 + random.below(3)) << BigInt(12 + 9 * (level - 1)));
}

function randomGpa(random: Random, levels: number): bigint {
  let gpa = BigInt(random.below(4096));
  for (let level = 1; level <= levels; level++) gpa |= BigInt(random.below(INDICES)) << BigInt(12 + 9 * (level - 1));
  return random.below(64) === 0 ? gpa | bit(random.below(64)) : gpa;
}

function fill(rig: Rig, random: Random, processor: ModelProcessor, byLevel: number[][], pages: number[]): void {
  byLevel.forEach((tables, i) => {
    const level = i + 1;
    for (const table of tables) {
      for (let index = 0; index < INDICES; index++) {
        const below = byLevel[i - 1] ?? tables;
        rig.setWord(table + index * 8, randomEntry(random, processor, level, below, pages));
      }
    }
  });
}

/** The tables' contents as the oracle says they must be after its walks. */
class Shadow {
  readonly #words = new Map<number, bigint>();
  constructor(rig: Rig, tables: number[]) {
    for (const table of tables) {
      for (let i = 0; i < 512; i++) this.#words.set(table + i * 8, rig.word(table + i * 8));
    }
  }
  apply(updates: { hpa: bigint; value: bigint }[]): void {
    for (const { hpa, value } of updates) this.#words.set(Number(hpa), value);
  }
  check(rig: Rig): void {
    for (const [address, value] of this.#words) {
      if (rig.word(address) !== value) expect(rig.word(address), `word at 0x${address.toString(16)}`).toBe(value);
    }
  }
}

describe.each(BUILDS)("random tables (%s)", (build) => {
  it(`agree with the oracle (seed ${SEED})`, async () => {
    const rig = await Rig.open({ build });
    const random = randomGenerator(SEED);
    const byLevel = [1, 2, 3, 4, 5].map((level) => Array.from({ length: level > 3 ? 1 : 3 }, () => rig.table()));
    const pages = [rig.data(), rig.data(), 0x2_0000_0000, 0x1000];
    const seen = { translation: 0, exit: 0, logged: 0, updated: 0, full: 0 };
    for (let round = 0; round < 60; round++) {
      const processor = randomProcessor(random);
      fill(rig, random, processor, byLevel, pages);
      const shadow = new Shadow(rig, byLevel.flat());
      const root = byLevel[processor.levels - 1]?.[0] ?? 0;
      rig.use(processor, root);
      for (let i = 0; i < 150; i++) {
        if (random.below(30) === 0)
          rig.core.dv().setUint32(rig.vcpu + Vcpu.hwPmlIndex.offset, random.pick([0, 1, PML_INDEX_FULL, 511]), true);
        const outcome = rig.checkWalk(processor, root, randomGpa(random, processor.levels), random.pick(ACCESSES));
        seen[outcome.kind]++;
        if (outcome.kind === "exit") {
          if (outcome.reason === "page-modification log full") seen.full++;
          continue;
        }
        shadow.apply(outcome.updates);
        if (outcome.logged !== null) seen.logged++;
        if (outcome.updates.length > 0) seen.updated++;
      }
      shadow.check(rig);
    }
    // The mix is worth something only if everything happened.
    for (const [what, n] of Object.entries(seen)) expect(n, what).toBeGreaterThan(20);
    rig.close();
  });

  it(`of garbage always give an answer (seed ${SEED})`, async () => {
    const rig = await Rig.open({ build });
    const random = randomGenerator(SEED);
    const tables = Array.from({ length: 8 }, () => rig.table());
    const edges = [0, 0x1000, rig.arenaStart - 4096, rig.arenaEnd - 4096, rig.arenaEnd, 0xffff_f000];
    for (let round = 0; round < 40; round++) {
      const processor = randomProcessor(random);
      for (const table of tables) {
        for (let i = 0; i < 512; i++) rig.setWord(table + i * 8, garbage(random, tables, edges));
      }
      const root = random.below(4) === 0 ? garbage(random, tables, edges) : BigInt(random.pick(tables));
      rig.use(processor, root);
      for (let i = 0; i < 100; i++) {
        const gpa = random.below(2) === 0 ? random.word() : random.word() & (bit(12 + 9 * processor.levels) - 1n);
        rig.checkWalk(processor, BigInt.asUintN(52, root), gpa, random.pick(ACCESSES));
      }
    }
    rig.close();
  });

  it("a root where no memory is ends in a bad table, whatever its low half names", async () => {
    const rig = await Rig.open({ build });
    const root = rig.table();
    for (const format of ["ept", "npt"] as const) {
      const processor = { ...PROCESSOR, format };
      for (const bad of [0n, 0x10000n, BigInt(rig.arenaEnd), BigInt(root) | bit(32), BigInt(root) | bit(45)]) {
        rig.use(processor, bad);
        expect(rig.checkWalk(processor, bad, 0x1000n, 1)).toMatchObject({ reason: "bad table", qualification: bad });
      }
      rig.use(processor, root);
      expect(rig.checkWalk(processor, root, 0x1000n, 1)).not.toMatchObject({ reason: "bad table" });
    }
    rig.close();
  });
});

/** Random bits, half of them with an address that leads somewhere, or just not. */
function garbage(random: Random, tables: number[], edges: number[]): bigint {
  const word = random.word();
  if (random.below(2) === 0) return word;
  const address = BigInt(random.pick(random.below(4) === 0 ? edges : tables));
  const flags = random.below(4) === 0 ? word & 0xfff0_0000_0000_0fffn : word & 0x77n;
  return address | flags;
}
