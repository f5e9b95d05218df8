/**
 * Litmus programs for what core/sync relies on: the order of plain release stores, and the guest-mode protocol. Each is
 * a pair (or more) of functions for CPUs in threads of their own; a result other than 0 is an order that must not be.
 */

import { MODE_OUTSIDE, REQ_KICK } from "../../../core/layout/exits";
import { Cpu, cpuById } from "../../../core/layout/cpu";
import { hostNow } from "../../../core/layout/host";
import { READ_CLASS_MMU } from "../../../core/layout/sync";
import { Vcpu } from "../../../core/layout/vcpu";
import { Vm } from "../../../core/layout/vm";
import { aadd32, aload32, aor32, astore32, axchg32, storeRelease32 } from "../../../core/sync/atomics";
import { epochEnter, epochExit } from "../../../core/sync/epoch";
import {
  flushBegin,
  flushDone,
  guestEnter,
  guestLeave,
  hasRequests,
  remoteFlush,
  requestMake,
  requestTake,
  vmVcpu,
  vmVcpuCount,
} from "../../../core/sync/guest_mode";
import { readLock, readUnlock } from "../../../core/sync/rwlock";
import { thisCpu } from "../../../core/sync/this_cpu";
import { cpuWait, cpuWakeCount } from "../../../core/sync/wait";
import { syncRandom, syncSpin } from "./sync_stress";

/** Rounds between two looks at the clock, less one; in rounds of two CPUs, each may cost a time slice. */
const CLOCK_MASK: u32 = 1023;
const MEETING_CLOCK_MASK: u32 = 31;

// --- message passing through a release store ---

/** What is released, and how. */
export const MP_STORE: u32 = 0; // storeRelease32 of a number
export const MP_GUEST: u32 = 1; // guestLeave
export const MP_EPOCH: u32 = 2; // epochExit
export const MP_READ: u32 = 3; // readUnlock

/** Words of a message-passing test, each on its own line. `object`: the vCPU or RwLock. */
const MP_STARTED: usize = 0;
const MP_DATA0: usize = 64;
const MP_DATA1: usize = 128;
const MP_STOP: usize = 192;
/** Looks of the receiver that told something; the sender goes on until there are some. */
const MP_LOOKS: usize = 256;
const MP_MIN_LOOKS: u32 = 100;

function mpBegin(how: u32, object: usize): void {
  if (how == MP_GUEST) guestEnter(changetype<Vcpu>(object));
  else if (how == MP_EPOCH) epochEnter();
  else if (how == MP_READ) readLock(object, READ_CLASS_MMU);
}

function mpEnd(how: u32, object: usize, base: usize, n: u32): void {
  if (how == MP_STORE) storeRelease32(base + MP_STARTED, n);
  else if (how == MP_GUEST) guestLeave(changetype<Vcpu>(object));
  else if (how == MP_EPOCH) epochExit();
  else readUnlock(object, READ_CLASS_MMU);
}

/** Sends for at least `ms`: in each round plain stores of its number, then the release. Returns the rounds. */
export function syncMpSend(how: u32, base: usize, object: usize, ms: f64): u32 {
  const end = hostNow() + ms * 1e6;
  let n: u32 = 0;
  while ((n & CLOCK_MASK) != 0 || hostNow() < end || aload32(base + MP_LOOKS) < MP_MIN_LOOKS) {
    n++;
    mpBegin(how, object);
    // Inside: who reads this number and then sees us outside has seen the release of this round or a later one.
    if (how != MP_STORE) astore32(base + MP_STARTED, n);
    store<u32>(base + MP_DATA0, n);
    store<u32>(base + MP_DATA1, n);
    mpEnd(how, object, base, n);
  }
  astore32(base + MP_STOP, 1);
  return n;
}

/** The word that is 0 once the sender has released. */
function mpWord(how: u32, object: usize, sender: u32): usize {
  if (how == MP_GUEST) return object + offsetof<Vcpu>("mode");
  const cpu = changetype<usize>(cpuById(sender));
  return how == MP_EPOCH ? cpu + offsetof<Cpu>("epoch") : cpu + offsetof<Cpu>("readHeld0");
}

/** Receives until the sender has stopped. Returns how many messages were seen before their contents. */
export function syncMpReceive(how: u32, base: usize, object: usize, sender: u32): u32 {
  const word = how == MP_STORE ? base + MP_STOP : mpWord(how, object, sender);
  let bad: u32 = 0;
  let looks: u32 = 0;
  while (aload32(base + MP_STOP) == 0) {
    const n = aload32(base + MP_STARTED);
    if (how != MP_STORE && aload32(word) != 0) continue;
    // The reverse order of the stores.
    const data1 = load<u32>(base + MP_DATA1);
    const data0 = load<u32>(base + MP_DATA0);
    bad += u32(data1 < n || data0 < n);
    looks += u32(n != 0);
    if (looks <= MP_MIN_LOOKS) astore32(base + MP_LOOKS, looks);
  }
  return bad;
}

// --- store buffering: who comes in against who looks whether anybody is in ---

/** What is entered: a guest, against a request; or an epoch section, against a change of what is read in it. */
export const SB_GUEST: u32 = 0;
export const SB_EPOCH: u32 = 1;

/** Words of a test in rounds: each side says that it has come to round r, and that it is done with it. */
const SB_READY0: usize = 0;
const SB_READY1: usize = 64;
const SB_DONE0: usize = 128;
const SB_DONE1: usize = 192;
/** Whether the other side saw nobody inside. */
const SB_EMPTY: usize = 256;
/** What a section reads: 0 = as it was. */
const SB_CHANGED: usize = 320;
const SB_SCRATCH: usize = 384;
const SB_STOP: u32 = 0xffffffff;

/** Comes to round `r`; false: the other side has stopped. */
function meet(mine: usize, theirs: usize, r: u32): bool {
  astore32(mine, r);
  while (aload32(theirs) < r) continue;
  return aload32(theirs) != SB_STOP;
}

/** Goes in; true if nothing was seen of what the other side does. */
function sbGoIn(how: u32, vcpu: Vcpu, base: usize): bool {
  if (how == SB_GUEST) return guestEnter(vcpu);
  epochEnter();
  return aload32(base + SB_CHANGED) == 0;
}

function sbComeOut(how: u32, vcpu: Vcpu, base: usize, wasUnaware: bool): void {
  if (how == SB_EPOCH) epochExit();
  else if (wasUnaware) guestLeave(vcpu);
  astore32(base + SB_CHANGED, 0);
  requestTake(vcpu, REQ_KICK);
}

/**
 * One side, for `ms`: goes in just as the other changes something and looks whether anybody is in. Returns how often
 * both missed the other; ret0: rounds; ret1: in how many it went in unaware.
 */
export function syncSbEnter(how: u32, vcpuAddress: usize, base: usize, ms: f64, seed: u32): u32 {
  const vcpu = changetype<Vcpu>(vcpuAddress);
  const end = hostNow() + ms * 1e6;
  const cpu = thisCpu();
  cpu.ret1 = 0;
  let state = seed | 1;
  let bad: u32 = 0;
  let r: u32 = 0;
  while ((r & MEETING_CLOCK_MASK) != 0 || hostNow() < end) {
    r++;
    meet(base + SB_READY0, base + SB_READY1, r);
    state = syncRandom(state);
    syncSpin(base + SB_SCRATCH, state & 31);
    const isUnaware = sbGoIn(how, vcpu, base);
    meet(base + SB_DONE0, base + SB_DONE1, r);
    bad += u32(isUnaware && aload32(base + SB_EMPTY) != 0);
    cpu.ret1 += u64(isUnaware);
    sbComeOut(how, vcpu, base, isUnaware);
  }
  astore32(base + SB_READY0, SB_STOP);
  cpu.ret0 = r;
  return bad;
}

/** The other side; `enterer` is the CPU that goes in. */
export function syncSbPost(how: u32, vcpuAddress: usize, base: usize, enterer: u32, seed: u32): void {
  const requests = vcpuAddress + offsetof<Vcpu>("requests");
  const mode = vcpuAddress + offsetof<Vcpu>("mode");
  const epoch = changetype<usize>(cpuById(enterer)) + offsetof<Cpu>("epoch");
  if (MODE_OUTSIDE != 0) unreachable();
  let state = seed | 1;
  for (let r: u32 = 1; meet(base + SB_READY1, base + SB_READY0, r); r++) {
    state = syncRandom(state);
    syncSpin(base + SB_SCRATCH + 64, state & 31);
    if (how == SB_GUEST) aor32(requests, REQ_KICK);
    else axchg32(base + SB_CHANGED, 1);
    const inside = aload32(how == SB_GUEST ? mode : epoch);
    astore32(base + SB_EMPTY, u32(inside == 0));
    meet(base + SB_DONE1, base + SB_DONE0, r);
  }
}

// --- translations and flushes ---

/** A page that a flusher moves to and fro: the page-table word, and the two frames it may name, each on its own line. */
const PAGE_FRAME0: usize = 64;
const PAGE_FRAME1: usize = 128;
const PAGE_SCRATCH: usize = 192;
const PAGE_BYTES: u32 = 256;
/** A frame: what a guest may read there, and where it writes. */
const FRAME_STAMP: usize = 4;
const VALID: u32 = 0x600d;
const FREED: u32 = 0xdead;

export function syncPageMake(page: usize): void {
  memory.fill(page, 0, PAGE_BYTES);
  store<u32>(page + PAGE_FRAME0, VALID);
  store<u32>(page, <u32>(page + PAGE_FRAME0));
}

/** How a vCPU behaves: bits. */
export const GUEST_STAYS: u32 = 1; // never leaves the guest of its own accord
export const GUEST_ACKS: u32 = 2; // serves flushes inside the guest; else it leaves for them, or either at random
export const GUEST_LEAVES: u32 = 4;

/** The vCPU's TLB: a word for each page, of no use to anybody else. */
function tlbOf(vcpu: Vcpu): usize {
  return changetype<usize>(vcpu) + 2048;
}

/** One block of guest code: reads and writes every page several times, without a look at the requests. */
function guestBlock(vcpu: Vcpu, pages: usize, nPages: u32, repeat: u32): u32 {
  const tlb = tlbOf(vcpu);
  let bad: u32 = 0;
  for (let i: u32 = 0; i < repeat * nPages; i++) {
    const page = pages + (i % nPages) * PAGE_BYTES;
    const entry = tlb + (i % nPages) * 4;
    let frame: usize = load<u32>(entry);
    if (frame == 0) {
      frame = aload32(page);
      store<u32>(entry, <u32>frame);
    }
    bad += u32(load<u32>(frame) != VALID);
    store<u32>(frame + FRAME_STAMP, 1);
  }
  return bad;
}

function serveFlush(vcpu: Vcpu, nPages: u32): void {
  const flushed = flushBegin(vcpu);
  memory.fill(tlbOf(vcpu), 0, nPages * 4);
  flushDone(vcpu, flushed);
}

/** Runs the guest until *stop is set; the word after it counts those who have begun. Returns how many of its reads found a frame that was no longer its; ret0: flushes served. */
export function syncGuestRun(vcpuAddress: usize, pages: usize, nPages: u32, stop: usize, how: u32, seed: u32): u32 {
  const vcpu = changetype<Vcpu>(vcpuAddress);
  astore32(vcpuAddress + offsetof<Vcpu>("cpu"), thisCpu().id + 1);
  let state = seed | 1;
  let bad: u32 = 0;
  let served: u64 = 0;
  aadd32(stop + 4, 1);
  while (aload32(stop) == 0) {
    if (hasRequests(vcpu)) {
      serveFlush(vcpu, nPages);
      served++;
    }
    if (!guestEnter(vcpu)) continue;
    state = syncRandom(state);
    let blocks: u32 = (how & GUEST_STAYS) != 0 ? u32.MAX_VALUE : 1 + (state & 15);
    while (blocks-- > 0 && aload32(stop) == 0) {
      state = syncRandom(state);
      bad += guestBlock(vcpu, pages, nPages, 1 + ((state >> 8) & 31));
      if (!hasRequests(vcpu)) continue;
      if ((how & GUEST_LEAVES) != 0 || ((how & GUEST_ACKS) == 0 && (state & 1) != 0)) break;
      serveFlush(vcpu, nPages);
      served++;
    }
    guestLeave(vcpu);
  }
  thisCpu().ret0 = served;
  return bad;
}

/** Every vCPU has acknowledged something. */
function isAcked(vm: Vm): bool {
  for (let i: u32 = 0; i < vmVcpuCount(vm); i++) {
    if (aload32(changetype<usize>(vmVcpu(vm, i)) + offsetof<Vcpu>("flushAck")) == 0) return false;
  }
  return true;
}

/**
 * For `ms`, and until every vCPU has served a flush: points the page at its other frame, flushes, and takes the old frame for its own. Returns how
 * often a guest wrote to it after that; ret0: rounds.
 */
export function syncFlusher(vmAddress: usize, page: usize, ms: f64, seed: u32): u32 {
  const vm = changetype<Vm>(vmAddress);
  const end = hostNow() + ms * 1e6;
  let state = seed | 1;
  let bad: u32 = 0;
  let r: u32 = 0;
  while ((r & 63) != 0 || hostNow() < end || !isAcked(vm)) {
    r++;
    state = syncRandom(state);
    const old: usize = aload32(page);
    const next = old == page + PAGE_FRAME0 ? page + PAGE_FRAME1 : page + PAGE_FRAME0;
    store<u32>(next, VALID);
    axchg32(page, <u32>next);
    remoteFlush(vm);
    store<u32>(old, FREED);
    store<u32>(old + FRAME_STAMP, 0);
    syncSpin(page + PAGE_SCRATCH, (state & 127) + 16);
    bad += aload32(old + FRAME_STAMP);
  }
  thisCpu().ret0 = r;
  return bad;
}

/**
 * Flushes up to `n` times, each when the vCPU is inside, until `enough` of them took between `minUs` and `maxUs`: longer
 * than a flusher spins, shorter than its sleep without a wake-up. Returns how many did.
 */
export function syncFlushTimes(vmAddress: usize, n: u32, enough: u32, minUs: f64, maxUs: f64): u32 {
  const vm = changetype<Vm>(vmAddress);
  const mode = changetype<usize>(vmVcpu(vm, 0)) + offsetof<Vcpu>("mode");
  let inTime: u32 = 0;
  for (let i: u32 = 0; i < n && inTime < enough; i++) {
    while (aload32(mode) == MODE_OUTSIDE) continue;
    const start = hostNow();
    remoteFlush(vm);
    const us = (hostNow() - start) / 1e3;
    inTime += u32(us > minUs && us < maxUs);
  }
  return inTime;
}

/**
 * Stays in the guest for `us` between two looks at the requests, until *stop is set. Then it acknowledges, or
 * (GUEST_LEAVES) leaves, and lets 3 ms pass outside before it does: who waits for the flush must not.
 */
export function syncSlowGuest(vcpuAddress: usize, us: f64, stop: usize, how: u32): void {
  const vcpu = changetype<Vcpu>(vcpuAddress);
  astore32(vcpuAddress + offsetof<Vcpu>("cpu"), thisCpu().id + 1);
  while (aload32(stop) == 0) {
    if (hasRequests(vcpu)) flushDone(vcpu, flushBegin(vcpu));
    if (!guestEnter(vcpu)) continue;
    while (aload32(stop) == 0) {
      pass(us);
      if (!hasRequests(vcpu)) continue;
      if (how == GUEST_LEAVES) break;
      flushDone(vcpu, flushBegin(vcpu));
    }
    guestLeave(vcpu);
    pass(3000);
  }
}

function pass(us: f64): void {
  const end = hostNow() + us * 1e3;
  while (hostNow() < end) continue;
}

// --- requests that must not be lost ---

/** Posts `rounds` kicks, each after the one before was taken. */
export function syncKicks(vcpuAddress: usize, rounds: u32, ms: f64): u32 {
  const vcpu = changetype<Vcpu>(vcpuAddress);
  const requests = vcpuAddress + offsetof<Vcpu>("requests");
  const end = hostNow() + ms * 1e6;
  let r: u32 = 0;
  while (r < rounds && ((r & 63) != 0 || hostNow() < end)) {
    r++;
    store<f64>(vcpuAddress + 2048, hostNow());
    requestMake(vcpu, REQ_KICK);
    while ((aload32(requests) & REQ_KICK) != 0) continue;
  }
  return r;
}

/**
 * Enters, leaves and halts at random, and takes kicks, until *stop is set. Returns how many it took; ret0: how many
 * later than `lateMs` after they were posted.
 */
export function syncKicked(vcpuAddress: usize, stop: usize, seed: u32, lateMs: f64): u32 {
  const vcpu = changetype<Vcpu>(vcpuAddress);
  const cpu = thisCpu();
  astore32(vcpuAddress + offsetof<Vcpu>("cpu"), cpu.id + 1);
  let state = seed | 1;
  let taken: u32 = 0;
  let late: u64 = 0;
  while (aload32(stop) == 0) {
    state = syncRandom(state);
    if (requestTake(vcpu, REQ_KICK)) {
      // Read after the exchange that took it: posted before.
      late += u64(hostNow() - load<f64>(vcpuAddress + 2048) > lateMs * 1e6);
      taken++;
    }
    if (guestEnter(vcpu)) {
      for (let i = (state >> 4) & 63; i != 0 && !hasRequests(vcpu); i--) continue;
      guestLeave(vcpu);
    }
    if ((state & 3) != 0) continue;
    // HLT: no look at the stop word here, so the last kick is followed by one more wake-up.
    const seen = cpuWakeCount();
    if (!hasRequests(vcpu)) cpuWait(seen, 1000);
  }
  cpu.ret0 = late;
  return taken;
}

export function syncRet(id: u32, which: u32): u32 {
  return <u32>(which == 0 ? cpuById(id).ret0 : cpuById(id).ret1);
}

export function syncVcpuMode(vm: usize, i: u32): u32 {
  return aload32(changetype<usize>(vmVcpu(changetype<Vm>(vm), i)) + offsetof<Vcpu>("mode"));
}

/** As a worker that is in the guest when it dies. */
export function syncGuestEnter(vcpuAddress: usize): u32 {
  astore32(vcpuAddress + offsetof<Vcpu>("cpu"), thisCpu().id + 1);
  return u32(guestEnter(changetype<Vcpu>(vcpuAddress)));
}

export function syncGuestLeave(vcpuAddress: usize): void {
  guestLeave(changetype<Vcpu>(vcpuAddress));
}

export function syncRequestMake(vcpuAddress: usize, bit: u32): void {
  requestMake(changetype<Vcpu>(vcpuAddress), bit);
}

export function syncRequestTake(vcpuAddress: usize, bit: u32): u32 {
  return u32(requestTake(changetype<Vcpu>(vcpuAddress), bit));
}

export function syncRemoteFlush(vm: usize): void {
  remoteFlush(changetype<Vm>(vm));
}

/** Serves a flush in two steps, so that a test can do something in between. */
export function syncFlushBegin(vcpuAddress: usize): u32 {
  return flushBegin(changetype<Vcpu>(vcpuAddress));
}

export function syncFlushDone(vcpuAddress: usize, flushed: u32): void {
  flushDone(changetype<Vcpu>(vcpuAddress), flushed);
}
