/** The host takes pages that one of several roots maps, that no slot maps, or whose slot is being made. */
import { PROG_ROLE_GUEST_MODE } from "../../abi/index.js";
import { define, guest, host, plainSlot, warmed } from "./define.js";
import { EPT, NPT, PAGE, read, role, write } from "./vm.js";
import { dontNeed } from "./zaps.js";

const NOTIFIER = "Support invalidate range MMU notifier for TDP MMU";

export const roots = [
  define({
    name: "notifier-two-roots",
    title:
      "The host takes a page that only the first of two roots maps: the flush owed for it is not lost in the second",
    duties: [NOTIFIER],
    vm: { ...NPT, vcpus: 2 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [read(1n)], [read(1n)]);
      warmed(vm, 1, [role(PROG_ROLE_GUEST_MODE), write(0n)], [write(0n, 2n), write(0n, 3n)]);
      return {
        fibers: [
          guest(vm, 0, "reads gfn 1"),
          guest(vm, 1, "writes gfn 0 as a nested guest"),
          host("host", 2, dontNeed(vm, hva, 0n, 1n)),
        ],
      };
    },
  }),
  define({
    name: "slot-create-notifier",
    title: "A slot is made of memory that the host is taking: both ends of the notifier see the same slots",
    duties: [NOTIFIER],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    setup(vm) {
      const hva = vm.anon(4n);
      vm.slot(0, 0n, 2n, hva + 2n * PAGE);
      warmed(vm, 0, [read(0n)], [read(1n)]);
      return {
        fibers: [
          host("host", 1, dontNeed(vm, hva, 0n, 1n)),
          host("control", 2, vm.call("makes a slot", "callMemslotSet", [vm.vm, 1, 0, 8n * PAGE, 2n * PAGE, hva])),
        ],
      };
    },
  }),
  define({
    name: "notifier-elsewhere",
    title: "The host takes pages that no slot maps, then one that a slot does: vCPUs go on",
    duties: [NOTIFIER],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    setup(vm) {
      const hva = vm.anon(4n);
      vm.slot(0, 0n, 2n, hva);
      warmed(vm, 0, [read(0n)], [write(1n)]);
      return {
        fibers: [guest(vm, 0, "writes gfn 1"), host("host", 1, dontNeed(vm, hva, 2n, 2n), dontNeed(vm, hva, 1n, 1n))],
      };
    },
  }),
];
