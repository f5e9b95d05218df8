/** The host takes pages that no slot maps, or whose slot is being made. */
import { define, guest, host, warmed } from "./define.js";
import { EPT, PAGE, read, write } from "./vm.js";
import { dontNeed } from "./zaps.js";

const NOTIFIER = "Support invalidate range MMU notifier for TDP MMU";

export const roots = [
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
