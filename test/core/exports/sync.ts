/** Probes of core/sync: its functions one by one, for tests that take locks and let them go from TypeScript. */

import { cpuById } from "../../../core/layout/cpu";
import { hostNow, hostWait } from "../../../core/layout/host";
import { EpochNode, READ_CLASS_MMAP, READ_CLASS_MMU } from "../../../core/layout/sync";
import { System, SYSTEM_BASE, system } from "../../../core/layout/system";
import { kblockAlloc, kblockFree } from "../../../core/mm/kblock";
import { aadd32, aload32, astore32 } from "../../../core/sync/atomics";
import { epochDefer } from "../../../core/sync/epoch";
import { readLock, readUnlock, writeLock, writeUnlock } from "../../../core/sync/rwlock";
import { spinLock, spinUnlock } from "../../../core/sync/spinlock";
import { thisCpu } from "../../../core/sync/this_cpu";

export { abandonHeld as syncAbandonHeld } from "../../../core/sync/abandon";
export {
  assertEpoch as syncAssertEpoch,
  epochBarrier as syncEpochBarrier,
  epochEnter as syncEpochEnter,
  epochExit as syncEpochExit,
  epochPoll as syncEpochPoll,
  epochSynchronize as syncEpochSynchronize,
} from "../../../core/sync/epoch";
export { assertNoLocks as syncAssertNoLocks } from "../../../core/sync/lockorder";
export {
  assertHeld as syncAssertHeld,
  assertReadHeld as syncAssertReadHeld,
  assertWriteHeld as syncAssertWriteHeld,
  rwInit as syncRwInit,
  rwReadContended as syncReadContended,
  rwWriteContended as syncWriteContended,
} from "../../../core/sync/rwlock";
export {
  assertSpinHeld as syncAssertSpinHeld,
  spinLockInit as syncSpinInit,
  spinTryLock as syncSpinTryLock,
} from "../../../core/sync/spinlock";
export {
  checkDead as syncCheckDead,
  cpuWait as syncCpuWait,
  cpuWake as syncCpuWake,
  cpuWakeCount as syncCpuWakeCount,
} from "../../../core/sync/wait";

/** How a lock is taken. */
export const TAKE_SPIN: u32 = 0;
export const TAKE_READ: u32 = 1;
export const TAKE_WRITE: u32 = 2;
export const TAKE_READ_MMAP: u32 = 3;

/** Zeroed memory for locks and data. */
export function syncBlockAlloc(order: u32): u32 {
  return <u32>kblockAlloc(order);
}

export function syncBlockFree(p: u32, order: u32): void {
  kblockFree(p, order);
}

export function syncTake(p: usize, how: u32): void {
  if (how == TAKE_SPIN) spinLock(p);
  else if (how == TAKE_READ) readLock(p, READ_CLASS_MMU);
  else if (how == TAKE_READ_MMAP) readLock(p, READ_CLASS_MMAP);
  else writeLock(p);
}

export function syncDrop(p: usize, how: u32): void {
  if (how == TAKE_SPIN) spinUnlock(p);
  else if (how == TAKE_READ) readUnlock(p, READ_CLASS_MMU);
  else if (how == TAKE_READ_MMAP) readUnlock(p, READ_CLASS_MMAP);
  else writeUnlock(p);
}

/** Takes the lock, notes at `order` as which it got it, and drops it. Returns how long it waited, ms. */
export function syncTakeInOrder(p: usize, how: u32, order: usize): f64 {
  const start = hostNow();
  syncTake(p, how);
  const waited = (hostNow() - start) / 1e6;
  aadd32(order + aadd32(order, 1) * 4 + 4, thisCpu().id);
  syncDrop(p, how);
  return waited;
}

/** Holds the lock for `ms`, asleep. `held` is 1 meanwhile. */
export function syncHold(p: usize, how: u32, ms: f64, held: usize): void {
  syncTake(p, how);
  astore32(held, 1);
  const end = hostNow() + ms * 1e6;
  while (hostNow() < end) hostWait(held, 1, 5);
  astore32(held, 0);
  syncDrop(p, how);
}

/**
 * Takes the lock and stays inside until `n` CPUs have come in, or `ms` have passed. 1: all were inside at once.
 * `arrived` and the word after it (left) are 0 before the first comes.
 */
export function syncMeet(p: usize, how: u32, arrived: usize, n: u32, ms: f64): u32 {
  syncTake(p, how);
  const left = aload32(arrived + 4);
  aadd32(arrived, 1);
  const end = hostNow() + ms * 1e6;
  while (aload32(arrived) < n && hostNow() < end) continue;
  const met = u32(left == 0 && aload32(arrived) >= n);
  aadd32(arrived + 4, 1);
  syncDrop(p, how);
  return met;
}

// --- dead words ---

export function syncSetCpuDead(id: u32, value: u32): void {
  cpuById(id).dead = value;
}

export function syncSetVm(vm: u32): void {
  thisCpu().vm = vm;
}

export function syncSystemDead(): u32 {
  return system().dead;
}

export function syncSetSystemDead(value: u32): void {
  system().dead = value;
}

/** Debug: this CPU is killed at its n-th protocol access from now; 0 = never. */
export function syncSetKill(n: u32): void {
  thisCpu().killCountdown = n;
}

export function syncHookCount(): u32 {
  return thisCpu().hookCount;
}

export function syncLockWaits(): u32 {
  return <u32>thisCpu().lockWaits;
}

// --- epochs ---

export function syncEpoch(): u32 {
  return aload32(SYSTEM_BASE + offsetof<System>("epoch"));
}

/** No CPU may be in a section, and nothing deferred. */
export function syncSetEpoch(epoch: u32): void {
  system().epoch = epoch;
}

export function syncEpochPending(): u32 {
  return system().epochPending;
}

/** Node of the tests: an EpochNode, then how often its callback ran, then what the callback needs. */
const NODE_RUNS: usize = 12;
const NODE_GATE: usize = 16;
const NODE_NEXT: usize = 20;
const NODE_DEPTH: usize = 24;
if (offsetof<EpochNode>() != NODE_RUNS) ERROR("a test node begins with an EpochNode");

function countRun(node: usize): void {
  aadd32(node + NODE_RUNS, 1);
}

function waitForGate(node: usize): void {
  astore32(node + NODE_GATE, 1);
  while (aload32(node + NODE_GATE) == 1) hostWait(node + NODE_GATE, 1, 5);
  countRun(node);
}

/** Defers the node at NODE_NEXT; NODE_DEPTH points to a word that says how many of these run inside one another. */
function deferNext(node: usize): void {
  const depth: usize = load<u32>(node + NODE_DEPTH);
  const level = load<u32>(depth) + 1;
  store<u32>(depth, level);
  store<u32>(depth + 4, max(load<u32>(depth + 4), level));
  countRun(node);
  const next = load<u32>(node + NODE_NEXT);
  if (next != 0) epochDefer(next, load<u32>(changetype<usize>(countRun)));
  store<u32>(depth, level - 1);
}

/** `node`'s callback counts at +12. */
export function syncDefer(node: usize): void {
  epochDefer(node, load<u32>(changetype<usize>(countRun)));
}

/** The callback sets +16 to 1 and stays until that changes; then it counts at +12. */
export function syncDeferGate(node: usize): void {
  epochDefer(node, load<u32>(changetype<usize>(waitForGate)));
}

/** The callback counts at +12 and defers `next`; *depth and *(depth + 4): callbacks inside one another, now and at most. */
export function syncDeferChain(node: usize, next: u32, depth: u32): void {
  store<u32>(node + NODE_NEXT, next);
  store<u32>(node + NODE_DEPTH, depth);
  epochDefer(node, load<u32>(changetype<usize>(deferNext)));
}
