/**
 * The walk of the guest's paging structures, in every paging mode (Intel SDM, "Paging").
 *
 * Guarantee: for any contents of guest memory, the guest-physical address and what its tables allow, or a page fault's
 * error code, or an exit of the second dimension; nothing else is touched. Every access to a table goes through the
 * second dimension as such (HW_GUEST_TABLE).
 *
 * Order of events, as there: an entry that is not present, or has a reserved bit, ends the walk where it is met; rights
 * are those of all entries together, judged after the last one. Only an allowed access leaves flags: Accessed in every
 * entry, from the first on, Dirty in the last one for a write, each by compare-and-exchange against what was read; if an
 * entry has changed the walk starts again. A walk may begin at the last level (hw/walk_cache.ts).
 */

import { HW_EXEC, HW_GUEST_TABLE, HW_NO_LINEAR, HW_OK, HW_READ, HW_RWX, HW_WRITE } from "../layout/hw";
import {
  LTLB_VIEW_SMAP,
  LTLB_VIEW_USER,
  TableEntry,
  WALK_DIRTY,
  WALK_EXEC,
  WALK_GLOBAL,
  WALK_HUGE,
  WALK_KEY_SHIFT,
  WALK_LARGE,
  WALK_UNPAGED,
  WALK_USER,
  WALK_WRITE,
} from "../layout/linear_tlb";
import { OP_PORT_READ, SYSTEM_OPS } from "../layout/system";
import { LEVEL_2M, LEVEL_4K, PAGE_MASK } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import {
  CR0_PG,
  CR0_WP,
  CR4_LA57,
  CR4_PAE,
  CR4_PGE,
  CR4_PKE,
  CR4_PSE,
  CR4_SMEP,
  EFER_LMA,
  EFER_NXE,
  X86,
} from "../layout/x86";
import { EXEC_EXIT, EXEC_FAULT, EXEC_NEXT } from "../layout/x86_op";
import { STEPPING_EMULATE } from "../layout/x86_system";
import { codeBytesStored } from "../mm/code_frame";
import {
  guest32HasReserved,
  GUEST32_ADDRESS,
  guest32PageAddress,
  GUEST_ACCESSED,
  GUEST_DIRTY,
  GUEST_GLOBAL,
  GUEST_KEY_SHIFT,
  GUEST_LARGE,
  GUEST_NX,
  GUEST_PRESENT,
  GUEST_USER,
  GUEST_WRITE,
  guestBeyondWidth,
  guestHasReserved,
  guestIsLeaf,
  guestLevel3Reserved,
  guestPdpteIsBad,
} from "../pt/guest";
import { PT_ADDRESS, PT_ADDRESS_BITS, ptEntryOffset, ptOffsetMask } from "../pt/levels";
import { hwPointer, hwTranslate } from "./second_dimension";
import { walkCacheAdd, walkCacheFind } from "./walk_cache";

/** Beside EXEC_*: an entry changed between reading and flagging it. */
const AGAIN: i32 = -1;

/** Page-fault error code (Intel SDM, "Page-Fault Exceptions"). */
const FAULT_PRESENT: u32 = 1 << 0;
const FAULT_WRITE: u32 = 1 << 1;
const FAULT_USER: u32 = 1 << 2;
const FAULT_RESERVED: u32 = 1 << 3;
const FAULT_FETCH: u32 = 1 << 4;
const FAULT_KEY: u32 = 1 << 5;

/** Two bits of PKRU for each key. */
const KEY_NO_ACCESS: u32 = 1;
const KEY_NO_WRITE: u32 = 2;

/** Levels of a PAE walk below its pointer registers; of a 32-bit walk. */
const SHORT_LEVELS: u32 = 2;
const PAE_POINTERS: u64 = ~0x1f;
const PAE_FIELD_END: u32 = 63;
const PDPTES: u32 = 4;

/**
 * Walks for an access of HW_* kind at canonical `linear` in LTLB_VIEW_*, setting flags.
 * @ret EXEC_NEXT: X86.walkGpa, walkInfo, walkRights. EXEC_FAULT: X86.walkError, nothing is raised yet. EXEC_EXIT:
 *   Vcpu.hwExit*. Under the emulation port, whatever that gave
 */
export function guestWalk(c: X86, linear: u64, access: u32, view: u32): i32 {
  if ((c.cr0 & CR0_PG) == 0) {
    c.walkGpa = linear;
    c.walkInfo = WALK_UNPAGED;
    c.walkRights = HW_RWX;
    return EXEC_NEXT;
  }
  c.guestWalks++;
  const known = walkCacheFind(c, linear);
  let status = known !== null ? walkFrom(c, known, linear, access, view) : AGAIN;
  while (status == AGAIN) {
    if ((c.efer & EFER_LMA) != 0) status = walkLong(c, linear, access, view);
    else if ((c.cr4 & CR4_PAE) != 0) status = walkPae(c, linear, access, view);
    else status = walk32(c, linear, access, view);
  }
  return status;
}

/**
 * What `info` (WALK_*) allows in `view` under the present controls: HW_READ | HW_WRITE | HW_EXEC (Intel SDM,
 * "Determination of Access Rights", "Protection Keys").
 */
export function guestRights(c: X86, info: u32, view: u32): u32 {
  if ((c.cr0 & CR0_PG) == 0) return HW_RWX;
  let rights = HW_READ | (info & (WALK_WRITE | WALK_EXEC));
  if ((info & WALK_USER) == 0) {
    if (view == LTLB_VIEW_USER) return 0;
    return (c.cr0 & CR0_WP) != 0 ? rights : rights | HW_WRITE;
  }
  if (view != LTLB_VIEW_USER) {
    if ((c.cr0 & CR0_WP) == 0) rights |= HW_WRITE;
    if ((c.cr4 & CR4_SMEP) != 0) rights &= ~HW_EXEC;
    if (view == LTLB_VIEW_SMAP) rights &= HW_EXEC;
  }
  return rights & ~keyDenies(c, info, view);
}
if (WALK_WRITE != HW_WRITE || WALK_EXEC != HW_EXEC) ERROR("guestRights takes them as they are");

/** What the key of a user page takes away. */
// @ts-ignore: decorator
@inline
function keyDenies(c: X86, info: u32, view: u32): u32 {
  if ((c.cr4 & CR4_PKE) == 0 || (c.efer & EFER_LMA) == 0) return 0;
  const bits = <u32>c.pkru >> ((info >> WALK_KEY_SHIFT) << 1);
  if ((bits & KEY_NO_ACCESS) != 0) return HW_READ | HW_WRITE;
  const isBound = view == LTLB_VIEW_USER || (c.cr0 & CR0_WP) != 0;
  return (bits & KEY_NO_WRITE) != 0 && isBound ? HW_WRITE : 0;
}

/** A page fault; `cause`: FAULT_PRESENT, FAULT_RESERVED, FAULT_KEY, as they apply. */
function fault(c: X86, access: u32, view: u32, cause: u32): i32 {
  let error = cause;
  if ((access & HW_WRITE) != 0) error |= FAULT_WRITE;
  if (view == LTLB_VIEW_USER) error |= FAULT_USER;
  const tellsFetch = (c.cr4 & CR4_SMEP) != 0 || ((c.cr4 & CR4_PAE) != 0 && (c.efer & EFER_NXE) != 0);
  if ((access & HW_EXEC) != 0 && tellsFetch) error |= FAULT_FETCH;
  c.walkError = error;
  return EXEC_FAULT;
}

/** The walk ended at a page: judges the access. @ret EXEC_NEXT or EXEC_FAULT */
function judge(c: X86, access: u32, view: u32): i32 {
  const info = c.walkInfo;
  const rights = guestRights(c, info, view);
  c.walkRights = rights;
  if ((access & ~rights) == 0) return EXEC_NEXT;
  const byKey = (info & WALK_USER) != 0 && (access & keyDenies(c, info, view)) != 0;
  return fault(c, access, view, FAULT_PRESENT | (byKey ? FAULT_KEY : 0));
}

function walkLong(c: X86, linear: u64, access: u32, view: u32): i32 {
  const levels: u32 = (c.cr4 & CR4_LA57) != 0 ? 5 : 4;
  const everywhere = guestBeyondWidth(c.maxPhyAddr, PT_ADDRESS_BITS);
  return walkTables(c, linear, access, view, c.cr3 & PT_ADDRESS, levels, everywhere);
}

function walkPae(c: X86, linear: u64, access: u32, view: u32): i32 {
  const pdpte = load<u64>(pdpteAt(c, <u32>(linear >> 30) & (PDPTES - 1)));
  if ((pdpte & GUEST_PRESENT) == 0) return fault(c, access, view, 0);
  const everywhere = guestBeyondWidth(c.maxPhyAddr, PAE_FIELD_END);
  return walkTables(c, linear, access, view, pdpte & PT_ADDRESS, SHORT_LEVELS, everywhere);
}

/** Tables of 64-bit entries from `table` of level `top` on, in which `reserved` is reserved beside NX without NXE. */
function walkTables(c: X86, linear: u64, access: u32, view: u32, table: u64, top: u32, reserved: u64): i32 {
  const everywhere = withNx(c, reserved);
  const level3Leaf = guestLevel3Reserved(c.features);
  let at = table;
  let level = top;
  let entry: u64 = 0;
  let above: u64 = ~0;
  let p: usize = 0;
  while (true) {
    p = tablePointer(c, at + ptEntryOffset(linear, level), HW_READ);
    if (p == 0) return c.walkStatus;
    entry = atomic.load<u64>(p); // raw atomic: the guest's own
    store<u64>(entryAt(c, level), entry);
    if ((entry & GUEST_PRESENT) == 0) return fault(c, access, view, 0);
    if (guestHasReserved(entry, level, everywhere, level3Leaf))
      return fault(c, access, view, FAULT_PRESENT | FAULT_RESERVED);
    if (guestIsLeaf(entry, level)) break;
    above &= entry ^ GUEST_NX;
    at = entry & PT_ADDRESS;
    level--;
  }
  const all = above & (entry ^ GUEST_NX);
  const inPage = ptOffsetMask(level);
  c.walkGpa = (entry & PT_ADDRESS & ~inPage) | (linear & inPage);
  c.walkInfo = infoOf(c, all, entry, level);
  let status = judge(c, access, view);
  if (status != EXEC_NEXT) return status;
  const dirty = (access & HW_WRITE) != 0 ? GUEST_DIRTY : 0;
  if ((all & GUEST_ACCESSED) == 0 || (entry & dirty) != dirty) {
    status = setFlags(c, linear, table, top, level, dirty);
    if (status != EXEC_NEXT) return status;
  }
  // What the port supplies is no table to begin at.
  if ((c.stepping & STEPPING_EMULATE) != 0) return EXEC_NEXT;
  if (level == LEVEL_4K) walkCacheAdd(c, linear, at, above | GUEST_ACCESSED, <u32>p & <u32>PAGE_MASK);
  else walkCacheAdd(c, linear, c.walkGpa & ~ptOffsetMask(LEVEL_2M), c.walkInfo, 0);
  return EXEC_NEXT;
}

/** A walk from where the last one for that region came to. @ret as guestWalk, or AGAIN: it must begin at the root */
function walkFrom(c: X86, known: TableEntry, linear: u64, access: u32, view: u32): i32 {
  if (known.table == 0) return walkKnownPage(c, known, linear, access, view);
  const entry = atomic.load<u64>(<usize>known.table + ptEntryOffset(linear, LEVEL_4K)); // raw atomic: the guest's own
  const reserved = guestBeyondWidth(c.maxPhyAddr, (c.efer & EFER_LMA) != 0 ? PT_ADDRESS_BITS : PAE_FIELD_END);
  if ((entry & (withNx(c, reserved) | GUEST_PRESENT)) != GUEST_PRESENT) return AGAIN;
  const all = known.all & (entry ^ GUEST_NX);
  c.walkGpa = (entry & PT_ADDRESS) | (linear & ~PAGE_MASK);
  c.walkInfo = infoOf(c, all, entry, LEVEL_4K);
  if (judge(c, access, view) != EXEC_NEXT) return AGAIN;
  const dirty = (access & HW_WRITE) != 0 ? GUEST_DIRTY : 0;
  if ((all & GUEST_ACCESSED) != 0 && (entry & dirty) == dirty) return EXEC_NEXT;
  store<u64>(entryAt(c, LEVEL_4K), entry);
  return setFlags(c, linear, known.gpa, LEVEL_4K, LEVEL_4K, dirty);
}

/** walkFrom, where the region is one page or part of one. */
function walkKnownPage(c: X86, known: TableEntry, linear: u64, access: u32, view: u32): i32 {
  const info = <u32>known.all;
  if ((access & HW_WRITE) != 0 && (info & WALK_DIRTY) == 0) return AGAIN;
  c.walkGpa = known.gpa | (linear & ptOffsetMask(LEVEL_2M));
  c.walkInfo = info;
  return judge(c, access, view) == EXEC_NEXT ? EXEC_NEXT : AGAIN;
}

/** Reserved bits, NX too if EFER.NXE is clear. */
// @ts-ignore: decorator
@inline
function withNx(c: X86, reserved: u64): u64 {
  return (c.efer & EFER_NXE) != 0 ? reserved : reserved | GUEST_NX;
}

/** WALK_*: `all` is the AND of the entries, with NX turned round; `leaf` the last of them. */
// @ts-ignore: decorator
@inline
function infoOf(c: X86, all: u64, leaf: u64, level: u32): u32 {
  let info = <u32>all & WALK_WRITE;
  if ((all & GUEST_USER) != 0) info |= WALK_USER;
  if ((all & GUEST_NX) != 0) info |= WALK_EXEC;
  if ((leaf & GUEST_DIRTY) != 0) info |= WALK_DIRTY;
  if ((leaf & GUEST_GLOBAL) != 0 && (c.cr4 & CR4_PGE) != 0) info |= WALK_GLOBAL;
  if (level > LEVEL_4K) info |= WALK_LARGE;
  if (level > LEVEL_2M) info |= WALK_HUGE;
  return info | ((<u32>(leaf >> GUEST_KEY_SHIFT) & 0xf) << WALK_KEY_SHIFT);
}

/** Address in X86 of the entry of `level` that the walk read. */
// @ts-ignore: decorator
@inline
function entryAt(c: X86, level: u32): usize {
  return changetype<usize>(c) + offsetof<X86>("walkEntry1") + ((level - LEVEL_4K) << 3);
}

// @ts-ignore: decorator
@inline
function pdpteAt(c: X86, i: u32): usize {
  return changetype<usize>(c) + offsetof<X86>("pdpte0") + (i << 3);
}

/**
 * Address in linear memory of the table entry at `gpa`, through the second dimension.
 * @ret 0: X86.walkStatus says why not; an entry of zeros where there is no memory
 */
// @ts-ignore: decorator
@inline
function tablePointer(c: X86, gpa: u64, access: u32): usize {
  if (hwTranslate(changetype<Vcpu>(c.vcpu), gpa, access | HW_GUEST_TABLE) != HW_OK) return tableByPort(c, gpa);
  const p = hwPointer();
  return p != 0 ? p : changetype<usize>(c) + offsetof<X86>("zero");
}

/**
 * The second dimension has refused an access to a table. If the emulation port serves the instruction it supplies the
 * entry, a copy: flags are not set in memory that refuses them. Without memory there, nothing is present.
 */
function tableByPort(c: X86, gpa: u64): usize {
  c.walkStatus = EXEC_EXIT;
  if ((c.stepping & STEPPING_EMULATE) == 0) return 0;
  const buffer = changetype<usize>(c) + offsetof<X86>("walkPort");
  const bytes: u32 = (c.cr4 & CR4_PAE) != 0 ? 8 : 4;
  const op = load<u32>(SYSTEM_OPS + OP_PORT_READ * 4);
  const status = call_indirect<i32>(op, c.vcpu, gpa, buffer, bytes, HW_READ | HW_GUEST_TABLE);
  if (status == EXEC_FAULT) return changetype<usize>(c) + offsetof<X86>("zero");
  c.walkStatus = status;
  return status == EXEC_NEXT ? buffer : 0;
}

/** Sets Accessed in all entries of the walk just done, and `dirty` in the leaf. @ret EXEC_NEXT, EXEC_EXIT, AGAIN */
function setFlags(c: X86, linear: u64, root: u64, top: u32, leafLevel: u32, dirty: u64): i32 {
  let table = root;
  for (let level = top; level >= leafLevel; level--) {
    const entry = load<u64>(entryAt(c, level));
    const wanted = entry | GUEST_ACCESSED | (level == leafLevel ? dirty : 0);
    if (wanted != entry) {
      const p = tablePointer(c, table + ptEntryOffset(linear, level), HW_READ | HW_WRITE);
      if (p == 0) return c.walkStatus;
      if (atomic.cmpxchg<u64>(p, entry, wanted) != entry) return AGAIN; // raw atomic: the guest's own
      codeBytesStored(<u64>p, 8);
    }
    table = entry & PT_ADDRESS;
  }
  if (dirty != 0) c.walkInfo |= WALK_DIRTY;
  return EXEC_NEXT;
}

function walk32(c: X86, linear: u64, access: u32, view: u32): i32 {
  const pdeGpa = (c.cr3 & GUEST32_ADDRESS) + ((linear >> 20) & 0xffc);
  let p = tablePointer(c, pdeGpa, HW_READ);
  if (p == 0) return c.walkStatus;
  const pde = atomic.load<u32>(p); // raw atomic: the guest's own
  if ((pde & <u32>GUEST_PRESENT) == 0) return fault(c, access, view, 0);
  if ((pde & <u32>GUEST_LARGE) != 0 && (c.cr4 & CR4_PSE) != 0) return walk32Large(c, linear, access, view, pdeGpa, pde);
  const pteGpa = (<u64>pde & GUEST32_ADDRESS) + ((linear >> 10) & 0xffc);
  p = tablePointer(c, pteGpa, HW_READ);
  if (p == 0) return c.walkStatus;
  const pte = atomic.load<u32>(p); // raw atomic: the guest's own
  if ((pte & <u32>GUEST_PRESENT) == 0) return fault(c, access, view, 0);
  c.walkGpa = (<u64>pte & GUEST32_ADDRESS) | (linear & ~PAGE_MASK);
  c.walkInfo = infoOf(c, <u64>(pde & pte) | GUEST_NX, pte, LEVEL_4K);
  let status = judge(c, access, view);
  if (status != EXEC_NEXT) return status;
  status = setFlags32(c, pdeGpa, pde, 0);
  return status == EXEC_NEXT ? setFlags32(c, pteGpa, pte, access & HW_WRITE) : status;
}

/** The walk met the entry of a 4 MiB page. */
function walk32Large(c: X86, linear: u64, access: u32, view: u32, pdeGpa: u64, pde: u32): i32 {
  if (guest32HasReserved(pde, c.maxPhyAddr)) return fault(c, access, view, FAULT_PRESENT | FAULT_RESERVED);
  c.walkGpa = guest32PageAddress(pde) | (linear & 0x3f_ffff);
  // What is larger than 2 MiB is noted by the gigabyte.
  c.walkInfo = infoOf(c, <u64>pde | GUEST_NX, pde, LEVEL_2M) | WALK_HUGE;
  const status = judge(c, access, view);
  return status == EXEC_NEXT ? setFlags32(c, pdeGpa, pde, access & HW_WRITE) : status;
}

/** Sets Accessed, and Dirty if `write` is not 0, in the 32-bit `entry` at `gpa`. @ret EXEC_NEXT, EXEC_EXIT, AGAIN */
function setFlags32(c: X86, gpa: u64, entry: u32, write: u32): i32 {
  const wanted = entry | <u32>GUEST_ACCESSED | (write != 0 ? <u32>GUEST_DIRTY : 0);
  if (write != 0) c.walkInfo |= WALK_DIRTY;
  if (wanted == entry) return EXEC_NEXT;
  const p = tablePointer(c, gpa, HW_READ | HW_WRITE);
  if (p == 0) return c.walkStatus;
  if (atomic.cmpxchg<u32>(p, entry, wanted) != entry) return AGAIN; // raw atomic: the guest's own
  codeBytesStored(<u64>p, 4);
  return EXEC_NEXT;
}

/**
 * Loads the page-directory-pointer registers of PAE paging from `cr3`: MOV CR3, and changes of CR0 and CR4 that turn it
 * on or change it. All four, or none. These reads have no linear address.
 * @ret EXEC_NEXT; EXEC_FAULT: an entry has a reserved bit set, which is #GP(0), not raised yet; EXEC_EXIT
 */
export function guestLoadPdptes(c: X86, cr3: u64): i32 {
  const table = cr3 & <u64>0xffff_ffff & PAE_POINTERS;
  for (let i: u32 = 0; i < PDPTES; i++) {
    if (hwTranslate(changetype<Vcpu>(c.vcpu), table + (i << 3), HW_READ | HW_NO_LINEAR) != HW_OK) return EXEC_EXIT;
    const p = hwPointer();
    const entry = p != 0 ? atomic.load<u64>(p) : 0; // raw atomic: the guest's own
    if (guestPdpteIsBad(entry, c.maxPhyAddr)) return EXEC_FAULT;
    store<u64>(entryAt(c, LEVEL_4K + i), entry);
  }
  for (let i: u32 = 0; i < PDPTES; i++) store<u64>(pdpteAt(c, i), load<u64>(entryAt(c, LEVEL_4K + i)));
  return EXEC_NEXT;
}
