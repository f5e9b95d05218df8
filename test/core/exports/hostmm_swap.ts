/** Probes that run long inside core: threads that touch, page out and fork against each other. */

import { EAGAIN } from "../../../core/layout/errno";
import { GUP_WRITE, Mm } from "../../../core/layout/hostmm";
import { Hva, PAGE_SHIFT } from "../../../core/layout/types";
import { mmFork } from "../../../core/hostmm/fork";
import { gupLock, gupUnlock } from "../../../core/hostmm/gup";
import { mmDestroy } from "../../../core/hostmm/mm";
import { pagerAwaited, pagerFinish, pagerWait } from "../../../core/hostmm/pager";
import { mmReclaim } from "../../../core/hostmm/reclaim";
import { magazineDrain } from "../../../core/mm/frames";
import { kalloc, kfree } from "../../../core/mm/slab";
import { thisCpu } from "../../../core/sync/this_cpu";

// xorshift: a fixed seed gives the same run
function next(state: u32): u32 {
  state ^= state << 13;
  state ^= state >> 17;
  return state ^ (state << 5);
}

/** gupLock that waits for whatever must be waited for. */
function lockPage(mm: Mm, hva: Hva, flags: u32): i32 {
  while (true) {
    const r = gupLock(mm, hva, flags);
    if (r != -EAGAIN) return r;
    const request = pagerAwaited();
    if (request == 0) continue;
    while (pagerWait(request, 20) == -EAGAIN) {}
    const error = pagerFinish(request);
    if (error != 0) return error;
  }
}

/**
 * Reads and writes its own word of random pages of [start, start + pages * 4096): what it wrote last must be there. Asks
 * for some pages to be evicted every now and then. @ret 0, 1: a word was lost, or an errno
 */
export function hostStressSwap(mm: usize, start: Hva, pages: u32, rounds: u32, seed: u32): i32 {
  const m = changetype<Mm>(mm);
  const expected = kalloc(2048); // one u16 for each page
  let state = seed;
  let bad: i32 = 0;
  for (let i: u32 = 0; i < rounds && bad == 0; i++) {
    state = next(state);
    const page = (state >> 8) % pages;
    const flags = (state & 3) == 0 ? 0 : GUP_WRITE;
    bad = lockPage(m, start + ((<u64>page) << PAGE_SHIFT), flags);
    if (bad != 0) break;
    const word = ((<usize>thisCpu().ret0) << PAGE_SHIFT) + thisCpu().id * 8;
    if (load<u32>(word) != <u32>load<u16>(expected + page * 2)) bad = 1;
    if (flags != 0) {
      store<u32>(word, (i & 0xffff) + 1);
      store<u16>(expected + page * 2, <u16>((i & 0xffff) + 1));
    }
    gupUnlock(m);
    if ((state >> 4) % 16 == 0) evictSome(mm, (state >> 20) % 24);
  }
  kfree(expected);
  magazineDrain();
  return bad;
}

function evictSome(mm: usize, pages: u32): void {
  if (mmReclaim(mm, pages) == -EAGAIN) {
    const request = pagerAwaited();
    if (request != 0) pagerFinish(request);
  }
}

/** Forks the address space, looks at some pages of the copy, and destroys it. @ret 0, or an errno */
export function hostStressForkSwapped(mm: usize, start: Hva, pages: u32, rounds: u32, seed: u32): i32 {
  let state = seed;
  let bad: i32 = 0;
  for (let i: u32 = 0; i < rounds && bad == 0; i++) {
    const child = mmFork(mm);
    if (child == 0) return -EAGAIN;
    for (let n: u32 = 0; n < 4 && bad == 0; n++) {
      state = next(state);
      bad = lockPage(changetype<Mm>(child), start + ((<u64>((state >> 8) % pages)) << PAGE_SHIFT), state & GUP_WRITE);
      if (bad == 0) gupUnlock(changetype<Mm>(child));
    }
    mmDestroy(child);
  }
  magazineDrain();
  return bad;
}
