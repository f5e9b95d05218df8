/** Probes of a VM's page tables and of what the host has behind them, for comparison with src/model. One CPU at work. */

import { BACKING_PHANTOM, Mm, PhantomRange, PROT_NONE, PROT_WRITE } from "../../../core/layout/hostmm";
import { MmuPage } from "../../../core/layout/mmu_page";
import { ENTRIES_PER_TABLE, pagesPerLevel } from "../../../core/layout/types";
import { system } from "../../../core/layout/system";
import { Vm } from "../../../core/layout/vm";
import { gupFast } from "../../../core/hostmm/gup";
import { mmapReadLock, mmapReadUnlock } from "../../../core/hostmm/mmap_lock";
import { notifyClearYoung, notifyTestYoung } from "../../../core/hostmm/notifier";
import { phantomIsPresent } from "../../../core/hostmm/phantom";
import { vmaFind, vmaOffset } from "../../../core/hostmm/vma";
import { frameMeta } from "../../../core/mm/frame_meta";
import { kblockAlloc, kblockFree } from "../../../core/mm/kblock";
import { karrayAt } from "../../../core/mm/karray";
import { vmMemslots } from "../../../core/mmu/memslot";
import { memslotById } from "../../../core/mmu/memslot_array";
import { vmMmuLock } from "../../../core/mmu/mmu_lock";
import { isRootInvalid, roleAsId, roleLevel, rootRole } from "../../../core/mmu/role";
import { isTable, SPTE_NONPRESENT, SPTE_PFN_MASK, spteToTable } from "../../../core/mmu/spte";
import { ROLE_GUEST_MODE } from "../../../core/layout/mmu_page";
import { epochEnter, epochExit } from "../../../core/sync/epoch";
import { writeLock, writeUnlock } from "../../../core/sync/rwlock";
import { thisCpu } from "../../../core/sync/this_cpu";

/** One line of a dump: u32 asId | guestMode << 1 | level << 8, u32 0, u64 gfn, u64 spte (a table's address cleared). */
const LINE_BYTES: u32 = 24;

export function mmuProbeBuffer(order: u32): u32 {
  return <u32>kblockAlloc(order);
}

export function mmuProbeBufferFree(buffer: u32, order: u32): void {
  kblockFree(buffer, order);
}

/**
 * Writes every entry of every valid root that is not empty, roots themselves as lines one level above their entries.
 * @ret lines, or -1: more than `capacity`; -2: an invalid root is not empty
 */
export function mmuProbeDump(vm: u32, out: u32, capacity: u32): i32 {
  let n: i32 = 0;
  epochEnter();
  for (let p = changetype<Vm>(vm).tdpMmuRoots; p != 0 && n >= 0; p = changetype<MmuPage>(p).linkNext) {
    const root = changetype<MmuPage>(p);
    const role = rootRole(root);
    const tag = roleAsId(role) | (u32((role & ROLE_GUEST_MODE) != 0) << 1);
    if (isRootInvalid(root)) {
      if (dumpTable(root.spt, 0, roleLevel(role), tag, out, capacity, 0) != 0) n = -2;
      continue;
    }
    n = putLine(out, capacity, n, tag, roleLevel(role) + 1, 0, 0);
    if (n >= 0) n = dumpTable(root.spt, 0, roleLevel(role), tag, out, capacity, n);
  }
  epochExit();
  return n;
}

function dumpTable(table: usize, gfn: u64, level: u32, tag: u32, out: u32, capacity: u32, n: i32): i32 {
  for (let i: u32 = 0; i < ENTRIES_PER_TABLE && n >= 0; i++) {
    const spte = load<u64>(table + i * 8);
    if (spte == SPTE_NONPRESENT) continue;
    const at = gfn + <u64>i * pagesPerLevel(level);
    const below = isTable(spte, level);
    n = putLine(out, capacity, n, tag, level, at, below ? spte & ~SPTE_PFN_MASK : spte);
    if (below && n >= 0) n = dumpTable(spteToTable(spte), at, level - 1, tag, out, capacity, n);
  }
  return n;
}

function putLine(out: u32, capacity: u32, n: i32, tag: u32, level: u32, gfn: u64, spte: u64): i32 {
  if (<u32>n >= capacity) return -1;
  const line = out + <u32>n * LINE_BYTES;
  store<u32>(line, tag | (level << 8));
  store<u32>(line + 4, 0);
  store<u64>(line + 8, gfn);
  store<u64>(line + 16, spte);
  return n + 1;
}

/** What the host has mapped at `hva` now, without asking for more. 1: nothing. 0: at `out`: u64 pfn, u64 writable, u64 level. */
export function mmuProbeHost(mm: u32, hva: u64, out: u32): u32 {
  epochEnter();
  const missing = gupFast(changetype<Mm>(mm), hva, 0) != 0 && !phantomAt(changetype<Mm>(mm), hva);
  epochExit();
  if (missing) return 1;
  const cpu = thisCpu();
  store<u64>(out, cpu.ret0);
  store<u64>(out + 8, cpu.ret1);
  store<u64>(out + 16, cpu.ret2);
  return 0;
}

/** Phantom pages are in no table: answers as gup, without touching the page. @epoch */
function phantomAt(mm: Mm, hva: u64): bool {
  const vma = vmaFind(mm, hva);
  if (changetype<usize>(vma) == 0 || vma.backing != BACKING_PHANTOM || vma.prot == PROT_NONE) return false;
  const range = changetype<PhantomRange>(vma.source);
  const offset = vmaOffset(vma, hva);
  if (!phantomIsPresent(range, offset)) return false;
  const cpu = thisCpu();
  cpu.ret0 = range.basePfn + (offset >> 12);
  cpu.ret1 = u64((vma.prot & PROT_WRITE) != 0);
  cpu.ret2 = range.level;
  return true;
}

/** Copies the dirty bitmap of slot `slotId` (as_id << 16 | number) to kernel array `out`. 1: there is no slot, or no bitmap. */
export function mmuProbeBitmap(vm: u32, slotId: u32, out: u32): u32 {
  epochEnter();
  const slot = memslotById(vmMemslots(changetype<Vm>(vm), slotId >> 16), slotId & 0xffff);
  const missing = slot === null || slot.dirtyBitmap == 0;
  if (slot !== null && slot.dirtyBitmap != 0) {
    for (let at: u64 = 0; at < slot.nPages; at += 64)
      store<u64>(karrayAt(out, at >> 3), load<u64>(karrayAt(slot.dirtyBitmap, at >> 3)));
  }
  epochExit();
  return u32(missing);
}

/** The VM's mmu_lock for write, from this CPU: others who want it wait. */
export function mmuProbeWriteLock(vm: u32): void {
  writeLock(vmMmuLock(changetype<Vm>(vm)));
}

export function mmuProbeWriteUnlock(vm: u32): void {
  writeUnlock(vmMmuLock(changetype<Vm>(vm)));
}

/** CLEAR_YOUNG with `flags`, as hostmm calls it. */
export function mmuProbeClearYoung(mm: u32, startHva: u64, endHva: u64, flags: u32): u32 {
  mmapReadLock(changetype<Mm>(mm));
  const young = notifyClearYoung(changetype<Mm>(mm), startHva, endHva, flags);
  mmapReadUnlock(changetype<Mm>(mm));
  return young;
}

/** TEST_YOUNG, as hostmm calls it. */
export function mmuProbeTestYoung(mm: u32, startHva: u64, endHva: u64): u32 {
  mmapReadLock(changetype<Mm>(mm));
  const young = notifyTestYoung(changetype<Mm>(mm), startHva, endHva);
  mmapReadUnlock(changetype<Mm>(mm));
  return young;
}

/** FRAME_FLAG_* of the frame behind the mapped `hva`. */
export function mmuProbeFrameFlags(mm: u32, hva: u64): u32 {
  epochEnter();
  const missing = gupFast(changetype<Mm>(mm), hva, 0) != 0;
  epochExit();
  return missing ? u32.MAX_VALUE : frameMeta(<u32>thisCpu().ret0).flags;
}

/** Debug builds: walks over the tables yield after every `steps` steps, as if others waited for the lock. 0: as always. */
export function mmuProbeYieldEvery(steps: u32): void {
  system().debugYieldEvery = steps;
}
