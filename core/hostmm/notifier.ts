/**
 * Calls to the MMU before and after translations of an address space change. The MMU registers function-table indices
 * in System.ops; without them these do nothing. Arguments and guarantees: layout/hostmm.ts.
 *
 * The bracket is: START, change entries, give frames back, END. A frame whose entry was there before START may be
 * given back once START has returned, since no SPTE and no TLB has it then, and the MMU installs nothing of the range
 * until END. @holds mmapLock:write, for aging in either mode
 */

import { Mm, NOTIFIER_CHANGE_PTE_ONLY, NOTIFIER_MAY_BLOCK } from "../layout/hostmm";
import {
  OP_NOTIFIER_CHANGE_PTE,
  OP_NOTIFIER_CLEAR_YOUNG,
  OP_NOTIFIER_END,
  OP_NOTIFIER_RELEASE,
  OP_NOTIFIER_START,
  OP_NOTIFIER_TEST_YOUNG,
  SYSTEM_OPS,
} from "../layout/system";
import { Hva, Pfn } from "../layout/types";
import { assertMmapHeld, assertMmapWriteHeld } from "./mmap_lock";

// @ts-ignore: decorator
@inline
function opOf(op: u32): u32 {
  return load<u32>(SYSTEM_OPS + op * 4);
}

// @ts-ignore: decorator
@inline
function callRange(op: u32, mm: Mm, start: Hva, end: Hva, flags: u32): void {
  assertMmapWriteHeld(mm);
  const fn = opOf(op);
  if (fn != 0) call_indirect<void>(fn, changetype<usize>(mm), start, end, flags);
}

/** The translations of [start, end) are about to go: on return nobody uses them. */
export function notifyStart(mm: Mm, start: Hva, end: Hva): void {
  callRange(OP_NOTIFIER_START, mm, start, end, NOTIFIER_MAY_BLOCK);
}

export function notifyEnd(mm: Mm, start: Hva, end: Hva): void {
  callRange(OP_NOTIFIER_END, mm, start, end, NOTIFIER_MAY_BLOCK);
}

/** Holds off stale faults on [start, end); a notifyChangePte changes the SPTEs in place. */
export function notifyChangeStart(mm: Mm, start: Hva, end: Hva): void {
  callRange(OP_NOTIFIER_START, mm, start, end, NOTIFIER_MAY_BLOCK | NOTIFIER_CHANGE_PTE_ONLY);
}

export function notifyChangeEnd(mm: Mm, start: Hva, end: Hva): void {
  callRange(OP_NOTIFIER_END, mm, start, end, NOTIFIER_MAY_BLOCK | NOTIFIER_CHANGE_PTE_ONLY);
}

/** The read-only 4 KiB page at `hva` is frame `pfn` from now on, read-only: on return nobody uses the old frame. */
export function notifyChangePte(mm: Mm, hva: Hva, pfn: Pfn): void {
  const fn = opOf(OP_NOTIFIER_CHANGE_PTE);
  if (fn != 0) call_indirect<void>(fn, changetype<usize>(mm), hva, pfn, <u32>0);
}

/**
 * Ages the MMUs' translations of [start, end); their Accessed and Dirty go to the frames. @holds mmapLock
 * @ret 4 KiB pages that were young
 */
export function notifyClearYoung(mm: Mm, start: Hva, end: Hva, flags: u32): u32 {
  assertMmapHeld(mm);
  const fn = opOf(OP_NOTIFIER_CLEAR_YOUNG);
  return fn == 0 ? 0 : call_indirect<u32>(fn, changetype<usize>(mm), start, end, flags);
}

/** Whether an MMU has touched any of [start, end) since it was last aged: 0 or 1. @holds mmapLock */
export function notifyTestYoung(mm: Mm, start: Hva, end: Hva): u32 {
  assertMmapHeld(mm);
  const fn = opOf(OP_NOTIFIER_TEST_YOUNG);
  return fn == 0 ? 0 : call_indirect<u32>(fn, changetype<usize>(mm), start, end, <u32>0);
}

/** The address space goes: every translation of it does. */
export function notifyRelease(mm: Mm): void {
  const fn = opOf(OP_NOTIFIER_RELEASE);
  if (fn != 0) call_indirect<void>(fn, changetype<usize>(mm));
}
