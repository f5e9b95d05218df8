/** Leaving guest mode, for whoever has run the guest. */

import { PML_INDEX_START } from "../layout/hw";
import { Vcpu } from "../layout/vcpu";
import { pmlDrain } from "../mmu/pml";
import { guestLeave } from "../sync/guest_mode";

/** IN_GUEST -> OUTSIDE, as guestLeave; what the processor logged is in the dirty log before anybody sees the vCPU OUTSIDE. */
// @ts-ignore: decorator
@inline
export function vcpuLeave(vcpu: Vcpu): void {
  if (vcpu.hwPmlIndex != PML_INDEX_START) pmlDrain(vcpu);
  guestLeave(vcpu);
}
