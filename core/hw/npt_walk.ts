/**
 * The walk of nested page tables (AMD APM volume 2, "Nested Table Walk", "Nested versus Guest Page Faults, Fault
 * Ordering"): the walk of long-mode tables, as a user access, whatever the guest's privilege. Accessed and Dirty are
 * always maintained, as in any long-mode table; there is no log of modified pages.
 *
 * An entry that is not present, or has a reserved bit, ends the walk where it is met; permissions are those of all
 * entries together and judged after the last one.
 */

import {
  HW_DIRTY, HW_EXEC, HW_EXIT_NPF, HW_GUEST_TABLE, HW_OK, HW_READ, HW_RWX, HW_WRITE, NPF_FETCH, NPF_FINAL, NPF_GUEST_TABLE,
  NPF_PRESENT, NPF_RSVD, NPF_USER, NPF_WRITE,
} from "../layout/hw";
import { HW_NX, Vcpu } from "../layout/vcpu";
import { PT_ADDRESS, ptAddressFits } from "../pt/levels";
import {
  NPT_ACCESSED, NPT_DIRTY, nptGrants, nptHasReserved, nptIsLeaf, nptIsPresent, nptPageAddress, nptPermissions,
  nptTableAddress,
} from "../pt/npt";
import { hwIsMemory, walkBadTable, walkDone, walkExit, walkRead, walkSetFlags } from "./walk";

/** What an access needs the translation to allow: walks of guest tables are always data writes at the nested level. */
// @ts-ignore: decorator
@inline export function nptNeeds(access: u32): u32 {
  return (access & HW_GUEST_TABLE) != 0 ? HW_READ | HW_WRITE : access & HW_RWX;
}

/** One attempt. @ret HW_OK (as walkDone), HW_EXIT, or WALK_AGAIN */
export function nptWalk(vcpu: Vcpu, gpa: u64, access: u32): i32 {
  const hwFlags = vcpu.hwFlags;
  const maxPhyAddr = vcpu.hwMaxPhyAddr;
  let level = vcpu.hwLevels;
  if (!ptAddressFits(gpa, level)) return nestedPageFault(vcpu, gpa, access, 0);
  let table = vcpu.hwRoot & PT_ADDRESS;
  let entry: u64 = 0;
  let all: u64 = ~0;
  while (true) {
    if (!hwIsMemory(table)) return walkBadTable(vcpu, gpa, table);
    entry = walkRead(vcpu, table, gpa, level);
    if (!nptIsPresent(entry)) return nestedPageFault(vcpu, gpa, access, 0);
    if (nptHasReserved(entry, level, maxPhyAddr, hwFlags)) return nestedPageFault(vcpu, gpa, access, NPF_PRESENT | NPF_RSVD);
    all &= nptGrants(entry);
    if (nptIsLeaf(entry, level)) break;
    table = nptTableAddress(entry);
    level--;
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
