/**
 * Checks a VM's page tables as a whole, for tests: nobody else may be at work on them. Every rule is stated where it is
 * checked; a violation is reported by its number and the entry's address.
 */

import { MmuPage } from "../layout/mmu_page";
import { Memslot } from "../layout/memslot";
import { ENTRIES_PER_TABLE, pagesPerLevel } from "../layout/types";
import { Vm, VmCpu } from "../layout/vm";
import { epochEnter, epochExit } from "../sync/epoch";
import { thisCpu } from "../sync/this_cpu";
import { vmCounter } from "./counters";
import { lpageMaxLevel } from "./lpage";
import { memslotFind } from "./memslot";
import { mmioSpteGfn } from "./mmio_spte";
import { tableToPage } from "./mmu_page";
import { isRootInvalid, roleAsId, roleLevel, roleOfChild, rootRole } from "./role";
import { isFrozen, isLeaf, isMmioSpte, isMmuWritable, isTable, isWritable, spteToPfn, spteToTable } from "./spte";
import { isGfnTracked } from "./write_track";

/** What was counted, in thisCpu().ret0..3: 4 KiB, 2 MiB and 1 GiB leaves, tables below roots. */
export function mmuInvariants(vm: Vm): i32 {
  const cpu = thisCpu();
  cpu.ret0 = 0;
  cpu.ret1 = 0;
  cpu.ret2 = 0;
  cpu.ret3 = 0;
  epochEnter();
  let r: i32 = 0;
  let roots: u32 = 0;
  for (let p: usize = vm.tdpMmuRoots; p != 0 && r == 0; p = changetype<MmuPage>(p).linkNext) {
    roots++;
    r = checkRoot(vm, changetype<MmuPage>(p));
  }
  epochExit();
  if (r != 0) return r;
  if (roots != vm.rootsCount) return 1; // the list and its count agree
  if (vmCounter(vm, offsetof<VmCpu>("pages4k")) != cpu.ret0) return 2; // statistics equal what is there
  if (vmCounter(vm, offsetof<VmCpu>("pages2m")) != cpu.ret1) return 3;
  if (vmCounter(vm, offsetof<VmCpu>("pages1g")) != cpu.ret2) return 4;
  if (vmCounter(vm, offsetof<VmCpu>("tdpMmuPages")) != cpu.ret3) return 5;
  return checkNxList(vm);
}

function checkRoot(vm: Vm, root: MmuPage): i32 {
  if (root.rootCount == 0) return 10; // a listed root has references
  if (root.gfn != 0 || root.ptep != 0) return 11; // and no parent
  if (roleLevel(rootRole(root)) != vm.rootLevel) return 12;
  for (let p: usize = root.linkNext; p != 0; p = changetype<MmuPage>(p).linkNext) {
    const other = changetype<MmuPage>(p);
    if (rootRole(other) == rootRole(root) && !isRootInvalid(root)) return 13; // one valid root per role
  }
  return checkTable(vm, root, rootRole(root));
}

function checkTable(vm: Vm, page: MmuPage, role: u32): i32 {
  const level = roleLevel(role);
  const table = <usize>page.spt;
  if (changetype<usize>(tableToPage(table)) != changetype<usize>(page)) return 20; // the frame names its page
  for (let i: u32 = 0; i < ENTRIES_PER_TABLE; i++) {
    const sptep = table + i * 8;
    const spte = load<u64>(sptep);
    const gfn = page.gfn + pagesPerLevel(level) * <u64>i;
    let r: i32 = 0;
    if (isTable(spte, level)) r = checkChild(vm, role, sptep, spte, gfn);
    else if (isLeaf(spte, level)) r = checkLeafEntry(vm, role, spte, gfn, level);
    else if (isFrozen(spte))
      r = 30; // FROZEN is seen in transit and in dead tables only
    else if (isMmioSpte(vm, spte)) r = checkMmio(spte, gfn, level);
    if (r != 0) return r;
  }
  return 0;
}

function checkChild(vm: Vm, role: u32, sptep: usize, spte: u64, gfn: u64): i32 {
  const child = tableToPage(spteToTable(spte));
  if (child.ptep != <u32>sptep) return 21; // a table knows the one entry that points to it
  if (child.gfn != gfn) return 22;
  if (child.role != roleOfChild(role)) return 23;
  thisCpu().ret3++;
  return checkTable(vm, child, child.role);
}

function checkLeafEntry(vm: Vm, role: u32, spte: u64, gfn: u64, level: u32): i32 {
  if (level > 3) return 31; // no leaf above 1 GiB
  if ((spteToPfn(spte) & (pagesPerLevel(level) - 1)) != 0) return 32; // frames are aligned to their size
  if (isWritable(spte) && !isMmuWritable(vm, spte)) return 33; // W implies MMU_WRITABLE
  if (isMmuWritable(vm, spte) && (spte & vm.hostWritableMask) == 0) return 34; // implies HOST_WRITABLE
  const cpu = thisCpu();
  if (level == 1) cpu.ret0++;
  else if (level == 2) cpu.ret1++;
  else cpu.ret2++;
  const slot = memslotFind(vm, roleAsId(role), gfn);
  if (slot === null) return 35; // only memory is mapped
  return checkLeafSlot(vm, slot, spte, gfn, level);
}

function checkLeafSlot(vm: Vm, slot: Memslot, spte: u64, gfn: u64, level: u32): i32 {
  if (gfn < slot.baseGfn || gfn + pagesPerLevel(level) > slot.baseGfn + slot.nPages) return 36; // within one slot
  if (isWritable(spte) && isGfnTracked(slot, gfn)) return 37; // a tracked gfn is not writable
  if (lpageMaxLevel(slot, gfn, level) < level) return 38; // nothing forbids a huge page where one is
  return 0;
}

function checkMmio(spte: u64, gfn: u64, level: u32): i32 {
  if (level != 1) return 40;
  if (mmioSpteGfn(spte) != gfn) return 41; // an MMIO SPTE names its own gfn
  return 0;
}

function checkNxList(vm: Vm): i32 {
  let n: u64 = 0;
  let last: u32 = 0;
  for (let p: u32 = vm.possibleNxHugePages; p != 0; p = changetype<MmuPage>(p).nxNext) {
    const page = changetype<MmuPage>(p);
    if (page.onNxList == 0 || page.nxHugePageDisallowed == 0) return 50;
    if (page.nxPrev != last) return 51; // linked both ways
    // A table on the list is in use: the entry it was linked into points to it.
    const parent = load<u64>(page.ptep);
    if (!isTable(parent, roleLevel(page.role) + 1) || spteToTable(parent) != <usize>page.spt) return 52;
    last = p;
    n++;
  }
  if (last != vm.possibleNxHugePagesTail) return 53;
  return n == vmCounter(vm, offsetof<VmCpu>("nxLpageSplits")) ? 0 : 54;
}
