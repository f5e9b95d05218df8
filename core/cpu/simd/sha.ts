/**
 * SHA1x and SHA256x instructions, after FIPS 180-4: rounds (section 6.1.2 and 6.2.2, step 3) and message schedules
 * (step 1). Names of the state's words are the standard's; lane 3 of a vector is its bits 127:96.
 */

import { isStatus, registerAt, xmmSource } from "./access";
import { X86, X86_YMM } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";

/** Lane `lane` of the vector at `from`. */
// @ts-ignore: decorator
@inline
function word(from: usize, lane: u32): u32 {
  return load<u32>(from + (lane << 2));
}

// @ts-ignore: decorator
@inline
function setWords(to: usize, w0: u32, w1: u32, w2: u32, w3: u32): void {
  store<u32>(to, w0);
  store<u32>(to, w1, 4);
  store<u32>(to, w2, 8);
  store<u32>(to, w3, 12);
}

// --- SHA-1 ---

/** f of FIPS 180-4, section 4.1.1, for the 20 rounds of number `stage`. */
// @ts-ignore: decorator
@inline
function sha1Function(stage: u32, b: u32, c: u32, d: u32): u32 {
  if (stage == 0) return (b & c) ^ (~b & d);
  if (stage == 2) return (b & c) ^ (b & d) ^ (c & d);
  return b ^ c ^ d;
}

/** K of section 4.2.1. */
// @ts-ignore: decorator
@inline
function sha1Constant(stage: u32): u32 {
  if (stage == 0) return 0x5a827999;
  if (stage == 1) return 0x6ed9eba1;
  return stage == 2 ? 0x8f1bbcdc : 0xca62c1d6;
}

/** SHA1RNDS4: four rounds. reg has A to D from lane 3 down; rm the message words, E added to the first. */
export function sha1rnds4(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const stage = <u32>op.imm & 3;
  const constant = sha1Constant(stage);
  const reg = registerAt(c, op.reg);
  let a = word(reg, 3);
  let b = word(reg, 2);
  let cc = word(reg, 1);
  let d = word(reg, 0);
  let e: u32 = 0;
  for (let lane: i32 = 3; lane >= 0; lane--) {
    const t = rotl<u32>(a, 5) + sha1Function(stage, b, cc, d) + e + constant + word(source, lane);
    e = d;
    d = cc;
    cc = rotl<u32>(b, 30);
    b = a;
    a = t;
  }
  setWords(reg, d, cc, b, a);
  return EXEC_NEXT;
}

/** SHA1NEXTE: E of four rounds on, from A in reg, added to the first message word of rm. */
export function sha1nexte(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const reg = registerAt(c, op.reg);
  const first = word(source, 3) + rotl<u32>(word(reg, 3), 30);
  v128.store(reg, i32x4.replace_lane(v128.load(source), 3, first));
  return EXEC_NEXT;
}

/** SHA1MSG1: W[t-16] ^ W[t-14] of four words. */
export function sha1msg1(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const reg = registerAt(c, op.reg);
  const w = v128.load(reg);
  // Words 0 to 3 are reg's lanes 3 to 0, words 4 and 5 rm's lanes 3 and 2.
  v128.store(reg, v128.xor(w, i64x2.shuffle(w, v128.load(source), 3, 0)));
  return EXEC_NEXT;
}

/** SHA1MSG2: ^ W[t-3] and the rotation; the last of the four words needs the first. */
export function sha1msg2(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const reg = registerAt(c, op.reg);
  const w16 = rotl<u32>(word(reg, 3) ^ word(source, 2), 1);
  const w17 = rotl<u32>(word(reg, 2) ^ word(source, 1), 1);
  const w18 = rotl<u32>(word(reg, 1) ^ word(source, 0), 1);
  const w19 = rotl<u32>(word(reg, 0) ^ w16, 1);
  setWords(reg, w19, w18, w17, w16);
  return EXEC_NEXT;
}

// --- SHA-256 (functions of section 4.1.2) ---

// @ts-ignore: decorator
@inline
function sigma0(x: u32): u32 {
  return rotr<u32>(x, 7) ^ rotr<u32>(x, 18) ^ (x >> 3);
}

// @ts-ignore: decorator
@inline
function sigma1(x: u32): u32 {
  return rotr<u32>(x, 17) ^ rotr<u32>(x, 19) ^ (x >> 10);
}

// @ts-ignore: decorator
@inline
function sum0(x: u32): u32 {
  return rotr<u32>(x, 2) ^ rotr<u32>(x, 13) ^ rotr<u32>(x, 22);
}

// @ts-ignore: decorator
@inline
function sum1(x: u32): u32 {
  return rotr<u32>(x, 6) ^ rotr<u32>(x, 11) ^ rotr<u32>(x, 25);
}

/** SHA256RNDS2: two rounds. reg has C, D, G, H and rm A, B, E, F from lane 3 down; XMM0 message words with K added. */
export function sha256rnds2(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const reg = registerAt(c, op.reg);
  const schedule = registerAt(c, X86_YMM);
  const wk0 = word(schedule, 0);
  const wk1 = word(schedule, 1);
  let a = word(source, 3);
  let b = word(source, 2);
  let cc = word(reg, 3);
  let d = word(reg, 2);
  let e = word(source, 1);
  let f = word(source, 0);
  let g = word(reg, 1);
  let h = word(reg, 0);
  for (let round: u32 = 0; round < 2; round++) {
    const t1 = h + sum1(e) + ((e & f) ^ (~e & g)) + (round == 0 ? wk0 : wk1);
    const t2 = sum0(a) + ((a & b) ^ (a & cc) ^ (b & cc));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = cc;
    cc = b;
    b = a;
    a = t1 + t2;
  }
  setWords(reg, f, e, b, a);
  return EXEC_NEXT;
}

/** SHA256MSG1: W[t-16] + sigma0(W[t-15]) of four words. */
export function sha256msg1(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const reg = registerAt(c, op.reg);
  const w4 = word(source, 0);
  const w3 = word(reg, 3);
  const w2 = word(reg, 2);
  const w1 = word(reg, 1);
  setWords(reg, word(reg, 0) + sigma0(w1), w1 + sigma0(w2), w2 + sigma0(w3), w3 + sigma0(w4));
  return EXEC_NEXT;
}

/** SHA256MSG2: + sigma1(W[t-2]); the upper two words need the lower two. */
export function sha256msg2(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const reg = registerAt(c, op.reg);
  const w16 = word(reg, 0) + sigma1(word(source, 2));
  const w17 = word(reg, 1) + sigma1(word(source, 3));
  const w18 = word(reg, 2) + sigma1(w16);
  const w19 = word(reg, 3) + sigma1(w17);
  setWords(reg, w16, w17, w18, w19);
  return EXEC_NEXT;
}
