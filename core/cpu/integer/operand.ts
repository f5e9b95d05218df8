/**
 * The E operand of an instruction, register or memory, read, or read and written back, LOCKed or not.
 *
 * A read-modify-write is a loop, because a LOCKed one may have to be done again:
 *
 *   const lin = rmAddress<T>(c, op, HW_WRITE);
 *   do {
 *     const status = rmBegin<T>(c, op, lin);           // the old value is in c.value0
 *     if (status != EXEC_NEXT) return status;
 *     ...                                              // computes the new one; changes nothing yet
 *   } while (!rmEnd<T>(c, op, lin, old, value));
 *
 * Everything that can fault has done so when rmBegin has returned EXEC_NEXT. Without OP_LOCK rmEnd is always true.
 */

import { HW_READ } from "../../layout/hw";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op, OP_LOCK, OP_MEM } from "../../layout/x86_op";
import { opAddress } from "../address";
import { memRead, memReadForWrite, memWrite, memWriteBack } from "../memory";
import { regRead, regWrite } from "../operands";
import { lockedBegin, lockedEnd } from "./locked";

/** The linear address of the E operand. A register has none: 0. */
// @ts-ignore: decorator
@inline
export function rmAddress<T>(c: X86, op: Op, access: u32): u64 {
  return (op.flags & OP_MEM) == 0 ? 0 : opAddress<T>(c, op, access);
}

/** Reads the E operand into c.value0. @ret EXEC_NEXT, or why not */
// @ts-ignore: decorator
@inline
export function rmRead<T>(c: X86, op: Op): i32 {
  if ((op.flags & OP_MEM) != 0) return memRead<T>(c, op, opAddress<T>(c, op, HW_READ));
  c.value0 = <u64>regRead<T>(c, op.rm);
  return EXEC_NEXT;
}

/** Begins a read-modify-write of the E operand: its value, in c.value0. @ret EXEC_NEXT, or why not */
// @ts-ignore: decorator
@inline
export function rmBegin<T>(c: X86, op: Op, lin: u64): i32 {
  if ((op.flags & OP_MEM) == 0) {
    c.value0 = <u64>regRead<T>(c, op.rm);
    return EXEC_NEXT;
  }
  return (op.flags & OP_LOCK) == 0 ? memReadForWrite<T>(c, op, lin) : lockedBegin<T>(c, op, lin);
}

/** Ends it: the operand becomes `value`. False: somebody else has changed it from `old` meanwhile, begin again. */
// @ts-ignore: decorator
@inline
export function rmEnd<T>(c: X86, op: Op, lin: u64, old: T, value: T): bool {
  if ((op.flags & OP_MEM) == 0) regWrite<T>(c, op.rm, value);
  else if ((op.flags & OP_LOCK) == 0) memWriteBack<T>(c, op, lin, value);
  else return lockedEnd<T>(c, op, lin, old, value);
  return true;
}
