/** Core's makers and predicates of SPTEs against the oracle, over every combination of their inputs. */
import { afterAll, describe, expect, it } from "vitest";
import { PARAM_AD, PARAM_MMIO_CACHING, PARAM_PML, TDP_EPT, TDP_NPT } from "../../../src/abi/index.js";
import {
  ACC_ALL,
  allows,
  clear,
  type Format,
  type HostTraits,
  isAccessed,
  isAccessTracked,
  isDirty,
  isMmio,
  isPresent,
  masksOf,
  NONPRESENT,
  PFN_BITS,
  WRITABLE,
} from "../../../src/model/mmu_bits.js";
import {
  accessTrack,
  isMmioCurrent,
  makeLeaf,
  makeMmio,
  makeSplitChild,
  makeTable,
  type PageTraits,
  restoreAccessTracked,
} from "../../../src/model/mmu_spte.js";
import { BUILDS, openCore } from "../harness.js";

interface BitsExports {
  mmuBitsVm(tdp: number, params: number): number;
  mmuBitsVmFree(vm: number): void;
  mmuBitsMakeLeaf(vm: number, role: number, access: number, pfn: bigint, flags: number): bigint;
  mmuBitsMakeTable(vm: number, role: number, table: number): bigint;
  mmuBitsMakeChild(vm: number, huge: bigint, childRole: number, index: number, flags: number): bigint;
  mmuBitsMakeChanged(vm: number, old: bigint, pfn: bigint): bigint;
  mmuBitsMakeMmio(vm: number, gfn: bigint, access: number, generation: bigint): bigint;
  mmuBitsMmioGfn(spte: bigint): bigint;
  mmuBitsMmioGeneration(spte: bigint): bigint;
  mmuBitsIsMmioCurrent(spte: bigint, generation: bigint): number;
  mmuBitsPredicates(vm: number, spte: bigint, level: number): number;
  mmuBitsTrack(vm: number, spte: bigint): bigint;
  mmuBitsRestore(vm: number, spte: bigint): bigint;
  mmuBitsRootRole(vm: number, asId: number, guestMode: number): number;
  mmuBitsChildRole(role: number): number;
}

const host: HostTraits = { execOnly: true, maxPhyAddr: 46, l1tf: true };
const PREFETCH = 1;
const HOST_WRITABLE = 2;
const NX_MITIGATION = 4;
const PFNS = [0n, 1n, 0xfffffn, 0x200000n, (1n << 34n) - 1n];

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

interface Kind {
  readonly name: string;
  readonly format: Format;
  readonly params: number;
}

const KINDS: readonly Kind[] = [
  { name: "ept", format: "ept", params: PARAM_AD | PARAM_MMIO_CACHING },
  { name: "ept, pml", format: "ept", params: PARAM_AD | PARAM_PML | PARAM_MMIO_CACHING },
  { name: "ept, no A/D", format: "ept", params: PARAM_MMIO_CACHING },
  { name: "npt", format: "npt", params: PARAM_AD | PARAM_MMIO_CACHING },
];

describe.each(BUILDS)("%s", (build) => {
  describe.each(KINDS)("$name", async ({ format, params }) => {
    const { x } = await openCore<BitsExports & Record<string, never>>({ build, memMiB: 16, nCpus: 1 });
    const vm = x.mmuBitsVm(format === "ept" ? TDP_EPT : TDP_NPT, params);
    const masks = masksOf(format, host);
    const adDisabled = format === "ept" && (params & PARAM_AD) === 0;
    const pml = (params & PARAM_PML) !== 0;
    afterAll(() => x.mmuBitsVmFree(vm));

    /** The role of a table of `level`, and the oracle's idea of it. */
    function tableOf(level: number, guestMode: number): { role: number; page: PageTraits } {
      let role = x.mmuBitsRootRole(vm, 0, guestMode);
      for (let l = 4; l > level; l--) role = x.mmuBitsChildRole(role);
      const wrprotOnly = !adDisabled && guestMode === 1 && pml;
      return { role, page: { level, adDisabled, wrprotOnly, mayExecute: true } };
    }

    /** Every leaf that can be made, with the name of its inputs. */
    function* everyLeaf(): Generator<{ what: string; level: number; made: bigint; expected: bigint }> {
      for (const level of [1, 2, 3])
        for (const guestMode of [0, 1])
          for (let access = 0; access <= ACC_ALL; access++)
            for (let flags = 0; flags < 8; flags++)
              for (const anyPfn of PFNS) {
                const pfn = anyPfn & ~((1n << BigInt(9 * (level - 1))) - 1n);
                const { role, page } = tableOf(level, guestMode);
                const expected = makeLeaf(masks, {
                  page,
                  access,
                  pfn,
                  oldSpte: NONPRESENT,
                  prefetch: (flags & PREFETCH) !== 0,
                  hostWritable: (flags & HOST_WRITABLE) !== 0,
                  nxHugePages: (flags & NX_MITIGATION) !== 0,
                  canUnsync: true,
                  logged: false,
                }).spte;
                const made = u64(x.mmuBitsMakeLeaf(vm, role, access, pfn, flags));
                yield {
                  what: `level ${level} guest_mode ${guestMode} access ${access} flags ${flags}`,
                  level,
                  made,
                  expected,
                };
              }
    }

    it("leaves have exactly the specified bits", () => {
      for (const { what, made, expected } of everyLeaf()) {
        if (made !== expected) expect.fail(`${what}: made ${made.toString(16)}, specified ${expected.toString(16)}`);
      }
    });

    it("what a leaf permits and remembers is read from it as specified", () => {
      for (const { what, level, expected: spte } of everyLeaf()) {
        for (const one of [spte, u64(x.mmuBitsTrack(vm, spte))]) {
          const bitsOf = x.mmuBitsPredicates(vm, one, level);
          const specified =
            (isAccessed(masks, one) ? 1 : 0) |
            (isDirty(masks, one) ? 2 : 0) |
            (isAccessTracked(masks, one) ? 4 : 0) |
            (isMmio(masks, one) ? 8 : 0) |
            (allows(masks, one, "write") ? 32 : 0) |
            (allows(masks, one, "fetch") ? 64 : 0);
          // Reading is asked of the user bit: it is what the MMU's own leaves have, with access ACC_USER at least.
          if ((bitsOf & 0x6f) !== specified)
            expect.fail(`${what} ${one.toString(16)}: ${bitsOf & 0x6f}, specified ${specified}`);
        }
      }
    });

    it("access tracking and its inverse", () => {
      for (const { what, expected: spte } of everyLeaf()) {
        const tracked = u64(x.mmuBitsTrack(vm, spte));
        expect(tracked, what).toBe(accessTrack(masks, spte));
        if (!isAccessTracked(masks, tracked)) continue;
        expect(u64(x.mmuBitsRestore(vm, tracked)), what).toBe(restoreAccessTracked(masks, tracked));
      }
    });

    it("tables", () => {
      for (const level of [1, 2, 3, 4])
        for (const table of [0x1000, 0x7ffff000, 0xfffff000]) {
          const made = u64(x.mmuBitsMakeTable(vm, tableOf(level, 0).role, table));
          expect(made).toBe(makeTable(masks, BigInt(table) >> 12n, adDisabled));
        }
    });

    it("children of a split", () => {
      for (const { level, expected: huge } of everyLeaf()) {
        if (level === 1) continue;
        for (const index of [0, 1, 511])
          for (const flags of [0, NX_MITIGATION]) {
            const child = tableOf(level - 1, 0);
            const made = u64(x.mmuBitsMakeChild(vm, huge, child.role, index, flags));
            const rights = { mayExecute: true, nxHugePages: flags !== 0 };
            expect(made).toBe(makeSplitChild(masks, huge, level, index, rights));
          }
      }
    });

    it("the leaf after the host changed its frame", () => {
      for (const { level, expected: spte } of everyLeaf()) {
        if (level > 1) continue;
        const kept = clear(spte, PFN_BITS | WRITABLE | masks.hostWritable | masks.mmuWritable);
        const expected = accessTrack(masks, kept | 0x4321000n);
        expect(u64(x.mmuBitsMakeChanged(vm, spte, 0x4321n))).toBe(expected);
      }
    });

    it("MMIO entries, for every address bit, generation bit and access", () => {
      const gfns = [0n, (1n << 34n) - 1n, ...Array.from({ length: 34 }, (_, n) => 1n << BigInt(n))];
      const generations = [0n, (1n << 19n) - 1n, 1n << 19n, ...Array.from({ length: 19 }, (_, n) => 1n << BigInt(n))];
      for (const gfn of gfns)
        for (const generation of generations)
          for (const access of [0, ACC_ALL]) {
            const made = u64(x.mmuBitsMakeMmio(vm, gfn, access, generation));
            expect(made).toBe(makeMmio(masks, gfn, access, generation));
            expect(isPresent(made)).toBe(false);
            expect(x.mmuBitsPredicates(vm, made, 1) & 8).toBe(8);
            expect(u64(x.mmuBitsMmioGfn(made))).toBe(gfn);
            expect(u64(x.mmuBitsMmioGeneration(made))).toBe(generation & 0x7ffffn);
            for (const now of [generation, generation + 2n, generation | (1n << 63n)])
              expect(x.mmuBitsIsMmioCurrent(made, now) !== 0).toBe(isMmioCurrent(made, now));
          }
    });
  });
});
