/**
 * A dirty log that begins, ends or is cleared beside what its change must not miss: faults that looked the slot up
 * before, entries that change under its hands, marks of neighbours, and how logs are to be kept.
 */
import {
  DIRTY_GFN_F_RESET,
  DIRTY_LOG_INITIALLY_SET,
  DIRTY_LOG_MANUAL_PROTECT_ENABLE,
  DirtyGfn,
  KVM_EXIT_DIRTY_RING_FULL,
  KVM_EXIT_HLT,
  KVM_MEM_LOG_DIRTY_PAGES,
  MM_MAP_HUGE,
  NX_HUGE_PAGES_FORCE,
  PARAM_EAGER_PAGE_SPLIT,
  Vcpu,
  Vm,
} from "../../abi/index.js";
import type { Step } from "../check/scenario.js";
import { define, guest, host, plainSlot, warmed } from "./define.js";
import { EPT, EPT_NO_AD, fetch, HUGE, halt, PAGE, read, type ScenarioVm, write } from "./vm.js";
import { zapAll } from "./zaps.js";

const LOG = "Support dirty logging for the TDP MMU";
const RECOVER = "Support disabling dirty logging for the tdp MMU";
const HANDLER = "Add dirty logging handler for changed sptes";
const FAST = "Fast page fault in the TDP MMU";
const AGE = "Add access tracking for tdp_mmu";
const ROOTS = "Allocate and free TDP MMU roots";

const setLog = (vm: ScenarioVm, hva: bigint, pages: bigint, flags: number): Step =>
  vm.call(`switches the log ${flags === 0 ? "off" : "on"}`, "callMemslotSet", [vm.vm, 0, flags, 0n, pages * PAGE, hva]);

const logOn = (vm: ScenarioVm, hva: bigint, pages = 4n): Step => setLog(vm, hva, pages, KVM_MEM_LOG_DIRTY_PAGES);

const age = (vm: ScenarioVm, hva: bigint): Step =>
  vm.call("ages the page of gfn 0", "callMmAge", [vm.mm, hva, PAGE], () => {});

const eager = (processor: typeof EPT) => ({ ...processor, params: processor.params | PARAM_EAGER_PAGE_SPLIT });

function hugeSlot(vm: ScenarioVm): bigint {
  const hva = vm.anon(HUGE, MM_MAP_HUGE);
  vm.slot(0, 0n, HUGE, hva);
  return hva;
}

export const logEdges = [
  define({
    name: "log-start-fault",
    title: "A slot's log is switched on while a vCPU's fault, which saw no log, maps a page to write",
    duties: [LOG, HANDLER],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [read(1n), write(2n)], [write(2n, 2n)]);
      // The host keeps the page: the fault finds it without leaving its epoch section.
      vm.now("vmZapGfnRange", vm.vm, 2n, 3n);
      return { fibers: [guest(vm, 0, "writes gfn 2"), host("VMM", 1, logOn(vm, hva))] };
    },
  }),
  define({
    name: "log-start-fault-slow",
    title: "The same with a page that the host has yet to make: the fault leaves its epoch section on the way",
    duties: [LOG, HANDLER],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [read(1n)], [write(2n, 2n)]);
      return { fibers: [guest(vm, 0, "writes gfn 2"), host("VMM", 1, logOn(vm, hva))] };
    },
  }),
  define({
    name: "log-start-age",
    title: "A slot's log is switched on while a page of it is aged: its entry changes under the log's hands",
    duties: [LOG, AGE],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [read(0n)]);
      return { fibers: [host("VMM", 1, logOn(vm, hva)), host("host", 2, age(vm, hva))] };
    },
  }),
  define({
    name: "log-start-manual",
    title: "A slot's log is switched on while another call changes how logs begin",
    duties: [LOG],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [read(0n)]);
      const both = DIRTY_LOG_MANUAL_PROTECT_ENABLE | DIRTY_LOG_INITIALLY_SET;
      return {
        fibers: [
          host("VMM", 1, logOn(vm, hva)),
          host("control", 2, vm.call("wants pages to begin as dirty", "vmSetManualProtect", [vm.vm, both])),
        ],
      };
    },
  }),
  define({
    name: "log-clear-beside",
    title: "One page's mark is cleared while a fast page fault marks its neighbour, in the same word",
    duties: [LOG, FAST],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      vm.now("vmSetManualProtect", vm.vm, DIRTY_LOG_MANUAL_PROTECT_ENABLE);
      vm.now("memslotSet", vm.vm, 0, KVM_MEM_LOG_DIRTY_PAGES, 0n, 4n * PAGE, hva);
      warmed(vm, 0, [write(0n), write(1n)], [write(1n, 2n)]);
      const buffer = vm.result("karrayAlloc", 8n) >>> 0;
      const pages = (mask: bigint): void =>
        vm.rig.memory.view.setBigUint64(vm.result("karrayAt", buffer, 0n) >>> 0, mask, true);
      pages(0b10n);
      vm.now("dirtyLogClear", vm.vm, 0, 0n, 4n, buffer);
      pages(0b01n);
      const clear = vm.call("clears gfn 0", "callDirtyLogClear", [vm.vm, 0, 0n, 4n, buffer]);
      return {
        fibers: [guest(vm, 0, "writes gfn 1"), host("VMM", 1, clear)],
        check: () => vm.now("karrayFree", buffer),
      };
    },
  }),
  define({
    name: "ring-full-zap-all",
    title: "A vCPU's write fills its dirty ring while everything is zapped: it leaves its old root all the same",
    duties: [LOG, ROOTS],
    vm: { ...EPT, vcpus: 1, plainHardware: true, ringEntries: 1024 },
    setup(vm) {
      const { memory } = vm.rig;
      const vcpu = vm.vcpus[0] as number;
      const hva = plainSlot(vm, 4n, KVM_MEM_LOG_DIRTY_PAGES);
      warmed(vm, 0, [write(0n)], [write(0n, 2n), read(0n)]);
      const readRing = (): void => {
        const [base, end] = [memory.get(vcpu, Vcpu.ringBase), memory.get(vcpu, Vcpu.ringDirtyIndex)];
        for (let at = memory.get(vcpu, Vcpu.ringResetIndex); at < end; at++)
          memory.set(base + at * 16, DirtyGfn.flags, DIRTY_GFN_F_RESET);
        vm.result("dirtyRingsReset", vm.vm);
      };
      readRing();
      // One entry is too many.
      memory.set(vm.vm, Vm.ringSoftLimit, 1);
      const run = vm.run(0, "writes gfn 0", [KVM_EXIT_DIRTY_RING_FULL, KVM_EXIT_HLT]);
      return {
        fibers: [{ name: "vCPU 0", cpu: 0, steps: [run] }, host("zapper", 1, zapAll(vm))],
        check: () => {
          readRing();
          memory.set(vm.vm, Vm.ringSoftLimit, 100);
          if (memory.get(vcpu, Vcpu.exitReason) !== KVM_EXIT_HLT) vm.warm(0);
          if (vm.hostWord(hva) !== 2n) throw new Error("a write is lost");
        },
      };
    },
  }),
  define({
    name: "split-dirty",
    title: "Logging begins, and splits a clean huge page, while the processor sets its Dirty bit",
    duties: [LOG],
    vm: { ...eager(EPT), vcpus: 1, plainHardware: true },
    memoryMiB: 8,
    setup(vm) {
      const hva = hugeSlot(vm);
      vm.program(0, write(0n), halt, read(0n), halt, write(0n, 2n));
      vm.warm(0);
      vm.now("vmZapGfnRange", vm.vm, 0n, HUGE);
      vm.warm(0);
      return { fibers: [guest(vm, 0, "writes gfn 0"), host("VMM", 1, logOn(vm, hva, HUGE))] };
    },
  }),
  ...[EPT, EPT_NO_AD].map((processor, i) =>
    define({
      name: `age-split${["", "-no-ad"][i]}`,
      title: `A huge page is aged while logging begins and splits it (${["EPT", "EPT without A/D bits"][i]})`,
      duties: [LOG, AGE],
      vm: { ...eager(processor), vcpus: 1, plainHardware: true },
      cpus: 3,
      memoryMiB: 8,
      setup(vm) {
        const hva = hugeSlot(vm);
        warmed(vm, 0, [write(0n)], [read(1n)]);
        return {
          fibers: [host("VMM", 1, logOn(vm, hva, HUGE)), host("host", 2, age(vm, hva))],
          check: () => vm.warm(0),
        };
      },
    }),
  ),
  define({
    name: "age-recover",
    title: "A small page is aged while logging ends, and a huge one takes the place of its table",
    duties: [RECOVER, AGE],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    memoryMiB: 8,
    setup(vm) {
      const hva = hugeSlot(vm);
      vm.now("memslotSet", vm.vm, 0, KVM_MEM_LOG_DIRTY_PAGES, 0n, HUGE * PAGE, hva);
      warmed(vm, 0, [write(0n), write(1n)], [read(1n)]);
      return { fibers: [host("host", 2, age(vm, hva)), host("VMM", 1, setLog(vm, hva, HUGE, 0))] };
    },
  }),
  define({
    name: "recover-nx-recover",
    title: "Logging ends, and small pages become huge in place, while a possible huge page is given back",
    duties: [RECOVER, "NX largepage recovery for TDP MMU"],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    memoryMiB: 8,
    setup(vm) {
      vm.now("nxHugePagesSet", NX_HUGE_PAGES_FORCE);
      vm.now("nxRecoverySet", 1, 0);
      const hva = hugeSlot(vm);
      warmed(vm, 0, [fetch(0n)], [read(1n)]);
      vm.now("memslotSet", vm.vm, 0, KVM_MEM_LOG_DIRTY_PAGES, 0n, HUGE * PAGE, hva);
      return {
        fibers: [
          host("VMM", 1, setLog(vm, hva, HUGE, 0)),
          host(
            "recovery",
            2,
            vm.call("gives a possible huge page back", "callNxRecover", [vm.vm], () => {}),
          ),
        ],
      };
    },
  }),
];
