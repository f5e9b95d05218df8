/** Page faults against each other: the same page, a missing table in common, and the mitigation that keeps code small. */
import { MM_MAP_HUGE, NX_HUGE_PAGES_FORCE } from "../../abi/index.js";
import { define, guest, host, plainSlot, warmed } from "./define.js";
import { add, EPT, EPT_NO_AD, fetch, HUGE, NPT, PAGE, read, write } from "./vm.js";

export const faults = [
  define({
    name: "fault-fault",
    title: "Two vCPUs fault on one page that nobody has touched: it is mapped once, and no update is lost",
    duties: ["Allow parallel page faults", "Add TDP MMU PF handler", "Allocate and free TDP MMU roots"],
    vm: { ...EPT, vcpus: 2 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      vm.program(0, add(0n), add(0n));
      vm.program(1, add(0n));
      return {
        fibers: [guest(vm, 0, "adds to gfn 0 twice"), guest(vm, 1, "adds to gfn 0")],
        check: () => expectWord(vm.hostWord(hva), 3n),
      };
    },
  }),
  define({
    name: "fault-fault-table",
    title: "Two vCPUs fault on neighbours whose table is missing: one table is linked, the other given back",
    duties: ["Allow parallel page faults", "Factor out allocating a new tdp_mmu_page"],
    vm: { ...NPT, vcpus: 2 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [read(3n)], [add(0n)]);
      warmed(vm, 1, [read(2n)], [add(1n), add(0n)]);
      // Their tables go again; the roots stay.
      vm.now("vmZapGfnRange", vm.vm, 0n, 4n);
      return {
        fibers: [guest(vm, 0, "adds to gfn 0"), guest(vm, 1, "adds to gfns 1 and 0")],
        check: () => expectWord(vm.hostWord(hva) + vm.hostWord(hva + PAGE), 3n),
      };
    },
  }),
  define({
    name: "fault-fault-no-ad",
    title: "A read fault and a write fault on one page, on a processor without A/D bits",
    duties: ["Allow parallel page faults", "Fast page fault in the TDP MMU"],
    vm: { ...EPT_NO_AD, vcpus: 2 },
    setup(vm) {
      plainSlot(vm, 4n);
      vm.program(0, read(0n), write(0n));
      vm.program(1, write(0n), read(0n));
      return { fibers: [guest(vm, 0, "reads, then writes"), guest(vm, 1, "writes, then reads")] };
    },
  }),
  define({
    name: "fault-exec-huge",
    title: "One vCPU executes in a huge page's range while another maps it huge: code stays in small pages",
    duties: ["Remove disallowed_hugepage_adjust shadow_walk_iterator arg", "Allow parallel page faults"],
    vm: { ...EPT, vcpus: 2 },
    memoryMiB: 8,
    setup(vm) {
      vm.now("nxHugePagesSet", NX_HUGE_PAGES_FORCE);
      vm.slot(0, 0n, HUGE, vm.anon(HUGE, MM_MAP_HUGE));
      vm.program(0, fetch(0n), fetch(0n));
      vm.program(1, write(1n), write(1n));
      return { fibers: [guest(vm, 0, "fetches at gfn 0"), guest(vm, 1, "writes gfn 1")] };
    },
  }),
  define({
    name: "code-store",
    title: "A page's instructions begin to be cached while a vCPU that could write it does: every store is reported",
    duties: ["Add functions to handle changed TDP SPTEs"],
    vm: { ...EPT, vcpus: 1 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n)]);
      return {
        fibers: [
          guest(vm, 0, "writes gfn 0 twice"),
          host("decoder", 1, vm.call("caches code of gfn 0", "callCodeFrameSet", [vm.vm, hva])),
        ],
      };
    },
  }),
];

function expectWord(found: bigint, expected: bigint): void {
  if (found !== expected) throw new Error(`the guest's sum is ${found}, not ${expected}: an update is lost`);
}
