/** TEST, INC, DEC, NEG and NOT. Names and hot forms as in forms.ts. */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op, OP_LOCK, OP_MEM } from "../../layout/x86_op";
import { opAddress } from "../address";
import { flagsDec, flagsInc, flagsLogic, flagsSub } from "../flags";
import { lockedBegin, lockedEnd } from "../integer/locked";
import { memRead, memReadForWrite, memWriteBack } from "../memory";
import { regRead, regWrite } from "../operands";

const UNARY_INC: u32 = 0;
const UNARY_DEC: u32 = 1;
const UNARY_NEG: u32 = 2;
const UNARY_NOT: u32 = 3;

// @ts-ignore: decorator
@inline
function compute<T extends number>(kind: u32, a: T): T {
  if (kind == UNARY_INC) return <T>(a + 1);
  if (kind == UNARY_DEC) return <T>(a - 1);
  return kind == UNARY_NEG ? <T>(0 - a) : <T>~a;
}

/** NOT changes none. */
// @ts-ignore: decorator
@inline
function setFlags<T extends number>(kind: u32, c: X86, a: T, result: T): void {
  if (kind == UNARY_INC) flagsInc<T>(c, a, result);
  else if (kind == UNARY_DEC) flagsDec<T>(c, a, result);
  else if (kind == UNARY_NEG) flagsSub<T>(c, <T>0, a, result);
}

// @ts-ignore: decorator
@inline
function unaryReg<T extends number>(kind: u32, c: X86, op: Op): void {
  const a = regRead<T>(c, op.rm);
  const result = compute<T>(kind, a);
  setFlags<T>(kind, c, a, result);
  regWrite<T>(c, op.rm, result);
}

// @ts-ignore: decorator
@inline
function unaryMem<T extends number>(kind: u32, c: X86, op: Op): i32 {
  const lin = opAddress<T>(c, op, HW_READ | HW_WRITE);
  const status = memReadForWrite<T>(c, op, lin);
  if (status != EXEC_NEXT) return status;
  const a = <T>c.value0;
  const result = compute<T>(kind, a);
  setFlags<T>(kind, c, a, result);
  return memWriteBack<T>(c, op, lin, result);
}

function unaryLocked<T extends number>(kind: u32, c: X86, op: Op): i32 {
  const lin = opAddress<T>(c, op, HW_READ | HW_WRITE);
  while (true) {
    const status = lockedBegin<T>(c, op, lin);
    if (status != EXEC_NEXT) return status;
    const a = <T>c.value0;
    const result = compute<T>(kind, a);
    if (!lockedEnd<T>(c, op, lin, a, result)) continue;
    setFlags<T>(kind, c, a, result);
    return EXEC_NEXT;
  }
}

// @ts-ignore: decorator
@inline
function unary<T extends number>(kind: u32, c: X86, op: Op): i32 {
  if ((op.flags & OP_LOCK) != 0) return unaryLocked<T>(kind, c, op);
  if ((op.flags & OP_MEM) != 0) return unaryMem<T>(kind, c, op);
  unaryReg<T>(kind, c, op);
  return EXEC_NEXT;
}

export function incE<T extends number>(c: X86, op: Op): i32 {
  return unary<T>(UNARY_INC, c, op);
}

// @ts-ignore: decorator
@inline
export function incEReg<T extends number>(c: X86, op: Op): void {
  unaryReg<T>(UNARY_INC, c, op);
}

// @ts-ignore: decorator
@inline
export function incEMem<T extends number>(c: X86, op: Op): i32 {
  return unaryMem<T>(UNARY_INC, c, op);
}

export function decE<T extends number>(c: X86, op: Op): i32 {
  return unary<T>(UNARY_DEC, c, op);
}

// @ts-ignore: decorator
@inline
export function decEReg<T extends number>(c: X86, op: Op): void {
  unaryReg<T>(UNARY_DEC, c, op);
}

// @ts-ignore: decorator
@inline
export function decEMem<T extends number>(c: X86, op: Op): i32 {
  return unaryMem<T>(UNARY_DEC, c, op);
}

export function negE<T extends number>(c: X86, op: Op): i32 {
  return unary<T>(UNARY_NEG, c, op);
}

// @ts-ignore: decorator
@inline
export function negEReg<T extends number>(c: X86, op: Op): void {
  unaryReg<T>(UNARY_NEG, c, op);
}

export function notE<T extends number>(c: X86, op: Op): i32 {
  return unary<T>(UNARY_NOT, c, op);
}

// @ts-ignore: decorator
@inline
export function notEReg<T extends number>(c: X86, op: Op): void {
  unaryReg<T>(UNARY_NOT, c, op);
}

/** 40 to 4F outside of 64-bit mode: the register is the opcode's. */
export function incZ<T extends number>(c: X86, op: Op): i32 {
  const a = regRead<T>(c, op.reg);
  flagsInc<T>(c, a, <T>(a + 1));
  regWrite<T>(c, op.reg, <T>(a + 1));
  return EXEC_NEXT;
}

export function decZ<T extends number>(c: X86, op: Op): i32 {
  const a = regRead<T>(c, op.reg);
  flagsDec<T>(c, a, <T>(a - 1));
  regWrite<T>(c, op.reg, <T>(a - 1));
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
function testMem<T extends number>(c: X86, op: Op, b: T): i32 {
  const status = memRead<T>(c, op, opAddress<T>(c, op, HW_READ));
  if (status == EXEC_NEXT) flagsLogic<T>(c, <T>(<T>c.value0 & b));
  return status;
}

export function testEG<T extends number>(c: X86, op: Op): i32 {
  if ((op.flags & OP_MEM) != 0) return testEGMem<T>(c, op);
  testEGReg<T>(c, op);
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function testEGReg<T extends number>(c: X86, op: Op): void {
  flagsLogic<T>(c, <T>(regRead<T>(c, op.rm) & regRead<T>(c, op.reg)));
}

// @ts-ignore: decorator
@inline
export function testEGMem<T extends number>(c: X86, op: Op): i32 {
  return testMem<T>(c, op, regRead<T>(c, op.reg));
}

export function testEI<T extends number>(c: X86, op: Op): i32 {
  if ((op.flags & OP_MEM) != 0) return testEIMem<T>(c, op);
  testEIReg<T>(c, op);
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function testEIReg<T extends number>(c: X86, op: Op): void {
  flagsLogic<T>(c, <T>(regRead<T>(c, op.rm) & <T>op.imm));
}

// @ts-ignore: decorator
@inline
export function testEIMem<T extends number>(c: X86, op: Op): i32 {
  return testMem<T>(c, op, <T>op.imm);
}
