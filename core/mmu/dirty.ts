/**
 * Marking gfns of logged slots dirty: in the dirty ring of the vCPU that wrote, if the VM has rings, else in the slot's
 * bitmap. Guarantee: a mark stays until userspace collects it, whoever else marks, collects or changes slots meanwhile.
 *
 * The order that loses no write. Whoever lets a vCPU write does so first and marks then; whoever collects takes the
 * mark first, then the permission (W, or Dirty), and flushes before the page is read. A permission given before the
 * collector takes it away has its mark taken or still to come; one given after has its mark after that. Either the
 * write is in the page by the time it is read, or the gfn is marked when the collector next looks. The other way round,
 * a mark could be taken while the permission that it stands for is yet to come.
 */

import { Memslot } from "../layout/memslot";
import { Gfn } from "../layout/types";
import { Vcpu } from "../layout/vcpu";
import { Vm } from "../layout/vm";
import { karrayAt } from "../mm/karray";
import { aload64, aor64 } from "../sync/atomics";
import { ringPush } from "./dirty_ring";

/**
 * Notes that `gfn` of `slot` was written, or may be from now on: by the guest on `vcpu`, whose thread calls, or by
 * nobody's vCPU (null). Nothing if the slot is not logged.
 * @epoch, or slotsLock held
 */
export function markGfnDirty(vm: Vm, vcpu: Vcpu | null, slot: Memslot, gfn: Gfn): void {
  if (slot.dirtyBitmap == 0) return;
  const page = gfn - slot.baseGfn;
  // A full ring (which only a caller that never looks at requests can meet) does not lose the page either.
  if (vcpu !== null && vm.ringEntries != 0 && ringPush(vm, vcpu, slot, page)) return;
  const word = karrayAt(slot.dirtyBitmap, (page >> 6) * 8);
  const mask = (<u64>1) << (page & 63);
  if ((aload64(word) & mask) == 0) aor64(word, mask);
}
