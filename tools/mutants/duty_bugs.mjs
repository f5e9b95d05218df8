/**
 * Mistakes that break one duty of the duty table each, where neither a bug of KVM's past nor a mechanical mutant does:
 * mostly pure values. The key is the duty's id, the mutant's id is `duty:` and the key.
 */

/** @typedef {import("./historical.mjs").Change} Change */

/** @type {Record<string, {title: string, by: "checker" | "suite" | "limit", changes: Change[]}>} */
export const DUTY_BUGS = {
  "make-spte": {
    title: "a leaf made for an access does not say that it was accessed",
    by: "suite",
    changes: [
      {
        file: "core/mmu/make_spte.ts",
        function: "makeSpte",
        find: "(flags & MAKE_PREFETCH) == 0) spte |= vm.accessedMask;",
        replace: "false) spte |= vm.accessedMask;",
      },
    ],
  },
  "as-id": {
    title: "SMM's root has the role of the normal address space's",
    by: "suite",
    changes: [
      { file: "core/mmu/role.ts", function: "roleOfRoot", find: "if (asId != 0) role |= ROLE_SMM;", replace: "" },
    ],
  },
  "make-nonleaf": {
    title: "an entry that points to a table does not let the guest write below it",
    by: "suite",
    changes: [{ file: "core/mmu/make_spte.ts", function: "makeNonleafSpte", find: " | SPTE_WRITABLE", replace: "" }],
  },
  "disallowed-hugepage": {
    title: "a huge page replaces a table that stands for executable small pages",
    by: "suite",
    changes: [
      {
        file: "core/mmu/tdp_map.ts",
        function: "adjustForNx",
        find: "  const below",
        replace: "  if (level != LEVEL_4K) return;\n  const below",
      },
    ],
  },
  "page-caches": {
    title: "a fault goes on with whatever its caches hold",
    by: "suite",
    changes: [
      {
        file: "core/mmu/mmu_page.ts",
        function: "mmuCachesTopUp",
        find: "mmuCachesAreShort(vcpu)",
        replace: "vcpu.pageCacheCount == 0",
      },
    ],
  },
  "mmu-page": {
    title: "a table's frame does not lead to its header",
    by: "suite",
    changes: [
      {
        file: "core/mmu/mmu_page.ts",
        function: "pageInit",
        find: "frameMeta(<u32>ptrToPfn(table)).owner = <u32>changetype<usize>(page);",
        replace: "",
      },
    ],
  },
  rwlock: {
    title: "a writer does not wait for the readers inside",
    by: "checker",
    changes: [
      {
        file: "core/sync/rwlock.ts",
        function: "writeLock",
        find: "if (lock.kind == RW_DISTRIBUTED) sweepReaders(p);\n  else",
        replace: "if (lock.kind != RW_DISTRIBUTED)",
      },
    ],
  },
  "no-op-changes": {
    title: "an entry that is as it should be is made again",
    by: "suite",
    changes: [
      {
        file: "core/mmu/tdp_map.ts",
        function: "mapTarget",
        find: "if (isLeaf(old, level) && isEnough(vm, f, old)) {",
        replace: "if (false) {",
      },
      {
        file: "core/mmu/tdp_map.ts",
        function: "mapTarget",
        find: "if (spte == old) return RET_PF_SPURIOUS;",
        replace: "",
      },
    ],
  },
  prefault: {
    title: "pre-faulting goes on after each page by the size asked for, not by the size that was mapped",
    by: "suite",
    changes: [
      {
        file: "core/mmu/prefault.ts",
        function: "prefault",
        find: "const bytes = pagesPerLevel(level) << PAGE_SHIFT;",
        replace: "const bytes = pagesPerLevel(level + 1) << PAGE_SHIFT;",
      },
    ],
  },
};
