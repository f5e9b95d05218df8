/**
 * The executor: runs decoded instructions from X86.rip on, until something is the caller's to do.
 *
 * Guarantee: when it returns, X86.rip and X86.retired are exact and every instruction is done whole or not at all (a REP
 * between two iterations). The loop itself is generated (generated/loop.ts, by tools/isa/loop.mjs); here is what happens
 * where it leaves a block.
 */

import { X86 } from "../layout/x86";
import {
  EXEC_CHAIN,
  EXEC_JUMP,
  EXEC_LOOKUP,
  EXEC_NEXT,
  EXEC_REFETCH,
  EXEC_REQUEST,
  EXEC_STOP,
  Op,
} from "../layout/x86_op";
import { Vcpu } from "../layout/vcpu";
import { hasRequests } from "../sync/guest_mode";
import { codeAt, codeAtAgain, codeUncached } from "./code_cache";
import { codeCacheOf, codeForgetJumps } from "./code_memory";
import { codePageEnter, NO_PAGE } from "./code_page";
import { executeLoop } from "./generated/loop";
import { codeLinear, opNextRip, opRip } from "./rip";

/** Blocks until the loop is left, so that V8 may go over to better code for it: there is no replacement on the stack. */
export const EXECUTE_BLOCKS: u32 = 20000;

/**
 * Runs at most `blocks` blocks (not 0, nor more than EXECUTE_BLOCKS), of CODE_BLOCK_OPS instructions at most, until one of:
 *   EXEC_JUMP      nothing in particular: call again
 *   EXEC_FAULT     an exception is to be delivered
 *   EXEC_STOP, EXEC_REFETCH, EXEC_REQUEST, EXEC_EXIT, EXEC_EMULATE, EXEC_EXCLUSIVE, EXEC_CODE: as layout/x86_op.ts says
 * The vCPU is IN_GUEST.
 */
export function execute(c: X86, blocks: u32): i32 {
  codeForgetJumps(c);
  c.pageLinear = NO_PAGE;
  const op = codeAt(c);
  return changetype<usize>(op) == 0 ? c.codeStatus : executeLoop(c, op, blocks);
}

/** Runs one instruction, decoded afresh. @ret EXEC_JUMP: it is done; others as execute */
export function executeOne(c: X86): i32 {
  c.pageLinear = NO_PAGE;
  const entered = codePageEnter(c, codeLinear(c));
  if (entered != EXEC_NEXT) return entered;
  const op = codeUncached(c, codeLinear(c));
  if (changetype<usize>(op) == 0) return c.codeStatus;
  const status = call_indirect<i32>(op.fn, c, op);
  if (status == EXEC_NEXT) c.rip = opNextRip(c, op);
  else if (!isDone(status)) {
    c.rip = opRip(c, op);
    return status;
  }
  c.retired++;
  return status == EXEC_NEXT ? EXEC_JUMP : status;
}

/** Whether an instruction that gave `status` has set X86.rip and is over. */
// @ts-ignore: decorator
@inline
function isDone(status: i32): bool {
  return status == EXEC_JUMP || status == EXEC_STOP || status == EXEC_REFETCH;
}

/**
 * The loop is at `op`, which gave `status`: not EXEC_NEXT, and EXEC_CHAIN only where the target's op is not known or
 * others have priority. `blocks`: that may still be run.
 * @ret the op to go on with, or 0: X86.codeStatus is what executeLoop returns
 */
export function executeLeave(c: X86, op: Op, status: i32, blocks: u32): Op {
  if (status == EXEC_JUMP || status == EXEC_CHAIN) {
    c.retired += op.count;
    if (status == EXEC_CHAIN) c.rip = opNextRip(c, op) + op.imm;
  } else if (status == EXEC_LOOKUP) {
    c.retired += op.count - 1;
    c.rip = opRip(c, op);
  } else {
    leaveFor(c, op, status);
    return changetype<Op>(0);
  }
  c.codeStatus = EXEC_JUMP;
  if (blocks == 0) return changetype<Op>(0);
  c.codeStatus = EXEC_REQUEST;
  if (hasRequests(changetype<Vcpu>(c.vcpu))) return changetype<Op>(0);
  if (status == EXEC_CHAIN) return chain(c, op);
  return status == EXEC_LOOKUP ? codeAtAgain(c) : codeAt(c);
}

function leaveFor(c: X86, op: Op, status: i32): void {
  c.codeStatus = status;
  c.retired += op.count;
  if (isDone(status)) return;
  c.retired--;
  c.rip = opRip(c, op);
}

/** Finds the target of a branch within its page, and has the branch remember it. */
function chain(c: X86, op: Op): Op {
  const flushes = codeCacheOf(c).flushes;
  const target = codeAt(c);
  // If everything was dropped on the way, so was the branch.
  if (changetype<usize>(target) != 0 && codeCacheOf(c).flushes == flushes) op.fn = <u32>changetype<usize>(target);
  return target;
}
