/** Floating-point handlers by their names, for test/core/cpu/fpu; generic ones once for each size. */

import { flagsRead, flagsWrite } from "../../../core/cpu/flags";
import { cvtsd2si, cvtsi2sd, cvtsi2ss, cvtss2si, cvttsd2si, cvttss2si } from "../../../core/cpu/fpu/sse_convert";
import {
  ATAN_EIGHTHS,
  ATAN_SERIES,
  ATANH_SERIES,
  CONSTANTS,
  COS_SERIES,
  EXP_SERIES,
  SIN_SERIES,
} from "../../../core/cpu/fpu/series";
import { fldenv, fnsave, fnstenv, frstor } from "../../../core/cpu/fpu/x87_env";
import { FLAGS_STATUS, X86 } from "../../../core/layout/x86";
import { Op } from "../../../core/layout/x86_op";

export * from "../../../core/cpu/fpu/x87_arith";
export * from "../../../core/cpu/fpu/x87_compare";
export * from "../../../core/cpu/fpu/x87_load";
export * from "../../../core/cpu/fpu/x87_store";
export * from "../../../core/cpu/fpu/x87_misc";
export {
  fdecstp,
  fincstp,
  fldcw,
  fnclex,
  fninit,
  fnop,
  fnop8087,
  fnstcw,
  fnstsw,
  fwait,
  emms,
} from "../../../core/cpu/fpu/x87_env";
export * from "../../../core/cpu/fpu/sse_arith";
export * from "../../../core/cpu/fpu/sse_compare";
export {
  cvtdq2pd,
  cvtdq2ps,
  cvtpd2dq,
  cvtpd2pi,
  cvtpd2ps,
  cvtpi2pd,
  cvtpi2ps,
  cvtps2dq,
  cvtps2pd,
  cvtps2pi,
  cvtsd2ss,
  cvtss2sd,
  cvttpd2dq,
  cvttpd2pi,
  cvttps2dq,
  cvttps2pi,
  ldmxcsr,
  roundpd,
  roundps,
  roundsd,
  roundss,
  stmxcsr,
} from "../../../core/cpu/fpu/sse_convert";
export { fpuReset, fxrestoreFrom, fxrstor, fxsave, fxsaveTo } from "../../../core/cpu/fpu/fxsave";

export function fpuProbeSetFlags(c: X86, flags: u64): void {
  flagsWrite(c, flags, FLAGS_STATUS);
}
export function fpuProbeFlags(c: X86): u64 {
  return flagsRead(c);
}
export function cvtsi2ss32(c: X86, op: Op): i32 {
  return cvtsi2ss<u32>(c, op);
}
export function cvtsi2ss64(c: X86, op: Op): i32 {
  return cvtsi2ss<u64>(c, op);
}
export function cvtsi2sd32(c: X86, op: Op): i32 {
  return cvtsi2sd<u32>(c, op);
}
export function cvtsi2sd64(c: X86, op: Op): i32 {
  return cvtsi2sd<u64>(c, op);
}
export function cvtss2si32(c: X86, op: Op): i32 {
  return cvtss2si<u32>(c, op);
}
export function cvtss2si64(c: X86, op: Op): i32 {
  return cvtss2si<u64>(c, op);
}
export function cvttss2si32(c: X86, op: Op): i32 {
  return cvttss2si<u32>(c, op);
}
export function cvttss2si64(c: X86, op: Op): i32 {
  return cvttss2si<u64>(c, op);
}
export function cvtsd2si32(c: X86, op: Op): i32 {
  return cvtsd2si<u32>(c, op);
}
export function cvtsd2si64(c: X86, op: Op): i32 {
  return cvtsd2si<u64>(c, op);
}
export function cvttsd2si32(c: X86, op: Op): i32 {
  return cvttsd2si<u32>(c, op);
}
export function cvttsd2si64(c: X86, op: Op): i32 {
  return cvttsd2si<u64>(c, op);
}
export function fldenv16(c: X86, op: Op): i32 {
  return fldenv<u16>(c, op);
}
export function fldenv32(c: X86, op: Op): i32 {
  return fldenv<u32>(c, op);
}
export function fnstenv16(c: X86, op: Op): i32 {
  return fnstenv<u16>(c, op);
}
export function fnstenv32(c: X86, op: Op): i32 {
  return fnstenv<u32>(c, op);
}
export function fnsave16(c: X86, op: Op): i32 {
  return fnsave<u16>(c, op);
}
export function fnsave32(c: X86, op: Op): i32 {
  return fnsave<u32>(c, op);
}
export function frstor16(c: X86, op: Op): i32 {
  return frstor<u16>(c, op);
}
export function frstor32(c: X86, op: Op): i32 {
  return frstor<u32>(c, op);
}
export * from "../../../core/cpu/fpu/x87_transcendental";
export { xrestoreFrom, xrstor, xrstors, xsave, xsavec, xsaveopt, xsaves, xsaveTo } from "../../../core/cpu/fpu/xsave";

/** Address of a table of coefficients. */
export function fpuProbeTable(n: u32): usize {
  if (n == 0) return SIN_SERIES;
  if (n == 1) return COS_SERIES;
  if (n == 2) return EXP_SERIES;
  if (n == 3) return ATANH_SERIES;
  if (n == 4) return ATAN_SERIES;
  return n == 5 ? ATAN_EIGHTHS : CONSTANTS;
}
