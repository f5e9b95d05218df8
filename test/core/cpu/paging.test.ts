/** Instructions' memory helpers over guest tables: what is reached, and in what order things fail. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BUILDS } from "../harness.js";
import { PagingRig } from "./paging_rig.js";

describe.each(BUILDS)("memory helpers (%s)", (build) => {
  let rig: PagingRig;
  beforeEach(async () => {
    rig = await PagingRig.open(build, "ept");
  });
  afterEach(() => rig.close());

  it("reaches guest-physical memory without paging", () => {
    const gpa = rig.page();
    rig.setWord(gpa + 8n, 0x1122_3344_5566_7788n);
    rig.useMode("none", 0n);
    expect(rig.read(gpa + 8n)).toMatchObject({ kind: "done", value: 0x1122_3344_5566_7788n });
    expect(rig.read(gpa + 8n, 2)).toMatchObject({ kind: "done", value: 0x7788n });
    expect(rig.write(gpa + 16n, 0xabcdn, 4)).toMatchObject({ kind: "done" });
    expect(rig.word(gpa + 16n)).toBe(0xabcdn);
  });

  it("walks four levels, and sets Accessed and Dirty", () => {
    const [cr3, level3, level2, level1, data] = [rig.page(), rig.page(), rig.page(), rig.page(), rig.page()];
    const lin = 0x7fff_1234_5678n;
    const index = (level: bigint): bigint => ((lin >> (3n + 9n * level)) & 0x1ffn) * 8n;
    rig.setWord(cr3 + index(4n), level3 | 7n);
    rig.setWord(level3 + index(3n), level2 | 7n);
    rig.setWord(level2 + index(2n), level1 | 7n);
    rig.setWord(level1 + index(1n), data | 7n);
    rig.setWord(data + 0x678n, 42n);
    rig.useMode("4-level", cr3);
    rig.set("cpl", 3);
    rig.changed();
    expect(rig.read(lin)).toMatchObject({ kind: "done", value: 42n });
    expect(rig.word(level1 + index(1n))).toBe(data | 0x27n);
    expect(rig.write(lin, 43n)).toMatchObject({ kind: "done" });
    expect(rig.word(data + 0x678n)).toBe(43n);
    expect(rig.word(level1 + index(1n))).toBe(data | 0x67n);
    expect(rig.word(cr3 + index(4n))).toBe(level3 | 0x27n);
    expect(rig.fetch(lin)).toMatchObject({ kind: "done", pointer: rig.at(data + 0x678n) });
    expect(rig.read(lin + 0x1000n)).toEqual({ kind: "fault", vector: 14, error: 4, address: lin + 0x1000n });
  });
});
