import { describe, expect, it } from "vitest";
import {
  AccessProgram,
  type System,
  type SystemOptions,
  type Vcpu,
  type Vm,
  type VmOptions,
} from "../../src/kvm/index.js";
import { recoveryPeriod } from "../../src/kvm/nx_recovery.js";
import { MIB, runToHalt, sleep, withSystem } from "./support.js";

/** A VM with three huge pages from 0 on, and a vCPU. */
async function hugeVm(system: System, options: VmOptions = {}): Promise<{ vm: Vm; vcpu: Vcpu }> {
  const vm = await system.createVm(options);
  const length = 6 * MIB;
  const userspaceAddr = await vm.addressSpace.mmap({ length, backing: { type: "anonymous", huge: "hugetlb" } });
  await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: length, userspaceAddr });
  return { vm, vcpu: await vm.createVcpu(0) };
}

const read = (page: number): AccessProgram => new AccessProgram().read({ gpa: page * 2 * MIB });
const execute = (page: number): AccessProgram => new AccessProgram().fetch({ gpa: page * 2 * MIB, size: 4 });

async function counts(vm: Vm): Promise<[pages2m: number, splits: number]> {
  const { pages_2m, nx_lpage_splits } = await vm.stats();
  return [pages_2m, nx_lpage_splits];
}

/** Until the recovery worker has given every split page back; a worker that does not is a test that times out. */
async function untilRecovered(vm: Vm): Promise<void> {
  while ((await vm.stats()).nx_lpage_splits !== 0) await sleep(5);
}

const FORCE: SystemOptions = {
  memory: 64 * MIB,
  nx_huge_pages: "force",
  nx_huge_pages_recovery_ratio: 0,
  nx_huge_pages_recovery_period_ms: 100,
};

/** Reads a page, reads the next, executes the first and the third, reads the first; recovery; reads the first: [2 MiB pages, splits] after each. */
type Table = [pages2m: number, splits: number][];
const MITIGATED: Table = [
  [1, 0],
  [2, 0],
  [1, 1],
  [1, 2],
  [1, 2],
  [1, 0],
  [2, 0],
];
const UNMITIGATED: Table = [
  [1, 0],
  [2, 0],
  [2, 0],
  [3, 0],
  [3, 0],
  [3, 0],
  [3, 0],
];

async function walkThrough(system: System, { vm, vcpu }: { vm: Vm; vcpu: Vcpu }): Promise<Table> {
  const table: Table = [];
  for (const step of [read(0), read(1), execute(0), execute(2), read(0)]) {
    await runToHalt(vcpu, step);
    table.push(await counts(vm));
  }
  await system.setParameters({ nx_huge_pages_recovery_ratio: 1 });
  await untilRecovered(vm);
  await system.setParameters({ nx_huge_pages_recovery_ratio: 0 });
  table.push(await counts(vm));
  await runToHalt(vcpu, read(0));
  table.push(await counts(vm));
  return table;
}

describe("NX huge pages", () => {
  it.each(["ept", "npt"] as const)("split what is executed, and are recovered, with %s", (tdp) =>
    withSystem({ ...FORCE, tdp }, async (system) => {
      const { vm, vcpu } = await hugeVm(system);
      expect(await walkThrough(system, { vm, vcpu })).toEqual(MITIGATED);
      // What is executed again is split again.
      await runToHalt(vcpu, execute(0));
      expect(await counts(vm)).toEqual([1, 1]);
      await vm.destroy();
    }),
  );

  it("stay whole where the mitigation is off, or the VM has opted out", () =>
    withSystem(FORCE, async (system) => {
      const optedOut = await hugeVm(system, { disableNxHugePages: true });
      expect(await walkThrough(system, optedOut)).toEqual(UNMITIGATED);
      await optedOut.vm.destroy();
      await system.setParameters({ nx_huge_pages: false });
      const plain = await hugeVm(system);
      expect(await walkThrough(system, plain)).toEqual(UNMITIGATED);
      await plain.vm.destroy();
    }));

  it("leave a VM alone that has opted out by its capability", () =>
    withSystem(FORCE, async (system) => {
      const vm = await system.createVm();
      await vm.enableCapability("KVM_CAP_VM_DISABLE_NX_HUGE_PAGES");
      const userspaceAddr = await vm.addressSpace.mmap({
        length: 2 * MIB,
        backing: { type: "anonymous", huge: "hugetlb" },
      });
      await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: 2 * MIB, userspaceAddr });
      await runToHalt(await vm.createVcpu(0), execute(0));
      expect(await counts(vm)).toEqual([1, 0]);
      await vm.destroy();
    }));

  it("switched on and off meanwhile, change all VMs", () =>
    withSystem({ ...FORCE, nx_huge_pages: "off" }, async (system) => {
      const vms = [await hugeVm(system), await hugeVm(system)];
      for (const { vcpu } of vms) await runToHalt(vcpu, execute(1));
      for (const mode of ["force", "off", "force"] as const) {
        await system.setParameters({ nx_huge_pages: mode });
        for (const { vm } of vms) expect(await counts(vm)).toEqual([0, 0]);
        for (const { vcpu } of vms) await runToHalt(vcpu, execute(1));
        for (const { vm } of vms) expect(await counts(vm)).toEqual(mode === "force" ? [0, 1] : [1, 0]);
      }
      await Promise.all(vms.map(({ vm }) => vm.destroy()));
    }));
});

describe("the recovery worker", () => {
  it("gives one in `ratio` back in each pass, rounded up, the oldest first", () =>
    withSystem({ ...FORCE, nx_huge_pages_recovery_ratio: 2, nx_huge_pages_recovery_period_ms: 0 }, async (system) => {
      const { vm, vcpu } = await hugeVm(system);
      const pass = (): Promise<number> => system.host.call(system.host, () => "refused", "nxRecover", vm.address);
      for (const page of [2, 0, 1]) await runToHalt(vcpu, execute(page));
      expect(await pass()).toBe(2);
      expect(await counts(vm)).toEqual([0, 1]);
      for (const page of [2, 0, 1]) await runToHalt(vcpu, read(page));
      expect(await counts(vm)).toEqual([2, 1]);
      expect([await pass(), await pass()]).toEqual([1, 0]);
      await vm.destroy();
    }));

  it("does nothing with ratio 0, until it is changed", () =>
    withSystem({ ...FORCE, nx_huge_pages_recovery_period_ms: 1 }, async (system) => {
      const { vm, vcpu } = await hugeVm(system);
      await runToHalt(vcpu, execute(0));
      await sleep(60);
      expect(await counts(vm)).toEqual([0, 1]);
      await system.setParameters({ nx_huge_pages_recovery_ratio: 7 });
      await untilRecovered(vm);
      await vm.destroy();
    }));

  it("has the kernel's period", () => {
    const period = (ratio: number, ms: number): number | undefined =>
      recoveryPeriod({
        nx_huge_pages: "off",
        nx_huge_pages_recovery_ratio: ratio,
        nx_huge_pages_recovery_period_ms: ms,
      });
    expect(period(60, 0)).toBe(60_000);
    expect(period(1, 0)).toBe(3_600_000);
    expect(period(7, 0)).toBe(514_285);
    expect(period(3600, 0)).toBe(1000);
    expect(period(2 ** 32 - 1, 0)).toBe(1000);
    expect(period(60, 5)).toBe(5);
    expect(period(0, 5)).toBeUndefined();
    const never = { nx_huge_pages_recovery_ratio: 60, nx_huge_pages_recovery_period_ms: 0 };
    expect(recoveryPeriod({ nx_huge_pages: "never", ...never })).toBeUndefined();
  });
});
