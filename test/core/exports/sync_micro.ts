/** Loops for test/core/sync/micro.mjs: what uncontended operations of core/sync cost. */

import { READ_CLASS_MMU } from "../../../core/layout/sync";
import { Vcpu } from "../../../core/layout/vcpu";
import { Vm } from "../../../core/layout/vm";
import { aadd32, aload32 } from "../../../core/sync/atomics";
import { epochEnter, epochExit } from "../../../core/sync/epoch";
import { guestEnter, guestLeave, hasRequests, remoteFlush } from "../../../core/sync/guest_mode";
import { readLock, readUnlock, writeLock, writeUnlock } from "../../../core/sync/rwlock";
import { spinLock, spinUnlock } from "../../../core/sync/spinlock";

/** The loop itself, with one atomic load. */
export function syncMicroLoad(p: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) aload32(p);
}

/** One locked operation: what the others are made of. */
export function syncMicroAdd(p: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) aadd32(p, 1);
}

export function syncMicroSpin(p: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    spinLock(p);
    spinUnlock(p);
  }
}

export function syncMicroRead(p: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    readLock(p, READ_CLASS_MMU);
    readUnlock(p, READ_CLASS_MMU);
  }
}

export function syncMicroWrite(p: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    writeLock(p);
    writeUnlock(p);
  }
}

export function syncMicroEpoch(p: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    epochEnter();
    epochExit();
  }
}

export function syncMicroGuest(p: usize, n: u32): void {
  const vcpu = changetype<Vcpu>(p);
  for (let i: u32 = 0; i < n; i++) if (guestEnter(vcpu)) guestLeave(vcpu);
}

/** A look at the requests, as at every block boundary. */
export function syncMicroRequests(p: usize, n: u32): u32 {
  let pending: u32 = 0;
  for (let i: u32 = 0; i < n; i++) pending += u32(hasRequests(changetype<Vcpu>(p)));
  return pending;
}

/** No vCPU is inside. */
export function syncMicroFlush(p: usize, n: u32): void {
  for (let i: u32 = 0; i < n; i++) remoteFlush(changetype<Vm>(p));
}
