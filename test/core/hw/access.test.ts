/** Loads, stores and fetches at guest-physical addresses: sizes, page crossings, all or nothing, reports of code. */
import { describe, expect, it } from "vitest";
import { HW_EXIT_EPT_VIOLATION, HW_EXIT_NPF } from "../../../src/abi/index.js";
import type { ModelProcessor } from "../../../src/model/index.js";
import { BUILDS, type CoreBuild } from "../harness.js";
import { PROCESSOR, Rig } from "./rig.js";

const FULL = { ept: 0x337n, npt: 0x67n };
const TABLE = { ept: 0x107n, npt: 0x27n };
const CODE = 1;
const SIZES = [1, 2, 4, 8] as const;

interface Guest {
  rig: Rig;
  /** Pages of guest memory from gpa 0: data, data, read-only data, nothing, phantom, data. */
  pages: number[];
  entries: number;
}

async function open(build: CoreBuild, format: ModelProcessor["format"] = "ept"): Promise<Guest> {
  const rig = await Rig.open({ build });
  const pages = [rig.data(), rig.data(), rig.data(), 0, 0x2_0000_0000, rig.data()];
  const entries = rig.table();
  const readOnly = FULL[format] & ~2n;
  pages.forEach((page, i) => {
    rig.setWord(entries + i * 8, page === 0 ? 0n : BigInt(page) | (i === 2 ? readOnly : FULL[format]));
  });
  let below = entries;
  for (let level = 2; level <= 4; level++) {
    const table = rig.table();
    rig.setWord(table, BigInt(below) | TABLE[format]);
    below = table;
  }
  rig.use({ ...PROCESSOR, format }, below);
  return { rig, pages, entries };
}

const PATTERN = 0x8877_6655_4433_2211n;

function bytesAt(rig: Rig, address: number, n: number): number[] {
  return Array.from({ length: n }, (_, i) => rig.core.dv().getUint8(address + i));
}

function setBytes(rig: Rig, address: number, values: number[]): void {
  values.forEach((value, i) => rig.core.dv().setUint8(address + i, value));
}

describe.each(BUILDS)("guest accesses (%s)", (build) => {
  it.each(["ept", "npt"] as const)(
    "%s: each size writes and reads just its bytes, on a miss and on a hit",
    async (format) => {
      const { rig, pages } = await open(build, format);
      const { x, vcpu } = rig;
      const page = pages[0] ?? 0;
      for (const size of SIZES) {
        for (const offset of [0, 8, 0x123, 4096 - size]) {
          for (const isHit of [false, true]) {
            if (!isHit) x.hwProbeFlushAll(vcpu);
            setBytes(
              rig,
              page + offset - (offset > 0 ? 1 : 0),
              Array.from({ length: 10 }, () => 0xee),
            );
            expect(x.hwProbeWrite(vcpu, BigInt(offset), size, PATTERN)).toBe(0);
            const expected = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88].slice(0, size);
            expect(bytesAt(rig, page + offset, size)).toEqual(expected);
            if (offset + size < 4096) expect(bytesAt(rig, page + offset + size, 1)).toEqual([0xee]);
            if (!isHit) x.hwProbeFlushAll(vcpu);
            expect(x.hwProbeRead(vcpu, BigInt(offset), size)).toBe(0);
            expect(BigInt.asUintN(64, x.hwProbeRet0())).toBe(BigInt.asUintN(size * 8, PATTERN));
            expect(x.hwProbeFetch(vcpu, BigInt(offset), size)).toBe(0);
            expect(BigInt.asUintN(64, x.hwProbeRet0())).toBe(BigInt.asUintN(size * 8, PATTERN));
          }
        }
      }
      rig.close();
    },
  );

  it("sixteen bytes, also across a page", async () => {
    const { rig, pages } = await open(build);
    const { x, vcpu } = rig;
    const bytes = Array.from({ length: 16 }, (_, i) => i + 1);
    for (const offset of [0, 0x40, 4096 - 16, 4096 - 15, 4096 - 8, 4096 - 1]) {
      for (let again = 0; again < 2; again++) {
        const gpa = BigInt(offset);
        expect(x.hwProbeWrite16(vcpu, gpa, 0x0807_0605_0403_0201n, 0x100f_0e0d_0c0b_0a09n)).toBe(0);
        const head = Math.min(16, 4096 - offset);
        expect(bytesAt(rig, (pages[0] ?? 0) + offset, head)).toEqual(bytes.slice(0, head));
        expect(bytesAt(rig, pages[1] ?? 0, 16 - head)).toEqual(bytes.slice(head));
        expect(x.hwProbeRead(vcpu, gpa, 16)).toBe(0);
        expect([x.hwProbeRet0(), x.hwProbeRet1()]).toEqual([0x0807_0605_0403_0201n, 0x100f_0e0d_0c0b_0a09n]);
      }
    }
    rig.close();
  });

  it("every crossing of a page, in frames that are no neighbours", async () => {
    const { rig, pages } = await open(build);
    const { x, vcpu } = rig;
    for (const size of SIZES) {
      for (let before = 1; before < size; before++) {
        const gpa = BigInt(4096 - before);
        expect(x.hwProbeWrite(vcpu, gpa, size, PATTERN)).toBe(0);
        const expected = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88].slice(0, size);
        expect(bytesAt(rig, (pages[0] ?? 0) + 4096 - before, before)).toEqual(expected.slice(0, before));
        expect(bytesAt(rig, pages[1] ?? 0, size - before)).toEqual(expected.slice(before));
        for (const probe of [x.hwProbeRead, x.hwProbeFetch]) {
          expect(probe(vcpu, gpa, size)).toBe(0);
          expect(BigInt.asUintN(64, x.hwProbeRet0())).toBe(BigInt.asUintN(size * 8, PATTERN));
        }
      }
    }
    rig.close();
  });

  it.each([
    ["ept", HW_EXIT_EPT_VIOLATION],
    ["npt", HW_EXIT_NPF],
  ] as const)("%s: a write whose second page refuses changes nothing, and names that page", async (format, reason) => {
    const { rig, pages } = await open(build, format);
    const { x, vcpu } = rig;
    setBytes(rig, (pages[1] ?? 0) + 4088, [1, 2, 3, 4, 5, 6, 7, 8]);
    expect(x.hwProbeWrite(vcpu, 0x1ffdn, 8, PATTERN)).toBe(1);
    expect(rig.field("hwExitReason")).toBe(reason);
    expect(rig.field64("hwExitGpa")).toBe(0x2000n);
    expect(bytesAt(rig, (pages[1] ?? 0) + 4088, 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(x.hwProbeRead(vcpu, 0x1ffdn, 8)).toBe(0);
    expect(x.hwProbeRead(vcpu, 0x2ffdn, 8)).toBe(1); // into nothing
    expect(rig.field64("hwExitGpa")).toBe(0x3000n);
    expect(x.hwProbeRead(vcpu, 0x3ffdn, 2)).toBe(1);
    expect(rig.field64("hwExitGpa")).toBe(0x3ffdn);
    rig.close();
  });

  it("phantom pages read as 0 and swallow writes", async () => {
    const { rig, pages } = await open(build);
    const { x, vcpu } = rig;
    expect(x.hwProbeWrite(vcpu, 0x4008n, 8, PATTERN)).toBe(0);
    expect(x.hwProbeRead(vcpu, 0x4008n, 8)).toBe(0);
    expect(x.hwProbeRet0()).toBe(0n);
    // Half phantom: the other half is memory.
    expect(x.hwProbeWrite(vcpu, 0x4ffcn, 8, PATTERN)).toBe(0);
    expect(bytesAt(rig, pages[5] ?? 0, 4)).toEqual([0x55, 0x66, 0x77, 0x88]);
    expect(x.hwProbeRead(vcpu, 0x4ffcn, 8)).toBe(0);
    expect(BigInt.asUintN(64, x.hwProbeRet0())).toBe(0x8877_6655_0000_0000n);
    rig.close();
  });

  it("every store into a frame with decoded code is reported, after the bytes are there", async () => {
    const { rig, pages } = await open(build);
    const { x, vcpu } = rig;
    const [first = 0, second = 0] = pages;
    x.hwProbeWatchCode();
    expect(x.hwProbeWrite(vcpu, 0n, 8, 1n)).toBe(0);
    expect(x.hwProbeCodeReports()).toBe(0n);
    x.hwProbeSetCode(first / 4096, CODE);
    x.hwProbeFlushAll(vcpu); // as whoever sets the flag must have it done
    for (let i = 0; i < 3; i++) {
      expect(x.hwProbeWrite(vcpu, 8n, 8, BigInt(i))).toBe(0);
      expect(x.hwProbeCodeReports()).toBe((1n << 32n) | BigInt(first / 4096));
      expect(x.hwProbeHitWrite(vcpu, 8n, 8)).toBe(0);
    }
    expect(rig.word(first + 8)).toBe(2n);
    expect(x.hwProbeRead(vcpu, 8n, 8)).toBe(0);
    expect(x.hwProbeHitRead(vcpu, 8n, 8) >>> 0).toBe(first + 8);
    expect(x.hwProbeCodeReports()).toBe(0n);
    // Across the page: each frame speaks for itself.
    expect(x.hwProbeWrite(vcpu, 0xffcn, 8, PATTERN)).toBe(0);
    expect(x.hwProbeCodeReports()).toBe((1n << 32n) | BigInt(first / 4096));
    x.hwProbeSetCode(second / 4096, CODE);
    x.hwProbeFlushAll(vcpu);
    expect(x.hwProbeWrite(vcpu, 0xffcn, 8, PATTERN)).toBe(0);
    expect(x.hwProbeCodeReports()).toBe((2n << 32n) | BigInt(second / 4096));
    // Not watched any more: a store is a store, and the next fill may write fast.
    x.hwProbeSetCode(first / 4096, 0);
    x.hwProbeSetCode(second / 4096, 0);
    expect(x.hwProbeWrite(vcpu, 8n, 8, 9n)).toBe(0);
    expect(x.hwProbeHitWrite(vcpu, 8n, 8) >>> 0).toBe(first + 8);
    x.hwProbeUnwatchCode();
    rig.close();
  });

  it("the last byte of the address space and a wrap past it are refused, not taken for gpa 0", async () => {
    const { rig } = await open(build);
    const { x, vcpu } = rig;
    expect(x.hwProbeRead(vcpu, 0n, 8)).toBe(0);
    expect(x.hwProbeRead(vcpu, 0xffff_ffff_ffff_fffcn, 8)).toBe(1);
    expect(rig.field64("hwExitGpa")).toBe(0xffff_ffff_ffff_fffcn);
    expect(x.hwProbeRead(vcpu, 1n << 48n, 8)).toBe(1);
    rig.close();
  });
});

describe("above 2 GiB", () => {
  it("tables, TLB hits and data are where they are", { timeout: 30_000 }, async () => {
    const rig = await Rig.open({ build: "test-release", memMiB: 2304 });
    // The arena's end, which the allocator has not touched: nothing else runs here.
    const at = rig.arenaEnd - 0x20_0000;
    expect(at).toBeGreaterThan(2 ** 31);
    const [root, pointers, directory, entries, page] = [0, 1, 2, 3, 4].map((i) => at + i * 4096) as [
      number,
      number,
      number,
      number,
      number,
    ];
    for (let address = root; address < page; address += 8) rig.setWord(address, 0n);
    rig.setWord(root, BigInt(pointers) | 7n);
    rig.setWord(pointers, BigInt(directory) | 7n);
    rig.setWord(directory, BigInt(entries) | 7n);
    rig.setWord(entries + 8, BigInt(page) | 7n);
    rig.use(PROCESSOR, root);
    const { x, vcpu } = rig;
    expect(x.hwProbeWrite(vcpu, 0x1010n, 8, PATTERN)).toBe(0);
    expect(rig.word(page + 0x10)).toBe(PATTERN);
    expect(rig.word(entries + 8)).toBe(BigInt(page) | 0x307n);
    expect(x.hwProbeHitWrite(vcpu, 0x1010n, 8) >>> 0).toBe(page + 0x10);
    expect(x.hwProbeRead(vcpu, 0x1010n, 4)).toBe(0);
    expect(x.hwProbeRet0()).toBe(PATTERN & 0xffff_ffffn);
    expect(rig.translate(0x1010n, 1).hpaOrQualification).toBe(BigInt(page + 0x10));
    rig.close();
  });
});
