/** Loops for test/core/mm/micro.mjs: what a frame costs, and which way of zeroing one is fastest. */

import { FRAME_ANON } from "../../../core/layout/frame";
import { PAGE_SHIFT, PAGE_SIZE } from "../../../core/layout/types";
import { frameAlloc, frameFree, framesAlloc, framesFree } from "../../../core/mm/frames";
import { kalloc, kfree } from "../../../core/mm/slab";

/** One frame, taken and given back `n` times. */
export function microPairs(n: u32): void {
  for (let i: u32 = 0; i < n; i++) frameFree(frameAlloc(FRAME_ANON));
}

/** `n` frames taken, then all given back: with the refills and spills. Returns how many there were. */
export function microBurst(n: u32): u32 {
  let list: u32 = 0; // linked through the frames' first words
  let got: u32 = 0;
  for (; got < n; got++) {
    const pfn = frameAlloc(FRAME_ANON);
    if (pfn == 0) break;
    store<u32>((<usize>pfn) << PAGE_SHIFT, list);
    list = pfn;
  }
  while (list != 0) {
    const next = load<u32>((<usize>list) << PAGE_SHIFT);
    frameFree(list);
    list = next;
  }
  return got;
}

export function microBlocks(n: u32, order: u32): void {
  for (let i: u32 = 0; i < n; i++) framesFree(framesAlloc(order, FRAME_ANON), order);
}

export function microSlab(n: u32, bytes: u32): void {
  for (let i: u32 = 0; i < n; i++) kfree(kalloc(bytes));
}

/** Zeroes the `n` frames from `pfn`, `rounds` times: memory.fill. */
export function microZeroFill(pfn: u32, n: u32, rounds: u32): void {
  for (let r: u32 = 0; r < rounds; r++) {
    for (let i: u32 = 0; i < n; i++) memory.fill((<usize>(pfn + i)) << PAGE_SHIFT, 0, PAGE_SIZE);
  }
}

/** The same with 64-bit stores, eight to a turn. */
export function microZeroI64(pfn: u32, n: u32, rounds: u32): void {
  for (let r: u32 = 0; r < rounds; r++) {
    for (let i: u32 = 0; i < n; i++) {
      const base = (<usize>(pfn + i)) << PAGE_SHIFT;
      for (let o: u32 = 0; o < PAGE_SIZE; o += 64) {
        const p = base + o;
        store<u64>(p, 0);
        store<u64>(p, 0, 8);
        store<u64>(p, 0, 16);
        store<u64>(p, 0, 24);
        store<u64>(p, 0, 32);
        store<u64>(p, 0, 40);
        store<u64>(p, 0, 48);
        store<u64>(p, 0, 56);
      }
    }
  }
}

/** The same with 128-bit stores, eight to a turn. */
export function microZeroV128(pfn: u32, n: u32, rounds: u32): void {
  for (let r: u32 = 0; r < rounds; r++) {
    for (let i: u32 = 0; i < n; i++) {
      const base = (<usize>(pfn + i)) << PAGE_SHIFT;
      for (let o: u32 = 0; o < PAGE_SIZE; o += 128) {
        const p = base + o;
        v128.store(p, i64x2.splat(0));
        v128.store(p, i64x2.splat(0), 16);
        v128.store(p, i64x2.splat(0), 32);
        v128.store(p, i64x2.splat(0), 48);
        v128.store(p, i64x2.splat(0), 64);
        v128.store(p, i64x2.splat(0), 80);
        v128.store(p, i64x2.splat(0), 96);
        v128.store(p, i64x2.splat(0), 112);
      }
    }
  }
}

/** Reads one word of each cache line of the `n` frames from `pfn`: what a guest pays that uses them afterwards. */
export function microTouch(pfn: u32, n: u32): u64 {
  let sum: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const base = (<usize>(pfn + i)) << PAGE_SHIFT;
    for (let o: u32 = 0; o < PAGE_SIZE; o += 64) sum += load<u64>(base + o);
  }
  return sum;
}

/** Frame by frame: zeroes, then reads it all (the pool's alternative: zero in the fault). */
export function microZeroAndTouch(pfn: u32, n: u32): u64 {
  let sum: u64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    microZeroFill(pfn + i, 1, 1);
    sum += microTouch(pfn + i, 1);
  }
  return sum;
}

/** In lots of `lot` frames: zeroes the lot ahead, then reads it (a pool filled by the same thread). */
export function microPoolAndTouch(pfn: u32, n: u32, lot: u32): u64 {
  let sum: u64 = 0;
  for (let i: u32 = 0; i < n; i += lot) {
    microZeroFill(pfn + i, lot, 1);
    sum += microTouch(pfn + i, lot);
  }
  return sum;
}
