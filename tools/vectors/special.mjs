/**
 * What single instructions want of their inputs: a stack to push to, a quotient that fits, an address in a register.
 * Without it most of their vectors would only fault.
 */
import * as L from "./layout.mjs";

/**
 * @typedef {import("./cases.mjs").Case} Case
 * @typedef {import("./generate.mjs").Draft} Draft
 *
 * @typedef {object} Special
 * @property {(draft: Draft) => void} before encoding: reserves registers, chooses prefixes, target and immediates
 * @property {(draft: Draft) => boolean} accepts the encoding, or wants another
 * @property {(draft: Draft) => void} after encoding: sets registers and memory; the address's registers come later and win
 */

const RAX = 0;
const RCX = 1;
const RDX = 2;
const RBX = 3;
const RSP = 4;
const RBP = 5;
const RSI = 6;
const RDI = 7;
const MASK64 = (1n << 64n) - 1n;
const OPERAND_BYTES = /** @type {Record<string, number>} */ ({ "": 4, b: 1, w: 2, l: 4, q: 8 });
const FLAG_DF = 0x400;
const REPE = 0xf3;
const REPNE = 0xf2;

/** @param {Draft} draft @param {number} register @param {bigint | number} value */
function setRegister({ view }, register, value) {
  view.setBigUint64(register * 8, BigInt(value) & MASK64, true);
}

/** @param {Draft} draft @param {number} register */
const register = ({ view }, register) => view.getBigUint64(register * 8, true);

/** Whether `bytes` at `address` are in the window. @param {number} address @param {number} bytes */
const isInWindow = (address, bytes) => address >= L.WINDOW_BASE && address + bytes <= L.WINDOW_BASE + L.WINDOW_BYTES;

/** @param {Draft} draft @param {number} address @param {bigint} value @param {number} bytes */
function setMemory({ view }, address, value, bytes) {
  if (!isInWindow(address, bytes)) return;
  for (let i = 0; i < bytes; i++)
    view.setUint8(L.MEMORY_AT + address - L.WINDOW_BASE + i, Number((value >> BigInt(i * 8)) & 0xffn));
}

/** @param {Draft} draft @param {number} address @param {number} bytes */
function memory({ view }, address, bytes) {
  let value = 0n;
  if (!isInWindow(address, bytes)) return value;
  for (let i = bytes - 1; i >= 0; i--)
    value = (value << 8n) | BigInt(view.getUint8(L.MEMORY_AT + address - L.WINDOW_BASE + i));
  return value;
}

/** Operand bytes in 64-bit mode's stack, or as the size says. @param {Case} c */
const operandBytes = (c) => /** @type {number} */ (OPERAND_BYTES[c.size]);

/** Whether a register holds part of the operand's address. @param {Draft} draft @param {number} register */
const isInAddress = ({ made }, register) => made.registers.has(register);

/** The rm operand's value. @param {Draft} draft @param {number} bytes */
function readRm(draft, bytes) {
  if (draft.c.form === "mem") return memory(draft, draft.target, bytes);
  return register(draft, draft.made.rm) & ((1n << BigInt(bytes * 8)) - 1n);
}

/** Somewhere in the middle of the window, with `room` bytes on both sides. @param {Draft} draft @param {number} room */
function placeInWindow({ random }, room) {
  return L.WINDOW_BASE + room + random.below(L.WINDOW_BYTES - 2 * room);
}

/** @param {Draft} draft @param {number} [room] bytes on both sides */
function useStack(draft, room = 128) {
  const { c, random, reserved } = draft;
  reserved.add(RSP);
  let top = placeInWindow(draft, room);
  if (!random.oneIn(4)) top -= top % 8;
  // Off the mapped pages.
  if (random.oneIn(40))
    top = /^(pop|ret|leave)/.test(c.name) ? L.DATA_END - random.below(2) : L.DATA_BASE + random.below(2);
  setRegister(draft, RSP, top);
  setMemory(draft, top, (BigInt(random.u32()) << 32n) | BigInt(random.u32()), 8);
}

/** An address in the vector's part of the code region where there is nothing but HLT. @param {Draft} draft */
function landing({ rip, random }) {
  return BigInt(rip + (random.oneIn(2) ? 16 + random.below(80) : -20 - random.below(80)));
}

/** @type {Special} */
const PLAIN = { before: () => undefined, accepts: () => true, after: () => undefined };

/** @param {Partial<Special>} parts @returns {Special} */
const special = (parts) => ({ ...PLAIN, ...parts });

const STACK = special({ before: useStack });

const STACK_BRANCH = special({
  before: useStack,
  after: (draft) => {
    const bytes = draft.c.mode === 64 ? 8 : draft.c.size === "w" ? 2 : 4;
    setMemory(draft, Number(register(draft, RSP)), landing(draft), bytes);
  },
});

/** CALL and JMP through a register or memory. */
const INDIRECT = special({
  before: useStack,
  accepts: (draft) => draft.made.rm !== RSP,
  after: (draft) => {
    const to = landing(draft);
    if (draft.c.form === "mem") setMemory(draft, draft.target, to, operandBytes(draft.c));
    else setRegister(draft, draft.made.rm, to);
  },
});

const POPF = special({
  before: (draft) => {
    useStack(draft);
    // NT and ID would stay set in the recorder, and TF is the guests' matter.
    const flags = draft.random.u32() & ~0x204100;
    setMemory(draft, Number(register(draft, RSP)), BigInt(flags >>> 0), 8);
  },
});

const FRAME = special({
  before: (draft) => {
    useStack(draft, 300);
    draft.reserved.add(RBP);
    setRegister(draft, RBP, placeInWindow(draft, 300));
    draft.immediate = (kind) =>
      BigInt(kind === "ib" ? draft.random.pick([0, 0, 1, 2, 3, 31, 32, 255]) : draft.random.below(128));
  },
});

/** Pointers, a small count, and a repeat prefix if the row takes one. @param {Draft} draft */
function useStrings(draft) {
  const { c, random, view, prefixes } = draft;
  const bytes = c.args.some((arg) => /^[XY]b$/.test(arg)) ? 1 : operandBytes(c);
  const count = random.below(random.oneIn(4) ? 12 : 5);
  const isDown = (view.getUint32(L.RFLAGS_AT, true) & FLAG_DF) !== 0;
  for (const pointer of [RSI, RDI]) {
    let at = placeInWindow(draft, 128);
    // Across the border of the pages, and off the end of them.
    if (random.oneIn(4)) at = L.WINDOW_BASE + L.WINDOW_BYTES / 2 - random.below(16);
    if (random.oneIn(24)) {
      // Off the mapped pages; after some elements, unless they are written.
      const elements = pointer === RDI && /^(movs|stos)/.test(c.name) ? 0 : random.below(4) * bytes;
      at = isDown ? L.DATA_BASE - bytes + elements : L.DATA_END - elements;
    }
    setRegister(draft, pointer, at);
  }
  const isRepeated = c.row.rep === true && !random.oneIn(3);
  if (isRepeated) {
    prefixes.push(random.oneIn(3) ? REPNE : REPE);
    setRegister(draft, RCX, count);
  }
  fillStrings(draft, bytes);
}

/** Runs of equal elements, so that comparisons go on for a while. @param {Draft} draft @param {number} bytes */
function fillStrings(draft, bytes) {
  const { random, view } = draft;
  const common = BigInt(random.u32()) * 0x100000001n;
  for (let at = L.WINDOW_BASE; at + 8 <= L.WINDOW_BASE + L.WINDOW_BYTES; at += 8)
    setMemory(draft, at, (common & 0xffn) * 0x0101010101010101n, 8);
  for (let i = 0; i < 40; i++) view.setUint8(L.MEMORY_AT + random.below(L.WINDOW_BYTES), random.below(256));
  if (!random.oneIn(3)) setRegister(draft, RAX, (common & 0xffn) * 0x0101010101010101n);
  if (bytes > 8) throw new Error("strings of elements of 8 bytes at most");
}

const STRINGS = special({ before: useStrings });

/** A quotient that fits, most of the time. @param {Draft} draft @param {number} bytes @param {boolean} isSigned */
function setDividend(draft, bytes, isSigned) {
  const { random } = draft;
  if (random.oneIn(6)) return;
  const bits = BigInt(bytes * 8);
  const mask = (1n << bits) - 1n;
  let divisor = readRm(draft, bytes);
  if (divisor === 0n) return;
  if (isSigned) divisor = BigInt.asIntN(bytes * 8, divisor);
  const raw = ((BigInt(random.u32()) << 32n) | BigInt(random.u32())) >> BigInt(random.below(60));
  const quotient = isSigned ? BigInt.asIntN(bytes * 8, raw) : raw & mask;
  const dividend = quotient * divisor + (random.oneIn(2) ? 0n : BigInt.asIntN(bytes * 8, divisor) / 2n);
  if (bytes === 1) {
    setRegister(draft, RAX, (register(draft, RAX) & ~0xffffn) | (dividend & 0xffffn));
    return;
  }
  setRegister(draft, RAX, (register(draft, RAX) & ~mask) | (dividend & mask));
  setRegister(draft, RDX, (register(draft, RDX) & ~mask) | ((dividend >> bits) & mask));
}

/** @param {boolean} isSigned */
const divide = (isSigned) =>
  special({
    before: ({ reserved }) => [RAX, RDX].forEach((r) => reserved.add(r)),
    accepts: ({ c, made }) =>
      !(
        c.form === "reg" &&
        (made.rm === RAX || made.rm === RDX || (operandBytes(c) === 1 && made.rm >= 4 && made.rm < 8))
      ),
    after: (draft) => setDividend(draft, operandBytes(draft.c), isSigned),
  });

/** The bit's offset counts from the operand's address, and must stay in the window. */
const BIT_STRING = special({
  accepts: (draft) => draft.c.form !== "mem" || draft.made.reg < 0 || !isInAddress(draft, draft.made.reg),
  after: (draft) => {
    const { c, random, made, target } = draft;
    if (c.form !== "mem" || made.reg < 0) return;
    const bit = isInWindow(target, 8) ? random.below(960) - 480 : random.below(operandBytes(c) * 8);
    setRegister(draft, made.reg, c.size === "l" ? (BigInt(random.u32()) << 32n) | BigInt(bit >>> 0) : BigInt(bit));
  },
});

const SHIFT = special({
  after: (draft) => {
    const { random } = draft;
    if (random.oneIn(3)) return;
    setRegister(draft, RCX, (register(draft, RCX) & ~0xffn) | BigInt(random.below(random.oneIn(2) ? 10 : 70)));
  },
});

const COUNTED_BRANCH = special({
  before: (draft) =>
    setRegister(draft, RCX, draft.random.pick([0n, 1n, 2n, 1n << 32n, (1n << 32n) + 1n, 0xffffffffn, 1n << 16n])),
});

/** Half of them find what they expect. */
const COMPARE_EXCHANGE = special({
  after: (draft) => {
    const { c, random } = draft;
    const bytes = operandBytes(c);
    if (random.oneIn(2) || isInAddress(draft, RAX)) return;
    if (c.form === "mem") setMemory(draft, draft.target, register(draft, RAX), bytes);
    else if (draft.made.rm !== RSP) setRegister(draft, draft.made.rm, register(draft, RAX));
  },
});

/** @param {number} half bytes of each register */
const compareExchangePair = (half) =>
  special({
    before: ({ reserved }) => [RAX, RDX].forEach((r) => reserved.add(r)),
    after: (draft) => {
      if (draft.random.oneIn(2)) return;
      setRegister(draft, RAX, memory(draft, draft.target, half));
      setRegister(draft, RDX, memory(draft, draft.target + half, half));
    },
  });

/** @param {number} pointer the register that the operand's address is in @param {number} room */
const implicitPointer = (pointer, room) =>
  special({
    before: (draft) => {
      draft.target = placeInWindow(draft, room);
      setRegister(draft, pointer, draft.target);
      draft.reserved.add(pointer);
    },
  });

const BOUND = special({
  after: (draft) => {
    const { c, random, made } = draft;
    const bytes = operandBytes(c);
    const low = random.below(200) - 100;
    setMemory(draft, draft.target, BigInt(low), bytes);
    setMemory(draft, draft.target + bytes, BigInt(low + random.below(50)), bytes);
    setRegister(draft, made.reg, BigInt(low + random.below(60) - 5));
  },
});

const STRING_COMPARE = special({
  before: (draft) => {
    draft.reserved.add(RAX).add(RDX);
    for (const r of [RAX, RDX]) if (!draft.random.oneIn(8)) setRegister(draft, r, BigInt(draft.random.below(40) - 20));
    shareBytes(draft);
  },
});

/** Few different bytes in all registers, ends of strings among them. @param {Draft} draft */
function shareBytes({ view, random }) {
  const alphabet = [0, 0x41, 0x42, 0x43, 0x80, 0xff];
  for (let i = 0; i < 256; i++) if (!random.oneIn(4)) view.setUint8(L.XMM_AT + i, random.pick(alphabet));
}

const INTERRUPT = special({
  before: (draft) => {
    // 80 is a system call.
    draft.immediate = () => BigInt((0x81 + draft.random.below(255)) & 0xff);
  },
});

const LOAD_MXCSR = special({
  after: (draft) => {
    if (!draft.random.oneIn(8)) setMemory(draft, draft.target, BigInt(draft.random.below(0x10000)), 4);
  },
});

/** A state that is legal, most of the time. */
const FXRSTOR = special({
  before: (draft) => {
    draft.target = placeInWindow(draft, 0) & ~15;
    draft.target = L.WINDOW_BASE + 16 * draft.random.below(32);
  },
  after: (draft) => {
    if (!draft.random.oneIn(8)) setMemory(draft, draft.target + 24, BigInt(draft.random.below(0x10000)), 4);
  },
});

const ENVIRONMENT = special({
  before: (draft) => {
    draft.target = placeInWindow(draft, 130);
  },
});

/** Intel reads 16 bits, AMD 32: where it ends does not matter there. */
const MOVSXD = special({
  before: (draft) => {
    if (draft.c.size === "w") draft.target = placeInWindow(draft, 8);
  },
});

/** Intel refuses misaligned operands, AMD takes them. */
const SHA = special({
  before: (draft) => {
    draft.target -= draft.target % 16;
  },
});

/** By the row's name; the first that fits. @type {readonly [RegExp, Special][]} */
const SPECIALS = [
  [/^popf/, POPF],
  [/^(push|pop(?!cnt))/, STACK],
  [/^ret/, STACK_BRANCH],
  [/^(enter|leave)/, FRAME],
  [/^(movs|cmps|scas|lods|stos)([bwdqv]|$)/, STRINGS],
  [/^div([^a-z]|$)/, divide(false)],
  [/^idiv/, divide(true)],
  [/^bt[src]?$/, BIT_STRING],
  [/^(rol|ror|rcl|rcr|shl|sal|shr|sar|shld|shrd)/, SHIFT],
  [/^(loop|jr?e?cxz|jcxz)/, COUNTED_BRANCH],
  [/^cmpxchg8b/, compareExchangePair(4)],
  [/^cmpxchg16b/, compareExchangePair(8)],
  [/^cmpxchg/, COMPARE_EXCHANGE],
  [/^xlat/, implicitPointer(RBX, 257)],
  [/^maskmov/, implicitPointer(RDI, 64)],
  [/^bound/, BOUND],
  [/^pcmp[ei]str/, STRING_COMPARE],
  [/^int$/, INTERRUPT],
  [/^ldmxcsr/, LOAD_MXCSR],
  [/^movsxd/, MOVSXD],
  [/^sha/, SHA],
  [/^fxrstor/, FXRSTOR],
  [/^(fldenv|frstor|fn?save|fn?stenv)/, ENVIRONMENT],
];

/** @param {Case} c @returns {Special} */
export function specialOf(c) {
  const { name } = c;
  if (/^(movsd|cmpsd)$/.test(name) && c.encoding.map !== 0) return PLAIN;
  if (/^(call|jmp)/.test(name)) return c.form === "none" ? STACK : INDIRECT;
  const found = SPECIALS.find(([pattern]) => pattern.test(name));
  return found === undefined ? PLAIN : found[1];
}
