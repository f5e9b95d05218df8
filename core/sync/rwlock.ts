/**
 * The reader-writer lock of mmu_lock and the mmap lock. Guarantee: a writer is alone; readers share; a writer waits
 * for readers inside and holds off new ones, and lets those it held off go before the next writer.
 *
 * Read side of RW_DISTRIBUTED: a reader publishes the lock's address in its own CPU's line, then looks for a writer; a
 * writer publishes itself, then sweeps the CPUs' lines. Either one sees the other. Uncontended read sections touch no
 * line that another CPU writes. A CPU therefore holds at most one lock of each READ_CLASS_*.
 *
 * RW_CENTRAL keeps one count, as the kernel's rwlock does, for comparison. RW_EXCLUSIVE has no shared mode: the plain
 * queued lock of the legacy MMU. Both keep WRITER_SLOW_KIND set in `writer`, which sends readers to the slow path.
 *
 * Not fair in time, only in turns; not recursive.
 */

import { DEBUG } from "../layout/build";
import { BUG_LOCK_OWNER } from "../layout/bugs";
import { Cpu, cpuById } from "../layout/cpu";
import { hostNow } from "../layout/host";
import { RW_CENTRAL, RW_DISTRIBUTED, RW_EXCLUSIVE, RwLock } from "../layout/sync";
import { SYSTEM_BASE, System } from "../layout/system";
import { bug } from "../trace/bug";
import { aadd32, aload32, astore32, axchg32, spinHint, storeRelease32 } from "./atomics";
import { isNoted, isSystemWideRank, noteAcquire, noteRelease } from "./lockorder";
import { thisCpu } from "./this_cpu";
import { DEAD_POLL_MS, isCpuDead, sleepOn, SPIN_LIMIT, waitForDeadCpu } from "./wait";

/** RwLock.writer: this lock's readers do not use their CPU's line. */
const WRITER_SLOW_KIND: u32 = 0x80000000;
/** How long a writer waits for one reader's line before it looks again, ms. A reader's wake-up may be missed. */
const SWEEP_POLL_MS: f64 = 1;

// @ts-ignore: decorator
@inline function rankOf(p: usize): usize {
  return p + offsetof<RwLock>("rank");
}

/** Where CPU `cpu` publishes the lock of class `cls` it holds for read. */
// @ts-ignore: decorator
@inline function readHeld(cpu: Cpu, cls: u32): usize {
  return changetype<usize>(cpu) + offsetof<Cpu>("readHeld0") + cls * 4;
}

export function rwInit(p: usize, kind: u32, rank: u32): void {
  const lock = changetype<RwLock>(p);
  lock.writer = kind == RW_DISTRIBUTED ? 0 : WRITER_SLOW_KIND;
  lock.readersWake = 0;
  lock.readersWaiting = 0;
  lock.ticket = 0;
  lock.serving = 0;
  lock.readers = 0;
  lock.kind = kind;
  lock.rank = rank;
}

// @ts-ignore: decorator
@inline export function readLock(p: usize, cls: u32): void {
  if (DEBUG) noteAcquire(rankOf(p));
  // The exchange is the full barrier between publishing ourselves and looking for a writer.
  axchg32(readHeld(thisCpu(), cls), <u32>p);
  if (aload32(p + offsetof<RwLock>("writer")) != 0) readLockSlow(p, cls);
}

// @ts-ignore: decorator
@inline export function readUnlock(p: usize, cls: u32): void {
  if (DEBUG) noteRelease(rankOf(p));
  const held = readHeld(thisCpu(), cls);
  storeRelease32(held, 0);
  // May miss a writer that arrives now: it polls.
  if (aload32(p + offsetof<RwLock>("writer")) != 0) readUnlockSlow(p, held);
}

/** A reader of another lock of the class is never inside: `held` is free for this one. */
function readLockSlow(p: usize, cls: u32): void {
  const lock = changetype<RwLock>(p);
  const held = readHeld(thisCpu(), cls);
  const start = hostNow();
  if (lock.kind == RW_EXCLUSIVE) {
    astore32(held, 0);
    takeTicket(p);
    astore32(p + offsetof<RwLock>("writer"), WRITER_SLOW_KIND | (thisCpu().id + 1));
    noteWait(start);
    return;
  }
  while (true) {
    if (lock.kind == RW_DISTRIBUTED) axchg32(held, <u32>p);
    else aadd32(p + offsetof<RwLock>("readers"), 1);
    if ((aload32(p + offsetof<RwLock>("writer")) & ~WRITER_SLOW_KIND) == 0) break;
    if (lock.kind == RW_DISTRIBUTED) {
      astore32(held, 0);
      atomic.notify(held, 1);
    } else {
      leaveCentral(p);
    }
    waitForWriter(p);
  }
  if (lock.kind == RW_CENTRAL) astore32(held, 0);
  noteWait(start);
}

function readUnlockSlow(p: usize, held: usize): void {
  const lock = changetype<RwLock>(p);
  if (lock.kind == RW_DISTRIBUTED) atomic.notify(held, 1);
  else if (lock.kind == RW_CENTRAL) leaveCentral(p);
  else leaveExclusive(p);
}

function leaveCentral(p: usize): void {
  const readers = p + offsetof<RwLock>("readers");
  if (aadd32(readers, -1) == 1 && (aload32(p + offsetof<RwLock>("writer")) & ~WRITER_SLOW_KIND) != 0) atomic.notify(readers, 1);
}

/** Waits until no writer is inside; counted in readersWaiting, so that writers can see it and take turns. */
function waitForWriter(p: usize): void {
  const writer = p + offsetof<RwLock>("writer");
  const wake = p + offsetof<RwLock>("readersWake");
  aadd32(p + offsetof<RwLock>("readersWaiting"), 1);
  let spins: u32 = 0;
  while (true) {
    const seen = aload32(wake);
    const owner = aload32(writer) & ~WRITER_SLOW_KIND;
    if (owner == 0) break;
    if (spins < SPIN_LIMIT) {
      spinHint(writer);
      spins++;
      continue;
    }
    if (isCpuDead(owner - 1)) waitForDeadCpu(isSystemWideRank(load<u32>(rankOf(p))));
    sleepOn(wake, seen, DEAD_POLL_MS);
  }
  aadd32(p + offsetof<RwLock>("readersWaiting"), -1);
}

/** Takes the lock for write. @takes the lock exclusively */
export function writeLock(p: usize): void {
  if (DEBUG) noteAcquire(rankOf(p));
  const lock = changetype<RwLock>(p);
  const contended = aload32(p + offsetof<RwLock>("ticket")) != aload32(p + offsetof<RwLock>("serving"));
  const start: f64 = contended ? hostNow() : 0;
  takeTicket(p);
  letReadersPass(p);
  const slowKind = lock.kind == RW_DISTRIBUTED ? 0 : WRITER_SLOW_KIND;
  axchg32(p + offsetof<RwLock>("writer"), slowKind | (thisCpu().id + 1));
  if (lock.kind == RW_DISTRIBUTED) sweepReaders(p);
  else waitCentral(p);
  if (contended) noteWait(start);
}

export function writeUnlock(p: usize): void {
  if (DEBUG) noteRelease(rankOf(p));
  leaveExclusive(p);
}

function leaveExclusive(p: usize): void {
  const lock = changetype<RwLock>(p);
  const writer = p + offsetof<RwLock>("writer");
  const old = axchg32(writer, lock.kind == RW_DISTRIBUTED ? 0 : WRITER_SLOW_KIND);
  if (DEBUG && (old & ~WRITER_SLOW_KIND) != thisCpu().id + 1) bug(BUG_LOCK_OWNER, old, load<u32>(rankOf(p)));
  const serving = p + offsetof<RwLock>("serving");
  const next = aadd32(serving, 1) + 1;
  if (aload32(p + offsetof<RwLock>("readersWaiting")) != 0) {
    aadd32(p + offsetof<RwLock>("readersWake"), 1);
    atomic.notify(p + offsetof<RwLock>("readersWake"), -1);
  }
  if (aload32(p + offsetof<RwLock>("ticket")) != next) atomic.notify(serving, -1);
}

/** Queues among writers: first come, first served. */
function takeTicket(p: usize): void {
  const mine = aadd32(p + offsetof<RwLock>("ticket"), 1);
  const serving = p + offsetof<RwLock>("serving");
  let spins: u32 = 0;
  while (true) {
    const now = aload32(serving);
    if (now == mine) return;
    if (spins < SPIN_LIMIT) {
      spinHint(serving);
      spins++;
      continue;
    }
    const owner = aload32(p + offsetof<RwLock>("writer")) & ~WRITER_SLOW_KIND;
    if (owner != 0 && isCpuDead(owner - 1)) waitForDeadCpu(isSystemWideRank(load<u32>(rankOf(p))));
    sleepOn(serving, now, DEAD_POLL_MS);
  }
}

/** Readers that the last writer held off go first, for a bounded time: else a stream of writers starves them. */
function letReadersPass(p: usize): void {
  const waiting = p + offsetof<RwLock>("readersWaiting");
  for (let spins: u32 = 0; spins < SPIN_LIMIT && aload32(waiting) != 0; spins++) spinHint(waiting);
}

/** Waits until no CPU's line names this lock. CPUs that come later see the writer first. */
function sweepReaders(p: usize): void {
  const me = thisCpu().id;
  const n = aload32(SYSTEM_BASE + offsetof<System>("cpuLimit"));
  for (let id: u32 = 0; id < n; id++) {
    if (id == me) continue;
    const cpu = cpuById(id);
    const mmu = readHeld(cpu, 0);
    if (aload32(mmu) == <u32>p) waitReader(p, mmu, id);
    const mmap = readHeld(cpu, 1);
    if (aload32(mmap) == <u32>p) waitReader(p, mmap, id);
  }
}

function waitReader(p: usize, held: usize, id: u32): void {
  const start = hostNow();
  let spins: u32 = 0;
  while (aload32(held) == <u32>p) {
    if (spins < SPIN_LIMIT) {
      spinHint(held);
      spins++;
      continue;
    }
    if (isCpuDead(id)) waitForDeadCpu(isSystemWideRank(load<u32>(rankOf(p))));
    sleepOn(held, <u32>p, SWEEP_POLL_MS);
  }
  noteWait(start);
}

function waitCentral(p: usize): void {
  const readers = p + offsetof<RwLock>("readers");
  let spins: u32 = 0;
  while (true) {
    const inside = aload32(readers);
    if (inside == 0) return;
    spinHint(readers);
    if (++spins > SPIN_LIMIT) sleepOn(readers, inside, SWEEP_POLL_MS);
  }
}

function noteWait(start: f64): void {
  const cpu = thisCpu();
  cpu.lockWaits++;
  cpu.lockWaitNs += <u64>(hostNow() - start);
}

/** A reader that can yield should: a writer waits. */
// @ts-ignore: decorator
@inline export function rwReadContended(p: usize): bool {
  return (
    (aload32(p + offsetof<RwLock>("writer")) & ~WRITER_SLOW_KIND) != 0 ||
    aload32(p + offsetof<RwLock>("ticket")) != aload32(p + offsetof<RwLock>("serving"))
  );
}

/** A writer that can yield should: readers or other writers wait. */
// @ts-ignore: decorator
@inline export function rwWriteContended(p: usize): bool {
  return (
    aload32(p + offsetof<RwLock>("readersWaiting")) != 0 ||
    aload32(p + offsetof<RwLock>("ticket")) != aload32(p + offsetof<RwLock>("serving")) + 1
  );
}

/** Debug: this CPU holds the lock, in either mode. */
// @ts-ignore: decorator
@inline export function assertHeld(p: usize): void {
  if (DEBUG && !isNoted(rankOf(p))) bug(BUG_LOCK_OWNER, 0, load<u32>(rankOf(p)));
}

/** Debug: this CPU holds the lock for write. */
// @ts-ignore: decorator
@inline export function assertWriteHeld(p: usize): void {
  if (DEBUG && (aload32(p + offsetof<RwLock>("writer")) & ~WRITER_SLOW_KIND) != thisCpu().id + 1)
    bug(BUG_LOCK_OWNER, aload32(p + offsetof<RwLock>("writer")), load<u32>(rankOf(p)));
}

/** Debug: this CPU holds the lock, but not for write. */
// @ts-ignore: decorator
@inline export function assertReadHeld(p: usize): void {
  if (DEBUG) {
    assertHeld(p);
    if (changetype<RwLock>(p).kind != RW_EXCLUSIVE && (aload32(p + offsetof<RwLock>("writer")) & ~WRITER_SLOW_KIND) == thisCpu().id + 1)
      bug(BUG_LOCK_OWNER, 1, load<u32>(rankOf(p)));
  }
}
