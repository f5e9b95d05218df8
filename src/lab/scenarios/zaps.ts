/** Zapping against running vCPUs: ranges, everything, roots that come and go. */
import { PROG_ROLE_GUEST_MODE, PROG_ROLE_SMM } from "../../abi/index.js";
import type { Step } from "../check/scenario.js";
import { define, guest, host, plainSlot, warmed } from "./define.js";
import { add, EPT, HUGE, NPT, PAGE, read, role, type ScenarioVm, write } from "./vm.js";

const ROOTS = "Allocate and free TDP MMU roots";
const ZAP = "Support zapping SPTEs in the TDP MMU";
const FREEING = "Protect page-table memory";

export const zapAll = (vm: ScenarioVm): Step => vm.call("zaps everything", "callZapAll", [vm.vm]);
export const zap = (vm: ScenarioVm, start: bigint, end: bigint): Step =>
  vm.call(`zaps gfns ${start} to ${end - 1n}`, "callZapGfnRange", [vm.vm, start, end]);

export const zaps = [
  define({
    name: "fault-zap",
    title: "A range is zapped under a vCPU that uses it",
    duties: [ZAP, "Add TDP MMU PF handler"],
    vm: { ...EPT, vcpus: 1 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [add(0n)], [add(0n), add(0n)]);
      return {
        fibers: [guest(vm, 0, "adds to gfn 0 twice"), host("zapper", 1, zap(vm, 0n, 1n))],
        check: () => {
          if (vm.hostWord(hva) !== 3n) throw new Error("an update is lost");
        },
      };
    },
  }),
  ...[
    { name: "zap-two-roots", processor: EPT, other: PROG_ROLE_GUEST_MODE, words: "two roots" },
    { name: "zap-two-spaces", processor: NPT, other: PROG_ROLE_SMM, words: "two address spaces" },
  ].map(({ name, processor, other, words }) =>
    define({
      name,
      title: `A range is zapped in ${words}; a fault makes the zapper yield in the second: the first's flush is not lost`,
      duties: [ZAP, "Ensure forward progress when yielding", "Make address space ID a property of memslots"],
      vm: { ...processor, vcpus: 2, plainHardware: true },
      setup(vm) {
        const hva = plainSlot(vm, 2n * HUGE);
        vm.slot(1 << 16, 0n, 2n * HUGE, hva);
        const [low, high] = [HUGE - 1n, HUGE];
        // The second root visited, the older, has the tables but no page of the range.
        warmed(vm, 0, [read(2n)], [read(3n)]);
        warmed(vm, 1, [role(other), write(low)], [write(low, 3n)]);
        return {
          fibers: [
            guest(vm, 0, "faults on gfn 3"),
            guest(vm, 1, `writes gfn ${low} in another role`),
            host("zapper", 2, zap(vm, low, high + 1n)),
          ],
        };
      },
    }),
  ),
  define({
    name: "fault-zap-all",
    title: "Everything is zapped fast while a vCPU faults: nothing is installed in a root that is gone",
    bounds: { preemptions: 1 },
    duties: [ZAP, ROOTS, FREEING],
    vm: { ...EPT, vcpus: 1 },
    setup(vm) {
      plainSlot(vm, 4n);
      warmed(vm, 0, [read(1n)], [write(0n), read(1n)]);
      return { fibers: [guest(vm, 0, "faults on gfn 0, reads gfn 1"), host("zapper", 1, zapAll(vm))] };
    },
  }),
  define({
    name: "write-zap-all",
    title: "Everything is zapped fast under a vCPU that writes and goes over to a new root",
    duties: [ZAP, ROOTS, FREEING],
    vm: { ...NPT, vcpus: 1 },
    setup(vm) {
      plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n)]);
      return { fibers: [guest(vm, 0, "writes gfn 0 twice"), host("zapper", 1, zapAll(vm))] };
    },
  }),
  define({
    name: "zap-all-twice",
    title: "Two callers zap everything while a vCPU loads its next root",
    duties: [ZAP, ROOTS, FREEING],
    vm: { ...NPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    bounds: { preemptions: 0 },
    setup(vm) {
      plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n), write(1n)]);
      return {
        fibers: [guest(vm, 0, "writes gfns 0 and 1"), host("zapper A", 1, zapAll(vm)), host("zapper B", 2, zapAll(vm))],
      };
    },
  }),
  define({
    name: "notifier-invalid-root",
    title: "The host takes a page while an invalidated root that maps it is being emptied",
    bounds: { preemptions: 1 },
    duties: ["Support invalidate range MMU notifier for TDP MMU", ZAP, FREEING],
    vm: { ...EPT, vcpus: 1 },
    cpus: 3,
    setup(vm) {
      const hva = plainSlot(vm, 2n * HUGE);
      warmed(vm, 0, [write(HUGE - 1n), write(HUGE)], [read(0n)]);
      return {
        fibers: [host("zapper", 1, zapAll(vm)), host("notifier", 2, dontNeed(vm, hva, HUGE - 1n, 2n))],
      };
    },
  }),
  define({
    name: "notifier-invalid-root-dirty",
    title: "The host moves a page while an invalidated root that has it dirty is being emptied",
    bounds: { preemptions: 1 },
    duties: ["Support invalidate range MMU notifier for TDP MMU", ZAP, "Add functions to handle changed TDP SPTEs"],
    vm: { ...NPT, vcpus: 1 },
    cpus: 3,
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n), write(1n)], [read(0n)]);
      return {
        fibers: [
          host("zapper", 1, zapAll(vm)),
          host("host", 2, vm.call("moves the page of gfn 1", "callMmMigrate", [vm.mm, hva + PAGE])),
        ],
      };
    },
  }),
  define({
    name: "root-put-walk",
    title: "A vCPU gives up its root while a notifier walks all roots and everything is zapped",
    duties: [ROOTS, FREEING, "Ensure forward progress when yielding"],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    bounds: { preemptions: 0 },
    setup(vm) {
      const hva = plainSlot(vm, 2n * HUGE);
      warmed(vm, 0, [write(HUGE - 1n), write(HUGE)], [role(PROG_ROLE_GUEST_MODE), read(0n)]);
      return {
        fibers: [
          guest(vm, 0, "becomes a nested guest and reads gfn 0"),
          host("zapper", 1, zapAll(vm)),
          host("notifier", 2, dontNeed(vm, hva, HUGE - 1n, 2n)),
        ],
      };
    },
  }),
];

/** The host drops `pages` pages from `first` on. */
export function dontNeed(vm: ScenarioVm, hva: bigint, first: bigint, pages: bigint): Step {
  return vm.call(`drops the pages of gfns ${first} to ${first + pages - 1n}`, "callMmDontNeed", [
    vm.mm,
    hva + first * PAGE,
    pages * PAGE,
  ]);
}
