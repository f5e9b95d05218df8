/**
 * A vCPU's translations of linear addresses: what every load, store and fetch of the guest asks first.
 *
 * Guarantee: a hit means that both dimensions allow that kind of access at the present privilege (X86.ltlbView), and
 * that no table, the guest's or the second dimension's, needs an update: Accessed is set, and Dirty for writes. So a
 * hit is the whole translation: one compare, then the load. Never a hit: phantom pages, stores to frames whose decoded
 * instructions are cached (FRAME_FLAG_CODE), and anything while X86.ltlbTag is LTLB_TAG_NONE.
 *
 * Every comparator carries the address space's tag. A PCID keeps its tag while others run, so that switching back finds
 * its entries again; X86.ltlbFloor ends all of them at once. When tags run out the block is cleared in earnest.
 * Large pages fill entries of 4 KiB; LARGE says where, so that INVLPG of one can take all of them.
 */

import { HW_DIRTY, HW_EXEC, HW_PHANTOM, HW_READ, HW_WRITE } from "../layout/hw";
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
  WALK_DIRTY,
  WALK_HUGE,
  WALK_LARGE,
} from "../layout/linear_tlb";
import { PAGE_MASK, PAGE_SHIFT } from "../layout/types";
import { CR4_PCIDE, X86 } from "../layout/x86";
import { codeFrameIsCached } from "../mm/code_frame";

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
 * Keeps a translation of the page of `linear`: guest `rights` (HW_READ | HW_WRITE | HW_EXEC in that view) and `info`
 * (WALK_*), `hpa` and `permissions` as hwWalk gives them. Phantom pages are not kept.
 */
export function linearFill(c: X86, linear: u64, view: u32, rights: u32, info: u32, hpa: u64, permissions: u32): void {
  if ((permissions & HW_PHANTOM) != 0) return;
  const entry = entryAt(linViewBase(c, view), linear);
  const tag = (linear & PAGE_MASK) | c.ltlbSpace;
  const both = rights & permissions;
  const isDirty = (info & WALK_DIRTY) != 0 && (permissions & HW_DIRTY) != 0;
  entry.readTag = (both & HW_READ) != 0 ? tag : 0;
  entry.writeTag = (both & HW_WRITE) != 0 && isDirty && !codeFrameIsCached(hpa) ? tag : 0;
  entry.execTag = (both & HW_EXEC) != 0 ? tag : 0;
  entry.addend = <u32>(hpa & PAGE_MASK) - (<u32>linear & <u32>PAGE_MASK);
  if ((info & WALK_LARGE) != 0) noteLarge(c, linear, info);
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
 * Forgets the page of `linear`, of whatever size, in all address spaces, global or not: INVLPG, INVPCID of an address,
 * and what a page fault does.
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
}

/** Address of the word of LARGE with the bit of a region, and the bit. */
// @ts-ignore: decorator
@inline
function largeWord(c: X86, region: u64): usize {
  return <usize>c.ltlbBlock + LTLB_LARGE + ((<usize>(region & (LTLB_LARGE_BITS - 1)) >> 6) << 3);
}

function noteLarge(c: X86, linear: u64, info: u32): void {
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
