/**
 * gup: from hva to frame. gupFast takes no lock and answers for what is mapped; gup does whatever it takes short of
 * waiting for a pager. Results, in thisCpu():
 *
 *   ret0  frame number of the 4 KiB page at hva     ret1  GUP_WRITABLE if the entry allows writing now
 *   ret2  level of the host mapping, 1 to 3         ret3  with -EAGAIN: see pagerAwaited (pager.ts)
 *
 * No reference is taken. A result is good for one of two users:
 *   - a table of the MMU: it reads its invalidation sequence before the call, and installs the frame under its lock
 *     only if the sequence is unchanged and no range in progress covers the address;
 *   - a reader or writer of the bytes: it uses gupLock, which keeps the page in place until gupUnlock.
 */

import { DEBUG } from "../layout/build";
import { BUG_EPOCH } from "../layout/bugs";
import { EFAULT, ENOMEM } from "../layout/errno";
import {
  GUP_MISS,
  GUP_NOWAIT,
  GUP_WRITE,
  HOST_LEVELS,
  HPTE_ACCESSED,
  HPTE_PRESENT,
  HPTE_PS,
  HPTE_WRITE,
  HVA_BITS,
  Mm,
} from "../layout/hostmm";
import { Hva, LEVEL_2M, LEVEL_4K } from "../layout/types";
import { aload64, aor64 } from "../sync/atomics";
import { assertEpoch } from "../sync/epoch";
import { thisCpu } from "../sync/this_cpu";
import { bug } from "../trace/bug";
import { breakSharing } from "./cow";
import { fault, FAULT_NO_BLOCK, FAULT_SHARED } from "./fault";
import { entryIsLeaf, entryPtr, rootOf, tableFind, tableSlot } from "./host_table";
import { reportLeaf } from "./leaf";
import { mmapReadLock, mmapReadUnlock } from "./mmap_lock";
import { reclaimForFault, reclaimSome } from "./reclaim";

/** Answers from the tables if there is a leaf that allows the access; else GUP_MISS. @holds mmapLock:read, or @epoch */
// @ts-ignore: decorator
@inline
function lookUp(mm: Mm, hva: Hva, flags: u32): i32 {
  const root = rootOf(mm);
  if (root == 0 || hva >> HVA_BITS != 0) return GUP_MISS;
  let entry = aload64(tableSlot(root, hva, HOST_LEVELS));
  if ((entry & HPTE_PRESENT) == 0) return GUP_MISS;
  entry = aload64(tableSlot(entryPtr(entry), hva, 3));
  if ((entry & HPTE_PRESENT) == 0) return GUP_MISS;
  entry = aload64(tableSlot(entryPtr(entry), hva, LEVEL_2M));
  let level = LEVEL_2M;
  if ((entry & (HPTE_PRESENT | HPTE_PS)) == HPTE_PRESENT) {
    entry = aload64(tableSlot(entryPtr(entry), hva, LEVEL_4K));
    level = LEVEL_4K;
  }
  const wanted = (flags & GUP_WRITE) != 0 ? HPTE_PRESENT | HPTE_WRITE : HPTE_PRESENT;
  if ((entry & wanted) != wanted) return GUP_MISS;
  reportLeaf(entry, hva, level);
  return 0;
}

/**
 * The lockless half: pages that are mapped and allow the access. `flags`: GUP_WRITE or 0.
 * @epoch
 * @ret 0; GUP_MISS: call gup
 */
export function gupFast(mm: Mm, hva: Hva, flags: u32): i32 {
  assertEpoch();
  return lookUp(mm, hva, flags);
}

/**
 * The frame behind `hva`, made or asked for if need be. `flags`: GUP_WRITE, GUP_NOWAIT. Not in an epoch section: a
 * write to a page shared by copy-on-write calls the notifiers, and the MMU enters one.
 * @takes mmapLock:read, or write
 * @ret 0; -EFAULT: nothing mapped there, or not with that right, or the pager failed; -ENOMEM: and reclaim found nothing;
 *   -EAGAIN: a pager must be waited for, for the page or for memory, see pager.ts
 */
export function gup(mm: Mm, hva: Hva, flags: u32): i32 {
  const result = gupLock(mm, hva, flags);
  if (result == 0) gupUnlock(mm);
  return result;
}

/**
 * gup that returns, if it returns 0, with the mmap lock held for read: until gupUnlock the page stays where it is and
 * keeps its rights, and its bytes may be read (and written, with GUP_WRITE). Results as gup.
 * @takes mmapLock:read, kept if 0 is returned
 */
export function gupLock(mm: Mm, hva: Hva, flags: u32): i32 {
  if (DEBUG && thisCpu().epoch != 0) bug(BUG_EPOCH, 5, 0);
  if (hva >> HVA_BITS != 0) return -EFAULT;
  if ((flags & GUP_NOWAIT) == 0) reclaimSome(mm);
  while (true) {
    mmapReadLock(mm);
    let result = lookUp(mm, hva, flags);
    if (result != 0) result = fault(mm, hva, flags);
    if (result == 0) {
      noteUse(mm, hva);
      return 0;
    }
    mmapReadUnlock(mm);
    if (result == FAULT_SHARED) result = breakSharing(mm, hva);
    if (result == FAULT_NO_BLOCK) return -ENOMEM;
    if (result == -ENOMEM && (flags & GUP_NOWAIT) == 0) result = reclaimForFault(mm);
    if (result < 0) return result;
  }
}

/**
 * The caller is about to use the page: its entry becomes young. gupFast does not do so: who installs a frame in tables of
 * its own notes its uses there. @holds mmapLock:read
 */
function noteUse(mm: Mm, hva: Hva): void {
  const reported = thisCpu().ret2;
  const slot = tableFind(rootOf(mm), hva);
  const level = <u32>thisCpu().ret2;
  thisCpu().ret2 = reported;
  const entry = aload64(slot);
  // Phantom pages have no entry. A leaf stays one, whatever else changes, while the lock is held.
  if (entryIsLeaf(entry, level) && (entry & HPTE_ACCESSED) == 0) aor64(slot, HPTE_ACCESSED);
}

/** Ends what gupLock began. */
// @ts-ignore: decorator
@inline
export function gupUnlock(mm: Mm): void {
  mmapReadUnlock(mm);
}
