/** Interrupts, NMIs and SMIs from userspace, and the interrupt window. */
import { describe, expect, it } from "vitest";
import { CODE, codeVcpu, STACK, setVector, withCode } from "./machine_code.js";
import { addMemory, expectRefused } from "./support.js";

const HANDLER = 0x1800;
const VECTOR = 0x40;
const NMI_VECTOR = 2;
const HLT = 0xf4;
/** inc bx; iret */
const COUNT_AND_RETURN = [0x43, 0xcf];
const IF = 0x200n;
const hlt = { reason: "hlt" };
const open = { reason: "irqWindowOpen" };

describe("interrupt", () => {
  it("is taken when the guest sets IF, behind the shadow of STI; only one waits", () =>
    // inc ax; sti; inc ax; inc ax; hlt
    withCode([0x40, 0xfb, 0x40, 0x40, HLT], async (vm) => {
      // mov cx, ax; hlt
      await vm.memory.write(HANDLER, Uint8Array.of(0x89, 0xc1, HLT));
      await setVector(vm, VECTOR, HANDLER);
      const vcpu = await codeVcpu(vm, 0);
      await vcpu.interrupt(VECTOR);
      await expectRefused(vcpu.interrupt(VECTOR + 1), "EEXIST", /has an interrupt that waits/);
      await expectRefused(vcpu.interrupt(256), "EINVAL", /vector/);
      expect((await vcpu.getVcpuEvents()).interrupt).toMatchObject({ injected: true, nr: VECTOR });
      expect(await vcpu.run()).toEqual(hlt);
      expect(await vcpu.getRegs()).toMatchObject({ rcx: 2n, rip: BigInt(HANDLER + 3) });
      await vcpu.interrupt(VECTOR + 1);
    }));

  it("window: the run ends where one would be taken, and not before", () =>
    // inc ax; sti; inc ax; inc ax; cli; inc ax; push 0x202; popf; inc ax; hlt
    withCode([0x40, 0xfb, 0x40, 0x40, 0xfa, 0x40, 0x68, 2, 2, 0x9d, 0x40, HLT], async (vm) => {
      await vm.memory.write(HANDLER, Uint8Array.from(COUNT_AND_RETURN));
      await setVector(vm, VECTOR, HANDLER);
      const vcpu = await codeVcpu(vm, 0);
      expect(await vcpu.run({ requestInterruptWindow: true })).toEqual(open);
      expect(await vcpu.getRegs()).toMatchObject({ rip: BigInt(CODE + 3), rax: 2n });
      // It is still open.
      expect(await vcpu.run({ requestInterruptWindow: true })).toEqual(open);
      expect((await vcpu.getRegs()).rax).toBe(2n);
      await vcpu.interrupt(VECTOR);
      // First the interrupt; its handler has IF clear until IRET.
      expect(await vcpu.run({ requestInterruptWindow: true })).toEqual(open);
      expect(await vcpu.getRegs()).toMatchObject({ rip: BigInt(CODE + 3), rax: 2n, rbx: 1n });
      // A guest that does not mind runs on; without the request nothing stops it.
      const regs = await vcpu.getRegs();
      await vcpu.setRegs({ ...regs, rip: BigInt(CODE + 4) });
      expect(await vcpu.run({ requestInterruptWindow: true })).toEqual(open);
      await vcpu.setRegs({ ...regs, rip: BigInt(CODE + 4), rflags: regs.rflags & ~IF });
      expect(await vcpu.run({ requestInterruptWindow: true })).toEqual(open);
      expect(await vcpu.getRegs()).toMatchObject({ rip: BigInt(CODE + 10), rax: 3n });
      expect(await vcpu.run()).toEqual(hlt);
      expect((await vcpu.getRegs()).rax).toBe(4n);
    }));
});

describe("nmi", () => {
  it("comes whatever IF says, and the second one after the first's IRET", () =>
    // hlt
    withCode([HLT], async (vm) => {
      await vm.memory.write(HANDLER, Uint8Array.from(COUNT_AND_RETURN));
      await setVector(vm, NMI_VECTOR, HANDLER);
      const vcpu = await codeVcpu(vm, 0);
      for (let i = 0; i < 3; i++) await vcpu.nmi();
      expect(await vcpu.run()).toEqual(hlt);
      expect((await vcpu.getRegs()).rbx).toBe(2n);
      expect((await vcpu.getVcpuEvents()).nmi).toEqual({ pending: false, masked: false });
    }));
});

describe("what setDebugRegs and setVcpuEvents ask for", () => {
  it("happens: a breakpoint is met, and a pending exception is delivered", () =>
    // inc ax; inc ax; hlt
    withCode([0x40, 0x40, HLT], async (vm) => {
      await vm.memory.write(HANDLER, Uint8Array.of(HLT));
      await setVector(vm, 1, HANDLER);
      await setVector(vm, 3, HANDLER);
      const vcpu = await codeVcpu(vm, 0);
      const regs = await vcpu.getRegs();
      await vcpu.setDebugRegs({ db: [BigInt(CODE + 1), 0n, 0n, 0n], dr6: 0n, dr7: 1n });
      expect(await vcpu.run()).toEqual(hlt);
      expect(await vcpu.getRegs()).toMatchObject({ rax: 1n, rip: BigInt(HANDLER + 1) });
      expect((await vcpu.getDebugRegs()).dr6 & 0xfn).toBe(1n);
      await vcpu.setDebugRegs({ db: [0n, 0n, 0n, 0n], dr6: 0n, dr7: 0n });
      await vcpu.setRegs(regs);
      const events = await vcpu.getVcpuEvents();
      const exception = { pending: true, nr: 3, errorCode: undefined, payload: 0n };
      await vcpu.setVcpuEvents({ ...events, exception });
      expect(await vcpu.run()).toEqual(hlt);
      expect(await vcpu.getRegs()).toMatchObject({ rax: 0n, rip: BigInt(HANDLER + 1) });
      const frame = await vm.memory.read(STACK - 6, 2);
      expect(frame).toEqual(Uint8Array.of(CODE & 0xff, CODE >> 8));
    }));
});

describe("smi", () => {
  it("enters SMM at SMBASE + 8000H, and RSM goes on where it was", () =>
    // inc ax; hlt
    withCode([0x40, HLT], async (vm) => {
      await addMemory(vm, (1 << 16) | 0, 0x30000, 0x10000);
      // inc bx; hlt; rsm
      await vm.smmMemory.write(0x38000, Uint8Array.of(0x43, HLT, 0x0f, 0xaa));
      const vcpu = await codeVcpu(vm, 0);
      await vcpu.smi();
      expect(await vcpu.run()).toEqual(hlt);
      expect(await vcpu.getRegs()).toMatchObject({ rax: 0n, rbx: 1n });
      expect((await vcpu.getVcpuEvents()).smi).toEqual({ smm: true, pending: false });
      expect(await vcpu.run()).toEqual(hlt);
      expect(await vcpu.getRegs()).toMatchObject({ rax: 1n, rbx: 0n, rip: BigInt(CODE + 2) });
    }));
});
