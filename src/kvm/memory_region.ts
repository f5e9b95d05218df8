/** KVM_SET_USER_MEMORY_REGION's argument: checked, remembered, and why core may have refused it. */
import {
  HOST_MAXPHYADDR,
  KVM_MEM_LOG_DIRTY_PAGES,
  KVM_MEM_MAX_NR_PAGES,
  KVM_MEM_READONLY,
  KVM_USER_MEM_SLOTS,
  PAGE_SIZE,
} from "../abi/index.js";
import { KvmError } from "./errors.js";
import { hex, integer, pageAligned, type U64 } from "./values.js";

/** A memory slot: struct kvm_userspace_memory_region. Addresses and sizes in bytes, multiples of 4096. */
export interface UserMemoryRegion {
  /** Slot number, 0 to 32763; bits 31 to 16 are the address space: 0, or 1 for SMM. See slotId(). */
  slot: number;
  /** Where the guest sees it; the end may not lie beyond the host's 46 physical address bits. */
  guestPhysAddr: U64;
  /** At most 2^31 - 1 pages; 0 deletes the slot. */
  memorySize: U64;
  /** Where it lies in the VM's AddressSpace: an address that mmap() gave. Need not be mapped yet. */
  userspaceAddr: U64;
  /** KVM_MEM_LOG_DIRTY_PAGES, KVM_MEM_READONLY. Default 0. */
  flags?: number;
}

/** Which address space of the guest a slot belongs to. */
export const ADDRESS_SPACE_SMM = 1;

/** The slot number `number` of address space `addressSpace` (0, or ADDRESS_SPACE_SMM), for UserMemoryRegion.slot. */
export function slotId(number: number, addressSpace = 0): number {
  return addressSpace * 0x1_0000 + number;
}

/** A region whose values are good. */
export interface Region {
  slot: number;
  gpa: bigint;
  size: bigint;
  hva: bigint;
  flags: number;
}

const GPA_LIMIT = 1n << BigInt(HOST_MAXPHYADDR);
const U64_LIMIT = 1n << 64n;
const KNOWN_FLAGS = KVM_MEM_LOG_DIRTY_PAGES | KVM_MEM_READONLY;

/** Checks what needs no knowledge of other slots. */
export function checkRegion(region: UserMemoryRegion): Region {
  const slot = checkSlot(region.slot);
  const gpa = pageAligned(region.guestPhysAddr, "guestPhysAddr");
  const size = pageAligned(region.memorySize, "memorySize");
  const hva = pageAligned(region.userspaceAddr, "userspaceAddr");
  const flags = integer(region.flags ?? 0, "flags", 0, 0xffff_ffff);
  if ((flags & ~KNOWN_FLAGS) !== 0) {
    throw new KvmError(
      "EINVAL",
      `flags is ${hex(flags)}; only KVM_MEM_LOG_DIRTY_PAGES (1) and KVM_MEM_READONLY (2) exist.`,
    );
  }
  checkExtent(gpa, size, hva);
  return { slot, gpa, size, hva, flags };
}

/** Checks a slot's number with its address space. */
export function checkSlot(slot: number): number {
  integer(slot, "slot", 0, 0xffff_ffff);
  const number = slot % 0x1_0000;
  if (slot >= 0x2_0000 || number >= KVM_USER_MEM_SLOTS) {
    const text = `slot is ${hex(slot)}; slot numbers go from 0 to ${KVM_USER_MEM_SLOTS - 1}, in address spaces 0 and 1 (bits 31 to 16).`;
    throw new KvmError("EINVAL", text);
  }
  return slot;
}

function checkExtent(gpa: bigint, size: bigint, hva: bigint): void {
  if (size / BigInt(PAGE_SIZE) > KVM_MEM_MAX_NR_PAGES) {
    throw new KvmError("EINVAL", `memorySize is ${hex(size)}; a slot holds at most 2^31 - 1 pages. Use several slots.`);
  }
  if (gpa + size > U64_LIMIT || hva + size > U64_LIMIT) {
    throw new KvmError(
      "EINVAL",
      `A region of ${hex(size)} bytes at guest ${hex(gpa)}, host ${hex(hva)} wraps around 2^64.`,
    );
  }
  if (size > 0n && gpa + size > GPA_LIMIT) {
    throw new KvmError(
      "EINVAL",
      `The region ends at ${hex(gpa + size)}; guest-physical addresses have ${HOST_MAXPHYADDR} bits on this host.`,
    );
  }
}

/** Why core refused `region`, given the slots there are. */
export function explainRegion(region: Region, slots: ReadonlyMap<number, Region>, { code }: KvmError): string {
  if (code === "ENOMEM") return "There is no memory left for the slot's arrays; open the System with more.";
  if (code === "EEXIST") return explainOverlap(region, slots);
  const old = slots.get(region.slot);
  if (old === undefined) {
    if (region.size === 0n) return `Slot ${hex(region.slot)} does not exist, so it cannot be deleted (memorySize 0).`;
    return `userspaceAddr is ${hex(region.hva)}; host addresses end at 2^47.`;
  }
  if (old.size !== region.size)
    return `Slot ${hex(region.slot)} has ${hex(old.size)} bytes; a live slot's size cannot change. Delete it first (memorySize 0).`;
  if (old.hva !== region.hva)
    return `Slot ${hex(region.slot)} lies at host ${hex(old.hva)}; a live slot cannot go elsewhere. Delete it first.`;
  return `Slot ${hex(region.slot)} is live; its KVM_MEM_READONLY flag cannot change. Delete it first.`;
}

function explainOverlap(region: Region, slots: ReadonlyMap<number, Region>): string {
  const end = region.gpa + region.size;
  for (const other of slots.values()) {
    const isSameSpace = other.slot >>> 16 === region.slot >>> 16;
    if (!isSameSpace || other.slot === region.slot || other.gpa >= end || region.gpa >= other.gpa + other.size)
      continue;
    const theirs = `[${hex(other.gpa)}, ${hex(other.gpa + other.size)})`;
    return `Guest-physical [${hex(region.gpa)}, ${hex(end)}) overlaps slot ${hex(other.slot)} at ${theirs}; slots of one address space must be disjoint.`;
  }
  return "The region overlaps another slot.";
}

/** Remembers what core has accepted. */
export function noteRegion(region: Region, slots: Map<number, Region>): void {
  if (region.size === 0n) slots.delete(region.slot);
  else slots.set(region.slot, region);
}
