/** Raising an exception from an instruction: records it; core/cpu/events.ts delivers. Nothing may have been committed. */

import { EXEC_FAULT } from "../layout/x86_op";
import { EXC_KIND_FAULT } from "../layout/x86_system";
import { EXC_GP, EXC_NM, EXC_NONE, EXC_PF, EXC_SS, EXC_TS, EXC_UD, X86 } from "../layout/x86";

/** A fault without an error code. @ret EXEC_FAULT */
export function raise(c: X86, vector: u32): i32 {
  c.excVector = vector;
  c.excKind = EXC_KIND_FAULT;
  c.excHasError = 0;
  c.excError = 0;
  return EXEC_FAULT;
}

/** A fault with an error code. @ret EXEC_FAULT */
export function raiseError(c: X86, vector: u32, error: u32): i32 {
  c.excVector = vector;
  c.excKind = EXC_KIND_FAULT;
  c.excHasError = 1;
  c.excError = error;
  return EXEC_FAULT;
}

/** #UD. @ret EXEC_FAULT */
export function raiseUd(c: X86): i32 {
  return raise(c, EXC_UD);
}

/** #NM. @ret EXEC_FAULT */
export function raiseNm(c: X86): i32 {
  return raise(c, EXC_NM);
}

/** #GP(error): a selector's index and bits, or 0. @ret EXEC_FAULT */
export function raiseGp(c: X86, error: u32): i32 {
  return raiseError(c, EXC_GP, error);
}

/** #SS(error). @ret EXEC_FAULT */
export function raiseSs(c: X86, error: u32): i32 {
  return raiseError(c, EXC_SS, error);
}

/** #TS(error). @ret EXEC_FAULT */
export function raiseTs(c: X86, error: u32): i32 {
  return raiseError(c, EXC_TS, error);
}

/** #PF; CR2 becomes `linear` when it is delivered. @ret EXEC_FAULT */
export function raisePf(c: X86, linear: u64, error: u32): i32 {
  c.excAddress = linear;
  return raiseError(c, EXC_PF, error);
}

/** Whether an exception waits to be delivered. */
// @ts-ignore: decorator
@inline
export function isRaised(c: X86): bool {
  return c.excVector != EXC_NONE;
}
