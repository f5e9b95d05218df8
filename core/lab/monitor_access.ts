/**
 * What must hold whenever a vCPU accesses memory through a translation: the frame is guest memory, the one that the host
 * maps for the gfn now, with that right; no other vCPU uses another; and a write is known to whoever asked to know.
 */

import {
  BUG_LAB_CODE,
  BUG_LAB_FRAME,
  BUG_LAB_HOST,
  BUG_LAB_LOST_DIRTY,
  BUG_LAB_STALE,
  BUG_LAB_TRACKED,
  BUG_LAB_TWO_FRAMES,
  BUG_LAB_UNBOUND,
} from "../layout/bugs";
import { cpuById } from "../layout/cpu";
import { DIRTY_GFN_SHIFT, DirtyGfn } from "../layout/dirty_ring";
import { MODE_IN_GUEST } from "../layout/exits";
import { FRAME_ANON, FRAME_FLAG_CODE, FRAME_FLAG_LAB_WRITTEN } from "../layout/frame";
import { BACKING_PHANTOM, HPTE_PRESENT, HPTE_WRITE, Mm } from "../layout/hostmm";
import { HW_WRITE, PML_ENTRIES, TLB_ENTRY_BYTES, TlbEntry } from "../layout/hw";
import { LAB_CPUS, LAB_TLB_ENTRIES } from "../layout/lab";
import { Memslot } from "../layout/memslot";
import { RwLock } from "../layout/sync";
import { system } from "../layout/system";
import { Gfn, LEVEL_4K, PAGE_MASK } from "../layout/types";
import { HW_PML, Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { entryPfn, entryIsLeaf, rootOf, tableFind } from "../hostmm/host_table";
import { vmaFind } from "../hostmm/vma";
import { frameIsArena, frameMeta } from "../mm/frame_meta";
import { karrayAt } from "../mm/karray";
import { memslotHva, memslotsFind, vmMemslots } from "../mmu/memslot";
import { vmMmuLock } from "../mmu/mmu_lock";
import { isGfnTracked } from "../mmu/write_track";
import { vmVcpu } from "../sync/guest_mode";
import { thisCpu } from "../sync/this_cpu";
import { bug } from "../trace/bug";
import { callOf, isLoose, isOverdue, tlbAt } from "./monitor";

/** `pointer`: where in linear memory, 0 = phantom. */
export function monitorAccess(vcpu: Vcpu, gpa: u64, pointer: usize, access: u32): void {
  const t = tlbAt(vcpu, <u32>(gpa >> 12) & (LAB_TLB_ENTRIES - 1));
  if (vcpu.running == 0 || vcpu.cpu != thisCpu().id + 1) bug(BUG_LAB_UNBOUND, changetype<usize>(vcpu), thisCpu().id);
  if (isOverdue(t)) bug(BUG_LAB_STALE, gpa, t.isFlushed != 0 ? 2 : 1);
  const vm = changetype<Vm>(vcpu.vm);
  const gfn = gpa >> 12;
  const pfn = t.hpa >> 12;
  if (pointer != 0) checkFrame(gpa, pfn, access);
  const slot = memslotsFind(vmMemslots(vm, vcpu.asId), gfn);
  if (slot === null) return bug(BUG_LAB_HOST, gpa, pfn);
  if (vm.mnActiveCount == 0) checkHost(changetype<Mm>(vm.mm), memslotHva(slot, gfn), gpa, pfn, access);
  checkOthers(vm, vcpu, gpa, t.hpa);
  if ((access & HW_WRITE) == 0) return;
  if (pointer != 0) checkCode(vcpu, gpa, <u32>pfn);
  const isLocked = (changetype<RwLock>(vmMmuLock(vm)).writer & 0x7fff_ffff) != 0;
  if (!isLocked && isGfnTracked(slot, gfn)) bug(BUG_LAB_TRACKED, gpa, pfn);
  if (slot.dirtyBitmap != 0 && !isKnownDirty(vm, slot, gfn) && !isAnyoneAtWork()) bug(BUG_LAB_LOST_DIRTY, gpa, pfn);
}

/** Guest memory, in use. */
function checkFrame(gpa: u64, pfn: u64, access: u32): void {
  if (!frameIsArena(pfn)) return bug(BUG_LAB_FRAME, gpa, pfn);
  const frame = frameMeta(<u32>pfn);
  if (frame.kind != FRAME_ANON || frame.refcount == 0) bug(BUG_LAB_FRAME, gpa, pfn);
  if ((access & HW_WRITE) != 0) frame.flags |= FRAME_FLAG_LAB_WRITTEN;
}

/** Stores to frames whose instructions are cached do not hit the TLB: they take the way that reports them. */
function checkCode(vcpu: Vcpu, gpa: u64, pfn: u32): void {
  if ((frameMeta(pfn).flags & FRAME_FLAG_CODE) == 0 || isAnyoneAtWork()) return;
  const entry = changetype<TlbEntry>(vcpu.tlbBase + (<u32>(gpa >> 12) & (LAB_TLB_ENTRIES - 1)) * TLB_ENTRY_BYTES);
  if (entry.writeTag == ((gpa & PAGE_MASK) | vcpu.tlbTag)) bug(BUG_LAB_CODE, gpa, pfn);
}

/** No notifier is between start and end: what the host maps is what the guest uses. */
function checkHost(mm: Mm, hva: u64, gpa: u64, pfn: u64, access: u32): void {
  const root = rootOf(mm);
  const vma = vmaFind(mm, hva);
  if (root == 0 || changetype<usize>(vma) == 0) return bug(BUG_LAB_HOST, gpa, pfn);
  if (vma.backing == BACKING_PHANTOM) return;
  const entry = load<u64>(tableFind(root, hva));
  const level = <u32>thisCpu().ret2;
  if (!entryIsLeaf(entry, level) || (entry & HPTE_PRESENT) == 0) return bug(BUG_LAB_HOST, gpa, pfn);
  const inside = level == LEVEL_4K ? 0 : (hva >> 12) & 511;
  if (<u64>entryPfn(entry) + inside != pfn) bug(BUG_LAB_HOST, gpa, pfn);
  if ((access & HW_WRITE) != 0 && (entry & HPTE_WRITE) == 0) bug(BUG_LAB_HOST, gpa, pfn);
}

function checkOthers(vm: Vm, vcpu: Vcpu, gpa: u64, hpa: u64): void {
  for (let v: u32 = 0; v < vm.vcpuCount; v++) {
    const other = vmVcpu(vm, v);
    if (changetype<usize>(other) == changetype<usize>(vcpu) || other.asId != vcpu.asId || !isLoose(other)) continue;
    const t = tlbAt(other, <u32>(gpa >> 12) & (LAB_TLB_ENTRIES - 1));
    if (t.permissions != 0 && t.page == (gpa & ~0xfff) && t.hpa != hpa) bug(BUG_LAB_TWO_FRAMES, gpa, t.hpa >> 12);
  }
}

/** The dirty bitmap has the gfn, or a processor's log of modified pages, from which it will get there. */
function isKnownDirty(vm: Vm, slot: Memslot, gfn: Gfn): bool {
  const bit = gfn - slot.baseGfn;
  if (((load<u64>(karrayAt(slot.dirtyBitmap, (bit >> 6) * 8)) >> (bit & 63)) & 1) != 0) return true;
  for (let v: u32 = 0; v < vm.vcpuCount; v++) {
    const vcpu = vmVcpu(vm, v);
    if (isInPml(vcpu, gfn) || isInRing(vm, vcpu, slot, bit)) return true;
  }
  return false;
}

function isInPml(vcpu: Vcpu, gfn: Gfn): bool {
  if ((vcpu.hwFlags & HW_PML) == 0) return false;
  const first: u32 = vcpu.hwPmlIndex >= PML_ENTRIES ? 0 : vcpu.hwPmlIndex + 1;
  for (let i = first; i < PML_ENTRIES; i++) if (load<u64>(vcpu.hwPmlBase + i * 8) >> 12 == gfn) return true;
  return false;
}

/** In an entry that is not free: userspace has the page to copy yet, or has not had it protected anew. */
function isInRing(vm: Vm, vcpu: Vcpu, slot: Memslot, page: u64): bool {
  const id = ((<u32>slot.asId) << 16) | slot.id;
  for (let i = vcpu.ringResetIndex; vm.ringEntries != 0 && i != vcpu.ringDirtyIndex; i++) {
    const at = vcpu.ringBase + ((i & (vm.ringEntries - 1)) << DIRTY_GFN_SHIFT);
    if (changetype<DirtyGfn>(at).slot == id && changetype<DirtyGfn>(at).offset == page) return true;
  }
  return false;
}

/** A CPU other than this is in a call that may be between taking a right and telling the log, or the reverse. */
function isAnyoneAtWork(): bool {
  for (let id: u32 = 0; id < LAB_CPUS && id < system().nCpus; id++) {
    if (id == thisCpu().id || (callOf(id) & 1) == 0) continue;
    const vcpu = cpuById(id).vcpu;
    if (vcpu == 0 || changetype<Vcpu>(vcpu).mode != MODE_IN_GUEST) return true;
  }
  return false;
}
