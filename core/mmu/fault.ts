/**
 * The TDP page fault: from (gpa, error code) to a SPTE that serves the access, or to what the vCPU must do instead.
 *
 * Order: a write to a tracked gfn is refused; the fast path tries without a lock; then the host page is looked up
 * (after a snapshot of the invalidation sequence), mmu_lock is taken for read, and the fault is mapped unless it went
 * stale meanwhile: its root was invalidated, or the host began or finished taking pages away. Any doubt ends in
 * RET_PF_RETRY: the vCPU simply faults again.
 */

import { EAGAIN } from "../layout/errno";
import {
  PFERR_FETCH,
  PFERR_PRESENT,
  PFERR_RSVD,
  PFERR_USER,
  PFERR_WRITE,
  RET_PF_CONTINUE,
  RET_PF_EMULATE,
  RET_PF_FIXED,
  RET_PF_INVALID,
  RET_PF_RETRY,
  RET_PF_SPURIOUS,
  RET_PF_WRITE_PROTECTED,
} from "../layout/exits";
import { GUP_WRITABLE, GUP_WRITE, Mm } from "../layout/hostmm";
import { KVM_MEM_READONLY, KVM_MEMSLOT_INVALID, Memslot } from "../layout/memslot";
import { MmuPage } from "../layout/mmu_page";
import {
  Fault,
  FAULT_EXEC,
  FAULT_HUGE_DISALLOWED,
  FAULT_MAP_WRITABLE,
  FAULT_NX_WORKAROUND,
  FAULT_PRESENT,
  FAULT_RSVD,
  FAULT_USER,
  FAULT_WRITE,
} from "../layout/mmu_walk";
import { READ_CLASS_MMU } from "../layout/sync";
import { Gfn, Gpa, LEVEL_1G, LEVEL_4K, MAX_GFN, PAGE_SHIFT } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { PARAM_MMIO_CACHING, Vm } from "../layout/vm";
import { gup, gupFast } from "../hostmm/gup";
import { pagerAwaited } from "../hostmm/pager";
import { aload32, aload64 } from "../sync/atomics";
import { assertEpoch, epochEnter, epochExit } from "../sync/epoch";
import { readUnlock } from "../sync/rwlock";
import { thisCpu } from "../sync/this_cpu";
import { canBeFast, fastPageFault } from "./fast_fault";
import { memslotHva, memslotsGeneration, vcpuMemslotFind, vmMemslots } from "./memslot";
import { handleMmioFault, mmioCacheFill } from "./mmio_fault";
import { mmuCachesTopUp } from "./mmu_page";
import { faultReadLock, thisFault, vmMmuLock } from "./mmu_lock";
import { isNxMitigated } from "./nx_huge";
import { isRootInvalid } from "./role";
import { tdpMap } from "./tdp_map";
import { isGfnTracked } from "./write_track";
import { tracePageFault } from "./tracepoints";

/**
 * Handles a second-dimension fault of `vcpu`, which is OUTSIDE the guest, at `gpa`. `pferr`: PFERR_*; PFERR_RSVD for an
 * EPT misconfiguration.
 * @epoch (left and entered again around a slow look-up of the host page)
 * @ret RET_PF_*, or -EFAULT, -ENOMEM (Vcpu.fault* set), or -EAGAIN (Vcpu.pagerRequest set)
 */
// @ts-ignore: decorator
@inline
export function mmuPageFault(vcpu: Vcpu, gpa: Gpa, pferr: u64): i32 {
  assertEpoch();
  tracePageFault(vcpu, gpa);
  if ((pferr & PFERR_RSVD) != 0) {
    const r = handleMmioFault(vcpu, gpa);
    if (r != RET_PF_INVALID) return count(vcpu, r);
  }
  vcpu.pfTaken++;
  const f = thisFault();
  faultInit(changetype<Vm>(vcpu.vm), f, gpa, pferr);
  const r = tdpPageFault(vcpu, f);
  if (r == RET_PF_WRITE_PROTECTED) return count(vcpu, RET_PF_EMULATE);
  if (r < 0) noteError(vcpu, f, r);
  return count(vcpu, r);
}

// @ts-ignore: decorator
@inline
function count(vcpu: Vcpu, r: i32): i32 {
  if (r == RET_PF_FIXED) vcpu.pfFixed++;
  else if (r == RET_PF_EMULATE) vcpu.pfEmulate++;
  else if (r == RET_PF_SPURIOUS) vcpu.pfSpurious++;
  else if (r == RET_PF_RETRY) vcpu.pfRetry++;
  return r;
}

/** What the memory-fault exit tells userspace. */
function noteError(vcpu: Vcpu, f: Fault, error: i32): void {
  if (error == -EAGAIN) return;
  vcpu.faultGpa = f.gfn << PAGE_SHIFT;
  vcpu.faultSize = 1 << PAGE_SHIFT;
  vcpu.faultFlags = f.flags & (FAULT_WRITE | FAULT_EXEC);
}

/** Fills a fault from an error code. */
// @ts-ignore: decorator
@inline
export function faultInit(vm: Vm, f: Fault, gpa: Gpa, pferr: u64): void {
  let flags: u32 = 0;
  if ((pferr & PFERR_WRITE) != 0) flags |= FAULT_WRITE;
  if ((pferr & PFERR_FETCH) != 0) flags |= FAULT_EXEC;
  if ((pferr & PFERR_PRESENT) != 0) flags |= FAULT_PRESENT;
  if ((pferr & PFERR_RSVD) != 0) flags |= FAULT_RSVD;
  if ((pferr & PFERR_USER) != 0) flags |= FAULT_USER;
  if (isNxMitigated(vm))
    flags |= (flags & FAULT_EXEC) != 0 ? FAULT_NX_WORKAROUND | FAULT_HUGE_DISALLOWED : FAULT_NX_WORKAROUND;
  f.gpa = gpa;
  f.gfn = gpa >> PAGE_SHIFT;
  f.errorCode = pferr;
  f.flags = flags;
  f.maxLevel = LEVEL_1G;
}

/** The fault handler proper. `f` is this CPU's fault. @epoch @ret RET_PF_* or negative errno */
// @ts-ignore: decorator
@inline
export function tdpPageFault(vcpu: Vcpu, f: Fault): i32 {
  const vm = changetype<Vm>(vcpu.vm);
  if ((f.flags & (FAULT_PRESENT | FAULT_WRITE | FAULT_RSVD)) == (FAULT_PRESENT | FAULT_WRITE)) {
    if (isWriteTracked(vm, vcpu, f.gfn)) return RET_PF_WRITE_PROTECTED;
  }
  if (canBeFast(vm, f)) {
    const r = fastPageFault(vm, vcpu, f);
    if (r != RET_PF_INVALID) return r;
  }
  let r = mmuCachesTopUp(vcpu);
  if (r != 0) return r;
  r = faultin(vm, vcpu, f);
  if (r != RET_PF_CONTINUE) return r;
  faultReadLock(vm);
  r = isStale(vm, vcpu, f) ? RET_PF_RETRY : tdpMap(vm, vcpu, f);
  readUnlock(vmMmuLock(vm), READ_CLASS_MMU);
  return r;
}

function isWriteTracked(vm: Vm, vcpu: Vcpu, gfn: Gfn): bool {
  const slot = vcpuMemslotFind(vm, vcpu, gfn);
  return slot !== null && isGfnTracked(slot, gfn);
}

/** An invalidation of the host's pages is under way for `gfn`, or one has ended since the snapshot. */
// @ts-ignore: decorator
@inline
function isInvalidating(vm: Vm, f: Fault): bool {
  const v = changetype<usize>(vm);
  if (aload32(v + offsetof<Vm>("invalidateInProgress")) != 0 && f.gfn >= vm.invalidateStart && f.gfn < vm.invalidateEnd)
    return true;
  return aload64(v + offsetof<Vm>("invalidateSeq")) != f.mmuSeq;
}

/** Whether what the fault knows may be out of date. @holds mmuLock:read */
// @ts-ignore: decorator
@inline
function isStale(vm: Vm, vcpu: Vcpu, f: Fault): bool {
  if (isRootInvalid(changetype<MmuPage>(vcpu.root))) return true;
  return f.slot != 0 && isInvalidating(vm, f);
}

/** faultinFast only: the host page must be made present first. */
const NOT_RESIDENT: i32 = 100;

/** Finds slot and host frame. @epoch @ret RET_PF_CONTINUE, or what to answer instead */
// @ts-ignore: decorator
@inline
function faultin(vm: Vm, vcpu: Vcpu, f: Fault): i32 {
  const r = faultinFast(vm, vcpu, f);
  return r == NOT_RESIDENT ? faultinSlow(vm, vcpu, f) : r;
}

/**
 * Makes the host page present, outside of the epoch section: that may copy a page, which calls the notifiers, or ask a
 * pager. What gup answers is good if neither slots nor host mappings changed since they were looked at (phantom pages
 * are found by gup alone); else the vCPU faults again.
 */
function faultinSlow(vm: Vm, vcpu: Vcpu, f: Fault): i32 {
  const generation = vcpu.lastSlotsGeneration;
  epochExit();
  const r = gup(changetype<Mm>(vm.mm), f.hva, f.flags & FAULT_WRITE);
  epochEnter();
  if (r == -EAGAIN) vcpu.pagerRequest = pagerAwaited();
  if (r != 0) return r;
  const seq = aload64(changetype<usize>(vm) + offsetof<Vm>("invalidateSeq"));
  if (seq != f.mmuSeq || memslotsGeneration(vmMemslots(vm, vcpu.asId)) != generation) return RET_PF_RETRY;
  takeHostPage(f, changetype<Memslot>(f.slot));
  return RET_PF_CONTINUE;
}
if (FAULT_WRITE != GUP_WRITE) ERROR("a fault's write flag is gup's");

// @ts-ignore: decorator
@inline
function faultinFast(vm: Vm, vcpu: Vcpu, f: Fault): i32 {
  // Before the host is asked; the pages it names are good as long as this has not moved.
  f.mmuSeq = aload64(changetype<usize>(vm) + offsetof<Vm>("invalidateSeq"));
  const slot = vcpuMemslotFind(vm, vcpu, f.gfn);
  if (slot === null) return faultNoSlot(vm, vcpu, f);
  f.slot = <u32>changetype<usize>(slot);
  if ((slot.flags & (KVM_MEMSLOT_INVALID | KVM_MEM_READONLY)) != 0) {
    if ((slot.flags & KVM_MEMSLOT_INVALID) != 0) return RET_PF_RETRY;
    // A write to a read-only slot is userspace's; not cached as MMIO, reads of it are memory.
    if ((f.flags & FAULT_WRITE) != 0) return RET_PF_EMULATE;
  }
  // Without a lock, so only a hint: no need to look the page up if it is being taken away.
  if (isInvalidating(vm, f)) return RET_PF_RETRY;
  f.hva = memslotHva(slot, f.gfn);
  if (gupFast(changetype<Mm>(vm.mm), f.hva, f.flags & FAULT_WRITE) != 0) return NOT_RESIDENT;
  takeHostPage(f, slot);
  return RET_PF_CONTINUE;
}

/** Keeps what gup has just answered. */
// @ts-ignore: decorator
@inline
function takeHostPage(f: Fault, slot: Memslot): void {
  const cpu = thisCpu();
  f.pfn = cpu.ret0;
  f.hostLevel = <u32>cpu.ret2;
  if ((cpu.ret1 & GUP_WRITABLE) != 0 && (slot.flags & KVM_MEM_READONLY) == 0) f.flags |= FAULT_MAP_WRITABLE;
  else f.flags &= ~FAULT_MAP_WRITABLE;
}

/** No slot: MMIO. */
function faultNoSlot(vm: Vm, vcpu: Vcpu, f: Fault): i32 {
  f.slot = 0;
  f.pfn = 0;
  f.hostLevel = LEVEL_4K;
  mmioCacheFill(vcpu, f.gfn, memslotsGeneration(vmMemslots(vm, vcpu.asId)));
  // Beyond what the host can address there is no entry to make: zaps would never reach it.
  if ((vm.params & PARAM_MMIO_CACHING) == 0 || f.gfn >= MAX_GFN) return RET_PF_EMULATE;
  return RET_PF_CONTINUE;
}
