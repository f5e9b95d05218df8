/**
 * Splitting 2 MiB leaves where a change wants less. The translation stays what it was; nevertheless the notifiers are
 * called, because the MMU may never map more at once than the host does. So a split has no visible effect, and a
 * change that fails after one may leave it. @holds mmapLock:write
 */

import { ENOMEM } from "../layout/errno";
import { Mm } from "../layout/hostmm";
import { Hva, LEVEL_2M } from "../layout/types";
import { aload64 } from "../sync/atomics";
import { thisCpu } from "../sync/this_cpu";
import { entryIsLeaf, rootOf, tableAlloc, tableFind } from "./host_table";
import { HUGE_BYTES } from "./huge_block";
import { splitLeaf } from "./leaf";
import { notifyEnd, notifyStart } from "./notifier";

const HUGE_MASK: u64 = <u64>HUGE_BYTES - 1;

/** True if `hva` is in a 2 MiB leaf. */
function isInBlock(mm: Mm, hva: Hva): bool {
  const entry = aload64(tableFind(rootOf(mm), hva));
  return thisCpu().ret2 == LEVEL_2M && entryIsLeaf(entry, LEVEL_2M);
}

/** Makes the 2 MiB leaf around `hva` leaves of 4 KiB, if there is one. @ret 0; -ENOMEM */
export function splitBlock(mm: Mm, hva: Hva): i32 {
  if (!isInBlock(mm, hva)) return 0;
  const table = tableAlloc();
  if (table == 0) return -ENOMEM;
  const start = hva & ~HUGE_MASK;
  notifyStart(mm, start, start + HUGE_BYTES);
  splitLeaf(mm, tableFind(rootOf(mm), hva), table);
  notifyEnd(mm, start, start + HUGE_BYTES);
  return 0;
}

/** Makes sure that no leaf reaches over an edge of [start, end). @ret 0; -ENOMEM */
export function splitEdges(mm: Mm, start: Hva, end: Hva): i32 {
  const result = (start & HUGE_MASK) == 0 ? 0 : splitBlock(mm, start);
  return result != 0 || (end & HUGE_MASK) == 0 ? result : splitBlock(mm, end);
}
