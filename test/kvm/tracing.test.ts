/** Tracepoints through the API: recorded while vCPUs run, read at any time, and printed as the kernel prints them. */
import { describe, expect, it } from "vitest";
import { AccessProgram, formatTraceEvent } from "../../src/kvm/index.js";
import { addMemory, expectRefused, MIB, PAGE, runProgram, withSystem, withVm } from "./support.js";

describe("Tracing", () => {
  it("records the faults of a run, in the kernel's words", () =>
    withVm({}, async (vm, system) => {
      await addMemory(vm, 0, MIB, 16 * PAGE);
      const vcpu = await vm.createVcpu(3);
      await system.tracing.start({ events: ["kvm_page_fault", "kvm_mmu_set_spte"] });
      await runProgram(vcpu, new AccessProgram().write({ gpa: MIB, count: 4, stride: PAGE, value: 1 }).halt());
      const { events, lost } = system.tracing.read();
      await system.tracing.stop();
      expect(lost).toBe(0);
      expect(events.map((event) => event.name)).toEqual(
        Array.from({ length: 4 }, () => ["kvm_page_fault", "kvm_mmu_set_spte"]).flat(),
      );
      expect(events.map((event) => event.vcpuId)).toEqual(Array(8).fill(3));
      const times = events.map((event) => event.timeNs);
      expect(times).toEqual([...times].sort((one, other) => one - other));
      expect(events[1] && formatTraceEvent(events[1])).toMatch(/kvm_mmu_set_spte: gfn 0*100 .*rwxu/);
      expect(system.tracing.read()).toEqual({ events: [], lost: 0 });
    }));

  it("keeps the newest and counts what it lost", () =>
    withVm({}, async (vm, system) => {
      await addMemory(vm, 0, MIB, 256 * PAGE);
      const vcpu = await vm.createVcpu(0);
      await system.tracing.start({ events: ["kvm_page_fault"], records: 64 });
      await runProgram(vcpu, new AccessProgram().write({ gpa: MIB, count: 100, stride: PAGE, value: 1 }).halt());
      const { events, lost } = system.tracing.read();
      expect({ kept: events.length, lost }).toEqual({ kept: 64, lost: 36 });
      expect(events.at(-1)?.fields["fault_address"]).toBe(BigInt(MIB + 99 * PAGE));
      await system.tracing.stop();
    }));

  it("refuses what makes no sense, and leaves nothing on", () =>
    withSystem({}, async ({ tracing }) => {
      await expectRefused(
        tracing.start({ events: ["kvm_exit"] }),
        "EINVAL",
        /no event kvm_exit; there are kvm_page_fault/,
      );
      await expectRefused(tracing.start({ records: 100 }), "EINVAL", /power of two/);
      await expectRefused(tracing.start({ records: 65536 }), "EINVAL", /32768/);
      await tracing.stop();
      await tracing.start();
      await expectRefused(tracing.start(), "EEXIST", /stop it first/);
      await tracing.stop();
      expect(tracing.read()).toEqual({ events: [], lost: 0 });
      expect(tracing.eventNames).toContain("kvm_tdp_mmu_spte_changed");
    }));
});
