/**
 * The walk of extended page tables (Intel SDM, "EPT Translation Mechanism", "EPT-Induced VM Exits", "Accessed and Dirty
 * Flags for EPT", "Page-Modification Logging").
 *
 * Order of events, as there: an entry that is not present, or misconfigured, ends the walk where it is met; permissions
 * are those of all entries together and judged after the last one. Flags, and the log, come only for an allowed access.
 */

import { LAB } from "../layout/build";
import {
  EPT_VIOLATION_LINEAR,
  EPT_VIOLATION_PERMISSIONS_SHIFT,
  EPT_VIOLATION_TRANSLATED,
  HW_DIRTY,
  HW_EXIT_EPT_MISCONFIG,
  HW_EXIT_EPT_VIOLATION,
  HW_EXIT_PML_FULL,
  HW_GUEST_TABLE,
  HW_NO_LINEAR,
  HW_OK,
  HW_READ,
  HW_RWX,
  HW_WRITE,
  PML_ENTRIES,
} from "../layout/hw";
import { LEVEL_2M, LEVEL_4K, PAGE_MASK } from "../layout/types";
import { HW_AD, HW_PML, Vcpu } from "../layout/vcpu";
import {
  EPT_ACCESSED,
  EPT_DIRTY,
  eptIsLeaf,
  eptIsMisconfigured,
  eptIsPlain2m,
  eptIsPlainPage,
  eptIsPlainTable,
  eptIsPresent,
  eptPageAddress,
  eptPermissions,
  eptTableAddress,
} from "../pt/ept";
import { PT_ABOVE_4G, PT_ADDRESS, ptAddressFits, ptBeyondWidth } from "../pt/levels";
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

/**
 * What an access needs the translation to allow. With A/D, the processor's accesses to guest paging structures are
 * writes to EPT, whatever they are to the guest. Loading PAE page-directory pointers is an ordinary read.
 */
// @ts-ignore: decorator
@inline
export function eptNeeds(vcpu: Vcpu, access: u32): u32 {
  const isWrite = (access & HW_GUEST_TABLE) != 0 && (vcpu.hwFlags & HW_AD) != 0;
  return (access & HW_RWX) | (isWrite ? HW_READ | HW_WRITE : 0);
}

/** The walk. @ret HW_OK (as walkDone) or HW_EXIT */
// @ts-ignore: decorator
@inline
export function eptWalk(vcpu: Vcpu, gpa: u64, access: u32): i32 {
  // The lab explores the one walk that can begin at a remembered table.
  let status = LAB ? WALK_AGAIN : eptQuickWalk(vcpu, gpa, access);
  while (status == WALK_AGAIN) status = eptFullWalk(vcpu, gpa, access);
  return status;
}

/**
 * The walk that nearly all are: four levels of plain tables, a plain page of 4 KiB or 2 MiB, the access allowed and no
 * flag missing; or an entry that is not present. It needs no loop and, of what an entry may say, one compare.
 * @ret HW_OK, HW_EXIT, or WALK_AGAIN: something is out of the ordinary, nothing has been changed
 */
// @ts-ignore: decorator
@inline
function eptQuickWalk(vcpu: Vcpu, gpa: u64, access: u32): i32 {
  if (vcpu.hwLevels != 4 || !ptAddressFits(gpa, 4) || (vcpu.hwRoot & PT_ABOVE_4G) != 0) return WALK_AGAIN;
  const start = quickArenaStart();
  const bytes = quickArenaBytes();
  const beyondWidth = ptBeyondWidth(vcpu.hwMaxPhyAddr);
  const p4 = quickEntryAddress(vcpu.hwRoot, gpa, 4, start, bytes);
  if (p4 == QUICK_NONE) return WALK_AGAIN;
  const e4 = aload64(p4);
  if (!eptIsPlainTable(e4)) return eptQuickStop(vcpu, gpa, access, e4);
  const p3 = quickEntryAddress(e4, gpa, 3, start, bytes);
  if (p3 == QUICK_NONE) return WALK_AGAIN;
  const e3 = aload64(p3);
  if (!eptIsPlainTable(e3)) return eptQuickStop(vcpu, gpa, access, e3);
  const p2 = quickEntryAddress(e3, gpa, 2, start, bytes);
  if (p2 == QUICK_NONE) return WALK_AGAIN;
  const e2 = aload64(p2);
  if (eptIsPlain2m(e2, beyondWidth)) return eptQuickDone(vcpu, gpa, access, e4 & e3 & e2, e2, LEVEL_2M);
  if (!eptIsPlainTable(e2)) return eptQuickStop(vcpu, gpa, access, e2);
  const p1 = quickEntryAddress(e2, gpa, 1, start, bytes);
  if (p1 == QUICK_NONE) return WALK_AGAIN;
  const e1 = aload64(p1);
  if (!eptIsPlainPage(e1, beyondWidth)) return eptQuickStop(vcpu, gpa, access, e1);
  return eptQuickDone(vcpu, gpa, access, e4 & e3 & e2 & e1, e1, LEVEL_4K);
}

/** The quick walk met an entry that does not lead on. */
function eptQuickStop(vcpu: Vcpu, gpa: u64, access: u32, entry: u64): i32 {
  return eptIsPresent(entry) ? WALK_AGAIN : eptViolation(vcpu, gpa, access, 0);
}

/** The quick walk came to a page; `all` is the AND of the entries used, `leaf` the last of them. */
// @ts-ignore: decorator
@inline
function eptQuickDone(vcpu: Vcpu, gpa: u64, access: u32, all: u64, leaf: u64, level: u32): i32 {
  const need = eptNeeds(vcpu, access);
  const hasFlags = (vcpu.hwFlags & HW_AD) != 0;
  const required = <u64>need | (hasFlags ? EPT_ACCESSED : 0);
  const dirty = (need & HW_WRITE) != 0 && hasFlags ? EPT_DIRTY : 0;
  if ((all & required) != required || (leaf & dirty) != dirty) return WALK_AGAIN;
  const isDirty = !hasFlags || (leaf & EPT_DIRTY) != 0;
  return walkDone(gpa, eptPageAddress(leaf, level), level, eptPermissions(all) | (isDirty ? HW_DIRTY : 0));
}

/** One attempt at any walk. @ret HW_OK (as walkDone), HW_EXIT, or WALK_AGAIN: an entry changed under it */
function eptFullWalk(vcpu: Vcpu, gpa: u64, access: u32): i32 {
  const hwFlags = vcpu.hwFlags;
  const maxPhyAddr = vcpu.hwMaxPhyAddr;
  let level = vcpu.hwLevels;
  if (!ptAddressFits(gpa, level)) return eptViolation(vcpu, gpa, access, 0);
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
    if (!eptIsPresent(entry)) return eptViolation(vcpu, gpa, access, 0);
    if (eptIsMisconfigured(entry, level, maxPhyAddr, hwFlags)) return walkExit(vcpu, gpa, HW_EXIT_EPT_MISCONFIG, 0);
    all &= entry;
    if (eptIsLeaf(entry, level)) break;
    table = eptTableAddress(entry);
    level--;
    if (LAB) pagingCacheAdd(vcpu, gpa, level, table, all | EPT_ACCESSED);
  }
  const need = eptNeeds(vcpu, access);
  const permissions = eptPermissions(all);
  if ((need & ~permissions) != 0) return eptViolation(vcpu, gpa, access, permissions);

  let isDirty = true; // without A/D there is no flag that a write would still have to set
  if ((hwFlags & HW_AD) != 0) {
    const isWrite = (need & HW_WRITE) != 0;
    isDirty = isWrite || (entry & EPT_DIRTY) != 0;
    if ((all & EPT_ACCESSED) == 0 || (isWrite && (entry & EPT_DIRTY) == 0)) {
      const status = eptSetFlags(vcpu, gpa, level, entry, isWrite ? EPT_DIRTY : 0);
      if (status != HW_OK) return status;
    }
  }
  return walkDone(gpa, eptPageAddress(entry, level), level, permissions | (isDirty ? HW_DIRTY : 0));
}

/**
 * Sets Accessed in all entries and `dirty` in the leaf, at least one of which is missing, and logs the page when Dirty
 * was. A full log stops the access before any flag is set, also when only Accessed is missing: so says the manual.
 */
function eptSetFlags(vcpu: Vcpu, gpa: u64, level: u32, leaf: u64, dirty: u64): i32 {
  const isLogged = (vcpu.hwFlags & HW_PML) != 0;
  if (isLogged && vcpu.hwPmlIndex >= PML_ENTRIES) return walkExit(vcpu, gpa, HW_EXIT_PML_FULL, 0);
  const status = walkSetFlags(vcpu, gpa, level, EPT_ACCESSED, dirty);
  if (status == HW_OK && isLogged && (~leaf & dirty) != 0) pmlLog(vcpu, gpa);
  return status;
}

/** Appends the page of `gpa` to the page-modification log, which has room. The buffer fills from its end down. */
function pmlLog(vcpu: Vcpu, gpa: u64): void {
  store<u64>(vcpu.hwPmlBase + (vcpu.hwPmlIndex << 3), gpa & PAGE_MASK);
  vcpu.hwPmlIndex = (vcpu.hwPmlIndex - 1) & 0xffff;
}

/** An EPT violation: `permissions` are those of all entries together, 0 if one was not present. */
function eptViolation(vcpu: Vcpu, gpa: u64, access: u32, permissions: u32): i32 {
  let qualification = <u64>eptNeeds(vcpu, access) | ((<u64>permissions) << EPT_VIOLATION_PERMISSIONS_SHIFT);
  if ((access & HW_NO_LINEAR) == 0) {
    qualification |= EPT_VIOLATION_LINEAR;
    if ((access & HW_GUEST_TABLE) == 0) qualification |= EPT_VIOLATION_TRANSLATED;
  }
  return walkExit(vcpu, gpa, HW_EXIT_EPT_VIOLATION, qualification);
}
