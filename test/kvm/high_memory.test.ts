/** Above 2 GiB core's pointers reach JavaScript negative: a whole VM's life up there. */
import { expect, it } from "vitest";
import { FRAME_KERNEL } from "../../src/abi/index.js";
import { AccessProgram, KVM_MEM_LOG_DIRTY_PAGES, System } from "../../src/kvm/index.js";
import { addMemory, MIB, PAGE, readU64, runProgram, runToHalt } from "./support.js";

const HIGH_PFN = 2 ** 19;
const MAX_ORDER = 9;

/** Takes, untouched, all frames below 2 GiB. Needs a build with the tests' exports. */
async function takeLowFrames({ host }: System): Promise<void> {
  for (let order = MAX_ORDER; order >= 0; order--) {
    let pfn = 0;
    while (pfn < HIGH_PFN) {
      pfn = (await host.call(
        host,
        () => "no frame",
        "framesAlloc" as never,
        ...([order, FRAME_KERNEL] as never),
      )) as number;
      expect(pfn).not.toBe(0);
    }
  }
}

it("everything works above 2 GiB", { timeout: 30_000 }, async () => {
  await using system = await System.open({ memory: 2 ** 32, cpus: 2, build: "test-release" as "release" });
  await takeLowFrames(system);
  const before = await system.stats();
  const vm = await system.createVm();
  expect(vm.address).toBeGreaterThanOrEqual(2 ** 31);
  const hva = await addMemory(vm, 0, 0, 16 * MIB);
  const paged = { read: async (offset: bigint) => new Uint8Array(PAGE).fill(Number(offset / 4096n)) };
  const pagedHva = await vm.addressSpace.mmap({ length: MIB, backing: { type: "pager", pager: paged } });
  await vm.setUserMemoryRegion({ slot: 1, guestPhysAddr: 64 * MIB, memorySize: MIB, userspaceAddr: pagedHva });
  const vcpus = await Promise.all([0, 1].map((id) => vm.createVcpu(id, { timing: true })));
  for (const vcpu of vcpus) expect(vcpu.address).toBeGreaterThanOrEqual(2 ** 31);

  const where = { count: 1000, stride: PAGE, plusGpa: true } as const;
  const program = new AccessProgram()
    .add({ gpa: 8, count: 1000, stride: PAGE })
    .write({ gpa: 0, ...where, value: 3 })
    .read({ gpa: 0, ...where, value: 3, check: true })
    .read({ gpa: 64 * MIB + 5 * PAGE, value: 0x0505050505050505n, check: true });
  await Promise.all(vcpus.map((vcpu) => runToHalt(vcpu, program)));
  const stats = await Promise.all(vcpus.map((vcpu) => vcpu.stats()));
  expect(stats.map(({ mismatches }) => mismatches)).toEqual([0, 0]);
  // They share the tables: one of them may find all pages there.
  expect(stats.reduce((sum, { fault_latency }) => sum + fault_latency.count, 0)).toBeGreaterThan(1000);
  expect(await readU64(vm, 999 * PAGE + 8)).toBe(2n);
  expect((await vm.stats()).pages_4k).toBe(1001);
  await vm.memory.write(8 * MIB - 3, new Uint8Array([1, 2, 3, 4, 5, 6]));
  expect([...(await vm.memory.read(8 * MIB - 3, 6))]).toEqual([1, 2, 3, 4, 5, 6]);

  const [vcpu] = vcpus;
  if (vcpu === undefined) throw new Error("two vCPUs");
  const exit = await runProgram(vcpu, new AccessProgram().write({ gpa: 0xfee00000n, size: 4, value: 0x12345678 }));
  expect(exit.reason === "mmio" && [...exit.data]).toEqual([0x78, 0x56, 0x34, 0x12]);

  const space = await vm.addressSpace.fork();
  const clone = await system.createVm({ addressSpace: space });
  await clone.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: 16 * MIB, userspaceAddr: hva });
  await runToHalt(await clone.createVcpu(0), new AccessProgram().write({ gpa: 0, count: 100, stride: PAGE, value: 9 }));
  expect([await readU64(vm, PAGE), await readU64(clone, PAGE)]).toEqual([4099n, 9n]);
  expect(await vm.addressSpace.migrate(hva)).toBe(true);
  await vm.addressSpace.dontNeed(hva, MIB);
  expect(await readU64(vm, PAGE)).toBe(0n);

  const logged = await system.createVm();
  await logged.enableCapability("KVM_CAP_DIRTY_LOG_RING_ACQ_REL", 16384);
  await logged.enableCapability("KVM_CAP_DIRTY_LOG_RING_WITH_BITMAP");
  await addMemory(logged, 0, 0, 16 * MIB, KVM_MEM_LOG_DIRTY_PAGES);
  const writer = await logged.createVcpu(0);
  await runToHalt(writer, new AccessProgram().write({ gpa: 7 * PAGE }));
  await logged.memory.fill(4000 * PAGE, 1);
  expect([...(writer.dirtyRing?.harvest() ?? [])]).toEqual([{ slot: 0, asId: 0, offset: 7 }]);
  expect(await logged.resetDirtyRings()).toBe(1);
  expect([...(await logged.getDirtyLog(0))]).toEqual([4000]);
  await logged.clearDirtyLog({ slot: 0, bitmap: logged.newDirtyBitmap(0).add(4000) });

  await Promise.all([vm.destroy(), clone.destroy(), logged.destroy()]);
  await space.destroy();
  expect(await system.stats()).toEqual(before);
});
