/** SSE comparisons and approximations: CMPccPS and kin, COMISS, UCOMISS; RCPPS, RSQRTPS. */

import { FE_I, FPU_IMAGE } from "../../layout/fpu";
import { FLAG_CF, FLAG_PF, FLAG_ZF, X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { flagsSetStatus } from "../flags";
import { isStatus, registerAt, xmmSource, xmmSourceSized } from "../simd/access";
import {
  COMPARE_EQUAL,
  COMPARE_GREATER,
  COMPARE_LESS,
  COMPARE_UNORDERED,
  floatCompare,
  isDenormalBits,
  isNanBits,
  quietBit,
  signBit,
  sseBegin,
  sseEnd,
} from "./float";
import { floatEnv } from "./real";
import { ssePublish } from "./sse_arith";

const XMM_BYTES: u32 = 16;

/** COMPARE_* that a predicate 0 to 3 accepts; predicates 4 to 7 are their opposites. */
// @ts-ignore: decorator
@inline
function accepted(predicate: u32): u32 {
  const basic = predicate & 3;
  let mask = COMPARE_UNORDERED;
  if (basic == 0) mask = COMPARE_EQUAL;
  else if (basic == 1) mask = COMPARE_LESS;
  else if (basic == 2) mask = COMPARE_LESS | COMPARE_EQUAL;
  return (predicate & 4) == 0 ? mask : ~mask;
}

/** All ones or zeros. LT, LE and their opposites find every NaN invalid, the others signaling ones. */
function compareLane<T extends number>(c: X86, predicate: u32, a: T, b: T): T {
  const result = floatCompare<T>(c, a, b);
  const basic = predicate & 3;
  if (result == COMPARE_UNORDERED && (basic == 1 || basic == 2)) floatEnv(c).flags |= FE_I;
  return (accepted(predicate) & result) != 0 ? <T>u64.MAX_VALUE : <T>0;
}

function comparePacked<T extends number>(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const destination = registerAt(c, op.reg);
  const out = changetype<usize>(c) + FPU_IMAGE;
  sseBegin(c);
  for (let i: u32 = 0; i < XMM_BYTES; i += sizeof<T>()) {
    store<T>(out + i, compareLane<T>(c, <u32>op.imm, load<T>(destination + i), load<T>(source + i)));
  }
  return ssePublish(c, destination);
}

function compareScalar<T extends number>(c: X86, op: Op): i32 {
  const source = xmmSourceSized<T>(c, op);
  if (isStatus(source)) return <i32>source;
  const destination = registerAt(c, op.reg);
  sseBegin(c);
  const result = compareLane<T>(c, <u32>op.imm, load<T>(destination), load<T>(source));
  const status = sseEnd(c);
  if (status == EXEC_NEXT) store<T>(destination, result);
  return status;
}

export function cmpps(c: X86, op: Op): i32 {
  return comparePacked<u32>(c, op);
}

export function cmppd(c: X86, op: Op): i32 {
  return comparePacked<u64>(c, op);
}

export function cmpss(c: X86, op: Op): i32 {
  return compareScalar<u32>(c, op);
}

export function cmpsd(c: X86, op: Op): i32 {
  return compareScalar<u64>(c, op);
}

/** The result goes to ZF, PF, CF. `invalid`: FE_I if quiet NaNs are invalid too, else 0. */
function compareToFlags<T extends number>(c: X86, op: Op, invalid: u32): i32 {
  const source = xmmSourceSized<T>(c, op);
  if (isStatus(source)) return <i32>source;
  const env = sseBegin(c);
  const result = floatCompare<T>(c, load<T>(registerAt(c, op.reg)), load<T>(source));
  if (result == COMPARE_UNORDERED) env.flags |= invalid;
  const status = sseEnd(c);
  if (status != EXEC_NEXT) return status;
  let flags: u64 = 0;
  if (result == COMPARE_UNORDERED) flags = FLAG_ZF | FLAG_PF | FLAG_CF;
  else if (result == COMPARE_LESS) flags = FLAG_CF;
  else if (result != COMPARE_GREATER) flags = FLAG_ZF;
  flagsSetStatus(c, flags);
  return EXEC_NEXT;
}

export function comiss(c: X86, op: Op): i32 {
  return compareToFlags<u32>(c, op, FE_I);
}

export function comisd(c: X86, op: Op): i32 {
  return compareToFlags<u64>(c, op, FE_I);
}

export function ucomiss(c: X86, op: Op): i32 {
  return compareToFlags<u32>(c, op, 0);
}

export function ucomisd(c: X86, op: Op): i32 {
  return compareToFlags<u64>(c, op, 0);
}

/** Which approximation. */
const RECIPROCAL: u32 = 0;
const RECIPROCAL_ROOT: u32 = 1;

/**
 * The manuals promise 12 bits; processors differ in what they give. This is the single nearest to the true value.
 * Denormals are zeros on both sides, MXCSR does not count, and no exception is raised.
 */
function approximate(kind: u32, bits: u32): u32 {
  if (isNanBits<u32>(bits)) return bits | quietBit<u32>();
  const a = isDenormalBits<u32>(bits) ? bits & signBit<u32>() : bits;
  const x = <f64>reinterpret<f32>(a);
  if (kind == RECIPROCAL) {
    const r = reinterpret<u32>(<f32>(1.0 / x));
    return isDenormalBits<u32>(r) ? r & signBit<u32>() : r;
  }
  if (x < 0.0) return 0xffc00000;
  return reinterpret<u32>(<f32>(1.0 / sqrt<f64>(x)));
}

function approximatePacked(c: X86, op: Op, kind: u32): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  const destination = registerAt(c, op.reg);
  for (let i: u32 = 0; i < XMM_BYTES; i += 4) store<u32>(destination + i, approximate(kind, load<u32>(source + i)));
  return EXEC_NEXT;
}

function approximateScalar(c: X86, op: Op, kind: u32): i32 {
  const source = xmmSourceSized<u32>(c, op);
  if (isStatus(source)) return <i32>source;
  store<u32>(registerAt(c, op.reg), approximate(kind, load<u32>(source)));
  return EXEC_NEXT;
}

export function rcpps(c: X86, op: Op): i32 {
  return approximatePacked(c, op, RECIPROCAL);
}

export function rcpss(c: X86, op: Op): i32 {
  return approximateScalar(c, op, RECIPROCAL);
}

export function rsqrtps(c: X86, op: Op): i32 {
  return approximatePacked(c, op, RECIPROCAL_ROOT);
}

export function rsqrtss(c: X86, op: Op): i32 {
  return approximateScalar(c, op, RECIPROCAL_ROOT);
}
