/**
 * Debug registers, and debug exceptions: instruction, data and I/O breakpoints, single steps (Intel SDM, "Debug
 * Exceptions"). While any of them is possible X86.stepping is not 0, and the executor runs one instruction at a time:
 * debugBefore, the instruction, debugAfter if it was completed, eventsDeliver.
 */

import { EXEC_NEXT, EXEC_REFETCH, Op } from "../../layout/x86_op";
import { CODE_64, CR4_DE, EXC_DB, FLAG_RF, FLAG_TF, INHIBIT_MOV_SS, X86 } from "../../layout/x86";
import {
  DR6_BD,
  DR6_BS,
  DR6_FIXED,
  DR6_WRITABLE,
  DR7_ENABLED,
  DR7_FIXED,
  DR7_GD,
  DR7_WRITABLE,
  IO_INS,
  STEPPING_BREAKPOINTS,
  STEPPING_SHADOW,
  STEPPING_STARTED_RF,
  STEPPING_STARTED_TF,
  STEPPING_WATCH,
} from "../../layout/x86_system";
import { raise, raiseGp, raiseUd } from "../exceptions";
import { regRead, regWrite } from "../operands";
import { privilegeChanged } from "../privilege";
import { codeBase, opNextRip } from "../rip";
import { BREAK_EXECUTE, BREAK_IO, BREAK_READ_WRITE, BREAK_WRITE, breakpointKind, breakpointsHit } from "../watch";

const DR6: u32 = 6;
const DR7: u32 = 7;

/** X86.stepping follows DR7. */
export function debugFollowDr7(c: X86): void {
  let stepping = c.stepping & ~(STEPPING_BREAKPOINTS | STEPPING_WATCH);
  for (let n: u32 = 0; n < 4; n++) {
    if ((c.dr7 & ((<u64>3) << (n << 1))) == 0) continue;
    stepping |= STEPPING_BREAKPOINTS;
    const kind = breakpointKind(c, n);
    if (kind == BREAK_WRITE || kind == BREAK_READ_WRITE) stepping |= STEPPING_WATCH;
  }
  if (stepping == c.stepping) return;
  c.stepping = stepping;
  privilegeChanged(c); // data breakpoints: accesses take the slow path
}

/** Before an instruction at X86.rip. @ret EXEC_NEXT; EXEC_FAULT: a breakpoint is there, and #DB is raised */
export function debugBefore(c: X86): i32 {
  c.watchHits = 0;
  let stepping = c.stepping & ~(STEPPING_STARTED_RF | STEPPING_STARTED_TF);
  if ((c.flags & FLAG_TF) != 0) stepping |= STEPPING_STARTED_TF;
  if ((c.flags & FLAG_RF) != 0) stepping |= STEPPING_STARTED_RF;
  c.stepping = stepping;
  if ((stepping & STEPPING_BREAKPOINTS) == 0 || (c.flags & FLAG_RF) != 0 || isMovSsShadow(c)) return EXEC_NEXT;
  const linear = c.codeMode == CODE_64 ? c.rip : (codeBase(c) + c.rip) & 0xffffffff;
  const hits = breakpointsHit(c, linear, 1, BREAK_EXECUTE);
  if (hits == 0) return EXEC_NEXT;
  c.excAddress = <u64>hits;
  return raise(c, EXC_DB);
}

/** After an instruction that was completed (or one iteration of it): what it leaves pending. */
export function debugAfter(c: X86): void {
  // An INS that waits for its data is not complete.
  if (c.ioState == IO_INS) return;
  const stepping = c.stepping;
  if ((stepping & STEPPING_STARTED_RF) != 0) c.flags &= ~FLAG_RF;
  if ((stepping & STEPPING_STARTED_TF) != 0 && !isMovSsShadow(c)) c.pendingDb |= DR6_BS;
  c.pendingDb |= <u64>c.watchHits;
  c.watchHits = 0;
  if ((stepping & STEPPING_SHADOW) != 0 && c.rip != c.inhibitRip) c.inhibit = 0;
  c.stepping = stepping & ~(STEPPING_STARTED_RF | STEPPING_STARTED_TF | STEPPING_SHADOW);
}

/** An instruction that clears TF as part of what it does is not followed by a single-step trap. */
export function debugForgetStep(c: X86): void {
  c.stepping &= ~STEPPING_STARTED_TF;
}

/** Whether X86.rip is right behind a change of SS. */
export function isMovSsShadow(c: X86): bool {
  return (c.inhibit & INHIBIT_MOV_SS) != 0 && c.rip == c.inhibitRip;
}

/** An access of `size` bytes to I/O port `port`. */
export function debugPort(c: X86, port: u32, size: u32): void {
  if ((c.stepping & STEPPING_BREAKPOINTS) == 0 || (c.cr4 & CR4_DE) == 0) return;
  c.watchHits |= breakpointsHit(c, <u64>port, size, BREAK_IO);
}

/** What both directions of MOV DR check first. */
function debugRegisterCheck(c: X86, number: u32): i32 {
  // DR4 and DR5 are DR6 and DR7, unless CR4.DE says otherwise.
  if (number >= 8 || ((number & ~1) == 4 && (c.cr4 & CR4_DE) != 0)) return raiseUd(c);
  if (c.cpl != 0) return raiseGp(c, 0);
  if ((c.dr7 & DR7_GD) != 0) {
    c.excAddress = DR6_BD;
    return raise(c, EXC_DB);
  }
  return EXEC_NEXT;
}

// @ts-ignore: decorator
@inline
function registerNumber(op: Op): u32 {
  const number: u32 = op.reg;
  return number == 4 || number == 5 ? number + 2 : number;
}

/** MOV r, DRn. */
export function movFromDr(c: X86, op: Op): i32 {
  const r = debugRegisterCheck(c, op.reg);
  if (r != EXEC_NEXT) return r;
  const number = registerNumber(op);
  const value =
    number == DR6
      ? c.dr6
      : number == DR7
        ? c.dr7
        : load<u64>(changetype<usize>(c) + (number << 3), offsetof<X86>("dr0"));
  if (c.codeMode == CODE_64) regWrite<u64>(c, op.rm, value);
  else regWrite<u32>(c, op.rm, <u32>value);
  return EXEC_NEXT;
}

/** MOV DRn, r. */
export function movToDr(c: X86, op: Op): i32 {
  const r = debugRegisterCheck(c, op.reg);
  if (r != EXEC_NEXT) return r;
  const number = registerNumber(op);
  const value = c.codeMode == CODE_64 ? regRead<u64>(c, op.rm) : <u64>regRead<u32>(c, op.rm);
  if (number >= DR6 && value >> 32 != 0) return raiseGp(c, 0);
  if (number == DR6) c.dr6 = (value & DR6_WRITABLE) | DR6_FIXED;
  else if (number == DR7) c.dr7 = (value & DR7_WRITABLE) | DR7_FIXED;
  else store<u64>(changetype<usize>(c) + (number << 3), value, offsetof<X86>("dr0"));
  if (number == DR6) return EXEC_NEXT;
  if ((c.dr7 & DR7_ENABLED) == 0 && (c.stepping & STEPPING_BREAKPOINTS) == 0) return EXEC_NEXT;
  debugFollowDr7(c);
  c.rip = opNextRip(c, op);
  return EXEC_REFETCH;
}
