/**
 * What the processor's second dimension of paging says to the world: accesses, permissions, exit reasons, exit
 * qualifications, and the entries of its TLB. Numbers of exits are the manuals' (Intel SDM, "VMX Basic Exit Reasons";
 * AMD APM volume 2, "SVM Intercept Exit Codes"), so that a reader may look them up.
 */

import {
  PFERR_FETCH,
  PFERR_GUEST_FINAL,
  PFERR_GUEST_PAGE,
  PFERR_PRESENT,
  PFERR_RSVD,
  PFERR_USER,
  PFERR_WRITE,
} from "./exits";

/** Answers of everything in hw/ that translates: done, or vcpu.hwExit* says why not. */
export const HW_OK: i32 = 0;
export const HW_EXIT: i32 = 1;

/** Kinds of access, and permissions of a translation. HW_READ | HW_WRITE is a read-modify-write. */
export const HW_READ: u32 = 1 << 0;
export const HW_WRITE: u32 = 1 << 1;
export const HW_EXEC: u32 = 1 << 2;
export const HW_RWX: u32 = HW_READ | HW_WRITE | HW_EXEC;
/** With HW_READ or HW_WRITE: the access is to the guest's own paging structures, in a walk of them. */
export const HW_GUEST_TABLE: u32 = 1 << 3;
/** The access has no linear address: MOV CR3 loads PAE page-directory pointers. */
export const HW_NO_LINEAR: u32 = 1 << 4;
/** Of a translation: a write needs no change of the tables any more (Dirty is set, or not maintained). */
export const HW_DIRTY: u32 = 1 << 5;
/** Of a translation: there is no memory at its hpa (a phantom frame). Reads give 0, writes are dropped. */
export const HW_PHANTOM: u32 = 1 << 6;

/** Vcpu.hwExitReason. */
export const HW_EXIT_EPT_VIOLATION: u32 = 48;
export const HW_EXIT_EPT_MISCONFIG: u32 = 49;
export const HW_EXIT_PML_FULL: u32 = 62;
export const HW_EXIT_NPF: u32 = 0x400;
/**
 * Ours, outside of both vendors' numbers: an entry, or the root, points at a table where there is no memory. Silicon
 * would read junk or raise a machine check; here only a bug of the MMU leads to it. The qualification is the hpa.
 */
export const HW_EXIT_BAD_TABLE: u32 = 0x10000;

/**
 * Exit qualification of an EPT violation (Intel SDM, "Exit Qualification for EPT Violations").
 *
 *   8 translated | 7 linear valid | 6 0 | 5 executable | 4 writable | 3 readable | 2 fetch | 1 write | 0 read
 *
 * 5:3 are the AND over the entries used; all 0 when one of them was not present.
 */
export const EPT_VIOLATION_READ: u64 = 1 << 0;
export const EPT_VIOLATION_WRITE: u64 = 1 << 1;
export const EPT_VIOLATION_FETCH: u64 = 1 << 2;
export const EPT_VIOLATION_PERMISSIONS_SHIFT: u32 = 3;
export const EPT_VIOLATION_READABLE: u64 = 1 << 3;
export const EPT_VIOLATION_WRITABLE: u64 = 1 << 4;
export const EPT_VIOLATION_EXECUTABLE: u64 = 1 << 5;
/** The access has a guest-linear address. */
export const EPT_VIOLATION_LINEAR: u64 = 1 << 7;
/** With LINEAR: the access was to the final translation of that address, not to a paging structure on the way. */
export const EPT_VIOLATION_TRANSLATED: u64 = 1 << 8;
if (EPT_VIOLATION_READ != HW_READ) ERROR("an access is its qualification");
if (EPT_VIOLATION_WRITE != HW_WRITE) ERROR("an access is its qualification");
if (EPT_VIOLATION_FETCH != HW_EXEC) ERROR("an access is its qualification");

/**
 * EXITINFO1 of a nested page fault (AMD APM volume 2, "Nested versus Guest Page Faults, Fault Ordering"): a page-fault
 * error code, and which of the two dimensions' accesses it was. USER is always set: nested walks are user accesses.
 */
export const NPF_PRESENT: u64 = PFERR_PRESENT;
export const NPF_WRITE: u64 = PFERR_WRITE;
export const NPF_USER: u64 = PFERR_USER;
export const NPF_RSVD: u64 = PFERR_RSVD;
export const NPF_FETCH: u64 = PFERR_FETCH;
export const NPF_FINAL: u64 = PFERR_GUEST_FINAL;
export const NPF_GUEST_TABLE: u64 = PFERR_GUEST_PAGE;

/** Page-modification log: entries of the buffer, and the index before which one more entry fits. */
export const PML_ENTRIES: u32 = 512;
export const PML_INDEX_START: u32 = 511;
/** The index after the last entry was used: 0 - 1 in the 16-bit field. */
export const PML_INDEX_FULL: u32 = 0xffff;

/**
 * One translation of a 4 KiB guest page; larger pages fill several. Three comparators, one for each kind of access, so
 * that one compare answers "mapped, live, permitted, Accessed and Dirty already set".
 *
 *   comparator  63 .......... 12   11        10 ...... 0
 *               [ gpa's page     ][phantom][ vcpu.tlbTag ]     0 = never matches: live tags start at 1
 *   info        31 ..... 12   9 ............ 3   2 .. 0
 *               [hpa 51:32  ][ HW_* permissions ][level ]
 */
@unmanaged
export class TlbEntry {
  readTag: u64;
  writeTag: u64;
  execTag: u64;
  /** hpa of the page, bits 31:0. Unless phantom, the page's address in linear memory. */
  page: u32;
  info: u32;
}
export const TLB_ENTRY_SHIFT: u32 = 5;
export const TLB_ENTRY_BYTES: u32 = 32;
if (offsetof<TlbEntry>() != TLB_ENTRY_BYTES) ERROR("TlbEntry is 32 bytes");
if (1 << TLB_ENTRY_SHIFT != TLB_ENTRY_BYTES) ERROR("TLB_ENTRY_SHIFT");

/** A vCPU's TLB: its entries, and the order of the block of frames that holds them. */
export const TLB_ENTRIES: u32 = 1024;
export const TLB_BYTES: u32 = TLB_ENTRIES * TLB_ENTRY_BYTES;
export const TLB_ORDER: u32 = 3;
if (TLB_BYTES != 4096 << TLB_ORDER) ERROR("TLB_ORDER");

/** Live values of Vcpu.tlbTag are 1 to TLB_TAG_MAX. */
export const TLB_TAG_MAX: u32 = 0x7ff;
/** In a comparator: never equal to what the fast path compares with, whatever the gpa. */
export const TLB_TAG_PHANTOM: u32 = 0x800;
if (TLB_TAG_MAX >= TLB_TAG_PHANTOM) ERROR("tags and the phantom mark overlap");

export const TLB_INFO_LEVEL: u32 = 7;
export const TLB_INFO_PERMISSIONS_SHIFT: u32 = 3;
export const TLB_INFO_PERMISSIONS: u32 = 0x7f;
export const TLB_INFO_HPA_SHIFT: u32 = 12;
if (HW_PHANTOM > TLB_INFO_PERMISSIONS) ERROR("a permission does not fit TlbEntry.info");
