/**
 * The calls that scenarios' fibers make: the host ABI's, and operations that the host ABI has not alone, each marked as a
 * call, so that the monitors know when its promise is due. Arguments and results are those of the function called.
 */

import { HPTE_WRITE, Mm } from "../layout/hostmm";
import { Frame, FRAME_FLAG_CODE } from "../layout/frame";
import { REQ_CODE_FLUSH, REQ_KICK } from "../layout/exits";
import { Gfn, Gpa, Hva, PAGE_SIZE } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import {
  mmAge,
  mmDestroy,
  mmDontNeed,
  mmFork,
  mmMap,
  mmMerge,
  mmMigrate,
  mmProtect,
  mmTestYoung,
  mmUnmap,
} from "../hostmm/abi";
import { entryPfn, makeReadOnly, rootOf, tableFind } from "../hostmm/host_table";
import { singlePut } from "../hostmm/huge_block";
import { mmapWriteLock, mmapWriteUnlock } from "../hostmm/mmap_lock";
import { notifyChangeEnd, notifyChangePte, notifyChangeStart, notifyEnd, notifyStart } from "../hostmm/notifier";
import { frameMeta } from "../mm/frame_meta";
import { frameGet } from "../mm/frames";
import { memslotFind } from "../mmu/memslot";
import { memslotSet } from "../mmu/memslot_set";
import { nxHugePagesSet, nxRecover, vmZapAll, vmZapGfnRange } from "../mmu/abi";
import { guestRead, guestWrite } from "../mmu/guest_memory";
import { clearDirtySlot } from "../mmu/clear_dirty";
import { dirtyLogClear, dirtyLogGet } from "../mmu/dirty_log";
import { dirtyRingsReset } from "../mmu/dirty_ring";
import { writeTrackAdd, writeTrackRemove } from "../mmu/write_track";
import { aload64, aor16, astore64 } from "../sync/atomics";
import { epochBarrier, epochEnter, epochExit, epochPoll } from "../sync/epoch";
import { remoteFlush, requestMake, vmRequestAll } from "../sync/guest_mode";
import { thisCpu } from "../sync/this_cpu";
import { vcpuPrefault, vcpuRun } from "../vcpu/run";
import { callBegin, callEnd } from "./monitor";

export function callVcpuRun(vcpu: Vcpu): i32 {
  callBegin();
  const r = vcpuRun(vcpu);
  callEnd();
  return r;
}

export function callVcpuPrefault(vcpu: Vcpu, gpa: Gpa, size: u64): i64 {
  callBegin();
  const r = vcpuPrefault(vcpu, gpa, size);
  callEnd();
  return r;
}

/** Makes the vCPU leave its run with KVM_EXIT_INTR. */
export function callKick(vcpu: Vcpu): void {
  callBegin();
  requestMake(vcpu, REQ_KICK);
  callEnd();
}

export function callMemslotSet(vm: Vm, slotId: u32, flags: u32, gpa: Gpa, size: u64, hva: Hva): i32 {
  callBegin();
  const r = memslotSet(vm, slotId, flags, gpa, size, hva);
  callEnd();
  return r;
}

export function callZapAll(vm: Vm): void {
  callBegin();
  vmZapAll(vm);
  callEnd();
}

export function callZapGfnRange(vm: Vm, startGfn: Gfn, endGfn: Gfn): void {
  callBegin();
  vmZapGfnRange(vm, startGfn, endGfn);
  callEnd();
}

export function callWriteTrackAdd(vm: Vm, asId: u32, gfn: Gfn): i32 {
  callBegin();
  const r = writeTrackAdd(vm, asId, gfn);
  callEnd();
  return r;
}

export function callWriteTrackRemove(vm: Vm, asId: u32, gfn: Gfn): i32 {
  callBegin();
  const r = writeTrackRemove(vm, asId, gfn);
  callEnd();
  return r;
}

export function callGuestRead(vm: Vm, asId: u32, gpa: Gpa, to: usize, bytes: u32): i32 {
  callBegin();
  const r = guestRead(vm, asId, gpa, to, bytes);
  callEnd();
  return r;
}

export function callGuestWrite(vm: Vm, asId: u32, gpa: Gpa, from: usize, bytes: u32): i32 {
  callBegin();
  const r = guestWrite(vm, asId, gpa, from, bytes);
  callEnd();
  return r;
}

/**
 * Takes W, or Dirty, from every leaf of the slot at `gfn`, and flushes late, as the beginning of its log does, but beside
 * slot updates. The scenario keeps the slot. -1: there is none.
 */
export function callClearDirtySlot(vm: Vm, asId: u32, gfn: Gfn): i32 {
  callBegin();
  epochEnter();
  const slot = memslotFind(vm, asId, gfn);
  epochExit();
  if (slot !== null) {
    clearDirtySlot(vm, slot);
    remoteFlush(vm);
  }
  callEnd();
  return slot === null ? -1 : 0;
}

export function callDirtyLogGet(vm: Vm, slotId: u32, buffer: u32): i32 {
  callBegin();
  const r = dirtyLogGet(vm, slotId, buffer);
  callEnd();
  return r;
}

export function callDirtyLogClear(vm: Vm, slotId: u32, firstPage: u64, numPages: u64, buffer: u32): i32 {
  callBegin();
  const r = dirtyLogClear(vm, slotId, firstPage, numPages, buffer);
  callEnd();
  return r;
}

export function callDirtyRingsReset(vm: Vm): i32 {
  callBegin();
  const r = dirtyRingsReset(vm);
  callEnd();
  return r;
}

export function callMmUnmap(mm: usize, hva: Hva, length: u64): i32 {
  callBegin();
  const r = mmUnmap(mm, hva, length);
  callEnd();
  return r;
}

export function callMmDestroy(mm: usize): i32 {
  callBegin();
  const r = mmDestroy(mm);
  callEnd();
  return r;
}

export function callMmDontNeed(mm: usize, hva: Hva, length: u64): i32 {
  callBegin();
  const r = mmDontNeed(mm, hva, length);
  callEnd();
  return r;
}

export function callMmMap(mm: usize, hva: Hva, length: u64, backing: u32, prot: u32, flags: u32): i64 {
  callBegin();
  const r = mmMap(mm, hva, length, backing, prot, flags, 0, 0);
  callEnd();
  return r;
}

export function callMmProtect(mm: usize, hva: Hva, length: u64, prot: u32): i32 {
  callBegin();
  const r = mmProtect(mm, hva, length, prot);
  callEnd();
  return r;
}

export function callMmFork(mm: usize): usize {
  callBegin();
  const r = mmFork(mm);
  callEnd();
  return r;
}

export function callMmMigrate(mm: usize, hva: Hva): i32 {
  callBegin();
  const r = mmMigrate(mm, hva);
  callEnd();
  return r;
}

export function callMmMerge(mm: usize, hvaA: Hva, hvaB: Hva): i32 {
  callBegin();
  const r = mmMerge(mm, hvaA, hvaB);
  callEnd();
  return r;
}

/** Frees what was deferred and is due, without waiting. */
export function callEpochPoll(): void {
  callBegin();
  epochPoll();
  callEnd();
}

/** Waits until all that was deferred is freed. */
export function callEpochBarrier(): void {
  callBegin();
  epochBarrier();
  callEnd();
}

/**
 * What a decoder does before it caches instructions of the page at `hva`: marks the frame, then has every vCPU drop its
 * write translation of it. From its return on, the guest's stores to the frame are reported.
 */
export function callCodeFrameSet(vm: Vm, hva: Hva): void {
  callBegin();
  const mm = changetype<Mm>(vm.mm);
  mmapWriteLock(mm);
  const entry = aload64(tableFind(rootOf(mm), hva));
  const frame = frameMeta(<u32>(entry >> 12));
  aor16(changetype<usize>(frame) + offsetof<Frame>("flags"), FRAME_FLAG_CODE);
  vmRequestAll(vm, REQ_CODE_FLUSH);
  remoteFlush(vm);
  mmapWriteUnlock(mm);
  thisCpu().ret0 = entry;
  callEnd();
}

/** Counts and ages the pages of [hva, hva + length): clear_young. */
export function callMmAge(mm: usize, hva: Hva, length: u64): i64 {
  callBegin();
  const r = mmAge(mm, hva, length);
  callEnd();
  return r;
}

/** Whether a page of [hva, hva + length) was used. */
export function callMmTestYoung(mm: usize, hva: Hva, length: u64): i32 {
  callBegin();
  const r = mmTestYoung(mm, hva, length);
  callEnd();
  return r;
}

export function callNxRecover(vm: Vm): i32 {
  callBegin();
  const r = nxRecover(vm);
  callEnd();
  return r;
}

/** The live parameter nx_huge_pages, and what the embedder does after it. */
export function callNxHugePagesSet(vm: Vm, value: u32): void {
  callBegin();
  nxHugePagesSet(value);
  vmZapAll(vm);
  callEnd();
}

/**
 * The host gives `hva` the frame of `from`, read-only, in place: what mmMerge does in the end, but without having taken
 * the write right from `hva` before. Both are pages of 4 KiB that are there; `from` becomes read-only first.
 */
export function callReplaceReadOnly(address: usize, from: Hva, hva: Hva): i32 {
  callBegin();
  const mm = changetype<Mm>(address);
  mmapWriteLock(mm);
  const source = tableFind(rootOf(mm), from);
  const slot = tableFind(rootOf(mm), hva);
  const old = entryPfn(aload64(slot));
  notifyStart(mm, from, from + PAGE_SIZE);
  astore64(source, aload64(source) & ~HPTE_WRITE);
  notifyEnd(mm, from, from + PAGE_SIZE);
  const pfn = entryPfn(aload64(source));
  frameGet(pfn);
  notifyChangeStart(mm, hva, hva + PAGE_SIZE);
  astore64(slot, makeReadOnly(pfn));
  notifyChangePte(mm, hva, pfn);
  singlePut(old);
  notifyChangeEnd(mm, hva, hva + PAGE_SIZE);
  mmapWriteUnlock(mm);
  callEnd();
  return 0;
}
