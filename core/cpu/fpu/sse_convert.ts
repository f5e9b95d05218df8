/**
 * SSE conversions, CVT* and ROUND*, and MXCSR itself (LDMXCSR, STMXCSR). Those with MMX operands put the x87 unit into its MMX
 * state, as all MMX instructions do, unless the MMX operand is in memory.
 */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { FE_P, FPU_IMAGE, MXCSR_VALID, ROUND_ZERO } from "../../layout/fpu";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op, OP_MEM } from "../../layout/x86_op";
import { opAddress } from "../address";
import { raiseGp } from "../exceptions";
import { memRead, memWrite } from "../memory";
import { regRead, regWrite } from "../operands";
import {
  isStatus,
  mmxEnter,
  mmxIsOff,
  mmxRefuse,
  mmxWrite,
  registerAt,
  xmmIsOff,
  xmmRefuse,
  xmmSource,
  xmmSourceSized,
} from "../simd/access";
import { doubleFromSingle, floatFromInt, floatRoundIntegral, floatToInt, singleFromDouble } from "./convert";
import { sseBegin, sseEnd } from "./float";
import { floatEnv } from "./real";
import { ssePublish } from "./sse_arith";

// @ts-ignore: decorator
@inline
function scratch(c: X86): usize {
  return changetype<usize>(c) + FPU_IMAGE;
}

/** The rounding of conversions that MXCSR rules; others name ROUND_ZERO. */
// @ts-ignore: decorator
@inline
function currentRounding(c: X86): u32 {
  return floatEnv(c).rounding;
}

// --- singles and doubles ---

export function cvtss2sd(c: X86, op: Op): i32 {
  const source = xmmSourceSized<u32>(c, op);
  if (isStatus(source)) return <i32>source;
  sseBegin(c);
  const result = doubleFromSingle(c, load<u32>(source));
  const status = sseEnd(c);
  if (status == EXEC_NEXT) store<u64>(registerAt(c, op.reg), result);
  return status;
}

export function cvtsd2ss(c: X86, op: Op): i32 {
  const source = xmmSourceSized<u64>(c, op);
  if (isStatus(source)) return <i32>source;
  sseBegin(c);
  const result = singleFromDouble(c, load<u64>(source));
  const status = sseEnd(c);
  if (status == EXEC_NEXT) store<u32>(registerAt(c, op.reg), result);
  return status;
}

export function cvtps2pd(c: X86, op: Op): i32 {
  const source = xmmSourceSized<u64>(c, op);
  if (isStatus(source)) return <i32>source;
  sseBegin(c);
  const out = scratch(c);
  store<u64>(out, doubleFromSingle(c, load<u32>(source)));
  store<u64>(out, doubleFromSingle(c, load<u32>(source, 4)), 8);
  return ssePublish(c, registerAt(c, op.reg));
}

export function cvtpd2ps(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  sseBegin(c);
  const out = scratch(c);
  store<u32>(out, singleFromDouble(c, load<u64>(source)));
  store<u32>(out, singleFromDouble(c, load<u64>(source, 8)), 4);
  store<u64>(out, 0, 8);
  return ssePublish(c, registerAt(c, op.reg));
}

// --- integers in general registers ---

/** An integer operand I (u32 or u64), register or memory, becomes the lowest lane, a T. */
function scalarFromInt<T extends number, I extends number>(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  if ((op.flags & OP_MEM) != 0) {
    const access = memRead<I>(c, op, opAddress<I>(c, op, HW_READ));
    if (access != EXEC_NEXT) return access;
  } else c.value0 = <u64>regRead<I>(c, op.rm);
  const value: i64 = sizeof<I>() == 4 ? <i64>(<i32>c.value0) : <i64>c.value0;
  sseBegin(c);
  const result = floatFromInt<T>(c, value);
  const status = sseEnd(c);
  if (status == EXEC_NEXT) store<T>(registerAt(c, op.reg), result);
  return status;
}

export function cvtsi2ss<I extends number>(c: X86, op: Op): i32 {
  return scalarFromInt<u32, I>(c, op);
}

export function cvtsi2sd<I extends number>(c: X86, op: Op): i32 {
  return scalarFromInt<u64, I>(c, op);
}

function scalarToInt<T extends number, I extends number>(c: X86, op: Op, truncates: u32): i32 {
  const source = xmmSourceSized<T>(c, op);
  if (isStatus(source)) return <i32>source;
  sseBegin(c);
  const rounding = truncates != 0 ? ROUND_ZERO : currentRounding(c);
  const result = floatToInt<T>(c, load<T>(source), sizeof<I>(), rounding);
  const status = sseEnd(c);
  if (status == EXEC_NEXT) regWrite<I>(c, op.reg, <I>result);
  return status;
}

export function cvtss2si<I extends number>(c: X86, op: Op): i32 {
  return scalarToInt<u32, I>(c, op, 0);
}

export function cvttss2si<I extends number>(c: X86, op: Op): i32 {
  return scalarToInt<u32, I>(c, op, 1);
}

export function cvtsd2si<I extends number>(c: X86, op: Op): i32 {
  return scalarToInt<u64, I>(c, op, 0);
}

export function cvttsd2si<I extends number>(c: X86, op: Op): i32 {
  return scalarToInt<u64, I>(c, op, 1);
}

// --- packed integers ---

export function cvtdq2ps(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  sseBegin(c);
  const out = scratch(c);
  for (let i: u32 = 0; i < 16; i += 4) store<u32>(out + i, floatFromInt<u32>(c, load<i32>(source + i)));
  return ssePublish(c, registerAt(c, op.reg));
}

export function cvtdq2pd(c: X86, op: Op): i32 {
  const source = xmmSourceSized<u64>(c, op);
  if (isStatus(source)) return <i32>source;
  sseBegin(c);
  const out = scratch(c);
  store<u64>(out, floatFromInt<u64>(c, load<i32>(source)));
  store<u64>(out, floatFromInt<u64>(c, load<i32>(source, 4)), 8);
  return ssePublish(c, registerAt(c, op.reg));
}

function packedToInt(c: X86, op: Op, truncates: u32): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  sseBegin(c);
  const rounding = truncates != 0 ? ROUND_ZERO : currentRounding(c);
  const out = scratch(c);
  for (let i: u32 = 0; i < 16; i += 4) {
    store<u32>(out + i, <u32>floatToInt<u32>(c, load<u32>(source + i), 4, rounding));
  }
  return ssePublish(c, registerAt(c, op.reg));
}

export function cvtps2dq(c: X86, op: Op): i32 {
  return packedToInt(c, op, 0);
}

export function cvttps2dq(c: X86, op: Op): i32 {
  return packedToInt(c, op, 1);
}

/** Two lanes of T at `source` as 32-bit integers. */
// @ts-ignore: decorator
@inline
function pairToInts<T extends number>(c: X86, source: usize, rounding: u32): u64 {
  const low = <u32>floatToInt<T>(c, load<T>(source), 4, rounding);
  const high = <u32>floatToInt<T>(c, load<T>(source, sizeof<T>()), 4, rounding);
  return <u64>low | ((<u64>high) << 32);
}

function doublesToInts(c: X86, op: Op, truncates: u32): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  sseBegin(c);
  const out = scratch(c);
  store<u64>(out, pairToInts<u64>(c, source, truncates != 0 ? ROUND_ZERO : currentRounding(c)));
  store<u64>(out, 0, 8);
  return ssePublish(c, registerAt(c, op.reg));
}

export function cvtpd2dq(c: X86, op: Op): i32 {
  return doublesToInts(c, op, 0);
}

export function cvttpd2dq(c: X86, op: Op): i32 {
  return doublesToInts(c, op, 1);
}

// --- MMX ---

/** Two integers, in an MMX register or in memory, to c.value0. */
function readIntPair(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  if ((op.flags & OP_MEM) != 0) return memRead<u64>(c, op, opAddress<u64>(c, op, HW_READ));
  if (mmxIsOff(c)) return mmxRefuse(c);
  c.value0 = load<u64>(registerAt(c, op.rm));
  return EXEC_NEXT;
}

/** What the MMX state asks for once nothing can fail any more. */
function enterIfRegister(c: X86, op: Op): void {
  if ((op.flags & OP_MEM) == 0) mmxEnter(c);
}

export function cvtpi2ps(c: X86, op: Op): i32 {
  const access = readIntPair(c, op);
  if (access != EXEC_NEXT) return access;
  const pair = c.value0;
  sseBegin(c);
  const low = floatFromInt<u32>(c, <i32>pair);
  const high = floatFromInt<u32>(c, <i32>(pair >> 32));
  // The MMX state is entered even if an exception follows.
  enterIfRegister(c, op);
  const status = sseEnd(c);
  if (status != EXEC_NEXT) return status;
  store<u64>(registerAt(c, op.reg), <u64>low | ((<u64>high) << 32));
  return EXEC_NEXT;
}

export function cvtpi2pd(c: X86, op: Op): i32 {
  const access = readIntPair(c, op);
  if (access != EXEC_NEXT) return access;
  const pair = c.value0;
  sseBegin(c);
  enterIfRegister(c, op);
  const destination = registerAt(c, op.reg);
  store<u64>(destination, floatFromInt<u64>(c, <i32>pair));
  store<u64>(destination, floatFromInt<u64>(c, <i32>(pair >> 32)), 8);
  return EXEC_NEXT;
}

/** Two lanes at `source`, of T, to an MMX register. */
function pairToMmx<T extends number>(c: X86, op: Op, source: usize, truncates: u32): i32 {
  if (isStatus(source)) return <i32>source;
  sseBegin(c);
  const pair = pairToInts<T>(c, source, truncates != 0 ? ROUND_ZERO : currentRounding(c));
  mmxEnter(c);
  const status = sseEnd(c);
  if (status == EXEC_NEXT) mmxWrite(c, op.reg, pair);
  return status;
}

function singlesToMmx(c: X86, op: Op, truncates: u32): i32 {
  if (!xmmIsOff(c) && mmxIsOff(c)) return mmxRefuse(c);
  return pairToMmx<u32>(c, op, xmmSourceSized<u64>(c, op), truncates);
}

function doublesToMmx(c: X86, op: Op, truncates: u32): i32 {
  if (!xmmIsOff(c) && mmxIsOff(c)) return mmxRefuse(c);
  return pairToMmx<u64>(c, op, xmmSource(c, op), truncates);
}

export function cvtps2pi(c: X86, op: Op): i32 {
  return singlesToMmx(c, op, 0);
}

export function cvttps2pi(c: X86, op: Op): i32 {
  return singlesToMmx(c, op, 1);
}

export function cvtpd2pi(c: X86, op: Op): i32 {
  return doublesToMmx(c, op, 0);
}

export function cvttpd2pi(c: X86, op: Op): i32 {
  return doublesToMmx(c, op, 1);
}

// --- ROUND ---

/** Bits of ROUND's immediate. */
const ROUND_BY_MXCSR: u32 = 1 << 2;
const ROUND_QUIETLY: u32 = 1 << 3;

// @ts-ignore: decorator
@inline
function chosenRounding(c: X86, op: Op): u32 {
  const select = <u32>op.imm;
  return (select & ROUND_BY_MXCSR) != 0 ? currentRounding(c) : select & 3;
}

/** P is dropped if the immediate says so. */
// @ts-ignore: decorator
@inline
function quieten(c: X86, op: Op): void {
  if ((<u32>op.imm & ROUND_QUIETLY) != 0) floatEnv(c).flags &= ~FE_P;
}

function roundPacked<T extends number>(c: X86, op: Op): i32 {
  const source = xmmSource(c, op);
  if (isStatus(source)) return <i32>source;
  sseBegin(c);
  const rounding = chosenRounding(c, op);
  const out = scratch(c);
  for (let i: u32 = 0; i < 16; i += sizeof<T>()) {
    store<T>(out + i, floatRoundIntegral<T>(c, load<T>(source + i), rounding));
  }
  quieten(c, op);
  return ssePublish(c, registerAt(c, op.reg));
}

function roundScalar<T extends number>(c: X86, op: Op): i32 {
  const source = xmmSourceSized<T>(c, op);
  if (isStatus(source)) return <i32>source;
  sseBegin(c);
  const result = floatRoundIntegral<T>(c, load<T>(source), chosenRounding(c, op));
  quieten(c, op);
  const status = sseEnd(c);
  if (status == EXEC_NEXT) store<T>(registerAt(c, op.reg), result);
  return status;
}

export function roundps(c: X86, op: Op): i32 {
  return roundPacked<u32>(c, op);
}

export function roundpd(c: X86, op: Op): i32 {
  return roundPacked<u64>(c, op);
}

export function roundss(c: X86, op: Op): i32 {
  return roundScalar<u32>(c, op);
}

export function roundsd(c: X86, op: Op): i32 {
  return roundScalar<u64>(c, op);
}

// --- MXCSR ---

export function ldmxcsr(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  const status = memRead<u32>(c, op, opAddress<u32>(c, op, HW_READ));
  if (status != EXEC_NEXT) return status;
  const mxcsr = <u32>c.value0;
  if ((mxcsr & ~MXCSR_VALID) != 0) return raiseGp(c, 0);
  c.mxcsr = mxcsr;
  return EXEC_NEXT;
}

export function stmxcsr(c: X86, op: Op): i32 {
  if (xmmIsOff(c)) return xmmRefuse(c);
  return memWrite<u32>(c, op, opAddress<u32>(c, op, HW_WRITE), c.mxcsr);
}
