/**
 * The bits of an SPTE: predicates and pure changes. Masks differ between EPT and NPT and are fields of the Vm.
 *
 *   bit        EPT                          NPT
 *   2 1 0      X W R                        U W P
 *   5..3, 6    memory type, IPAT (leaf)     PWT PCD A | D
 *   7          large page                   PS
 *   8 9        A D                          G | HOST_WRITABLE (sw)
 *   10         -                            MMU_WRITABLE (sw)
 *   11         MMU_PRESENT (sw): the only meaning of "present" here
 *   51..12     frame number
 *   53 52      A/D type (sw)
 *   54 56      saved R, saved X of an access-tracked entry (sw; EPT without A/D bits)
 *   57 58      HOST_WRITABLE, MMU_WRITABLE (sw)
 *   63         suppress #VE                 NX
 *
 * W is bit 1 in both. HOST_WRITABLE: the host lets us write; constant while present. MMU_WRITABLE: W may be set again
 * without a lock. MMU_WRITABLE implies HOST_WRITABLE, W implies MMU_WRITABLE.
 */

import { PARAM_AD, PARAM_MMIO_CACHING, PARAM_PML, TDP_EPT, Vm } from "../layout/vm";
import { Pfn } from "../layout/types";
import {
  SPTE_STATE_FROZEN,
  SPTE_STATE_LEAF,
  SPTE_STATE_MMIO,
  SPTE_STATE_NONPRESENT,
  SPTE_STATE_TABLE,
} from "../layout/spte_states";

export const SPTE_WRITABLE: u64 = 1 << 1;
export const SPTE_LARGE: u64 = 1 << 7;
export const SPTE_MMU_PRESENT: u64 = 1 << 11;
export const SPTE_PFN_MASK: u64 = 0x000ffffffffff000;

export const SPTE_AD_TYPE_MASK: u64 = (<u64>3) << 52;
export const SPTE_AD_ENABLED: u64 = 0;
export const SPTE_AD_DISABLED: u64 = (<u64>1) << 52;
/** A/D bits usable, but dirty logging must write-protect: PML would log addresses of a nested guest. */
export const SPTE_AD_WRPROT_ONLY: u64 = (<u64>2) << 52;

/** R and X (bits 0 and 2) of an access-tracked entry are kept shifted by this. */
export const SPTE_SAVED_BITS_SHIFT: u64 = 54;
export const SPTE_SAVED_BITS_MASK: u64 = 0x5;

/** Empty. Bit 63 keeps EPT from turning a violation into #VE; tables are filled with it, not with zero. */
export const SPTE_NONPRESENT: u64 = (<u64>1) << 63;
/** Being zapped by another thread: not present, and nobody may install anything. Compared as a whole word. */
export const SPTE_FROZEN: u64 = SPTE_NONPRESENT | 0x5a0;

// @ts-ignore: decorator
@inline
export function isPresent(spte: u64): bool {
  return (spte & SPTE_MMU_PRESENT) != 0;
}

// @ts-ignore: decorator
@inline
export function isFrozen(spte: u64): bool {
  return spte == SPTE_FROZEN;
}

/** A present entry that maps memory rather than a table. */
// @ts-ignore: decorator
@inline
export function isLastSpte(spte: u64, level: u32): bool {
  return level == 1 || (spte & SPTE_LARGE) != 0;
}

// @ts-ignore: decorator
@inline
export function isLeaf(spte: u64, level: u32): bool {
  return isPresent(spte) && isLastSpte(spte, level);
}

// @ts-ignore: decorator
@inline
export function isTable(spte: u64, level: u32): bool {
  return isPresent(spte) && !isLastSpte(spte, level);
}

// @ts-ignore: decorator
@inline
export function spteToPfn(spte: u64): Pfn {
  return (spte & SPTE_PFN_MASK) >> 12;
}

/** Address of the table that a present non-leaf entry points to: our own tables are always in the arena. */
// @ts-ignore: decorator
@inline
export function spteToTable(spte: u64): usize {
  return <usize>(spte & SPTE_PFN_MASK);
}

// @ts-ignore: decorator
@inline
export function isWritable(spte: u64): bool {
  return (spte & SPTE_WRITABLE) != 0;
}

// @ts-ignore: decorator
@inline
export function isMmuWritable(vm: Vm, spte: u64): bool {
  return (spte & vm.mmuWritableMask) != 0;
}

// @ts-ignore: decorator
@inline
export function isExecutable(vm: Vm, spte: u64): bool {
  return (spte & (vm.xMask | vm.nxMask)) == vm.xMask;
}

// @ts-ignore: decorator
@inline
export function isAdEnabled(spte: u64): bool {
  return (spte & SPTE_AD_TYPE_MASK) != SPTE_AD_DISABLED;
}

/** Dirty logging must clear W of this entry; clearing D would not do. */
// @ts-ignore: decorator
@inline
export function needsWriteProtectForLogging(spte: u64): bool {
  return (spte & SPTE_AD_TYPE_MASK) != SPTE_AD_ENABLED;
}

/** Whether the VM's processors log the pages whose Dirty they set (PML), when they are told to. */
// @ts-ignore: decorator
@inline
export function vmHasPml(vm: Vm): bool {
  return vm.tdp == TDP_EPT && (vm.params & (PARAM_PML | PARAM_AD)) == (PARAM_PML | PARAM_AD);
}

/** Leaf whose permissions were taken away to see the next access (EPT without A/D bits only). */
// @ts-ignore: decorator
@inline
export function isAccessTracked(vm: Vm, spte: u64): bool {
  return !isAdEnabled(spte) && (spte & vm.accTrackMask) == 0;
}

// @ts-ignore: decorator
@inline
export function isAccessed(vm: Vm, spte: u64): bool {
  return isAdEnabled(spte) ? (spte & vm.accessedMask) != 0 : !isAccessTracked(vm, spte);
}

// @ts-ignore: decorator
@inline
export function isDirty(vm: Vm, spte: u64): bool {
  return (spte & (isAdEnabled(spte) ? vm.dirtyMask : SPTE_WRITABLE)) != 0;
}

/**
 * A leaf that others may change while we hold mmu_lock for write: a fast page fault may set W, the processor may set D.
 * Such an entry is replaced by an atomic operation whose returned old value counts. Accessed is best effort and
 * left out; entries without A/D bits are always replaced atomically, because their permissions are their A/D bits.
 */
// @ts-ignore: decorator
@inline
export function needsAtomicUpdate(vm: Vm, spte: u64): bool {
  if (!isAdEnabled(spte)) return true;
  return isWritable(spte) ? (spte & vm.dirtyMask) == 0 : isMmuWritable(vm, spte);
}

/** Clears Accessed. Without A/D bits also hides R and X and drops W, so that the next access faults. */
export function markForAccessTracking(vm: Vm, spte: u64): u64 {
  if (isAdEnabled(spte)) return spte & ~vm.accessedMask;
  if (isAccessTracked(vm, spte)) return spte;
  const saved = (spte & SPTE_SAVED_BITS_MASK) << SPTE_SAVED_BITS_SHIFT;
  return (spte & ~(vm.accTrackMask | vm.accessedMask | (SPTE_SAVED_BITS_MASK << SPTE_SAVED_BITS_SHIFT))) | saved;
}

/** Gives an access-tracked entry its R and X back; W is a write fault's to set. */
export function restoreAccessTracked(vm: Vm, spte: u64): u64 {
  const saved = (spte >> SPTE_SAVED_BITS_SHIFT) & SPTE_SAVED_BITS_MASK;
  return (spte & ~(SPTE_SAVED_BITS_MASK << SPTE_SAVED_BITS_SHIFT)) | saved | vm.accessedMask;
}

/** The entry already allows an access that wants write (`write` != 0), execute (`exec` != 0), or read. */
// @ts-ignore: decorator
@inline
export function isAccessAllowed(vm: Vm, spte: u64, write: u32, exec: u32): bool {
  if (!isPresent(spte)) return false;
  if (exec != 0) return isExecutable(vm, spte);
  if (write != 0) return isWritable(spte);
  return (spte & vm.userMask) != 0;
}

/** An MMIO SPTE: not present, and made so that the processor reports it as misconfigured or reserved. */
// @ts-ignore: decorator
@inline
export function isMmioSpte(vm: Vm, spte: u64): bool {
  return (spte & vm.mmioMask) == vm.mmioValue && (vm.params & PARAM_MMIO_CACHING) != 0;
}

/** SPTE_STATE_* of an entry at `level`. */
export function spteState(vm: Vm, spte: u64, level: u32): u32 {
  if (isPresent(spte)) return isLastSpte(spte, level) ? SPTE_STATE_LEAF : SPTE_STATE_TABLE;
  if (isFrozen(spte)) return SPTE_STATE_FROZEN;
  return isMmioSpte(vm, spte) ? SPTE_STATE_MMIO : SPTE_STATE_NONPRESENT;
}
