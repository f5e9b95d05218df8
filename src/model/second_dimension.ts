/**
 * The oracle of second-dimension paging: what a processor does with one guest-physical access, written from the
 * manuals, in BigInt, slowly. Tests compare core's walker with it; nothing else imports it.
 *
 * It shares no constant with core on purpose. One access is decided in one piece: nothing else touches memory
 * meanwhile. Formats: Intel SDM volume 3, "VMX Support for Address Translation" (EPT), and AMD APM volume 2, "Nested
 * Paging" (NPT).
 */

import { bit, bits, field } from "./bits.js";
import { eptFormat } from "./ept.js";
import { nptFormat } from "./npt.js";

/** The processor and its mode. */
export interface ModelProcessor {
  format: "ept" | "npt";
  levels: 4 | 5;
  /** MAXPHYADDR of the host, bits. */
  maxPhyAddr: number;
  /** Pages of 1 GiB are supported. */
  page1g: boolean;
  /** EPT: X without R is supported. */
  execOnly: boolean;
  /** EPT: EPTP bit 6. NPT always maintains Accessed and Dirty. */
  accessedDirty: boolean;
  /** EPT: page-modification logging. */
  pml: boolean;
  /** NPT: EFER.NXE of the host. */
  noExecute: boolean;
}

/** One access to guest-physical memory. */
export interface ModelAccess {
  gpa: bigint;
  read: boolean;
  write: boolean;
  fetch: boolean;
  /** To the guest's own paging structures, during a walk of them. */
  guestTable: boolean;
  /** It comes from a linear address (all but loads of PAE page-directory pointers do). */
  linear: boolean;
}

/** Where tables lie, and what is in them. */
export interface ModelMemory {
  root: bigint;
  /** Whether there is memory at `hpa`. */
  has(hpa: bigint): boolean;
  /** The 64-bit word at `hpa`. */
  read(hpa: bigint): bigint;
}

export interface Permissions {
  read: boolean;
  write: boolean;
  execute: boolean;
}

/** A page was found and the access is allowed. */
export interface Translation {
  kind: "translation";
  hpa: bigint;
  level: number;
  permissions: Permissions;
  /** A later write would change no entry. */
  dirty: boolean;
  /** Entries that the access changed: hpa and new value, root first. */
  updates: { hpa: bigint; value: bigint }[];
  /** What was appended to the page-modification log. */
  logged: bigint | null;
}

/** The processor leaves the guest. */
export interface Exit {
  kind: "exit";
  reason: "ept violation" | "ept misconfiguration" | "page-modification log full" | "nested page fault" | "bad table";
  /** Exit qualification, EXITINFO1, or the bad table's hpa. */
  qualification: bigint;
}

/** What a format says of its entries. `level` is that of the table the entry lies in. */
export interface Format {
  isPresent(entry: bigint): boolean;
  mapsPage(entry: bigint, level: number): boolean;
  /** A present entry that the processor refuses for itself: misconfigured, or with a reserved bit. */
  isRefused(entry: bigint, level: number): boolean;
  /** What one entry allows. */
  permissions(entry: bigint): Permissions;
  /** What the second dimension must allow for an access. */
  needs(access: ModelAccess): Permissions;
  /** Bit numbers of Accessed and Dirty, or null if they are not maintained. */
  flags: { accessed: number; dirty: number } | null;
  exit(access: ModelAccess, cause: Cause): Exit;
}

/** Why an access is refused. */
export type Cause =
  | { kind: "not present" }
  | { kind: "refused entry" }
  /** All entries together allow only this. */
  | { kind: "permissions"; allowed: Permissions };

/** A step of the walk. */
interface Used {
  hpa: bigint;
  entry: bigint;
  level: number;
}

/** The format of a processor. */
export function modelFormat(processor: ModelProcessor): Format {
  return processor.format === "ept" ? eptFormat(processor) : nptFormat(processor);
}

/**
 * One access. `pmlIndex` is the page-modification log's index before it (0 to 511, or 0xffff).
 */
export function modelWalk(
  processor: ModelProcessor,
  memory: ModelMemory,
  access: ModelAccess,
  pmlIndex: number,
): Translation | Exit {
  const format = modelFormat(processor);
  const used: Used[] = [];

  // The tables translate 48 or 57 bits. A wider address is not mapped.
  const width = 12 + 9 * processor.levels;
  if (access.gpa >= bit(width)) return format.exit(access, { kind: "not present" });

  let table = memory.root;
  for (let level = processor.levels as number; ; level--) {
    if (!memory.has(table)) return { kind: "exit", reason: "bad table", qualification: table };
    const low = 12 + 9 * (level - 1);
    const hpa = table + 8n * field(access.gpa, low + 8, low);
    const entry = memory.read(hpa);
    if (!format.isPresent(entry)) return format.exit(access, { kind: "not present" });
    if (format.isRefused(entry, level)) return format.exit(access, { kind: "refused entry" });
    used.push({ hpa, entry, level });
    if (format.mapsPage(entry, level)) break;
    table = entry & bits(51, 12);
  }
  const allowed = allowedByAll(used.map(({ entry }) => format.permissions(entry)));
  const needs = format.needs(access);
  if (!satisfies(allowed, needs)) return format.exit(access, { kind: "permissions", allowed });
  return complete(processor, format, access, needs, allowed, used, pmlIndex);
}

function allowedByAll(each: Permissions[]): Permissions {
  return {
    read: each.every((p) => p.read),
    write: each.every((p) => p.write),
    execute: each.every((p) => p.execute),
  };
}

function satisfies(allowed: Permissions, needs: Permissions): boolean {
  return (allowed.read || !needs.read) && (allowed.write || !needs.write) && (allowed.execute || !needs.execute);
}

/** The access is allowed: flags, log, address. */
function complete(
  processor: ModelProcessor,
  format: Format,
  access: ModelAccess,
  needs: Permissions,
  permissions: Permissions,
  used: Used[],
  pmlIndex: number,
): Translation | Exit {
  const leaf = used.at(-1);
  if (leaf === undefined) throw new Error("a walk reads at least one entry");
  const updates = flagUpdates(format, needs, used);
  const logs = processor.format === "ept" && processor.accessedDirty && processor.pml;
  if (logs && updates.length > 0 && pmlIndex > 511) {
    return { kind: "exit", reason: "page-modification log full", qualification: 0n };
  }
  const dirtyBit = format.flags === null ? 0n : bit(format.flags.dirty);
  const wasDirty = (leaf.entry & dirtyBit) === dirtyBit;
  const offsetBits = 12 + 9 * (leaf.level - 1);
  return {
    kind: "translation",
    hpa: (leaf.entry & bits(51, offsetBits)) | (access.gpa & bits(offsetBits - 1, 0)),
    level: leaf.level,
    permissions,
    dirty: wasDirty || needs.write,
    updates,
    logged: logs && needs.write && !wasDirty ? access.gpa & ~bits(11, 0) : null,
  };
}

/** Accessed in every entry used; Dirty in the one that maps the page, for a write. */
function flagUpdates(format: Format, needs: Permissions, used: Used[]): { hpa: bigint; value: bigint }[] {
  if (format.flags === null) return [];
  const { accessed, dirty } = format.flags;
  const updates: { hpa: bigint; value: bigint }[] = [];
  used.forEach(({ hpa, entry }, i) => {
    let value = entry | bit(accessed);
    if (i === used.length - 1 && needs.write) value |= bit(dirty);
    if (value !== entry) updates.push({ hpa, value });
  });
  return updates;
}
