/**
 * A vCPU's decoded instructions: one CodeCache each, allocated with its tables at the first run of x86 code.
 *
 * Ops are bump-allocated in blocks of consecutive instructions of one page; a CodeBlock heads each, and those of a page
 * are a list. CodePage says which frame the page is; others may read its frame and lines at any time, to see whether a
 * store concerns what is decoded here (core/cpu/code_written.ts).
 */

@unmanaged
export class CodeCache {
  // --- the instruction being decoded (core/cpu/decode.ts) ---
  /** Address of its first byte; bytes that may be read from there on; those read. */
  start: u32;
  limit: u32;
  position: u32;
  /** CODE_16, CODE_32, CODE_64. */
  mode: u32;
  /** 0, or the last of F2 and F3. */
  repeat: u32;
  /** Prefixes 66, 67, F0: 0 or 1. */
  has66: u32;
  has67: u32;
  hasLock: u32;
  /** SEG_* of the last segment override, or SEG_NONE. */
  segment: u32;
  /** REX, or VEX's bits in its form; 0x40 is set if there is one (in 64-bit mode). */
  rex: u32;
  isVex: u32;
  vexL: u32;
  vvvv: u32;
  map: u32;
  opcode: u32;
  modrm: u32;
  /** log2 of the operand size, and of the address size: 1, 2, 3. */
  operandSize: u32;
  addressSize: u32;
  /** 0, or what a direct branch's operand size is, as the mode whose instruction pointers it has, + 1. */
  chains: u32;
  decodePad: u32;

  // --- memory ---
  /** The chunk being filled, and those there are: addresses at CODE_CHUNKS_AT. */
  chunk: u32;
  chunkCount: u32;
  /** The next op, and the end of the chunk. */
  opNext: u32;
  opEnd: u32;
  /** The next CodePage's id; ids are never used twice between two flushes. */
  nextId: u32;
  /** CodePages in use. */
  pageCount: u32;

  // --- what the run loop is asked for (EXEC_CODE) ---
  /** CODE_WANTS_*. */
  wants: u32;
  /** The CodePage that waits for everybody's flush. */
  wantedPage: u32;

  // --- written by others ---
  /** Not 0: a bit of CODE_PENDING_AT is set. */
  pending: u32;
  /** Slot of SYSTEM_CODE_CACHES, + 1. */
  slot: u32;

  // --- counters ---
  blocksDecoded: u64;
  opsDecoded: u64;
  flushes: u64;
  pagesMarked: u64;
  pagesStale: u64;
  blocksDropped: u64;
}

/** No segment override. */
export const SEG_NONE: u32 = 8;

/** CodeCache.wants. */
export const CODE_WANTS_NOTHING: u32 = 0;
/** Another chunk of ops. */
export const CODE_WANTS_CHUNK: u32 = 1;
/** A flush of all vCPUs that may write the frame of wantedPage, which is marked already. */
export const CODE_WANTS_FLUSH: u32 = 2;

/** In the CodeCache's frame: bytes of an instruction that crosses a page, */
export const CODE_BYTES_AT: u32 = 512;
/** two Ops: that instruction, and the end of its block, */
export const CODE_SCRATCH_AT: u32 = 576;
/** u32 addresses of the chunks of ops, */
export const CODE_CHUNKS_AT: u32 = 704;
export const CODE_MAX_CHUNKS: u32 = 16;
/** and a bit for each CodePage that others want dropped. */
export const CODE_PENDING_AT: u32 = 1024;
/** u8 for each frame, by its number modulo a power of two: the stores to it that were reported. */
export const CODE_STORES_AT: u32 = 2048;
export const CODE_STORES_MASK: u32 = 2047;
/** So many, and the frame is no code frame any more. */
export const CODE_STORES_MAX: u32 = 255;
if (offsetof<CodeCache>() > CODE_BYTES_AT) ERROR("CodeCache overlaps its scratch");

/** A frame with decoded instructions, as code of one mode. */
@unmanaged
export class CodePage {
  /** pfn << 2 | CODE_* mode; 0 = unused. */
  key: u32;
  /** What CodeEntry.key has of it; 0: none yet. CODE_PAGE_MARKED: its frame is marked, not all have flushed. CODE_PAGE_STALE: all over again. */
  id: u32;
  /** Bit n: bytes n * 64 to n * 64 + 63 are part of a decoded instruction. */
  lines: u64;
  /** The first CodeBlock, or 0. */
  blocks: u32;
  codePagePad: u32;
}
export const CODE_PAGE_BYTES: u32 = 24;
if (offsetof<CodePage>() != CODE_PAGE_BYTES) ERROR("an array of CodePage has no gaps");
export const CODE_PAGE_MARKED: u32 = 0xffffffff;
export const CODE_PAGE_STALE: u32 = 0xfffffffe;
export const CODE_LINE_SHIFT: u32 = 6;

/** CodePages: a hash table, open addressing. */
export const CODE_PAGES: u32 = 4096;
export const CODE_PAGES_ORDER: u32 = 5;
/** So many in use, at most: probes stay short. */
export const CODE_PAGES_MAX: u32 = 3072;
if (CODE_PAGES * CODE_PAGE_BYTES > 4096 << CODE_PAGES_ORDER) ERROR("CODE_PAGES_ORDER");
if (CODE_PENDING_AT + CODE_PAGES / 8 > CODE_STORES_AT) ERROR("pending bits overlap the counts");
if (CODE_STORES_AT + CODE_STORES_MASK + 1 > 4096) ERROR("counts leave the CodeCache's frame");

/** Where an instruction's op is: a hash table, direct-mapped. */
@unmanaged
export class CodeEntry {
  /** CodePage.id << 12 | offset in the page; 0 = unused. */
  key: u32;
  /** Address of its Op. */
  op: u32;
}
export const CODE_ENTRY_SHIFT: u32 = 3;
export const CODE_ENTRIES: u32 = 16384;
export const CODE_ENTRIES_ORDER: u32 = 5;
if (CODE_ENTRIES << CODE_ENTRY_SHIFT != 4096 << CODE_ENTRIES_ORDER) ERROR("CODE_ENTRIES_ORDER");
/** Where the executor has gone lately: the op at a linear address, and all that is known of its page. */
@unmanaged
export class CodeJump {
  linear: u64;
  /** X86.codeJumpTag; 0 = unused. */
  tag: u32;
  op: u32;
  /** X86.pageHost, X86.codePageKey. */
  pageHost: u32;
  pageKey: u32;
  jumpPad: u64;
}
export const CODE_JUMP_SHIFT: u32 = 5;
if (offsetof<CodeJump>() != 1 << CODE_JUMP_SHIFT) ERROR("CODE_JUMP_SHIFT");
export const CODE_JUMPS: u32 = 1024;
export const CODE_JUMPS_ORDER: u32 = 3;
if (CODE_JUMPS << CODE_JUMP_SHIFT != 4096 << CODE_JUMPS_ORDER) ERROR("CODE_JUMPS_ORDER");

/** Ids fit a CodeEntry's key. */
export const CODE_IDS: u32 = 1 << 20;

/** Heads a block's ops; as large as one. */
@unmanaged
export class CodeBlock {
  /** The page's next block, or 0. */
  next: u32;
  /** The key of its first op. */
  key: u32;
  /** Ops, with the one that ends it. */
  ops: u32;
  /** Offsets in the page of the first byte, and of the first one behind it. */
  from: u32;
  to: u32;
  blockPad0: u32;
  blockPad1: u64;
}
if (offsetof<CodeBlock>() != 32) ERROR("a CodeBlock is as large as an Op");

/** A chunk of ops. */
export const CODE_CHUNK_ORDER: u32 = 7;
/** Instructions of a block, at most; one op more ends it. */
export const CODE_BLOCK_OPS: u32 = 120;
