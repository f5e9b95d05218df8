/** Page-modification logging: when the processor logs, and that no vCPU keeps what it logged to itself. */
import { afterEach, describe, expect, it } from "vitest";
import {
  HW_PML,
  KVM_EXIT_HLT,
  PARAM_AD,
  PARAM_PML,
  PML_ENTRIES,
  PML_INDEX_START,
  PROG_AWAIT,
  PROG_HALT,
  PROG_ROLE,
  PROG_ROLE_GUEST_MODE,
  PROG_ROLE_SMM,
  TDP_EPT,
  Vcpu,
} from "../../../src/abi/index.js";
import { BUILDS, type CoreThread } from "../harness.js";
import { DirtyRig, GPA, KINDS, LOG, writesTo } from "./dirty_rig.js";
import { DEFAULT_PARAMS } from "./vm_rig.js";

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

let rig: DirtyRig;

const isLogging = (): boolean => (rig.vm.memory.get(rig.vcpu, Vcpu.hwFlags) & HW_PML) !== 0;

/** Waits until `isSo`, while threads of core are at work. */
async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error("it does not come");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe.each(BUILDS)("page-modification log (%s)", (build) => {
  afterEach(() => rig.close());

  const open = (options = {}): Promise<DirtyRig> =>
    DirtyRig.open({ build, tdp: TDP_EPT, params: DEFAULT_PARAMS | PARAM_AD | PARAM_PML, ...options });

  it("is on while any slot is logged, but for nested guests", async () => {
    rig = await open();
    const { vm } = rig;
    const other = GPA + 0x1000_0000n;
    const smm = 1 << 16;
    const hva = vm.hvaOfSlot(0);
    const bytes = rig.pages * 4096;
    const stay = (role = 0n) =>
      vm.run(rig.vcpu, [
        { op: PROG_ROLE, value: role },
        ...writesTo([1]),
        { op: PROG_HALT },
        { op: PROG_ROLE, value: 0n },
        { op: PROG_HALT },
      ]);
    vm.slot(1, other, bytes, hva);
    vm.slot(smm, GPA, bytes, hva);
    stay();
    expect(isLogging()).toBe(false);
    vm.slot(1, other, bytes, hva, LOG);
    stay();
    expect(isLogging()).toBe(true);
    stay(BigInt(PROG_ROLE_GUEST_MODE));
    expect(isLogging()).toBe(false);
    stay(BigInt(PROG_ROLE_SMM));
    expect(isLogging()).toBe(true);
    rig.vm.slot(0, GPA, bytes, hva, LOG);
    vm.slot(1, other, bytes, hva);
    stay();
    expect(isLogging()).toBe(true);
    vm.slot(0, GPA, bytes, hva);
    stay();
    expect(isLogging()).toBe(false);
    // Created with the flag, and gone with it.
    vm.slot(0, GPA, 0, hva);
    vm.slot(0, GPA, bytes, hva, LOG);
    stay();
    expect(isLogging()).toBe(true);
    vm.slot(0, GPA, 0, hva);
    vm.slot(0, GPA, bytes, hva);
    stay();
    expect(isLogging()).toBe(false);
  });

  it.each(KINDS)("is not touched by $name unless it has one", async ({ tdp, params, name }) => {
    rig = await open({ tdp, params });
    rig.populate();
    rig.setLogging(LOG);
    rig.write([1]);
    expect(isLogging()).toBe(name === "EPT with PML");
  });

  it("leaves the guest when it is full, and only then: pages that are writable need no faults", async () => {
    rig = await open({ pages: 2000 });
    const { memory } = rig.vm;
    rig.populate();
    rig.setLogging(LOG);
    const faults = memory.get(rig.vcpu, Vcpu.pfTaken);
    expect(rig.write(range(0, 2000))).toBe(KVM_EXIT_HLT);
    expect(memory.get(rig.vcpu, Vcpu.pmlFullExits)).toBe(BigInt(Math.floor(2000 / PML_ENTRIES)));
    expect(memory.get(rig.vcpu, Vcpu.pfTaken)).toBe(faults);
    expect(memory.get(rig.vcpu, Vcpu.hwPmlIndex)).toBe(PML_INDEX_START);
    expect(rig.get()).toEqual(range(0, 2000));
  });

  it.each([
    [0, "one page"],
    [PML_ENTRIES - 1, "all but one entry"],
    [PML_ENTRIES, "the whole log"],
  ])("is drained of %i entries: %s", async (n) => {
    rig = await open();
    rig.populate();
    rig.setLogging(LOG);
    rig.write(range(0, n));
    expect(rig.get()).toEqual(range(0, n));
  });

  it.each(KINDS)(
    "a vCPU that never leaves the guest hides nothing from a collector: $name",
    async ({ tdp, params }) => {
      rig = await open({ tdp, params, vcpus: 2 });
      const { memory, vm } = rig.vm;
      rig.populate();
      rig.setLogging(LOG);
      const some = range(17, 217);
      // Writes, stays in the guest until it is told a number, and again.
      rig.vm.program(rig.vcpu, [
        ...writesTo(some),
        { op: PROG_AWAIT, value: 1n },
        ...writesTo([3, 5]),
        { op: PROG_AWAIT, value: 2n },
      ]);
      const thread: CoreThread = await rig.core.thread(1);
      const run = thread.call("vcpuRun", rig.vcpu);
      const isAt = (op: number) => () => memory.load32(rig.vcpu, Vcpu.progPc) === op;
      await until(isAt(some.length));
      expect(rig.get()).toEqual(some);
      expect(rig.get()).toEqual([]);
      memory.set(rig.vcpu, Vcpu.progStamp, 1n);
      await until(isAt(some.length + 3));
      expect(rig.get()).toEqual([3, 5]);
      // Logging ends and begins beside it.
      rig.setLogging(0);
      rig.setLogging(LOG);
      memory.set(rig.vcpu, Vcpu.progStamp, 2n);
      expect(await run).toBe(0);
      expect(rig.get()).toEqual([]);
      expect(rig.x.mmuInvariants(vm)).toBe(0);
      await thread.terminate();
    },
  );
});
