/**
 * A vCPU's translations of linear addresses: what every load, store and fetch of the guest asks first.
 *
 * Guarantee: a hit means that both dimensions allow that kind of access at the present privilege (X86.ltlbView), and
 * that no table, the guest's or the second dimension's, needs an update: Accessed is set, and Dirty for writes. So a
 * hit is the whole translation: one compare, then the load. Never a hit: phantom pages, stores to frames whose decoded
 * instructions are cached (FRAME_FLAG_CODE), and anything while X86.ltlbTag is LTLB_TAG_NONE.
 *
 * Behind these entries, of which every view has its own, is a second level (hw/linear_second.ts) for all views.
 *
 * Every comparator carries the address space's tag. A PCID keeps its tag while others run, so that switching back finds
 * its entries again; X86.ltlbFloor ends all of them at once. When tags run out the block is cleared in earnest.
 * Large pages fill entries of 4 KiB; LARGE says where, so that INVLPG of one can take all of them.
 */

import { HW_EXEC, HW_READ, HW_WRITE } from "../layout/hw";
import {
  LinearEntry,
  LTLB_BYTES,
  LTLB_ENTRIES,
  LTLB_ENTRY_SHIFT,
  LTLB_LARGE,
  LTLB_LARGE_BITS,
  LTLB_PCIDS,
  LTLB_SPACES,
  LTLB_TAG_MAX,
  LTLB_TAG_NONE,
  LTLB_VIEW_SHIFT,
  LTLB_VIEWS,
  WALK_HUGE,
} from "../layout/linear_tlb";
import { PAGE_MASK, PAGE_SHIFT } from "../layout/types";
import { CR4_PCIDE, X86 } from "../layout/x86";
import { codeFrameIsCached } from "../mm/code_frame";
import { secondForget } from "./linear_second";

/** Bits of CR3 that name an address space. */
const PCID_MASK: u64 = 0xfff;
/** Of a 2 MiB region, and of a 1 GiB region, in LARGE. */
const LARGE_SHIFT: u64 = 21;
const HUGE_SHIFT: u64 = 30;

// @ts-ignore: decorator
@inline
function entryAt(base: u32, linear: u64): LinearEntry {
  const mask = (LTLB_ENTRIES - 1) << LTLB_ENTRY_SHIFT;
  return changetype<LinearEntry>(base + (<u32>(linear >> (PAGE_SHIFT - LTLB_ENTRY_SHIFT)) & mask));
}

/** As hw/tlb.ts: the page of the last byte, in the entry of the first, so that what crosses a page misses. */
// @ts-ignore: decorator
@inline
function wantedTag(c: X86, linear: u64, size: u32): u64 {
  return ((linear + (size - 1)) & PAGE_MASK) | c.ltlbTag;
}

/** Address in linear memory of the T at `linear`, for reading it, or 0: take the slow path. */
// @ts-ignore: decorator
@inline
export function linHitRead<T>(c: X86, linear: u64): usize {
  const entry = entryAt(c.ltlbBase, linear);
  return entry.readTag == wantedTag(c, linear, sizeof<T>()) ? <usize>linear + entry.addend : 0;
}

/** As linHitRead, in another view than the present one. */
// @ts-ignore: decorator
@inline
export function linViewHitRead<T>(c: X86, view: u32, linear: u64): usize {
  const entry = entryAt(linViewBase(c, view), linear);
  return entry.readTag == wantedTag(c, linear, sizeof<T>()) ? <usize>linear + entry.addend : 0;
}

/** As linHitRead, for writing, or reading and writing: what may be written may be read. */
// @ts-ignore: decorator
@inline
export function linHitWrite<T>(c: X86, linear: u64): usize {
  const entry = entryAt(c.ltlbBase, linear);
  return entry.writeTag == wantedTag(c, linear, sizeof<T>()) ? <usize>linear + entry.addend : 0;
}

/** As linHitRead, for fetching the byte at `linear`, and others of its page. */
// @ts-ignore: decorator
@inline
export function linHitExec(c: X86, linear: u64): usize {
  const entry = entryAt(c.ltlbBase, linear);
  return entry.execTag == wantedTag(c, linear, 1) ? <usize>linear + entry.addend : 0;
}

/** The first entry of a view. */
// @ts-ignore: decorator
@inline
export function linViewBase(c: X86, view: u32): u32 {
  return c.ltlbBlock + (view << LTLB_VIEW_SHIFT);
}

/**
 * Lets accesses in `view` to the page of `linear` hit: those in `may` (HW_READ | HW_WRITE | HW_EXEC) of the page at `page`
 * in linear memory. Writes only if no flag is missing: HW_WRITE in `may` says so.
 */
// @ts-ignore: decorator
@inline
export function linearFill(c: X86, linear: u64, view: u32, may: u32, page: u32): void {
  const entry = entryAt(linViewBase(c, view), linear);
  const tag = (linear & PAGE_MASK) | c.ltlbSpace;
  entry.readTag = (may & HW_READ) != 0 ? tag : 0;
  entry.writeTag = (may & HW_WRITE) != 0 && !codeFrameIsCached(page) ? tag : 0;
  entry.execTag = (may & HW_EXEC) != 0 ? tag : 0;
  entry.addend = page - (<u32>linear & <u32>PAGE_MASK);
}

/** Gives the vCPU an empty linear TLB in the block of LTLB_ORDER at `block`. core/cpu/privilege.ts makes it usable. */
export function linearInit(c: X86, block: usize): void {
  c.ltlbBlock = <u32>block;
  c.ltlbMask = (LTLB_ENTRIES - 1) << LTLB_ENTRY_SHIFT;
  startOver(c);
}

/** Clears everything: tags begin again. */
function startOver(c: X86): void {
  memory.fill(c.ltlbBlock, 0, LTLB_BYTES);
  c.ltlbWalks = 1;
  c.ltlbFloor = 1;
  c.ltlbNext = 1;
  c.ltlbGlobal = newTag(c);
  setSpace(c, newTag(c));
}

/** A tag that no entry has. Two are left at least. */
function newTag(c: X86): u32 {
  return c.ltlbNext++;
}

/** Makes sure that two new tags can be had. @ret whether everything has just been cleared */
function tagsRanOut(c: X86): bool {
  if (c.ltlbNext + 1 <= LTLB_TAG_MAX) return false;
  startOver(c);
  return true;
}

/** Every walk begins at the root again. */
// @ts-ignore: decorator
@inline
function walksForget(c: X86): void {
  c.ltlbWalks++;
  // Entries of long ago would come to life again.
  if (c.ltlbWalks == 0) startOver(c);
}

/** Address of the tag of `pcid`'s address space. */
function spaceAt(c: X86, pcid: u32): usize {
  return <usize>c.ltlbBlock + LTLB_SPACES + (pcid << 1);
}

/** The PCID in use. */
// @ts-ignore: decorator
@inline
function currentPcid(c: X86): u32 {
  return (c.cr4 & CR4_PCIDE) != 0 ? <u32>(c.cr3 & PCID_MASK) : 0;
}

/** The present address space gets `tag`. */
function setSpace(c: X86, tag: u32): void {
  store<u16>(spaceAt(c, currentPcid(c)), <u16>tag);
  c.ltlbSpace = tag;
  walksForget(c);
  if (c.ltlbTag != LTLB_TAG_NONE) c.ltlbTag = tag;
}

/** Empties it: all address spaces, global pages too. What a flush of the second dimension, or of CR4, asks for. */
export function linearFlushAll(c: X86): void {
  if (c.ltlbBlock == 0 || tagsRanOut(c)) return;
  c.ltlbGlobal = newTag(c);
  memory.fill(c.ltlbBlock + LTLB_LARGE, 0, LTLB_LARGE_BITS / 8);
  c.ltlbFloor = c.ltlbNext;
  setSpace(c, newTag(c));
}

/** Empties it of all address spaces, but not of global pages (INVPCID, all contexts retaining globals). */
export function linearFlushNonGlobal(c: X86): void {
  if (tagsRanOut(c)) return;
  c.ltlbFloor = c.ltlbNext;
  setSpace(c, newTag(c));
}

/** Empties it of one address space, but not of global pages (INVPCID, single context). */
export function linearFlushPcid(c: X86, pcid: u32): void {
  if (pcid == currentPcid(c)) linearFlushSpace(c);
  else store<u16>(spaceAt(c, pcid & (LTLB_PCIDS - 1)), 0);
}

/** Empties it of the present address space, but not of global pages: MOV CR3, once X86.cr3 is set. */
export function linearFlushSpace(c: X86): void {
  if (tagsRanOut(c)) return;
  setSpace(c, newTag(c));
}

/** X86.cr3 has changed, and what is cached of its address space stays valid (MOV CR3 with bit 63). */
export function linearSwitchSpace(c: X86): void {
  const tag = <u32>load<u16>(spaceAt(c, currentPcid(c)));
  if (tag < c.ltlbFloor) linearFlushSpace(c);
  else setSpace(c, tag);
}

/**
 * Forgets the page of `linear`, of whatever size, in all address spaces, global or not, and where walks begin: INVLPG,
 * INVPCID of an address.
 */
export function linearFlushPage(c: X86, linear: u64): void {
  if (hasLarge(c, linear)) {
    linearFlushAll(c);
    return;
  }
  for (let view: u32 = 0; view < LTLB_VIEWS; view++) {
    const entry = entryAt(linViewBase(c, view), linear);
    entry.readTag = 0;
    entry.writeTag = 0;
    entry.execTag = 0;
  }
  secondForget(c, linear);
  walksForget(c);
}

/** Address of the word of LARGE with the bit of a region, and the bit. */
// @ts-ignore: decorator
@inline
function largeWord(c: X86, region: u64): usize {
  return <usize>c.ltlbBlock + LTLB_LARGE + ((<usize>(region & (LTLB_LARGE_BITS - 1)) >> 6) << 3);
}

/** An entry, of either level, is made of a page of `info` that is larger than 4 KiB. */
export function linearNoteLarge(c: X86, linear: u64, info: u32): void {
  // A gigabyte's number is turned round, so that neighbours do not meet the megabytes'.
  const region = (info & WALK_HUGE) != 0 ? ~(linear >> HUGE_SHIFT) : linear >> LARGE_SHIFT;
  const p = largeWord(c, region);
  store<u64>(p, load<u64>(p) | ((<u64>1) << (region & 63)));
}

/** Whether entries may have been made of a large page with `linear` in it. */
function hasLarge(c: X86, linear: u64): bool {
  const large = linear >> LARGE_SHIFT;
  const huge = ~(linear >> HUGE_SHIFT);
  const inLarge = (load<u64>(largeWord(c, large)) >> (large & 63)) & 1;
  const inHuge = (load<u64>(largeWord(c, huge)) >> (huge & 63)) & 1;
  return (inLarge | inHuge) != 0;
}
