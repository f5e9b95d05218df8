/** MOV, MOVZX, MOVSX, LEA, XCHG, NOP. Names and hot forms as in core/cpu/alu/forms.ts; A is a moffs address, Z the opcode's register. */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { X86 } from "../../layout/x86";
import { EXEC_NEXT, Op, OP_MEM } from "../../layout/x86_op";
import { opAddress, opOffset, opSegment, segmentAddress } from "../address";
import { signExtend } from "../flags";
import { lockedBegin, lockedEnd } from "../integer/locked";
import { memRead, memWrite } from "../memory";
import { regRead, regWrite } from "../operands";

export function movEG<T extends number>(c: X86, op: Op): i32 {
  if ((op.flags & OP_MEM) != 0) return movEGMem<T>(c, op);
  movEGReg<T>(c, op);
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function movEGReg<T extends number>(c: X86, op: Op): void {
  regWrite<T>(c, op.rm, regRead<T>(c, op.reg));
}

// @ts-ignore: decorator
@inline
export function movEGMem<T extends number>(c: X86, op: Op): i32 {
  return memWrite<T>(c, op, opAddress<T>(c, op, HW_WRITE), regRead<T>(c, op.reg));
}

export function movGE<T extends number>(c: X86, op: Op): i32 {
  if ((op.flags & OP_MEM) != 0) return movGEMem<T>(c, op);
  movGEReg<T>(c, op);
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function movGEReg<T extends number>(c: X86, op: Op): void {
  regWrite<T>(c, op.reg, regRead<T>(c, op.rm));
}

// @ts-ignore: decorator
@inline
export function movGEMem<T extends number>(c: X86, op: Op): i32 {
  const status = memRead<T>(c, op, opAddress<T>(c, op, HW_READ));
  if (status == EXEC_NEXT) regWrite<T>(c, op.reg, <T>c.value0);
  return status;
}

export function movEI<T extends number>(c: X86, op: Op): i32 {
  if ((op.flags & OP_MEM) != 0) return movEIMem<T>(c, op);
  movEIReg<T>(c, op);
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function movEIReg<T extends number>(c: X86, op: Op): void {
  regWrite<T>(c, op.rm, <T>op.imm);
}

// @ts-ignore: decorator
@inline
export function movEIMem<T extends number>(c: X86, op: Op): i32 {
  return memWrite<T>(c, op, opAddress<T>(c, op, HW_WRITE), <T>op.imm);
}

export function movZI<T extends number>(c: X86, op: Op): i32 {
  movZIReg<T>(c, op);
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function movZIReg<T extends number>(c: X86, op: Op): void {
  regWrite<T>(c, op.reg, <T>op.imm);
}

/** MOV rAX, moffs. The address is 64 bits wide where the address size is. */
export function movRaxA<T extends number>(c: X86, op: Op): i32 {
  const lin = segmentAddress(c, opSegment(op), op.imm, sizeof<T>(), HW_READ);
  const status = memRead<T>(c, op, lin);
  if (status == EXEC_NEXT) regWrite<T>(c, op.reg, <T>c.value0);
  return status;
}

export function movARax<T extends number>(c: X86, op: Op): i32 {
  const lin = segmentAddress(c, opSegment(op), op.imm, sizeof<T>(), HW_WRITE);
  return memWrite<T>(c, op, lin, regRead<T>(c, op.reg));
}

/** The source of MOVZX and MOVSX, an S, in X86.value0. */
// @ts-ignore: decorator
@inline
function readSource<S extends number>(c: X86, op: Op): i32 {
  if ((op.flags & OP_MEM) != 0) return memRead<S>(c, op, opAddress<S>(c, op, HW_READ));
  c.value0 = <u64>regRead<S>(c, op.rm);
  return EXEC_NEXT;
}

export function movzxB<T extends number>(c: X86, op: Op): i32 {
  const status = readSource<u8>(c, op);
  if (status == EXEC_NEXT) regWrite<T>(c, op.reg, <T>c.value0);
  return status;
}

// @ts-ignore: decorator
@inline
export function movzxBReg<T extends number>(c: X86, op: Op): void {
  regWrite<T>(c, op.reg, <T>regRead<u8>(c, op.rm));
}

// @ts-ignore: decorator
@inline
export function movzxBMem<T extends number>(c: X86, op: Op): i32 {
  const status = memRead<u8>(c, op, opAddress<u8>(c, op, HW_READ));
  if (status == EXEC_NEXT) regWrite<T>(c, op.reg, <T>c.value0);
  return status;
}

export function movzxW<T extends number>(c: X86, op: Op): i32 {
  const status = readSource<u16>(c, op);
  if (status == EXEC_NEXT) regWrite<T>(c, op.reg, <T>c.value0);
  return status;
}

export function movsxB<T extends number>(c: X86, op: Op): i32 {
  const status = readSource<u8>(c, op);
  if (status == EXEC_NEXT) regWrite<T>(c, op.reg, <T>signExtend<u8>(<u8>c.value0));
  return status;
}

export function movsxW<T extends number>(c: X86, op: Op): i32 {
  const status = readSource<u16>(c, op);
  if (status == EXEC_NEXT) regWrite<T>(c, op.reg, <T>signExtend<u16>(<u16>c.value0));
  return status;
}

/** 63 in 64-bit mode: sign-extends 32 bits, if T has more. A 16-bit one reads 16. */
export function movsxd<T extends number>(c: X86, op: Op): i32 {
  if (sizeof<T>() == 2) return movGE<u16>(c, op);
  const status = readSource<u32>(c, op);
  if (status == EXEC_NEXT) regWrite<T>(c, op.reg, <T>signExtend<u32>(<u32>c.value0));
  return status;
}

// @ts-ignore: decorator
@inline
export function movsxdReg<T extends number>(c: X86, op: Op): void {
  if (sizeof<T>() == 2) regWrite<u16>(c, op.reg, regRead<u16>(c, op.rm));
  else regWrite<T>(c, op.reg, <T>signExtend<u32>(regRead<u32>(c, op.rm)));
}

export function lea<T extends number>(c: X86, op: Op): i32 {
  regWrite<T>(c, op.reg, <T>opOffset(c, op));
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function leaMem<T extends number>(c: X86, op: Op): i32 {
  regWrite<T>(c, op.reg, <T>opOffset(c, op));
  return EXEC_NEXT;
}

/** XCHG with memory is LOCKed, prefix or not. */
export function xchgEG<T extends number>(c: X86, op: Op): i32 {
  const mine = regRead<T>(c, op.reg);
  if ((op.flags & OP_MEM) == 0) {
    const other = regRead<T>(c, op.rm);
    regWrite<T>(c, op.rm, mine);
    regWrite<T>(c, op.reg, other);
    return EXEC_NEXT;
  }
  const lin = opAddress<T>(c, op, HW_READ | HW_WRITE);
  while (true) {
    const status = lockedBegin<T>(c, op, lin);
    if (status != EXEC_NEXT) return status;
    const old = <T>c.value0;
    if (!lockedEnd<T>(c, op, lin, old, mine)) continue;
    regWrite<T>(c, op.reg, old);
    return EXEC_NEXT;
  }
}

/** XCHG of the opcode's register with rAX. With itself it is NOP: EAX keeps its upper half. */
export function xchgZ<T extends number>(c: X86, op: Op): i32 {
  if (op.reg == 0) return EXEC_NEXT;
  const other = regRead<T>(c, op.reg);
  regWrite<T>(c, op.reg, regRead<T>(c, 0));
  regWrite<T>(c, 0, other);
  return EXEC_NEXT;
}

/** 0F 1F: nothing is accessed. */
export function nop<T extends number>(c: X86, op: Op): i32 {
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function nopReg<T extends number>(c: X86, op: Op): void {}

// @ts-ignore: decorator
@inline
export function nopMem<T extends number>(c: X86, op: Op): i32 {
  return EXEC_NEXT;
}
