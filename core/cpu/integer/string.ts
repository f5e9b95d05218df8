/** MOVS, STOS and LODS, once or repeated. How, string_element.ts says. */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { FLAG_DF, SEG_ES, X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { linHitRead, linHitWrite } from "../../hw/linear_tlb";
import { opSegment } from "../address";
import { regRead, regWrite } from "../operands";
import {
  addMasked,
  addressMask,
  isRepeated,
  pauseRepeat,
  RAX,
  RCX,
  RDI,
  readMasked,
  readSource,
} from "./string_element";
import { RSI, runAddress, runElements, stepOf, writeDestination } from "./string_element";

/** Shorter runs are not worth a call of memory.copy or memory.fill. */
const BULK_MIN: usize = 64;

/** Which of them: a constant argument, that folds. */
const MOVS: u32 = 0;
const STOS: u32 = 1;
const LODS: u32 = 2;

/** MOVS (A4, A5). */
export function movs<T extends number>(c: X86, op: Op): i32 {
  return move<T>(c, op, MOVS);
}

/** STOS (AA, AB). */
export function stos<T extends number>(c: X86, op: Op): i32 {
  return move<T>(c, op, STOS);
}

/** LODS (AC, AD). */
export function lods<T extends number>(c: X86, op: Op): i32 {
  return move<T>(c, op, LODS);
}

// @ts-ignore: decorator
@inline
function move<T extends number>(c: X86, op: Op, kind: u32): i32 {
  const mask = addressMask(op);
  if (!isRepeated(op)) return moveOne<T>(c, op, kind, mask);
  while (readMasked(c, RCX, mask) != 0) {
    let n: u64 = c.stepping == 0 ? moveRun<T>(c, op, kind, mask) : 0;
    if (n == 0) {
      const status = moveOne<T>(c, op, kind, mask);
      if (status != EXEC_NEXT) return status;
      n = 1;
    }
    addMasked(c, RCX, mask, 0 - n);
    if (readMasked(c, RCX, mask) == 0) break;
    const status = pauseRepeat(c, op);
    if (status != EXEC_NEXT) return status;
  }
  return EXEC_NEXT;
}

/** Moves one element. */
// @ts-ignore: decorator
@inline
function moveOne<T extends number>(c: X86, op: Op, kind: u32, mask: u64): i32 {
  let value = regRead<T>(c, RAX);
  if (kind != STOS) {
    const status = readSource<T>(c, op, mask);
    if (status != EXEC_NEXT) return status;
    value = <T>c.value0;
  }
  if (kind != LODS) {
    const status = writeDestination<T>(c, op, mask, value);
    if (status != EXEC_NEXT) return status;
  } else regWrite<T>(c, RAX, value);
  const step = stepOf<T>(c);
  if (kind != STOS) addMasked(c, RSI, mask, step);
  if (kind != LODS) addMasked(c, RDI, mask, step);
  return EXEC_NEXT;
}

/** Moves a run. @ret its elements; 0: none is possible */
// @ts-ignore: decorator
@inline
function moveRun<T extends number>(c: X86, op: Op, kind: u32, mask: u64): u64 {
  if (kind == MOVS) return movsRun<T>(c, op, mask);
  return kind == STOS ? stosRun<T>(c, mask) : lodsRun<T>(c, op, mask);
}

function movsRun<T extends number>(c: X86, op: Op, mask: u64): u64 {
  const seg = opSegment(op);
  const from = readMasked(c, RSI, mask);
  const to = readMasked(c, RDI, mask);
  const fromLin = runAddress(c, seg, from);
  const toLin = runAddress(c, SEG_ES, to);
  const source = linHitRead<T>(c, fromLin);
  const destination = linHitWrite<T>(c, toLin);
  if (source == 0 || destination == 0) return 0;
  let n = runElements<T>(c, mask, seg, from, fromLin, HW_READ, readMasked(c, RCX, mask));
  n = runElements<T>(c, mask, SEG_ES, to, toLin, HW_WRITE, n);
  if (n == 0) return 0;
  const step = stepOf<T>(c);
  copyRun<T>(destination, source, <usize>n, <usize>step);
  addMasked(c, RSI, mask, step * n);
  addMasked(c, RDI, mask, step * n);
  return n;
}

/** Copies `n` elements one after the other, as far as anybody can tell. */
function copyRun<T extends number>(destination: usize, source: usize, n: usize, step: usize): void {
  const bytes = n * sizeof<T>();
  const isDown = step != sizeof<T>();
  // A destination ahead of the source, by less than the run, has elements read that were written before: memory.copy would not.
  const ahead = isDown ? source - destination : destination - source;
  if (bytes >= BULK_MIN && (ahead >= bytes || ahead == 0)) {
    const back: usize = isDown ? bytes - sizeof<T>() : 0;
    memory.copy(destination - back, source - back, bytes);
    return;
  }
  let d = destination;
  let s = source;
  for (let i: usize = 0; i < n; i++) {
    store<T>(d, load<T>(s));
    d += step;
    s += step;
  }
}

function stosRun<T extends number>(c: X86, mask: u64): u64 {
  const to = readMasked(c, RDI, mask);
  const toLin = runAddress(c, SEG_ES, to);
  const destination = linHitWrite<T>(c, toLin);
  if (destination == 0) return 0;
  const n = runElements<T>(c, mask, SEG_ES, to, toLin, HW_WRITE, readMasked(c, RCX, mask));
  if (n == 0) return 0;
  const bytes = <usize>n * sizeof<T>();
  const lowest = (c.flags & FLAG_DF) == 0 ? destination : destination - (bytes - sizeof<T>());
  fillRun<T>(lowest, regRead<T>(c, RAX), bytes);
  addMasked(c, RDI, mask, stepOf<T>(c) * n);
  return n;
}

function fillRun<T extends number>(lowest: usize, value: T, bytes: usize): void {
  // A value of equal bytes is what it is when rotated by one.
  const isUniform = sizeof<T>() == 1 || rotl<T>(value, <T>8) == value;
  if (bytes >= BULK_MIN && isUniform) {
    memory.fill(lowest, <u8>value, bytes);
    return;
  }
  const end = lowest + bytes;
  for (let p = lowest; p != end; p += sizeof<T>()) store<T>(p, value);
}

/** Of a run of LODS only the last element remains. */
function lodsRun<T extends number>(c: X86, op: Op, mask: u64): u64 {
  const seg = opSegment(op);
  const from = readMasked(c, RSI, mask);
  const fromLin = runAddress(c, seg, from);
  const source = linHitRead<T>(c, fromLin);
  if (source == 0) return 0;
  const n = runElements<T>(c, mask, seg, from, fromLin, HW_READ, readMasked(c, RCX, mask));
  if (n == 0) return 0;
  const step = stepOf<T>(c);
  regWrite<T>(c, RAX, load<T>(source + <usize>(step * (n - 1))));
  addMasked(c, RSI, mask, step * n);
  return n;
}
