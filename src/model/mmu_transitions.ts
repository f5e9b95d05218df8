/**
 * Which change of an entry the TDP MMU may make, under which lock, and what it owes the TLBs: the specification's table
 * of legal transitions as a function. Everything not listed is a bug.
 */

import {
  adType,
  clear,
  isAccessTracked,
  isFrozen,
  isLeaf,
  isMmio,
  isPresent,
  isWritable,
  type Masks,
  NONPRESENT,
  pfnOf,
  SAVED_BITS,
  SAVED_SHIFT,
  WRITABLE,
} from "./mmu_bits.js";

/** How the changer excludes others. `detached` = it owns a table that is no longer reachable. */
export type LockMode = "none" | "read" | "write" | "detached";

/** What the changer owes the TLBs, and by when. */
export type FlushDuty = "none" | "before-epoch-exit" | "before-return" | "before-unlock" | "before-thaw" | "by-parent";

/** The kinds of entry. */
export type EntryKind = "nonpresent" | "mmio" | "frozen" | "leaf" | "table" | "impossible";

/** One judged change. */
export interface Change {
  readonly from: bigint;
  readonly to: bigint;
  readonly level: number;
  readonly lock: LockMode;
  /** The root above is invalid: no vCPU uses it, nobody will again. */
  readonly rootInvalid: boolean;
}

export type Verdict =
  | { readonly legal: true; readonly name: string; readonly flush: FlushDuty }
  | { readonly legal: false; readonly why: string };

function legal(name: string, flush: FlushDuty): Verdict {
  return { legal: true, name, flush };
}

function illegal(why: string): Verdict {
  return { legal: false, why };
}

/** Which kind an entry is. Empty entries are exactly NONPRESENT. */
export function kindOf(masks: Masks, spte: bigint, level: number): EntryKind {
  if (isPresent(spte)) return isLeaf(spte, level) ? "leaf" : "table";
  if (isFrozen(spte)) return "frozen";
  if (spte === NONPRESENT) return "nonpresent";
  return isMmio(masks, spte) ? "mmio" : "impossible";
}

/** W implies MMU-writable, MMU-writable implies host-writable. */
export function hasSoundWritability(masks: Masks, spte: bigint): boolean {
  const host = (spte & masks.hostWritable) !== 0n;
  const mmu = (spte & masks.mmuWritable) !== 0n;
  return (!mmu || host) && (!isWritable(spte) || mmu);
}

function holdsLock(change: Change): boolean {
  return change.lock === "read" || change.lock === "write";
}

function judgeFill(change: Change, to: EntryKind): Verdict {
  if (holdsLock(change)) return legal(`fill:${to}`, "none");
  return illegal("an empty entry is filled under the lock");
}

function judgeRemoval(change: Change): Verdict {
  if (change.rootInvalid && (change.lock === "read" || change.lock === "write"))
    return legal("zap:invalid-root", "none");
  if (change.lock === "write") return legal("zap", "before-unlock");
  return illegal("an entry of a valid root is removed under the write lock, or frozen first");
}

function judgeFreeze(change: Change, from: EntryKind): Verdict {
  if (change.lock === "detached") return legal("detach", "by-parent");
  const present = from === "leaf" || from === "table";
  if (change.lock === "read" && present) return legal("freeze", "before-thaw");
  return illegal("only a present entry is frozen in a live table, under the read lock");
}

/** Bits of a leaf that decide what is mapped and how; none of them may change while it is present. */
function fixedBits(masks: Masks, spte: bigint): bigint {
  const movable = WRITABLE | masks.mmuWritable | masks.accessed | masks.dirty;
  const tracking = masks.accTrack | (SAVED_BITS << SAVED_SHIFT);
  return clear(spte, movable | (adType(spte) === 1n ? tracking : 0n));
}

function gained(from: bigint, to: bigint): bigint {
  return clear(to, from);
}

/** Leaf to leaf of the same frame: restoring permissions, taking them, or the A and D bits. */
function judgeLeaf(masks: Masks, change: Change): Verdict {
  const { from, to } = change;
  if (pfnOf(from) !== pfnOf(to)) return illegal("a leaf changes its frame");
  if (fixedBits(masks, from) !== fixedBits(masks, to)) return illegal("a leaf changes what is immutable while present");
  if (!hasSoundWritability(masks, to)) return illegal("W without MMU-writable, or MMU-writable without host-writable");
  if (gained(from, to) !== 0n && isAccessTracked(masks, to)) {
    if (to === trackedForm(masks, from)) return legal("age", "none");
    return illegal("access tracking that keeps or adds permissions");
  }
  if ((gained(from, to) & masks.mmuWritable) !== 0n) return judgeRemake(masks, change);
  const losesMmuWritable = (gained(to, from) & masks.mmuWritable) !== 0n;
  if (losesMmuWritable) {
    if (change.lock === "write") return legal("write-protect:tables", "before-unlock");
    return illegal("MMU-writable is taken under the write lock");
  }
  const losesWrite = (gained(to, from) & (WRITABLE | masks.dirty)) !== 0n;
  if (losesWrite) {
    if (holdsLock(change)) return legal("write-protect:log", "before-return");
    return illegal("W or D is taken under the lock");
  }
  if ((gained(to, from) & masks.accessed) !== 0n) return legal("age", "none");
  return legal("restore", "none");
}

/** A fault under the read lock may make a shadow-protected leaf writable again. */
function judgeRemake(masks: Masks, change: Change): Verdict {
  const host = (change.from & masks.hostWritable) !== 0n;
  if (change.lock === "read" && host) return legal("remake", "none");
  return illegal("MMU-writable is given by a fault under the read lock, and never without host-writable");
}

function trackedForm(masks: Masks, from: bigint): bigint {
  const saved = (from & SAVED_BITS) << SAVED_SHIFT;
  return clear(from, masks.accTrack | masks.accessed) | saved;
}

/** Judges one change of one entry. */
export function judgeChange(masks: Masks, change: Change): Verdict {
  const from = kindOf(masks, change.from, change.level);
  const to = kindOf(masks, change.to, change.level);
  if (from === "impossible" || to === "impossible") return illegal("not an entry this VM can have");
  if (change.from === change.to && from !== "frozen") return illegal("no change");
  if (to === "frozen") return judgeFreeze(change, from);
  if (change.lock === "detached") return illegal("a detached table is only frozen");
  if (from === "frozen") {
    if (change.lock === "read" && to === "nonpresent") return legal("thaw", "none");
    return illegal("a frozen entry is thawed by its freezer, to nonpresent");
  }
  if (from === "nonpresent" || from === "mmio") {
    if (to === "nonpresent") return holdsLock(change) ? legal("zap:mmio", "none") : illegal("zapping takes the lock");
    return judgeFill(change, to);
  }
  if (to === "nonpresent") return judgeRemoval(change);
  if (to === "mmio") return illegal("an MMIO entry over a present one");
  if (from === "leaf" && to === "leaf") return judgeLeaf(masks, change);
  return judgeShape(change, from, to);
}

/** Splitting a huge leaf, or putting a huge leaf where a table was. */
function judgeShape(change: Change, from: EntryKind, to: EntryKind): Verdict {
  if (from === "leaf" && to === "table") {
    if (holdsLock(change)) return legal("split", "none");
    return illegal("a huge leaf is split under the lock");
  }
  if (from === "table" && to === "leaf") {
    if (change.lock === "read") return legal("collapse", "before-epoch-exit");
    return illegal("a table is replaced by a huge leaf under the read lock");
  }
  return illegal("a table is replaced by another");
}
