/**
 * SPTE bits of the oracle: what each bit of a 64-bit entry means in a VM that speaks EPT or NPT, and the questions one
 * can ask of an entry. Slow and obvious on purpose: BigInt, no tables, nothing shared with core, so that an error in
 * core's constants cannot hide here.
 *
 *   63      58 57 56 54 53:52 51 ........ 12 11 10 9 8 7 6 5:3 2 1 0
 *   SVE     MW HW sX sR  A/D     PFN         MP  . D A L IPAT MT X W R     EPT
 *   NX                   A/D     PFN         MP MW HW G L D A .  U W P     NPT
 *
 * MP = MMU-present, the only definition of present. MW, HW = MMU-writable, host-writable. sR, sX = saved by access
 * tracking. A/D = how Accessed and Dirty are kept (AD_* below). L = large page.
 */

import { bit, bits } from "./bits.js";

const ALL_64 = bits(63, 0);

/** `value` without the bits of `mask`. */
export function clear(value: bigint, mask: bigint): bigint {
  return value & ~mask & ALL_64;
}

export type Format = "ept" | "npt";

export const PAGE_SHIFT = 12n;
export const PFN_BITS = bits(51, 12);
export const WRITABLE = bit(1);
export const LARGE_PAGE = bit(7);
export const MMU_PRESENT = bit(11);
/** SUPPRESS_VE in EPT, NX in NPT: also what makes an empty entry. */
export const BIT_63 = bit(63);

export const NONPRESENT = BIT_63;
export const FROZEN = NONPRESENT | 0x5a0n;

/** Bits 53:52. 0: hardware keeps A and D; 1: nobody does; 2: hardware does, but logging must write-protect. */
export const AD_DISABLED = 1n;
export const AD_WRPROT_ONLY = 2n;
export const AD_TYPE_SHIFT = 52n;
export const AD_TYPE_BITS = bits(53, 52);

/** Access tracking keeps R and X this many bits higher. */
export const SAVED_SHIFT = 54n;
export const SAVED_BITS = bit(0) | bit(2);

export const ACC_EXEC = 1;
export const ACC_WRITE = 2;
export const ACC_USER = 4;
export const ACC_ALL = 7;

export const MMIO_GENERATION_BITS = 19;

/** What a VM's entries are made of: fixed when the VM is created. */
export interface Masks {
  readonly format: Format;
  /** Set in every entry that translates. */
  readonly present: bigint;
  readonly user: bigint;
  readonly x: bigint;
  readonly nx: bigint;
  readonly accessed: bigint;
  readonly dirty: bigint;
  readonly hostWritable: bigint;
  readonly mmuWritable: bigint;
  /** Cleared from a leaf by access tracking without A bits; 0 where that does not exist. */
  readonly accTrack: bigint;
  /** Memory type of guest memory in a leaf. */
  readonly memtype: bigint;
  readonly mmioValue: bigint;
  readonly mmioMask: bigint;
  readonly mmioAccess: bigint;
  /** Address bits forced to 1 in entries that do not translate (L1 terminal fault); 0 = no mitigation. */
  readonly nonpresentOrReserved: bigint;
}

/** What a host may or may not have, as far as SPTE bits depend on it. */
export interface HostTraits {
  /** EPT only: entries with X and without R are legal. */
  readonly execOnly: boolean;
  /** Physical address width, bits. */
  readonly maxPhyAddr: number;
  /** The L1TF mitigation is on. */
  readonly l1tf: boolean;
}

const L1TF_BITS = 5;

function l1tfMask(host: HostTraits): bigint {
  return host.l1tf ? bits(host.maxPhyAddr - 1, host.maxPhyAddr - L1TF_BITS) : 0n;
}

function eptMasks(host: HostTraits): Masks {
  const [read, write, execute] = [bit(0), bit(1), bit(2)];
  const [writeBack, ignorePat] = [6n << 3n, bit(6)];
  return {
    format: "ept",
    present: BIT_63 | (host.execOnly ? 0n : read),
    user: read,
    x: execute,
    nx: 0n,
    accessed: bit(8),
    dirty: bit(9),
    hostWritable: bit(57),
    mmuWritable: bit(58),
    accTrack: read | write | execute,
    memtype: writeBack | ignorePat,
    mmioValue: write | execute,
    mmioMask: read | write | execute | BIT_63,
    mmioAccess: 0n,
    nonpresentOrReserved: l1tfMask(host),
  };
}

function nptMasks(host: HostTraits): Masks {
  const reserved = host.maxPhyAddr < 52 ? bit(51) | bit(0) : 0n;
  return {
    format: "npt",
    present: bit(0),
    user: bit(2),
    x: 0n,
    nx: BIT_63,
    accessed: bit(5),
    dirty: bit(6),
    hostWritable: bit(9),
    mmuWritable: bit(10),
    accTrack: 0n,
    memtype: 0n,
    mmioValue: reserved,
    mmioMask: reserved,
    mmioAccess: BigInt(ACC_WRITE | ACC_USER),
    nonpresentOrReserved: l1tfMask(host),
  };
}

/** The masks of a VM of `format` on `host`. */
export function masksOf(format: Format, host: HostTraits): Masks {
  return format === "ept" ? eptMasks(host) : nptMasks(host);
}

export function isPresent(spte: bigint): boolean {
  return (spte & MMU_PRESENT) !== 0n;
}

export function isFrozen(spte: bigint): boolean {
  return spte === FROZEN;
}

/** An MMIO entry of this VM. Where MMIO entries are off (mmioMask 0) there is none. */
export function isMmio(masks: Masks, spte: bigint): boolean {
  return masks.mmioMask !== 0n && !isPresent(spte) && (spte & masks.mmioMask) === masks.mmioValue;
}

/** A present entry that maps a page rather than a table. */
export function isLeaf(spte: bigint, level: number): boolean {
  return isPresent(spte) && (level === 1 || (spte & LARGE_PAGE) !== 0n);
}

export function isTable(spte: bigint, level: number): boolean {
  return isPresent(spte) && !isLeaf(spte, level);
}

export function pfnOf(spte: bigint): bigint {
  return (spte & PFN_BITS) >> PAGE_SHIFT;
}

export function adType(spte: bigint): bigint {
  return (spte & AD_TYPE_BITS) >> AD_TYPE_SHIFT;
}

/** Hardware keeps A and D in this entry. */
export function isAdEnabled(spte: bigint): boolean {
  return adType(spte) !== AD_DISABLED;
}

/** Dirty logging must take W from this entry: no D, or none that counts. */
export function needsWriteProtectForLogging(spte: bigint): boolean {
  return adType(spte) !== 0n;
}

export function isWritable(spte: bigint): boolean {
  return (spte & WRITABLE) !== 0n;
}

export function isHostWritable(masks: Masks, spte: bigint): boolean {
  return (spte & masks.hostWritable) !== 0n;
}

export function isMmuWritable(masks: Masks, spte: bigint): boolean {
  return (spte & masks.mmuWritable) !== 0n;
}

/** Present, but its permissions are put aside until the next access. */
export function isAccessTracked(masks: Masks, spte: bigint): boolean {
  return !isAdEnabled(spte) && masks.accTrack !== 0n && (spte & masks.accTrack) === 0n;
}

export function isAccessed(masks: Masks, spte: bigint): boolean {
  return isAdEnabled(spte) ? (spte & masks.accessed) !== 0n : !isAccessTracked(masks, spte);
}

export function isDirty(masks: Masks, spte: bigint): boolean {
  return isAdEnabled(spte) ? (spte & masks.dirty) !== 0n : isWritable(spte);
}

/** What kind of access a translation is asked for. */
export type Access = "read" | "write" | "fetch";

/** The entry itself permits the access; says nothing of the levels above. */
export function allows(masks: Masks, spte: bigint, access: Access): boolean {
  if (access === "fetch") return (spte & (masks.x | masks.nx)) === masks.x && !(masks.x === 0n && masks.nx === 0n);
  if (access === "write") return isWritable(spte);
  return masks.format === "ept" ? (spte & bit(0)) !== 0n : (spte & masks.present) !== 0n;
}
