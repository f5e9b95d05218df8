/** AND, OR and XOR: see forms.ts. */

import { X86 } from "../../layout/x86";
import { Op } from "../../layout/x86_op";
import {
  ALU_AND,
  ALU_OR,
  ALU_XOR,
  aluEG,
  aluEGMem,
  aluEGReg,
  aluEI,
  aluEIMem,
  aluEIReg,
  aluGE,
  aluGEMem,
  aluGEReg,
} from "./forms";

export function andEG<T extends number>(c: X86, op: Op): i32 {
  return aluEG<T>(ALU_AND, c, op);
}

// @ts-ignore: decorator
@inline
export function andEGReg<T extends number>(c: X86, op: Op): void {
  aluEGReg<T>(ALU_AND, c, op);
}

// @ts-ignore: decorator
@inline
export function andEGMem<T extends number>(c: X86, op: Op): i32 {
  return aluEGMem<T>(ALU_AND, c, op);
}

export function andGE<T extends number>(c: X86, op: Op): i32 {
  return aluGE<T>(ALU_AND, c, op);
}

// @ts-ignore: decorator
@inline
export function andGEReg<T extends number>(c: X86, op: Op): void {
  aluGEReg<T>(ALU_AND, c, op);
}

// @ts-ignore: decorator
@inline
export function andGEMem<T extends number>(c: X86, op: Op): i32 {
  return aluGEMem<T>(ALU_AND, c, op);
}

export function andEI<T extends number>(c: X86, op: Op): i32 {
  return aluEI<T>(ALU_AND, c, op);
}

// @ts-ignore: decorator
@inline
export function andEIReg<T extends number>(c: X86, op: Op): void {
  aluEIReg<T>(ALU_AND, c, op);
}

// @ts-ignore: decorator
@inline
export function andEIMem<T extends number>(c: X86, op: Op): i32 {
  return aluEIMem<T>(ALU_AND, c, op);
}

export function orEG<T extends number>(c: X86, op: Op): i32 {
  return aluEG<T>(ALU_OR, c, op);
}

// @ts-ignore: decorator
@inline
export function orEGReg<T extends number>(c: X86, op: Op): void {
  aluEGReg<T>(ALU_OR, c, op);
}

// @ts-ignore: decorator
@inline
export function orEGMem<T extends number>(c: X86, op: Op): i32 {
  return aluEGMem<T>(ALU_OR, c, op);
}

export function orGE<T extends number>(c: X86, op: Op): i32 {
  return aluGE<T>(ALU_OR, c, op);
}

// @ts-ignore: decorator
@inline
export function orGEReg<T extends number>(c: X86, op: Op): void {
  aluGEReg<T>(ALU_OR, c, op);
}

// @ts-ignore: decorator
@inline
export function orGEMem<T extends number>(c: X86, op: Op): i32 {
  return aluGEMem<T>(ALU_OR, c, op);
}

export function orEI<T extends number>(c: X86, op: Op): i32 {
  return aluEI<T>(ALU_OR, c, op);
}

// @ts-ignore: decorator
@inline
export function orEIReg<T extends number>(c: X86, op: Op): void {
  aluEIReg<T>(ALU_OR, c, op);
}

// @ts-ignore: decorator
@inline
export function orEIMem<T extends number>(c: X86, op: Op): i32 {
  return aluEIMem<T>(ALU_OR, c, op);
}

export function xorEG<T extends number>(c: X86, op: Op): i32 {
  return aluEG<T>(ALU_XOR, c, op);
}

// @ts-ignore: decorator
@inline
export function xorEGReg<T extends number>(c: X86, op: Op): void {
  aluEGReg<T>(ALU_XOR, c, op);
}

// @ts-ignore: decorator
@inline
export function xorEGMem<T extends number>(c: X86, op: Op): i32 {
  return aluEGMem<T>(ALU_XOR, c, op);
}

export function xorGE<T extends number>(c: X86, op: Op): i32 {
  return aluGE<T>(ALU_XOR, c, op);
}

// @ts-ignore: decorator
@inline
export function xorGEReg<T extends number>(c: X86, op: Op): void {
  aluGEReg<T>(ALU_XOR, c, op);
}

// @ts-ignore: decorator
@inline
export function xorGEMem<T extends number>(c: X86, op: Op): i32 {
  return aluGEMem<T>(ALU_XOR, c, op);
}

export function xorEI<T extends number>(c: X86, op: Op): i32 {
  return aluEI<T>(ALU_XOR, c, op);
}

// @ts-ignore: decorator
@inline
export function xorEIReg<T extends number>(c: X86, op: Op): void {
  aluEIReg<T>(ALU_XOR, c, op);
}

// @ts-ignore: decorator
@inline
export function xorEIMem<T extends number>(c: X86, op: Op): i32 {
  return aluEIMem<T>(ALU_XOR, c, op);
}
