/**
 * Programs of a few accesses to shared words, with known races and known answers: the model checker is tested on them.
 * `p`, `q`: addresses of u32 words; `lock`: of a SpinLock or RwLock that the rig has room for.
 */

import { READ_CLASS_MMU } from "../layout/sync";
import { hostChoose } from "../layout/host";
import { aadd32, acas32, aload32, astore32, spinHint, storeRelease32 } from "../sync/atomics";
import { epochDefer, epochEnter, epochExit, epochPoll, epochSynchronize } from "../sync/epoch";
import { readLock, readUnlock, rwInit, writeLock, writeUnlock } from "../sync/rwlock";
import { spinLock, spinLockInit, spinUnlock } from "../sync/spinlock";

export function litmusLoad(p: usize): u32 {
  return aload32(p);
}

export function litmusStore(p: usize, value: u32): void {
  astore32(p, value);
}

/** Adds 1 by a load and a store: loses updates. */
export function litmusIncrement(p: usize): void {
  astore32(p, aload32(p) + 1);
}

/** Adds 1 to each of `n` words, one after the other, losing updates. */
export function litmusIncrementEach(p: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) astore32(p + i * 4, aload32(p + i * 4) + 1);
}

/** Adds 1 without losing any. */
export function litmusAdd(p: usize): void {
  aadd32(p, 1);
}

/** The bit pattern of what was seen: a store to `p`, then a load of `q`. */
export function litmusStoreLoad(p: usize, q: usize): u32 {
  astore32(p, 1);
  return aload32(q);
}

/** The same with a store that a processor may delay. */
export function litmusReleaseLoad(p: usize, q: usize): u32 {
  storeRelease32(p, 1);
  return aload32(q);
}

/** The same with a barrier between the two. */
export function litmusReleaseFenceLoad(p: usize, q: usize, other: usize): u32 {
  storeRelease32(p, 1);
  aadd32(other, 1);
  return aload32(q);
}

/** Waits until the word is not 0. */
export function litmusAwait(p: usize): void {
  while (aload32(p) == 0) spinHint(p);
}

/** 1: this caller was the one that changed `expected` to `value`. */
export function litmusCas(p: usize, expected: u32, value: u32): u32 {
  return u32(acas32(p, expected, value) == expected);
}

/** Stores a number that the explorer chooses: 0 to n - 1. */
export function litmusChoose(p: usize, n: u32): void {
  astore32(p, hostChoose(n));
}

export function litmusSpinInit(lock: usize, rank: u32): void {
  spinLockInit(lock, rank);
}

/** litmusIncrement under a spinlock. */
export function litmusSpinIncrement(lock: usize, p: usize): void {
  spinLock(lock);
  litmusIncrement(p);
  spinUnlock(lock);
}

/** Takes two words by compare-and-exchange, in the order given, without core's lock-order check: deadlocks if others reverse it. */
export function litmusTakeBoth(first: usize, second: usize): void {
  while (acas32(first, 0, 1) != 0) spinHint(first);
  while (acas32(second, 0, 1) != 0) spinHint(second);
  astore32(second, 0);
  astore32(first, 0);
}

export function litmusRwInit(lock: usize, kind: u32, rank: u32): void {
  rwInit(lock, kind, rank);
}

/** litmusIncrement under a lock held for write. */
export function litmusWriteIncrement(lock: usize, p: usize): void {
  writeLock(lock);
  litmusIncrement(p);
  writeUnlock(lock);
}

/** Under a lock held for read: 1 if two loads of the word differ. */
export function litmusReadTwice(lock: usize, p: usize): u32 {
  readLock(lock, READ_CLASS_MMU);
  const first = aload32(p);
  const differs = u32(aload32(p) != first);
  readUnlock(lock, READ_CLASS_MMU);
  return differs;
}

/** In an epoch section: what the object that `p` points to holds, or 0 if there is none. */
export function litmusEpochRead(p: usize): u32 {
  epochEnter();
  const object = aload32(p);
  const value = object != 0 ? aload32(object + 12) : 0;
  epochExit();
  return value;
}

function clobber(object: usize): void {
  astore32(object + 12, 0xdead);
}

/** Unlinks the object that `p` points to and has it clobbered after a grace period. */
export function litmusEpochDefer(p: usize): void {
  const object = aload32(p);
  astore32(p, 0);
  epochDefer(object, clobber.index);
  epochPoll();
  epochPoll();
}

/** The same, waiting for the grace period. */
export function litmusEpochSynchronize(p: usize): void {
  const object = aload32(p);
  astore32(p, 0);
  epochSynchronize();
  clobber(object);
}

/**
 * Runs the nibbles of `program`, lowest first, to the first 0: bits 1..0 are the operation (1 load, 2 store, 3 add), bits
 * 3..2 the word at `p`. Returns what was seen, and stores what follows from it.
 */
export function litmusProgram(program: u32, p: usize): u32 {
  let seen: u32 = 1;
  for (; program != 0; program >>= 4) {
    const word = p + (((program >> 2) & 3) << 2);
    const operation = program & 3;
    if (operation == 1) seen = seen * 7 + aload32(word);
    else if (operation == 2) astore32(word, seen & 15);
    else if (operation == 3) seen = seen * 7 + aadd32(word, seen & 3);
  }
  return seen;
}
