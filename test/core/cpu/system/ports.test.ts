/** IN, OUT, INS, OUTS: what the exits ask of userspace, and how its answers come back. */
import { describe, expect, test } from "vitest";
import {
  KVM_EXIT_IO,
  KVM_EXIT_IO_IN,
  KVM_EXIT_IO_OUT,
  SEG_CS,
  SEG_SS,
  X86_SCRATCH,
} from "../../../../src/abi/index.js";
import { BUILDS } from "../../harness.js";
import { CODE, HLT, SystemRig } from "./system_rig.js";

const at = (offset: number) => BigInt(CODE + offset);

/** What the last exit asks for. */
function asked(rig: SystemRig) {
  expect(rig.exitReason()).toBe(KVM_EXIT_IO);
  const [port, size, direction, count] = (["ioPort", "ioSize", "ioIn", "ioCount"] as const).map((name) =>
    Number(rig.code.get(name)),
  );
  return { port, size, direction, count };
}

/** Bytes of the data that an exit carries. */
function data(rig: SystemRig, bytes: number): Uint8Array {
  return rig.code.vm.memory.bytesAt(rig.code.state() + X86_SCRATCH, bytes);
}

describe.each(BUILDS)("ports, %s", (build) => {
  test("OUT carries its bytes, and is done", async () => {
    // out 80h, al; out dx, eax; hlt
    const rig = await SystemRig.open(build, [0xe6, 0x80, 0xef, HLT]);
    rig.code.set("rax", 0x11223344n);
    rig.code.set("rdx", 0xff1234n);
    rig.code.run();
    expect(asked(rig)).toEqual({ port: 0x80, size: 1, direction: KVM_EXIT_IO_OUT, count: 1 });
    expect([...data(rig, 1)]).toEqual([0x44]);
    expect(rig.code.get("rip")).toBe(at(2));
    rig.code.run();
    expect(asked(rig)).toEqual({ port: 0x1234, size: 4, direction: KVM_EXIT_IO_OUT, count: 1 });
    expect([...data(rig, 4)]).toEqual([0x44, 0x33, 0x22, 0x11]);
    rig.runToHlt();
    rig.close();
  });

  test("IN writes as much of RAX as it is wide, at the next run", async () => {
    // in al, 60h; in ax, dx; in eax, dx; hlt
    const rig = await SystemRig.open(build, [0xe4, 0x60, 0x66, 0xed, 0xed, HLT]);
    rig.code.set("rax", -1n);
    rig.code.set("rdx", 0x70);
    const seen: bigint[] = [];
    for (const size of [1, 2, 4]) {
      rig.code.run();
      expect(asked(rig)).toMatchObject({ size, direction: KVM_EXIT_IO_IN });
      seen.push(rig.code.get("rax"));
      data(rig, 4).fill(0x10 + size);
    }
    rig.runToHlt();
    expect([...seen, rig.code.get("rax")]).toEqual(
      [-1n, -0xefn, -0xededn - 1n, 0x14141414n].map((v) => BigInt.asUintN(64, v)),
    );
    rig.close();
  });

  test("REP OUTS gives many elements at once", async () => {
    const rig = await SystemRig.open(build, [0xf3, 0x66, 0x6f, HLT]);
    rig.code.set("rcx", 300);
    rig.code.set("rsi", 0x5ff0);
    rig.code.set("rdx", 0x1f0);
    rig.code.write(
      0x5ff0,
      new Uint8Array(1024).map((_, i) => i % 251),
    );
    const bytes: number[] = [];
    let elements = 0;
    while (rig.code.run() === KVM_EXIT_IO) {
      const { count = 0, size } = asked(rig);
      expect(size).toBe(2);
      elements += count;
      bytes.push(...data(rig, count * 2));
    }
    expect(elements).toBe(300);
    expect(bytes).toEqual(Array.from({ length: 600 }, (_, i) => i % 251));
    expect([rig.code.get("rcx"), rig.code.get("rsi")]).toEqual([0n, 0x5ff0n + 600n]);
    rig.close();
  });

  test("REP INS asks, then stores; page by page", async () => {
    const rig = await SystemRig.open(build, [0xf3, 0x6d, HLT]);
    rig.code.set("rcx", 100);
    rig.code.set("rdi", 0x5f00);
    rig.code.set("rdx", 0x1f0);
    let elements = 0;
    while (rig.code.run() === KVM_EXIT_IO) {
      const { count = 0, size, direction } = asked(rig);
      expect([size, direction]).toEqual([4, KVM_EXIT_IO_IN]);
      const view = new Uint32Array(count).map((_, i) => 0x01010000 + elements + i);
      data(rig, count * 4).set(new Uint8Array(view.buffer));
      elements += count;
    }
    expect(elements).toBe(100);
    const stored = new Uint32Array(rig.code.read(0x5f00, 400).buffer);
    expect([...stored]).toEqual(Array.from({ length: 100 }, (_, i) => 0x01010000 + i));
    expect([rig.code.get("rcx"), rig.code.get("rdi")]).toEqual([0n, 0x5f00n + 400n]);
    rig.close();
  });

  test("nothing to do is no exit", async () => {
    const rig = await SystemRig.open(build, [0xf3, 0x6c, 0xf3, 0x6e, HLT]);
    rig.runToHlt();
    expect(rig.code.get("rip")).toBe(at(5));
    rig.close();
  });

  test("beyond IOPL the TSS's bit map decides", async () => {
    // in al, 60h in ring 3. The TSS has room for a map only if its limit says so.
    const rig = await SystemRig.open(build, [0xe4, 0x60]);
    rig.write64(0x70000, 0x71007n);
    rig.write64(0x71000, 0x87n);
    rig.code.set("cpl", 3);
    rig.segment(SEG_CS, { selector: 0x2b, attributes: 0xa0fb });
    rig.segment(SEG_SS, { selector: 0x23, attributes: 0xc0f3 });
    expect(rig.runToHandler()).toMatchObject({ vector: 13, error: 0, rip: at(0), cs: 0x2b });
    rig.close();
  });
});
