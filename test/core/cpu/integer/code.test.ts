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
});
