/** Machine code through the API: real-mode programs that end in each kind of exit. */
import { describe, expect, it } from "vitest";
import type { Vcpu, VcpuExit, Vm } from "../../src/kvm/index.js";
import { addMemory, withVm } from "./support.js";

const CODE = 0x1000;
/** Memory is below this; above is MMIO. */
const END = 0x10000;

/** A VM of 64 KiB with `code` at 0x1000, and a vCPU about to execute it: DS = ES = `segment`. */
function withCode(code: number[], segment: number, body: (vcpu: Vcpu, vm: Vm) => Promise<void>): Promise<void> {
  return withVm({}, async (vm) => {
    await addMemory(vm, 0, 0, END);
    await vm.memory.write(CODE, Uint8Array.from(code));
    const vcpu = await vm.createVcpu(0);
    const sregs = await vcpu.getSregs();
    const data = { ...sregs.ds, selector: segment, base: BigInt(segment * 16) };
    await vcpu.setSregs({ ...sregs, cs: { ...sregs.cs, selector: 0, base: 0n }, ds: data, es: data });
    await vcpu.setRegs({ ...(await vcpu.getRegs()), rip: BigInt(CODE), rsp: 0x8000n });
    await body(vcpu, vm);
  });
}

/** Runs to the next exit; an MMIO read is answered with `answer`. */
async function expectMmio(vcpu: Vcpu, physAddr: number, data: number[] | "read", answer: number[] = []): Promise<void> {
  const exit = await vcpu.run();
  if (exit.reason !== "mmio")
    throw new Error(`${JSON.stringify(exit, (_, v) => (typeof v === "bigint" ? `${v}` : v))}`);
  const length = data === "read" ? answer.length : data.length;
  expect({ ...exit, data: [...exit.data] }).toEqual({
    reason: "mmio",
    physAddr: BigInt(physAddr),
    length,
    isWrite: data !== "read",
    data: data === "read" ? exit.data.length === length && answer.map(() => 0) : data,
  });
  exit.data.set(answer);
}

const hlt: VcpuExit = { reason: "hlt" };

describe("port access", () => {
  it("of each width, in both directions", () =>
    // mov eax, 0x11223344; out 0x80, al; mov dx, 0x1f0; out dx, ax; out dx, eax; in al, 0x60; in eax, dx; hlt
    withCode(
      [
        0x66, 0xb8, 0x44, 0x33, 0x22, 0x11, 0xe6, 0x80, 0xba, 0xf0, 0x01, 0xef, 0x66, 0xef, 0xe4, 0x60, 0x66, 0xed,
        0xf4,
      ],
      0,
      async (vcpu) => {
        const out = (port: number, data: number[]) => ({
          reason: "io",
          direction: "out",
          port,
          size: data.length,
          count: 1,
          data: Uint8Array.from(data),
        });
        expect(await vcpu.run()).toEqual(out(0x80, [0x44]));
        expect(await vcpu.run()).toEqual(out(0x1f0, [0x44, 0x33]));
        expect(await vcpu.run()).toEqual(out(0x1f0, [0x44, 0x33, 0x22, 0x11]));
        let exit = await vcpu.run();
        if (exit.reason !== "io") throw new Error(exit.reason);
        expect(exit).toMatchObject({ direction: "in", port: 0x60, size: 1, count: 1 });
        exit.data[0] = 0xaa;
        exit = await vcpu.run();
        if (exit.reason !== "io") throw new Error(exit.reason);
        expect((await vcpu.getRegs()).rax).toBe(0x112233aan);
        exit.data.set([1, 2, 3, 4]);
        expect(await vcpu.run()).toEqual(hlt);
        expect((await vcpu.getRegs()).rax).toBe(0x04030201n);
      },
    ));

  it("by string instructions, several at a time", () =>
    // mov di, 0x2000; mov cx, 3; mov dx, 0x40; rep insw; mov si, 0x2000; mov cx, 6; rep outsb; hlt
    withCode(
      [0xbf, 0, 0x20, 0xb9, 3, 0, 0xba, 0x40, 0, 0xf3, 0x6d, 0xbe, 0, 0x20, 0xb9, 6, 0, 0xf3, 0x6e, 0xf4],
      0,
      async (vcpu, vm) => {
        const read: number[] = [];
        let exit = await vcpu.run();
        for (let next = 1; exit.reason === "io" && exit.direction === "in"; exit = await vcpu.run()) {
          expect(exit).toMatchObject({ port: 0x40, size: 2 });
          exit.data.set(exit.data.map(() => next++));
        }
        expect([...(await vm.memory.read(0x2000, 6))]).toEqual([1, 2, 3, 4, 5, 6]);
        for (; exit.reason === "io"; exit = await vcpu.run()) read.push(...exit.data);
        expect(exit).toEqual(hlt);
        expect(read).toEqual([1, 2, 3, 4, 5, 6]);
      },
    ));
});

describe("MMIO by instructions", () => {
  it("reads and writes", () =>
    // mov ax, [0x10]; mov [0x20], ax; hlt
    withCode([0xa1, 0x10, 0, 0xa3, 0x20, 0, 0xf4], 0x2000, async (vcpu) => {
      await expectMmio(vcpu, 0x20010, "read", [0x34, 0x12]);
      await expectMmio(vcpu, 0x20020, [0x34, 0x12]);
      expect(await vcpu.run()).toEqual(hlt);
      expect((await vcpu.getRegs()).rax).toBe(0x1234n);
    }));

  it("read-modify-write, also locked: one read, one write", () =>
    // mov ax, 3; add [0x10], ax; lock add [0x12], ax; hlt
    withCode([0xb8, 3, 0, 0x01, 0x06, 0x10, 0, 0xf0, 0x01, 0x06, 0x12, 0, 0xf4], 0x2000, async (vcpu) => {
      await expectMmio(vcpu, 0x20010, "read", [0xfe, 0xff]);
      await expectMmio(vcpu, 0x20010, [1, 0]);
      await expectMmio(vcpu, 0x20012, "read", [1, 0]);
      await expectMmio(vcpu, 0x20012, [4, 0]);
      expect(await vcpu.run()).toEqual(hlt);
      expect(Number((await vcpu.getRegs()).rflags) & 1).toBe(0);
    }));

  it("an operand half in memory: the other half is userspace's, in pieces of their own", () =>
    // mov eax, [0xf]; inc eax; mov [0xf], eax; hlt    with DS = 0xfff: the word begins in the last byte of memory
    withCode([0x66, 0xa1, 0x0f, 0, 0x66, 0x40, 0x66, 0xa3, 0x0f, 0, 0xf4], 0xfff, async (vcpu, vm) => {
      await vm.memory.write(END - 1, Uint8Array.of(0xff));
      await expectMmio(vcpu, END, "read", [1, 2, 3]);
      await expectMmio(vcpu, END, [2, 2, 3]);
      expect(await vcpu.run()).toEqual(hlt);
      expect([...(await vm.memory.read(END - 1, 1))]).toEqual([0]);
    }));

  it("strings: element by element, registers exact at each", () =>
    // mov cx, 3; xor si, si; mov di, 8; rep movsw; hlt
    withCode([0xb9, 3, 0, 0x31, 0xf6, 0xbf, 8, 0, 0xf3, 0xa5, 0xf4], 0x2000, async (vcpu) => {
      for (let i = 0; i < 3; i++) {
        await expectMmio(vcpu, 0x20000 + 2 * i, "read", [i, 7]);
        expect((await vcpu.getRegs()).rcx).toBe(BigInt(3 - i));
        await expectMmio(vcpu, 0x20008 + 2 * i, [i, 7]);
      }
      expect(await vcpu.run()).toEqual(hlt);
      expect(await vcpu.getRegs()).toMatchObject({ rcx: 0n, rsi: 6n, rdi: 14n });
    }));

  it("a push, and a pop into it", () =>
    // mov ax, 0x2000; mov ss, ax; mov sp, 0x100; push 0x55; pop [0x40]; hlt
    withCode([0xb8, 0, 0x20, 0x8e, 0xd0, 0xbc, 0, 1, 0x6a, 0x55, 0x8f, 0x06, 0x40, 0, 0xf4], 0x2000, async (vcpu) => {
      await expectMmio(vcpu, 0x200fe, [0x55, 0]);
      await expectMmio(vcpu, 0x200fe, "read", [0x66, 1]);
      await expectMmio(vcpu, 0x20040, [0x66, 1]);
      expect(await vcpu.run()).toEqual(hlt);
      expect((await vcpu.getRegs()).rsp).toBe(0x100n);
    }));

  it("an exception's frame", () =>
    // mov ax, 0x2000; mov ss, ax; mov sp, 0x100; stc; ud2       with the handler at 0x3000: hlt
    withCode([0xb8, 0, 0x20, 0x8e, 0xd0, 0xbc, 0, 1, 0xf9, 0x0f, 0x0b], 0, async (vcpu, vm) => {
      await vm.memory.write(6 * 4, Uint8Array.of(0, 0x30, 0, 0));
      await vm.memory.write(0x3000, Uint8Array.of(0xf4));
      await expectMmio(vcpu, 0x200fe, [3, 0]);
      await expectMmio(vcpu, 0x200fc, [0, 0]);
      await expectMmio(vcpu, 0x200fa, [9, 0x10]);
      expect(await vcpu.run()).toEqual(hlt);
      expect(await vcpu.getRegs()).toMatchObject({ rip: 0x3001n, rsp: 0xfan });
    }));

  it("under single-stepping: the trap comes behind the access", () =>
    // mov ax, [0x10]; nop          with TF, and the handler of #DB at 0x3000: hlt
    withCode([0xa1, 0x10, 0, 0x90], 0x2000, async (vcpu, vm) => {
      await vm.memory.write(4, Uint8Array.of(0, 0x30, 0, 0));
      await vm.memory.write(0x3000, Uint8Array.of(0xf4));
      await vcpu.setRegs({ ...(await vcpu.getRegs()), rflags: 0x102n });
      await expectMmio(vcpu, 0x20010, "read", [0x34, 0x12]);
      expect(await vcpu.run()).toEqual(hlt);
      expect(await vcpu.getRegs()).toMatchObject({ rax: 0x1234n, rip: 0x3001n });
      expect([...(await vm.memory.read(0x7ffa, 2))]).toEqual([3, 0x10]);
      expect((await vcpu.getDebugRegs()).dr6 & 0x4000n).toBe(0x4000n);
    }));

  it("writes to a read-only slot are userspace's, reads are memory's", () =>
    // mov ax, [0x10]; mov [0x10], al; hlt
    withCode([0xa1, 0x10, 0, 0xa2, 0x10, 0, 0xf4], 0x2000, async (vcpu, vm) => {
      const rom = await addMemory(vm, 1, 0x20000, 4096);
      await vm.memory.write(0x20010, Uint8Array.of(0x5a, 0xa5));
      await vm.setUserMemoryRegion({ slot: 1, guestPhysAddr: 0, memorySize: 0, userspaceAddr: 0 });
      await vm.setUserMemoryRegion({ slot: 1, guestPhysAddr: 0x20000, memorySize: 4096, userspaceAddr: rom, flags: 2 });
      await expectMmio(vcpu, 0x20010, [0x5a]);
      expect(await vcpu.run()).toEqual(hlt);
      expect((await vcpu.getRegs()).rax).toBe(0xa55an);
    }));

  it("code in MMIO cannot be executed: KVM_EXIT_INTERNAL_ERROR", () =>
    // jmp 0x2000:0
    withCode([0xea, 0, 0, 0, 0x20], 0, async (vcpu) => {
      expect(await vcpu.run()).toEqual({ reason: "internalError", suberror: "emulation" });
      expect((await vcpu.getSregs()).cs.selector).toBe(0x2000);
    }));
});

describe("a vCPU", () => {
  it("stops on one worker and goes on, bit for bit, on another", () =>
    // again: inc ax; mov [0x2000], ax; cmp ax, 20000; jne again; hlt
    withCode([0x40, 0xa3, 0, 0x20, 0x3d, 0x20, 0x4e, 0x75, 0xf7, 0xf4], 0, async (vcpu, vm) => {
      const other = await vm.createVcpu(1);
      const [regs, sregs] = [await vcpu.getRegs(), await vcpu.getSregs()];
      let [from, to] = [vcpu, other];
      let exit: VcpuExit;
      do {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 1);
        exit = await from.run({ signal: controller.signal });
        await to.setSregs(await from.getSregs());
        await to.setRegs(await from.getRegs());
        [from, to] = [to, from];
      } while (exit.reason === "interrupted");
      expect(exit).toEqual(hlt);
      expect(await from.getRegs()).toEqual({ ...regs, rax: 20000n, rip: BigInt(CODE + 10), rflags: 0x46n });
      expect(await from.getSregs()).toEqual(sregs);
    }));
});
