/**
 * Stores to frames with decoded instructions, from whatever side: this vCPU, another, a device, whoever frees the frame.
 *
 * Guarantee: what this thread's vCPU has decoded of the bytes is gone when the report returns, so that its next
 * instruction is decoded from what was stored. Other vCPUs drop the page at their next block boundary: they find a bit
 * set, and REQ_CODE_FLUSH.
 *
 * A CodePage's key and lines are published before its bytes are read, and looked at here after the store, with a full
 * barrier between on both sides: so either the reader of the bytes has the store, or the report finds the reader.
 *
 * A page of both code and data costs a look-up for each store that misses its lines. One that is stored to again and
 * again is given up: it is no code frame any more, until it is executed again.
 */

import {
  CODE_LINE_SHIFT,
  CODE_PAGE_STALE,
  CODE_PAGES,
  CODE_PENDING_AT,
  CODE_STORES_AT,
  CODE_STORES_MAX,
  CODE_STORES_MASK,
  CodeCache,
  CodePage,
} from "../layout/code_cache";
import { REQ_CODE_FLUSH } from "../layout/exits";
import {
  MAX_CODE_CACHES,
  OP_CODE_WRITTEN,
  System,
  SYSTEM_BASE,
  SYSTEM_CODE_CACHES,
  SYSTEM_OPS,
} from "../layout/system";
import { PAGE_SHIFT, PAGE_SIZE } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { CODE_64, X86 } from "../layout/x86";
import { codeFrameUnmark } from "../mm/code_frame";
import { acas32, aload32, aor32, astore32, axchg32 } from "../sync/atomics";
import { epochEnter, epochExit } from "../sync/epoch";
import { requestMake } from "../sync/guest_mode";
import { thisCpu } from "../sync/this_cpu";
import { codeDropRange } from "./code_cache";
import { codeCacheOf } from "./code_memory";
import { codePageAt, codePageFind, NO_SLOT } from "./code_page";

/** From now on stores are reported to `c`. @ret false: there are too many processors */
export function codeWatch(c: X86): bool {
  store<u32>(SYSTEM_OPS + OP_CODE_WRITTEN * 4, load<u32>(changetype<usize>(codeWritten)));
  const d = codeCacheOf(c);
  for (let i: u32 = 0; i < MAX_CODE_CACHES; i++) {
    if (acas32(slotAddress(i), 0, <u32>changetype<usize>(c)) != 0) continue;
    d.slot = i + 1;
    growTo(i + 1);
    return true;
  }
  return false;
}

/** Undoes codeWatch. Whoever still looks at `c` is in an epoch section: it may be freed a grace period later. */
export function codeUnwatch(c: X86): void {
  if (c.codeCache == 0 || codeCacheOf(c).slot == 0) return;
  astore32(slotAddress(codeCacheOf(c).slot - 1), 0);
  codeCacheOf(c).slot = 0;
}

// @ts-ignore: decorator
@inline
function slotAddress(i: u32): usize {
  return SYSTEM_CODE_CACHES + i * 4;
}

function growTo(count: u32): void {
  const at = SYSTEM_BASE + offsetof<System>("codeCaches");
  let seen = aload32(at);
  while (seen < count) seen = acas32(at, seen, count) == seen ? count : aload32(at);
}

/** What core/mm/code_frame.ts reports: `bytes` at `hpa` were stored; 0: the frame is freed. */
function codeWritten(hpa: u32, bytes: u32): void {
  const own = thisCpu().vcpu;
  const isInSection = thisCpu().epoch != 0;
  if (!isInSection) epochEnter();
  const isGivenUp = bytes != 0 && own != 0 && countStore(changetype<Vcpu>(own), hpa);
  const n = aload32(SYSTEM_BASE + offsetof<System>("codeCaches"));
  for (let i: u32 = 0; i < n; i++) {
    // A full barrier each time: the store before, what the reader has published behind.
    const c = changetype<X86>(aor32(slotAddress(i), 0));
    if (changetype<usize>(c) != 0) tell(c, hpa, isGivenUp ? 0 : bytes, own);
  }
  if (isGivenUp) codeFrameUnmark(hpa >> PAGE_SHIFT);
  if (!isInSection) epochExit();
}

/** Whether this store to the frame is one too many. */
function countStore(vcpu: Vcpu, hpa: u32): bool {
  const c = changetype<X86>(vcpu.x86);
  if (changetype<usize>(c) == 0 || c.codeCache == 0) return false;
  const at = <usize>c.codeCache + CODE_STORES_AT + ((hpa >> PAGE_SHIFT) & CODE_STORES_MASK);
  const count = <u32>load<u8>(at) + 1;
  store<u8>(at, <u8>(count < CODE_STORES_MAX ? count : 0));
  return count >= CODE_STORES_MAX;
}

/** Reports to one vCPU what it may have decoded in any mode. */
function tell(c: X86, hpa: u32, bytes: u32, own: u32): void {
  for (let mode: u32 = 0; mode <= CODE_64; mode++) {
    const i = codePageFind(c, hpa >> PAGE_SHIFT, mode);
    if (i == NO_SLOT) continue;
    const page = codePageAt(c, i);
    const from = hpa & (PAGE_SIZE - 1);
    if (bytes != 0 && (page.lines & linesOf(from, bytes)) == 0) continue;
    if (c.vcpu != own) postpone(c, i);
    else if (bytes == 0) giveUp(c, page);
    else codeDropRange(c, page, from, from + bytes);
  }
}

/** Bit n: line n has one of the `bytes` from offset `from` on. */
function linesOf(from: u32, bytes: u32): u64 {
  const first = from >> CODE_LINE_SHIFT;
  const last = (from + bytes - 1) >> CODE_LINE_SHIFT;
  // (2 << 63 is 0, and 0 - 1 all ones.)
  return (((<u64>2) << last) - 1) & ~(((<u64>1) << first) - 1);
}

/** Drops all of a page, which then has to be marked again before it is decoded. */
function giveUp(c: X86, page: CodePage): void {
  codeDropRange(c, page, 0, PAGE_SIZE);
  page.lines = 0;
  page.id = CODE_PAGE_STALE;
  codeCacheOf(c).pagesStale++;
}

/** Has another vCPU do that. */
function postpone(c: X86, i: u32): void {
  aor32(<usize>c.codeCache + CODE_PENDING_AT + ((i >> 5) << 2), 1 << (i & 31));
  astore32(<usize>c.codeCache + offsetof<CodeCache>("pending"), 1);
  requestMake(changetype<Vcpu>(c.vcpu), REQ_CODE_FLUSH);
}

/** REQ_CODE_FLUSH: drops the pages that others have named. The vCPU's own thread, outside of the guest. */
export function codeServe(c: X86): void {
  if (c.codeCache == 0 || axchg32(<usize>c.codeCache + offsetof<CodeCache>("pending"), 0) == 0) return;
  for (let word: u32 = 0; word < CODE_PAGES / 32; word++) {
    let bits = axchg32(<usize>c.codeCache + CODE_PENDING_AT + (word << 2), 0);
    for (; bits != 0; bits &= bits - 1) {
      const page = codePageAt(c, (word << 5) | ctz(bits));
      if (page.key != 0) giveUp(c, page);
    }
  }
}
