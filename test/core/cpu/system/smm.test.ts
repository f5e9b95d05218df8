/** System-management mode: SMI saves the state in address space 1, RSM brings it back. */
import { describe, expect, test } from "vitest";
import { Vcpu } from "../../../../src/abi/index.js";
import { BUILDS } from "../../harness.js";
import { HLT, SystemRig } from "./system_rig.js";

const NOP = 0x90;
const SMBASE = 0x30000;
const MAP = SMBASE + 0xfe00;
const SMRAM = 2 << 20;

/** SMRAM is address space 1: memory of its own, with the handler at 8000 of SMBASE. */
async function open(build: (typeof BUILDS)[number], handler: readonly number[]) {
  const rig = await SystemRig.open(build, [NOP, NOP, HLT]);
  const { vm } = rig.code;
  const hva = vm.map(SMRAM);
  vm.slot(0x10000, 0n, SMRAM, hva);
  const buffer = vm.x.kblockAlloc(0) >>> 0;
  const access = {
    write(gpa: number, bytes: readonly number[]) {
      vm.memory.bytesAt(buffer, bytes.length).set(bytes);
      expect(vm.x.guestWrite(vm.vm, 1, BigInt(gpa), buffer, bytes.length)).toBe(0);
    },
    read64(gpa: number): bigint {
      expect(vm.x.guestRead(vm.vm, 1, BigInt(gpa), buffer, 8)).toBe(0);
      return new DataView(vm.memory.bytesAt(buffer, 8).slice().buffer).getBigUint64(0, true);
    },
  };
  access.write(SMBASE + 0x8000, handler);
  return { rig, smram: access };
}

describe.each(BUILDS)("SMM, %s", (build) => {
  test("a round trip keeps every register, and SMRAM is another address space", async () => {
    // out 77h, al; rsm
    const { rig, smram } = await open(build, [0xe6, 0x77, 0x0f, 0xaa]);
    const names = [
      "rax",
      "rbx",
      "rcx",
      "rdx",
      "rsp",
      "rbp",
      "r8",
      "r15",
      "cr0",
      "cr3",
      "cr4",
      "efer",
      "cpl",
      "codeMode",
    ] as const;
    for (const [i, name] of names.slice(0, 8).entries())
      if (name !== "rsp") rig.code.set(name, 0x1000000000n + BigInt(i));
    const before = names.map((name) => rig.code.get(name));
    const flags = rig.code.get("flags");
    rig.code.set("smiPending", 1);
    rig.code.run();
    // In SMM: real-address mode at SMBASE:8000.
    expect(rig.code.get("ioPort")).toBe(0x77n);
    expect([rig.code.get("smm"), rig.code.get("cr0") & 0x80000001n, rig.code.get("efer")]).toEqual([1n, 0n, 0n]);
    expect(rig.code.get("rip")).toBe(0x8002n);
    expect(rig.code.vm.memory.get(rig.code.vcpus[0] as number, Vcpu.asId)).toBe(1);
    expect(smram.read64(MAP + 0x178)).toBe(0x1000n); // RIP
    expect(smram.read64(MAP + 0x1f8)).toBe(0x1000000000n); // RAX
    expect(smram.read64(MAP + 0xd0)).toBe(0xd01n); // EFER
    rig.runToHlt();
    expect(names.map((name) => rig.code.get(name))).toEqual(before);
    expect([rig.code.get("flags"), rig.code.get("smm"), rig.code.get("rip")]).toEqual([flags, 0n, 0x1003n]);
    expect(rig.code.vm.memory.get(rig.code.vcpus[0] as number, Vcpu.asId)).toBe(0);
    // Address space 0 has nothing of the map.
    expect(rig.read64(BigInt(MAP + 0x178))).toBe(0n);
    rig.close();
  });

  test("the handler moves SMBASE, and changes what RSM returns to", async () => {
    // mov dword [fs:ff00h], 50000h with FS = 3000h... in the map's terms: mov eax, 3ff00h; mov dword [eax], 50000h; rsm
    const code = [0x66, 0xb8, 0, 0xff, 3, 0, 0x67, 0x66, 0xc7, 0, 0, 0, 5, 0, 0x0f, 0xaa];
    const { rig, smram } = await open(build, code);
    smram.write(0x58000, [0xe6, 0x78, 0x0f, 0xaa]);
    rig.code.set("smiPending", 1);
    rig.runToHlt();
    expect(rig.code.get("smbase")).toBe(0x50000n);
    rig.code.set("smiPending", 1);
    rig.code.run();
    expect(rig.code.get("ioPort")).toBe(0x78n);
    rig.close();
  });

  test("RSM outside of SMM is undefined", async () => {
    const rig = await SystemRig.open(build, [0x0f, 0xaa]);
    expect(rig.runToHandler()).toMatchObject({ vector: 6 });
    rig.close();
  });
});
