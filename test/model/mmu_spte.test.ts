import { describe, expect, it } from "vitest";
import {
  ACC_ALL,
  ACC_EXEC,
  ACC_USER,
  ACC_WRITE,
  allows,
  FROZEN,
  type HostTraits,
  isAccessed,
  isAccessTracked,
  isDirty,
  isLeaf,
  isMmio,
  isPresent,
  isTable,
  masksOf,
  NONPRESENT,
  pfnOf,
} from "../../src/model/mmu_bits.js";
import {
  accessTrack,
  generationOf,
  isMmioCurrent,
  type LeafInput,
  makeLeaf,
  makeMmio,
  makeSplitChild,
  makeTable,
  mmioGfn,
  restoreAccessTracked,
} from "../../src/model/mmu_spte.js";
import { hasSoundWritability } from "../../src/model/mmu_transitions.js";

const host: HostTraits = { execOnly: true, maxPhyAddr: 46, l1tf: true };
const ept = masksOf("ept", host);
const npt = masksOf("npt", host);

function input(changes: Partial<LeafInput> = {}): LeafInput {
  return {
    page: { level: 1, adDisabled: false, wrprotOnly: false, mayExecute: true },
    access: ACC_ALL,
    pfn: 0x1234n,
    oldSpte: NONPRESENT,
    prefetch: false,
    hostWritable: true,
    nxHugePages: false,
    canUnsync: true,
    logged: false,
    ...changes,
  };
}

function page(level: number, changes: Partial<LeafInput["page"]> = {}): LeafInput["page"] {
  return { level, adDisabled: false, wrprotOnly: false, mayExecute: true, ...changes };
}

/** Values worked out by hand from the bit table, never by the code under test. */
describe("leaves, bit by bit", () => {
  it("4 KiB, everything permitted", () => {
    expect(makeLeaf(ept, input()).spte).toBe(0x8600000001234b77n);
    expect(makeLeaf(npt, input()).spte).toBe(0x0000000001234e67n);
  });

  it("2 MiB under the NX mitigation: no execution", () => {
    const huge = input({ page: page(2), pfn: 0x400n, nxHugePages: true });
    expect(makeLeaf(ept, huge).spte).toBe(0x8600000000400bf3n);
    expect(makeLeaf(npt, huge).spte).toBe(0x8000000000400ee7n);
  });

  it("4 KiB under the NX mitigation: executable", () => {
    expect(makeLeaf(ept, input({ nxHugePages: true })).spte).toBe(0x8600000001234b77n);
  });

  it("a page the host lets nobody write has none of the three writability bits", () => {
    expect(makeLeaf(ept, input({ hostWritable: false })).spte).toBe(0x8000000001234975n);
    expect(makeLeaf(npt, input({ hostWritable: false })).spte).toBe(0x0000000001234825n);
  });

  it("without hardware A/D: the tag, and A and D as software's own", () => {
    expect(makeLeaf(ept, input({ page: page(1, { adDisabled: true }) })).spte).toBe(0x8610000001234b77n);
  });

  it("in a nested guest's table under PML: the write-protect-only tag", () => {
    expect(makeLeaf(ept, input({ page: page(1, { wrprotOnly: true }) })).spte).toBe(0x8620000001234b77n);
  });

  it("prefetched: nobody has accessed it", () => {
    expect(makeLeaf(ept, input({ prefetch: true })).spte).toBe(0x8600000001234a77n);
    expect(makeLeaf(npt, input({ prefetch: true })).spte).toBe(0x0000000001234e47n);
    const tracked = makeLeaf(ept, input({ prefetch: true, page: page(1, { adDisabled: true }) })).spte;
    expect(tracked).toBe(0x8750000001234a70n);
    expect(isAccessTracked(ept, tracked)).toBe(true);
    expect(isPresent(tracked)).toBe(true);
  });

  it("read-only and execute-only accesses", () => {
    expect(makeLeaf(ept, input({ access: ACC_USER })).spte).toBe(0x8200000001234971n);
    expect(makeLeaf(ept, input({ access: ACC_EXEC })).spte).toBe(0x8200000001234974n);
    expect(makeLeaf(npt, input({ access: ACC_USER })).spte).toBe(0x8000000001234a25n);
  });

  it("a gfn whose shadow cannot be unsynchronised stays protected, unless it was writable already", () => {
    const refused = makeLeaf(ept, input({ canUnsync: false }));
    expect(refused.spte).toBe(0x8200000001234975n);
    expect(refused.writeProtected).toBe(true);
    const before = makeLeaf(ept, input()).spte;
    expect(makeLeaf(ept, input({ canUnsync: false, oldSpte: before })).writeProtected).toBe(false);
  });

  it("marks the gfn dirty when W is set and the slot is logged", () => {
    expect(makeLeaf(ept, input({ logged: true })).marksDirty).toBe(true);
    expect(makeLeaf(ept, input({ logged: true, access: ACC_USER })).marksDirty).toBe(false);
    expect(makeLeaf(ept, input()).marksDirty).toBe(false);
  });
});

describe("leaves, all combinations", () => {
  const levels = [1, 2, 3];
  const flags = [false, true];

  function everyInput(): LeafInput[] {
    const list: LeafInput[] = [];
    for (const level of levels)
      for (let access = 0; access <= ACC_ALL; access++)
        for (let bits = 0; bits < 64; bits++) {
          const on = (n: number): boolean => flags[(bits >> n) & 1] as boolean;
          const traits = page(level, { adDisabled: on(0), wrprotOnly: on(1) });
          list.push(
            input({ page: traits, access, prefetch: on(2), hostWritable: on(3), nxHugePages: on(4), canUnsync: on(5) }),
          );
        }
    return list;
  }

  it.each([
    ["ept", ept],
    ["npt", npt],
  ] as const)("are present leaves of the frame with sound writability (%s)", (_, masks) => {
    for (const one of everyInput()) {
      const { spte } = makeLeaf(masks, one);
      expect(isLeaf(spte, one.page.level)).toBe(true);
      expect(pfnOf(spte)).toBe(one.pfn);
      expect(hasSoundWritability(masks, spte)).toBe(true);
      expect(isMmio(masks, spte)).toBe(false);
      if (one.prefetch) expect(isAccessed(masks, spte) && masks.accTrack !== 0n).toBe(false);
      if (allows(masks, spte, "write")) expect(one.hostWritable && (one.access & ACC_WRITE) !== 0).toBe(true);
      if (allows(masks, spte, "fetch") && one.page.level > 1) expect(one.nxHugePages).toBe(false);
    }
  });
});

describe("tables and empty entries", () => {
  it("tables permit everything and have Accessed set beforehand", () => {
    expect(makeTable(ept, 0x55n, false)).toBe(0x8000000000055907n);
    expect(makeTable(ept, 0x55n, true)).toBe(0x8010000000055807n);
    expect(makeTable(npt, 0x55n, false)).toBe(0x0000000000055827n);
    expect(isTable(makeTable(ept, 0x55n, false), 2)).toBe(true);
  });

  it("nonpresent and frozen are not present", () => {
    expect([NONPRESENT, FROZEN]).toEqual([0x8000000000000000n, 0x80000000000005a0n]);
    expect(isPresent(NONPRESENT) || isPresent(FROZEN)).toBe(false);
    expect(isMmio(ept, FROZEN) || isMmio(npt, FROZEN)).toBe(false);
  });
});

describe("MMIO entries", () => {
  it("carry magic, generation and address", () => {
    expect(makeMmio(ept, 0xfee00n, ACC_ALL, 0x155aan)).toBe(0x15503e00fee00556n);
    expect(makeMmio(npt, 0xfee00n, ACC_ALL, 0x155aan)).toBe(0x15583e00fee00557n);
    expect(makeMmio(ept, 1n << 29n, ACC_ALL, 0n)).toBe(0x00007e0000000006n);
  });

  it("give back what they carry, for every address and generation bit", () => {
    for (const masks of [ept, npt])
      for (let n = 0; n < 34; n++)
        for (let g = 0; g < 19; g++) {
          const spte = makeMmio(masks, 1n << BigInt(n), ACC_ALL, 1n << BigInt(g));
          expect(isMmio(masks, spte)).toBe(true);
          expect(mmioGfn(masks, spte)).toBe(1n << BigInt(n));
          expect(generationOf(spte)).toBe(1n << BigInt(g));
        }
  });

  it("serve only their own generation, and none while the slots change", () => {
    const spte = makeMmio(ept, 5n, ACC_ALL, 6n);
    expect(isMmioCurrent(spte, 6n)).toBe(true);
    expect(isMmioCurrent(spte, 8n)).toBe(false);
    expect(isMmioCurrent(spte, (1n << 63n) | 6n)).toBe(false);
    expect(isMmioCurrent(spte, 6n + (1n << 19n))).toBe(true); // the wrap that the kernel answers by zapping all
  });
});

describe("access tracking", () => {
  it("puts R and X aside and gives them back, W only to a write", () => {
    const leaf = makeLeaf(ept, input({ page: page(1, { adDisabled: true }) })).spte;
    const tracked = accessTrack(ept, leaf);
    expect(tracked).toBe(0x8750000001234a70n);
    expect(restoreAccessTracked(ept, tracked)).toBe(0x8610000001234b75n);
    expect(isAccessed(ept, tracked)).toBe(false);
    expect(isDirty(ept, tracked)).toBe(false);
    expect(accessTrack(ept, tracked)).toBe(tracked);
  });

  it("with hardware A/D only clears Accessed", () => {
    expect(accessTrack(npt, 0x0000000001234e67n)).toBe(0x0000000001234e47n);
  });
});

describe("children of a split", () => {
  it("map the same frames with the same permissions", () => {
    const huge = makeLeaf(ept, input({ page: page(2), pfn: 0x400n })).spte;
    expect(makeSplitChild(ept, huge, 2, 3, { mayExecute: true, nxHugePages: false })).toBe(0x8600000000403b77n);
    const giant = makeLeaf(npt, input({ page: page(3), pfn: 0x40000n })).spte;
    expect(makeSplitChild(npt, giant, 3, 1, { mayExecute: true, nxHugePages: false })).toBe(0x0000000040200ee7n);
  });

  it("get execution back at 4 KiB when only the mitigation took it", () => {
    const huge = makeLeaf(npt, input({ page: page(2), pfn: 0x400n, nxHugePages: true })).spte;
    expect(makeSplitChild(npt, huge, 2, 0, { mayExecute: true, nxHugePages: true })).toBe(0x0000000000400e67n);
    expect(makeSplitChild(npt, huge, 2, 0, { mayExecute: false, nxHugePages: true })).toBe(0x8000000000400e67n);
  });
});
