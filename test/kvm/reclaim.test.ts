/** Guests with more memory than the System: pages leave for a file, or for a user's pager, and come back as they were. */
import { describe, expect, it } from "vitest";
import {
  AccessProgram,
  KVM_MEM_LOG_DIRTY_PAGES,
  type Pager,
  type System,
  type Vcpu,
  type Vm,
} from "../../src/kvm/index.js";
import { addMemory, expectRefused, MIB, PAGE, runToHalt, sleep, withSystem } from "./support.js";

/** A pager over a Map, which notes what it keeps, and fails or waits when told. */
class MapPager implements Pager {
  readonly pages = new Map<bigint, Uint8Array>();
  failing = false;
  gate: Promise<void> = Promise.resolve();
  reads = 0;
  writes = 0;
  closed = 0;

  async read(offset: bigint): Promise<Uint8Array> {
    this.reads++;
    const page = this.pages.get(offset);
    if (page === undefined) throw new Error(`nothing was written at ${offset}`);
    return page;
  }

  async write(offset: bigint, bytes: Uint8Array): Promise<void> {
    this.writes++;
    await this.gate;
    if (this.failing) throw new Error("the store is full");
    this.pages.set(offset, bytes);
  }

  async close(): Promise<void> {
    this.closed++;
  }
}

/** `pages` pages at `gpa`: each is written with its own address and a stamp, then `rounds` times read and checked. */
function writeAndVerify(gpa: number, pages: number, stamp: bigint, rounds = 1): AccessProgram {
  const where = { gpa, count: pages, stride: PAGE, value: stamp, plusGpa: true };
  let program = new AccessProgram().write(where);
  for (let i = 0; i < rounds; i++) program = program.read({ ...where, check: true });
  return program;
}

async function mismatches(vcpus: Vcpu[]): Promise<number[]> {
  return Promise.all(vcpus.map(async (vcpu) => (await vcpu.stats()).mismatches));
}

/** A VM with `bytes` of memory at 0 and swap. */
async function swappingVm(system: System, bytes: number, pager?: Pager, flags = 0): Promise<{ vm: Vm; hva: bigint }> {
  const vm = await system.createVm();
  await vm.addressSpace.useSwap(pager === undefined ? { length: 2 * bytes } : { length: 2 * bytes, pager });
  const hva = await addMemory(vm, 0, 0, bytes, flags);
  return { vm, hva };
}

describe("memory that does not fit", () => {
  it.each([{ eptad: true }, { eptad: false }])("64 MiB in a System of 24 MiB, two vCPUs, logged: %o", (params) =>
    withSystem({ memory: 24 * MIB, ...params }, async (system) => {
      const { vm } = await swappingVm(system, 64 * MIB, undefined, KVM_MEM_LOG_DIRTY_PAGES);
      const vcpus = [await vm.createVcpu(0), await vm.createVcpu(1)] as const;
      const pages = (32 * MIB) / PAGE;
      for (const stamp of [1n, 1000n]) {
        await Promise.all(vcpus.map((vcpu, i) => runToHalt(vcpu, writeAndVerify(i * 32 * MIB, pages, stamp))));
      }
      // Each sees what the other wrote.
      await Promise.all(
        vcpus.map((vcpu, i) =>
          runToHalt(
            vcpu,
            new AccessProgram().read({
              gpa: (1 - i) * 32 * MIB,
              count: 512,
              stride: 16 * PAGE,
              value: 1000n,
              plusGpa: true,
              check: true,
            }),
          ),
        ),
      );
      expect(await mismatches([...vcpus])).toEqual([0, 0]);
      const stats = await vm.addressSpace.stats();
      expect(stats.resident + stats.swapped).toBe(64 * MIB);
      expect(stats.swapped).toBeGreaterThan(40 * MIB);
      expect(stats.pageOuts).toBeGreaterThan((10 * MIB) / PAGE);
      expect(stats.pageIns).toBeGreaterThan((10 * MIB) / PAGE);
      await vm.destroy();
    }),
  );
});

describe("a pager that takes pages", () => {
  it("gets what was not used lately, gives it back, and is closed in the end", () =>
    withSystem({}, async (system) => {
      const pager = new MapPager();
      const { vm, hva } = await swappingVm(system, MIB, pager);
      const vcpu = await vm.createVcpu(0);
      await runToHalt(vcpu, writeAndVerify(0, 256, 7n));
      expect(await vm.addressSpace.age(hva, MIB)).toBe(MIB);
      expect(await vm.addressSpace.isYoung(hva, MIB)).toBe(false);
      // A vCPU whose TLB knows nothing touches sixteen pages again: the other 240 go.
      const other = await vm.createVcpu(1);
      await runToHalt(other, new AccessProgram().read({ gpa: 0, count: 16, stride: PAGE }));
      expect(await vm.addressSpace.isYoung(hva, 16 * PAGE)).toBe(true);
      expect(await vm.addressSpace.reclaim(240 * PAGE)).toBe(240 * PAGE);
      expect(await vm.addressSpace.stats()).toMatchObject({ resident: 16 * PAGE, swapped: 240 * PAGE, pageOuts: 240 });
      await sleep(20);
      expect(pager.writes).toBe(240);
      await runToHalt(
        other,
        new AccessProgram().read({ gpa: 0, count: 256, stride: PAGE, value: 7n, plusGpa: true, check: true }),
      );
      expect(pager.reads).toBe(240);
      expect(await mismatches([vcpu, other])).toEqual([0, 0]);
      await vm.destroy();
      expect(pager.closed).toBe(1);
    }));

  it("forgets clean pages of a pager's mapping, and asks for them again", () =>
    withSystem({}, async (system) => {
      let reads = 0;
      const source: Pager = {
        read: async (offset) => {
          reads++;
          return new Uint8Array(new BigUint64Array(512).fill(offset).buffer);
        },
      };
      const vm = await system.createVm();
      const hva = await vm.addressSpace.mmap({ length: MIB, backing: { type: "pager", pager: source } });
      await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: MIB, userspaceAddr: hva });
      const vcpu = await vm.createVcpu(0);
      const check = new AccessProgram().read({ gpa: 0, count: 64, stride: PAGE, plusGpa: true, check: true });
      await runToHalt(vcpu, check.write({ gpa: 8, count: 8, stride: PAGE, value: 5 }));
      // Without swap the eight written pages stay.
      expect(await vm.addressSpace.reclaim(MIB)).toBe(56 * PAGE);
      expect(await vm.addressSpace.reclaim(MIB)).toBe(0);
      expect(await vm.addressSpace.stats()).toMatchObject({ resident: 8 * PAGE, swapped: 0, cleanDrops: 56 });
      await runToHalt(
        vcpu,
        new AccessProgram()
          .read({ gpa: 0, count: 64, stride: PAGE, plusGpa: true, check: true })
          .read({ gpa: 8, count: 8, stride: PAGE, value: 5, check: true }),
      );
      expect(reads).toBe(64 + 56);
      expect(await mismatches([vcpu])).toEqual([0]);
      await vm.destroy();
    }));

  it("that fails leaves the pages where they are; the guest ends with ENOMEM, and goes on when it works again", () =>
    withSystem({ memory: 16 * MIB }, async (system) => {
      const pager = new MapPager();
      pager.failing = true;
      const { vm } = await swappingVm(system, 32 * MIB, pager);
      const vcpu = await vm.createVcpu(0);
      await vcpu.loadProgram(writeAndVerify(0, (32 * MIB) / PAGE, 3n));
      expect(await vcpu.run()).toMatchObject({ reason: "memoryFault", code: "ENOMEM" });
      expect(pager.pages.size).toBe(0);
      pager.failing = false;
      let exit = await vcpu.run();
      // The first writes that succeed are noticed by the next who needs memory.
      for (let i = 0; i < 100 && exit.reason === "memoryFault"; i++) {
        await sleep(5);
        exit = await vcpu.run();
      }
      expect(exit).toEqual({ reason: "hlt" });
      expect(await mismatches([vcpu])).toEqual([0]);
      await vm.destroy();
    }));

  it("that is slow: pages on their way out are taken back at once, unmapped or cloned", () =>
    withSystem({}, async (system) => {
      const pager = new MapPager();
      let open: () => void = () => {};
      pager.gate = new Promise((resolve) => {
        open = resolve;
      });
      const { vm, hva } = await swappingVm(system, MIB, pager);
      const vcpu = await vm.createVcpu(0);
      await runToHalt(vcpu, writeAndVerify(0, 40, 9n));
      expect(await vm.addressSpace.reclaim(40 * PAGE)).toBe(40 * PAGE);
      expect((await vm.addressSpace.stats()).swapped).toBe(40 * PAGE);
      const check = { count: 10, stride: PAGE, value: 9n, plusGpa: true, check: true } as const;
      await runToHalt(vcpu, new AccessProgram().read({ gpa: 0, ...check }));
      await vm.addressSpace.munmap(hva + BigInt(10 * PAGE), 10 * PAGE);
      expect(await vm.addressSpace.stats()).toMatchObject({ resident: 10 * PAGE, swapped: 20 * PAGE });
      const clone = await vm.addressSpace.fork();
      expect((await vm.addressSpace.stats()).swapped).toBe(0);
      open();
      await runToHalt(vcpu, new AccessProgram().read({ gpa: 20 * PAGE, ...check }).read({ gpa: 30 * PAGE, ...check }));
      expect(await mismatches([vcpu])).toEqual([0]);
      expect(pager.reads).toBe(0);
      await clone.destroy();
      await vm.destroy();
      await sleep(20);
    }));

  it("is shared by clones: each gets its pages back", () =>
    withSystem({}, async (system) => {
      const { vm, hva } = await swappingVm(system, MIB);
      const vcpu = await vm.createVcpu(0);
      await runToHalt(vcpu, writeAndVerify(0, 64, 11n));
      expect(await vm.addressSpace.reclaim(64 * PAGE)).toBe(64 * PAGE);
      await sleep(50);
      const space = await vm.addressSpace.fork();
      expect((await space.stats()).swapped).toBe(64 * PAGE);
      const cloned = await system.createVm({ addressSpace: space });
      await cloned.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: MIB, userspaceAddr: hva });
      const other = await cloned.createVcpu(0);
      await runToHalt(vcpu, writeAndVerify(0, 32, 12n));
      await runToHalt(
        other,
        new AccessProgram().read({ gpa: 0, count: 64, stride: PAGE, value: 11n, plusGpa: true, check: true }),
      );
      expect(await mismatches([vcpu, other])).toEqual([0, 0]);
      await cloned.destroy();
      await space.destroy();
      await vm.destroy();
    }));

  it("is refused where it cannot be", () =>
    withSystem({}, async (system) => {
      const space = await system.createAddressSpace();
      const readOnly: Pager = { read: async () => new Uint8Array(PAGE) };
      await expectRefused(space.useSwap({ length: MIB, pager: readOnly }), "EINVAL", /has no write/);
      await expectRefused(space.useSwap({ length: 0 }), "EINVAL", /swap of 0 pages/);
      await space.useSwap({ length: MIB });
      await expectRefused(space.useSwap({ length: MIB }), "EBUSY", /has swap already/);
      expect(await space.reclaim(MIB)).toBe(0);
      await space.destroy();
    }));
});
