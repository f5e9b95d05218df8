/**
 * What the funnel was told. Every change of an SPTE that somebody makes ends in spteChanged with the values before and
 * after; statistics, frames and tables follow from these. So the sum of a digest over all entries of all tables must be
 * what the told changes add up to: less, and a change was never told; more, and one was told that did not happen.
 *
 * What the processor sets by itself, Accessed and Dirty, is left out, as is what is not present.
 *
 * Nor may vCPUs' statistics speak of more than happened: who says that a fault was mended has changed an entry.
 */

import { lab } from "../layout/lab";
import { MmuPage } from "../layout/mmu_page";
import { ENTRIES_PER_TABLE, Gfn, pagesPerLevel } from "../layout/types";
import { Vm } from "../layout/vm";
import { roleAsId, roleLevel, rootRole } from "../mmu/role";
import { isLeaf, isMmioSpte, isPresent, isTable, spteToTable } from "../mmu/spte";
import { vmVcpu } from "../sync/guest_mode";

/** The entry for `gfn` at `level` of address space `asId` went from `old` to `spte`. Before anybody can change it again. */
export function tell(vm: Vm, asId: u32, level: u32, gfn: Gfn, old: u64, spte: u64): void {
  const first = gfn & ~(pagesPerLevel(level) - 1);
  lab().told += digest(vm, asId, level, first, spte) - digest(vm, asId, level, first, old);
  if (isLeaf(spte, level) && spte != old) lab().installs++;
  if (isMmioSpte(vm, spte)) lab().mmioInstalls++;
  // The pieces of a huge page are made where nobody sees them.
  if (isLeaf(old, level) && isTable(spte, level)) lab().told += sumOf(vm, asId, spteToTable(spte), first, level - 1);
}

/** Whether the vCPUs of `vm`, the only one of the scenario, count no more installed entries than there were. */
export function isCountTrue(vm: Vm): bool {
  let fixed: u64 = 0;
  let mmio: u64 = 0;
  for (let i: u32 = 0; i < vm.vcpuCount; i++) {
    fixed += vmVcpu(vm, i).pfFixed;
    mmio += vmVcpu(vm, i).pfMmioSpteCreated;
  }
  return fixed <= lab().installs && mmio <= lab().mmioInstalls;
}

/** Whether the tables of `vm`, the only one of the scenario, are what was told. */
export function isAllTold(vm: Vm): bool {
  let sum: u64 = 0;
  for (let p: usize = vm.tdpMmuRoots; p != 0; p = changetype<MmuPage>(p).linkNext) {
    const root = changetype<MmuPage>(p);
    const role = rootRole(root);
    sum += sumOf(vm, roleAsId(role), root.spt, 0, roleLevel(role));
  }
  return sum == lab().told;
}

function sumOf(vm: Vm, asId: u32, table: usize, first: Gfn, level: u32): u64 {
  let sum: u64 = 0;
  for (let i: u32 = 0; i < ENTRIES_PER_TABLE; i++) {
    const spte = load<u64>(table + i * 8);
    if (!isPresent(spte)) continue;
    const gfn = first + <u64>i * pagesPerLevel(level);
    sum += digest(vm, asId, level, gfn, spte);
    if (isTable(spte, level)) sum += sumOf(vm, asId, spteToTable(spte), gfn, level - 1);
  }
  return sum;
}

function digest(vm: Vm, asId: u32, level: u32, gfn: Gfn, spte: u64): u64 {
  if (!isPresent(spte)) return 0;
  const place = (gfn << 8) | (level << 4) | asId;
  return mix(mix(spte & ~(vm.accessedMask | vm.dirtyMask)) ^ place);
}

/** Any change of a bit changes about half of the result's (MurmurHash3's finalizer). */
function mix(value: u64): u64 {
  value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
  value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53;
  return value ^ (value >> 33);
}
