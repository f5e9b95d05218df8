/** Building the immutable arrays of memslots, and freeing arrays and slots after their grace period. */

import {
  Memslot,
  Memslots,
  MEMSLOTS_HEADER_BYTES,
  SLOT_MOVED_BITMAP,
  SLOT_MOVED_LPAGE,
  SLOT_MOVED_TRACK,
} from "../layout/memslot";
import { karrayFree } from "../mm/karray";
import { kblockAlloc, kblockFree, kblockOrder } from "../mm/kblock";
import { kfree } from "../mm/slab";
import { epochDefer } from "../sync/epoch";
import { memslotByGfn, memslotByHva, memslotsLowerIndex } from "./memslot";

/** An array with room for `count` slots, or null. The caller fills it in gfn order. */
export function memslotsAlloc(count: u32): Memslots | null {
  const pointers = count * 4;
  const bytes = MEMSLOTS_HEADER_BYTES + ((2 * pointers + 7) & ~7) + count * 8;
  const order = kblockOrder(bytes);
  const block = kblockAlloc(order);
  if (block == 0) return null;
  const slots = changetype<Memslots>(block);
  slots.order = order;
  slots.byGfn = <u32>block + MEMSLOTS_HEADER_BYTES;
  slots.byHva = slots.byGfn + pointers;
  slots.hvaMaxEnd = (slots.byHva + pointers + 7) & ~7;
  return slots;
}

/**
 * A copy of `old` without `removed` (or null) and with `added` (or null) in its place in the gfn order. Null: memory is
 * exhausted.
 */
export function memslotsEdit(old: Memslots, removed: Memslot | null, added: Memslot | null): Memslots | null {
  const slots = memslotsAlloc(old.count - u32(removed !== null) + u32(added !== null));
  if (slots === null) return null;
  let pending = added;
  for (let i: u32 = 0; i < old.count; i++) {
    const slot = memslotByGfn(old, i);
    if (removed !== null && changetype<usize>(slot) == changetype<usize>(removed)) continue;
    if (pending !== null && pending.baseGfn < slot.baseGfn) {
      append(slots, pending);
      pending = null;
    }
    append(slots, slot);
  }
  if (pending !== null) append(slots, pending);
  indexByHva(slots);
  return slots;
}

function append(slots: Memslots, slot: Memslot): void {
  store<u32>(slots.byGfn + slots.count * 4, <u32>changetype<usize>(slot));
  slots.count++;
}

/** Insertion sort: updates are rare, and between two versions the order hardly changes. */
function indexByHva(slots: Memslots): void {
  for (let i: u32 = 0; i < slots.count; i++) {
    const slot = memslotByGfn(slots, i);
    let j = i;
    for (; j > 0 && memslotByHva(slots, j - 1).userspaceAddr > slot.userspaceAddr; j--) {
      store<u32>(slots.byHva + j * 4, load<u32>(slots.byHva + (j - 1) * 4));
    }
    store<u32>(slots.byHva + j * 4, <u32>changetype<usize>(slot));
  }
  let maxEnd: u64 = 0;
  for (let i: u32 = 0; i < slots.count; i++) {
    const slot = memslotByHva(slots, i);
    const end = slot.userspaceAddr + (slot.nPages << 12);
    if (end > maxEnd) maxEnd = end;
    store<u64>(slots.hvaMaxEnd + i * 8, maxEnd);
  }
}

/** Whether [baseGfn, baseGfn + nPages) meets a slot other than `except`. */
export function memslotsOverlap(slots: Memslots, baseGfn: u64, nPages: u64, except: Memslot | null): bool {
  let i = memslotsLowerIndex(slots, baseGfn + nPages - 1);
  // Slots do not overlap each other: going down, the first that ends below the range ends the search.
  for (; i >= 0; i--) {
    const slot = memslotByGfn(slots, i);
    if (slot.baseGfn + slot.nPages <= baseGfn) return false;
    if (except === null || changetype<usize>(slot) != changetype<usize>(except)) return true;
  }
  return false;
}

/** The slot with number `id`, or null. Slow: control calls only. */
export function memslotById(slots: Memslots, id: u32): Memslot | null {
  for (let i: u32 = 0; i < slots.count; i++) if (memslotByGfn(slots, i).id == <u16>id) return memslotByGfn(slots, i);
  return null;
}

function freeSlots(node: usize): void {
  kblockFree(node, changetype<Memslots>(node).order);
}

/** Frees an array, not its slots, after a grace period. */
export function memslotsDeferFree(slots: Memslots): void {
  epochDefer(changetype<usize>(slots), load<u32>(changetype<usize>(freeSlots)));
}

/** Frees a slot and those of its arrays that no newer copy has taken over. Nobody can look at it any more. */
export function memslotFree(node: usize): void {
  const slot = changetype<Memslot>(node);
  const moved = slot.arraysMoved;
  if ((moved & SLOT_MOVED_LPAGE) == 0) {
    if (slot.lpageInfo2m != 0) karrayFree(slot.lpageInfo2m);
    if (slot.lpageInfo1g != 0) karrayFree(slot.lpageInfo1g);
  }
  if ((moved & SLOT_MOVED_BITMAP) == 0 && slot.dirtyBitmap != 0) karrayFree(slot.dirtyBitmap);
  if ((moved & SLOT_MOVED_TRACK) == 0 && slot.writeTrack != 0) karrayFree(slot.writeTrack);
  kfree(node);
}

/** The same, after a grace period. */
export function memslotDeferFree(slot: Memslot): void {
  epochDefer(changetype<usize>(slot), load<u32>(changetype<usize>(memslotFree)));
}
