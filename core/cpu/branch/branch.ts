/**
 * Near branches: JMP, CALL, RET, LOOP, JCXZ. T is the operand size: what the instruction pointer is cut to.
 *
 * A branch checks its target before it changes anything: canonical in 64-bit mode, within CS's limit elsewhere; what is
 * not raises #GP(0) at the branch itself.
 */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { CODE_64, SEG_CS, X86 } from "../../layout/x86";
import { EXEC_CHAIN, EXEC_JUMP, EXEC_NEXT, Op, OP_ADDR_SIZE_SHIFT, OP_MEM } from "../../layout/x86_op";
import { opAddress, segmentOf } from "../address";
import { raiseGp } from "../exceptions";
import { flagZero } from "../flags";
import { isCanonical, memRead, stackRead, stackWrite } from "../memory";
import { regRead } from "../operands";
import { opNextRip } from "../rip";
import { stackAt, stackDown, stackMove, stackPointer, stackUp } from "../stack";

/** Whether instructions may be fetched at `rip`, as far as a branch asks. */
// @ts-ignore: decorator
@inline
export function branchIsAllowed(c: X86, rip: u64): bool {
  return c.codeMode == CODE_64 ? isCanonical(c, rip) : rip <= <u64>segmentOf(c, SEG_CS).limit;
}

/** Goes to `rip`, cut to a T. @ret EXEC_JUMP, or EXEC_FAULT */
// @ts-ignore: decorator
@inline
export function branchToRip<T extends number>(c: X86, rip: u64): i32 {
  const target = <u64>(<T>rip);
  if (!branchIsAllowed(c, target)) return raiseGp(c, 0);
  c.rip = target;
  return EXEC_JUMP;
}

/** Goes to a direct branch's target. @ret EXEC_JUMP, or EXEC_FAULT */
// @ts-ignore: decorator
@inline
export function branchTo<T extends number>(c: X86, op: Op): i32 {
  return branchToRip<T>(c, opNextRip(c, op) + op.imm);
}

export function jmpJ<T extends number>(c: X86, op: Op): i32 {
  return branchTo<T>(c, op);
}

// @ts-ignore: decorator
@inline
export function jmpJChain<T extends number>(c: X86, op: Op): i32 {
  return EXEC_CHAIN;
}

/** Where an indirect branch goes to, in X86.value0. @ret EXEC_NEXT, or why not */
// @ts-ignore: decorator
@inline
function indirectTarget<T extends number>(c: X86, op: Op): i32 {
  if ((op.flags & OP_MEM) != 0) return memRead<T>(c, op, opAddress<T>(c, op, HW_READ));
  c.value0 = <u64>regRead<T>(c, op.rm);
  return EXEC_NEXT;
}

export function jmpE<T extends number>(c: X86, op: Op): i32 {
  const status = indirectTarget<T>(c, op);
  return status == EXEC_NEXT ? branchToRip<T>(c, c.value0) : status;
}

/** Pushes the return address. */
// @ts-ignore: decorator
@inline
function pushReturn<T extends number>(c: X86, op: Op): i32 {
  const sp = stackDown(c, c.rsp, sizeof<T>());
  const status = stackWrite<T>(c, stackAt<T>(c, sp, HW_WRITE), <T>opNextRip(c, op));
  if (status == EXEC_NEXT) stackMove(c, sp);
  return status;
}

// @ts-ignore: decorator
@inline
function call<T extends number>(c: X86, op: Op, rip: u64): i32 {
  const target = <u64>(<T>rip);
  if (!branchIsAllowed(c, target)) return raiseGp(c, 0);
  const status = pushReturn<T>(c, op);
  if (status != EXEC_NEXT) return status;
  c.rip = target;
  return EXEC_JUMP;
}

export function callJ<T extends number>(c: X86, op: Op): i32 {
  return call<T>(c, op, opNextRip(c, op) + op.imm);
}

// @ts-ignore: decorator
@inline
export function callJChain<T extends number>(c: X86, op: Op): i32 {
  const status = pushReturn<T>(c, op);
  return status == EXEC_NEXT ? EXEC_CHAIN : status;
}

export function callE<T extends number>(c: X86, op: Op): i32 {
  const status = indirectTarget<T>(c, op);
  return status == EXEC_NEXT ? call<T>(c, op, c.value0) : status;
}

/** RET, and RET imm16, which frees that much of the stack behind the return address. */
export function ret<T extends number>(c: X86, op: Op): i32 {
  const sp = stackPointer(c);
  const status = stackRead<T>(c, stackAt<T>(c, sp, HW_READ));
  if (status != EXEC_NEXT) return status;
  const jump = branchToRip<T>(c, c.value0);
  if (jump == EXEC_JUMP) stackMove(c, stackUp(c, sp, sizeof<T>() + (op.imm & 0xffff)));
  return jump;
}

/** RCX, ECX or CX, whichever the address size says. */
// @ts-ignore: decorator
@inline
function counterMask(op: Op): u64 {
  const size = <u32>op.addr >> OP_ADDR_SIZE_SHIFT;
  return size == 0 ? 0xffff : size == 1 ? 0xffff_ffff : ~(<u64>0);
}

/** The counter less one; 32 bits clear the upper half of RCX, 16 keep the rest. */
// @ts-ignore: decorator
@inline
function setCounter(c: X86, op: Op, count: u64): void {
  const mask = counterMask(op);
  c.rcx = mask == 0xffff ? (c.rcx & ~mask) | (count & mask) : count & mask;
}

/** Counts down; goes to the target if `isWanted` and the counter is not 0. */
// @ts-ignore: decorator
@inline
function loopIf<T extends number>(c: X86, op: Op, isWanted: bool): i32 {
  const count = c.rcx - 1;
  let status = EXEC_NEXT;
  if (isWanted && (count & counterMask(op)) != 0) {
    status = branchTo<T>(c, op);
    if (status != EXEC_JUMP) return status;
  }
  setCounter(c, op, count);
  return status;
}

export function loop<T extends number>(c: X86, op: Op): i32 {
  return loopIf<T>(c, op, true);
}

export function loope<T extends number>(c: X86, op: Op): i32 {
  return loopIf<T>(c, op, flagZero(c) != 0);
}

export function loopne<T extends number>(c: X86, op: Op): i32 {
  return loopIf<T>(c, op, flagZero(c) == 0);
}

export function jcxz<T extends number>(c: X86, op: Op): i32 {
  return (c.rcx & counterMask(op)) == 0 ? branchTo<T>(c, op) : EXEC_NEXT;
}
