import { describe, expect, it } from "vitest";
import { AccessProgram, KVM_MEM_READONLY, type VcpuExit } from "../../src/kvm/index.js";
import { addMemory, MIB, PAGE, readU64, runProgram, runToHalt, withSystem, withVm } from "./support.js";

/** Answers an MMIO or port read with the little-endian bytes of `value`. */
function answer(exit: VcpuExit, value: bigint): void {
  if (exit.reason !== "mmio" && exit.reason !== "io") throw new Error(`a ${exit.reason} exit has no data`);
  for (let i = 0; i < exit.data.length; i++) exit.data[i] = Number((value >> BigInt(8 * i)) & 0xffn);
}

describe("MMIO", () => {
  it("asks userspace for reads and tells it of writes, at every size", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      for (const size of [1, 2, 4, 8] as const) {
        const program = new AccessProgram()
          .read({ gpa: 0xfee00000n, size, value: 0x8877665544332211n, check: true })
          .write({ gpa: 0xfee00010n, size, value: 0x1122334455667788n });
        const read = await runProgram(vcpu, program);
        expect(read).toMatchObject({ reason: "mmio", physAddr: 0xfee00000n, length: size, isWrite: false });
        answer(read, 0x8877665544332211n);
        const write = await vcpu.run();
        expect(write).toMatchObject({ reason: "mmio", physAddr: 0xfee00010n, length: size, isWrite: true });
        const expected = [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11].slice(0, size);
        expect(write.reason === "mmio" && [...write.data]).toEqual(expected);
        expect(await vcpu.run()).toEqual({ reason: "hlt" });
      }
      const stats = await vcpu.stats();
      expect(stats.mismatches).toBe(0);
      expect(stats.mmio_exits).toBe(8);
      expect(stats.accesses).toBe(8);
    }));

  it("repeats a counted access, an exit for each, through MMIO SPTEs after the first", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      await vcpu.loadProgram(new AccessProgram().write({ gpa: 0xd0000000n, count: 3, stride: 8, plusGpa: true }));
      for (const i of [0n, 1n, 2n]) {
        const exit = await vcpu.run();
        expect(exit).toMatchObject({ reason: "mmio", physAddr: 0xd0000000n + 8n * i, isWrite: true });
        expect(exit.reason === "mmio" && exit.data[0]).toBe(Number(8n * i));
      }
      expect(await vcpu.run()).toEqual({ reason: "hlt" });
      const stats = await vcpu.stats();
      expect(stats.pf_emulate).toBe(3);
      expect(stats.pf_mmio_spte_created).toBe(1);
    }));

  it("splits an operand that crosses from memory into MMIO, and one between two MMIO pages", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, PAGE);
      const vcpu = await vm.createVcpu(0);
      const write = await runProgram(vcpu, new AccessProgram().write({ gpa: PAGE - 3, value: 0x0807060504030201n }));
      expect(write).toMatchObject({ reason: "mmio", physAddr: BigInt(PAGE), length: 5, isWrite: true });
      expect(write.reason === "mmio" && [...write.data]).toEqual([4, 5, 6, 7, 8]);
      expect(await vcpu.run()).toEqual({ reason: "hlt" });
      expect([...(await vm.memory.read(PAGE - 3, 3))]).toEqual([1, 2, 3]);

      const first = await runProgram(
        vcpu,
        new AccessProgram().read({ gpa: 2 * PAGE - 2, size: 4, value: 0xddccbbaan, check: true }),
      );
      expect(first).toMatchObject({ reason: "mmio", physAddr: BigInt(2 * PAGE - 2), length: 2, isWrite: false });
      answer(first, 0xbbaan);
      const second = await vcpu.run();
      expect(second).toMatchObject({ reason: "mmio", physAddr: BigInt(2 * PAGE), length: 2, isWrite: false });
      answer(second, 0xddccn);
      expect(await vcpu.run()).toEqual({ reason: "hlt" });
      expect((await vcpu.stats()).mismatches).toBe(0);
    }));

  it("is what a read-only slot's writes are; its reads are memory", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const hva = await vm.addressSpace.mmap({ length: MIB, backing: { type: "anonymous" } });
      const region = { slot: 1, guestPhysAddr: 16 * MIB, memorySize: MIB, userspaceAddr: hva };
      await vm.setUserMemoryRegion(region);
      await vm.memory.fill(16 * MIB, 16, 0x5a);
      await vm.setUserMemoryRegion({ ...region, memorySize: 0 });
      await vm.setUserMemoryRegion({ ...region, flags: KVM_MEM_READONLY });
      const vcpu = await vm.createVcpu(0);
      const rom = { gpa: 16 * MIB, value: 0x5a5a5a5a5a5a5a5an };
      const program = new AccessProgram()
        .read({ ...rom, check: true })
        .write({ gpa: 16 * MIB + 8, value: 7 })
        .read({ ...rom, gpa: 16 * MIB + 8, check: true });
      expect(await runProgram(vcpu, program)).toMatchObject({
        reason: "mmio",
        physAddr: BigInt(16 * MIB + 8),
        isWrite: true,
      });
      expect(await vcpu.run()).toEqual({ reason: "hlt" });
      expect((await vcpu.stats()).mismatches).toBe(0);
    }));

  it("becomes memory when a slot appears there, and MMIO again when it goes", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      const program = new AccessProgram().write({ gpa: 32 * MIB, value: 9 });
      expect((await runProgram(vcpu, program)).reason).toBe("mmio");
      expect(await vcpu.run()).toEqual({ reason: "hlt" });
      const hva = await addMemory(vm, 1, 32 * MIB, MIB);
      await runToHalt(vcpu, program);
      expect(await readU64(vm, 32 * MIB)).toBe(9n);
      await vm.setUserMemoryRegion({ slot: 1, guestPhysAddr: 32 * MIB, memorySize: 0, userspaceAddr: hva });
      expect((await runProgram(vcpu, program)).reason).toBe("mmio");
    }));

  it("forgets a pending access when another program is loaded", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      expect((await runProgram(vcpu, new AccessProgram().read({ gpa: 0xa0000000n }))).reason).toBe("mmio");
      await runToHalt(vcpu, new AccessProgram().write({ gpa: 0, value: 3 }));
      expect(await readU64(vm, 0)).toBe(3n);
    }));

  it.each(["ept", "npt"] as const)("works without MMIO caching, %s", (tdp) =>
    withSystem({ tdp, mmio_caching: "off" }, async (system) => {
      const vm = await system.createVm();
      const vcpu = await vm.createVcpu(0);
      await vcpu.loadProgram(new AccessProgram().write({ gpa: 0xd0000000n, count: 2 }));
      expect((await vcpu.run()).reason).toBe("mmio");
      expect((await vcpu.run()).reason).toBe("mmio");
      expect(await vcpu.run()).toEqual({ reason: "hlt" });
      expect((await vcpu.stats()).pf_mmio_spte_created).toBe(0);
      await vm.destroy();
    }),
  );
});

describe("the emulation port", () => {
  it("serves memory like the TLB does, also across pages", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      const where = { gpa: PAGE - 20, count: 10, size: 8, stride: 7, plusGpa: true, emulate: true } as const;
      const program = new AccessProgram().write({ gpa: PAGE - 20, count: 10, stride: 8, plusGpa: true, emulate: true });
      program.read({ gpa: PAGE - 20, count: 10, stride: 8, plusGpa: true, check: true });
      program.write({ ...where, stride: 8, value: 5, emulate: false });
      program.read({ ...where, stride: 8, value: 5, check: true });
      await runToHalt(vcpu, program);
      const stats = await vcpu.stats();
      expect(stats.mismatches).toBe(0);
      expect(stats.accesses).toBe(40);
    }));

  it("cannot fetch or lock: an internal error, and the operation stays", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      const failed = { reason: "internalError", suberror: "emulation" };
      expect(await runProgram(vcpu, new AccessProgram().fetch({ gpa: 0xc0000000n }))).toEqual(failed);
      expect(await vcpu.run()).toEqual(failed);
      expect(await runProgram(vcpu, new AccessProgram().add({ gpa: 0xc0000000n }))).toEqual(failed);
      await addMemory(vm, 1, 0xc0000000n, MIB);
      expect(await vcpu.run()).toEqual({ reason: "hlt" });
    }));

  it("reports memory that the host lacks", () =>
    withVm({}, async (vm) => {
      const hva = await addMemory(vm, 0, 0, MIB);
      await vm.addressSpace.munmap(hva, MIB);
      const vcpu = await vm.createVcpu(0);
      const exit = await runProgram(vcpu, new AccessProgram().write({ gpa: 0x2ff8, emulate: true }));
      expect(exit).toMatchObject({ reason: "memoryFault", gpa: 0x2ff8n, code: "EFAULT" });
    }));
});

describe("ports", () => {
  it("ask for input and tell output", () =>
    withVm({}, async (vm) => {
      const vcpu = await vm.createVcpu(0);
      const input = await runProgram(vcpu, new AccessProgram().ioIn(0x3f8, 1).ioOut(0x70, 2, 0x1234));
      expect(input).toMatchObject({ reason: "io", direction: "in", port: 0x3f8 });
      answer(input, 0x41n);
      const output = await vcpu.run();
      expect(output).toMatchObject({ reason: "io", direction: "out", port: 0x70 });
      expect(output.reason === "io" && [...output.data]).toEqual([0x34, 0x12]);
      expect(await vcpu.run()).toEqual({ reason: "hlt" });
      expect((await vcpu.stats()).last_value).toBe(0x41n);
    }));
});
