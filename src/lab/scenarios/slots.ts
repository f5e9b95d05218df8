/** Memory slots that come, go and change under running vCPUs. */
import { KVM_EXIT_HLT, KVM_EXIT_MMIO, KVM_MEM_LOG_DIRTY_PAGES } from "../../abi/index.js";
import type { Step } from "../check/scenario.js";
import { define, guest, host, plainSlot, warmed } from "./define.js";
import { EPT, EPT_PML, NPT, PAGE, read, type ScenarioVm, write } from "./vm.js";

const SLOTS = "Make address space ID a property of memslots";
const MMIO = "Support MMIO in the TDP MMU";
const ZAP = "Support zapping SPTEs in the TDP MMU";

/** Sets slot 0: `pages` 0 deletes it. */
const set = (vm: ScenarioVm, label: string, gfn: bigint, pages: bigint, hva: bigint, flags = 0): Step =>
  vm.call(label, "callMemslotSet", [vm.vm, 0, flags, gfn * PAGE, pages * PAGE, hva]);

const MMIO_OR_HALT = [KVM_EXIT_MMIO, KVM_EXIT_HLT];

export const slots = [
  define({
    name: "slot-delete-fault",
    title: "A slot is deleted while a vCPU faults on it: the page is memory before, MMIO after, never both",
    bounds: { preemptions: 1 },
    duties: [SLOTS, MMIO, ZAP],
    vm: { ...EPT, vcpus: 1 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(1n)], [write(0n), write(1n)]);
      return {
        fibers: [
          { name: "vCPU 0", cpu: 0, steps: [vm.run(0, "writes gfns 0 and 1", MMIO_OR_HALT)] },
          host("VMM", 1, set(vm, "deletes the slot", 0n, 0n, hva)),
        ],
      };
    },
  }),
  define({
    name: "slot-delete-prefault",
    title: "A slot is deleted while its pages are mapped ahead of use",
    bounds: { preemptions: 1 },
    duties: [SLOTS, ZAP],
    vm: { ...EPT, vcpus: 1 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [read(1n)], [read(1n)]);
      const prefault = vm.call(
        "maps gfns 0 to 2 ahead",
        "callVcpuPrefault",
        [vm.vcpus[0] as number, 0n, 3n * PAGE],
        () => {},
      );
      return {
        fibers: [host("pre-fault", 0, prefault), host("VMM", 1, set(vm, "deletes the slot", 0n, 0n, hva))],
      };
    },
  }),
  define({
    name: "slot-move-fault",
    title: "A slot is moved in guest-physical space under a vCPU that uses its old and its new place",
    bounds: { preemptions: 1 },
    duties: [SLOTS, MMIO, ZAP],
    vm: { ...NPT, vcpus: 1 },
    setup(vm) {
      const hva = plainSlot(vm, 2n);
      warmed(vm, 0, [write(0n)], [write(0n), write(2n)]);
      return {
        fibers: [
          { name: "vCPU 0", cpu: 0, steps: [vm.run(0, "writes gfns 0 and 2", MMIO_OR_HALT)] },
          host("VMM", 1, set(vm, "moves the slot to gfn 2", 2n, 2n, hva)),
        ],
      };
    },
  }),
  define({
    name: "slot-create-fault",
    title: "A slot appears where a vCPU does MMIO",
    duties: [SLOTS, MMIO],
    vm: { ...EPT, vcpus: 1 },
    setup(vm) {
      const hva = vm.anon(4n);
      vm.program(0, write(0n), write(0n));
      return {
        fibers: [
          {
            name: "vCPU 0",
            cpu: 0,
            steps: ["", "again"].map((again) => vm.run(0, `writes gfn 0 ${again}`, MMIO_OR_HALT)),
          },
          host("VMM", 1, set(vm, "creates a slot", 0n, 4n, hva)),
        ],
      };
    },
  }),
  ...[EPT, EPT_PML, NPT].map((processor, i) =>
    define({
      name: `log-start-write${["", "-pml", "-npt"][i]}`,
      title: `A slot's dirty log is switched on under a writing vCPU (${["EPT", "EPT with PML", "NPT"][i]})`,
      duties: [SLOTS, "Support dirty logging for the TDP MMU", "Add dirty logging handler for changed sptes"],
      vm: { ...processor, vcpus: 2, plainHardware: true },
      setup(vm) {
        const hva = plainSlot(vm, 4n);
        warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n)]);
        warmed(vm, 1, [read(1n)], [write(1n, 2n)]);
        return {
          fibers: [
            guest(vm, 0, "writes gfn 0 twice"),
            guest(vm, 1, "faults on gfn 1"),
            host("VMM", 2, set(vm, "switches the log on", 0n, 4n, hva, KVM_MEM_LOG_DIRTY_PAGES)),
          ],
        };
      },
    }),
  ),
  define({
    name: "log-on-off-write",
    title: "A slot's dirty log is switched on and off again under a writing vCPU",
    duties: [SLOTS, "Support disabling dirty logging for the tdp MMU"],
    vm: { ...EPT, vcpus: 1 },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n)]);
      return {
        fibers: [
          guest(vm, 0, "writes gfn 0 twice"),
          host(
            "VMM",
            1,
            set(vm, "switches the log on", 0n, 4n, hva, KVM_MEM_LOG_DIRTY_PAGES),
            set(vm, "switches the log off", 0n, 4n, hva),
          ),
        ],
      };
    },
  }),
];
