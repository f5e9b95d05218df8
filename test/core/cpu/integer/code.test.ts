/** Integer instructions as machine code, through decoder, code cache and executor in a real VM. */
import { describe, expect, test } from "vitest";
import { KVM_EXIT_SHUTDOWN } from "../../../../src/abi/index.js";
import { BUILDS } from "../../harness.js";
import { CodeRig } from "../code_rig.js";

/** With nobody to take the exception it ends the run. */
const UD2 = [0x0f, 0x0b];

describe.each(BUILDS)("integer code (%s)", (build) => {
  const start = async (code: number[]): Promise<CodeRig> => {
    const rig = await CodeRig.open({ build });
    rig.write(0x1000, [...code, ...UD2]);
    return rig;
  };

  test("REP MOVSB copies over pages that nobody has touched", async () => {
    const rig = await start([0xf3, 0xa4]);
    const content = Array.from({ length: 20_000 }, (_, i) => (i * 7) & 0xff);
    rig.write(0x10_123, content);
    rig.set("rsi", 0x10_123);
    rig.set("rdi", 0x20_045);
    rig.set("rcx", content.length);
    expect(rig.run()).toBe(KVM_EXIT_SHUTDOWN);
    expect([...rig.read(0x20_045, content.length)]).toEqual(content);
    expect([rig.get("rcx"), rig.get("rsi"), rig.get("rip")]).toEqual([0n, BigInt(0x10_123 + content.length), 0x1002n]);
    rig.close();
  });

  test("a block goes on behind what may end it", async () => {
    // endbr64; rep outsb (of none); pause; pushf; popf; mov eax, 7
    const rig = await start([0xf3, 0x0f, 0x1e, 0xfa, 0xf3, 0x6e, 0xf3, 0x90, 0x9c, 0x9d, 0xb8, 7, 0, 0, 0]);
    rig.set("rsp", 0x8000);
    expect(rig.run()).toBe(KVM_EXIT_SHUTDOWN);
    expect([rig.get("rax"), rig.get("rsp"), rig.get("rip")]).toEqual([7n, 0x8000n, 0x100fn]);
    expect(rig.get("retired")).toBe(6n);
    rig.close();
  });

  test("REP STOS into its own code is seen by what follows", async () => {
    // rep stosb over the mov's immediate; mov eax, 0x11111111
    const rig = await start([0xf3, 0xaa, 0xb8, 0x11, 0x11, 0x11, 0x11]);
    rig.set("rax", 0x22);
    rig.set("rdi", 0x1003);
    rig.set("rcx", 4);
    expect(rig.run()).toBe(KVM_EXIT_SHUTDOWN);
    expect(rig.get("rax")).toBe(0x2222_2222n);
    rig.close();
  });

  test("locked operations across cache lines and of 16 bytes run alone", async () => {
    // lock xadd [rbx + 61], rcx; lock cmpxchg16b [rbx + 128]
    const rig = await start([0xf0, 0x48, 0x0f, 0xc1, 0x4b, 61, 0xf0, 0x48, 0x0f, 0xc7, 0x8b, 128, 0, 0, 0]);
    rig.write(0x4000 + 61, [5]);
    rig.set("rbx", 0x4000);
    rig.set("rcx", 3);
    rig.set("rax", 0);
    rig.set("rdx", 0);
    expect(rig.run()).toBe(KVM_EXIT_SHUTDOWN);
    expect(rig.get("rcx")).toBe(5n);
    expect(rig.read(0x4000 + 61, 1)[0]).toBe(8);
    expect([...rig.read(0x4000 + 128, 16)]).toEqual([0, 0x40, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]);
    rig.close();
  });
});
