/**
 * Page-modification logging (Intel SDM, "Page-Modification Logging"): while a VM logs, its vCPUs' processors append the
 * address of each page whose Dirty bit they set to a buffer of their own.
 *
 * Guarantee: a vCPU that is seen OUTSIDE the guest has its buffer drained into the log. That is why the buffer is
 * drained before the vCPU publishes OUTSIDE, and why whoever wants to read a complete log only has to wait until
 * every vCPU has left the guest once (pmlCollect). KVM kicks the vCPUs and reads on without waiting.
 *
 * The processor logs what the second dimension translates, which in a nested guest is not our guest's address: a
 * guest_mode root has PML off, and its entries (SPTE_AD_WRPROT_ONLY) are write-protected instead.
 */

import { PML_ENTRIES, PML_INDEX_START } from "../layout/hw";
import { REQ_UPDATE_DIRTY_LOGGING } from "../layout/exits";
import { PAGE_SHIFT } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { aadd32, aload32 } from "../sync/atomics";
import { epochEnter, epochExit } from "../sync/epoch";
import { guestBarrier, vmRequestAll } from "../sync/guest_mode";
import { assertSpinHeld } from "../sync/spinlock";
import { markGfnDirty } from "./dirty";
import { memslotFind } from "./memslot";
import { vmSlotsLock } from "./mmu_lock";
import { vmHasPml } from "./spte";

/** Whether the processor has to log for `vcpu` in its present role. */
export function vcpuNeedsPml(vm: Vm, vcpu: Vcpu): bool {
  return vcpu.guestMode == 0 && vmHasPml(vm) && aload32(changetype<usize>(vm) + offsetof<Vm>("loggedSlots")) != 0;
}

/**
 * One more slot is going to be logged; before it is published, or its Dirty bits are cleared. When this returns every
 * processor logs: one that did not yet could set a Dirty bit just cleared, and later writes would go unnoticed.
 * @holds slotsLock
 */
export function loggingBegin(vm: Vm): void {
  assertSpinHeld(vmSlotsLock(vm));
  if (aadd32(changetype<usize>(vm) + offsetof<Vm>("loggedSlots"), 1) != 0 || !vmHasPml(vm)) return;
  vmRequestAll(vm, REQ_UPDATE_DIRTY_LOGGING);
  guestBarrier(vm);
}

/** A slot is logged no more; after that was published. Nobody waits: what is still logged finds no log. @holds slotsLock */
export function loggingEnd(vm: Vm): void {
  assertSpinHeld(vmSlotsLock(vm));
  if (aadd32(changetype<usize>(vm) + offsetof<Vm>("loggedSlots"), -1) != 1 || !vmHasPml(vm)) return;
  vmRequestAll(vm, REQ_UPDATE_DIRTY_LOGGING);
}

/** When this returns, every write that the guest finished before the call is in the log. */
export function pmlCollect(vm: Vm): void {
  if (vmHasPml(vm)) guestBarrier(vm);
}

/**
 * Moves what the processor logged into the slots' logs, oldest first. By the vCPU's own thread, still IN_GUEST: it holds
 * up who waits for it to leave for the time of at most PML_ENTRIES marks, and waits for nobody.
 * @takes epoch
 */
export function pmlDrain(vcpu: Vcpu): void {
  const vm = changetype<Vm>(vcpu.vm);
  // The index counts down and names the next free entry; beyond the last it wraps to PML_INDEX_FULL.
  const used = PML_INDEX_START - (vcpu.hwPmlIndex < PML_ENTRIES ? vcpu.hwPmlIndex : <u32>-1);
  epochEnter();
  for (let i: u32 = 0; i < used; i++) {
    const gfn = load<u64>(vcpu.hwPmlBase + ((PML_INDEX_START - i) << 3)) >> PAGE_SHIFT;
    const slot = memslotFind(vm, vcpu.asId, gfn);
    if (slot !== null) markGfnDirty(vm, vcpu, slot, gfn);
  }
  epochExit();
  vcpu.hwPmlIndex = PML_INDEX_START;
}
