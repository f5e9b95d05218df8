/** Probes of core/hostmm: its internal functions as tests call them, recorded notifiers, and memory shortage on demand. */

import { FRAME_ANON, FRAME_KERNEL } from "../../../core/layout/frame";
import { Mm } from "../../../core/layout/hostmm";
import {
  OP_NOTIFIER_CHANGE_PTE,
  OP_NOTIFIER_END,
  OP_NOTIFIER_RELEASE,
  OP_NOTIFIER_START,
  SYSTEM_BASE,
  SYSTEM_BYTES,
  SYSTEM_OPS,
} from "../../../core/layout/system";
import { Hva } from "../../../core/layout/types";
import { mmDestroy } from "../../../core/hostmm/mm";
import { mmGet, mmPut } from "../../../core/hostmm/mm_ref";
import { gup, gupFast, gupLock, gupUnlock } from "../../../core/hostmm/gup";
import { rootOf, tableFind } from "../../../core/hostmm/host_table";
import { pagerFinish, pagerWait } from "../../../core/hostmm/pager";
import { frameAlloc, frameCount, frameFree, frameMeta } from "../../../core/mm/frames";
import { aload64 } from "../../../core/sync/atomics";
import { epochBarrier, epochEnter, epochExit, epochPoll } from "../../../core/sync/epoch";

export { pagerFinish as hostPagerFinish, pagerWait as hostPagerWait };
export { mmGet as hostMmGet, mmPut as hostMmPut };
export {
  epochBarrier as hostEpochBarrier,
  epochEnter as hostEpochEnter,
  epochExit as hostEpochExit,
  epochPoll as hostEpochPoll,
};

export function hostGup(mm: usize, hva: Hva, flags: u32): i32 {
  return gup(changetype<Mm>(mm), hva, flags);
}

export function hostGupFast(mm: usize, hva: Hva, flags: u32): i32 {
  epochEnter();
  const result = gupFast(changetype<Mm>(mm), hva, flags);
  epochExit();
  return result;
}

/** gup where it may not be called. */
export function hostGupInEpoch(mm: usize, hva: Hva, flags: u32): i32 {
  epochEnter();
  return gup(changetype<Mm>(mm), hva, flags);
}

export function hostGupLock(mm: usize, hva: Hva, flags: u32): i32 {
  return gupLock(changetype<Mm>(mm), hva, flags);
}

export function hostGupUnlock(mm: usize): void {
  gupUnlock(changetype<Mm>(mm));
}

/** mmDestroy without the ABI's check. */
export function hostMmDestroy(mm: usize): void {
  mmDestroy(mm);
}

// --- notifiers: each call appends 48 bytes to a buffer whose address is at the end of the system page ---

/** u32 address of the buffer, u32 calls so far. */
const RECORDER: usize = SYSTEM_BASE + SYSTEM_BYTES - 8;
const RECORD_BYTES: u32 = 48;

function record(op: u32, mm: usize, start: u64, end: u64, flags: u32): void {
  const n = load<u32>(RECORDER + 4);
  const p = <usize>load<u32>(RECORDER) + n * RECORD_BYTES;
  store<u32>(p, op);
  store<u32>(p + 4, flags);
  store<u64>(p + 8, start);
  store<u64>(p + 16, end);
  const root = rootOf(changetype<Mm>(mm));
  store<u64>(p + 24, root == 0 ? 0 : aload64(tableFind(root, start)));
  store<u32>(p + 32, frameCount(FRAME_ANON));
  store<u32>(p + 36, <u32>mm);
  store<u32>(RECORDER + 4, n + 1);
}

function recordStart(mm: usize, start: Hva, end: Hva, flags: u32): void {
  record(OP_NOTIFIER_START, mm, start, end, flags);
}

function recordEnd(mm: usize, start: Hva, end: Hva, flags: u32): void {
  record(OP_NOTIFIER_END, mm, start, end, flags);
}

function recordChange(mm: usize, hva: Hva, pfn: u64, writable: u32): void {
  record(OP_NOTIFIER_CHANGE_PTE, mm, hva, pfn, writable);
}

function recordRelease(mm: usize): void {
  record(OP_NOTIFIER_RELEASE, mm, 0, 0, 0);
}

/** Records the notifier calls of this thread from now on at `buffer`; 0 = stops. */
export function hostRecordNotifiers(buffer: usize): void {
  store<u32>(RECORDER, <u32>buffer);
  store<u32>(RECORDER + 4, 0);
  const on = buffer != 0;
  store<u32>(SYSTEM_OPS + OP_NOTIFIER_START * 4, on ? load<u32>(changetype<usize>(recordStart)) : 0);
  store<u32>(SYSTEM_OPS + OP_NOTIFIER_END * 4, on ? load<u32>(changetype<usize>(recordEnd)) : 0);
  store<u32>(SYSTEM_OPS + OP_NOTIFIER_CHANGE_PTE * 4, on ? load<u32>(changetype<usize>(recordChange)) : 0);
  store<u32>(SYSTEM_OPS + OP_NOTIFIER_RELEASE * 4, on ? load<u32>(changetype<usize>(recordRelease)) : 0);
}

export function hostRecordCount(): u32 {
  return load<u32>(RECORDER + 4);
}

// --- shortage ---

/** Takes every free frame but `leave`. What to give hostRelease; 0 if there was none to take. */
export function hostExhaust(leave: u32): u32 {
  let head: u32 = 0;
  for (let pfn = frameAlloc(FRAME_KERNEL); pfn != 0; pfn = frameAlloc(FRAME_KERNEL)) {
    frameMeta(pfn).link = head;
    head = pfn;
  }
  for (; leave != 0 && head != 0; leave--) head = freeFirst(head);
  return head;
}

function freeFirst(head: u32): u32 {
  const next = frameMeta(head).link;
  frameMeta(head).link = 0;
  frameFree(head);
  return next;
}

export function hostRelease(head: u32): void {
  while (head != 0) head = freeFirst(head);
}
