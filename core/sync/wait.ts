/**
 * Waiting: how a CPU sleeps and is woken, and how it notices that what it waits for will never come. Every wait loop
 * of core calls `checkDead` (or waits through a function here that does), so that a dead worker ends every run and
 * call of its VM instead of hanging it.
 */

import { LAB } from "../layout/build";
import { cpuById, Cpu } from "../layout/cpu";
import { hostDie, hostWait } from "../layout/host";
import { SYSTEM_BASE, System, system } from "../layout/system";
import { Vm } from "../layout/vm";
import { aadd32, aload32, astore32 } from "./atomics";
import { thisCpu } from "./this_cpu";

/** Spins before a waiter sleeps: a few microseconds, against some 57 for a sleeping hand-over. In the lab, both ways soon. */
export const SPIN_LIMIT: u32 = LAB ? 1 : 1000;
/** Longest sleep between two looks at the dead words, ms. */
export const DEAD_POLL_MS: f64 = 100;

// @ts-ignore: decorator
@inline
function isSystemDead(): bool {
  return aload32(SYSTEM_BASE + offsetof<System>("dead")) != 0;
}

/** True if the system, or the VM this CPU works for, is dead. */
export function isDoomed(): bool {
  if (isSystemDead()) return true;
  const vm = thisCpu().vm;
  return vm != 0 && aload32(vm + offsetof<Vm>("dead")) != 0;
}

/** Ends this call (hostDie does not return) if the system, or the VM this CPU works for, is dead. */
export function checkDead(): void {
  if (isDoomed()) hostDie();
}

/** True if the worker behind CPU `id` is gone. */
// @ts-ignore: decorator
@inline
export function isCpuDead(id: u32): bool {
  return aload32(changetype<usize>(cpuById(id)) + offsetof<Cpu>("dead")) != 0;
}

/** A word that only a dead CPU could release is waited for: nobody can go on. Marks the system if it is system-wide. */
export function waitForDeadCpu(isSystemWide: u32): void {
  if (isSystemWide != 0) astore32(changetype<usize>(system()) + offsetof<System>("dead"), 1);
  hostDie();
}

/**
 * Sleeps on the i32 at `p` while it is `expected`, until it is notified or `timeoutMs` (negative: no limit) has passed,
 * but at most DEAD_POLL_MS; then checks the dead words. Call it in a loop.
 */
export function sleepOn(p: usize, expected: u32, timeoutMs: f64): void {
  hostWait(p, <i32>expected, timeoutMs >= 0 && timeoutMs < DEAD_POLL_MS ? timeoutMs : DEAD_POLL_MS);
  checkDead();
}

/**
 * The same for a lock that every VM needs. A VM's death does not end this wait: the caller may hold another such lock,
 * and its end would take all VMs along. These locks' holders wait for nothing of a VM, so the wait is short.
 */
export function sleepOnSystemLock(p: usize, expected: u32): void {
  hostWait(p, <i32>expected, DEAD_POLL_MS);
  if (isSystemDead()) hostDie();
}

/** This CPU's wake counter: read it, look for work, then cpuWait with the value read. No wake-up is lost. */
export function cpuWakeCount(): u32 {
  return aload32(changetype<usize>(thisCpu()) + offsetof<Cpu>("wake"));
}

/** Sleeps until this CPU is woken after `seen` was read, or `timeoutMs` passes, or for no reason. Call it in a loop. */
export function cpuWait(seen: u32, timeoutMs: f64): void {
  sleepOn(changetype<usize>(thisCpu()) + offsetof<Cpu>("wake"), seen, timeoutMs);
}

/** Wakes CPU `id` from cpuWait, or makes its next cpuWait return at once. */
export function cpuWake(id: u32): void {
  const p = changetype<usize>(cpuById(id)) + offsetof<Cpu>("wake");
  aadd32(p, 1);
  atomic.notify(p, 1);
}
