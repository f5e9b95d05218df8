/** The executor in a real VM: machine code from guest memory, through the second dimension. */
import { describe, expect, test } from "vitest";
import { KVM_EXIT_HLT } from "../../../src/abi/index.js";
import { BUILDS } from "../harness.js";
import { CodeRig } from "./code_rig.js";

const HLT = [0xf4];

describe.each(BUILDS)("executor, %s", (build) => {
  test("a loop adds up, and counts its instructions", async () => {
    const rig = await CodeRig.open({ build });
    // xor eax,eax; mov ecx,100; 1: add rax,rcx; dec rcx; jnz 1b; mov [rbx],rax; hlt
    const loop = [0x31, 0xc0, 0xb9, 100, 0, 0, 0, 0x48, 0x01, 0xc8, 0x48, 0xff, 0xc9, 0x75, 0xf8, 0x48, 0x89, 0x03];
    rig.write(0x1000, [...loop, ...HLT]);
    rig.set("rbx", 0x3ff8);
    expect(rig.run()).toBe(KVM_EXIT_HLT);
    expect(rig.get("rax")).toBe(5050n);
    expect(new DataView(rig.read(0x3ff8, 8).buffer).getBigUint64(0, true)).toBe(5050n);
    expect(rig.get("retired")).toBe(2n + 300n + 2n);
    expect(rig.get("rip")).toBe(0x1000n + BigInt(loop.length) + 1n);
    rig.close();
  });
});
