/**
 * Epochs, in RCU's role: an object that lockless readers may still look at is unlinked first, then deferred, and freed
 * when every reader that could have seen it has left its epoch section.
 *
 * Readers publish the global epoch in their CPU's line for the length of the section. The global epoch advances when
 * every CPU is outside or has seen the current one; an object is due two advances after its stamp. A reader that
 * published an old value only delays the advance. Epochs are odd, so that they wrap around without meeting 0. No lock other than those whose holders never wait for a grace period may be waited
 * for inside a section, and nothing sleeps for a pager or JavaScript in one.
 */

import { DEBUG, LAB } from "../layout/build";
import { BUG_EPOCH } from "../layout/bugs";
import { Cpu, cpuById } from "../layout/cpu";
import { LAB_SECTION_BEGIN, LAB_SECTION_END } from "../layout/lab";
import { EpochNode } from "../layout/sync";
import { SYSTEM_BASE, System, system } from "../layout/system";
import { bug } from "../trace/bug";
import { labEvent } from "../trace/lab_event";
import { aadd32, acas32, aload32, astore32, axchg32, spinHint, storeRelease32 } from "./atomics";
import { assertNoLocksBeyond, RANK_SLOTS } from "./lockorder";
import { assertSpinHeld, spinLock, spinUnlock } from "./spinlock";
import { thisCpu } from "./this_cpu";
import { cpuWait, cpuWakeCount, isCpuDead, SPIN_LIMIT } from "./wait";

const EPOCH_LOCK: usize = SYSTEM_BASE + offsetof<System>("epochLock");
const EPOCH: usize = SYSTEM_BASE + offsetof<System>("epoch");
/** The global epoch starts at 1 and moves by this: always odd, so never the 0 that means "outside". */
const EPOCH_STEP: u32 = 2;
/** Deferred objects before epochDefer tries to free some. */
const POLL_THRESHOLD: u32 = LAB ? 1 : 64;

// @ts-ignore: decorator
@inline
function epochWord(cpu: Cpu): usize {
  return changetype<usize>(cpu) + offsetof<Cpu>("epoch");
}

// @ts-ignore: decorator
@inline
function pollsWord(cpu: Cpu): usize {
  return changetype<usize>(cpu) + offsetof<Cpu>("epochPolls");
}

/** Begins a section: whatever is reachable from now on stays allocated until epochExit. Does not nest. */
// @ts-ignore: decorator
@inline
export function epochEnter(): void {
  if (DEBUG && thisCpu().epoch != 0) bug(BUG_EPOCH, 1, 0);
  // The exchange is the full barrier between publishing the epoch and the first read under its protection.
  axchg32(epochWord(thisCpu()), aload32(EPOCH));
  if (LAB) labEvent(LAB_SECTION_BEGIN, 0, 0, 0, 0, 0);
}

// @ts-ignore: decorator
@inline
export function epochExit(): void {
  if (DEBUG && thisCpu().epoch == 0) bug(BUG_EPOCH, 2, 0);
  if (LAB) labEvent(LAB_SECTION_END, 0, 0, 0, 0, 0);
  storeRelease32(epochWord(thisCpu()), 0);
}

/** Debug: inside a section. */
// @ts-ignore: decorator
@inline
export function assertEpoch(): void {
  if (DEBUG && thisCpu().epoch == 0) bug(BUG_EPOCH, 3, 0);
}

/** Two advances after `start`, every section that was under way then has ended. */
// @ts-ignore: decorator
@inline
function hasPassed(start: u32): bool {
  return <i32>(aload32(EPOCH) - start) >= <i32>(2 * EPOCH_STEP);
}

/** Moves the global epoch on if every CPU allows it. */
function tryAdvance(): bool {
  const now = aload32(EPOCH);
  const n = aload32(SYSTEM_BASE + offsetof<System>("cpuLimit"));
  for (let id: u32 = 0; id < n; id++) {
    const seen = aload32(epochWord(cpuById(id)));
    // A dead worker reads nothing any more.
    if (seen != 0 && seen != now && !isCpuDead(id)) return false;
  }
  acas32(EPOCH, now, now + EPOCH_STEP);
  return true;
}

/** Frees `node` (its first three words are an EpochNode) after a grace period by calling function `fnIndex` on it. @takes epochLock */
export function epochDefer(node: usize, fnIndex: u32): void {
  changetype<EpochNode>(node).epochFn = fnIndex;
  spinLock(EPOCH_LOCK);
  const pending = append(node);
  spinUnlock(EPOCH_LOCK);
  if (pending >= POLL_THRESHOLD) epochPoll();
}

/** Puts `node` at the FIFO's end, stamped: stamps never go down along it. @holds epochLock @ret objects in it */
function append(node: usize): u32 {
  assertSpinHeld(EPOCH_LOCK);
  const sys = system();
  const n = changetype<EpochNode>(node);
  n.epochNext = 0;
  n.epochStamp = aload32(EPOCH);
  if (sys.epochTail != 0) changetype<EpochNode>(sys.epochTail).epochNext = <u32>node;
  else sys.epochHead = <u32>node;
  sys.epochTail = <u32>node;
  return ++sys.epochPending;
}

/** Takes the oldest object if its grace period has passed, else 0. @takes epochLock */
function takeDue(): usize {
  const sys = system();
  spinLock(EPOCH_LOCK);
  const node = sys.epochHead;
  let due: usize = 0;
  if (node != 0 && hasPassed(changetype<EpochNode>(node).epochStamp)) {
    due = node;
    sys.epochHead = changetype<EpochNode>(node).epochNext;
    if (sys.epochHead == 0) sys.epochTail = 0;
    sys.epochPending--;
  }
  spinUnlock(EPOCH_LOCK);
  return due;
}

/** Frees what is due. Never waits for a reader. Nothing if a callback calls it: the poll that called that goes on. */
export function epochPoll(): void {
  if (aload32(SYSTEM_BASE + offsetof<System>("epochPending")) == 0) return;
  const polls = thisCpu().epochPolls;
  if ((polls & 1) != 0) return;
  tryAdvance();
  // Odd before anything is taken off the FIFO (whose lock orders the two): see waitForPolls.
  storeRelease32(pollsWord(thisCpu()), polls + 1);
  while (true) {
    const node = takeDue();
    if (node == 0) break;
    call_indirect<void>(changetype<EpochNode>(node).epochFn, node);
  }
  storeRelease32(pollsWord(thisCpu()), polls + 2);
}

/** One turn of a loop that waits for other CPUs to get on. */
function pause(spins: u32): void {
  spinHint(EPOCH);
  if (spins > SPIN_LIMIT) cpuWait(cpuWakeCount(), 1);
}

/** Waits until every section that was under way has ended. In no section; holds no lock that one may wait for (up to slots_lock). */
export function epochSynchronize(): void {
  assertNoLocksBeyond(RANK_SLOTS);
  if (DEBUG && thisCpu().epoch != 0) bug(BUG_EPOCH, 4, 0);
  // Adding nothing is a load with a full barrier: what the caller unlinked with plain stores is gone before we look.
  const start = aadd32(EPOCH, 0);
  let spins: u32 = 0;
  while (!hasPassed(start)) if (!tryAdvance()) pause(++spins);
}

/** Waits until everything deferred before the call is freed. The same rules; not from a callback. */
export function epochBarrier(): void {
  epochSynchronize();
  epochPoll();
  waitForPolls();
}

/** What was due may be in the hands of other CPUs: waits until each that is running callbacks has finished. */
function waitForPolls(): void {
  const me = thisCpu().id;
  const n = aload32(SYSTEM_BASE + offsetof<System>("cpuLimit"));
  for (let id: u32 = 0; id < n; id++) {
    if (id == me) continue;
    const polls = aload32(pollsWord(cpuById(id)));
    if ((polls & 1) == 0) continue;
    let spins: u32 = 0;
    while (aload32(pollsWord(cpuById(id))) == polls && !isCpuDead(id)) pause(++spins);
  }
}

/** This CPU's call was cut short: it is in no section and runs no callback any more. */
export function epochAbandon(): void {
  const cpu = thisCpu();
  astore32(pollsWord(cpu), (cpu.epochPolls + 1) & ~1);
  astore32(epochWord(cpu), 0);
}
