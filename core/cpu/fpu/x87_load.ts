/** x87 loads: FLD, FILD, FBLD, constants; moves among registers: FLD ST(i), FXCH, FCMOVcc, FABS, FCHS. */

import { HW_READ } from "../../layout/hw";
import {
  FE_D,
  FE_I,
  REAL_FINITE,
  REAL_QNAN,
  REAL_ZERO,
  Real,
  ROUND_DOWN,
  ROUND_NEAREST,
  ROUND_UP,
} from "../../layout/fpu";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { opAddress, opAddressSized } from "../address";
import { flagCarry, flagParity, flagZero } from "../flags";
import { memRead } from "../memory";
import {
  floatEnv,
  INTEGER_BIT,
  QUIET_BIT,
  realFrom80,
  realFromFloat,
  realFromInt,
  realSet,
  realSetIndefinite,
  scratchReal,
} from "./real";
import {
  x87Begin,
  x87End,
  x87EndKeep,
  x87EndMemory,
  x87IsEmpty,
  x87IsStopped,
  x87NanOf,
  x87Pointer,
  x87Push,
  x87Read,
  x87Underflow,
  x87Write,
  x87WriteBits,
} from "./x87_state";

const INDEFINITE_SIG: u64 = INTEGER_BIT | QUIET_BIT;
const INDEFINITE_EXP: u32 = 0xffff;

function loadFloat<T extends number>(c: X86, op: Op): i32 {
  const begun = x87Begin(c);
  if (begun != EXEC_NEXT) return begun;
  const linear = opAddress<T>(c, op, HW_READ);
  const status = memRead<T>(c, op, linear);
  if (status != EXEC_NEXT) return status;
  const env = floatEnv(c);
  const a = scratchReal(c, 0);
  realFromFloat<T>(env, a, <T>c.value0);
  // A stack fault comes first and alone.
  if (x87IsEmpty(c, 7)) {
    if (a.kind >= REAL_QNAN) x87NanOf(env, a, a);
    else if (a.denormal != 0) env.flags |= FE_D;
  }
  // An unmasked D is reported, but the operand is pushed.
  if ((env.flags & ~env.masks & FE_I) == 0) x87Push(c, a);
  return x87EndMemory(c, op);
}

export function fldM32(c: X86, op: Op): i32 {
  return loadFloat<u32>(c, op);
}

export function fldM64(c: X86, op: Op): i32 {
  return loadFloat<u64>(c, op);
}

/** Pushes an 80-bit pattern as it is: no exceptions but the stack's. */
function pushBits(c: X86, sig: u64, signExp: u32): void {
  const isFull = !x87IsEmpty(c, 7);
  const r = scratchReal(c, 0);
  realSet(r, REAL_ZERO, 0);
  x87Push(c, r);
  if (!isFull) x87WriteBits(c, 0, sig, signExp);
}

export function fldM80(c: X86, op: Op): i32 {
  const begun = x87Begin(c);
  if (begun != EXEC_NEXT) return begun;
  const linear = opAddressSized(c, op, 10, HW_READ);
  const status = readTen(c, op, linear);
  if (status != EXEC_NEXT) return status;
  pushBits(c, c.value0, <u32>c.value1);
  return x87EndMemory(c, op);
}

/** Ten bytes: eight to value0, two to value1. */
function readTen(c: X86, op: Op, linear: u64): i32 {
  const status = memRead<u64>(c, op, linear);
  if (status != EXEC_NEXT) return status;
  const low = c.value0;
  const rest = memRead<u16>(c, op, linear + 8);
  c.value1 = c.value0;
  c.value0 = low;
  return rest;
}

export function fldSti(c: X86, op: Op): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  const p = x87Pointer(c, op.rm);
  if (x87IsEmpty(c, op.rm)) {
    x87Underflow(c);
    if (!x87IsStopped(floatEnv(c))) {
      // The underflow has been reported: a full stack is not, beside it.
      c.fpuTop = (c.fpuTop - 1) & 7;
      x87WriteBits(c, 0, INDEFINITE_SIG, INDEFINITE_EXP);
    }
  } else pushBits(c, load<u64>(p), load<u16>(p, 8));
  return x87End(c, op);
}

function loadInt<T extends number>(c: X86, op: Op): i32 {
  const begun = x87Begin(c);
  if (begun != EXEC_NEXT) return begun;
  const linear = opAddress<T>(c, op, HW_READ);
  const status = memRead<T>(c, op, linear);
  if (status != EXEC_NEXT) return status;
  let value = <i64>c.value0;
  if (sizeof<T>() == 2) value = <i64>(<i16>value);
  if (sizeof<T>() == 4) value = <i64>(<i32>value);
  const r = scratchReal(c, 0);
  realFromInt(r, value);
  x87Push(c, r);
  return x87EndMemory(c, op);
}

export function fildM16(c: X86, op: Op): i32 {
  return loadInt<u16>(c, op);
}

export function fildM32(c: X86, op: Op): i32 {
  return loadInt<u32>(c, op);
}

export function fildM64(c: X86, op: Op): i32 {
  return loadInt<u64>(c, op);
}

/** Eighteen packed decimal digits, then the sign in the top bit. Digits above nine count as they are: undefined. */
export function fbld(c: X86, op: Op): i32 {
  const begun = x87Begin(c);
  if (begun != EXEC_NEXT) return begun;
  const linear = opAddressSized(c, op, 10, HW_READ);
  const status = readTen(c, op, linear);
  if (status != EXEC_NEXT) return status;
  let value: u64 = 0;
  for (let shift: u64 = 4; ; shift -= 4) {
    value = value * 10 + ((c.value1 >> shift) & 15);
    if (shift == 0) break;
  }
  for (let shift: u64 = 60; ; shift -= 4) {
    value = value * 10 + ((c.value0 >> shift) & 15);
    if (shift == 0) break;
  }
  const r = scratchReal(c, 0);
  realFromInt(r, <i64>value);
  r.sign = <u32>(c.value1 >> 15) & 1;
  x87Push(c, r);
  return x87EndMemory(c, op);
}

/** A constant whose 64 bits `sig` are cut from more; `isBelow` says that rounding to nearest went down. */
function pushConstant(c: X86, op: Op, exp: i32, sig: u64, isBelow: u32): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  const rounding = floatEnv(c).rounding;
  const r = scratchReal(c, 0);
  realSet(r, REAL_FINITE, 0);
  r.exp = exp;
  r.sig = sig;
  if (rounding == ROUND_UP && isBelow != 0) r.sig++;
  if (rounding != ROUND_UP && rounding != ROUND_NEAREST && isBelow == 0) r.sig--;
  x87Push(c, r);
  return x87End(c, op);
}

export function fldl2t(c: X86, op: Op): i32 {
  return pushConstant(c, op, 1, 0xd49a784bcd1b8afe, 1);
}

export function fldl2e(c: X86, op: Op): i32 {
  return pushConstant(c, op, 0, 0xb8aa3b295c17f0bc, 0);
}

export function fldpi(c: X86, op: Op): i32 {
  return pushConstant(c, op, 1, 0xc90fdaa22168c235, 0);
}

export function fldlg2(c: X86, op: Op): i32 {
  return pushConstant(c, op, -2, 0x9a209a84fbcff799, 0);
}

export function fldln2(c: X86, op: Op): i32 {
  return pushConstant(c, op, -1, 0xb17217f7d1cf79ac, 0);
}

function pushExact(c: X86, op: Op, sig: u64, signExp: u32): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  pushBits(c, sig, signExp);
  return x87End(c, op);
}

export function fld1(c: X86, op: Op): i32 {
  return pushExact(c, op, INTEGER_BIT, 0x3fff);
}

export function fldz(c: X86, op: Op): i32 {
  return pushExact(c, op, 0, 0);
}

/** Gives an empty register the default NaN. @ret whether the instruction may go on */
function fill(c: X86, i: u32): void {
  if (!x87IsEmpty(c, i)) return;
  x87Underflow(c);
  if (!x87IsStopped(floatEnv(c))) x87WriteBits(c, i, INDEFINITE_SIG, INDEFINITE_EXP);
}

export function fxch(c: X86, op: Op): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  fill(c, 0);
  fill(c, op.rm);
  if (!x87IsStopped(floatEnv(c))) {
    const top = x87Pointer(c, 0);
    const other = x87Pointer(c, op.rm);
    const sig = load<u64>(top);
    const signExp = load<u16>(top, 8);
    x87WriteBits(c, 0, load<u64>(other), load<u16>(other, 8));
    x87WriteBits(c, op.rm, sig, signExp);
  }
  return x87End(c, op);
}

/** Changes the sign of ST(0) by its mask: NaNs and all. */
function changeSign(c: X86, op: Op, keep: u32, flip: u32): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  if (x87IsEmpty(c, 0)) fill(c, 0);
  else {
    const p = x87Pointer(c, 0);
    store<u16>(p, <u16>((load<u16>(p, 8) & keep) ^ flip), 8);
  }
  return x87End(c, op);
}

export function fabs(c: X86, op: Op): i32 {
  return changeSign(c, op, 0x7fff, 0);
}

export function fchs(c: X86, op: Op): i32 {
  return changeSign(c, op, 0xffff, 0x8000);
}

/** ST(0) = ST(i) if `condition`; either of them empty is an underflow in any case. */
function moveIf(c: X86, op: Op, condition: bool): i32 {
  const status = x87Begin(c);
  if (status != EXEC_NEXT) return status;
  if (x87IsEmpty(c, 0) || x87IsEmpty(c, op.rm)) {
    x87Underflow(c);
    if (!x87IsStopped(floatEnv(c))) x87WriteBits(c, 0, INDEFINITE_SIG, INDEFINITE_EXP);
    return x87End(c, op);
  }
  if (condition) {
    const p = x87Pointer(c, op.rm);
    x87WriteBits(c, 0, load<u64>(p), load<u16>(p, 8));
  }
  return x87EndKeep(c, op);
}

export function fcmovb(c: X86, op: Op): i32 {
  return moveIf(c, op, flagCarry(c) != 0);
}

export function fcmove(c: X86, op: Op): i32 {
  return moveIf(c, op, flagZero(c) != 0);
}

export function fcmovbe(c: X86, op: Op): i32 {
  return moveIf(c, op, (flagCarry(c) | flagZero(c)) != 0);
}

export function fcmovu(c: X86, op: Op): i32 {
  return moveIf(c, op, flagParity(c) != 0);
}

export function fcmovnb(c: X86, op: Op): i32 {
  return moveIf(c, op, flagCarry(c) == 0);
}

export function fcmovne(c: X86, op: Op): i32 {
  return moveIf(c, op, flagZero(c) == 0);
}

export function fcmovnbe(c: X86, op: Op): i32 {
  return moveIf(c, op, (flagCarry(c) | flagZero(c)) == 0);
}

export function fcmovnu(c: X86, op: Op): i32 {
  return moveIf(c, op, flagParity(c) == 0);
}
