/** What follows when TF, IF or AC of RFLAGS have changed; CLI, STI. */

import { EXEC_NEXT, EXEC_REFETCH, Op } from "../../layout/x86_op";
import {
  FLAG_AC,
  FLAG_ID,
  FLAG_IF,
  FLAG_IOPL,
  FLAG_NT,
  FLAG_RF,
  FLAG_TF,
  FLAG_DF,
  FLAG_VIF,
  FLAG_VIP,
  FLAGS_STATUS,
  INHIBIT_STI,
  X86,
} from "../../layout/x86";
import { STEPPING_BREAKPOINTS, STEPPING_TF } from "../../layout/x86_system";
import { raiseGp } from "../exceptions";
import { opNextRip } from "../rip";
import { privilegeChanged } from "../privilege";
import { iopl, isReal } from "./modes";

/** Bits that POPF and IRET of 16 bits load at any privilege. */
const FLAGS_ANY: u64 = FLAGS_STATUS | FLAG_TF | FLAG_DF | FLAG_NT;

/** Bits of RFLAGS that IRET of `size` bytes may load at level `cpl`. */
export function flagsIretMask(c: X86, size: u32, cpl: u32): u64 {
  let mask = FLAGS_ANY;
  if (size != 2) mask |= FLAG_AC | FLAG_ID;
  // RF matters while there are breakpoints; else it would only cost a single step to clear it again.
  if (size != 2 && (c.stepping & STEPPING_BREAKPOINTS) != 0) mask |= FLAG_RF;
  if (isReal(c) || cpl <= iopl(c)) mask |= FLAG_IF;
  if (cpl == 0) mask |= FLAG_IOPL;
  if (cpl == 0 && size != 2) mask |= FLAG_VIF | FLAG_VIP;
  return mask;
}

/** X86.stepping follows TF. */
export function steppingFollowTf(c: X86): void {
  if ((c.flags & FLAG_TF) != 0) c.stepping |= STEPPING_TF;
  else c.stepping &= ~STEPPING_TF;
}

/**
 * After `op` has written RFLAGS, which were `before`: what TF, IF and AC imply.
 * @ret what the handler returns
 */
export function flagsChanged(c: X86, op: Op, before: u64): i32 {
  const changed = (before ^ c.flags) & (FLAG_TF | FLAG_IF | FLAG_AC);
  if (changed == 0) return EXEC_NEXT;
  if ((changed & FLAG_AC) != 0) privilegeChanged(c);
  const isInterruptDue = (c.flags & FLAG_IF) != 0 && (c.irqPending | c.irqWindow) != 0;
  if ((changed & (FLAG_TF | FLAG_AC)) == 0 && !isInterruptDue) return EXEC_NEXT;
  steppingFollowTf(c);
  c.rip = opNextRip(c, op);
  return EXEC_REFETCH;
}

/** Whether CLI and STI may change IF (Intel SDM, "CLI", without virtual interrupts). */
function mayChangeIf(c: X86): bool {
  return isReal(c) || c.cpl <= iopl(c);
}

export function cli(c: X86, op: Op): i32 {
  if (!mayChangeIf(c)) return raiseGp(c, 0);
  c.flags &= ~FLAG_IF;
  return EXEC_NEXT;
}

/** Interrupts wait until after the next instruction, if IF was clear. */
export function sti(c: X86, op: Op): i32 {
  if (!mayChangeIf(c)) return raiseGp(c, 0);
  if ((c.flags & FLAG_IF) != 0) return EXEC_NEXT;
  c.flags |= FLAG_IF;
  const next = opNextRip(c, op);
  c.inhibit = INHIBIT_STI;
  c.inhibitRip = next;
  if ((c.irqPending | c.irqWindow) == 0) return EXEC_NEXT;
  c.rip = next;
  return EXEC_REFETCH;
}
