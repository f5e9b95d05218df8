/**
 * core/pt's predicates over every combination of the bits that mean something, at every level and mode, against the
 * oracle. What a bit *does* in a walk is tested in test/core/hw.
 */
import { describe, expect, it } from "vitest";
import { HW_EXEC, HW_READ, HW_WRITE } from "../../../src/abi/index.js";
import { bit, bits, type Format, field, type ModelProcessor, modelFormat } from "../../../src/model/index.js";
import { BUILDS, type Core, openCore } from "../harness.js";
import { hwFlags, PROCESSOR } from "../hw/rig.js";

type Probe = (entries: number, n: number, level: number, maxPhyAddr: number, flags: number, out: number) => void;

interface PtProbes {
  framesAlloc(order: number, kind: number): number;
  framesFree(pfn: number, order: number): void;
  ptProbeEpt: Probe;
  ptProbeNpt: Probe;
  ptProbeEptTable(entry: bigint): bigint;
  ptProbeEptPage(entry: bigint, level: number): bigint;
  ptProbeNptTable(entry: bigint): bigint;
  ptProbeNptPage(entry: bigint, level: number): bigint;
  ptProbeEntryOffset(address: bigint, level: number): number;
  ptProbeOffsetMask(level: number): bigint;
  ptProbeAddressFits(address: bigint, levels: number): number;
}

const FRAME_KERNEL = 4;
const BLOCK_ORDER = 9;
const BLOCK_WORDS = (4096 << BLOCK_ORDER) / 16; // half for entries, half for answers
const LEVELS = [1, 2, 3, 4, 5];
const WIDTHS = [36, 46, 52];

/** Bits 0 to 9 in full, and the others one at a time beside each other: none of those changes the meaning of another. */
function entries(): bigint[] {
  const alone = [10, 11, 12, 13, 20, 21, 29, 30, 35, 36, 45, 46, 51, 52, 58, 62, 63].map(bit);
  const high = [0n, ...alone, bits(62, 52), bits(51, 12), bits(63, 10), bit(12) | bit(63), bits(35, 30) | bit(63)];
  return high.flatMap((h) => Array.from({ length: 1 << 10 }, (_, low) => h | BigInt(low)));
}

function permissionBits(format: Format, entry: bigint): bigint {
  const { read, write, execute } = format.permissions(entry);
  return BigInt((read ? HW_READ : 0) | (write ? HW_WRITE : 0) | (execute ? HW_EXEC : 0));
}

/** What a probe answers for a present entry; one that is not present has no other properties. */
function expectedBits(processor: ModelProcessor, format: Format, entry: bigint, level: number): bigint {
  if (!format.isPresent(entry)) return 0n;
  let answer = 1n;
  if (format.mapsPage(entry, level)) answer |= bit(1);
  if (format.isRefused(entry, level)) answer |= bit(2);
  answer |= permissionBits(format, entry) << 3n;
  return answer | (processor.format === "ept" ? field(entry, 5, 3) << 6n : patIndex(entry, level) << 6n);
}

/** PAT, PCD, PWT; PAT is bit 7 in a PTE and bit 12 in larger pages. */
function patIndex(entry: bigint, level: number): bigint {
  const pat = level === 1 ? field(entry, 7, 7) : field(entry, 12, 12);
  return (pat << 2n) | (field(entry, 4, 4) << 1n) | field(entry, 3, 3);
}

/** The debug build differs in its checks only: it gets a share, coprime to the periods of the enumeration. */
const SHARES = { test: 11, "test-release": 1 };

function checkAll(core: Core<PtProbes>, processor: ModelProcessor, probe: Probe, share: number): number {
  const pfn = core.x.framesAlloc(BLOCK_ORDER, FRAME_KERNEL);
  const from = pfn * 4096;
  const to = from + BLOCK_WORDS * 8;
  const words = new BigUint64Array(core.memory.buffer);
  const all = entries().filter((_, i) => i % share === 0);
  expect(all.length).toBeLessThanOrEqual(BLOCK_WORDS);
  words.set(all, from / 8);
  const format = modelFormat(processor);
  let refused = 0;
  for (const level of LEVELS) {
    probe(from, all.length, level, processor.maxPhyAddr, hwFlags(processor), to);
    all.forEach((entry, i) => {
      const expected = expectedBits(processor, format, entry, level);
      const raw = words[to / 8 + i] ?? 0n;
      const actual = (raw & 1n) === 0n ? 0n : raw;
      if ((expected & bit(2)) !== 0n) refused++;
      if (actual === expected) return;
      const about = `level ${level} entry 0x${entry.toString(16)} ${JSON.stringify(processor)}`;
      expect(actual.toString(2), about).toBe(expected.toString(2));
    });
  }
  core.x.framesFree(pfn, BLOCK_ORDER);
  return refused;
}

describe.each(BUILDS)("entries (%s)", (build) => {
  const flags = [true, false];
  const modes = flags.flatMap((page1g) => flags.map((capability) => ({ page1g, capability })));

  it.each(WIDTHS)("EPT at MAXPHYADDR %i", async (maxPhyAddr) => {
    const core = await openCore<PtProbes>({ build, memMiB: 16 });
    for (const { page1g, capability: execOnly } of modes) {
      const processor = { ...PROCESSOR, format: "ept" as const, maxPhyAddr, page1g, execOnly };
      expect(checkAll(core, processor, core.x.ptProbeEpt, SHARES[build])).toBeGreaterThan(1000);
    }
  });

  it.each(WIDTHS)("NPT at MAXPHYADDR %i", async (maxPhyAddr) => {
    const core = await openCore<PtProbes>({ build, memMiB: 16 });
    for (const { page1g, capability: noExecute } of modes) {
      const processor = { ...PROCESSOR, format: "npt" as const, maxPhyAddr, page1g, noExecute };
      expect(checkAll(core, processor, core.x.ptProbeNpt, SHARES[build])).toBeGreaterThan(1000);
    }
  });

  it("addresses of tables and pages are bits 51:12, less those below a large page", async () => {
    const { x } = await openCore<PtProbes>({ build, memMiB: 16 });
    const ones = bits(63, 0);
    expect(BigInt.asUintN(64, x.ptProbeEptTable(ones))).toBe(bits(51, 12));
    expect(BigInt.asUintN(64, x.ptProbeNptTable(ones))).toBe(bits(51, 12));
    const lowest = { 1: 12, 2: 21, 3: 30 };
    for (const [level, low] of Object.entries(lowest)) {
      expect(BigInt.asUintN(64, x.ptProbeEptPage(ones, Number(level)))).toBe(bits(51, low));
      expect(BigInt.asUintN(64, x.ptProbeNptPage(ones, Number(level)))).toBe(bits(51, low));
    }
  });

  it("each level looks at its own nine bits of an address", async () => {
    const { x } = await openCore<PtProbes>({ build, memMiB: 16 });
    for (const level of LEVELS) {
      const low = 12 + 9 * (level - 1);
      expect(x.ptProbeOffsetMask(level)).toBe(bits(low - 1, 0));
      expect(x.ptProbeEntryOffset(bits(63, 0), level)).toBe(511 * 8);
      expect(x.ptProbeEntryOffset(bits(63, 0) & ~bits(low + 8, low), level)).toBe(0);
      for (let n = low; n < low + 9; n++) expect(x.ptProbeEntryOffset(bit(n), level)).toBe(8 << (n - low));
    }
  });

  it("four levels translate 48 bits, five 57", async () => {
    const { x } = await openCore<PtProbes>({ build, memMiB: 16 });
    for (let n = 0; n < 64; n++) {
      expect(x.ptProbeAddressFits(bit(n), 4), `bit ${n}`).toBe(n < 48 ? 1 : 0);
      expect(x.ptProbeAddressFits(bit(n), 5), `bit ${n}`).toBe(n < 57 ? 1 : 0);
    }
  });
});
