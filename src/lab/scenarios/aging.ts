/** Aging without mmu_lock, against whatever else may happen to a leaf. */

import type { Step } from "../check/scenario.js";
import { define, guest, host, plainSlot, warmed } from "./define.js";
import { EPT, EPT_NO_AD, NPT, PAGE, read, type ScenarioVm, write } from "./vm.js";
import { dontNeed, zap, zapAll } from "./zaps.js";

const AGE = "Add access tracking for tdp_mmu";

const age = (vm: ScenarioVm, hva: bigint): Step =>
  vm.call("ages the page of gfn 0", "callMmAge", [vm.mm, hva, PAGE], () => {});

const test = (vm: ScenarioVm, hva: bigint): Step =>
  vm.call("asks whether a page is young", "callMmTestYoung", [vm.mm, hva, PAGE], () => {});

export const aging = [
  ...[EPT, EPT_NO_AD, NPT].map((processor, i) =>
    define({
      name: `age-write${["", "-no-ad", "-npt"][i]}`,
      title: `A page is aged under one vCPU that writes it and another that faults (${["EPT", "EPT without A/D bits", "NPT"][i]})`,
      duties: [AGE],
      vm: { ...processor, vcpus: 2, plainHardware: true },
      setup(vm) {
        const hva = plainSlot(vm, 4n);
        warmed(vm, 0, [write(0n)], [write(0n, 2n), write(0n, 3n)]);
        warmed(vm, 1, [read(1n)], [read(0n), write(0n, 4n)]);
        return {
          fibers: [
            guest(vm, 0, "writes gfn 0 twice"),
            guest(vm, 1, "faults on gfn 0"),
            host("host", 2, age(vm, hva), age(vm, hva)),
          ],
        };
      },
    }),
  ),
  ...[EPT, EPT_NO_AD].map((processor, i) =>
    define({
      name: `age-zap${["", "-no-ad"][i]}`,
      title: `A page is aged while it is zapped under a vCPU that writes it (${["EPT", "EPT without A/D bits"][i]})`,
      duties: [AGE],
      vm: { ...processor, vcpus: 1 },
      cpus: 3,
      setup(vm) {
        const hva = plainSlot(vm, 4n);
        warmed(vm, 0, [write(0n)], [write(0n, 2n), read(0n)]);
        return {
          fibers: [guest(vm, 0, "writes gfn 0"), host("host", 1, age(vm, hva)), host("zapper", 2, zap(vm, 0n, 1n))],
        };
      },
    }),
  ),
  ...[EPT, EPT_NO_AD].map((processor, i) =>
    define({
      name: `age-test${["", "-no-ad"][i]}`,
      title: `A page that a vCPU uses is aged and looked at: once used again, it is young (${["EPT", "EPT without A/D bits"][i]})`,
      duties: [AGE],
      vm: { ...processor, vcpus: 1, plainHardware: true },
      setup(vm) {
        const hva = plainSlot(vm, 4n);
        warmed(vm, 0, [write(0n)], [read(1n), write(0n, 2n)]);
        return {
          fibers: [guest(vm, 0, "reads gfn 1, writes gfn 0"), host("host", 1, age(vm, hva), test(vm, hva + PAGE))],
          check: () => {
            if (vm.result("mmTestYoung", vm.mm, hva + PAGE, PAGE) !== 1)
              throw new Error("gfn 1 was read, and is not young");
            vm.result("mmAge", vm.mm, hva, 4n * PAGE);
            if (vm.result("mmTestYoung", vm.mm, hva, 4n * PAGE) !== 0) throw new Error("an aged page is young");
          },
        };
      },
    }),
  ),
  define({
    name: "age-zap-all",
    title: "A page is aged in a root that is invalidated and emptied meanwhile",
    duties: [AGE, "Support zapping SPTEs in the TDP MMU"],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n, 2n)]);
      return { fibers: [host("host", 1, age(vm, hva)), host("zapper", 2, zapAll(vm))] };
    },
  }),
  define({
    name: "age-notifier",
    title: "A page is aged, then taken, by the host while everything is zapped",
    bounds: { preemptions: 1 },
    duties: [AGE, "Support invalidate range MMU notifier for TDP MMU"],
    vm: { ...EPT, vcpus: 1, plainHardware: true },
    cpus: 3,
    setup(vm) {
      const hva = plainSlot(vm, 4n);
      warmed(vm, 0, [write(0n)], [write(0n, 2n)]);
      return {
        fibers: [host("host", 1, age(vm, hva), dontNeed(vm, hva, 0n, 1n)), host("zapper", 2, zapAll(vm))],
      };
    },
  }),
];
