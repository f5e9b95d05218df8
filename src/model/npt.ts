/**
 * Nested page tables for the oracle. AMD APM volume 2, "Nested Paging" and "Long-Mode Page Translation".
 */
import { bit, bits, field } from "./bits.js";
import type { Cause, Exit, Format, ModelAccess, ModelProcessor, Permissions } from "./second_dimension.js";

export function nptFormat(processor: ModelProcessor): Format {
  return {
    isPresent: (entry) => field(entry, 0, 0) === 1n,
    mapsPage,
    isRefused: (entry, level) => (entry & reservedBits(processor, entry, level)) !== 0n,
    permissions,
    needs,
    flags: { accessed: 5, dirty: 6 },
    exit: (access, cause) => exit(processor, access, cause),
  };
}

/** A PTE always; a PDE or PDPE if PS is set; a PML4E or PML5E never. */
function mapsPage(entry: bigint, level: number): boolean {
  if (level === 1) return true;
  if (level === 2 || level === 3) return field(entry, 7, 7) === 1n;
  return false;
}

/** The figures of "Long-Mode Page Translation": bits marked MBZ, and what the processor lacks. */
function reservedBits(processor: ModelProcessor, entry: bigint, level: number): bigint {
  let everywhere = bits(51, processor.maxPhyAddr);
  if (!processor.noExecute) everywhere |= bit(63);
  const isPage = field(entry, 7, 7) === 1n;
  switch (level) {
    case 5: // PML5E
    case 4: // PML4E
      return everywhere | bits(8, 7);
    case 3: // PDPE
      if (!processor.page1g) return everywhere | bit(7);
      return isPage ? everywhere | bits(29, 13) : everywhere;
    case 2: // PDE
      return isPage ? everywhere | bits(20, 13) : everywhere;
    default: // PTE
      return everywhere;
  }
}

/** Nested accesses are user accesses: without U/S nothing is allowed. */
function permissions(entry: bigint): Permissions {
  const user = field(entry, 2, 2) === 1n;
  return {
    read: user,
    write: user && field(entry, 1, 1) === 1n,
    execute: user && field(entry, 63, 63) === 0n,
  };
}

/** Walks of guest page tables are always data writes at the nested level. */
function needs(access: ModelAccess): Permissions {
  if (access.guestTable) return { read: true, write: true, execute: false };
  return { read: access.read, write: access.write, execute: access.fetch };
}

/** EXITINFO1: "Nested versus Guest Page Faults, Fault Ordering". */
function exit(processor: ModelProcessor, access: ModelAccess, cause: Cause): Exit {
  let errorCode = bit(2); // US: nested accesses are user accesses
  if (cause.kind !== "not present") errorCode |= bit(0); // P
  if (needs(access).write) errorCode |= bit(1); // RW
  if (cause.kind === "refused entry") errorCode |= bit(3); // RSV
  if (needs(access).execute && processor.noExecute) errorCode |= bit(4); // ID
  errorCode |= access.guestTable ? bit(33) : bit(32);
  return { kind: "exit", reason: "nested page fault", qualification: errorCode };
}
