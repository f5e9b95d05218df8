/**
 * The oracle's dirty log: which gfns of a logged slot were written, what the vCPU's ring holds, what the processor has
 * logged and nobody has drained yet. Bookkeeping only: what collecting the log does to the tables is mmu_vm's.
 */

import { EINVAL, LOG_DIRTY_PAGES, type Slot } from "./mmu_memslots.js";

export const ENOENT = 2;

/** KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2's argument. */
export const MANUAL_PROTECT = 1;
export const INITIALLY_SET = 2;

/** Entries that the ring keeps free for what the processor logs before the vCPU is stopped. */
const RING_RESERVED = 64;
export const PML_ENTRIES = 512;

/** Who wrote: the vCPU, whose ring it is, or somebody outside of it. */
export type Writer = "vcpu" | "host";

/** One entry of the ring that was collected or not yet. */
export interface RingEntry {
  /** as_id << 16 | id */
  readonly slot: number;
  readonly offset: bigint;
}

export interface LogTraits {
  /** Entries of the vCPU's dirty ring; 0 = logging by bitmap. */
  readonly ringSize: number;
  /** The processor logs what it sets D in. */
  readonly pml: boolean;
}

export function isLogged(slot: Slot | undefined): boolean {
  return slot !== undefined && (slot.flags & LOG_DIRTY_PAGES) !== 0;
}

export function slotKey(slot: Slot): number {
  return (slot.asId << 16) | slot.id;
}

export class LogModel {
  /** KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2: bits of MANUAL_PROTECT, INITIALLY_SET. */
  manual = 0;
  /** One byte a page of each logged slot: 1 = dirty. */
  readonly #bitmaps = new Map<number, Uint8Array>();
  /** Pushed and not reset yet, oldest first. */
  #ring: RingEntry[] = [];
  /** Of those, how many userspace has collected. */
  #collected = 0;
  #pml: bigint[] = [];

  constructor(readonly traits: LogTraits) {}

  get initiallySet(): boolean {
    return (this.manual & INITIALLY_SET) !== 0;
  }

  /** 0 or an errno: INITIALLY_SET goes with MANUAL_PROTECT only. */
  setManual(flags: number): number {
    if ((flags & ~(MANUAL_PROTECT | INITIALLY_SET)) !== 0 || flags === INITIALLY_SET) return EINVAL;
    this.manual = flags;
    return 0;
  }

  // --- slots ---

  /** The slot begins to be logged. */
  begin(slot: Slot): void {
    this.#bitmaps.set(slotKey(slot), new Uint8Array(Number(slot.nPages)).fill(this.initiallySet ? 1 : 0));
  }

  /** The slot is not logged any more, or gone. */
  end(slot: Slot): void {
    this.#bitmaps.delete(slotKey(slot));
  }

  // --- writes ---

  /** `writer` wrote `gfn` of the slot. */
  mark(slot: Slot, gfn: bigint, writer: Writer): void {
    if (!isLogged(slot)) return;
    const offset = gfn - slot.baseGfn;
    // Whoever does not stop at the soft limit finds the ring full in the end; nothing is lost.
    if (writer === "vcpu" && this.#ring.length < this.traits.ringSize) this.#ring.push({ slot: slotKey(slot), offset });
    else this.#bitmapOf(slot)[Number(offset)] = 1;
  }

  /** The vCPU must not enter the guest: its ring is nearly full. */
  get isRingFull(): boolean {
    const { ringSize, pml } = this.traits;
    return ringSize !== 0 && this.#ring.length >= ringSize - RING_RESERVED - (pml ? PML_ENTRIES : 0);
  }

  // --- what the processor logs ---

  /** Full: the processor leaves the guest before it logs more. */
  get isPmlFull(): boolean {
    return this.#pml.length === PML_ENTRIES;
  }

  logByProcessor(gfn: bigint): void {
    this.#pml.push(gfn);
  }

  /** What the processor has logged since the last call, oldest first. */
  drain(): bigint[] {
    const logged = this.#pml;
    this.#pml = [];
    return logged;
  }

  // --- collecting ---

  /** One byte a page, 1 = dirty; undefined = the slot is not logged. */
  bitmap(slot: Slot): Uint8Array | undefined {
    return this.#bitmaps.get(slotKey(slot));
  }

  #bitmapOf(slot: Slot): Uint8Array {
    const bitmap = this.bitmap(slot);
    if (bitmap === undefined) throw new Error(`slot ${slotKey(slot)} is not logged`);
    return bitmap;
  }

  /** Forgets those pages of [start, end) that `isWanted`; returns the offsets of those that were dirty. */
  forget(slot: Slot, start: number, end: number, isWanted: (offset: number) => boolean): number[] {
    const bitmap = this.#bitmapOf(slot);
    const found: number[] = [];
    for (let offset = bitmap.indexOf(1, start); offset >= 0 && offset < end; offset = bitmap.indexOf(1, offset + 1)) {
      if (isWanted(offset)) found.push(offset);
    }
    for (const offset of found) bitmap[offset] = 0;
    return found;
  }

  /** What is in the ring, oldest first. */
  get ring(): readonly RingEntry[] {
    return this.#ring;
  }

  /** Userspace has read so many entries, the oldest first. */
  collect(entries: number): void {
    this.#collected = Math.min(this.#ring.length, this.#collected + entries);
  }

  /** Takes the collected entries out of the ring. */
  takeCollected(): RingEntry[] {
    const taken = this.#ring.slice(0, this.#collected);
    this.#ring = this.#ring.slice(this.#collected);
    this.#collected = 0;
    return taken;
  }
}
