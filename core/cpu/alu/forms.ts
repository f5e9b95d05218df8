/**
 * The eight binary operations of the integer unit, in the forms that all of them have. A function's last letters are its
 * operands, destination first: E the rm operand, G the register, I the immediate. The names ending in Reg and Mem are
 * the executor's hot forms: the rm operand is a register; it is in memory, and there is no LOCK.
 */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op, OP_LOCK, OP_MEM } from "../../layout/x86_op";
import { opAddress } from "../address";
import { flagCarry, flagsAdd, flagsLogic, flagsSub } from "../flags";
import { memRead, memReadForWrite, memWriteBack } from "../memory";
import { regRead, regWrite } from "../operands";
import { lockedBegin, lockedEnd } from "../integer/locked";

/** Operations, by the number that their opcodes have in bits 5:3. Constants fold wherever they are passed. */
export const ALU_ADD: u32 = 0;
export const ALU_OR: u32 = 1;
export const ALU_ADC: u32 = 2;
export const ALU_SBB: u32 = 3;
export const ALU_AND: u32 = 4;
export const ALU_SUB: u32 = 5;
export const ALU_XOR: u32 = 6;
export const ALU_CMP: u32 = 7;

/** a `kind` b, with its flags. CMP's result is its first operand: what is written back is what was there. */
// @ts-ignore: decorator
@inline
function apply<T extends number>(kind: u32, c: X86, a: T, b: T): T {
  if (kind == ALU_ADD || kind == ALU_ADC) {
    const result = <T>(a + b + (kind == ALU_ADC ? <T>flagCarry(c) : <T>0));
    flagsAdd<T>(c, a, b, result);
    return result;
  }
  if (kind == ALU_SUB || kind == ALU_SBB || kind == ALU_CMP) {
    const result = <T>(a - b - (kind == ALU_SBB ? <T>flagCarry(c) : <T>0));
    flagsSub<T>(c, a, b, result);
    return kind == ALU_CMP ? a : result;
  }
  const result = kind == ALU_AND ? <T>(a & b) : kind == ALU_OR ? <T>(a | b) : <T>(a ^ b);
  flagsLogic<T>(c, result);
  return result;
}

/** register `to` = register `to` `kind` b. */
// @ts-ignore: decorator
@inline
function applyToRegister<T extends number>(kind: u32, c: X86, to: u32, b: T): void {
  const result = apply<T>(kind, c, regRead<T>(c, to), b);
  if (kind != ALU_CMP) regWrite<T>(c, to, result);
}

/** The rm operand in memory = itself `kind` b. */
// @ts-ignore: decorator
@inline
function applyToMemory<T extends number>(kind: u32, c: X86, op: Op, b: T): i32 {
  if (kind == ALU_CMP) {
    const status = memRead<T>(c, op, opAddress<T>(c, op, HW_READ));
    if (status == EXEC_NEXT) apply<T>(kind, c, <T>c.value0, b);
    return status;
  }
  const lin = opAddress<T>(c, op, HW_READ | HW_WRITE);
  const status = memReadForWrite<T>(c, op, lin);
  if (status != EXEC_NEXT) return status;
  return memWriteBack<T>(c, op, lin, apply<T>(kind, c, <T>c.value0, b));
}

/** As applyToMemory, LOCKed. The flags are those of the turn that succeeds. */
function applyLocked<T extends number>(kind: u32, c: X86, op: Op, b: T): i32 {
  const lin = opAddress<T>(c, op, HW_READ | HW_WRITE);
  const lazyResult = c.lazyResult;
  const lazyAux = c.lazyAux;
  while (true) {
    const status = lockedBegin<T>(c, op, lin);
    if (status != EXEC_NEXT) return status;
    const old = <T>c.value0;
    if (lockedEnd<T>(c, op, lin, old, apply<T>(kind, c, old, b))) return EXEC_NEXT;
    // ADC and SBB: the carry that comes in is not that of a turn that failed.
    c.lazyResult = lazyResult;
    c.lazyAux = lazyAux;
  }
}

// @ts-ignore: decorator
@inline
function aluE<T extends number>(kind: u32, c: X86, op: Op, b: T): i32 {
  if ((op.flags & OP_MEM) == 0) {
    applyToRegister<T>(kind, c, op.rm, b);
    return EXEC_NEXT;
  }
  return (op.flags & OP_LOCK) == 0 ? applyToMemory<T>(kind, c, op, b) : applyLocked<T>(kind, c, op, b);
}

// @ts-ignore: decorator
@inline
export function aluEG<T extends number>(kind: u32, c: X86, op: Op): i32 {
  return aluE<T>(kind, c, op, regRead<T>(c, op.reg));
}

// @ts-ignore: decorator
@inline
export function aluEGReg<T extends number>(kind: u32, c: X86, op: Op): void {
  applyToRegister<T>(kind, c, op.rm, regRead<T>(c, op.reg));
}

// @ts-ignore: decorator
@inline
export function aluEGMem<T extends number>(kind: u32, c: X86, op: Op): i32 {
  return applyToMemory<T>(kind, c, op, regRead<T>(c, op.reg));
}

// @ts-ignore: decorator
@inline
export function aluGE<T extends number>(kind: u32, c: X86, op: Op): i32 {
  if ((op.flags & OP_MEM) != 0) return aluGEMem<T>(kind, c, op);
  aluGEReg<T>(kind, c, op);
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function aluGEReg<T extends number>(kind: u32, c: X86, op: Op): void {
  applyToRegister<T>(kind, c, op.reg, regRead<T>(c, op.rm));
}

// @ts-ignore: decorator
@inline
export function aluGEMem<T extends number>(kind: u32, c: X86, op: Op): i32 {
  const status = memRead<T>(c, op, opAddress<T>(c, op, HW_READ));
  if (status == EXEC_NEXT) applyToRegister<T>(kind, c, op.reg, <T>c.value0);
  return status;
}

// @ts-ignore: decorator
@inline
export function aluEI<T extends number>(kind: u32, c: X86, op: Op): i32 {
  return aluE<T>(kind, c, op, <T>op.imm);
}

// @ts-ignore: decorator
@inline
export function aluEIReg<T extends number>(kind: u32, c: X86, op: Op): void {
  applyToRegister<T>(kind, c, op.rm, <T>op.imm);
}

// @ts-ignore: decorator
@inline
export function aluEIMem<T extends number>(kind: u32, c: X86, op: Op): i32 {
  return applyToMemory<T>(kind, c, op, <T>op.imm);
}
