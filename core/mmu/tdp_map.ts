/**
 * Mapping one gfn for a fault: walks from the root to the level the fault aims at, links what tables are missing, and
 * installs the leaf, all by compare-and-exchange beside other faults. Whoever loses a race lets the vCPU fault again.
 */

import { DEBUG } from "../layout/build";
import { BUG_SPTE_TRANSITION } from "../layout/bugs";
import { RET_PF_EMULATE, RET_PF_FIXED, RET_PF_RETRY, RET_PF_SPURIOUS } from "../layout/exits";
import { Memslot } from "../layout/memslot";
import { ACC_ALL, ACC_WRITE, MmuPage } from "../layout/mmu_page";
import {
  Fault,
  FAULT_EXEC,
  FAULT_HUGE_DISALLOWED,
  FAULT_MAP_WRITABLE,
  FAULT_NX_WORKAROUND,
  FAULT_PREFETCH,
  FAULT_WRITE,
} from "../layout/mmu_walk";
import { SPTE_MODE_SHARED } from "../layout/spte_states";
import { LEVEL_4K, pagesPerLevel } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { aload64 } from "../sync/atomics";
import { remoteFlush } from "../sync/guest_mode";
import { bug } from "../trace/bug";
import { markGfnDirty } from "./dirty";
import { lpageMaxLevel } from "./lpage";
import {
  isDirtyLogged,
  isNewlyWritable,
  makeSpte,
  MAKE_HOST_WRITABLE,
  MAKE_NX_WORKAROUND,
  MAKE_PREFETCH,
} from "./make_spte";
import { memslotsGeneration, vmMemslots } from "./memslot";
import { makeMmioSpte } from "./mmio_spte";
import { pageFree, pageFromCaches, tableToPage } from "./mmu_page";
import { nxIsDisallowed, nxSetDisallowed, nxTrack } from "./nx_huge";
import { roleAsId, roleLevel, roleOfChild } from "./role";
import { isAccessAllowed, isFrozen, isLeaf, isPresent, isTable, spteToPfn, spteToTable } from "./spte";
import { linkPage, splitInto } from "./split";
import { setSpteShared } from "./tdp_set";
import { isGfnTracked } from "./write_track";
import { traceGetPage, traceMarkMmioSpte, traceSetSpte, traceSpteRequested } from "./tracepoints";

/** Chooses the level to map at: as large as slot, host mapping and caller allow. */
function adjustHugePage(f: Fault): void {
  f.reqLevel = LEVEL_4K;
  f.goalLevel = LEVEL_4K;
  if (f.slot == 0 || f.maxLevel == LEVEL_4K || f.hostLevel == LEVEL_4K) return;
  const slot = changetype<Memslot>(f.slot);
  if (isDirtyLogged(slot)) return;
  const level = lpageMaxLevel(slot, f.gfn, f.maxLevel < f.hostLevel ? f.maxLevel : f.hostLevel);
  f.reqLevel = level;
  if (level == LEVEL_4K || (f.flags & FAULT_HUGE_DISALLOWED) != 0) return;
  f.goalLevel = level;
  f.pfn &= ~(pagesPerLevel(level) - 1);
}

/** Under the NX mitigation a table that stands for executable 4 KiB pages is not replaced by a huge page. */
function adjustForNx(f: Fault, spte: u64, level: u32): void {
  if (level == LEVEL_4K || level != f.goalLevel || !isTable(spte, level)) return;
  if (!nxIsDisallowed(tableToPage(spteToTable(spte)))) return;
  const below = pagesPerLevel(level - 1);
  f.pfn |= f.gfn & (pagesPerLevel(level) - below);
  f.goalLevel--;
}

/**
 * Maps the fault `f` in the vCPU's root. Caches are topped up; the root is valid and the fault is not stale.
 * @holds mmuLock:read @epoch @ret RET_PF_RETRY, _FIXED, _SPURIOUS or _EMULATE
 */
// @ts-ignore: decorator
@inline
export function tdpMap(vm: Vm, vcpu: Vcpu, f: Fault): i32 {
  adjustHugePage(f);
  traceSpteRequested(vcpu, f);
  const root = changetype<MmuPage>(vcpu.root);
  const gfn = f.gfn;
  const isNxOn = (f.flags & FAULT_NX_WORKAROUND) != 0;
  let role = root.role;
  let level = roleLevel(role);
  let table = <usize>root.spt;
  while (true) {
    const sptep = table + ((<u32>(gfn >> ((level - 1) * 9)) & 511) << 3);
    const old = aload64(sptep);
    if (isNxOn) adjustForNx(f, old, level);
    // Another thread is zapping this very entry; nothing below it may be touched either.
    if (isFrozen(old)) return RET_PF_RETRY;
    if (level == f.goalLevel) return mapTarget(vm, vcpu, f, role, sptep, old);
    if (isTable(old, level)) {
      table = spteToTable(old);
    } else {
      const child = linkTable(vm, vcpu, f, role, sptep, level, old);
      if (child === null) return RET_PF_RETRY;
      table = child.spt;
    }
    role = roleOfChild(role);
    level--;
  }
}

/** Puts a new table where there is nothing, or a huge leaf. Null: the race is lost. */
function linkTable(vm: Vm, vcpu: Vcpu, f: Fault, parentRole: u32, sptep: usize, level: u32, old: u64): MmuPage | null {
  const gfn = f.gfn & ~(pagesPerLevel(level) - 1);
  const page = pageFromCaches(vm, vcpu);
  page.role = roleOfChild(parentRole);
  page.gfn = gfn;
  page.ptep = <u32>sptep;
  // Before it is reachable: else another fault could put a huge page over it in between.
  nxSetDisallowed(page, u32((f.flags & FAULT_HUGE_DISALLOWED) != 0));
  if (isLeaf(old, level)) splitInto(vm, page, old);
  if (!linkPage(vm, page, old, SPTE_MODE_SHARED)) {
    pageFree(page);
    return null;
  }
  traceGetPage(vcpu.id + 1, page);
  if ((f.flags & FAULT_HUGE_DISALLOWED) != 0 && f.reqLevel >= level) nxTrack(vm, page);
  return page;
}

/** Installs the leaf, or the MMIO SPTE. */
// @ts-ignore: decorator
@inline
function mapTarget(vm: Vm, vcpu: Vcpu, f: Fault, role: u32, sptep: usize, old: u64): i32 {
  const level = f.goalLevel;
  if (f.slot == 0) return mapMmio(vm, vcpu, f, role, sptep, old);
  if (isLeaf(old, level) && isEnough(vm, f, old)) {
    if (DEBUG && spteToPfn(old) != f.pfn) bug(BUG_SPTE_TRANSITION, old, f.pfn);
    return RET_PF_SPURIOUS;
  }
  const spte = makeLeaf(vm, f, role);
  if (spte == old) return RET_PF_SPURIOUS;
  const asId = roleAsId(role);
  const gfn = f.gfn & ~(pagesPerLevel(level) - 1);
  if (!setSpteShared(vm, asId, sptep, gfn, level, old, spte)) return RET_PF_RETRY;
  if (isTable(old, level)) remoteFlush(vm);
  const slot = changetype<Memslot>(f.slot);
  if (isDirtyLogged(slot) && isNewlyWritable(old, spte, level)) markGfnDirty(vm, vcpu, slot, f.gfn);
  traceSetSpte(vm, vcpu, f.gfn, spte, sptep, level);
  return RET_PF_FIXED;
}

/** The present leaf `old` already serves this fault. */
function isEnough(vm: Vm, f: Fault, old: u64): bool {
  return (f.flags & FAULT_PREFETCH) != 0 || isAccessAllowed(vm, old, f.flags & FAULT_WRITE, f.flags & FAULT_EXEC);
}

// @ts-ignore: decorator
@inline
function makeLeaf(vm: Vm, f: Fault, role: u32): u64 {
  let flags: u32 = (f.flags & FAULT_PREFETCH) != 0 ? MAKE_PREFETCH : 0;
  if ((f.flags & FAULT_MAP_WRITABLE) != 0) flags |= MAKE_HOST_WRITABLE;
  if ((f.flags & FAULT_NX_WORKAROUND) != 0) flags |= MAKE_NX_WORKAROUND;
  // A tracked gfn stays read-only whatever the host allows: HOST_WRITABLE without MMU_WRITABLE.
  const access: u32 = isGfnTracked(changetype<Memslot>(f.slot), f.gfn) ? ACC_ALL & ~ACC_WRITE : ACC_ALL;
  return makeSpte(vm, (role & ~15) | f.goalLevel, access, f.pfn, flags);
}

function mapMmio(vm: Vm, vcpu: Vcpu, f: Fault, role: u32, sptep: usize, old: u64): i32 {
  const asId = roleAsId(role);
  const generation = memslotsGeneration(vmMemslots(vm, asId));
  const spte = makeMmioSpte(vm, f.gfn, ACC_ALL, generation);
  // An address with memory under it is emptied by whoever took the memory away, not here.
  if (isPresent(old)) return RET_PF_RETRY;
  if (spte != old) {
    if (!setSpteShared(vm, asId, sptep, f.gfn, LEVEL_4K, old, spte)) return RET_PF_RETRY;
    vcpu.pfMmioSpteCreated++;
    traceMarkMmioSpte(vcpu, sptep, f.gfn, ACC_ALL, generation);
  }
  return RET_PF_EMULATE;
}
