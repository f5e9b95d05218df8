/** The instructions of far transfers and interrupts: JMPF, CALLF, RETF, IRET, INT n, INT3, INTO, INT1. */

import { EXEC_NEXT, EXEC_REFETCH, Op } from "../../layout/x86_op";
import { HW_READ } from "../../layout/hw";
import { EXC_BP, EXC_DB, EXC_OF, X86 } from "../../layout/x86";
import { EXC_KIND_PRIVILEGED_SOFT, EXC_KIND_SOFT, EXC_KIND_SOFT_EXCEPTION } from "../../layout/x86_system";
import { opAddressSized } from "../address";
import { flagOverflow } from "../flags";
import { memRead } from "../memory";
import { opNextRip } from "../rip";
import { debugForgetStep } from "./debug";
import { deliverSoftware } from "./deliver";
import { FAR_CALL, FAR_JMP, farReturn, farTransfer } from "./far";
import { interruptReturn } from "./iret";

/** A far pointer in the instruction: the offset, and above 32 bits the selector. */
function farImmediate<T extends number>(c: X86, op: Op, kind: u32): i32 {
  return farTransfer(c, kind, <u32>(op.imm >> 32) & 0xffff, op.imm & 0xffffffff, sizeof<T>(), opNextRip(c, op));
}

/** A far pointer in memory: a T, and the selector behind it. */
function farMemory<T extends number>(c: X86, op: Op, kind: u32): i32 {
  const linear = opAddressSized(c, op, sizeof<T>() + 2, HW_READ);
  let r = memRead<T>(c, op, linear);
  if (r != EXEC_NEXT) return r;
  const offset = c.value0;
  r = memRead<u16>(c, op, linear + sizeof<T>());
  if (r != EXEC_NEXT) return r;
  return farTransfer(c, kind, <u32>c.value0, offset, sizeof<T>(), opNextRip(c, op));
}

export function jmpFar<T extends number>(c: X86, op: Op): i32 {
  return farImmediate<T>(c, op, FAR_JMP);
}

export function jmpFarMem<T extends number>(c: X86, op: Op): i32 {
  return farMemory<T>(c, op, FAR_JMP);
}

export function callFar<T extends number>(c: X86, op: Op): i32 {
  return farImmediate<T>(c, op, FAR_CALL);
}

export function callFarMem<T extends number>(c: X86, op: Op): i32 {
  return farMemory<T>(c, op, FAR_CALL);
}

/** RETF, and RETF imm16. */
export function retFar<T extends number>(c: X86, op: Op): i32 {
  return farReturn(c, sizeof<T>(), <u32>op.imm & 0xffff);
}

export function iret<T extends number>(c: X86, op: Op): i32 {
  return interruptReturn(c, sizeof<T>(), opNextRip(c, op));
}

export function intIb(c: X86, op: Op): i32 {
  return software(c, op, <u32>op.imm & 0xff, EXC_KIND_SOFT);
}

export function int3(c: X86, op: Op): i32 {
  return software(c, op, EXC_BP, EXC_KIND_SOFT_EXCEPTION);
}

export function into(c: X86, op: Op): i32 {
  return flagOverflow(c) != 0 ? software(c, op, EXC_OF, EXC_KIND_SOFT_EXCEPTION) : EXEC_NEXT;
}

function software(c: X86, op: Op, vector: u32, kind: u32): i32 {
  const r = deliverSoftware(c, vector, kind, opNextRip(c, op));
  // INT clears TF: it is not followed by a single-step trap.
  if (r == EXEC_REFETCH) debugForgetStep(c);
  return r;
}

/** INT1: a debug exception that no bit of DR6 tells of. It is an event of its own, delivered behind the instruction. */
export function int1(c: X86, op: Op): i32 {
  c.rip = opNextRip(c, op);
  c.delivering = EXC_DB + 1;
  c.deliverKind = EXC_KIND_PRIVILEGED_SOFT;
  debugForgetStep(c);
  return EXEC_REFETCH;
}
