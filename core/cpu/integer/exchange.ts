/**
 * XADD, CMPXCHG, CMPXCHG8B and CMPXCHG16B.
 *
 * A comparison that fails writes the destination's own value back, as silicon does, so that the access needs write
 * rights either way. In registers it does not: a 32-bit destination keeps its upper half then, and the accumulator's is
 * cleared; if the comparison succeeds it is the other way round.
 */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { FLAG_ZF, X86 } from "../../layout/x86";
import { EXEC_NEXT, Op, OP_LOCK, OP_MEM } from "../../layout/x86_op";
import { opAddressSized } from "../address";
import { isRaised, raiseGp } from "../exceptions";
import { flagsAdd, flagsSub, flagsWrite } from "../flags";
import { memLockedPointer, memReadForWrite16, memWriteBack16 } from "../memory";
import { regRead, regWrite } from "../operands";
import { lockedIsAlone } from "./locked";
import { rmAddress, rmBegin, rmEnd } from "./operand";

const RAX: u32 = <u32>offsetof<X86>("rax");

/** XADD (0F C0, 0F C1): reg = rm, rm = the sum. The same register as both gets the sum. */
export function xadd<T extends number>(c: X86, op: Op): i32 {
  const lin = rmAddress<T>(c, op, HW_READ | HW_WRITE);
  const addend = regRead<T>(c, op.reg);
  let old: T;
  let sum: T;
  do {
    const status = rmBegin<T>(c, op, lin);
    if (status != EXEC_NEXT) return status;
    old = <T>c.value0;
    sum = <T>(old + addend);
    if ((op.flags & OP_MEM) == 0) regWrite<T>(c, op.reg, old); // before the sum
  } while (!rmEnd<T>(c, op, lin, old, sum));
  if ((op.flags & OP_MEM) != 0) regWrite<T>(c, op.reg, old);
  flagsAdd<T>(c, old, addend, sum);
  return EXEC_NEXT;
}

/** CMPXCHG (0F B0, 0F B1). */
export function cmpxchg<T extends number>(c: X86, op: Op): i32 {
  const lin = rmAddress<T>(c, op, HW_READ | HW_WRITE);
  const expected = regRead<T>(c, RAX);
  const desired = regRead<T>(c, op.reg);
  let old: T;
  let isEqual: bool;
  do {
    const status = rmBegin<T>(c, op, lin);
    if (status != EXEC_NEXT) return status;
    old = <T>c.value0;
    isEqual = old == expected;
    if ((op.flags & OP_MEM) == 0 && !isEqual) break;
  } while (!rmEnd<T>(c, op, lin, old, isEqual ? desired : old));
  if (!isEqual) regWrite<T>(c, RAX, old);
  flagsSub<T>(c, expected, old, <T>(expected - old));
  return EXEC_NEXT;
}

/** CMPXCHG8B (0F C7 /1): EDX:EAX with 8 bytes of memory, which become ECX:EBX. Only ZF changes. */
export function cmpxchg8b(c: X86, op: Op): i32 {
  const lin = rmAddress<u64>(c, op, HW_READ | HW_WRITE);
  const expected = (c.rdx << 32) | (c.rax & 0xffffffff);
  const desired = (c.rcx << 32) | (c.rbx & 0xffffffff);
  let old: u64;
  do {
    const status = rmBegin<u64>(c, op, lin);
    if (status != EXEC_NEXT) return status;
    old = c.value0;
  } while (!rmEnd<u64>(c, op, lin, old, old == expected ? desired : old));
  if (old == expected) flagsWrite(c, FLAG_ZF, FLAG_ZF);
  else {
    c.rax = old & 0xffffffff;
    c.rdx = old >> 32;
    flagsWrite(c, 0, FLAG_ZF);
  }
  return EXEC_NEXT;
}

/** CMPXCHG16B (0F C7 /1 with REX.W): RDX:RAX with 16 aligned bytes of memory, which become RCX:RBX. Only ZF changes. */
export function cmpxchg16b(c: X86, op: Op): i32 {
  const lin = opAddressSized(c, op, 16, HW_READ | HW_WRITE);
  if (!isRaised(c) && (lin & 15) != 0) return raiseGp(c, 0);
  // Wasm's atomics end at 8 bytes: a fault, or EXEC_EXCLUSIVE.
  if ((op.flags & OP_LOCK) != 0 && !lockedIsAlone(c)) return memLockedPointer<v128>(c, op, lin);
  const status = memReadForWrite16(c, op, lin);
  if (status != EXEC_NEXT) return status;
  const low = c.value0;
  const high = c.value1;
  const isEqual = low == c.rax && high == c.rdx;
  memWriteBack16(c, op, lin, isEqual ? c.rbx : low, isEqual ? c.rcx : high);
  if (isEqual) flagsWrite(c, FLAG_ZF, FLAG_ZF);
  else {
    c.rax = low;
    c.rdx = high;
    flagsWrite(c, 0, FLAG_ZF);
  }
  return EXEC_NEXT;
}
