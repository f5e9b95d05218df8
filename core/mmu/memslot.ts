/** Looking memory slots up. A Memslots and its slots are immutable; the epoch keeps what was found alive. */

import { Memslot, Memslots } from "../layout/memslot";
import { Gfn, Hva } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { aload32, aload64 } from "../sync/atomics";
import { assertEpoch } from "../sync/epoch";

/** The current slots of address space `asId`. @epoch, or slotsLock held */
// @ts-ignore: decorator
@inline
export function vmMemslots(vm: Vm, asId: u32): Memslots {
  return changetype<Memslots>(aload32(changetype<usize>(vm) + offsetof<Vm>("memslots0") + asId * 4));
}

/** The generation of a set of slots, with the in-progress bit. */
// @ts-ignore: decorator
@inline
export function memslotsGeneration(slots: Memslots): u64 {
  return aload64(changetype<usize>(slots) + offsetof<Memslots>("generation"));
}

/** Index in the gfn order of the last slot that begins at or below `gfn`; -1 if none does. */
export function memslotsLowerIndex(slots: Memslots, gfn: Gfn): i32 {
  let low: i32 = -1;
  let high: i32 = <i32>slots.count;
  while (high - low > 1) {
    const mid = (low + high) >> 1;
    if (memslotByGfn(slots, mid).baseGfn <= gfn) low = mid;
    else high = mid;
  }
  return low;
}

// @ts-ignore: decorator
@inline
export function memslotByGfn(slots: Memslots, index: u32): Memslot {
  return changetype<Memslot>(load<u32>(slots.byGfn + index * 4));
}

// @ts-ignore: decorator
@inline
function covers(slot: Memslot, gfn: Gfn): bool {
  return gfn - slot.baseGfn < slot.nPages;
}

/** The slot that covers `gfn`, or null. */
export function memslotsFind(slots: Memslots, gfn: Gfn): Memslot | null {
  const i = memslotsLowerIndex(slots, gfn);
  if (i < 0) return null;
  const slot = memslotByGfn(slots, i);
  return covers(slot, gfn) ? slot : null;
}

/** The slot of address space `asId` that covers `gfn`, or null. @epoch */
export function memslotFind(vm: Vm, asId: u32, gfn: Gfn): Memslot | null {
  assertEpoch();
  return memslotsFind(vmMemslots(vm, asId), gfn);
}

/** The same for a fault, with the vCPU's memory of the last one: generations are unique, so a match is never stale. @epoch */
// @ts-ignore: decorator
@inline
export function vcpuMemslotFind(vm: Vm, vcpu: Vcpu, gfn: Gfn): Memslot | null {
  const slots = vmMemslots(vm, vcpu.asId);
  if (memslotsGeneration(slots) == vcpu.lastSlotsGeneration) {
    const last = changetype<Memslot>(vcpu.lastSlot);
    if (covers(last, gfn)) return last;
  }
  return vcpuMemslotFindSlow(vcpu, slots, gfn);
}

function vcpuMemslotFindSlow(vcpu: Vcpu, slots: Memslots, gfn: Gfn): Memslot | null {
  const slot = memslotsFind(slots, gfn);
  if (slot !== null) {
    vcpu.lastSlot = <u32>changetype<usize>(slot);
    vcpu.lastSlotsGeneration = memslotsGeneration(slots);
  }
  return slot;
}

/** Index in the hva order just past the last slot that begins below `endHva`. */
export function memslotsHvaUpper(slots: Memslots, endHva: Hva): u32 {
  let low: u32 = 0;
  let high: u32 = slots.count;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (changetype<Memslot>(load<u32>(slots.byHva + mid * 4)).userspaceAddr < endHva) low = mid + 1;
    else high = mid;
  }
  return low;
}

/**
 * The next slot, going down the hva order from `index` (exclusive), that overlaps [startHva, ...); 0 = none left.
 * Returns its index + 1, to be handed in again.
 *
 *   for (let i = memslotsHvaPrev(s, memslotsHvaUpper(s, end), start); i != 0; i = memslotsHvaPrev(s, i - 1, start))
 *     slot = memslotByHva(s, i - 1)
 */
export function memslotsHvaPrev(slots: Memslots, index: u32, startHva: Hva): u32 {
  while (index > 0) {
    // Nothing at or below reaches up to startHva.
    if (load<u64>(slots.hvaMaxEnd + (index - 1) * 8) <= startHva) return 0;
    const slot = memslotByHva(slots, index - 1);
    if (slot.userspaceAddr + (slot.nPages << 12) > startHva) return index;
    index--;
  }
  return 0;
}

// @ts-ignore: decorator
@inline
export function memslotByHva(slots: Memslots, index: u32): Memslot {
  return changetype<Memslot>(load<u32>(slots.byHva + index * 4));
}

/** The host virtual address behind `gfn` of `slot`. */
// @ts-ignore: decorator
@inline
export function memslotHva(slot: Memslot, gfn: Gfn): Hva {
  return slot.userspaceAddr + ((gfn - slot.baseGfn) << 12);
}
