/** Write protection: tracked gfns, and protectors that meet each other, fast faults and the dirty log. */
import { KVM_MEM_LOG_DIRTY_PAGES } from "../../abi/index.js";
import type { Step } from "../check/scenario.js";
import { define, guest, host, plainSlot, warmed } from "./define.js";
import { EPT, EPT_NO_AD, EPT_PML, HUGE, read, type ScenarioVm, write } from "./vm.js";

const TRACK = "Support write protection for nesting in tdp MMU";
const FAST = "Fast page fault in the TDP MMU";
const LOG = "Support dirty logging for the TDP MMU";

const track = (vm: ScenarioVm, gfn: bigint): Step =>
  vm.call(`tracks writes to gfn ${gfn}`, "callWriteTrackAdd", [vm.vm, 0, gfn]);
const protect = (vm: ScenarioVm): Step => vm.call("write-protects the slot", "callClearDirtySlot", [vm.vm, 0, 0n]);

export const tracking = [
  define({
    name: "track-write",
    title: "A gfn begins to be tracked under a vCPU that writes it: from then on no write goes unseen",
    duties: [TRACK, FAST],
    vm: { ...EPT, vcpus: 2 },
    setup(vm) {
      plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n)]);
      warmed(vm, 1, [read(1n)], [write(0n, 4n)]);
      return {
        fibers: [
          guest(vm, 0, "writes gfn 0 twice"),
          guest(vm, 1, "faults on gfn 0"),
          host("tracker", 2, track(vm, 0n)),
        ],
      };
    },
  }),
  define({
    name: "track-untrack-write",
    title: "A gfn is tracked, and is no more, under a vCPU that writes it",
    duties: [TRACK, FAST],
    vm: { ...EPT, vcpus: 1 },
    setup(vm) {
      plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n)]);
      const untrack = vm.call("tracks gfn 0 no more", "callWriteTrackRemove", [vm.vm, 0, 0n]);
      return { fibers: [guest(vm, 0, "writes gfn 0 twice"), host("tracker", 1, track(vm, 0n), untrack)] };
    },
  }),
  define({
    name: "track-logged-write",
    title: "A gfn begins to be tracked while the dirty log has it write-protected and a vCPU's fast fault undoes that",
    duties: [TRACK, FAST, LOG],
    vm: { ...EPT, vcpus: 1 },
    setup(vm) {
      plainSlot(vm, 4n, KVM_MEM_LOG_DIRTY_PAGES);
      warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n)]);
      vm.now("callClearDirtySlot", vm.vm, 0, 0n);
      return {
        fibers: [guest(vm, 0, "writes gfn 0 twice"), host("tracker", 1, track(vm, 0n))],
      };
    },
  }),
  define({
    name: "track-protect-write",
    title: "One caller write-protects a slot and flushes late, another tracks a gfn of it, and a vCPU writes that",
    duties: [TRACK, FAST, LOG],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    setup(vm) {
      plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n)]);
      return {
        fibers: [guest(vm, 0, "writes gfn 0 twice"), host("logger", 1, protect(vm)), host("tracker", 2, track(vm, 0n))],
      };
    },
  }),
  define({
    name: "protect-protect",
    title: "Two callers write-protect one slot beside a zapper that makes both yield: all of them get done",
    duties: ["Ensure forward progress when yielding", LOG],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 4,
    bounds: { preemptions: 1 },
    setup(vm) {
      plainSlot(vm, 2n * HUGE);
      warmed(vm, 0, [write(HUGE - 1n), write(HUGE)], [read(0n)]);
      const zap = vm.call("zaps gfn 0", "callZapGfnRange", [vm.vm, 0n, 1n]);
      return {
        fibers: [host("logger A", 1, protect(vm)), host("logger B", 2, protect(vm)), host("zapper", 3, zap)],
      };
    },
  }),
  define({
    name: "fast-fault-zap",
    title: "A fast fault gives back write access while the leaf is zapped: what it was when it went is what counts",
    duties: [FAST, "Add functions to handle changed TDP SPTEs"],
    vm: { ...EPT_NO_AD, vcpus: 1 },
    setup(vm) {
      plainSlot(vm, 4n, KVM_MEM_LOG_DIRTY_PAGES);
      warmed(vm, 0, [write(0n)], [write(0n, 2n)]);
      vm.now("callClearDirtySlot", vm.vm, 0, 0n);
      vm.clean();
      return {
        fibers: [
          guest(vm, 0, "writes gfn 0"),
          host("zapper", 1, vm.call("zaps gfn 0", "callZapGfnRange", [vm.vm, 0n, 1n])),
        ],
      };
    },
  }),
  define({
    name: "dirty-bit-zap",
    title: "The processor sets Dirty in a leaf while it is zapped: the frame is known to be dirty",
    duties: ["Add functions to handle changed TDP SPTEs", "Support zapping SPTEs in the TDP MMU"],
    vm: { ...EPT_PML, vcpus: 1 },
    setup(vm) {
      plainSlot(vm, 4n, KVM_MEM_LOG_DIRTY_PAGES);
      warmed(vm, 0, [write(0n)], [write(0n, 2n)]);
      vm.now("callClearDirtySlot", vm.vm, 0, 0n);
      vm.clean();
      return {
        fibers: [
          guest(vm, 0, "writes gfn 0"),
          host("zapper", 1, vm.call("zaps gfn 0", "callZapGfnRange", [vm.vm, 0n, 1n])),
        ],
      };
    },
  }),
  define({
    name: "dirty-bit-track",
    title: "The processor sets Dirty in a leaf while its gfn begins to be tracked: the frame is known to be dirty",
    duties: ["Add functions to handle changed TDP SPTEs", TRACK],
    vm: { ...EPT_PML, vcpus: 1 },
    setup(vm) {
      plainSlot(vm, 4n, KVM_MEM_LOG_DIRTY_PAGES);
      warmed(vm, 0, [write(0n)], [write(0n, 2n)]);
      vm.now("callClearDirtySlot", vm.vm, 0, 0n);
      vm.clean();
      return { fibers: [guest(vm, 0, "writes gfn 0"), host("tracker", 1, track(vm, 0n))] };
    },
  }),
];
