/** Huge pages: split under use, recovered under use, and the NX mitigation's tables that come and go. */
import {
  KVM_EXIT_HLT,
  KVM_EXIT_INTERNAL_ERROR,
  KVM_EXIT_MMIO,
  KVM_MEM_LOG_DIRTY_PAGES,
  MM_MAP_HUGE,
  MM_MAP_HUGE_1G,
  NX_HUGE_PAGES_FORCE,
  PARAM_EAGER_PAGE_SPLIT,
} from "../../abi/index.js";
import type { Step } from "../check/scenario.js";
import { define, guest, host, warmed } from "./define.js";
import { EPT, fetch, HUGE, NPT, PAGE, read, type ScenarioVm, write } from "./vm.js";
import { dontNeed, zapAll } from "./zaps.js";

const SPLIT = "Support dirty logging for the TDP MMU";
const RECOVER = "Support disabling dirty logging for the tdp MMU";
const NX = "NX largepage recovery for TDP MMU";
const FROZEN = "Mark SPTEs in disconnected pages as removed, flush after zap";

/** Pages of 1 GiB. */
const GIANT = HUGE * HUGE;

/** A slot of one 2 MiB page of the host's at gfn 0. */
function hugeSlot(vm: ScenarioVm): bigint {
  const hva = vm.anon(HUGE, MM_MAP_HUGE);
  vm.slot(0, 0n, HUGE, hva);
  return hva;
}

const setFlags = (vm: ScenarioVm, label: string, hva: bigint, flags: number): Step =>
  vm.call(label, "callMemslotSet", [vm.vm, 0, flags, 0n, HUGE * PAGE, hva]);
const recoverNx = (vm: ScenarioVm): Step =>
  vm.call("gives a possible huge page back", "callNxRecover", [vm.vm], () => {});

const EAGER = { ...EPT, params: EPT.params | PARAM_EAGER_PAGE_SPLIT };

export const huge = [
  define({
    name: "split-fault",
    title: "Logging begins, and splits a huge page, while one vCPU writes it and another faults beside",
    duties: [SPLIT],
    vm: { ...EAGER, vcpus: 2, plainHardware: true },
    memoryMiB: 8,
    setup(vm) {
      const hva = hugeSlot(vm);
      warmed(vm, 0, [write(0n)], [write(0n, 2n), write(1n, 2n)]);
      warmed(vm, 1, [read(2n)], [write(3n)]);
      return {
        fibers: [
          guest(vm, 0, "writes gfns 0 and 1"),
          guest(vm, 1, "writes gfn 3"),
          host("VMM", 2, setFlags(vm, "switches the log on", hva, KVM_MEM_LOG_DIRTY_PAGES)),
        ],
      };
    },
  }),
  define({
    name: "log-start-exec",
    title: "Logging begins, and takes W from a huge page, while a vCPU's first fetch puts a table in the page's place",
    duties: [SPLIT, NX],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    memoryMiB: 8,
    setup(vm) {
      nxForced(vm);
      const hva = hugeSlot(vm);
      warmed(vm, 0, [write(0n)], [fetch(0n), write(1n)]);
      return {
        fibers: [
          guest(vm, 0, "executes at gfn 0, writes gfn 1"),
          host("VMM", 1, setFlags(vm, "switches the log on", hva, KVM_MEM_LOG_DIRTY_PAGES)),
        ],
      };
    },
  }),
  define({
    name: "huge-slot-ends",
    title: "A slot begins and ends within huge pages of the host: no leaf maps what lies beside it",
    duties: [RECOVER, SPLIT],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    setup(vm) {
      const [first, end] = [HUGE / 2n, 2n * HUGE + (3n * HUGE) / 4n];
      const hva = vm.phantom(4n * HUGE, MM_MAP_HUGE) + first * PAGE;
      const set = (flags: number) => [vm.vm, 0, flags, first * PAGE, (end - first) * PAGE, hva] as const;
      vm.now("memslotSet", ...set(KVM_MEM_LOG_DIRTY_PAGES));
      warmed(
        vm,
        0,
        [write(first), write(HUGE), write(end - HUGE / 2n)],
        [write(first + 1n), write(end - 1n), write(end)],
      );
      const run = vm.run(0, "writes the slot's ends, then behind it", [KVM_EXIT_MMIO]);
      const off = vm.call("switches the log off", "callMemslotSet", set(0));
      return { fibers: [{ name: "vCPU 0", cpu: 0, steps: [run] }, host("VMM", 1, off)] };
    },
  }),
  define({
    name: "recover-fault",
    title: "Logging ends, and small pages become huge in place, under a vCPU that uses some and faults on others",
    duties: [RECOVER],
    vm: { ...EPT, vcpus: 1 },
    memoryMiB: 8,
    setup(vm) {
      const hva = hugeSlot(vm);
      vm.now("memslotSet", vm.vm, 0, KVM_MEM_LOG_DIRTY_PAGES, 0n, HUGE * PAGE, hva);
      warmed(vm, 0, [write(0n), read(1n)], [write(0n, 2n), write(1n, 2n)]);
      return {
        fibers: [guest(vm, 0, "writes gfns 0 and 1"), host("VMM", 1, setFlags(vm, "switches the log off", hva, 0))],
      };
    },
  }),
  define({
    name: "recover-notifier",
    title: "Logging ends, and small pages become huge in place, while the host takes one of them",
    duties: [RECOVER, "Support invalidate range MMU notifier for TDP MMU"],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    memoryMiB: 8,
    setup(vm) {
      const hva = hugeSlot(vm);
      vm.now("memslotSet", vm.vm, 0, KVM_MEM_LOG_DIRTY_PAGES, 0n, HUGE * PAGE, hva);
      warmed(vm, 0, [write(0n), write(1n)], [read(0n)]);
      return {
        fibers: [
          host("VMM", 1, setFlags(vm, "switches the log off", hva, 0)),
          host("host", 2, dontNeed(vm, hva, 1n, 1n)),
        ],
      };
    },
  }),
  define({
    name: "nx-recover-exec",
    title: "A table that stands where a huge page could is taken away under the vCPU that executes there",
    duties: [NX, FROZEN],
    vm: { ...EPT, vcpus: 1 },
    memoryMiB: 8,
    setup(vm) {
      nxForced(vm);
      hugeSlot(vm);
      warmed(vm, 0, [fetch(0n)], [fetch(0n), fetch(0n)]);
      return { fibers: [guest(vm, 0, "executes at gfn 0"), host("recovery", 1, recoverNx(vm))] };
    },
  }),
  define({
    name: "nx-recover-fault",
    title: "A table that stands where a huge page could is taken away while a vCPU faults on a page beside",
    duties: [NX, FROZEN],
    vm: { ...NPT, vcpus: 1 },
    memoryMiB: 8,
    setup(vm) {
      nxForced(vm);
      hugeSlot(vm);
      warmed(vm, 0, [fetch(0n), write(1n)], [write(2n, 2n), write(1n, 2n)]);
      return { fibers: [guest(vm, 0, "writes gfns 2 and 1"), host("recovery", 1, recoverNx(vm))] };
    },
  }),
  define({
    name: "nx-recover-zap-all",
    title: "A possible huge page is given back while everything is zapped",
    bounds: { preemptions: 1 },
    duties: [NX, FROZEN],
    vm: { ...EPT, vcpus: 1 },
    cpus: 3,
    memoryMiB: 8,
    setup(vm) {
      nxForced(vm);
      hugeSlot(vm);
      warmed(vm, 0, [fetch(0n), write(1n)], [fetch(0n)]);
      return { fibers: [host("recovery", 1, recoverNx(vm)), host("zapper", 2, zapAll(vm))] };
    },
  }),
  define({
    name: "nx-recover-recover",
    title: "Two callers give the same possible huge pages back",
    bounds: { preemptions: 1 },
    duties: [NX, FROZEN],
    vm: { ...EPT, vcpus: 1 },
    cpus: 3,
    memoryMiB: 8,
    setup(vm) {
      nxForced(vm);
      hugeSlot(vm);
      warmed(vm, 0, [fetch(0n), write(1n)], [fetch(0n), write(1n)]);
      return {
        fibers: [
          guest(vm, 0, "executes at gfn 0, writes gfn 1"),
          host("recovery A", 1, recoverNx(vm)),
          host("recovery B", 2, recoverNx(vm)),
        ],
      };
    },
  }),
  define({
    name: "nx-fault-zap",
    title: "A vCPU's first fetch links a small table while everything is zapped: no dead table stays on the list",
    bounds: { preemptions: 1 },
    duties: [NX, FROZEN],
    vm: { ...EPT, vcpus: 1 },
    memoryMiB: 8,
    setup(vm) {
      nxForced(vm);
      hugeSlot(vm);
      warmed(vm, 0, [read(0n)], [fetch(0n)]);
      return { fibers: [guest(vm, 0, "executes at gfn 0"), host("zapper", 1, zapAll(vm))] };
    },
  }),
  define({
    name: "nx-fault-recover-fault",
    title: "Two vCPUs' first fetches link a small table that recovery takes away at once",
    duties: [NX, FROZEN],
    vm: { ...EPT, vcpus: 2, plainHardware: true },
    memoryMiB: 8,
    setup(vm) {
      nxForced(vm);
      hugeSlot(vm);
      warmed(vm, 0, [read(0n)], [fetch(0n)]);
      warmed(vm, 1, [read(0n)], [fetch(1n)]);
      return {
        fibers: [
          guest(vm, 0, "executes at gfn 0"),
          guest(vm, 1, "executes at gfn 1"),
          host("recovery", 2, recoverNx(vm)),
        ],
      };
    },
  }),
  define({
    name: "nx-fault-recover",
    title: "A vCPU's first fetch links a small table that recovery takes away at once, while another vCPU maps huge",
    duties: [NX, FROZEN],
    vm: { ...EPT, vcpus: 2 },
    memoryMiB: 8,
    setup(vm) {
      nxForced(vm);
      hugeSlot(vm);
      warmed(vm, 0, [read(0n)], [fetch(0n)]);
      warmed(vm, 1, [read(1n)], [write(1n), write(2n)]);
      return {
        fibers: [
          guest(vm, 0, "executes at gfn 0"),
          guest(vm, 1, "writes gfns 1 and 2"),
          host("recovery", 2, recoverNx(vm)),
        ],
      };
    },
  }),
  define({
    name: "nx-recover-1g-fault",
    title:
      "A 1 GiB page is given back while a vCPU's first fetch links a small table below it: that is on no list then",
    duties: [NX, FROZEN],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    setup(vm) {
      nxForced(vm);
      vm.slot(0, 0n, GIANT, vm.phantom(GIANT, MM_MAP_HUGE_1G));
      warmed(vm, 0, [fetch(0n)], [fetch(HUGE)]);
      // Only the oldest: the table that stands for the whole.
      vm.now("nxRecoverySet", 100, 0);
      return { fibers: [guest(vm, 0, `executes at gfn ${HUGE}`), host("recovery", 1, recoverNx(vm))] };
    },
  }),
  define({
    name: "slot-delete-exec",
    title: "A slot is deleted while a vCPU's first fetch faults on a page that is mapped, huge and not executable",
    bounds: { preemptions: 1 },
    duties: [NX, "Make address space ID a property of memslots", "Support MMIO in the TDP MMU"],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    memoryMiB: 8,
    setup(vm) {
      nxForced(vm);
      const hva = hugeSlot(vm);
      warmed(vm, 0, [read(0n)], [fetch(0n)]);
      // A fetch of what is no memory is not emulated.
      const run = vm.run(0, "executes at gfn 0", [KVM_EXIT_HLT, KVM_EXIT_INTERNAL_ERROR]);
      const remove = vm.call("deletes the slot", "callMemslotSet", [vm.vm, 0, 0, 0n, 0n, hva]);
      return { fibers: [{ name: "vCPU 0", cpu: 0, steps: [run] }, host("VMM", 1, remove)] };
    },
  }),
];

/** The mitigation is on, and each recovery takes every table. */
function nxForced(vm: ScenarioVm): void {
  vm.now("nxHugePagesSet", NX_HUGE_PAGES_FORCE);
  vm.now("nxRecoverySet", 1, 0);
}
