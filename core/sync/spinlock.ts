/**
 * The lock for short sections, and the mutex: spins a few microseconds, then sleeps. Records its owner, so that a
 * waiter can tell that the owner's worker died, and debug builds that a stranger unlocks. Not recursive.
 *
 * Three states (free, owned, owned with sleepers): a waiter that slept takes the lock as "with sleepers", because it
 * cannot know whether others still sleep; unlocking then wakes one.
 */

import { DEBUG } from "../layout/build";
import { BUG_LOCK_OWNER } from "../layout/bugs";
import { hostNow } from "../layout/host";
import { LOCK_WAITERS, SpinLock } from "../layout/sync";
import { bug } from "../trace/bug";
import { acas32, aload32, axchg32, spinHint } from "./atomics";
import { isInnermostRank, isSystemWideRank, noteAcquire, noteRelease } from "./lockorder";
import { thisCpu } from "./this_cpu";
import { DEAD_POLL_MS, isCpuDead, sleepOn, sleepOnSystemLock, SPIN_LIMIT, waitForDeadCpu } from "./wait";

// @ts-ignore: decorator
@inline
function rankOf(p: usize): usize {
  return p + offsetof<SpinLock>("rank");
}

export function spinLockInit(p: usize, rank: u32): void {
  const lock = changetype<SpinLock>(p);
  lock.word = 0;
  lock.rank = rank;
}

// @ts-ignore: decorator
@inline
export function spinLock(p: usize): void {
  if (DEBUG) noteAcquire(rankOf(p));
  if (acas32(p, 0, thisCpu().id + 1) != 0) spinLockSlow(p);
}

// @ts-ignore: decorator
@inline
export function spinTryLock(p: usize): bool {
  if (acas32(p, 0, thisCpu().id + 1) != 0) return false;
  if (DEBUG) noteAcquire(rankOf(p));
  return true;
}

// @ts-ignore: decorator
@inline
export function spinUnlock(p: usize): void {
  if (DEBUG) noteRelease(rankOf(p));
  const old = axchg32(p, 0);
  if (DEBUG && (old & ~LOCK_WAITERS) != thisCpu().id + 1) bug(BUG_LOCK_OWNER, old, load<u32>(rankOf(p)));
  if ((old & LOCK_WAITERS) != 0) atomic.notify(p, 1);
}

/** Debug: the calling CPU owns the lock. A plain load: whatever others do to the word, it names this CPU or it does not. */
// @ts-ignore: decorator
@inline
export function assertSpinHeld(p: usize): void {
  if (DEBUG && (load<u32>(p) & ~LOCK_WAITERS) != thisCpu().id + 1)
    bug(BUG_LOCK_OWNER, load<u32>(p), load<u32>(rankOf(p)));
}

function spinLockSlow(p: usize): void {
  const cpu = thisCpu();
  const me = cpu.id + 1;
  const start = hostNow();
  let spins: u32 = 0;
  while (true) {
    const word = aload32(p);
    if (word == 0) {
      if (acas32(p, 0, spins < SPIN_LIMIT ? me : me | LOCK_WAITERS) == 0) break;
    } else if (spins < SPIN_LIMIT) {
      spinHint(p);
      spins++;
    } else {
      if (isCpuDead((word & ~LOCK_WAITERS) - 1)) waitForDeadCpu(isSystemWideRank(load<u32>(rankOf(p))));
      const waiting = word | LOCK_WAITERS;
      if (word == waiting || acas32(p, word, waiting) == word) sleep(p, waiting);
    }
  }
  cpu.lockWaits++;
  cpu.lockWaitNs += <u64>(hostNow() - start);
}

function sleep(p: usize, word: u32): void {
  if (isInnermostRank(load<u32>(rankOf(p)))) sleepOnSystemLock(p, word);
  else sleepOn(p, word, DEAD_POLL_MS);
}
