/**
 * The guest-mode state machine and remote TLB flushes. Guarantee: when remoteFlush returns, no vCPU of the VM uses a
 * translation it had before the call.
 *
 * A vCPU publishes IN_GUEST, with a full barrier, and only then looks at its requests; whoever posts a request does so
 * with a full barrier and only then looks at the mode. So either the vCPU sees the request before its first guest
 * access, or the poster sees IN_GUEST and waits until the vCPU has acknowledged or left. The vCPU looks at its request
 * word again at every block boundary. It leaves guest mode before it waits for anything: that is why a holder of
 * mmu_lock may wait here.
 */

import { DEBUG, LAB } from "../layout/build";
import { BUG_GUEST_MODE } from "../layout/bugs";
import { LAB_FLUSH_BEGIN, LAB_FLUSH_END } from "../layout/lab";
import { MODE_IN_GUEST, MODE_OUTSIDE, REQ_BARRIER, REQ_TLB_FLUSH } from "../layout/exits";
import { Vcpu } from "../layout/vcpu";
import { Vm, VmCpu, VMCPU_STRIDE } from "../layout/vm";
import { bug } from "../trace/bug";
import { labEvent } from "../trace/lab_event";
import { aadd32, aand32, aload32, aor32, astore32, axchg32, spinHint, storeRelease32 } from "./atomics";
import { thisCpu } from "./this_cpu";
import { cpuWake, isCpuDead, sleepOn, SPIN_LIMIT } from "./wait";

/** A waiter for a flush looks again after this long, ms: the acknowledging side may miss that it sleeps. */
const FLUSH_POLL_MS: f64 = 1;

// @ts-ignore: decorator
@inline
function modeOf(vcpu: Vcpu): usize {
  return changetype<usize>(vcpu) + offsetof<Vcpu>("mode");
}

// @ts-ignore: decorator
@inline
function requestsOf(vcpu: Vcpu): usize {
  return changetype<usize>(vcpu) + offsetof<Vcpu>("requests");
}

/** OUTSIDE -> IN_GUEST. False: requests are pending and the vCPU is still OUTSIDE. */
// @ts-ignore: decorator
@inline
export function guestEnter(vcpu: Vcpu): bool {
  if (DEBUG && vcpu.mode != MODE_OUTSIDE) bug(BUG_GUEST_MODE, vcpu.mode, vcpu.id);
  axchg32(modeOf(vcpu), MODE_IN_GUEST);
  if (aload32(requestsOf(vcpu)) == 0) return true;
  guestLeave(vcpu);
  return false;
}

/** IN_GUEST -> OUTSIDE: every translation the vCPU held in hand is void from here on. */
// @ts-ignore: decorator
@inline
export function guestLeave(vcpu: Vcpu): void {
  if (DEBUG && vcpu.mode != MODE_IN_GUEST) bug(BUG_GUEST_MODE, vcpu.mode, vcpu.id);
  storeRelease32(modeOf(vcpu), MODE_OUTSIDE);
  // May miss a waiter that goes to sleep now: it polls.
  if (aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("flushWaiters")) != 0)
    atomic.notify(changetype<usize>(vcpu) + offsetof<Vcpu>("flushAck"), -1);
}

/** True if the running guest must stop at this block boundary. */
// @ts-ignore: decorator
@inline
export function hasRequests(vcpu: Vcpu): bool {
  return aload32(requestsOf(vcpu)) != 0;
}

/** Takes request `bit`: true if it was pending. */
// @ts-ignore: decorator
@inline
export function requestTake(vcpu: Vcpu, bit: u32): bool {
  if ((aload32(requestsOf(vcpu)) & bit) == 0) return false;
  aand32(requestsOf(vcpu), ~bit);
  return true;
}

/** Posts request `bit` and wakes the vCPU's CPU if it sleeps. Does not wait. */
export function requestMake(vcpu: Vcpu, bit: u32): void {
  aor32(requestsOf(vcpu), bit);
  // Whatever its mode: it may have left the guest to sleep, and that store may not have reached us yet.
  const cpu = aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("cpu"));
  if (cpu != 0) cpuWake(cpu - 1);
}

/** The i-th vCPU of `vm`, in order of creation. */
// @ts-ignore: decorator
@inline
export function vmVcpu(vm: Vm, i: u32): Vcpu {
  return changetype<Vcpu>(load<u32>(vm.vcpus + i * 4));
}

/** vCPUs of `vm`; those created later have an empty TLB and no root. */
// @ts-ignore: decorator
@inline
export function vmVcpuCount(vm: Vm): u32 {
  return aload32(changetype<usize>(vm) + offsetof<Vm>("vcpuCount"));
}

/** Posts request `bit` to every vCPU of `vm`. Does not wait. */
export function vmRequestAll(vm: Vm, bit: u32): void {
  const n = vmVcpuCount(vm);
  for (let i: u32 = 0; i < n; i++) requestMake(vmVcpu(vm, i), bit);
}

/** This CPU's counters of `vm`. */
// @ts-ignore: decorator
@inline
export function vmCpu(vm: Vm): VmCpu {
  return changetype<VmCpu>(vm.perCpu + thisCpu().id * VMCPU_STRIDE);
}

/**
 * Flushes the TLBs of every vCPU of `vm`: returns when each has flushed or will before it next touches guest memory.
 * Callers have made their page-table change first. May be called with mmu_lock held, in an epoch section, by a vCPU's
 * own thread (which is OUTSIDE then).
 */
export function remoteFlush(vm: Vm): void {
  const counters = vmCpu(vm);
  if (LAB) labEvent(LAB_FLUSH_BEGIN, changetype<usize>(vm), 0, 0, 0, 0);
  counters.remoteTlbFlushRequests++;
  const n = vmVcpuCount(vm);
  for (let i: u32 = 0; i < n; i++) {
    const vcpu = changetype<usize>(vmVcpu(vm, i));
    // In this order: whoever sees the request reads a count that includes it (flushBegin).
    aadd32(vcpu + offsetof<Vcpu>("flushReq"), 1);
    aor32(vcpu + offsetof<Vcpu>("requests"), REQ_TLB_FLUSH);
  }
  let waited: u32 = 0;
  for (let i: u32 = 0; i < n; i++) waited |= waitFlushed(vmVcpu(vm, i));
  if (waited != 0) counters.remoteTlbFlush++;
  if (LAB) labEvent(LAB_FLUSH_END, changetype<usize>(vm), 0, 0, 0, 0);
}

/** Waits until `vcpu` has acknowledged every flush asked for so far, or is seen outside the guest. 1 if it was inside. */
function waitFlushed(vcpu: Vcpu): u32 {
  const ack = changetype<usize>(vcpu) + offsetof<Vcpu>("flushAck");
  const wanted = aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("flushReq"));
  let spins: u32 = 0;
  while (true) {
    const seen = aload32(ack);
    if (<i32>(seen - wanted) >= 0 || aload32(modeOf(vcpu)) != MODE_IN_GUEST) return u32(spins != 0);
    spinHint(ack);
    if (++spins < SPIN_LIMIT) continue;
    if (isVcpuLost(vcpu)) return 1;
    sleepWhileInGuest(vcpu, seen);
  }
}

/** Sleeps until `vcpu` leaves the guest or acknowledges a flush beyond `seen`, or for no reason. Call it in a loop. */
function sleepWhileInGuest(vcpu: Vcpu, seen: u32): void {
  const ack = changetype<usize>(vcpu) + offsetof<Vcpu>("flushAck");
  const waiters = changetype<usize>(vcpu) + offsetof<Vcpu>("flushWaiters");
  aadd32(waiters, 1);
  // Looked at again now that we are counted: a vCPU that leaves from here on notifies us.
  if (aload32(modeOf(vcpu)) == MODE_IN_GUEST) sleepOn(ack, seen, FLUSH_POLL_MS);
  aadd32(waiters, <u32>-1);
}

/**
 * Makes every vCPU of `vm` leave guest mode once: when it returns each has been OUTSIDE since the call, and whatever was
 * asked of it before the call it serves before it enters again. What a vCPU did before it left is visible to the caller.
 * The same rules as remoteFlush; two such calls on one VM at a time only hold each other up.
 */
export function guestBarrier(vm: Vm): void {
  const n = vmVcpuCount(vm);
  for (let i: u32 = 0; i < n; i++) aor32(requestsOf(vmVcpu(vm, i)), REQ_BARRIER);
  for (let i: u32 = 0; i < n; i++) waitLeft(vmVcpu(vm, i));
}

/** Waits until `vcpu` has served the barrier, which it does outside of the guest, or is seen there. */
function waitLeft(vcpu: Vcpu): void {
  const ack = changetype<usize>(vcpu) + offsetof<Vcpu>("flushAck");
  let spins: u32 = 0;
  while (true) {
    const seen = aload32(ack);
    if ((aload32(requestsOf(vcpu)) & REQ_BARRIER) == 0 || aload32(modeOf(vcpu)) != MODE_IN_GUEST) return;
    spinHint(ack);
    if (++spins < SPIN_LIMIT) continue;
    if (isVcpuLost(vcpu)) return;
    sleepWhileInGuest(vcpu, seen);
  }
}

/** The worker that had the vCPU in guest mode is gone: nobody uses its translations. */
function isVcpuLost(vcpu: Vcpu): bool {
  const cpu = aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("cpu"));
  return cpu != 0 && isCpuDead(cpu - 1);
}

/** The vCPU begins to serve flush requests: forgets the request bit, then returns what the flush will acknowledge. */
export function flushBegin(vcpu: Vcpu): u32 {
  // In this order: a flush counted after we read the count sets the bit again.
  aand32(requestsOf(vcpu), ~REQ_TLB_FLUSH);
  return aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("flushReq"));
}

/** The vCPU has flushed: `flushed` is flushBegin's result. */
export function flushDone(vcpu: Vcpu, flushed: u32): void {
  const ack = changetype<usize>(vcpu) + offsetof<Vcpu>("flushAck");
  astore32(ack, flushed);
  if (aload32(changetype<usize>(vcpu) + offsetof<Vcpu>("flushWaiters")) != 0) atomic.notify(ack, -1);
}
