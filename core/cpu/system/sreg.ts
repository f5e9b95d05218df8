/** Instructions that load and store segment registers: MOV, PUSH, POP, LDS and its kin. */

import { HW_READ } from "../../layout/hw";
import { EXEC_NEXT, EXEC_REFETCH, Op } from "../../layout/x86_op";
import { SEG_CS, SEG_DS, SEG_ES, SEG_FS, SEG_GS, SEG_SS, X86 } from "../../layout/x86";
import { opAddressSized, segmentOf } from "../address";
import { raiseUd } from "../exceptions";
import { memRead } from "../memory";
import { regWrite } from "../operands";
import { opNextRip } from "../rip";
import { frameCommit, frameOpenCurrent, framePopSized, framePush, framePushSized, scratchFrame } from "./frame";
import { segmentLoad, shadowMovSs } from "./segments";
import { selectorOperand, selectorStore } from "./tables";

/** MOV r/m, Sreg. */
export function movFromSreg<T extends number>(c: X86, op: Op): i32 {
  const seg: u32 = op.reg & 7;
  if (seg > SEG_GS) return raiseUd(c);
  return selectorStore<T>(c, op, segmentOf(c, seg).selector);
}

/** MOV Sreg, r/m. */
export function movToSreg(c: X86, op: Op): i32 {
  const seg: u32 = op.reg & 7;
  if (seg == SEG_CS || seg > SEG_GS) return raiseUd(c);
  let r = selectorOperand(c, op);
  if (r != EXEC_NEXT) return r;
  r = segmentLoad(c, seg, <u32>c.value0);
  return r == EXEC_NEXT ? loaded(c, op, seg) : r;
}

/** A change of SS holds events off, and may change how the stack is addressed. */
function loaded(c: X86, op: Op, seg: u32): i32 {
  if (seg != SEG_SS) return EXEC_NEXT;
  const next = opNextRip(c, op);
  shadowMovSs(c, next);
  if (c.stepping == 0) return EXEC_NEXT;
  c.rip = next;
  return EXEC_REFETCH;
}

function popSreg<T extends number>(c: X86, op: Op, seg: u32): i32 {
  const f = scratchFrame(c, 0);
  frameOpenCurrent(c, f);
  let r = framePopSized(c, f, sizeof<T>());
  if (r != EXEC_NEXT) return r;
  r = segmentLoad(c, seg, <u32>c.value0 & 0xffff);
  if (r != EXEC_NEXT) return r;
  frameCommit(c, f);
  return loaded(c, op, seg);
}

/** With a 32-bit operand only two bytes are written: the upper half of the slot stays. */
function pushSreg<T extends number>(c: X86, seg: u32): i32 {
  const f = scratchFrame(c, 0);
  frameOpenCurrent(c, f);
  const selector = segmentOf(c, seg).selector;
  let r: i32;
  if (sizeof<T>() == 4) {
    f.sp = (f.sp - 2) & f.mask;
    r = framePush<u16>(c, f, selector);
  } else r = framePushSized(c, f, sizeof<T>(), <u64>selector);
  if (r == EXEC_NEXT) frameCommit(c, f);
  return r;
}

export function pushEs<T extends number>(c: X86, op: Op): i32 {
  return pushSreg<T>(c, SEG_ES);
}
export function pushCs<T extends number>(c: X86, op: Op): i32 {
  return pushSreg<T>(c, SEG_CS);
}
export function pushSs<T extends number>(c: X86, op: Op): i32 {
  return pushSreg<T>(c, SEG_SS);
}
export function pushDs<T extends number>(c: X86, op: Op): i32 {
  return pushSreg<T>(c, SEG_DS);
}
export function pushFs<T extends number>(c: X86, op: Op): i32 {
  return pushSreg<T>(c, SEG_FS);
}
export function pushGs<T extends number>(c: X86, op: Op): i32 {
  return pushSreg<T>(c, SEG_GS);
}

export function popEs<T extends number>(c: X86, op: Op): i32 {
  return popSreg<T>(c, op, SEG_ES);
}
export function popSs<T extends number>(c: X86, op: Op): i32 {
  return popSreg<T>(c, op, SEG_SS);
}
export function popDs<T extends number>(c: X86, op: Op): i32 {
  return popSreg<T>(c, op, SEG_DS);
}
export function popFs<T extends number>(c: X86, op: Op): i32 {
  return popSreg<T>(c, op, SEG_FS);
}
export function popGs<T extends number>(c: X86, op: Op): i32 {
  return popSreg<T>(c, op, SEG_GS);
}

/** LDS, LES, LFS, LGS, LSS: a far pointer in memory goes to a register and a segment register. */
function loadFar<T extends number>(c: X86, op: Op, seg: u32): i32 {
  const linear = opAddressSized(c, op, sizeof<T>() + 2, HW_READ);
  let r = memRead<T>(c, op, linear);
  if (r != EXEC_NEXT) return r;
  const offset = <T>c.value0;
  r = memRead<u16>(c, op, linear + sizeof<T>());
  if (r == EXEC_NEXT) r = segmentLoad(c, seg, <u32>c.value0);
  if (r != EXEC_NEXT) return r;
  regWrite<T>(c, op.reg, offset);
  return EXEC_NEXT;
}

export function les<T extends number>(c: X86, op: Op): i32 {
  return loadFar<T>(c, op, SEG_ES);
}
export function lds<T extends number>(c: X86, op: Op): i32 {
  return loadFar<T>(c, op, SEG_DS);
}
export function lss<T extends number>(c: X86, op: Op): i32 {
  return loadFar<T>(c, op, SEG_SS);
}
export function lfs<T extends number>(c: X86, op: Op): i32 {
  return loadFar<T>(c, op, SEG_FS);
}
export function lgs<T extends number>(c: X86, op: Op): i32 {
  return loadFar<T>(c, op, SEG_GS);
}
