import { describe, expect, it } from "vitest";
import { AccessProgram, type AccessSize, slotId } from "../../src/kvm/index.js";
import { addMemory, expectRefused, MIB, PAGE, readU64, runProgram, runToHalt, withSystem, withVm } from "./support.js";

describe("programs", () => {
  it("write what they read again, at every size, across page boundaries too", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      const program = new AccessProgram();
      const sizes: AccessSize[] = [1, 2, 4, 8];
      for (const size of sizes) {
        // An odd stride: many operands cross a cache line, some a page.
        const where = { gpa: size * 0x10000 + PAGE - 3, count: 200, stride: 1237, size, value: 0x1122334455667788n };
        program.write({ ...where, plusGpa: true }).read({ ...where, plusGpa: true, check: true });
      }
      await runToHalt(vcpu, program);
      const stats = await vcpu.stats();
      expect(stats.mismatches).toBe(0);
      expect(stats.accesses).toBe(2 * 4 * 200);
    }));

  it("count and describe a wrong value", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      await vm.memory.fill(0, PAGE, 0x11);
      await runToHalt(vcpu, new AccessProgram().read({ gpa: 16, count: 3, size: 2, value: 0x1112, check: true }));
      const stats = await vcpu.stats();
      expect(stats.mismatches).toBe(3);
      expect(stats.first_mismatch).toEqual({ gpa: 16n, value: 0x1111n, expected: 0x1112n });
    }));

  it("see what GuestMemory wrote, and the other way round", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0x100000, MIB);
      const vcpu = await vm.createVcpu(0);
      await vm.memory.write(0x100ffd, new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]));
      await runToHalt(
        vcpu,
        new AccessProgram().read({ gpa: 0x100ffd }).write({ gpa: 0x101ffc, value: 0x0807060504030201n }),
      );
      expect((await vcpu.stats()).last_value).toBe(0x0807060504030201n);
      expect(await readU64(vm, 0x101ffc)).toBe(0x0807060504030201n);
    }));

  it("visit each position once when shuffled, in another order for another seed", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      const positions = 4097;
      const firstTouched: bigint[] = [];
      for (const seed of [1, 2n ** 63n + 5n]) {
        await vm.memory.fill(0, MIB, 0);
        const program = new AccessProgram();
        program
          .add({ gpa: 0, count: positions, order: "shuffled" })
          .add({ gpa: 8 * 5000, count: 1, order: "shuffled", span: 1000 });
        await vcpu.loadProgram(program, { seed });
        expect(await vcpu.run()).toEqual({ reason: "hlt" });
        const words = new BigUint64Array((await vm.memory.read(0, 8 * 6000)).slice().buffer);
        expect(words.slice(0, positions).every((count) => count === 1n)).toBe(true);
        expect(words[positions]).toBe(0n);
        firstTouched.push(BigInt(words.indexOf(1n, 5000)));
      }
      expect(firstTouched[0]).not.toBe(firstTouched[1]);
    }));

  it("stay inside of the span when random, and reach most of it", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      await runToHalt(vcpu, new AccessProgram().add({ gpa: 0, count: 10_000, order: "random", span: 1000 }));
      const words = new BigUint64Array((await vm.memory.read(0, 8 * 1100)).slice().buffer);
      expect(words.reduce((sum, n) => sum + n, 0n)).toBe(10_000n);
      expect(words.slice(1000).every((n) => n === 0n)).toBe(true);
      expect(words.slice(0, 1000).filter((n) => n > 0n).length).toBeGreaterThan(990);
    }));

  it("loop, nested, and stamp their values", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      const program = new AccessProgram().loop(5, (outer) => {
        outer
          .loop(3, (inner) => inner.add({ gpa: 0 }))
          .write({ gpa: 8, value: 100, plusStamp: true })
          .stamp(2);
      });
      await runToHalt(vcpu, program);
      expect(await readU64(vm, 0)).toBe(15n);
      expect(await readU64(vm, 8)).toBe(108n);
      // The loops begin afresh in the next run.
      expect(await vcpu.run()).toEqual({ reason: "hlt" });
      expect(await readU64(vm, 0)).toBe(30n);
      expect(await readU64(vm, 8)).toBe(118n);
    }));

  it("halt, go on behind the halt, and begin again after the last operation", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      await runToHalt(
        vcpu,
        new AccessProgram().add({ gpa: 0 }).halt().add({ gpa: 8 }).shutdown().add({ gpa: 16 }).halt(),
      );
      expect(await vcpu.run()).toEqual({ reason: "shutdown" });
      expect(await vcpu.run()).toEqual({ reason: "hlt" });
      expect([await readU64(vm, 0), await readU64(vm, 8), await readU64(vm, 16)]).toEqual([1n, 1n, 1n]);
      expect(await vcpu.run()).toEqual({ reason: "hlt" });
      expect([await readU64(vm, 0), await readU64(vm, 8), await readU64(vm, 16)]).toEqual([2n, 1n, 1n]);
    }));

  it("pause for the time asked", () =>
    withVm({}, async (vm) => {
      const vcpu = await vm.createVcpu(0);
      const start = performance.now();
      await runToHalt(vcpu, new AccessProgram().pause(30_000_000));
      expect(performance.now() - start).toBeGreaterThanOrEqual(30);
    }));

  it("are refused when their values are out of range", () => {
    const program = new AccessProgram();
    expect(() => program.read({ gpa: -1 })).toThrow(/gpa is -0x1/);
    expect(() => program.read({ gpa: 0, size: 3 as AccessSize })).toThrow(/size is 3/);
    expect(() => program.read({ gpa: 0, count: 2 ** 32 })).toThrow(/count/);
    expect(() => program.add({ gpa: 4, size: 8 })).toThrow(/aligned/);
    expect(() => program.add({ gpa: 8, size: 8, stride: 12 })).toThrow(/aligned/);
    expect(() => program.ioIn(65536, 1)).toThrow(/port/);
    expect(() => program.loop(0, () => {})).toThrow(/passes/);
    expect(() => program.write({ gpa: 0.5 })).toThrow(/integer/);
    expect(program.length).toBe(0);
  });
});

describe("vCPUs", () => {
  it("run in parallel on the same pages without losing an update", () =>
    withVm({ cpus: 2 }, async (vm) => {
      const pages = 64;
      await addMemory(vm, 0, 0, pages * PAGE);
      const program = new AccessProgram().loop(50, (p) =>
        p.add({ gpa: 0, count: pages, stride: PAGE, order: "shuffled" }),
      );
      const vcpus = await Promise.all([0, 1].map((id) => vm.createVcpu(id)));
      await Promise.all(vcpus.map((vcpu, i) => vcpu.loadProgram(program, { seed: i })));
      expect(await Promise.all(vcpus.map((vcpu) => vcpu.run()))).toEqual([{ reason: "hlt" }, { reason: "hlt" }]);
      for (let page = 0; page < pages; page++) expect(await readU64(vm, page * PAGE)).toBe(100n);
      expect((await vm.stats()).pages_4k).toBe(pages);
    }));

  it("take turns when there are more than CPUs", () =>
    withVm({ cpus: 1 }, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const vcpus = await Promise.all([5, 0, 1023, 7].map((id) => vm.createVcpu(id)));
      const program = new AccessProgram().add({ gpa: 0, count: 1000, stride: 0 });
      await Promise.all(vcpus.map((vcpu) => vcpu.loadProgram(program)));
      const exits = await Promise.all(vcpus.map((vcpu) => vcpu.run()));
      expect(exits).toEqual(exits.map(() => ({ reason: "hlt" })));
      expect(await readU64(vm, 0)).toBe(4000n);
    }));

  it("change roles: SMM sees its own slots, guest_mode the normal ones through tables of its own", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      await addMemory(vm, slotId(0, 1), 0, MIB);
      const vcpu = await vm.createVcpu(0);
      const program = new AccessProgram()
        .write({ gpa: 0, value: 1 })
        .role({ smm: true })
        .write({ gpa: 0, value: 2 })
        .role({ guestMode: true })
        .read({ gpa: 0, value: 1, check: true })
        .write({ gpa: 8, value: 3 })
        .role({})
        .read({ gpa: 0, value: 1, check: true })
        .read({ gpa: 8, value: 3, check: true });
      await runToHalt(vcpu, program);
      expect((await vcpu.stats()).mismatches).toBe(0);
      expect(await readU64(vm, 0)).toBe(1n);
      const smm = await vm.smmMemory.read(0, 8);
      expect([...smm]).toEqual([2, 0, 0, 0, 0, 0, 0, 0]);
      // A page in each of three roots: normal, SMM, guest_mode.
      expect((await vm.stats()).pages_4k).toBe(3);
    }));

  it("start every program in the normal role", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, PAGE);
      await addMemory(vm, slotId(0, 1), 0, PAGE);
      const vcpu = await vm.createVcpu(0);
      await runToHalt(vcpu, new AccessProgram().role({ smm: true, guestMode: true }).write({ gpa: 0, value: 2 }));
      await runToHalt(vcpu, new AccessProgram().write({ gpa: 8, value: 1 }));
      expect([await readU64(vm, 0), await readU64(vm, 8)]).toEqual([0n, 1n]);
    }));

  it.each(["ept", "npt"] as const)("fetch what may be executed, with %s, four and five levels", (tdp) =>
    withSystem({ tdp }, async (system) => {
      for (const la57 of [false, true]) {
        const vm = await system.createVm({ la57 });
        await addMemory(vm, 0, 0, MIB);
        const vcpu = await vm.createVcpu(0);
        await runToHalt(vcpu, new AccessProgram().fetch({ gpa: PAGE - 1, size: 4, count: 100, stride: PAGE }));
        expect((await vcpu.stats()).accesses).toBe(100);
        expect((await vm.stats()).pages_4k).toBe(101);
        await vm.destroy();
      }
    }),
  );

  it("tell why memory that the host cannot supply faults", () =>
    withVm({}, async (vm) => {
      const hva = await addMemory(vm, 0, 0x10000, MIB);
      const vcpu = await vm.createVcpu(0);
      await vm.addressSpace.munmap(hva + 0x3000n, PAGE);
      const exit = await runProgram(vcpu, new AccessProgram().write({ gpa: 0x10000, count: 16, stride: PAGE }));
      expect(exit).toMatchObject({ reason: "memoryFault", gpa: 0x13000n, size: 4096n, code: "EFAULT" });
      await vm.addressSpace.mmap({ length: PAGE, backing: { type: "anonymous" }, fixed: hva + 0x3000n });
      expect(await vcpu.run()).toEqual({ reason: "hlt" });
    }));

  it("end with a memory fault, not a trap, when memory is exhausted", () =>
    withVm({ memory: 8 * MIB }, async (vm) => {
      await addMemory(vm, 0, 0, 64 * MIB);
      const vcpu = await vm.createVcpu(0);
      const exit = await runProgram(vcpu, new AccessProgram().write({ gpa: 0, count: 16384, stride: PAGE }));
      expect(exit).toMatchObject({ reason: "memoryFault", code: "ENOMEM" });
      expect((await vcpu.stats()).accesses).toBeGreaterThan(1000);
    }));

  it("pre-fault memory, so that reading it takes no fault", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      expect(await vcpu.preFault({ gpa: 0, size: MIB })).toBe(0n);
      const { pf_taken } = await vcpu.stats();
      await runToHalt(vcpu, new AccessProgram().read({ gpa: 0, count: 256, stride: PAGE }));
      expect((await vcpu.stats()).pf_taken).toBe(pf_taken);
      // The end of the slot stops it; an address without one refuses it.
      expect(await vcpu.preFault({ gpa: MIB - 2 * PAGE, size: 3 * PAGE })).toBe(BigInt(PAGE));
      await expectRefused(vcpu.preFault({ gpa: MIB, size: PAGE }), "ENOENT", /No memory slot covers .* 0x100000/);
      await expectRefused(vcpu.preFault({ gpa: 1, size: PAGE }), "EINVAL", /multiple of 4096/);
    }));

  it("time their faults when asked", () =>
    withVm({}, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0, { timing: true });
      await runToHalt(vcpu, new AccessProgram().write({ gpa: 0, count: 256, stride: PAGE }));
      const { fault_latency: latency, pf_fixed } = await vcpu.stats();
      expect(latency.count).toBe(pf_fixed);
      expect(latency.p50).toBeGreaterThan(0);
      expect(latency.p99).toBeGreaterThanOrEqual(latency.p50);
      expect(latency.max).toBeGreaterThan(0);
    }));
});
