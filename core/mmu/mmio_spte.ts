/**
 * MMIO SPTEs: a gfn without a slot, cached so that the next access needs no search. They carry the memslot generation
 * they were made under and match no other.
 *
 *   62........52  generation 18..8
 *   50........46  bits 45..41 of the gpa, displaced
 *   45........41  ones: an address no cache line has (L1 terminal fault)
 *   40........12  gpa
 *   10.........3  generation 7..0
 *    2.........0  and 51, 63: the kind's magic, and under NPT the access
 */

import { GEN_UPDATE_IN_PROGRESS } from "../layout/memslot";
import { ACC_USER, ACC_WRITE } from "../layout/mmu_page";
import { Gfn, HOST_MAXPHYADDR } from "../layout/types";
import { Vm } from "../layout/vm";
import { SPTE_WRITABLE } from "./spte";

const GEN_LOW_SHIFT: u64 = 3;
const GEN_LOW_BITS: u64 = 8;
const GEN_LOW_MASK: u64 = 0xff;
const GEN_HIGH_SHIFT: u64 = 52;
const GEN_HIGH_MASK: u64 = 0x7ff;
export const MMIO_GEN_BITS: u64 = 19;
export const MMIO_GEN_MASK: u64 = ((<u64>1) << MMIO_GEN_BITS) - 1;

/** The top five bits a cacheable physical address can have. */
const L1TF_BITS: u64 = 5;
const L1TF_SHIFT: u64 = HOST_MAXPHYADDR - L1TF_BITS;
const L1TF_MASK: u64 = (((<u64>1) << L1TF_BITS) - 1) << L1TF_SHIFT;
const GPA_LOW_MASK: u64 = ((<u64>1) << L1TF_SHIFT) - 4096;

/** The MMIO SPTE of `gfn` under `generation`, of which the low 19 bits count. */
export function makeMmioSpte(vm: Vm, gfn: Gfn, access: u32, generation: u64): u64 {
  const gen = generation & MMIO_GEN_MASK;
  const gpa = gfn << 12;
  let spte = vm.mmioValue | L1TF_MASK | (gpa & GPA_LOW_MASK) | ((gpa & L1TF_MASK) << L1TF_BITS);
  spte |= (gen & GEN_LOW_MASK) << GEN_LOW_SHIFT;
  spte |= (gen >> GEN_LOW_BITS) << GEN_HIGH_SHIFT;
  // NPT's W and U stand where ACC_WRITE and ACC_USER do.
  return spte | (<u64>(access & (ACC_WRITE | ACC_USER)) & vm.mmioAccessMask);
}
if (ACC_WRITE != <u32>SPTE_WRITABLE) ERROR("ACC_WRITE is W's bit");

export function mmioSpteGfn(spte: u64): Gfn {
  return ((spte & GPA_LOW_MASK) | ((spte >> L1TF_BITS) & L1TF_MASK)) >> 12;
}

export function mmioSpteAccess(vm: Vm, spte: u64): u32 {
  return <u32>(spte & vm.mmioAccessMask);
}

/** Low 19 bits of the generation an MMIO SPTE was made under. */
export function mmioSpteGeneration(spte: u64): u64 {
  return ((spte >> GEN_LOW_SHIFT) & GEN_LOW_MASK) | (((spte >> GEN_HIGH_SHIFT) & GEN_HIGH_MASK) << GEN_LOW_BITS);
}

/** Whether an MMIO SPTE still speaks of the slots of `generation`. */
export function isMmioSpteCurrent(spte: u64, generation: u64): bool {
  if ((generation & GEN_UPDATE_IN_PROGRESS) != 0) return false;
  return mmioSpteGeneration(spte) == (generation & MMIO_GEN_MASK);
}
