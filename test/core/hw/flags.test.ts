/**
 * Accessed, Dirty and the log of modified pages, one behaviour a test; random_walks.test.ts has them in the mix.
 */
import { describe, expect, it } from "vitest";
import {
  HW_EXEC,
  HW_EXIT_EPT_VIOLATION,
  HW_EXIT_PML_FULL,
  HW_GUEST_TABLE,
  HW_NO_LINEAR,
  HW_READ,
  HW_WRITE,
  PML_INDEX_FULL,
  Vcpu,
} from "../../../src/abi/index.js";
import { bit, type ModelProcessor } from "../../../src/model/index.js";
import { BUILDS, type Core, runThreads } from "../harness.js";
import { PROCESSOR, Rig } from "./rig.js";

const GPA = (1n << 39n) | (2n << 30n) | (3n << 21n) | (4n << 12n) | 0x678n;
const EPT = { ...PROCESSOR, pml: true } satisfies ModelProcessor;
const EPT_NO_AD = { ...PROCESSOR, accessedDirty: false } satisfies ModelProcessor;
const NPT = { ...PROCESSOR, format: "npt" } satisfies ModelProcessor;

/** Tables that map GPA with full permission and no flag set; the places of the entries by level. */
function map(rig: Rig, processor: ModelProcessor, leafLevel = 1): { root: number; places: number[] } {
  const places: number[] = [];
  let below = rig.data(leafLevel === 1 ? 0 : 9);
  for (let level = leafLevel; level <= processor.levels; level++) {
    const table = rig.table();
    const large = level > 1 ? bit(7) : 0n;
    const page = level === leafLevel ? writeBack(processor) | large : 0n;
    places[level] = rig.setEntry(table, GPA, level, BigInt(below) | 7n | page);
    below = table;
  }
  rig.use(processor, below);
  return { root: below, places };
}

function writeBack(processor: ModelProcessor): bigint {
  return processor.format === "ept" ? 6n << 3n : 0n;
}

function flagsAt(rig: Rig, places: number[], accessed: number, dirty: number): string[] {
  const letters = (word: bigint): string =>
    `${(word & bit(accessed)) !== 0n ? "A" : ""}${(word & bit(dirty)) !== 0n ? "D" : ""}`;
  return places.flatMap((place) => [letters(rig.word(place))]);
}

function exitReason(answer: bigint): number {
  return Number(answer >> 32n);
}

function setPmlIndex(rig: Rig, index: number): void {
  rig.core.dv().setUint32(rig.vcpu + Vcpu.hwPmlIndex.offset, index, true);
}

function logged(rig: Rig, from: number): bigint[] {
  return Array.from({ length: 512 - from }, (_, i) => rig.word(rig.pml + (511 - i) * 8));
}

describe.each(BUILDS)("Accessed and Dirty (%s)", (build) => {
  it.each([
    ["EPT", EPT, 8, 9],
    ["NPT", NPT, 5, 6],
  ] as const)("%s: a read sets A in all entries, a write D in the leaf", async (_, processor, accessed, dirty) => {
    const rig = await Rig.open({ build });
    const { root, places } = map(rig, processor);
    rig.checkWalk(processor, root, GPA, HW_READ);
    expect(flagsAt(rig, places, accessed, dirty)).toEqual(["A", "A", "A", "A"]);
    rig.checkWalk(processor, root, GPA, HW_WRITE);
    expect(flagsAt(rig, places, accessed, dirty)).toEqual(["AD", "A", "A", "A"]);
    rig.close();
  });

  it("a write sets D in the large leaf it goes through, once", async () => {
    const rig = await Rig.open({ build });
    const { root, places } = map(rig, EPT, 2);
    rig.checkWalk(EPT, root, GPA, HW_WRITE);
    rig.checkWalk(EPT, root, GPA + 8192n, HW_WRITE);
    expect(flagsAt(rig, places, 8, 9)).toEqual(["AD", "A", "A"]);
    expect(logged(rig, 511)).toEqual([GPA & ~0xfffn]);
    expect(rig.field("hwPmlIndex")).toBe(510);
    rig.close();
  });

  it("EPT without A/D touches no entry", async () => {
    const rig = await Rig.open({ build });
    const { root, places } = map(rig, EPT_NO_AD);
    rig.checkWalk(EPT_NO_AD, root, GPA, HW_WRITE);
    expect(flagsAt(rig, places, 8, 9)).toEqual(["", "", "", ""]);
    rig.close();
  });

  it("a refused access sets nothing", async () => {
    const rig = await Rig.open({ build });
    const { root, places } = map(rig, EPT);
    const leaf = places[1] ?? 0;
    rig.setWord(leaf, rig.word(leaf) & ~2n);
    const outcome = rig.checkWalk(EPT, root, GPA, HW_WRITE);
    expect(outcome).toMatchObject({ kind: "exit", reason: "ept violation" });
    expect(flagsAt(rig, places, 8, 9)).toEqual(["", "", "", ""]);
    rig.close();
  });

  it("EPT with A/D: reading a guest table is a write, and the exit says read and write", async () => {
    const rig = await Rig.open({ build });
    const { root, places } = map(rig, EPT);
    rig.checkWalk(EPT, root, GPA, HW_READ | HW_GUEST_TABLE);
    expect(flagsAt(rig, places, 8, 9)).toEqual(["AD", "A", "A", "A"]);
    expect(logged(rig, 511)).toEqual([GPA & ~0xfffn]);
    const leaf = places[1] ?? 0;
    rig.setWord(leaf, rig.word(leaf) & ~2n);
    const { answer, hpaOrQualification } = rig.walk(GPA, HW_READ | HW_GUEST_TABLE);
    expect(exitReason(answer)).toBe(HW_EXIT_EPT_VIOLATION);
    expect(hpaOrQualification).toBe(0b0_1010_1011n); // read, write; readable, executable; linear, not translated
    rig.close();
  });

  it("EPT without A/D: reading a guest table is a read", async () => {
    const rig = await Rig.open({ build });
    const { root, places } = map(rig, EPT_NO_AD);
    const leaf = places[1] ?? 0;
    rig.setWord(leaf, rig.word(leaf) & ~2n);
    rig.checkWalk(EPT_NO_AD, root, GPA, HW_READ | HW_GUEST_TABLE);
    expect(rig.checkWalk(EPT_NO_AD, root, GPA, HW_WRITE | HW_GUEST_TABLE)).toMatchObject({ kind: "exit" });
    rig.close();
  });

  it("loading PAE page-directory pointers has no linear address", async () => {
    const rig = await Rig.open({ build });
    const { root } = map(rig, EPT);
    expect(rig.checkWalk(EPT, root, GPA ^ 0x1000n, HW_READ | HW_NO_LINEAR)).toMatchObject({ qualification: 1n });
    expect(rig.checkWalk(EPT, root, GPA ^ 0x1000n, HW_EXEC)).toMatchObject({ qualification: 0x184n });
    rig.close();
  });
});

describe.each(BUILDS)("page-modification log (%s)", (build) => {
  it("fills from its end down, and the index runs out to 0xffff", async () => {
    const rig = await Rig.open({ build });
    const { root, places } = map(rig, EPT);
    const leaf = (places[1] ?? 0) - 4 * 8; // the table's first entry
    const page = rig.word(places[1] ?? 0);
    const pageOf = (i: number): bigint => (GPA & ~0x1f_ffffn) | (BigInt(i) << 12n);
    for (let i = 0; i < 512; i++) rig.setWord(leaf + i * 8, page);
    for (let i = 0; i < 512; i++) rig.checkWalk(EPT, root, pageOf(i) + 5n, HW_WRITE);
    expect(rig.field("hwPmlIndex")).toBe(PML_INDEX_FULL);
    expect(logged(rig, 0)).toEqual(Array.from({ length: 512 }, (_, i) => pageOf(i)));
    rig.close();
  });

  it("when full, stops a write before D is set, and lets one through that needs no flag", async () => {
    const rig = await Rig.open({ build });
    const { root, places } = map(rig, EPT);
    rig.checkWalk(EPT, root, GPA, HW_READ);
    setPmlIndex(rig, PML_INDEX_FULL);
    expect(exitReason(rig.walk(GPA, HW_WRITE).answer)).toBe(HW_EXIT_PML_FULL);
    expect(flagsAt(rig, places, 8, 9)).toEqual(["A", "A", "A", "A"]);
    setPmlIndex(rig, 511);
    rig.checkWalk(EPT, root, GPA, HW_WRITE);
    setPmlIndex(rig, PML_INDEX_FULL);
    expect(rig.checkWalk(EPT, root, GPA, HW_WRITE)).toMatchObject({ kind: "translation" });
    rig.close();
  });

  it("when full, stops a read that would set A", async () => {
    const rig = await Rig.open({ build });
    const { root, places } = map(rig, EPT);
    setPmlIndex(rig, PML_INDEX_FULL);
    expect(rig.checkWalk(EPT, root, GPA, HW_READ)).toMatchObject({ reason: "page-modification log full" });
    expect(flagsAt(rig, places, 8, 9)).toEqual(["", "", "", ""]);
    rig.close();
  });

  it("does not exist for NPT, nor without A/D", async () => {
    const rig = await Rig.open({ build });
    for (const processor of [
      { ...NPT, pml: true },
      { ...EPT_NO_AD, pml: true },
    ]) {
      const { root } = map(rig, processor);
      rig.checkWalk(processor, root, GPA, HW_WRITE);
      expect(rig.field("hwPmlIndex")).toBe(511);
    }
    rig.close();
  });
});

describe.each(BUILDS)("a walk against somebody who changes the entry (%s)", (build) => {
  it("flags only the entry it translated", async () => {
    const rig = await Rig.open({ build, nCpus: 3 });
    const { places } = map(rig, EPT);
    const place = places[1] ?? 0;
    const a = rig.data();
    const b = rig.data();
    const out = rig.data();
    const leaf = (frame: number): bigint => BigInt(frame) | 0x37n;
    const offset = GPA & 0xfffn;
    rig.setWord(place, leaf(b)); // the first swap, to a, finds b
    const n = 1_000_000; // some tens of milliseconds: the two must overlap
    await runThreads(rig.core as unknown as Core, [
      { cpu: 1, fn: "hwStressWalks", args: [rig.vcpu, GPA, BigInt(a) + offset, BigInt(b) + offset, n, out] },
      { cpu: 2, fn: "hwStressSwaps", args: [place, leaf(a), leaf(b), bit(9), n, out + 32] },
    ]);
    const [inA, inB, clean, others, foundA, foundB] = [0, 8, 16, 24, 32, 40].map((at) => rig.word(out + at));
    expect(others).toBe(0n);
    expect((inA ?? 0n) + (inB ?? 0n) + (clean ?? 0n)).toBe(BigInt(n));
    // What the last swap left behind may have been flagged after it.
    const left = rig.word(place);
    const isDirty = (left & bit(9)) !== 0n;
    const isA = (left & 0xf_ffff_ffff_f000n) === BigInt(a);
    expect(inA).toBe((foundA ?? 0n) + (isDirty && isA ? 1n : 0n));
    expect(inB).toBe((foundB ?? 0n) + (isDirty && !isA ? 1n : 0n));
    rig.close();
  });
});
