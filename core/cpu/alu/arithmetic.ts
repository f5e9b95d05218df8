/** ADD, ADC, SUB, SBB and CMP: see forms.ts. */

import { X86 } from "../../layout/x86";
import { Op } from "../../layout/x86_op";
import {
  ALU_ADC,
  ALU_ADD,
  ALU_CMP,
  ALU_SBB,
  ALU_SUB,
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

export function addEG<T extends number>(c: X86, op: Op): i32 {
  return aluEG<T>(ALU_ADD, c, op);
}

// @ts-ignore: decorator
@inline
export function addEGReg<T extends number>(c: X86, op: Op): void {
  aluEGReg<T>(ALU_ADD, c, op);
}

// @ts-ignore: decorator
@inline
export function addEGMem<T extends number>(c: X86, op: Op): i32 {
  return aluEGMem<T>(ALU_ADD, c, op);
}

export function addGE<T extends number>(c: X86, op: Op): i32 {
  return aluGE<T>(ALU_ADD, c, op);
}

// @ts-ignore: decorator
@inline
export function addGEReg<T extends number>(c: X86, op: Op): void {
  aluGEReg<T>(ALU_ADD, c, op);
}

// @ts-ignore: decorator
@inline
export function addGEMem<T extends number>(c: X86, op: Op): i32 {
  return aluGEMem<T>(ALU_ADD, c, op);
}

export function addEI<T extends number>(c: X86, op: Op): i32 {
  return aluEI<T>(ALU_ADD, c, op);
}

// @ts-ignore: decorator
@inline
export function addEIReg<T extends number>(c: X86, op: Op): void {
  aluEIReg<T>(ALU_ADD, c, op);
}

// @ts-ignore: decorator
@inline
export function addEIMem<T extends number>(c: X86, op: Op): i32 {
  return aluEIMem<T>(ALU_ADD, c, op);
}

export function adcEG<T extends number>(c: X86, op: Op): i32 {
  return aluEG<T>(ALU_ADC, c, op);
}

// @ts-ignore: decorator
@inline
export function adcEGReg<T extends number>(c: X86, op: Op): void {
  aluEGReg<T>(ALU_ADC, c, op);
}

// @ts-ignore: decorator
@inline
export function adcEGMem<T extends number>(c: X86, op: Op): i32 {
  return aluEGMem<T>(ALU_ADC, c, op);
}

export function adcGE<T extends number>(c: X86, op: Op): i32 {
  return aluGE<T>(ALU_ADC, c, op);
}

// @ts-ignore: decorator
@inline
export function adcGEReg<T extends number>(c: X86, op: Op): void {
  aluGEReg<T>(ALU_ADC, c, op);
}

// @ts-ignore: decorator
@inline
export function adcGEMem<T extends number>(c: X86, op: Op): i32 {
  return aluGEMem<T>(ALU_ADC, c, op);
}

export function adcEI<T extends number>(c: X86, op: Op): i32 {
  return aluEI<T>(ALU_ADC, c, op);
}

// @ts-ignore: decorator
@inline
export function adcEIReg<T extends number>(c: X86, op: Op): void {
  aluEIReg<T>(ALU_ADC, c, op);
}

// @ts-ignore: decorator
@inline
export function adcEIMem<T extends number>(c: X86, op: Op): i32 {
  return aluEIMem<T>(ALU_ADC, c, op);
}

export function subEG<T extends number>(c: X86, op: Op): i32 {
  return aluEG<T>(ALU_SUB, c, op);
}

// @ts-ignore: decorator
@inline
export function subEGReg<T extends number>(c: X86, op: Op): void {
  aluEGReg<T>(ALU_SUB, c, op);
}

// @ts-ignore: decorator
@inline
export function subEGMem<T extends number>(c: X86, op: Op): i32 {
  return aluEGMem<T>(ALU_SUB, c, op);
}

export function subGE<T extends number>(c: X86, op: Op): i32 {
  return aluGE<T>(ALU_SUB, c, op);
}

// @ts-ignore: decorator
@inline
export function subGEReg<T extends number>(c: X86, op: Op): void {
  aluGEReg<T>(ALU_SUB, c, op);
}

// @ts-ignore: decorator
@inline
export function subGEMem<T extends number>(c: X86, op: Op): i32 {
  return aluGEMem<T>(ALU_SUB, c, op);
}

export function subEI<T extends number>(c: X86, op: Op): i32 {
  return aluEI<T>(ALU_SUB, c, op);
}

// @ts-ignore: decorator
@inline
export function subEIReg<T extends number>(c: X86, op: Op): void {
  aluEIReg<T>(ALU_SUB, c, op);
}

// @ts-ignore: decorator
@inline
export function subEIMem<T extends number>(c: X86, op: Op): i32 {
  return aluEIMem<T>(ALU_SUB, c, op);
}

export function sbbEG<T extends number>(c: X86, op: Op): i32 {
  return aluEG<T>(ALU_SBB, c, op);
}

// @ts-ignore: decorator
@inline
export function sbbEGReg<T extends number>(c: X86, op: Op): void {
  aluEGReg<T>(ALU_SBB, c, op);
}

// @ts-ignore: decorator
@inline
export function sbbEGMem<T extends number>(c: X86, op: Op): i32 {
  return aluEGMem<T>(ALU_SBB, c, op);
}

export function sbbGE<T extends number>(c: X86, op: Op): i32 {
  return aluGE<T>(ALU_SBB, c, op);
}

// @ts-ignore: decorator
@inline
export function sbbGEReg<T extends number>(c: X86, op: Op): void {
  aluGEReg<T>(ALU_SBB, c, op);
}

// @ts-ignore: decorator
@inline
export function sbbGEMem<T extends number>(c: X86, op: Op): i32 {
  return aluGEMem<T>(ALU_SBB, c, op);
}

export function sbbEI<T extends number>(c: X86, op: Op): i32 {
  return aluEI<T>(ALU_SBB, c, op);
}

// @ts-ignore: decorator
@inline
export function sbbEIReg<T extends number>(c: X86, op: Op): void {
  aluEIReg<T>(ALU_SBB, c, op);
}

// @ts-ignore: decorator
@inline
export function sbbEIMem<T extends number>(c: X86, op: Op): i32 {
  return aluEIMem<T>(ALU_SBB, c, op);
}

export function cmpEG<T extends number>(c: X86, op: Op): i32 {
  return aluEG<T>(ALU_CMP, c, op);
}

// @ts-ignore: decorator
@inline
export function cmpEGReg<T extends number>(c: X86, op: Op): void {
  aluEGReg<T>(ALU_CMP, c, op);
}

// @ts-ignore: decorator
@inline
export function cmpEGMem<T extends number>(c: X86, op: Op): i32 {
  return aluEGMem<T>(ALU_CMP, c, op);
}

export function cmpGE<T extends number>(c: X86, op: Op): i32 {
  return aluGE<T>(ALU_CMP, c, op);
}

// @ts-ignore: decorator
@inline
export function cmpGEReg<T extends number>(c: X86, op: Op): void {
  aluGEReg<T>(ALU_CMP, c, op);
}

// @ts-ignore: decorator
@inline
export function cmpGEMem<T extends number>(c: X86, op: Op): i32 {
  return aluGEMem<T>(ALU_CMP, c, op);
}

export function cmpEI<T extends number>(c: X86, op: Op): i32 {
  return aluEI<T>(ALU_CMP, c, op);
}

// @ts-ignore: decorator
@inline
export function cmpEIReg<T extends number>(c: X86, op: Op): void {
  aluEIReg<T>(ALU_CMP, c, op);
}

// @ts-ignore: decorator
@inline
export function cmpEIMem<T extends number>(c: X86, op: Op): i32 {
  return aluEIMem<T>(ALU_CMP, c, op);
}
