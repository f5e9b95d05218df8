import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Registers, Vcpu } from "../../src/kvm/index.js";
import { expectRefused, withVm } from "./support.js";

const CARRY_TO_OVERFLOW = 0x8d5n;
/** Of RFLAGS: what a processor lets be set, without TF and VM. */
const FLAGS = CARRY_TO_OVERFLOW | 0x7e00n | 0x3c0000n;

function withVcpu(body: (vcpu: Vcpu) => Promise<void>): Promise<void> {
  return withVm({}, async (vm) => body(await vm.createVcpu(0)));
}

describe("registers", () => {
  it("of a new vCPU are those after RESET", () =>
    withVcpu(async (vcpu) => {
      const regs = await vcpu.getRegs();
      expect(regs).toMatchObject({ rax: 0n, rip: 0xfff0n, rflags: 2n });
      const sregs = await vcpu.getSregs();
      expect(sregs.cs).toMatchObject({ selector: 0xf000, base: 0xffff0000n, limit: 0xffff, present: true, s: true });
      expect(sregs.ds).toMatchObject({ selector: 0, base: 0n, limit: 0xffff, type: 3 });
      expect(sregs).toMatchObject({ cr0: 0x60000010n, cr3: 0n, cr4: 0n, efer: 0n, idt: { base: 0n, limit: 0xffff } });
      expect(await vcpu.getDebugRegs()).toEqual({ db: [0n, 0n, 0n, 0n], dr6: 0xffff0ff0n, dr7: 0x400n });
      expect(await vcpu.getMpState()).toBe("runnable");
      expect(await vcpu.getXcr0()).toBe(1n);
      expect(await vcpu.getVcpuEvents()).toEqual({
        exception: { pending: false, nr: 0, errorCode: undefined, payload: 0n },
        interrupt: { injected: false, nr: 0, shadow: "none" },
        nmi: { pending: false, masked: false },
        sipiVector: undefined,
        smi: { smm: false, pending: false },
      });
    }));

  it("come back as they were set, with any combination of status flags", () =>
    withVcpu(async (vcpu) => {
      const template = await vcpu.getRegs();
      const names = Object.keys(template).filter((name) => name !== "rflags");
      const value = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
      const regs = fc.record({
        values: fc.array(value, { minLength: names.length, maxLength: names.length }),
        flags: value,
      });
      await fc.assert(
        fc.asyncProperty(regs, async ({ values, flags }) => {
          const wanted = Object.fromEntries(names.map((name, i) => [name, values[i]])) as unknown as Registers;
          wanted.rflags = (flags & FLAGS) | 2n;
          await vcpu.setRegs(wanted);
          expect(await vcpu.getRegs()).toEqual(wanted);
        }),
        { numRuns: 60 },
      );
    }));

  it("special ones come back too; a state that no processor can be in is refused, and changes nothing", () =>
    withVcpu(async (vcpu) => {
      const sregs = await vcpu.getSregs();
      const long = {
        ...sregs,
        cs: { ...sregs.cs, selector: 8, base: 0n, limit: 0xffffffff, type: 11, l: true, g: true },
        gs: { ...sregs.gs, base: 0xffff888000000000n },
        gdt: { base: 0x1000n, limit: 0x7f },
        cr0: 0x80050033n,
        cr3: 0x5000n,
        cr4: 0x20n,
        efer: 0xd01n,
      };
      await vcpu.setSregs(long);
      expect(await vcpu.getSregs()).toEqual(long);
      const wrong = [
        { cr0: 0x80000000n },
        { cr0: 0x1_8005_0033n },
        { cr0: 0xa0050033n },
        { cr4: 0n },
        { efer: 0x101n },
        { efer: 0xc01n },
        { cs: { ...long.cs, db: true } },
      ];
      for (const change of wrong) {
        await expectRefused(vcpu.setSregs({ ...long, ...change, cr2: 99n }), "EINVAL", /no processor can be in/);
        expect(await vcpu.getSregs()).toEqual(long);
      }
      await expectRefused(vcpu.setSregs({ ...long, cr3: -1n }), "EINVAL", /cr3/);
      await expectRefused(vcpu.setSregs({ ...long, ss: { ...long.ss, dpl: 4 } }), "EINVAL", /ss\.dpl/);
      await expectRefused(vcpu.setXcr0(2n), "EINVAL", /no processor/);
    }));

  it("of x87 and SSE come back with TOP and tags where KVM has them", () =>
    withVcpu(async (vcpu) => {
      const fpu = await vcpu.getFpu();
      expect(fpu.mxcsr).toBe(0x1f80);
      const value = (n: number, bytes: number): Uint8Array =>
        Uint8Array.from({ length: 16 }, (_, i) => (i < bytes ? n + i : 0));
      const wanted = {
        ...fpu,
        fpr: Array.from({ length: 8 }, (_, i) => value(16 * i + 1, 10)),
        xmm: Array.from({ length: 16 }, (_, i) => value(i * 3, 16)),
        fcw: 0x37f,
        fsw: 0x3800 | 0x41,
        ftwx: 0x81,
        mxcsr: 0x1fa0,
        lastIp: 0x1234n,
      };
      await vcpu.setFpu(wanted);
      expect(await vcpu.getFpu()).toEqual(wanted);
      await expectRefused(vcpu.setFpu({ ...wanted, xmm: [] }), "EINVAL", /xmm must be 16 arrays/);
    }));

  it("events and debug registers come back", () =>
    withVcpu(async (vcpu) => {
      const events = {
        exception: { pending: true, nr: 14, errorCode: 2, payload: 0xdeadn },
        interrupt: { injected: true, nr: 0x31, shadow: "sti" as const },
        nmi: { pending: true, masked: true },
        sipiVector: 0x9f,
        smi: { smm: false, pending: true },
      };
      await vcpu.setVcpuEvents(events);
      expect(await vcpu.getVcpuEvents()).toEqual(events);
      await vcpu.setDebugRegs({ db: [1n, 2n, 3n, 4n], dr6: 1n, dr7: 0x401n });
      expect(await vcpu.getDebugRegs()).toEqual({ db: [1n, 2n, 3n, 4n], dr6: 0xffff0ff1n, dr7: 0x401n });
      await vcpu.setMpState("init_received");
      expect(await vcpu.getMpState()).toBe("init_received");
      await expectRefused(vcpu.setVcpuEvents({ ...events, sipiVector: 256 }), "EINVAL", /sipiVector/);
    }));

  it("are not to be had while the vCPU runs", () =>
    withVm({}, async (vm) => {
      const vcpu = await vm.createVcpu(0);
      const controller = new AbortController();
      const run = vcpu.run({ signal: controller.signal });
      await expectRefused(vcpu.getRegs(), "EBUSY", /needs vCPU 0 at rest/);
      controller.abort();
      await run;
    }));
});
