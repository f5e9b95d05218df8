/** CMPS and SCAS, once or repeated. How, string_element.ts says. */

import { HW_READ } from "../../layout/hw";
import { SEG_ES, X86 } from "../../layout/x86";
import { EXEC_NEXT, Op, OP_REP } from "../../layout/x86_op";
import { linHitRead } from "../../hw/linear_tlb";
import { opSegment } from "../address";
import { flagsSub } from "../flags";
import { regRead } from "../operands";
import { addMasked, addressMask, isRepeated, pauseRepeat, RAX, RCX, RDI, readDestination } from "./string_element";
import { readMasked, readSource, RSI, runAddress, runElements, stepOf } from "./string_element";

/** Which of them: a constant argument, that folds. */
const CMPS: u32 = 0;
const SCAS: u32 = 1;

/** CMPS (A6, A7). */
export function cmps<T extends number>(c: X86, op: Op): i32 {
  return compare<T>(c, op, CMPS);
}

/** SCAS (AE, AF). */
export function scas<T extends number>(c: X86, op: Op): i32 {
  return compare<T>(c, op, SCAS);
}

/** The flags of the last comparison, whose operands are in c.value0 and value1. */
// @ts-ignore: decorator
@inline
function setFlags<T extends number>(c: X86): void {
  const a = <T>c.value0;
  const b = <T>c.value1;
  flagsSub<T>(c, a, b, <T>(a - b));
}

// @ts-ignore: decorator
@inline
function compare<T extends number>(c: X86, op: Op, kind: u32): i32 {
  const mask = addressMask(op);
  if (!isRepeated(op)) {
    const status = compareOne<T>(c, op, kind, mask);
    if (status == EXEC_NEXT) setFlags<T>(c);
    return status;
  }
  const whileEqual = (op.flags & OP_REP) != 0;
  while (readMasked(c, RCX, mask) != 0) {
    let n: u64 = c.stepping == 0 ? compareRun<T>(c, op, kind, mask) : 0;
    if (n == 0) {
      const status = compareOne<T>(c, op, kind, mask);
      if (status != EXEC_NEXT) return status;
      n = 1;
    }
    addMasked(c, RCX, mask, 0 - n);
    const isOver = (c.value0 == c.value1) != whileEqual || readMasked(c, RCX, mask) == 0;
    const status = isOver ? EXEC_NEXT : pauseRepeat(c, op);
    if (isOver || status != EXEC_NEXT) {
      setFlags<T>(c);
      return status;
    }
  }
  return EXEC_NEXT;
}

/** Reads one pair of operands: c.value0 and value1. */
// @ts-ignore: decorator
@inline
function compareOne<T extends number>(c: X86, op: Op, kind: u32, mask: u64): i32 {
  let first = <u64>regRead<T>(c, RAX);
  if (kind == CMPS) {
    const status = readSource<T>(c, op, mask);
    if (status != EXEC_NEXT) return status;
    first = c.value0;
  }
  const status = readDestination<T>(c, op, mask);
  if (status != EXEC_NEXT) return status;
  c.value1 = c.value0;
  c.value0 = first;
  const step = stepOf<T>(c);
  if (kind == CMPS) addMasked(c, RSI, mask, step);
  addMasked(c, RDI, mask, step);
  return EXEC_NEXT;
}

/** Compares a run, as far as the repetition goes. @ret elements compared, the last in c.value0 and value1; 0: no run is possible */
// @ts-ignore: decorator
@inline
function compareRun<T extends number>(c: X86, op: Op, kind: u32, mask: u64): u64 {
  return kind == CMPS ? cmpsRun<T>(c, op, mask) : scasRun<T>(c, op, mask);
}

function cmpsRun<T extends number>(c: X86, op: Op, mask: u64): u64 {
  const seg = opSegment(op);
  const from = readMasked(c, RSI, mask);
  const to = readMasked(c, RDI, mask);
  const fromLin = runAddress(c, seg, from);
  const toLin = runAddress(c, SEG_ES, to);
  let source = linHitRead<T>(c, fromLin);
  let destination = linHitRead<T>(c, toLin);
  if (source == 0 || destination == 0) return 0;
  let n = runElements<T>(c, mask, seg, from, fromLin, HW_READ, readMasked(c, RCX, mask));
  n = runElements<T>(c, mask, SEG_ES, to, toLin, HW_READ, n);
  if (n == 0) return 0;
  const whileEqual = (op.flags & OP_REP) != 0;
  const step = stepOf<T>(c);
  let done: u64 = 0;
  let a: T;
  let b: T;
  do {
    a = load<T>(source);
    b = load<T>(destination);
    source += <usize>step;
    destination += <usize>step;
    done++;
  } while (done != n && (a == b) == whileEqual);
  c.value0 = <u64>a;
  c.value1 = <u64>b;
  addMasked(c, RSI, mask, step * done);
  addMasked(c, RDI, mask, step * done);
  return done;
}

function scasRun<T extends number>(c: X86, op: Op, mask: u64): u64 {
  const to = readMasked(c, RDI, mask);
  const toLin = runAddress(c, SEG_ES, to);
  let destination = linHitRead<T>(c, toLin);
  if (destination == 0) return 0;
  const n = runElements<T>(c, mask, SEG_ES, to, toLin, HW_READ, readMasked(c, RCX, mask));
  if (n == 0) return 0;
  const whileEqual = (op.flags & OP_REP) != 0;
  const step = stepOf<T>(c);
  const a = regRead<T>(c, RAX);
  let done: u64 = 0;
  let b: T;
  do {
    b = load<T>(destination);
    destination += <usize>step;
    done++;
  } while (done != n && (a == b) == whileEqual);
  c.value0 = <u64>a;
  c.value1 = <u64>b;
  addMasked(c, RDI, mask, step * done);
  return done;
}
