/** Accesses to addresses without memory: the vCPU's one-entry cache, and MMIO SPTEs met by the processor. */

import { RET_PF_EMULATE, RET_PF_INVALID, RET_PF_RETRY } from "../layout/exits";
import { GEN_UPDATE_IN_PROGRESS } from "../layout/memslot";
import { Gfn, Gpa, PAGE_SHIFT } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { thisCpu } from "../sync/this_cpu";
import { walkToLeaf } from "./fast_fault";
import { memslotsGeneration, vmMemslots } from "./memslot";
import { isMmioSpteCurrent, mmioSpteAccess, mmioSpteGeneration } from "./mmio_spte";
import { isMmioSpte } from "./spte";
import { traceCheckMmioSpte, traceHandleMmioPageFault } from "./tracepoints";

/** Remembers that `gfn` has no memory under `generation`. Not while an update is in progress, nor for a nested guest. */
export function mmioCacheFill(vcpu: Vcpu, gfn: Gfn, generation: u64): void {
  if ((generation & GEN_UPDATE_IN_PROGRESS) != 0 || vcpu.guestMode != 0) return;
  vcpu.mmioGfn = gfn + 1;
  vcpu.mmioGeneration = generation;
}

function isCached(vcpu: Vcpu, gfn: Gfn, generation: u64): bool {
  return vcpu.mmioGfn == gfn + 1 && vcpu.mmioGeneration == generation;
}

/**
 * The processor found a misconfigured or reserved entry at `gpa`. @epoch
 * @ret RET_PF_EMULATE: it is MMIO; RET_PF_INVALID: it was, under other slots: take the full fault; RET_PF_RETRY: it is none (any more)
 */
export function handleMmioFault(vcpu: Vcpu, gpa: Gpa): i32 {
  const vm = changetype<Vm>(vcpu.vm);
  const gfn = gpa >> PAGE_SHIFT;
  const generation = memslotsGeneration(vmMemslots(vm, vcpu.asId));
  // A nested guest's addresses are not ours.
  if (vcpu.guestMode == 0 && isCached(vcpu, gfn, generation)) return RET_PF_EMULATE;
  if (walkToLeaf(vcpu, gfn) == 0) return RET_PF_RETRY;
  const spte = thisCpu().ret1;
  if (!isMmioSpte(vm, spte)) return RET_PF_RETRY;
  traceCheckMmioSpte(vcpu, generation, mmioSpteGeneration(spte), spte);
  if (!isMmioSpteCurrent(spte, generation)) return RET_PF_INVALID;
  traceHandleMmioPageFault(vcpu, gpa, gfn, mmioSpteAccess(vm, spte));
  mmioCacheFill(vcpu, gfn, generation);
  return RET_PF_EMULATE;
}
