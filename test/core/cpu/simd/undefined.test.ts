/** What is no MMX or SSE instruction: LOCK, features that the processor has not, VEX, register or memory forms there are not. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EXC_UD } from "../../../../src/abi/index.js";
import { BUILDS } from "../../harness.js";
import { encode, POINTER, readRows, regAndRm, SimdRig } from "./rig.js";

const rows = await readRows();
const NAMES = rows.map((row) => [`${row.op} ${row.name}`, row] as const);

describe.each(BUILDS)("undefined forms (%s)", (build) => {
  let rig: SimdRig;
  let page: bigint;
  beforeAll(async () => {
    rig = await SimdRig.open(build);
    page = rig.paging.page();
  });
  afterAll(() => rig.close());

  const vectorOf = (bytes: number[]) => rig.executeBytes(bytes)?.vector;

  it.each(NAMES)("%s: LOCK, and the feature missing", (_, row) => {
    const bytes = encode({ row, reg: 1, rm: /^M/.test(regAndRm(row)[1]) ? page : 2 });
    rig.setGpr(7, page);
    rig.setGpr(POINTER, page);
    expect(vectorOf([0xf0, ...bytes])).toBe(EXC_UD);
    rig.paging.set("features", 0n);
    expect(vectorOf(bytes)).toBe(EXC_UD);
    rig.paging.set("features", (1n << 64n) - 1n);
    expect(vectorOf(bytes)).toBeUndefined();
  });

  it.each(NAMES.filter(([, row]) => /^[MNU]/.test(regAndRm(row)[1])))("%s: has no other form", (_, row) => {
    const isMemory = /^M/.test(regAndRm(row)[1]);
    const bytes = encode({ row, reg: 1, rm: isMemory ? 2 : page });
    expect(vectorOf(bytes)).toBe(EXC_UD);
  });

  it("forms with VEX are undefined: there is no AVX", () => {
    expect(vectorOf([0xc5, 0xf9, 0x6f, 0xca]), "VMOVDQA").toBe(EXC_UD);
    expect(vectorOf([0xc5, 0xf1, 0xfc, 0xca]), "VPADDB").toBe(EXC_UD);
    expect(vectorOf([0xc5, 0xf8, 0x77]), "VZEROUPPER").toBe(EXC_UD);
    expect(vectorOf([0xc4, 0xe2, 0x71, 0xdc, 0xca]), "VAESENC").toBe(EXC_UD);
    expect(vectorOf([0xc4, 0xe3, 0x71, 0x44, 0xca, 0x00]), "VPCLMULQDQ").toBe(EXC_UD);
  });

  it("of several prefixes F2 and F3 choose before 66, and the last of those two", () => {
    rig.setYmm(1, new Uint8Array(32));
    rig.setYmm(2, new Uint8Array(32).fill(0x55));
    expect(vectorOf([0x66, 0xf3, 0x0f, 0x10, 0xca]), "MOVSS").toBeUndefined();
    expect(rig.xmm(1).lastIndexOf(0x55)).toBe(3);
    expect(vectorOf([0xf3, 0x66, 0xf2, 0x0f, 0x10, 0xca]), "MOVSD").toBeUndefined();
    expect(rig.xmm(1).lastIndexOf(0x55)).toBe(7);
    expect(vectorOf([0x66, 0x0f, 0x10, 0xca]), "MOVUPD").toBeUndefined();
    expect(rig.xmm(1).lastIndexOf(0x55)).toBe(15);
  });
});
