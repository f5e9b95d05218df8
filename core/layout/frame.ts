/** Frame metadata: one Frame per 4 KiB of linear memory, indexed by pfn. */

import { EpochNode } from "./sync";

@unmanaged
export class Frame {
  /** Free block: next in its buddy list. Deferred: next EpochNode. In use: free for the owner (see kinds). */
  link: u32;
  /** Users of an allocated frame (mappings, pins). Deferred: the epoch stamp. */
  refcount: u32;
  /**
   * Free block: previous in its buddy list. Table: its shadow page struct. Deferred: the function. FRAME_TAIL: pfn of
   * the block's head. Slab: index + 1 of the first free object in bits 15..0, objects in use in bits 31..16; there
   * link and refcount are the next and previous of the class's partial list, as metadata addresses. FRAME_ANON, first
   * of a 2 MiB block: the 2 MiB leaves of host tables that map it (hostmm/huge_block.ts).
   */
  owner: u32;
  kind: u8;
  /** log2 of the block's frames, on the head frame of a block. */
  order: u8;
  flags: u16;
}
export const FRAME_BYTES: u32 = 16;
export const FRAME_SHIFT: u32 = 4;
if (offsetof<Frame>() != FRAME_BYTES) ERROR("frame metadata is 16 bytes");
if (offsetof<Frame>("link") != offsetof<EpochNode>("epochNext")) ERROR("a frame's metadata is an EpochNode");
if (offsetof<Frame>("refcount") != offsetof<EpochNode>("epochStamp")) ERROR("a frame's metadata is an EpochNode");
if (offsetof<Frame>("owner") != offsetof<EpochNode>("epochFn")) ERROR("a frame's metadata is an EpochNode");

export const FRAME_RESERVED: u8 = 0; // not the arena's: null page, statics, CPU areas, metadata
export const FRAME_FREE: u8 = 1; // head of a free buddy block
export const FRAME_FREE_TAIL: u8 = 2; // inside a free buddy block
export const FRAME_CACHED: u8 = 3; // in a CPU's magazine
export const FRAME_KERNEL: u8 = 4; // kernel memory: arrays, vCPU areas, TLBs, rings
export const FRAME_SLAB: u8 = 5;
export const FRAME_SPT: u8 = 6; // an EPT/NPT (or shadow) table; owner = its MmuPage
export const FRAME_HOST_TABLE: u8 = 7; // an HVA->HPA table
export const FRAME_ANON: u8 = 8; // guest memory
export const FRAME_TAIL: u8 = 9; // inside an allocated block of order > 0
export const FRAME_KINDS: u32 = 10;

/** Decoded instructions of this frame are cached somewhere: every writer must report (DESIGN: code and writes to it). */
export const FRAME_FLAG_CODE: u16 = 1;
/** Lab: the guest has written the frame through a translation since it was allocated. */
export const FRAME_FLAG_LAB_WRITTEN: u16 = 0x40;
/** Debug: the free frame is filled with poison, which is checked when it is allocated. */
export const FRAME_FLAG_POISONED: u16 = 0x80;
/** FRAME_SLAB: bits 11..8 are the class. */
export const FRAME_FLAG_CLASS_SHIFT: u32 = 8;
/**
 * The MMU saw the guest write, or touch, this frame through a leaf that has lost the bit, or is gone. ACCESSED is what
 * reclaim asks, and clears. DIRTY stays until the frame is freed: a dirty page's host entry is Dirty too, debug builds
 * check it.
 */
export const FRAME_FLAG_DIRTY: u16 = 2;
export const FRAME_FLAG_ACCESSED: u16 = 4;
