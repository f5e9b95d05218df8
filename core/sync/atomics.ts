/**
 * Every access to a shared word that belongs to a protocol goes through these. In release they are bare wasm atomics,
 * sequentially consistent. Debug builds count each as a hook point, where a test may kill the worker; lab builds
 * report each to the scheduler, which may switch fibers there.
 *
 * `p` is an absolute address: changetype<usize>(x) + offsetof<X>("field").
 */

import { DEBUG, LAB } from "../layout/build";
import { Frame, FRAME_SHIFT, FRAME_SPT } from "../layout/frame";
import { HOOK_LOAD, HOOK_RELEASE, HOOK_RMW, HOOK_SPIN, HOOK_STORE, HOOK_WIDE } from "../layout/hook";
import { hostHook, hostKill } from "../layout/host";
import { lab, LAB_SECTION_BASE, LAB_SECTION_BYTES, LabSection } from "../layout/lab";
import { system } from "../layout/system";
import { PAGE_SHIFT } from "../layout/types";
import { thisCpu } from "./this_cpu";

function killPoint(): void {
  const cpu = thisCpu();
  cpu.hookCount++;
  if (cpu.killCountdown != 0 && --cpu.killCountdown == 0) hostKill();
}

// @ts-ignore: decorator
@inline
function hook(kind: u32, p: usize): void {
  if (LAB) labStep(kind, p);
  else if (DEBUG) killPoint();
}

/** Lab: the access is a step at which others may run, unless a monitor makes it. */
function labStep(kind: u32, p: usize): void {
  if (lab().quiet != 0) return;
  labCountSpte(p);
  hostHook(kind, p);
}

/** Lab: counts accesses to page tables, by which the length of a section is measured. */
function labCountSpte(p: usize): void {
  const frame = changetype<Frame>(<usize>system().frameMeta + ((p >> PAGE_SHIFT) << FRAME_SHIFT));
  const section = changetype<LabSection>(LAB_SECTION_BASE + thisCpu().id * LAB_SECTION_BYTES);
  if (frame.kind == FRAME_SPT && section.inSection != 0) section.accesses++;
}

/** Lab: an access to the guest's own memory, or another that no protocol word stands for, is a step too. */
export function labHook(kind: u32, p: usize): void {
  if (LAB) labStep(kind, p);
}

// @ts-ignore: decorator
@inline
export function aload32(p: usize): u32 {
  hook(HOOK_LOAD, p);
  return atomic.load<u32>(p);
}

// @ts-ignore: decorator
@inline
export function aload64(p: usize): u64 {
  hook(HOOK_LOAD | HOOK_WIDE, p);
  return atomic.load<u64>(p);
}

// @ts-ignore: decorator
@inline
export function astore32(p: usize, value: u32): void {
  hook(HOOK_STORE, p);
  atomic.store<u32>(p, value);
}

// @ts-ignore: decorator
@inline
export function astore64(p: usize, value: u64): void {
  hook(HOOK_STORE | HOOK_WIDE, p);
  atomic.store<u64>(p, value);
}

/**
 * A store that all earlier accesses of this thread precede, without the full barrier that a wasm atomic store costs.
 *
 * Plain on purpose. On x86 hosts a plain wasm store is a plain move, and TSO keeps it behind earlier loads and stores;
 * V8 does not move memory accesses of wasm across one another. Wasm promises no tearing for an aligned 32-bit store
 * either, x86 does. On Arm hosts one vCPU runs (DESIGN), so nobody observes the order. The litmus suite tests it.
 */
// @ts-ignore: decorator
@inline
export function storeRelease32(p: usize, value: u32): void {
  hook(HOOK_STORE | HOOK_RELEASE, p);
  store<u32>(p, value);
}

// @ts-ignore: decorator
@inline
export function storeRelease64(p: usize, value: u64): void {
  hook(HOOK_STORE | HOOK_RELEASE | HOOK_WIDE, p);
  store<u64>(p, value);
}

/** Compare-and-exchange; returns the old value: equal to `expected` means it happened. */
// @ts-ignore: decorator
@inline
export function acas32(p: usize, expected: u32, value: u32): u32 {
  hook(HOOK_RMW, p);
  return atomic.cmpxchg<u32>(p, expected, value);
}

// @ts-ignore: decorator
@inline
export function acas64(p: usize, expected: u64, value: u64): u64 {
  hook(HOOK_RMW | HOOK_WIDE, p);
  return atomic.cmpxchg<u64>(p, expected, value);
}

// @ts-ignore: decorator
@inline
export function axchg32(p: usize, value: u32): u32 {
  hook(HOOK_RMW, p);
  return atomic.xchg<u32>(p, value);
}

// @ts-ignore: decorator
@inline
export function axchg64(p: usize, value: u64): u64 {
  hook(HOOK_RMW | HOOK_WIDE, p);
  return atomic.xchg<u64>(p, value);
}

/** Adds; returns the old value. */
// @ts-ignore: decorator
@inline
export function aadd32(p: usize, value: u32): u32 {
  hook(HOOK_RMW, p);
  return atomic.add<u32>(p, value);
}

// @ts-ignore: decorator
@inline
export function aadd64(p: usize, value: u64): u64 {
  hook(HOOK_RMW | HOOK_WIDE, p);
  return atomic.add<u64>(p, value);
}

/** Bitwise or; returns the old value. */
// @ts-ignore: decorator
@inline
export function aor32(p: usize, bits: u32): u32 {
  hook(HOOK_RMW, p);
  return atomic.or<u32>(p, bits);
}

// @ts-ignore: decorator
@inline
export function aor64(p: usize, bits: u64): u64 {
  hook(HOOK_RMW | HOOK_WIDE, p);
  return atomic.or<u64>(p, bits);
}

// @ts-ignore: decorator
@inline
export function aor16(p: usize, bits: u16): u16 {
  hook(HOOK_RMW, p);
  return atomic.or<u16>(p, bits);
}

/** Bitwise and; returns the old value. */
// @ts-ignore: decorator
@inline
export function aand32(p: usize, bits: u32): u32 {
  hook(HOOK_RMW, p);
  return atomic.and<u32>(p, bits);
}

// @ts-ignore: decorator
@inline
export function aand64(p: usize, bits: u64): u64 {
  hook(HOOK_RMW | HOOK_WIDE, p);
  return atomic.and<u64>(p, bits);
}

// @ts-ignore: decorator
@inline
export function aand16(p: usize, bits: u16): u16 {
  hook(HOOK_RMW, p);
  return atomic.and<u16>(p, bits);
}

/**
 * One turn of a spin loop, or of any loop that cannot end before somebody else has written. The lab's scheduler lets
 * others run here until one of the words that the caller read since its last turn has changed; other builds do nothing.
 */
// @ts-ignore: decorator
@inline
export function spinHint(p: usize): void {
  hook(HOOK_SPIN, p);
}
