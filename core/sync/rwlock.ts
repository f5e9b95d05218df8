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
 * Counts and tickets do not say whose they are. So that the death of any CPU that they depend on is seen, each CPU
 * names such locks in its own line (Cpu.rwInvolved0/1) for as long.
 *
 * Not fair in time, only in turns; not recursive.
 */

import { DEBUG } from "../layout/build";
import { BUG_LOCK_OWNER, BUG_LOCK_STACK, BUG_READ_CLASS } from "../layout/bugs";
import { Cpu, cpuById } from "../layout/cpu";
import { hostDie, hostNow, hostWait } from "../layout/host";
import { RW_CENTRAL, RW_DISTRIBUTED, RW_EXCLUSIVE, RwLock } from "../layout/sync";
import { SYSTEM_BASE, System } from "../layout/system";
import { bug } from "../trace/bug";
import { aadd32, aload32, astore32, axchg32, spinHint, storeRelease32 } from "./atomics";
import { isNoted, isSystemWideRank, noteAcquire, noteRelease } from "./lockorder";
import { thisCpu } from "./this_cpu";
import { DEAD_POLL_MS, isCpuDead, isDoomed, sleepOn, SPIN_LIMIT, waitForDeadCpu } from "./wait";

/** RwLock.writer: this lock's readers do not use their CPU's line. */
const WRITER_SLOW_KIND: u32 = 0x80000000;
/** How long a writer waits for one reader's line before it looks again, ms. A reader's wake-up may be missed. */
const SWEEP_POLL_MS: f64 = 1;
/** How long a writer lets the readers go first that an earlier writer held off, ns. */
const READERS_TURN_NS: f64 = 2e6;

// @ts-ignore: decorator
@inline
function rankOf(p: usize): usize {
  return p + offsetof<RwLock>("rank");
}

/** The writer inside or about to be, as its cpu id + 1, or 0. */
// @ts-ignore: decorator
@inline
function writerOf(p: usize): u32 {
  return aload32(p + offsetof<RwLock>("writer")) & ~WRITER_SLOW_KIND;
}

/** Where CPU `cpu` publishes the lock of class `cls` it holds for read. */
// @ts-ignore: decorator
@inline
function readHeld(cpu: Cpu, cls: u32): usize {
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
  lock.kind = <u16>kind;
  lock.broken = 0;
  lock.rank = rank;
}

// @ts-ignore: decorator
@inline
export function readLock(p: usize, cls: u32): void {
  if (DEBUG) noteAcquire(rankOf(p));
  // The exchange is the full barrier between publishing ourselves and looking for a writer.
  const other = axchg32(readHeld(thisCpu(), cls), <u32>p);
  if (DEBUG && other != 0) bug(BUG_READ_CLASS, other, p);
  if (aload32(p + offsetof<RwLock>("writer")) != 0) readLockSlow(p, cls);
}

// @ts-ignore: decorator
@inline
export function readUnlock(p: usize, cls: u32): void {
  if (DEBUG) noteRelease(rankOf(p));
  const held = readHeld(thisCpu(), cls);
  storeRelease32(held, 0);
  // May miss a writer that arrives now: it polls.
  if (aload32(p + offsetof<RwLock>("writer")) != 0) readUnlockSlow(p, held);
}

/** The lock has or had a writer, or its readers are counted in the lock. This CPU's line names it already. */
function readLockSlow(p: usize, cls: u32): void {
  const lock = changetype<RwLock>(p);
  const held = readHeld(thisCpu(), cls);
  if (lock.kind != RW_DISTRIBUTED) {
    astore32(held, 0);
    involve(p);
  }
  if (lock.kind == RW_EXCLUSIVE) {
    takeTicket(p);
    astore32(p + offsetof<RwLock>("writer"), WRITER_SLOW_KIND | (thisCpu().id + 1));
    return;
  }
  if (tryEnter(p, held)) return;
  const start = hostNow();
  const waiting = p + offsetof<RwLock>("readersWaiting");
  aadd32(waiting, 1);
  do waitForWriter(p);
  while (!tryEnter(p, held));
  // Counted until inside: it is then that the next writer's turn comes.
  if (aadd32(waiting, <u32>-1) == 1) atomic.notify(waiting, 1);
  noteWait(start);
}

/** Announces this CPU as a reader, then looks for a writer. False: there is one, and the announcement is withdrawn. */
function tryEnter(p: usize, held: usize): bool {
  if (changetype<RwLock>(p).kind == RW_CENTRAL) {
    aadd32(p + offsetof<RwLock>("readers"), 1);
    if (writerOf(p) == 0) return true;
    leaveCentral(p);
  } else {
    axchg32(held, <u32>p);
    if (writerOf(p) == 0) return true;
    astore32(held, 0);
    atomic.notify(held, 1);
  }
  return false;
}

function readUnlockSlow(p: usize, held: usize): void {
  const lock = changetype<RwLock>(p);
  if (lock.kind == RW_DISTRIBUTED) {
    atomic.notify(held, 1);
  } else if (lock.kind == RW_CENTRAL) {
    leaveCentral(p);
    uninvolve(p);
  } else {
    leaveExclusive(p);
  }
}

function leaveCentral(p: usize): void {
  const readers = p + offsetof<RwLock>("readers");
  if (aadd32(readers, <u32>-1) == 1 && writerOf(p) != 0) atomic.notify(readers, 1);
}

/** Waits until no writer is inside. The caller is counted in readersWaiting, so that writers can see it and take turns. */
function waitForWriter(p: usize): void {
  const wake = p + offsetof<RwLock>("readersWake");
  let spins: u32 = 0;
  while (true) {
    const seen = aload32(wake);
    const owner = writerOf(p);
    if (owner == 0) return;
    if (spins < SPIN_LIMIT) {
      spinHint(wake);
      spins++;
      continue;
    }
    if (isCpuDead(owner - 1) || isBroken(p)) waitForDeadCpu(isSystemWideRank(load<u32>(rankOf(p))));
    hostWait(wake, <i32>seen, DEAD_POLL_MS);
    if (!isDoomed()) continue;
    // The lock may outlive the VM that this CPU worked for: no writer should wait for this reader's turn.
    aadd32(p + offsetof<RwLock>("readersWaiting"), <u32>-1);
    hostDie();
  }
}

/** Takes the lock for write. @takes the lock exclusively */
export function writeLock(p: usize): void {
  if (DEBUG) noteAcquire(rankOf(p));
  const lock = changetype<RwLock>(p);
  involve(p);
  takeTicket(p);
  letReadersPass(p);
  const slowKind = lock.kind == RW_DISTRIBUTED ? 0 : WRITER_SLOW_KIND;
  axchg32(p + offsetof<RwLock>("writer"), slowKind | (thisCpu().id + 1));
  if (lock.kind == RW_DISTRIBUTED) sweepReaders(p);
  else waitCentral(p);
  if (isBroken(p)) dieIfStuck(p);
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
  uninvolve(p);
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
  if (aload32(serving) == mine) return;
  const start = hostNow();
  let spins: u32 = 0;
  while (true) {
    const now = aload32(serving);
    if (now == mine) break;
    if (spins < SPIN_LIMIT) {
      spinHint(serving);
      spins++;
      continue;
    }
    dieIfStuck(p);
    sleepOn(serving, now, DEAD_POLL_MS);
  }
  noteWait(start);
}

/**
 * Readers that earlier writers held off go first: else a stream of writers starves them. They sleep and must wake up,
 * hence not only a spin; one whose worker has ended stays counted and never comes, hence a bound.
 */
function letReadersPass(p: usize): void {
  const waiting = p + offsetof<RwLock>("readersWaiting");
  if (aload32(waiting) == 0) return;
  const start = hostNow();
  let spins: u32 = 0;
  while (true) {
    const n = aload32(waiting);
    if (n == 0) break;
    if (spins < SPIN_LIMIT) {
      spinHint(waiting);
      spins++;
      continue;
    }
    if (hostNow() - start > READERS_TURN_NS) break;
    sleepOn(waiting, n, SWEEP_POLL_MS);
  }
  noteWait(start);
}

/** This CPU is about to change words of the lock that only it can put right: see Cpu.rwInvolved0. */
function involve(p: usize): void {
  const cpu = thisCpu();
  // Two are enough: an mmap lock, and an mmu_lock inside.
  if (DEBUG && cpu.rwInvolved0 != 0 && cpu.rwInvolved1 != 0) bug(BUG_LOCK_STACK, 2, load<u32>(rankOf(p)));
  const second = cpu.rwInvolved0 != 0 ? offsetof<Cpu>("rwInvolved1") : offsetof<Cpu>("rwInvolved0");
  storeRelease32(changetype<usize>(cpu) + second, <u32>p);
}

function uninvolve(p: usize): void {
  const cpu = thisCpu();
  const word = cpu.rwInvolved0 == <u32>p ? offsetof<Cpu>("rwInvolved0") : offsetof<Cpu>("rwInvolved1");
  storeRelease32(changetype<usize>(cpu) + word, 0);
}

// @ts-ignore: decorator
@inline
function isBroken(p: usize): bool {
  return load<u16>(p + offsetof<RwLock>("broken")) != 0;
}

/** Ends this call if a CPU was lost while it was queued for the lock, held it, or was counted as its reader. */
function dieIfStuck(p: usize): void {
  if (isBroken(p) || isInvolvedCpuDead(p)) waitForDeadCpu(isSystemWideRank(load<u32>(rankOf(p))));
}

function isInvolvedCpuDead(p: usize): bool {
  const n = aload32(SYSTEM_BASE + offsetof<System>("cpuLimit"));
  for (let id: u32 = 0; id < n; id++) {
    if (!isCpuDead(id)) continue;
    const cpu = changetype<usize>(cpuById(id));
    if (aload32(cpu + offsetof<Cpu>("rwInvolved0")) == <u32>p) return true;
    if (aload32(cpu + offsetof<Cpu>("rwInvolved1")) == <u32>p) return true;
  }
  return false;
}

/**
 * This CPU's call was cut short. The locks it held, queued for or was counted in are broken from now on, and it depends
 * on them no longer.
 */
export function rwAbandon(): void {
  const cpu = changetype<usize>(thisCpu());
  abandon(cpu + offsetof<Cpu>("readHeld0"));
  abandon(cpu + offsetof<Cpu>("readHeld1"));
  abandon(cpu + offsetof<Cpu>("rwInvolved0"));
  abandon(cpu + offsetof<Cpu>("rwInvolved1"));
}

function abandon(word: usize): void {
  const p = load<u32>(word);
  if (p == 0) return;
  // In this order: a writer that sees the word cleared looks at `broken` next.
  store<u16>(p + offsetof<RwLock>("broken"), 1);
  astore32(word, 0);
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

/** Waits until no reader is counted. */
function waitCentral(p: usize): void {
  const readers = p + offsetof<RwLock>("readers");
  if (aload32(readers) == 0) return;
  const start = hostNow();
  let spins: u32 = 0;
  while (true) {
    const inside = aload32(readers);
    if (inside == 0) break;
    if (spins < SPIN_LIMIT) {
      spinHint(readers);
      spins++;
      continue;
    }
    dieIfStuck(p);
    sleepOn(readers, inside, SWEEP_POLL_MS);
  }
  noteWait(start);
}

function noteWait(start: f64): void {
  const cpu = thisCpu();
  cpu.lockWaits++;
  cpu.lockWaitNs += <u64>(hostNow() - start);
}

/** A reader that can yield should: a writer waits. */
// @ts-ignore: decorator
@inline
export function rwReadContended(p: usize): bool {
  // The holder itself is in the queue.
  if (changetype<RwLock>(p).kind == RW_EXCLUSIVE) return rwWriteContended(p);
  return writerOf(p) != 0 || aload32(p + offsetof<RwLock>("ticket")) != aload32(p + offsetof<RwLock>("serving"));
}

/** A writer that can yield should: readers or other writers wait. */
// @ts-ignore: decorator
@inline
export function rwWriteContended(p: usize): bool {
  return (
    aload32(p + offsetof<RwLock>("readersWaiting")) != 0 ||
    aload32(p + offsetof<RwLock>("ticket")) != aload32(p + offsetof<RwLock>("serving")) + 1
  );
}

/** Debug: this CPU holds the lock, in either mode. */
// @ts-ignore: decorator
@inline
export function assertHeld(p: usize): void {
  if (DEBUG && !isNoted(rankOf(p))) bug(BUG_LOCK_OWNER, 0, load<u32>(rankOf(p)));
}

/** Debug: whether this CPU has the lock for write. A plain load: whoever the word names, only this CPU writes its own name. */
// @ts-ignore: decorator
@inline
function isWriter(p: usize): bool {
  return (load<u32>(p + offsetof<RwLock>("writer")) & ~WRITER_SLOW_KIND) == thisCpu().id + 1;
}

/** Debug: this CPU holds the lock for write. */
// @ts-ignore: decorator
@inline
export function assertWriteHeld(p: usize): void {
  if (DEBUG && !isWriter(p)) bug(BUG_LOCK_OWNER, load<u32>(p + offsetof<RwLock>("writer")), load<u32>(rankOf(p)));
}

/** Debug: this CPU holds the lock, but not for write. */
// @ts-ignore: decorator
@inline
export function assertReadHeld(p: usize): void {
  if (DEBUG) {
    assertHeld(p);
    if (changetype<RwLock>(p).kind != RW_EXCLUSIVE && isWriter(p)) bug(BUG_LOCK_OWNER, 1, load<u32>(rankOf(p)));
  }
}
