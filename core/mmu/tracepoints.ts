/**
 * The MMU's tracepoints, by the kernel's names: one function each, which records nothing while the event is off. Field
 * order is that of core/layout/trace.ts.
 */

import { DirtyGfn } from "../layout/dirty_ring";
import { MmuPage } from "../layout/mmu_page";
import {
  TRACE_CHECK_MMIO_SPTE,
  TRACE_FAST_PAGE_FAULT,
  TRACE_HANDLE_MMIO_PAGE_FAULT,
  TRACE_KVM_AGE_HVA,
  TRACE_KVM_ASYNC_PF_COMPLETED,
  TRACE_KVM_ASYNC_PF_NOT_PRESENT,
  TRACE_KVM_ASYNC_PF_READY,
  TRACE_KVM_ASYNC_PF_REPEATED_FAULT,
  TRACE_KVM_DIRTY_RING_EXIT,
  TRACE_KVM_DIRTY_RING_PUSH,
  TRACE_KVM_DIRTY_RING_RESET,
  TRACE_KVM_MMU_GET_PAGE,
  TRACE_KVM_MMU_PREPARE_ZAP_PAGE,
  TRACE_KVM_MMU_SET_SPTE,
  TRACE_KVM_MMU_SPLIT_HUGE_PAGE,
  TRACE_KVM_MMU_SPTE_REQUESTED,
  TRACE_KVM_MMU_ZAP_ALL_FAST,
  TRACE_KVM_PAGE_FAULT,
  TRACE_KVM_SET_SPTE_HVA,
  TRACE_KVM_TDP_MMU_SPTE_CHANGED,
  TRACE_KVM_TEST_AGE_HVA,
  TRACE_KVM_TRY_ASYNC_GET_PAGE,
  TRACE_KVM_UNMAP_HVA_RANGE,
  TRACE_MARK_MMIO_SPTE,
} from "../layout/trace";
import { Fault } from "../layout/mmu_walk";
import { PAGE_SHIFT } from "../layout/types";
import { AsyncPf, Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { thisCpu } from "../sync/this_cpu";
import { trace, traceOn } from "../trace/trace";
import { isExecutable } from "./spte";

/** Bits of kvm_mmu_set_spte's rxu. */
const RXU_READABLE: u64 = 1;
const RXU_EXECUTABLE: u64 = 2;
const RXU_USER: u64 = 4;

// @ts-ignore: decorator
@inline
export function tracePageFault(vcpu: Vcpu, gpa: u64): void {
  if (traceOn(TRACE_KVM_PAGE_FAULT))
    trace(thisCpu(), TRACE_KVM_PAGE_FAULT, vcpu.id + 1, vcpu.progPc, gpa, vcpu.hwExitQualification, 0, 0, 0);
}

// @ts-ignore: decorator
@inline
export function traceSpteRequested(vcpu: Vcpu, f: Fault): void {
  if (traceOn(TRACE_KVM_MMU_SPTE_REQUESTED))
    trace(thisCpu(), TRACE_KVM_MMU_SPTE_REQUESTED, vcpu.id + 1, f.gfn, f.pfn, f.goalLevel, 0, 0, 0);
}

// @ts-ignore: decorator
@inline
export function traceSpteChanged(gfn: u64, old: u64, spte: u64, level: u32, asId: u32): void {
  if (traceOn(TRACE_KVM_TDP_MMU_SPTE_CHANGED))
    trace(thisCpu(), TRACE_KVM_TDP_MMU_SPTE_CHANGED, 0, gfn, old, spte, level, asId, 0);
}

// @ts-ignore: decorator
@inline
export function traceSetSpte(vm: Vm, vcpu: Vcpu, gfn: u64, spte: u64, sptep: usize, level: u32): void {
  if (traceOn(TRACE_KVM_MMU_SET_SPTE)) {
    const readable = (spte & (vm.presentMask | vm.userMask)) != 0 ? RXU_READABLE : 0;
    const rxu = readable | (isExecutable(vm, spte) ? RXU_EXECUTABLE : 0) | ((spte & vm.userMask) != 0 ? RXU_USER : 0);
    trace(thisCpu(), TRACE_KVM_MMU_SET_SPTE, vcpu.id + 1, gfn, spte, sptep, level, rxu, 0);
  }
}

// @ts-ignore: decorator
@inline
export function traceFastPageFault(vcpu: Vcpu, f: Fault, sptep: usize, old: u64, spte: u64, ret: i32): void {
  if (traceOn(TRACE_FAST_PAGE_FAULT))
    trace(thisCpu(), TRACE_FAST_PAGE_FAULT, vcpu.id + 1, f.gpa, f.errorCode, sptep, old, spte, ret);
}

// @ts-ignore: decorator
@inline
export function traceMarkMmioSpte(vcpu: Vcpu, sptep: usize, gfn: u64, access: u32, generation: u64): void {
  if (traceOn(TRACE_MARK_MMIO_SPTE))
    trace(thisCpu(), TRACE_MARK_MMIO_SPTE, vcpu.id + 1, sptep, gfn, access, generation, 0, 0);
}

// @ts-ignore: decorator
@inline
export function traceCheckMmioSpte(vcpu: Vcpu, generation: u64, spteGeneration: u64, spte: u64): void {
  if (traceOn(TRACE_CHECK_MMIO_SPTE))
    trace(thisCpu(), TRACE_CHECK_MMIO_SPTE, vcpu.id + 1, generation, spteGeneration, spte, 0, 0, 0);
}

// @ts-ignore: decorator
@inline
export function traceHandleMmioPageFault(vcpu: Vcpu, gpa: u64, gfn: u64, access: u32): void {
  if (traceOn(TRACE_HANDLE_MMIO_PAGE_FAULT))
    trace(thisCpu(), TRACE_HANDLE_MMIO_PAGE_FAULT, vcpu.id + 1, gpa, gfn, access, 0, 0, 0);
}

/** A table was made, by the vCPU `vcpuId1` - 1, or (0) by none. */
// @ts-ignore: decorator
@inline
export function traceGetPage(vcpuId1: u32, page: MmuPage): void {
  if (traceOn(TRACE_KVM_MMU_GET_PAGE))
    trace(thisCpu(), TRACE_KVM_MMU_GET_PAGE, vcpuId1, page.gfn, page.role, page.rootCount, 1, 0, 0);
}

// @ts-ignore: decorator
@inline
export function tracePrepareZapPage(page: MmuPage): void {
  if (traceOn(TRACE_KVM_MMU_PREPARE_ZAP_PAGE))
    trace(thisCpu(), TRACE_KVM_MMU_PREPARE_ZAP_PAGE, 0, page.gfn, page.role, page.rootCount, 0, 0, 0);
}

/** A huge leaf was split (`error` 0), or not: somebody else was first (-EBUSY), or memory is exhausted (-ENOMEM). */
// @ts-ignore: decorator
@inline
export function traceSplitHugePage(gfn: u64, spte: u64, level: u32, error: i32): void {
  if (traceOn(TRACE_KVM_MMU_SPLIT_HUGE_PAGE))
    trace(thisCpu(), TRACE_KVM_MMU_SPLIT_HUGE_PAGE, 0, gfn, spte, level, error, 0, 0);
}

// @ts-ignore: decorator
@inline
export function traceZapAllFast(usedPages: u64): void {
  if (traceOn(TRACE_KVM_MMU_ZAP_ALL_FAST)) trace(thisCpu(), TRACE_KVM_MMU_ZAP_ALL_FAST, 0, 0, usedPages, 0, 0, 0, 0);
}

// @ts-ignore: decorator
@inline
export function traceUnmapHvaRange(startHva: u64, endHva: u64): void {
  if (traceOn(TRACE_KVM_UNMAP_HVA_RANGE)) trace(thisCpu(), TRACE_KVM_UNMAP_HVA_RANGE, 0, startHva, endHva, 0, 0, 0, 0);
}

// @ts-ignore: decorator
@inline
export function traceAgeHva(startHva: u64, endHva: u64): void {
  if (traceOn(TRACE_KVM_AGE_HVA)) trace(thisCpu(), TRACE_KVM_AGE_HVA, 0, startHva, endHva, 0, 0, 0, 0);
}

// @ts-ignore: decorator
@inline
export function traceTestAgeHva(hva: u64): void {
  if (traceOn(TRACE_KVM_TEST_AGE_HVA)) trace(thisCpu(), TRACE_KVM_TEST_AGE_HVA, 0, hva, 0, 0, 0, 0, 0);
}

// @ts-ignore: decorator
@inline
export function traceSetSpteHva(hva: u64): void {
  if (traceOn(TRACE_KVM_SET_SPTE_HVA)) trace(thisCpu(), TRACE_KVM_SET_SPTE_HVA, 0, hva, 0, 0, 0, 0, 0);
}

/** `entry` was written; the vCPU's index counts it already. */
// @ts-ignore: decorator
@inline
export function traceDirtyRingPush(vm: Vm, vcpu: Vcpu, entry: DirtyGfn): void {
  if (traceOn(TRACE_KVM_DIRTY_RING_PUSH)) {
    const dirty = vcpu.ringDirtyIndex;
    const index = (dirty - 1) & (vm.ringEntries - 1);
    trace(
      thisCpu(),
      TRACE_KVM_DIRTY_RING_PUSH,
      vcpu.id + 1,
      index,
      dirty,
      vcpu.ringResetIndex,
      entry.slot,
      entry.offset,
      0,
    );
  }
}

/** The oldest entry is about to be freed. */
// @ts-ignore: decorator
@inline
export function traceDirtyRingReset(vm: Vm, vcpu: Vcpu): void {
  if (traceOn(TRACE_KVM_DIRTY_RING_RESET)) {
    const reset = vcpu.ringResetIndex;
    const index = reset & (vm.ringEntries - 1);
    trace(thisCpu(), TRACE_KVM_DIRTY_RING_RESET, vcpu.id + 1, index, vcpu.ringDirtyIndex, reset, 0, 0, 0);
  }
}

// @ts-ignore: decorator
@inline
export function traceDirtyRingExit(vcpu: Vcpu): void {
  if (traceOn(TRACE_KVM_DIRTY_RING_EXIT)) trace(thisCpu(), TRACE_KVM_DIRTY_RING_EXIT, vcpu.id + 1, 0, 0, 0, 0, 0, 0);
}

/** A page that the vCPU faults on must be waited for: can it go on meanwhile? */
export function traceTryAsyncGetPage(vcpu: Vcpu, gpa: u64): void {
  if (traceOn(TRACE_KVM_TRY_ASYNC_GET_PAGE))
    trace(thisCpu(), TRACE_KVM_TRY_ASYNC_GET_PAGE, vcpu.id + 1, gpa, gpa >> PAGE_SHIFT, 0, 0, 0, 0);
}

/** No: it waits for that page already. */
export function traceAsyncPfRepeatedFault(vcpu: Vcpu, gpa: u64): void {
  if (traceOn(TRACE_KVM_ASYNC_PF_REPEATED_FAULT))
    trace(thisCpu(), TRACE_KVM_ASYNC_PF_REPEATED_FAULT, vcpu.id + 1, gpa, gpa >> PAGE_SHIFT, 0, 0, 0, 0);
}

/** Yes: it has been told so. */
export function traceAsyncPfNotPresent(vcpu: Vcpu, work: AsyncPf): void {
  if (traceOn(TRACE_KVM_ASYNC_PF_NOT_PRESENT))
    trace(thisCpu(), TRACE_KVM_ASYNC_PF_NOT_PRESENT, vcpu.id + 1, work.token, work.gpa, 0, 0, 0, 0);
}

/** The vCPU is told that the page is there, or that there is none. */
export function traceAsyncPfReady(vcpu: Vcpu, token: u32, gpa: u64): void {
  if (traceOn(TRACE_KVM_ASYNC_PF_READY))
    trace(thisCpu(), TRACE_KVM_ASYNC_PF_READY, vcpu.id + 1, token, gpa, 0, 0, 0, 0);
}

/** The pager has answered for the page at host address `hva`. */
export function traceAsyncPfCompleted(vcpu: Vcpu, hva: u64, gpa: u64): void {
  if (traceOn(TRACE_KVM_ASYNC_PF_COMPLETED))
    trace(thisCpu(), TRACE_KVM_ASYNC_PF_COMPLETED, vcpu.id + 1, hva, gpa, 0, 0, 0, 0);
}
