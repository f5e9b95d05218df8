/**
 * EPT for the oracle. Intel SDM volume 3, "The Extended Page Table Mechanism (EPT)"; the numbers of the rules in
 * isRefused follow "EPT Misconfigurations".
 */
import { bit, bits, field } from "./bits.js";
import type { Cause, Exit, Format, ModelAccess, ModelProcessor, Permissions } from "./second_dimension.js";

export function eptFormat(processor: ModelProcessor): Format {
  return {
    isPresent: (entry) => field(entry, 2, 0) !== 0n,
    mapsPage,
    isRefused: (entry, level) => isMisconfigured(processor, entry, level),
    permissions: (entry) => ({
      read: field(entry, 0, 0) === 1n,
      write: field(entry, 1, 1) === 1n,
      execute: field(entry, 2, 2) === 1n,
    }),
    needs: (access) => needs(processor, access),
    flags: processor.accessedDirty ? { accessed: 8, dirty: 9 } : null,
    exit: (access, cause) => exit(processor, access, cause),
  };
}

/** An EPT PTE always; a PDE or PDPTE if bit 7 is set; a PML4E or PML5E never. */
function mapsPage(entry: bigint, level: number): boolean {
  if (level === 1) return true;
  if (level === 2 || level === 3) return field(entry, 7, 7) === 1n;
  return false;
}

function isMisconfigured(processor: ModelProcessor, entry: bigint, level: number): boolean {
  // 1. Writable but not readable: 010b or 110b.
  const xwr = field(entry, 2, 0);
  if (xwr === 0b010n || xwr === 0b110n) return true;
  // 2. Execute-only, where the processor does not support it.
  if (xwr === 0b100n && !processor.execOnly) return true;
  // 3. A reserved bit, also one of 51:12 beyond the physical-address width.
  if ((entry & reservedBits(processor, entry, level)) !== 0n) return true;
  // 4. The last entry of a translation with a reserved memory type.
  const memoryType = field(entry, 5, 3);
  return mapsPage(entry, level) && (memoryType === 2n || memoryType === 3n || memoryType === 7n);
}

/** "Format of an EPT ... Entry", one table of the manual after the other. */
function reservedBits(processor: ModelProcessor, entry: bigint, level: number): bigint {
  const beyondWidth = bits(51, processor.maxPhyAddr);
  const isPage = field(entry, 7, 7) === 1n;
  switch (level) {
    case 5: // PML5E
    case 4: // PML4E
      return beyondWidth | bits(7, 3);
    case 3: // PDPTE
      if (!processor.page1g) return beyondWidth | bits(7, 3);
      return isPage ? beyondWidth | bits(29, 12) : beyondWidth | bits(6, 3);
    case 2: // PDE
      return isPage ? beyondWidth | bits(20, 12) : beyondWidth | bits(6, 3);
    default: // PTE
      return beyondWidth;
  }
}

/** "EPT Violations"; with A/D, accesses to guest paging structures are treated as writes. */
function needs(processor: ModelProcessor, access: ModelAccess): Permissions {
  const treatedAsWrite = access.guestTable && processor.accessedDirty;
  return {
    read: access.read || treatedAsWrite,
    write: access.write || treatedAsWrite,
    execute: access.fetch,
  };
}

/** "Exit Qualification for EPT Violations". */
function exit(processor: ModelProcessor, access: ModelAccess, cause: Cause): Exit {
  if (cause.kind === "refused entry") {
    return { kind: "exit", reason: "ept misconfiguration", qualification: 0n };
  }
  let qualification = 0n;
  // Bits 2:0, the access. One to guest paging structures that is treated as a write sets both 0 and 1.
  const { read, write, execute } = needs(processor, access);
  if (read) qualification |= bit(0);
  if (write) qualification |= bit(1);
  if (execute) qualification |= bit(2);
  // Bits 5:3, what the entries used allow; cleared if any of them is not present.
  if (cause.kind === "permissions") {
    if (cause.allowed.read) qualification |= bit(3);
    if (cause.allowed.write) qualification |= bit(4);
    if (cause.allowed.execute) qualification |= bit(5);
  }
  // Bit 7, the guest-linear address is valid; bit 8, then: the access was to its translation.
  if (access.linear) qualification |= bit(7);
  if (access.linear && !access.guestTable) qualification |= bit(8);
  return { kind: "exit", reason: "ept violation", qualification };
}
