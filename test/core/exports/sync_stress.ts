/** Probes that run long inside core/sync: several CPUs on one lock, on the epochs, or on everything at once. */

import { cpuById } from "../../../core/layout/cpu";
import { hostNow, hostWait } from "../../../core/layout/host";
import { READ_CLASS_MMAP, READ_CLASS_MMU, RW_DISTRIBUTED } from "../../../core/layout/sync";
import { Vcpu } from "../../../core/layout/vcpu";
import { Vm } from "../../../core/layout/vm";
import { aadd32, aload32, astore32, axchg32 } from "../../../core/sync/atomics";
import { epochDefer, epochEnter, epochExit, epochPoll, epochSynchronize } from "../../../core/sync/epoch";
import { flushBegin, flushDone, guestEnter, guestLeave, hasRequests, remoteFlush } from "../../../core/sync/guest_mode";
import { RANK_MMAP, RANK_MMU, RANK_SLOTS } from "../../../core/sync/lockorder";
import { readLock, readUnlock, rwInit, writeLock, writeUnlock } from "../../../core/sync/rwlock";
import { spinLock, spinLockInit, spinUnlock } from "../../../core/sync/spinlock";
import { thisCpu } from "../../../core/sync/this_cpu";
import { checkDead, cpuWait, cpuWake, cpuWakeCount } from "../../../core/sync/wait";
import { syncDrop, syncTake, TAKE_READ, TAKE_READ_MMAP, TAKE_WRITE } from "./sync";

// xorshift: a fixed seed gives the same run
export function syncRandom(state: u32): u32 {
  state ^= state << 13;
  state ^= state >> 17;
  return state ^ (state << 5);
}

/** `n` turns of a loop that the compiler cannot drop. */
export function syncSpin(scratch: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) store<u32>(scratch, load<u32>(scratch) + 1);
}

/** This CPU's own line for syncSpin and other private words, behind the `data` of a test: 16 CPUs at most. */
function ownLine(data: usize): usize {
  return data + 1024 + (thisCpu().id & 15) * 64;
}

// --- locks ---

/** Words that only differ if somebody reads or writes them without the lock: on two lines, one turn apart. */
function isTorn(data: usize): u32 {
  const first = load<u64>(data);
  const scratch = ownLine(data);
  syncSpin(scratch, 4);
  return u32(load<u64>(data + 64) != first || load<u64>(data + 128) != first);
}

function bump(data: usize): void {
  const value = load<u64>(data) + 1;
  store<u64>(data, value);
  syncSpin(ownLine(data), 4);
  store<u64>(data + 64, value);
  store<u64>(data + 128, value);
}

/**
 * For `ms` from when `n` CPUs have come here: takes the lock at `p`, for write with probability `writes` in 256 and else
 * as `how`; a writer adds one to the words of `data`, everybody compares them. Returns how often they differed, with the
 * number of writes in ret0.
 */
export function syncLockStress(p: usize, how: u32, data: usize, n: u32, ms: f64, seed: u32, writes: u32): u32 {
  let state = seed | 1;
  let bad: u32 = 0;
  let written: u64 = 0;
  aadd32(data + 192, 1);
  while (aload32(data + 192) < n) continue;
  const end = hostNow() + ms * 1e6;
  for (let i: u32 = 0; (i & 255) != 0 || hostNow() < end; i++) {
    state = syncRandom(state);
    const isWrite = (state & 255) < writes;
    const mode = isWrite && (how == TAKE_READ || how == TAKE_READ_MMAP) ? TAKE_WRITE : how;
    syncTake(p, mode);
    bad += isTorn(data);
    if (isWrite) {
      bump(data);
      written++;
    }
    syncDrop(p, mode);
    syncSpin(ownLine(data), (state >> 8) & 31);
  }
  thisCpu().ret0 = written;
  return bad;
}

/** What the last syncLockStress of CPU `id` wrote. */
export function syncWritten(id: u32): u32 {
  return <u32>cpuById(id).ret0;
}

/** Takes, holds for about `holdUs` and drops the lock until *stop is set; the word after it counts who has begun. Returns how often. */
export function syncStream(p: usize, how: u32, holdUs: f64, stop: usize): u32 {
  let n: u32 = 0;
  aadd32(stop + 4, 1);
  while (aload32(stop) == 0) {
    syncTake(p, how);
    const end = hostNow() + holdUs * 1e3;
    while (hostNow() < end) continue;
    syncDrop(p, how);
    n++;
  }
  return n;
}

/** Takes and drops the lock `n` times against such streams, asleep in between. Returns the longest wait, ms. */
export function syncLongestWait(p: usize, how: u32, n: u32, scratch: usize): f64 {
  let longest: f64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const start = hostNow();
    syncTake(p, how);
    longest = max(longest, hostNow() - start);
    syncDrop(p, how);
    hostWait(scratch, 0, 0.5);
  }
  return longest / 1e6;
}

/**
 * Takes the lock `n` times, holding it long enough (`holdUs`) that those who wait fall asleep. Returns how many waits
 * ended later than `lateMs` after the lock became free: `freeAt` is where holders note when they are about to let go.
 */
export function syncSleepyTurns(p: usize, how: u32, n: u32, holdUs: f64, lateMs: f64, freeAt: usize): u32 {
  let late: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const start = hostNow();
    syncTake(p, how);
    const now = hostNow();
    late += u32(now - max(start, load<f64>(freeAt)) > lateMs * 1e6);
    const end = now + holdUs * 1e3;
    while (hostNow() < end) continue;
    store<f64>(freeAt, hostNow());
    syncDrop(p, how);
    // Let the others in: whoever holds the core would take the lock again at once.
    syncSpin(ownLine(freeAt), 3000);
  }
  return late;
}

// --- cpuWait, cpuWake ---

/**
 * Passes a token to and fro `rounds` times between two CPUs: each sleeps until its word `mine` has the round's number,
 * then writes it to `theirs` and wakes `other`. Returns how many waits lasted longer than `lateMs` after the word was
 * there; the word's writer notes the time beside it.
 */
export function syncPing(mine: usize, theirs: usize, other: u32, rounds: u32, isFirst: u32, lateMs: f64): u32 {
  let late: u32 = 0;
  for (let i: u32 = 1; i <= rounds; i++) {
    if (isFirst != 0) pass(theirs, i, other);
    let seen = cpuWakeCount();
    while (aload32(mine) != i) {
      cpuWait(seen, 1000);
      seen = cpuWakeCount();
    }
    late += u32(hostNow() - load<f64>(mine + 8) > lateMs * 1e6);
    if (isFirst == 0) pass(theirs, i, other);
  }
  return late;
}

function pass(word: usize, round: u32, cpu: u32): void {
  store<f64>(word + 8, hostNow());
  astore32(word, round);
  cpuWake(cpu);
}

// --- epochs ---

/** Words of a storm, shared: 16 slots of published nodes, then counts. */
const STORM_DEFERRED: usize = 64;
const STORM_FREED: usize = 68;
const STORM_ERRORS: usize = 72;
const STORM_SLOTS: u32 = 16;

/** A node: EpochNode, then its state and the storm it belongs to. */
const NODE_STATE: usize = 12;
const NODE_STORM: usize = 16;
const NODE_BYTES: u32 = 32;
const FREE: u32 = 0;
const LIVE: u32 = 1;

function freeStormNode(node: usize): void {
  const storm: usize = load<u32>(node + NODE_STORM);
  if (axchg32(node + NODE_STATE, FREE) != LIVE) aadd32(storm + STORM_ERRORS, 1);
  aadd32(storm + STORM_FREED, 1);
}

function retire(storm: usize, node: usize): void {
  aadd32(storm + STORM_DEFERRED, 1);
  epochDefer(node, load<u32>(changetype<usize>(freeStormNode)));
}

/** Looks at a published node twice in one section: it must stay LIVE. */
function readStorm(storm: usize, state: u32): u32 {
  epochEnter();
  let bad: u32 = 0;
  const node = aload32(storm + (state & (STORM_SLOTS - 1)) * 4);
  if (node != 0) {
    const word: usize = <usize>node + NODE_STATE;
    if (aload32(word) != LIVE) bad++;
    syncSpin(ownLine(storm), (state >> 8) & 127);
    if (aload32(word) != LIVE) bad++;
  }
  epochExit();
  return bad;
}

/**
 * `rounds` times: reads a random slot under an epoch, and replaces one by a node of this CPU's pool (`nNodes` at `pool`),
 * deferring what was there, mostly another CPU's. Returns how many nodes were freed under a reader.
 */
export function syncStorm(storm: usize, pool: usize, nNodes: u32, rounds: u32, seed: u32): u32 {
  let state = seed | 1;
  let bad: u32 = 0;
  for (let i: u32 = 0; i < rounds; i++) {
    state = syncRandom(state);
    bad += readStorm(storm, state);
    const node = pool + ((state >> 12) % nNodes) * NODE_BYTES;
    if (aload32(node + NODE_STATE) != FREE) {
      epochPoll();
      continue;
    }
    store<u32>(node + NODE_STORM, <u32>storm);
    astore32(node + NODE_STATE, LIVE);
    const old = axchg32(storm + ((state >> 4) & (STORM_SLOTS - 1)) * 4, <u32>node);
    if (old != 0) retire(storm, old);
  }
  return bad;
}

/** Retires what is still published. */
export function syncStormEnd(storm: usize): void {
  for (let i: u32 = 0; i < STORM_SLOTS; i++) {
    const old = axchg32(storm + i * 4, 0);
    if (old != 0) retire(storm, old);
  }
}

// --- a VM by hand, and everything at once ---

/**
 * A VM with `nVcpus` vCPUs and nothing else at `base`: the Vm, the array of vCPUs, counters of 16 CPUs, then a frame for
 * each vCPU.
 */
export function syncVmMake(base: usize, nVcpus: u32): void {
  memory.fill(base, 0, 4096 * (nVcpus + 1));
  const vm = changetype<Vm>(base);
  vm.vcpus = <u32>base + 1024;
  vm.perCpu = <u32>base + 2048;
  for (let i: u32 = 0; i < nVcpus; i++) {
    const p = <u32>base + 4096 * (i + 1);
    const vcpu = changetype<Vcpu>(p);
    vcpu.id = i;
    vcpu.vm = <u32>base;
    store<u32>(vm.vcpus + i * 4, p);
  }
  vm.vcpuCount = nVcpus;
}

export function syncVmSetDead(vm: usize): void {
  astore32(vm + offsetof<Vm>("dead"), 1);
}

const MIX_SLOTS: usize = 0;
const MIX_MMAP: usize = 64;
const MIX_MMU: usize = 128;
const MIX_NODES: usize = 256;
/** Nodes of each vCPU in a mix. */
const MIX_NODE_COUNT: u32 = 8;
/** Words of a mix: locks at 0, nodes at 256, the VM one frame on. */
const MIX_VM: usize = 4096;

/** Locks of all sorts and a VM with `nVcpus` vCPUs at `mix` (nVcpus + 2 frames), mmu_lock of the given kind. */
export function syncMixMake(mix: usize, nVcpus: u32, kind: u32): void {
  memory.fill(mix, 0, 4096);
  spinLockInit(mix + MIX_SLOTS, RANK_SLOTS);
  rwInit(mix + MIX_MMAP, RW_DISTRIBUTED, RANK_MMAP);
  rwInit(mix + MIX_MMU, kind, RANK_MMU);
  syncVmMake(mix + MIX_VM, nVcpus);
}

function freeMixNode(node: usize): void {
  astore32(node + NODE_STATE, FREE);
}

/** Defers one of this vCPU's nodes, if one is free. */
function mixDefer(mix: usize, i: u32): void {
  for (let k: u32 = 0; k < MIX_NODE_COUNT; k++) {
    const node = mix + MIX_NODES + (i * MIX_NODE_COUNT + k) * NODE_BYTES;
    if (aload32(node + NODE_STATE) != FREE) continue;
    astore32(node + NODE_STATE, LIVE);
    epochDefer(node, load<u32>(changetype<usize>(freeMixNode)));
    return;
  }
}

function mixGuest(vcpu: Vcpu, scratch: usize): void {
  if (hasRequests(vcpu)) flushDone(vcpu, flushBegin(vcpu));
  if (!guestEnter(vcpu)) return;
  syncSpin(scratch, 200);
  if (hasRequests(vcpu)) flushDone(vcpu, flushBegin(vcpu));
  syncSpin(scratch, 200);
  guestLeave(vcpu);
}

/** Everything once, in the order in which the MMU nests it, as vCPU `i`. */
export function syncMixOnce(mix: usize, i: u32): void {
  const vm = changetype<Vm>(mix + MIX_VM);
  const scratch = mix + 3072 + i * 64;
  spinLock(mix + MIX_SLOTS);
  epochSynchronize();
  spinUnlock(mix + MIX_SLOTS);
  readLock(mix + MIX_MMAP, READ_CLASS_MMAP);
  epochEnter();
  readLock(mix + MIX_MMU, READ_CLASS_MMU);
  syncSpin(scratch, 20);
  readUnlock(mix + MIX_MMU, READ_CLASS_MMU);
  epochExit();
  readUnlock(mix + MIX_MMAP, READ_CLASS_MMAP);
  mixGuest(changetype<Vcpu>(mix + MIX_VM + 4096 * (i + 1)), scratch);
  writeLock(mix + MIX_MMAP);
  writeLock(mix + MIX_MMU);
  remoteFlush(vm);
  mixDefer(mix, i);
  writeUnlock(mix + MIX_MMU);
  writeUnlock(mix + MIX_MMAP);
  epochPoll();
}

/**
 * As vCPU `i` of the VM, on this CPU: rounds until *stop is set, or the VM is dead. The i-th word after it counts them.
 */
export function syncMix(mix: usize, i: u32, stop: usize, isOfVm: u32): void {
  const cpu = thisCpu();
  cpu.vm = isOfVm != 0 ? <u32>(mix + MIX_VM) : 0;
  astore32(mix + MIX_VM + 4096 * (i + 1) + offsetof<Vcpu>("cpu"), cpu.id + 1);
  while (aload32(stop) == 0) {
    syncMixOnce(mix, i);
    checkDead();
    aadd32(stop + 4 + i * 4, 1);
  }
}

/** Sleeps, as a worker does between two runs. */
export function syncNap(word: usize, ms: f64): void {
  hostWait(word, <i32>aload32(word), ms);
}
