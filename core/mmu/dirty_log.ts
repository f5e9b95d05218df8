/**
 * Collecting slots' dirty bitmaps: KVM_GET_DIRTY_LOG, KVM_CLEAR_DIRTY_LOG, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2.
 *
 * Guarantee: what vCPUs wrote before the call is in what it returns, if it was not in an earlier answer; and when a
 * call that takes marks returns, the next write to each of those pages is marked again. So a caller that takes marks
 * and copies the pages afterwards misses nothing (see dirty.ts for why). One page may come an answer late: one that a
 * vCPU's fault has just made writable and not yet marked, while another vCPU writes it already.
 *
 * mmu_lock is held for write only in short turns: it is given away as soon as anybody waits for it, at the latest after
 * a batch of words. What the marks were goes into the caller's kernel array, and the one flush comes at the end.
 */

import { EINVAL, ENOENT } from "../layout/errno";
import {
  DIRTY_LOG_INITIALLY_SET,
  DIRTY_LOG_MANUAL_PROTECT_ENABLE,
  KVM_USER_MEM_SLOTS,
  Memslot,
} from "../layout/memslot";
import { ADDRESS_SPACES, Vm } from "../layout/vm";
import { karrayAt, karrayBytes } from "../mm/karray";
import { aand64, aload64, axchg64 } from "../sync/atomics";
import { remoteFlush } from "../sync/guest_mode";
import { rwWriteContended, writeLock, writeUnlock } from "../sync/rwlock";
import { assertSpinHeld, spinLock, spinUnlock } from "../sync/spinlock";
import { clearDirtyPtMasked, splitForLogging } from "./clear_dirty";
import { memslotById } from "./memslot_array";
import { vmMemslots } from "./memslot";
import { vmMmuLock, vmSlotsLock } from "./mmu_lock";
import { pmlCollect } from "./pml";
import { roleAsId, rootRole } from "./role";
import { rootNext, ROOTS_VALID } from "./tdp_root";

/** Words of the bitmap (64 pages each) between two looks at who waits for mmu_lock: a power of two, so within a chunk of an array. */
const BATCH_WORDS: u64 = 8;

/** Which marks a collection takes: all, or those whose bit is set in the caller's buffer. */
const TAKE_ALL: u32 = 0;
const TAKE_GIVEN: u32 = 1;

// @ts-ignore: decorator
@inline
function wordsOf(pages: u64): u64 {
  return (pages + 63) >> 6;
}

/** The logged slot `slotId` (as_id << 16 | number), or null. @holds slotsLock */
function loggedSlot(vm: Vm, slotId: u32): Memslot | null {
  const slot = memslotById(vmMemslots(vm, slotId >> 16), slotId & 0xffff);
  return slot === null || slot.dirtyBitmap == 0 ? null : slot;
}

function isSlotId(slotId: u32): bool {
  return slotId >> 16 < ADDRESS_SPACES && (slotId & 0xffff) < KVM_USER_MEM_SLOTS;
}

/**
 * KVM_GET_DIRTY_LOG: bit i of `buffer`, a kernel array of at least one bit a page in whole u64, says that page i of the
 * slot was written. Takes the marks, but for manual protection.
 * @takes slotsLock, mmuLock:write @ret 0; -EINVAL: no slot number, buffer too small; -ENOENT: no such slot, or not logged
 */
export function dirtyLogGet(vm: Vm, slotId: u32, buffer: u32): i32 {
  if (!isSlotId(slotId)) return -EINVAL;
  spinLock(vmSlotsLock(vm));
  const slot = loggedSlot(vm, slotId);
  const r = slot === null ? -ENOENT : getLocked(vm, slot, buffer);
  spinUnlock(vmSlotsLock(vm));
  return r;
}

/** @holds slotsLock */
function getLocked(vm: Vm, slot: Memslot, buffer: u32): i32 {
  assertSpinHeld(vmSlotsLock(vm));
  const words = wordsOf(slot.nPages);
  if (karrayBytes(buffer) < words * 8) return -EINVAL;
  pmlCollect(vm);
  if ((vm.manualProtect & DIRTY_LOG_MANUAL_PROTECT_ENABLE) != 0) {
    for (let i: u64 = 0; i < words; i++)
      store<u64>(karrayAt(buffer, i * 8), aload64(karrayAt(slot.dirtyBitmap, i * 8)));
  } else collect(vm, slot, buffer, 0, words, TAKE_ALL);
  return 0;
}

/**
 * KVM_CLEAR_DIRTY_LOG: takes the marks of those of the pages [firstPage, firstPage + numPages) of the slot whose bit is
 * set in `buffer` (bit 0 = firstPage). Afterwards `buffer` says which marks there were. Needs no manual protection.
 * @takes slotsLock, mmuLock:write @ret 0; -EINVAL: no slot number, firstPage no multiple of 64, numPages neither one nor
 * up to the slot's end, beyond the slot, buffer too small; -ENOENT: no such slot, or not logged
 */
export function dirtyLogClear(vm: Vm, slotId: u32, firstPage: u64, numPages: u64, buffer: u32): i32 {
  if (!isSlotId(slotId) || (firstPage & 63) != 0) return -EINVAL;
  spinLock(vmSlotsLock(vm));
  const slot = loggedSlot(vm, slotId);
  const r = slot === null ? -ENOENT : clearLocked(vm, slot, firstPage, numPages, buffer);
  spinUnlock(vmSlotsLock(vm));
  return r;
}

/** No need to drain the processors' logs: what is in there yet has its mark, or will have one. @holds slotsLock */
function clearLocked(vm: Vm, slot: Memslot, firstPage: u64, numPages: u64, buffer: u32): i32 {
  assertSpinHeld(vmSlotsLock(vm));
  if (firstPage > slot.nPages || numPages > slot.nPages - firstPage) return -EINVAL;
  if ((numPages & 63) != 0 && numPages != slot.nPages - firstPage) return -EINVAL;
  const words = wordsOf(numPages);
  if (karrayBytes(buffer) < words * 8) return -EINVAL;
  // Enabling the log has left huge pages alone; those that lose a mark are needed small now.
  if ((vm.manualProtect & DIRTY_LOG_INITIALLY_SET) != 0) splitGiven(vm, slot, buffer, firstPage >> 6, words);
  collect(vm, slot, buffer, firstPage >> 6, words, TAKE_GIVEN);
  return 0;
}

/** @holds slotsLock @takes mmuLock:read */
function splitGiven(vm: Vm, slot: Memslot, buffer: u32, firstWord: u64, words: u64): void {
  for (let i: u64 = 0; i < words; i++) {
    const mask = load<u64>(karrayAt(buffer, i * 8)) & aload64(karrayAt(slot.dirtyBitmap, (firstWord + i) * 8));
    if (mask == 0) continue;
    const gfn = slot.baseGfn + ((firstWord + i) << 6);
    splitForLogging(vm, slot, gfn + ctz(mask), gfn + 64 - clz(mask));
  }
}

/**
 * Takes the marks in `words` words of the bitmap from `firstWord` on, as `how` says, into `buffer`, and protects the
 * pages. @holds slotsLock @takes mmuLock:write
 */
function collect(vm: Vm, slot: Memslot, buffer: u32, firstWord: u64, words: u64, how: u32): void {
  const lock = vmMmuLock(vm);
  let done: u64 = 0;
  let taken: u64 = 0;
  while ((done = skipClean(slot, buffer, firstWord, done, words)) < words) {
    writeLock(lock);
    do {
      const batch = (done | (BATCH_WORDS - 1)) + 1;
      const end = batch < words ? batch : words;
      const dirty = takeWords(slot, buffer, firstWord, done, end, how);
      if (dirty != 0) protectWords(vm, slot, buffer, firstWord, done, end);
      taken |= dirty;
      done = end;
    } while (done < words && !rwWriteContended(lock));
    writeUnlock(lock);
  }
  if (taken != 0) remoteFlush(vm);
}

/** Answers for clean words, which need no lock; returns the first that is not, or `words`. */
function skipClean(slot: Memslot, buffer: u32, firstWord: u64, done: u64, words: u64): u64 {
  for (; done < words; done++) {
    if (aload64(karrayAt(slot.dirtyBitmap, (firstWord + done) * 8)) != 0) break;
    store<u64>(karrayAt(buffer, done * 8), 0);
  }
  return done;
}

/** Takes marks: buffer words [from, to) become those that were there. Returns their union. */
function takeWords(slot: Memslot, buffer: u32, firstWord: u64, from: u64, to: u64, how: u32): u64 {
  let any: u64 = 0;
  for (let i = from; i < to; i++) {
    const word = karrayAt(slot.dirtyBitmap, (firstWord + i) * 8);
    const answer = karrayAt(buffer, i * 8);
    let mask = aload64(word);
    if (how == TAKE_GIVEN) mask &= load<u64>(answer);
    if (mask != 0) mask = how == TAKE_GIVEN ? mask & aand64(word, ~mask) : axchg64(word, 0);
    store<u64>(answer, mask);
    any |= mask;
  }
  return any;
}

/** Protects the pages of buffer words [from, to), which lie in one chunk, in every root. @holds mmuLock:write @tlb caller flushes */
function protectWords(vm: Vm, slot: Memslot, buffer: u32, firstWord: u64, from: u64, to: u64): void {
  for (let root = rootNext(vm, null, ROOTS_VALID); root !== null; root = rootNext(vm, root, ROOTS_VALID)) {
    if (roleAsId(rootRole(root)) != slot.asId) continue;
    clearDirtyPtMasked(
      vm,
      root,
      slot.baseGfn + ((firstWord + from) << 6),
      karrayAt(buffer, from * 8),
      <u32>(to - from),
    );
  }
}

/**
 * KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2: DIRTY_LOG_MANUAL_PROTECT_ENABLE, with it DIRTY_LOG_INITIALLY_SET, or 0. Counts for
 * logs that begin, and calls that come, afterwards.
 * @takes slotsLock @ret 0; -EINVAL: other flags, INITIALLY_SET alone
 */
export function vmSetManualProtect(vm: Vm, flags: u32): i32 {
  const both = DIRTY_LOG_MANUAL_PROTECT_ENABLE | DIRTY_LOG_INITIALLY_SET;
  const allowed: u32 = (flags & DIRTY_LOG_MANUAL_PROTECT_ENABLE) != 0 ? both : 0;
  if ((flags & ~allowed) != 0) return -EINVAL;
  spinLock(vmSlotsLock(vm));
  vm.manualProtect = flags;
  spinUnlock(vmSlotsLock(vm));
  return 0;
}
