/**
 * The stack as instructions use it implicitly: RSP, ESP or SP, whichever the mode and SS.B say, in SS.
 *
 * A push writes before it moves the stack pointer, so one that faults changes nothing. An instruction that pushes or pops
 * several items first does all accesses, at stackAt() of the pointers it computes, and then stackMove()s once:
 *
 *   let sp = stackPointer(c);
 *   sp = stackDown(c, sp, 8); ... stackWrite<u64>(c, stackAt<u64>(c, sp, HW_WRITE), value) ...
 *   stackMove(c, sp);
 */

import { HW_READ, HW_WRITE } from "../layout/hw";
import { CODE_64, SEG_DB, SEG_SS, X86 } from "../layout/x86";
import { EXEC_NEXT } from "../layout/x86_op";
import { segmentAddress, segmentOf } from "./address";
import { stackRead, stackWrite } from "./memory";

/** The bits of RSP that are the stack pointer. */
// @ts-ignore: decorator
@inline
export function stackMask(c: X86): u64 {
  if (c.codeMode == CODE_64) return ~(<u64>0);
  return (segmentOf(c, SEG_SS).attributes & SEG_DB) != 0 ? 0xffff_ffff : 0xffff;
}

/** The stack pointer. */
// @ts-ignore: decorator
@inline
export function stackPointer(c: X86): u64 {
  return c.rsp & stackMask(c);
}

/** The stack pointer `bytes` below `sp`. */
// @ts-ignore: decorator
@inline
export function stackDown(c: X86, sp: u64, bytes: u64): u64 {
  return (sp - bytes) & stackMask(c);
}

/** The stack pointer `bytes` above `sp`. */
// @ts-ignore: decorator
@inline
export function stackUp(c: X86, sp: u64, bytes: u64): u64 {
  return (sp + bytes) & stackMask(c);
}

/** Sets the stack pointer; bits of RSP that do not belong to it stay, but 32 bits clear the upper ones. */
// @ts-ignore: decorator
@inline
export function stackMove(c: X86, sp: u64): void {
  if (c.codeMode == CODE_64) c.rsp = sp;
  else if (stackMask(c) == 0xffff) store<u16>(changetype<usize>(c) + offsetof<X86>("rsp"), <u16>sp);
  else c.rsp = sp & 0xffff_ffff;
}

/** Linear address of the T at stack pointer `sp`, or ADDRESS_FAULT, #SS raised. */
// @ts-ignore: decorator
@inline
export function stackAt<T>(c: X86, sp: u64, access: u32): u64 {
  return c.codeMode == CODE_64 ? sp : segmentAddress(c, SEG_SS, sp, sizeof<T>(), access);
}

/** Pushes a T. @ret EXEC_NEXT, or why not */
// @ts-ignore: decorator
@inline
export function stackPush<T>(c: X86, value: T): i32 {
  const sp = stackDown(c, c.rsp, sizeof<T>());
  const status = stackWrite<T>(c, stackAt<T>(c, sp, HW_WRITE), value);
  if (status == EXEC_NEXT) stackMove(c, sp);
  return status;
}

/** Pops a T into X86.value0. @ret EXEC_NEXT, or why not */
// @ts-ignore: decorator
@inline
export function stackPop<T>(c: X86): i32 {
  const sp = stackPointer(c);
  const status = stackRead<T>(c, stackAt<T>(c, sp, HW_READ));
  if (status == EXEC_NEXT) stackMove(c, stackUp(c, sp, sizeof<T>()));
  return status;
}
