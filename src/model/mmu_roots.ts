/**
 * The oracle's page tables of one VM: its valid roots, one a role, and what the operations on ranges of gfns do to
 * them. Every operation goes over the entries from end to end; one function changes entries, and notes what a leaf's
 * change hands over to the host's frame.
 */

import {
  clear,
  isAccessed,
  isDirty,
  isLeaf,
  isPresent,
  isTable,
  LARGE_PAGE,
  type Masks,
  NONPRESENT,
  needsWriteProtectForLogging,
  PAGE_SHIFT,
  PFN_BITS,
  pfnOf,
  SAVED_SHIFT,
  WRITABLE,
} from "./mmu_bits.js";
import { pagesPerLevel } from "./mmu_memslots.js";
import { accessTrack, makeSplitChild, makeTable } from "./mmu_spte.js";
import { allEntries, comparable, type Entry, leavesIn, lowestEntry, type Place, Table } from "./mmu_tables.js";

/** Which root a vCPU uses. */
export interface Role {
  readonly asId: number;
  readonly guestMode: number;
}

export interface Root extends Role {
  readonly table: Table;
}

/** A range of gfns of one address space. */
export interface GfnRange {
  readonly asId: number;
  readonly startGfn: bigint;
  readonly endGfn: bigint;
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

/** Page counters as the VM's statistics have them. */
export interface PageCounts {
  readonly pages4k: number;
  readonly pages2m: number;
  readonly pages1g: number;
  /** Table pages without roots. */
  readonly tables: number;
  readonly roots: number;
}

/** A frame that a leaf was found to have been accessed or written through when it lost the bit that said so. */
export interface HandOver {
  readonly asId: number;
  readonly gfn: bigint;
  readonly pfn: bigint;
  readonly accessed: boolean;
  readonly dirty: boolean;
}

/** A table that stands where a huge page could be, but for execution. */
interface NxPage {
  readonly asId: number;
  readonly table: Table;
}

export class RootsModel {
  #roots: Root[] = [];
  /** In the order of their making. */
  #nxPages: NxPage[] = [];
  #handedOver: HandOver[] = [];

  constructor(
    readonly masks: Masks,
    readonly rootLevel: number,
    /** Tables' entries are tagged "A/D bits disabled". */
    readonly adDisabled: boolean,
    /** The NX huge page mitigation is on for this VM now. */
    readonly nxHugePages: () => boolean,
  ) {}

  /** The valid root of a role, made if there is none. */
  load(role: Role): Table {
    const known = this.#roots.find((r) => r.asId === role.asId && r.guestMode === role.guestMode);
    if (known !== undefined) return known.table;
    const table = new Table(this.rootLevel, 0n);
    this.#roots.push({ ...role, table });
    return table;
  }

  /** Every root is invalidated and emptied. */
  drop(): void {
    for (const { asId, table } of this.#roots)
      this.#leave(asId, { spte: NONPRESENT, child: table }, this.rootLevel + 1);
    this.#roots = [];
    this.#nxPages = [];
  }

  #of(asId: number): Root[] {
    return this.#roots.filter((root) => root.asId === asId);
  }

  #leaves({ asId, startGfn, endGfn }: GfnRange): Place[] {
    return this.#of(asId).flatMap(({ table }) => leavesIn(table, startGfn, endGfn));
  }

  // --- changing entries ---

  /** Puts `entry` in the place of what was there. */
  replace(asId: number, place: Place, entry: Entry): void {
    place.table.set(place.gfn, entry);
    this.#note(asId, place, entry.spte);
    if (place.entry.child !== undefined && entry.child === undefined) this.#leave(asId, place.entry, place.level);
  }

  /** Dirty and Accessed that a leaf loses are the frame's from now on. */
  #note(asId: number, { entry, level, gfn }: Place, spte: bigint): void {
    if (!isLeaf(entry.spte, level)) return;
    const stays = isLeaf(spte, level);
    const accessed = isAccessed(this.masks, entry.spte) && !(stays && isAccessed(this.masks, spte));
    const dirty = isDirty(this.masks, entry.spte) && !(stays && isDirty(this.masks, spte));
    if (accessed || dirty) this.#handedOver.push({ asId, gfn, pfn: pfnOf(entry.spte), accessed, dirty });
  }

  /** A table goes, with all below it. */
  #leave(asId: number, { child }: Entry, level: number): void {
    if (child === undefined || level === 0) return;
    this.#nxPages = this.#nxPages.filter(({ table }) => table !== child);
    for (const place of allEntries(child)) {
      this.#note(asId, place, NONPRESENT);
      this.#nxPages = this.#nxPages.filter(({ table }) => table !== place.entry.child);
    }
  }

  /** What was handed over since the last call. */
  takeHandedOver(): HandOver[] {
    const taken = this.#handedOver;
    this.#handedOver = [];
    return taken;
  }

  /** Puts a table in the place of an empty entry or a huge leaf, which it then holds the parts of. */
  linkChild(asId: number, place: Place, nxHugePageDisallowed: boolean): Table {
    const { table, gfn, entry } = place;
    const child = new Table(table.level - 1, gfn - (gfn % pagesPerLevel(table.level)), nxHugePageDisallowed);
    if (isLeaf(entry.spte, table.level)) this.#fillSplit(child, entry.spte);
    this.replace(asId, place, { spte: makeTable(this.masks, 0n, this.adDisabled), child });
    return child;
  }

  #fillSplit(child: Table, huge: bigint): void {
    const rights = { mayExecute: true, nxHugePages: this.nxHugePages() };
    for (let i = 0; i < 512; i++) {
      child.set(child.gfnOf(i), { spte: makeSplitChild(this.masks, huge, child.level + 1, i, rights) });
    }
  }

  // --- ranges ---

  /** Every leaf that maps part of the range goes. */
  zap(range: GfnRange): void {
    for (const place of this.#leaves(range)) this.replace(range.asId, place, { spte: NONPRESENT });
  }

  /** Every huge leaf that maps part of the range goes. */
  zapHuge(range: GfnRange): void {
    const huge = this.#leaves(range).filter(({ level }) => level > 1);
    for (const place of huge) this.replace(range.asId, place, { spte: NONPRESENT });
  }

  #clearBits(asId: number, places: readonly Place[], bits: (spte: bigint) => bigint): void {
    for (const place of places) {
      const { spte } = place.entry;
      const cleared = clear(spte, bits(spte));
      if (cleared !== spte) this.replace(asId, place, { spte: cleared });
    }
  }

  /** Takes W, and no more, from leaves of `minLevel` and above: for the dirty log. */
  writeProtect(range: GfnRange, minLevel: number): void {
    const places = this.#leaves(range).filter(({ level }) => level >= minLevel);
    this.#clearBits(range.asId, places, () => WRITABLE);
  }

  /** Takes W and MMU-writable from the leaves: only a fault under the lock gives them back. */
  writeProtectForGood(range: GfnRange): void {
    this.#clearBits(range.asId, this.#leaves(range), () => WRITABLE | this.masks.mmuWritable);
  }

  /** Takes what says "dirty" from 4 KiB leaves: D, or W where hardware's D does not serve. */
  clearDirty(range: GfnRange): void {
    const places = this.#leaves(range).filter(({ level }) => level === 1);
    this.#clearBits(range.asId, places, (spte) => (needsWriteProtectForLogging(spte) ? WRITABLE : this.masks.dirty));
  }

  /** Splits the leaves above `target` that map part of the range, level by level. */
  split(range: GfnRange, target: number): void {
    for (let level = 3; level > target; level--) {
      for (const place of this.#leaves(range)) {
        if (place.level === level) this.linkChild(range.asId, place, false);
      }
    }
  }

  /**
   * Puts a huge leaf in the place of each table of the range that begins in it and that `permits` allows, the small ones
   * first: made of the first leaf below it. What execution made small stays so.
   */
  recover({ asId, startGfn, endGfn }: GfnRange, permits: (gfn: bigint, level: number) => boolean): void {
    for (const { table } of this.#of(asId)) {
      for (const level of [2, 3]) {
        for (const place of [...allEntries(table)].filter((p) => p.level === level)) {
          const { child } = place.entry;
          if (child === undefined || hasNxTable(child)) continue;
          if (place.gfn < startGfn || place.gfn >= endGfn || !permits(place.gfn, level)) continue;
          const spte = this.#hugeOf(place);
          if (spte !== undefined) this.replace(asId, place, { spte });
        }
      }
    }
  }

  /** The leaf of `place`'s level that the first leaf below it is a part of. */
  #hugeOf({ gfn, level, entry }: Place): bigint | undefined {
    const first = leavesIn(entry.child as Table, gfn, gfn + pagesPerLevel(level))[0];
    if (first === undefined) return undefined;
    const { spte } = first.entry;
    const pfn = pfnOf(spte) - (pfnOf(spte) % pagesPerLevel(level));
    const huge = clear(spte, PFN_BITS) | (pfn << PAGE_SHIFT) | LARGE_PAGE;
    // Permissions that access tracking has put aside are not given back executable either.
    const execute = this.masks.x | (this.masks.x << SAVED_SHIFT);
    return this.nxHugePages() ? clear(huge, execute) | this.masks.nx : huge;
  }

  /** Forgets that the range was accessed. Returns 4 KiB pages of the leaves that had been; two roots count twice. */
  age(range: GfnRange): bigint {
    let young = 0n;
    for (const place of this.#leaves(range)) {
      const { spte } = place.entry;
      if (!isAccessed(this.masks, spte)) continue;
      this.replace(range.asId, place, { spte: accessTrack(this.masks, spte) });
      young += pagesPerLevel(place.level);
    }
    return young;
  }

  /** Part of the range was accessed since it was last aged. */
  isYoung(range: GfnRange): boolean {
    return this.#leaves(range).some(({ entry }) => isAccessed(this.masks, entry.spte));
  }

  /** The host has another frame at `gfn`: a read-only one is put in at once, a writable one by a fault. */
  changePte(asId: number, gfn: bigint, pfn: bigint, writable: boolean): void {
    for (const { table } of this.#of(asId)) {
      const place = lowestEntry(table, gfn);
      if (place.level !== 1 || !isPresent(place.entry.spte)) continue;
      const spte = writable ? NONPRESENT : this.#changedLeaf(place.entry.spte, pfn);
      this.#note(asId, place, NONPRESENT);
      place.table.set(place.gfn, { spte });
    }
  }

  #changedLeaf(spte: bigint, pfn: bigint): bigint {
    const dropped = PFN_BITS | WRITABLE | this.masks.hostWritable | this.masks.mmuWritable;
    return accessTrack(this.masks, clear(spte, dropped) | (pfn << PAGE_SHIFT));
  }

  // --- the NX huge page mitigation ---

  /** A table was linked where a huge page was possible. */
  trackNx(asId: number, table: Table): void {
    this.#nxPages.push({ asId, table });
  }

  get nxLpageSplits(): number {
    return this.#nxPages.length;
  }

  /** Takes the first of them off the list: zapped, unless `keep` says that it stays a table. */
  recoverNx(keep: (asId: number, gfn: bigint) => boolean): void {
    const page = this.#nxPages.shift();
    if (page === undefined) return;
    const { asId, table } = page;
    if (keep(asId, table.baseGfn)) {
      table.nxHugePageDisallowed = false;
      return;
    }
    const place = this.#of(asId)
      .flatMap((root) => [...allEntries(root.table)])
      .find(({ entry }) => entry.child === table);
    if (place === undefined) throw new Error("a table on the NX list is in no root");
    this.replace(asId, place, { spte: NONPRESENT });
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

  /** Page counters as the VM's statistics have them, of a dump. */
  counts(lines: readonly DumpLine[] = this.dump()): PageCounts {
    const leaves = (level: number): number => lines.filter((l) => l.level === level && isLeaf(l.spte, level)).length;
    const tables = lines.filter((l) => isTable(l.spte, l.level)).length;
    return { pages4k: leaves(1), pages2m: leaves(2), pages1g: leaves(3), tables, roots: this.#roots.length };
  }
}

/** The table, or one below it, stands where a huge page could be but for execution. */
function hasNxTable(table: Table): boolean {
  return (
    table.nxHugePageDisallowed || [...allEntries(table)].some(({ entry }) => entry.child?.nxHugePageDisallowed === true)
  );
}
