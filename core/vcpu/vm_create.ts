/**
 * Makes and unmakes virtual machines: KVM_CREATE_VM and the last close of its descriptor. A Vm owns its VmCpu areas, its
 * vCPU array and, through mmu/, its tables and slots; after vmDestroy nothing of it is allocated. The address space it
 * maps outlives it.
 */

import { LAB } from "../layout/build";
import { EBUSY, EINVAL, ENOMEM } from "../layout/errno";
import { System, SYSTEM_BASE, system } from "../layout/system";
import { PARAM_LA57, TDP_NPT, VM_BYTES, Vm, VMCPU_STRIDE, MAX_VCPUS } from "../layout/vm";
import { Vcpu } from "../layout/vcpu";
import { mmGet, mmPut } from "../hostmm/mm_ref";
import { kblockAlloc, kblockFree, kblockOrder } from "../mm/kblock";
import { kalloc, kfree } from "../mm/slab";
import { mmuVmDestroy, mmuVmInit } from "../mmu/vm";
import { aadd32, aload32 } from "../sync/atomics";
import { vmVcpu } from "../sync/guest_mode";
import { portRegister } from "./port";
import { vcpuDestroy, vcpusHide } from "./vcpu_create";
import { vmLink, vmUnlink } from "./vm_list";

/** Bytes of the vCPU array: a frame. */
const VCPU_ARRAY_ORDER: u32 = 0;
if (MAX_VCPUS * 4 > 4096) ERROR("the vCPU array is one frame");

/**
 * A VM over address space `mm`. `tdp`: TDP_EPT or TDP_NPT; `params`: PARAM_*, sampled now.
 * @ret its address, or -EINVAL (unknown format), -ENOMEM
 */
export function vmCreate(mm: u32, tdp: u32, params: u32): u32 {
  if (mm == 0 || tdp > TDP_NPT) return -EINVAL;
  const vm = changetype<Vm>(kalloc(VM_BYTES));
  if (changetype<usize>(vm) == 0) return -ENOMEM;
  vm.id = aadd32(SYSTEM_BASE + offsetof<System>("nextVmId"), 1);
  vm.mm = mm;
  vm.tdp = tdp;
  vm.params = params;
  vm.rootLevel = (params & PARAM_LA57) != 0 ? 5 : 4;
  const r = allocateParts(vm);
  if (r < 0) {
    freeParts(vm);
    return r;
  }
  if (!LAB) portRegister();
  mmGet(mm);
  vmLink(vm);
  return <u32>changetype<usize>(vm);
}

/** What may fail; freeParts undoes any part of it. */
function allocateParts(vm: Vm): i32 {
  vm.perCpuOrder = kblockOrder(system().nCpus * VMCPU_STRIDE);
  vm.perCpu = <u32>kblockAlloc(vm.perCpuOrder);
  vm.vcpus = <u32>kblockAlloc(VCPU_ARRAY_ORDER);
  if (vm.perCpu == 0 || vm.vcpus == 0) return -ENOMEM;
  return mmuVmInit(vm);
}

function freeParts(vm: Vm): void {
  if (vm.perCpu != 0) kblockFree(vm.perCpu, vm.perCpuOrder);
  if (vm.vcpus != 0) kblockFree(vm.vcpus, VCPU_ARRAY_ORDER);
  kfree(changetype<usize>(vm));
}

/** Destroys the VM with its vCPUs, tables and slots. -EBUSY: a vCPU runs. Waits for a grace period; holds nothing. */
export function vmDestroy(vm: Vm): i32 {
  const n = vm.vcpuCount;
  for (let i: u32 = 0; i < n; i++) {
    if (aload32(changetype<usize>(vmVcpu(vm, i)) + offsetof<Vcpu>("running")) != 0) return -EBUSY;
  }
  vmUnlink(vm);
  vcpusHide(vm);
  for (let i: u32 = 0; i < n; i++) vcpuDestroy(vmVcpu(vm, i));
  vm.vcpuCount = 0;
  mmuVmDestroy(vm);
  mmPut(vm.mm);
  freeParts(vm);
  return 0;
}
