/** Who serves an access of the emulation port: memory, or userspace, by a KVM_EXIT_MMIO. */

import { KVM_EXIT_MMIO } from "../layout/exits";
import { KVM_MEM_READONLY, KVM_MEMSLOT_INVALID } from "../layout/memslot";
import { Gpa, PAGE_SHIFT } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { memslotFind } from "../mmu/memslot";
import { epochEnter, epochExit } from "../sync/epoch";

export const BY_MEMORY: u32 = 0;
export const BY_USERSPACE: u32 = 1;
/** Its slot is being moved or deleted: try again. */
export const BY_NOBODY: u32 = 2;

/** Who serves a read at `gpa`. @takes epoch */
export function mmioReader(vcpu: Vcpu, gpa: Gpa): u32 {
  return serverOf(vcpu, gpa, 0);
}

/** Who serves a write at `gpa`: of read-only slots, userspace. @takes epoch */
export function mmioWriter(vcpu: Vcpu, gpa: Gpa): u32 {
  return serverOf(vcpu, gpa, KVM_MEM_READONLY);
}

/** `byUserspace`: flags of slots that do not serve the access themselves. */
function serverOf(vcpu: Vcpu, gpa: Gpa, byUserspace: u32): u32 {
  epochEnter();
  const slot = memslotFind(changetype<Vm>(vcpu.vm), vcpu.asId, gpa >> PAGE_SHIFT);
  let server = BY_MEMORY;
  if (slot === null) server = BY_USERSPACE;
  else if ((slot.flags & KVM_MEMSLOT_INVALID) != 0) server = BY_NOBODY;
  else if ((slot.flags & byUserspace) != 0) server = BY_USERSPACE;
  epochExit();
  return server;
}

/** Asks userspace to read `n` bytes (1 to 8) at `gpa`. The run ends. */
export function mmioExitRead(vcpu: Vcpu, gpa: Gpa, n: u32): void {
  vcpu.mmioData = 0;
  mmioExit(vcpu, gpa, n, 0);
}

/** Asks userspace to write the `n` bytes (1 to 8) at `from` to `gpa`. The run ends. */
export function mmioExitWrite(vcpu: Vcpu, gpa: Gpa, n: u32, from: usize): void {
  vcpu.mmioData = 0;
  memory.copy(changetype<usize>(vcpu) + offsetof<Vcpu>("mmioData"), from, n);
  mmioExit(vcpu, gpa, n, 1);
}

function mmioExit(vcpu: Vcpu, gpa: Gpa, n: u32, isWrite: u32): void {
  vcpu.exitReason = KVM_EXIT_MMIO;
  vcpu.mmioPhysAddr = gpa;
  vcpu.mmioLen = n;
  vcpu.mmioIsWrite = isWrite;
  vcpu.mmioPending = 1;
  vcpu.mmioExits++;
}
