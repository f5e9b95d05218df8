/** Near branches: targets, counters, return addresses, and what CS's limit refuses. */
import { describe, expect, test } from "vitest";
import { CODE_16, CODE_32, KVM_EXIT_HLT } from "../../../src/abi/index.js";
import { CodeRig, PAGE } from "./code_rig.js";

const HLT = 0xf4;

describe("near branches", () => {
  test("LOOP counts RCX, ECX or CX, as the address size says", async () => {
    const rig = await CodeRig.open();
    // mov rcx, 0x1_0001_0003; 1: inc eax; loop 1b (67: ecx); hlt
    const set = [0x48, 0xb9, 3, 0, 1, 0, 1, 0, 0, 0];
    rig.write(0x1000, [...set, 0xff, 0xc0, 0x67, 0xe2, 0xfb, HLT]);
    expect(rig.run()).toBe(KVM_EXIT_HLT);
    expect(rig.get("rax")).toBe(0x10003n);
    expect(rig.get("rcx")).toBe(0n);
    rig.close();
  });

  test("16-bit LOOP keeps the upper half of ECX", async () => {
    const rig = await CodeRig.open();
    rig.enterLegacy(CODE_32);
    rig.set("rcx", 0xabcd0002);
    rig.write(0x1000, [0x40, 0x67, 0xe2, 0xfc, HLT]);
    expect(rig.run()).toBe(KVM_EXIT_HLT);
    expect(rig.get("rax")).toBe(2n);
    expect(rig.get("rcx")).toBe(0xabcd0000n);
    rig.close();
  });

  test("CALL and RET over a page boundary, RET imm16 frees the arguments", async () => {
    const rig = await CodeRig.open();
    // push 5; call 0x3000; hlt          0x3000: mov rax, [rsp + 8]; ret 8
    rig.write(0x1000, [0x6a, 5, 0xe8, 0xf9, 0x1f, 0, 0, HLT]);
    rig.write(0x3000, [0x48, 0x8b, 0x44, 0x24, 8, 0xc2, 8, 0]);
    expect(rig.run()).toBe(KVM_EXIT_HLT);
    expect(rig.get("rax")).toBe(5n);
    expect(rig.get("rsp")).toBe(0x9000n);
    rig.close();
  });

  test("16-bit targets wrap at 64 KiB", async () => {
    const rig = await CodeRig.open();
    rig.enterLegacy(CODE_16, 0x10000n, 0xffff);
    // At 0xfffd: jmp +0x10 wraps to 0x000f
    rig.write(0x1fffd, [0xeb, 0x10]);
    rig.write(0x1000f, [HLT]);
    rig.set("rip", 0xfffd);
    expect(rig.run()).toBe(KVM_EXIT_HLT);
    expect(rig.get("rip")).toBe(0x10n);
    rig.close();
  });

  test("code whose base is not page-aligned runs, up to CS's limit and not beyond", async () => {
    const rig = await CodeRig.open();
    rig.enterLegacy(CODE_16, 0x7c80n, 0x3ff);
    const loop = [0xb9, 10, 0, 0x40, 0xe2, 0xfd, HLT];
    rig.write(0x7c80, loop);
    rig.set("rip", 0);
    expect(rig.run()).toBe(KVM_EXIT_HLT);
    expect(rig.get("rax")).toBe(10n);
    // The last byte within the limit, and an instruction that does not end there.
    rig.write(0x7c80 + 0x3ff, [HLT]);
    rig.set("rip", 0x3ff);
    expect(rig.run()).toBe(KVM_EXIT_HLT);
    rig.write(0x7c80 + 0x3ff, [0xeb, 0x00, HLT]);
    rig.set("rip", 0x3ff);
    expect(rig.run()).not.toBe(KVM_EXIT_HLT);
    rig.close();
  });

  test("blocks of many instructions, and of many pages, are all executed", async () => {
    const rig = await CodeRig.open();
    const pages = 5;
    rig.write(0x1000, [...Array.from({ length: pages * PAGE }, () => 0x90), 0xff, 0xc0, HLT]);
    expect(rig.run()).toBe(KVM_EXIT_HLT);
    expect(rig.get("rax")).toBe(1n);
    expect(rig.get("retired")).toBe(BigInt(pages * PAGE) + 2n);
    rig.close();
  });
});
