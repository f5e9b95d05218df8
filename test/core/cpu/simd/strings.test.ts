/** PCMPESTRI, PCMPESTRM, PCMPISTRI and PCMPISTRM against the manual's tables, element by element. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILDS } from "../../harness.js";
import { bytesOf, lanes } from "./models.js";
import { Random } from "./random.js";
import { hex, type Row, readRows, SimdRig } from "./rig.js";

const rows = await readRows();
const random = new Random(420);

const FLAGS = { cf: 1n, zf: 1n << 6n, sf: 1n << 7n, of: 1n << 11n };

interface Answer {
  bits: number;
  count: number;
  flags: bigint;
}

/** Intel SDM, "Comparison and Aggregation", "Polarity", "Output Selection", as they are written. */
function compared(imm: number, a: bigint[], b: bigint[], lengthA: number, lengthB: number): Answer {
  const count = a.length;
  const isValidA = (j: number) => j < lengthA;
  const isValidB = (i: number) => i < lengthB;
  const kind = (imm >> 2) & 3;
  /** BoolRes[i][j]: i of b, j of a, with what the table says of elements that are not valid. */
  const result = (i: number, j: number): boolean => {
    const [x, y] = [a[j] as bigint, b[i] as bigint];
    const raw = kind === 1 ? (j % 2 === 0 ? y >= x : y <= x) : x === y;
    if (isValidA(j) && isValidB(i)) return raw;
    if (kind === 0 || kind === 1) return false;
    if (kind === 2) return !isValidA(j) && !isValidB(i);
    return !isValidA(j);
  };
  let bits = 0;
  for (let i = 0; i < count; i++) {
    let isSet = kind === 3;
    if (kind === 2) isSet = result(i, i);
    else
      for (let j = 0; j < count; j++) {
        if (kind === 0) isSet ||= result(i, j);
        else if (kind === 1 && j % 2 === 0) isSet ||= result(i, j) && result(i, j + 1);
        else if (kind === 3 && i + j < count) isSet &&= result(i + j, j);
      }
    const isNegated = (imm & 0x10) !== 0 && ((imm & 0x20) === 0 || isValidB(i));
    if (isSet !== isNegated) bits |= 1 << i;
  }
  let flags = 0n;
  if (bits !== 0) flags |= FLAGS.cf;
  if (lengthB < count) flags |= FLAGS.zf;
  if (lengthA < count) flags |= FLAGS.sf;
  if (bits & 1) flags |= FLAGS.of;
  return { bits, count, flags };
}

function indexOf({ bits, count }: Answer, imm: number): bigint {
  const places = Array.from({ length: count }, (_, i) => i).filter((i) => (bits >> i) & 1);
  return BigInt((imm & 0x40 ? places.at(-1) : places[0]) ?? count);
}

function maskOf({ bits, count }: Answer, imm: number): Uint8Array {
  if ((imm & 0x40) === 0) return bytesOf([BigInt(bits)], 128);
  return bytesOf(
    Array.from({ length: count }, (_, i) => ((bits >> i) & 1 ? -1n : 0n)),
    128 / count,
  );
}

describe.each(BUILDS)("string comparisons (%s)", (build) => {
  let rig: SimdRig;
  let page: bigint;
  beforeAll(async () => {
    rig = await SimdRig.open(build);
    page = rig.paging.page();
  });
  afterAll(() => rig.close());

  /** Few different elements, so that they meet; null ones here and there. */
  function someString(): Uint8Array {
    const alphabet = [0x41, 0x42, 0x43, 0x00, 0xc1, 0xff, 0x80];
    const n = 1 + random.below(alphabet.length);
    const bytes = Uint8Array.from({ length: 16 }, () => alphabet[random.below(n)] as number);
    if (random.below(3) === 0) bytes[random.below(16)] = 0;
    return bytes;
  }
  const someLength = () =>
    [BigInt(random.below(18)), -BigInt(random.below(18)), 0x8000_0000n, (1n << 63n) | 3n, 0x1_0000_0005n][
      random.below(5)
    ] as bigint;

  function explicitLength(value: bigint, count: number, isWide: boolean): number {
    const signed = BigInt.asIntN(isWide ? 64 : 32, value);
    const length = signed < 0n ? -signed : signed;
    return length > BigInt(count) ? count : Number(length);
  }
  const implicitLength = (elements: bigint[]) => (elements.includes(0n) ? elements.indexOf(0n) : elements.length);

  function check(row: Row, imm: number): void {
    const [a, b] = [someString(), random.below(4) === 0 ? rig.xmm(1) : someString()];
    const isMemory = random.below(2) === 0;
    const isWide = random.below(2) === 0;
    const isExplicit = row.name.startsWith("pcmpe");
    const [rax, rdx] = [someLength(), someLength()];
    const bits = imm & 1 ? 16 : 8;
    const isSigned = (imm & 2) !== 0;
    const [x, y] = [lanes(a, bits, isSigned), lanes(b, bits, isSigned)];
    const lengthA = isExplicit ? explicitLength(rax, x.length, isWide) : implicitLength(x);
    const lengthB = isExplicit ? explicitLength(rdx, x.length, isWide) : implicitLength(y);
    const expected = compared(imm, x, y, lengthA, lengthB);
    const xmm0 = random.bytes(32);
    rig.setYmm(0, xmm0);
    rig.setYmm(1, a);
    rig.setYmm(2, b);
    rig.setBytes(rig.paging.at(page), b);
    rig.setGpr(0, rax);
    rig.setGpr(1, 0xdead_beef_dead_beefn);
    rig.setGpr(2, rdx);
    expect(rig.execute({ row, reg: 1, rm: isMemory ? page : 2, imm, isWide })).toBeUndefined();
    const context = `${row.name} imm ${imm.toString(16)} a ${hex(a)} b ${hex(b)} lengths ${lengthA} ${lengthB}`;
    expect(rig.statusFlags(), context).toBe(expected.flags);
    const isIndex = row.name.endsWith("i");
    expect(rig.gpr(1), context).toBe(isIndex ? indexOf(expected, imm) : 0xdead_beef_dead_beefn);
    const mask = isIndex ? xmm0.subarray(0, 16) : maskOf(expected, imm);
    expect(hex(rig.ymm(0)), context).toBe(hex(mask) + hex(xmm0.subarray(16)));
  }

  const strings = rows.filter(({ name }) => /^pcmp[ei]str/.test(name));
  it.each(strings.map((row) => [row.name, row] as const))("%s with every immediate", (_, row) => {
    for (let imm = 0; imm < 256; imm++) for (let run = 0; run < 8; run++) check(row, imm);
  });
});
