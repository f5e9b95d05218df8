/** Stack frames (ENTER, LEAVE), all registers at once (PUSHA, POPA), and BOUND. */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { EXC_BR, REG_RAX, REG_RBP, REG_RDI, REG_RSP, X86, X86_SCRATCH } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { opAddressSized } from "../address";
import { raise } from "../exceptions";
import { signExtend } from "../flags";
import { memRead, stackRead, stackWrite } from "../memory";
import { regRead, regWrite } from "../operands";
import { stackAt, stackDown, stackMask, stackMove, stackPointer, stackUp } from "../stack";

const RBP: u32 = REG_RBP << 3;
/** Items that PUSHA pushes and POPA pops. */
const ALL: u32 = 8;
/** ENTER's immediate: bytes to allocate, then the nesting level. */
const LEVEL_SHIFT: u64 = 16;
const LEVEL_MASK: u64 = 31;

/** ENTER (C8 iw ib): pushes the frame pointer, copies those of enclosing frames, makes room. */
export function enter<T extends number>(c: X86, op: Op): i32 {
  const level = <u32>((op.imm >> LEVEL_SHIFT) & LEVEL_MASK);
  const frame = stackDown(c, c.rsp, sizeof<T>());
  let status = stackWrite<T>(c, stackAt<T>(c, frame, HW_WRITE), regRead<T>(c, RBP));
  if (status != EXEC_NEXT) return status;
  let sp = frame;
  let display = c.rbp;
  for (let i: u32 = 1; i < level; i++) {
    display = stackDown(c, display, sizeof<T>());
    status = stackRead<T>(c, stackAt<T>(c, display, HW_READ));
    if (status != EXEC_NEXT) return status;
    sp = stackDown(c, sp, sizeof<T>());
    status = stackWrite<T>(c, stackAt<T>(c, sp, HW_WRITE), <T>c.value0);
    if (status != EXEC_NEXT) return status;
  }
  if (level != 0) {
    sp = stackDown(c, sp, sizeof<T>());
    status = stackWrite<T>(c, stackAt<T>(c, sp, HW_WRITE), <T>frame);
    if (status != EXEC_NEXT) return status;
  }
  stackMove(c, stackDown(c, sp, op.imm & 0xffff));
  regWrite<T>(c, RBP, <T>frame);
  return EXEC_NEXT;
}

/** LEAVE (C9): the stack pointer goes back to the frame pointer, whose old value is popped. */
export function leave<T extends number>(c: X86, op: Op): i32 {
  const frame = c.rbp & stackMask(c);
  const status = stackRead<T>(c, stackAt<T>(c, frame, HW_READ));
  if (status != EXEC_NEXT) return status;
  stackMove(c, stackUp(c, frame, sizeof<T>()));
  regWrite<T>(c, RBP, <T>c.value0);
  return EXEC_NEXT;
}

/** PUSHA (60): all registers, in their numbers' order; of the stack pointer, the value before. */
export function pusha<T extends number>(c: X86, op: Op): i32 {
  let sp = stackPointer(c);
  for (let n = REG_RAX; n < ALL; n++) {
    sp = stackDown(c, sp, sizeof<T>());
    const status = stackWrite<T>(c, stackAt<T>(c, sp, HW_WRITE), regRead<T>(c, n << 3));
    if (status != EXEC_NEXT) return status;
  }
  stackMove(c, sp);
  return EXEC_NEXT;
}

/** POPA (61): likewise, but the stack pointer's item is skipped. All are read before a register changes. */
export function popa<T extends number>(c: X86, op: Op): i32 {
  const scratch = changetype<usize>(c) + X86_SCRATCH;
  let sp = stackPointer(c);
  for (let n = <i32>REG_RDI; n >= 0; n--) {
    const status = stackRead<T>(c, stackAt<T>(c, sp, HW_READ));
    if (status != EXEC_NEXT) return status;
    store<T>(scratch + (n << 3), <T>c.value0);
    sp = stackUp(c, sp, sizeof<T>());
  }
  for (let n = REG_RAX; n < ALL; n++) if (n != REG_RSP) regWrite<T>(c, n << 3, load<T>(scratch + (n << 3)));
  stackMove(c, sp);
  return EXEC_NEXT;
}

/** BOUND (62): #BR if the register is not between the two numbers in memory, the lower one first. */
export function bound<T extends number>(c: X86, op: Op): i32 {
  const lin = opAddressSized(c, op, sizeof<T>() * 2, HW_READ);
  const status = sizeof<T>() == 2 ? memRead<u32>(c, op, lin) : memRead<u64>(c, op, lin);
  if (status != EXEC_NEXT) return status;
  const index = <i64>signExtend<T>(regRead<T>(c, op.reg));
  const lower = <i64>signExtend<T>(<T>c.value0);
  const upper = <i64>signExtend<T>(<T>(c.value0 >> (sizeof<T>() << 3)));
  return index < lower || index > upper ? raise(c, EXC_BR) : EXEC_NEXT;
}
