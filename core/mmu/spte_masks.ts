/** The SPTE masks of a VM, by its kind of second dimension. Fixed at creation; the VM's parameters are set before. */

import { TDP_EPT, Vm } from "../layout/vm";

const EPT_R: u64 = 1;
const EPT_X: u64 = 1 << 2;
const EPT_RWX: u64 = 7;
const EPT_MEMTYPE_WB: u64 = 6 << 3;
const EPT_IPAT: u64 = 1 << 6;
const EPT_SUPPRESS_VE: u64 = (<u64>1) << 63;
/** W and X without R: a misconfiguration whatever the processor supports. */
const EPT_MMIO_VALUE: u64 = 6;

const NPT_P: u64 = 1;
const NPT_U: u64 = 1 << 2;
const NPT_NX: u64 = (<u64>1) << 63;
const NPT_RESERVED_51: u64 = (<u64>1) << 51;

/** The modelled processor can map execute-only, so R comes from the access, not from presence. */
export function spteMasksInit(vm: Vm): void {
  if (vm.tdp == TDP_EPT) initEpt(vm);
  else initNpt(vm);
}

function initEpt(vm: Vm): void {
  vm.presentMask = EPT_SUPPRESS_VE;
  vm.userMask = EPT_R;
  vm.xMask = EPT_X;
  vm.nxMask = 0;
  vm.accessedMask = 1 << 8;
  vm.dirtyMask = 1 << 9;
  vm.hostWritableMask = (<u64>1) << 57;
  vm.mmuWritableMask = (<u64>1) << 58;
  vm.accTrackMask = EPT_RWX;
  // Guest PAT is ignored: no device of ours does non-coherent DMA.
  vm.memtypeMask = EPT_MEMTYPE_WB | EPT_IPAT;
  vm.mmioValue = EPT_MMIO_VALUE;
  vm.mmioMask = EPT_RWX | EPT_SUPPRESS_VE;
  vm.mmioAccessMask = 0;
}

function initNpt(vm: Vm): void {
  vm.presentMask = NPT_P;
  vm.userMask = NPT_U;
  vm.xMask = 0;
  vm.nxMask = NPT_NX;
  vm.accessedMask = 1 << 5;
  vm.dirtyMask = 1 << 6;
  vm.hostWritableMask = 1 << 9;
  vm.mmuWritableMask = 1 << 10;
  vm.accTrackMask = 0;
  vm.memtypeMask = 0; // PAT entry 0 is write-back
  vm.mmioValue = NPT_RESERVED_51 | NPT_P;
  vm.mmioMask = NPT_RESERVED_51 | NPT_P;
  vm.mmioAccessMask = (1 << 1) | NPT_U;
}
