/**
 * The frames that a vCPU has decoded instructions of (CodePage), and what is needed before the first of a frame is read:
 * the frame is marked, so that stores to it are reported, and everybody who may hold a translation for writing it has
 * flushed (core/mm/code_frame.ts). The flush is for a vCPU outside of the guest: EXEC_CODE asks for it.
 *
 * A CodePage exists from before the mark on, so that whoever frees the frame meanwhile finds it and has it dropped.
 */

import {
  CODE_PAGE_BYTES,
  CODE_PAGE_MARKED,
  CODE_PAGE_STALE,
  CODE_PAGES,
  CODE_PAGES_MAX,
  CODE_WANTS_FLUSH,
  CodePage,
} from "../layout/code_cache";
import { PAGE_MASK, PAGE_SHIFT } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { X86 } from "../layout/x86";
import { EXEC_CODE, EXEC_NEXT, EXEC_REQUEST } from "../layout/x86_op";
import { codeFrameMark } from "../mm/code_frame";
import { astore32 } from "../sync/atomics";
import { hasRequests } from "../sync/guest_mode";
import { codeCacheOf, codeDropAll, codeNewId } from "./code_memory";
import { fetchTranslate } from "./memory";
import { ripIsWhole } from "./rip_page";

/** X86.pageLinear: of no page. */
export const NO_PAGE: u64 = ~(<u64>0);
/** CODE_* in CodePage.key. */
const MODE_BITS: u32 = 2;
/** Of a multiplicative hash. */
const HASH: u32 = 0x9e3779b1;

// @ts-ignore: decorator
@inline
export function codePageAt(c: X86, i: u32): CodePage {
  return changetype<CodePage>(c.codePages + i * CODE_PAGE_BYTES);
}

// @ts-ignore: decorator
@inline
function keyOf(pfn: u32, mode: u32): u32 {
  return (pfn << MODE_BITS) | mode;
}

// @ts-ignore: decorator
@inline
function slotOf(key: u32): u32 {
  return (key * HASH) >> 20;
}
if (CODE_PAGES != 1 << 12) ERROR("slotOf gives 12 bits");

/** codePageFind: there is none. */
export const NO_SLOT: u32 = 0xffffffff;

/** The slot of the frame's CodePage of `mode`, or NO_SLOT. Any thread may look. */
export function codePageFind(c: X86, pfn: u32, mode: u32): u32 {
  const i = codePageSlot(c, pfn, mode);
  return codePageAt(c, i).key == 0 ? NO_SLOT : i;
}

/** The slot of the frame's CodePage of `mode`, or of the unused one where it would be. */
export function codePageSlot(c: X86, pfn: u32, mode: u32): u32 {
  const key = keyOf(pfn, mode);
  let i = slotOf(key);
  while (true) {
    const found = codePageAt(c, i).key;
    if (found == key || found == 0) return i;
    i = (i + 1) & (CODE_PAGES - 1);
  }
}

/**
 * Makes the page of `linear` the one that instructions are fetched from: X86.pageLinear, pageHost and codePageKey, which
 * is 0 if nothing of it may be cached.
 * @ret EXEC_NEXT, or what the translation or the code cache gave
 */
export function codePageEnter(c: X86, linear: u64): i32 {
  const status = fetchTranslate(c, linear);
  if (status != EXEC_NEXT) return status;
  const host = c.pointer & <u32>PAGE_MASK;
  const i = codePageSlot(c, host >> PAGE_SHIFT, c.codeMode);
  const page = codePageAt(c, i);
  if (page.key == 0 || page.id == CODE_PAGE_STALE) return markPage(c, i, host >> PAGE_SHIFT);
  if (page.id == CODE_PAGE_MARKED) return EXEC_CODE;
  // Who has freed the frame since it was decoded has said so before it could be mapped again.
  if (hasRequests(changetype<Vcpu>(c.vcpu))) return EXEC_REQUEST;
  if (page.id == 0) {
    page.id = newId(c);
  }
  c.pageLinear = linear & PAGE_MASK;
  c.pageHost = host;
  c.codePageKey = ripIsWhole(c, c.pageLinear) ? page.id << PAGE_SHIFT : 0;
  return EXEC_NEXT;
}

function newId(c: X86): u32 {
  const d = codeCacheOf(c);
  const id = codeNewId(d);
  if (id != 0) return id;
  codeDropAll(c);
  return codeNewId(d);
}

/** The first of a frame: marks it, and asks for the flush. */
function markPage(c: X86, i: u32, pfn: u32): i32 {
  const d = codeCacheOf(c);
  if (d.pageCount == CODE_PAGES_MAX) {
    forgetPages(c);
    i = codePageSlot(c, pfn, c.codeMode);
  }
  const page = codePageAt(c, i);
  page.id = CODE_PAGE_MARKED;
  page.blocks = 0;
  page.lines = 0;
  if (page.key == 0) d.pageCount++;
  // Before the mark: who sees that finds this page.
  astore32(changetype<usize>(page) + offsetof<CodePage>("key"), keyOf(pfn, c.codeMode));
  codeFrameMark(pfn);
  d.wants = CODE_WANTS_FLUSH;
  d.wantedPage = <u32>changetype<usize>(page);
  d.pagesMarked++;
  return EXEC_CODE;
}

/** Everybody has flushed: the frame's bytes may be read. */
export function codePageFlushed(c: X86): void {
  const page = changetype<CodePage>(codeCacheOf(c).wantedPage);
  if (page.id == CODE_PAGE_MARKED) page.id = 0;
}

/** All of them, with all that is decoded. Frames stay marked: they report to nobody. */
function forgetPages(c: X86): void {
  memory.fill(c.codePages, 0, CODE_PAGES * CODE_PAGE_BYTES);
  codeCacheOf(c).pageCount = 0;
  codeDropAll(c);
}
