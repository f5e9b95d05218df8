/**
 * Bugs that KVM's MMU once had, put back in the terms of this code: for each, what to change in which function. The
 * numbers are those of the project's list of historical bugs; NOT_EXPRESSED says of the others why they are not here.
 *
 * `by`: what should find it. "checker": explored interleavings; "suite": random sequences against the oracle;
 * "limit": a bound on progress or on the length of a section without a yield.
 */

/**
 * @typedef {{file: string, function: string, find: string, replace: string, needs?: string[]}} Change
 * @typedef {{number: number, title: string, by: "checker" | "suite" | "limit", changes: Change[]}} Bug
 */

/** @type {Bug[]} */
export const HISTORICAL_BUGS = [
  {
    number: 1,
    title: "after a yield the walk begins again at the root and also advances: what lay below is skipped",
    by: "suite",
    changes: [
      {
        file: "core/mmu/tdp_iter.ts",
        function: "tdpIterNext",
        find: "    restart(it);\n    return;\n",
        replace: "    restart(it);\n",
      },
    ],
  },
  {
    number: 2,
    title: "two walkers that yield to each other begin again and again at the entry they stopped at",
    by: "limit",
    changes: [
      {
        file: "core/mmu/tdp_iter.ts",
        function: "tdpIterYield",
        find: "if (!mayYield(it)) return false;",
        replace: "",
      },
    ],
  },
  {
    number: 3,
    title: "the flush owed for one root is forgotten when the walk of the next one yields",
    by: "checker",
    changes: [
      {
        file: "core/mmu/tdp_zap.ts",
        function: "zapLeafs",
        find: "tdpIterYieldExcl(it, flush)",
        replace: "tdpIterYieldExcl(it, 0)",
      },
    ],
  },
  {
    number: 4,
    title: "a range zap of several roots starts each with no flush owed, and returns only the last one's",
    by: "checker",
    changes: [
      {
        file: "core/mmu/tdp_zap.ts",
        function: "unmapGfnRange",
        find: "startGfn, endGfn, flags, flush)",
        replace: "startGfn, endGfn, flags, 0)",
      },
      {
        file: "core/mmu/tdp_zap.ts",
        function: "zapLeafsAllRoots",
        find: "ZAP_MAY_YIELD, flush)",
        replace: "ZAP_MAY_YIELD, 0)",
      },
    ],
  },
  {
    number: 6,
    title: "a zap beside faults empties the entry at once: another frame is installed before the flush",
    by: "checker",
    changes: [
      {
        file: "core/mmu/tdp_set.ts",
        function: "zapSpteShared",
        find: "acas64(sptep, old, SPTE_FROZEN)",
        replace: "acas64(sptep, old, SPTE_NONPRESENT)",
      },
      {
        file: "core/mmu/tdp_set.ts",
        function: "zapSpteShared",
        find: "  astore64(sptep, SPTE_NONPRESENT);\n",
        replace: "",
      },
    ],
  },
  {
    number: 7,
    title: "the notifier's walk over roots holds no reference to the one it works on, and yields",
    by: "checker",
    changes: [
      {
        file: "core/mmu/tdp_zap.ts",
        function: "unmapGfnRange",
        find: "let root = rootNext(vm, null, ROOTS_ALL); root !== null; root = rootNext(vm, root, ROOTS_ALL)",
        replace: "let root = rootNextUnreferenced(vm, null); root !== null; root = rootNextUnreferenced(vm, root)",
      },
    ],
  },
  {
    number: 8,
    title: "the notifier passes invalid roots by: their zapper touches frames that have been given away",
    by: "checker",
    changes: [
      {
        file: "core/mmu/tdp_zap.ts",
        function: "unmapGfnRange",
        find: "rootNext(vm, null, ROOTS_ALL); root !== null; root = rootNext(vm, root, ROOTS_ALL)",
        replace: "rootNext(vm, null, ROOTS_VALID); root !== null; root = rootNext(vm, root, ROOTS_VALID)",
      },
    ],
  },
  {
    number: 9,
    title: "a fault does not ask whether its root was invalidated before it had the lock",
    by: "checker",
    changes: [
      {
        file: "core/mmu/fault.ts",
        function: "isStale",
        find: "if (isRootInvalid(changetype<MmuPage>(vcpu.root))) return true;",
        replace: "",
      },
    ],
  },
  {
    number: 10,
    title: "a walk over roots gives its reference back without freeing a root that nobody else holds",
    by: "checker",
    changes: [
      {
        file: "core/mmu/tdp_root.ts",
        function: "rootNext",
        find: "rootPut(vm, prev)",
        replace: "aadd32(countOf(prev), -1)",
      },
    ],
  },
  {
    number: 11,
    title: "zapping a root skips top-level entries that reach beyond the host's physical addresses",
    by: "suite",
    changes: [
      {
        file: "core/mmu/tdp_zap.ts",
        function: "zapPassShared",
        find: "if (tdpIterYieldShared(it, 0)) continue;",
        replace:
          "if (tdpIterYieldShared(it, 0)) continue;\n    if (it.gfn + ((<u64>1) << ((it.level - 1) * 9)) > MAX_GFN) continue;",
      },
    ],
  },
  {
    number: 12,
    title: "an entry is made for an address beyond the host's physical addresses, where no zap comes",
    by: "suite",
    changes: [{ file: "core/mmu/fault.ts", function: "faultNoSlot", find: " || f.gfn >= MAX_GFN", replace: "" }],
  },
  {
    number: 13,
    title: "write tracking passes entries by that have lost only W: a fast page fault gives it back",
    by: "checker",
    changes: [
      {
        file: "core/mmu/write_track.ts",
        function: "writeProtectGfn",
        find: "if (spte == it.oldSpte) continue;",
        replace: "if (!isWritable(it.oldSpte)) continue;",
        needs: ["mmu/spte#isWritable"],
      },
    ],
  },
  {
    number: 14,
    title: "an entry that the processor or a fast page fault is changing is overwritten by a plain store",
    by: "checker",
    changes: [
      {
        file: "core/mmu/tdp_set.ts",
        function: "setSpteExcl",
        find: "isLeaf(old, level) && needsAtomicUpdate(vm, old)",
        replace: "false",
      },
      { file: "core/mmu/tdp_set.ts", function: "zapLeafExcl", find: "needsAtomicUpdate(vm, old)", replace: "false" },
    ],
  },
  {
    number: 15,
    title: "clearing Dirty beside faults does not look again, after a lost race, whether the entry still is a leaf",
    by: "checker",
    changes: [
      {
        file: "core/mmu/clear_dirty.ts",
        function: "clearShared",
        find: "while (isLeaf(old, level)) {",
        replace: "if (!isLeaf(old, level)) return;\n  while (true) {",
      },
    ],
  },
  {
    number: 16,
    title: "a nested guest's entries are logged by the processor, which logs addresses of another guest there",
    by: "suite",
    changes: [
      {
        file: "core/mmu/make_spte.ts",
        function: "adTypeOf",
        find: "if ((role & ROLE_GUEST_MODE) != 0 && (vm.params & PARAM_PML) != 0) return SPTE_AD_WRPROT_ONLY;",
        replace: "",
      },
    ],
  },
  {
    number: 19,
    title: "a walk that meets a frozen entry above its target installs the leaf there, at the wrong level",
    by: "checker",
    changes: [
      {
        file: "core/mmu/tdp_map.ts",
        function: "tdpMap",
        find: "if (isFrozen(old)) return RET_PF_RETRY;",
        replace: "if (isFrozen(old)) f.goalLevel = level;",
      },
    ],
  },
  {
    number: 20,
    title: "whether the entry is frozen is asked only above the target: a frozen leaf is replaced",
    by: "checker",
    changes: [
      {
        file: "core/mmu/tdp_map.ts",
        function: "tdpMap",
        find: "if (isFrozen(old)) return RET_PF_RETRY;",
        replace: "if (isFrozen(old) && level != f.goalLevel) return RET_PF_RETRY;",
      },
    ],
  },
  {
    number: 21,
    title: "a table that was zapped after it was linked is put on the list of possible huge pages",
    by: "checker",
    changes: [
      {
        file: "core/mmu/nx_huge.ts",
        function: "nxTrack",
        find: "nxIsDisallowed(page) && page.onNxList == 0",
        replace: "page.onNxList == 0",
      },
    ],
  },
  {
    number: 22,
    title: "a table is marked as no huge page only after others can see it",
    by: "checker",
    changes: [
      {
        file: "core/mmu/tdp_map.ts",
        function: "linkTable",
        find: "nxSetDisallowed(page, u32((f.flags & FAULT_HUGE_DISALLOWED) != 0));",
        replace: "",
      },
      {
        file: "core/mmu/tdp_map.ts",
        function: "linkTable",
        find: "  traceGetPage(",
        replace: "  nxSetDisallowed(page, u32((f.flags & FAULT_HUGE_DISALLOWED) != 0));\n  traceGetPage(",
      },
    ],
  },
  {
    number: 23,
    title: "a root is zapped in one pass: one top-level entry hides an unbounded subtree",
    by: "limit",
    changes: [
      {
        file: "core/mmu/tdp_zap.ts",
        function: "zapRootShared",
        find: "  zapPassShared(vm, root, LEVEL_4K);\n  zapPassShared(vm, root, LEVEL_2M);\n  zapPassShared(vm, root, LEVEL_1G);\n",
        replace: "",
      },
    ],
  },
  {
    number: 25,
    title: "a fault on a slot that is being deleted is taken for MMIO and replaces a present entry",
    by: "checker",
    changes: [
      {
        file: "core/mmu/fault.ts",
        function: "faultinFast",
        find: "if ((slot.flags & KVM_MEMSLOT_INVALID) != 0) return RET_PF_RETRY;",
        replace: "if ((slot.flags & KVM_MEMSLOT_INVALID) != 0) return faultNoSlot(vm, vcpu, f);",
      },
      {
        file: "core/mmu/tdp_map.ts",
        function: "mapMmio",
        find: "if (isPresent(old)) return RET_PF_RETRY;",
        replace: "",
      },
    ],
  },
  {
    number: 26,
    title: "the invalidation sequence is kept as a signed 32-bit number",
    by: "suite",
    changes: [
      {
        file: "core/mmu/fault.ts",
        function: "isInvalidating",
        find: "!= f.mmuSeq",
        replace: "!= <u64>(<i64>(<i32>f.mmuSeq))",
      },
    ],
  },
  {
    number: 27,
    title: "recovery asks the normal address space's slot whether SMM's table is logged",
    by: "suite",
    changes: [
      {
        file: "core/mmu/nx_recover.ts",
        function: "isSlotLogged",
        find: "memslotFind(vm, roleAsId(page.role), page.gfn)",
        replace: "memslotFind(vm, 0, page.gfn)",
      },
    ],
  },
  {
    number: 29,
    title: "a zapped subtree is emptied while its parent entry is still frozen: faults wait for all of it",
    by: "limit",
    changes: [
      {
        file: "core/mmu/tdp_set.ts",
        function: "zapSpteShared",
        find: "  astore64(sptep, SPTE_NONPRESENT);\n  spteChanged(vm, asId, gfn, old, SPTE_NONPRESENT, level, SPTE_MODE_SHARED);\n",
        replace:
          "  spteChanged(vm, asId, gfn, old, SPTE_NONPRESENT, level, SPTE_MODE_SHARED);\n  astore64(sptep, SPTE_NONPRESENT);\n",
      },
    ],
  },
  {
    number: 34,
    title: "a host table is freed while a lockless walk may stand in it",
    by: "checker",
    changes: [
      {
        file: "core/mm/frames.ts",
        function: "frameFreeDeferred",
        find: "epochDefer(changetype<usize>(frameMeta(pfn)), load<u32>(changetype<usize>(frameFreeNode)))",
        replace: "frameFreeNode(changetype<usize>(frameMeta(pfn)))",
      },
    ],
  },
  {
    number: 35,
    title: "an entry whose frame the host replaced read-only stays writable for a fast page fault",
    by: "checker",
    changes: [
      {
        file: "core/mmu/make_spte.ts",
        function: "makeChangedPteSpte",
        find: " | vm.mmuWritableMask",
        replace: "",
      },
    ],
  },
  {
    number: 36,
    title: "recovery of huge pages that may not be executed ends, or yields, without a flush",
    by: "checker",
    changes: [
      {
        file: "core/mmu/tdp_zap.ts",
        function: "zapSp",
        find: "zapSpteShared(vm, roleAsId(page.role), sptep, page.gfn, level, old)",
        replace: "setSpteShared(vm, roleAsId(page.role), sptep, page.gfn, level, old, SPTE_NONPRESENT)",
      },
    ],
  },
  {
    number: 37,
    title: "a huge page's first gfn, which may lie below the slot, is looked up in the slot's counters",
    by: "suite",
    changes: [
      {
        file: "core/mmu/lpage.ts",
        function: "counterOf",
        find: "((gfn >> s) - (slot.baseGfn >> s))",
        replace: "((gfn - slot.baseGfn) >> s)",
      },
      {
        file: "core/mmu/lpage.ts",
        function: "lpageMaxLevel",
        find: "if (gfn - slot.baseGfn >= slot.nPages) return LEVEL_4K;",
        replace: "",
      },
      { file: "core/mmu/recover.ts", function: "recoverLevel", find: " || it.gfn < slot.baseGfn", replace: "" },
    ],
  },
];

/** Those of the list that have no mutant, and why. @type {Record<number, string>} */
export const NOT_EXPRESSED = {
  5: "flushes here empty whole TLBs; no flush names a range whose start could be wrong",
  17: "needs unsync tables: the legacy shadow MMU",
  18: "needs reclaim of shadow tables: the legacy shadow MMU",
  24: "a matter of an asynchronous worker's scheduling class; zapping is done by the caller here",
  28: "memory attributes (guest_memfd) are outside of the scope",
  30: "needs indirect shadow pages: the legacy shadow MMU",
  31: "excluded: pre-faulting answers -EAGAIN for a slot that is being deleted and leaves the epoch section each time",
  32: "needs reverse maps: the legacy shadow MMU",
  33: "needs shadow write protection: the legacy shadow MMU; its descendant in the TDP MMU is number 13",
};
