/**
 * AES and SHA instructions: the vectors of FIPS 197 and 180-4, random ones against Node's own, and each AES instruction
 * against the standard's definitions; PCLMULQDQ is in packed.test.ts.
 */
import { createCipheriv, createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILDS } from "../../harness.js";
import { bytesOf, lanes } from "./models.js";
import { Random } from "./random.js";
import { hex, type Row, readRows, SimdRig } from "./rig.js";

const rows = await readRows();
const random = new Random(1977);
const row = (name: string) => rows.find((one) => one.name === name) as Row;
const fromHex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

// --- GF(2^8), FIPS 197 section 4 ---

function times(a: number, b: number): number {
  let product = 0;
  for (let x = a, y = b; y !== 0; y >>= 1, x = x & 0x80 ? ((x << 1) ^ 0x11b) & 0xff : x << 1) if (y & 1) product ^= x;
  return product;
}
const inverseOf = (a: number) => Array.from({ length: 256 }, (_, b) => b).find((b) => times(a, b) === 1) ?? 0;
const rotated = (x: number, n: number) => ((x << n) | (x >> (8 - n))) & 0xff;
const S_BOX = Array.from({ length: 256 }, (_, x) => {
  const b = inverseOf(x);
  return b ^ rotated(b, 1) ^ rotated(b, 2) ^ rotated(b, 3) ^ rotated(b, 4) ^ 0x63;
});
const subBytes = (s: Uint8Array) => s.map((x) => S_BOX[x] as number);
const invSubBytes = (s: Uint8Array) => s.map((x) => S_BOX.indexOf(x));
const shiftRows = (s: Uint8Array) => s.map((_, i) => s[(i + 4 * (i % 4)) % 16] as number);
const invShiftRows = (s: Uint8Array) => s.map((_, i) => s[(i + 12 * (i % 4)) % 16] as number);
const mix = (s: Uint8Array, by: number[]) =>
  s.map((_, i) => by.reduce((sum, factor, k) => sum ^ times(s[(i & 12) + ((i + k) % 4)] as number, factor), 0));
const mixColumns = (s: Uint8Array) => mix(s, [2, 3, 1, 1]);
const invMixColumns = (s: Uint8Array) => mix(s, [14, 11, 13, 9]);
const xor = (a: Uint8Array, b: Uint8Array) => a.map((x, i) => x ^ (b[i] as number));

const AES: Record<string, (a: Uint8Array, b: Uint8Array, imm: number) => Uint8Array> = {
  aesenc: (a, b) => xor(mixColumns(subBytes(shiftRows(a))), b),
  aesenclast: (a, b) => xor(subBytes(shiftRows(a)), b),
  aesdec: (a, b) => xor(invMixColumns(invSubBytes(invShiftRows(a))), b),
  aesdeclast: (a, b) => xor(invSubBytes(invShiftRows(a)), b),
  aesimc: (_, b) => invMixColumns(b),
  aeskeygenassist: (_, b, imm) => {
    const [, x1, , x3] = lanes(subBytes(b), 32) as [bigint, bigint, bigint, bigint];
    const withConstant = (x: bigint) => ((x >> 8n) | (x << 24n)) ^ BigInt(imm);
    return bytesOf([x1, withConstant(x1), x3, withConstant(x3)], 32);
  },
};

describe.each(BUILDS)("AES and SHA (%s)", (build) => {
  let rig: SimdRig;
  let page: bigint;
  beforeAll(async () => {
    rig = await SimdRig.open(build);
    page = rig.paging.page();
  });
  afterAll(() => rig.close());

  let runs = 0;
  /** reg = name(reg, b): by turns with b in a register and in memory. */
  function apply(name: string, a: Uint8Array, b: Uint8Array, imm = 0): Uint8Array {
    const isMemory = runs++ % 2 === 0;
    rig.setYmm(1, a);
    rig.setYmm(2, b);
    rig.setBytes(rig.paging.at(page), b);
    expect(rig.execute({ row: row(name), reg: 1, rm: isMemory ? page : 2, imm })).toBeUndefined();
    return rig.xmm(1);
  }

  it.each(Object.keys(AES))("%s does what the standard's steps say", (name) => {
    for (let run = 0; run < 100; run++) {
      const [a, b, imm] = [random.bytes(16), random.bytes(16), random.below(256)];
      const expected = (AES[name] as (typeof AES)[string])(a, b, imm);
      expect(hex(apply(name, a, b, imm))).toBe(hex(expected));
    }
  });

  const ROUND_CONSTANTS = [1, 2, 4, 8, 16, 32, 64, 128, 0x1b, 0x36];

  function roundKeys(key: Uint8Array): Uint8Array[] {
    const keys = [key];
    for (const constant of ROUND_CONSTANTS) {
      const last = keys[keys.length - 1] as Uint8Array;
      const word = lanes(apply("aeskeygenassist", random.bytes(16), last, constant), 32)[3] as bigint;
      let sum = word;
      keys.push(
        bytesOf(
          lanes(last, 32).map((w) => (sum ^= w)),
          32,
        ),
      );
    }
    return keys;
  }

  function encrypt(keys: Uint8Array[], block: Uint8Array): Uint8Array {
    let state: Uint8Array = xor(block, keys[0] as Uint8Array);
    for (const key of keys.slice(1, 10)) state = apply("aesenc", state, key);
    return apply("aesenclast", state, keys[10] as Uint8Array);
  }

  function decrypt(keys: Uint8Array[], block: Uint8Array): Uint8Array {
    let state: Uint8Array = xor(block, keys[10] as Uint8Array);
    for (const key of keys.slice(1, 10).reverse()) state = apply("aesdec", state, apply("aesimc", state, key));
    return apply("aesdeclast", state, keys[0] as Uint8Array);
  }

  it("key expansion is FIPS 197, appendix A.1", () => {
    const keys = roundKeys(fromHex("2b7e1516 28aed2a6 abf71588 09cf4f3c"));
    expect(hex(keys[1] as Uint8Array)).toBe("a0fafe1788542cb123a339392a6c7605");
    expect(hex(keys[10] as Uint8Array)).toBe("d014f9a8c9ee2589e13f0cc8b6630ca6");
  });

  it("the cipher is FIPS 197, appendix B and C.1, both ways", () => {
    for (const [key, plain, cipher] of [
      ["2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734", "3925841d02dc09fbdc118597196a0b32"],
      ["000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a"],
    ] as const) {
      const keys = roundKeys(fromHex(key));
      expect(hex(encrypt(keys, fromHex(plain)))).toBe(cipher);
      expect(hex(decrypt(keys, fromHex(cipher)))).toBe(plain);
    }
  });

  it("the cipher is Node's", () => {
    for (let run = 0; run < 30; run++) {
      const [key, block] = [random.bytes(16), random.bytes(16)];
      const cipher = createCipheriv("aes-128-ecb", key, null).update(block);
      const keys = roundKeys(key);
      expect(hex(encrypt(keys, block))).toBe(hex(cipher));
      expect(hex(decrypt(keys, cipher))).toBe(hex(block));
    }
  });

  /** Blocks of 16 words, padded (FIPS 180-4, section 5.1.1). */
  function messageBlocks(message: Uint8Array): number[][] {
    const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
    padded.set(message);
    padded[message.length] = 0x80;
    const dv = new DataView(padded.buffer);
    dv.setUint32(padded.length - 4, message.length * 8);
    const words = Array.from({ length: padded.length / 4 }, (_, i) => dv.getUint32(4 * i));
    return Array.from({ length: words.length / 16 }, (_, i) => words.slice(16 * i, 16 * i + 16));
  }
  const vector = (words: number[]) => bytesOf(words.map(BigInt), 32);
  const plus = (a: Uint8Array, b: Uint8Array) =>
    bytesOf(
      lanes(a, 32).map((x, i) => x + (lanes(b, 32)[i] as bigint)),
      32,
    );
  const bigEndian = (words: bigint[]) => words.map((w) => w.toString(16).padStart(8, "0")).join("");

  function sha1(message: Uint8Array): string {
    let abcd = vector([0x10325476, 0x98badcfe, 0xefcdab89, 0x67452301]);
    let e = vector([0, 0, 0, 0xc3d2e1f0]);
    for (const block of messageBlocks(message)) {
      const w = [0, 4, 8, 12].map((i) => vector(block.slice(i, i + 4).reverse()));
      const [abcd0, e0] = [abcd, e];
      let previous = abcd;
      for (let round = 0; round < 20; round++) {
        if (round >= 4) {
          const [w0, w1, w2, w3] = w.slice(round - 4) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
          w.push(apply("sha1msg2", xor(apply("sha1msg1", w0, w1), w2), w3));
        }
        const now = w[round] as Uint8Array;
        const withE = round === 0 ? plus(e, now) : apply("sha1nexte", previous, now);
        previous = abcd;
        abcd = apply("sha1rnds4", abcd, withE, Math.floor(round / 5));
      }
      e = apply("sha1nexte", previous, e0);
      abcd = plus(abcd, abcd0);
    }
    return bigEndian([...lanes(abcd, 32).reverse(), lanes(e, 32)[3] as bigint]);
  }

  /** FIPS 180-4, section 4.2.2: of the cube roots of the first primes. */
  const primes = Array.from({ length: 312 }, (_, n) => n).filter(
    (n) => n > 1 && Array.from({ length: n - 2 }, (_, i) => i + 2).every((d) => n % d !== 0),
  );
  const K = primes.slice(0, 64).map((p) => Math.floor((Math.cbrt(p) % 1) * 2 ** 32));

  function sha256(message: Uint8Array): string {
    let abef = vector([0x9b05688c, 0x510e527f, 0xbb67ae85, 0x6a09e667]);
    let cdgh = vector([0x5be0cd19, 0x1f83d9ab, 0xa54ff53a, 0x3c6ef372]);
    for (const block of messageBlocks(message)) {
      const w = [0, 4, 8, 12].map((i) => vector(block.slice(i, i + 4)));
      const [abef0, cdgh0] = [abef, cdgh];
      for (let round = 0; round < 16; round++) {
        if (round >= 4) {
          const [w0, w1, w2, w3] = w.slice(round - 4) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
          const shifted = Uint8Array.of(...w2.subarray(4), ...w3.subarray(0, 4));
          w.push(apply("sha256msg2", plus(apply("sha256msg1", w0, w1), shifted), w3));
        }
        const wk = plus(w[round] as Uint8Array, vector(K.slice(4 * round, 4 * round + 4)));
        rig.setYmm(0, wk);
        const next = apply("sha256rnds2", cdgh, abef);
        rig.setYmm(0, wk.subarray(8));
        cdgh = next;
        [abef, cdgh] = [apply("sha256rnds2", abef, cdgh), cdgh];
      }
      abef = plus(abef, abef0);
      cdgh = plus(cdgh, cdgh0);
    }
    const [f, e, b, a] = lanes(abef, 32) as [bigint, bigint, bigint, bigint];
    const [h, g, d, c] = lanes(cdgh, 32) as [bigint, bigint, bigint, bigint];
    return bigEndian([a, b, c, d, e, f, g, h]);
  }

  const abc = fromHex("616263");
  it("SHA-1 of abc is the standard's example", () => {
    expect(sha1(abc)).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
  });
  it("SHA-256 of abc is the standard's example", () => {
    expect(sha256(abc)).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
  it("hashes are Node's", () => {
    for (let length = 0; length < 200; length += 9) {
      const message = random.bytes(length);
      expect(sha1(message)).toBe(createHash("sha1").update(message).digest("hex"));
      expect(sha256(message)).toBe(createHash("sha256").update(message).digest("hex"));
    }
  });

  it.each(rows.filter(({ name }) => /^(aes|sha)/.test(name)).map((one) => one.name))(
    "%s reads a register before it writes it",
    (name) => {
      for (let run = 0; run < 20; run++) {
        const [a, imm] = [random.bytes(16), random.below(256)];
        const expected = apply(name, a, a, imm);
        rig.setYmm(1, a);
        expect(rig.execute({ row: row(name), reg: 1, rm: 1, imm })).toBeUndefined();
        expect(hex(rig.xmm(1))).toBe(hex(expected));
      }
    },
  );
});
