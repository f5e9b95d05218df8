/** Splitting a huge leaf into a table of identical translations: nothing to flush, the processor may use either. */

import { MmuPage } from "../layout/mmu_page";
import { ENTRIES_PER_TABLE } from "../layout/types";
import { Vm } from "../layout/vm";
import { makeSmallSpte, MAKE_NX_WORKAROUND } from "./make_spte";
import { isNxMitigated } from "./nx_huge";
import { countPages } from "./spte_changed";

/** Fills the unreachable `page` with the children of `hugeSpte`. The caller links it in the huge leaf's place. */
export function splitInto(vm: Vm, page: MmuPage, hugeSpte: u64): void {
  const flags = isNxMitigated(vm) ? MAKE_NX_WORKAROUND : 0;
  for (let i: u32 = 0; i < ENTRIES_PER_TABLE; i++)
    store<u64>(page.spt + i * 8, makeSmallSpte(vm, hugeSpte, page.role, i, flags));
}

/** The split is linked: its children, made where nobody saw them, count from now on. The funnel has counted the huge leaf out. */
export function splitCount(vm: Vm, childLevel: u32): void {
  countPages(vm, childLevel, ENTRIES_PER_TABLE);
}
