/**
 * A vCPU's processor as core/vcpu sees it: made with the vCPU, given its TLB and code cache at its first run, and run
 * until something is not the processor's own business.
 */

import { CODE_BLOCK_OPS } from "../layout/code_cache";
import { ENOMEM } from "../layout/errno";
import { EXIT_INSTRUCTION_LIMIT } from "../layout/exits";
import { LTLB_ORDER } from "../layout/linear_tlb";
import { Vcpu } from "../layout/vcpu";
import { X86 } from "../layout/x86";
import { EXEC_FAULT, EXEC_JUMP, EXEC_NEXT, EXEC_REFETCH, EXEC_REQUEST, EXEC_STOP } from "../layout/x86_op";
import { linearInit } from "../hw/linear_tlb";
import { kblockAlloc, kblockFree } from "../mm/kblock";
import { hasRequests } from "../sync/guest_mode";
import { codeCacheOf, codeFree, codeInit } from "./code_memory";
import { codeUnwatch, codeWatch } from "./code_written";
import { cpuidApply } from "./cpuid";
import { eventsDeliver } from "./events";
import { execute, EXECUTE_BLOCKS, executeOne } from "./execute";
import { privilegeChanged } from "./privilege";
import { debugAfter, debugBefore } from "./system/debug";
import { resetPowerOn } from "./system/reset";

const ONE_FRAME: u32 = 0;

// @ts-ignore: decorator
@inline
export function processorOf(vcpu: Vcpu): X86 {
  return changetype<X86>(vcpu.x86);
}

/** Gives `vcpu` a processor, reset. @ret 0 or -ENOMEM */
export function processorCreate(vcpu: Vcpu): i32 {
  vcpu.x86 = <u32>kblockAlloc(ONE_FRAME);
  if (vcpu.x86 == 0) return -ENOMEM;
  const c = processorOf(vcpu);
  c.vcpu = <u32>changetype<usize>(vcpu);
  cpuidApply(c);
  resetPowerOn(c);
  return 0;
}

/** What the first run needs. @ret 0, or -ENOMEM: what there is stays, for another try */
export function processorStart(c: X86): i32 {
  if (c.ltlbBlock == 0) {
    const block = kblockAlloc(LTLB_ORDER);
    if (block == 0) return -ENOMEM;
    linearInit(c, block);
    privilegeChanged(c);
  }
  if (!codeInit(c)) return -ENOMEM;
  return codeCacheOf(c).slot != 0 || codeWatch(c) ? 0 : -ENOMEM;
}

/** Before processorFree, by a grace period: nobody finds the processor's code cache from now on. */
export function processorHide(vcpu: Vcpu): void {
  if (vcpu.x86 != 0) codeUnwatch(processorOf(vcpu));
}

/** Takes the processor away, if there is one. The vCPU does not run. */
export function processorFree(vcpu: Vcpu): void {
  if (vcpu.x86 == 0) return;
  const c = processorOf(vcpu);
  codeFree(c);
  if (c.cpuidBase != 0) kblockFree(c.cpuidBase, ONE_FRAME);
  if (c.ltlbBlock != 0) kblockFree(c.ltlbBlock, LTLB_ORDER);
  kblockFree(vcpu.x86, ONE_FRAME);
  vcpu.x86 = 0;
}

/**
 * Runs instructions, and delivers events between them; the vCPU is IN_GUEST.
 * @ret EXEC_STOP, EXEC_EXIT, EXEC_REQUEST, EXEC_EMULATE, EXEC_EXCLUSIVE or EXEC_CODE (layout/x86_op.ts)
 */
export function processorRun(c: X86): i32 {
  while (true) {
    let status = eventsDeliver(c);
    if (status == EXEC_NEXT) {
      if (c.retiredLimit != 0) status = limited(c);
      else status = c.stepping != 0 ? processorStep(c) : execute(c, EXECUTE_BLOCKS);
    }
    if (status == EXEC_FAULT) continue;
    if (status != EXEC_JUMP && status != EXEC_REFETCH) return status;
    if (hasRequests(changetype<Vcpu>(c.vcpu))) return EXEC_REQUEST;
  }
}

/** As far as X86.retiredLimit, and no further: whole blocks while it is out of their reach, then single instructions. */
function limited(c: X86): i32 {
  const left = c.retiredLimit - c.retired;
  if (left == 0) {
    changetype<Vcpu>(c.vcpu).exitReason = EXIT_INSTRUCTION_LIMIT;
    return EXEC_STOP;
  }
  const blocks = left / CODE_BLOCK_OPS;
  if (blocks == 0 || c.stepping != 0) return processorStep(c);
  return execute(c, blocks < EXECUTE_BLOCKS ? <u32>blocks : EXECUTE_BLOCKS);
}

/** One instruction, with what debugging has to do around it. */
export function processorStep(c: X86): i32 {
  if (debugBefore(c) == EXEC_FAULT) return EXEC_FAULT;
  const status = executeOne(c);
  if (status == EXEC_JUMP || status == EXEC_STOP || status == EXEC_REFETCH) debugAfter(c);
  return status;
}
