import { describe, expect, it } from "vitest";
import { AccessProgram, type Backing, type Protection, type System, type Vm } from "../../src/kvm/index.js";
import {
  addMemory,
  expectRefused,
  MIB,
  PAGE,
  readU64,
  runProgram,
  runToHalt,
  sleep,
  withSystem,
  withVm,
} from "./support.js";

/** A VM with a slot over all of `hva`'s mapping, on its own or a given address space. */
async function vmOver(system: System, space: Vm["addressSpace"], hva: bigint, bytes: number): Promise<Vm> {
  const vm = await system.createVm({ addressSpace: space });
  await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: bytes, userspaceAddr: hva });
  return vm;
}

describe("AddressSpace", () => {
  it("places mappings one above the other, long ones on 2 MiB, and exactly where told", () =>
    withSystem({}, async (system) => {
      await using space = await system.createAddressSpace();
      const backing: Backing = { type: "anonymous" };
      const base = 0x2a8a_82a0_0000n;
      expect(await space.mmap({ length: PAGE, backing })).toBe(base);
      expect((await space.mmap({ length: 4 * MIB, backing })) % 0x200000n).toBe(0n);
      expect(await space.mmap({ length: PAGE, backing, fixed: 0x7000_0000_0000n })).toBe(0x7000_0000_0000n);
      await expectRefused(space.mmap({ length: PAGE, backing, fixed: base }), "EEXIST", /unmap it first/);
      await expectRefused(space.mmap({ length: PAGE, backing, fixed: 0x1000 }), "EPERM", /never mapped/);
      await expectRefused(space.mmap({ length: 100, backing }), "EINVAL", /multiple of 4096/);
      await expectRefused(space.mmap({ length: 0, backing }), "EINVAL", /not 0/);
      await expectRefused(space.mmap({ length: 1n << 50n, backing }), "ENOMEM", /no room/);
      await expectRefused(space.mmap({ length: PAGE, backing, prot: "w" as Protection }), "EINVAL", /prot is w/);
      await expectRefused(space.mmap({ length: PAGE, backing: { type: "disk" } as never }), "EINVAL", /backing.type/);
      await expectRefused(space.munmap(1, PAGE), "EINVAL", /address is 0x1;/);
      await expectRefused(space.munmap(PAGE, 0), "EINVAL", /length is 0/);
      await expectRefused(space.mprotect(0x1000_0000, PAGE, "r"), "ENOMEM", /not mapped/);
    }));

  it("takes pages away from a running guest: unmap, protect, give back", () =>
    withVm({}, async (vm) => {
      const hva = await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      const write = new AccessProgram().write({ gpa: 0, count: 256, stride: PAGE, value: 1 });
      await runToHalt(vcpu, write);
      expect((await vm.addressSpace.stats()).resident).toBe(MIB);
      await vm.addressSpace.dontNeed(hva, MIB / 2);
      expect((await vm.addressSpace.stats()).resident).toBe(MIB / 2);
      expect([await readU64(vm, 0), await readU64(vm, MIB / 2)]).toEqual([0n, 1n]);
      await vm.addressSpace.mprotect(hva, PAGE, "r");
      const fault = { reason: "memoryFault", gpa: 0n, code: "EFAULT" };
      expect(await runProgram(vcpu, write)).toMatchObject(fault);
      await vm.addressSpace.mprotect(hva, PAGE, "none");
      expect(await runProgram(vcpu, new AccessProgram().read({ gpa: 0 }))).toMatchObject(fault);
      await vm.addressSpace.mprotect(hva, PAGE, "rw");
      await runToHalt(vcpu, write);
      await vm.addressSpace.munmap(hva, MIB);
      expect(await runProgram(vcpu, write)).toMatchObject(fault);
    }));

  it("clones a VM by fork: both go on from the same memory, and part where they write", () =>
    withSystem({}, async (system) => {
      await using space = await system.createAddressSpace();
      const hva = await space.mmap({ length: MIB, backing: { type: "anonymous" } });
      const parent = await vmOver(system, space, hva, MIB);
      const vcpu = await parent.createVcpu(0);
      const where = { gpa: 0, count: 256, stride: PAGE };
      await runToHalt(vcpu, new AccessProgram().write({ ...where, value: 7 }));
      const free = (await system.stats()).free;
      await using copy = await space.fork();
      const child = await vmOver(system, copy, hva, MIB);
      // Nothing but tables was taken: the pages are shared.
      expect(free - (await system.stats()).free).toBeLessThan(40 * PAGE);
      const other = await child.createVcpu(0);
      const check = new AccessProgram().read({ ...where, value: 7, check: true });
      await runToHalt(other, check.write({ gpa: 0, count: 128, stride: PAGE, value: 8 }));
      await runToHalt(
        vcpu,
        new AccessProgram().read({ ...where, value: 7, check: true }).write({ ...where, value: 9 }),
      );
      await runToHalt(
        other,
        new AccessProgram()
          .read({ gpa: 0, count: 128, stride: PAGE, value: 8, check: true })
          .read({ gpa: MIB / 2, count: 128, stride: PAGE, value: 7, check: true }),
      );
      expect([(await vcpu.stats()).mismatches, (await other.stats()).mismatches]).toEqual([0, 0]);
      await Promise.all([parent.destroy(), child.destroy()]);
    }));

  it("replaces pages under a running guest: moved and merged, it notices nothing", () =>
    withVm({}, async (vm) => {
      const hva = await addMemory(vm, 0, 0, 16 * PAGE);
      const vcpu = await vm.createVcpu(0);
      const where = { gpa: 0, count: 16, stride: PAGE };
      await runToHalt(vcpu, new AccessProgram().write({ ...where, value: 3 }));
      await vcpu.loadProgram(
        new AccessProgram().loop(2000, (p) =>
          p.read({ ...where, value: 3, check: true }).add({ gpa: 8, count: 16, stride: PAGE }),
        ),
      );
      const run = vcpu.run();
      let rounds = 0;
      for (let ended = false; !ended; rounds++) {
        const page = BigInt(rounds % 16) * BigInt(PAGE);
        expect(await vm.addressSpace.migrate(hva + page)).toBe(true);
        ended = await Promise.race([run.then(() => true), sleep(0).then(() => false)]);
      }
      expect(await run).toEqual({ reason: "hlt" });
      expect((await vcpu.stats()).mismatches).toBe(0);
      for (let page = 0; page < 16; page++) expect(await readU64(vm, page * PAGE + 8)).toBe(2000n);
      // All pages are equal now: they merge into one, and part at the next write.
      for (let page = 1; page < 16; page++)
        expect(await vm.addressSpace.merge(hva, hva + BigInt(page * PAGE))).toBe(true);
      await runToHalt(vcpu, new AccessProgram().read({ ...where, value: 3, check: true }).add({ gpa: 8 }));
      expect(await vm.addressSpace.merge(hva, hva + BigInt(PAGE))).toBe(false);
      expect([await readU64(vm, 8), await readU64(vm, PAGE + 8)]).toEqual([2001n, 2000n]);
      expect((await vcpu.stats()).mismatches).toBe(0);
      await vm.addressSpace.dontNeed(hva, PAGE);
      expect(await vm.addressSpace.migrate(hva)).toBe(false);
      await expectRefused(vm.addressSpace.merge(hva, 0x7000_0000_0000n), "EFAULT", /cannot be merged/);
    }));

  it("shares an object's pages between VMs of different address spaces", () =>
    withSystem({}, async (system) => {
      const object = await system.createSharedMemory(MIB);
      const vms = await Promise.all([0, 1].map(() => system.createVm()));
      for (const vm of vms) {
        const hva = await vm.addressSpace.mmap({
          length: MIB / 2,
          backing: { type: "shared", object, offset: MIB / 2 },
        });
        await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: MIB / 2, userspaceAddr: hva });
      }
      await object.close();
      await object.close();
      const vcpus = await Promise.all(vms.map((vm) => vm.createVcpu(0)));
      const program = new AccessProgram().add({ gpa: 0x3000, count: 5000, stride: 0 });
      await Promise.all(vcpus.map((vcpu) => runToHalt(vcpu, program)));
      const [first, second] = vms;
      if (first === undefined || second === undefined) throw new Error("two VMs");
      expect(await readU64(first, 0x3000)).toBe(10_000n);
      const space = first.addressSpace;
      await expectRefused(space.mmap({ length: PAGE, backing: { type: "shared", object } }), "EBADF", /closed/);
      await first.destroy();
      expect(await readU64(second, 0x3000)).toBe(10_000n);
      await second.destroy();
      await expectRefused(system.createSharedMemory(0), "ENOMEM", /or that is 0/);
    }));

  it("maps terabytes of phantom memory", () =>
    withVm({}, async (vm) => {
      const bytes = 2n ** 42n;
      const userspaceAddr = await vm.addressSpace.mmap({ length: bytes, backing: { type: "phantom", pageSize: "1g" } });
      await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: bytes, userspaceAddr });
      const vcpu = await vm.createVcpu(0);
      const where = { gpa: 0, count: 4096, stride: 2 ** 30 };
      await runToHalt(
        vcpu,
        new AccessProgram().write({ ...where, value: 5 }).read({ ...where, value: 0, check: true }),
      );
      expect((await vcpu.stats()).mismatches).toBe(0);
      expect((await vm.stats()).pages_1g).toBe(4096);
    }));

  it("maps guest memory by 2 MiB pages where host frames are that large", () =>
    withVm({ memory: 64 * MIB }, async (vm) => {
      const bytes = 8 * MIB;
      const userspaceAddr = await vm.addressSpace.mmap({
        length: bytes,
        backing: { type: "anonymous", huge: "hugetlb" },
      });
      await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: bytes, userspaceAddr });
      const vcpu = await vm.createVcpu(0);
      await runToHalt(vcpu, new AccessProgram().write({ gpa: 0, count: 2048, stride: PAGE }));
      expect(await vm.stats()).toMatchObject({ pages_4k: 0, pages_2m: 4 });
      const huge = vm.addressSpace.mmap({ length: 128 * MIB, backing: { type: "anonymous", huge: "hugetlb" } });
      await expectRefused(huge, "ENOMEM", /no memory/);
    }));

  it("stays while VMs use it, and ends once", () =>
    withSystem({}, async (system) => {
      const space = await system.createAddressSpace();
      const vm = await system.createVm({ addressSpace: space });
      await expectRefused(space.destroy(), "EBUSY", /1 VM\(s\) still use/);
      await vm.destroy();
      await space.destroy();
      await space.destroy();
      await expectRefused(space.mmap({ length: PAGE, backing: { type: "anonymous" } }), "EBADF", /destroyed/);
      await expectRefused(system.createVm({ addressSpace: space }), "EBADF", /destroyed/);
    }));
});
