/**
 * Makes the bytes of one instruction of a case: prefixes, REX or VEX, opcode, ModRM with registers chosen at random or
 * an address that is `target`, immediates. Registers that form the address get values that make it so.
 */
import { CODE_MAX, DATA_BASE } from "./layout.mjs";

/**
 * @typedef {import("./cases.mjs").Case} Case
 * @typedef {import("./random.mjs").Random} Random
 *
 * @typedef {object} Wish what an instruction is to be like
 * @property {number} target address of the memory operand
 * @property {ReadonlySet<number>} reserved registers that no address may be made of
 * @property {number} rip of the instruction
 * @property {number[]} prefixes that the caller wants: F0, F2, F3
 * @property {(kind: string) => bigint} immediate
 *
 * @typedef {object} Instruction
 * @property {number[]} bytes
 * @property {number} reg ModRM.reg, or the opcode's register, or -1
 * @property {number} rm ModRM.rm where it is a register, or -1
 * @property {number} vvvv
 * @property {bigint} imm
 * @property {number} target address of the memory operand
 * @property {Map<number, bigint>} registers values that the address needs
 * @property {boolean} isAddress32 the address is 32 bits: of its registers only the lower halves count
 */

const RSP = 4;
const MASK64 = (1n << 64n) - 1n;
const PREFIX_BYTES = /** @type {Record<string, number[]>} */ ({ "": [], NP: [], 66: [0x66], F3: [0xf3], F2: [0xf2] });
const MAPS = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];
const IMMEDIATE_BYTES = /** @type {Record<string, number>} */ ({ ib: 1, cb: 1, iw: 2, id: 4 });

/** What the parts of an encoding are, before REX is known. */
class Parts {
  legacy = /** @type {number[]} */ ([]);
  rexR = 0;
  rexX = 0;
  rexB = 0;
  needsRex = false;
  forbidsRex = false;
  modrm = /** @type {number[]} */ ([]);
  /** RIP-relative: where in modrm the displacement is. */
  ripTarget = -1;
}

/**
 * @param {Case} c
 * @param {Random} random
 * @param {Wish} wish
 * @returns {Instruction}
 */
export function encode(c, random, wish) {
  const { encoding } = c;
  const parts = new Parts();
  parts.legacy.push(...wish.prefixes);
  /** @type {Instruction} */
  const made = {
    bytes: [],
    reg: -1,
    rm: -1,
    vvvv: 0,
    imm: 0n,
    target: wish.target,
    registers: new Map(),
    isAddress32: false,
  };
  made.reg = chooseReg(c, random, parts);
  if (encoding.hasModrm) putModrm(c, random, wish, parts, made);
  if (c.args.some((arg) => /^[BH][a-z]/.test(arg))) made.vvvv = random.below(c.mode === 64 ? 16 : 8);
  if (c.size === "w") parts.legacy.push(0x66);
  const opcode = encoding.opcode + (isInOpcode(c) ? made.reg & 7 : 0);
  const head = encoding.map > 3 ? vexHead(c, parts, made) : legacyHead(c, random, parts);
  const immediates = putImmediates(c, wish, made);
  made.bytes = [...head, opcode, ...parts.modrm, ...immediates];
  if (made.bytes.length > CODE_MAX - 1) throw new Error(`${c.key}: ${made.bytes.length} bytes`);
  if (parts.ripTarget >= 0) {
    const displacement = wish.target - (wish.rip + made.bytes.length);
    bytesOf(BigInt(displacement), 4).forEach((byte, i) => (made.bytes[head.length + 1 + parts.ripTarget + i] = byte));
  }
  return made;
}

/** @param {Case} c */
const isInOpcode = (c) => c.encoding.regClass.startsWith("opcode");

/** @param {Case} c @param {Random} random @param {Parts} parts */
function chooseReg(c, random, parts) {
  const { regClass } = c.encoding;
  if (regClass === "") return -1;
  if (regClass === "number") return random.below(c.args.some((arg) => /^S/.test(arg)) ? 6 : 8);
  const limit = c.mode === 64 && regClass !== "mmx" ? 16 : 8;
  const reg = random.below(limit);
  if (isInOpcode(c)) parts.rexB = reg >> 3;
  else parts.rexR = reg >> 3;
  if (/^(gpr|opcode)8$/.test(regClass)) byteRegister(reg, c.mode, random, parts);
  return reg;
}

/** Registers 4 to 7 are AH to BH without REX, SPL to DIL with it. @param {number} reg @param {number} mode @param {Random} random @param {Parts} parts */
function byteRegister(reg, mode, random, parts) {
  if (mode === 64 && reg >= 4 && reg < 8 && random.oneIn(2)) parts.needsRex = true;
}

/** @param {Case} c @param {Random} random @param {Wish} wish @param {Parts} parts @param {Instruction} made */
function putModrm(c, random, wish, parts, made) {
  const { encoding } = c;
  const reg = encoding.digit >= 0 ? encoding.digit : made.reg;
  if (c.form === "mem") return putAddress(c, random, wish, parts, made, (reg & 7) << 3);
  let rm = encoding.rm;
  if (rm < 0) {
    const limit = c.mode === 64 && /^(gpr|gpr8|xmm)$/.test(encoding.rmClass) ? 16 : 8;
    rm = random.below(limit);
    if (encoding.rmClass === "gpr8") byteRegister(rm, c.mode, random, parts);
  }
  made.rm = rm;
  parts.rexB = rm >> 3;
  parts.modrm.push(0xc0 | ((reg & 7) << 3) | (rm & 7));
}

/** @param {Case} c @param {Random} random @param {Wish} wish @param {Parts} parts @param {Instruction} made @param {number} regBits */
function putAddress(c, random, wish, parts, made, regBits) {
  let target = BigInt(wish.target);
  const is64 = c.mode === 64;
  if (is64 && random.oneIn(20)) {
    // GS's base is that of the data.
    parts.legacy.push(0x65);
    target -= BigInt(DATA_BASE);
  } else if (random.oneIn(30)) parts.legacy.push(0x3e);
  const isSegmented = parts.legacy.includes(0x65);
  made.isAddress32 = !is64 || random.oneIn(16);
  if (is64 && made.isAddress32) parts.legacy.push(0x67);
  const kind = random.below(16);
  if (kind === 0) return putAbsolute(is64, target, parts, regBits);
  if (is64 && kind === 1 && !isSegmented) {
    parts.modrm.push(regBits | 5, 0, 0, 0, 0);
    parts.ripTarget = 1;
    return;
  }
  putBased(c, random, wish, parts, made, regBits, target);
}

/** @param {boolean} is64 @param {bigint} target @param {Parts} parts @param {number} regBits */
function putAbsolute(is64, target, parts, regBits) {
  if (is64) parts.modrm.push(regBits | 4, 0x25);
  else parts.modrm.push(regBits | 5);
  parts.modrm.push(...bytesOf(target, 4));
}

/** @param {Case} c @param {Random} random @param {Wish} wish @param {Parts} parts @param {Instruction} made @param {number} regBits @param {bigint} target */
function putBased(c, random, wish, parts, made, regBits, target) {
  const limit = c.mode === 64 ? 16 : 8;
  const base = chooseFree(random, limit, wish.reserved);
  const index = random.oneIn(4) ? chooseFree(random, limit, wish.reserved, base) : RSP;
  const scale = index === RSP ? 0 : random.below(4);
  const mask = made.isAddress32 ? 0xffff_ffffn : MASK64;
  // Displacement: none, a byte, four bytes. RBP and R13 as a base have one.
  const modeOf = random.below(3);
  const mod = modeOf === 0 && (base & 7) === 5 ? 1 : modeOf;
  const displacement = mod === 0 ? 0n : mod === 1 ? BigInt(random.below(256) - 128) : BigInt(random.u32() | 0);
  let rest = target - displacement;
  if (index !== RSP) {
    const value = random.oneIn(2) ? BigInt(random.below(64)) : (BigInt(random.u32()) << 32n) | BigInt(random.u32());
    made.registers.set(index, c.mode === 64 ? value : value & 0xffff_ffffn);
    rest -= value << BigInt(scale);
    parts.rexX = index >> 3;
  }
  let value = rest & mask;
  if (c.mode === 64 && made.isAddress32) value |= BigInt(random.u32()) << 32n;
  made.registers.set(base, value);
  parts.rexB = base >> 3;
  if (index !== RSP || (base & 7) === RSP || random.oneIn(16)) {
    parts.modrm.push((mod << 6) | regBits | 4, (scale << 6) | ((index & 7) << 3) | (base & 7));
  } else parts.modrm.push((mod << 6) | regBits | (base & 7));
  if (mod !== 0) parts.modrm.push(...bytesOf(displacement, mod === 1 ? 1 : 4));
}

/** @param {Random} random @param {number} limit @param {ReadonlySet<number>} reserved @param {number} [other] may not be RSP then: an index */
function chooseFree(random, limit, reserved, other = -1) {
  for (;;) {
    const reg = random.below(limit);
    if (!reserved.has(reg) && reg !== other && !(other >= 0 && reg === RSP)) return reg;
  }
}

/** @param {Case} c @param {Random} random @param {Parts} parts */
function legacyHead(c, random, parts) {
  const { encoding } = c;
  const isWide = (c.size === "q" && !c.row.d64 && !c.row.f64) || encoding.w === "W1";
  let rex = (isWide ? 8 : 0) | (parts.rexR << 2) | (parts.rexX << 1) | parts.rexB;
  if (rex !== 0 || parts.needsRex) rex |= 0x40;
  // A REX that says nothing changes nothing, except what byte registers 4 to 7 are.
  else if (c.mode === 64 && random.oneIn(16) && !/8$/.test(encoding.regClass) && encoding.rmClass !== "gpr8")
    rex = 0x40;
  const mandatory = /** @type {number[]} */ (PREFIX_BYTES[encoding.prefix]);
  const map = /** @type {number[]} */ (MAPS[encoding.map]);
  return [...parts.legacy, ...mandatory, ...(rex !== 0 ? [rex] : []), ...map];
}

/** @param {Case} c @param {Parts} parts @param {Instruction} made */
function vexHead(c, parts, made) {
  const { encoding } = c;
  const w = encoding.w === "W1" || c.size === "q" ? 0x80 : 0;
  const l = encoding.l === "L1" ? 4 : 0;
  const pp = ["NP", "66", "F3", "F2"].indexOf(encoding.prefix);
  const rxb = ((parts.rexR ^ 1) << 7) | ((parts.rexX ^ 1) << 6) | ((parts.rexB ^ 1) << 5);
  return [...parts.legacy, 0xc4, rxb | (encoding.map - 3), w | ((made.vvvv ^ 15) << 3) | l | pp];
}

/** @param {Case} c @param {Wish} wish @param {Instruction} made */
function putImmediates(c, wish, made) {
  const bytes = [];
  for (const kind of c.encoding.immediate.split(" ")) {
    if (kind === "") continue;
    const size = immediateBytes(kind, c);
    made.imm = kind === "mo" ? BigInt(wish.target) : wish.immediate(kind);
    bytes.push(...bytesOf(made.imm, size));
  }
  return bytes;
}

/** @param {string} kind @param {Case} c */
function immediateBytes(kind, c) {
  const known = IMMEDIATE_BYTES[kind];
  if (known !== undefined) return known;
  if (kind === "mo") return c.mode === 64 ? 8 : 4;
  if (kind === "cp") return c.size === "w" ? 4 : 6;
  if (kind === "iv" && c.size === "q") return 8;
  return c.size === "w" ? 2 : 4;
}

/** Little-endian. @param {bigint} value @param {number} n */
function bytesOf(value, n) {
  const bytes = [];
  for (let i = 0; i < n; i++) bytes.push(Number((value >> BigInt(i * 8)) & 0xffn));
  return bytes;
}
