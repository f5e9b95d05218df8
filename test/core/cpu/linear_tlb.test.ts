/** What the linear TLB keeps, and what takes it away: privilege, CR3 with and without PCIDs, INVLPG, INVPCID, flushes. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CR4_PAE, CR4_PCIDE, CR4_PGE, CR4_PKE, CR4_SMAP, CR4_SMEP, FLAG_AC } from "../../../src/abi/index.js";
import { BUILDS } from "../harness.js";
import { randomGenerator } from "../hw/rig.js";
import { type Outcome, PagingRig } from "./paging_rig.js";

const LIN = 0x7fff_1234_5000n;
const USER_PAGE = 0x67n;
const SUPERVISOR_PAGE = 0x63n;
const GLOBAL = 0x100n;
const KEEP = 1n << 63n;

describe.each(BUILDS)("the linear TLB (%s)", (build) => {
  let rig: PagingRig;
  let cr3: bigint;
  beforeEach(async () => {
    rig = await PagingRig.open(build, "ept");
    cr3 = rig.page();
    rig.useMode("4-level", cr3);
  });
  afterEach(() => rig.close());

  /** A page of memory whose first word is `value`. */
  function pageOf(value: bigint): bigint {
    const gpa = rig.page();
    rig.setWord(gpa, value);
    return gpa;
  }

  function cpl(n: number): void {
    rig.set("cpl", n);
    rig.changed();
  }

  function wordOf(outcome: Outcome): bigint | string {
    return outcome.kind === "done" ? outcome.value : outcome.kind;
  }

  it("answers without a walk, until the page is invalidated", () => {
    const place = rig.map4k(cr3, LIN, pageOf(1n) | USER_PAGE);
    expect(wordOf(rig.read(LIN))).toBe(1n);
    const walks = rig.get("guestWalks");
    rig.setWord(place, pageOf(2n) | USER_PAGE);
    expect(wordOf(rig.read(LIN))).toBe(1n);
    expect(rig.get("guestWalks")).toBe(walks);
    rig.x.pagingProbeFlushPage(rig.c, LIN);
    expect(wordOf(rig.read(LIN))).toBe(2n);
  });

  it("has other rights for other privileges, and forgets nothing between them", () => {
    rig.map4k(cr3, LIN, pageOf(1n) | SUPERVISOR_PAGE);
    expect(wordOf(rig.read(LIN))).toBe(1n);
    cpl(3);
    expect(rig.read(LIN)).toMatchObject({ kind: "fault", vector: 14, error: 5 });
    cpl(0);
    const misses = rig.get("ltlbMisses");
    expect(wordOf(rig.read(LIN))).toBe(1n);
    expect(rig.get("ltlbMisses")).toBe(misses);
  });

  it("obeys SMAP with and without AC, and SMEP, without a walk", () => {
    rig.map4k(cr3, LIN, pageOf(1n) | USER_PAGE);
    rig.set("cr4", CR4_PAE | CR4_SMAP | CR4_SMEP);
    rig.set("flags", 2n | FLAG_AC);
    rig.changed();
    expect(wordOf(rig.read(LIN))).toBe(1n);
    expect(rig.fetch(LIN)).toMatchObject({ kind: "fault", error: 0x11 });
    rig.set("flags", 2n);
    rig.changed();
    expect(rig.read(LIN)).toMatchObject({ kind: "fault", error: 1 });
    // The processor's own accesses are bound whatever AC says.
    rig.set("flags", 2n | FLAG_AC);
    rig.changed();
    expect(rig.outcome(rig.x.pagingProbeSysRead(rig.c, LIN))).toMatchObject({ kind: "fault", error: 1 });
    expect(wordOf(rig.read(LIN))).toBe(1n);
  });

  it("follows CR0.WP, and PKRU", () => {
    rig.map4k(cr3, LIN, pageOf(1n) | 0x65n | (1n << 59n));
    expect(rig.write(LIN, 5n)).toMatchObject({ kind: "done" });
    rig.set("cr0", rig.get("cr0") | (1n << 16n));
    rig.changed();
    expect(rig.write(LIN, 6n)).toMatchObject({ kind: "fault", error: 3 });
    expect(wordOf(rig.read(LIN))).toBe(5n);
    rig.set("cr4", CR4_PAE | CR4_PKE);
    rig.set("pkru", 4n);
    rig.changed();
    expect(rig.read(LIN)).toMatchObject({ kind: "fault", error: 0x21 });
    rig.set("pkru", 0n);
    rig.changed();
    expect(wordOf(rig.read(LIN))).toBe(5n);
  });

  it("loses its own pages with MOV CR3, and keeps global ones until CR4.PGE changes", () => {
    const other = rig.page();
    rig.map4k(cr3, LIN, pageOf(1n) | USER_PAGE);
    rig.map4k(cr3, LIN + 0x1000n, pageOf(2n) | USER_PAGE | GLOBAL);
    rig.map4k(other, LIN, pageOf(3n) | USER_PAGE);
    rig.map4k(other, LIN + 0x1000n, pageOf(4n) | USER_PAGE);
    rig.set("cr4", CR4_PAE | CR4_PGE);
    rig.changed();
    expect(wordOf(rig.read(LIN))).toBe(1n);
    expect(wordOf(rig.read(LIN + 0x1000n))).toBe(2n);
    rig.x.pagingProbeCr3(rig.c, other);
    expect(wordOf(rig.read(LIN))).toBe(3n);
    expect(wordOf(rig.read(LIN + 0x1000n))).toBe(2n);
    rig.set("cr4", CR4_PAE);
    rig.changed();
    expect(wordOf(rig.read(LIN + 0x1000n))).toBe(4n);
  });

  it("keeps address spaces apart by PCID, and each until it is flushed", () => {
    const other = rig.page();
    const place = rig.map4k(cr3, LIN, pageOf(1n) | USER_PAGE);
    const otherPlace = rig.map4k(other, LIN, pageOf(2n) | USER_PAGE);
    rig.set("cr4", CR4_PAE | CR4_PCIDE);
    rig.changed();
    const go = (to: bigint): number => rig.x.pagingProbeCr3(rig.c, to);
    go(cr3 | 1n);
    expect(wordOf(rig.read(LIN))).toBe(1n);
    go(other | 2n);
    expect(wordOf(rig.read(LIN))).toBe(2n);
    rig.setWord(place, pageOf(11n) | USER_PAGE);
    rig.setWord(otherPlace, pageOf(12n) | USER_PAGE);
    go(cr3 | 1n | KEEP);
    expect(wordOf(rig.read(LIN))).toBe(1n);
    go(other | 2n | KEEP);
    expect(wordOf(rig.read(LIN))).toBe(2n);
    rig.x.pagingProbeFlushPcid(rig.c, 1);
    expect(wordOf(rig.read(LIN))).toBe(2n);
    go(cr3 | 1n | KEEP);
    expect(wordOf(rig.read(LIN))).toBe(11n);
    go(other | 2n);
    expect(wordOf(rig.read(LIN))).toBe(12n);
    rig.setWord(place, pageOf(21n) | USER_PAGE);
    rig.x.pagingProbeFlushNonGlobal(rig.c);
    go(cr3 | 1n | KEEP);
    expect(wordOf(rig.read(LIN))).toBe(21n);
  });

  it.each([
    [2, 0x20_0000n],
    [3, 0x4000_0000n],
  ] as const)("invalidates the whole of a page of level %i by any of its addresses", (level, size) => {
    rig.set("features", 1n << 38n);
    const place = rig.mapAt(cr3, LIN & ~(size - 1n), 0xe7n, level);
    const at = (i: bigint): bigint => (LIN & ~(size - 1n)) + i;
    const first = pageOf(1n);
    expect(wordOf(rig.read(at(first)))).toBe(1n);
    rig.setWord(place, 0n);
    expect(wordOf(rig.read(at(first)))).toBe(1n);
    rig.x.pagingProbeFlushPage(rig.c, at(size - 8n));
    expect(rig.read(at(first))).toMatchObject({ kind: "fault", error: 0 });
  });

  describe("with another last table in place, of which the processor need not know,", () => {
    beforeEach(() => {
      for (let i = 0n; i < 3n; i++) rig.map4k(cr3, LIN + i * 0x1000n, pageOf(i + 1n) | USER_PAGE);
      expect(wordOf(rig.read(LIN))).toBe(1n);
      const pointers = rig.word(cr3 + ((LIN >> 39n) & 511n) * 8n) & ~0xfffn;
      const directory = rig.word(pointers + ((LIN >> 30n) & 511n) * 8n) & ~0xfffn;
      const table = rig.page();
      rig.setWord(directory + ((LIN >> 21n) & 511n) * 8n, table | 0x27n);
      const entry = table + ((LIN >> 12n) & 511n) * 8n;
      rig.setWord(entry + 8n, pageOf(12n) | USER_PAGE);
      rig.setWord(entry + 24n, pageOf(14n) | USER_PAGE);
      expect(wordOf(rig.read(LIN + 0x1000n))).toBe(2n);
    });

    it("walks from the root again after INVLPG of any address", () => {
      rig.x.pagingProbeFlushPage(rig.c, 0x1234_5000n);
      expect(rig.read(LIN + 0x2000n)).toMatchObject({ kind: "fault", error: 0 });
    });

    it("walks from the root again before it says that a page is not there", () => {
      expect(wordOf(rig.read(LIN + 0x3000n))).toBe(14n);
    });
  });

  it("is emptied by a flush of the second dimension", () => {
    const gpa = pageOf(1n);
    rig.map4k(cr3, LIN, gpa | USER_PAGE);
    expect(wordOf(rig.read(LIN))).toBe(1n);
    const other = rig.rig.data();
    rig.rig.setWord(other, 2n);
    rig.setFrameEntry(Number(gpa >> 12n), BigInt(other) | 0x337n);
    expect(wordOf(rig.read(LIN))).toBe(2n);
    rig.rig.setWord(other, 3n);
    rig.x.hwProbeFlushRange(rig.rig.vcpu, gpa, 1n);
    rig.setFrameEntry(Number(gpa >> 12n), 0n);
    expect(rig.read(LIN)).toMatchObject({ kind: "exit", gpa });
  });

  it("survives running out of tags", () => {
    const place = rig.map4k(cr3, LIN, pageOf(0n) | USER_PAGE);
    const data = rig.word(place) & ~0xfffn;
    for (let i = 1n; i < 9000n; i++) {
      const flush = i % 3n;
      if (flush === 0n) rig.x.pagingProbeFlushAll(rig.c);
      else if (flush === 1n) rig.x.pagingProbeCr3(rig.c, cr3);
      else rig.x.pagingProbeFlushNonGlobal(rig.c);
      rig.setWord(place, (i % 64n) * 0x1000n === data ? USER_PAGE | data : USER_PAGE | data | (1n << 62n));
      if (rig.read(LIN).kind !== "done") expect(rig.read(LIN)).toMatchObject({ kind: "done" });
    }
    rig.setWord(place, 0n);
    expect(wordOf(rig.read(LIN))).toBe(0n);
    rig.x.pagingProbeFlushPage(rig.c, LIN);
    expect(rig.read(LIN)).toMatchObject({ kind: "fault" });
  });

  const SEED = 20261122;
  it(`never gives what only other tables allowed, if changes are flushed (seed ${SEED})`, () => {
    const random = randomGenerator(SEED);
    const spaces = [cr3, rig.page(), rig.page()];
    const lins = [0n, 0x1000n, 0x20_0000n, 0x3f_f000n, 0x4000_0000n].map((offset) => LIN + offset);
    const pages = Array.from({ length: 6 }, (_, i) => pageOf(BigInt(i)));
    const places = spaces.map((space) => lins.map((lin) => rig.map4k(space, lin, 0n)));
    const entries = spaces.map(() => lins.map(() => 0n));
    rig.set("cr4", CR4_PAE | CR4_PCIDE | CR4_SMAP);
    rig.changed();
    let space = 0;
    const change = (): void => {
      const s = random.below(spaces.length);
      const i = random.below(lins.length);
      const entry = (random.pick(pages) | random.pick([0x60n, 0x61n, 0x63n, 0x65n, 0x67n, 0x7n, 0x27n])) & ~0n;
      rig.setWord(places[s]?.[i] ?? 0n, entry);
      (entries[s] ?? [])[i] = entry;
      const lin = lins[i] ?? 0n;
      const all = [(): void => rig.x.pagingProbeFlushAll(rig.c), (): void => rig.x.pagingProbeFlushNonGlobal(rig.c)];
      const single = [
        (): void => rig.x.pagingProbeFlushPage(rig.c, lin),
        (): void => rig.x.pagingProbeFlushPcid(rig.c, s),
      ];
      random.pick([...all, ...single])();
    };
    const check = (): void => {
      const i = random.below(lins.length);
      const entry = entries[space]?.[i] ?? 0n;
      const level = Number(rig.get("cpl"));
      const outcome = rig.read(lins[i] ?? 0n);
      const isUserPage = (entry & 4n) !== 0n;
      const isAllowed = (entry & 1n) !== 0n && (level === 3 ? isUserPage : !isUserPage);
      const value = BigInt(pages.indexOf(entry & 0xf_ffff_ffff_f000n));
      const expected = isAllowed ? { kind: "done", value } : { kind: "fault", vector: 14 };
      expect(outcome, `space ${space} page ${i} entry ${entry.toString(16)} cpl ${level}`).toMatchObject(expected);
    };
    for (let i = 0; i < 6000; i++) {
      const what = random.below(10);
      if (what === 0) change();
      else if (what === 1) cpl(random.pick([0, 3]));
      else if (what === 2) {
        space = random.below(spaces.length);
        rig.x.pagingProbeCr3(rig.c, (spaces[space] ?? 0n) | BigInt(space) | random.pick([KEEP, KEEP, 0n]));
      } else check();
    }
    expect(rig.get("ltlbMisses")).toBeLessThan(5000n);
  });
});
