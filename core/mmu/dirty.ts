/** Dirty logging: which gfns of a logged slot were written. A set bit stays until userspace collects it. */

import { HW_PML } from "../layout/vcpu";
import { Memslot } from "../layout/memslot";
import { Gfn } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { karrayAt } from "../mm/karray";
import { aload64, aor64 } from "../sync/atomics";
import { epochEnter, epochExit } from "../sync/epoch";
import { memslotFind } from "./memslot";

const PML_ENTRIES: u32 = 512;

/** Notes that the guest, or GuestMemory, wrote `gfn`. Nothing if the slot is not logged. @epoch */
export function markGfnDirty(slot: Memslot, gfn: Gfn): void {
  if (slot.dirtyBitmap == 0) return;
  const bit = gfn - slot.baseGfn;
  const word = karrayAt(slot.dirtyBitmap, (bit >> 6) * 8);
  const mask = (<u64>1) << (bit & 63);
  if ((aload64(word) & mask) == 0) aor64(word, mask);
}

/** Moves what the processor logged (guest-physical page addresses) into the slots' logs. The vCPU is OUTSIDE the guest. @takes epoch */
export function mmuDrainPml(vcpu: Vcpu): void {
  if ((vcpu.hwFlags & HW_PML) == 0) return;
  // The index counts down from 511 and names the next free entry; beyond the end it wraps to 0xffff.
  const first = vcpu.hwPmlIndex >= PML_ENTRIES ? 0 : vcpu.hwPmlIndex + 1;
  epochEnter();
  for (let i: u32 = first; i < PML_ENTRIES; i++) {
    const gfn = load<u64>(vcpu.hwPmlBase + i * 8) >> 12;
    const slot = memslotFind(changetype<Vm>(vcpu.vm), vcpu.asId, gfn);
    if (slot !== null) markGfnDirty(slot, gfn);
  }
  epochExit();
  vcpu.hwPmlIndex = PML_ENTRIES - 1;
}
