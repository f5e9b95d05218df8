/**
 * The oracle of one VM's TDP MMU: memory slots, roots by role, faults, zaps, notifiers, write protection; what the
 * tables must hold after each. One thread, no locks, no caches, every search from end to end. The host's side is a
 * function the caller gives. Legal outcomes of *concurrent* operations are not its business.
 */

import {
  ACC_ALL,
  type Access,
  allows,
  clear,
  type Format,
  type HostTraits,
  isAccessTracked,
  isHostWritable,
  isLeaf,
  isMmio,
  isMmuWritable,
  isPresent,
  isWritable,
  type Masks,
  masksOf,
  NONPRESENT,
  PFN_BITS,
  pfnOf,
  WRITABLE,
} from "./mmu_bits.js";
import {
  hvaOf,
  LOG_DIRTY_PAGES,
  pagesPerLevel,
  permitsHugePage,
  READONLY,
  type Region,
  type Slot,
  type SlotChange,
  SlotModel,
} from "./mmu_memslots.js";
import {
  accessTrack,
  isMmioCurrent,
  makeLeaf,
  makeMmio,
  makeSplitChild,
  makeTable,
  type PageTraits,
  restoreAccessTracked,
} from "./mmu_spte.js";
import {
  allEntries,
  comparable,
  countTables,
  type Entry,
  leavesIn,
  lowestEntry,
  maxGfnOf,
  Table,
} from "./mmu_tables.js";

/** What the host has at a page, after it was asked to have it there. */
export interface HostPage {
  readonly pfn: bigint;
  /** The host's own entry permits writing now. */
  readonly writable: boolean;
  /** Level of the host's own mapping. */
  readonly level: number;
}

/** Asks the host for the page at `hva`; undefined = it refuses (EFAULT). */
export type HostLookup = (hva: bigint, write: boolean) => HostPage | undefined;

/** Parameters of a VM, fixed when it is created. */
export interface VmTraits {
  readonly format: Format;
  readonly host: HostTraits;
  /** 4 or 5. */
  readonly rootLevel: number;
  /** The second dimension has A and D bits. */
  readonly ad: boolean;
  readonly pml: boolean;
  readonly mmioCaching: boolean;
  /** Greatest page the processor can map: 2 or 3. */
  readonly maxHugeLevel: number;
  readonly hvaEnd: bigint;
}

/** Which root a vCPU uses. */
export interface Role {
  readonly asId: number;
  readonly guestMode: number;
}

/** How handling one fault ended, in the kernel's words. */
export type FaultOutcome = "fixed" | "spurious" | "retry" | "emulate" | "write-protected" | "efault";

/** How one access of the guest ended. */
export interface AccessResult {
  readonly outcome: "done" | "emulate" | "efault";
  /** Outcomes of the faults it took, in order. */
  readonly faults: readonly FaultOutcome[];
}

interface Root extends Role {
  readonly table: Table;
}

interface Fault {
  readonly role: Role;
  readonly gfn: bigint;
  readonly write: boolean;
  readonly exec: boolean;
  readonly prefetch: boolean;
  readonly slot: Slot | undefined;
}

/** One line of a dump: an entry that is not empty. */
export interface DumpLine {
  readonly asId: number;
  readonly guestMode: number;
  readonly level: number;
  readonly gfn: bigint;
  /** A table's frame number is cleared. */
  readonly spte: bigint;
}

/** What one leaf maps. */
export interface MappedLeaf {
  readonly asId: number;
  readonly gfn: bigint;
  readonly pages: bigint;
  readonly pfn: bigint;
  readonly hostWritable: boolean;
}

/** Page counters as the VM's statistics have them. */
export interface PageCounts {
  readonly pages4k: number;
  readonly pages2m: number;
  readonly pages1g: number;
  /** Table pages without roots. */
  readonly tables: number;
  readonly roots: number;
}

const MAX_FAULTS_PER_ACCESS = 8;

export class VmModel {
  readonly masks: Masks;
  readonly slots: SlotModel;
  #roots: Root[] = [];
  /** The NX huge page mitigation, live. */
  nxHugePages = false;
  /** How often each gfn of a slot is write-tracked; gone with the slot. */
  readonly #tracked = new Map<string, Map<bigint, number>>();
  /** Dirty gfns of each logged slot. */
  readonly #dirty = new Map<string, Set<bigint>>();

  constructor(
    readonly traits: VmTraits,
    readonly host: HostLookup,
  ) {
    this.masks = masksOf(traits.format, traits.host);
    this.slots = new SlotModel({ maxGfn: maxGfnOf(traits.host.maxPhyAddr), hvaEnd: traits.hvaEnd });
  }

  /** The valid root of a role, made if there is none: what loading a vCPU's root does. */
  loadRoot(role: Role): Table {
    const known = this.#findRoot(role);
    if (known !== undefined) return known.table;
    const table = new Table(this.traits.rootLevel, 0n);
    this.#roots.push({ ...role, table });
    return table;
  }

  #findRoot(role: Role): Root | undefined {
    return this.#roots.find((r) => r.asId === role.asId && r.guestMode === role.guestMode);
  }

  #pageTraits(role: Role, level: number): PageTraits {
    const adDisabled = this.traits.format === "ept" && !this.traits.ad;
    const wrprotOnly = !adDisabled && role.guestMode === 1 && this.traits.pml;
    return { level, adDisabled, wrprotOnly, mayExecute: true };
  }

  // --- the guest's accesses ---

  /** One access of the guest: the processor's walk, the faults it takes, and the walk's own effects. */
  access(role: Role, gpa: bigint, access: Access): AccessResult {
    const faults: FaultOutcome[] = [];
    while (faults.length <= MAX_FAULTS_PER_ACCESS) {
      const root = this.loadRoot(role);
      const place = lowestEntry(root, gpa >> 12n);
      const { spte } = place.entry;
      if (isPresent(spte) && allows(this.masks, spte, access)) {
        this.#touch(role, gpa >> 12n, place, access);
        return { outcome: "done", faults };
      }
      const reserved = isMmio(this.masks, spte);
      const present = !reserved && this.#hasPermission(spte);
      // A misconfiguration of EPT does not say what the access was; the next fault will.
      const reported = reserved && this.traits.format === "ept" ? "read" : access;
      const outcome = this.fault(role, gpa, reported, { present, reserved });
      faults.push(outcome);
      if (outcome === "emulate" || outcome === "write-protected") return { outcome: "emulate", faults };
      if (outcome === "efault") return { outcome: "efault", faults };
    }
    throw new Error(`the access to ${gpa.toString(16)} faults for ever: ${faults.join(", ")}`);
  }

  /** Any of R, W, X (EPT) or P (NPT): what makes the processor report the translation as present. */
  #hasPermission(spte: bigint): boolean {
    return isPresent(spte) && (["read", "write", "fetch"] as const).some((a) => allows(this.masks, spte, a));
  }

  /** The processor's own marks: Accessed, and Dirty on a write, which it logs where it can. */
  #touch(role: Role, gfn: bigint, place: ReturnType<typeof lowestEntry>, access: Access): void {
    const { spte } = place.entry;
    if (this.#pageTraits({ asId: 0, guestMode: 0 }, 1).adDisabled) return;
    const dirty = access === "write" ? this.masks.dirty : 0n;
    if ((dirty & ~spte) !== 0n && this.#hasPml && role.guestMode === 0) {
      const slot = this.slots.find(role.asId, gfn);
      if (slot !== undefined) this.markDirty(slot, gfn);
    }
    place.table.set(place.gfn, { spte: spte | this.masks.accessed | dirty });
  }

  // --- faults ---

  /** kvm_mmu_page_fault: `present` and `reserved` as the processor reported them. */
  fault(role: Role, gpa: bigint, access: Access, how: { present: boolean; reserved: boolean }): FaultOutcome {
    const gfn = gpa >> 12n;
    const root = this.loadRoot(role);
    if (how.reserved) {
      const { spte } = lowestEntry(root, gfn).entry;
      if (!isMmio(this.masks, spte)) return "retry";
      if (isMmioCurrent(spte, this.slots.generations[role.asId] as bigint)) return "emulate";
    }
    const write = access === "write";
    const exec = access === "fetch";
    const slot = this.slots.find(role.asId, gfn);
    const fault: Fault = { role, gfn, write, exec, prefetch: false, slot };
    if (how.present && write && !how.reserved && this.isTracked(slot, gfn)) return "write-protected";
    const fast = how.reserved ? undefined : this.#fastFault(root, fault, access, how.present);
    return fast ?? this.#slowFault(root, fault);
  }

  /** Maps `gfn` before anybody asks for it (KVM_PRE_FAULT_MEMORY): as a read, not accessed. */
  prefetch(role: Role, gfn: bigint): FaultOutcome {
    const root = this.loadRoot(role);
    const fault: Fault = {
      role,
      gfn,
      write: false,
      exec: false,
      prefetch: true,
      slot: this.slots.find(role.asId, gfn),
    };
    return this.#fastFault(root, fault, "read", false) ?? this.#slowFault(root, fault);
  }

  /** Without the lock: only permissions the entry may have anyway are given back. */
  #fastFault(root: Table, fault: Fault, access: Access, present: boolean): FaultOutcome | undefined {
    const adOff = this.#pageTraits(fault.role, 1).adDisabled;
    if (!(present ? fault.write : adOff)) return undefined;
    const place = lowestEntry(root, fault.gfn);
    const { spte } = place.entry;
    if (!isPresent(spte)) return undefined;
    if (allows(this.masks, spte, access)) return "spurious";
    let fixed = spte;
    if (adOff && isAccessTracked(this.masks, spte)) fixed = restoreAccessTracked(this.masks, spte);
    if (fault.write && isMmuWritable(this.masks, spte)) {
      if (place.level > 1 && isLogged(fault.slot)) return undefined;
      fixed |= WRITABLE;
    }
    if (fixed === spte || !allows(this.masks, fixed, access)) return undefined;
    place.table.set(place.gfn, { spte: fixed });
    if (isWritable(fixed) && !isWritable(spte)) this.#markDirty(fault);
    return "fixed";
  }

  #slowFault(root: Table, fault: Fault): FaultOutcome {
    const { slot } = fault;
    if (slot === undefined) return this.#mapMmio(root, fault);
    if (fault.write && (slot.flags & READONLY) !== 0) return "emulate";
    const page = this.host(hvaOf(slot, fault.gfn), fault.write);
    if (page === undefined) return "efault";
    return this.#mapPage(root, fault, slot, page);
  }

  #mapMmio(root: Table, fault: Fault): FaultOutcome {
    if (!this.traits.mmioCaching || fault.gfn >= this.slots.limits.maxGfn) return "emulate";
    const table = this.#descend(root, fault, 1, fault.exec && this.nxHugePages).table;
    const generation = this.slots.generations[fault.role.asId] as bigint;
    table.set(fault.gfn, { spte: makeMmio(this.masks, fault.gfn, ACC_ALL, generation) });
    return "emulate";
  }

  /** The level the slot, the host and the processor agree on. */
  #requestedLevel(fault: Fault, slot: Slot, page: HostPage): number {
    if (isLogged(slot)) return 1;
    let level = Math.min(this.traits.maxHugeLevel, 3);
    while (level > 1 && !(permitsHugePage(slot, fault.gfn, level) && !this.#hasTracked(slot, fault.gfn, level)))
      level--;
    return Math.min(level, page.level);
  }

  #mapPage(root: Table, fault: Fault, slot: Slot, page: HostPage): FaultOutcome {
    const disallowed = fault.exec && this.nxHugePages;
    const requested = this.#requestedLevel(fault, slot, page);
    const { table, level } = this.#descend(root, fault, disallowed ? 1 : requested, disallowed);
    const pages = pagesPerLevel(level);
    const gfn = fault.gfn - (fault.gfn % pages);
    const pfn = page.pfn - (fault.gfn % pages);
    const old = table.get(gfn);
    if (isLeaf(old.spte, level) && (fault.prefetch || allows(this.masks, old.spte, kindOfFault(fault))))
      return "spurious";
    const made = makeLeaf(this.masks, {
      page: this.#pageTraits(fault.role, level),
      access: ACC_ALL,
      pfn,
      oldSpte: old.spte,
      prefetch: fault.prefetch,
      hostWritable: page.writable && (slot.flags & READONLY) === 0,
      nxHugePages: this.nxHugePages,
      canUnsync: !this.isTracked(slot, fault.gfn),
      logged: isLogged(slot),
    });
    if (made.spte === old.spte) return "spurious";
    table.set(gfn, { spte: made.spte });
    if (made.marksDirty && !(isLeaf(old.spte, level) && isWritable(old.spte))) this.#markDirty(fault);
    return made.writeProtected && fault.write ? "write-protected" : "fixed";
  }

  /**
   * The table that holds the fault's entry at `goal`, made on the way; huge leaves on the way are split. One level lower
   * where a table stands that execution forced to be small.
   */
  #descend(root: Table, fault: Fault, goal: number, disallowed: boolean): { table: Table; level: number } {
    let table = root;
    let level = goal;
    for (;;) {
      const entry = table.get(fault.gfn);
      if (this.nxHugePages && table.level === level && level > 1 && entry.child?.nxHugePageDisallowed) level--;
      if (table.level === level) return { table, level };
      table = entry.child ?? this.#linkChild(table, fault, entry, disallowed);
    }
  }

  #linkChild(table: Table, fault: Fault, entry: Entry, disallowed: boolean): Table {
    const level = table.level - 1;
    const base = fault.gfn - (fault.gfn % pagesPerLevel(table.level));
    const child = new Table(level, base, disallowed);
    if (isLeaf(entry.spte, table.level)) this.#fillSplit(child, entry.spte);
    const adDisabled = this.#pageTraits(fault.role, level).adDisabled;
    table.set(fault.gfn, { spte: makeTable(this.masks, 0n, adDisabled), child });
    return child;
  }

  #fillSplit(child: Table, huge: bigint): void {
    for (let i = 0; i < 512; i++) {
      const rights = { mayExecute: true, nxHugePages: this.nxHugePages };
      child.set(child.gfnOf(i), { spte: makeSplitChild(this.masks, huge, child.level + 1, i, rights) });
    }
  }

  #markDirty(fault: Fault): void {
    if (fault.slot !== undefined) this.markDirty(fault.slot, fault.gfn);
  }

  // --- the dirty log ---

  /** The guest, or somebody for it, wrote `gfn`. */
  markDirty(slot: Slot, gfn: bigint): void {
    this.#dirty.get(keyOf(slot))?.add(gfn);
  }

  /** The dirty gfns of a slot, ascending; undefined = it is not logged. */
  dirtyGfns(slot: Slot): bigint[] | undefined {
    const dirty = this.#dirty.get(keyOf(slot));
    return dirty && [...dirty].sort((a, b) => (a < b ? -1 : 1));
  }

  // --- write tracking ---

  isTracked(slot: Slot | undefined, gfn: bigint): boolean {
    return slot !== undefined && (this.#tracked.get(keyOf(slot))?.get(gfn) ?? 0) > 0;
  }

  /** A gfn under the page of `level` at `gfn` is tracked: no such page. */
  #hasTracked(slot: Slot, gfn: bigint, level: number): boolean {
    const pages = pagesPerLevel(level);
    return [...(this.#tracked.get(keyOf(slot)) ?? [])].some(([g, n]) => n > 0 && g / pages === gfn / pages);
  }

  /** Begins to track writes to `gfn`. False: there is no slot. Huge leaves over it go, a 4 KiB one loses all writability. */
  trackAdd(asId: number, gfn: bigint): boolean {
    const slot = this.slots.find(asId, gfn);
    if (slot === undefined) return false;
    const counts = this.#tracked.get(keyOf(slot)) ?? new Map<bigint, number>();
    this.#tracked.set(keyOf(slot), counts.set(gfn, (counts.get(gfn) ?? 0) + 1));
    for (const root of this.#rootsOf(asId)) {
      for (const { table, gfn: base, level, entry } of leavesIn(root.table, gfn, gfn + 1n)) {
        const kept = clear(entry.spte, WRITABLE | this.masks.mmuWritable);
        table.set(base, { spte: level === 1 ? kept : NONPRESENT });
      }
    }
    return true;
  }

  /** Takes one reason to track back. False: there is none. Permissions come back by faults. */
  trackRemove(asId: number, gfn: bigint): boolean {
    const slot = this.slots.find(asId, gfn);
    if (slot === undefined || !this.isTracked(slot, gfn)) return false;
    const counts = this.#tracked.get(keyOf(slot));
    counts?.set(gfn, (counts.get(gfn) ?? 0) - 1);
    return true;
  }

  // --- slots ---

  /**
   * KVM_SET_USER_MEMORY_REGION. Deleting and moving zap everything, as the default VM type does; logging that begins takes
   * W from the slot's leaves, or Dirty from the small ones where the processor logs.
   */
  setUserMemoryRegion(region: Region): SlotChange {
    const change = this.slots.set(region);
    if (change.kind === "error" || change.kind === "none") return change;
    const slot = change.kind === "delete" ? change.old : change.slot;
    if (change.kind !== "flags") this.#tracked.delete(keyOf(slot));
    this.#dirty.delete(keyOf(slot));
    if (change.kind !== "delete" && isLogged(slot)) this.#dirty.set(keyOf(slot), new Set());
    if (change.kind === "delete" || change.kind === "move") this.zapAllFast();
    if (change.kind === "flags" && isLogged(slot)) this.#clearDirtySlot(slot);
    return change;
  }

  get #hasPml(): boolean {
    return this.traits.format === "ept" && this.traits.ad && this.traits.pml;
  }

  #clearDirtySlot(slot: Slot): void {
    for (const root of this.#rootsOf(slot.asId)) {
      const small = this.#hasPml && root.guestMode === 0 ? this.masks.dirty : WRITABLE;
      for (const { table, gfn, level, entry } of leavesIn(root.table, slot.baseGfn, slot.baseGfn + slot.nPages)) {
        table.set(gfn, { spte: clear(entry.spte, level === 1 ? small : WRITABLE) });
      }
    }
  }

  // --- zaps ---

  /** Invalidates every root; what was in them is gone. vCPUs get new ones when they enter. */
  zapAllFast(): void {
    this.#roots = [];
  }

  #zapLeaves(roots: readonly Root[], startGfn: bigint, endGfn: bigint): void {
    for (const root of roots) {
      for (const { table, gfn } of leavesIn(root.table, startGfn, endGfn)) table.set(gfn, { spte: NONPRESENT });
    }
  }

  /** kvm_zap_gfn_range: both address spaces. */
  zapGfnRange(startGfn: bigint, endGfn: bigint): void {
    this.#zapLeaves(this.#roots, startGfn, endGfn);
  }

  /** The gfns of each slot behind a range of host addresses. */
  *#slotRanges(startHva: bigint, endHva: bigint): Generator<{ slot: Slot; startGfn: bigint; endGfn: bigint }> {
    for (const slot of this.slots.all()) {
      const slotEnd = slot.hva + (slot.nPages << 12n);
      const start = startHva > slot.hva ? startHva : slot.hva;
      const end = endHva < slotEnd ? endHva : slotEnd;
      if (start >= end) continue;
      const startGfn = slot.baseGfn + ((start - slot.hva) >> 12n);
      yield { slot, startGfn, endGfn: slot.baseGfn + ((end - slot.hva + 4095n) >> 12n) };
    }
  }

  #rootsOf(asId: number): Root[] {
    return this.#roots.filter((root) => root.asId === asId);
  }

  /** The host takes a range away: every leaf over it goes. */
  hostUnmap(startHva: bigint, endHva: bigint): void {
    for (const { slot, startGfn, endGfn } of this.#slotRanges(startHva, endHva)) {
      this.#zapLeaves(this.#rootsOf(slot.asId), startGfn, endGfn);
    }
  }

  /** The host puts another frame in place: a writable one is faulted in later, a read-only one is put in at once. */
  changePte(hva: bigint, pfn: bigint, writable: boolean): void {
    for (const { slot, startGfn } of this.#slotRanges(hva, hva + 4096n)) {
      for (const root of this.#rootsOf(slot.asId)) {
        const place = lowestEntry(root.table, startGfn);
        if (place.level !== 1 || !isPresent(place.entry.spte)) continue;
        const spte = writable ? NONPRESENT : this.#changedLeaf(place.entry.spte, pfn);
        place.table.set(place.gfn, { spte });
      }
    }
  }

  #changedLeaf(spte: bigint, pfn: bigint): bigint {
    const dropped = PFN_BITS | WRITABLE | this.masks.hostWritable | this.masks.mmuWritable;
    return accessTrack(this.masks, clear(spte, dropped) | (pfn << 12n));
  }

  /** Forgets that pages of the slot were accessed. */
  age(startHva: bigint, endHva: bigint): void {
    for (const { slot, startGfn, endGfn } of this.#slotRanges(startHva, endHva)) {
      for (const root of this.#rootsOf(slot.asId)) {
        for (const { table, gfn, entry } of leavesIn(root.table, startGfn, endGfn)) {
          table.set(gfn, { spte: accessTrack(this.masks, entry.spte) });
        }
      }
    }
  }

  // --- looking at it ---

  /**
   * Every valid root, as a line one level above its entries, and every entry of it that is not empty, ascending; roots by
   * address space, then guest_mode.
   */
  dump(): DumpLine[] {
    const lines: DumpLine[] = [];
    const roots = [...this.#roots].sort((a, b) => a.asId - b.asId || a.guestMode - b.guestMode);
    for (const { asId, guestMode, table } of roots) {
      lines.push({ asId, guestMode, level: table.level + 1, gfn: 0n, spte: 0n });
      for (const { level, gfn, entry } of allEntries(table)) {
        lines.push({ asId, guestMode, level, gfn, spte: comparable(entry.spte, level) });
      }
    }
    return lines;
  }

  /** 4 KiB pages of the leaf over `gfn`; 1 where there is none. */
  leafSize(role: Role, gfn: bigint): bigint {
    const place = lowestEntry(this.loadRoot(role), gfn);
    return isLeaf(place.entry.spte, place.level) ? pagesPerLevel(place.level) : 1n;
  }

  /** Every leaf of every valid root. */
  leaves(): MappedLeaf[] {
    return this.#roots.flatMap(({ asId, table }) =>
      leavesIn(table, 0n, this.slots.limits.maxGfn).map(({ gfn, level, entry }) => ({
        asId,
        gfn,
        pages: pagesPerLevel(level),
        pfn: pfnOf(entry.spte),
        hostWritable: isHostWritable(this.masks, entry.spte),
      })),
    );
  }

  counts(): PageCounts {
    const perLevel = [0, 0, 0, 0];
    let tables = 0;
    for (const { table } of this.#roots) {
      tables += countTables(table);
      for (const { level, entry } of allEntries(table)) {
        if (isLeaf(entry.spte, level)) perLevel[level] = (perLevel[level] as number) + 1;
      }
    }
    const [, pages4k = 0, pages2m = 0, pages1g = 0] = perLevel;
    return { pages4k, pages2m, pages1g, tables, roots: this.#roots.length };
  }
}

function keyOf(slot: Slot): string {
  return `${slot.asId}:${slot.id}`;
}

function isLogged(slot: Slot | undefined): boolean {
  return slot !== undefined && (slot.flags & LOG_DIRTY_PAGES) !== 0;
}

function kindOfFault(fault: Fault): Access {
  if (fault.write) return "write";
  return fault.exec ? "fetch" : "read";
}
