import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  BACKING_OBJECT,
  FRAME_ANON,
  GUP_WRITE,
  HPTE_PFN_MASK,
  HPTE_PRESENT,
  HPTE_WRITE,
  HVA_END,
  MM_MAP_HUGE,
  NOTIFIER_CHANGE_PTE_ONLY,
  NOTIFIER_MAY_BLOCK,
  OP_NOTIFIER_CHANGE_PTE,
  OP_NOTIFIER_END,
  OP_NOTIFIER_RELEASE,
  OP_NOTIFIER_START,
  PROT_READ,
} from "../../../src/abi/index.js";
import { BUILDS } from "../harness.js";
import { HostRig, HUGE, PAGE } from "./host_rig.js";

const OPS = new Map([
  [OP_NOTIFIER_START, "start"],
  [OP_NOTIFIER_END, "end"],
  [OP_NOTIFIER_CHANGE_PTE, "change"],
  [OP_NOTIFIER_RELEASE, "release"],
]);

/** One call as the probe recorded it; entry and frames in use are as they were during the call. */
interface Call {
  op: string;
  flags: number;
  start: bigint;
  end: bigint;
  entry: bigint;
  frames: number;
  mm: number;
}

describe.each(BUILDS)("notifiers, build %s", (build) => {
  let rig: HostRig;
  let mm: number;
  let hva: bigint;
  let buffer: number;
  beforeEach(async () => {
    rig = await HostRig.open(build);
    mm = rig.create();
    hva = rig.map(mm, 4n * PAGE);
    // A frame of its own for the records: 85 of 48 bytes.
    buffer = rig.touch(mm, rig.map(mm, PAGE), GUP_WRITE).pfn * 4096;
  });
  afterEach(() => rig.x.hostRecordNotifiers(0));

  function recorded(act: () => void): Call[] {
    rig.x.hostRecordNotifiers(buffer);
    act();
    const calls = Array.from({ length: rig.x.hostRecordCount() }, (_, i): Call => {
      const at = buffer + i * 48;
      const view = rig.mem.view;
      return {
        op: OPS.get(view.getUint32(at, true)) ?? "?",
        flags: view.getUint32(at + 4, true),
        start: view.getBigUint64(at + 8, true),
        end: view.getBigUint64(at + 16, true),
        entry: view.getBigUint64(at + 24, true),
        frames: view.getUint32(at + 32, true),
        mm: view.getUint32(at + 36, true),
      };
    });
    rig.x.hostRecordNotifiers(0);
    return calls;
  }

  const bracket = (start: bigint, end: bigint, flags = NOTIFIER_MAY_BLOCK) => [
    expect.objectContaining({ op: "start", start, end, flags, mm }),
    expect.objectContaining({ op: "end", start, end, flags, mm }),
  ];
  const pfnOf = (entry: bigint) => Number((entry & HPTE_PFN_MASK) >> 12n);

  it.each([
    ["unmap", () => rig.x.mmUnmap(mm, hva, 2n * PAGE)],
    ["DONTNEED", () => rig.x.mmDontNeed(mm, hva, 2n * PAGE)],
  ])("%s: entries and frames stay until START has returned, and are gone at END", (_name, act) => {
    const { pfn } = rig.fill(mm, hva, 1);
    rig.fill(mm, hva + PAGE, 2);
    const frames = rig.x.frameKindCount(FRAME_ANON);
    const calls = recorded(act);
    expect(calls).toEqual(bracket(hva, hva + 2n * PAGE));
    expect(pfnOf(calls[0]?.entry ?? 0n)).toBe(pfn);
    expect(calls[0]?.frames).toBe(frames);
    expect(calls[1]?.entry).toBe(0n);
    expect(calls[1]?.frames).toBe(frames - 2);
  });

  it("protect: the right is there at START and gone at END", () => {
    rig.fill(mm, hva, 1);
    const calls = recorded(() => rig.x.mmProtect(mm, hva, PAGE, PROT_READ));
    expect(calls).toEqual(bracket(hva, hva + PAGE));
    expect(calls.map((c) => (c.entry & HPTE_WRITE) !== 0n)).toEqual([true, false]);
  });

  it("refused calls notify nobody", () => {
    const calls = recorded(() => {
      rig.x.mmUnmap(mm, hva + 1n, PAGE);
      rig.x.mmProtect(mm, hva, HVA_END, 1);
      rig.x.mmMigrate(mm, hva);
      rig.x.mmMerge(mm, hva, hva + PAGE);
    });
    expect(calls).toEqual([]);
  });

  it("faulting in, and upgrading what nobody shares, notifies nobody", () => {
    rig.fill(mm, hva, 1);
    rig.x.mmProtect(mm, hva, PAGE, PROT_READ);
    rig.x.mmProtect(mm, hva, PAGE, 3);
    expect(
      recorded(() => {
        rig.touch(mm, hva, GUP_WRITE);
        rig.touch(mm, hva + PAGE);
      }),
    ).toEqual([]);
  });

  it("fork: a bracket for each private mapping, none for a shared object", () => {
    const object = rig.x.mmObjectCreate(PAGE) >>> 0;
    rig.touch(mm, rig.map(mm, PAGE, { backing: BACKING_OBJECT, source: object }));
    rig.x.mmProtect(mm, hva + 2n * PAGE, PAGE, PROT_READ);
    rig.fill(mm, hva, 1);
    const calls = recorded(() => rig.x.mmFork(mm));
    expect(calls).toEqual([
      ...bracket(hva, hva + 2n * PAGE),
      ...bracket(hva + 2n * PAGE, hva + 3n * PAGE),
      ...bracket(hva + 3n * PAGE, hva + 5n * PAGE), // with the recorder's own page
    ]);
    expect(calls.slice(0, 2).map((c) => (c.entry & HPTE_WRITE) !== 0n)).toEqual([true, false]);
  });

  it("a write to a shared page: one bracket, old frame at START, its copy at END", () => {
    const { pfn } = rig.fill(mm, hva, 1);
    rig.x.mmFork(mm);
    const calls = recorded(() => rig.fill(mm, hva + 8n, 2));
    expect(calls).toEqual(bracket(hva, hva + PAGE));
    expect(pfnOf(calls[0]?.entry ?? 0n)).toBe(pfn);
    expect(pfnOf(calls[1]?.entry ?? 0n)).toBe(rig.touch(mm, hva).pfn);
    expect((calls[1]?.entry ?? 0n) & HPTE_WRITE).toBe(HPTE_WRITE);
  });

  it("a write to a shared block: the whole block for the split, then the page for the copy", () => {
    const at = rig.map(mm, HUGE, { flags: MM_MAP_HUGE });
    rig.touch(mm, at);
    rig.x.mmFork(mm);
    const calls = recorded(() => rig.touch(mm, at + 3n * PAGE, GUP_WRITE));
    expect(calls).toEqual([...bracket(at, at + HUGE), ...bracket(at + 3n * PAGE, at + 4n * PAGE)]);
  });

  it("a range that cuts a block: the whole block first, since the MMU may map no more than the host", () => {
    const at = rig.map(mm, HUGE, { flags: MM_MAP_HUGE });
    rig.touch(mm, at);
    const calls = recorded(() => rig.x.mmUnmap(mm, at, PAGE));
    expect(calls).toEqual([...bracket(at, at + HUGE), ...bracket(at, at + PAGE)]);
  });

  it("migrate: one bracket around the page, or around its block", () => {
    rig.fill(mm, hva, 1);
    expect(recorded(() => rig.x.mmMigrate(mm, hva))).toEqual(bracket(hva, hva + PAGE));
    const at = rig.map(mm, HUGE, { flags: MM_MAP_HUGE });
    rig.touch(mm, at);
    expect(recorded(() => rig.x.mmMigrate(mm, at + PAGE))).toEqual(bracket(at, at + HUGE));
  });

  describe("merge", () => {
    it("takes write rights by ordinary brackets, then changes B in place without unmapping", () => {
      const a = rig.fill(mm, hva, 5).pfn;
      const b = rig.fill(mm, hva + PAGE, 5).pfn;
      const calls = recorded(() => rig.x.mmMerge(mm, hva, hva + PAGE));
      const flags = NOTIFIER_MAY_BLOCK | NOTIFIER_CHANGE_PTE_ONLY;
      const [start, end] = bracket(hva + PAGE, hva + 2n * PAGE, flags);
      const change = { op: "change", start: hva + PAGE, end: BigInt(a), flags: 0, mm };
      expect(calls).toEqual([
        ...bracket(hva, hva + PAGE),
        ...bracket(hva + PAGE, hva + 2n * PAGE),
        start,
        expect.objectContaining(change),
        end,
      ]);
      // From read-only to read-only, present all the time; B's old frame goes after CHANGE_PTE has returned.
      const inPlace = calls.slice(4);
      expect(inPlace.map((c) => c.entry & (HPTE_PRESENT | HPTE_WRITE))).toEqual([1n, 1n, 1n]);
      expect(inPlace.map((c) => pfnOf(c.entry))).toEqual([b, a, a]);
      expect(inPlace.map((c) => c.frames - (inPlace[0]?.frames ?? 0))).toEqual([0, 0, -1]);
    });

    it("of read-only pages is the change alone", () => {
      rig.fill(mm, hva, 5);
      rig.fill(mm, hva + PAGE, 5);
      rig.x.mmFork(mm);
      const calls = recorded(() => rig.x.mmMerge(mm, hva, hva + PAGE));
      expect(calls.map((c) => c.op)).toEqual(["start", "change", "end"]);
    });

    it("of pages that turn out different ends with them read-only", () => {
      rig.fill(mm, hva, 5);
      rig.fill(mm, hva + PAGE, 6);
      expect(recorded(() => rig.x.mmMerge(mm, hva, hva + PAGE))).toEqual([]);
    });
  });

  it("destroy: RELEASE inside a bracket of everything, before the first frame goes", () => {
    const other = rig.create();
    rig.fill(other, rig.map(other, PAGE), 1);
    const frames = rig.x.frameKindCount(FRAME_ANON);
    const calls = recorded(() => rig.x.mmDestroy(other));
    expect(calls.map(({ op, start, end, mm: of }) => [op, start, end, of])).toEqual([
      ["start", 0n, HVA_END, other],
      ["release", 0n, 0n, other],
      ["end", 0n, HVA_END, other],
    ]);
    expect(calls.map((c) => c.frames)).toEqual([frames, frames, frames - 1]);
  });
});
