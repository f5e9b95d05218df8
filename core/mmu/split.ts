/** Splitting a huge leaf into a table of identical translations: nothing to flush, the processor may use either. */

import { MmuPage } from "../layout/mmu_page";
import { ENTRIES_PER_TABLE } from "../layout/types";
import { Vm } from "../layout/vm";
import { vmCpu } from "../sync/guest_mode";
import { LEVEL_2M, LEVEL_4K } from "../layout/types";
import { makeSmallSpte, MAKE_NX_WORKAROUND } from "./make_spte";
import { isNxMitigated } from "./nx_huge";
import { roleLevel } from "./role";

/** Fills the unreachable `page` with the children of `hugeSpte`. The caller links it in the huge leaf's place. */
export function splitInto(vm: Vm, page: MmuPage, hugeSpte: u64): void {
  const flags = isNxMitigated(vm) ? MAKE_NX_WORKAROUND : 0;
  for (let i: u32 = 0; i < ENTRIES_PER_TABLE; i++) store<u64>(page.spt + i * 8, makeSmallSpte(vm, hugeSpte, page.role, i, flags));
}
