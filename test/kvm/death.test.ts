import { describe, expect, it } from "vitest";
import { Vcpu as VcpuStruct } from "../../src/abi/index.js";
import { AccessProgram, CoreBugError, WorkerDiedError } from "../../src/kvm/index.js";
import {
  expectDeaths,
  killAt,
  killBesideSharedSpace,
  killControlWorker,
  killVcpuWorker,
  makeVictims,
  openDebug,
  untilRefused,
} from "./death_rig.js";
import { addMemory, expectRefused, MIB, PAGE, runToHalt } from "./support.js";

describe("a vCPU worker that dies", () => {
  // The hook points of one fault, its way out of the guest and back, are some tens apart: primes meet them all over.
  const SAMPLE = [1, 2, 3, 5, 7, 11, 13, 17, 23, 29, 37, 43, 53, 61, 79, 97, 131, 211, 499, 1009];

  it.each(SAMPLE)("at hook point %i ends all runs and calls of its VM, within a second", (hook) =>
    killVcpuWorker(hook),
  );

  it.each([4, 19, 31, 47, 71])("at hook point %i hangs no other VM of the same address space", (hook) =>
    killBesideSharedSpace(hook),
  );

  it("ends the waits of others for a pager", async () => {
    await using system = await openDebug(2);
    const { vm, vcpus } = await makeVictims(system);
    const pager = { read: () => new Promise<never>(() => {}) };
    const userspaceAddr = await vm.addressSpace.mmap({ length: PAGE, backing: { type: "pager", pager } });
    await vm.setUserMemoryRegion({ slot: 1, guestPhysAddr: 64 * MIB, memorySize: PAGE, userspaceAddr });
    // The first to run gets the worker that became idle last.
    await vcpus[0].loadProgram(new AccessProgram().read({ gpa: 64 * MIB }));
    const calls = [vcpus[0].run(), vcpus[1].run(), vm.memory.read(64 * MIB, 1)];
    await expectDeaths(calls, () => {
      killAt(system, 1, 50);
      killAt(system, 2, 50);
    });
  });

  it("while its guest does nothing shared is noticed as well", async () => {
    await using system = await openDebug(2);
    const { vm, vcpus, hva } = await makeVictims(system);
    await vcpus[0].loadProgram(new AccessProgram().awaitStamp(1));
    const calls = [
      vcpus[0].run(),
      untilRefused(() => vm.addressSpace.dontNeed(hva, PAGE)),
      untilRefused(() => vm.stats()),
    ];
    await expectDeaths(calls, () => killAt(system, 1, 1000));
  });
});

describe("the control worker that dies", () => {
  it.each([1, 10, 40, 100, 400])("at hook point %i takes the System along", (hook) => killControlWorker(hook));
});

describe("a bug of core", () => {
  it("ends its VM and no other, and is named as the cause", async () => {
    await using system = await openDebug(2);
    const { vm, vcpus } = await makeVictims(system);
    // A vCPU that claims to be in the guest already: core refuses to enter twice.
    system.host.memory.set(vcpus[0].address, VcpuStruct.mode, 1);
    const end: unknown = await vcpus[0].run().catch((error: unknown) => error);
    expect(end).toBeInstanceOf(WorkerDiedError);
    const { cause } = end as WorkerDiedError;
    expect(cause).toBeInstanceOf(CoreBugError);
    expect(cause).toMatchObject({ bug: "BUG_GUEST_MODE", message: expect.stringContaining("a = 0x1") });
    await expectRefused(vm.stats(), "EIO", /lost a worker/);
    const next = await system.createVm();
    await addMemory(next, 0, 0, MIB);
    await runToHalt(await next.createVcpu(0), new AccessProgram().write({ gpa: 0 }));
    await next.destroy();
  });
});
