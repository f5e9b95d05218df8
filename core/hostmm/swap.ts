/**
 * Swap areas: which slots of a pager's store are in use, by how many, and the requests set aside for paging out. What is
 * in the slots, and when, is page_out.ts's. Taking and giving are O(1), and paging out allocates nothing.
 */

import { DEBUG } from "../layout/build";
import { BUG_HOST_REFCOUNT, BUG_SWAP_SLOT } from "../layout/bugs";
import {
  PAGER_REQUEST_BYTES,
  PagerRequest,
  SWAP_AREA_BYTES,
  SWAP_MAX_SLOTS,
  SWAP_NO_SLOT,
  SWAP_REQUESTS,
  SwapArea,
} from "../layout/hostmm";
import { karrayAlloc, karrayAt, karrayFree } from "../mm/karray";
import { kalloc, kfree } from "../mm/slab";
import { aadd32, aload32 } from "../sync/atomics";
import { RANK_SWAP } from "../sync/lockorder";
import { spinLock, spinLockInit, spinUnlock } from "../sync/spinlock";
import { bug } from "../trace/bug";

// @ts-ignore: decorator
@inline
function lockOf(area: SwapArea): usize {
  return changetype<usize>(area) + offsetof<SwapArea>("lock");
}

// @ts-ignore: decorator
@inline
function wordOf(area: SwapArea, slot: u32): usize {
  return karrayAt(area.slots, (<u64>slot) << 2);
}

/** An area of `nSlots` slots in pager `pagerId`'s store, with one reference. @ret 0 = too many slots, or out of memory */
export function swapCreate(pagerId: u32, nSlots: u64): usize {
  if (nSlots == 0 || nSlots > SWAP_MAX_SLOTS) return 0;
  const p = kalloc(SWAP_AREA_BYTES);
  if (p == 0) return 0;
  const area = changetype<SwapArea>(p);
  area.refs = 1;
  area.pagerId = pagerId;
  area.nSlots = <u32>nSlots;
  spinLockInit(lockOf(area), RANK_SWAP);
  area.slots = karrayAlloc(nSlots << 2);
  if (area.slots != 0 && setRequestsAside(area)) {
    for (let slot: u32 = 0; slot < area.nSlots; slot++)
      store<u32>(wordOf(area, slot), slot + 1 < area.nSlots ? slot + 1 : SWAP_NO_SLOT);
    return p;
  }
  areaFree(area);
  return 0;
}

function setRequestsAside(area: SwapArea): bool {
  for (let i: u32 = 0; i < SWAP_REQUESTS; i++) {
    const request = changetype<PagerRequest>(kalloc(PAGER_REQUEST_BYTES));
    if (changetype<usize>(request) == 0) return false;
    request.next = area.freeRequests;
    area.freeRequests = <u32>changetype<usize>(request);
  }
  return true;
}

function areaFree(area: SwapArea): void {
  for (let p: usize = area.freeRequests; p != 0; ) {
    const next = changetype<PagerRequest>(p).next;
    kfree(p);
    p = next;
  }
  karrayFree(area.slots);
  kfree(changetype<usize>(area));
}

export function swapGet(area: SwapArea): void {
  aadd32(changetype<usize>(area) + offsetof<SwapArea>("refs"), 1);
}

/** One user less; with the last, the area goes. */
export function swapPut(area: SwapArea): void {
  const old = aadd32(changetype<usize>(area) + offsetof<SwapArea>("refs"), <u32>-1);
  if (old == 0) bug(BUG_HOST_REFCOUNT, changetype<usize>(area), old);
  if (old == 1) areaFree(area);
}

/** A slot with one reference; SWAP_NO_SLOT = the area is full. */
export function swapSlotTake(area: SwapArea): u32 {
  spinLock(lockOf(area));
  const slot = area.freeSlot;
  if (slot != SWAP_NO_SLOT) {
    area.freeSlot = load<u32>(wordOf(area, slot));
    store<u32>(wordOf(area, slot), 1);
  }
  spinUnlock(lockOf(area));
  return slot;
}

/** One more user of `slot`; the caller has one. */
export function swapSlotGet(area: SwapArea, slot: u32): void {
  spinLock(lockOf(area));
  store<u32>(wordOf(area, slot), load<u32>(wordOf(area, slot)) + 1);
  spinUnlock(lockOf(area));
}

/** One user less; with the last, the slot is free. */
export function swapSlotPut(area: SwapArea, slot: u32): void {
  spinLock(lockOf(area));
  const word = wordOf(area, slot);
  const left = load<u32>(word) - 1;
  if (DEBUG && left > SWAP_MAX_USERS) bug(BUG_SWAP_SLOT, slot, left);
  if (left == 0) {
    store<u32>(word, area.freeSlot);
    area.freeSlot = slot;
  } else {
    store<u32>(word, left);
  }
  spinUnlock(lockOf(area));
}
/** No slot has more users than there can be address spaces. */
const SWAP_MAX_USERS: u32 = 1 << 20;

/** A request to page something out with, null = too many are under way. */
export function swapRequestTake(area: SwapArea): PagerRequest {
  spinLock(lockOf(area));
  const request = changetype<PagerRequest>(area.freeRequests);
  if (changetype<usize>(request) != 0) area.freeRequests = request.next;
  spinUnlock(lockOf(area));
  return request;
}

export function swapRequestGive(area: SwapArea, request: PagerRequest): void {
  spinLock(lockOf(area));
  request.next = area.freeRequests;
  area.freeRequests = <u32>changetype<usize>(request);
  spinUnlock(lockOf(area));
}

/** As many page-outs are under way as there may be, or main has not yet given their requests back. Looks without the lock. */
export function swapIsBusy(area: SwapArea): bool {
  return aload32(changetype<usize>(area) + offsetof<SwapArea>("freeRequests")) == 0;
}

/** Nothing more can be paged out now. Looks without the lock. */
export function swapIsRefusing(area: SwapArea): bool {
  return swapIsBusy(area) || aload32(changetype<usize>(area) + offsetof<SwapArea>("freeSlot")) == SWAP_NO_SLOT;
}

/** Notes how a page-out ended. */
export function swapNoteEnd(area: SwapArea, failed: u32): void {
  spinLock(lockOf(area));
  area.failures = failed == 0 ? 0 : area.failures + 1;
  spinUnlock(lockOf(area));
}
