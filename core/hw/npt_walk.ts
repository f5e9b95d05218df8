/**
 * The walk of nested page tables (AMD APM volume 2, "Nested Table Walk", "Nested versus Guest Page Faults, Fault
 * Ordering"): the walk of long-mode tables, as a user access, whatever the guest's privilege. Accessed and Dirty are
 * always maintained, as in any long-mode table; there is no log of modified pages.
 *
 * An entry that is not present, or has a reserved bit, ends the walk where it is met; permissions are those of all
 * entries together and judged after the last one.
 */

import { LAB } from "../layout/build";
import {
  HW_DIRTY,
  HW_EXEC,
  HW_EXIT_NPF,
  HW_GUEST_TABLE,
  HW_OK,
  HW_READ,
  HW_RWX,
  HW_WRITE,
  NPF_FETCH,
  NPF_FINAL,
  NPF_GUEST_TABLE,
  NPF_PRESENT,
  NPF_RSVD,
  NPF_USER,
  NPF_WRITE,
} from "../layout/hw";
import { LEVEL_2M, LEVEL_4K } from "../layout/types";
import { HW_NX, Vcpu } from "../layout/vcpu";
import { PT_ABOVE_4G, PT_ADDRESS, ptAddressFits } from "../pt/levels";
import {
  NPT_ACCESSED,
  NPT_DIRTY,
  nptEverywhereReserved,
  nptGrants,
  nptHasReserved,
  nptIsLeaf,
  nptIsPlain2m,
  nptIsPlainPage,
  nptIsPlainTable,
  nptIsPresent,
  nptPageAddress,
  nptPermissions,
  nptTableAddress,
} from "../pt/npt";
import { aload64 } from "../sync/atomics";
import { labWalk, pagingCacheAdd, pagingCacheStart } from "./paging_cache";
import {
  QUICK_NONE,
  quickArenaBytes,
  quickArenaStart,
  quickEntryAddress,
  WALK_AGAIN,
  walkBadTable,
  walkDone,
  walkExit,
  walkIsMemory,
  walkRead,
  walkSetFlags,
} from "./walk";

/** What an access needs the translation to allow: walks of guest tables are always data writes at the nested level. */
// @ts-ignore: decorator
@inline
export function nptNeeds(access: u32): u32 {
  return (access & HW_GUEST_TABLE) != 0 ? HW_READ | HW_WRITE : access & HW_RWX;
}

/** The walk. @ret HW_OK (as walkDone) or HW_EXIT */
export function nptWalk(vcpu: Vcpu, gpa: u64, access: u32): i32 {
  // The lab explores the one walk that can begin at a remembered table.
  let status = LAB ? WALK_AGAIN : nptQuickWalk(vcpu, gpa, access);
  while (status == WALK_AGAIN) status = nptFullWalk(vcpu, gpa, access);
  return status;
}

/**
 * The walk that nearly all are: four levels of plain tables, a plain page of 4 KiB or 2 MiB, the access allowed and no
 * flag missing; or an entry that is not present. It needs no loop and, of what an entry may say, one compare.
 * @ret HW_OK, HW_EXIT, or WALK_AGAIN: something is out of the ordinary, nothing has been changed
 */
// @ts-ignore: decorator
@inline
function nptQuickWalk(vcpu: Vcpu, gpa: u64, access: u32): i32 {
  if (vcpu.hwLevels != 4 || !ptAddressFits(gpa, 4) || (vcpu.hwRoot & PT_ABOVE_4G) != 0) return WALK_AGAIN;
  const start = quickArenaStart();
  const bytes = quickArenaBytes();
  const reserved = nptEverywhereReserved(vcpu.hwMaxPhyAddr, vcpu.hwFlags);
  const p4 = quickEntryAddress(vcpu.hwRoot, gpa, 4, start, bytes);
  if (p4 == QUICK_NONE) return WALK_AGAIN;
  const e4 = aload64(p4);
  if (!nptIsPlainTable(e4)) return nptQuickStop(vcpu, gpa, access, e4);
  const p3 = quickEntryAddress(e4, gpa, 3, start, bytes);
  if (p3 == QUICK_NONE) return WALK_AGAIN;
  const e3 = aload64(p3);
  if (!nptIsPlainTable(e3)) return nptQuickStop(vcpu, gpa, access, e3);
  const p2 = quickEntryAddress(e3, gpa, 2, start, bytes);
  if (p2 == QUICK_NONE) return WALK_AGAIN;
  const e2 = aload64(p2);
  const upper = nptGrants(e4) & nptGrants(e3);
  if (nptIsPlain2m(e2, reserved)) return nptQuickDone(gpa, access, upper & nptGrants(e2), e2, LEVEL_2M);
  if (!nptIsPlainTable(e2)) return nptQuickStop(vcpu, gpa, access, e2);
  const p1 = quickEntryAddress(e2, gpa, 1, start, bytes);
  if (p1 == QUICK_NONE) return WALK_AGAIN;
  const e1 = aload64(p1);
  if (!nptIsPlainPage(e1, reserved)) return nptQuickStop(vcpu, gpa, access, e1);
  return nptQuickDone(gpa, access, upper & nptGrants(e2) & nptGrants(e1), e1, LEVEL_4K);
}

/** The quick walk met an entry that does not lead on. */
function nptQuickStop(vcpu: Vcpu, gpa: u64, access: u32, entry: u64): i32 {
  return nptIsPresent(entry) ? WALK_AGAIN : nestedPageFault(vcpu, gpa, access, 0);
}

/** The quick walk came to a page; `all` is the AND of what the entries used grant, `leaf` the last of them. */
// @ts-ignore: decorator
@inline
function nptQuickDone(gpa: u64, access: u32, all: u64, leaf: u64, level: u32): i32 {
  const need = nptNeeds(access);
  const permissions = nptPermissions(all);
  const dirty = (need & HW_WRITE) != 0 ? NPT_DIRTY : 0;
  if ((need & ~permissions) != 0 || (all & NPT_ACCESSED) == 0 || (leaf & dirty) != dirty) return WALK_AGAIN;
  return walkDone(gpa, nptPageAddress(leaf, level), level, permissions | ((leaf & NPT_DIRTY) != 0 ? HW_DIRTY : 0));
}

/** One attempt at any walk. @ret HW_OK (as walkDone), HW_EXIT, or WALK_AGAIN: an entry changed under it */
function nptFullWalk(vcpu: Vcpu, gpa: u64, access: u32): i32 {
  const hwFlags = vcpu.hwFlags;
  const maxPhyAddr = vcpu.hwMaxPhyAddr;
  let level = vcpu.hwLevels;
  if (!ptAddressFits(gpa, level)) return nestedPageFault(vcpu, gpa, access, 0);
  let table = vcpu.hwRoot & PT_ADDRESS;
  let entry: u64 = 0;
  let all: u64 = ~0;
  if (LAB) {
    pagingCacheStart(vcpu, gpa);
    table = labWalk(vcpu).table;
    all = labWalk(vcpu).all;
    level = labWalk(vcpu).level;
  }
  while (true) {
    if (!walkIsMemory(table)) return walkBadTable(vcpu, gpa, table);
    entry = walkRead(vcpu, table, gpa, level);
    if (!nptIsPresent(entry)) return nestedPageFault(vcpu, gpa, access, 0);
    if (nptHasReserved(entry, level, maxPhyAddr, hwFlags))
      return nestedPageFault(vcpu, gpa, access, NPF_PRESENT | NPF_RSVD);
    all &= nptGrants(entry);
    if (nptIsLeaf(entry, level)) break;
    table = nptTableAddress(entry);
    level--;
    if (LAB) pagingCacheAdd(vcpu, gpa, level, table, all | NPT_ACCESSED);
  }
  const need = nptNeeds(access);
  const permissions = nptPermissions(all);
  if ((need & ~permissions) != 0) return nestedPageFault(vcpu, gpa, access, NPF_PRESENT);

  const isWrite = (need & HW_WRITE) != 0;
  const isDirty = (entry & NPT_DIRTY) != 0;
  if ((all & NPT_ACCESSED) == 0 || (isWrite && !isDirty)) {
    const status = walkSetFlags(vcpu, gpa, level, NPT_ACCESSED, isWrite ? NPT_DIRTY : 0);
    if (status != HW_OK) return status;
  }
  return walkDone(gpa, nptPageAddress(entry, level), level, permissions | (isWrite || isDirty ? HW_DIRTY : 0));
}

/** A nested page fault; `cause`: 0 = not present, or NPF_PRESENT with NPF_RSVD if a reserved bit was set. */
function nestedPageFault(vcpu: Vcpu, gpa: u64, access: u32, cause: u64): i32 {
  const need = nptNeeds(access);
  let errorCode = cause | NPF_USER | ((access & HW_GUEST_TABLE) != 0 ? NPF_GUEST_TABLE : NPF_FINAL);
  if ((need & HW_WRITE) != 0) errorCode |= NPF_WRITE;
  // Without EFER.NXE an error code does not tell fetches from reads.
  if ((need & HW_EXEC) != 0 && (vcpu.hwFlags & HW_NX) != 0) errorCode |= NPF_FETCH;
  return walkExit(vcpu, gpa, HW_EXIT_NPF, errorCode);
}
