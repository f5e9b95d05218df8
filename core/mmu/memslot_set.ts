/**
 * KVM_SET_USER_MEMORY_REGION: creates, deletes, moves a slot, or changes its flags. Guarantee: when it returns, no vCPU
 * uses a translation that the new slots do not allow; if it fails, nothing has changed.
 *
 * A new set of slots is published whole, marked "update in progress" until every reader of the old one has gone.
 * Deleting and moving first publish the slot as INVALID (faults retry), then zap, then publish the result. All that
 * can fail comes before the first publication.
 */

import { EEXIST, EINVAL, ENOMEM } from "../layout/errno";
import { HVA_END } from "../layout/hostmm";
import {
  DIRTY_LOG_INITIALLY_SET,
  GEN_UPDATE_IN_PROGRESS,
  KVM_MEM_LOG_DIRTY_PAGES,
  KVM_MEM_MAX_NR_PAGES,
  KVM_MEM_READONLY,
  KVM_MEMSLOT_INVALID,
  KVM_USER_MEM_SLOTS,
  Memslot,
  MEMSLOT_BYTES,
  Memslots,
  SLOT_MOVED_BITMAP,
  SLOT_MOVED_LPAGE,
  SLOT_MOVED_TRACK,
} from "../layout/memslot";
import { Gpa, Hva, MAX_GFN } from "../layout/types";
import { ADDRESS_SPACES, Vm } from "../layout/vm";
import { karrayAlloc, karrayAt, karrayFree } from "../mm/karray";
import { kalloc, kfree } from "../mm/slab";
import { astore32, astore64, aload32 } from "../sync/atomics";
import { epochPoll, epochSynchronize } from "../sync/epoch";
import { remoteFlush } from "../sync/guest_mode";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { sleepOn } from "../sync/wait";
import { clearDirtySlot, splitForLogging } from "./clear_dirty";
import { lpageInit } from "./lpage";
import { isDirtyLogged } from "./make_spte";
import {
  memslotById,
  memslotDeferFree,
  memslotFree,
  memslotsDeferFree,
  memslotsEdit,
  memslotsOverlap,
} from "./memslot_array";
import { vmMemslots } from "./memslot";
import { MMIO_GEN_MASK } from "./mmio_spte";
import { vmSlotsLock } from "./mmu_lock";
import { loggingBegin, loggingEnd } from "./pml";
import { recoverHugePages } from "./recover";
import { zapAllFast } from "./zap_fast";

const VALID_FLAGS: u32 = KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY;
/** Longest sleep while notifiers are in flight, ms; their end wakes us. */
const NOTIFIER_POLL_MS: f64 = 10;

/**
 * `slotId`: as_id << 16 | slot number. `size` 0 deletes. All sizes and addresses in bytes.
 * @takes slotsLock, mmuLock @ret 0; -EINVAL (bad flag, number, alignment, range, size or address of a live slot),
 * -EEXIST (overlap), -ENOMEM
 */
export function memslotSet(vm: Vm, slotId: u32, flags: u32, gpa: Gpa, size: u64, hva: Hva): i32 {
  const asId = slotId >> 16;
  const id = slotId & 0xffff;
  if ((flags & ~VALID_FLAGS) != 0 || asId >= ADDRESS_SPACES || id >= KVM_USER_MEM_SLOTS) return -EINVAL;
  if (((size | gpa | hva) & 0xfff) != 0) return -EINVAL;
  if (gpa + size < gpa || hva + size < hva || hva + size > HVA_END || size >> 12 > KVM_MEM_MAX_NR_PAGES) return -EINVAL;
  if (size != 0 && (gpa + size - 1) >> 12 >= MAX_GFN) return -EINVAL;
  spinLock(vmSlotsLock(vm));
  const r = setLocked(vm, asId, id, flags, gpa >> 12, size >> 12, hva);
  spinUnlock(vmSlotsLock(vm));
  epochPoll();
  return r;
}

function setLocked(vm: Vm, asId: u32, id: u32, flags: u32, gfn: u64, nPages: u64, hva: Hva): i32 {
  const slots = vmMemslots(vm, asId);
  const old = memslotById(slots, id);
  if (nPages == 0) return old === null ? -EINVAL : deleteSlot(vm, asId, old);
  if (old === null) return createSlot(vm, asId, id, flags, gfn, nPages, hva);
  if (old.nPages != nPages || old.userspaceAddr != hva || ((old.flags ^ flags) & KVM_MEM_READONLY) != 0) return -EINVAL;
  if (old.baseGfn != gfn) return moveSlot(vm, asId, old, flags, gfn);
  return old.flags == flags ? 0 : changeFlags(vm, asId, old, flags);
}

/** A slot struct with these values and no arrays, or null. */
function slotAlloc(asId: u32, id: u32, flags: u32, gfn: u64, nPages: u64, hva: Hva): Memslot | null {
  const p = kalloc(MEMSLOT_BYTES);
  if (p == 0) return null;
  const slot = changetype<Memslot>(p);
  slot.id = <u16>id;
  slot.asId = <u16>asId;
  slot.baseGfn = gfn;
  slot.nPages = nPages;
  slot.userspaceAddr = hva;
  slot.flags = flags;
  return slot;
}

/** A copy of `old` that shares its arrays: the flags say which of the two frees them. */
function slotCopy(old: Memslot, flags: u32): Memslot | null {
  const slot = slotAlloc(old.asId, old.id, flags, old.baseGfn, old.nPages, old.userspaceAddr);
  if (slot === null) return null;
  slot.lpageInfo2m = old.lpageInfo2m;
  slot.lpageInfo1g = old.lpageInfo1g;
  slot.dirtyBitmap = old.dirtyBitmap;
  slot.writeTrack = old.writeTrack;
  return slot;
}

/** Gives `slot`, which nobody has seen, the bitmap that its flags ask for. -ENOMEM leaves none. */
function bitmapInit(vm: Vm, slot: Memslot): i32 {
  slot.dirtyBitmap = 0;
  if (!isDirtyLogged(slot)) return 0;
  const words = (slot.nPages + 63) >> 6;
  slot.dirtyBitmap = karrayAlloc(words * 8);
  if (slot.dirtyBitmap == 0) return -ENOMEM;
  if ((vm.manualProtect & DIRTY_LOG_INITIALLY_SET) == 0) return 0;
  for (let i: u64 = 0; i < words; i++) store<u64>(karrayAt(slot.dirtyBitmap, i * 8), ~0);
  // Nothing beyond the slot's end is ever marked.
  const rest = slot.nPages & 63;
  if (rest != 0) store<u64>(karrayAt(slot.dirtyBitmap, (words - 1) * 8), ((<u64>1) << rest) - 1);
  return 0;
}

function createSlot(vm: Vm, asId: u32, id: u32, flags: u32, gfn: u64, nPages: u64, hva: Hva): i32 {
  const slots = vmMemslots(vm, asId);
  if (memslotsOverlap(slots, gfn, nPages, null)) return -EEXIST;
  if (vm.slotPages + nPages < nPages) return -EINVAL;
  const slot = slotAlloc(asId, id, flags, gfn, nPages, hva);
  if (slot === null) return -ENOMEM;
  if (lpageInit(slot) != 0) return giveUp(slot);
  if (bitmapInit(vm, slot) != 0) return giveUp(slot);
  const next = memslotsEdit(slots, null, slot);
  if (next === null) return giveUp(slot);
  vm.slotPages += nPages;
  if (isDirtyLogged(slot)) loggingBegin(vm);
  publish(vm, asId, next);
  return 0;
}

/** Undoes the preparation of a slot that nobody has seen. */
function giveUp(slot: Memslot): i32 {
  memslotFree(changetype<usize>(slot));
  return -ENOMEM;
}

/** Frees a copy that nobody has seen, without the arrays of the slot it was copied from. */
function giveUpCopy(copy: Memslot): i32 {
  kfree(changetype<usize>(copy));
  return -ENOMEM;
}

/**
 * Takes `old` away and puts `replacement` (or nothing) there: publishes it as INVALID, empties the page tables, so that
 * no vCPU reaches its memory, and publishes the result. -ENOMEM: nothing has happened, `replacement` is the caller's.
 */
function withdraw(vm: Vm, asId: u32, old: Memslot, replacement: Memslot | null): i32 {
  const doomed = slotCopy(old, old.flags | KVM_MEMSLOT_INVALID);
  if (doomed === null) return -ENOMEM;
  doomed.arraysMoved = SLOT_MOVED_LPAGE | SLOT_MOVED_BITMAP | SLOT_MOVED_TRACK;
  const invalid = memslotsEdit(vmMemslots(vm, asId), old, doomed);
  if (invalid === null) return giveUpCopy(doomed);
  const next = memslotsEdit(invalid, doomed, replacement);
  if (next === null) {
    memslotsDeferFree(invalid);
    return giveUpCopy(doomed);
  }
  publish(vm, asId, invalid);
  zapAllFast(vm);
  // In this order, so that a slot that moves with its log does not switch the processors' logs off and on.
  if (replacement !== null && isDirtyLogged(replacement)) loggingBegin(vm);
  publish(vm, asId, next);
  if (isDirtyLogged(old)) loggingEnd(vm);
  memslotDeferFree(old);
  memslotDeferFree(doomed);
  return 0;
}

function deleteSlot(vm: Vm, asId: u32, old: Memslot): i32 {
  const nPages = old.nPages;
  const r = withdraw(vm, asId, old, null);
  if (r == 0) vm.slotPages -= nPages;
  return r;
}

function moveSlot(vm: Vm, asId: u32, old: Memslot, flags: u32, gfn: u64): i32 {
  if (memslotsOverlap(vmMemslots(vm, asId), gfn, old.nPages, old)) return -EEXIST;
  const moved = slotAlloc(asId, old.id, flags, gfn, old.nPages, old.userspaceAddr);
  if (moved === null) return -ENOMEM;
  if (lpageInit(moved) != 0) return giveUp(moved);
  if (bitmapInit(vm, moved) != 0) return giveUp(moved);
  return withdraw(vm, asId, old, moved) == 0 ? 0 : giveUp(moved);
}

/**
 * Logging begins or ends: the one flag that may change. All that can fail comes first, but for eager splitting, whose
 * failure leaves huge pages for faults to split.
 */
function changeFlags(vm: Vm, asId: u32, old: Memslot, flags: u32): i32 {
  const slot = slotCopy(old, flags);
  if (slot === null) return -ENOMEM;
  if (bitmapInit(vm, slot) != 0) return giveUpCopy(slot);
  const next = memslotsEdit(vmMemslots(vm, asId), old, slot);
  if (next === null) {
    if (slot.dirtyBitmap != 0) karrayFree(slot.dirtyBitmap);
    return giveUpCopy(slot);
  }
  old.arraysMoved = SLOT_MOVED_LPAGE | SLOT_MOVED_TRACK;
  if (isDirtyLogged(slot)) {
    loggingBegin(vm);
    publish(vm, asId, next);
    // Every fault sees the logged slot by now.
    logMapped(vm, slot);
  } else {
    publish(vm, asId, next);
    loggingEnd(vm);
    // Every fault may map huge pages again by now.
    recoverHugePages(vm, slot);
  }
  memslotDeferFree(old);
  return 0;
}

/** Makes the next write to each page that is mapped already known, unless all are dirty to begin with. @takes mmuLock:read */
function logMapped(vm: Vm, slot: Memslot): void {
  if ((vm.manualProtect & DIRTY_LOG_INITIALLY_SET) != 0) return;
  splitForLogging(vm, slot, slot.baseGfn, slot.baseGfn + slot.nPages);
  clearDirtySlot(vm, slot);
  // MMU_WRITABLE stays, so the flush may come after the unlock.
  remoteFlush(vm);
}

/**
 * Makes `next` the slots of address space `asId`. Returns when nobody looks at the old array any more. MMIO SPTEs and
 * caches made meanwhile carry the in-progress bit and never match.
 */
function publish(vm: Vm, asId: u32, next: Memslots): void {
  const old = vmMemslots(vm, asId);
  const generation = old.generation;
  next.generation = generation | GEN_UPDATE_IN_PROGRESS;
  const word = changetype<usize>(vm) + offsetof<Vm>("memslots0") + asId * 4;
  holdOffNotifiers(vm);
  astore32(word, <u32>changetype<usize>(next));
  spinUnlock(changetype<usize>(vm) + offsetof<Vm>("mnInvalidateLock"));
  epochSynchronize();
  const finished = generation + ADDRESS_SPACES;
  astore64(changetype<usize>(next) + offsetof<Memslots>("generation"), finished);
  memslotsDeferFree(old);
  // The 19 bits an MMIO SPTE keeps have wrapped: the oldest would look current again.
  if ((finished & MMIO_GEN_MASK) < ADDRESS_SPACES) zapAllFast(vm);
}

/** Waits until no notifier is between start and end (both must see the same slots), and returns with its lock held. @takes mnInvalidateLock */
function holdOffNotifiers(vm: Vm): void {
  const count = changetype<usize>(vm) + offsetof<Vm>("mnActiveCount");
  while (true) {
    spinLock(changetype<usize>(vm) + offsetof<Vm>("mnInvalidateLock"));
    const active = aload32(count);
    if (active == 0) return;
    spinUnlock(changetype<usize>(vm) + offsetof<Vm>("mnInvalidateLock"));
    sleepOn(count, active, NOTIFIER_POLL_MS);
  }
}
