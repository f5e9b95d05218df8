/**
 * A page-table page of the MMU: KVM's struct kvm_mmu_page ("shadow page", also for TDP tables), and its role.
 *
 * Role, 32 bits: everything that decides a table's contents.
 *   3..0 level | 4 has_4_byte_gpte | 6..5 quadrant | 7 direct | 10..8 access | 11 invalid | 12 efer_nx | 13 cr0_wp |
 *   14 smep_andnot_wp | 15 smap_andnot_wp | 16 ad_disabled | 17 guest_mode | 18 passthrough | 23..19 0 | 31..24 smm
 */

export const ROLE_LEVEL_MASK: u32 = 0xf;
export const ROLE_HAS_4_BYTE_GPTE: u32 = 1 << 4;
export const ROLE_QUADRANT_SHIFT: u32 = 5;
export const ROLE_DIRECT: u32 = 1 << 7;
export const ROLE_ACCESS_SHIFT: u32 = 8;
export const ROLE_ACCESS_ALL: u32 = 7 << 8;
export const ROLE_INVALID: u32 = 1 << 11;
export const ROLE_EFER_NX: u32 = 1 << 12;
export const ROLE_CR0_WP: u32 = 1 << 13;
export const ROLE_SMEP_ANDNOT_WP: u32 = 1 << 14;
export const ROLE_SMAP_ANDNOT_WP: u32 = 1 << 15;
export const ROLE_AD_DISABLED: u32 = 1 << 16;
export const ROLE_GUEST_MODE: u32 = 1 << 17;
export const ROLE_PASSTHROUGH: u32 = 1 << 18;
export const ROLE_SMM_SHIFT: u32 = 24;
export const ROLE_SMM: u32 = 1 << 24;

/** Access bits of a role or a fault: execute, write, user. */
export const ACC_EXEC: u32 = 1;
export const ACC_WRITE: u32 = 2;
export const ACC_USER: u32 = 4;
export const ACC_ALL: u32 = 7;

@unmanaged
export class MmuPage {
  epochNext: u32;
  epochStamp: u32;
  epochFn: u32;
  role: u32;
  /** First gfn mapped by this table. */
  gfn: u64;
  /** The table: 512 u64 entries in a frame of kind FRAME_SPT. */
  spt: u32;
  /** Address of the SPTE that points here; 0 for a root. */
  ptep: u32;
  /** The owning Vm. */
  vm: u32;
  /** Roots: references (the MMU's own, and one for each vCPU or walk that uses it). Only get/put touch it. */
  rootCount: u32;
  /** Roots: list under tdpMmuPagesLock, read under epoch. */
  linkNext: u32;
  linkPrev: u32;
  /** Roots: waits for zap_invalidated_roots; under slotsLock. */
  scheduledToZap: u32;
  /** A huge page was possible here but not executable; set before the table is reachable. */
  nxHugePageDisallowed: u32;
  /** Possible-NX-huge-page list, under tdpMmuPagesLock. */
  nxNext: u32;
  nxPrev: u32;
  onNxList: u32;
  mmuPagePad: u32;
}
export const MMU_PAGE_BYTES: u32 = 128;
if (offsetof<MmuPage>() > MMU_PAGE_BYTES) ERROR("MmuPage is allocated as 128 bytes");
