/**
 * LOCKed read-modify-writes of memory: atomic against all other vCPUs, and against everything else that uses atomics.
 *
 * A naturally aligned operand is read, and then replaced by compare-and-exchange if it is still what it was. Operands
 * that wasm has no atomic for (misaligned ones, and 16 bytes) return EXEC_EXCLUSIVE: the instruction is repeated while no
 * other vCPU runs, and then plain accesses do; so they do when the emulation port serves the operand.
 */

import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { STEPPING_EMULATE, STEPPING_EXCLUSIVE } from "../../layout/x86_system";
import { codeBytesStored } from "../../mm/code_frame";
import { memLockedPointer, memReadForWrite, memWriteBack } from "../memory";

/** Whether plain accesses are as good as atomic ones: nobody else runs, or the emulation port serves the operand. */
// @ts-ignore: decorator
@inline
export function lockedIsAlone(c: X86): bool {
  return (c.stepping & (STEPPING_EXCLUSIVE | STEPPING_EMULATE)) != 0;
}

/** Begins: the old value in c.value0. @ret EXEC_NEXT, or why not */
// @ts-ignore: decorator
@inline
export function lockedBegin<T>(c: X86, op: Op, lin: u64): i32 {
  if (lockedIsAlone(c)) return memReadForWrite<T>(c, op, lin);
  const status = memLockedPointer<T>(c, op, lin);
  if (status != EXEC_NEXT) return status;
  const p = <usize>c.pointer;
  c.value0 = p == 0 ? 0 : <u64>atomic.load<T>(p); // raw atomic: the guest's own
  return EXEC_NEXT;
}

/** Ends: the operand becomes `value`, unless it is not `old` any more (false). */
// @ts-ignore: decorator
@inline
export function lockedEnd<T>(c: X86, op: Op, lin: u64, old: T, value: T): bool {
  if (lockedIsAlone(c)) {
    memWriteBack<T>(c, op, lin, value);
    return true;
  }
  const p = <usize>c.pointer;
  if (p == 0) return true; // phantom: there is nothing to change
  // raw atomic: the guest's own
  if (atomic.cmpxchg<T>(p, old, value) != old) return false;
  codeBytesStored(<u64>p, sizeof<T>());
  return true;
}
