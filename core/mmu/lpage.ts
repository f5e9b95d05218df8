/**
 * lpage_info: for each 2 MiB and 1 GiB region that a slot touches, how many reasons forbid a huge page there. Head and
 * tail regions that the slot does not fill are forbidden, all are if gfn and hva disagree modulo the huge size, and
 * each write-tracked gfn adds one.
 */

import { ENOMEM } from "../layout/errno";
import { Memslot } from "../layout/memslot";
import { Gfn, LEVEL_1G, LEVEL_2M, LEVEL_4K, pagesPerLevel } from "../layout/types";
import { karrayAlloc, karrayAt, karrayFree } from "../mm/karray";

// @ts-ignore: decorator
@inline
function regionShift(level: u32): u64 {
  return (level - 1) * 9;
}

/** Number of regions of `level` that the slot touches. */
function regionCount(slot: Memslot, level: u32): u64 {
  const s = regionShift(level);
  return ((slot.baseGfn + slot.nPages - 1) >> s) - (slot.baseGfn >> s) + 1;
}

/** Address of the u32 counter for `gfn`: each of the 2^18 gfns of a 1 GiB region may be tracked, thousands of times. */
// @ts-ignore: decorator
@inline
function counterOf(slot: Memslot, gfn: Gfn, level: u32): usize {
  const s = regionShift(level);
  const array = level == LEVEL_2M ? slot.lpageInfo2m : slot.lpageInfo1g;
  return karrayAt(array, ((gfn >> s) - (slot.baseGfn >> s)) * 4);
}

/** The highest level, up to `level`, at which a page may cover `gfn`; LEVEL_4K for a gfn that is not the slot's. */
export function lpageMaxLevel(slot: Memslot, gfn: Gfn, level: u32): u32 {
  // A huge page's first gfn may lie below the slot, where there are no counters.
  if (gfn - slot.baseGfn >= slot.nPages) return LEVEL_4K;
  if (level > LEVEL_1G) level = LEVEL_1G;
  while (level > LEVEL_4K && load<u32>(counterOf(slot, gfn, level)) != 0) level--;
  return level;
}

/** One reason more, or (`change` = -1) less, for both sizes. @holds mmuLock:write or slotsLock */
export function lpageAdjust(slot: Memslot, gfn: Gfn, change: i32): void {
  for (let level = LEVEL_2M; level <= LEVEL_1G; level++) {
    const p = counterOf(slot, gfn, level);
    store<u32>(p, load<u32>(p) + change);
  }
}

/** Allocates and fills the counters of a new slot. -ENOMEM leaves none. */
export function lpageInit(slot: Memslot): i32 {
  slot.lpageInfo2m = karrayAlloc(regionCount(slot, LEVEL_2M) * 4);
  if (slot.lpageInfo2m == 0) return -ENOMEM;
  slot.lpageInfo1g = karrayAlloc(regionCount(slot, LEVEL_1G) * 4);
  if (slot.lpageInfo1g == 0) {
    karrayFree(slot.lpageInfo2m);
    slot.lpageInfo2m = 0;
    return -ENOMEM;
  }
  forbid(slot, LEVEL_2M);
  forbid(slot, LEVEL_1G);
  return 0;
}

function forbid(slot: Memslot, level: u32): void {
  const mask = pagesPerLevel(level) - 1;
  const last = slot.baseGfn + slot.nPages - 1;
  if (((slot.baseGfn ^ (slot.userspaceAddr >> 12)) & mask) != 0) {
    for (let gfn = slot.baseGfn & ~mask; gfn <= last; gfn += mask + 1)
      addReason(slot, gfn < slot.baseGfn ? slot.baseGfn : gfn, level);
    return;
  }
  if ((slot.baseGfn & mask) != 0) addReason(slot, slot.baseGfn, level);
  if (((last + 1) & mask) != 0) addReason(slot, last, level);
}

function addReason(slot: Memslot, gfn: Gfn, level: u32): void {
  const p = counterOf(slot, gfn, level);
  store<u32>(p, load<u32>(p) + 1);
}
