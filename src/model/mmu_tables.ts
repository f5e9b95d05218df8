/** The oracle's page tables: plain objects with a map of entries. A missing entry is an empty one. */

import { bit } from "./bits.js";
import { clear, isLeaf, isPresent, NONPRESENT, PFN_BITS } from "./mmu_bits.js";
import { pagesPerLevel } from "./mmu_memslots.js";

/** One entry; `child` exactly when it points to a table, whose frame number is then 0 in `spte`. */
export interface Entry {
  readonly spte: bigint;
  readonly child?: Table;
}

const ENTRIES = 512;
const EMPTY: Entry = { spte: NONPRESENT };

/** One table page. */
export class Table {
  readonly #entries = new Array<Entry>(ENTRIES).fill(EMPTY);

  constructor(
    readonly level: number,
    /** First gfn below it. */
    readonly baseGfn: bigint,
    /** role.nx_huge_page_disallowed: a huge page was possible here, but execution forbade it. */
    public nxHugePageDisallowed = false,
  ) {}

  indexOf(gfn: bigint): number {
    return Number((gfn / pagesPerLevel(this.level)) % BigInt(ENTRIES));
  }

  /** First gfn of an entry. */
  gfnOf(index: number): bigint {
    return this.baseGfn + BigInt(index) * pagesPerLevel(this.level);
  }

  get(gfn: bigint): Entry {
    return this.#entries[this.indexOf(gfn)] as Entry;
  }

  set(gfn: bigint, entry: Entry): void {
    this.#entries[this.indexOf(gfn)] = entry.spte === NONPRESENT ? EMPTY : entry;
  }

  /** The entries that are not empty, ascending. */
  entries(): [bigint, Entry][] {
    const found: [bigint, Entry][] = [];
    this.#entries.forEach((entry, index) => {
      if (entry !== EMPTY) found.push([this.gfnOf(index), entry]);
    });
    return found;
  }
}

/** Where an entry stands. */
export interface Place {
  readonly table: Table;
  readonly gfn: bigint;
  readonly level: number;
  readonly entry: Entry;
}

/** Every entry that is not empty, tables before what they hold, ascending by gfn. */
export function* allEntries(table: Table): Generator<Place> {
  for (const [gfn, entry] of table.entries()) {
    yield { table, gfn, level: table.level, entry };
    if (entry.child !== undefined) yield* allEntries(entry.child);
  }
}

/** Every leaf that maps part of [startGfn, endGfn). */
export function leavesIn(table: Table, startGfn: bigint, endGfn: bigint): Place[] {
  return [...allEntries(table)].filter(({ entry, level, gfn }) => {
    return isLeaf(entry.spte, level) && gfn < endGfn && gfn + pagesPerLevel(level) > startGfn;
  });
}

/** The lowest entry on the way to `gfn`: a leaf, an empty one or an MMIO one. */
export function lowestEntry(root: Table, gfn: bigint): Place {
  let table = root;
  for (;;) {
    const entry = table.get(gfn);
    if (entry.child === undefined) {
      const index = table.indexOf(gfn);
      return { table, gfn: table.gfnOf(index), level: table.level, entry };
    }
    table = entry.child;
  }
}

/** An entry as it is compared: a table's address is nobody's business. */
export function comparable(spte: bigint, level: number): bigint {
  const pointsToTable = isPresent(spte) && !isLeaf(spte, level);
  return pointsToTable ? clear(spte, PFN_BITS) : spte;
}

/** Sanity of a gfn against the width of physical addresses. */
export function maxGfnOf(maxPhyAddr: number): bigint {
  return bit(maxPhyAddr - 12);
}
