import { describe, expect, it, vi } from "vitest";
import { AccessProgram, KVM_API_VERSION, KvmError, System, type SystemOptions } from "../../src/kvm/index.js";
import { addMemory, expectRefused, MIB, PAGE, runToHalt, sleep, withSystem, withVm } from "./support.js";

describe("System.open", () => {
  const REFUSED: [string, SystemOptions, "EINVAL" | "EOPNOTSUPP", RegExp][] = [
    ["more memory than wasm has", { memory: 8 * 2 ** 30 }, "EINVAL", /at most 4 GiB.*useSwap/],
    ["too little memory", { memory: MIB }, "EINVAL", /memory is 1048576; .* from 8388608/],
    ["a memory of no whole wasm pages", { memory: 32 * MIB + PAGE }, "EINVAL", /multiple of 64 KiB/],
    ["no CPU", { cpus: 0 }, "EINVAL", /cpus is 0/],
    ["too many CPUs", { cpus: 501 }, "EINVAL", /from 1 to 500/],
    ["tdp off", { tdp: "off" }, "EOPNOTSUPP", /legacy \(shadow\) MMU, which Tadpole does not have yet/],
    ["tdp_mmu off", { tdp_mmu: "off" }, "EOPNOTSUPP", /legacy \(shadow\) MMU, which Tadpole does not have yet/],
    ["tdp_mmu false", { tdp_mmu: false }, "EOPNOTSUPP", /leave it on/],
    ["an unknown format", { tdp: "sv48" as "ept" }, "EINVAL", /tdp is sv48/],
    ["an unknown switch value", { pml: "maybe" as "on" }, "EINVAL", /pml is maybe/],
    ["an unknown mode", { nx_huge_pages: "yes" as "off" }, "EINVAL", /nx_huge_pages is yes/],
    ["a negative ratio", { nx_huge_pages_recovery_ratio: -1 }, "EINVAL", /recovery_ratio is -1/],
    ["an unknown build", { build: "fast" as "debug" }, "EINVAL", /build is fast/],
  ];

  it.each(REFUSED)("refuses %s", async (_what, options, code, text) => {
    await expectRefused(System.open(options), code, text);
  });

  it("opens several systems side by side, with defaults", async () => {
    await using first = await System.open({ memory: 16 * MIB });
    await using second = await System.open({ memory: 16 * MIB, build: "debug" });
    const [a, b] = await Promise.all([first.createVm(), second.createVm()]);
    expect((await first.stats()).memory).toBeGreaterThan(12 * MIB);
    await Promise.all([a.destroy(), b.destroy()]);
  });

  it("answers KVM_CHECK_EXTENSION", () =>
    withSystem({}, async (system) => {
      expect(KVM_API_VERSION).toBe(12);
      expect(system.checkExtension("KVM_CAP_READONLY_MEM")).toBe(1);
      expect(system.checkExtension("KVM_CAP_NR_MEMSLOTS")).toBe(32764);
      expect(system.checkExtension("KVM_CAP_MULTI_ADDRESS_SPACE")).toBe(2);
      expect(system.checkExtension("KVM_CAP_GUEST_MEMFD")).toBe(0);
      expect(system.checkExtension("toString")).toBe(0);
      const vm = await system.createVm();
      expect(vm.checkExtension("KVM_CAP_MAX_VCPUS")).toBe(1024);
      await vm.destroy();
    }));
});

describe("parameters", () => {
  it.each([
    { tdp: "npt" },
    { eptad: "off" },
    { pml: false, flush_on_reuse: "on" },
    { eager_page_split: "off" },
  ] as const)("sampled by VMs: %o", (options) =>
    withSystem(options, async (system) => {
      const vm = await system.createVm();
      await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      const where = { gpa: 0, count: 256, stride: PAGE };
      const program = new AccessProgram().write({ ...where, value: 1 }).read({ ...where, value: 1, check: true });
      await runToHalt(vcpu, program);
      expect((await vcpu.stats()).mismatches).toBe(0);
      await vm.destroy();
    }),
  );

  it("of a VM may differ from the System's", () =>
    withSystem({ tdp: "npt" }, async (system) => {
      const vm = await system.createVm({ tdp: "ept", eptad: false, la57: true });
      await addMemory(vm, 0, 0, MIB);
      await runToHalt(await vm.createVcpu(0), new AccessProgram().write({ gpa: 0 }));
      await expectRefused(system.createVm({ tdp_mmu: false }), "EOPNOTSUPP", /legacy/);
      await vm.destroy();
    }));

  it("nx_huge_pages is live: executable memory is split, and huge again", () =>
    withSystem({ memory: 64 * MIB }, async (system) => {
      const vm = await system.createVm();
      const bytes = 4 * MIB;
      const userspaceAddr = await vm.addressSpace.mmap({
        length: bytes,
        backing: { type: "anonymous", huge: "hugetlb" },
      });
      await vm.setUserMemoryRegion({ slot: 0, guestPhysAddr: 0, memorySize: bytes, userspaceAddr });
      const vcpu = await vm.createVcpu(0);
      const program = new AccessProgram()
        .read({ gpa: 0 })
        .fetch({ gpa: 0 })
        .read({ gpa: 2 * MIB });
      await runToHalt(vcpu, program);
      expect(await vm.stats()).toMatchObject({ pages_2m: 2, pages_4k: 0 });
      await system.setParameters({ nx_huge_pages: "force", nx_huge_pages_recovery_ratio: 1 });
      await runToHalt(vcpu, program);
      const split = await vm.stats();
      expect(split).toMatchObject({ pages_2m: 1, nx_lpage_splits: 1 });
      expect(split.pages_4k).toBeGreaterThan(0);
      await system.setParameters({ nx_huge_pages: "off" });
      await runToHalt(vcpu, program);
      expect(await vm.stats()).toMatchObject({ pages_2m: 2, pages_4k: 0, nx_lpage_splits: 0 });
      await expectRefused(system.setParameters({ nx_huge_pages: "never" }), "EBUSY", /destroy them first/);
      await vm.destroy();
      await system.setParameters({ nx_huge_pages: "never" });
      await expectRefused(system.setParameters({ nx_huge_pages: "force" }), "EPERM", /only a new System/);
    }));
});

describe("lives", () => {
  it("a destroyed VM refuses everything but being destroyed again", () =>
    withSystem({}, async (system) => {
      const vm = await system.createVm();
      const hva = await addMemory(vm, 0, 0, MIB);
      const vcpu = await vm.createVcpu(0);
      await vcpu.loadProgram(new AccessProgram().halt());
      await Promise.all([vm.destroy(), vm.destroy()]);
      await vm.destroy();
      const program = new AccessProgram();
      const region = { slot: 0, guestPhysAddr: 0, memorySize: 0, userspaceAddr: hva };
      await expectRefused(vcpu.run(), "EBADF", /VM is destroyed/);
      await expectRefused(vcpu.loadProgram(program), "EBADF", /destroyed/);
      await expectRefused(vcpu.preFault({ gpa: 0, size: PAGE }), "EBADF", /destroyed/);
      await expectRefused(vcpu.stats(), "EBADF", /destroyed/);
      await expectRefused(vm.stats(), "EBADF", /destroyed/);
      await expectRefused(vm.createVcpu(1), "EBADF", /destroyed/);
      await expectRefused(vm.setUserMemoryRegion(region), "EBADF", /destroyed/);
      await expectRefused(vm.memory.read(0, 1), "EBADF", /destroyed/);
      await expectRefused(vm.addressSpace.munmap(hva, MIB), "EBADF", /destroyed/);
      expect(() => vcpu.kick()).toThrow(KvmError);
    }));

  it("a closed System refuses everything but being closed again, and ends what is under way", async () => {
    const system = await System.open({ memory: 16 * MIB, cpus: 1 });
    const vm = await system.createVm();
    await addMemory(vm, 0, 0, MIB);
    const [vcpu, queued] = await Promise.all([vm.createVcpu(0), vm.createVcpu(1)]);
    await vcpu.loadProgram(new AccessProgram().awaitStamp(1));
    await queued.loadProgram(new AccessProgram().halt());
    const ends = [vcpu.run(), queued.run()].map((run) => expectRefused(run, "ECANCELED", /closed while/));
    await sleep(20);
    await Promise.all([system.close(), system.close()]);
    await Promise.all(ends);
    await system.close();
    await expectRefused(system.createVm(), "EBADF", /System is closed/);
    await expectRefused(system.createAddressSpace(), "EBADF", /System is closed/);
    await expectRefused(system.stats(), "EBADF", /System is closed/);
    await expectRefused(vm.createVcpu(2), "EBADF", /System is closed/);
    await expectRefused(vcpu.run(), "EBADF", /System is closed/);
    await expectRefused(vm.destroy(), "EBADF", /System is closed/);
  });

  it("a vCPU id is used once, and in range", () =>
    withVm({}, async (vm) => {
      await vm.createVcpu(7);
      await expectRefused(vm.createVcpu(7), "EEXIST", /has a vCPU 7 already/);
      await expectRefused(vm.createVcpu(1024), "EINVAL", /from 0 to 1023/);
      await expectRefused(vm.createVcpu(-1), "EINVAL", /id is -1/);
    }));

  it("says so when memory is exhausted", () =>
    withSystem({ memory: 8 * MIB }, async (system) => {
      const vm = await system.createVm();
      const create = async (): Promise<void> => {
        for (let id = 0; id < 1000; id++) await vm.createVcpu(id);
      };
      await expectRefused(create(), "ENOMEM", /no memory left for a vCPU/);
      await vm.destroy();
    }));
});

describe("one run at a time", () => {
  it("refuses a second run, a program and a pre-fault meanwhile; kick ends it", () =>
    withVm({}, async (vm) => {
      const vcpu = await vm.createVcpu(0);
      await vcpu.loadProgram(new AccessProgram().awaitStamp(1));
      const run = vcpu.run();
      await expectRefused(vcpu.run(), "EBUSY", /run\(\) needs vCPU 0 at rest/);
      await expectRefused(vcpu.loadProgram(new AccessProgram()), "EBUSY", /at rest/);
      await expectRefused(vcpu.preFault({ gpa: 0, size: PAGE }), "EBUSY", /at rest/);
      await sleep(10);
      vcpu.kick();
      expect(await run).toEqual({ reason: "interrupted" });
      vcpu.setStamp(1);
      expect(await vcpu.run()).toEqual({ reason: "hlt" });
    }));

  it("a kick without a run ends the next one at once", () =>
    withVm({}, async (vm) => {
      const vcpu = await vm.createVcpu(0);
      await vcpu.loadProgram(new AccessProgram().awaitStamp(1));
      vcpu.kick();
      expect(await vcpu.run()).toEqual({ reason: "interrupted" });
    }));

  it("a signal ends only the run it was given to", () =>
    withVm({ cpus: 1 }, async (vm) => {
      await addMemory(vm, 0, 0, MIB);
      const [vcpu, other] = await Promise.all([vm.createVcpu(0), vm.createVcpu(1)]);
      await vcpu.loadProgram(new AccessProgram().write({ gpa: 0, count: 2 ** 32 - 1, stride: 0 }));
      await other.loadProgram(new AccessProgram().halt());
      expect(await vcpu.run({ signal: AbortSignal.abort() })).toEqual({ reason: "interrupted" });
      const controller = new AbortController();
      const run = vcpu.run({ signal: controller.signal });
      // Waits for the only CPU, and gives up.
      expect(await other.run({ signal: AbortSignal.timeout(20) })).toEqual({ reason: "interrupted" });
      controller.abort();
      expect(await run).toEqual({ reason: "interrupted" });
      const late = new AbortController();
      expect(await other.run({ signal: late.signal })).toEqual({ reason: "hlt" });
      late.abort();
      expect(await other.run()).toEqual({ reason: "hlt" });
    }));

  it("destroying a VM ends its runs, those in the queue too", () =>
    withSystem({ cpus: 1 }, async (system) => {
      const vm = await system.createVm();
      const vcpus = await Promise.all([0, 1, 2].map((id) => vm.createVcpu(id)));
      await Promise.all(vcpus.map((vcpu) => vcpu.loadProgram(new AccessProgram().awaitStamp(1))));
      const runs = Promise.all(vcpus.map((vcpu) => vcpu.run()));
      await sleep(20);
      await vm.destroy();
      expect(await runs).toEqual(vcpus.map(() => ({ reason: "interrupted" })));
    }));
});

describe("close", () => {
  it("ends a run whose worker is still being started", async () => {
    const system = await System.open({ memory: 16 * MIB, cpus: 2 });
    const vm = await system.createVm();
    const vcpu = await vm.createVcpu(0);
    await vcpu.loadProgram(new AccessProgram().awaitStamp(1));
    const end = expectRefused(vcpu.run(), "ECANCELED", /closed while/);
    await system.close();
    await end;
  });
});

it("says so when the memory cannot be reserved", async () => {
  const memory = vi.spyOn(WebAssembly, "Memory").mockImplementation(function refuse() {
    throw new RangeError("could not allocate memory");
  });
  try {
    await expectRefused(System.open({ memory: 2 ** 32 }), "ENOMEM", /cannot reserve 0x100000000 bytes/);
  } finally {
    memory.mockRestore();
  }
});
