/**
 * The inputs of vectors: for a case and a number, always the same instruction and state. What is special to an
 * instruction (a divisor that fits, a stack to push to) is in special.mjs.
 */
import { encode } from "./encode.mjs";
import * as L from "./layout.mjs";
import { hashText, Random } from "./random.mjs";
import { specialOf } from "./special.mjs";
import { putBcd, putF32, putF64, putF80, putInteger, putPacked } from "./values.mjs";

/**
 * @typedef {import("./cases.mjs").Case} Case
 * @typedef {import("./encode.mjs").Instruction} Instruction
 * @typedef {DataView<ArrayBufferLike>} View
 * @typedef {(view: View, at: number, random: Random) => void} Put
 *
 * What a vector is, while it is made.
 * @typedef {object} Draft
 * @property {Case} c
 * @property {Random} random
 * @property {View} view the record
 * @property {number} rip
 * @property {number} target address of the memory operand
 * @property {number} targetBytes
 * @property {Set<number>} reserved registers that no address may be made of
 * @property {number[]} prefixes
 * @property {(kind: string) => bigint} immediate
 * @property {Instruction} made once it is encoded
 */

const MASK64 = (1n << 64n) - 1n;
const FLAGS_STATUS = 0x8d5;
const FLAG_IF = 0x200;
const FLAG_DF = 0x400;
const FLAG_AC = 0x40000;
const PAGE_BORDER = L.WINDOW_BYTES / 2;

/** Bytes of a memory operand, by the type in its operand code. */
const TYPE_BYTES = /** @type {Record<string, number>} */ ({
  b: 1,
  w: 2,
  d: 4,
  q: 8,
  t: 10,
  dq: 16,
  x: 16,
  ps: 16,
  pd: 16,
  ss: 4,
  sd: 8,
  pi: 8,
  si: 4,
  di: 4,
  qi: 8,
});
const SIZE_BYTES = /** @type {Record<string, number>} */ ({ "": 4, b: 1, w: 2, l: 4, q: 8 });
/** Of operands that are only called M. */
const NAME_BYTES = /** @type {[RegExp, number][]} */ ([
  [/^f(n?)xsave|^fxrstor/, 512],
  [/^fn?save|^frstor/, 108],
  [/^fn?stenv|^fldenv/, 28],
  [/^fn?st(cw|sw)|^fldcw/, 2],
  [/mxcsr$/, 4],
  [/^fb(ld|stp)$/, 10],
  [/^cmpxchg8b/, 8],
  [/^cmpxchg16b/, 16],
  [/^(clflush|prefetch|lea)/, 1],
]);

/** @param {Case} c */
export function memoryBytes(c) {
  const named = NAME_BYTES.find(([pattern]) => pattern.test(c.name));
  if (named !== undefined) return named[1];
  const arg = c.args.find((text) => /^[EMWQ][a-z]|\/M[a-z]/.test(text)) ?? "";
  const type = /\/M([a-z]+)$/.exec(arg)?.[1] ?? arg.slice(1);
  if (type === "a") return 2 * (SIZE_BYTES[c.size] ?? 4);
  return TYPE_BYTES[type] ?? /** @type {number} */ (SIZE_BYTES[c.size]);
}

/** Kinds of values that the case's operands want. @param {Case} c @returns {Put[]} */
function putsOf(c) {
  const { name } = c;
  if (isX87(c)) return [putF80, putF64, putF32, putInteger, putBcd];
  if (/^cvt|^v?cvt/.test(name)) return [putF64s, putF32s, putInteger16];
  if (/(ss|ps)$/.test(name)) return [putF32s];
  if (/(sd|pd)$/.test(name)) return [putF64s];
  return [putPacked];
}

/** @type {Put} */
const putF32s = (view, at, random) => [0, 4, 8, 12].forEach((i) => putF32(view, at + i, random));
/** @type {Put} */
const putF64s = (view, at, random) => [0, 8].forEach((i) => putF64(view, at + i, random));
/** @type {Put} */
const putInteger16 = (view, at, random) => [0, 8].forEach((i) => putInteger(view, at + i, random));

/** @param {Case} c */
export const isX87 = (c) => c.encoding.map === 0 && c.encoding.opcode >= 0xd8 && c.encoding.opcode <= 0xdf;
/** @param {Case} c */
const isMmx = (c) => c.encoding.regClass === "mmx" || c.encoding.rmClass === "mmx" || c.name === "emms";

/**
 * Writes vector `number` of the case to the record at `view`. Its code is in the part of the code region that is
 * `number`'s: vectors of one case do not overwrite each other's.
 * @param {Case} c
 * @param {number} number
 * @param {View} view
 * @returns {Instruction}
 */
export function generate(c, number, view) {
  const random = new Random(hashText(c.key), number);
  new Uint8Array(view.buffer, view.byteOffset, L.RECORD_BYTES).fill(0);
  const slot = number % L.SLOTS;
  const special = specialOf(c);
  /** @type {Draft} */
  const draft = {
    c,
    random,
    view,
    rip: L.CODE_BASE + slot * L.SLOT_BYTES + L.SLOT_BYTES / 2 + random.below(16),
    target: 0,
    targetBytes: memoryBytes(c),
    reserved: new Set(),
    prefixes: [],
    immediate: () => 0n,
    made: { bytes: [], reg: -1, rm: -1, vvvv: 0, imm: 0n, target: 0, registers: new Map(), isAddress32: false },
  };
  // The last part of each page crosses into the next one.
  if (slot % 8 === 7 && slot + 1 < L.SLOTS) draft.rip = L.CODE_BASE + (slot + 1) * L.SLOT_BYTES - 1 - random.below(4);
  draft.target = chooseTarget(draft);
  draft.immediate = (kind) => chooseImmediate(draft, kind);
  fillState(draft);
  if (c.row.lock && c.form === "mem" && random.oneIn(4)) draft.prefixes.push(0xf0);
  special.before(draft);
  do draft.made = encode(c, random, draft);
  while (!special.accepts(draft));
  fillMemory(draft);
  special.after(draft);
  setAddressRegisters(draft);
  finish(draft);
  return draft.made;
}

/** @param {Draft} draft */
function fillState({ c, view, random }) {
  for (let i = 0; i < 16; i++) putInteger(view, i * 8, random);
  let flags = 2 | FLAG_IF | (random.u32() & FLAGS_STATUS);
  if (random.oneIn(4)) flags |= FLAG_DF;
  if (c.form === "mem" && random.oneIn(32)) flags |= FLAG_AC;
  view.setUint32(L.RFLAGS_AT, flags, true);
  view.setUint32(L.MODE_AT, c.mode, true);
  fillX87(c, view, random);
  const puts = putsOf(c);
  for (let i = 0; i < 16; i++) {
    const at = L.XMM_AT + i * 16;
    if (isX87(c)) putPacked(view, at, random);
    else fillPacked(view, at, random, random.pick(puts), i === 0 ? -1 : L.XMM_AT + random.below(i) * 16);
  }
  view.setUint32(L.MXCSR_AT, chooseMxcsr(c, random), true);
}

/** Sometimes as another one, or with only its signs changed: operands that are equal or cancel. @param {View} view @param {number} at @param {Random} random @param {Put} put @param {number} other */
function fillPacked(view, at, random, put, other) {
  put(view, at, random);
  if (other < 0 || !random.oneIn(5)) return;
  for (let i = 0; i < 16; i += 4) view.setUint32(at + i, view.getUint32(other + i, true), true);
  if (random.oneIn(2)) view.setUint8(at + 15, view.getUint8(at + 15) ^ 0x80);
  if (random.oneIn(2)) view.setUint8(at, view.getUint8(at) ^ 1);
}

/** @param {Case} c @param {View} view @param {Random} random */
function fillX87(c, view, random) {
  if (!isX87(c) && !isMmx(c) && !/^fx|^xsave|^xrstor/.test(c.name)) {
    view.setUint16(L.FCW_AT, 0x37f, true);
    return;
  }
  let control = 0x40 | (random.pick([0, 2, 3, 3]) << 8) | 0x3f;
  const rounding = c.rounding >= 0 ? c.rounding : random.below(4);
  control |= rounding << 10;
  if (random.oneIn(6)) control &= ~random.below(64);
  let status = (random.below(8) << 11) | (random.u32() & 0x4700);
  if (random.oneIn(4)) status |= random.below(64) & (random.oneIn(4) ? 63 : control);
  if (random.oneIn(16)) status |= 0x41;
  if ((status & ~control & 0x3f) !== 0) status |= 0x8080;
  view.setUint16(L.FCW_AT, control, true);
  view.setUint16(L.FSW_AT, status, true);
  view.setUint8(L.FTW_AT, random.oneIn(3) ? random.below(256) : 255 & ~(random.oneIn(2) ? 1 << random.below(8) : 0));
  for (let i = 0; i < 8; i++) {
    const at = L.ST_AT + i * 16;
    if (isX87(c)) putF80(view, at, random);
    else {
      putPacked(view, at, random);
      view.setUint16(at + 8, random.oneIn(2) ? 0xffff : random.below(65536), true);
      view.setUint32(at + 10, 0, true);
      view.setUint16(at + 14, 0, true);
    }
  }
  // ST1 near ST0, and equal to it.
  if (isX87(c) && random.oneIn(5)) {
    for (let i = 0; i < 10; i++) view.setUint8(L.ST_AT + 16 + i, view.getUint8(L.ST_AT + i));
    if (random.oneIn(2)) view.setUint8(L.ST_AT + 16 + 9, view.getUint8(L.ST_AT + 9) ^ 0x80);
    if (random.oneIn(2)) view.setUint8(L.ST_AT + 16, view.getUint8(L.ST_AT) ^ 1);
  }
}

/** @param {Case} c @param {Random} random */
function chooseMxcsr(c, random) {
  if (isX87(c)) return 0x1f80;
  const rounding = c.rounding >= 0 ? c.rounding : random.below(4);
  let mxcsr = 0x1f80 | (rounding << 13) | (random.oneIn(3) ? random.below(64) : 0);
  if (random.oneIn(6)) mxcsr &= ~(random.below(64) << 7);
  if (random.oneIn(5)) mxcsr |= 0x8000;
  if (random.oneIn(5)) mxcsr |= 0x40;
  return mxcsr;
}

/** @param {Draft} draft */
function chooseTarget({ c, random, targetBytes }) {
  const wantsAlignment = c.encoding.rmClass === "xmm" || c.encoding.regClass === "xmm" || targetBytes >= 16 ? 16 : 3;
  const room = L.WINDOW_BYTES - 128 - targetBytes;
  let offset = 64 + random.below(room);
  if (targetBytes > 1 && random.oneIn(wantsAlignment > 3 ? 32 : 8))
    offset = PAGE_BORDER - 1 - random.below(targetBytes - 1);
  else if (!random.oneIn(wantsAlignment)) offset &= ~(alignmentOf(targetBytes) - 1);
  if (!random.oneIn(32)) return L.WINDOW_BASE + offset;
  // Nothing is mapped before and behind the data pages.
  return random.oneIn(2) ? L.DATA_END - random.below(targetBytes) : L.DATA_BASE - 1 - random.below(targetBytes);
}

/** @param {number} bytes */
const alignmentOf = (bytes) => (bytes >= 16 ? 16 : 2 ** Math.floor(Math.log2(bytes)));

const BYTES = [0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 255];

/** @param {Draft} draft @param {string} kind @returns {bigint} */
function chooseImmediate({ random }, kind) {
  if (kind === "ib") return BigInt(random.oneIn(3) ? random.pick(BYTES) : random.below(256));
  // Branches stay in the vector's part of the code region, and do not go back to themselves.
  if (kind === "cb" || kind === "cz") return BigInt(random.oneIn(2) ? random.below(96) : -20 - random.below(96));
  const scratch = new DataView(new ArrayBuffer(8));
  putInteger(scratch, 0, random);
  return scratch.getBigUint64(0, true);
}

/** Values around the memory operand. @param {Draft} draft */
function fillMemory({ c, view, random, target, targetBytes }) {
  const offset = target - L.WINDOW_BASE;
  const puts = putsOf(c);
  const end = Math.min(L.WINDOW_BYTES, offset + Math.max(targetBytes, 16) + 16);
  for (let at = Math.max(0, offset - 16); at < end; at += 16) {
    const size = Math.min(16, L.WINDOW_BYTES - at);
    if (size < 16) return;
    random.pick(puts)(view, L.MEMORY_AT + at, random);
  }
  if (offset >= 0 && offset + 16 <= L.WINDOW_BYTES && !random.oneIn(3))
    putOperand(c, view, random, L.MEMORY_AT + offset, targetBytes);
}

/** One value of the operand's own size. @param {Case} c @param {View} view @param {Random} random @param {number} at @param {number} bytes */
function putOperand(c, view, random, at, bytes) {
  const { name } = c;
  if (!isX87(c)) return;
  if (bytes === 4 && !name.startsWith("fi")) putF32(view, at, random);
  else if (bytes === 8 && !name.startsWith("fi")) putF64(view, at, random);
  else if (bytes === 10) (name.startsWith("fb") ? putBcd : putF80)(view, at, random);
  else if (bytes <= 8) putInteger(view, at, random);
}

/** @param {Draft} draft */
function setAddressRegisters({ c, view, random, made }) {
  for (const [register, value] of made.registers) view.setBigUint64(register * 8, value & MASK64, true);
  // Some addresses are not canonical.
  if (c.mode !== 64 || made.isAddress32 || made.registers.size !== 1 || !random.oneIn(64)) return;
  for (const [register, value] of made.registers)
    view.setBigUint64(register * 8, (value + (1n << BigInt(47 + random.below(16)))) & MASK64, true);
}

/** @param {Draft} draft */
function finish({ c, view, rip, made }) {
  view.setBigUint64(L.RIP_AT, BigInt(rip), true);
  for (let i = 0; i < L.CODE_MAX; i++) view.setUint8(L.CODE_AT + i, made.bytes[i] ?? L.HLT);
  if (c.mode === 64) return;
  for (let i = 0; i < 16; i++) {
    view.setUint32(i * 8 + 4, 0, true);
    if (i >= 8) view.setUint32(i * 8, 0, true);
  }
  view.setBigUint64(0, view.getBigUint64(0, true), true);
}
