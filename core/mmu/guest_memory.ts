/**
 * Guest memory from outside: by gpa, through memslots and gup, a page at a time. The one way for loaders, devices,
 * debuggers and the emulation port; no other code touches guest memory. Writes mark the dirty log, and tell whoever
 * caches decoded instructions of the frame. Atomic per page at best: a guest may run beside it.
 */

import { EFAULT } from "../layout/errno";
import { GUP_WRITE, Mm } from "../layout/hostmm";
import { KVM_MEM_READONLY, KVM_MEMSLOT_INVALID } from "../layout/memslot";
import { Gpa, PAGE_SHIFT, PAGE_SIZE, pfnToPtr } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { gupLock, gupUnlock } from "../hostmm/gup";
import { frameIsArena } from "../mm/frame_meta";
import { codeBytesStored } from "../mm/code_frame";
import { epochEnter, epochExit } from "../sync/epoch";
import { thisCpu } from "../sync/this_cpu";
import { markGfnDirty } from "./dirty";
import { memslotFind, memslotHva } from "./memslot";

/** No host address: below any mapping. */
const NO_HVA: u64 = 0;

/** The hva behind `gpa` for reading (`flags` 0) or writing (GUP_WRITE), NO_HVA if no slot allows it. @takes epoch */
function hvaOf(vm: Vm, asId: u32, gpa: Gpa, flags: u32): u64 {
  epochEnter();
  const slot = memslotFind(vm, asId, gpa >> PAGE_SHIFT);
  let hva = NO_HVA;
  const refused: u32 = (flags & GUP_WRITE) != 0 ? KVM_MEMSLOT_INVALID | KVM_MEM_READONLY : KVM_MEMSLOT_INVALID;
  if (slot !== null && (slot.flags & refused) == 0) hva = memslotHva(slot, gpa >> PAGE_SHIFT);
  epochExit();
  return hva;
}

/** Bytes from `gpa` to the end of its page, at most `left`. */
// @ts-ignore: decorator
@inline
function chunkBytes(gpa: Gpa, left: u32): u32 {
  const room = PAGE_SIZE - (<u32>gpa & (PAGE_SIZE - 1));
  return room < left ? room : left;
}

/**
 * Copies `bytes` from `gpa` to linear memory at `to`. No lock, no epoch held.
 * @ret 0; -EFAULT: no slot, or no host page; -ENOMEM; -EAGAIN: a pager was asked, ret3 = its request; what comes
 * before the page in question is copied
 */
export function guestRead(vm: Vm, asId: u32, gpa: Gpa, to: usize, bytes: u32): i32 {
  const mm = changetype<Mm>(vm.mm);
  while (bytes != 0) {
    const n = chunkBytes(gpa, bytes);
    const hva = hvaOf(vm, asId, gpa, 0);
    if (hva == NO_HVA) return -EFAULT;
    const r = gupLock(mm, hva, 0);
    if (r != 0) return r;
    const pfn = thisCpu().ret0;
    // Phantom frames have no contents.
    if (frameIsArena(pfn)) memory.copy(to, pfnToPtr(pfn) + (<u32>gpa & (PAGE_SIZE - 1)), n);
    else memory.fill(to, 0, n);
    gupUnlock(mm);
    gpa += n;
    to += n;
    bytes -= n;
  }
  return 0;
}

/** Copies `bytes` from linear memory at `from` to `gpa`, for no vCPU. Results as guestRead; read-only slots are -EFAULT. */
export function guestWrite(vm: Vm, asId: u32, gpa: Gpa, from: usize, bytes: u32): i32 {
  return guestWriteBy(vm, null, asId, gpa, from, bytes);
}

/** The same as a write by `vcpu`, whose thread calls, if it is one: that is in whose ring it is logged. */
export function guestWriteBy(vm: Vm, vcpu: Vcpu | null, asId: u32, gpa: Gpa, from: usize, bytes: u32): i32 {
  const mm = changetype<Mm>(vm.mm);
  while (bytes != 0) {
    const n = chunkBytes(gpa, bytes);
    const hva = hvaOf(vm, asId, gpa, GUP_WRITE);
    if (hva == NO_HVA) return -EFAULT;
    const r = gupLock(mm, hva, GUP_WRITE);
    if (r != 0) return r;
    const pfn = thisCpu().ret0;
    if (frameIsArena(pfn)) {
      const to = pfnToPtr(pfn) + (<u32>gpa & (PAGE_SIZE - 1));
      memory.copy(to, from, n);
      codeBytesStored(<u64>to, n);
    }
    gupUnlock(mm);
    markDirty(vm, vcpu, asId, gpa);
    gpa += n;
    from += n;
    bytes -= n;
  }
  return 0;
}

/** After the bytes are there: whoever clears the bit and then copies the page has them. */
function markDirty(vm: Vm, vcpu: Vcpu | null, asId: u32, gpa: Gpa): void {
  epochEnter();
  const slot = memslotFind(vm, asId, gpa >> PAGE_SHIFT);
  if (slot !== null) markGfnDirty(vm, vcpu, slot, gpa >> PAGE_SHIFT);
  epochExit();
}
