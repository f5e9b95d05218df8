/**
 * Mapping: checks the request, chooses an address, makes the VMA. Pages come when they are touched, except that
 * MM_MAP_HUGETLB takes all its 2 MiB frames now, so that no fault on them fails later for want of memory (until
 * DONTNEED gives one back, or fork shares it).
 */

import { DEBUG } from "../layout/build";
import { BUG_HOST_ENTRY } from "../layout/bugs";
import { EEXIST, EINVAL, ENOMEM, EPERM } from "../layout/errno";
import {
  BACKING_ANON,
  BACKING_OBJECT,
  BACKING_PAGER,
  BACKING_PHANTOM,
  HPTE_PS,
  HVA_END,
  HVA_MIN,
  Mm,
  MM_MAP_FIXED,
  MM_MAP_FLAGS,
  MM_MAP_HUGE,
  MM_MAP_HUGE_1G,
  MM_MAP_HUGETLB,
  PhantomRange,
  PROT_READ,
  PROT_WRITE,
  Vma,
  VMA_FRESH,
  VmaArray,
} from "../layout/hostmm";
import { Hva, LEVEL_2M, PAGE_SHIFT, PAGE_SIZE, pagesPerLevel, PHANTOM_PFN_BASE } from "../layout/types";
import { frameMeta } from "../mm/frames";
import { aload64, astore64 } from "../sync/atomics";
import { epochPoll } from "../sync/epoch";
import { bug } from "../trace/bug";
import { makeReadOnly, makeWritable, rootOf, tableEnsure, tableSpan, tableTrim } from "./host_table";
import { HUGE_BYTES, hugeAlloc, hugePut } from "./huge_block";
import { countLeaf, leafWithProt } from "./leaf";
import { mmIsDestroyed } from "./mm";
import { mmapWriteLock, mmapWriteUnlock } from "./mmap_lock";
import { objectBytes, objectGet } from "./object";
import { phantomCreate, phantomPlace } from "./phantom";
import { protNormal, rangeCheck } from "./range";
import { unitLevel, vmaCeiling, vmaFindFree, vmaFloor, vmaFree, vmaMake, vmaRangeIsFree } from "./vma";
import { vmaEditCommit, vmaEditInsert } from "./vma_edit";

/** Instead of a pfn: the mapping takes no blocks. */
const NO_BLOCKS: u32 = u32.MAX_VALUE;

/** What kinds of mapping each flag is for. */
function flagsAreValid(backing: u32, flags: u32): bool {
  if ((flags & ~MM_MAP_FLAGS) != 0) return false;
  const size = flags & (MM_MAP_HUGE | MM_MAP_HUGETLB | MM_MAP_HUGE_1G);
  if (size == MM_MAP_HUGE) return backing == BACKING_ANON || backing == BACKING_PHANTOM;
  if (size == MM_MAP_HUGETLB) return backing == BACKING_ANON;
  if (size == MM_MAP_HUGE_1G) return backing == BACKING_PHANTOM;
  return size == 0;
}

function sourceIsValid(backing: u32, source: u32, offset: u64, length: u64): bool {
  if (backing == BACKING_OBJECT) {
    const bytes = source == 0 ? 0 : objectBytes(source);
    return (offset & (PAGE_SIZE - 1)) == 0 && length <= bytes && offset <= bytes - length;
  }
  if (backing == BACKING_PAGER) return (offset & (PAGE_SIZE - 1)) == 0 && offset + length >= length;
  return source == 0 && offset == 0;
}

/** 0, or the errno of a request that no address space could serve. */
function checkRequest(hva: Hva, length: u64, backing: u32, prot: u32, flags: u32, source: u32, offset: u64): i32 {
  if (backing < BACKING_ANON || backing > BACKING_PHANTOM || !flagsAreValid(backing, flags)) return -EINVAL;
  if ((prot & ~(PROT_READ | PROT_WRITE)) != 0) return -EINVAL;
  const unitMask = tableSpan(unitLevel(backing, flags)) - 1;
  if (length == 0 || (length & unitMask) != 0) return -EINVAL;
  if (length > HVA_END) return -ENOMEM;
  if ((flags & MM_MAP_FIXED) != 0) {
    if ((hva & unitMask) != 0) return -EINVAL;
    if (hva < HVA_MIN) return -EPERM;
    if (rangeCheck(hva, length) != 0) return -ENOMEM;
  }
  return sourceIsValid(backing, source, offset, length) ? 0 : -EINVAL;
}

/**
 * Maps `length` bytes: at `hva` with MM_MAP_FIXED (else `hva` is ignored), or at the lowest free address, aligned to
 * 2 MiB for lengths from there on (to 1 GiB with MM_MAP_HUGE_1G).
 *
 * backing         source        offset                flags
 * BACKING_ANON    0             0                     MM_MAP_HUGE or MM_MAP_HUGETLB
 * BACKING_OBJECT  HostObject    bytes into it
 * BACKING_PAGER   pager's id    bytes into its store
 * BACKING_PHANTOM 0             0                     MM_MAP_HUGE or MM_MAP_HUGE_1G
 *
 * @takes mmapLock:write
 * @ret the address; -EINVAL: a bad combination, a length of 0 or of no whole pages (2 MiB for HUGETLB ...), a destroyed
 *   address space; -EEXIST: MM_MAP_FIXED and not free; -EPERM: below HVA_MIN; -ENOMEM: beyond 2^47, or no room, or no memory
 */
export function mmMap(
  address: usize,
  hva: Hva,
  length: u64,
  backing: u32,
  prot: u32,
  flags: u32,
  source: u32,
  offset: u64,
): i64 {
  const bad = checkRequest(hva, length, backing, prot, flags, source, offset);
  if (bad != 0) return bad;
  const vma = prepareVma(length, backing, protNormal(prot), flags, source, offset);
  if (changetype<usize>(vma) == 0) return -ENOMEM;
  const mm = changetype<Mm>(address);
  const blocks = (flags & MM_MAP_HUGETLB) != 0 ? blocksAlloc(length) : NO_BLOCKS;
  if (blocks == 0) {
    vmaFree(vma);
    return -ENOMEM;
  }
  mmapWriteLock(mm);
  const result = mapLocked(mm, vma, hva, length, flags, blocks);
  mmapWriteUnlock(mm);
  if (result < 0 && blocks != NO_BLOCKS) blocksFree(blocks);
  epochPoll();
  return result;
}

/** The VMA, without an address yet, and what it refers to; null = out of memory. */
function prepareVma(length: u64, backing: u32, prot: u32, flags: u32, source: u32, offset: u64): Vma {
  if (backing == BACKING_PHANTOM) {
    source = <u32>phantomCreate(length >> PAGE_SHIFT, unitLevel(backing, flags));
    if (source == 0) return changetype<Vma>(0);
  }
  if (backing == BACKING_OBJECT) objectGet(source);
  return vmaMake(backing, prot, flags, source, offset);
}

/** Gives `vma` its address and publishes it; on failure it is freed, the blocks are not. @holds mmapLock:write */
function mapLocked(mm: Mm, vma: Vma, hva: Hva, length: u64, flags: u32, blocks: u32): i64 {
  const error = mmIsDestroyed(mm) ? -EINVAL : place(mm, vma, hva, length, flags);
  if (error != 0) {
    vmaFree(vma);
    return error;
  }
  const start = vma.start;
  const prot = vma.prot;
  const isRoomy = blocks == NO_BLOCKS || tablesPrepare(mm, start, start + length);
  if (!isRoomy) vmaFree(vma);
  const array = isRoomy ? vmaEditInsert(mm, vma) : changetype<VmaArray>(0);
  if (changetype<usize>(array) == 0) {
    tableTrim(rootOf(mm), start, start + length, vmaFloor(mm, start), vmaCeiling(mm, start));
    return -ENOMEM;
  }
  vmaEditCommit(mm, array);
  if (blocks != NO_BLOCKS) blocksMap(mm, start, blocks, prot);
  return start;
}

/** Chooses start and end of `vma`, and a phantom's frame numbers. @ret 0; -EEXIST; -ENOMEM */
function place(mm: Mm, vma: Vma, hva: Hva, length: u64, flags: u32): i32 {
  const unit = max(tableSpan(unitLevel(vma.backing, flags)), length >= HUGE_BYTES ? <u64>HUGE_BYTES : <u64>PAGE_SIZE);
  const isFixed = (flags & MM_MAP_FIXED) != 0;
  const start = isFixed ? hva : vmaFindFree(mm, length, unit);
  if (start == 0) return -ENOMEM;
  if (isFixed && !vmaRangeIsFree(mm, start, start + length)) return -EEXIST;
  vma.start = start;
  vma.end = start + length;
  vma.edit = VMA_FRESH;
  if (vma.backing != BACKING_PHANTOM) return 0;
  const range = changetype<PhantomRange>(vma.source);
  const at = phantomPlace(mm.phantomNext, length >> PAGE_SHIFT, pagesPerLevel(range.level));
  if (at == u64.MAX_VALUE) return -ENOMEM;
  range.basePfn = PHANTOM_PFN_BASE + at;
  mm.phantomNext = at + (length >> PAGE_SHIFT);
  return 0;
}

/** Zeroed 2 MiB blocks for `length` bytes, linked through their heads' metadata. pfn of the first; 0 = out of memory. */
function blocksAlloc(length: u64): u32 {
  let first: u32 = 0;
  for (let done: u64 = 0; done < length; done += HUGE_BYTES) {
    const pfn = hugeAlloc();
    if (pfn == 0) {
      if (first != 0) blocksFree(first);
      return 0;
    }
    memory.fill((<usize>pfn) << PAGE_SHIFT, 0, HUGE_BYTES);
    frameMeta(pfn).link = first;
    first = pfn;
  }
  return first;
}

function blocksFree(first: u32): void {
  for (let pfn = first; pfn != 0; ) {
    const next = frameMeta(pfn).link;
    frameMeta(pfn).link = 0;
    hugePut(pfn);
    pfn = next;
  }
}

/** Makes the tables for 2 MiB leaves in [start, end). False = out of memory. */
function tablesPrepare(mm: Mm, start: Hva, end: Hva): bool {
  for (let at = start; at < end; at += HUGE_BYTES) if (tableEnsure(rootOf(mm), at, LEVEL_2M) == 0) return false;
  return true;
}

function blocksMap(mm: Mm, start: Hva, first: u32, prot: u32): void {
  let at = start;
  for (let pfn = first; pfn != 0; at += HUGE_BYTES) {
    const next = frameMeta(pfn).link;
    frameMeta(pfn).link = 0;
    const slot = tableEnsure(rootOf(mm), at, LEVEL_2M); // it is there since tablesPrepare
    if (DEBUG && aload64(slot) != 0) bug(BUG_HOST_ENTRY, aload64(slot), at);
    astore64(slot, leafWithProt(makeWritable(makeReadOnly(pfn)) | HPTE_PS, prot));
    countLeaf(mm, LEVEL_2M);
    pfn = next;
  }
}
