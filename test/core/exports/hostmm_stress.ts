/** Probes that run long inside core: threads that touch, fork, unmap and merge against each other; timed loops. */

import { EAGAIN, EFAULT } from "../../../core/layout/errno";
import { BACKING_ANON, GUP_WRITE, Mm, MM_MAP_FIXED, PROT_READ, PROT_WRITE } from "../../../core/layout/hostmm";
import { Hva, PAGE_SHIFT, PAGE_SIZE } from "../../../core/layout/types";
import { mmFork } from "../../../core/hostmm/fork";
import { gup, gupFast, gupLock, gupUnlock } from "../../../core/hostmm/gup";
import { mmDestroy } from "../../../core/hostmm/mm";
import { mmMap } from "../../../core/hostmm/mmap";
import { pagerFinish, pagerWait } from "../../../core/hostmm/pager";
import { mmDontNeed, mmProtect, mmUnmap } from "../../../core/hostmm/range";
import { mmMerge, mmMigrate } from "../../../core/hostmm/replace";
import { frameIsArena, magazineDrain } from "../../../core/mm/frames";
import { kalloc, kfree } from "../../../core/mm/slab";
import { aload32, astore32 } from "../../../core/sync/atomics";
import { epochEnter, epochExit, epochPoll } from "../../../core/sync/epoch";
import { thisCpu } from "../../../core/sync/this_cpu";

// xorshift: a fixed seed gives the same run
function next(state: u32): u32 {
  state ^= state << 13;
  state ^= state >> 17;
  return state ^ (state << 5);
}

/** The word of CPU `cpu` in the page just found by gupLock. */
function wordOf(cpu: u32): usize {
  return ((<usize>thisCpu().ret0) << PAGE_SHIFT) + cpu * 8;
}

/**
 * Writes and reads its own word of random pages of [start, start + pages * 4096), and looks them up locklessly.
 * `mayVanish` 0: what was written must be there; 1: pages may have been dropped (0) or unmapped meanwhile.
 * @ret 0, or what went wrong
 */
export function hostStressTouch(mm: usize, start: Hva, pages: u32, rounds: u32, seed: u32, mayVanish: u32): i32 {
  const m = changetype<Mm>(mm);
  const me = thisCpu().id;
  const expected = kalloc(2048); // one u16 for each page: what this CPU wrote last
  let state = seed;
  let bad: i32 = 0;
  for (let i: u32 = 0; i < rounds && bad == 0; i++) {
    state = next(state);
    const page = (state >> 8) % pages;
    const hva = start + ((<u64>page) << PAGE_SHIFT);
    bad = lookUp(m, hva);
    const flags = (state & 3) == 0 ? 0 : GUP_WRITE;
    const result = gupLock(m, hva, flags);
    if (result == -EFAULT && mayVanish != 0) continue;
    if (result != 0) return result;
    const word = wordOf(me);
    const seen = load<u32>(word);
    const wanted = <u32>load<u16>(expected + page * 2);
    if (seen != wanted && (mayVanish == 0 || seen != 0)) bad = 1;
    if (flags != 0) {
      const value: u32 = (i & 0xff) + 1;
      store<u32>(word, value);
      store<u16>(expected + page * 2, <u16>value);
    } else {
      store<u16>(expected + page * 2, <u16>seen);
    }
    gupUnlock(m);
  }
  kfree(expected);
  magazineDrain();
  return bad;
}

/** 0, or 2 if the lockless walk finds what cannot be. */
function lookUp(mm: Mm, hva: Hva): i32 {
  epochEnter();
  const result = gupFast(mm, hva, 0);
  const isSane = result != 0 || (frameIsArena(thisCpu().ret0) && thisCpu().ret2 <= 2);
  epochExit();
  return isSane ? 0 : 2;
}

/** Forks, writes to the child, destroys it; moves and merges random pages of the parent. @ret 0, or a wrong result */
export function hostStressShare(mm: usize, start: Hva, pages: u32, rounds: u32, seed: u32): i32 {
  let state = seed;
  for (let i: u32 = 0; i < rounds; i++) {
    state = next(state);
    const a = start + ((<u64>((state >> 8) % pages)) << PAGE_SHIFT);
    state = next(state);
    const b = start + ((<u64>((state >> 8) % pages)) << PAGE_SHIFT);
    if ((i & 7) == 0) {
      const bad = forkAndWrite(mm, a, b);
      if (bad != 0) return bad;
    }
    const moved = mmMigrate(mm, a);
    if (moved != 0 && moved != -16 && moved != -2) return moved; // EBUSY, ENOENT
    const merged = mmMerge(mm, a, b);
    if (merged < 0 && merged != -2 && merged != -22) return merged; // ENOENT, EINVAL (the same page)
    epochPoll();
  }
  magazineDrain();
  return 0;
}

function forkAndWrite(mm: usize, a: Hva, b: Hva): i32 {
  const child = mmFork(mm);
  if (child == 0) return -12;
  let result = gupLock(changetype<Mm>(child), a, GUP_WRITE);
  if (result == 0) {
    memory.fill(wordOf(0), 0xee, PAGE_SIZE); // the parent must not see this
    gupUnlock(changetype<Mm>(child));
    result = gup(changetype<Mm>(child), b, 0);
  }
  mmDestroy(child);
  return result;
}

/** Drops, protects, unmaps and maps again random ranges. @ret 0, or a wrong result */
export function hostStressRanges(mm: usize, start: Hva, pages: u32, rounds: u32, seed: u32): i32 {
  let state = seed;
  for (let i: u32 = 0; i < rounds; i++) {
    state = next(state);
    const first = (state >> 8) % pages;
    const count = 1 + ((state >> 3) % (pages - first));
    const hva = start + ((<u64>first) << PAGE_SHIFT);
    const length = (<u64>count) << PAGE_SHIFT;
    const bad = rangeOp((state >> 20) & 3, mm, hva, length);
    if (bad != 0) return bad;
  }
  magazineDrain();
  return 0;
}

function rangeOp(op: u32, mm: usize, hva: Hva, length: u64): i32 {
  if (op == 0) return mmDontNeed(mm, hva, length);
  if (op == 1) {
    const bad = mmProtect(mm, hva, length, PROT_READ);
    return bad != 0 ? bad : mmProtect(mm, hva, length, PROT_READ | PROT_WRITE);
  }
  const bad = mmUnmap(mm, hva, length);
  if (bad != 0) return bad;
  const at = mmMap(mm, hva, length, BACKING_ANON, PROT_READ | PROT_WRITE, MM_MAP_FIXED, 0, 0);
  return at == <i64>hva ? 0 : <i32>at;
}

/**
 * Touches [start, start + pages * 4096) for write, waiting for pagers. `started` (a word's address) is raised before.
 * @ret the sum of the pages' first words, or a negative errno
 */
export function hostTouchPaged(mm: usize, start: Hva, pages: u32, started: usize): i64 {
  astore32(started, aload32(started) + 1);
  let sum: i64 = 0;
  for (let i: u32 = 0; i < pages; i++) {
    const hva = start + ((<u64>i) << PAGE_SHIFT);
    while (true) {
      let result = gup(changetype<Mm>(mm), hva, GUP_WRITE);
      if (result == 0) break;
      if (result != -EAGAIN) return result;
      const request = <usize>thisCpu().ret3;
      while (pagerWait(request, 100) != 0) {}
      result = pagerFinish(request);
      if (result != 0) return result;
    }
    sum += load<u32>((<usize>thisCpu().ret0) << PAGE_SHIFT);
  }
  magazineDrain();
  return sum;
}

/** `rounds` times gupFast on each of `pages` pages, `stride` pages apart. @ret misses */
export function hostTimeGupFast(mm: usize, start: Hva, pages: u32, stride: u32, rounds: u32, flags: u32): u32 {
  let misses: u32 = 0;
  epochEnter();
  for (let r: u32 = 0; r < rounds; r++) {
    let page: u32 = 0;
    for (let i: u32 = 0; i < pages; i++) {
      misses += u32(gupFast(changetype<Mm>(mm), start + ((<u64>page) << PAGE_SHIFT), flags) != 0);
      page += stride;
      if (page >= pages) page -= pages;
    }
  }
  epochExit();
  return misses;
}

/** gup for write on each of `pages` pages. @ret failures */
export function hostTimeGup(mm: usize, start: Hva, pages: u32, flags: u32): u32 {
  let failures: u32 = 0;
  for (let i: u32 = 0; i < pages; i++) {
    failures += u32(gup(changetype<Mm>(mm), start + ((<u64>i) << PAGE_SHIFT), flags) != 0);
  }
  return failures;
}
