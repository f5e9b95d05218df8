/**
 * Dirty rings (KVM_CAP_DIRTY_LOG_RING): each vCPU logs the pages it writes in a ring of its own, which userspace reads
 * without a call while the vCPU runs; dirtyRingsReset then protects those pages anew and frees their entries.
 *
 * Guarantee: no entry is lost or overwritten. A vCPU whose ring has reached the soft limit exits with
 * KVM_EXIT_DIRTY_RING_FULL until entries are freed; up to the end of the ring there is room for all that a vCPU logs
 * between two looks at its requests. A caller that never looks at them finds the ring full, and marks the slot's bitmap.
 *
 * Writers: the vCPU's own thread pushes; userspace sets RESET; under slotsLock the reset frees. Writes that no vCPU
 * made go to the slots' bitmaps, as with KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP: the dirty-log calls collect those.
 */

import { Cpu } from "../layout/cpu";
import {
  DIRTY_GFN_F_DIRTY,
  DIRTY_GFN_F_RESET,
  DIRTY_GFN_SHIFT,
  DIRTY_RING_MAX_ENTRIES,
  DIRTY_RING_MIN_ENTRIES,
  DIRTY_RING_RSVD_ENTRIES,
  DirtyGfn,
} from "../layout/dirty_ring";
import { EINVAL } from "../layout/errno";
import { REQ_DIRTY_RING_FULL } from "../layout/exits";
import { PML_ENTRIES } from "../layout/hw";
import { Memslot } from "../layout/memslot";
import { Vcpu } from "../layout/vcpu";
import { ADDRESS_SPACES, Vm } from "../layout/vm";
import { aadd32, aload32, aor32, astore32 } from "../sync/atomics";
import { remoteFlush, vmVcpu, vmVcpuCount } from "../sync/guest_mode";
import { rwWriteContended, writeLock, writeUnlock } from "../sync/rwlock";
import { assertSpinHeld, spinLock, spinUnlock } from "../sync/spinlock";
import { thisCpu } from "../sync/this_cpu";
import { clearDirtyPtMasked } from "./clear_dirty";
import { memslotById } from "./memslot_array";
import { vmMemslots } from "./memslot";
import { vmMmuLock, vmSlotsLock } from "./mmu_lock";
import { roleAsId, rootRole } from "./role";
import { vmHasPml } from "./spte";
import { rootNext, ROOTS_VALID } from "./tdp_root";
import { traceDirtyRingPush, traceDirtyRingReset } from "./tracepoints";

/**
 * Gives each vCPU created from now on a ring of `entries` entries. Once, before the first vCPU.
 * @takes slotsLock @ret 0; -EINVAL: no power of two, out of range, no more than is reserved, set already, or too late
 */
export function vmSetDirtyRing(vm: Vm, entries: u32): i32 {
  const reserved = DIRTY_RING_RSVD_ENTRIES + (vmHasPml(vm) ? PML_ENTRIES : 0);
  if ((entries & (entries - 1)) != 0 || entries < DIRTY_RING_MIN_ENTRIES || entries > DIRTY_RING_MAX_ENTRIES)
    return -EINVAL;
  if (entries <= reserved) return -EINVAL;
  spinLock(vmSlotsLock(vm));
  const r = setRingLocked(vm, entries, entries - reserved);
  spinUnlock(vmSlotsLock(vm));
  return r;
}

/** @holds slotsLock */
function setRingLocked(vm: Vm, entries: u32, softLimit: u32): i32 {
  assertSpinHeld(vmSlotsLock(vm));
  if (vm.vcpuCount != 0 || vm.ringEntries != 0) return -EINVAL;
  vm.ringSoftLimit = softLimit;
  vm.ringEntries = entries;
  return 0;
}

/** The entry that index `index` (counted for ever, modulo 2^32) falls on. */
// @ts-ignore: decorator
@inline
function entryAt(vm: Vm, vcpu: Vcpu, index: u32): DirtyGfn {
  return changetype<DirtyGfn>(<usize>vcpu.ringBase + ((index & (vm.ringEntries - 1)) << DIRTY_GFN_SHIFT));
}

// @ts-ignore: decorator
@inline
function flagsOf(entry: DirtyGfn): usize {
  return changetype<usize>(entry) + offsetof<DirtyGfn>("flags");
}

/** Entries that are not free. */
// @ts-ignore: decorator
@inline
function ringUsed(vcpu: Vcpu): u32 {
  return vcpu.ringDirtyIndex - aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("ringResetIndex"));
}

/** Whether the vCPU must not enter the guest before entries are freed. */
export function ringIsSoftFull(vm: Vm, vcpu: Vcpu): bool {
  return vm.ringEntries != 0 && ringUsed(vcpu) >= vm.ringSoftLimit;
}

/** Logs page `page` of `slot` in the ring of `vcpu`, whose thread calls. False: there is no room at all. */
export function ringPush(vm: Vm, vcpu: Vcpu, slot: Memslot, page: u64): bool {
  const used = ringUsed(vcpu);
  if (used >= vm.ringEntries) return false;
  const index = vcpu.ringDirtyIndex;
  const entry = entryAt(vm, vcpu, index);
  entry.slot = ((<u32>slot.asId) << 16) | slot.id;
  entry.offset = page;
  // Userspace may read the entry from here on.
  astore32(flagsOf(entry), DIRTY_GFN_F_DIRTY);
  vcpu.ringDirtyIndex = index + 1;
  traceDirtyRingPush(vm, vcpu, entry);
  if (used + 1 >= vm.ringSoftLimit) aor32(changetype<usize>(vcpu) + offsetof<Vcpu>("requests"), REQ_DIRTY_RING_FULL);
  return true;
}

/**
 * KVM_RESET_DIRTY_RINGS: frees the entries that userspace has marked RESET, in the order of each ring up to the first
 * that is not, and protects their pages anew. Userspace copies the pages afterwards.
 * @takes slotsLock, mmuLock:write @ret entries freed; -EINVAL: the VM has no rings
 */
export function dirtyRingsReset(vm: Vm): i32 {
  if (vm.ringEntries == 0) return -EINVAL;
  let freed: u32 = 0;
  spinLock(vmSlotsLock(vm));
  const n = vmVcpuCount(vm);
  for (let i: u32 = 0; i < n; i++) freed += resetRing(vm, vmVcpu(vm, i));
  if (freed != 0) remoteFlush(vm);
  spinUnlock(vmSlotsLock(vm));
  return freed;
}

/** Frees the oldest entry of a ring. @ret false: userspace has not read it yet; else ret0 = its slot id, ret1 = its page */
function takeRead(vm: Vm, vcpu: Vcpu): bool {
  const entry = entryAt(vm, vcpu, vcpu.ringResetIndex);
  if ((aload32(flagsOf(entry)) & DIRTY_GFN_F_RESET) == 0) return false;
  const cpu = thisCpu();
  cpu.ret0 = entry.slot;
  cpu.ret1 = entry.offset;
  traceDirtyRingReset(vm, vcpu);
  astore32(flagsOf(entry), 0);
  // Last: from here on the vCPU may use the entry.
  aadd32(changetype<usize>(vcpu) + offsetof<Vcpu>("ringResetIndex"), 1);
  return true;
}

/**
 * One ring's part. Pages of a slot that follow each other within 64 pages, forwards or back, are protected at once.
 * @holds slotsLock @takes mmuLock:write
 */
function resetRing(vm: Vm, vcpu: Vcpu): u32 {
  assertSpinHeld(vmSlotsLock(vm));
  const lock = vmMmuLock(vm);
  const cpu = thisCpu();
  let freed: u32 = 0;
  let slotId: u64 = 0;
  let page: u64 = 0;
  let mask: u64 = 0; // bit i: page + i of the slot is to be protected
  writeLock(lock);
  // A ring that is filled and read on meanwhile is not followed for ever.
  for (; freed < vm.ringEntries && takeRead(vm, vcpu); freed++) {
    const nextSlotId = cpu.ret0;
    const next = cpu.ret1;
    const back = page - next;
    if (mask != 0 && nextSlotId == slotId && next - page < 64) {
      mask |= (<u64>1) << (next - page);
    } else if (mask != 0 && nextSlotId == slotId && back < 64 && (mask << back) >> back == mask) {
      mask = (mask << back) | 1;
      page = next;
    } else {
      protect(vm, <u32>slotId, page, mask);
      if (rwWriteContended(lock)) {
        writeUnlock(lock);
        writeLock(lock);
      }
      slotId = nextSlotId;
      page = next;
      mask = 1;
    }
  }
  protect(vm, <u32>slotId, page, mask);
  writeUnlock(lock);
  return freed;
}

/** Protects the pages page + i of slot `slotId`, as far as userspace left them sensible. @holds mmuLock:write, slotsLock */
function protect(vm: Vm, slotId: u32, page: u64, mask: u64): void {
  const asId = slotId >> 16;
  if (mask == 0 || asId >= ADDRESS_SPACES) return;
  const slot = memslotById(vmMemslots(vm, asId), slotId & 0xffff);
  // Deleted or made smaller since.
  if (slot === null || page >= slot.nPages || page + 63 - clz(mask) >= slot.nPages) return;
  const masks = changetype<usize>(thisCpu()) + offsetof<Cpu>("ret0");
  for (let root = rootNext(vm, null, ROOTS_VALID); root !== null; root = rootNext(vm, root, ROOTS_VALID)) {
    if (roleAsId(rootRole(root)) != asId) continue;
    store<u64>(masks, mask);
    clearDirtyPtMasked(vm, root, slot.baseGfn + page, masks, 1);
  }
}
