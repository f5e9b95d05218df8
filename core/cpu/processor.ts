/**
 * A vCPU's processor as core/vcpu sees it: made with the vCPU, given its TLB and code cache at its first run, and run
 * until something is not the processor's own business.
 */

import { ENOMEM } from "../layout/errno";
import { KVM_EXIT_SHUTDOWN } from "../layout/exits";
import { LTLB_ORDER } from "../layout/linear_tlb";
import { HOST_MAXPHYADDR } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { CR0_CD, CR0_ET, CR0_NW, EXC_NONE, FLAG_FIXED, SEG_CS, SEG_LDTR, X86 } from "../layout/x86";
import { EXEC_FAULT, EXEC_JUMP, EXEC_REFETCH, EXEC_REQUEST, EXEC_STOP } from "../layout/x86_op";
import { linearInit } from "../hw/linear_tlb";
import { kblockAlloc, kblockFree } from "../mm/kblock";
import { hasRequests } from "../sync/guest_mode";
import { segmentOf } from "./address";
import { codeFree, codeInit } from "./code_memory";
import { execute, executeOne } from "./execute";
import { privilegeChanged } from "./privilege";

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
  c.maxPhyAddr = HOST_MAXPHYADDR;
  processorReset(c);
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
  return codeInit(c) ? 0 : -ENOMEM;
}

/** Takes the processor away, if there is one. The vCPU does not run. */
export function processorFree(vcpu: Vcpu): void {
  if (vcpu.x86 == 0) return;
  const c = processorOf(vcpu);
  codeFree(c);
  if (c.ltlbBlock != 0) kblockFree(c.ltlbBlock, LTLB_ORDER);
  kblockFree(vcpu.x86, ONE_FRAME);
  vcpu.x86 = 0;
}

/** The state after RESET (Intel SDM, "Processor State After Reset"). */
function processorReset(c: X86): void {
  c.flags = FLAG_FIXED;
  c.lazyResult = 1;
  c.rip = 0xfff0;
  c.cr0 = CR0_ET | CR0_NW | CR0_CD;
  c.features = ~(<u64>0);
  c.excVector = EXC_NONE;
  for (let seg: u32 = 0; seg < SEG_LDTR; seg++) {
    const segment = segmentOf(c, seg);
    segment.limit = 0xffff;
    segment.attributes = 0x93;
  }
  const cs = segmentOf(c, SEG_CS);
  cs.selector = 0xf000;
  cs.base = 0xffff0000;
}

/**
 * Runs instructions; the vCPU is IN_GUEST.
 * @ret EXEC_STOP, EXEC_EXIT, EXEC_REQUEST, EXEC_EMULATE, EXEC_EXCLUSIVE or EXEC_CODE (layout/x86_op.ts)
 */
export function processorRun(c: X86): i32 {
  while (true) {
    const status = c.stepping != 0 ? executeOne(c) : execute(c);
    if (status == EXEC_FAULT) {
      changetype<Vcpu>(c.vcpu).exitReason = KVM_EXIT_SHUTDOWN;
      return EXEC_STOP;
    }
    if (status != EXEC_JUMP && status != EXEC_REFETCH) return status;
    if (hasRequests(changetype<Vcpu>(c.vcpu))) return EXEC_REQUEST;
  }
}
