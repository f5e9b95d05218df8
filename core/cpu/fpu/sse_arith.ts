/**
 * SSE arithmetic: ADD, SUB, MUL, DIV, MIN, MAX, SQRT in packed and scalar forms, HADD, HSUB, ADDSUB, DPPS, DPPD.
 *
 * All lanes are computed into the scratch before the destination changes: an unmasked exception in one leaves it whole.
 */

import { FPU_IMAGE } from "../../layout/fpu";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { isStatus, registerAt, xmmSource, xmmSourceSized } from "../simd/access";
import {
  FLOAT_ADD,
  FLOAT_DIV,
  FLOAT_MAX,
  FLOAT_MIN,
  FLOAT_MUL,
  FLOAT_SQRT,
  FLOAT_SUB,
  floatBinary,
  floatQuick,
  notQuick,
  sseBegin,
  sseEnd,
  sseStep,
} from "./float";

const XMM_BYTES: u32 = 16;

// @ts-ignore: decorator
@inline
function scratch(c: X86): usize {
  return changetype<usize>(c) + FPU_IMAGE;
}

/** The scratch becomes the destination, unless an exception is unmasked. */
export function ssePublish(c: X86, destination: usize): i32 {
  const status = sseEnd(c);
  if (status == EXEC_NEXT) memory.copy(destination, scratch(c), XMM_BYTES);
  return status;
}

/** Lane by lane, for T = u32, u64: quickly if all lanes can be, else all of them with their exceptions. */
// @ts-ignore: decorator
@inline
function packed<T extends number>(c: X86, op: Op, kind: u32): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const destination = registerAt(c, op.reg);
  const out = scratch(c);
  for (let i: u32 = 0; i < XMM_BYTES; i += sizeof<T>()) {
    const r = floatQuick<T>(c, kind, load<T>(destination + i), load<T>(source + i));
    if (r == notQuick<T>()) return packedSlow<T>(c, kind, destination, source);
    store<T>(out + i, r);
  }
  store<u64>(destination, load<u64>(out));
  store<u64>(destination, load<u64>(out, 8), 8);
  return EXEC_NEXT;
}

function packedSlow<T extends number>(c: X86, kind: u32, destination: usize, source: usize): i32 {
  const out = scratch(c);
  sseBegin(c);
  for (let i: u32 = 0; i < XMM_BYTES; i += sizeof<T>()) {
    store<T>(out + i, floatBinary<T>(c, kind, load<T>(destination + i), load<T>(source + i)));
  }
  return ssePublish(c, destination);
}

/** The lowest lane only; the others stay. */
// @ts-ignore: decorator
@inline
function scalar<T extends number>(c: X86, op: Op, kind: u32): i32 {
  const source = xmmSourceSized<T>(c, op);
  if (isStatus(source)) return <i32>source;
  const destination = registerAt(c, op.reg);
  const r = floatQuick<T>(c, kind, load<T>(destination), load<T>(source));
  if (r == notQuick<T>()) return scalarSlow<T>(c, kind, destination, source);
  store<T>(destination, r);
  return EXEC_NEXT;
}

function scalarSlow<T extends number>(c: X86, kind: u32, destination: usize, source: usize): i32 {
  sseBegin(c);
  const result = floatBinary<T>(c, kind, load<T>(destination), load<T>(source));
  const status = sseEnd(c);
  if (status == EXEC_NEXT) store<T>(destination, result);
  return status;
}

/** Neighbours are combined: those of the destination give the lower half, those of the source the upper. */
function horizontal<T extends number>(c: X86, op: Op, kind: u32): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const destination = registerAt(c, op.reg);
  const out = scratch(c);
  sseBegin(c);
  for (let i: u32 = 0; i < XMM_BYTES; i += 2 * sizeof<T>()) {
    const low = floatBinary<T>(c, kind, load<T>(destination + i), load<T>(destination + i, sizeof<T>()));
    const high = floatBinary<T>(c, kind, load<T>(source + i), load<T>(source + i, sizeof<T>()));
    store<T>(out + (i >> 1), low);
    store<T>(out + 8 + (i >> 1), high);
  }
  return ssePublish(c, destination);
}

/** Even lanes are subtracted, odd ones added. */
function alternating<T extends number>(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const destination = registerAt(c, op.reg);
  const out = scratch(c);
  sseBegin(c);
  for (let i: u32 = 0; i < XMM_BYTES; i += sizeof<T>()) {
    const kind = (i & sizeof<T>()) == 0 ? FLOAT_SUB : FLOAT_ADD;
    store<T>(out + i, floatBinary<T>(c, kind, load<T>(destination + i), load<T>(source + i)));
  }
  return ssePublish(c, destination);
}

/**
 * DPPS, DPPD: products of the lanes that the immediate's upper half chooses, +0 for the others; summed pair by pair; the
 * sum goes to the lanes of its lower half (Intel SDM, "DPPS", "DPPD").
 */
function dotProduct<T extends number>(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const destination = registerAt(c, op.reg);
  const out = scratch(c);
  const select = <u32>op.imm;
  const lanes: u32 = XMM_BYTES / sizeof<T>();
  sseBegin(c);
  for (let n: u32 = 0; n < lanes; n++) {
    const at = n * sizeof<T>();
    const isChosen = ((select >> (4 + n)) & 1) != 0;
    store<T>(out + at, isChosen ? floatBinary<T>(c, FLOAT_MUL, load<T>(destination + at), load<T>(source + at)) : <T>0);
  }
  if (!sseStep(c)) return sseEnd(c);
  let sum = floatBinary<T>(c, FLOAT_ADD, load<T>(out), load<T>(out, sizeof<T>()));
  if (sizeof<T>() == 4) {
    const other = floatBinary<T>(c, FLOAT_ADD, load<T>(out, 8), load<T>(out, 12));
    if (!sseStep(c)) return sseEnd(c);
    sum = floatBinary<T>(c, FLOAT_ADD, sum, other);
  }
  for (let n: u32 = 0; n < lanes; n++) store<T>(out + n * sizeof<T>(), ((select >> n) & 1) != 0 ? sum : <T>0);
  return ssePublish(c, destination);
}

export function addps(c: X86, op: Op): i32 {
  return packed<u32>(c, op, FLOAT_ADD);
}

export function addpd(c: X86, op: Op): i32 {
  return packed<u64>(c, op, FLOAT_ADD);
}

export function addss(c: X86, op: Op): i32 {
  return scalar<u32>(c, op, FLOAT_ADD);
}

export function addsd(c: X86, op: Op): i32 {
  return scalar<u64>(c, op, FLOAT_ADD);
}

export function subps(c: X86, op: Op): i32 {
  return packed<u32>(c, op, FLOAT_SUB);
}

export function subpd(c: X86, op: Op): i32 {
  return packed<u64>(c, op, FLOAT_SUB);
}

export function subss(c: X86, op: Op): i32 {
  return scalar<u32>(c, op, FLOAT_SUB);
}

export function subsd(c: X86, op: Op): i32 {
  return scalar<u64>(c, op, FLOAT_SUB);
}

export function mulps(c: X86, op: Op): i32 {
  return packed<u32>(c, op, FLOAT_MUL);
}

export function mulpd(c: X86, op: Op): i32 {
  return packed<u64>(c, op, FLOAT_MUL);
}

export function mulss(c: X86, op: Op): i32 {
  return scalar<u32>(c, op, FLOAT_MUL);
}

export function mulsd(c: X86, op: Op): i32 {
  return scalar<u64>(c, op, FLOAT_MUL);
}

export function divps(c: X86, op: Op): i32 {
  return packed<u32>(c, op, FLOAT_DIV);
}

export function divpd(c: X86, op: Op): i32 {
  return packed<u64>(c, op, FLOAT_DIV);
}

export function divss(c: X86, op: Op): i32 {
  return scalar<u32>(c, op, FLOAT_DIV);
}

export function divsd(c: X86, op: Op): i32 {
  return scalar<u64>(c, op, FLOAT_DIV);
}

export function minps(c: X86, op: Op): i32 {
  return packed<u32>(c, op, FLOAT_MIN);
}

export function minpd(c: X86, op: Op): i32 {
  return packed<u64>(c, op, FLOAT_MIN);
}

export function minss(c: X86, op: Op): i32 {
  return scalar<u32>(c, op, FLOAT_MIN);
}

export function minsd(c: X86, op: Op): i32 {
  return scalar<u64>(c, op, FLOAT_MIN);
}

export function maxps(c: X86, op: Op): i32 {
  return packed<u32>(c, op, FLOAT_MAX);
}

export function maxpd(c: X86, op: Op): i32 {
  return packed<u64>(c, op, FLOAT_MAX);
}

export function maxss(c: X86, op: Op): i32 {
  return scalar<u32>(c, op, FLOAT_MAX);
}

export function maxsd(c: X86, op: Op): i32 {
  return scalar<u64>(c, op, FLOAT_MAX);
}

export function sqrtps(c: X86, op: Op): i32 {
  return packed<u32>(c, op, FLOAT_SQRT);
}

export function sqrtpd(c: X86, op: Op): i32 {
  return packed<u64>(c, op, FLOAT_SQRT);
}

export function sqrtss(c: X86, op: Op): i32 {
  return scalar<u32>(c, op, FLOAT_SQRT);
}

export function sqrtsd(c: X86, op: Op): i32 {
  return scalar<u64>(c, op, FLOAT_SQRT);
}

export function haddps(c: X86, op: Op): i32 {
  return horizontal<u32>(c, op, FLOAT_ADD);
}

export function haddpd(c: X86, op: Op): i32 {
  return horizontal<u64>(c, op, FLOAT_ADD);
}

export function hsubps(c: X86, op: Op): i32 {
  return horizontal<u32>(c, op, FLOAT_SUB);
}

export function hsubpd(c: X86, op: Op): i32 {
  return horizontal<u64>(c, op, FLOAT_SUB);
}

export function addsubps(c: X86, op: Op): i32 {
  return alternating<u32>(c, op);
}

export function addsubpd(c: X86, op: Op): i32 {
  return alternating<u64>(c, op);
}

export function dpps(c: X86, op: Op): i32 {
  return dotProduct<u32>(c, op);
}

export function dppd(c: X86, op: Op): i32 {
  return dotProduct<u64>(c, op);
}
