/**
 * CLC, STC, CMC, CLD, STD, LAHF, SAHF, PUSHF and POPF.
 *
 * POPF changes IF and IOPL only where privilege allows, silently otherwise, and reserved bits, VM, VIF and VIP never.
 * After it has changed TF, IF or AC the run loop looks afresh: at single-stepping, at interrupts that wait, at what
 * privilege may touch.
 */

import { FLAG_AC, FLAG_AF, FLAG_CF, FLAG_DF, FLAG_ID, FLAG_IF, FLAG_IOPL, FLAG_NT } from "../../layout/x86";
import { FLAG_OF, FLAG_PF, FLAG_RF, FLAG_SF, FLAG_TF, FLAG_VM, FLAG_ZF, X86 } from "../../layout/x86";
import { EXEC_NEXT, Op } from "../../layout/x86_op";
import { raiseGp } from "../exceptions";
import { flagCarry, flagsRead, flagsSetCarry, flagsWrite } from "../flags";
import { stackPop, stackPush } from "../stack";
import { flagsChanged } from "../system/flags_system";

/** What SAHF writes. */
const FLAGS_SAHF: u64 = FLAG_SF | FLAG_ZF | FLAG_AF | FLAG_PF | FLAG_CF;
/** What POPF writes whatever the privilege, in its 16-bit form, and beside those in the others. RF becomes 0. */
const FLAGS_POPF: u64 = FLAGS_SAHF | FLAG_OF | FLAG_DF | FLAG_TF | FLAG_NT;
const FLAGS_POPFD: u64 = FLAG_AC | FLAG_ID | FLAG_RF;
const IOPL_SHIFT: u64 = 12;

export function clc(c: X86, op: Op): i32 {
  flagsSetCarry(c, 0);
  return EXEC_NEXT;
}

export function stc(c: X86, op: Op): i32 {
  flagsSetCarry(c, 1);
  return EXEC_NEXT;
}

export function cmc(c: X86, op: Op): i32 {
  flagsSetCarry(c, flagCarry(c) ^ 1);
  return EXEC_NEXT;
}

export function cld(c: X86, op: Op): i32 {
  c.flags &= ~FLAG_DF;
  return EXEC_NEXT;
}

export function std(c: X86, op: Op): i32 {
  c.flags |= FLAG_DF;
  return EXEC_NEXT;
}

export function lahf(c: X86, op: Op): i32 {
  store<u8>(changetype<usize>(c) + offsetof<X86>("rax") + 1, <u8>flagsRead(c));
  return EXEC_NEXT;
}

export function sahf(c: X86, op: Op): i32 {
  flagsWrite(c, (c.rax >> 8) & 0xff, FLAGS_SAHF);
  return EXEC_NEXT;
}

/** Whether virtual-8086 mode forbids the instruction: IOPL is below 3. */
// @ts-ignore: decorator
@inline
function isForbidden(c: X86): bool {
  return (c.flags & FLAG_VM) != 0 && (c.flags & FLAG_IOPL) != FLAG_IOPL;
}

export function pushf<T extends number>(c: X86, op: Op): i32 {
  if (isForbidden(c)) return raiseGp(c, 0);
  return stackPush<T>(c, <T>(flagsRead(c) & ~(FLAG_VM | FLAG_RF)));
}

export function popf<T extends number>(c: X86, op: Op): i32 {
  if (isForbidden(c)) return raiseGp(c, 0);
  const status = stackPop<T>(c);
  if (status != EXEC_NEXT) return status;
  let mask = FLAGS_POPF;
  if (sizeof<T>() != 2) mask |= FLAGS_POPFD;
  if (<u64>c.cpl <= (c.flags & FLAG_IOPL) >> IOPL_SHIFT) mask |= FLAG_IF;
  if (c.cpl == 0) mask |= FLAG_IOPL;
  const before = c.flags;
  flagsWrite(c, c.value0 & ~FLAG_RF, mask);
  return flagsChanged(c, op, before);
}
