/**
 * MMU notifiers: the host takes pages away, or changes them. Between start and end of a range, faults in it retry; at
 * the end the sequence moves, so that a fault which looked the host up before cannot install what it found.
 *
 * hostmm calls these through System.ops, with its mmap lock held, for every VM of the address space.
 */

import { DEBUG, LAB } from "../layout/build";
import { BUG_INVALIDATE_COUNT } from "../layout/bugs";
import { REQ_DEAD } from "../layout/exits";
import { Mm, NOTIFIER_CHANGE_PTE_ONLY, NOTIFIER_FLUSH, NOTIFIER_MAY_BLOCK } from "../layout/hostmm";
import { LAB_PROMISE } from "../layout/lab";
import { Memslot } from "../layout/memslot";
import { MmuPage } from "../layout/mmu_page";
import {
  OP_NOTIFIER_CHANGE_PTE,
  OP_NOTIFIER_CLEAR_YOUNG,
  OP_NOTIFIER_END,
  OP_NOTIFIER_RELEASE,
  OP_NOTIFIER_START,
  OP_NOTIFIER_TEST_YOUNG,
  SYSTEM_OPS,
} from "../layout/system";
import { Gfn, Hva, LEVEL_4K, Pfn } from "../layout/types";
import { ADDRESS_SPACES, Vm } from "../layout/vm";
import { aadd32, aadd64, aload32 } from "../sync/atomics";
import { epochEnter, epochExit } from "../sync/epoch";
import { remoteFlush, vmRequestAll } from "../sync/guest_mode";
import { assertWriteHeld, writeLock, writeUnlock } from "../sync/rwlock";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { bug } from "../trace/bug";
import { labEvent } from "../trace/lab_event";
import { ageGfnRange, testAgeGfn } from "./age";
import { makeChangedPteSpte } from "./make_spte";
import { memslotByHva, memslotsHvaPrev, memslotsHvaUpper, vmMemslots } from "./memslot";
import { thisIter, vmMmuLock } from "./mmu_lock";
import { roleAsId, rootRole } from "./role";
import { isLeaf, SPTE_NONPRESENT } from "./spte";
import { tdpIterNext, tdpIterStart } from "./tdp_iter";
import { rootNext, ROOTS_ALL } from "./tdp_root";
import { setSpteExcl } from "./tdp_set";
import { unmapGfnRange, zapAll, ZAP_MAY_YIELD } from "./tdp_zap";
import { traceAgeHva, traceSetSpteHva, traceTestAgeHva, traceUnmapHvaRange } from "./tracepoints";

/** Registers the notifiers with hostmm. At system start, once. */
export function notifiersRegister(): void {
  store<u32>(SYSTEM_OPS + OP_NOTIFIER_START * 4, load<u32>(changetype<usize>(notifierStart)));
  store<u32>(SYSTEM_OPS + OP_NOTIFIER_END * 4, load<u32>(changetype<usize>(notifierEnd)));
  store<u32>(SYSTEM_OPS + OP_NOTIFIER_CHANGE_PTE * 4, load<u32>(changetype<usize>(notifierChangePte)));
  store<u32>(SYSTEM_OPS + OP_NOTIFIER_CLEAR_YOUNG * 4, load<u32>(changetype<usize>(notifierClearYoung)));
  store<u32>(SYSTEM_OPS + OP_NOTIFIER_TEST_YOUNG * 4, load<u32>(changetype<usize>(notifierTestYoung)));
  store<u32>(SYSTEM_OPS + OP_NOTIFIER_RELEASE * 4, load<u32>(changetype<usize>(notifierRelease)));
}

// @ts-ignore: decorator
@inline
function mnLock(vm: Vm): usize {
  return changetype<usize>(vm) + offsetof<Vm>("mnInvalidateLock");
}

/**
 * The VM at `p` or the first after it that is alive, 0 = none. A dead one is passed by: its locks may be held for ever,
 * and its vCPUs reach nothing any more once they have been told and have left the guest.
 */
function nextLiveVm(p: usize): usize {
  while (p != 0 && aload32(p + offsetof<Vm>("dead")) != 0) {
    vmRequestAll(changetype<Vm>(p), REQ_DEAD);
    remoteFlush(changetype<Vm>(p));
    p = changetype<Vm>(p).mmNext;
  }
  return p;
}

/** Pages of [startHva, endHva) are about to go: when this returns, no vCPU of any VM reaches them. @holds the mmap lock */
export function notifierStart(mm: usize, startHva: Hva, endHva: Hva, flags: u32): void {
  traceUnmapHvaRange(startHva, endHva);
  for (let p = nextLiveVm(changetype<Mm>(mm).vmHead); p != 0; p = nextLiveVm(changetype<Vm>(p).mmNext))
    startVm(changetype<Vm>(p), startHva, endHva, flags);
  if (LAB) labEvent(LAB_PROMISE, 0, 0, 0, 0, 0);
}

/** The host has finished with the range. @holds the mmap lock */
export function notifierEnd(mm: usize, startHva: Hva, endHva: Hva, flags: u32): void {
  for (let p = nextLiveVm(changetype<Mm>(mm).vmHead); p != 0; p = nextLiveVm(changetype<Vm>(p).mmNext))
    endVm(changetype<Vm>(p), startHva, endHva);
}

/** From here to endVm the VM's slots stand still. */
function startVm(vm: Vm, startHva: Hva, endHva: Hva, flags: u32): void {
  spinLock(mnLock(vm));
  aadd32(changetype<usize>(vm) + offsetof<Vm>("mnActiveCount"), 1);
  spinUnlock(mnLock(vm));
  if (!hasSlots(vm, startHva, endHva)) return;
  writeLock(vmMmuLock(vm));
  invalidateBegin(vm);
  let flush: u32 = 0;
  for (let asId: u32 = 0; asId < ADDRESS_SPACES; asId++) {
    const slots = vmMemslots(vm, asId);
    for (
      let i = memslotsHvaPrev(slots, memslotsHvaUpper(slots, endHva), startHva);
      i != 0;
      i = memslotsHvaPrev(slots, i - 1, startHva)
    ) {
      const slot = memslotByHva(slots, i - 1);
      const startGfn = gfnOfHva(slot, startHva, 0);
      const endGfn = gfnOfHva(slot, endHva, 0xfff);
      invalidateExtend(vm, startGfn, endGfn);
      if ((flags & NOTIFIER_CHANGE_PTE_ONLY) == 0)
        flush = unmapGfnRange(vm, asId, startGfn, endGfn, zapFlags(flags), flush);
    }
  }
  if (flush != 0) remoteFlush(vm);
  writeUnlock(vmMmuLock(vm));
}

// @ts-ignore: decorator
@inline
function zapFlags(flags: u32): u32 {
  return (flags & NOTIFIER_MAY_BLOCK) != 0 ? ZAP_MAY_YIELD : 0;
}

function endVm(vm: Vm, startHva: Hva, endHva: Hva): void {
  if (hasSlots(vm, startHva, endHva)) {
    writeLock(vmMmuLock(vm));
    invalidateEnd(vm);
    writeUnlock(vmMmuLock(vm));
  }
  const count = changetype<usize>(vm) + offsetof<Vm>("mnActiveCount");
  spinLock(mnLock(vm));
  const before = aadd32(count, -1);
  spinUnlock(mnLock(vm));
  if (before == 0) bug(BUG_INVALIDATE_COUNT, vm.id, 0);
  if (before == 1) atomic.notify(count, -1); // raw atomic: wakes, accesses nothing
}

/** Whether a slot of the VM maps part of the range. */
function hasSlots(vm: Vm, startHva: Hva, endHva: Hva): bool {
  for (let asId: u32 = 0; asId < ADDRESS_SPACES; asId++) {
    const slots = vmMemslots(vm, asId);
    if (memslotsHvaPrev(slots, memslotsHvaUpper(slots, endHva), startHva) != 0) return true;
  }
  return false;
}

/** The slot's gfn of `hva` rounded by adding `round`, cut to the slot. */
function gfnOfHva(slot: Memslot, hva: Hva, round: u64): Gfn {
  if (hva <= slot.userspaceAddr) return slot.baseGfn;
  const index = (hva - slot.userspaceAddr + round) >> 12;
  return slot.baseGfn + (index < slot.nPages ? index : slot.nPages);
}

/** One more range is being invalidated. @holds mmuLock:write */
export function invalidateBegin(vm: Vm): void {
  assertWriteHeld(vmMmuLock(vm));
  if (aadd32(changetype<usize>(vm) + offsetof<Vm>("invalidateInProgress"), 1) != 0) return;
  vm.invalidateStart = u64.MAX_VALUE;
  vm.invalidateEnd = 0;
}

/** Merges [startGfn, endGfn) into the range that faults stay out of. @holds mmuLock:write */
export function invalidateExtend(vm: Vm, startGfn: Gfn, endGfn: Gfn): void {
  assertWriteHeld(vmMmuLock(vm));
  if (DEBUG && vm.invalidateInProgress == 0) bug(BUG_INVALIDATE_COUNT, vm.id, 2);
  if (startGfn < vm.invalidateStart) vm.invalidateStart = startGfn;
  if (endGfn > vm.invalidateEnd) vm.invalidateEnd = endGfn;
}

/** The sequence moves first: a fault that no longer sees "in progress" sees the new sequence. @holds mmuLock:write */
export function invalidateEnd(vm: Vm): void {
  assertWriteHeld(vmMmuLock(vm));
  aadd64(changetype<usize>(vm) + offsetof<Vm>("invalidateSeq"), 1);
  const before = aadd32(changetype<usize>(vm) + offsetof<Vm>("invalidateInProgress"), -1);
  if (before == 0) bug(BUG_INVALIDATE_COUNT, vm.id, 1);
}

/**
 * The host replaced the frame of `hva` by `pfn` in place, read-only (pages were merged). Instead of losing their
 * mappings, vCPUs get the new frame: each 4 KiB leaf is zapped, flushed, and made anew without write permission. The
 * call stands between a start and an end with NOTIFIER_CHANGE_PTE_ONLY, which hold stale faults off.
 * @holds the mmap lock
 */
export function notifierChangePte(mm: usize, hva: Hva, pfn: Pfn, writable: u32): void {
  traceSetSpteHva(hva);
  for (let p = nextLiveVm(changetype<Mm>(mm).vmHead); p != 0; p = nextLiveVm(changetype<Vm>(p).mmNext)) {
    const vm = changetype<Vm>(p);
    if (!hasSlots(vm, hva, hva + 1)) continue;
    writeLock(vmMmuLock(vm));
    for (let asId: u32 = 0; asId < ADDRESS_SPACES; asId++) changePteSlots(vm, asId, hva, pfn, writable);
    writeUnlock(vmMmuLock(vm));
  }
}

function changePteSlots(vm: Vm, asId: u32, hva: Hva, pfn: Pfn, writable: u32): void {
  const slots = vmMemslots(vm, asId);
  for (
    let i = memslotsHvaPrev(slots, memslotsHvaUpper(slots, hva + 1), hva);
    i != 0;
    i = memslotsHvaPrev(slots, i - 1, hva)
  ) {
    const gfn = gfnOfHva(memslotByHva(slots, i - 1), hva, 0);
    for (let root = rootNext(vm, null, ROOTS_ALL); root !== null; root = rootNext(vm, root, ROOTS_ALL)) {
      if (roleAsId(rootRole(root)) == asId) changePteRoot(vm, root, asId, gfn, pfn, writable);
    }
  }
}

/** @holds mmuLock:write */
function changePteRoot(vm: Vm, root: MmuPage, asId: u32, gfn: Gfn, pfn: Pfn, writable: u32): void {
  const it = thisIter();
  epochEnter();
  for (tdpIterStart(it, vm, root, LEVEL_4K, gfn); it.valid != 0 && it.gfn <= gfn; tdpIterNext(it)) {
    if (!isLeaf(it.oldSpte, it.level)) continue;
    // Never one frame for another in one step: two would be live for the gfn until the flush.
    const old = setSpteExcl(vm, asId, it.sptep, it.gfn, it.level, it.oldSpte, SPTE_NONPRESENT);
    remoteFlush(vm);
    // A writable or huge mapping comes back by a fault, which knows how much may be mapped.
    if (writable == 0 && it.level == LEVEL_4K)
      setSpteExcl(vm, asId, it.sptep, it.gfn, it.level, SPTE_NONPRESENT, makeChangedPteSpte(vm, old, pfn));
  }
  epochExit();
}

/**
 * Bytes of host addresses aged in one epoch section. A slot's part of it has 65536 leaves of 4 KiB at most: about a
 * millisecond, in which nothing that was deferred can be freed.
 */
const AGE_SECTION_BYTES: u64 = (<u64>256) << 20;

/** Ages what the VMs map of [startHva, endHva), without mmu_lock. @holds the mmap lock @ret 4 KiB pages that were young */
export function notifierClearYoung(mm: usize, startHva: Hva, endHva: Hva, flags: u32): u32 {
  traceAgeHva(startHva, endHva);
  let young: u64 = 0;
  for (let p: usize = changetype<Mm>(mm).vmHead; p != 0; p = changetype<Vm>(p).mmNext) {
    const vm = changetype<Vm>(p);
    if (aload32(p + offsetof<Vm>("dead")) != 0) continue;
    let found: u64 = 0;
    for (let at = startHva; at < endHva; at += AGE_SECTION_BYTES)
      found += ageSection(vm, at, min(endHva, at + AGE_SECTION_BYTES));
    if (found != 0 && (flags & NOTIFIER_FLUSH) != 0) remoteFlush(vm);
    young += found;
  }
  return <u32>min<u64>(young, u32.MAX_VALUE);
}

/** Slots are looked up anew in each section: nothing but the epoch keeps them. @takes epoch */
function ageSection(vm: Vm, startHva: Hva, endHva: Hva): u64 {
  let young: u64 = 0;
  epochEnter();
  for (let asId: u32 = 0; asId < ADDRESS_SPACES; asId++) {
    const slots = vmMemslots(vm, asId);
    for (
      let i = memslotsHvaPrev(slots, memslotsHvaUpper(slots, endHva), startHva);
      i != 0;
      i = memslotsHvaPrev(slots, i - 1, startHva)
    ) {
      const slot = memslotByHva(slots, i - 1);
      young += ageGfnRange(vm, asId, gfnOfHva(slot, startHva, 0), gfnOfHva(slot, endHva, 0xfff));
    }
  }
  epochExit();
  return young;
}

/** Whether a VM has touched anything of [startHva, endHva) since it was last aged. Without mmu_lock. @holds the mmap lock @ret 0 or 1 */
export function notifierTestYoung(mm: usize, startHva: Hva, endHva: Hva, flags: u32): u32 {
  traceTestAgeHva(startHva);
  for (let p: usize = changetype<Mm>(mm).vmHead; p != 0; p = changetype<Vm>(p).mmNext) {
    if (aload32(p + offsetof<Vm>("dead")) != 0) continue;
    for (let at = startHva; at < endHva; at += AGE_SECTION_BYTES)
      if (testSection(changetype<Vm>(p), at, min(endHva, at + AGE_SECTION_BYTES))) return 1;
  }
  return 0;
}

/** @takes epoch */
function testSection(vm: Vm, startHva: Hva, endHva: Hva): bool {
  let young = false;
  epochEnter();
  for (let asId: u32 = 0; asId < ADDRESS_SPACES && !young; asId++) {
    const slots = vmMemslots(vm, asId);
    for (
      let i = memslotsHvaPrev(slots, memslotsHvaUpper(slots, endHva), startHva);
      i != 0 && !young;
      i = memslotsHvaPrev(slots, i - 1, startHva)
    ) {
      const slot = memslotByHva(slots, i - 1);
      young = testAgeGfn(vm, asId, gfnOfHva(slot, startHva, 0), gfnOfHva(slot, endHva, 0xfff));
    }
  }
  epochExit();
  return young;
}

/** The address space goes: no VM of it reaches any memory when this returns. @holds the mmap lock */
export function notifierRelease(mm: usize): void {
  for (let p = nextLiveVm(changetype<Mm>(mm).vmHead); p != 0; p = nextLiveVm(changetype<Vm>(p).mmNext)) {
    const vm = changetype<Vm>(p);
    writeLock(vmMmuLock(vm));
    invalidateBegin(vm);
    invalidateExtend(vm, 0, u64.MAX_VALUE);
    zapAll(vm);
    invalidateEnd(vm);
    writeUnlock(vmMmuLock(vm));
  }
}
