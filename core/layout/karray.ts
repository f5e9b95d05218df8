/** A kernel array larger than the buddy's blocks may be: fixed-size chunks behind a table of their addresses (mm/karray.ts). */

export const KARRAY_CHUNK_SHIFT: u32 = 16;
export const KARRAY_CHUNK_BYTES: u32 = 1 << KARRAY_CHUNK_SHIFT;

/** The head; `chunks` u32 addresses follow it. Every chunk is KARRAY_CHUNK_BYTES long but the last, which holds the rest. */
@unmanaged
export class KArray {
  bytes: u64;
  chunks: u32;
  karrayPad: u32;
}
export const KARRAY_TABLE: u32 = 16;
if (offsetof<KArray>() != KARRAY_TABLE) ERROR("the chunk table follows the head");
