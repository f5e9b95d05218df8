/** The TLB: when it hits, what it holds, and that nothing outlives a flush. */
import { describe, expect, it } from "vitest";
import { HW_EXEC, HW_GUEST_TABLE, HW_PHANTOM, HW_READ, HW_WRITE, TLB_TAG_MAX } from "../../../src/abi/index.js";
import { bit, type ModelProcessor } from "../../../src/model/index.js";
import { BUILDS, type CoreBuild } from "../harness.js";
import { CASE_BYTES, PROCESSOR, Rig, randomGenerator } from "./rig.js";

const EPT = PROCESSOR;
const SEED = 7;
const FULL = 0x337n; // RWX, write-back, Accessed, Dirty
const PHANTOM = 0x2_0000_0000n;

/** A two-mebibyte stretch from gpa 0, mapped by 4 KiB entries that the test writes. */
class Flat {
  readonly rig: Rig;
  readonly entries: number;
  readonly directory: number;
  readonly pointers: number;

  constructor(rig: Rig, processor: ModelProcessor = EPT) {
    this.rig = rig;
    this.entries = rig.table();
    this.directory = rig.table();
    this.pointers = rig.table();
    let root = rig.table();
    rig.setWord(this.directory, BigInt(this.entries) | 0x107n);
    rig.setWord(this.pointers, BigInt(this.directory) | 0x107n);
    rig.setWord(root, BigInt(this.pointers) | 0x107n);
    if (processor.levels === 5) {
      const top = rig.table();
      rig.setWord(top, BigInt(root) | 0x107n);
      root = top;
    }
    rig.use(processor, root);
  }

  set(page: number, entry: bigint): void {
    this.rig.setWord(this.entries + page * 8, entry);
  }
}

/** Pointers that the three fast paths give for `gpa`: read, write, fetch. */
function hits(rig: Rig, gpa: bigint, size = 1): number[] {
  const { x, vcpu } = rig;
  return [x.hwProbeHitRead(vcpu, gpa, size), x.hwProbeHitWrite(vcpu, gpa, size), x.hwProbeHitExec(vcpu, gpa, size)].map(
    (p) => p >>> 0,
  );
}

function isOk(answer: { answer: bigint }): boolean {
  return (answer.answer & 0xffn) === 0n;
}

async function open(build: CoreBuild, tlbEntries = 1024): Promise<{ rig: Rig; flat: Flat }> {
  const rig = await Rig.open({ build, tlbEntries });
  return { rig, flat: new Flat(rig) };
}

describe.each(BUILDS)("TLB (%s)", (build) => {
  it("is empty at first, and holds what was translated", async () => {
    const { rig, flat } = await open(build);
    const page = rig.data();
    flat.set(3, BigInt(page) | FULL);
    expect(hits(rig, 0x3010n)).toEqual([0, 0, 0]);
    expect(rig.translate(0x3010n, HW_READ).hpaOrQualification).toBe(BigInt(page + 0x10));
    expect(hits(rig, 0x3ff8n, 8)).toEqual([page + 0xff8, page + 0xff8, page + 0xff8]);
    expect(hits(rig, 0x2000n)).toEqual([0, 0, 0]);
    const walks = rig.field64("hwWalks");
    expect(rig.translate(0x3777n, HW_WRITE).hpaOrQualification).toBe(BigInt(page + 0x777));
    expect(rig.field64("hwWalks")).toBe(walks);
    rig.close();
  });

  it.each([
    [0x331n, [true, false, false]],
    [0x333n, [true, true, false]],
    [0x335n, [true, false, true]],
    [0x334n, [false, false, true]],
    [0x337n, [true, true, true]],
  ])("entry 0x%s: hits are what it permits", async (entry, expected) => {
    const { rig, flat } = await open(build);
    const page = rig.data();
    flat.set(0, BigInt(page) | entry);
    const access = (entry & 1n) === 0n ? HW_EXEC : HW_READ;
    expect(isOk(rig.translate(0n, access))).toBe(true);
    expect(hits(rig, 0n)).toEqual(expected.map((is) => (is ? page : 0)));
    rig.close();
  });

  it("a read of a clean page gives no hit for writes until D is set", async () => {
    const { rig, flat } = await open(build);
    const page = rig.data();
    flat.set(1, BigInt(page) | 0x37n);
    rig.translate(0x1000n, HW_READ);
    expect(hits(rig, 0x1000n)).toEqual([page, 0, page]);
    expect(rig.word(flat.entries + 8)).toBe(BigInt(page) | 0x137n);
    rig.translate(0x1000n, HW_WRITE);
    expect(hits(rig, 0x1000n)).toEqual([page, page, page]);
    expect(rig.word(flat.entries + 8)).toBe(BigInt(page) | 0x337n);
    rig.close();
  });

  it("a walk of guest tables sets D, although a read of the page is remembered", async () => {
    const { rig, flat } = await open(build);
    flat.set(1, BigInt(rig.data()) | 0x37n);
    rig.translate(0x1000n, HW_READ);
    rig.translate(0x1000n, HW_READ | HW_GUEST_TABLE);
    expect(rig.word(flat.entries + 8) & bit(9)).toBe(bit(9));
    rig.close();
  });

  it("without A/D a writable page hits for writes at once", async () => {
    const rig = await Rig.open({ build });
    const flat = new Flat(rig, { ...EPT, accessedDirty: false });
    const page = rig.data();
    flat.set(1, BigInt(page) | 0x37n);
    rig.translate(0x1000n, HW_READ);
    expect(hits(rig, 0x1000n)).toEqual([page, page, page]);
    expect(rig.word(flat.entries + 8)).toBe(BigInt(page) | 0x37n);
    rig.close();
  });

  it("an access that crosses a page never hits", async () => {
    for (const tlbEntries of [2, 1024]) {
      const { rig, flat } = await open(build, tlbEntries);
      for (let i = 0; i < 4; i++) flat.set(i, BigInt(rig.data()) | FULL);
      for (const gpa of [0x1ffcn, 0x1001n, 0x2000n]) {
        for (const filled of [0x1000n, 0x2000n, 0x3000n]) rig.translate(filled, HW_WRITE);
        const isInside = (gpa & 0xfffn) <= 0xff8n;
        expect(hits(rig, gpa, 8)[0] !== 0, `${tlbEntries} 0x${gpa.toString(16)}`).toBe(
          isInside && (tlbEntries > 2 || gpa === 0x2000n),
        );
      }
      rig.close();
    }
  });

  it("large pages fill 4 KiB at a time", async () => {
    const { rig, flat } = await open(build);
    const large = rig.data(9);
    rig.setWord(flat.directory + 8, BigInt(large) | FULL | bit(7)); // 2 MiB at 2 MiB
    rig.setWord(flat.pointers + 8, PHANTOM | FULL | bit(7)); // 1 GiB at 1 GiB, phantom
    const gpa = 0x20_0000n + 0x12_3456n;
    const { answer, hpaOrQualification } = rig.translate(gpa, HW_READ);
    expect([Number(answer >> 8n) & 0xff, hpaOrQualification]).toEqual([2, BigInt(large + 0x12_3456)]);
    expect(hits(rig, gpa)[1]).toBe(large + 0x12_3456);
    expect(hits(rig, gpa + 0x1000n)[1]).toBe(0);
    const far = (1n << 30n) | 0x3765_4321n;
    for (let i = 0; i < 2; i++) {
      const again = rig.translate(far, HW_READ);
      expect([Number(again.answer >> 8n) & 0xff, again.hpaOrQualification]).toEqual([3, PHANTOM | 0x3765_4321n]);
    }
    rig.close();
  });

  it("phantom pages are remembered, but have no pointer", async () => {
    const { rig, flat } = await open(build);
    const hpa = 0x3fff_1234_5000n; // 46 bits
    flat.set(0, hpa | FULL);
    const first = rig.translate(8n, HW_WRITE);
    expect(first.hpaOrQualification).toBe(hpa + 8n);
    expect(Number(first.answer >> 16n) & HW_PHANTOM).toBe(HW_PHANTOM);
    const walks = rig.field64("hwWalks");
    expect(rig.translate(8n, HW_WRITE)).toEqual(first);
    expect(rig.translate(8n, HW_READ)).toEqual(first);
    expect(rig.field64("hwWalks")).toBe(walks);
    expect(hits(rig, 8n)).toEqual([0, 0, 0]);
    // Whatever the address: the mark is in bits that the fast path's word never has set.
    for (let n = 12; n < 64; n++) expect(hits(rig, bit(n) | 8n)).toEqual([0, 0, 0]);
    rig.close();
  });

  it("core's own memory below the arena is never pointed at", async () => {
    const { rig, flat } = await open(build);
    for (const hpa of [0, 0x10000, rig.arenaStart - 4096]) {
      flat.set(0, BigInt(hpa) | FULL);
      rig.x.hwProbeFlushAll(rig.vcpu);
      expect(Number(rig.translate(0n, HW_WRITE).answer >> 16n) & HW_PHANTOM).toBe(HW_PHANTOM);
      expect(hits(rig, 0n)).toEqual([0, 0, 0]);
    }
    rig.close();
  });

  it("a colliding page takes the entry", async () => {
    const { rig, flat } = await open(build, 16);
    const [a, b] = [rig.data(), rig.data()];
    flat.set(1, BigInt(a) | FULL);
    flat.set(17, BigInt(b) | FULL);
    rig.translate(0x1000n, HW_WRITE);
    rig.translate(0x1_1000n, HW_WRITE);
    expect(hits(rig, 0x1000n)).toEqual([0, 0, 0]);
    expect(hits(rig, 0x1_1000n)).toEqual([b, b, b]);
    rig.close();
  });

  it("no address aliases another: all of its bits are compared", async () => {
    const rig = await Rig.open({ build });
    const flat = new Flat(rig, { ...EPT, levels: 5 });
    flat.set(1, BigInt(rig.data()) | FULL);
    rig.translate(0x1000n, HW_WRITE);
    for (let n = 12; n < 64; n++) expect(hits(rig, 0x1000n ^ bit(n)), `bit ${n}`).toEqual([0, 0, 0]);
    rig.close();
  });

  it("a flush of everything leaves nothing, through all tags and past their end", async () => {
    const { rig, flat } = await open(build);
    const [a, b] = [rig.data(), rig.data()];
    const tags = new Set<number>();
    for (let i = 0; i < TLB_TAG_MAX * 2 + 5; i++) {
      const page = i % 2 === 0 ? a : b;
      flat.set(1, BigInt(page) | FULL);
      rig.translate(0x1000n, HW_WRITE);
      if (hits(rig, 0x1000n)[1] !== page) expect(hits(rig, 0x1000n)[1], `flush ${i}`).toBe(page);
      // A page that is filled once and must stay dead when its tag comes round again.
      if (i === 5) {
        flat.set(2, BigInt(a) | FULL);
        rig.translate(0x2000n, HW_READ);
        flat.set(2, 0n);
      }
      if (i > 5 && hits(rig, 0x2000n)[0] !== 0) expect.fail(`a translation came back to life at flush ${i}`);
      tags.add(rig.field("tlbTag"));
      rig.x.hwProbeFlushAll(rig.vcpu);
    }
    expect(tags.size).toBe(TLB_TAG_MAX);
    expect(Math.min(...tags)).toBe(1);
    expect(hits(rig, 0x1000n)).toEqual([0, 0, 0]);
    expect(isOk(rig.translate(0x2000n, HW_READ))).toBe(false);
    rig.close();
  });

  it("a flush of a range forgets it, and leaves the rest", async () => {
    const { rig, flat } = await open(build, 16);
    const pages = Array.from({ length: 16 }, (_, i) => {
      const page = rig.data();
      flat.set(i, BigInt(page) | FULL);
      rig.translate(BigInt(i) << 12n, HW_WRITE);
      return page;
    });
    const live = (): number[] => pages.map((_, i) => i).filter((i) => hits(rig, BigInt(i) << 12n)[1] !== 0);
    rig.x.hwProbeFlushRange(rig.vcpu, 0x4000n, 3n);
    expect(live()).toEqual([0, 1, 2, 3, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    rig.x.hwProbeFlushGpa(rig.vcpu, 0x8abcn);
    expect(live()).toEqual([0, 1, 2, 3, 7, 9, 10, 11, 12, 13, 14, 15]);
    rig.x.hwProbeFlushRange(rig.vcpu, 0n, 0n);
    expect(live().length).toBe(12);
    for (const nPages of [16n, 1n << 40n]) {
      pages.forEach((_, i) => {
        rig.translate(BigInt(i) << 12n, HW_WRITE);
      });
      expect(live().length).toBe(16);
      rig.x.hwProbeFlushRange(rig.vcpu, 0n, nPages); // as many as there are entries, or more: everything
      expect(live()).toEqual([]);
    }
    rig.close();
  });

  it(`agrees with the tables after any sequence of changes that are flushed (seed ${SEED})`, async () => {
    const { rig, flat } = await open(build, 8);
    const random = randomGenerator(SEED);
    const frames = Array.from({ length: 6 }, () => rig.data());
    const mapped = new Map<number, number>();
    let nHits = 0;
    for (let i = 0; i < 4000; i++) {
      const page = random.below(24);
      const gpa = BigInt(page) << 12n;
      const action = random.below(8);
      if (action === 0) {
        const frame = random.below(3) === 0 ? 0 : random.pick(frames);
        flat.set(page, frame === 0 ? 0n : BigInt(frame) | 0x37n);
        mapped.set(page, frame);
        if (random.below(2) === 0) rig.x.hwProbeFlushAll(rig.vcpu);
        else rig.x.hwProbeFlushGpa(rig.vcpu, gpa);
        continue;
      }
      const access = random.pick([HW_READ, HW_WRITE, HW_EXEC]);
      const hit = hits(rig, gpa)[access === HW_READ ? 0 : access === HW_WRITE ? 1 : 2] ?? 0;
      const frame = mapped.get(page) ?? 0;
      if (hit !== 0) nHits++;
      if (hit !== 0 && hit !== frame) expect(hit, `step ${i}`).toBe(frame);
      const answer = rig.translate(gpa, access);
      expect(isOk(answer), `step ${i}`).toBe(frame !== 0);
      if (frame !== 0) expect(answer.hpaOrQualification, `step ${i}`).toBe(BigInt(frame));
    }
    expect(nHits).toBeGreaterThan(300);
    rig.close();
  });

  it("refuses a geometry that would let crossing accesses hit", async () => {
    const rig = await Rig.open({ build });
    for (const entries of [0, 1, 3, 1023]) {
      expect(() => rig.x.hwProbeInit(rig.vcpu, rig.tlb, entries)).toThrow("BUG_TLB_GEOMETRY");
    }
    expect(CASE_BYTES).toBe(80);
    rig.close();
  });
});
