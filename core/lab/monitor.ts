/**
 * The lab's monitors: they are told what happens (trace/lab_event.ts) and end the execution, by bug(), where a property is
 * broken that the machine must have whatever the MMU does:
 *
 * - a translation that was taken away is not used once the call (or fault, or notifier) that took it has returned, nor
 *   any that is older than a remote flush which has returned;
 * - a processor walks only tables, and accesses only guest memory that the host maps for the gfn (monitor_access.ts);
 * - what is freed is in no processor's caches;
 * - who is waited for looks up often enough, and does nothing lengthy while a live entry is frozen.
 *
 * They know what the machine knows, plus what layout/lab.ts keeps; they change nothing of the machine.
 */

import { BUG_LAB_FREED_IN_USE, BUG_LAB_FROZEN, BUG_LAB_SECTION, BUG_LAB_STALE, BUG_LAB_TABLE } from "../layout/bugs";
import { MODE_IN_GUEST } from "../layout/exits";
import { FRAME_ANON, FRAME_SPT } from "../layout/frame";
import {
  LAB_ACCESS,
  LAB_BASE,
  LAB_CALLS,
  LAB_FLUSH_BEGIN,
  LAB_FLUSH_END,
  LAB_FRAME_FREE,
  LAB_PAGING_ENTRIES,
  LAB_PAGING_ENTRY_BYTES,
  LAB_PROMISE,
  LAB_SECTION_BASE,
  LAB_SECTION_BEGIN,
  LAB_SECTION_BYTES,
  LAB_SECTION_END,
  LAB_SECTION_OFFER,
  LAB_SPTE_CHANGED,
  LAB_TABLE_GONE,
  LAB_TABLE_READ,
  LAB_TLB_EMPTY,
  LAB_TLB_ENTRIES,
  LAB_TLB_FILL,
  LAB_TRANSLATION_BYTES,
  Lab,
  LabPagingEntry,
  LabSection,
  LabTranslation,
  VCPU_LAB_PAGING,
  VCPU_LAB_TLB,
  VCPU_LAB_WALKED,
} from "../layout/lab";
import { MmuPage } from "../layout/mmu_page";
import { RwLock } from "../layout/sync";
import { system } from "../layout/system";
import { ENTRIES_PER_TABLE, pagesPerLevel } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { frameIsArena, frameMeta } from "../mm/frame_meta";
import { vmMmuLock } from "../mmu/mmu_lock";
import { spteToPage, tableToPage } from "../mmu/mmu_page";
import { isRootInvalid, roleLevel } from "../mmu/role";
import { isFrozen, isLeaf, isPresent, isTable, spteToPfn, spteToTable } from "../mmu/spte";
import { HOOK_STORE } from "../layout/hook";
import { labHook } from "../sync/atomics";
import { vmVcpu } from "../sync/guest_mode";
import { thisCpu } from "../sync/this_cpu";
import { bug } from "../trace/bug";
import { monitorAccess } from "./monitor_access";
import { isEntryOnWalk, keepsPermissions, stillPermits } from "./tables";
import { tell } from "./told";

/**
 * Accesses to page tables, at most, that a CPU makes after somebody began to wait for its lock before it looks up. One
 * table taken down whole is the longest piece of work: 512 entries, two accesses each.
 */
const SECTION_LIMIT: u32 = 1536;

/** Switches the monitors on, with LAB_* options for the hardware. Once, before the first vCPU. */
export function labInit(options: u32): void {
  const l = changetype<Lab>(LAB_BASE);
  l.options = options;
  l.monitor = load<u32>(changetype<usize>(monitor));
}

// @ts-ignore: decorator
@inline
export function callOf(cpu: u32): u32 {
  return load<u32>(LAB_CALLS + cpu * 4);
}

// @ts-ignore: decorator
@inline
function callMove(by: u32): void {
  store<u32>(LAB_CALLS + thisCpu().id * 4, callOf(thisCpu().id) + by);
}

/** A call of a fiber begins. */
export function callBegin(): void {
  callMove(1);
}

/** It ends: what it has promised holds from here on. */
export function callEnd(): void {
  // A step of its own, so that accesses of vCPUs come before and after it.
  labHook(HOOK_STORE, LAB_BASE + offsetof<Lab>("callEnds"));
  promise(1);
}

/** The vCPU's translation number `i`. */
// @ts-ignore: decorator
@inline
export function tlbAt(vcpu: Vcpu, i: u32): LabTranslation {
  return changetype<LabTranslation>(changetype<usize>(vcpu) + VCPU_LAB_TLB + i * LAB_TRANSLATION_BYTES);
}

// @ts-ignore: decorator
@inline
function walkedOf(vcpu: Vcpu): LabTranslation {
  return changetype<LabTranslation>(changetype<usize>(vcpu) + VCPU_LAB_WALKED);
}

/** In the guest, and nothing that would stop it before its next access. */
export function isLoose(vcpu: Vcpu): bool {
  return vcpu.mode == MODE_IN_GUEST && vcpu.requests == 0 && vcpu.flushReq == vcpu.flushAck;
}

function monitor(kind: u32, a: u64, b: u64, c: u64, d: u64, e: u64): void {
  const cpu = thisCpu();
  const ret0 = cpu.ret0;
  const ret1 = cpu.ret1;
  const ret2 = cpu.ret2;
  const ret3 = cpu.ret3;
  dispatch(kind, a, b, c, d, e);
  cpu.ret0 = ret0;
  cpu.ret1 = ret1;
  cpu.ret2 = ret2;
  cpu.ret3 = ret3;
}

function dispatch(kind: u32, a: u64, b: u64, c: u64, d: u64, e: u64): void {
  if (kind == LAB_TABLE_READ) tableRead(changetype<Vcpu>(<usize>a), b, c, <u32>d);
  else if (kind == LAB_TLB_FILL) tlbFilled(changetype<Vcpu>(<usize>a), b, c, <u32>d);
  else if (kind == LAB_TLB_EMPTY) memory.fill(<usize>a + VCPU_LAB_TLB, 0, LAB_TLB_ENTRIES * LAB_TRANSLATION_BYTES);
  else if (kind == LAB_ACCESS) monitorAccess(changetype<Vcpu>(<usize>a), b, <usize>c, <u32>d);
  else if (kind == LAB_SPTE_CHANGED) spteChanged(changetype<Vm>(<usize>a), <u32>b >> 8, <u32>b & 0xff, c, d, e);
  else if (kind == LAB_FLUSH_BEGIN) flushBegun(changetype<Vm>(<usize>a));
  else if (kind == LAB_FLUSH_END) flushEnded(changetype<Vm>(<usize>a));
  else if (kind == LAB_FRAME_FREE) frameFreed(a, <u32>b, c);
  else if (kind == LAB_PROMISE) promise(2);
  else if (kind == LAB_TABLE_GONE) tableGone(changetype<MmuPage>(<usize>a));
  else section(kind, a != 0);
}

// --- translations ---

/** Tables that a processor reads are tables, of that level, for that address, of its VM. */
function tableRead(vcpu: Vcpu, table: u64, gpa: u64, level: u32): void {
  const pfn = table >> 12;
  if (!frameIsArena(pfn) || frameMeta(<u32>pfn).kind != FRAME_SPT) return bug(BUG_LAB_TABLE, table, gpa);
  const page = tableToPage(<usize>table);
  if (changetype<usize>(page) == 0 || page.vm != vcpu.vm || roleLevel(page.role) != level)
    bug(BUG_LAB_TABLE, table, gpa);
  if (page.ptep != 0 && page.gfn != ((gpa >> 12) & ~(pagesPerLevel(level + 1) - 1))) bug(BUG_LAB_TABLE, table, gpa);
}

function tlbFilled(vcpu: Vcpu, gpa: u64, hpa: u64, permissions: u32): void {
  const t = tlbAt(vcpu, <u32>(gpa >> 12) & (LAB_TLB_ENTRIES - 1));
  memory.copy(changetype<usize>(t), changetype<usize>(walkedOf(vcpu)), LAB_TRANSLATION_BYTES);
  t.page = gpa & ~0xfff;
  t.hpa = hpa & ~0xfff;
  t.permissions = permissions;
  // Changes since the walk began matter if the walk did not see them.
  if (t.byCpu != 0 && stillPermits(vcpu, t)) {
    t.byCpu = 0;
    t.byCall = 0;
  }
  walkedOf(vcpu).page = 1; // none under way
}
if ((LAB_TLB_ENTRIES & (LAB_TLB_ENTRIES - 1)) != 0) ERROR("a power of two");

/** An SPTE changed: translations that it gave and that no table gives now belong to this call to flush. */
function spteChanged(vm: Vm, asId: u32, level: u32, gfn: u64, old: u64, spte: u64): void {
  tell(vm, asId, level, gfn, old, spte);
  if (!isPresent(old) || keepsPermissions(vm, old, spte, level)) return;
  if (isLeaf(old, level) && frameIsArena(spteToPfn(old)) && frameMeta(<u32>spteToPfn(old)).kind != FRAME_ANON)
    bug(BUG_LAB_FREED_IN_USE, spteToPfn(old), old);
  const first = gfn & ~(pagesPerLevel(level) - 1);
  const n = vm.vcpuCount;
  for (let v: u32 = 0; v < n; v++) {
    const vcpu = vmVcpu(vm, v);
    // What the walk has read is not known. In another root, such as one that is being emptied, it reads nothing.
    if (isEntryOnWalk(vcpu, walkedOf(vcpu), level, spte)) note(walkedOf(vcpu), first, level);
    for (let i: u32 = 0; i < LAB_TLB_ENTRIES; i++) {
      const t = tlbAt(vcpu, i);
      if (t.permissions != 0 && t.byCpu == 0 && !stillPermits(vcpu, t)) note(t, first, level);
    }
  }
}

function note(t: LabTranslation, first: u64, level: u32): void {
  if (t.byCpu != 0 || (t.page & 0xfff) != 0 || (t.page >> 12) - first >= pagesPerLevel(level)) return;
  t.byCpu = <u16>(thisCpu().id + 1);
  t.byCall = <u16>callOf(thisCpu().id);
}

/** The change that took `t` away belongs to a call that is over. */
export function isOverdue(t: LabTranslation): bool {
  return t.isFlushed != 0 || (t.byCpu != 0 && <u16>callOf(t.byCpu - 1) != t.byCall);
}

/** What this CPU's call took away must be gone from every processor that would use it. */
function promise(by: u32): void {
  callMove(by);
  for (let p: usize = system().vmHead; p != 0; p = changetype<Vm>(p).next) {
    const n = changetype<Vm>(p).vcpuCount;
    for (let v: u32 = 0; v < n; v++) {
      const vcpu = vmVcpu(changetype<Vm>(p), v);
      if (!isLoose(vcpu)) continue;
      for (let i: u32 = 0; i < LAB_TLB_ENTRIES; i++) {
        const t = tlbAt(vcpu, i);
        if (t.permissions != 0 && isOverdue(t)) bug(BUG_LAB_STALE, t.page, 1);
      }
    }
  }
}

// --- remote flushes ---

function flushBegun(vm: Vm): void {
  const mine = (<u32>1) << thisCpu().id;
  const n = vm.vcpuCount;
  for (let v: u32 = 0; v < n; v++) {
    const vcpu = vmVcpu(vm, v);
    walkedOf(vcpu).flushers |= mine;
    for (let i: u32 = 0; i < LAB_TLB_ENTRIES; i++) if (tlbAt(vcpu, i).permissions != 0) tlbAt(vcpu, i).flushers |= mine;
  }
}

function flushEnded(vm: Vm): void {
  const n = vm.vcpuCount;
  for (let v: u32 = 0; v < n; v++) {
    const vcpu = vmVcpu(vm, v);
    flushedFor(walkedOf(vcpu));
    for (let i: u32 = 0; i < LAB_TLB_ENTRIES; i++) flushedFor(tlbAt(vcpu, i));
  }
}

function flushedFor(t: LabTranslation): void {
  const mine = (<u32>1) << thisCpu().id;
  if ((t.flushers & mine) == 0) return;
  t.flushers &= ~mine;
  t.isFlushed = 1;
}

// --- memory ---

function frameFreed(pfn: u64, kind: u32, n: u64): void {
  if (kind != FRAME_ANON && kind != FRAME_SPT) return;
  for (let p: usize = system().vmHead; p != 0; p = changetype<Vm>(p).next) {
    for (
      let r: usize = changetype<Vm>(p).tdpMmuRoots;
      r != 0 && kind == FRAME_ANON;
      r = changetype<MmuPage>(r).linkNext
    )
      checkUnmapped(changetype<Vm>(p), changetype<MmuPage>(r).spt, roleLevel(changetype<MmuPage>(r).role), pfn, n);
    const count = changetype<Vm>(p).vcpuCount;
    for (let v: u32 = 0; v < count; v++) {
      const vcpu = vmVcpu(changetype<Vm>(p), v);
      if (vcpu.hwRoot != 0 && (vcpu.hwRoot >> 12) - pfn < n) bug(BUG_LAB_FREED_IN_USE, pfn, 0);
      if (!isLoose(vcpu)) continue;
      if (kind == FRAME_ANON) checkFreedPage(vcpu, pfn, n);
      else checkFreedTable(vcpu, pfn, n);
    }
  }
}

/** No table, an invalid root's neither, maps the page: who empties it would touch the frame's next owner. */
function checkUnmapped(vm: Vm, table: usize, level: u32, pfn: u64, n: u64): void {
  for (let i: u32 = 0; i < ENTRIES_PER_TABLE; i++) {
    const spte = load<u64>(table + i * 8);
    if (isTable(spte, level)) checkUnmapped(vm, spteToTable(spte), level - 1, pfn, n);
    else if (isLeaf(spte, level) && pfn - spteToPfn(spte) < pagesPerLevel(level)) bug(BUG_LAB_FREED_IN_USE, pfn, spte);
  }
}

function checkFreedPage(vcpu: Vcpu, pfn: u64, n: u64): void {
  for (let i: u32 = 0; i < LAB_TLB_ENTRIES; i++) {
    const t = tlbAt(vcpu, i);
    if (t.permissions != 0 && (t.hpa >> 12) - pfn < n) bug(BUG_LAB_FREED_IN_USE, pfn, t.page);
  }
}

function checkFreedTable(vcpu: Vcpu, pfn: u64, n: u64): void {
  for (let i: u32 = 0; i < LAB_PAGING_ENTRIES; i++) {
    const entry = changetype<LabPagingEntry>(changetype<usize>(vcpu) + VCPU_LAB_PAGING + i * LAB_PAGING_ENTRY_BYTES);
    if (entry.level != 0 && (entry.table >> 12) - pfn < n) bug(BUG_LAB_FREED_IN_USE, pfn, entry.tag);
  }
}

// --- progress ---

/** A detached table's entries are taken down: meanwhile nobody should have to wait for the entry that led to it. */
function tableGone(page: MmuPage): void {
  const ptep = <usize>page.ptep;
  if (ptep == 0 || !isFrozen(load<u64>(ptep)) || !isReachable(spteToPage(ptep))) return;
  bug(BUG_LAB_FROZEN, changetype<usize>(page), ptep);
}

/** From a valid root. */
function isReachable(page: MmuPage): bool {
  while (page.ptep != 0) {
    const spte = load<u64>(page.ptep);
    const level = roleLevel(page.role) + 1;
    if (!isTable(spte, level) || spteToTable(spte) != <usize>page.spt) return false;
    page = spteToPage(page.ptep);
  }
  return !isRootInvalid(page);
}

function section(kind: u32, isContended: bool): void {
  const s = changetype<LabSection>(LAB_SECTION_BASE + thisCpu().id * LAB_SECTION_BYTES);
  if (kind == LAB_SECTION_OFFER && isContended) checkSection(s);
  if (kind == LAB_SECTION_END && s.accesses > SECTION_LIMIT && isAnyLockContended()) checkSection(s);
  if (kind != LAB_SECTION_OFFER || !isContended) s.accesses = 0;
  s.inSection = u32(kind != LAB_SECTION_END);
}

function checkSection(s: LabSection): void {
  if (s.accesses > SECTION_LIMIT) bug(BUG_LAB_SECTION, s.accesses, SECTION_LIMIT);
}

/** Somebody waits for some VM's mmu_lock. */
function isAnyLockContended(): bool {
  for (let p: usize = system().vmHead; p != 0; p = changetype<Vm>(p).next) {
    const lock = changetype<RwLock>(vmMmuLock(changetype<Vm>(p)));
    const inside: u32 = u32((lock.writer & 0x7fff_ffff) != 0 && lock.serving != lock.ticket);
    if (lock.readersWaiting != 0 || lock.ticket - lock.serving > inside) return true;
  }
  return false;
}
