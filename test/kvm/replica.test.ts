import { describe, expect, it } from "vitest";
import {
  type Backing,
  KVM_DIRTY_LOG_INITIALLY_SET,
  KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE,
  KVM_MEM_LOG_DIRTY_PAGES,
  type SystemOptions,
  type Vcpu,
  type Vm,
} from "../../src/kvm/index.js";
import { Replica, restlessProgram, runUntilKicked } from "./replica.js";
import { MIB, PAGE, sleep, withSystem } from "./support.js";

const BYTES = 8 * MIB;
const ROUNDS = 12;
/** Accesses of each vCPU after which it has seen enough; they take rings of all sizes several times round. */
const ENOUGH = 20_000;

/** The guest's memory; logging is switched on later, with `flags`. */
async function mapSlot(vm: Vm, huge: boolean): Promise<(flags: number) => Promise<void>> {
  const backing: Backing = huge ? { type: "anonymous", huge: "hugetlb" } : { type: "anonymous" };
  const userspaceAddr = await vm.addressSpace.mmap({ length: BYTES, backing });
  const set = (flags: number): Promise<void> =>
    vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: BYTES, userspaceAddr, flags });
  await set(0);
  return set;
}

async function restlessVcpus(vm: Vm): Promise<Vcpu[]> {
  const vcpus = await Promise.all([0, 1].map((id) => vm.createVcpu(id)));
  await Promise.all(vcpus.map((vcpu) => vcpu.loadProgram(restlessProgram(vcpu.id, BYTES), { seed: vcpu.id })));
  return vcpus;
}

async function haveWorked(vcpus: readonly Vcpu[], accesses = ENOUGH): Promise<boolean> {
  const stats = await Promise.all(vcpus.map((vcpu) => vcpu.stats()));
  return stats.every((vcpu) => vcpu.accesses >= accesses);
}

/** A device's writes, of the host's own: at odd places, another in each round. */
async function writeFromOutside(vm: Vm, round: number): Promise<void> {
  await vm.memory.write(((round * 37 + 5) % 2000) * PAGE - 3, new Uint8Array(7).fill(round + 1));
  await vm.memory.fill(((round * 11 + 700) % 2000) * PAGE, 3 * PAGE, round);
}

async function pause(vcpus: readonly Vcpu[], runs: readonly Promise<unknown>[]): Promise<void> {
  for (const vcpu of vcpus) vcpu.kick();
  expect(await Promise.all(runs)).toEqual(vcpus.map(() => ({ reason: "interrupted" })));
}

const WAYS: [string, SystemOptions, { huge?: boolean; manual?: number }][] = [
  ["PML", {}, {}],
  ["write protection", { pml: "off" }, {}],
  ["write protection, without A/D bits", { eptad: "off" }, {}],
  ["NPT", { tdp: "npt" }, {}],
  ["PML, huge pages split at once", {}, { huge: true }],
  ["PML, huge pages split when written", { eager_page_split: "off" }, { huge: true }],
  ["PML and manual protection", {}, { manual: KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE }],
  [
    "PML and manual protection, initially set, huge pages",
    {},
    { huge: true, manual: KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE | KVM_DIRTY_LOG_INITIALLY_SET },
  ],
  ["manual protection, without A/D bits", { eptad: "off" }, { manual: KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE }],
];

describe("a replica fed by the dirty log equals guest memory, with two vCPUs and a device at work", () => {
  it.each(WAYS)("by bitmap: %s", (_way, options, { huge = false, manual = 0 }) =>
    withSystem({ memory: 64 * MIB, ...options }, async (system) => {
      const vm = await system.createVm();
      if (manual !== 0) await vm.enableCapability("KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2", manual);
      const setFlags = await mapSlot(vm, huge);
      const vcpus = await restlessVcpus(vm);
      const runs = vcpus.map((vcpu) => vcpu.run());
      while (!(await haveWorked(vcpus, 1))) await sleep(1);
      await setFlags(KVM_MEM_LOG_DIRTY_PAGES);
      const replica = new Replica(vm, BYTES);
      const everything = vm.newDirtyBitmap(0);
      for (let page = 0; page < everything.numPages; page++) everything.add(page);
      await replica.copy(everything);
      const collect = async (): Promise<void> => {
        const log = await vm.getDirtyLog(0);
        if (manual !== 0) await vm.clearDirtyLog({ slot: 0, bitmap: log });
        await replica.copy(log);
      };
      for (let round = 0; round < ROUNDS || !(await haveWorked(vcpus)); round++) {
        await Promise.all([collect(), writeFromOutside(vm, round), sleep(5)]);
      }
      await pause(vcpus, runs);
      await collect();
      expect(replica.copied).toBeGreaterThan(everything.numPages);
      await replica.expectEqual();
      // Nothing is left to log.
      expect((await vm.getDirtyLog(0)).count()).toBe(0);
      await setFlags(0);
      await vm.destroy();
    }),
  );

  const RINGS: [string, SystemOptions, number, boolean][] = [
    ["PML, small rings", {}, 16384, false],
    ["PML, large rings", {}, 2 ** 20, false],
    ["write protection", { pml: "off" }, 4096, false],
    ["write protection, without A/D bits", { eptad: "off" }, 4096, false],
    ["NPT", { tdp: "npt" }, 4096, false],
    ["PML, huge pages", {}, 65536, true],
  ];

  it.each(RINGS)("by ring: %s", (_way, options, ringBytes, huge) =>
    withSystem({ memory: 64 * MIB, ...options }, async (system) => {
      const vm = await system.createVm();
      await vm.enableCapability("KVM_CAP_DIRTY_LOG_RING_ACQ_REL", ringBytes);
      await vm.enableCapability("KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP");
      const setFlags = await mapSlot(vm, huge);
      await setFlags(KVM_MEM_LOG_DIRTY_PAGES);
      const vcpus = await restlessVcpus(vm);
      const replica = new Replica(vm, BYTES);
      let entries = 0;
      const collect = async (): Promise<void> => {
        const pages = await vm.getDirtyLog(0); // the device's
        for (const vcpu of vcpus) {
          for (const { offset } of vcpu.dirtyRing?.harvest() ?? []) {
            pages.add(offset);
            entries++;
          }
        }
        await vm.resetDirtyRings();
        await replica.copy(pages);
      };
      // One collection at a time: the copy of a later one must not be overtaken by that of an earlier.
      let turn = Promise.resolve();
      const inTurn = (): Promise<void> => {
        turn = turn.then(collect);
        return turn;
      };
      const runs = vcpus.map((vcpu) => runUntilKicked(vcpu, inTurn));
      for (let round = 0; round < ROUNDS || !(await haveWorked(vcpus)); round++) {
        await Promise.all([inTurn(), writeFromOutside(vm, round), sleep(5)]);
      }
      await pause(vcpus, runs);
      await inTurn();
      expect(entries).toBeGreaterThan(BYTES / PAGE);
      await replica.expectEqual();
      await vm.destroy();
    }),
  );
});
