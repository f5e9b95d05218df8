/**
 * Kernel arrays of any size (dirty bitmaps, lpage_info, rmaps, rings): zeroed bytes in 64 KiB chunks behind a table,
 * since the buddy allocator stops at 2 MiB and large blocks get rare. An array is named by the address of its head.
 *
 *   [KArray: bytes, chunks][chunk 0's address][chunk 1's] ...     each chunk but the last holds 64 KiB
 *
 * karrayAt is one load and an add. A pointer it gives is good up to the end of its chunk, not beyond: whoever scans
 * asks again at each chunk. Allocation is all or nothing. The array does not grow, and nothing here locks its contents.
 */

import { DEBUG } from "../layout/build";
import { BUG_KARRAY_RANGE } from "../layout/bugs";
import { KARRAY_CHUNK_BYTES, KARRAY_CHUNK_SHIFT, KARRAY_TABLE, KArray } from "../layout/karray";
import { PAGE_SHIFT } from "../layout/types";
import { bug } from "../trace/bug";
import { MAX_ORDER } from "./buddy";
import { kblockAlloc, kblockFree, kblockOrder } from "./kblock";
import { kalloc, kfree, SLAB_MAX_BYTES } from "./slab";

/** The head and table fit one 2 MiB block; that is 32 GiB of array, more than there is memory. */
const MAX_CHUNKS: u32 = ((1 << (PAGE_SHIFT + MAX_ORDER)) - KARRAY_TABLE) / 4;

// @ts-ignore: decorator
@inline
function slotOf(a: u32, chunk: u32): usize {
  return <usize>a + KARRAY_TABLE + chunk * 4;
}

/** Zeroed memory of `bytes` (1 to 2 MiB) from the slab or in frames: what pieceFree with the same size frees. */
function pieceAlloc(bytes: u32): usize {
  return bytes <= SLAB_MAX_BYTES ? kalloc(bytes) : kblockAlloc(kblockOrder(bytes));
}

function pieceFree(p: usize, bytes: u32): void {
  if (bytes <= SLAB_MAX_BYTES) kfree(p);
  else kblockFree(p, kblockOrder(bytes));
}

/** Bytes of chunk `i` of an array of `bytes`. */
function chunkBytes(bytes: u64, i: u32): u32 {
  const rest = bytes - ((<u64>i) << KARRAY_CHUNK_SHIFT);
  return rest < KARRAY_CHUNK_BYTES ? <u32>rest : KARRAY_CHUNK_BYTES;
}

/**
 * A zeroed array of `bytes` bytes (0 gives an array without contents).
 * @ret its head's address, 0 = out of memory
 * @takes slabLock, buddyLock
 */
export function karrayAlloc(bytes: u64): u32 {
  const chunks = (bytes >> KARRAY_CHUNK_SHIFT) + u64((bytes & (KARRAY_CHUNK_BYTES - 1)) != 0);
  if (chunks > MAX_CHUNKS) return 0;
  const a = <u32>pieceAlloc(KARRAY_TABLE + <u32>chunks * 4);
  if (a == 0) return 0;
  const head = changetype<KArray>(<usize>a);
  head.bytes = bytes;
  head.chunks = <u32>chunks;
  for (let i: u32 = 0; i < <u32>chunks; i++) {
    const p = pieceAlloc(chunkBytes(bytes, i));
    if (p == 0) {
      karrayFree(a); // chunks not there yet are 0 in the table
      return 0;
    }
    store<u32>(slotOf(a, i), <u32>p);
  }
  return a;
}

/** Frees an array with its contents; 0 is allowed. @takes slabLock, buddyLock */
export function karrayFree(a: u32): void {
  if (a == 0) return;
  const head = changetype<KArray>(<usize>a);
  for (let i: u32 = 0; i < head.chunks; i++) {
    const p = load<u32>(slotOf(a, i));
    if (p != 0) pieceFree(p, chunkBytes(head.bytes, i));
  }
  pieceFree(a, KARRAY_TABLE + head.chunks * 4);
}

/** The array's size as it was asked for. */
export function karrayBytes(a: u32): u64 {
  return changetype<KArray>(<usize>a).bytes;
}

/** Address of the byte at `offset`, good to the end of its 64 KiB chunk or of the array. */
// @ts-ignore: decorator
@inline
export function karrayAt(a: u32, offset: u64): usize {
  if (DEBUG) checkRange(a, offset);
  return <usize>load<u32>(slotOf(a, <u32>(offset >> KARRAY_CHUNK_SHIFT))) + <usize>(offset & (KARRAY_CHUNK_BYTES - 1));
}

function checkRange(a: u32, offset: u64): void {
  const bytes = changetype<KArray>(<usize>a).bytes;
  if (offset >= bytes) bug(BUG_KARRAY_RANGE, offset, bytes);
}
