/**
 * x87 stores: FST, FSTP, FIST, FISTP, FISTTP, FBSTP. Memory is asked for before anything is recorded, so that a page
 * fault leaves no trace. Unmasked overflow and underflow store nothing; unmasked P stores, and then reports.
 */

import { HW_WRITE } from "../../layout/hw";
import { FE_I, FE_O, FE_P, FE_U, FloatEnv, FLOAT_WRAP, REAL_FINITE, REAL_QNAN, Real } from "../../layout/fpu";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { opAddress, opAddressSized } from "../address";
import { memTranslate, memWrite } from "../memory";
import { floatEnv, realSetIndefinite, realToFloat, scratchReal } from "./real";
import { realRoundFloat, realToInt, realToIntTruncate } from "./round";
import {
  x87Begin,
  x87End,
  x87EndMemory,
  x87IsEmpty,
  x87NanOf,
  x87Pointer,
  x87Pop,
  x87Read,
  x87SetEmpty,
  x87Underflow,
  x87WriteBits,
} from "./x87_state";

/** Whether what ST(0) became may not be stored. */
// @ts-ignore: decorator
@inline
function isHeldBack(env: FloatEnv): bool {
  return (env.flags & ~env.masks & ~FE_P) != 0;
}

/** ST(0), or the default NaN and a stack fault, in scratch 0. */
function readTop(c: X86): Real {
  const a = scratchReal(c, 0);
  if (x87IsEmpty(c, 0)) {
    x87Underflow(c);
    realSetIndefinite(a);
  } else x87Read(c, a, 0);
  return a;
}

/** Writes `value` unless that is held back, then pops as often as `pops` says. */
function conclude<T extends number>(c: X86, op: Op, value: T, pops: u32): i32 {
  const env = floatEnv(c);
  const linear = opAddress<T>(c, op, HW_WRITE);
  if (!isHeldBack(env)) {
    const status = memWrite<T>(c, op, linear, value);
    if (status != EXEC_NEXT) return status;
    if (pops != 0) x87Pop(c);
  } else {
    const status = memTranslate(c, op, linear, sizeof<T>(), HW_WRITE);
    if (status != EXEC_NEXT) return status;
  }
  return x87EndMemory(c, op);
}

function storeFloat<T extends number>(c: X86, op: Op, pops: u32): i32 {
  const begun = x87Begin(c);
  if (begun != EXEC_NEXT) return begun;
  const env = floatEnv(c);
  const status = c.fsw;
  env.options &= ~FLOAT_WRAP;
  const a = readTop(c);
  if (a.kind >= REAL_QNAN) x87NanOf(env, a, a);
  else realRoundFloat<T>(env, a);
  if ((env.flags & ~env.masks & (FE_O | FE_U)) != 0) {
    env.flags &= ~FE_P;
    env.roundedUp = 0;
  }
  const result = conclude<T>(c, op, realToFloat<T>(a), pops);
  if (result != EXEC_NEXT) c.fsw = status;
  return result;
}

export function fstM32(c: X86, op: Op): i32 {
  return storeFloat<u32>(c, op, 0);
}

export function fstpM32(c: X86, op: Op): i32 {
  return storeFloat<u32>(c, op, 1);
}

export function fstM64(c: X86, op: Op): i32 {
  return storeFloat<u64>(c, op, 0);
}

export function fstpM64(c: X86, op: Op): i32 {
  return storeFloat<u64>(c, op, 1);
}

/** Ten bytes to memory, all or nothing. */
function writeTen(c: X86, op: Op, linear: u64, low: u64, high: u32): i32 {
  const access = memTranslate(c, op, linear, 10, HW_WRITE);
  if (access != EXEC_NEXT) return access;
  const status = memWrite<u64>(c, op, linear, low);
  return status != EXEC_NEXT ? status : memWrite<u16>(c, op, linear + 8, <u16>high);
}

export function fstpM80(c: X86, op: Op): i32 {
  const begun = x87Begin(c);
  if (begun != EXEC_NEXT) return begun;
  const linear = opAddressSized(c, op, 10, HW_WRITE);
  const env = floatEnv(c);
  const isEmpty = x87IsEmpty(c, 0);
  if (!isEmpty || (env.masks & FE_I) != 0) {
    const p = x87Pointer(c, 0);
    const sig: u64 = isEmpty ? 0xc000000000000000 : load<u64>(p);
    const signExp: u32 = isEmpty ? 0xffff : load<u16>(p, 8);
    const status = writeTen(c, op, linear, sig, signExp);
    if (status != EXEC_NEXT) return status;
    x87Pop(c);
  }
  if (isEmpty) x87Underflow(c);
  return x87EndMemory(c, op);
}

function storeRegister(c: X86, op: Op, pops: u32): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  const env = floatEnv(c);
  if (x87IsEmpty(c, 0)) {
    x87Underflow(c);
    if ((env.masks & FE_I) != 0) x87WriteBits(c, op.rm, 0xc000000000000000, 0xffff);
  } else {
    const p = x87Pointer(c, 0);
    x87WriteBits(c, op.rm, load<u64>(p), load<u16>(p, 8));
  }
  if (pops != 0 && !isHeldBack(env)) x87Pop(c);
  return x87End(c, op);
}

export function fstSti(c: X86, op: Op): i32 {
  return storeRegister(c, op, 0);
}

export function fstpSti(c: X86, op: Op): i32 {
  return storeRegister(c, op, 1);
}

/** D9 D8+i, an alias that knows no stack underflow: an empty ST0 is popped, and nothing is stored. */
export function fstpnceSti(c: X86, op: Op): i32 {
  if (!x87IsEmpty(c, 0)) return storeRegister(c, op, 1);
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  x87Pop(c);
  return x87End(c, op);
}

function storeInt<T extends number>(c: X86, op: Op, pops: u32): i32 {
  const begun = x87Begin(c);
  if (begun != EXEC_NEXT) return begun;
  const status = c.fsw;
  const value = realToInt(floatEnv(c), readTop(c), sizeof<T>());
  const result = conclude<T>(c, op, <T>value, pops);
  if (result != EXEC_NEXT) c.fsw = status;
  return result;
}

export function fistM16(c: X86, op: Op): i32 {
  return storeInt<u16>(c, op, 0);
}

export function fistM32(c: X86, op: Op): i32 {
  return storeInt<u32>(c, op, 0);
}

export function fistpM16(c: X86, op: Op): i32 {
  return storeInt<u16>(c, op, 1);
}

export function fistpM32(c: X86, op: Op): i32 {
  return storeInt<u32>(c, op, 1);
}

export function fistpM64(c: X86, op: Op): i32 {
  return storeInt<u64>(c, op, 1);
}

function storeTruncated<T extends number>(c: X86, op: Op): i32 {
  const begun = x87Begin(c);
  if (begun != EXEC_NEXT) return begun;
  const status = c.fsw;
  const value = realToIntTruncate(floatEnv(c), readTop(c), sizeof<T>());
  const result = conclude<T>(c, op, <T>value, 1);
  if (result != EXEC_NEXT) c.fsw = status;
  return result;
}

export function fisttpM16(c: X86, op: Op): i32 {
  return storeTruncated<u16>(c, op);
}

export function fisttpM32(c: X86, op: Op): i32 {
  return storeTruncated<u32>(c, op);
}

export function fisttpM64(c: X86, op: Op): i32 {
  return storeTruncated<u64>(c, op);
}

const DECIMAL_LIMIT: u64 = 1000000000000000000;
/** What FBSTP stores for what has no 18 digits. */
const DECIMAL_INDEFINITE_HIGH: u32 = 0xffff;
const DECIMAL_INDEFINITE_LOW: u64 = 0xc000000000000000;

export function fbstp(c: X86, op: Op): i32 {
  const begun = x87Begin(c);
  if (begun != EXEC_NEXT) return begun;
  const linear = opAddressSized(c, op, 10, HW_WRITE);
  const env = floatEnv(c);
  const status = c.fsw;
  const a = readTop(c);
  const sign = a.sign;
  const value = realToInt(env, a, 8);
  const magnitude: u64 = value < 0 ? 0 - <u64>value : <u64>value;
  let low = DECIMAL_INDEFINITE_LOW;
  let high = DECIMAL_INDEFINITE_HIGH;
  if ((env.flags & FE_I) != 0 || magnitude >= DECIMAL_LIMIT) {
    env.flags = (env.flags & ~FE_P) | FE_I;
    env.roundedUp = 0;
  } else {
    low = packDecimal(magnitude % 10000000000000000);
    high = <u32>packDecimal(magnitude / 10000000000000000) | (sign << 15);
  }
  const access = isHeldBack(env) ? memTranslate(c, op, linear, 10, HW_WRITE) : writeTen(c, op, linear, low, high);
  if (access != EXEC_NEXT) {
    c.fsw = status;
    return access;
  }
  if (!isHeldBack(env)) x87Pop(c);
  return x87EndMemory(c, op);
}

/** The decimal digits of `value`, four bits each. */
function packDecimal(value: u64): u64 {
  let digits: u64 = 0;
  for (let shift: u64 = 0; value != 0; shift += 4) {
    digits |= (value % 10) << shift;
    value /= 10;
  }
  return digits;
}

export function ffree(c: X86, op: Op): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  x87SetEmpty(c, op.rm);
  return x87End(c, op);
}

/** FFREEP, which the manuals leave out: FFREE and a pop. */
export function ffreep(c: X86, op: Op): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  x87SetEmpty(c, op.rm);
  x87Pop(c);
  return x87End(c, op);
}
