import { describe, expect, it } from "vitest";
import { AccessProgram, type Pager, type System, type Vm } from "../../src/kvm/index.js";
import { expectRefused, MIB, PAGE, runProgram, runToHalt, sleep, withSystem } from "./support.js";

/** A pager whose page at `offset` holds that offset in each u64, and which notes what it was asked for. */
class CountingPager implements Pager {
  readonly asked: bigint[] = [];
  /** What each answer waits for. */
  gate: Promise<void> = Promise.resolve();

  async read(offset: bigint, length: number): Promise<Uint8Array> {
    this.asked.push(offset);
    await this.gate;
    return new Uint8Array(new BigUint64Array(length / 8).fill(offset).buffer);
  }
}

/** A VM whose memory at 0 is `bytes` of a pager's. */
async function pagedVm(system: System, pager: Pager, bytes = MIB, offset = 0): Promise<{ vm: Vm; hva: bigint }> {
  const vm = await system.createVm();
  const hva = await vm.addressSpace.mmap({ length: bytes, backing: { type: "pager", pager, offset } });
  await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: bytes, userspaceAddr: hva });
  return { vm, hva };
}

describe("pager-backed memory", () => {
  it("is asked for when touched, once for each page, from the mapping's offset on", () =>
    withSystem({}, async (system) => {
      const pager = new CountingPager();
      const { vm } = await pagedVm(system, pager, MIB, 16 * PAGE);
      const vcpu = await vm.createVcpu(0);
      const where = { gpa: 0, count: 64, stride: PAGE };
      const program = new AccessProgram().read({ ...where, value: 16 * PAGE, plusGpa: true, check: true }).read(where);
      await runToHalt(vcpu, program);
      expect(pager.asked).toEqual(Array.from({ length: 64 }, (_, i) => BigInt((16 + i) * PAGE)));
      const stats = await vcpu.stats();
      expect(stats.mismatches).toBe(0);
      expect(stats.pager_waits).toBe(64);
      await vm.destroy();
    }));

  it("keeps what the guest writes, until dontNeed asks again", () =>
    withSystem({}, async (system) => {
      const pager = new CountingPager();
      const { vm, hva } = await pagedVm(system, pager);
      const vcpu = await vm.createVcpu(0);
      await runToHalt(vcpu, new AccessProgram().write({ gpa: 8 + 5 * PAGE, value: 77 }));
      await runToHalt(
        vcpu,
        new AccessProgram()
          .read({ gpa: 8 + 5 * PAGE, value: 77, check: true })
          .read({ gpa: 16 + 5 * PAGE, value: 5 * PAGE, check: true }),
      );
      expect(pager.asked.length).toBe(1);
      await vm.addressSpace.dontNeed(hva + BigInt(5 * PAGE), PAGE);
      await runToHalt(vcpu, new AccessProgram().read({ gpa: 8 + 5 * PAGE, value: 5 * PAGE, check: true }));
      expect(pager.asked.length).toBe(2);
      expect((await vcpu.stats()).mismatches).toBe(0);
      await vm.destroy();
    }));

  it("is asked once by two vCPUs, and only they wait", () =>
    withSystem({ cpus: 3 }, async (system) => {
      const pager = new CountingPager();
      let open: () => void = () => {};
      pager.gate = new Promise((resolve) => {
        open = resolve;
      });
      const { vm } = await pagedVm(system, pager);
      const free = await vm.addressSpace.mmap({ length: PAGE, backing: { type: "anonymous" } });
      await vm.setUserMemoryRegion({ slot: 1, guestPhysAddr: 16 * MIB, memorySize: PAGE, userspaceAddr: free });
      const [first, second, third] = await Promise.all([0, 1, 2].map((id) => vm.createVcpu(id)));
      if (first === undefined || second === undefined || third === undefined) throw new Error("three vCPUs");
      const waiting = Promise.all([first, second].map((vcpu) => runToHalt(vcpu, new AccessProgram().read({ gpa: 0 }))));
      while (pager.asked.length === 0) await sleep(1);
      await runToHalt(third, new AccessProgram().write({ gpa: 16 * MIB }));
      expect(await Promise.race([waiting, Promise.resolve("they wait")])).toBe("they wait");
      open();
      await waiting;
      expect(pager.asked).toEqual([0n]);
      await vm.destroy();
    }));

  it("may have a pager that calls the API, for the VM that waits too", () =>
    withSystem({}, async (system) => {
      let vm: Vm | undefined;
      const helper = await system.createVm();
      const hva = await helper.addressSpace.mmap({ length: MIB, backing: { type: "anonymous" } });
      await helper.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: MIB, userspaceAddr: hva });
      await helper.memory.fill(0, MIB, 0x33);
      const pager: Pager = {
        async read(offset, length) {
          // Page 1 comes from page 0, which is paged itself: the wait for it is inside of the wait for page 1.
          if (offset === BigInt(PAGE) && vm !== undefined) return vm.memory.read(0, length);
          return helper.memory.read(offset, length);
        },
      };
      ({ vm } = await pagedVm(system, pager));
      // From GuestMemory, in the control worker ...
      expect([...(await vm.memory.read(PAGE, 2))]).toEqual([0x33, 0x33]);
      // ... and from a vCPU.
      const vcpu = await vm.createVcpu(0);
      await runToHalt(vcpu, new AccessProgram().read({ gpa: 2 * PAGE, value: 0x3333333333333333n, check: true }));
      expect((await vcpu.stats()).mismatches).toBe(0);
      await vm.destroy();
      await helper.destroy();
    }));

  it("serves the emulation port, GuestMemory and pre-faults", () =>
    withSystem({}, async (system) => {
      const pager = new CountingPager();
      const { vm } = await pagedVm(system, pager);
      const vcpu = await vm.createVcpu(0);
      const program = new AccessProgram().read({
        gpa: PAGE - 4,
        emulate: true,
        value: 0x00001000_00000000n,
        check: true,
      });
      await runToHalt(vcpu, program);
      expect((await vcpu.stats()).mismatches).toBe(0);
      await vm.memory.write(3 * PAGE - 1, new Uint8Array([1, 2]));
      expect(await vcpu.preFault({ gpa: 8 * PAGE, size: 4 * PAGE })).toBe(0n);
      expect(pager.asked.map((offset) => Number(offset) / PAGE)).toEqual([0, 1, 2, 3, 8, 9, 10, 11]);
      await vm.destroy();
    }));

  it("faults where the pager fails, and asks again at the next access", () =>
    withSystem({}, async (system) => {
      const answers = new CountingPager();
      let failures = 2;
      const pager: Pager = {
        read: (offset, length) =>
          failures-- > 0 ? Promise.reject(new Error("no such block")) : answers.read(offset, length),
      };
      const { vm } = await pagedVm(system, pager);
      const vcpu = await vm.createVcpu(0);
      const fault = { reason: "memoryFault", gpa: BigInt(2 * PAGE), code: "EFAULT" };
      expect(await runProgram(vcpu, new AccessProgram().read({ gpa: 2 * PAGE }))).toMatchObject(fault);
      await expectRefused(vm.memory.read(2 * PAGE, 1), "EFAULT", /can be supplied/);
      expect(await vcpu.run()).toEqual({ reason: "hlt" });
      // Too few bytes are a failure as well.
      const short: Pager = { read: async () => new Uint8Array(100) };
      const other = await pagedVm(system, short);
      await expectRefused(other.vm.memory.read(0, 1), "EFAULT", /can be supplied/);
      await other.vm.destroy();
      await vm.destroy();
    }));

  it("can be given up: kick, abort, unmap and destroy end the wait", () =>
    withSystem({}, async (system) => {
      let aborted = 0;
      const pager: Pager = {
        read: (_offset, _length, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              aborted++;
              reject(new Error("aborted"));
            });
          }),
      };
      const { vm, hva } = await pagedVm(system, pager);
      const vcpu = await vm.createVcpu(0);
      await vcpu.loadProgram(new AccessProgram().read({ gpa: 0 }));
      const kicked = vcpu.run();
      await sleep(20);
      vcpu.kick();
      expect(await kicked).toEqual({ reason: "interrupted" });
      expect(await vcpu.run({ signal: AbortSignal.timeout(20) })).toEqual({ reason: "interrupted" });
      // The mapping goes under the waiter: the access finds nothing.
      const unmapped = vcpu.run();
      await sleep(20);
      await vm.addressSpace.munmap(hva, PAGE);
      expect(await unmapped).toMatchObject({ reason: "memoryFault", code: "EFAULT" });
      // Destroying the VM ends vCPUs and calls that wait.
      await vcpu.loadProgram(new AccessProgram().read({ gpa: 5 * PAGE }));
      const run = vcpu.run();
      const read = vm.memory.read(6 * PAGE, 1);
      const cancelled = expectRefused(read, "ECANCELED", /./);
      await sleep(20);
      await vm.destroy();
      expect(await run).toEqual({ reason: "interrupted" });
      await cancelled;
      expect(aborted).toBeGreaterThan(0);
      await sleep(20);
    }));

  it("is cloned by fork: parent and child ask for pages each on their own", () =>
    withSystem({}, async (system) => {
      const pager = new CountingPager();
      const { vm, hva } = await pagedVm(system, pager);
      await vm.memory.read(0, 1);
      const space = await vm.addressSpace.fork();
      const clone = await system.createVm({ addressSpace: space });
      await clone.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: MIB, userspaceAddr: hva });
      expect([...(await clone.memory.read(PAGE, 2))]).toEqual([0, 16]);
      await clone.memory.read(0, 1);
      expect(pager.asked.map(Number)).toEqual([0, PAGE]);
      await vm.destroy();
      expect([...(await clone.memory.read(2 * PAGE, 2))]).toEqual([0, 32]);
      await clone.destroy();
      await space.destroy();
    }));
});
