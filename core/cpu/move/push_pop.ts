/** PUSH and POP of registers, memory and immediates. Segment registers are core/cpu/system's. */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op, OP_MEM } from "../../layout/x86_op";
import { opAddress } from "../address";
import { memRead, memWrite, stackRead } from "../memory";
import { regRead, regWrite } from "../operands";
import { stackAt, stackMove, stackPointer, stackPop, stackPush, stackUp } from "../stack";

export function pushZ<T extends number>(c: X86, op: Op): i32 {
  return stackPush<T>(c, regRead<T>(c, op.reg));
}

/** POP RSP: the value that was on the stack, not one beyond it. */
export function popZ<T extends number>(c: X86, op: Op): i32 {
  const status = stackPop<T>(c);
  if (status == EXEC_NEXT) regWrite<T>(c, op.reg, <T>c.value0);
  return status;
}

export function pushI<T extends number>(c: X86, op: Op): i32 {
  return stackPush<T>(c, <T>op.imm);
}

export function pushE<T extends number>(c: X86, op: Op): i32 {
  if ((op.flags & OP_MEM) == 0) return stackPush<T>(c, regRead<T>(c, op.rm));
  const status = memRead<T>(c, op, opAddress<T>(c, op, HW_READ));
  return status == EXEC_NEXT ? stackPush<T>(c, <T>c.value0) : status;
}

/** POP to memory: an address with RSP in it is computed after RSP has moved. A fault puts RSP back. */
export function popE<T extends number>(c: X86, op: Op): i32 {
  const sp = stackPointer(c);
  let status = stackRead<T>(c, stackAt<T>(c, sp, HW_READ));
  if (status != EXEC_NEXT) return status;
  const value = <T>c.value0;
  const rsp = c.rsp;
  stackMove(c, stackUp(c, sp, sizeof<T>()));
  if ((op.flags & OP_MEM) == 0) {
    regWrite<T>(c, op.rm, value);
    return EXEC_NEXT;
  }
  status = memWrite<T>(c, op, opAddress<T>(c, op, HW_WRITE), value);
  if (status != EXEC_NEXT) c.rsp = rsp;
  return status;
}
