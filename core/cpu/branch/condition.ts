/**
 * The sixteen conditions of Jcc, SETcc and CMOVcc, by the manuals' names (Intel SDM, "EFLAGS Condition Codes"), and these
 * instructions. Hot forms are named as in core/cpu/alu/forms.ts.
 */

import { HW_READ, HW_WRITE } from "../../layout/hw";
import { X86 } from "../../layout/x86";
import { EXEC_CHAIN, EXEC_NEXT, Op, OP_MEM } from "../../layout/x86_op";
import { opAddress } from "../address";
import { flagCarry, flagLess, flagOverflow, flagParity, flagSign, flagZero } from "../flags";
import { memRead, memWrite } from "../memory";
import { regRead, regWrite } from "../operands";
import { branchTo } from "./branch";

/** CMOVcc reads its source, and writes a 32-bit destination's upper half, whatever the condition. */
// @ts-ignore: decorator
@inline
function cmov<T extends number>(c: X86, op: Op, isTrue: bool): i32 {
  if ((op.flags & OP_MEM) == 0) {
    cmovReg<T>(c, op, isTrue);
    return EXEC_NEXT;
  }
  const status = memRead<T>(c, op, opAddress<T>(c, op, HW_READ));
  if (status == EXEC_NEXT) regWrite<T>(c, op.reg, isTrue ? <T>c.value0 : regRead<T>(c, op.reg));
  return status;
}

// @ts-ignore: decorator
@inline
function cmovReg<T extends number>(c: X86, op: Op, isTrue: bool): void {
  regWrite<T>(c, op.reg, regRead<T>(c, isTrue ? op.rm : op.reg));
}

// @ts-ignore: decorator
@inline
function set(c: X86, op: Op, isTrue: bool): i32 {
  if ((op.flags & OP_MEM) != 0) return memWrite<u8>(c, op, opAddress<u8>(c, op, HW_WRITE), u8(isTrue));
  regWrite<u8>(c, op.rm, u8(isTrue));
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
function isO(c: X86): bool {
  return flagOverflow(c) != 0;
}

export function jo<T extends number>(c: X86, op: Op): i32 {
  return isO(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function joChain<T extends number>(c: X86, op: Op): i32 {
  return isO(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function seto<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isO(c));
}

// @ts-ignore: decorator
@inline
export function setoReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isO(c)));
}

export function cmovo<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isO(c));
}

// @ts-ignore: decorator
@inline
export function cmovoReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isO(c));
}

// @ts-ignore: decorator
@inline
function isNO(c: X86): bool {
  return flagOverflow(c) == 0;
}

export function jno<T extends number>(c: X86, op: Op): i32 {
  return isNO(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function jnoChain<T extends number>(c: X86, op: Op): i32 {
  return isNO(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function setno<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isNO(c));
}

// @ts-ignore: decorator
@inline
export function setnoReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isNO(c)));
}

export function cmovno<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isNO(c));
}

// @ts-ignore: decorator
@inline
export function cmovnoReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isNO(c));
}

// @ts-ignore: decorator
@inline
function isB(c: X86): bool {
  return flagCarry(c) != 0;
}

export function jb<T extends number>(c: X86, op: Op): i32 {
  return isB(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function jbChain<T extends number>(c: X86, op: Op): i32 {
  return isB(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function setb<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isB(c));
}

// @ts-ignore: decorator
@inline
export function setbReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isB(c)));
}

export function cmovb<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isB(c));
}

// @ts-ignore: decorator
@inline
export function cmovbReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isB(c));
}

// @ts-ignore: decorator
@inline
function isNB(c: X86): bool {
  return flagCarry(c) == 0;
}

export function jnb<T extends number>(c: X86, op: Op): i32 {
  return isNB(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function jnbChain<T extends number>(c: X86, op: Op): i32 {
  return isNB(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function setnb<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isNB(c));
}

// @ts-ignore: decorator
@inline
export function setnbReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isNB(c)));
}

export function cmovnb<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isNB(c));
}

// @ts-ignore: decorator
@inline
export function cmovnbReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isNB(c));
}

// @ts-ignore: decorator
@inline
function isZ(c: X86): bool {
  return flagZero(c) != 0;
}

export function jz<T extends number>(c: X86, op: Op): i32 {
  return isZ(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function jzChain<T extends number>(c: X86, op: Op): i32 {
  return isZ(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function setz<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isZ(c));
}

// @ts-ignore: decorator
@inline
export function setzReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isZ(c)));
}

export function cmovz<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isZ(c));
}

// @ts-ignore: decorator
@inline
export function cmovzReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isZ(c));
}

// @ts-ignore: decorator
@inline
function isNZ(c: X86): bool {
  return flagZero(c) == 0;
}

export function jnz<T extends number>(c: X86, op: Op): i32 {
  return isNZ(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function jnzChain<T extends number>(c: X86, op: Op): i32 {
  return isNZ(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function setnz<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isNZ(c));
}

// @ts-ignore: decorator
@inline
export function setnzReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isNZ(c)));
}

export function cmovnz<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isNZ(c));
}

// @ts-ignore: decorator
@inline
export function cmovnzReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isNZ(c));
}

// @ts-ignore: decorator
@inline
function isBE(c: X86): bool {
  return (flagCarry(c) | flagZero(c)) != 0;
}

export function jbe<T extends number>(c: X86, op: Op): i32 {
  return isBE(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function jbeChain<T extends number>(c: X86, op: Op): i32 {
  return isBE(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function setbe<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isBE(c));
}

// @ts-ignore: decorator
@inline
export function setbeReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isBE(c)));
}

export function cmovbe<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isBE(c));
}

// @ts-ignore: decorator
@inline
export function cmovbeReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isBE(c));
}

// @ts-ignore: decorator
@inline
function isNBE(c: X86): bool {
  return (flagCarry(c) | flagZero(c)) == 0;
}

export function jnbe<T extends number>(c: X86, op: Op): i32 {
  return isNBE(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function jnbeChain<T extends number>(c: X86, op: Op): i32 {
  return isNBE(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function setnbe<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isNBE(c));
}

// @ts-ignore: decorator
@inline
export function setnbeReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isNBE(c)));
}

export function cmovnbe<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isNBE(c));
}

// @ts-ignore: decorator
@inline
export function cmovnbeReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isNBE(c));
}

// @ts-ignore: decorator
@inline
function isS(c: X86): bool {
  return flagSign(c) != 0;
}

export function js<T extends number>(c: X86, op: Op): i32 {
  return isS(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function jsChain<T extends number>(c: X86, op: Op): i32 {
  return isS(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function sets<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isS(c));
}

// @ts-ignore: decorator
@inline
export function setsReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isS(c)));
}

export function cmovs<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isS(c));
}

// @ts-ignore: decorator
@inline
export function cmovsReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isS(c));
}

// @ts-ignore: decorator
@inline
function isNS(c: X86): bool {
  return flagSign(c) == 0;
}

export function jns<T extends number>(c: X86, op: Op): i32 {
  return isNS(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function jnsChain<T extends number>(c: X86, op: Op): i32 {
  return isNS(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function setns<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isNS(c));
}

// @ts-ignore: decorator
@inline
export function setnsReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isNS(c)));
}

export function cmovns<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isNS(c));
}

// @ts-ignore: decorator
@inline
export function cmovnsReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isNS(c));
}

// @ts-ignore: decorator
@inline
function isP(c: X86): bool {
  return flagParity(c) != 0;
}

export function jp<T extends number>(c: X86, op: Op): i32 {
  return isP(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function jpChain<T extends number>(c: X86, op: Op): i32 {
  return isP(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function setp<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isP(c));
}

// @ts-ignore: decorator
@inline
export function setpReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isP(c)));
}

export function cmovp<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isP(c));
}

// @ts-ignore: decorator
@inline
export function cmovpReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isP(c));
}

// @ts-ignore: decorator
@inline
function isNP(c: X86): bool {
  return flagParity(c) == 0;
}

export function jnp<T extends number>(c: X86, op: Op): i32 {
  return isNP(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function jnpChain<T extends number>(c: X86, op: Op): i32 {
  return isNP(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function setnp<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isNP(c));
}

// @ts-ignore: decorator
@inline
export function setnpReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isNP(c)));
}

export function cmovnp<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isNP(c));
}

// @ts-ignore: decorator
@inline
export function cmovnpReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isNP(c));
}

// @ts-ignore: decorator
@inline
function isL(c: X86): bool {
  return flagLess(c) != 0;
}

export function jl<T extends number>(c: X86, op: Op): i32 {
  return isL(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function jlChain<T extends number>(c: X86, op: Op): i32 {
  return isL(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function setl<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isL(c));
}

// @ts-ignore: decorator
@inline
export function setlReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isL(c)));
}

export function cmovl<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isL(c));
}

// @ts-ignore: decorator
@inline
export function cmovlReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isL(c));
}

// @ts-ignore: decorator
@inline
function isNL(c: X86): bool {
  return flagLess(c) == 0;
}

export function jnl<T extends number>(c: X86, op: Op): i32 {
  return isNL(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function jnlChain<T extends number>(c: X86, op: Op): i32 {
  return isNL(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function setnl<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isNL(c));
}

// @ts-ignore: decorator
@inline
export function setnlReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isNL(c)));
}

export function cmovnl<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isNL(c));
}

// @ts-ignore: decorator
@inline
export function cmovnlReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isNL(c));
}

// @ts-ignore: decorator
@inline
function isLE(c: X86): bool {
  return (flagLess(c) | flagZero(c)) != 0;
}

export function jle<T extends number>(c: X86, op: Op): i32 {
  return isLE(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function jleChain<T extends number>(c: X86, op: Op): i32 {
  return isLE(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function setle<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isLE(c));
}

// @ts-ignore: decorator
@inline
export function setleReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isLE(c)));
}

export function cmovle<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isLE(c));
}

// @ts-ignore: decorator
@inline
export function cmovleReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isLE(c));
}

// @ts-ignore: decorator
@inline
function isNLE(c: X86): bool {
  return (flagLess(c) | flagZero(c)) == 0;
}

export function jnle<T extends number>(c: X86, op: Op): i32 {
  return isNLE(c) ? branchTo<T>(c, op) : EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
export function jnleChain<T extends number>(c: X86, op: Op): i32 {
  return isNLE(c) ? EXEC_CHAIN : EXEC_NEXT;
}

export function setnle<T extends number>(c: X86, op: Op): i32 {
  return set(c, op, isNLE(c));
}

// @ts-ignore: decorator
@inline
export function setnleReg<T extends number>(c: X86, op: Op): void {
  regWrite<u8>(c, op.rm, u8(isNLE(c)));
}

export function cmovnle<T extends number>(c: X86, op: Op): i32 {
  return cmov<T>(c, op, isNLE(c));
}

// @ts-ignore: decorator
@inline
export function cmovnleReg<T extends number>(c: X86, op: Op): void {
  cmovReg<T>(c, op, isNLE(c));
}
