/** Probes that run long inside core: several CPUs on the allocator at once, and what tests need from inside. */

import { thisCpu } from "../../../core/sync/this_cpu";
import { FRAME_ANON, FRAME_FLAG_CODE, FRAME_SPT } from "../../../core/layout/frame";
import { OP_CODE_WRITTEN, SYSTEM_OPS } from "../../../core/layout/system";
import { PAGE_SHIFT, PAGE_SIZE } from "../../../core/layout/types";
import { frameAlloc, frameFree, frameMeta, framesAlloc, framesFree, magazineDrain } from "../../../core/mm/frames";
import { kblockAlloc, kblockFree } from "../../../core/mm/kblock";
import { kalloc, kfree } from "../../../core/mm/slab";
import { astore32, axchg32, spinHint } from "../../../core/sync/atomics";

// xorshift: a fixed seed gives the same run
function next(state: u32): u32 {
  state ^= state << 13;
  state ^= state >> 17;
  return state ^ (state << 5);
}

/** Marks a block as this CPU's at both ends. */
function stamp(pfn: u32, order: u32, mark: u32): void {
  store<u32>((<usize>pfn) << PAGE_SHIFT, mark);
  store<u32>(((<usize>(pfn + (1 << order))) << PAGE_SHIFT) - 4, mark);
}

function isStamped(pfn: u32, order: u32, mark: u32): u32 {
  const first = load<u32>((<usize>pfn) << PAGE_SHIFT);
  const last = load<u32>(((<usize>(pfn + (1 << order))) << PAGE_SHIFT) - 4);
  return u32(first == mark && last == mark);
}

/**
 * `rounds` random allocations and frees of blocks up to `maxOrder`, up to 256 held at a time; everything is given back.
 * Returns how many blocks somebody else wrote to while they were held here: 0.
 */
export function mmStressBlocks(rounds: u32, seed: u32, maxOrder: u32): u32 {
  const table = kblockAlloc(0); // per slot: pfn, order
  if (table == 0) return u32.MAX_VALUE;
  let state = seed | 1;
  let bad: u32 = 0;
  for (let i: u32 = 0; i < rounds; i++) {
    state = next(state);
    const slot = table + (state & 255) * 8;
    bad += dropSlot(slot, seed);
    const order = (state >> 8) % (maxOrder + 1);
    const pfn = framesAlloc(order, (state & 0x10000) != 0 ? FRAME_ANON : FRAME_SPT);
    if (pfn == 0) continue;
    stamp(pfn, order, seed ^ pfn);
    store<u32>(slot, pfn);
    store<u32>(slot + 4, order);
  }
  for (let i: u32 = 0; i < 256; i++) bad += dropSlot(table + i * 8, seed);
  kblockFree(table, 0);
  magazineDrain();
  return bad;
}

function dropSlot(slot: usize, seed: u32): u32 {
  const pfn = load<u32>(slot);
  if (pfn == 0) return 0;
  const order = load<u32>(slot + 4);
  const good = isStamped(pfn, order, seed ^ pfn);
  framesFree(pfn, order);
  store<u32>(slot, 0);
  return 1 - good;
}

/**
 * `rounds` times: allocates a frame, swaps it into one of 64 words at `exchange`, and frees what was there, mostly
 * another CPU's. Every frame carries its own number. Returns how many did not.
 */
export function mmStressExchange(rounds: u32, seed: u32, exchange: usize): u32 {
  let state = seed | 1;
  let bad: u32 = 0;
  for (let i: u32 = 0; i < rounds; i++) {
    state = next(state);
    const pfn = frameAlloc(FRAME_ANON);
    if (pfn == 0) continue;
    stamp(pfn, 0, pfn);
    const other = axchg32(exchange + (state & 63) * 4, pfn);
    if (other == 0) continue;
    bad += 1 - isStamped(other, 0, other);
    frameFree(other);
  }
  magazineDrain();
  return bad;
}

/** The same with slab objects of random size. An object's second word is its own address. */
export function mmStressSlab(rounds: u32, seed: u32, exchange: usize): u32 {
  let state = seed | 1;
  let bad: u32 = 0;
  for (let i: u32 = 0; i < rounds; i++) {
    state = next(state);
    const p = kalloc(1 + ((state >> 16) % 2048));
    if (p == 0) continue;
    bad += u32(load<u32>(p) != 0 || load<u32>(p + 4) != 0);
    store<u32>(p + 4, <u32>p);
    const other = axchg32(exchange + (state & 63) * 4, <u32>p);
    if (other == 0) continue;
    bad += u32(load<u32>(other + 4) != other);
    kfree(other);
  }
  magazineDrain();
  return bad;
}

/** Sums a frame's bytes: 0 for a zeroed one. */
export function mmFrameSum(pfn: u32): u64 {
  let sum: u64 = 0;
  for (let i: u32 = 0; i < PAGE_SIZE; i += 8) sum += load<u64>(((<usize>pfn) << PAGE_SHIFT) + i);
  return sum;
}

/** Takes every frame there is, for `kind`, linked through their first words; returns the list's head. */
export function mmTakeAll(kind: u32): u32 {
  let list: u32 = 0;
  while (true) {
    const pfn = frameAlloc(kind);
    if (pfn == 0) return list;
    store<u32>((<usize>pfn) << PAGE_SHIFT, list);
    list = pfn;
  }
}

/** Frees what mmTakeAll took, all but the first `keep`, whose list it returns. */
export function mmGiveBut(list: u32, keep: u32): u32 {
  let kept: u32 = 0;
  while (list != 0) {
    const following = load<u32>((<usize>list) << PAGE_SHIFT);
    if (keep > 0) {
      store<u32>((<usize>list) << PAGE_SHIFT, kept);
      kept = list;
      keep--;
    } else {
      frameFree(list);
    }
    list = following;
  }
  return kept;
}

/** Leaves at least `n` frames in this CPU's magazine, sets the word at `done` and never returns. */
export function mmCacheAndSpin(n: u32, done: usize): void {
  mmGiveBut(takeSome(n), 0);
  astore32(done, 1);
  while (true) spinHint(changetype<usize>(thisCpu()));
}

function takeSome(n: u32): u32 {
  let list: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const pfn = frameAlloc(FRAME_ANON);
    store<u32>((<usize>pfn) << PAGE_SHIFT, list);
    list = pfn;
  }
  return list;
}

/** Says that `pfn` holds decoded code, and has the report of its end written to this CPU's ret0. */
export function mmMarkCode(pfn: u32): void {
  frameMeta(pfn).flags |= FRAME_FLAG_CODE;
  store<u32>(SYSTEM_OPS + OP_CODE_WRITTEN * 4, load<u32>(changetype<usize>(noteCodeWritten)));
}

function noteCodeWritten(hpa: u32, bytes: u32): void {
  thisCpu().ret0 += hpa >> PAGE_SHIFT;
}

/** What mmMarkCode's reports add up to. */
export function mmCodeReports(): u64 {
  return thisCpu().ret0;
}
