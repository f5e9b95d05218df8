/** A vCPU's root: loading, dropping, and what the processor is told about it. */

import { ENOMEM } from "../layout/errno";
import { REQ_TLB_FLUSH } from "../layout/exits";
import { MmuPage } from "../layout/mmu_page";
import { HOST_MAXPHYADDR } from "../layout/types";
import { HW_AD, HW_EXEC_ONLY, HW_NX, HW_PAGE_1G, HW_PML, Vcpu } from "../layout/vcpu";
import { PARAM_AD, TDP_EPT, Vm } from "../layout/vm";
import { aor32, astore32 } from "../sync/atomics";
import { mmuCachesTopUp } from "./mmu_page";
import { vcpuNeedsPml } from "./pml";
import { isRootInvalid } from "./role";
import { rootAlloc, rootPut } from "./tdp_root";

/**
 * Loads a root for the vCPU's address space and guest mode, points the processor at it, and asks for a flush before the
 * guest is entered: that flush is why emptying an invalidated root needs none. The vCPU is OUTSIDE; no lock, no epoch.
 * @takes mmuLock:read @ret 0, -ENOMEM
 */
export function mmuReload(vcpu: Vcpu): i32 {
  const vm = changetype<Vm>(vcpu.vm);
  if (mmuCachesTopUp(vcpu) != 0) return -ENOMEM;
  const root = rootAlloc(vm, vcpu);
  vcpu.root = <u32>changetype<usize>(root);
  vcpu.hwRoot = root.spt;
  vcpu.hwFormat = vm.tdp;
  vcpu.hwLevels = vm.rootLevel;
  vcpu.hwMaxPhyAddr = HOST_MAXPHYADDR;
  vcpu.hwFlags = hwFlagsOf(vm, vcpu);
  aor32(changetype<usize>(vcpu) + offsetof<Vcpu>("requests"), REQ_TLB_FLUSH);
  return 0;
}

function hwFlagsOf(vm: Vm, vcpu: Vcpu): u32 {
  if (vm.tdp != TDP_EPT) return HW_AD | HW_PAGE_1G | HW_NX;
  const logging = vcpuNeedsPml(vm, vcpu) ? HW_PML : 0;
  return HW_EXEC_ONLY | HW_PAGE_1G | ((vm.params & PARAM_AD) != 0 ? HW_AD : 0) | logging;
}

/** Serves REQ_UPDATE_DIRTY_LOGGING: logging began or ended in the VM. A vCPU without a root finds out when it loads one. */
export function mmuUpdateDirtyLogging(vcpu: Vcpu): void {
  if (vcpu.hwRoot != 0) vcpu.hwFlags = hwFlagsOf(changetype<Vm>(vcpu.vm), vcpu);
}

/** Drops the vCPU's root. It is OUTSIDE, and reloads before it enters again. */
export function mmuUnload(vcpu: Vcpu): void {
  if (vcpu.root == 0) return;
  const root = changetype<MmuPage>(vcpu.root);
  vcpu.hwRoot = 0;
  astore32(changetype<usize>(vcpu) + offsetof<Vcpu>("root"), 0);
  rootPut(changetype<Vm>(vcpu.vm), root);
}

/** Serves REQ_FREE_OBSOLETE_ROOTS: drops the root if it was invalidated. */
export function mmuFreeObsoleteRoots(vcpu: Vcpu): void {
  if (vcpu.root != 0 && isRootInvalid(changetype<MmuPage>(vcpu.root))) mmuUnload(vcpu);
}
