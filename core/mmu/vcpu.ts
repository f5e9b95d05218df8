/** What the MMU keeps for a vCPU: caches and a root. */

import { Vcpu } from "../layout/vcpu";
import { mmuUnload } from "./mmu";
import { mmuCachesFree } from "./mmu_page";

/** The vCPU struct is zeroed: no root, empty caches, an impossible generation for "last slot". */
export function mmuVcpuInit(vcpu: Vcpu): void {
  vcpu.lastSlotsGeneration = u64.MAX_VALUE;
}

/** Gives everything back. The vCPU does not run any more. */
export function mmuVcpuDestroy(vcpu: Vcpu): void {
  mmuUnload(vcpu);
  mmuCachesFree(vcpu);
}
