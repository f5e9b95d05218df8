/**
 * The memory of a vCPU's code cache: its tables, and the chunks that ops are taken from. A chunk is never given back
 * before the vCPU goes; when the last one is full everything decoded is dropped and filling starts over.
 */

import {
  CODE_BLOCK_OPS,
  CODE_CHUNK_ORDER,
  CODE_CHUNKS_AT,
  CODE_ENTRIES,
  CODE_ENTRIES_ORDER,
  CODE_ENTRY_SHIFT,
  CODE_IDS,
  CODE_JUMP_SHIFT,
  CODE_JUMPS,
  CODE_JUMPS_ORDER,
  CODE_MAX_CHUNKS,
  CODE_PAGE_BYTES,
  CODE_PAGE_STALE,
  CODE_PAGES,
  CODE_PAGES_ORDER,
  CodeCache,
  CodePage,
} from "../layout/code_cache";
import { PAGE_SIZE } from "../layout/types";
import { X86 } from "../layout/x86";
import { OP_BYTES } from "../layout/x86_op";
import { kblockAlloc, kblockFree } from "../mm/kblock";

const ONE_FRAME: u32 = 0;
/** A block, its head and the op that ends it. */
const BLOCK_BYTES: u32 = (CODE_BLOCK_OPS + 2) * OP_BYTES;

// @ts-ignore: decorator
@inline
export function codeCacheOf(c: X86): CodeCache {
  return changetype<CodeCache>(c.codeCache);
}

/** Allocates the tables and the first chunk. @ret false: out of memory; what there is codeFree takes */
export function codeInit(c: X86): bool {
  if (c.codeCache == 0) c.codeCache = <u32>kblockAlloc(ONE_FRAME);
  if (c.codeEntries == 0) c.codeEntries = <u32>kblockAlloc(CODE_ENTRIES_ORDER);
  if (c.codePages == 0) c.codePages = <u32>kblockAlloc(CODE_PAGES_ORDER);
  if (c.codeJumps == 0) c.codeJumps = <u32>kblockAlloc(CODE_JUMPS_ORDER);
  if (c.codeCache == 0 || c.codeEntries == 0 || c.codePages == 0 || c.codeJumps == 0) return false;
  const d = codeCacheOf(c);
  d.nextId = 1;
  return d.chunkCount != 0 || codeGrow(c);
}

/** Gives all of it back. */
export function codeFree(c: X86): void {
  if (c.codeCache != 0) {
    const d = codeCacheOf(c);
    for (let i: u32 = 0; i < d.chunkCount; i++) kblockFree(chunkAt(d, i), CODE_CHUNK_ORDER);
    kblockFree(c.codeCache, ONE_FRAME);
  }
  if (c.codeEntries != 0) kblockFree(c.codeEntries, CODE_ENTRIES_ORDER);
  if (c.codePages != 0) kblockFree(c.codePages, CODE_PAGES_ORDER);
  if (c.codeJumps != 0) kblockFree(c.codeJumps, CODE_JUMPS_ORDER);
  c.codeCache = 0;
  c.codeEntries = 0;
  c.codePages = 0;
  c.codeJumps = 0;
}

// @ts-ignore: decorator
@inline
function chunkAt(d: CodeCache, i: u32): usize {
  return load<u32>(changetype<usize>(d) + CODE_CHUNKS_AT + i * 4);
}

/** Another chunk; the vCPU is outside of the guest. @ret false: out of memory */
export function codeGrow(c: X86): bool {
  const d = codeCacheOf(c);
  const chunk = kblockAlloc(CODE_CHUNK_ORDER);
  if (chunk == 0) return false;
  store<u32>(changetype<usize>(d) + CODE_CHUNKS_AT + d.chunkCount * 4, <u32>chunk);
  useChunk(d, d.chunkCount);
  d.chunkCount++;
  return true;
}

function useChunk(d: CodeCache, i: u32): void {
  d.chunk = i;
  d.opNext = <u32>chunkAt(d, i);
  d.opEnd = d.opNext + (PAGE_SIZE << CODE_CHUNK_ORDER);
}

/** Whether another block fits the chunk being filled, or the next one there is. */
export function codeHasRoom(d: CodeCache): bool {
  if (d.opEnd - d.opNext >= BLOCK_BYTES) return true;
  if (d.chunk + 1 >= d.chunkCount) return false;
  useChunk(d, d.chunk + 1);
  return true;
}

/** Whether a vCPU may have another chunk. */
export function codeMayGrow(d: CodeCache): bool {
  return d.chunkCount < CODE_MAX_CHUNKS;
}

/**
 * Drops all decoded instructions; frames stay known, with none. Pointers to ops, and X86.pageLinear, are void.
 * The executor may be in one of the ops: whoever calls this ends what it runs.
 */
export function codeDropAll(c: X86): void {
  const d = codeCacheOf(c);
  memory.fill(c.codeEntries, 0, CODE_ENTRIES << CODE_ENTRY_SHIFT);
  d.nextId = 1;
  for (let i: u32 = 0; i < CODE_PAGES; i++) {
    const page = changetype<CodePage>(c.codePages + i * CODE_PAGE_BYTES);
    page.blocks = 0;
    page.lines = 0;
    if (page.id != 0 && page.id < CODE_PAGE_STALE) page.id = d.nextId++;
  }
  useChunk(d, 0);
  codeForgetJumps(c);
  d.flushes++;
}

/** Translations or modes may have changed: no CodeJump is valid any more. */
// @ts-ignore: decorator
@inline
export function codeForgetJumps(c: X86): void {
  if (++c.codeJumpTag == 0) clearJumps(c);
}

function clearJumps(c: X86): void {
  memory.fill(c.codeJumps, 0, CODE_JUMPS << CODE_JUMP_SHIFT);
  c.codeJumpTag = 1;
}

/** A new id for a CodePage, or 0: they have run out, codeDropAll makes room. */
export function codeNewId(d: CodeCache): u32 {
  return d.nextId < CODE_IDS ? d.nextId++ : 0;
}
