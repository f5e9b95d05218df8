/** What scenarios ask when nothing runs: checks of the whole machine, beside mmuInvariants, and looks into it. */

import { FRAME_ANON, FRAME_FLAG_DIRTY, FRAME_FLAG_LAB_WRITTEN } from "../layout/frame";
import { Mm } from "../layout/hostmm";
import { lab } from "../layout/lab";
import { MmuPage } from "../layout/mmu_page";
import { system } from "../layout/system";
import { ENTRIES_PER_TABLE, Gfn, Hva, pagesPerLevel } from "../layout/types";
import { Vm } from "../layout/vm";
import { rootOf, tableFind } from "../hostmm/host_table";
import { frameIsArena, frameMeta } from "../mm/frame_meta";
import { karrayAt } from "../mm/karray";
import { memslotsFind, vmMemslots } from "../mmu/memslot";
import { isRootInvalid, roleAsId, roleLevel, rootRole } from "../mmu/role";
import {
  isDirty,
  isLeaf,
  isTable,
  isWritable,
  needsWriteProtectForLogging,
  spteToPfn,
  spteToTable,
  vmHasPml,
} from "../mmu/spte";
import { isAllTold, isCountTrue } from "./told";

/** The walk's own mark on frames that some leaf says are dirty. */
const FRAME_FLAG_KNOWN: u16 = 0x20;

/** What labCheck found. */
const FOUND_NOTHING: u32 = 0;
const FOUND_UNLOGGED: u32 = 1;
const FOUND_UNKNOWN_DIRTY: u32 = 2;
const FOUND_UNTOLD: u32 = 3;
const FOUND_MISCOUNTED: u32 = 4;

/**
 * Checks what must hold of `vm` when nobody is at work:
 * - a leaf of a logged slot through which writes would not be noticed has its gfn in the dirty bitmap (1);
 * - a frame that the guest has written is dirty in some leaf, or in its own metadata: page-out will not drop it (2);
 * - the funnel was told every change of an entry, as it happened (3);
 * - vCPUs count no more entries installed than were (4).
 * @ret 0, or the number of what is broken
 */
export function labCheck(vm: Vm): u32 {
  for (let p: usize = vm.tdpMmuRoots; p != 0; p = changetype<MmuPage>(p).linkNext) {
    const root = changetype<MmuPage>(p);
    const role = rootRole(root);
    const isChecked = !isRootInvalid(root);
    if (!checkTable(vm, roleAsId(role), root.spt, 0, roleLevel(role), isChecked)) return FOUND_UNLOGGED;
  }
  if (!isAllTold(vm)) return FOUND_UNTOLD;
  if (!isCountTrue(vm)) return FOUND_MISCOUNTED;
  return checkWritten() ? FOUND_NOTHING : FOUND_UNKNOWN_DIRTY;
}

/** Leaves installed or altered so far, in all. */
export function labInstalls(): u32 {
  return <u32>lab().installs;
}

function checkTable(vm: Vm, asId: u32, table: usize, first: Gfn, level: u32, isChecked: bool): bool {
  for (let i: u32 = 0; i < ENTRIES_PER_TABLE; i++) {
    const spte = load<u64>(table + i * 8);
    const gfn = first + <u64>i * pagesPerLevel(level);
    if (isTable(spte, level)) {
      if (!checkTable(vm, asId, spteToTable(spte), gfn, level - 1, isChecked)) return false;
    } else if (isLeaf(spte, level)) {
      if (isDirty(vm, spte)) markKnown(spteToPfn(spte), pagesPerLevel(level));
      if (isChecked && isUnnoticed(vm, spte) && !isLogged(vm, asId, gfn, pagesPerLevel(level))) return false;
    }
  }
  return true;
}

/** The guest can write through the leaf without anybody being told. */
function isUnnoticed(vm: Vm, spte: u64): bool {
  if (!isWritable(spte)) return false;
  return !vmHasPml(vm) || needsWriteProtectForLogging(spte) || (spte & vm.dirtyMask) != 0;
}

/** Each gfn of the leaf is in its slot's bitmap, or its slot has none. */
function isLogged(vm: Vm, asId: u32, gfn: Gfn, nPages: u64): bool {
  const slot = memslotsFind(vmMemslots(vm, asId), gfn);
  // What a ring holds counts too, but userspace may have read it.
  if (slot === null || slot.dirtyBitmap == 0 || vm.ringEntries != 0) return true;
  for (let i: u64 = 0; i < nPages; i++) {
    const bit = gfn + i - slot.baseGfn;
    if (bit >= slot.nPages) return true;
    if (((load<u64>(karrayAt(slot.dirtyBitmap, (bit >> 6) * 8)) >> (bit & 63)) & 1) == 0) return false;
  }
  return true;
}

function markKnown(pfn: u64, nPages: u64): void {
  for (let i: u64 = 0; i < nPages; i++) if (frameIsArena(pfn + i)) frameMeta(<u32>(pfn + i)).flags |= FRAME_FLAG_KNOWN;
}

function checkWritten(): bool {
  let isGood = true;
  for (let pfn = system().arenaStartPfn; pfn < system().arenaEndPfn; pfn++) {
    const frame = frameMeta(pfn);
    const isWritten = frame.kind == FRAME_ANON && (frame.flags & FRAME_FLAG_LAB_WRITTEN) != 0;
    if (isWritten && (flagsOf(pfn) & (FRAME_FLAG_DIRTY | FRAME_FLAG_KNOWN)) == 0) isGood = false;
  }
  for (let pfn = system().arenaStartPfn; pfn < system().arenaEndPfn; pfn++) frameMeta(pfn).flags &= ~FRAME_FLAG_KNOWN;
  return isGood;
}

/** A frame's flags; those of a 2 MiB block's first frame are the whole block's while it is mapped as one. */
function flagsOf(pfn: u32): u16 {
  const head = frameMeta(pfn & ~(ENTRIES_PER_TABLE - 1));
  const isBlock = head.kind == FRAME_ANON && head.owner != 0;
  return frameMeta(pfn).flags | (isBlock ? head.flags : 0);
}

/** Forgets what the guest has written so far: as if all of it had been written back. */
export function labFramesClean(): void {
  for (let pfn = system().arenaStartPfn; pfn < system().arenaEndPfn; pfn++)
    frameMeta(pfn).flags &= ~(FRAME_FLAG_DIRTY | FRAME_FLAG_LAB_WRITTEN);
}

/** Whether `gfn` is in its slot's dirty bitmap: 0 or 1; -1: no slot, or it has no bitmap. */
export function labIsDirty(vm: Vm, asId: u32, gfn: Gfn): i32 {
  const slot = memslotsFind(vmMemslots(vm, asId), gfn);
  if (slot === null || slot.dirtyBitmap == 0) return -1;
  const bit = gfn - slot.baseGfn;
  return <i32>((load<u64>(karrayAt(slot.dirtyBitmap, (bit >> 6) * 8)) >> (bit & 63)) & 1);
}

/** Address in linear memory of the page that the host maps at `hva`; 0: none. */
export function labHostPage(mm: Mm, hva: Hva): usize {
  const entry = load<u64>(tableFind(rootOf(mm), hva));
  return (entry & 1) == 0 ? 0 : <usize>(entry & 0x000f_ffff_ffff_f000);
}
