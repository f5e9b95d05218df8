/**
 * The oracle's memory slots: which errno KVM_SET_USER_MEMORY_REGION gives, what the slots are afterwards, and which huge
 * pages a slot permits. An array searched from end to end; lpage_info is computed when asked.
 */

import { PAGE_SHIFT } from "./mmu_bits.js";

export const EEXIST = 17;
export const EINVAL = 22;

export const LOG_DIRTY_PAGES = 1;
export const READONLY = 2;
const KNOWN_FLAGS = LOG_DIRTY_PAGES | READONLY;

export const ADDRESS_SPACES = 2;
export const USER_SLOTS = 32764;
export const MAX_SLOT_PAGES = (1n << 31n) - 1n;

/** One slot. */
export interface Slot {
  readonly asId: number;
  readonly id: number;
  readonly baseGfn: bigint;
  readonly nPages: bigint;
  readonly hva: bigint;
  readonly flags: number;
}

/** struct kvm_userspace_memory_region; `slot` is as_id << 16 | id. */
export interface Region {
  readonly slot: number;
  readonly flags: number;
  readonly guestPhysAddr: bigint;
  readonly memorySize: bigint;
  readonly userspaceAddr: bigint;
}

/** What the machine can address. */
export interface SlotLimits {
  /** First gfn beyond the host's physical address width. */
  readonly maxGfn: bigint;
  /** First host virtual address that no mapping can have. */
  readonly hvaEnd: bigint;
}

export type SlotChange =
  | { readonly kind: "error"; readonly errno: number }
  | { readonly kind: "none" }
  | { readonly kind: "create"; readonly slot: Slot }
  | { readonly kind: "delete"; readonly old: Slot }
  | { readonly kind: "move" | "flags"; readonly old: Slot; readonly slot: Slot };

const U64 = 1n << 64n;
const PAGE = 1n << PAGE_SHIFT;

function isAligned(value: bigint): boolean {
  return value % PAGE === 0n;
}

function fail(errno: number): SlotChange {
  return { kind: "error", errno };
}

function hasSoundArguments(region: Region, limits: SlotLimits): boolean {
  if ((region.flags & ~KNOWN_FLAGS) !== 0) return false;
  if (region.slot >> 16 >= ADDRESS_SPACES || (region.slot & 0xffff) >= USER_SLOTS) return false;
  if (!isAligned(region.memorySize) || !isAligned(region.guestPhysAddr) || !isAligned(region.userspaceAddr))
    return false;
  if (region.userspaceAddr + region.memorySize > limits.hvaEnd) return false;
  if (region.guestPhysAddr + region.memorySize >= U64) return false;
  if (region.memorySize > 0n && region.guestPhysAddr + region.memorySize > limits.maxGfn * PAGE) return false;
  return region.memorySize / PAGE <= MAX_SLOT_PAGES;
}

function overlaps(a: Slot, b: Slot): boolean {
  return a.asId === b.asId && a.baseGfn < b.baseGfn + b.nPages && b.baseGfn < a.baseGfn + a.nPages;
}

/** The slots of a VM. */
export class SlotModel {
  #slots: Slot[] = [];
  /** The generation of each address space: += ADDRESS_SPACES a publication, address space 0 even, 1 odd. */
  readonly generations: bigint[] = [0n, 1n];

  constructor(readonly limits: SlotLimits) {}

  all(): readonly Slot[] {
    return this.#slots;
  }

  find(asId: number, gfn: bigint): Slot | undefined {
    return this.#slots.find((s) => s.asId === asId && gfn >= s.baseGfn && gfn < s.baseGfn + s.nPages);
  }

  /** What the call would do, changing nothing. Arguments that no VM could take come before what this one has. */
  judge(region: Region): SlotChange {
    if (!hasSoundArguments(region, this.limits)) return fail(EINVAL);
    const asId = region.slot >> 16;
    const id = region.slot & 0xffff;
    const old = this.#slots.find((s) => s.asId === asId && s.id === id);
    if (region.memorySize === 0n) return old === undefined ? fail(EINVAL) : { kind: "delete", old };
    const slot: Slot = {
      asId,
      id,
      baseGfn: region.guestPhysAddr / PAGE,
      nPages: region.memorySize / PAGE,
      hva: region.userspaceAddr,
      flags: region.flags,
    };
    if (old === undefined) return this.#judgePlace(slot, { kind: "create", slot });
    const readonlyChanges = ((old.flags ^ slot.flags) & READONLY) !== 0;
    if (old.hva !== slot.hva || old.nPages !== slot.nPages || readonlyChanges) return fail(EINVAL);
    if (old.baseGfn !== slot.baseGfn) return this.#judgePlace(slot, { kind: "move", old, slot });
    return old.flags === slot.flags ? { kind: "none" } : { kind: "flags", old, slot };
  }

  #judgePlace(slot: Slot, change: SlotChange): SlotChange {
    const other = this.#slots.some((s) => !(s.asId === slot.asId && s.id === slot.id) && overlaps(s, slot));
    return other ? fail(EEXIST) : change;
  }

  /**
   * Does the call. Every publication makes a new generation of its address space; deleting and moving publish twice, first
   * the slot as invalid, then the result.
   */
  set(region: Region): SlotChange {
    const change = this.judge(region);
    if (change.kind === "error" || change.kind === "none") return change;
    const old = change.kind === "create" ? undefined : change.old;
    this.#slots = this.#slots.filter((s) => s !== old);
    if (change.kind !== "delete") this.#slots.push(change.slot);
    const asId = region.slot >> 16;
    const publications = change.kind === "delete" || change.kind === "move" ? 2 : 1;
    this.generations[asId] = (this.generations[asId] as bigint) + BigInt(ADDRESS_SPACES * publications);
    return change;
  }
}

/** 4 KiB pages in one page of `level`. */
export function pagesPerLevel(level: number): bigint {
  return 1n << (9n * BigInt(level - 1));
}

/** Whether the slot permits a page of `level` at `gfn`: it must lie inside, and gfn and hva agree modulo its size. */
export function permitsHugePage(slot: Slot, gfn: bigint, level: number): boolean {
  const pages = pagesPerLevel(level);
  const base = gfn - (gfn % pages);
  const inside = base >= slot.baseGfn && base + pages <= slot.baseGfn + slot.nPages;
  const hvaPage = slot.hva >> PAGE_SHIFT;
  return inside && slot.baseGfn % pages === hvaPage % pages;
}

/** The host virtual address behind a gfn of the slot. */
export function hvaOf(slot: Slot, gfn: bigint): bigint {
  return slot.hva + ((gfn - slot.baseGfn) << PAGE_SHIFT);
}
