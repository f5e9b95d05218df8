/** The host changes its mappings under running vCPUs: takes pages, moves them, merges and shares them, changes rights. */
import { MM_MERGE_DIFFERENT, PROG_ROLE_GUEST_MODE, PROT_READ } from "../../abi/index.js";
import type { CallStep } from "../check/scenario.js";
import { define, guest, host, plainSlot, warmed } from "./define.js";
import { add, EPT, EPT_NO_AD, expects, NPT, PAGE, RW, read, role, type ScenarioVm, write } from "./vm.js";
import { dontNeed, zap } from "./zaps.js";

const NOTIFIER = "Support invalidate range MMU notifier for TDP MMU";
const CHANGED_PTE = "Support changed pte notifier in tdp MMU";
const CHANGES = "Add functions to handle changed TDP SPTEs";

export const notifiers = [
  define({
    name: "notifier-fault",
    title: "The host takes a page while one vCPU uses it and another faults on it",
    duties: [NOTIFIER],
    vm: { ...EPT, vcpus: 2 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n), read(0n)]);
      warmed(vm, 1, [read(1n)], [write(0n), read(0n)]);
      return {
        fibers: [
          guest(vm, 0, "writes gfn 0"),
          guest(vm, 1, "faults on gfn 0"),
          host("host", 2, dontNeed(vm, hva, 0n, 1n)),
        ],
      };
    },
  }),
  define({
    name: "notifier-fault-npt",
    title: "The same on NPT, the page being taken twice",
    duties: [NOTIFIER],
    vm: { ...NPT, vcpus: 1 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n), read(0n), write(0n)]);
      return {
        fibers: [guest(vm, 0, "writes gfn 0"), host("host", 1, dontNeed(vm, hva, 0n, 1n), dontNeed(vm, hva, 0n, 1n))],
      };
    },
  }),
  define({
    name: "notifier-two-roots",
    title: "The host takes a page that one of two roots maps: its flush is not forgotten over the other root",
    duties: [NOTIFIER, "Allocate and free TDP MMU roots"],
    vm: { ...EPT, vcpus: 2 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [read(1n)], [read(1n)]);
      warmed(vm, 1, [role(PROG_ROLE_GUEST_MODE), write(0n)], [write(0n), read(0n)]);
      return {
        fibers: [guest(vm, 1, "writes gfn 0 as a nested guest"), host("host", 2, dontNeed(vm, hva, 0n, 1n))],
      };
    },
  }),
  define({
    name: "notifier-zap-fault",
    title: "The host takes a page, and other pages are zapped meanwhile, while a vCPU faults on the first",
    duties: [NOTIFIER],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n), read(1n)], [write(0n, 2n)]);
      return {
        fibers: [
          guest(vm, 0, "writes gfn 0"),
          host("host", 1, dontNeed(vm, hva, 0n, 1n)),
          host("zapper", 2, zap(vm, 2n, 3n)),
        ],
      };
    },
  }),
  define({
    name: "frame-reuse",
    title: "A page is taken, and its frame given to another gfn at once, while a vCPU has it cached",
    duties: [NOTIFIER, "Protect page-table memory"],
    vm: { ...EPT_NO_AD, vcpus: 2 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n, 7n)], [write(0n, 8n), write(0n, 9n)]);
      warmed(vm, 1, [read(1n)], [write(3n, 5n), expects(3n, 5n)]);
      return {
        fibers: [
          guest(vm, 0, "writes gfn 0"),
          guest(vm, 1, "writes gfn 3 for the first time, and reads it back"),
          host("host", 2, dontNeed(vm, hva, 0n, 1n)),
        ],
      };
    },
  }),
  define({
    name: "migrate-write",
    title: "The host moves a page to another frame under a vCPU that adds to it: no update is lost",
    duties: [NOTIFIER, CHANGES],
    vm: { ...EPT, vcpus: 1 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [add(0n)], [add(0n), add(0n)]);
      return {
        fibers: [
          guest(vm, 0, "adds to gfn 0 twice"),
          host("host", 1, vm.call("moves the page of gfn 0", "callMmMigrate", [vm.mm, hva])),
        ],
        check: () => {
          if (vm.hostWord(hva) !== 3n) throw new Error("an update is lost");
        },
      };
    },
  }),
  define({
    name: "protect-write",
    title: "The host takes the write right from a page and gives it back, under a writing vCPU",
    duties: [NOTIFIER, CHANGES],
    vm: { ...EPT, vcpus: 1 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [read(0n), write(0n), write(0n)]);
      const protect = (prot: number) =>
        vm.call(`gives gfn 0 rights ${prot}`, "callMmProtect", [vm.mm, hva, PAGE, prot]);
      return {
        fibers: [
          // Without the right the run ends in a memory fault, and goes on where it was.
          { name: "vCPU 0", cpu: 0, steps: [unchecked(vm, 0, "writes gfn 0")] },
          host("host", 1, protect(PROT_READ), protect(RW)),
        ],
      };
    },
  }),
  define({
    name: "merge-fault",
    title: "The host merges two equal pages while a vCPU reads both and writes one",
    duties: [CHANGED_PTE],
    vm: { ...EPT, vcpus: 1 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n, 7n), write(1n, 7n), read(0n), read(1n)], [read(1n), write(1n, 8n), expects(1n, 8n)]);
      return {
        fibers: [guest(vm, 0, "reads and writes gfn 1"), host("host", 1, merge(vm, hva))],
        check: () => {
          if (vm.hostWord(hva) !== 7n || vm.hostWord(hva + PAGE) !== 8n)
            throw new Error("a write went to the wrong page");
        },
      };
    },
  }),
  define({
    name: "merge-two-vcpus",
    title: "Two equal pages are merged while one vCPU reads and another writes the page that changes its frame",
    duties: [CHANGED_PTE],
    vm: { ...EPT, vcpus: 2, plainHardware: true },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n, 7n), write(1n, 7n)], [read(1n), read(1n)]);
      warmed(vm, 1, [read(1n)], [write(1n, 8n), expects(1n, 8n)]);
      return {
        fibers: [guest(vm, 0, "reads gfn 1"), guest(vm, 1, "writes gfn 1"), host("host", 2, merge(vm, hva))],
        check: () => {
          if (vm.hostWord(hva) !== 7n) throw new Error("a write went to the wrong page");
        },
      };
    },
  }),
  define({
    name: "change-pte-write",
    title:
      "The host replaces a page by another's frame, read-only, under a vCPU that writes it: the other stays as it is",
    duties: [CHANGED_PTE, "Fast page fault in the TDP MMU"],
    vm: { ...EPT, vcpus: 1 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n, 7n), write(1n, 7n)], [write(1n, 8n), expects(1n, 8n)]);
      const replace = vm.call("gives gfn 1 the frame of gfn 0", "callReplaceReadOnly", [vm.mm, hva, hva + PAGE]);
      return {
        // What is written before the replacement goes with the old frame.
        fibers: [{ name: "vCPU 0", cpu: 0, steps: [unchecked(vm, 0, "writes gfn 1")] }, host("host", 1, replace)],
        check: () => {
          if (vm.hostWord(hva) !== 7n) throw new Error("a write went to the shared frame");
        },
      };
    },
  }),
  define({
    name: "unmap-fault",
    title: "The host unmaps memory, and frees the table that mapped it, while a vCPU looks for a page there",
    duties: [NOTIFIER, "Protect page-table memory"],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(1n)], [write(0n), write(1n)]);
      const unmap = vm.call("unmaps all pages", "callMmUnmap", [vm.mm, hva, 4n * PAGE]);
      return {
        // Where there is no memory the run ends in a memory fault.
        fibers: [{ name: "vCPU 0", cpu: 0, steps: [unchecked(vm, 0, "writes gfns 0 and 1")] }, host("host", 1, unmap)],
      };
    },
  }),
  define({
    name: "release-fault",
    title: "The address space ends under a vCPU that uses one page and faults on another: both are gone then",
    duties: [NOTIFIER, "Support zapping SPTEs in the TDP MMU"],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    setup(vm) {
      plainSlot(vm, 4n);
      warmed(vm, 0, [write(1n)], [write(0n), write(1n)]);
      return {
        fibers: [
          { name: "vCPU 0", cpu: 0, steps: [unchecked(vm, 0, "writes gfns 0 and 1")] },
          host("host", 1, vm.release()),
        ],
      };
    },
  }),
  define({
    name: "fork-write",
    title: "The address space is forked under a writing vCPU: parent and child part at one moment",
    duties: [NOTIFIER, CHANGES],
    vm: { ...EPT, vcpus: 1 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [add(0n)], [add(0n), add(0n)]);
      const fork = vm.call("forks the address space", "callMmFork", [vm.mm], (child) => vm.adopt(child));
      return {
        fibers: [guest(vm, 0, "adds to gfn 0 twice"), host("host", 1, fork)],
        check: () => {
          if (vm.hostWord(hva) !== 3n) throw new Error("an update is lost");
        },
      };
    },
  }),
];

/** vCPU `i` runs; how it ends is not asked. */
const unchecked = (vm: ScenarioVm, i: number, label: string): CallStep => ({
  ...vm.run(i, label),
  judge: () => undefined,
});

function merge(vm: ScenarioVm, hva: bigint): CallStep {
  return vm.call("merges the pages of gfns 0 and 1", "callMmMerge", [vm.mm, hva, hva + PAGE], (result) => {
    if (result !== 0 && result !== MM_MERGE_DIFFERENT) throw new Error(`mmMerge: ${result}`);
  });
}
