/**
 * Machine code for the fuzzer: instructions of the decode table with random operands and prefixes, in nearly the right
 * lengths, and bytes that are nothing in particular. Nearly: what goes out of step is decoded as something else, which
 * is as good.
 */
import { parseRow } from "../../tools/isa/notation.mjs";
import { loadRows } from "../../tools/vectors/cases.mjs";
import type { Random } from "../../tools/vectors/random.mjs";

type Form = ReturnType<typeof parseRow>;
export type CodeWidth = 16 | 32 | 64;

const LEGACY_PREFIXES = [0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65];
const MANDATORY: Record<string, number> = { "66": 0x66, F3: 0xf3, F2: 0xf2 };
const ESCAPES: readonly (readonly number[])[] = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];
const VEX_PREFIXES = ["NP", "66", "F3", "F2"];
/** Maps from here on are VEX. */
const VEX_MAP = 4;
const IMMEDIATE_BYTES: Record<string, number> = {
  "": 0,
  ib: 1,
  iw: 2,
  id: 4,
  iz: 4,
  iv: 4,
  cb: 1,
  cz: 4,
  mo: 8,
  "iw ib": 3,
  cp: 6,
  "ib ib": 2,
};

/** Every row of the decode table, each as likely as the next. */
export async function loadForms(): Promise<readonly Form[]> {
  return [...(await loadRows()).values()].flat().map(parseRow);
}

/** True once in `n` times. */
export function oneIn(random: Random, n: number): boolean {
  return random.below(n) === 0;
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.below(from.length)] as T;
}

/** Fills `bytes` with code. */
export function fillWithCode(random: Random, bytes: Uint8Array, width: CodeWidth, forms: readonly Form[]): void {
  let at = 0;
  while (at < bytes.length) {
    const made = oneIn(random, 30) ? [random.below(256)] : instruction(random, pick(random, forms), width);
    bytes.set(made.slice(0, bytes.length - at), at);
    at += made.length;
  }
}

function instruction(random: Random, form: Form, width: CodeWidth): number[] {
  const bytes: number[] = [];
  while (oneIn(random, 6)) bytes.push(pick(random, LEGACY_PREFIXES));
  if (form.map >= VEX_MAP) bytes.push(...vex(random, form));
  else {
    const mandatory = MANDATORY[form.prefix];
    if (mandatory !== undefined) bytes.push(mandatory);
    if (width === 64 && (form.w === "W1" || oneIn(random, 2)))
      bytes.push(0x40 | random.below(16) | (form.w === "W1" ? 8 : 0));
    bytes.push(...(ESCAPES[form.map] ?? []));
  }
  bytes.push(form.opcode | (form.regClass.startsWith("opcode") ? random.below(8) : 0));
  if (form.hasModrm) bytes.push(...modrm(random, form, width));
  let left = IMMEDIATE_BYTES[form.immediate] ?? 0;
  if (left >= 4 && width === 16) left -= 2;
  bytes.push(...value(random, left));
  return bytes;
}

function vex(random: Random, form: Form): number[] {
  const w = form.w === "W1" ? 0x80 : form.w === "W0" ? 0 : random.below(2) << 7;
  const l = form.l === "L1" ? 4 : form.l === "L0" ? 0 : random.below(2) << 2;
  const vvvv = random.below(16) << 3;
  const prefix = Math.max(VEX_PREFIXES.indexOf(form.prefix), 0);
  return [0xc4, (random.below(8) << 5) | (form.map - VEX_MAP + 1), w | vvvv | l | prefix];
}

/** ModRM, SIB and displacement. */
function modrm(random: Random, form: Form, width: CodeWidth): number[] {
  const mod = form.mod === "reg" ? 3 : form.mod === "mem" || oneIn(random, 2) ? random.below(3) : 3;
  const reg = form.digit >= 0 ? form.digit : random.below(8);
  const rm = form.rm >= 0 ? form.rm : random.below(8);
  const bytes = [(mod << 6) | (reg << 3) | rm];
  if (mod === 3) return bytes;
  if (width === 16) return [...bytes, ...value(random, mod === 1 ? 1 : mod === 2 || rm === 6 ? 2 : 0)];
  if (rm === 4) bytes.push(random.below(256));
  return [...bytes, ...value(random, mod === 1 ? 1 : mod === 2 || rm === 5 ? 4 : 0)];
}

/** `n` bytes, little-endian: small numbers more often than others. */
function value(random: Random, n: number): number[] {
  const small = oneIn(random, 2) ? 1 : oneIn(random, 2) ? 2 : n;
  const fill = oneIn(random, 4) ? 0xff : 0;
  return Array.from({ length: n }, (_, i) => (i < small ? random.below(256) : fill));
}
