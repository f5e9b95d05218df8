/**
 * The fast page fault: gives a leaf back what logging or access tracking took, without mmu_lock. Only bits that
 * nobody needs a lock to set are set, by compare-and-exchange; everything else is the slow path's.
 */

import { RET_PF_FIXED, RET_PF_INVALID, RET_PF_SPURIOUS } from "../layout/exits";
import { MmuPage } from "../layout/mmu_page";
import { Fault, FAULT_EXEC, FAULT_PRESENT, FAULT_RSVD, FAULT_WRITE } from "../layout/mmu_walk";
import { SPTE_MODE_LOCKLESS } from "../layout/spte_states";
import { Gfn, LEVEL_4K } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { PARAM_AD, TDP_EPT, Vm } from "../layout/vm";
import { acas64, aload64 } from "../sync/atomics";
import { assertEpoch } from "../sync/epoch";
import { thisCpu } from "../sync/this_cpu";
import { markGfnDirty } from "./dirty";
import { isDirtyLogged } from "./make_spte";
import { vcpuMemslotFind } from "./memslot";
import { roleAsId, roleLevel } from "./role";
import {
  isAccessAllowed,
  isAccessTracked,
  isLeaf,
  isMmuWritable,
  isTable,
  isWritable,
  restoreAccessTracked,
  spteToTable,
  SPTE_WRITABLE,
} from "./spte";
import { spteChanged } from "./spte_changed";
import { traceFastPageFault } from "./tracepoints";

/** Races lost before the slow path takes over. */
const FAST_RETRIES: u32 = 4;

/**
 * Lockless walk of the vCPU's root to the entry that decides about `gfn`. Returns its address, 0 if no root is loaded;
 * ret1 = the entry as read, ret2 = its level. @epoch
 */
export function walkToLeaf(vcpu: Vcpu, gfn: Gfn): usize {
  assertEpoch();
  if (vcpu.root == 0) return 0;
  const root = changetype<MmuPage>(vcpu.root);
  let level = roleLevel(root.role);
  let table = <usize>root.spt;
  while (true) {
    const sptep = table + ((<u32>(gfn >> ((level - 1) * 9)) & 511) << 3);
    const spte = aload64(sptep);
    if (!isTable(spte, level)) {
      const cpu = thisCpu();
      cpu.ret1 = spte;
      cpu.ret2 = level;
      return sptep;
    }
    table = spteToTable(spte);
    level--;
  }
}

/** Whether the fault can be one that the fast path mends: a write to a present page, or access tracking without A/D bits. */
// @ts-ignore: decorator
@inline
export function canBeFast(vm: Vm, f: Fault): bool {
  if ((f.flags & FAULT_RSVD) != 0) return false;
  if ((f.flags & FAULT_PRESENT) == 0) return vm.tdp == TDP_EPT && (vm.params & PARAM_AD) == 0;
  return (f.flags & FAULT_WRITE) != 0;
}

/** @epoch @ret RET_PF_FIXED, RET_PF_SPURIOUS, or RET_PF_INVALID: not for the fast path */
export function fastPageFault(vm: Vm, vcpu: Vcpu, f: Fault): i32 {
  let r = RET_PF_INVALID;
  let sptep: usize = 0;
  let old: u64 = 0;
  let spte: u64 = 0;
  for (let tries: u32 = 0; tries < FAST_RETRIES; tries++) {
    sptep = walkToLeaf(vcpu, f.gfn);
    if (sptep == 0) break;
    old = thisCpu().ret1;
    const level = <u32>thisCpu().ret2;
    if (!isLeaf(old, level)) break;
    if (isAccessAllowed(vm, old, f.flags & FAULT_WRITE, f.flags & FAULT_EXEC)) {
      r = RET_PF_SPURIOUS;
      break;
    }
    spte = mend(vm, vcpu, f, old, level);
    if (spte == old || !isAccessAllowed(vm, spte, f.flags & FAULT_WRITE, f.flags & FAULT_EXEC)) break;
    if (acas64(sptep, old, spte) == old) {
      fixed(vm, vcpu, f, old, spte, level);
      r = RET_PF_FIXED;
      break;
    }
  }
  if (r != RET_PF_INVALID) vcpu.pfFast++;
  traceFastPageFault(vcpu, f, sptep, old, spte, r);
  return r;
}

/** What the entry may become without a lock; `old` if nothing. */
function mend(vm: Vm, vcpu: Vcpu, f: Fault, old: u64, level: u32): u64 {
  const spte = isAccessTracked(vm, old) ? restoreAccessTracked(vm, old) : old;
  if ((f.flags & FAULT_WRITE) == 0 || !isMmuWritable(vm, old)) return spte;
  // A logged slot's pages are written 4 KiB at a time: the slow path splits.
  if (level > LEVEL_4K) {
    const slot = vcpuMemslotFind(vm, vcpu, f.gfn);
    if (slot === null || isDirtyLogged(slot)) return old;
  }
  return spte | SPTE_WRITABLE;
}

function fixed(vm: Vm, vcpu: Vcpu, f: Fault, old: u64, spte: u64, level: u32): void {
  const role = changetype<MmuPage>(vcpu.root).role;
  spteChanged(vm, roleAsId(role), f.gfn, old, spte, level, SPTE_MODE_LOCKLESS);
  if (isWritable(old) || !isWritable(spte)) return;
  const slot = vcpuMemslotFind(vm, vcpu, f.gfn);
  if (slot !== null) markGfnDirty(vm, vcpu, slot, f.gfn);
}
