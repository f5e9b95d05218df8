/**
 * The oracle's makers of entries: leaves (make_spte), tables, MMIO entries, children of a split, the access-tracked form.
 * Each follows the specification's order of steps, one line a step.
 */

import { bits } from "./bits.js";
import {
  ACC_EXEC,
  ACC_USER,
  ACC_WRITE,
  AD_DISABLED,
  AD_TYPE_SHIFT,
  AD_WRPROT_ONLY,
  BIT_63,
  clear,
  isAccessTracked,
  isAdEnabled,
  isLeaf,
  isWritable,
  LARGE_PAGE,
  type Masks,
  MMIO_GENERATION_BITS,
  MMU_PRESENT,
  PAGE_SHIFT,
  SAVED_BITS,
  SAVED_SHIFT,
  WRITABLE,
} from "./mmu_bits.js";

/** How a table page keeps A and D: a property of its role and its VM. */
export interface PageTraits {
  readonly level: number;
  /** role.ad_disabled */
  readonly adDisabled: boolean;
  /** role.guest_mode of a VM with page-modification logging: A/D usable, but logging must write-protect. */
  readonly wrprotOnly: boolean;
  /** role.access permits execution. */
  readonly mayExecute: boolean;
}

/** What make_spte is told. */
export interface LeafInput {
  readonly page: PageTraits;
  /** ACC_* bits. */
  readonly access: number;
  readonly pfn: bigint;
  readonly oldSpte: bigint;
  readonly prefetch: boolean;
  readonly hostWritable: boolean;
  readonly nxHugePages: boolean;
  /** Whether shadow pages of this gfn can be marked unsync; false = writing must be refused. */
  readonly canUnsync: boolean;
  /** The slot is dirty-logged. */
  readonly logged: boolean;
}

/** What make_spte answers. */
export interface LeafResult {
  readonly spte: bigint;
  /** Write was wanted and refused because the gfn is shadowed. */
  readonly writeProtected: boolean;
  /** The gfn must be marked dirty. */
  readonly marksDirty: boolean;
}

function adTag(page: PageTraits): bigint {
  if (page.adDisabled) return AD_DISABLED << AD_TYPE_SHIFT;
  return page.wrprotOnly ? AD_WRPROT_ONLY << AD_TYPE_SHIFT : 0n;
}

/** A leaf, as section "Building a leaf" orders its steps. */
export function makeLeaf(masks: Masks, input: LeafInput): LeafResult {
  const { page } = input;
  const large = page.level > 1;
  let access = input.access;
  let spte = MMU_PRESENT | adTag(page);
  spte |= masks.present;
  if (!input.prefetch) spte |= masks.accessed;
  if (large && input.nxHugePages) access &= ~ACC_EXEC;
  spte |= (access & ACC_EXEC) !== 0 ? masks.x : masks.nx;
  if ((access & ACC_USER) !== 0) spte |= masks.user;
  if (large) spte |= LARGE_PAGE;
  spte |= masks.memtype;
  if (input.hostWritable) spte |= masks.hostWritable;
  else access &= ~ACC_WRITE;
  spte |= input.pfn << PAGE_SHIFT;
  let writeProtected = false;
  if ((access & ACC_WRITE) !== 0) {
    const wasWritable = isLeaf(input.oldSpte, page.level) && isWritable(input.oldSpte);
    writeProtected = !wasWritable && !input.canUnsync;
    if (!writeProtected) spte |= WRITABLE | masks.mmuWritable | masks.dirty;
  }
  if (input.prefetch) spte = accessTrack(masks, spte);
  return { spte, writeProtected, marksDirty: isWritable(spte) && input.logged };
}

/** An entry pointing to a table: full permission, restrictions live in leaves. */
export function makeTable(masks: Masks, tablePfn: bigint, adDisabled: boolean): bigint {
  const permission = masks.present | WRITABLE | masks.user | masks.x;
  const tag = adDisabled ? AD_DISABLED << AD_TYPE_SHIFT : masks.accessed;
  return MMU_PRESENT | (tablePfn << PAGE_SHIFT) | permission | tag;
}

/** The form an entry takes when its next access is to be noticed. */
export function accessTrack(masks: Masks, spte: bigint): bigint {
  if (isAdEnabled(spte)) return clear(spte, masks.accessed);
  if (masks.accTrack === 0n || isAccessTracked(masks, spte)) return spte;
  const saved = (spte & SAVED_BITS) << SAVED_SHIFT;
  return clear(spte, masks.accTrack | masks.accessed) | saved;
}

/** The inverse for entries without hardware A/D; W is not restored, a write fault does that. */
export function restoreAccessTracked(masks: Masks, spte: bigint): bigint {
  const saved = (spte >> SAVED_SHIFT) & SAVED_BITS;
  return clear(spte, SAVED_BITS << SAVED_SHIFT) | saved | masks.accessed;
}

/** Child `index` of a huge leaf of `hugeLevel` that is split; `child` is the new table's page. */
export function makeSplitChild(
  masks: Masks,
  huge: bigint,
  hugeLevel: number,
  index: number,
  child: { readonly mayExecute: boolean; readonly nxHugePages: boolean },
): bigint {
  const childLevel = hugeLevel - 1;
  const step = 1n << (PAGE_SHIFT + 9n * BigInt(childLevel - 1));
  let spte = huge + BigInt(index) * step;
  if (childLevel === 1) {
    spte = clear(spte, LARGE_PAGE);
    if (child.mayExecute && child.nxHugePages) {
      // Whose permissions are put aside gets this one put aside too.
      if (isAccessTracked(masks, spte)) spte |= masks.x << SAVED_SHIFT;
      else spte = clear(spte, masks.nx) | masks.x;
    }
  }
  return spte;
}

/**
 * gen[7:0] lies in bits 10:3, gen[18:8] in bits 62:52: apart from everything an MMIO entry's magic uses.
 */
export function generationBits(generation: bigint): bigint {
  const low = generation & bits(7, 0);
  const high = (generation >> 8n) & bits(10, 0);
  return (low << 3n) | (high << 52n);
}

/** The 19 bits of the memslot generation an MMIO entry was made under. */
export function generationOf(spte: bigint): bigint {
  return ((spte >> 3n) & bits(7, 0)) | (((spte >> 52n) & bits(10, 0)) << 8n);
}

/** The MMIO entry of `gfn`. */
export function makeMmio(masks: Masks, gfn: bigint, access: number, generation: bigint): bigint {
  const gpa = gfn << PAGE_SHIFT;
  const displaced = (gpa & masks.nonpresentOrReserved) << 5n;
  const kept = BigInt(access) & masks.mmioAccess;
  const generationField = generationBits(generation & bits(MMIO_GENERATION_BITS - 1, 0));
  return masks.mmioValue | kept | generationField | gpa | masks.nonpresentOrReserved | displaced;
}

/** The gfn an MMIO entry was made for. */
export function mmioGfn(masks: Masks, spte: bigint): bigint {
  const address = spte & bits(51, 12);
  const low = clear(address, masks.nonpresentOrReserved | (masks.nonpresentOrReserved << 5n) | masks.mmioValue);
  const displaced = (address >> 5n) & masks.nonpresentOrReserved;
  return (low | displaced) >> PAGE_SHIFT;
}

/** The entry may serve: made under `generation`, and no slot update is under way. */
export function isMmioCurrent(spte: bigint, generation: bigint): boolean {
  const updating = (generation & BIT_63) !== 0n;
  return !updating && generationOf(spte) === (generation & bits(MMIO_GENERATION_BITS - 1, 0));
}
