/**
 * The mmap lock of an address space. Read side: faults (gup), and whoever keeps a page in place while using its bytes
 * (gupLock); it only adds to the tables. Write side: everything else. So whoever holds it for read and has found a
 * present entry may use that frame until unlocking. Who does not hold it (an MMU that installed the frame in its own
 * tables) relies on the notifiers.
 *
 * Nobody holds it while waiting for a grace period, a pager or JavaScript. It may be taken in an epoch section.
 */

import { Mm } from "../layout/hostmm";
import { READ_CLASS_MMAP, RW_DISTRIBUTED } from "../layout/sync";
import { RANK_MMAP } from "../sync/lockorder";
import { assertHeld, assertWriteHeld, readLock, readUnlock, rwInit, writeLock, writeUnlock } from "../sync/rwlock";

// @ts-ignore: decorator
@inline
function lockOf(mm: Mm): usize {
  return changetype<usize>(mm) + offsetof<Mm>("mmapLock");
}

export function mmapLockInit(mm: Mm): void {
  rwInit(lockOf(mm), RW_DISTRIBUTED, RANK_MMAP);
}

/** @takes mmapLock:read */
// @ts-ignore: decorator
@inline
export function mmapReadLock(mm: Mm): void {
  readLock(lockOf(mm), READ_CLASS_MMAP);
}

// @ts-ignore: decorator
@inline
export function mmapReadUnlock(mm: Mm): void {
  readUnlock(lockOf(mm), READ_CLASS_MMAP);
}

/** @takes mmapLock:write */
// @ts-ignore: decorator
@inline
export function mmapWriteLock(mm: Mm): void {
  writeLock(lockOf(mm));
}

// @ts-ignore: decorator
@inline
export function mmapWriteUnlock(mm: Mm): void {
  writeUnlock(lockOf(mm));
}

/** Debug: held, in either mode. */
// @ts-ignore: decorator
@inline
export function assertMmapHeld(mm: Mm): void {
  assertHeld(lockOf(mm));
}

/** Debug: held for write. */
// @ts-ignore: decorator
@inline
export function assertMmapWriteHeld(mm: Mm): void {
  assertWriteHeld(lockOf(mm));
}
